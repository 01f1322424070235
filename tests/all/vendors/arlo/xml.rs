//! XML as Arlo writes it: elements hold elements or a text.

use quick_xml::{
    Reader,
    escape::{escape, unescape},
    events::{BytesStart, Event},
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub fn with_text(name: &str, text: impl ToString) -> Self {
        Self { name: name.to_owned(), text: text.to_string(), ..Self::default() }
    }

    pub fn attribute(mut self, name: &str, value: impl ToString) -> Self {
        self.attributes.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn first(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child, empty where there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.first(name).map_or("", |child| &child.text)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Sets a child with a text, or removes it if the text is empty.
    pub fn set(&mut self, name: &str, text: &str) {
        match self.children.iter_mut().find(|child| child.name == name) {
            _ if text.is_empty() => self.children.retain(|child| child.name != name),
            Some(child) => child.text = text.to_owned(),
            None => self.children.push(Self::with_text(name, text)),
        }
    }

    /// The whole document; none where it is not well-formed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => open.push(begun(&start)?),
                Event::Empty(start) => open.last_mut()?.children.push(begun(&start)?),
                Event::End(_) => {
                    let mut done = open.pop()?;
                    if !done.children.is_empty() {
                        done.text.clear();
                    }
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text),
                Event::GeneralRef(entity) => {
                    let entity = format!("&{};", &*entity);
                    open.last_mut()?.text.push_str(&unescape(&entity).ok()?);
                }
                Event::CData(data) => open.last_mut()?.text.push_str(&data),
                Event::Eof => break,
                _ => {}
            }
        }
        let [root] = <[Self; 1]>::try_from(open).ok()?;
        let [document] = <[Self; 1]>::try_from(root.children).ok()?;
        Some(document)
    }

    pub fn document(&self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{self}")
    }
}

fn begun(start: &BytesStart<'_>) -> Option<Element> {
    let mut element = Element::new(start.name().as_ref());
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        element = element.attribute(attribute.key.as_ref(), unescape(&attribute.value).ok()?);
    }
    Some(element)
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}", self.name)?;
        self.attributes.iter().try_for_each(|(name, value)| write!(f, " {name}=\"{}\"", escape(value)))?;
        if self.children.is_empty() && self.text.is_empty() {
            return f.write_str(" />");
        }
        write!(f, ">{}", escape(&self.text))?;
        self.children.iter().try_for_each(|child| child.fmt(f))?;
        write!(f, "</{}>", self.name)
    }
}
