//! Signing in: which of the declared ways applies, the current token, and when it is renewed.

pub mod jwt;
pub(crate) mod oauth;
pub(crate) mod refresh_tokens;
pub(super) mod token;

use super::{
    Client,
    auth::{jwt::Claims, refresh_tokens::RefreshTokenStore, token::Token},
    base::{self, AddressError, Base},
    request::header_value,
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Auth, AuthKind, ErrorClass, Http, OAuth2, System},
    },
    systems::{CallError, ConnectionConfig, OpenError, encode::base64, scope::Scope},
    value::Fault,
};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, atomic::Ordering},
    time::{Duration, Instant},
};
use url::Url;

/// How a client signs in.
pub struct SignIn {
    /// The index of the way to sign in that these settings select.
    way: Option<usize>,
    /// The token endpoint.
    address: Option<Address>,
    current: RwLock<Option<Arc<Token>>>,
    /// One renewal at a time: requests that waited for it use its token.
    renewing: tokio::sync::Mutex<()>,
    /// Other values of the first token's answer.
    said: OnceLock<Json>,
    pub(crate) refresh_tokens: Option<RefreshTokenStore>,
    /// The last refresh token, if it is not stored anywhere else.
    pub(crate) refresh: Mutex<Option<String>>,
}

/// An address, and where requests to it go.
struct Address {
    declared: Url,
    url: Url,
}

impl SignIn {
    /// Chooses the first way whose condition is true.
    ///
    /// # Errors
    /// The address of the token is not an address, or would get the credentials in the clear.
    pub fn open(system: &System, http: &Http, config: &ConnectionConfig) -> Result<Self, OpenError> {
        let scope = Scope::new(config);
        let way = chosen(&http.auth, &scope).map_err(|why| OpenError::SignIn { system: system.name.clone(), why })?;
        let (mut address, mut refresh_tokens) = (None, None);
        if let Some(AuthKind::OAuth2(oauth)) = way.map(|way| &http.auth[way].kind) {
            let one = token_address(oauth, &scope).map_err(|why| OpenError::TokenAddress { system: system.name.clone(), why })?;
            refresh_tokens = config
                .tokens
                .as_deref()
                .map(|folder| RefreshTokenStore::new(&config.host, folder, &system.name, &oauth::client_id(oauth, &scope), &one.declared));
            address = Some(one);
        }
        Ok(Self {
            way,
            address,
            current: RwLock::default(),
            renewing: tokio::sync::Mutex::default(),
            said: OnceLock::new(),
            refresh_tokens,
            refresh: Mutex::default(),
        })
    }

    /// The token endpoint as declared.
    pub fn address(&self) -> Option<&Url> {
        self.address.as_ref().map(|address| &address.declared)
    }

    /// Where the request for a token goes.
    pub fn target(&self) -> Option<&Url> {
        self.address.as_ref().map(|address| &address.url)
    }

