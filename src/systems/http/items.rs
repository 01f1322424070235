//! Splits a page into records, which keep the bytes they were received with.

use super::list::{
    another_page::EndOf,
    evidence::{Looked, Shape},
};
use crate::{
    systems::formats::members::{self, Unclear},
    value::{
        encoding::without_mark,
        path::{Found, JsonPath},
    },
};
use serde_json::{Value as Json, value::RawValue};
use std::{borrow::Cow, fmt};

/// Why a body is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    /// Not in the format of the system: the format, and what is wrong.
    Broken(&'static str, String),
    /// In a character set that can't be read.
    Charset(String),
    /// No content at all (204), where there should be some.
    NoContent,
    /// No list at the declared path.
    NoList(String),
    /// No whole number at the place of the total: the place, and what is there.
    NoTotal(String, Shape),
    /// What leads nowhere at the place of a cursor or a link: the place, and what is there.
    NoWay(String, Shape),
    /// Nothing at the declared path.
    Nothing(String),
    /// Elements that a filter selects without a record in them: the number of elements, and of those with a record.
    Hollow(String, usize, usize),
    /// A member that is there more than once: the place that is looked at, and the member.
    Twice(String, String),
    /// What is in a list of XML and is none of its elements: the place of the list, and what it is.
    Strange(String, String),
    /// A number in a list of XML, beside its elements, that nothing reads: the place of the list, its name, and its own place.
    Counted(String, String, String),
    /// Where errors have their words, beside a list, something is that nothing reads: the place of the list, its name, and its own place.
    Beside(String, String, String),
    /// Two members that differ in nothing but case, of which one leads to a list: the place of the list, that one, and the other.
    Cased(String, String, String),
    /// A record of XML in another one of the same list: the place of the list, and the name of its elements.
    Nested(String, String),
    /// What is taken for the end of a list says that there are more records: where, and what was taken for it.
    AnotherPage(String, EndOf),
    /// What was found is not an object.
    NoRecord,
    /// No list can be made of what was found: the place, and why.
    Unmade(String, String),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(format, what) => write!(f, "and what is not {format}: {what}"),
            Self::Charset(label) => write!(f, "and text in the character set `{label}`, which is not read: ask for it in UTF-8"),
            Self::NoContent => f.write_str("and no content: where that is the end of a list, say `last page when status == 204`"),
            Self::NoList(path) => write!(f, "and no list at `{path}`, which is not taken for an empty one"),
            Self::NoTotal(place, shape) => write!(f, "and {shape} at {place}, where the total is declared to be"),
            Self::NoWay(place, shape) => {
                write!(
                    f,
                    "and {shape} at {place}, which neither leads to the next page nor says that this is the last: where it does, say `last page when …`"
                )
            }
            Self::Nothing(path) => write!(f, "and nothing at `{path}`"),
            Self::Hollow(path, all, full) => {
                write!(f, "and {all} elements at `{path}`, {} of them without a record: ask for them to be filled", all - full)
            }
            Self::Twice(path, member) => write!(f, "and the member `{member}` more than once on the way to `{path}`"),
            Self::Strange(path, what) => write!(
                f,
                "and {what} between the elements at `{path}`, which nothing reads: if it belongs there, name it in a rule, such as `done when … is present`"
            ),
            Self::Counted(path, name, place) => write!(
                f,
                "and a number in the element `{name}` between the elements at `{path}`, which nothing reads: if it is the number of records, \
                 add `total {place}`, else name it in a rule, such as `done when {place} is present`"
            ),
            Self::Beside(path, name, place) => write!(
                f,
                "and something in `{name}` beside the list at `{path}`, where no rule finds an error, so the list may not be the whole one: \
                 add `error {place}`, or `error {place} when …` if it is no error in each answer"
            ),
            Self::Cased(path, own, other) => {
                write!(f, "and both `{own}` and `{other}` on the way to `{path}`, so it is unknown which of them has the records")
            }
            Self::Nested(path, name) => write!(
                f,
                "and an element `{name}` with others in it inside another one at `{path}`, so a record may be lost: if it belongs to the \
                 record, declare an attribute at it"
            ),
            Self::AnotherPage(sign, end) => {
                let (before, advice) = match end {
                    EndOf::OnePage => (
                        "while the call reads one page",
                        "say how one page leads to the next, as in `page by link $.next`, or declare the `total`",
                    ),
                    EndOf::Pages => {
                        ("while this page ends the list by the lines of the call", "say by it what leads on, or declare the `total`")
                    }
                    EndOf::LookUp => ("and has none", "if it says something else, name it in a rule"),
                };
                write!(f, "and says in {sign} that there are more records, {before}: {advice}")
            }
            Self::NoRecord => f.write_str("and no record"),
            Self::Unmade(place, why) => write!(f, "and what is at `{place}` {why}"),
        }
    }
}

