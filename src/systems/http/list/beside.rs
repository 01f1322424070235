//! What an answer has beside its list, on the way to it and between its elements, where no line reads it. It may say that the list is
//! not whole, and would be passed over: a list that an outage left empty would count as one that shows nobody.

use crate::{
    check::model::usual::{self, Telling},
    systems::{
        formats::{
            lists::Lists,
            members::{self, OnTheWay},
            xml::TEXT,
        },
        http::{document::Document, failing, items::BodyError},
    },
    value::{
        path::{JsonPath, Passage},
        unique,
    },
};
use serde_json::{Map, Value as Json, value::RawValue};

/// A list in an answer, by the path of its elements.
#[derive(Debug)]
pub struct ListPlace<'a> {
    path: &'a JsonPath,
    /// What leads to it, with its own name. What is behind a `*` or a filter is an element, and is not looked at.
    way: Vec<Passage<'a>>,
    /// Whether nothing but what selects among the elements comes after the name of the list.
    is_plain: bool,
    /// What the lines of the call and of the system read, and the attributes in the records.
    read: &'a Lists,
    /// Of it, what those lines say the meaning of, whatever is there.
    settled: &'a Lists,
}

impl<'a> ListPlace<'a> {
    pub fn of(path: &'a JsonPath, read: &'a Lists, settled: &'a Lists) -> Self {
        let mut way = path.passages();
        way.truncate(way.iter().rposition(|passage| matches!(passage, Passage::Name(_))).map_or(0, |last| last + 1));
        let is_plain = path.outline()[way.len()..].iter().all(Option::is_none);
        Self { path, way, is_plain, read, settled }
    }

    /// # Errors
    /// Something is beside the list that nothing reads, and that may say that the list is not whole.
    pub fn stands_alone(&self, document: &Document<'_>) -> Result<(), BodyError> {
        match document {
            Document::Xml(tree) => self.in_tree(tree, 0, &|level, members| self.in_element(level, members)),
            Document::Tree(tree, _) => self.in_tree(tree, 0, &|level, members| self.says_nothing(level, members)),
            Document::Raw(body) => self.in_text(body),
            Document::Rows(_) => Ok(()),
        }
    }

    /// Looks at the objects that lead to the list in one go, without building anything of the list.
    fn in_text(&self, body: &RawValue) -> Result<(), BodyError> {
        let fits = |level: usize, name: &str| self.is_suspicious(level, name);
        let mut seen = OnTheWay { way: &self.way, fits: &fits, found: Vec::new(), passed: Vec::new() };
        seen.go(body, 0);
        let OnTheWay { found, passed, .. } = seen;
        found.iter().try_for_each(|(level, name, value)| {
            let sign = || self.sign_in(*level, name, value);
            self.is_harmless(*level, name, passed.contains(level), sign)
        })
    }

    /// Looks at each object that leads to the list, from one of them on.
    fn in_tree(&self, at: &Json, level: usize, check: &Check<'_>) -> Result<(), BodyError> {
        let several = each(at);
        match self.way.get(level) {
            None => Ok(()),
            Some(Passage::Index(index)) => {
                members::place_of(*index, several.len()).map_or(Ok(()), |at| self.in_tree(&several[at], level + 1, check))
            }
            Some(Passage::Name(name)) => several.iter().filter_map(Json::as_object).try_for_each(|members| {
                check(level, members)?;
                members.get(*name).map_or(Ok(()), |inner| self.in_tree(inner, level + 1, check))
            }),
        }
    }

    fn in_element(&self, level: usize, members: &Map<String, Json>) -> Result<(), BodyError> {
        self.has_no_text(level, members)?;
        // The root holds one element in any case.
        if level > 0 && level + 1 == self.way.len() && self.is_plain {
            self.holds_elements_alone(level, members)?;
        }
        self.says_nothing(level, members)
    }

