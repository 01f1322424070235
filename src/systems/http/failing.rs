//! What an answer says of a failure in members that every API has for that, where no rule names them. An answer that succeeds by its
//! status alone, and says so, was not done, and shows neither a record nor that there is none.

use super::list::beside;
use crate::{
    check::model::usual,
    systems::{formats::members, scope::AnswerBody},
};
use serde_json::{Map, Value as Json, value::RawValue};

/// Members that are false after a failure.
const SUCCESSES: [&str; 5] = ["success", "successful", "succeeded", "issuccess", "ok"];

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
    let fits = |name: &str| (is_verdict(name) || look == Look::All && usual::telling(name).is_some()) && !is_named(name);
    let said = |name: &str, value: &str| format!("{}: {}", name.trim_start_matches('@'), value.trim_matches('"'));
    match body {
        _ if look == Look::Nothing => None,
        AnswerBody::Nothing => None,
        AnswerBody::Raw(raw) => {
            let fails = |(name, value): &&(String, &RawValue)| match serde_json::from_str(value.get()) {
                Ok(value) => tells(name, &value),
                // What can't be read says something as well.
                Err(_) => !is_verdict(name),
            };
            members::of_names(raw, fits).iter().find(fails).map(|(name, value)| said(name, value.get()))
        }
        AnswerBody::Tree(tree) => {
            let mut members = root(tree)?.iter().filter(|(name, _)| fits(name));
            members.find(|(name, value)| tells(name, value)).map(|(name, value)| said(name, &value.to_string()))
        }
    }
}

/// The one element at the top.
fn root(tree: &Json) -> Option<&Map<String, Json>> {
    let mut all = tree.as_object()?.values();
    all.next().filter(|_| all.next().is_none())?.as_object()
}

fn is_verdict(name: &str) -> bool {
    let name = usual::letters(name);
    SUCCESSES.contains(&name.as_str()) || matches!(name.as_str(), "status" | "result")
}

/// Whether a member of this name says that something failed.
fn tells(name: &str, value: &Json) -> bool {
    if !is_verdict(name) {
        return beside::is_error(name, value);
    }
    let is_success = SUCCESSES.contains(&usual::letters(name).as_str());
    match value {
        Json::Bool(done) => is_success && !done,
        Json::String(text) if is_success => usual::verdict(text).1,
        Json::String(text) => matches!(usual::letters(text).as_str(), "error" | "err" | "fail" | "failure" | "fault"),
        _ => false,
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
            (r#"{"errors": [{"message": "cut"}], "data": null}"#, r#"errors: [{"message": "cut"}]"#),
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
            r#"{"success": 3, "failed": 0}"#,
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
