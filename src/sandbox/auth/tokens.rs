//! The token endpoint (OAuth 2, RFC 6749), at the path of the declared address, and the tokens that it has issued.

use super::jwt;
use crate::sandbox::error::SandboxError;
use crate::{
    compile::{
        program::{Name, Program},
        system::{AuthKind, Grant, Http, OAuth2, System},
    },
    host::Host,
    sandbox::{
        answer::{Answer, Body, Refusal},
        route,
        scope::{Scope, in_force},
        store::Store,
    },
    systems::encode::unbase64,
    value::functions::Algorithm,
};
use serde_json::{Map, Value as Json, json};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The tokens of one stand-in. They end with it; only the number of renewals of a refresh token is stored.
#[derive(Debug)]
pub struct Tokens {
    host: Host,
    /// How many requests a token is good for; none for any number.
    uses: Option<u64>,
    /// Sent as `expires_in`.
    life: Option<Duration>,
    given: Mutex<HashMap<String, Token>>,
}

#[derive(Debug)]
struct Token {
    uses: Option<u64>,
    ends: Option<Instant>,
}

/// A request for a token.
pub struct TokenRequest<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    pub body: &'a [u8],
}

impl Tokens {
    pub fn new(host: &Host, uses: Option<u64>, life: Option<u64>) -> Self {
        Self { host: host.clone(), uses, life: life.map(Duration::from_secs), given: Mutex::default() }
    }

    /// A token for trying out requests, valid as long as the stand-in runs.
    pub fn by_hand(&self) -> String {
        let token = super::BY_HAND.to_owned();
        self.lock().insert(token.clone(), Token { uses: None, ends: None });
        token
    }

