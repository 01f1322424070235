//! A system, compiled: how to talk to it. Settings have become constants, secrets stay names.

use super::{Line, program::Program};
pub use crate::check::model::{
    request::{self, Batch, DiscoveredType, Grant, InPart, Results},
    wire::{
        Access, BodyFormat, Direction, ErrorClass, ErrorShape, ErrorSign, FileFormat, Limit, OnUnknown, Page, PageBy, Place, Repeat, Retry,
        StatusSet, WireFormat,
    },
};
use crate::value::{Type, Value, canonical::Comparison, format::Codec, path::JsonPath};

pub type Auth = request::Auth<Program>;
pub type AuthKind = request::AuthKind<Program>;
pub type OAuth2 = request::OAuth2<Program>;
pub type Body = request::Body<Program>;
pub type Call = request::Call<Program>;
pub type Discovery = request::Discovery<Program>;
pub type Ends = request::Ends<Program>;
pub type Http = request::Http<Program>;
pub type Parameter = request::Parameter<Program>;
pub type Part = request::Part<Program>;
pub type Verify = request::Verify<Program>;

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
    /// How it is spoken to; none for a system of files.
    #[must_use]
    pub fn http(&self) -> Option<&Http> {
        if let Connection::Http(http) = &self.connection { Some(http) } else { None }
    }

    /// Whether all of it speaks SCIM: it says so, or an update is a SCIM patch.
    #[must_use]
    pub fn speaks_scim(&self) -> bool {
        let patches = |call: &Call| call.body.as_ref().is_some_and(|body| body.format == BodyFormat::ScimPatch);
        let Some(http) = self.http() else { return false };
        http.format == WireFormat::ScimJson || self.collections.iter().filter_map(|collection| collection.update.as_ref()).any(patches)
    }
}

#[derive(Debug)]
pub enum Connection {
    Http(Box<Http>),
    /// Each collection is a file.
    Files,
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
    pub lists_all: bool,
    /// Seconds a look-up may lag behind a write.
    pub consistent_within: u64,
    pub attributes: Vec<Attribute>,
    pub parts: Vec<Part>,
    /// Of the record itself; a part has its own.
    pub discovery: Option<Discovery>,
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
    pub requested_as: Option<String>,
    /// Of a part: which, and where it stands in there; `path` is where it stands in the whole record.
    pub part: Option<InPart>,
    pub line: Line,
}

impl Attribute {
    /// Whether it can be written at all.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.direction != Direction::ReadOnly
    }

    /// Where it is written.
    #[must_use]
    pub fn write_path(&self) -> &JsonPath {
        self.written_at.as_ref().unwrap_or(&self.path)
    }
}

/// `file "F" csv | json | json_lines`
#[derive(Debug)]
pub struct File {
    /// Relative to the folder of the pipeline.
    pub path: Program,
    pub format: FileFormat,
}
