//! What an answer has beside its list, on the way to it and between its elements, where no line reads it. It may say that the list is
//! not whole, and would be passed over: a list that an outage left empty would count as one that shows nobody.

use crate::{
    systems::{
        formats::{lists::Lists, members, xml::TEXT},
        http::{document::Document, items::BodyError},
    },
    value::path::JsonPath,
};
use serde_json::{Map, Value as Json, value::RawValue};

/// Members that systems have an error in, without case and what separates their words.
const ERRORS: [&str; 10] =
    ["error", "errors", "fault", "faults", "exception", "exceptions", "errormessage", "errormessages", "errordescription", "errordetails"];

/// A list in an answer, by the path of its elements.
#[derive(Debug)]
pub struct ListPlace<'a> {
    path: &'a JsonPath,
    /// The names that lead to it, with its own.
    way: Vec<&'a str>,
    /// Whether nothing but what selects among the elements comes after the name of the list.
    is_plain: bool,
    /// What the lines of the call and of the system read, and the attributes in the records.
    read: &'a Lists,
}

impl<'a> ListPlace<'a> {
    pub fn of(path: &'a JsonPath, read: &'a Lists) -> Self {
        let outline = path.outline();
        let way: Vec<_> = outline.iter().copied().map_while(|step| step).collect();
        let is_plain = outline[way.len()..].iter().all(Option::is_none);
        Self { path, way, is_plain, read }
    }

    /// # Errors
    /// Something is beside the list that nothing reads, and that may say that the list is not whole.
    pub fn stands_alone(&self, document: &Document<'_>) -> Result<(), BodyError> {
        match document {
            Document::Xml(tree) => self.in_xml(tree),
            Document::Tree(tree) => {
                self.in_tree(tree, |level, members| self.says_nothing(level, members, members.contains_key(self.way[level])))
            }
            Document::Raw(body) => (0..self.way.len()).try_for_each(|level| self.in_text(body, level)),
            Document::Rows(_) => Ok(()),
        }
    }

    /// Looks at one of the objects that lead to the list, without building anything of the list.
    fn in_text(&self, body: &RawValue, level: usize) -> Result<(), BodyError> {
        let Ok(Some(object)) = members::named(body, &self.way[..level]) else { return Ok(()) };
        let suspicious = members::of_names(object, |name| self.is_suspicious(level, name));
        if suspicious.is_empty() {
            return Ok(());
        }
        self.says_nothing(level, &suspicious, !matches!(members::named(object, &self.way[level..=level]), Ok(None)))
    }

    fn in_xml(&self, tree: &Json) -> Result<(), BodyError> {
        self.in_tree(tree, |level, members| {
            self.has_no_text(level, members)?;
            // The root holds one element in any case.
            if level > 0 && level + 1 == self.way.len() && self.is_plain {
                return self.holds_elements_alone(level, members);
            }
            self.says_nothing(level, members, members.contains_key(self.way[level]))
        })
    }

    /// Looks at each object that leads to the list.
    fn in_tree(&self, tree: &Json, look: impl Fn(usize, &Map<String, Json>) -> Result<(), BodyError>) -> Result<(), BodyError> {
        let mut at = tree;
        for (level, name) in self.way.iter().enumerate() {
            let Some(members) = at.as_object() else { return Ok(()) };
            look(level, members)?;
            at = match members.get(*name) {
                Some(Json::Array(several)) if level + 1 < self.way.len() => several.first().unwrap_or(&Json::Null),
                Some(one) => one,
                None => return Ok(()),
            };
        }
        Ok(())
    }

    /// That no member has the words of an error, or is spelled like what leads to the list but for its case.
    fn says_nothing(&self, level: usize, members: &Map<String, Json>, has_own: bool) -> Result<(), BodyError> {
        let own = self.way[level];
        for (name, value) in members.iter().filter(|(name, _)| self.is_suspicious(level, name)) {
            let place = self.place_of(level, name);
            match is_like(own, name) {
                true if has_own => return Err(BodyError::Cased(self.path.text.clone(), own.to_owned(), name.clone())),
                false if says_something(value) => return Err(BodyError::Beside(self.path.text.clone(), name.clone(), place)),
                _ => {}
            }
        }
        Ok(())
    }

    fn is_suspicious(&self, level: usize, name: &str) -> bool {
        let own = self.way[level];
        name != own && (is_like(own, name) || is_of_errors(name)) && !self.is_read(level, name)
    }

