//! What an answer says of a failure in members that every API has for that, where no rule names them. An answer that succeeds by its
//! status alone, and says so, was not done, and shows neither a record nor that there is none.

use super::list::beside;
use crate::{
    check::model::usual::{self, CODE_NAMES, STATUS_NAMES, Telling, WORD_NAMES, Words},
    systems::{formats::members, scope::AnswerBody},
};
use serde_json::{Map, Value as Json, value::RawValue};

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
    let members: Vec<Member> = match body {
        AnswerBody::Raw(raw) if look != Look::Nothing => members::of_names(raw, fits).into_iter().map(Member::read).collect(),
        AnswerBody::Tree(tree) if look != Look::Nothing => root(tree)?.iter().filter(|(name, _)| fits(name)).map(Member::of).collect(),
        _ => return None,
    };
    members.iter().find_map(Member::failure).or_else(|| coded(&members))
}

/// A member of an answer that may tell of a failure.
struct Member {
    name: String,
    /// What it has; none if that can't be read.
    value: Option<Json>,
    is_error: bool,
}

impl Member {
    fn read((name, value): (String, &RawValue)) -> Self {
        let is_error = beside::is_error_in(&name, value);
        Self { name, value: serde_json::from_str(value.get()).ok(), is_error }
    }

    fn of((name, value): (&String, &Json)) -> Self {
        Self { name: name.clone(), value: Some(value.clone()), is_error: beside::is_error(name, value) }
    }

    fn failure(&self) -> Option<String> {
        if is_verdict(&self.name) { denied(&self.name, self.value.as_ref()?) } else { self.is_error.then(|| error_in(&self.name)) }
    }

    /// The number in it.
    fn number(&self) -> Option<i64> {
        let value = self.value.as_ref()?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    fn is(&self, names: &Words) -> bool {
        names.has(&usual::letters(self.name.trim_start_matches('@')))
    }
}

/// The code of an envelope that says a failure: the status of one, as in `{"status": 423}`, or another with words beside it, as in
/// `{"code": 50012, "msg": "Illegal token"}`.
fn coded(members: &[Member]) -> Option<String> {
    let told = |member: &Member, code: i64| format!("{}: {code}", member.name.trim_start_matches('@'));
    let codes = || members.iter().filter(|member| member.is(&CODE_NAMES) || member.is(&STATUS_NAMES));
    let status = codes().find_map(|member| Some((member, member.number().filter(|code| (400..600).contains(code))?)));
    let is_words = |member: &Member| member.is(&WORD_NAMES) && member.value.as_ref().and_then(Json::as_str).is_some_and(tells_something);
    let other = || {
        let code = |member: &Member| member.number().filter(|code| !matches!(code, 0 | 1 | 100..400));
        let found = members.iter().filter(|member| member.is(&CODE_NAMES)).find_map(|member| Some((member, code(member)?)));
        found.filter(|_| members.iter().any(is_words))
    };
    status.or_else(other).map(|(member, code)| told(member, code))
}

fn tells_something(words: &str) -> bool {
    !words.trim().is_empty() && !usual::says_no_error(words)
}

impl Look {
    fn searches(self, name: &str) -> bool {
        let letters = usual::letters(name.trim_start_matches('@'));
        let is_coded = || [CODE_NAMES, STATUS_NAMES, WORD_NAMES].iter().any(|names| names.has(&letters));
        match self {
            Self::Nothing => false,
            Self::Verdicts => is_verdict(name) || is_coded() && usual::telling(name).is_none(),
            Self::Record => is_verdict(name) || usual::telling(name) == Some(Telling::Error),
            Self::All => is_verdict(name) || usual::telling(name).is_some() || is_coded(),
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
            (r#"{"status": 423, "id": "7"}"#, "status: 423"),
            (r#"{"statusCode": "503"}"#, "statusCode: 503"),
            (r#"{"code": 500, "data": null}"#, "code: 500"),
            (r#"{"code": 50012, "msg": "Illegal token", "data": []}"#, "code: 50012"),
            (r#"{"code": "-9", "message": "no rights"}"#, "code: -9"),
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
            r#"{"code": 200, "msg": "OK", "status": 201}"#,
            r#"{"code": 0, "message": "x"}"#,
            r#"{"code": 20000, "msg": "success"}"#,
            r#"{"code": 20000, "data": []}"#,
            r#"{"code": "DE", "message": "Hallo"}"#,
            r#"{"status": 7, "message": "made"}"#,
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
