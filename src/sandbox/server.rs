//! One stand-in: serves a system's declaration on loopback.

use super::{
    Options,
    account_calls::{self, AccountCall},
    answer::{
        Answer, Body, Refusal,
        deciders::meant,
        place, refused,
        render::{self, Rendered},
        solve,
    },
    auth::{
        Budget, Visitor, admit,
        own::OwnCall,
        tokens::{TokenRequest, Tokens},
        uses_token,
    },
    batch, curl,
    forced::{self, Forced},
    jobs::{self, Jobs},
    page,
    read::{discovery, list, marks},
    request::RequestContext,
    route::{self, Action, RequestParams, Route, RouteRequest},
    scope::Scope,
    store::{CollectionStore, Store},
    write::{self, parts},
};
use crate::compile::system::{Call, Collection, Http, Outcome, System, WireFormat};
use crate::sandbox::error::SandboxError;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use jiff::{Timestamp, civil::Date};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The state that all requests to one stand-in share.
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
    forced: Vec<Forced>,
    account_calls: Vec<AccountCall>,
    jobs: Jobs,
}

impl Site {
    pub fn new(
        system: Arc<System>,
        store: Arc<Store>,
        origin: String,
        secrets: BTreeMap<String, String>,
        today: Date,
        options: &Options,
    ) -> Result<Self, SandboxError> {
        let scope = Scope { secrets: &secrets, today, now: store.host().now(), origin: &origin, token: None };
        let http = system.http().ok_or_else(|| format!("`{}` is no HTTP system", system.name))?;
        let routes = route::routes(&system, http, &route::base_path(http, &scope));
        let budget = http.limit.map(|limit| Mutex::new(Budget::of(limit, options.budget_factor)));
        let tokens = Tokens::new(store.host(), options.token_uses, options.token_seconds);
        let forced = options.answers.iter().map(|answer| answer.calls(&system)).collect::<Result<Vec<_>, _>>()?.concat();
        let account_calls = options.account_calls.clone();
        Ok(Self { system, store, origin, secrets, today, routes, tokens, budget, forced, account_calls, jobs: Jobs::default() })
    }

    /// What a person types to try it.
    pub fn curl(&self) -> String {
        self.system.http().map(|http| curl::command(&self.system, http, &self.scope(), &self.tokens)).unwrap_or_default()
    }

    pub fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    fn answer(&self, request: &Request<'_>) -> Answer {
        let Some(http) = self.system.http() else { return Answer::default() };
        self.serve(request).unwrap_or_else(|refusal| refused(&self.system, &http.rules, refusal))
    }

