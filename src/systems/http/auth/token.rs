//! What signs a request in: the value of the `Authorization` header, how long it is valid, and the last answer of a token call.

use crate::{
    systems::{
        formats::{lists::Lists, xml},
        http::answers::Answer,
    },
    value::{Value, encoding::without_mark, unique},
};
use reqwest::header::{HeaderValue, SET_COOKIE};
use serde_json::{Map, Value as Json};
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Tokens are renewed this long before they expire; short-lived ones after nine tenths of their lifetime.
const MARGIN: Duration = Duration::from_secs(60);

/// What signs a request in.
pub struct Token {
    /// The value of the `Authorization` header; none where other headers sign in.
    pub header: Option<HeaderValue>,
    ends: Option<Instant>,
    /// Whether the system has ever accepted it.
    pub(super) proved: AtomicBool,
}

impl Token {
    pub(super) fn new(header: Option<HeaderValue>, life: Option<Duration>, now: Instant) -> Self {
        // A life beyond what a clock can tell has no end.
        let ends = life.and_then(|life| now.checked_add(life.saturating_sub(MARGIN.min(life / 10))));
        Self { header, ends, proved: AtomicBool::new(false) }
    }

    /// Records that the system accepted it.
    pub fn prove(&self) {
        self.proved.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_good(&self, now: Instant) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}

/// What a token call was answered with: `token.PATH`, and `token.cookies`.
#[derive(Clone, Default)]
pub struct TokenAnswer {
    body: Json,
    cookies: Option<String>,
    /// A member that is there more than once: which of its values counts is unknown.
    twice: Option<String>,
}

/// Members whose text is a secret, by a part of their name.
const SECRET_NAMES: [&str; 8] = ["token", "secret", "password", "session", "ticket", "assertion", "jwt", "key"];

/// A shorter text is no secret that could be told from an ordinary word.
const SHORTEST_SECRET: usize = 8;

impl TokenAnswer {
    pub(super) fn read(answer: &Answer) -> Self {
        let json = std::str::from_utf8(without_mark(&answer.body)).ok().and_then(|text| unique::tree(text).ok());
        let (body, twice) = json.map_or((None, None), |(body, twice)| (Some(body), twice));
        let tree = || if answer.is_html() { None } else { xml::parse(&answer.body, &Lists::default()).ok() };
        Self { body: body.or_else(tree).unwrap_or(Json::Null), cookies: cookies(answer), twice }
    }

    /// A member that is there more than once.
    pub(super) fn doubled(&self) -> Option<&str> {
        self.twice.as_deref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.body.is_null()
    }

    pub(super) const fn body(&self) -> &Json {
        &self.body
    }

    /// The value at a path; all of the answer where there is none.
    pub fn value(&self, path: &[String]) -> Value {
        match path {
            [] if self.body.is_null() => Value::Null,
            [] => Value::Json(Box::new(self.body.clone())),
            [one] if one == "cookies" => self.cookies.as_ref().map_or(Value::Null, Value::text),
            path => self.text(path).map_or(Value::Null, Value::text),
        }
    }

    /// The text of a plain value.
    pub(super) fn text(&self, path: &[String]) -> Option<String> {
        let text = match path.iter().try_fold(&self.body, |at, name| at.get(name))? {
            Json::String(text) => text.trim().to_owned(),
            Json::Number(number) => number.to_string(),
            Json::Bool(truth) => truth.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// The same with another text at a path.
    pub(super) fn with(mut self, path: &[String], text: &str) -> Self {
        let mut at = &mut self.body;
        for name in path {
            if !at.is_object() {
                *at = Json::Object(Map::new());
            }
            at = &mut at[name.as_str()];
        }
        *at = Json::from(text);
        self
    }

    /// Its texts that are never shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        secrets_in("", &self.body, &mut found);
        let values = self.cookies.iter().flat_map(|all| all.split("; ")).filter_map(|one| one.split_once('=')).map(|(_, value)| value);
        found.extend(values.filter(|value| value.len() >= SHORTEST_SECRET).map(str::to_owned));
        found
    }
}

fn secrets_in(name: &str, json: &Json, found: &mut Vec<String>) {
    match json {
        Json::Object(members) => members.iter().for_each(|(name, inner)| secrets_in(name, inner, found)),
        Json::Array(items) => items.iter().for_each(|item| secrets_in(name, item, found)),
        Json::String(text) => {
            let name = name.to_ascii_lowercase();
            let secret = SECRET_NAMES.iter().any(|part| name.contains(part)) && !name.ends_with("type");
            if secret && text.trim().len() >= SHORTEST_SECRET {
                found.push(text.trim().to_owned());
            }
        }
        _ => {}
    }
}

/// The cookies of an answer as a client sends them back: the last of a name counts, and one that is taken back does not.
fn cookies(answer: &Answer) -> Option<String> {
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for set in answer.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
        let mut parts = set.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
        kept.retain(|(known, _)| *known != name);
        let ended = parts.any(|part| part.to_ascii_lowercase().replace(' ', "") == "max-age=0");
        if !ended && !value.is_empty() {
            kept.push((name, value));
        }
    }
    let pairs: Vec<_> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

/// The last answer of a token call, which every request reads when it is made.
#[derive(Default)]
pub struct TokenCell(RwLock<Option<Arc<TokenAnswer>>>);

impl TokenCell {
    pub(super) fn of(answer: TokenAnswer) -> Self {
        Self(RwLock::new(Some(Arc::new(answer))))
    }

    pub(super) fn get(&self) -> Option<Arc<TokenAnswer>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, answer: TokenAnswer) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(answer));
    }

    /// The value at a path of the answer.
    pub fn value(&self, path: &[String]) -> Value {
        self.get().map_or(Value::Null, |answer| answer.value(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::http::answers::Meaning;
    use reqwest::header::HeaderMap;
    use serde_json::json;

    fn answer(cookies: &[&str], body: &Json) -> Answer {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(SET_COOKIE, cookie.parse().unwrap());
        }
        Answer { status: 200, headers, body: body.to_string().into_bytes(), framed: true, meaning: Meaning::Done }
    }

    #[test]
    fn the_last_cookie_of_a_name_is_sent_back_without_what_it_is_for() {
        let answer = answer(&["a=1; Path=/; HttpOnly", "b=2; Secure", "a=3", "c=4; Max-Age=0", "b=; Path=/"], &json!({}));
        assert_eq!(cookies(&answer).as_deref(), Some("a=3"));
    }

    #[test]
    fn secrets_are_found_by_their_names_at_any_depth() {
        let body = json!({ "token_type": "Bearer-long", "data": [{ "sessionId": "MARKED-1" }], "instance_url": "https://a.example.com",
            "access_token": "MARKED-2", "key": "short" });
        let answer = TokenAnswer::read(&answer(&["sid=MARKED-3; Path=/"], &body));
        assert_eq!(answer.secrets(), ["MARKED-1", "MARKED-2", "MARKED-3"]);
        assert_eq!(answer.value(&["data".into()]), Value::Null);
        assert_eq!(answer.with(&["a".into(), "b".into()], "x").text(&["a".into(), "b".into()]).as_deref(), Some("x"));
    }
}
