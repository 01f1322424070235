//! XML as JSON and back (XML 1.0, UTF-8). The root is included. An attribute becomes `"@name"`, an element with nothing but
//! text a text, and any other element an object with its own text under `"#text"`. Namespaces are dropped, and `xsi:nil="true"`
//! is null.

use super::{error::XmlError, lists::Lists};
use crate::value::encoding::without_mark;
use quick_xml::{
    Reader, XmlVersion,
    escape::{EscapeError, resolve_predefined_entity},
    events::{BytesRef, BytesStart, Event, attributes::Attribute},
};
use serde_json::{Map, Value as Json};

/// The text of an element that has more than text.
pub const TEXT: &str = "#text";

/// The namespace of `xsi:nil`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Elements inside each other: JSON readers stop at 128.
const DEEPEST: usize = 100;

/// Reads a document. An element is a list where `lists` says so, and wherever it repeats.
///
/// # Errors
/// Why it is not such a document, worded to follow "what is not XML:".
pub fn parse(body: &[u8], lists: &Lists) -> Result<Json, XmlError> {
    let text = utf8(body)?;
    let mut reader = Reader::from_str(text);
    let mut builder = Builder::new(lists);
    loop {
        let event = reader.read_event().map_err(|error| at(text, reader.error_position(), XmlError::Syntax(error.to_string())))?;
        if matches!(event, Event::Eof) {
            return builder.finish(text.len());
        }
        builder.take(event).map_err(|why| at(text, reader.buffer_position(), why))?;
    }
}

/// The text of a body, without a byte order mark.
fn utf8(body: &[u8]) -> Result<&str, XmlError> {
    let body = without_mark(body);
    if body.starts_with(b"\xFF\xFE") || body.starts_with(b"\xFE\xFF") {
        return Err(XmlError::ForeignEncoding("utf-16".to_owned()));
    }
    let encoding = declared_encoding(body).filter(|name| !["utf-8", "utf8", "us-ascii"].contains(&name.to_ascii_lowercase().as_str()));
    match (encoding, std::str::from_utf8(body)) {
        (Some(encoding), _) => Err(XmlError::ForeignEncoding(encoding)),
        (None, Ok(text)) if text.trim().is_empty() => Err(XmlError::Empty),
        (None, Ok(text)) => Ok(text),
        (None, Err(error)) => Err(XmlError::NotUtf8 { after: error.valid_up_to() }),
    }
}

fn declared_encoding(body: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(body.get(..256).unwrap_or(body));
    let Ok(Event::Decl(declaration)) = Reader::from_str(start.trim_start()).read_event() else { return None };
    declaration.encoding()?.ok().map(|name| name.into_owned())
}

fn at(text: &str, position: u64, why: XmlError) -> XmlError {
    let position = usize::try_from(position).map_or(text.len(), |position| position.min(text.len()));
    let before = &text.as_bytes()[..position];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = position - before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) + 1;
    XmlError::At { why: Box::new(why), line, column }
}

/// An element that is not closed yet.
struct Open<'l> {
    name: String,
    members: Map<String, Json>,
    text: String,
    has_children: bool,
    is_nil: bool,
    lists: Option<&'l Lists>,
}

struct Builder<'l> {
    /// The first is the document itself.
    open: Vec<Open<'l>>,
}

impl<'l> Builder<'l> {
    fn new(lists: &'l Lists) -> Self {
        Self { open: vec![Open::new(String::new(), Some(lists))] }
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), XmlError> {
        match event {
            Event::Start(element) => self.begin(&element),
            Event::Empty(element) => self.begin(&element).map(|()| self.end()),
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => self.text(&referred(&reference)?),
            Event::DocType(_) => Err(XmlError::DocumentType),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), XmlError> {
        if self.open.len() > DEEPEST {
            return Err(XmlError::TooDeep { deepest: DEEPEST });
        }
        let name = element.local_name();
        let name = checked_name(without_prefixes(name.as_ref()))?;
        let parent = self.last();
        if parent.name.is_empty() && parent.has_children {
            return Err(XmlError::AfterTheEnd(name.to_owned()));
        }
        parent.has_children = true;
        let lists = parent.lists.and_then(|lists| lists.inside(name));
        let mut open = Open::new(name.to_owned(), lists);
        for attribute in element.attributes() {
            open.attribute(&attribute.map_err(|error| XmlError::Syntax(error.to_string()))?)?;
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self) {
        // An end without a beginning is refused by the reader.
        let Some(element) = self.open.pop() else { return };
        let (name, is_list) = (element.name.clone(), element.lists.is_some_and(Lists::is_list));
        self.last().add(name, element.value(), is_list);
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        let open = self.last();
        if open.name.is_empty() && !text.trim().is_empty() {
            return Err(XmlError::TextOutside);
        }
        open.text.push_str(text);
        Ok(())
    }

    fn last(&mut self) -> &mut Open<'l> {
        self.open.last_mut().expect("the document is never closed")
    }

    fn finish(mut self, length: usize) -> Result<Json, XmlError> {
        let document = self.open.swap_remove(0);
        match (self.open.is_empty(), document.members.is_empty()) {
            (true, false) => Ok(Json::Object(document.members)),
            (true, true) => Err(XmlError::NoElement),
            (false, _) => Err(XmlError::Truncated { length }),
        }
    }
}

impl<'l> Open<'l> {
    fn new(name: String, lists: Option<&'l Lists>) -> Self {
        Self { name, members: Map::new(), text: String::new(), has_children: false, is_nil: false, lists }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) -> Result<(), XmlError> {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| reason(&error))?;
        let (name, prefix) = (attribute.key.local_name(), attribute.key.prefix());
        let (name, prefix) = (without_prefixes(name.as_ref()), prefix.as_ref().map_or("", |prefix| prefix.as_ref()));
        match (prefix, name) {
            ("xmlns", _) | ("", "xmlns") => {}
            ("", name) => drop(self.members.insert(format!("@{}", checked_name(name)?), value.as_ref().into())),
            (_, "nil") => self.is_nil = matches!(value.trim(), "true" | "1"),
            (_, name) => drop(self.members.entry(format!("@{}", checked_name(name)?)).or_insert_with(|| value.as_ref().into())),
        }
        Ok(())
    }

