//! A call becomes a request: address, headers, body.

use super::{
    Client,
    bodies::Payload,
    failing::{KeyPlace, Look},
    reading::paths_of,
};
use crate::{
    compile::{
        program::Program,
        system::{self, Call, Collection, ErrorClass, Parameter, Place, Rules},
    },
    systems::{CallError, encode::percent, scope::Scope},
    value::{Value, path::JsonPath},
};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use std::sync::Arc;
use url::Url;

/// A request that can be sent several times.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    /// Whether it may be repeated if its outcome is unknown.
    pub repeatable: bool,
    /// What its answers mean.
    pub rules: Arc<Rules>,
    /// It only reads, whatever its method.
    pub reads: bool,
    /// It asks what became of a job: the rules of the job alone. An answer that no rule covers means that it is still under way.
    pub polls: Option<Arc<Rules>>,
    /// Something of it comes from the last answer of the token call.
    pub names_token: bool,
    /// Where its answer is searched for a failure that no rule looks for.
    pub look: Look,
    /// Where a record of its collection has its key; nothing where it is of none.
    pub key: Vec<KeyPlace>,
    /// Where its answer has a list of records: they may be about failures, and tell of none.
    pub records: Vec<JsonPath>,
    /// Where a record that is the whole answer has what its collection declares.
    pub attributes: Vec<JsonPath>,
}

impl Request {
    /// Whether it may change something in the system.
    pub fn writes(&self) -> bool {
        !self.reads && !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// The same, about a record of a collection; `known`: what is known of its key.
    pub fn about(self, collection: &Collection, known: &[(usize, Value)]) -> Self {
        let attributes = collection.attributes.iter().map(|attribute| attribute.path.clone()).collect();
        Self { key: KeyPlace::all(collection, known), attributes, ..self }
    }

    /// `GET /api/v3/users`: without the query, which may contain personal data.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

impl Client {
    /// The request of a call.
    pub fn request(&self, call: &Call, scope: &Scope<'_>, body: Option<Payload>) -> Result<Request, CallError> {
        let (method, repeatable) = (sent_as(call.method), call.may_repeat());
        let url = self.address(&call.path, &call.queries, scope)?;
        let headers = self.headers(&call.headers, scope, body.as_ref().map(|body| body.media))?;
        Ok(Request {
            method,
            url,
            headers,
            body: body.map(|body| body.bytes),
            repeatable,
            rules: Arc::clone(&call.rules),
            reads: false,
            polls: None,
            names_token: self.names_token(call.sent()),
            look: look_at(call),
            key: Vec::new(),
            records: records_of(call),
            attributes: Vec::new(),
        })
    }

    /// Whether a request of these expressions, or the lines of `http`, read the answer of the token call.
    fn names_token<'p>(&self, mut sent: impl Iterator<Item = &'p Program>) -> bool {
        let lines = self.http().headers.iter().chain(&self.http().queries).map(|line| &line.value);
        sent.any(Program::names_token) || lines.into_iter().any(Program::names_token)
    }

    /// The URL of a call.
    pub(super) fn address(&self, path: &Program, queries: &[Parameter], scope: &Scope<'_>) -> Result<Url, CallError> {
        let path = path.text(scope, &|part| percent(part, "")).map_err(|fault| unsendable(format!("the address {fault}")))?;
        let path = path.ok_or_else(|| unsendable("the URL of this call needs a value that is missing"))?;
        // Brackets belong to no path and no query (RFC 3986, 3.4), though `page[size]` is how people write it.
        let path = path.replace('[', "%5B").replace(']', "%5D");
        let mut text = format!("{}{}{path}", self.base()?.url.as_str().trim_end_matches('/'), if path.starts_with('/') { "" } else { "/" });
        for query in self.http().queries.iter().chain(queries) {
            if let Some(value) = value(query, scope)? {
                let separator = if text.contains('?') { '&' } else { '?' };
                text.push_str(&format!("{separator}{}={}", percent(&query.name, "$"), percent(&value, ",:")));
            }
        }
        let url = Url::parse(&text).map_err(|error| unsendable(format!("`{path}` makes no address: {error}")))?;
        self.keep_inside(&text, url)
    }

    /// A value may identify a record but must not lead elsewhere: `..` would leave the path, and another origin would receive
    /// the credentials.
    fn keep_inside(&self, text: &str, url: Url) -> Result<Url, CallError> {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        if url.origin() == self.base()?.url.origin() && !path.split('/').any(|step| matches!(step, "." | "..")) {
            Ok(url)
        } else {
            Err(unsendable("a value in the address leads outside of it, so nothing was sent"))
        }
    }

    fn headers(&self, own: &[Parameter], scope: &Scope<'_>, media: Option<&'static str>) -> Result<HeaderMap, CallError> {
        let mut headers = HeaderMap::new();
        let accepted = if self.scim { "application/scim+json, application/json" } else { self.http().format.media_type() };
        headers.insert(ACCEPT, HeaderValue::from_static(accepted));
        if let Some(media) = media {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        for header in self.http().headers.iter().chain(own) {
            if let Some(text) = value(header, scope)? {
                headers.insert(header_name(&header.name)?, header_value(&header.name, &text)?);
            }
        }
        Ok(headers)
    }
}

/// Where `items` finds records.
fn records_of(call: &Call) -> Vec<JsonPath> {
    let mut records = Vec::new();
    match &call.items {
        Some(Place::Path(path)) => records.push(path.clone()),
        Some(Place::Made(value)) => value.answer_paths(&mut |path| records.push(path.clone())),
        Some(Place::Header(_)) | None => {}
    }
    records
}

/// Where the answer of a call is searched.
fn look_at(call: &Call) -> Look {
    if call.batch.is_some() { Look::Nothing } else { call.item.as_ref().map_or(Look::Record, look_around) }
}

/// Where an answer, or an element, is searched that has a record at a place: around it, unless it is the record itself.
pub fn look_around(item: &Place) -> Look {
    if paths_of(item).contains(&"$") { Look::Record } else { Look::All }
}

/// The method as the HTTP client calls it.
pub fn sent_as(method: system::Method) -> Method {
    match method {
        system::Method::Get => Method::GET,
        system::Method::Post => Method::POST,
        system::Method::Put => Method::PUT,
        system::Method::Patch => Method::PATCH,
        system::Method::Delete => Method::DELETE,
    }
}

/// The text of a query or a header; none where it is not to be sent.
pub fn value(parameter: &Parameter, scope: &Scope<'_>) -> Result<Option<String>, CallError> {
    let fault = |fault| unsendable(format!("`{}`: {fault}", parameter.name));
    if !parameter.when.as_ref().map_or(Ok(true), |when| when.holds(scope)).map_err(fault)? {
        return Ok(None);
    }
    let value = parameter.value.run(scope).map_err(fault)?;
    Ok(value.to_text().map(|text| text.into_owned()))
}

pub fn header_name(name: &str) -> Result<HeaderName, CallError> {
    name.parse().map_err(|_| unsendable(format!("`{name}` is not a header name")))
}

/// The message never contains the value, which may be a secret.
pub fn header_value(name: &str, value: &str) -> Result<HeaderValue, CallError> {
    let refused = |_| unsendable(format!("the header `{name}` would hold a line break or a control character, so nothing was sent"));
    let mut value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(refused)?;
    value.set_sensitive(name.to_ascii_lowercase().contains("auth"));
    Ok(value)
}

pub fn unsendable(message: impl Into<String>) -> CallError {
    CallError::unsent(ErrorClass::Invalid, message)
}
