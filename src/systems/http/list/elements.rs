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
            items::{self, BodyError},
            judge::{Unproved, Verdict, judge},
            reading::Reading,
        },
        keys::id_of,
        scope::{AnswerBody, Scope},
    },
    value::Value,
};
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
            match self.meaning_of_element(said, answer, &element).map_err(broken)? {
                Meaning::Done => page.records.push(self.record_in(said, answer, element).map_err(broken)?),
                _ => {
                    let key = self.removed_key(collection, said, answer, &element).ok_or_else(|| broken(ElementError::NoKey))?;
                    page.removed.push((key, page.records.len()));
                }
            }
        }
        Ok(page)
    }

    /// The key of a record that was removed, at its place in what `item` takes: an element that names a change has a number of its own.
    fn removed_key(&self, collection: &Collection, said: &Element<Program>, answer: &Answer, element: &[u8]) -> Option<Value> {
        match &said.item {
            Some(place) => id_of(collection, &self.record_of_element(place, element, answer).ok()?, &[]),
            None => id_of(collection, element, &[]),
        }
    }

    fn record_in<'d>(&self, said: &Element<Program>, answer: &Answer, element: Cow<'d, [u8]>) -> Result<Cow<'d, [u8]>, ElementError> {
        let Some(place) = &said.item else { return Ok(element) };
        let record = self.record_of_element(place, &element, answer).map_err(ElementError::NoRecord)?;
        Ok(Cow::Owned(record.into_vec()))
    }

    /// What an element means: `Done` for a record, `Gone` for one that was removed. Errors prevail over absence.
    fn meaning_of_element(&self, said: &Element<Program>, answer: &Answer, element: &[u8]) -> Result<Meaning, ElementError> {
        let scope = Scope { answer: AnswerBody::of(element), ..self.scope() };
        let status = match said.status.as_ref().map(|status| status.run(&scope)) {
            None => answer.status,
            Some(found) => found.ok().and_then(|found| found.to_text()?.trim().parse().ok()).ok_or(ElementError::NoStatus)?,
        };
        let whole = Answer { status, headers: answer.headers.clone(), body: element.to_vec(), framed: true, meaning: Meaning::Done };
        let removed: Vec<_> = said.rules.of(Outcome::Removed).map(|condition| condition.holds(&scope)).collect();
        // A rule that can't be worked out does not say that the record is there.
        let fault = removed.iter().find_map(|held| held.as_ref().err()).filter(|_| !removed.contains(&Ok(true)));
        let unclear = removed.iter().filter_map(|held| held.as_ref().err()).find(|fault| fault.is_unclear());
        if let Some(fault) = unclear.or(fault) {
            return Err(ElementError::Unknown(fault.to_string()));
        }
        let words = match judge(&said.rules, &whole, self.scope()) {
            Verdict::Error(error) => error.message.or(error.code),
            Verdict::Unproved(Unproved::Broken(_)) => None,
            Verdict::Unproved(Unproved::Undecided(why)) => Some(why),
            _ if removed.contains(&Ok(true)) => {
                return Ok(Meaning::Gone(VendorError { class: ErrorClass::Gone, code: None, message: None }));
            }
            Verdict::Means(Meaning::Gone(error)) | Verdict::Unproved(Unproved::Words(error)) => error.message.or(error.code),
            Verdict::Unproved(Unproved::NoRule(words)) => words,
            Verdict::Means(_) => return Ok(Meaning::Done),
        };
        Err(ElementError::Refused(words.map(|words| tidy(&self.redactor.redact(&words))).filter(|words| !words.is_empty())))
    }

    /// The record that an element has, or that is made from it.
    pub(crate) fn record_of_element(&self, place: &Place, element: &[u8], answer: &Answer) -> Result<Box<[u8]>, BodyError> {
        let document = Document::Raw(items::json(element)?);
        Reading { answer, document: &document, scope: self.scope() }.record(Some(place))
    }
}

/// Why an element of a list is no record, worded to follow it.
#[derive(Debug)]
enum ElementError {
    NoStatus,
    NoKey,
    NoRecord(BodyError),
    Refused(Option<String>),
    /// Why it can't be told whether it was removed.
    Unknown(String),
}

impl std::fmt::Display for ElementError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoStatus => f.write_str("has no status where it is declared to be"),
            Self::NoKey => f.write_str("names a removed record, and has no key"),
            Self::NoRecord(why) => write!(f, "gives nothing that `item` can take: it comes {why}"),
            Self::Refused(Some(words)) => write!(f, "is an error, and no record: \"{words}\""),
            Self::Unknown(why) => write!(f, "may be of a removed record: that {why}"),
            Self::Refused(None) => f.write_str("is an error, and no record"),
        }
    }
}
