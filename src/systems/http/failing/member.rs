//! What one member says of a failure, by its name and what it has.

use super::Look;
use crate::{
    check::model::usual::{
        self, CODE_NAMES, EXIT_NAMES, STATUS_NAMES, SUCCESS_WORDS, TROUBLES, TRUE, Telling, WORD_NAMES, Words,
        signs::{complains, finds_none, says_failed, says_not_done, succeeds, tells_done, tells_outcome},
    },
    systems::http::list::beside,
    value::halves,
};
use serde_json::{Value as Json, value::RawValue};
use std::borrow::Cow;

/// Members that hold what is said of a request, and the results of its parts.
pub(super) const HOLDERS: Words = Words(
    "meta metadata response responses responsestatus responseheader responseinfo responsemetadata data d body result results operations \
     shards summary stats statistics counts report output header status envelope return",
);

/// Those beside a list that describe the whole answer. `summary` and `counts` are not among them: their numbers may be about the records.
const BESIDE_LISTS: Words =
    Words("meta metadata response responsestatus responseheader responseinfo responsemetadata data d body result shards header envelope");

/// Members in which messages are told that need not be errors.
const NOTICES: Words = Words("diagnostics notices notice");

/// Members that have the kind of a message.
const KINDS: Words = Words("type kind");

/// A member of an answer that may tell of a failure.
pub(super) struct Member<'a> {
    pub name: String,
    /// What it has; none if that can't be read.
    pub value: Option<Cow<'a, Json>>,
    is_error: bool,
    /// Whether it is an object, and a list.
    is_object: bool,
    is_list: bool,
}

impl<'a> Member<'a> {
    pub fn read((name, value): (String, &RawValue)) -> Self {
        let is_error = beside::is_error_in(&name, value);
        let (is_object, is_list) = (value.get().starts_with('{'), value.get().starts_with('['));
        Self { name, value: halves::tree(value.get()).ok().map(Cow::Owned), is_error, is_object, is_list }
    }