/// A body that is one whole JSON value.
pub fn json(body: &[u8]) -> Result<&RawValue, BodyError> {
    let body = without_mark(body);
    serde_json::from_slice(body).map_err(|error| not_json(&error, body.len()))
}

/// That a text is not JSON, and where.
pub fn not_json(error: &serde_json::Error, length: usize) -> BodyError {
    BodyError::Broken("JSON", broken(error, length))
}

/// What is wrong with a text that should be JSON.
pub fn broken(error: &serde_json::Error, length: usize) -> String {
    match length {
        0 => "it is empty".to_owned(),
        _ if error.is_eof() => format!("it ends in the middle, after {length} bytes"),
        _ => format!("at line {} column {}", error.line(), error.column()),
    }
}

/// What is at a path, unchanged.
pub fn look<'a>(body: &'a RawValue, path: &JsonPath) -> Looked<'a> {
    match path.names() {
        Some(names) => members::named(body, &names).map(|found| found.map(|found| Cow::Borrowed(found.get()))).map_err(shape),
        None => members::tree(body, path).map_err(shape).and_then(|tree| looked(path.find(&tree))),
    }
}

fn shape(why: Unclear) -> Shape {
    match why {
        Unclear::Twice(member) => Shape::Twice(member),
        Unclear::Undecodable(why) => Shape::Undecodable(why),
    }
}

/// That it is unclear what is at a path, if that is what was found.
pub fn doubtful(looked: &Looked<'_>, path: &JsonPath) -> Result<(), BodyError> {
    match looked {
        Err(Shape::Twice(member)) => Err(BodyError::Twice(path.text.clone(), member.clone())),
        Err(Shape::Undecodable(why)) => Err(BodyError::Unmade(path.text.clone(), format!("can't be decoded: {why}"))),
        _ => Ok(()),
    }
}

/// What a path found, as text.
pub fn looked<'a>(found: Found<'_>) -> Looked<'a> {
    match found {
        Found::One(found) => Ok(Some(Cow::Owned(found.to_string()))),
        Found::Nothing => Ok(None),
        Found::Several(count) => Err(Shape::Several(count)),
    }
}