    fn has_no_text(&self, level: usize, members: &Map<String, Json>) -> Result<(), BodyError> {
        match members.contains_key(TEXT) && !self.is_read(level, TEXT) {
            true => Err(BodyError::Strange(self.path.text.clone(), "text".to_owned())),
            false => Ok(()),
        }
    }

    /// That the element that holds the list holds nothing else, and no record another one.
    fn holds_elements_alone(&self, level: usize, members: &Map<String, Json>) -> Result<(), BodyError> {
        let own = self.way[level];
        let strange = |name: &&String| !name.starts_with('@') && *name != own && !self.is_read(level, name);
        if let Some(name) = members.keys().find(strange) {
            return Err(match members[name].as_str().is_some_and(is_count) {
                true => BodyError::Counted(self.path.text.clone(), name.clone(), self.place_of(level, name)),
                false => BodyError::Strange(self.path.text.clone(), format!("an element `{name}`")),
            });
        }
        let nested = members.get(own).into_iter().flat_map(each).filter_map(|record| record.get(own)).flat_map(each).any(is_record);
        match nested && !self.is_read(level + 1, own) {
            true => Err(BodyError::Nested(self.path.text.clone(), own.to_owned())),
            false => Ok(()),
        }
    }

    /// Whether a line reads a member of an object that leads to the list.
    fn is_read(&self, level: usize, name: &str) -> bool {
        let mut names = self.way[..level].iter().copied().chain([name]);
        names.try_fold(self.read, Lists::inside).is_some()
    }

    fn place_of(&self, level: usize, name: &str) -> String {
        self.way[..level].iter().copied().chain([name]).fold("$".to_owned(), |place, name| format!("{place}.{name}"))
    }
}

/// The elements of a list, or the one that it would be.
fn each(value: &Json) -> &[Json] {
    match value {
        Json::Array(several) => several,
        one => std::slice::from_ref(one),
    }
}

/// Whether an element of XML has others in it.
fn is_record(value: &Json) -> bool {
    value.as_object().is_some_and(|members| members.keys().any(|name| !name.starts_with('@') && name != TEXT))
}

fn is_like(own: &str, name: &str) -> bool {
    name != own && name.to_lowercase() == own.to_lowercase()
}

fn is_of_errors(name: &str) -> bool {
    let bare: String = name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    ERRORS.contains(&&*bare)
}

fn is_count(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a member has anything to say: nothing, `false` and zero are how systems write that there is no error.
fn says_something(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(said) => *said,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !matches!(text.trim().to_lowercase().as_str(), "" | "0" | "false"),
        Json::Array(items) => items.iter().any(says_something),
        Json::Object(members) => members.values().any(says_something),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::system::WireFormat;

    #[test]
    fn what_stands_in_a_list_of_xml_is_read_or_strange() {
        let strange = |body: &str, path: &str, read: &[&str]| {
            let path = JsonPath::parse(path).unwrap();
            let read: Vec<_> = read.iter().map(|path| JsonPath::parse(path).unwrap()).collect();
            let document = Document::read(WireFormat::Xml, body.as_bytes(), &[path.clone()].iter().collect(), "GET /x").unwrap();
            let read = read.iter().collect();
            let alone = ListPlace::of(&path, &read).stands_alone(&document);
            alone.err().map(|why| why.to_string())
        };
        let user = "<user><k>1</k></user>";
        for path in ["$.r.users.user", "$.r.users.user[*]", "$.r.users.user[?@.k == 1]"] {
            for (inside, what) in [
                ("<error>cut</error>", "an element `error`"),
                ("<User><k>2</k></User>", "an element `User`"),
                ("<batch><user><k>2</k></user></batch>", "an element `batch`"),
                ("Fatal error: out of memory", "text"),
                ("<![CDATA[timeout]]>", "text"),
            ] {
                let body = format!("<r><users>{user}{inside}</users></r>");
                assert!(strange(&body, path, &[]).is_some_and(|why| why.starts_with(&format!("and {what} between"))), "{path} {body}");
            }
            for inside in ["", "\n  ", "<!-- <user/> -->", "<?page 2?>"] {
                assert_eq!(
                    strange(&format!("<r><page>3</page><users n='1'>{user}{inside}</users></r>"), path, &[]),
                    None,
                    "{path} {inside}"
                );
            }
            let counted = format!("<r><users><total>1</total>{user}</users></r>");
            assert_eq!(strange(&counted, path, &["$.r.users.total"]), None);
            assert!(strange(&counted, path, &["$.r.total"]).is_some());
        }
    }
}
