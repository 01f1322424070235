//! One stand-in: a system's declaration, served on loopback.

use super::{
    Options,
    answer::{Answer, Body, Refusal, place_at, refused},
    gate::{Budget, Visitor, admit},
    list,
    outside::Outside,
    page,
    route::{self, Action, Asked, Route, Told},
    store::{Record, Shelf, Store},
    tokens::{Tokens, Wish},
    write,
};
use crate::plan::system::{Call, Collection, System};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use jiff::civil::Date;
use serde_json::{Value as Json, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// What all requests to one stand-in share.
#[derive(Debug)]
pub struct Site {
    pub system: Arc<System>,
    pub store: Arc<Store>,
    pub origin: String,
    secrets: BTreeMap<String, String>,
    today: Date,
    routes: Vec<Route>,
    tokens: Tokens,
    budget: Option<Mutex<Budget>>,
}

impl Site {
    pub fn new(
        system: Arc<System>,
        store: Arc<Store>,
        origin: String,
        secrets: BTreeMap<String, String>,
        today: Date,
        options: &Options,
    ) -> Result<Self, String> {
        let outside = Outside { secrets: &secrets, today, origin: &origin };
        let http = system.http().ok_or_else(|| format!("`{}` is no HTTP system", system.name))?;
        let routes = route::routes(&system, http, &route::base_path(http, &outside));
        let budget = http.limit.map(|limit| Mutex::new(Budget::of(limit, options.budget_factor)));
        let tokens = Tokens::new(options.token_uses, options.token_seconds);
        Ok(Self { system, store, origin, secrets, today, routes, tokens, budget })
    }

    pub fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    fn answer(&self, request: &Request<'_>) -> Answer {
        let Some(http) = self.system.http() else { return Answer::default() };
        self.serve(request).unwrap_or_else(|refusal| refused(&self.system, http, refusal))
    }

    fn outside(&self) -> Outside<'_> {
        Outside { secrets: &self.secrets, today: self.today, origin: &self.origin }
    }

    fn serve(&self, request: &Request<'_>) -> Result<Answer, Refusal> {
        let wish = Wish { method: request.method, path: request.path, authorization: request.header("authorization"), body: request.body };
        if let Some(answer) = self.tokens.answer(&wish, &self.system, &self.store, &self.outside())? {
            return Ok(answer);
        }
        if let Some(budget) = &self.budget {
            budget.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now())?;
        }
        let queries: Vec<_> = url::form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
        if let Some(http) = self.system.http() {
            let visitor = Visitor { header: &|name| request.header(name), queries: &queries };
            admit(http, &visitor, &self.tokens, &self.outside())?;
        }
        let asked = Asked { method: request.method, path: request.path, queries: &queries };
        let (route, told) = route::find(&self.routes, &asked)?;
        match route.collection {
            Some(collection) => self.act(request, route.action, &told, &self.system.collections[collection]),
            None => Ok(self.verified()),
        }
    }

    fn verified(&self) -> Answer {
        let mut body = json!({});
        if let Some(identity) = self.system.http().and_then(|http| http.verify.as_ref()?.identity.as_ref()) {
            place_at(identity, &mut body, json!("sandbox"));
        }
        Answer::json(200, body)
    }

    fn act(&self, request: &Request<'_>, action: Action, told: &Told, collection: &Collection) -> Result<Answer, Refusal> {
        self.store.at_once(|on| {
            let shelf = Shelf::of(on, &self.system, collection);
            match (action, call_of(collection, action)) {
                (Action::List, Some(call)) => list::list(shelf, call, told),
                (Action::Find(by), Some(call)) => list::found(shelf, call, told, by),
                (Action::Get, Some(call)) => Ok(with_tag(collection, list::one(collection, call, told, 200, &record(shelf, told)?.json))),
                (Action::Create, Some(call)) => self.create(request, shelf, call, told),
                (Action::Update, Some(call)) => update(request, shelf, call, told),
                (Action::Delete, Some(call)) => delete(request, shelf, call, told),
                (Action::Named(named), Some(call)) => named_call(shelf, &collection.named[named].0, call, told),
                _ => Err(Refusal::not_found()),
            }
        })
    }

    fn create(&self, request: &Request<'_>, shelf: Shelf<'_>, call: &Call, told: &Told) -> Result<Answer, Refusal> {
        let (key, record) = write::create(shelf, &request.json()?)?;
        let answer = list::one(shelf.collection, call, told, status(call, 201), &record);
        let answer = answer.with("Location", format!("{}{}/{key}", self.origin, request.path));
        Ok(with_tag(shelf.collection, answer))
    }
}