/// The text, number or truth that a JSON value is; none where it is blank.
pub fn text(value: &str) -> Option<String> {
    match serde_json::from_str(value).ok()? {
        Json::String(text) => Some(text).filter(|text| !text.trim().is_empty()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// The records of a page; none where there is no list. A path that finds several values finds the records themselves.
pub fn records<'a>(body: &'a RawValue, path: Option<&JsonPath>) -> Result<Option<Vec<Cow<'a, [u8]>>>, BodyError> {
    let Some(path) = path else { return list(body.get()).map(|records| records.map(borrowed)) };
    if path.names().is_some() || path.is_singular() {
        let looked = look(body, path);
        doubtful(&looked, path)?;
        return match looked.ok().flatten() {
            Some(Cow::Borrowed(found)) => list(found).map(|records| records.map(borrowed)),
            Some(Cow::Owned(found)) => list(&found).map(|records| records.map(owned)),
            None => Ok(None),
        };
    }
    let looked = members::tree(body, path).map_err(shape);
    let whole = looked.or_else(|shape| doubtful(&Err(shape), path).map(|()| Json::Null))?;
    selected(&whole, path)
}

/// The records that a path selects one by one in a tree. A list without elements is an empty list, and the members of an object are
/// none; every element that a filter selects must contain a record.
pub fn selected<'a>(whole: &Json, path: &JsonPath) -> Result<Option<Vec<Cow<'a, [u8]>>>, BodyError> {
    if stem(whole, path).is_some_and(Json::is_object) {
        return Ok(None);
    }
    let found = path.find_all(whole);
    let all = path.selected(whole);
    match all {
        Some(all) if found.len() < all => Err(BodyError::Hollow(path.text.clone(), all, found.len())),
        _ if found.is_empty() && all.is_none() && !is_empty_list(whole, path) => Ok(None),
        _ if found.is_empty() && !stem(whole, path).is_some_and(Json::is_array) => Ok(None),
        _ => objects(found).map(Some),
    }
}

/// Objects as records.
pub fn objects<'a, 'j>(found: impl IntoIterator<Item = &'j Json>) -> Result<Vec<Cow<'a, [u8]>>, BodyError> {
    let record = |json: &Json| if json.is_object() { Ok(Cow::Owned(json.to_string().into_bytes())) } else { Err(BodyError::NoRecord) };
    found.into_iter().map(record).collect()
}

fn is_empty_list(whole: &Json, path: &JsonPath) -> bool {
    stem(whole, path).and_then(Json::as_array).is_some_and(Vec::is_empty)
}

/// What is found where the path begins to select.
fn stem<'j>(whole: &'j Json, path: &JsonPath) -> Option<&'j Json> {
    path.outline().into_iter().map_while(|step| step).try_fold(whole, |at, name| at.get(name))
}

fn borrowed(records: Vec<&RawValue>) -> Vec<Cow<'_, [u8]>> {
    records.into_iter().map(|record| Cow::Borrowed(record.get().as_bytes())).collect()
}

fn owned<'a>(records: Vec<&RawValue>) -> Vec<Cow<'a, [u8]>> {
    records.into_iter().map(|record| Cow::Owned(record.get().as_bytes().to_vec())).collect()
}

