//! What an answer means: its declared rules in their order, then its status.
//!
//! Errors prevail over absence, and absence over success, so that an error beside a record is never taken for a record. Of an answer
//! with the status of an error, only a rule that names this status says anything else. An answer that no rule covers is an error.

mod astray;

use super::{
    Client,
    answers::{Answer, Meaning, VendorError, usual, usual_class},
    failing::{self, KeyPlace, Look, Question, Said},
    request::Request,
    stated,
};
use crate::{
    compile::{
        program::Program,
        system::{ErrorClass, ErrorRule, Outcome, Rules, WireFormat},
    },
    systems::{
        formats::{lists::Lists, members, xml},
        scope::{AnswerBody, Head, Scope},
    },
    value::{Fault, Value, encoding::without_mark, path::JsonPath},
};
use serde_json::Value as Json;
use std::{cell::OnceCell, collections::BTreeSet};

/// How an answer was judged.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can be used, as what it means.
    Means(Meaning),
    /// It was not done, or there is no such record by the status alone.
    Error(VendorError),
    /// It succeeds by its status, and what it says does not prove it: the vendor's words, or that no rule covers it.
    Unproved(Unproved),
}

/// Why an answer proves nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum Unproved {
    /// It brings a message where errors have theirs.
    Words(VendorError),
    /// There are rules for what is done, and none of them holds.
    NoRule(Option<String>),
    /// It is not of the format that it begins as, so it may have been cut: which.
    Broken(&'static str),
    /// A rule of an error can't be worked out for it: why. An error that may be there is no success, and no absence either.
    Undecided(String),
}

impl Client {
    /// What an answer to a request means. One that succeeds by its status alone, and tells a failure where no rule looks, was not done.
    pub(crate) fn judge_answer(&self, request: &Request, answer: &Answer) -> Verdict {
        let about = About {
            key: &request.key,
            records: &request.records,
            attributes: &request.attributes,
            path: request.url.path(),
            writes: request.writes(),
            in_rows: matches!(self.http().format, WireFormat::Csv | WireFormat::JsonLines),
        };
        judged_of(about, &request.rules, answer, self.scope(), |judge| judge.verdict_with(request.look))
    }

    /// What an answer means by the rules of its call.
    pub(crate) fn judge(&self, rules: &Rules, answer: &Answer) -> Verdict {
        judge(rules, answer, self.scope())
    }

    /// Whether the answer has words where a rule says that errors have them.
    pub(crate) fn has_declared_words(&self, answer: &Answer) -> bool {
        matches!(self.judge(&self.http().rules, answer), Verdict::Error(_) | Verdict::Unproved(Unproved::Words(_)))
    }

    /// Whether an answer to a list may be a whole page by its status: only 200 says so, and what a rule lists.
    pub(crate) fn is_page(&self, rules: &Rules, answer: &Answer) -> bool {
        answer.status == 200 || judged(rules, answer, self.scope(), |judge| judge.status_is_listed())
    }

    /// What the answer of a job that is done tells of a failure where no rule looks: at its top, or beside what says that it is done.
    pub(crate) fn failure_of_done_job(&self, rules: &Rules, key: &[KeyPlace], answer: &Answer) -> Option<String> {
        judged_of(About { key, ..About::default() }, rules, answer, self.scope(), |judge| {
            judge.failure_told(Look::All).or_else(|| judge.failure_beside_done())
        })
    }

    /// The vendor's words about an error, from the declared places, else from the usual ones.
    pub(crate) fn words_of(&self, rules: &Rules, answer: &Answer) -> Option<String> {
        judged(rules, answer, self.scope(), |judge| judge.words())
    }
}

/// What an answer means by some rules; `scope` has what is known beside the answer.
pub(crate) fn judge(rules: &Rules, answer: &Answer, scope: Scope<'_>) -> Verdict {
    judged(rules, answer, scope, |judge| judge.verdict())
}

/// The same of one element of an answer, with what it tells of a failure where no rule looks.
pub(crate) fn judge_element(rules: &Rules, (key, look): (&[KeyPlace], Look), element: &Answer, scope: Scope<'_>) -> Verdict {
    judged_of(About { key, ..About::default() }, rules, element, scope, |judge| judge.verdict_with(look))
}