    fn add(&mut self, name: String, value: Json, is_list: bool) {
        match self.members.get_mut(&name) {
            Some(Json::Array(list)) => list.push(value),
            Some(first) => *first = Json::Array(vec![first.take(), value]),
            None => drop(self.members.insert(name, if is_list { Json::Array(vec![value]) } else { value })),
        }
    }

    fn value(mut self) -> Json {
        if self.is_nil {
            return Json::Null;
        }
        if self.members.is_empty() {
            return self.text.into();
        }
        let text = if self.has_children { self.text.trim() } else { &self.text };
        if !text.trim().is_empty() {
            self.members.insert(TEXT.to_owned(), text.into());
        }
        Json::Object(self.members)
    }
}

fn referred(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| XmlError::Syntax(error.to_string()))? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    resolve_predefined_entity(&name).map(str::to_owned).ok_or_else(|| XmlError::UnknownEntity(name.into_owned()))
}

fn reason(error: &quick_xml::Error) -> XmlError {
    match error {
        quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => XmlError::UnknownEntity(name.clone()),
        other => XmlError::Syntax(other.to_string()),
    }
}

/// A name without the prefixes that are left of it: `c` of `b:c`, which a lenient writer puts after `a:`. Written with one of them, it
/// would be read as another name.
fn without_prefixes(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

/// Whether a name is valid in XML, for ASCII names.
fn checked_name(name: &str) -> Result<&str, XmlError> {
    let begins = |first: char| first.is_ascii_alphabetic() || first == '_' || !first.is_ascii();
    let goes_on = |other: char| begins(other) || other.is_ascii_digit() || matches!(other, '-' | '.' | ':');
    let fits = name.starts_with(begins) && name.chars().all(goes_on) && !name.contains(char::is_whitespace);
    if fits { Ok(name) } else { Err(XmlError::ElementName(name.to_owned())) }
}

/// Writes a document: an object with one member, its root. A list repeats its element, null is `xsi:nil`, a member `"@name"` is an
/// attribute, left out if it is null.
///
/// # Errors
/// A name or a character is not allowed in XML, or there is not exactly one root.
pub fn write(document: &Json) -> Result<Vec<u8>, XmlError> {
    let root = document.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
    let (name, root) = root.ok_or(XmlError::Roots)?;
    let root = match root {
        Json::Array(roots) if roots.len() == 1 => &roots[0],
        Json::Array(_) => return Err(XmlError::Roots),
        root => root,
    };
    let mut out = String::new();
    write_element(&mut out, name, root)?;
    Ok(out.into_bytes())
}

fn write_element(out: &mut String, name: &str, value: &Json) -> Result<(), XmlError> {
    let name = checked_name(name)?;
    match value {
        Json::Array(items) => return items.iter().try_for_each(|item| write_element(out, name, item)),
        Json::Null => out.push_str(&format!("<{name} xmlns:xsi=\"{INSTANCE}\" xsi:nil=\"true\"/>")),
        Json::Object(members) => write_members(out, name, members)?,
        scalar => {
            out.push_str(&format!("<{name}"));
            let mut content = String::new();
            write_text(&mut content, scalar)?;
            close(out, name, &content);
        }
    }
    Ok(())
}

fn write_members(out: &mut String, name: &str, members: &Map<String, Json>) -> Result<(), XmlError> {
    out.push_str(&format!("<{name}"));
    let mut content = String::new();
    for (member, value) in members {
        match (member.strip_prefix('@'), value) {
            (Some(_), Json::Null) => {}
            (Some(attribute), value) => write_attribute(out, attribute, value)?,
            (None, value) if member == TEXT => write_text(&mut content, value)?,
            (None, value) => write_element(&mut content, member, value)?,
        }
    }
    close(out, name, &content);
    Ok(())
}

fn close(out: &mut String, name: &str, content: &str) {
    out.push_str(&if content.is_empty() { "/>".to_owned() } else { format!(">{content}</{name}>") });
}

fn write_attribute(out: &mut String, name: &str, value: &Json) -> Result<(), XmlError> {
    out.push_str(&format!(" {}=\"", checked_name(name)?));
    for character in scalar(value)?.chars() {
        match character {
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            other => write_character(out, other)?,
        }
    }
    out.push('"');
    Ok(())
}

/// A text as it is written in an element or in an attribute.
///
/// # Errors
/// A character is not allowed in XML.
pub fn escaped(text: &str) -> Result<String, XmlError> {
    let mut out = String::with_capacity(text.len());
    text.chars().try_for_each(|character| write_character(&mut out, character))?;
    Ok(out.replace('"', "&quot;"))
}

fn write_text(out: &mut String, value: &Json) -> Result<(), XmlError> {
    scalar(value)?.chars().try_for_each(|character| write_character(out, character))
}

fn write_character(out: &mut String, character: char) -> Result<(), XmlError> {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\r' => out.push_str("&#13;"),
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
            return Err(XmlError::Character(character));
        }
        other => out.push(other),
    }
    Ok(())
}

fn scalar(value: &Json) -> Result<String, XmlError> {
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Null => Ok(String::new()),
        Json::Array(_) | Json::Object(_) => Err(XmlError::NotText),
        other => Ok(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