fn list(text: &str) -> Result<Option<Vec<&RawValue>>, BodyError> {
    if !text.trim_start().starts_with('[') {
        return Ok(None);
    }
    let records: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| not_json(&error, text.len()))?;
    if records.iter().all(|record| record.get().starts_with('{')) { Ok(Some(records)) } else { Err(BodyError::NoRecord) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).unwrap()
    }

    fn taken(body: &str, at: Option<&str>) -> Result<Option<Vec<String>>, BodyError> {
        let found = records(json(body.as_bytes())?, at.map(path).as_ref())?;
        Ok(found.map(|records| records.iter().map(|record| String::from_utf8(record.to_vec()).unwrap()).collect()))
    }

    #[test]
    fn records_keep_their_bytes() {
        let body = r#"{"x":[{"no":1}],"data":{"count":2,"items":[{"a": 1.50, "a":2},{"b":"é"}]}}"#;
        assert_eq!(taken(body, Some("$.data.items")), Ok(Some(vec![r#"{"a": 1.50, "a":2}"#.into(), r#"{"b":"é"}"#.into()])));
        assert_eq!(taken(r#"[{"a":1}]"#, None), Ok(Some(vec![r#"{"a":1}"#.into()])));
        assert_eq!(taken(r#"{"d":[{"i":[{"a":1}]}]}"#, Some("$.d[0].i")), Ok(Some(vec![r#"{"a":1}"#.into()])));
        assert_eq!(taken(r#"{"d":[{"i":{"a":1}},{"i":{"a":2}}]}"#, Some("$.d[*].i")).unwrap().unwrap().len(), 2);
        assert_eq!(taken(r#"{"x.y":{"z":[]}}"#, Some(r#"$["x.y"].z"#)), Ok(Some(vec![])));
    }

    #[test]
    fn what_is_no_list_is_not_an_empty_one() {
        for body in [r#"{"error":"rate"}"#, r#"{"data":null}"#, r#"{"data":{"items":null}}"#, r#"{"data":{"items":{}}}"#, "[]", "3"] {
            assert_eq!(taken(body, Some("$.data.items")), Ok(None), "{body}");
        }
        assert_eq!(taken(r#"{"Resources":[]}"#, None), Ok(None));
        assert_eq!(taken(r#"{"i":[1]}"#, Some("$.i")), Err(BodyError::NoRecord));
        assert_eq!(taken(r#"{"i":[{"k":1}]}"#, Some("$.i[*].r")), Ok(None));
        assert_eq!(taken(r#"{"e":1}"#, Some("$.i[?@.k == 1].r")), Ok(None));
        for path in ["$.i[*]", "$.i.*", "$.i[?@.k == 1]", "$.i[*].r"] {
            assert_eq!(taken(r#"{"i":{"a":{"k":1,"r":{}},"b":{"k":1,"r":{}}}}"#, Some(path)), Ok(None), "{path}");
        }
        assert_eq!(taken(r#"{"a":{},"b":{}}"#, Some("$.*")), Ok(None));
    }

    #[test]
    fn what_a_filter_selects_holds_a_record() {
        assert_eq!(taken(r#"{"i":[]}"#, Some("$.i[*].r")), Ok(Some(vec![])));
        assert_eq!(taken(r#"{"i":[{"k":2}]}"#, Some("$.i[?@.k == 1].r")), Ok(Some(vec![])));
        assert_eq!(taken(r#"{"i":[{"k":1,"r":{}},{"k":2}]}"#, Some("$.i[?@.k == 1].r")), Ok(Some(vec!["{}".into()])));
        let hollow = BodyError::Hollow("$.i[?@.k == 1].r".into(), 2, 1);
        assert_eq!(taken(r#"{"i":[{"k":1,"r":{}},{"k":1}]}"#, Some("$.i[?@.k == 1].r")), Err(hollow));
        assert_eq!(taken(r#"{"i":[{"r":7}]}"#, Some("$.i[*].r")), Err(BodyError::NoRecord));
    }

    #[test]
    fn a_member_twice_on_the_way_to_the_list_is_no_list() {
        let twice = |body: &str, path: &str| match taken(body, Some(path)) {
            Err(BodyError::Twice(_, member)) => member,
            other => format!("{other:?}"),
        };
        assert_eq!(twice(r#"{"data":[{"a":1}],"data":[]}"#, "$.data"), "data");
        assert_eq!(twice(r#"{"d":{"i":[]},"d":{"i":[{"a":1}]}}"#, "$.d.i"), "d");
        assert_eq!(twice(r#"{"d":[{"i":[{"a":1}],"i":[]}]}"#, "$.d[0].i"), "i");
        assert_eq!(twice(r#"{"d":[{"k":1,"k":2}]}"#, "$.d[?@.k == 1]"), "k");
        let found = taken(r#"{"x":1,"d":[{"y":1,"y":2}],"x":2}"#, Some("$.d"));
        assert_eq!(found, Ok(Some(vec![r#"{"y":1,"y":2}"#.into()])));
        assert_eq!(taken(r#"{"x":1,"d":[{"y":1}],"x":2}"#, Some("$.d[*]")), Ok(Some(vec![r#"{"y":1}"#.into()])));
    }

    #[test]
    fn a_cut_body_is_told() {
        assert_eq!(
            taken(r#"{"data":{"items":[{"a":1"#, Some("$.data.items")),
            Err(BodyError::Broken("JSON", "it ends in the middle, after 24 bytes".into()))
        );
        assert_eq!(taken("", None), Err(BodyError::Broken("JSON", "it is empty".into())));
        assert_eq!(taken("{}{}", None), Err(BodyError::Broken("JSON", "at line 1 column 3".into())));
    }

    #[test]
    fn texts() {
        assert_eq!((text("7").as_deref(), text("\"a\"").as_deref(), text("true").as_deref()), (Some("7"), Some("a"), Some("true")));
        assert_eq!((text("null"), text("\" \""), text("[]"), text("{}")), (None, None, None, None));
    }
}
