//! The token calls of a stand-in, at the paths of their addresses, and what they were answered with.

use super::{
    BY_HAND, Visitor,
    expected::{Expected, Objection},
    signed_in,
};
use crate::{
    compile::{
        program::{Name, Names, Program},
        system::{Auth, AuthKind, Body as SentBody, Call, Http, Method, Outcome, System, TokenCall},
    },
    host::Host,
    sandbox::{
        answer::{Answer, Body, Refusal, build, refused, solve},
        error::SandboxError,
        request::bodies,
        route,
        scope::Scope,
        store::Store,
    },
    value::{
        Fault, Value,
        path::{Found, JsonPath},
    },
};
use serde_json::{Map, Value as Json, json};
use std::{
    borrow::Cow,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The tokens of one stand-in. They end with it; only the number of renewals of a refresh token is stored.
#[derive(Debug)]
pub struct Tokens {
    host: Host,
    /// How many requests a token is good for; none for any number.
    uses: Option<u64>,
    /// How many seconds a token is good for, where the answer says so.
    life: Option<Duration>,
    given: Mutex<Vec<Issued>>,
}

/// What a client was answered with, and how long that is good for.
#[derive(Debug)]
pub struct Issued {
    body: Json,
    cookies: Option<String>,
    uses: Option<u64>,
    ends: Option<Instant>,
}

/// A request for a token.
pub struct TokenRequest<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub visitor: Visitor<'a>,
    pub body: &'a [u8],
}

/// What the declaration reads of a token's answer.
struct Reads {
    path: Vec<String>,
    /// It is a credential, and not a part of the base address alone.
    credential: bool,
}

impl Issued {
    /// The text at a path, as `token.PATH` reads it.
    pub fn text(&self, path: &[String]) -> Option<String> {
        if matches!(path, [one] if one == "cookies") {
            return self.cookies.clone();
        }
        let found = path.iter().try_fold(&self.body, |at, name| at.get(name))?;
        Some(build::text(found)).filter(|_| !found.is_object() && !found.is_array())
    }
}

impl Tokens {
    pub fn new(host: &Host, uses: Option<u64>, life: Option<u64>) -> Self {
        Self { host: host.clone(), uses, life: life.map(Duration::from_secs), given: Mutex::default() }
    }

    /// Makes a token for trying out requests, valid as long as the stand-in runs; `see` is called with it.
    pub fn by_hand<R>(&self, system: &System, http: &Http, scope: &Scope<'_>, see: impl FnOnce(&Issued) -> R) -> R {
        let mut issued = Issued { body: json!({}), cookies: None, uses: None, ends: None };
        fill(&mut issued, &reads(http, system), scope, &|_| BY_HAND.to_owned());
        let result = see(&issued);
        self.lock().push(issued);
        result
    }

    /// Finds the token of a request: the first for which `admits` has no objection. One request is counted against it.
    ///
    /// # Errors
    /// It was never issued, or has expired.
    pub fn find(&self, admits: &dyn Fn(&Issued) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let (mut given, now) = (self.lock(), self.host.instant());
        given.retain(|issued| issued.ends.is_none_or(|ends| now < ends));
        let mut refusal = Refusal::auth();
        for issued in given.iter_mut() {
            match (admits(issued), &mut issued.uses) {
                (Ok(()), Some(0)) => return Err(Refusal::auth()),
                (Ok(()), Some(left)) => {
                    *left -= 1;
                    return Ok(());
                }
                (Ok(()), None) => return Ok(()),
                (Err(why), _) => refusal = why,
            }
        }
        Err(refusal)
    }

    /// The answer to a request for a token; none if the request is for something else.
    ///
    /// # Errors
    /// The method is another, or the database fails.
    pub fn answer(&self, request: &TokenRequest<'_>, system: &System, store: &Store, scope: &Scope<'_>) -> Result<Option<Answer>, Refusal> {
        let Some(http) = system.http() else { return Ok(None) };
        let Some(token) = http.tokens.iter().find(|token| scope.holds(token.when.as_ref())) else { return Ok(None) };
        if !is_address_of(token, request.path, scope) {
            return Ok(None);
        }
        if Method::parse(request.method) != Some(token.call.method) {
            return Err(Refusal::method(&token.call.method.to_string()));
        }
        let renewed = Renewed::of(token, system, store, scope)?;
        let expected = Expected { scope, renewed: renewed.as_ref().map_or(&[], |renewed| &renewed.known) };
        if let Some(objection) = asked_otherwise(token, request, &expected) {
            return Ok(Some(refusal(token, system, objection)));
        }
        let next = renewed.as_ref().map(|renewed| renewed.next(system, store)).transpose()?;
        Ok(Some(self.gives(http, token, system, next.as_ref(), scope)))
    }

