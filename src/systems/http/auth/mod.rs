//! Signing in: which of the declared ways applies, the current token, and when it is renewed.

mod call;
mod certificate;
pub mod jwt;
pub(crate) mod refresh_tokens;
pub(crate) mod token;

pub use certificate::CertificateError;

use super::{
    Client,
    auth::{
        refresh_tokens::RefreshTokenStore,
        token::{Token, TokenAnswer, TokenCell},
    },
    base::{self, AddressError, Base},
    request::header_value,
};
use crate::{
    compile::{
        program::{Name, Program, SettingsOnly},
        system::{Auth, AuthKind, ErrorClass, Http, System, TokenCall},
    },
    host::{HttpClient, HttpOptions, Identity},
    systems::{CallError, ConnectionConfig, OpenError, encode::base64, is_loopback, is_private, scope::Scope},
    value::Fault,
};
use jiff::Timestamp;
use reqwest::header::HeaderValue;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use url::Url;

/// How a client signs in.
pub struct SignIn {
    /// The index of the way to sign in that these settings select.
    way: Option<usize>,
    /// The certificate that the calls show.
    pub identity: Option<Identity>,
    /// The token call that these settings select.
    token: Option<Chosen>,
    /// What has to be in its answer, because every call needs it.
    needed: Vec<Vec<String>>,
    current: RwLock<Option<Arc<Token>>>,
    /// One renewal at a time: requests that waited for it use its token.
    renewing: tokio::sync::Mutex<()>,
    answer: TokenCell,
    pub(crate) refresh_tokens: Option<RefreshTokenStore>,
    /// The last refresh token, if it is not stored anywhere else.
    pub(crate) refresh: Mutex<Option<String>>,
    /// Whether a new token was refused as the old one was, by something else than a 401.
    useless: AtomicBool,
}

/// The token call that applies.
pub(crate) struct Chosen {
    at: usize,
    declared: Url,
    /// Where its requests go.
    url: Url,
    /// Its own way to sign in.
    way: Option<usize>,
    client: Arc<dyn HttpClient>,
}

impl SignIn {
    /// Chooses the first way whose condition is true, and the token call.
    ///
    /// # Errors
    /// The address of the token is not an address, or would get the credentials in the clear; a certificate can't be used.
    pub fn open(system: &System, http: &Http, config: &ConnectionConfig, options: &HttpOptions) -> Result<Self, OpenError> {
        let scope = Scope::new(config);
        let way = chosen_of(&http.auth, false, &scope).map_err(|why| OpenError::SignIn { system: system.name.clone(), why })?;
        let token = Chosen::open(system, http, config, options)?;
        let refresh_tokens = token.as_ref().and_then(|chosen| {
            let call = &http.tokens[chosen.at];
            let folder = config.tokens.as_deref().filter(|_| call::renewed(call).is_some())?;
            Some(RefreshTokenStore::new(&config.host, folder, &system.name, &call::client_id(call, &scope), &chosen.declared))
        });
        Ok(Self {
            needed: if token.is_some() { needed_by(http, way) } else { Vec::new() },
            way,
            identity: certificate::certificate(&system.name, &http.auth, &scope)?,
            token,
            current: RwLock::default(),
            renewing: tokio::sync::Mutex::default(),
            answer: TokenCell::default(),
            refresh_tokens,
            refresh: Mutex::default(),
            useless: AtomicBool::new(false),
        })
    }

    /// Where the request for a token goes.
    pub fn target(&self) -> Option<&Url> {
        self.token.as_ref().map(|chosen| &chosen.url)
    }

    /// The last answer of the token call.
    pub const fn answer(&self) -> &TokenCell {
        &self.answer
    }

    fn last(&self) -> TokenAnswer {
        self.answer.get().map(|answer| (*answer).clone()).unwrap_or_default()
    }

    /// What an answer lacks that every call needs.
    fn lacks(&self, answer: &TokenAnswer) -> Option<String> {
        self.needed.iter().find(|path| answer.value(path).is_missing()).map(|path| path.join("."))
    }

