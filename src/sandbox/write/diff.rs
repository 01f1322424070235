//! Applies diffs of XML (RFC 5261) strictly: an operation has to select exactly one existing node, and can't add one that
//! exists.

use crate::{
    sandbox::answer::{Refusal, build::text},
    systems::formats::{
        error::XmlError,
        lists::Lists,
        xml::{self, TEXT},
    },
};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use serde_json::{Map, Value as Json, json};

/// Applies all operations of a diff to the content of the root element, or none.
///
/// # Errors
/// 400: the body is not a diff, or one of its operations does not fit the document.
pub fn apply(root: &str, record: &Json, body: &[u8], lists: &Lists) -> Result<Json, Refusal> {
    let mut document = json!({ root: record });
    for operation in operations(body).map_err(|error| refused(&error.to_string()))? {
        operation.apply(&mut document, lists).map_err(|error| refused(&format!("`{}` {error}", operation.sel)))?;
    }
    Ok(document[root].take())
}

/// Why a diff can't be applied. What is wrong with one operation is worded to follow its selector.
#[derive(Debug, thiserror::Error)]
enum DiffError {
    #[error("it is not in UTF-8")]
    NotUtf8(#[from] std::str::Utf8Error),
    #[error(transparent)]
    Xml(#[from] quick_xml::Error),
    #[error("it ends in the middle")]
    Unfinished,
    #[error("its root is `{0}`, not `diff`")]
    WrongRoot(String),
    #[error("`{0}` is not add, replace or remove")]
    UnknownVerb(String),
    #[error("an operation has no `sel`")]
    NoSelector,
    #[error(transparent)]
    Content(#[from] XmlError),
    #[error("selects no element to add to")]
    NoElement,
    #[error("is to become a text, and elements are given")]
    NotText,
    #[error("is to get elements, and none are given")]
    NoElements,
    #[error("has the attribute `{0}` already")]
    AttributeExists(String),
    #[error("has a `{0}` already")]
    ElementExists(String),
    #[error("has an empty `{0}` already")]
    EmptyElementExists(String),
    #[error("selects nothing")]
    SelectsNothing,
    #[error("selects {0} nodes")]
    SelectsSeveral(usize),
    #[error("is to be replaced by one `{0}`")]
    NotOneElement(String),
    #[error("selects a text, and there is none")]
    NoText,
    #[error("selects an attribute that is not there")]
    NoAttribute,
    #[error("selects the root, which stays")]
    SelectsRoot,
    #[error("goes on after its end")]
    StepAfterEnd,
    #[error("has a step without a name")]
    UnnamedStep,
    #[error("has a bracket that is not closed")]
    UnclosedBracket,
    #[error("has a condition that is not known: `{0}`")]
    UnknownCondition(String),
    #[error("compares with something that is not text: `{0}`")]
    NotQuoted(String),
}

fn refused(why: &str) -> Refusal {
    Refusal::invalid("invalidSyntax", format!("the diff can't be applied: {why}"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

struct Operation {
    verb: Verb,
    sel: String,
    /// `@name`, where an attribute is added.
    ty: Option<String>,
    /// As it is written.
    content: String,
}

fn operations(body: &[u8]) -> Result<Vec<Operation>, DiffError> {
    let text = std::str::from_utf8(body)?;
    let mut reader = Reader::from_str(text);
    let (mut operations, mut inside) = (Vec::new(), false);
    loop {
        let event = reader.read_event()?;
        match event {
            Event::Eof if inside => return Err(DiffError::Unfinished),
            Event::Eof => return Ok(operations),
            Event::Start(element) if inside => {
                let end = element.to_end().into_owned();
                let span = reader.read_to_end(end.name())?;
                let (from, to) = (usize::try_from(span.start).unwrap_or(0), usize::try_from(span.end).unwrap_or(0));
                operations.push(Operation::of(&element, &text[from..to])?);
            }
            Event::Empty(element) if inside => operations.push(Operation::of(&element, "")?),
            Event::Start(element) if name_of(&element) == "diff" => inside = true,
            Event::Empty(element) if name_of(&element) == "diff" => return Ok(operations),
            Event::Start(element) | Event::Empty(element) => return Err(DiffError::WrongRoot(name_of(&element))),
            Event::End(_) => inside = false,
            _ => {}
        }
    }
}

fn name_of(element: &BytesStart<'_>) -> String {
    let name = element.local_name();
    let name: &str = name.as_ref();
    name.to_owned()
}

impl Operation {
    fn of(element: &BytesStart<'_>, content: &str) -> Result<Self, DiffError> {
        let verb = match name_of(element).as_str() {
            "add" => Verb::Add,
            "replace" => Verb::Replace,
            "remove" => Verb::Remove,
            other => return Err(DiffError::UnknownVerb(other.to_owned())),
        };
        let attribute = |name: &str| {
            let found = element.attributes().flatten().find(|attribute| {
                let key = attribute.key.local_name();
                let key: &str = key.as_ref();
                key == name
            });
            found.and_then(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.into_owned()))
        };
        let sel = attribute("sel").ok_or(DiffError::NoSelector)?;
        Ok(Self { verb, sel, ty: attribute("type"), content: content.to_owned() })
    }

    fn apply(&self, document: &mut Json, lists: &Lists) -> Result<(), DiffError> {
        let (steps, last) = selector(&self.sel)?;
        let place = locate(document, &steps)?;
        match (self.verb, last) {
            (Verb::Add, Last::Element) => self.add(document, &place, lists),
            (Verb::Add, _) => Err(DiffError::NoElement),
            (verb, Last::Text) => {
                let new = self.text(lists)?;
                change_text(at(document, &place), (verb == Verb::Replace).then_some(new))
            }
            (verb, Last::Attribute(name)) => {
                let new = self.text(lists)?;
                change_attribute(at(document, &place), &name, (verb == Verb::Replace).then_some(new))
            }
            (Verb::Replace, Last::Element) => self.replace(document, &place, lists),
            (Verb::Remove, Last::Element) => remove(document, &place),
        }
    }

    /// The content, which is text.
    fn text(&self, lists: &Lists) -> Result<String, DiffError> {
        match self.content(&[], lists)? {
            Json::String(text) => Ok(text),
            _ => Err(DiffError::NotText),
        }
    }

    /// The content as it reads inside of the elements that lead to it.
    fn content(&self, around: &[String], lists: &Lists) -> Result<Json, DiffError> {
        let names: Vec<_> = if around.is_empty() { vec!["x".to_owned()] } else { around.to_vec() };
        let open: String = names.iter().map(|name| format!("<{name}>")).collect();
        let close: String = names.iter().rev().map(|name| format!("</{name}>")).collect();
        let read = xml::parse(format!("{open}{}{close}", self.content).as_bytes(), lists)?;
        let inner = names.iter().try_fold(&read, |at, name| match at.get(name)? {
            Json::Array(items) => items.first(),
            one => Some(one),
        });
        Ok(inner.cloned().unwrap_or_default())
    }

    fn add(&self, document: &mut Json, place: &[Node], lists: &Lists) -> Result<(), DiffError> {
        if let Some(name) = self.ty.as_ref().filter(|ty| ty.starts_with('@')) {
            let value = self.text(lists)?;
            let fields = fields(at(document, place));
            return match fields.insert(name.clone(), json!(value)) {
                None => Ok(()),
                Some(_) => Err(DiffError::AttributeExists(name.clone())),
            };
        }
        let around: Vec<_> = place.iter().map(|node| node.name.clone()).collect();
        let Json::Object(new) = self.content(&around, lists)? else {
            return Err(DiffError::NoElements);
        };
        let fields = fields(at(document, place));
        new.into_iter().try_for_each(|(name, value)| add_member(fields, name, value))
    }

    fn replace(&self, document: &mut Json, place: &[Node], lists: &Lists) -> Result<(), DiffError> {
        let (last, above) = place.split_last().ok_or(DiffError::SelectsNothing)?;
        let around: Vec<_> = above.iter().map(|node| node.name.clone()).collect();
        let new = match (above.is_empty(), self.content(&around, lists)?) {
            (true, document) => document.get(&last.name).cloned(),
            (false, members) => members.get(&last.name).cloned(),
        };
        let new = match new {
            Some(Json::Array(mut items)) if items.len() == 1 => items.remove(0),
            Some(one) if !one.is_array() => one,
            _ => return Err(DiffError::NotOneElement(last.name.clone())),
        };
        *at(document, place) = new;
        Ok(())
    }
}

fn fields(element: &mut Json) -> &mut Map<String, Json> {
    if !element.is_object() {
        let text = element.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        *element = Json::Object(text.map(|text| (TEXT.to_owned(), json!(text))).into_iter().collect());
    }
    element.as_object_mut().expect("it was made one")
}

/// An element that may occur once occurs once.
fn add_member(fields: &mut Map<String, Json>, name: String, value: Json) -> Result<(), DiffError> {
    match (fields.get_mut(&name), value) {
        (None, value) => drop(fields.insert(name, value)),
        (Some(Json::Array(old)), Json::Array(new)) => old.extend(new),
        (Some(Json::Array(old)), one) => old.push(one),
        (Some(old), _) if is_empty(old) => return Err(DiffError::EmptyElementExists(name)),
        (Some(_), _) => return Err(DiffError::ElementExists(name)),
    }
    Ok(())
}

fn is_empty(json: &Json) -> bool {
    json.is_null() || json.as_str().is_some_and(str::is_empty)
}

fn change_text(element: &mut Json, new: Option<String>) -> Result<(), DiffError> {
    let place = match element {
        Json::Object(fields) => fields.get_mut(TEXT),
        Json::Null | Json::Array(_) => None,
        scalar if text(scalar).is_empty() => None,
        scalar => Some(scalar),
    };
    let place = place.ok_or(DiffError::NoText)?;
    *place = json!(new.unwrap_or_default());
    Ok(())
}

fn change_attribute(element: &mut Json, name: &str, new: Option<String>) -> Result<(), DiffError> {
    let fields = element.as_object_mut().filter(|fields| fields.contains_key(name)).ok_or(DiffError::NoAttribute)?;
    match new {
        Some(new) => drop(fields.insert(name.to_owned(), json!(new))),
        None => drop(fields.shift_remove(name)),
    }
    Ok(())
}

fn remove(document: &mut Json, place: &[Node]) -> Result<(), DiffError> {
    let (last, above) = place.split_last().filter(|(_, above)| !above.is_empty()).ok_or(DiffError::SelectsRoot)?;
    let fields = fields(at(document, above));
    match (last.index, fields.get_mut(&last.name)) {
        (Some(index), Some(Json::Array(items))) => {
            items.remove(index);
            if items.is_empty() {
                fields.shift_remove(&last.name);
            }
        }
        _ => drop(fields.shift_remove(&last.name)),
    }
    Ok(())
}

/// An element that was found: its name, and its position among those of that name, if they are a list.
struct Node {
    name: String,
    index: Option<usize>,
}

fn at<'j>(document: &'j mut Json, place: &[Node]) -> &'j mut Json {
    place.iter().fold(document, |at, node| match node.index {
        Some(index) => &mut at[node.name.as_str()][index],
        None => &mut at[node.name.as_str()],
    })
}

/// What a selector ends in.
enum Last {
    Element,
    Text,
    /// With its `@`.
    Attribute(String),
}

struct Step {
    name: String,
    predicates: Vec<Predicate>,
}

enum Predicate {
    /// From 1.
    Position(usize),
    /// A child, an attribute with its `@`, or the element itself (`.`), and its text.
    Is(String, String),
}

fn locate(document: &Json, steps: &[Step]) -> Result<Vec<Node>, DiffError> {
    let mut json = document;
    let mut place = Vec::new();
    for step in steps {
        let all: Vec<(Option<usize>, &Json)> = match json.get(&step.name) {
            None => Vec::new(),
            Some(Json::Array(items)) => items.iter().enumerate().map(|(at, item)| (Some(at), item)).collect(),
            Some(one) => vec![(None, one)],
        };
        let found = step.predicates.iter().fold(all, |all, predicate| predicate.select(all));
        match found[..] {
            [(index, found)] => {
                place.push(Node { name: step.name.clone(), index });
                json = found;
            }
            [] => return Err(DiffError::SelectsNothing),
            ref several => return Err(DiffError::SelectsSeveral(several.len())),
        }
    }
    Ok(place)
}

impl Predicate {
    fn select<'j>(&self, all: Vec<(Option<usize>, &'j Json)>) -> Vec<(Option<usize>, &'j Json)> {
        match self {
            Self::Position(number) => all.into_iter().skip(number.saturating_sub(1)).take(1).collect(),
            Self::Is(name, wanted) => all.into_iter().filter(|(_, json)| value(json, name).is_some_and(|value| value == *wanted)).collect(),
        }
    }
}

fn value(json: &Json, name: &str) -> Option<String> {
    match (name, json) {
        ("." | "text()", Json::Object(fields)) => fields.get(TEXT).map(text),
        ("." | "text()", scalar) => Some(text(scalar)),
        (name, json) => match json.get(name)? {
            Json::Object(fields) => fields.get(TEXT).map(text),
            scalar => Some(text(scalar)),
        },
    }
}

fn selector(sel: &str) -> Result<(Vec<Step>, Last), DiffError> {
    let (mut steps, mut last) = (Vec::new(), Last::Element);
    for piece in pieces(sel.trim().trim_start_matches('/'), '/') {
        if !matches!(last, Last::Element) {
            return Err(DiffError::StepAfterEnd);
        }
        let name = piece.split('[').next().unwrap_or_default().trim();
        match name {
            "" => return Err(DiffError::UnnamedStep),
            "text()" => last = Last::Text,
            name if name.starts_with('@') => last = Last::Attribute(name.to_owned()),
            name => steps.push(Step { name: name.rsplit(':').next().unwrap_or(name).to_owned(), predicates: predicates(&piece)? }),
        }
    }
    Ok((steps, last))
}

fn predicates(piece: &str) -> Result<Vec<Predicate>, DiffError> {
    let Some(open) = piece.find('[') else { return Ok(Vec::new()) };
    let inner = piece[open..].trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or(DiffError::UnclosedBracket)?;
    pieces(&inner.replace("][", "]\u{0}["), '\u{0}')
        .iter()
        .map(|one| predicate(one.replace('\u{0}', "").trim_matches(['[', ']']).trim()))
        .collect()
}

fn predicate(text: &str) -> Result<Predicate, DiffError> {
    if let Ok(number) = text.parse() {
        return Ok(Predicate::Position(number));
    }
    let (name, value) = text.split_once('=').ok_or_else(|| DiffError::UnknownCondition(text.to_owned()))?;
    let value = value.trim();
    let quoted = ['\'', '"'].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let value = quoted.ok_or_else(|| DiffError::NotQuoted(value.to_owned()))?;
    Ok(Predicate::Is(name.trim().to_owned(), value.to_owned()))
}

/// Splits outside of quotes and brackets.
fn pieces(text: &str, separator: char) -> Vec<String> {
    let (mut pieces, mut quote, mut depth) = (vec![String::new()], None, 0_u32);
    for character in text.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, character) if character == separator && depth == 0 => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = pieces.last_mut() {
            last.push(character);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::path::JsonPath;

    fn contact() -> Json {
        json!({ "Email": "jeanne@example.com", "PhoneHome": "+331", "Link": [{ "@rel": "self" }],
                "Field": [{ "Name": "A", "Value": { "String": "x" } }, { "Name": "B 'b'", "Value": { "String": "y" } }] })
    }

    fn applied(operations: &str) -> Result<Json, String> {
        let paths = ["$.Contact.Link[*].X", "$.Contact.Field[*].Value"].map(|path| JsonPath::parse(path).unwrap());
        let lists: Lists = paths.iter().collect();
        let body = format!("<?xml version=\"1.0\"?>\n<diff>\n  {operations}\n</diff>");
        apply("Contact", &contact(), body.as_bytes(), &lists).map_err(|refusal| {
            assert_eq!(refusal.status, 400);
            refusal.message.replace("the diff can't be applied: ", "")
        })
    }

    #[test]
    fn what_is_there_is_replaced_and_removed_and_what_is_not_is_added() {
        let new = applied(
            "<replace sel=\"Contact/Email/text()[1]\">j&amp;m@example.com</replace>
             <add sel=\"Contact\"><PhoneWork>+33 1</PhoneWork></add>
             <remove sel=\"Contact/PhoneHome\" />
             <replace sel=\"Contact/Field[Name='A']/Value/String/text()[1]\">z</replace>
             <remove sel='Contact/Field[Name=\"B &apos;b&apos;\"]'/>
             <add sel=\"Contact\"><Field><Name>C</Name><Value><String>n</String></Value></Field></add>
             <add sel=\"Contact/Link[1]\" type=\"@title\">t</add>
             <replace sel=\"Contact/Link[@title='t']/@rel\">me</replace>",
        );
        let wanted = json!({ "Email": "j&m@example.com", "Link": [{ "@rel": "me", "@title": "t" }],
                             "Field": [{ "Name": "A", "Value": { "String": "z" } }, { "Name": "C", "Value": { "String": "n" } }], "PhoneWork": "+33 1" });
        assert_eq!(new, Ok(wanted));
    }

    #[test]
    fn whole_elements_are_replaced() {
        let new = applied("<replace sel=\"Contact/Field[2]/Value\"><Value><Integer>4</Integer></Value></replace>").unwrap();
        assert_eq!(new["Field"][1], json!({ "Name": "B 'b'", "Value": { "Integer": "4" } }));
        let new = applied("<replace sel=\"Contact/Field[1]\"><Field><Name>N</Name></Field></replace>").unwrap();
        assert_eq!(new["Field"][0], json!({ "Name": "N" }));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let why = |operations: &str| applied(operations).unwrap_err();
        assert_eq!(why("<replace sel=\"Contact/PhoneWork/text()[1]\">1</replace>"), "`Contact/PhoneWork/text()[1]` selects nothing");
        assert_eq!(why("<remove sel=\"Contact/PhoneWork\"/>"), "`Contact/PhoneWork` selects nothing");
        assert_eq!(why("<add sel=\"Contact\"><Email>x</Email></add>"), "`Contact` has a `Email` already");
        assert_eq!(why("<remove sel=\"Contact/Field\"/>"), "`Contact/Field` selects 2 nodes");
        assert_eq!(why("<remove sel=\"Organisation/Email\"/>"), "`Organisation/Email` selects nothing");
        assert_eq!(why("<move sel=\"Contact/Email\"/>"), "`move` is not add, replace or remove");
        assert_eq!(why("<remove/>"), "an operation has no `sel`");
        assert!(apply("Contact", &contact(), b"<Contact/>", &Lists::default()).is_err());
        assert!(apply("Contact", &contact(), b"<diff>", &Lists::default()).is_err());
    }
}
