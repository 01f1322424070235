//! What a stand-in answers: records in the declared envelope, errors in the declared shape.

use crate::{
    plan::system::{ErrorClass, ErrorSign, Http, Place, System},
    value::path::JsonPath,
};
use serde_json::{Map, Value as Json, json};

/// An answer, before it is bytes.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

#[derive(Debug, Default)]
pub enum Body {
    #[default]
    None,
    Json(Json),
    Text(String),
    Html(String),
}

impl Answer {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: Json) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// The same answer with one more header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub class: ErrorClass,
    /// The code that says it best, if the system declares it.
    pub code: &'static str,
    pub message: String,
    pub header: Option<(&'static str, String)>,
}

impl Refusal {
    fn new(status: u16, class: ErrorClass, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, class, code, message: message.into(), header: None }
    }

    pub fn auth() -> Self {
        let mut refusal = Self::new(401, ErrorClass::Auth, "", "these credentials are not known here");
        refusal.header = Some(("WWW-Authenticate", "Bearer".to_owned()));
        refusal
    }

    pub fn limit(seconds: u64) -> Self {
        let mut refusal = Self::new(429, ErrorClass::Limit, "tooMany", "too many requests");
        refusal.header = Some(("Retry-After", seconds.to_string()));
        refusal
    }

    pub fn not_found() -> Self {
        Self::new(404, ErrorClass::Missing, "", "there is nothing here")
    }

    pub fn method(allowed: &str) -> Self {
        let mut refusal = Self::new(405, ErrorClass::Invalid, "", "this method is not for this address");
        refusal.header = Some(("Allow", allowed.to_owned()));
        refusal
    }

    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, ErrorClass::Invalid, code, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, ErrorClass::Conflict, "uniqueness", message)
    }

    pub fn stale() -> Self {
        Self::new(412, ErrorClass::Conflict, "invalidVers", "the record has changed since")
    }
}

impl From<String> for Refusal {
    fn from(sentence: String) -> Self {
        Self::new(500, ErrorClass::Temporary, "", sentence)
    }
}

/// A refusal, in the first shape of error that the system declares; plain text where it declares none.
pub fn refused(system: &System, http: &Http, refusal: Refusal) -> Answer {
    let mut answer = Answer { status: refusal.status, headers: Vec::new(), body: Body::Text(refusal.message.clone()) };
    if let Some(shape) = http.errors.first() {
        let mut body = if system.speaks_scim() { scim_error(refusal.status) } else { Json::Object(Map::new()) };
        let code = code_of(&shape.classes, &refusal);
        put(shape.message.as_ref(), Some(json!(refusal.message)), &mut body, &mut answer.headers);
        put(shape.code.as_ref(), code.map(Json::String), &mut body, &mut answer.headers);
        answer.body = Body::Json(body);
    }
    answer.headers.extend(refusal.header.map(|(name, value)| (name.to_owned(), value)));
    answer
}

fn scim_error(status: u16) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string() })
}

/// The code of a refusal: the one that says it best, else the first of its class.
fn code_of(classes: &[(ErrorSign, ErrorClass)], refusal: &Refusal) -> Option<String> {
    let codes = || {
        classes.iter().filter_map(|(sign, class)| match sign {
            ErrorSign::Code(code) if *class == refusal.class => Some(code),
            _ => None,
        })
    };
    codes().find(|code| *code == refusal.code).or_else(|| codes().next()).cloned()
}

fn put(place: Option<&Place>, value: Option<Json>, body: &mut Json, headers: &mut Vec<(String, String)>) {
    match (place, value) {
        (Some(Place::Path(path)), Some(value)) => place_at(path, body, value),
        (Some(Place::Header(name)), Some(value)) => {
            headers.push((name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        }
        _ => {}
    }
}

/// Puts a value where a path points; `$` is the whole body.
pub fn place_at(path: &JsonPath, body: &mut Json, value: Json) {
    if path.text.trim() == "$" {
        *body = value;
    } else {
        path.place(body, value);
    }
}

/// Puts something into the body or a header, as declared.
pub fn place(place: &Place, value: Json, answer: &mut Answer) {
    if let Body::Json(body) = &mut answer.body {
        put(Some(place), Some(value), body, &mut answer.headers);
    }
}
