//! The answers of a stand-in: records in the declared envelope, errors in the declared shape.

pub(crate) mod build;
pub(crate) mod deciders;
pub(crate) mod inverse;
pub(crate) mod render;
pub(crate) mod search;
pub(crate) mod shape;
pub(crate) mod solve;
use crate::compile::{
    program::Program,
    system::{ErrorClass, ErrorRule, Outcome, Place, Rules, System},
};
use crate::sandbox::error::SandboxError;
use crate::value::path::{Found, JsonPath};
use serde_json::{Value as Json, json};

/// An answer, before it is bytes.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

#[derive(Clone, Debug, Default)]
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

    /// Whether its body has something at a path.
    pub fn has(&self, path: &JsonPath) -> bool {
        matches!(&self.body, Body::Json(body) | Body::Plain(body) if !matches!(path.find(body), Found::Nothing))
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
        let mut refusal = Self::new(429, ErrorClass::Limit, &["REQUEST_LIMIT_EXCEEDED", "rate_limit_exceeded"], "too many requests");
        refusal.header = Some(("Retry-After", seconds.to_string()));
        refusal
    }

    pub fn not_found() -> Self {
        Self::new(404, ErrorClass::Gone, &[], "there is nothing here")
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
        let mut refusal = Self::new(status, ErrorClass::Gone, &[], "this record was merged into another");
        refusal.header = Some(("Location", location));
        refusal
    }

    /// What it says to a client.
    const fn outcome(&self) -> Outcome {
        match self.status {
            300..400 => Outcome::Moved,
            _ => Outcome::Error(self.class),
        }
    }

    pub fn not_acceptable(media_type: &str) -> Self {
        Self::new(406, ErrorClass::Invalid, &["INVALID_ACCEPT_HEADER"], format!("only {media_type} is answered here"))
    }

    pub fn stale() -> Self {
        Self::new(412, ErrorClass::Conflict, &[], "the record has changed since")
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

/// A refusal as the rules of a call say it: by a code that they list for its class, by a rule for the class, and with the words where
/// errors have theirs; plain text where they say nothing.
pub fn refused(system: &System, rules: &Rules, mut refusal: Refusal) -> Answer {
    let mut answer = Answer { status: refusal.status, headers: Vec::new(), body: Body::Text(refusal.message.clone()) };
    if let Some(rule) = error_rule(rules, &refusal) {
        answer.body = Body::Json(if system.speaks_scim() { scim_error(refusal.status) } else { Json::Null });
        let code = code_of(rule, &refusal);
        say(&mut answer, rule.when.as_ref());
        put(rule.message.as_ref(), Some(json!(refusal.message)), &mut answer);
        put(rule.code.as_ref(), code.map(Json::String), &mut answer);
    }
    if let Some(when) = rules.of(Outcome::Error(refusal.class)).next() {
        if matches!(answer.body, Body::Text(_)) && asks_body(when) {
            answer.body = Body::Json(Json::Null);
        }
        solve::make(&mut answer, when, true);
    }
    answer = deciders::meant(rules, refusal.outcome(), answer);
    // A text in place of JSON or XML is of a server before the system, and says nothing of a record.
    if let (Body::Text(text), ErrorClass::Gone) = (&answer.body, refusal.class) {
        answer.body = Body::Json(json!({ "error": { "message": text } }));
    }
    answer.headers.extend(refusal.header.take().map(|(name, value)| (name.to_owned(), value)));
    answer
}

fn say(answer: &mut Answer, when: Option<&Program>) {
    if let Some(when) = when {
        solve::make(answer, when, true);
    }
}

/// Whether a condition asks for anything in the body.
pub(crate) fn asks_body(when: &Program) -> bool {
    when.uses(|name| matches!(name, crate::compile::program::Name::Answer(_)))
}

fn scim_error(status: u16) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string() })
}

/// The rule by which a refusal is answered: one that lists its code, else one that lists its class, else the first with a message.
fn error_rule<'r>(rules: &'r Rules, refusal: &Refusal) -> Option<&'r ErrorRule> {
    let with = |fits: &dyn Fn(&(String, ErrorClass)) -> bool| {
        rules.errors.iter().find(|rule| rule.message.is_some() && rule.classes.iter().any(fits))
    };
    let best = with(&|(code, _)| refusal.codes.contains(&code.as_str()));
    let class = || with(&|(_, class)| *class == refusal.class);
    best.or_else(class).or_else(|| rules.errors.iter().find(|rule| rule.message.is_some()))
}

/// The code of a refusal: a preferred one, else the first of its class.
fn code_of(rule: &ErrorRule, refusal: &Refusal) -> Option<String> {
    let codes = || rule.classes.iter().filter(|(_, class)| *class == refusal.class).map(|(code, _)| code);
    codes().find(|code| refusal.codes.contains(&code.as_str())).or_else(|| codes().next()).cloned()
}

/// Puts a value where an expression reads it: at its path or header, the first of several.
fn put(place: Option<&Program>, value: Option<Json>, answer: &mut Answer) {
    if let (Some(place), Some(value)) = (place, value) {
        solve::put_at(answer, place, value);
    }
}

/// Puts something into the body or a header, as declared.
pub fn place(place: &Place, value: Json, answer: &mut Answer) {
    match (place, &mut answer.body) {
        (Place::Path(path), Body::Json(body)) => build::put(path, body, value),
        (Place::Header(name), _) => answer.headers.push((name.clone(), build::text(&value))),
        (Place::Made(made), _) => inverse::give(answer, made, value),
        _ => {}
    }
}
