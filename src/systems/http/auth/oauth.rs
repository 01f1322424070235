//! Tokens issued by a system (RFC 6749, RFC 7523): the request, and the meaning of its answers.

use super::{jwt, refresh_tokens::RefreshTokenError, secrets_in};
use crate::{
    compile::{
        program::Program,
        system::{ErrorClass, Grant, OAuth2},
    },
    systems::{
        CallError, Effect,
        encode::percent,
        http::{
            Client,
            answers::{Answer, tidy},
            request::{Request, unsendable},
            send::{Attempts, Failure},
        },
        scope::Scope,
    },
};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::{Map, Value as Json};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use thiserror::Error;

/// The name of the grant with a signed assertion in the request (RFC 7523, section 4).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Secret members of an answer, which no expression can use.
const SECRET_MEMBERS: [&str; 3] = ["access_token", "refresh_token", "id_token"];

/// Why a successful answer grants nothing, worded to follow "the token address answers 200".
#[derive(Debug, Error)]
enum GrantError {
    #[error("without an `access_token`")]
    NoToken,
    #[error("with a token of the type `{0}`, and only `Bearer` can be used")]
    TokenType(String),
}

/// An issued token.
pub struct Granted {
    pub token: String,
    pub life: Option<Duration>,
    refresh: Option<String>,
    /// The other members of the answer.
    pub said: Json,
}

/// The client's id, if it is known: part of where its refresh token is kept.
pub fn client_id(oauth: &OAuth2, scope: &Scope<'_>) -> String {
    let id = oauth.client.as_ref().and_then(|(id, _)| id.run(scope).ok());
    id.and_then(|id| id.to_text().map(|text| text.into_owned())).unwrap_or_default()
}

impl Client {
    /// Requests a token.
    pub(crate) async fn obtain(&self, oauth: &OAuth2) -> Result<Granted, CallError> {
        let granted = match (&oauth.refresh, oauth.grant) {
            (Some(refresh), Grant::RefreshToken) => self.refreshed(oauth, refresh).await,
            _ => self.granted(oauth, None).await,
        };
        // Without a token the request itself was not sent, so nothing was done.
        let granted = granted.map_err(|error| CallError { effect: Effect::None, ..error });
        granted.inspect_err(|error| {
            if error.class == ErrorClass::Auth {
                let _ = self.refused.set(error.clone());
            }
        })
    }

    /// Uses a refresh token. A new refresh token is stored before the access token is used, because the old one may be invalid
    /// from now on.
    async fn refreshed(&self, oauth: &OAuth2, refresh: &Program) -> Result<Granted, CallError> {
        let configured = self.needed(refresh, "the refresh token")?;
        let Some(refresh_tokens) = &self.sign_in.refresh_tokens else {
            let known = self.sign_in.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let granted = self.granted(oauth, Some(known.as_ref().unwrap_or(&configured))).await?;
            if let Some(next) = granted.refresh.clone() {
                *self.sign_in.refresh.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
            }
            return Ok(granted);
        };
        let unusable_store = |error| self.unusable_store(&error);
        let locked = refresh_tokens.lock().await.map_err(unusable_store)?;
        let current = locked.current(&configured).map_err(unusable_store)?;
        self.redactor.learn(&current);
        let granted = self.granted(oauth, Some(&current)).await?;
        match &granted.refresh {
            Some(next) if *next != current => locked.store(&configured, next).map_err(unusable_store)?,
            _ => {}
        }
        Ok(granted)
    }

    fn unusable_store(&self, error: &RefreshTokenError) -> CallError {
        CallError::unsent(ErrorClass::Auth, format!("the refresh token of `{}` {error}", self.system.name))
    }

    async fn granted(&self, oauth: &OAuth2, refresh: Option<&str>) -> Result<Granted, CallError> {
        let request = self.token_request(oauth, refresh)?;
        let mut attempts = Attempts::default();
        loop {
            match self.ask(oauth, &request).await {
                Ok(granted) => return Ok(granted),
                Err(failure) => self.before_another(failure, &mut attempts, false).await?,
            }
        }
    }

    async fn ask(&self, oauth: &OAuth2, request: &Request) -> Result<Granted, Failure> {
        let answer = self.answered(request, None).await?;
        let members: Option<Map<String, Json>> = serde_json::from_slice(&answer.body).ok();
        match members {
            Some(members) if (200..300).contains(&answer.status) && !members.contains_key("error") => {
                self.read_grant(members).map_err(|why| Failure { error: self.unusable(&answer, &why.to_string()), again: None })
            }
            _ => Err(self.not_granted(oauth, request, &answer)),
        }
    }

