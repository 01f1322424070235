//! A request, matched with the call that it makes.

pub(crate) mod bodies;
pub(crate) mod reverse;
use super::{
    answer::{Answer, Refusal, shape::Shape, solve},
    route::{RequestParams, RouteRequest},
    scope::Scope,
    store::{CollectionStore, Record, key_text},
};
use crate::compile::system::{Call, Collection, Outcome, WireFormat};

/// A request that reads or writes one collection.
#[derive(Clone, Copy)]
pub struct RequestContext<'a> {
    pub store: CollectionStore<'a>,
    pub call: &'a Call,
    pub params: &'a RequestParams,
    pub request: &'a RouteRequest<'a>,
    pub scope: &'a Scope<'a>,
}

impl<'a> RequestContext<'a> {
    /// The system's format.
    pub fn format(&self) -> WireFormat {
        self.store.system.http().map_or(WireFormat::Json, |http| http.format)
    }

    /// The collection.
    pub const fn collection(&self) -> &'a Collection {
        self.store.collection
    }

    /// An answer that says that it was done: what the first rule for that asks for, else the usual status.
    pub fn done(&self, usual: u16) -> Answer {
        let mut answer = Answer { status: usual, ..Answer::default() };
        if let Some(when) = self.call.rules.of(Outcome::Done).next() {
            solve::make(&mut answer, when, true);
        }
        answer
    }

    /// An answer with what the first rule for `done` asks for.
    pub fn proved(&self, mut answer: Answer) -> Answer {
        if let Some(when) = self.call.rules.of(Outcome::Done).next() {
            solve::make(&mut answer, when, true);
        }
        answer
    }

    /// The status of success.
    pub fn status(&self, usual: u16) -> u16 {
        self.done(usual).status
    }

    /// What an answer shows of its records.
    pub const fn shape(&self, format: WireFormat) -> Shape<'a> {
        Shape { collection: self.store.collection, params: self.params, format }
    }

    /// The record that the request names.
    ///
    /// # Errors
    /// 404, or where to look for a record that another has taken over, if the call declares how that is answered.
    pub fn record(&self) -> Result<Record, Refusal> {
        if self.collection().key.is_several() {
            return self.record_of_several();
        }
        let (at, value) = self.params.own(self.collection()).ok_or_else(Refusal::not_found)?;
        let found = self.store.find(&self.collection().attributes[at], &value)?;
        if let Some(record) = found.into_iter().next() {
            return Ok(record);
        }
        let key = key_text(&value).filter(|_| self.collection().key.has(at));
        match (key, self.call.rules.of(Outcome::Moved).next()) {
            (Some(key), Some(when)) => {
                let mut answer = Answer { status: 308, ..Answer::default() };
                solve::make(&mut answer, when, true);
                Err(self.moved(&key, answer.status)?)
            }
            _ => Err(Refusal::not_found()),
        }
    }

    /// The record that the request names by all attributes of its key.
    fn record_of_several(&self) -> Result<Record, Refusal> {
        let collection = self.collection();
        let given: Vec<_> = self.params.owns(collection).collect();
        let value = |at: usize| given.iter().find(|(known, _)| *known == at).map(|(_, value)| value);
        let key = collection.key_of(value).ok_or_else(Refusal::not_found)?;
        self.store.by_key(&key)?.ok_or_else(Refusal::not_found)
    }

    fn moved(&self, key: &str, status: u16) -> Result<Refusal, Refusal> {
        let into = self.store.merged_into(key)?.ok_or_else(Refusal::not_found)?;
        let segment = |segment: &str| if segment == key { into.clone() } else { segment.to_owned() };
        let path: Vec<_> = self.request.path.split('/').map(segment).collect();
        Ok(Refusal::moved(status, format!("{}{}", self.scope.origin, path.join("/"))))
    }
}