    fn scope(&self) -> Scope<'_> {
        Scope { secrets: &self.secrets, today: self.today, now: self.store.host().now(), origin: &self.origin, token: None }
    }

    fn serve(&self, request: &Request<'_>) -> Result<Answer, Refusal> {
        let queries: Vec<_> = url::form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
        let header = |name: &str| request.header(name);
        let wish = TokenRequest {
            method: request.method,
            path: request.path,
            visitor: Visitor { header: &header, queries: &queries },
            body: request.body,
        };
        if let Some(answer) = self.tokens.answer(&wish, &self.system, &self.store, &self.scope())? {
            return Ok(answer);
        }
        if let Some(budget) = &self.budget {
            budget.lock().unwrap_or_else(PoisonError::into_inner).take(self.store.host().instant())?;
        }
        let asked = RouteRequest { method: request.method, path: request.path, queries: &queries, body: request.body };
        let found = route::find(&self.routes, &asked);
        if let Some(http) = self.system.http() {
            let none = RequestParams::default();
            let question = self.jobs.call(request.method, request.path).and_then(|of| self.question(of, &none));
            let own = question.or_else(|| found.as_ref().ok().and_then(|(route, params)| self.own_call(route, params, request.body)));
            self.admit(http, own, &wish.visitor)?;
        }
        self.acceptable(request)?;
        if let Some(answer) = self.jobs.answer(request.method, request.path) {
            return Ok(answer);
        }
        let (route, params) = found?;
        match route.collection {
            Some(collection) => self.act(request, route.action, &params, &asked, &self.system.collections[collection]),
            None => Ok(self.verified()),
        }
    }

    /// Whoever signs in as declared; by something of a token, with the answer of a token call that is still good.
    fn admit(&self, http: &Http, own: Option<OwnCall<'_>>, visitor: &Visitor<'_>) -> Result<(), Refusal> {
        let scope = self.scope();
        if !uses_token(http, &scope) && !own.is_some_and(|own| own.uses_token(&scope)) {
            return admit(http, own, visitor, &scope);
        }
        self.tokens.find(&|issued| admit(http, own, visitor, &Scope { token: Some(issued), ..scope }))
    }

    fn own_call<'a>(&'a self, route: &Route, params: &'a RequestParams, body: &'a [u8]) -> Option<OwnCall<'a>> {
        let call = match route.collection {
            Some(of) => route::call_of(&self.system.collections[of], route.action)?,
            None => self.system.http()?.verify.as_ref()?,
        };
        Some(OwnCall { call, params, body })
    }

    /// The call that asks for a job which another one began.
    fn question<'a>(&'a self, (of, action): (usize, Action), params: &'a RequestParams) -> Option<OwnCall<'a>> {
        let follow = route::call_of(&self.system.collections[of], action)?.follow.as_ref()?;
        Some(OwnCall { call: &follow.call, params, body: &[] })
    }

    /// Refuses a client that accepts none of the formats that are sent, as the vendor does.
    fn acceptable(&self, request: &Request<'_>) -> Result<(), Refusal> {
        let Some(http) = self.system.http() else { return Ok(()) };
        let strict = http.format == WireFormat::Xml || http.headers.iter().any(|header| header.name.eq_ignore_ascii_case("accept"));
        let Some(accepted) = request.header("accept").filter(|_| strict) else { return Ok(()) };
        let ours = render::format(&self.system).media_type();
        let json = |one: &str| one == "application/json" || one.ends_with("+json");
        let fits = |one: &str| {
            let one = one.split(';').next().unwrap_or_default().trim();
            [ours, "*/*", "application/*"].contains(&one) || ours.ends_with("json") && json(one)
        };
        if accepted.split(',').any(fits) { Ok(()) } else { Err(Refusal::not_acceptable(ours)) }
    }

    /// The account of the sandbox, where the call reads it.
    fn verified(&self) -> Answer {
        let mut answer = Answer::json(200, json!({}));
        if let Some(call) = self.system.http().and_then(|http| http.verify.as_ref()) {
            call.item.iter().for_each(|item| place(item, json!("sandbox"), &mut answer));
            if let Some(answer) = self.forced(None, Action::Verify).and_then(|outcome| forced::answer(&self.system, call, outcome)) {
                return answer;
            }
            answer = meant(&call.rules, Outcome::Done, answer);
        }
        answer
    }

    fn act(
        &self,
        request: &Request<'_>,
        action: Action,
        params: &RequestParams,
        asked: &RouteRequest<'_>,
        of: &Collection,
    ) -> Result<Answer, Refusal> {
        let call = route::call_of(of, action).ok_or_else(Refusal::not_found)?;
        let forced = self.forced(Some(of), action).filter(|outcome| can_be_meant(*outcome, call, params, asked));
        if let Some(answer) = forced.filter(|outcome| !forced::is_of_list(*outcome)).and_then(|one| forced::answer(&self.system, call, one))
        {
            return Ok(answer);
        }
        let acted = self.acted(request, (action, call), params, asked, of);
        let mut answer = match acted {
            Ok(answer) => answer,
            Err(refusal) => return Ok(refused(&self.system, &call.rules, refusal)),
        };
        if let Some(answer) = forced.and_then(|outcome| forced::of_list(&self.system, call, outcome, &answer)) {
            return Ok(answer);
        }
        if let Some(done) = call.rules.of(Outcome::Done).next() {
            solve::make(&mut answer, done, true);
        }
        Ok(answer)
    }

    /// The outcome on request, if there is one for this call.
    fn forced(&self, of: Option<&Collection>, action: Action) -> Option<Outcome> {
        let name = |at: usize| self.system.collections[at].name.as_str();
        let is_asked = |forced: &&Forced| forced.action == action && forced.collection.map(name) == of.map(|of| of.name.as_str());
        self.forced.iter().find(is_asked).map(|forced| forced.outcome)
    }

    fn acted(
        &self,
        request: &Request<'_>,
        (action, call): (Action, &Call),
        params: &RequestParams,
        asked: &RouteRequest<'_>,
        of: &Collection,
    ) -> Result<Answer, Refusal> {
        let Some(follow) = &call.follow else { return self.made(request, (action, call), params, asked, of) };
        let answer = self.made(request, (action, &jobs::of_job(call, follow)), params, asked, of)?;
        let base = self.system.http().map(|http| route::base_path(http, &self.scope())).unwrap_or_default();
        let at = self.system.collections.iter().position(|one| one.name == of.name).ok_or_else(Refusal::not_found)?;
        Ok(self.jobs.begin(follow, (at, action), answer, &base, &self.scope()))
    }

    fn made(
        &self,
        request: &Request<'_>,
        (action, call): (Action, &Call),
        params: &RequestParams,
        asked: &RouteRequest<'_>,
        of: &Collection,
    ) -> Result<Answer, Refusal> {
        let scope = self.scope();
        self.store.at_once(|on| {
            let context = RequestContext { store: CollectionStore::of(on, &self.system, of), call, params, request: asked, scope: &scope };
            match action {
                Action::List(_) => list::list(&context),
                Action::Find(by) => list::found(&context, by),
                Action::Get => Ok(with_tag(of, list::one(&context, 200, &context.record()?.json))),
                Action::Create if call.batch.is_some() => {
                    batch::write(&context, request.body, |record| write::create_one(&context, record).map(|created| created.json))
                }
                Action::Update if call.batch.is_some() => {
                    batch::write(&context, request.body, |record| write::update_one(&context, record))
                }
                Action::Delete if call.batch.is_some() => batch::delete(&context, request.body),
                Action::Create => self.create(request, &context),
                Action::Update => update(request, &context),
                Action::Delete => delete(request, &context),
                Action::Named(named) if call.batch.is_some() => batch::call(&context, &of.named[named].0, request.body),
                Action::Named(named) => self.named_call(request, &context, &of.named[named].0),
                Action::CreatePart(part) => parts::create(&context, part, request.body),
                Action::UpdatePart(part) => parts::update(&context, part, request.body),
                Action::DeletePart(part) => parts::delete(&context, part),
                Action::Discover(part) => discovery::answer(&context, part),
                Action::Verify => Err(Refusal::not_found()),
            }
        })
    }

    /// A named call is counted, and answered with the record, which it changes only if the pipeline closes or opens accounts by it, or
    /// deletes them.
    fn named_call(&self, request: &Request<'_>, context: &RequestContext<'_>, name: &str) -> Result<Answer, Refusal> {
        let before = context.record()?;
        let key = super::store::key_of(context.collection(), &before.json).unwrap_or_default();
        context.store.effect(&key, &format!("call {name}"))?;
        if context.collection().deletes_account(context.call) && !account_calls::has(&self.account_calls, context.collection(), name) {
            return delete(request, context);
        }
        let mut after = before.json.clone();
        account_calls::apply(&self.account_calls, context.collection(), name, &mut after);
        let record = if after == before.json { after } else { write::save(context, &before, after)? };
        Ok(list::one(context, context.status(200), &record))
    }

    fn create(&self, request: &Request<'_>, context: &RequestContext<'_>) -> Result<Answer, Refusal> {
        // A PUT at the address of a record that is there replaces it (RFC 9110, 9.3.4).
        if context.call.method == crate::compile::system::Method::Put
            && let Ok(before) = context.record()
        {
            let after = write::update(context, &before, request.body)?;
            return Ok(with_tag(context.collection(), list::one(context, context.status(200), &after)));
        }
        let created = write::create(context, request.body)?;
        let mut answer = list::one(context, context.status(if created.known { 200 } else { 201 }), &created.json);
        if let Some(key) = &context.call.key {
            answer = batch::with_key(context.collection(), context.call, answer, key, &created.json);
        }
        if context.collection().key.is_several() {
            return Ok(with_tag(context.collection(), answer));
        }
        let slash = if request.path.ends_with('/') { "/" } else { "" };
        let address = format!("{}{}/{}{slash}", self.origin, request.path.trim_end_matches('/'), created.key);
        Ok(with_tag(context.collection(), answer.with("Location", address)))
    }
}