    /// That no member has the words of an error, or is spelled like what leads to the list but for its case.
    fn says_nothing(&self, level: usize, members: &Map<String, Json>) -> Result<(), BodyError> {
        let has_own = members.contains_key(self.own(level));
        let mut suspicious = members.iter().filter(|(name, _)| self.is_suspicious(level, name));
        suspicious.try_for_each(|(name, value)| {
            let sign = || self.sign(level, name, value);
            self.is_harmless(level, name, has_own, sign)
        })
    }

    fn is_harmless(&self, level: usize, name: &str, has_own: bool, sign: impl Fn() -> Option<String>) -> Result<(), BodyError> {
        let own = self.own(level);
        if is_like(own, name) {
            return match has_own {
                true => Err(BodyError::Cased(self.path.text.clone(), own.to_owned(), name.to_owned())),
                false => Ok(()),
            };
        }
        sign().map_or(Ok(()), |sign| Err(BodyError::Beside(self.path.text.clone(), sign.clone(), self.place_of(level, &sign))))
    }

    /// Which member tells of a failure: this one, or one inside of it where it holds what is said of the whole answer. At the top,
    /// a verdict is told before the list is looked for.
    fn sign(&self, level: usize, name: &str, value: &Json) -> Option<String> {
        if failing::may_be_cut(name) && !self.is_settled(level, &[name]) {
            let is_cut = || level > 0 && failing::is_cut(name, value);
            if failing::tells_beside_list(name) && is_error(name, value) || is_cut() {
                return Some(name.to_owned());
            }
        }
        let held = value.as_object().filter(|_| failing::is_around_list(name))?;
        let mut inside = held.iter().filter(|(inner, _)| !self.is_settled(level, &[name, inner]));
        inside.find(|(inner, value)| failing::is_cut(inner, value)).map(|(inner, _)| format!("{name}.{inner}"))
    }

    /// The same of a value that is not read. One that can't be is not known to say nothing, and so it is with each of two members of one
    /// name.
    fn sign_in(&self, level: usize, name: &str, value: &RawValue) -> Option<String> {
        if failing::may_be_cut(name) && !self.is_settled(level, &[name]) {
            let is_cut = || level > 0 && failing::is_cut_in(name, value);
            if failing::tells_beside_list(name) && is_error_in(name, value) || is_cut() {
                return Some(name.to_owned());
            }
        }
        if !failing::is_around_list(name) || value.get().len() > LARGEST_ENVELOPE {
            return None;
        }
        let held = members::of_names(value, |inner| failing::may_be_cut(inner) && !self.is_settled(level, &[name, inner]));
        held.iter().find(|(inner, value)| failing::is_cut_in(inner, value)).map(|(inner, _)| format!("{name}.{inner}"))
    }

    fn is_suspicious(&self, level: usize, name: &str) -> bool {
        let own = self.own(level);
        let may_tell = || failing::may_be_cut(name) && !self.is_settled(level, &[name]);
        name != own && (is_like(own, name) && !self.is_read(level, &[name]) || may_tell() || failing::is_around_list(name))
    }