    fn good(&self, now: Instant) -> Option<Arc<Token>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone().filter(|token| token.is_good(now))
    }

    fn set(&self, token: Option<Arc<Token>>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    /// Discards a refused token, unless a newer one has replaced it already.
    fn drop_refused(&self, token: &Arc<Token>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, token)) {
            *current = None;
        }
    }

    /// Notes that a new token was refused as the old one was.
    pub(crate) fn renewal_is_useless(&self) {
        self.useless.store(true, Ordering::Relaxed);
    }
}

impl Chosen {
    fn open(system: &System, http: &Http, config: &ConnectionConfig, options: &HttpOptions) -> Result<Option<Self>, OpenError> {
        let (named, scope) = (|| system.name.clone(), Scope::new(config));
        let fault = |why| OpenError::SignIn { system: named(), why };
        let mut found = None;
        for (at, call) in http.tokens.iter().enumerate() {
            if found.is_none() && call.when.as_ref().map_or(Ok(true), |when| when.holds(&scope)).map_err(fault)? {
                found = Some((at, call));
            }
        }
        let Some((at, call)) = found else { return Ok(None) };
        let (declared, url) = token_address(call, &scope).map_err(|why| OpenError::TokenAddress { system: named(), why })?;
        let way = chosen_of(&call.auth, false, &scope).map_err(fault)?;
        let identity = certificate::certificate(&system.name, &call.auth, &scope)?;
        let options = HttpOptions { proxy: !is_loopback(&url), identity, ..options.clone() };
        let client = config.host.http(&options).map_err(|error| OpenError::NoClient { system: named(), why: error.why })?;
        Ok(Some(Self { at, declared, url, way, client }))
    }
}

impl Client {
    /// What must be known before a request can be made: with some systems, the base address comes with the token.
    pub(crate) async fn ready(&self) -> Result<(), CallError> {
        self.authorization().await.map(drop)
    }

    /// The way that this client signs in.
    pub(crate) fn way(&self) -> Option<&AuthKind> {
        self.sign_in.way.map(|way| &self.http().auth[way].kind)
    }

    /// The token call that applies.
    pub(crate) fn token_call(&self) -> Option<(&Chosen, &TokenCall)> {
        self.sign_in.token.as_ref().map(|chosen| (chosen, &self.http().tokens[chosen.at]))
    }

    /// What signs the next request in, reused until shortly before it expires or until it is refused.
    pub(crate) async fn authorization(&self) -> Result<Option<Arc<Token>>, CallError> {
        if self.way().is_none() && self.sign_in.token.is_none() {
            return Ok(None);
        }
        if let Some(token) = self.sign_in.good(self.host().instant()) {
            return Ok(Some(token));
        }
        let _alone = self.sign_in.renewing.lock().await;
        if let Some(refused) = self.refused.get() {
            return Err(refused.clone());
        }
        if let Some(token) = self.sign_in.good(self.host().instant()) {
            return Ok(Some(token));
        }
        let token = Arc::new(self.new_token().await?);
        self.sign_in.set(Some(Arc::clone(&token)));
        Ok(Some(token))
    }

    /// Whether it helps to renew a refused token. A token that this program just signed would be the same again, and what forbids a
    /// call by something else than a 401 may forbid it to every token.
    pub(crate) fn gives_up(&self, token: &Arc<Token>, status: Option<u16>) -> bool {
        let proved = token.proved.load(Ordering::Relaxed);
        let renewable = match (&self.sign_in.token, self.way()) {
            (Some(_), _) => status == Some(401) || proved && !self.sign_in.useless.load(Ordering::Relaxed),
            (None, Some(AuthKind::Bearer { token: Program::Jwt { .. } })) => status == Some(401) && proved,
            (None, _) => false,
        };
        if renewable {
            self.sign_in.drop_refused(token);
        }
        renewable
    }

    async fn new_token(&self) -> Result<Token, CallError> {
        let life = match self.token_call() {
            Some((chosen, call)) => self.obtain(chosen, call).await?,
            None => None,
        };
        let (header, signed) = match self.way() {
            Some(way) => self.authorization_of(way, &self.scope())?,
            None => (None, None),
        };
        Ok(Token::new(header, life.into_iter().chain(signed).min(), self.host().instant()))
    }