/// What a rule says of an answer; none where its status decides.
pub(crate) fn by_rule(rules: &Rules, answer: &Answer, scope: Scope<'_>) -> Option<Verdict> {
    judged(rules, answer, scope, |judge| judge.by_rule())
}

/// What an answer is about.
#[derive(Clone, Copy, Default)]
struct About<'a> {
    /// Where a record of its collection has its key.
    key: &'a [KeyPlace],
    /// Where it has a list of records.
    records: &'a [JsonPath],
    /// Where such a record has its attributes.
    attributes: &'a [JsonPath],
    /// The path of the request.
    path: &'a str,
    /// It is the answer to a write.
    writes: bool,
    /// The system speaks rows, and not objects.
    in_rows: bool,
}

fn judged<R>(rules: &Rules, answer: &Answer, scope: Scope<'_>, ask: impl FnOnce(&Judge<'_>) -> R) -> R {
    judged_of(About::default(), rules, answer, scope, ask)
}

fn judged_of<R>(about: About<'_>, rules: &Rules, answer: &Answer, scope: Scope<'_>, ask: impl FnOnce(&Judge<'_>) -> R) -> R {
    let tree = xml_tree(answer, rules.expressions(), None);
    let body = AnswerBody::read(tree.as_ref(), &answer.body);
    let head = Head { status: answer.status, headers: &answer.headers };
    ask(&Judge { about, rules, answer, scope: Scope { answer: body, head: Some(head), ..scope }, unclear: OnceCell::new() })
}

/// The body as a tree, if it is XML, whatever the system otherwise speaks: an API of JSON may have a proxy of XML before it. The
/// elements that the expressions treat as lists are lists, and so are those of `list`.
pub(crate) fn xml_tree<'p>(answer: &Answer, expressions: impl Iterator<Item = &'p Program>, list: Option<&Program>) -> Option<Json> {
    let body = without_mark(&answer.body);
    if !body.trim_ascii_start().starts_with(b"<") || answer.is_html() {
        return None;
    }
    let mut lists = Lists::default();
    expressions.for_each(|program| program.answer_paths(&mut |path| lists.add(path)));
    list.into_iter().for_each(|program| {
        program.answer_paths(&mut |path| if path.is_singular() { lists.add_list(None, path) } else { lists.add(path) })
    });
    xml::parse(body, &lists).ok()
}

struct Judge<'a> {
    about: About<'a>,
    rules: &'a Rules,
    answer: &'a Answer,
    scope: Scope<'a>,
    /// That a member which a rule names is there more than once, or can't be built, once that was met.
    unclear: OnceCell<String>,
}

