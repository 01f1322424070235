//! What an answer says of a failure in members that every API has for that, where no rule names them. An answer that succeeds by its
//! status alone, and says so, was not done, and shows neither a record nor that there is none.

use super::list::beside;
use crate::{
    check::model::usual::{self, Telling},
    systems::{formats::members, scope::AnswerBody},
};
use serde_json::{Map, Value as Json};

/// Which members of an answer are searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// None: the elements of a batch and of a job have rules of their own.
    #[default]
    Nothing,
    /// Those that say whether it was done. Errors beside a list are looked for where the list is.
    Verdicts,
    /// All but flags, in an answer that may be the record itself, which may be `offline` or `partial`.
    Record,
    /// All that say whether it was done, or that something failed.
    All,
}

/// What an answer says of a failure at its top, or at the one element that a document of XML has there: `success: false`, or in which
/// member it has an error. `is_named`: whether a rule decides by a member of this name.
pub fn told(body: AnswerBody<'_>, look: Look, is_named: impl Fn(&str) -> bool) -> Option<String> {
    let fits = |name: &str| look.searches(name) && !is_named(name);
    match body {
        AnswerBody::Raw(raw) if look != Look::Nothing => {
            members::of_names(raw, fits).iter().find_map(|(name, value)| match serde_json::from_str(value.get()) {
                Ok(read) if is_verdict(name) => denied(name, &read),
                _ => beside::is_error_in(name, value).then(|| error_in(name)),
            })
        }
        AnswerBody::Tree(tree) if look != Look::Nothing => {
            let mut members = root(tree)?.iter().filter(|(name, _)| fits(name));
            members.find_map(|(name, value)| match is_verdict(name) {
                true => denied(name, value),
                false => beside::is_error(name, value).then(|| error_in(name)),
            })
        }
        _ => None,
    }
}

impl Look {
    fn searches(self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Verdicts => is_verdict(name),
            Self::Record => is_verdict(name) || usual::telling(name) == Some(Telling::Error),
            Self::All => is_verdict(name) || usual::telling(name).is_some(),
        }
    }
}

/// The value of an error may be about people, so it is not shown.
fn error_in(name: &str) -> String {
    format!("something in `{name}`")
}

/// The one element at the top.
fn root(tree: &Json) -> Option<&Map<String, Json>> {
    let mut all = tree.as_object()?.values();
    all.next().filter(|_| all.next().is_none())?.as_object()
}

/// Whether a member says whether it was done: `success`, `isOk`.
fn is_success(name: &str) -> bool {
    usual::SUCCESS_WORDS.has(usual::bare_name(&usual::letters(name)))
}

fn is_verdict(name: &str) -> bool {
    is_success(name) || matches!(usual::letters(name).as_str(), "status" | "result")
}

/// That a member says that it was not done. A `status` of `failed` may be that of a record.
fn denied(name: &str, value: &Json) -> Option<String> {
    let text = value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned());
    let fails = match value {
        Json::Bool(_) | Json::Number(_) | Json::String(_) if is_success(name) => usual::verdict(&text).1,
        Json::String(_) => matches!(usual::letters(&text).as_str(), "error" | "err" | "fail" | "failure" | "fault"),
        _ => false,
    };
    fails.then(|| format!("{}: {text}", name.trim_start_matches('@')))
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
            (r#"{"errors": [{"message": "cut"}], "data": null}"#, "something in `errors`"),
            (r#"{"errcode": 40013, "errmsg": "invalid"}"#, "something in `errcode`"),
            (r#"{"found": false, "error": "db timeout"}"#, "something in `error`"),
            (r#"{"isError": true}"#, "something in `isError`"),
            (r#"{"timed_out": true, "hits": {}}"#, "something in `timed_out`"),
            (r#"{"error": "x", "error": null}"#, "something in `error`"),
            (r#"{"success": "no"}"#, "success: no"),
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
    fn of_a_record_its_own_state_is_none() {
        let of = |body: &str| told(AnswerBody::of(body.as_bytes()), Look::Record, |_| false);
        assert_eq!(of(r#"{"id": 7, "status": "failed", "offline": true, "result": "B+", "stale": true}"#), None);
        assert_eq!(of(r#"{"id": 7, "status": "error"}"#).as_deref(), Some("status: error"));
        assert_eq!(of(r#"{"id": 7, "ok": false}"#).as_deref(), Some("ok: false"));
        assert_eq!(of(r#"{"errors": ["cut"]}"#).as_deref(), Some("something in `errors`"));
    }

    #[test]
    fn of_xml_the_root_and_its_attributes_tell() {
        let of = |tree: Json| told(AnswerBody::Tree(&tree), Look::All, |_| false);
        let json = |text| serde_json::from_str::<Json>(text).unwrap();
        assert_eq!(of(json(r#"{"response": {"@status": "error", "users": ""}}"#)).as_deref(), Some("status: error"));
        assert_eq!(of(json(r#"{"response": {"users": {"user": []}, "Error": "cut"}}"#)).as_deref(), Some("something in `Error`"));
        assert_eq!(of(json(r#"{"response": {"@status": "ok"}}"#)), None);
    }
}