    /// The value of `Authorization`, and how long it is good for if it was signed here.
    fn authorization_of(&self, way: &AuthKind, scope: &Scope<'_>) -> Result<(Option<HeaderValue>, Option<Duration>), CallError> {
        match way {
            AuthKind::Basic { user, password } => self.basic(user, password, scope).map(|header| (Some(header), None)),
            AuthKind::Bearer { token } => {
                let text = self.needed_in(token, "the token", scope)?;
                self.redactor.learn(&text);
                let life = if matches!(token, Program::Jwt { .. }) { life(&text, self.host().now()) } else { None };
                Ok((Some(header_value("Authorization", &format!("Bearer {text}"))?), life))
            }
            AuthKind::Certificate { .. } => Ok((None, None)),
        }
    }

    fn basic(&self, user: &Program, password: &Program, scope: &Scope<'_>) -> Result<HeaderValue, CallError> {
        let password = optional(password, scope)?.unwrap_or_default();
        let pair = base64(format!("{}:{password}", self.needed_in(user, "the user", scope)?).as_bytes());
        self.redactor.learn(&pair);
        header_value("Authorization", &format!("Basic {pair}"))
    }

    /// A value that the sign-in requires.
    pub(crate) fn needed(&self, program: &Program, what: &str) -> Result<String, CallError> {
        self.needed_in(program, what, &self.scope())
    }

    fn needed_in(&self, program: &Program, what: &str, scope: &Scope<'_>) -> Result<String, CallError> {
        optional(program, scope)?.ok_or_else(|| {
            let known = secrets_in(program);
            let hint = known.first().map(|name| format!(": the secret `{}.{name}` has no value", self.system.name)).unwrap_or_default();
            CallError::unsent(ErrorClass::Auth, format!("{what} that signs in to `{}` is missing{hint}", self.system.name))
        })
    }

    /// Keeps an answer for the calls that read it. The base address is that of the first one: a later answer has to agree, because
    /// links belong to that address.
    fn keep(&self, answer: TokenAnswer) -> Result<(), CallError> {
        let Some((chosen, _)) = self.token_call() else { return Ok(()) };
        if matches!(base::known(self.http(), &self.config), Ok(None)) {
            let cell = TokenCell::of(answer.clone());
            let base = base::from_token(self.http(), &Scope { token: Some(&cell), ..Scope::new(&self.config) }, &chosen.declared);
            let base =
                base.map_err(|why| CallError::unsent(ErrorClass::Auth, format!("the base address of `{}` {why}", self.system.name)))?;
            match self.base.get() {
                Some(Base { url, .. }) if *url != base.url => {
                    let what = format!("`{}` has moved from `{url}` to `{}` while it was used: run again", self.system.name, base.url);
                    return Err(CallError::unsent(ErrorClass::Temporary, what));
                }
                _ => drop(self.base.set(base)),
            }
        }
        self.sign_in.answer.set(answer);
        Ok(())
    }

    /// The secrets that the requests of [`Client::identity`] carry: a secret that is used in other calls alone is not tried by it.
    pub(crate) fn tried(&self) -> BTreeSet<String> {
        let (http, mut used) = (self.http(), Vec::new());
        if let Some((chosen, call)) = self.token_call() {
            let certificates = call.auth.iter().filter(|way| matches!(way.kind, AuthKind::Certificate { .. }));
            let ways = chosen.way.map(|way| &call.auth[way]).into_iter().chain(certificates);
            used.extend(call.call.sent().chain(ways.flat_map(|way| way.kind.parts())).flat_map(secrets_in));
        }
        if let Some(verify) = &http.verify {
            let lines = http.headers.iter().chain(&http.queries).chain(&verify.headers).chain(&verify.queries);
            let scope = self.scope();
            let sent =
                lines.filter(|line| line.when.as_ref().is_none_or(|when| when.holds(&scope).unwrap_or(false))).map(|line| &line.value);
            let certificates = http.auth.iter().map(|way| &way.kind).filter(|kind| matches!(kind, AuthKind::Certificate { .. }));
            let ways = self.way().into_iter().chain(certificates).flat_map(AuthKind::parts);
            let body = verify.body.iter().filter_map(|body| body.value.as_ref());
            used.extend(sent.chain(ways).chain(body).chain([&verify.path]).flat_map(secrets_in));
        }
        used.into_iter().filter(|name| self.config.secrets.contains_key(name)).collect()
    }