impl Judge<'_> {
    fn verdict(&self) -> Verdict {
        self.verdict_with(Look::Nothing)
    }

    fn verdict_with(&self, look: Look) -> Verdict {
        let by_status = || match self.by_status() {
            Verdict::Means(Meaning::Done) => self.unless_failing(Meaning::Done, look),
            verdict => verdict,
        };
        let verdict = self.said().unwrap_or_else(by_status);
        self.unless_unclear(Some(verdict)).unwrap_or_else(|| self.by_status())
    }

    fn by_rule(&self) -> Option<Verdict> {
        self.unless_unclear(self.said())
    }

    /// What was said, unless it is a success and rests on a member that is there more than once, or can't be built.
    fn unless_unclear(&self, said: Option<Verdict>) -> Option<Verdict> {
        match (said, self.unclear.get()) {
            (Some(error @ Verdict::Error(_)), _) => Some(error),
            (_, Some(why)) if self.is_success() => Some(Verdict::Unproved(Unproved::Undecided(why.clone()))),
            (said, _) => said,
        }
    }

    fn said(&self) -> Option<Verdict> {
        if let Some(error) = self.declared_error() {
            return Some(Verdict::Error(error));
        }
        if let Some(why) = self.undecided_error() {
            return self.is_success().then_some(Verdict::Unproved(Unproved::Undecided(why)));
        }
        if let Some(gone) = self.declared_absence() {
            let look = if self.is_gone_by_code() { Look::Nothing } else { Look::All };
            return Some(self.unless_failing(Meaning::Gone(gone), look));
        }
        // A page that has no records tells the end by its status.
        if !self.has_content() && !self.is_astray() && self.says(Outcome::LastPage) {
            return Some(Verdict::Means(Meaning::LastPage));
        }
        for (outcome, meaning) in [(Outcome::Moved, Meaning::Moved), (Outcome::Full, Meaning::Full), (Outcome::Done, Meaning::Done)] {
            if self.says(outcome) {
                return Some(Verdict::Means(meaning));
            }
        }
        None
    }

    /// An error that a rule tells: a listed code, then a class, then a condition of `error`.
    fn declared_error(&self) -> Option<VendorError> {
        let listed = || self.listed().find(|(_, _, class)| *class != ErrorClass::Gone);
        if let Some((rule, code, class)) = listed() {
            return Some(VendorError { class, code: Some(code), message: self.message_of(rule).or_else(|| self.words()) });
        }
        if let Some(class) = self.declared_class() {
            return Some(VendorError { class, code: self.code(), message: self.words() });
        }
        let rule = self.rules.errors.iter().find(|rule| rule.when.is_some() && self.applies(rule) && self.listed_in(rule).is_none())?;
        Some(VendorError {
            class: self.unlisted_class(),
            code: self.code_of(rule),
            message: self.message_of(rule).or_else(|| self.words()),
        })
    }

    /// Why a rule of an error can't be worked out for this answer, if there is one such.
    fn undecided_error(&self) -> Option<String> {
        let errors = self.rules.errors.iter().filter_map(|rule| rule.when.as_ref());
        let classes = self.rules.outcomes.iter().filter(|rule| matches!(rule.outcome, Outcome::Error(class) if class != ErrorClass::Gone));
        let fault = errors.chain(classes.map(|rule| &rule.when)).find_map(|when| when.holds(&self.scope).err())?;
        Some(told(&fault))
    }

    /// The class of the nearest rule that holds, other than of absence.
    fn declared_class(&self) -> Option<ErrorClass> {
        self.rules.outcomes.iter().find_map(|rule| match rule.outcome {
            Outcome::Error(class) if class != ErrorClass::Gone && self.holds(&rule.when) => Some(class),
            _ => None,
        })
    }

    /// Without a listed code, an error is `invalid` where the status tells no class: the vendor refused it in a 2xx.
    const fn unlisted_class(&self) -> ErrorClass {
        if self.answer.status < 400 { ErrorClass::Invalid } else { usual_class(self.answer.status) }
    }

    fn declared_absence(&self) -> Option<VendorError> {
        if let Some((rule, code, class)) = self.listed().find(|(_, _, class)| *class == ErrorClass::Gone) {
            return Some(VendorError { class, code: Some(code), message: self.message_of(rule) });
        }
        self.says(Outcome::Error(ErrorClass::Gone)).then(|| VendorError {
            class: ErrorClass::Gone,
            code: self.code(),
            message: self.words(),
        })
    }

    const fn has_content(&self) -> bool {
        matches!(self.answer.status, 200..=203 | 206..=299)
    }

    /// What was said of an answer that succeeds, unless it tells a failure where no rule looks.
    fn unless_failing(&self, meaning: Meaning, look: Look) -> Verdict {
        let may_tell = self.is_success() && self.about.writes && !self.about.in_rows && look != Look::Nothing;
        let by_itself = || may_tell.then(|| failing::in_text(self.answer)).flatten();
        match self.failure_told(look).map(Said::Words).or_else(by_itself) {
            Some(Said::Broken(format)) => Verdict::Unproved(Unproved::Broken(format)),
            Some(Said::Words(words)) => {
                Verdict::Unproved(Unproved::Words(VendorError { class: ErrorClass::Temporary, code: self.code(), message: Some(words) }))
            }
            None => Verdict::Means(meaning),
        }
    }

    fn failure_told(&self, look: Look) -> Option<String> {
        let is_named = |way: &[&str]| self.decides_by(way) || self.has_records_at(way);
        let question = Question { look, key: self.about.key, own: self.about.attributes, is_named: &is_named };
        self.is_success().then(|| question.told(self.scope.answer)).flatten()
    }

    /// The same in the object that has the state of a job, as in `{"job": {"state": "completed", "failed": 1}}`.
    fn failure_beside_done(&self) -> Option<String> {
        let AnswerBody::Raw(raw) = self.scope.answer else { return None };
        let in_object = |path: &JsonPath| if let [Some(parent), Some(_), ..] = path.outline()[..] { Some(parent.to_owned()) } else { None };
        let mut parents = BTreeSet::new();
        self.rules.of(Outcome::Done).for_each(|when| when.answer_paths(&mut |path| parents.extend(in_object(path))));
        let held = members::of_names(raw, |name| parents.contains(name));
        held.iter().find_map(|(parent, held)| {
            let is_named = |way: &[&str]| self.decides_by(&[&[&**parent], way].concat());
            Question { look: Look::All, key: self.about.key, own: &[], is_named: &is_named }.told(AnswerBody::Raw(held))
        })
    }

    /// Whether the vendor says by a code that the record is not there, which is a failure for many.
    fn is_gone_by_code(&self) -> bool {
        let mut rules = self.rules.of(Outcome::Error(ErrorClass::Gone));
        self.listed().next().is_some() || rules.any(|when| stated::holds_by_code(when, |part| self.holds(part)))
    }

    /// Whether some condition asks for what such names lead to from the top of the answer, or from the one element that a document of XML
    /// has there: for it, for something that is in it, or for all that it is a part of. Of one that asks for something that is not in it,
    /// it may be an error of another shape.
    fn decides_by(&self, way: &[&str]) -> bool {
        let at = usize::from(matches!(self.scope.answer, AnswerBody::Tree(_)));
        self.some_path(|path| {
            let own: Vec<&str> = path.outline().into_iter().skip(at).flatten().collect();
            let is_asked = !own.is_empty() && own.iter().zip(way).all(|(own, name)| own == name);
            is_asked && (own.len() <= way.len() || !path.is_singular() || self.scope.answer.may_have(path))
        })
    }

    /// Whether such names lead to the list of records, or to something in it.
    fn has_records_at(&self, way: &[&str]) -> bool {
        let at = usize::from(matches!(self.scope.answer, AnswerBody::Tree(_)));
        self.about.records.iter().any(|path| {
            let own: Vec<&str> = path.outline().into_iter().skip(at).flatten().collect();
            !own.is_empty() && way.starts_with(&own)
        })
    }

    /// Whether some condition reads such a place of the answer.
    fn some_path(&self, fits: impl Fn(&JsonPath) -> bool) -> bool {
        let conditions = self.rules.errors.iter().filter_map(|rule| rule.when.as_ref());
        let mut named = false;
        conditions
            .chain(self.rules.outcomes.iter().map(|rule| &rule.when))
            .for_each(|when| when.answer_paths(&mut |path| named |= fits(path)));
        named
    }

    /// What the status means where no rule holds.
    fn by_status(&self) -> Verdict {
        if self.is_success() {
            return self.of_success();
        }
        if let Some(why) = self.astray() {
            let words = self.words().unwrap_or_else(|| "a web page".to_owned());
            let message = format!("{words}, which {why}: where it says that a record is gone, add `gone when status == 404`");
            return Verdict::Error(VendorError { class: ErrorClass::Invalid, code: self.code(), message: Some(message) });
        }
        Verdict::Error(VendorError { class: usual_class(self.answer.status), code: self.code(), message: self.words() })
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.answer.status)
    }

    fn of_success(&self) -> Verdict {
        if self.rules.are_closed() {
            return Verdict::Unproved(Unproved::NoRule(self.words()));
        }
        let message = self.rules.errors.iter().filter(|rule| rule.when.is_none()).find_map(|rule| self.message_of(rule));
        match message {
            Some(message) => {
                Verdict::Unproved(Unproved::Words(VendorError { class: ErrorClass::Temporary, code: self.code(), message: Some(message) }))
            }
            None => Verdict::Means(Meaning::Done),
        }
    }

    /// Whether a rule names the status and says that it was done.
    fn status_is_listed(&self) -> bool {
        self.rules.of(Outcome::Done).any(|when| stated::names_and_holds(when, self.answer.status, |part| self.holds(part)))
    }

    /// Whether a rule of an outcome holds, the nearest first.
    fn says(&self, outcome: Outcome) -> bool {
        self.rules.of(outcome).any(|when| stated::says(outcome, when, self.answer.status, |part| self.holds(part)))
    }

    /// Whether a condition holds. One that can't be worked out does not.
    fn holds(&self, when: &Program) -> bool {
        when.holds(&self.scope).unwrap_or_else(|fault| {
            self.note(&fault);
            false
        })
    }

    fn note(&self, fault: &Fault) {
        if fault.is_unclear() {
            self.unclear.get_or_init(|| told(fault));
        }
    }

    /// The rules of errors whose listed code is found, with code and class.
    fn listed(&self) -> impl Iterator<Item = (&ErrorRule, String, ErrorClass)> {
        let applies = |at: usize| self.rules.errors.get(at).filter(|rule| self.applies(rule));
        (0..self.rules.errors.len()).filter_map(move |at| {
            let rule = applies(at)?;
            let (code, class) = self.listed_in(rule)?;
            // A nearer rule that lists this code as well says its class, where it applies.
            let nearer = (0..at).filter_map(applies).any(|rule| self.listed_in(rule).is_some_and(|(known, _)| known == code));
            (!nearer).then_some((rule, code, class))
        })
    }

    /// The first listed code of those that the answer has.
    fn listed_in(&self, rule: &ErrorRule) -> Option<(String, ErrorClass)> {
        let codes = self.texts(rule.code.as_ref()?);
        codes.into_iter().find_map(|code| rule.classes.iter().find(|(known, _)| *known == code).map(|(_, class)| (code, *class)))
    }

    /// Without a condition, a rule applies to every answer.
    fn applies(&self, rule: &ErrorRule) -> bool {
        rule.when.as_ref().is_none_or(|when| self.holds(when))
    }

    fn code(&self) -> Option<String> {
        self.rules.errors.iter().find_map(|rule| self.code_of(rule))
    }

    fn code_of(&self, rule: &ErrorRule) -> Option<String> {
        self.texts(rule.code.as_ref()?).into_iter().next()
    }

    fn message_of(&self, rule: &ErrorRule) -> Option<String> {
        let texts = self.texts(rule.message.as_ref()?);
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// The vendor's words, from the declared places; of an answer with the status of an error from the usual places, too. What an answer
    /// that succeeds has at such a place may be of a person: the title of an absence, the description of a contract.
    fn words(&self) -> Option<String> {
        let declared = self.rules.errors.iter().find_map(|rule| self.message_of(rule));
        let usual = || self.answer.usual_message(self.scope.answer.tree().as_deref());
        declared.or_else(|| if self.is_success() { None } else { usual() })
    }

    /// The words at a place, whatever the JSON there is: of each value, where there are several.
    fn texts(&self, place: &Program) -> Vec<String> {
        match place.run(&self.scope) {
            Ok(Value::Json(json)) => words_in(&json).into_iter().collect(),
            Ok(value) => value.to_text().map(std::borrow::Cow::into_owned).filter(|text| !text.trim().is_empty()).into_iter().collect(),
            Err(fault) if fault.is_unclear() => {
                self.note(&fault);
                Vec::new()
            }
            Err(_) => self.all_texts(place),
        }
    }

    /// The words at all paths of a place that has no one value.
    fn all_texts(&self, place: &Program) -> Vec<String> {
        let mut texts = Vec::new();
        place.answer_paths(&mut |path| match self.scope.answer.find_all(path) {
            Ok(found) => texts.extend(found.iter().filter_map(words_in)),
            Err(fault) => self.note(&fault),
        });
        texts
    }
}

fn told(fault: &Fault) -> String {
    fault.at.as_ref().map_or_else(|| fault.message.clone(), |at| format!("`{at}` {}", fault.message))
}

/// The texts in a piece of JSON; none where there are none.
fn words_in(json: &Json) -> Option<String> {
    match json {
        Json::Null | Json::Bool(false) => None,
        Json::Bool(true) => Some("true".to_owned()),
        Json::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Json::Number(number) => Some(number.to_string()),
        Json::Array(items) => joined(items.iter()),
        Json::Object(members) => usual(json, 1).or_else(|| joined(members.values())),
    }
}

fn joined<'j>(each: impl Iterator<Item = &'j Json>) -> Option<String> {
    let texts: Vec<_> = each.filter_map(words_in).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}