/// Whether a call can have an outcome: only a mark can be unknown, so a list that is asked for everything gives it.
fn can_be_meant(outcome: Outcome, call: &Call, params: &RequestParams, asked: &RouteRequest<'_>) -> bool {
    outcome != Outcome::Full || call.since.is_none() || marks::brings_mark(call, params, asked)
}

fn update(request: &Request<'_>, context: &RequestContext<'_>) -> Result<Answer, Refusal> {
    let before = context.record()?;
    write::check_version(context.store, &before, request.header("if-match"))?;
    let after = write::update(context, &before, request.body)?;
    Ok(with_tag(context.collection(), list::one(context, context.status(200), &after)))
}

fn delete(request: &Request<'_>, context: &RequestContext<'_>) -> Result<Answer, Refusal> {
    let before = context.record()?;
    write::check_version(context.store, &before, request.header("if-match"))?;
    context.store.remove(before.seq)?;
    Ok(Answer { status: context.status(204), ..Answer::default() })
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
}

async fn answer(State(site): State<Arc<Site>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let replied = if uri.path() == page::PATH {
        replied(page::page(&site.system.title, &site.store), site.store.host().now(), &method, WireFormat::Json)
    } else {
        site.reply(&method, &uri, &headers, &body)
    };
    let mut response = Response::new(axum::body::Body::from(replied.body));
    (*response.status_mut(), *response.headers_mut()) = (replied.status, replied.headers);
    response
}