    /// Counts one request against a token.
    ///
    /// # Errors
    /// It was never issued, or has expired.
    pub fn take(&self, token: &str) -> Result<(), Refusal> {
        let (mut given, now) = (self.lock(), self.host.instant());
        let token = given.get_mut(token).filter(|token| token.ends.is_none_or(|ends| now < ends)).ok_or_else(Refusal::auth)?;
        match &mut token.uses {
            Some(0) => return Err(Refusal::auth()),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    /// The answer to a request for a token; none if the request is for something else.
    ///
    /// # Errors
    /// The database fails.
    pub fn answer(&self, request: &TokenRequest<'_>, system: &System, store: &Store, scope: &Scope<'_>) -> Result<Option<Answer>, Refusal> {
        let Some(http) = system.http() else { return Ok(None) };
        let Some(AuthKind::OAuth2(oauth)) = in_force(http, scope).map(|auth| &auth.kind) else { return Ok(None) };
        if !is_address_of(oauth, request.path, scope) {
            return Ok(None);
        }
        if request.method != "POST" {
            return Err(Refusal::method("POST"));
        }
        let form: Vec<_> = url::form_urlencoded::parse(request.body).into_owned().collect();
        let grant = GrantRequest { oauth, form: &form, authorization: request.authorization, scope, store, system };
        Ok(Some(match grant.granted()? {
            Ok(refresh) => plain(200, self.gives(http, system, refresh, scope)).with("Cache-Control", "no-store"),
            Err(refused) => refused.answer(),
        }))
    }

    fn gives(&self, http: &Http, system: &System, refresh: Option<String>, scope: &Scope<'_>) -> Json {
        let token = format!("sandbox-token-{}", &self.host.random_name()[..24]);
        let members = members(http, system);
        // An answer with the base address has no lifetime, as with Salesforce.
        let life = self.life.filter(|_| members.is_empty());
        self.lock().insert(token.clone(), Token { uses: self.uses, ends: life.map(|life| self.host.instant() + life) });
        let mut body = Map::from_iter([("access_token".to_owned(), json!(token)), ("token_type".to_owned(), json!("Bearer"))]);
        body.extend(life.map(|life| ("expires_in".to_owned(), json!(life.as_secs()))));
        body.extend(refresh.map(|refresh| ("refresh_token".to_owned(), json!(refresh))));
        for member in members {
            body.entry(member.as_str()).or_insert_with(|| json!(scope.member(&member)));
        }
        Json::Object(body)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_address_of(oauth: &OAuth2, path: &str, scope: &Scope<'_>) -> bool {
    scope.text(&oauth.token).and_then(|address| url::Url::parse(&address).ok()).is_some_and(|address| address.path() == path)
}

/// The members of the token's answer that a declaration names.
fn members(http: &Http, system: &System) -> Vec<String> {
    let mut members = Vec::new();
    let mut see = |program: &Program| {
        program.names(&mut |name| {
            if let Name::Token(member) = name
                && !members.contains(member)
            {
                members.push(member.clone());
            }
        });
    };
    see(&http.base);
    http.headers.iter().chain(&http.queries).for_each(|one| see(&one.value));
    let calls = system.collections.iter().flat_map(route::calls);
    calls.flat_map(|call| call.sent()).for_each(see);
    members
}

fn plain(status: u16, body: Json) -> Answer {
    Answer { status, headers: Vec::new(), body: Body::Plain(body) }
}

/// Why no token is issued (RFC 6749, 5.2).
struct Refused {
    error: &'static str,
    why: String,
}

impl Refused {
    fn new(error: &'static str, why: impl Into<String>) -> Self {
        Self { error, why: why.into() }
    }

    fn answer(self) -> Answer {
        let status = if self.error == "invalid_client" { 401 } else { 400 };
        plain(status, json!({ "error": self.error, "error_description": self.why }))
    }
}

struct GrantRequest<'a> {
    oauth: &'a OAuth2,
    form: &'a [(String, String)],
    authorization: Option<&'a str>,
    scope: &'a Scope<'a>,
    store: &'a Store,
    system: &'a System,
}

impl GrantRequest<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The next refresh token, where the grant renews them.
    fn granted(&self) -> Result<Result<Option<String>, Refused>, SandboxError> {
        if let Err(refused) = self.client().and_then(|()| self.grant()) {
            return Ok(Err(refused));
        }
        Ok(match self.oauth.grant {
            Grant::ClientCredentials => Ok(None),
            Grant::Password => self.user().map(|()| None),
            Grant::JwtBearer => self.assertion().map(|()| None),
            Grant::RefreshToken => return self.renewed(),
        })
    }

    fn grant(&self) -> Result<(), Refused> {
        let wanted = match self.oauth.grant {
            Grant::ClientCredentials => "client_credentials",
            Grant::Password => "password",
            Grant::RefreshToken => "refresh_token",
            Grant::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        };
        match self.field("grant_type") {
            Some(given) if given == wanted => Ok(()),
            Some(other) => Err(Refused::new("unsupported_grant_type", format!("`{other}` is not the grant of this client"))),
            None => Err(Refused::new("invalid_request", "`grant_type` is missing")),
        }
    }

    /// In the form, or by Basic (RFC 6749, 2.3.1).
    fn client(&self) -> Result<(), Refused> {
        let Some((id, secret)) = &self.oauth.client else { return Ok(()) };
        let wanted = (self.scope.text(id).unwrap_or_default(), self.scope.text(secret).unwrap_or_default());
        let basic = self.authorization.and_then(|header| header.strip_prefix("Basic ")).and_then(unbase64);
        let basic = basic.and_then(|pair| String::from_utf8(pair).ok());
        let given = match basic.as_deref().and_then(|pair| pair.split_once(':')) {
            Some((id, secret)) => (form_decoded(id), form_decoded(secret)),
            None => ["client_id", "client_secret"].map(|name| self.field(name).unwrap_or_default().to_owned()).into(),
        };
        if given == wanted { Ok(()) } else { Err(Refused::new("invalid_client", "this client is not known here")) }
    }

    fn user(&self) -> Result<(), Refused> {
        let Some((name, password)) = &self.oauth.user else { return Ok(()) };
        let same = |field: &str, program: &Program| self.field(field).unwrap_or_default() == self.scope.text(program).unwrap_or_default();
        let known = same("username", name) && same("password", password);
        if known { Ok(()) } else { Err(Refused::new("invalid_grant", "authentication failure")) }
    }

    fn assertion(&self) -> Result<(), Refused> {
        let key = self.oauth.key.as_ref().and_then(|key| self.scope.text(key)).unwrap_or_default();
        let assertion = self.field("assertion").ok_or_else(|| Refused::new("invalid_request", "`assertion` is missing"))?;
        let claims = jwt::verified(Algorithm::Rs256, assertion, &key)
            .ok_or_else(|| Refused::new("invalid_grant", "the assertion is not signed by the client's key"))?;
        match jwt::objection(&claims, &self.oauth.claims, self.scope) {
            Some(why) => Err(Refused::new("invalid_grant", why)),
            None => Ok(()),
        }
    }

    /// The configured token can start a chain at any time. Of the issued ones, the last is valid, and also the one before it,
    /// for a client that never received the last.
    fn renewed(&self) -> Result<Result<Option<String>, Refused>, SandboxError> {
        let first = self.oauth.refresh.as_ref().and_then(|first| self.scope.text(first)).unwrap_or_default();
        let given = self.field("refresh_token").unwrap_or_default();
        let times = self.store.renewals(&self.system.name)?;
        let number = |at: i64| refresh_token(&self.system.name, &first, at);
        let known = given == first || (times > 0 && given == number(times)) || (times > 1 && given == number(times - 1));
        if !known || given.is_empty() {
            return Ok(Err(Refused::new("invalid_grant", "the refresh token is not known, or was renewed")));
        }
        self.store.renewed(&self.system.name)?;
        Ok(Ok(Some(number(times + 1))))
    }
}

fn refresh_token(system: &str, first: &str, times: i64) -> String {
    format!("sandbox-refresh-{}", &blake3::hash(format!("{system}.{first}.{times}").as_bytes()).to_hex()[..24])
}

fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}
