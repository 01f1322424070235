//! What an answer says of a failure in members that every API has for that, where no rule names them. An answer that succeeds by its
//! status alone, and says so, was not done, and shows neither a record nor that there is none.

use crate::{
    check::model::usual,
    systems::{formats::members, scope::AnswerBody},
};
use serde_json::{Map, Value as Json};

/// Members that hold an error, and nothing as long as there is none.
const ERRORS: [&str; 9] = ["error", "errors", "fault", "faults", "exception", "exceptions", "errormessage", "errmsg", "errordescription"];

/// Members with the number or the name of an error, 0 as long as there is none.
const CODES: [&str; 4] = ["errcode", "errorcode", "errorno", "errno"];

/// Members that say whether it was done, or whether it failed.
const VERDICTS: [(&str, bool); 10] = [
    ("success", false),
    ("successful", false),
    ("succeeded", false),
    ("issuccess", false),
    ("ok", false),
    ("iserror", true),
    ("haserror", true),
    ("haserrors", true),
    ("timedout", true),
    ("failed", true),
];

/// What is looked at in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Nothing: the elements of a batch and of a job have rules of their own.
    #[default]
    Nothing,
    /// What says that it failed as a whole. Errors beside a list are looked for where the list is.
    Verdicts,
    All,
}

/// What an answer says of a failure at its top, or at the one element that a document of XML has there: `success: false`. `is_named`:
/// whether a rule decides by a member of this name.
pub fn told(body: AnswerBody<'_>, look: Look, is_named: impl Fn(&str) -> bool) -> Option<String> {
    let members = match body {
        _ if look == Look::Nothing => return None,
        AnswerBody::Nothing => return None,
        AnswerBody::Raw(raw) => members::of_names(raw, may_tell),
        AnswerBody::Tree(tree) => of_root(tree)?,
    };
    members.iter().filter(|(name, _)| !is_named(name)).find_map(|(name, value)| {
        let words = tells(&letters(name), value).filter(|_| look == Look::All || !ERRORS.contains(&letters(name).as_str()))?;
        Some(format!("{}: {words}", name.trim_start_matches('@')))
    })
}

/// The members of the one element at the top.
fn of_root(tree: &Json) -> Option<Map<String, Json>> {
    let mut all = tree.as_object()?.values();
    let root = all.next().filter(|_| all.next().is_none())?;
    root.as_object().cloned()
}

fn letters(name: &str) -> String {
    usual::letters(name)
}

fn may_tell(name: &str) -> bool {
    let name = letters(name);
    let name = name.as_str();
    ERRORS.contains(&name)
        || CODES.contains(&name)
        || VERDICTS.iter().any(|(known, _)| *known == name)
        || matches!(name, "status" | "result")
}

/// How a member of this name says that something failed.
fn tells(name: &str, value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    let (yes, no) = usual::verdict(&text);
    let says_nothing = no || is_empty(value) || text.parse() == Ok(0.0);
    let is_success = usual::SUCCESS_WORDS.has(&usual::letters(&text)) || usual::letters(&text) == "none";
    let fails = if ERRORS.contains(&name) {
        !says_nothing && !is_success
    } else if CODES.contains(&name) {
        !says_nothing && !is_success && text != "200"
    } else if let Some((_, wanted)) = VERDICTS.iter().find(|(known, _)| *known == name) {
        !value.is_number() && if *wanted { yes } else { no }
    } else {
        value.is_string() && matches!(usual::letters(&text).as_str(), "error" | "err" | "fail" | "failure" | "fault")
    };
    fails.then_some(text)
}

/// Whether a value has nothing in it, at any depth: `{"count": 0, "text": ""}`.
fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.trim().is_empty(),
        Json::Array(items) => items.iter().all(is_empty),
        Json::Object(members) => members.values().all(is_empty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(body: &str) -> Option<String> {
        told(AnswerBody::of(body.as_bytes()), Look::All, |name| name == "state")
    }

    #[test]
    fn what_says_a_failure_at_the_top_is_found() {
        for (body, words) in [
            (r#"{"success": false, "data": []}"#, "success: false"),
            (r#"{"ok": false, "error": "channel_not_found"}"#, "ok: false"),
            (r#"{"status": "error", "message": "db timeout"}"#, "status: error"),
            (r#"{"errors": [{"message": "no"}], "data": null}"#, r#"errors: [{"message":"no"}]"#),
            (r#"{"errcode": 40013, "errmsg": "invalid"}"#, "errcode: 40013"),
            (r#"{"found": false, "error": "db timeout"}"#, "error: db timeout"),
            (r#"{"isError": true}"#, "isError: true"),
            (r#"{"timed_out": true, "hits": {}}"#, "timed_out: true"),
            (r#"{"result": "FAIL"}"#, "result: FAIL"),
        ] {
            assert_eq!(told_of(body).as_deref(), Some(words), "{body}");
        }
    }

    #[test]
    fn what_says_nothing_of_a_failure_is_none() {
        for body in [
            r#"{"success": true, "errors": [], "data": []}"#,
            r#"{"error": null, "errors": {"count": 0, "text": ""}, "fault": ""}"#,
            r#"{"error": false, "errcode": 0, "errmsg": "ok"}"#,
            r#"{"errorCode": "0", "status": "active", "result": {"status": "error"}}"#,
            r#"{"failed": 0, "timed_out": false, "status": 200}"#,
            r#"{"data": [{"error": "of a record"}]}"#,
            r#"[{"success": false}]"#,
            r#"{"success": 3, "failed": 1}"#,
            "",
            "none",
        ] {
            assert_eq!(told_of(body), None, "{body}");
        }
    }

    #[test]
    fn of_a_list_what_says_it_of_the_whole_is_enough() {
        let of = |body: &str| told(AnswerBody::of(body.as_bytes()), Look::Verdicts, |_| false);
        assert_eq!(of(r#"{"errors": ["no"], "data": []}"#), None);
        assert_eq!(of(r#"{"success": false, "data": []}"#).as_deref(), Some("success: false"));
    }

    #[test]
    fn of_xml_the_root_and_its_attributes_tell() {
        let of = |tree: Json| told(AnswerBody::Tree(&tree), Look::All, |_| false);
        let json = |text| serde_json::from_str::<Json>(text).unwrap();
        assert_eq!(of(json(r#"{"response": {"@status": "error", "users": ""}}"#)).as_deref(), Some("status: error"));
        assert_eq!(of(json(r#"{"response": {"users": {"user": []}, "Error": "cut"}}"#)).as_deref(), Some("Error: cut"));
        assert_eq!(of(json(r#"{"response": {"@status": "ok"}}"#)), None);
    }
}