    /// The name by which the way goes on.
    fn own(&self, level: usize) -> &'a str {
        if let Some(Passage::Name(name)) = self.way.get(level) { name } else { "" }
    }

    fn has_no_text(&self, level: usize, members: &Map<String, Json>) -> Result<(), BodyError> {
        match members.contains_key(TEXT) && !self.is_read(level, &[TEXT]) {
            true => Err(BodyError::Strange(self.path.text.clone(), "text".to_owned())),
            false => Ok(()),
        }
    }

    /// That the element that holds the list holds nothing else, and no record another one.
    fn holds_elements_alone(&self, level: usize, members: &Map<String, Json>) -> Result<(), BodyError> {
        let own = self.own(level);
        let strange = |name: &&String| !name.starts_with('@') && *name != own && !self.is_read(level, &[name]);
        if let Some(name) = members.keys().find(strange) {
            return Err(match members[name].as_str().is_some_and(is_count) {
                true => BodyError::Counted(self.path.text.clone(), name.clone(), self.place_of(level, name)),
                false => BodyError::Strange(self.path.text.clone(), format!("an element `{name}`")),
            });
        }
        let nested = members.get(own).into_iter().flat_map(each).filter_map(|record| record.get(own)).flat_map(each).any(is_record);
        match nested && !self.is_read(level + 1, &[own]) {
            true => Err(BodyError::Nested(self.path.text.clone(), own.to_owned())),
            false => Ok(()),
        }
    }

    /// Whether a line reads a member of an object that leads to the list.
    fn is_read(&self, level: usize, names: &[&str]) -> bool {
        self.is_in(self.read, level, names)
    }

    /// Whether a line says what it means, whatever it is.
    fn is_settled(&self, level: usize, names: &[&str]) -> bool {
        self.is_in(self.settled, level, names)
    }

    fn is_in(&self, lists: &Lists, level: usize, names: &[&str]) -> bool {
        let before = self.way[..level].iter().filter_map(|passage| if let Passage::Name(name) = passage { Some(*name) } else { None });
        before.chain(names.iter().copied()).try_fold(lists, Lists::inside).is_some()
    }

    fn place_of(&self, level: usize, name: &str) -> String {
        let before = self.way[..level].iter().fold("$".to_owned(), |place, passage| match passage {
            Passage::Name(name) => format!("{place}.{name}"),
            Passage::Index(index) => format!("{place}[{index}]"),
        });
        format!("{before}.{name}")
    }
}

/// What is longer beside a list, in bytes, is no envelope.
const LARGEST_ENVELOPE: usize = 64 << 10;

/// A check of the members of an object that leads to a list.
type Check<'c> = dyn Fn(usize, &Map<String, Json>) -> Result<(), BodyError> + 'c;

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

fn is_count(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// As [`is_error`], of a value that is not read. One that can't be, or that has a member twice, is not known to say nothing.
pub fn is_error_in(name: &str, value: &RawValue) -> bool {
    if usual::telling(name).is_none() {
        return false;
    }
    match unique::tree(value.get()) {
        Ok((value, None)) => is_error(name, &value),
        Ok((_, Some(_))) | Err(_) => true,
    }
}

/// Whether a member of such a name tells of a failure.
pub fn is_error(name: &str, value: &Json) -> bool {
    match (usual::telling(name), value) {
        (Some(Telling::Error), value) => is_more_than_nothing(value),
        (Some(Telling::Count | Telling::Refused), Json::Number(number)) => number.as_f64() != Some(0.0),
        (Some(Telling::Count | Telling::Refused), Json::String(text)) => {
            matches!(&*text.trim().to_lowercase(), "true" | "yes") || text.trim().parse::<f64>().is_ok_and(|number| number != 0.0)
        }
        (Some(Telling::Count | Telling::Refused), value) => is_more_than_nothing(value),
        (Some(Telling::Flag), Json::Bool(said)) => *said,
        (Some(Telling::Flag), Json::String(text)) => matches!(&*text.trim().to_lowercase(), "true" | "yes" | "y"),
        _ => false,
    }
}

/// Whether a value is more than nothing, `false`, zero and a word of success, which is how systems write that there is no error.
fn is_more_than_nothing(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(said) => *said,
        Json::Number(number) => !matches!(number.as_f64(), Some(0.0 | 200.0)),
        Json::String(text) => !usual::says_no_error(text),
        Json::Array(items) => items.iter().any(is_more_than_nothing),
        // `{"code": 0, "message": "OK", "time": …}`
        Json::Object(members) if members.get("code").is_some_and(|code| !is_more_than_nothing(code)) => false,
        Json::Object(members) => members.values().any(is_more_than_nothing),
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
            let alone = ListPlace::of(&path, &read, &read).stands_alone(&document);
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
