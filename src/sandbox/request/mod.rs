//! A request, matched with the call that it makes.

pub(crate) mod bodies;
use super::{
    answer::{Refusal, shape::Shape},
    route::{RequestParams, RouteRequest},
    scope::Scope,
    store::{CollectionStore, Record, key_text},
};
use crate::compile::system::{Call, Collection, WireFormat};

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

    /// The status of success: the first that the call declares good, else the usual one.
    pub fn status(&self, usual: u16) -> u16 {
        self.call.good.first().copied().unwrap_or(usual)
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
        let (at, value) = self.params.own(self.collection()).ok_or_else(Refusal::not_found)?;
        let found = self.store.find(&self.collection().attributes[at], &value)?;
        if let Some(record) = found.into_iter().next() {
            return Ok(record);
        }
        let key = key_text(&value).filter(|_| self.collection().key == Some(at));
        match (key, self.call.merged) {
            (Some(key), Some(status)) => Err(self.moved(&key, status)?),
            _ => Err(Refusal::not_found()),
        }
    }

    fn moved(&self, key: &str, status: u16) -> Result<Refusal, Refusal> {
        let into = self.store.merged_into(key)?.ok_or_else(Refusal::not_found)?;
        let segment = |segment: &str| if segment == key { into.clone() } else { segment.to_owned() };
        let path: Vec<_> = self.request.path.split('/').map(segment).collect();
        Ok(Refusal::moved(status, format!("{}{}", self.scope.origin, path.join("/"))))
    }
}
