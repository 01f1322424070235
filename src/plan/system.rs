//! A system, compiled: how to talk to it. Settings have become constants, secrets stay names.

use super::{Line, program::Program};
pub use crate::check::model::wire::{
    Access, BodyFormat, Direction, ErrorClass, ErrorShape, ErrorSign, FileFormat, Limit, OnUnknown, Page, PageBy, Place, Repeat, Retry,
    StatusSet, WireFormat,
};
use crate::value::{Type, Value, canonical::Comparison, format::Codec, path::JsonPath};

/// A system as a plan uses it.
#[derive(Debug)]
pub struct System {
    pub name: String,
    pub title: String,
    pub connection: Connection,
    pub collections: Vec<Collection>,
    /// Secrets by name, and whether one is required.
    pub secrets: Vec<(String, bool)>,
    /// Where it is declared.
    pub line: Line,
}

impl System {
    /// Whether all of it speaks SCIM: it says so, or an update is a SCIM patch.
    #[must_use]
    pub fn speaks_scim(&self) -> bool {
        let patches = |call: &Call| call.body.as_ref().is_some_and(|body| body.format == BodyFormat::ScimPatch);
        let Connection::Http(http) = &self.connection else { return false };
        http.format == WireFormat::ScimJson || self.collections.iter().filter_map(|collection| collection.update.as_ref()).any(patches)
    }
}

#[derive(Debug)]
pub enum Connection {
    Http(Box<Http>),
    /// Each collection is a file.
    Files,
}

/// `http BASE { … }`
#[derive(Debug)]
pub struct Http {
    pub base: Program,
    pub auth: Vec<Auth>,
    pub headers: Vec<Parameter>,
    pub queries: Vec<Parameter>,
    pub format: WireFormat,
    pub verify: Option<Verify>,
    pub limit: Option<Limit>,
    pub retry: Option<Retry>,
    pub errors: Vec<ErrorShape>,
}

#[derive(Debug)]
pub struct Auth {
    pub when: Option<Program>,
    pub kind: AuthKind,
}

#[derive(Debug)]
pub enum AuthKind {
    Basic { user: Program, password: Program },
    Bearer { token: Program },
}

/// A header or a query: not sent where the value or the condition's answer is missing.
#[derive(Debug)]
pub struct Parameter {
    pub name: String,
    pub value: Program,
    pub when: Option<Program>,
}

#[derive(Debug)]
pub struct Verify {
    pub method: String,
    /// A template; it may hold a query.
    pub path: Program,
    pub identity: Option<JsonPath>,
}

/// `collection NAME { … }`
#[derive(Debug)]
pub struct Collection {
    pub name: String,
    /// Index of the attribute that names a record.
    pub key: Option<usize>,
    /// How people name a record, over its own attributes.
    pub label: Option<Program>,
    /// Index of the attribute that tells the newest.
    pub changed: Option<usize>,
    /// The list shows closed accounts too.
    pub lists_closed: bool,
    /// Seconds a look-up may lag behind a write.
    pub settles_within: u64,
    pub attributes: Vec<Attribute>,
    pub list: Option<Call>,
    pub get: Option<Call>,
    pub finds: Vec<(usize, Call)>,
    pub create: Option<Call>,
    pub update: Option<Call>,
    pub delete: Option<Call>,
    pub named: Vec<(String, Call)>,
    pub file: Option<File>,
    pub line: Line,
}

impl Collection {
    /// An attribute by its name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.name == name)
    }

    /// The attribute that opens or closes an account.
    #[must_use]
    pub fn access(&self) -> Option<(usize, &Access)> {
        self.attributes.iter().enumerate().find_map(|(at, attribute)| attribute.access.as_ref().map(|access| (at, access)))
    }

    /// The call that looks records up by an attribute.
    #[must_use]
    pub fn find_by(&self, attribute: usize) -> Option<&Call> {
        self.finds.iter().find(|(by, _)| *by == attribute).map(|(_, call)| call)
    }
}

/// `NAME : TYPE …`
#[derive(Debug)]
pub struct Attribute {
    /// `email`, or `address.line_1` for one of a part.
    pub name: String,
    pub ty: Type,
    pub path: JsonPath,
    /// Where it is written, if elsewhere.
    pub written_at: Option<JsonPath>,
    pub codec: Codec,
    pub unique: bool,
    pub comparison: Comparison,
    pub direction: Direction,
    pub create_only: bool,
    pub secret: bool,
    pub public: bool,
    /// What writing it does to a person: `a welcome e-mail`.
    pub effect: Option<String>,
    pub access: Option<Access>,
    pub up_to: Option<u64>,
    pub one_of: Vec<Value>,
    pub matches: Option<regex::Regex>,
    /// `clear as ""`
    pub clear_as: Option<String>,
    pub asked_as: Option<String>,
    pub line: Line,
}

impl Attribute {
    /// Where it is written.
    #[must_use]
    pub fn write_path(&self) -> &JsonPath {
        self.written_at.as_ref().unwrap_or(&self.path)
    }
}

/// A call of the system.
#[derive(Debug)]
pub struct Call {
    pub method: String,
    /// A template over the record in the call.
    pub path: Program,
    pub queries: Vec<Parameter>,
    pub headers: Vec<Parameter>,
    pub items: Option<JsonPath>,
    pub item: Option<JsonPath>,
    pub total: Option<Place>,
    pub page: Option<Page>,
    pub ends: Vec<Ends>,
    pub body: Option<Body>,
    pub good: Vec<u16>,
    /// Whether it may be sent again without a look-up.
    pub repeat: Repeat,
    pub on_unknown: OnUnknown,
    pub line: Line,
}

#[derive(Debug)]
pub enum Ends {
    When(Program),
    OnStatus(u16),
    OnEmptyPage,
    OnShortPage,
}

#[derive(Debug)]
pub struct Body {
    pub format: BodyFormat,
    pub lines: Vec<(JsonPath, Program)>,
}

/// `file "F" csv | json | json_lines`
#[derive(Debug)]
pub struct File {
    /// Relative to the folder of the pipeline.
    pub path: Program,
    pub format: FileFormat,
}