fn call_of(collection: &Collection, action: Action) -> Option<&Call> {
    match action {
        Action::List => collection.list.as_ref(),
        Action::Get => collection.get.as_ref(),
        Action::Find(by) => collection.find_by(by),
        Action::Create => collection.create.as_ref(),
        Action::Update => collection.update.as_ref(),
        Action::Delete => collection.delete.as_ref(),
        Action::Named(named) => collection.named.get(named).map(|(_, call)| call),
        Action::Verify => None,
    }
}

/// The status of success: the first that the call declares good, else the usual one.
fn status(call: &Call, usual: u16) -> u16 {
    call.good.first().copied().unwrap_or(usual)
}

fn record(shelf: Shelf<'_>, told: &Told) -> Result<Record, Refusal> {
    let (attribute, value) = told.own(shelf.collection).ok_or_else(Refusal::not_found)?;
    let found = shelf.find(&shelf.collection.attributes[attribute], &value)?;
    found.into_iter().next().ok_or_else(Refusal::not_found)
}

fn update(request: &Request<'_>, shelf: Shelf<'_>, call: &Call, told: &Told) -> Result<Answer, Refusal> {
    let before = record(shelf, told)?;
    write::check_version(shelf, &before, request.header("if-match"))?;
    let after = write::update(shelf, call, &before, &request.json()?)?;
    Ok(with_tag(shelf.collection, list::one(shelf.collection, call, told, status(call, 200), &after)))
}

fn delete(request: &Request<'_>, shelf: Shelf<'_>, call: &Call, told: &Told) -> Result<Answer, Refusal> {
    let before = record(shelf, told)?;
    write::check_version(shelf, &before, request.header("if-match"))?;
    shelf.remove(before.seq)?;
    Ok(Answer { status: status(call, 204), ..Answer::default() })
}

/// A named call changes nothing here: it is counted, and answered with the record.
fn named_call(shelf: Shelf<'_>, name: &str, call: &Call, told: &Told) -> Result<Answer, Refusal> {
    let record = record(shelf, told)?;
    let key = super::seed::key_of(shelf.collection, &record.json).unwrap_or_default();
    shelf.effect(&key, &format!("call {name}"))?;
    Ok(list::one(shelf.collection, call, told, status(call, 200), &record.json))
}

/// The version of a record as its tag, where the answer is the record itself.
fn with_tag(collection: &Collection, answer: Answer) -> Answer {
    let tag = match (&answer.body, write::version_of(collection)) {
        (Body::Json(record), Some(attribute)) => super::store::read(attribute, record).as_text().map(str::to_owned),
        _ => None,
    };
    match tag {
        Some(tag) => answer.with("ETag", tag),
        None => answer,
    }
}

/// A request, in parts.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn json(&self) -> Result<Json, Refusal> {
        serde_json::from_slice(self.body).map_err(|error| Refusal::invalid("invalidSyntax", format!("the body is no JSON: {error}")))
    }
}

async fn answer(State(site): State<Arc<Site>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if uri.path() == page::PATH {
        return response(page::page(&site), &method, "text/html; charset=utf-8");
    }
    let request =
        Request { method: method.as_str(), path: uri.path(), query: uri.query().unwrap_or_default(), headers: &headers, body: &body };
    let answer = site.answer(&request);
    site.store.note(&site.system.name, request.method, uri.path_and_query().map_or("/", |path| path.as_str()), answer.status);
    let media_type = if site.system.speaks_scim() { "application/scim+json" } else { "application/json" };
    response(answer, &method, media_type)
}

fn response(answer: Answer, method: &Method, json_type: &'static str) -> Response {
    let (media_type, body) = match answer.body {
        Body::None => (None, String::new()),
        Body::Json(body) => (Some(json_type), body.to_string()),
        Body::Text(body) => (Some("text/plain; charset=utf-8"), body),
        Body::Html(body) => (Some("text/html; charset=utf-8"), body),
    };
    let body = if method == Method::HEAD { String::new() } else { body };
    let mut response = Response::new(axum::body::Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.extend(media_type.map(|media_type| (header::CONTENT_TYPE, HeaderValue::from_static(media_type))));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    // Clients take the time from it, to see whether their own is right.
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.extend(HeaderValue::try_from(now).ok().map(|now| (header::DATE, now)));
    response
}