/// An answer on the wire.
pub struct Replied {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Site {
    /// What a request is called: `app.users create`, or `app token`.
    #[cfg(test)]
    pub fn label(&self, method: &Method, url: &url::Url, body: &[u8]) -> String {
        let queries: Vec<_> = url.query_pairs().into_owned().collect();
        let asked = RouteRequest { method: method.as_str(), path: url.path(), queries: &queries, body };
        let found = route::find(&self.routes, &asked)
            .ok()
            .map(|(route, _)| (route.collection.map(|at| &self.system.collections[at]), route.action));
        match found {
            Some((Some(of), action)) => format!("{}.{} {}", self.system.name, of.name, forced::name_of(of, action)),
            Some((None, _)) => format!("{} verify", self.system.name),
            None => format!("{} token", self.system.name),
        }
    }

    /// Answers one request, and notes it.
    pub fn reply(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Replied {
        let request = Request { method: method.as_str(), path: uri.path(), query: uri.query().unwrap_or_default(), headers, body };
        let answer = self.answer(&request);
        self.store.note(&self.system.name, request.method, uri.path_and_query().map_or("/", |path| path.as_str()), answer.status);
        replied(answer, self.store.host().now(), method, render::format(&self.system))
    }
}

fn replied(answer: Answer, now: Timestamp, method: &Method, format: WireFormat) -> Replied {
    let Rendered { media_type, bytes } = render::rendered(format, answer.body);
    let body = if method == Method::HEAD { Vec::new() } else { bytes };
    let mut headers = HeaderMap::new();
    let media_type = media_type.and_then(|media_type| HeaderValue::try_from(media_type).ok());
    headers.extend(media_type.map(|media_type| (header::CONTENT_TYPE, media_type)));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    // Clients compare their own clock with this header.
    let now = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.extend(HeaderValue::try_from(now).ok().map(|now| (header::DATE, now)));
    Replied { status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), headers, body }
}