    fn gives(&self, http: &Http, token: &TokenCall, system: &System, next: Option<&(Vec<String>, String)>, scope: &Scope<'_>) -> Answer {
        let reads = reads(http, system);
        let mut issued = Issued { body: json!({}), cookies: None, uses: self.uses, ends: None };
        let random =
            |name: &str| format!("sandbox-{}-{}", name.trim_start_matches("access_").replace('_', "-"), &self.host.random_name()[..24]);
        fill(&mut issued, &reads, scope, &random);
        if let Some((path, text)) = next {
            put(&mut issued.body, path, json!(text));
        }
        let life = self.life_of(token, http, &mut issued.body, scope);
        issued.ends = life.map(|life| self.host.instant() + life);
        let mut answer = Answer { status: 200, headers: Vec::new(), body: Body::Plain(issued.body.clone()) };
        if let Some(when) = token.call.rules.of(Outcome::Done).next() {
            solve::make(&mut answer, when, true);
        }
        if let Body::Plain(body) = &answer.body {
            issued.body = body.clone();
        }
        let cookie = issued.cookies.as_ref().map(|cookie| format!("{cookie}; Path=/; HttpOnly"));
        self.lock().push(issued);
        let answer = answer.with("Cache-Control", "no-store");
        match cookie {
            Some(cookie) => answer.with("Set-Cookie", cookie),
            None => answer,
        }
    }

    /// How long a token is good for. Where nothing is said, an answer with the base address has no lifetime, as with Salesforce.
    fn life_of(&self, token: &TokenCall, http: &Http, body: &mut Json, scope: &Scope<'_>) -> Option<Duration> {
        let Some(lasts) = &token.lasts else {
            let life = self.life.filter(|_| !http.base.names_token())?;
            put(body, &["expires_in".to_owned()], json!(life.as_secs()));
            return Some(life);
        };
        let seconds = self.life?.as_secs();
        lasts.names(&mut |name| {
            if let Name::Answer(path) = name {
                build::put(path, body, json!(seconds));
            }
        });
        let said = lasts.run(&AnswerNames { scope, body }).ok()?;
        let seconds = match &said {
            Value::Duration(span) => span.seconds(),
            other => other.to_text()?.parse().ok()?,
        };
        u64::try_from(seconds).ok().map(Duration::from_secs)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Issued>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names of `lasts`: places of the answer.
struct AnswerNames<'a> {
    scope: &'a Scope<'a>,
    body: &'a Json,
}

impl Names for AnswerNames<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        let found = |path: &JsonPath| if let Found::One(found) = path.find(self.body) { Some(found.clone()) } else { None };
        match name {
            Name::Answer(path) => Ok(Cow::Owned(found(path).map_or(Value::Null, |json| Value::Json(Box::new(json))))),
            other => self.scope.value(other),
        }
    }
}

fn is_address_of(token: &TokenCall, path: &str, scope: &Scope<'_>) -> bool {
    scope.text(&token.call.path).and_then(|address| url::Url::parse(&address).ok()).is_some_and(|address| address.path() == path)
}

/// Everything that the system reads of a token's answer, but for what the token call itself does.
fn reads(http: &Http, system: &System) -> Vec<Reads> {
    let mut found: Vec<Reads> = Vec::new();
    let mut see = |program: &Program, credential: bool| {
        program.names(&mut |name| {
            let Name::Token(path) = name else { return };
            match found.iter_mut().find(|one| one.path == *path) {
                Some(known) => known.credential |= credential,
                None => found.push(Reads { path: path.clone(), credential }),
            }
        });
    };
    see(&http.base, false);
    http.auth.iter().flat_map(Auth::parts).for_each(|program| see(program, true));
    http.headers.iter().chain(&http.queries).for_each(|one| see(&one.value, true));
    let calls = system.collections.iter().flat_map(route::requests);
    calls.chain(&http.verify).flat_map(|call| call.sent()).for_each(|program| see(program, true));
    found
}

/// Gives an answer everything that is read of it.
fn fill(issued: &mut Issued, reads: &[Reads], scope: &Scope<'_>, credential: &dyn Fn(&str) -> String) {
    for read in reads {
        let Some(name) = read.path.last() else { continue };
        if read.path.len() == 1 && name == "cookies" {
            issued.cookies = Some(format!("session={}", credential("session")));
            continue;
        }
        let member = scope.member(name);
        let text = if read.credential && member != scope.origin { credential(name) } else { member };
        put(&mut issued.body, &read.path, json!(text));
    }
    if issued.body.get("access_token").is_some() {
        put(&mut issued.body, &["token_type".to_owned()], json!("Bearer"));
    }
}

fn put(body: &mut Json, path: &[String], value: Json) {
    let mut at = body;
    for name in path {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        at = &mut at[name.as_str()];
    }
    *at = value;
}

