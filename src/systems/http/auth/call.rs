//! The token call: its request, what its answers mean, and what they are kept for.

use super::{
    Chosen,
    refresh_tokens::RefreshTokenError,
    secrets_in, settled,
    token::{TokenAnswer, TokenCell},
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{AuthKind, BodyFormat, ErrorClass, TokenCall},
    },
    systems::{
        CallError, Effect,
        http::{
            Client,
            answers::{Answer, Meaning, VendorError, tidy},
            bodies::{self, Payload},
            charset,
            failing::Look,
            items::BodyError,
            judge::{self, Unproved, Verdict},
            request::{Request, header_name, header_value, sent_as, value},
            send::{Attempts, Failure},
        },
        scope::{AnswerBody, Scope},
    },
    value::Value,
};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value as Json;
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

/// The name of the grant with a signed assertion in the request (RFC 7523, section 4).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Why it is not known what a success gives: its text can't be read, or which of two values counts.
fn doubtful(answer: &Answer, answered: &TokenAnswer) -> Option<String> {
    if !(200..300).contains(&answer.status) {
        return None;
    }
    let charset = charset::unreadable(&answer.headers, &answer.body).map(|label| BodyError::Charset(label).to_string());
    charset.or_else(|| answered.doubled().map(|member| format!("with the member `{}` more than once", tidy(member))))
}

impl Client {
    /// Signs in, and says how long that is good for.
    pub(crate) async fn obtain(&self, chosen: &Chosen, token: &TokenCall) -> Result<Option<Duration>, CallError> {
        let answered = match renewed(token) {
            Some((path, first)) => self.refreshed(chosen, token, path, first).await,
            None => self.granted(chosen, token, self.sign_in.last()).await,
        };
        // Without a token the request itself was not sent, so nothing was done.
        let answered = answered.map_err(|error| CallError { effect: Effect::None, ..error }).inspect_err(|error| {
            if error.class == ErrorClass::Auth {
                let _ = self.refused.set(error.clone());
            }
        })?;
        let life = self.life_of(token, &answered);
        self.keep(answered)?;
        Ok(life)
    }

    /// Sends what the last answer renewed. What the new one renews is stored before anything else is done with it, because the old
    /// value may be invalid from now on.
    async fn refreshed(&self, chosen: &Chosen, token: &TokenCall, path: &[String], first: &Program) -> Result<TokenAnswer, CallError> {
        let configured = self.needed(first, "the refresh token")?;
        let with = |current: &str| self.sign_in.last().with(path, current);
        let Some(refresh_tokens) = &self.sign_in.refresh_tokens else {
            let known = self.sign_in.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let answered = self.granted(chosen, token, with(known.as_ref().unwrap_or(&configured))).await?;
            if let Some(next) = answered.text(path) {
                *self.sign_in.refresh.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
            }
            return Ok(answered);
        };
        let unusable_store = |error| self.unusable_store(&error);
        let locked = refresh_tokens.lock().await.map_err(unusable_store)?;
        let current = locked.current(&configured).map_err(unusable_store)?;
        self.redactor.learn(&current);
        let answered = self.granted(chosen, token, with(&current)).await?;
        match answered.text(path) {
            Some(next) if next != current => locked.store(&configured, &next).map_err(unusable_store)?,
            _ => {}
        }
        Ok(answered)
    }

    fn unusable_store(&self, error: &RefreshTokenError) -> CallError {
        CallError::unsent(ErrorClass::Auth, format!("the refresh token of `{}` {error}", self.system.name))
    }

    async fn granted(&self, chosen: &Chosen, token: &TokenCall, known: TokenAnswer) -> Result<TokenAnswer, CallError> {
        let request = self.token_request(chosen, token, &TokenCell::of(known))?;
        let mut attempts = Attempts::default();
        loop {
            match self.ask(chosen, token, &request).await {
                Ok(answered) => return Ok(answered),
                Err(failure) => self.before_another(failure, &mut attempts, false).await?,
            }
        }
    }