    /// The secrets that the sign-in uses.
    pub(crate) fn credentials(&self) -> Vec<&str> {
        let http = self.http();
        let mut used: Vec<String> = http.headers.iter().chain(&http.queries).flat_map(|one| secrets_in(&one.value)).collect();
        used.extend(self.way().into_iter().flat_map(AuthKind::parts).flat_map(secrets_in));
        if let Some((_, call)) = self.token_call() {
            used.extend(call.call.sent().chain(call.auth.iter().flat_map(Auth::parts)).flat_map(secrets_in));
        }
        let all: Vec<_> = self.system.secrets().map(|(name, _)| name).collect();
        let ours: Vec<_> = all.iter().copied().filter(|name| used.iter().any(|one| one == name)).collect();
        if ours.is_empty() { all } else { ours }
    }
}

/// The first way whose condition is true: a certificate, or another way.
fn chosen_of(ways: &[Auth], certificate: bool, scope: &Scope<'_>) -> Result<Option<usize>, Box<Fault>> {
    for (at, way) in ways.iter().enumerate().filter(|(_, way)| matches!(way.kind, AuthKind::Certificate { .. }) == certificate) {
        if way.when.as_ref().map_or(Ok(true), |when| when.holds(scope))? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The address as declared, and where requests to it go.
fn token_address(token: &TokenCall, scope: &Scope<'_>) -> Result<(Url, Url), AddressError> {
    let declared = base::address(&token.call.path, scope)?;
    let url = scope.config.origin.as_deref().map_or_else(|| Ok(declared.clone()), |origin| base::moved(&declared, origin))?;
    if is_private(&url) { Ok((declared, url)) } else { Err(AddressError::InTheClear) }
}

/// What the way to sign in and the lines of `http` need of a token's answer. The base address says itself what it lacks.
fn needed_by(http: &Http, way: Option<usize>) -> Vec<Vec<String>> {
    let lines = http.headers.iter().chain(&http.queries).filter(|line| line.when.is_none()).map(|line| &line.value);
    let programs = way.into_iter().flat_map(|way| http.auth[way].kind.parts()).chain(lines);
    let mut needed: Vec<Vec<String>> = Vec::new();
    programs.for_each(|program| needs(program, &mut needed));
    needed
}

/// A value with `??` may be missing.
fn needs(program: &Program, found: &mut Vec<Vec<String>>) {
    match program {
        Program::Default(_) => {}
        Program::Name(Name::Token(path)) if !found.contains(path) => found.push(path.clone()),
        other => other.children().into_iter().for_each(|child| needs(child, found)),
    }
}

fn optional(program: &Program, scope: &Scope<'_>) -> Result<Option<String>, CallError> {
    let value = program.run(scope).map_err(|fault| faulty(&fault))?;
    Ok(value.to_text().map(|text| text.into_owned()).filter(|text| !text.is_empty()))
}

/// How long a token is good for that was signed here.
fn life(token: &str, now: Timestamp) -> Option<Duration> {
    let left = jwt::expiry(&jwt::claims_of(token)?)? - now.as_second();
    Some(Duration::from_secs(u64::try_from(left).unwrap_or_default()))
}

/// The secrets that a program uses.
pub fn secrets_in(program: &Program) -> Vec<String> {
    match settled(program) {
        Some(Program::Name(Name::Secret(secret))) => vec![secret.clone()],
        other => other.into_iter().flat_map(Program::children).flat_map(secrets_in).collect(),
    }
}

/// The branch of an `if` that the settings choose, or the program itself; none where they choose no value.
fn settled(program: &Program) -> Option<&Program> {
    let Program::If(parts) = program else { return Some(program) };
    let is_of_settings = !parts.0.uses(|_| true);
    match parts.0.holds(&SettingsOnly) {
        Ok(true) if is_of_settings => settled(&parts.1),
        Ok(false) if is_of_settings => parts.2.as_ref().and_then(settled),
        _ => Some(program),
    }
}

fn faulty(fault: &Fault) -> CallError {
    CallError::unsent(ErrorClass::Auth, fault.to_string())
}