    /// The form of a token request, with `%20` for a blank, which every server understands.
    fn token_request(&self, oauth: &OAuth2, refresh: Option<&str>) -> Result<Request, CallError> {
        let form: Vec<_> = self.form(oauth, refresh)?.iter().map(|(name, value)| format!("{name}={}", percent(value, ""))).collect();
        let url = self.sign_in.target().cloned().ok_or_else(|| unsendable("there is no token address"))?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = Some(form.join("&").into_bytes());
        Ok(Request { method: Method::POST, url, headers, body, repeatable: true, rules: Arc::default(), reads: false, polls: false })
    }

    fn form(&self, oauth: &OAuth2, refresh: Option<&str>) -> Result<Vec<(&'static str, String)>, CallError> {
        let mut form = vec![("grant_type", grant_name(oauth.grant).to_owned())];
        if oauth.grant == Grant::JwtBearer {
            form.push(("assertion", self.assertion(oauth)?));
        }
        if let Some((id, secret)) = &oauth.client {
            form.push(("client_id", self.needed(id, "the client ID")?));
            let secret = if oauth.grant == Grant::ClientCredentials {
                Some(self.needed(secret, "the client secret")?)
            } else {
                self.optional(secret)?
            };
            form.extend(secret.map(|secret| ("client_secret", secret)));
        }
        if let (Some((user, password)), Grant::Password) = (&oauth.user, oauth.grant) {
            form.push(("username", self.needed(user, "the user")?));
            form.push(("password", self.needed(password, "the password")?));
        }
        form.extend(refresh.map(|refresh| ("refresh_token", refresh.to_owned())));
        if let Some(scope) = &oauth.scope {
            form.extend(self.optional(scope)?.map(|scope| ("scope", scope)));
        }
        let secret = |name: &str| matches!(name, "assertion" | "client_secret" | "password" | "refresh_token");
        form.iter().filter(|(name, _)| secret(name)).for_each(|(_, value)| self.redactor.learn(value));
        Ok(form)
    }

    fn assertion(&self, oauth: &OAuth2) -> Result<String, CallError> {
        let key = oauth.key.as_ref().ok_or_else(|| unsendable("there is no key to sign with"))?;
        let pem = self.needed(key, "the private key")?;
        jwt::rs256(&pem, &self.claims(&oauth.claims)?).map_err(|why| {
            let which = secrets_in(key).first().map(|name| format!(" `{name}`")).unwrap_or_default();
            CallError::unsent(ErrorClass::Auth, format!("the private key{which} of `{}` {why}", self.system.name))
        })
    }