    async fn ask(&self, chosen: &Chosen, token: &TokenCall, request: &Request) -> Result<TokenAnswer, Failure> {
        let answer = self.answered(&*chosen.client, request, None).await?;
        let answered = TokenAnswer::read(&answer);
        // A refusal may repeat a secret, so they are known before anything is said.
        self.learn(&answered);
        if let Some(why) = doubtful(&answer, &answered) {
            return Err(self.unusable(&answer, &why));
        }
        if let Some(trouble) = self.trouble(token, &answer) {
            return Err(self.not_granted(token, request, &answer, &trouble));
        }
        if let Some(other) = self.unknown_type(&answered) {
            let why = format!("with a token of the type `{}`, and only `Bearer` can be used", tidy(&other));
            return Err(self.unusable(&answer, &why));
        }
        self.sign_in.lacks(&answered).map_or(Ok(answered), |lack| {
            let why = match lack {
                _ if answer.is_html() => "with a web page".to_owned(),
                path if path == "cookies" => "without a cookie".to_owned(),
                path if TokenAnswer::read(&answer).is_empty() => format!("with what is neither JSON nor XML, so without `{path}`"),
                path => format!("without `{path}`"),
            };
            Err(self.unusable(&answer, &why))
        })
    }

    /// The type of a token that can't be sent as a bearer.
    fn unknown_type(&self, answered: &TokenAnswer) -> Option<String> {
        let bearer = matches!(self.way(), Some(AuthKind::Bearer { .. }));
        answered.text(&["token_type".to_owned()]).filter(|kind| bearer && !kind.eq_ignore_ascii_case("bearer"))
    }

    /// Why an answer signs nobody in: by a rule, by its status, or by its words.
    fn trouble(&self, token: &TokenCall, answer: &Answer) -> Option<Trouble> {
        let rules = &token.call.rules;
        match judge::by_rule(rules, answer, self.scope()) {
            Some(Verdict::Error(error)) => return Some(Trouble::Told(error)),
            Some(Verdict::Means(Meaning::Done)) => return None,
            Some(Verdict::Means(_) | Verdict::Unproved(_)) => return Some(Trouble::NotDone),
            None => {}
        }
        if !(200..300).contains(&answer.status) {
            return Some(Trouble::Status);
        }
        match self.judge(rules, answer) {
            Verdict::Unproved(Unproved::NoRule(_) | Unproved::Broken(_)) => Some(Trouble::NotDone),
            Verdict::Unproved(Unproved::Words(error)) => Some(Trouble::Told(VendorError { class: ErrorClass::Auth, ..error })),
            _ => Refusal::of(answer).code.map(|_| Trouble::Status),
        }
    }

