//! `items EXPR { … }`: what each element of a list means, and the record that is made from it.

use super::walk::doubt;
use crate::{
    compile::program::Program,
    compile::system::{Call, Place, request::Element},
    systems::{
        CallError,
        http::{
            Client,
            answers::{Answer, Meaning, tidy},
            document::Document,
            items::BodyError,
            judge::{Unproved, Verdict, judge},
            reading::Reading,
        },
        scope::{AnswerBody, Scope},
    },
};
use serde_json::Value as Json;
use std::borrow::Cow;

impl Client {
    /// The records of a page, each made from its element. One element that is an error breaks the page: its record was not read.
    pub(super) fn of_elements<'d>(
        &self,
        call: &Call,
        answer: &Answer,
        elements: Vec<Cow<'d, [u8]>>,
    ) -> Result<Vec<Cow<'d, [u8]>>, CallError> {
        let Some(said) = &call.element else { return Ok(elements) };
        let one = |(at, element): (usize, Cow<'d, [u8]>)| {
            self.of_element(said, answer, element).map_err(|why| doubt(format!("element {} of a page {why}", at + 1)))
        };
        elements.into_iter().enumerate().map(one).collect()
    }

    fn of_element<'d>(&self, said: &Element<Program>, answer: &Answer, element: Cow<'d, [u8]>) -> Result<Cow<'d, [u8]>, ElementError> {
        let tree: Json = serde_json::from_slice(&element).map_err(|_| ElementError::NoJson)?;
        self.is_a_record(said, answer, &tree)?;
        let Some(place) = &said.item else { return Ok(element) };
        let record = self.record_of_element(place, &tree, answer).map_err(ElementError::NoRecord)?;
        Ok(Cow::Owned(record.into_vec()))
    }

    fn is_a_record(&self, said: &Element<Program>, answer: &Answer, element: &Json) -> Result<(), ElementError> {
        let status = match said.status.as_ref().map(|status| status.run(&Scope { answer: AnswerBody::Tree(element), ..self.scope() })) {
            None => answer.status,
            Some(found) => found.ok().and_then(|found| found.to_text()?.trim().parse().ok()).ok_or(ElementError::NoStatus)?,
        };
        let body = element.to_string().into_bytes();
        let whole = Answer { status, headers: answer.headers.clone(), body, meaning: Meaning::Done };
        let words = match judge(&said.rules, &whole, self.scope()) {
            Verdict::Means(Meaning::Gone(error)) | Verdict::Error(error) | Verdict::Unproved(Unproved::Words(error)) => {
                error.message.or(error.code)
            }
            Verdict::Unproved(Unproved::NoRule(words)) => words,
            Verdict::Means(_) => return Ok(()),
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
    NoRecord(BodyError),
    Refused(Option<String>),
}

impl std::fmt::Display for ElementError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoJson => f.write_str("is no JSON"),
            Self::NoStatus => f.write_str("has no status where it is declared to be"),
            Self::NoRecord(why) => write!(f, "gives nothing that `item` can take: it comes {why}"),
            Self::Refused(Some(words)) => write!(f, "is an error, and no record: \"{words}\""),
            Self::Refused(None) => f.write_str("is an error, and no record"),
        }
    }
}
