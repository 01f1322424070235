//! `items EXPR { … }`: what each element of a list means, and the record that is made from it.

use super::walk::doubt;
use crate::{
    compile::{
        program::Program,
        system::{Call, Collection, ErrorClass, Outcome, Place, request::Element},
    },
    systems::{
        CallError,
        http::{
            Client,
            answers::{Answer, Meaning, VendorError, tidy},
            document::Document,
            items::BodyError,
            judge::{Unproved, Verdict, judge},
            reading::Reading,
        },
        keys::id_of,
        scope::{AnswerBody, Scope},
    },
    value::Value,
};
use serde_json::Value as Json;
use std::borrow::Cow;

/// The elements of a page.
#[derive(Debug, Default)]
pub struct Elements<'d> {
    pub records: Vec<Cow<'d, [u8]>>,
    /// The keys of records that an element names as removed, each with the number of records before it.
    pub removed: Vec<(Value, usize)>,
}

impl Client {
    /// The records of a page, each made from its element. One element that is an error breaks the page: its record was not read.
    pub(super) fn of_elements<'d>(
        &self,
        collection: &Collection,
        call: &Call,
        answer: &Answer,
        elements: Vec<Cow<'d, [u8]>>,
    ) -> Result<Elements<'d>, CallError> {
        let mut page = Elements::default();
        let Some(said) = &call.element else { return Ok(Elements { records: elements, ..page }) };
        for (at, element) in elements.into_iter().enumerate() {
            let broken = |why: ElementError| doubt(format!("element {} of a page {why}", at + 1));
            let tree: Json = serde_json::from_slice(&element).map_err(|_| broken(ElementError::NoJson))?;
            match self.meaning_of_element(said, answer, &tree).map_err(broken)? {
                Meaning::Done => page.records.push(self.record_in(said, answer, element, &tree).map_err(broken)?),
                _ => {
                    let key = self.removed_key(collection, said, answer, &tree).ok_or_else(|| broken(ElementError::NoKey))?;
                    page.removed.push((key, page.records.len()));
                }
            }
        }
        Ok(page)
    }

    /// The key of a record that was removed, at its place in what `item` takes: an element that names a change has a number of its own.
    fn removed_key(&self, collection: &Collection, said: &Element<Program>, answer: &Answer, element: &Json) -> Option<Value> {
        match &said.item {
            Some(place) => id_of(collection, &self.record_of_element(place, element, answer).ok()?, &[]),
            None => id_of(collection, element.to_string().as_bytes(), &[]),
        }
    }

    fn record_in<'d>(
        &self,
        said: &Element<Program>,
        answer: &Answer,
        element: Cow<'d, [u8]>,
        tree: &Json,
    ) -> Result<Cow<'d, [u8]>, ElementError> {
        let Some(place) = &said.item else { return Ok(element) };
        let record = self.record_of_element(place, tree, answer).map_err(ElementError::NoRecord)?;
        Ok(Cow::Owned(record.into_vec()))
    }

    /// What an element means: `Done` for a record, `Gone` for one that was removed. Errors prevail over absence.
    fn meaning_of_element(&self, said: &Element<Program>, answer: &Answer, element: &Json) -> Result<Meaning, ElementError> {
        let status = match said.status.as_ref().map(|status| status.run(&Scope { answer: AnswerBody::Tree(element), ..self.scope() })) {
            None => answer.status,
            Some(found) => found.ok().and_then(|found| found.to_text()?.trim().parse().ok()).ok_or(ElementError::NoStatus)?,
        };
        let body = element.to_string().into_bytes();
        let whole = Answer { status, headers: answer.headers.clone(), body, meaning: Meaning::Done };
        let scope = Scope { answer: AnswerBody::Tree(element), ..self.scope() };
        let removed = || said.rules.of(Outcome::Removed).any(|condition| condition.holds(&scope).unwrap_or(false));
        let words = match judge(&said.rules, &whole, self.scope()) {
            Verdict::Error(error) => error.message.or(error.code),
            Verdict::Unproved(Unproved::Undecided(why)) => Some(why),
            _ if removed() => return Ok(Meaning::Gone(VendorError { class: ErrorClass::Gone, code: None, message: None })),
            Verdict::Means(Meaning::Gone(error)) | Verdict::Unproved(Unproved::Words(error)) => error.message.or(error.code),
            Verdict::Unproved(Unproved::NoRule(words)) => words,
            Verdict::Means(_) => return Ok(Meaning::Done),
        };
        Err(ElementError::Refused(words.map(|words| tidy(&self.redactor.redact(&words))).filter(|words| !words.is_empty())))
    }

    /// The record that an element has, or that is made from it.
    pub(crate) fn record_of_element(&self, place: &Place, element: &Json, answer: &Answer) -> Result<Box<[u8]>, BodyError> {
        let document = Document::Tree(element.clone());
        Reading { answer, document: &document, scope: self.scope() }.record(Some(place))
    }
}

/// Why an element of a list is no record, worded to follow it.
#[derive(Debug)]
enum ElementError {
    NoJson,
    NoStatus,
    NoKey,
    NoRecord(BodyError),
    Refused(Option<String>),
}

impl std::fmt::Display for ElementError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoJson => f.write_str("is no JSON"),
            Self::NoStatus => f.write_str("has no status where it is declared to be"),
            Self::NoKey => f.write_str("names a removed record, and has no key"),
            Self::NoRecord(why) => write!(f, "gives nothing that `item` can take: it comes {why}"),
            Self::Refused(Some(words)) => write!(f, "is an error, and no record: \"{words}\""),
            Self::Refused(None) => f.write_str("is an error, and no record"),
        }
    }
}
