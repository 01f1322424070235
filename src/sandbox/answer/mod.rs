//! The answers of a stand-in: records in the declared envelope, errors in the declared shape.

pub(crate) mod build;
pub(crate) mod render;
pub(crate) mod shape;
use crate::compile::system::{ErrorClass, ErrorShape, ErrorSign, Http, Place, System};
use crate::sandbox::error::SandboxError;
use serde_json::{Value as Json, json};

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
    /// In the system's format.
    Json(Json),
    /// JSON, even if the system's format is another.
    Plain(Json),
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
    /// The preferred codes, of which the first that the system declares is used.
    pub codes: &'static [&'static str],
    pub message: String,
    pub header: Option<(&'static str, String)>,
}

impl Refusal {
    fn new(status: u16, class: ErrorClass, codes: &'static [&'static str], message: impl Into<String>) -> Self {
        Self { status, class, codes, message: message.into(), header: None }
    }

    pub fn auth() -> Self {
        let mut refusal = Self::new(401, ErrorClass::Auth, &["INVALID_SESSION_ID"], "these credentials are not known here");
        refusal.header = Some(("WWW-Authenticate", "Bearer".to_owned()));
        refusal
    }

    pub fn limit(seconds: u64) -> Self {
        let mut refusal =
            Self::new(429, ErrorClass::Limit, &["tooMany", "REQUEST_LIMIT_EXCEEDED", "rate_limit_exceeded"], "too many requests");
        refusal.header = Some(("Retry-After", seconds.to_string()));
        refusal
    }

    pub fn not_found() -> Self {
        Self::new(404, ErrorClass::Missing, &[], "there is nothing here")
    }

    pub fn method(allowed: &str) -> Self {
        let mut refusal = Self::new(405, ErrorClass::Invalid, &[], "this method is not for this address");
        refusal.header = Some(("Allow", allowed.to_owned()));
        refusal
    }

    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        let codes: &[&str] = match code {
            "invalidSyntax" => &["invalidSyntax", "SYNTAX_ERROR"],
            "invalidFilter" => &["invalidFilter", "INVALID_FILTER", "MALFORMED_QUERY"],
            "invalidMarker" => &["INVALID_MARKER"],
            "invalidPath" => &["invalidPath"],
            "noTarget" => &["noTarget"],
            "mutability" => &["mutability"],
            _ => &["invalidValue", "FIELD_ERROR"],
        };
        Self::new(400, ErrorClass::Invalid, codes, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, ErrorClass::Conflict, &["uniqueness", "taken"], message)
    }

    /// The record was merged into another one.
    pub fn moved(status: u16, location: String) -> Self {
        let mut refusal = Self::new(status, ErrorClass::Missing, &[], "this record was merged into another");
        refusal.header = Some(("Location", location));
        refusal
    }

    pub fn not_acceptable(media_type: &str) -> Self {
        Self::new(406, ErrorClass::Invalid, &["INVALID_ACCEPT_HEADER"], format!("only {media_type} is answered here"))
    }

    pub fn stale() -> Self {
        Self::new(412, ErrorClass::Conflict, &["invalidVers"], "the record has changed since")
    }
}

impl From<SandboxError> for Refusal {
    fn from(error: SandboxError) -> Self {
        Self::new(500, ErrorClass::Temporary, &[], error.to_string())
    }
}

impl From<String> for Refusal {
    fn from(sentence: String) -> Self {
        Self::new(500, ErrorClass::Temporary, &[], sentence)
    }
}

/// A refusal, in the shape of error that the system declares for it: one that has its code, else one that has its class, else the
/// first with a message; plain text where it declares none.
pub fn refused(system: &System, http: &Http, mut refusal: Refusal) -> Answer {
    let mut answer = Answer { status: refusal.status, headers: Vec::new(), body: Body::Text(refusal.message.clone()) };
    if let Some(shape) = shape_of(&http.errors, &refusal) {
        let mut body = if system.speaks_scim() { scim_error(refusal.status) } else { Json::Null };
        let code = code_of(&shape.classes, &refusal);
        put(shape.message.as_ref(), Some(json!(refusal.message)), &mut body, &mut answer.headers);
        put(shape.code.as_ref(), code.map(Json::String), &mut body, &mut answer.headers);
        answer.status = status_of(&shape.classes, &refusal);
        answer.body = Body::Json(body);
    }
    answer.headers.extend(refusal.header.take().map(|(name, value)| (name.to_owned(), value)));
    answer
}

fn scim_error(status: u16) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string() })
}

fn shape_of<'s>(shapes: &'s [ErrorShape], refusal: &Refusal) -> Option<&'s ErrorShape> {
    let with = |fits: &dyn Fn(&(ErrorSign, ErrorClass)) -> bool| {
        shapes.iter().find(|shape| shape.message.is_some() && shape.classes.iter().any(fits))
    };
    let best = with(&|(sign, _)| matches!(sign, ErrorSign::Code(code) if refusal.codes.contains(&code.as_str())));
    let class = || with(&|(_, class)| *class == refusal.class);
    best.or_else(class).or_else(|| shapes.iter().find(|shape| shape.message.is_some()))
}

/// The code of a refusal: a preferred one, else the first of its class.
fn code_of(classes: &[(ErrorSign, ErrorClass)], refusal: &Refusal) -> Option<String> {
    let codes = || {
        classes.iter().filter_map(|(sign, class)| match sign {
            ErrorSign::Code(code) if *class == refusal.class => Some(code),
            _ => None,
        })
    };
    codes().find(|code| refusal.codes.contains(&code.as_str())).or_else(|| codes().next()).cloned()
}

/// The status for an invalid record: the system's own, if it declares one.
fn status_of(classes: &[(ErrorSign, ErrorClass)], refusal: &Refusal) -> u16 {
    let own = classes.iter().find_map(|(sign, class)| match sign {
        ErrorSign::Status(status) if *class == refusal.class => Some(*status),
        _ => None,
    });
    own.filter(|_| matches!(refusal.status, 400 | 409)).unwrap_or(refusal.status)
}

fn put(place: Option<&Place>, value: Option<Json>, body: &mut Json, headers: &mut Vec<(String, String)>) {
    match (place, value) {
        (Some(Place::Path(path)), Some(value)) => build::put(path, body, value),
        (Some(Place::Header(name)), Some(value)) => {
            headers.push((name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        }
        _ => {}
    }
}

/// Puts something into the body or a header, as declared.
pub fn place(place: &Place, value: Json, answer: &mut Answer) {
    if let Body::Json(body) = &mut answer.body {
        put(Some(place), Some(value), body, &mut answer.headers);
    }
}