    /// The other values of the token's answer.
    pub fn said(&self) -> Option<&Json> {
        self.said.get()
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

    /// The authorization of the next request, reused until shortly before it expires or until it is refused.
    pub(crate) async fn authorization(&self) -> Result<Option<Arc<Token>>, CallError> {
        let Some(way) = self.way() else { return Ok(None) };
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
        let token = Arc::new(self.new_token(way).await?);
        self.sign_in.set(Some(Arc::clone(&token)));
        Ok(Some(token))
    }

    /// Whether it helps to renew a refused token. A token that this program just signed would be the same again.
    pub(crate) fn gives_up(&self, token: &Arc<Token>) -> bool {
        let renewable = match self.way() {
            Some(AuthKind::OAuth2(_)) => true,
            Some(AuthKind::Bearer { token: Program::Jwt { .. } }) => token.proved.load(Ordering::Relaxed),
            Some(AuthKind::Basic { .. } | AuthKind::Bearer { .. }) | None => false,
        };
        if renewable {
            self.sign_in.drop_refused(token);
        }
        renewable
    }

    async fn new_token(&self, way: &AuthKind) -> Result<Token, CallError> {
        match way {
            AuthKind::Basic { user, password } => self.basic(user, password),
            AuthKind::Bearer { token } => {
                let signed = matches!(token, Program::Jwt { .. });
                let token = self.needed(token, "the token")?;
                let life = if signed { life(&token, self.host().now()) } else { None };
                self.bearer(&token, life)
            }
            AuthKind::OAuth2(oauth) => {
                let granted = self.obtain(oauth).await?;
                self.keep_said(granted.said)?;
                self.bearer(&granted.token, granted.life)
            }
        }
    }

    fn basic(&self, user: &Program, password: &Program) -> Result<Token, CallError> {
        let password = self.optional(password)?.unwrap_or_default();
        let pair = base64(format!("{}:{password}", self.needed(user, "the user")?).as_bytes());
        self.redactor.learn(&pair);
        Ok(Token::new(header_value("Authorization", &format!("Basic {pair}"))?, None, self.host().instant()))
    }

    fn bearer(&self, token: &str, life: Option<Duration>) -> Result<Token, CallError> {
        self.redactor.learn(token);
        Ok(Token::new(header_value("Authorization", &format!("Bearer {token}"))?, life, self.host().instant()))
    }

    /// Claims as of now: a run may last longer than a token.
    pub(crate) fn claims(&self, declared: &[(String, Program)]) -> Result<Claims, CallError> {
        let config = ConnectionConfig { now: self.host().now(), ..self.config.clone() };
        jwt::claims(declared, &Scope::new(&config)).map_err(|fault| faulty(&fault))
    }

    /// A value that the sign-in requires.
    pub(crate) fn needed(&self, program: &Program, what: &str) -> Result<String, CallError> {
        self.optional(program)?.ok_or_else(|| {
            let known = secrets_in(program);
            let hint = known.first().map(|name| format!(": the secret `{}.{name}` has no value", self.system.name)).unwrap_or_default();
            CallError::unsent(ErrorClass::Auth, format!("{what} that signs in to `{}` is missing{hint}", self.system.name))
        })
    }

    pub(crate) fn optional(&self, program: &Program) -> Result<Option<String>, CallError> {
        let value = program.run(&self.scope()).map_err(|fault| faulty(&fault))?;
        Ok(value.to_text().map(|text| text.into_owned()).filter(|text| !text.is_empty()))
    }

    /// Takes the values for the base address from the first answer. A later answer has to agree, because links belong to that
    /// address.
    fn keep_said(&self, said: Json) -> Result<(), CallError> {
        let Some(token) = self.sign_in.address() else { return Ok(()) };
        let base = match base::known(self.http(), &self.config) {
            Ok(None) => base::from_token(self.http(), &Scope { token: Some(&said), ..Scope::new(&self.config) }, token),
            _ => {
                drop(self.sign_in.said.set(said));
                return Ok(());
            }
        };
        let base = base.map_err(|why| CallError::unsent(ErrorClass::Auth, format!("the base address of `{}` {why}", self.system.name)))?;
        match self.base.get() {
            Some(Base { url, .. }) if *url != base.url => {
                let what = format!("`{}` has moved from `{url}` to `{}` while it was used: run again", self.system.name, base.url);
                Err(CallError::unsent(ErrorClass::Temporary, what))
            }
            _ => {
                let _ = self.base.set(base);
                let _ = self.sign_in.said.set(said);
                Ok(())
            }
        }
    }

    /// The secrets that the sign-in uses.
    pub(crate) fn credentials(&self) -> Vec<&str> {
        let http = self.http();
        let mut used: Vec<String> = http.headers.iter().chain(&http.queries).flat_map(|one| secrets_in(&one.value)).collect();
        used.extend(self.way().into_iter().flat_map(programs).flat_map(secrets_in));
        let all: Vec<_> = self.system.secrets().map(|(name, _)| name).collect();
        let ours: Vec<_> = all.iter().copied().filter(|name| used.iter().any(|one| one == name)).collect();
        if ours.is_empty() { all } else { ours }
    }
}

fn chosen(ways: &[Auth], scope: &Scope<'_>) -> Result<Option<usize>, Box<Fault>> {
    for (at, way) in ways.iter().enumerate() {
        if way.when.as_ref().map_or(Ok(true), |when| when.holds(scope))? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn token_address(oauth: &OAuth2, scope: &Scope<'_>) -> Result<Address, AddressError> {
    let declared = base::address(&oauth.token, scope)?;
    let url = scope.config.origin.as_deref().map_or_else(|| Ok(declared.clone()), |origin| base::moved(&declared, origin))?;
    if base::is_private(&url) { Ok(Address { declared, url }) } else { Err(AddressError::InTheClear) }
}

/// How long a token is good for that was signed here.
fn life(token: &str, now: Timestamp) -> Option<Duration> {
    let left = jwt::expiry(&jwt::claims_of(token)?)? - now.as_second();
    Some(Duration::from_secs(u64::try_from(left).unwrap_or_default()))
}

fn programs(way: &AuthKind) -> Vec<&Program> {
    match way {
        AuthKind::Basic { user, password } => vec![user, password],
        AuthKind::Bearer { token } => vec![token],
        AuthKind::OAuth2(oauth) => {
            let pairs = oauth.client.iter().chain(&oauth.user).flat_map(|(one, other)| [one, other]);
            pairs.chain(&oauth.refresh).chain(&oauth.key).collect()
        }
    }
}

/// The secrets that a program uses.
pub fn secrets_in(program: &Program) -> Vec<String> {
    let mut found = Vec::new();
    program.names(&mut |name| {
        if let Name::Secret(secret) = name {
            found.push(secret.clone());
        }
    });
    found
}

fn faulty(fault: &Fault) -> CallError {
    CallError::unsent(ErrorClass::Auth, fault.to_string())
}