    fn read_grant(&self, mut members: Map<String, Json>) -> Result<Granted, GrantError> {
        let mut secrets = SECRET_MEMBERS.map(|name| members.remove(name));
        secrets.iter().flatten().filter_map(Json::as_str).for_each(|secret| self.redactor.learn(secret));
        let [token, refresh, _] = secrets.each_mut().map(|one| match one.take() {
            Some(Json::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        });
        let token = token.ok_or(GrantError::NoToken)?;
        match members.get("token_type").and_then(Json::as_str) {
            Some(kind) if !kind.eq_ignore_ascii_case("bearer") => Err(GrantError::TokenType(tidy(kind))),
            _ => Ok(Granted { token, refresh, life: life(members.get("expires_in")), said: Json::Object(members) }),
        }
    }

    /// The error for an answer that is not that of a token endpoint.
    fn unusable(&self, answer: &Answer, why: &str) -> CallError {
        let message = format!("the token address of `{}` answers {} {why}: check it", self.system.name, answer.status);
        CallError { class: ErrorClass::Invalid, status: Some(answer.status), code: None, message, effect: Effect::None }
    }

    fn not_granted(&self, oauth: &OAuth2, request: &Request, answer: &Answer) -> Failure {
        let refusal = Refusal::of(answer);
        let words = refusal.words.map(|words| tidy(&self.redactor.redact(&words))).filter(|words| !words.is_empty());
        let said = words.map(|words| format!(", \"{words}\"")).unwrap_or_default();
        let (name, status) = (&self.system.name, answer.status);
        let class = match status {
            200..300 if refusal.code.is_none() => return Failure { error: self.unusable(answer, not_json(answer)), again: None },
            300..400 | 404 | 405 | 410 => ErrorClass::Invalid,
            429 => ErrorClass::Limit,
            408 | 425 | 500.. => ErrorClass::Temporary,
            _ if matches!(refusal.code.as_deref(), Some("temporarily_unavailable" | "server_error")) => ErrorClass::Temporary,
            _ => ErrorClass::Auth,
        };
        let message = match (status, class) {
            (300..400, _) => self.redirected(answer).replace("base address", "token address"),
            (_, ErrorClass::Invalid) => {
                format!("`{name}` gives no token at {} ({status}{said}): check the token address", self.redactor.redact(&request.name()))
            }
            (_, ErrorClass::Auth) => {
                format!("`{name}` refuses the sign-in ({status}{said}): {}", self.to_check(oauth, refusal.code.as_deref()))
            }
            _ => format!("`{name}` gives no token for now ({status}{said})"),
        };
        let code = refusal.code.map(|code| tidy(&self.redactor.redact(&code)));
        let error = CallError { class, status: Some(status), code, message, effect: Effect::None };
        Failure { again: self.may_repeat(request, answer, class), error }
    }

    /// What to check, by the error code (RFC 6749, section 5.2; Salesforce also sends `invalid_client_id`).
    fn to_check(&self, oauth: &OAuth2, code: Option<&str>) -> String {
        let secret = |program: Option<&Program>, else_: &str| {
            let names = program.map(secrets_in).unwrap_or_default();
            names.first().map_or_else(|| format!("the {else_}"), |name| format!("the secret `{name}`"))
        };
        let client = secret(oauth.client.as_ref().map(|(_, secret)| secret), "client secret");
        match (code, oauth.grant) {
            (Some("invalid_client" | "invalid_client_id" | "invalid_client_credentials"), _) => format!("check the client ID and {client}"),
            (Some("unauthorized_client"), _) => "the application is not allowed to sign in this way: allow it there".to_owned(),
            (Some("unsupported_grant_type"), grant) => format!("it does not know the grant `{}`: sign in another way", grant_name(grant)),
            (Some("invalid_scope"), _) => "check the scope of the `auth` line".to_owned(),
            (Some("invalid_grant"), Grant::ClientCredentials) => "check that the application may sign in by itself, and as whom".to_owned(),
            (Some("invalid_grant"), Grant::Password) => {
                format!("check the user and {}", secret(oauth.user.as_ref().map(|(_, password)| password), "password"))
            }
            (Some("invalid_grant"), Grant::RefreshToken) => {
                let which = secret(oauth.refresh.as_ref(), "refresh token");
                format!("its refresh token has ended or was withdrawn: give consent again, and store the new one as {which}")
            }
            (Some("invalid_grant"), Grant::JwtBearer) => {
                format!(
                    "check {}, the claims, and that the application is approved for this user",
                    secret(oauth.key.as_ref(), "private key")
                )
            }
            _ => format!("check {}", self.credentials_in_words()),
        }
    }
}

const fn grant_name(grant: Grant) -> &'static str {
    match grant {
        Grant::ClientCredentials => "client_credentials",
        Grant::Password => "password",
        Grant::RefreshToken => "refresh_token",
        Grant::JwtBearer => JWT_BEARER,
    }
}

/// A lifetime in seconds, as a number or as text; `None` if it is unknown.
fn life(expires_in: Option<&Json>) -> Option<Duration> {
    let seconds = match expires_in? {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

fn not_json(answer: &Answer) -> &'static str {
    if answer.is_html() { "with a web page" } else { "with what is not JSON" }
}

/// Why no token was given.
struct Refusal {
    code: Option<String>,
    words: Option<String>,
}

impl Refusal {
    fn of(answer: &Answer) -> Self {
        let members: Option<Json> = serde_json::from_slice(&answer.body).ok();
        let text = |name: &str| members.as_ref()?.get(name)?.as_str().map(str::to_owned).filter(|text| !text.trim().is_empty());
        let code = text("error");
        let words = text("error_description")
            .or_else(|| code.clone())
            .or_else(|| answer.usual_message(serde_json::from_slice(&answer.body).ok().as_ref()));
        Self { code, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lifetime_is_a_number_or_a_text_or_unknown() {
        let seconds = |value: Json| life(Some(&value)).map(|life| life.as_secs_f64());
        assert_eq!([json!(1800), json!("1800"), json!(" 59.5 ")].map(seconds), [Some(1800.0), Some(1800.0), Some(59.5)]);
        assert_eq!([json!(0), json!(-1), json!("soon"), json!(null), json!(1e300)].map(seconds), [None; 5]);
        assert_eq!(life(None), None);
    }
}