    pub fn of((name, value): (&String, &'a Json)) -> Self {
        let (is_object, is_list) = (value.is_object(), value.is_array());
        Self { name: name.clone(), value: Some(Cow::Borrowed(value)), is_error: beside::is_error(name, value), is_object, is_list }
    }

    /// Whether it may say so, and can't be read. A list or an object of another name may be that of the records, each of which is judged
    /// by itself.
    fn may_hide_one(&self) -> bool {
        if self.is_list { self.is_trouble() } else { !self.is_object }
    }

    /// What it says by itself.
    pub fn failure(&self, look: Look) -> Option<String> {
        if self.is_error && believes(look, &self.name) {
            // The value of an error may be about people, so it is not shown.
            return Some(format!("something in `{}`", self.name));
        }
        let Some(value) = self.value.as_deref() else { return self.may_hide_one().then(|| format!("something in `{}`", self.name)) };
        let said = self.denies(value, look) || matches!(look, Look::All | Look::Verdicts) && self.complains(value, look);
        said.then(|| if value.is_array() { format!("something in `{}`", self.name) } else { self.shown(value) })
    }

    /// Whether it says that it was not done. The `status` of a record may be `failed`.
    fn denies(&self, value: &Json, look: Look) -> bool {
        let is_record = matches!(look, Look::Record | Look::Inner);
        let text = text_of(value);
        match value {
            Json::Bool(_) | Json::Number(_) | Json::String(_) if is_success(&self.name) => usual::verdict(&text).1,
            Json::String(_) if is_record => self.is_verdict() && is_word_of_error(&text),
            Json::String(_) if tells_outcome(&self.name) => {
                if look == Look::All {
                    says_not_done(&text)
                } else {
                    says_failed(&text)
                }
            }
            Json::Bool(false) if look == Look::All => tells_outcome(&self.name) || tells_done(&self.name),
            Json::Bool(false) if look == Look::Verdicts => tells_outcome(&self.name) || self.is(&TRUE),
            Json::Number(number) if !is_record && tells_outcome(&self.name) => number.as_f64().is_some_and(|number| number < 0.0),
            Json::Number(number) if look == Look::All => self.is_exit_code() && number.as_f64() != Some(0.0),
            _ => false,
        }
    }

    /// Whether it complains in words, or in a message of a grave kind.
    fn complains(&self, value: &Json, look: Look) -> bool {
        let is_grave = |message: &Json| {
            let kind = ["type", "level", "severity"].iter().find_map(|name| message.get(*name)?.as_str());
            kind.is_some_and(is_word_of_error)
        };
        match value {
            Json::String(text) if self.says_why() => complains(text),
            Json::String(text) => self.is(&KINDS) && is_word_of_error(text),
            Json::Array(messages) if self.is_trouble() => {
                messages.iter().any(|message| is_grave(message) || look == Look::Verdicts && message.as_str().is_some_and(complains))
            }
            _ => false,
        }
    }

    fn shown(&self, value: &Json) -> String {
        format!("{}: {}", self.name.trim_start_matches('@'), text_of(value))
    }

    /// The number in it.
    fn number(&self) -> Option<i64> {
        let value = self.value.as_deref()?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    /// The text in it.
    fn word(&self) -> Option<&str> {
        self.value.as_deref()?.as_str()
    }

    fn letters(&self) -> String {
        usual::letters(self.name.trim_start_matches('@'))
    }

    fn is(&self, names: &Words) -> bool {
        names.has(&self.letters())
    }

    fn is_verdict(&self) -> bool {
        matches!(&*self.letters(), "status" | "result")
    }

    fn is_code(&self) -> bool {
        self.is(&CODE_NAMES)
    }

    pub fn says_why(&self) -> bool {
        says_why(&self.letters())
    }

    fn is_trouble(&self) -> bool {
        self.is(&TROUBLES) || self.is(&NOTICES)
    }

    fn is_exit_code(&self) -> bool {
        self.is(&EXIT_NAMES)
    }

    /// Whether it says in words that it was done.
    fn says_done(&self) -> bool {
        let Some(value) = self.value.as_deref() else { return false };
        let is_yes = is_success(&self.name) && usual::verdict(&text_of(value)).0;
        is_yes || (tells_outcome(&self.name) || self.is_code() || self.says_why()) && self.word().is_some_and(succeeds)
    }
}

/// Whether a member beside a list says that the list is not the whole one.
pub fn is_cut(name: &str, value: &Json) -> bool {
    let is_error = || tells_beside_list(name) && beside::is_error(name, value);
    may_tell(name, Look::Verdicts) && Member::of((&name.to_owned(), value)).failure(Look::Verdicts).is_some() || is_error()
}

/// The same of a value that is not read. One that can't be is not known to say nothing.
pub fn is_cut_in(name: &str, value: &RawValue) -> bool {
    let is_error = || tells_beside_list(name) && beside::is_error_in(name, value);
    may_tell(name, Look::Verdicts) && Member::read((name.to_owned(), value)).failure(Look::Verdicts).is_some() || is_error()
}

/// Whether a member beside a list may say so, by itself or by what is in it.
pub fn may_be_cut(name: &str) -> bool {
    may_tell(name, Look::Verdicts) || tells_beside_list(name)
}

/// Whether a member of this name tells of a failure beside a list, where what was rejected may be a number of its records.
pub fn tells_beside_list(name: &str) -> bool {
    usual::telling(name).is_some_and(|telling| telling != Telling::Refused)
}

/// Whether a member beside a list holds what is said of the whole answer.
pub fn is_around_list(name: &str) -> bool {
    BESIDE_LISTS.has(&usual::letters(name))
}

/// Whether a member of this name may say something.
pub(super) fn may_tell(name: &str, look: Look) -> bool {
    let letters = usual::letters(name.trim_start_matches('@'));
    let is_verdict = is_success(name) || tells_outcome(name);
    let is_record = is_verdict || believes(look, name);
    let in_words = || CODE_NAMES.has(&letters) || STATUS_NAMES.has(&letters) || says_why(&letters) || TROUBLES.has(&letters);
    let others = || [KINDS, EXIT_NAMES, NOTICES].iter().any(|names| names.has(&letters));
    match look {
        Look::Nothing => false,
        Look::Record | Look::Inner => is_record,
        Look::Verdicts | Look::All => is_record || tells_done(name) || TRUE.has(&letters) || in_words() || others(),
    }
}

/// Whether such an error counts. Beside a list it is told where the list is looked for.
fn believes(look: Look, name: &str) -> bool {
    match (usual::telling(name), look) {
        (None, _) | (_, Look::Nothing | Look::Verdicts) => false,
        (Some(Telling::Error), _) | (_, Look::All) => true,
        (Some(Telling::Count), Look::Inner) => name.to_lowercase().ends_with("errors"),
        _ => false,
    }
}

/// The code of an envelope that says a failure: the status of one, as in `{"status": 423}`, or another with words beside it, as in
/// `{"code": 50012, "msg": "Illegal token"}`.
pub(super) fn coded(members: &[&Member<'_>], look: Look) -> Option<String> {
    if !matches!(look, Look::Verdicts | Look::All) {
        return None;
    }
    let told = |member: &Member<'_>, code: &str| Some(format!("{}: {code}", member.name.trim_start_matches('@')));
    let codes = || members.iter().filter(|member| member.is_code() || member.is(&STATUS_NAMES));
    if let Some((member, status)) = codes().find_map(|member| Some((member, member.number().filter(|code| (400..600).contains(code))?))) {
        return told(member, &status.to_string());
    }
    let why: Vec<&str> =
        members.iter().filter(|member| member.says_why()).filter_map(|member| member.word()).filter(|text| tells_something(text)).collect();
    if why.is_empty() || members.iter().any(|member| member.says_done()) {
        return None;
    }
    let is_failure = |member: &&&Member<'_>| match (member.number(), member.word()) {
        (Some(0), _) => !member.is_code() && why.iter().any(|text| complains(text)),
        (Some(code), _) => member.is_code() && !matches!(code, 1 | 100..400),
        (None, Some(word)) => member.is_code() && is_word(word) && !succeeds(word) && !(look == Look::Verdicts && finds_none(word)),
        (None, None) => false,
    };
    let member = codes().find(is_failure)?;
    told(member, &text_of(member.value.as_deref()?))
}

/// A value as it is shown.
fn text_of(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

/// Whether a code is a word, and not that of a language or a country.
fn is_word(code: &str) -> bool {
    let is_long = code.chars().filter(|c| c.is_alphabetic()).count() > 3 || code.to_lowercase().starts_with("err");
    is_long && !code.contains(char::is_whitespace)
}

fn tells_something(words: &str) -> bool {
    !words.trim().is_empty() && !usual::says_no_error(words)
}

/// Whether a member has words: `message`, `retmsg`.
fn says_why(letters: &str) -> bool {
    WORD_NAMES.has(letters) || ["msg", "message"].iter().any(|end| letters.strip_suffix(end).is_some_and(is_of_answer))
}

fn is_of_answer(before: &str) -> bool {
    ["ret", "return", "result", "response", "status", "info"].contains(&before)
}

fn is_word_of_error(text: &str) -> bool {
    matches!(&*usual::letters(text), "error" | "err" | "fail" | "failure" | "fault" | "fatal" | "exception")
}

/// Whether a member says whether it was done: `success`, `isOk`.
fn is_success(name: &str) -> bool {
    SUCCESS_WORDS.has(usual::bare_name(&usual::letters(name)))
}