    fn token_request(&self, chosen: &Chosen, token: &TokenCall, known: &TokenCell) -> Result<Request, CallError> {
        let scope = Scope { token: Some(known), clock: Some(self.host().now()), ..self.scope() };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(way) = chosen.way {
            let (header, _) = self.authorization_of(&token.auth[way].kind, &scope)?;
            headers.extend(header.map(|header| (AUTHORIZATION, header)));
        }
        for header in &token.call.headers {
            if let Some(text) = value(header, &scope)? {
                headers.insert(header_name(&header.name)?, header_value(&header.name, &text)?);
            }
        }
        let mut url = chosen.url.clone();
        for query in &token.call.queries {
            if let Some(text) = value(query, &scope)? {
                url.query_pairs_mut().append_pair(&query.name, &text);
            }
        }
        let body = self.token_body(token, &scope)?;
        if let Some(body) = &body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(body.media));
        }
        let rules = Arc::clone(&token.call.rules);
        let body = body.map(|body| body.bytes);
        Ok(Request {
            method: sent_as(token.call.method),
            url,
            headers,
            body,
            repeatable: true,
            rules,
            reads: false,
            polls: None,
            names_token: false,
            look: Look::Nothing,
            key: Vec::new(),
            records: Vec::new(),
            attributes: Vec::new(),
        })
    }

    /// A secret that has no value is said, and not left out.
    fn token_body(&self, token: &TokenCall, scope: &Scope<'_>) -> Result<Option<Payload>, CallError> {
        let Some(body) = &token.call.body else { return Ok(None) };
        for program in body.value.iter().flat_map(Program::parts) {
            if let Program::Record(members) = program {
                for (name, member) in members.iter().filter(|(_, member)| matches!(member, Program::Name(Name::Secret(_)))) {
                    self.redactor.learn(&self.needed(member, &format!("`{name}`"))?);
                }
            }
        }
        let Some(mut payload) = bodies::asking(&token.call, scope, false)? else { return Ok(None) };
        if matches!(body.format, BodyFormat::Form(_)) {
            // Every server understands `%20`, and not every one a plus.
            payload.bytes = String::from_utf8_lossy(&payload.bytes).replace('+', "%20").into_bytes();
        }
        Ok(Some(payload))
    }

    /// How long an answer says that it is good for; `None` for as long as it is not refused.
    fn life_of(&self, token: &TokenCall, answered: &TokenAnswer) -> Option<Duration> {
        let scope = Scope { answer: AnswerBody::Tree(answered.body()), ..self.scope() };
        let said = match &token.lasts {
            Some(lasts) => lasts.run(&scope).ok()?,
            None => answered.value(&["expires_in".to_owned()]),
        };
        seconds(&said)
    }

    fn learn(&self, answered: &TokenAnswer) {
        answered.secrets().iter().for_each(|secret| self.redactor.learn(secret));
    }

    /// The error for an answer that is not that of a token call.
    fn unusable(&self, answer: &Answer, why: &str) -> Failure {
        let message = format!("the token address of `{}` answers {} {why}: check it", self.system.name, answer.status);
        let error = CallError { class: ErrorClass::Invalid, status: Some(answer.status), code: None, message, effect: Effect::None };
        Failure { error, again: None }
    }

    fn not_granted(&self, token: &TokenCall, request: &Request, answer: &Answer, trouble: &Trouble) -> Failure {
        let mut refusal = Refusal::of(answer);
        if let Trouble::Told(error) = trouble {
            refusal = Refusal { code: error.code.clone().or(refusal.code), words: error.message.clone().or(refusal.words) };
        }
        let class = match trouble {
            Trouble::Told(error) => error.class,
            Trouble::NotDone => return self.unusable(answer, "with what none of the rules of the token call takes for done"),
            Trouble::Status => class_of(answer.status, refusal.code.as_deref()),
        };
        let words = refusal.words.map(|words| tidy(&self.redactor.redact(&words))).filter(|words| !words.is_empty());
        let said = words.map(|words| format!(", \"{words}\"")).unwrap_or_default();
        let (name, status) = (&self.system.name, answer.status);
        let message = match (status, class) {
            (300..400, _) => self.redirected(answer).replace("base address", "token address"),
            (_, ErrorClass::Auth) => {
                format!("`{name}` refuses the sign-in ({status}{said}): {}", self.to_check(token, refusal.code.as_deref()))
            }
            (_, ErrorClass::Limit | ErrorClass::Temporary) => format!("`{name}` gives no token for now ({status}{said})"),
            _ => format!("`{name}` gives no token at {} ({status}{said}): check the token address", self.redactor.redact(&request.name())),
        };
        let code = refusal.code.map(|code| tidy(&self.redactor.redact(&code)));
        let error = CallError { class, status: Some(status), code, message, effect: Effect::None };
        Failure { again: self.may_repeat(request, answer, class), error }
    }

    /// What to check, by the error code (RFC 6749, section 5.2; Salesforce also sends `invalid_client_id`).
    fn to_check(&self, token: &TokenCall, code: Option<&str>) -> String {
        let secret = |program: Option<&Program>, otherwise: &str| {
            let names = program.map(secrets_in).unwrap_or_default();
            names.first().map_or_else(|| format!("the {otherwise}"), |name| format!("the secret `{name}`"))
        };
        let client = secret(member(token, "client_secret").or_else(|| basic(token).map(|(_, password)| password)), "client secret");
        match (code, grant_of(token)) {
            (Some("invalid_client" | "invalid_client_id" | "invalid_client_credentials"), _) => format!("check the client ID and {client}"),
            (Some("unauthorized_client"), _) => "the application is not allowed to sign in this way: allow it there".to_owned(),
            (Some("unsupported_grant_type"), Some(grant)) => format!("it does not know the grant `{grant}`: sign in another way"),
            (Some("invalid_scope"), _) => "check `scope` in the body of the token call".to_owned(),
            (Some("invalid_grant"), Some("client_credentials")) => {
                "check that the application may sign in by itself, and as whom".to_owned()
            }
            (Some("invalid_grant"), Some("password")) => {
                format!("check the user and {}", secret(member(token, "password"), "password"))
            }
            (Some("invalid_grant"), Some("refresh_token")) => {
                let which = secret(renewed(token).map(|(_, first)| first), "refresh token");
                format!("its refresh token has ended or was withdrawn: give consent again, and store the new one as {which}")
            }
            (Some("invalid_grant"), Some(JWT_BEARER)) => {
                let key = secret(member(token, "assertion"), "private key");
                format!("check {key}, the claims, and that the application is approved for this user")
            }
            _ => format!("check {}", self.credentials_in_words()),
        }
    }
}

