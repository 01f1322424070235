//! The results of a batch: each element of a list is an answer about one record, judged by the same rules.

use crate::{
    compile::{
        program::{Name, Program},
        system::{Call, Collection, ErrorClass, request::EachResult},
    },
    systems::{
        CallError, Effect, Write, WriteKind, Written,
        formats::members,
        http::{
            Client,
            answers::{Answer, Meaning, VendorError, tidy},
            failing::{KeyPlace, Look},
            judge::{Unproved, Verdict, judge_element, xml_tree},
            request::look_around,
            write::{confirmed, keys_of, needs::Known, not_there, without_proof},
        },
        keys::{id_of, key_value, sent_key},
        scope::{AnswerBody, Scope},
    },
    value::{Value, nfc::nfc},
};
use serde_json::Value as Json;

type Outcome = Result<Written, CallError>;

/// A list of results: how it is declared, and its elements, each with what names its record.
type Listed<'a> = (&'a EachResult<Program>, Vec<(String, Json)>);

impl Client {
    /// What became of each record of a batch: as the first list says that has an element for it. In none: unknown.
    pub(crate) fn results(&self, collection: &Collection, call: &Call, writes: &[Write], answer: &Answer) -> Vec<Outcome> {
        let lists: Vec<_> = call.each.iter().map(|each| (each, self.elements(each, answer))).collect();
        writes.iter().map(|write| self.result(collection, &lists, write, answer)).collect()
    }

    /// The elements of a list, each with what names its record.
    fn elements(&self, each: &EachResult<Program>, answer: &Answer) -> Vec<(String, Json)> {
        let tree = xml_tree(answer, std::iter::empty(), Some(&each.items));
        let body = AnswerBody::read(tree.as_ref(), &answer.body);
        if is_doubtful(body, &each.items) {
            return Vec::new();
        }
        let scope = Scope { answer: body, ..self.scope() };
        let items = match each.items.run(&scope) {
            Ok(Value::Json(json)) => {
                if let Json::Array(items) = *json {
                    items
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        };
        let named = |item: Json| Some((text(&each.by.run(&Scope { answer: AnswerBody::Tree(&item), ..self.scope() }).ok()?)?, item));
        items.into_iter().filter_map(named).collect()
    }

    fn result(&self, collection: &Collection, lists: &[Listed<'_>], write: &Write, answer: &Answer) -> Outcome {
        for (each, elements) in lists {
            let Some(own) = self.name_in(each, collection, write) else { continue };
            let outcomes =
                elements.iter().filter(|(name, _)| *name == own).map(|(_, item)| self.judged((collection, write), each, item, answer));
            let outcomes: Vec<Outcome> = outcomes.collect();
            // If a record has several results, a refusal counts: otherwise an error would be taken for success.
            let refused = outcomes.iter().position(Result::is_err);
            if let Some(outcome) = outcomes.into_iter().nth(refused.unwrap_or(0)) {
                return outcome;
            }
        }
        Err(without_result(None))
    }

    /// What names the element of a write in a list of results.
    pub(super) fn name_in(&self, each: &EachResult<Program>, collection: &Collection, write: &Write) -> Option<String> {
        let id = keys_of(collection, write);
        let known = Known::of(write, write.kind == WriteKind::Create, &id, &[]);
        each.own.run(&Scope { own: known.sent, ..self.scope() }).ok().as_ref().and_then(text)
    }

    fn judged(&self, (collection, write): (&Collection, &Write), each: &EachResult<Program>, item: &Json, answer: &Answer) -> Outcome {
        let scope = Scope { answer: AnswerBody::Tree(item), ..self.scope() };
        let own = each.status.as_ref().map(|status| status.run(&scope).ok().as_ref().and_then(text).and_then(|text| text.parse().ok()));
        let status = match own {
            Some(None) => return Err(without_result(None)),
            Some(Some(status)) => status,
            None => answer.status,
        };
        let element =
            Answer { status, headers: answer.headers.clone(), body: item.to_string().into_bytes(), framed: true, meaning: Meaning::Done };
        let key = KeyPlace::all(collection, &keys_of(collection, write));
        let look = each.item.as_ref().map_or(Look::All, look_around);
        match judge_element(&each.rules, (&key, look), &element, self.scope()) {
            Verdict::Means(Meaning::Gone(error)) => Err(self.gone(&error, status)),
            Verdict::Means(Meaning::Moved) => Err(not_there("the account was merged into another: the next run goes on with that one")),
            Verdict::Means(_) => {
                let record = each.item.as_ref().and_then(|place| self.record_of_element(place, item.to_string().as_bytes(), answer).ok());
                let own = || record.as_deref().and_then(|record| id_of(collection, record, &write.values));
                // An element that is found by the key which was sent shows it.
                let by_key = matches!(&each.own, Program::Name(Name::Own(at)) if collection.key.alone() == Some(*at));
                let is_sent = write.kind == WriteKind::Create && (by_key || collection.key.is_several());
                let sent = || sent_key(collection, &write.values).filter(|_| is_sent);
                let told = each.key.as_ref().and_then(|key| key_value(collection, &key.run(&scope).ok()?));
                confirmed(collection, write, told.as_ref(), record.as_deref())?;
                Ok(Written { id: told.or_else(own).or_else(sent), record })
            }
            Verdict::Error(error) => Err(self.element_error(error, status)),
            Verdict::Unproved(Unproved::Words(error)) => {
                Err(without_result(error.message.map(|words| tidy(&self.redactor.redact(&words)))))
            }
            Verdict::Unproved(Unproved::Broken(format)) => Err(without_result(Some(format!("no {format}")))),
            Verdict::Unproved(Unproved::Undecided(why)) => Err(without_result(Some(why))),
            Verdict::Unproved(Unproved::NoRule(words)) => Err(without_result(words.map(|words| tidy(&self.redactor.redact(&words))))),
        }
    }

    fn element_error(&self, error: VendorError, status: u16) -> CallError {
        let tidied = |words: String| tidy(&self.redactor.redact(&words));
        let message =
            error.message.map(tidied).filter(|words| !words.is_empty()).unwrap_or_else(|| "refused, without a word why".to_owned());
        let effect = if error.class == ErrorClass::Temporary { Effect::Unknown } else { Effect::None };
        CallError { class: error.class, status: Some(status), code: error.code.map(tidied), message, effect }
    }
}

/// Whether the results have a member more than once: which record and which outcome an element tells is unknown then.
fn is_doubtful(body: AnswerBody<'_>, items: &Program) -> bool {
    let AnswerBody::Raw(raw) = body else { return false };
    let mut doubtful = false;
    items.answer_paths(&mut |path| doubtful |= members::tree(raw, path).is_err());
    doubtful
}

/// A value as the name of a record, in the Unicode form in which texts are sent.
fn text(value: &Value) -> Option<String> {
    let named = |text: &str| Some(nfc(text.trim()).into_owned()).filter(|text| !text.is_empty());
    match value {
        Value::Json(json) => match &**json {
            Json::String(text) => named(text),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        },
        other => other.to_text().and_then(|text| named(&text)),
    }
}

/// The outcome of a record without a result, or with one that proves nothing: unknown.
pub(super) fn without_result(words: Option<String>) -> CallError {
    without_proof(words.map_or_else(String::new, |words| format!(": it says \"{words}\"")))
}