/// What a request for a token says otherwise than declared.
fn asked_otherwise(token: &TokenCall, request: &TokenRequest<'_>, expected: &Expected<'_>) -> Option<Objection> {
    let scope = expected.scope;
    let client = |why: &str| Objection { member: Some("client_id".to_owned()), missing: false, why: why.to_owned() };
    let ways = token.auth.iter().filter(|auth| !matches!(auth.kind, AuthKind::Certificate { .. }));
    if let Some(way) = ways.into_iter().find(|auth| scope.holds(auth.when.as_ref())) {
        let given = (request.visitor.header)("authorization").unwrap_or_default();
        if signed_in(&way.kind, given, scope).is_err() {
            return Some(client("this client is not known here"));
        }
    }
    let named = |name: &str, objection: Objection| Objection { member: Some(name.to_owned()), ..objection };
    let header = token.call.headers.iter().filter(|one| scope.holds(one.when.as_ref())).find_map(|one| {
        let given = (request.visitor.header)(&one.name).map(Json::from);
        expected.objection(&one.value, given.as_ref()).map(|objection| named(&one.name, objection))
    });
    let query = || {
        token.call.queries.iter().filter(|one| scope.holds(one.when.as_ref())).find_map(|one| {
            let given = request.visitor.queries.iter().find(|(name, _)| *name == one.name).map(|(_, value)| Json::from(value.as_str()));
            expected.objection(&one.value, given.as_ref()).map(|objection| named(&one.name, objection))
        })
    };
    header.or_else(query).or_else(|| body_otherwise(&token.call, request.body, expected))
}

fn body_otherwise(call: &Call, sent: &[u8], expected: &Expected<'_>) -> Option<Objection> {
    let SentBody { value: Some(value), .. } = call.body.as_ref()? else { return None };
    match bodies::many(call, sent) {
        Ok(body) => expected.objection(value, Some(&body)),
        Err(refusal) => Some(Objection { member: None, missing: true, why: refusal.message }),
    }
}

/// The answer to a request that is not as declared: in the words of OAuth 2.0 (RFC 6749, 5.2) where it names a grant, else by the rules.
fn refusal(token: &TokenCall, system: &System, objection: Objection) -> Answer {
    let Objection { member, missing, why } = objection;
    let name = member.unwrap_or_default();
    if !names_a_grant(token) {
        return refused(system, &token.call.rules, Refusal { message: format!("`{name}` {why}"), ..Refusal::auth() });
    }
    let (status, error) = match (name.as_str(), missing) {
        ("client_id" | "client_secret", _) => (401, "invalid_client"),
        ("grant_type", false) => (400, "unsupported_grant_type"),
        (_, true) => (400, "invalid_request"),
        _ => (400, "invalid_grant"),
    };
    let why = if missing || why.starts_with("is ") { format!("`{name}` {why}") } else { why };
    Answer { status, headers: Vec::new(), body: Body::Plain(json!({ "error": error, "error_description": why })) }
}

fn names_a_grant(token: &TokenCall) -> bool {
    let parts = token.call.body.iter().flat_map(|body| &body.value).flat_map(Program::parts);
    parts.into_iter().any(|part| matches!(part, Program::Record(members) if members.iter().any(|(name, _)| name == "grant_type")))
}

/// A value that each answer renews. The configured one can start a chain at any time. Of the issued ones, the last is valid, and also
/// the one before it, for a client that never received the last.
struct Renewed {
    path: Vec<String>,
    first: String,
    times: i64,
    known: Vec<String>,
}

impl Renewed {
    fn of(token: &TokenCall, system: &System, store: &Store, scope: &Scope<'_>) -> Result<Option<Self>, SandboxError> {
        let sent = token.call.sent().chain(token.auth.iter().flat_map(Auth::parts));
        let found = sent.flat_map(Program::parts).find_map(|part| match part {
            Program::Default(both) => match &both.0 {
                Program::Name(Name::Token(path)) => Some((path.clone(), &both.1)),
                _ => None,
            },
            _ => None,
        });
        let Some((path, first)) = found else { return Ok(None) };
        let (first, times) = (scope.text(first).unwrap_or_default(), store.renewals(&system.name)?);
        let number = |at: i64| refresh_token(&system.name, &first, at);
        let issued = [(0, times), (1, times - 1)].into_iter().filter(|(least, _)| times > *least).map(|(_, at)| number(at));
        let known = std::iter::once(first.clone()).chain(issued).collect();
        Ok(Some(Self { path, first, times, known }))
    }

    fn next(&self, system: &System, store: &Store) -> Result<(Vec<String>, String), SandboxError> {
        store.renewed(&system.name)?;
        Ok((self.path.clone(), refresh_token(&system.name, &self.first, self.times + 1)))
    }
}

fn refresh_token(system: &str, first: &str, times: i64) -> String {
    format!("sandbox-refresh-{}", &blake3::hash(format!("{system}.{first}.{times}").as_bytes()).to_hex()[..24])
}