/// Why an answer signs nobody in.
enum Trouble {
    /// A rule says so, or the place where errors have their words.
    Told(VendorError),
    Status,
    /// It succeeds by its status, and no rule takes it for done.
    NotDone,
}

/// What a status means of a token call: what other calls take for a bad request is a refused sign-in here.
fn class_of(status: u16, code: Option<&str>) -> ErrorClass {
    match status {
        300..400 | 404 | 405 | 410 => ErrorClass::Invalid,
        429 => ErrorClass::Limit,
        408 | 425 | 500.. => ErrorClass::Temporary,
        _ if matches!(code, Some("temporarily_unavailable" | "server_error")) => ErrorClass::Temporary,
        _ => ErrorClass::Auth,
    }
}

/// What a token call sends of its last answer, and what it begins with: `token.refresh_token ?? secret.refresh_token`.
pub(super) fn renewed(token: &TokenCall) -> Option<(&[String], &Program)> {
    let sent = token.call.sent().chain(token.auth.iter().flat_map(|auth| auth.parts()));
    sent.flat_map(Program::parts).find_map(|part| match part {
        Program::Default(both) => match &both.0 {
            Program::Name(Name::Token(path)) => Some((path.as_slice(), &both.1)),
            _ => None,
        },
        _ => None,
    })
}

/// A member of the body that a token call sends.
fn member<'t>(token: &'t TokenCall, name: &str) -> Option<&'t Program> {
    let parts = token.call.body.iter().filter_map(|body| body.value.as_ref()).flat_map(Program::parts);
    parts.into_iter().find_map(|part| match part {
        Program::Record(members) => members.iter().find(|(known, _)| known == name).and_then(|(_, value)| settled(value)),
        _ => None,
    })
}

fn basic(token: &TokenCall) -> Option<(&Program, &Program)> {
    token.auth.iter().find_map(|auth| if let AuthKind::Basic { user, password } = &auth.kind { Some((user, password)) } else { None })
}

/// What a token call asks for in the words of OAuth 2.0 (RFC 6749).
fn grant_of(token: &TokenCall) -> Option<&str> {
    if let Program::Constant(value) = member(token, "grant_type")? { value.as_text() } else { None }
}

/// The client's id, if it is known: part of where its refresh token is kept.
pub(super) fn client_id(token: &TokenCall, scope: &Scope<'_>) -> String {
    let id = member(token, "client_id").or_else(|| basic(token).map(|(user, _)| user));
    let id = id.and_then(|id| id.run(scope).ok());
    id.and_then(|id| id.to_text().map(|text| text.into_owned())).unwrap_or_default()
}

/// A number of seconds, as a number or as text, or a length of time; `None` if it is unknown.
fn seconds(said: &Value) -> Option<Duration> {
    let seconds = match said {
        Value::Duration(span) => span.seconds() as f64,
        Value::Json(json) => match &**json {
            Json::Number(number) => number.as_f64()?,
            Json::String(text) => text.trim().parse().ok()?,
            _ => return None,
        },
        other => other.to_text()?.trim().parse().ok()?,
    };
    (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

/// Why no token was given, where OAuth 2.0 has it.
struct Refusal {
    code: Option<String>,
    words: Option<String>,
}

impl Refusal {
    fn of(answer: &Answer) -> Self {
        let members: Option<Json> = serde_json::from_slice(&answer.body).ok();
        let text = |name: &str| members.as_ref()?.get(name)?.as_str().map(str::to_owned).filter(|text| !text.trim().is_empty());
        let code = text("error");
        let words = text("error_description").or_else(|| code.clone()).or_else(|| answer.usual_message(members.as_ref()));
        Self { code, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lifetime_is_a_number_or_a_text_or_unknown() {
        let seconds = |value: Json| seconds(&Value::Json(Box::new(value))).map(|life| life.as_secs_f64());
        assert_eq!([json!(1800), json!("1800"), json!(" 59.5 ")].map(seconds), [Some(1800.0), Some(1800.0), Some(59.5)]);
        assert_eq!([json!(0), json!(-1), json!("soon"), json!(null), json!(1e300)].map(seconds), [None; 5]);
        assert_eq!(super::seconds(&Value::Duration(crate::value::Span::Seconds(90))), Some(Duration::from_secs(90)));
        assert_eq!(super::seconds(&Value::Int(5)), Some(Duration::from_secs(5)));
    }
}
