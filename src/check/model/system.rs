//! A checked system: how to talk to it, with settings still open.

use super::{
    Setting, SettingId, debugged,
    expr::Expr,
    optional_path, path, regex,
    request::{self, InPart},
    shown, value_list,
    wire::{Access, Direction},
};
use crate::{
    diagnose::Span,
    value::{Type, Value, canonical::Comparison, format::Form, path::JsonPath},
};
use serde::{Serialize, Serializer};

pub type Auth = request::Auth<Expr>;
pub type AuthKind = request::AuthKind<Expr>;
pub type Body = request::Body<Expr>;
pub type Call = request::Call<Expr>;
pub type Discovery = request::Discovery<Expr>;
pub type Ends = request::Ends<Expr>;
pub type Http = request::Http<Expr>;
pub type Parameter = request::Parameter<Expr>;
pub type Part = request::Part<Expr>;
pub type Verify = request::Verify<Expr>;

/// Something that a later version makes run: an error where a pipeline needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    pub code: &'static str,
    pub span: Span,
    /// `signing in by OAuth 2`
    pub what: String,
}

#[derive(Debug, Serialize)]
pub struct System {
    pub name: String,
    pub title: String,
    #[serde(skip)]
    pub settings: Vec<Setting>,
    pub connection: Connection,
    #[serde(skip)]
    pub collections: Vec<Collection>,
    #[serde(skip)]
    pub later: Vec<Later>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub enum Connection {
    Http(Box<Http>),
    Files,
}

/// What a list shows: closed accounts too, or open ones only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Lists {
    All,
    OpenOnly,
}

#[derive(Debug, Serialize)]
pub struct Collection {
    pub name: String,
    pub key: Option<usize>,
    #[serde(skip)]
    pub key_span: Option<Span>,
    pub label: Option<Expr>,
    pub changed: Option<usize>,
    /// What its `list` shows, where it says so.
    pub lists: Option<Lists>,
    /// Seconds.
    pub consistent_within: u64,
    /// The hash of a plan counts those that are declared; of those that the system tells, a plan counts what it uses.
    #[serde(serialize_with = "declared")]
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
    #[serde(skip)]
    pub later: Vec<Later>,
    /// Whether something about it was wrong, so that what it lacks is not held against it.
    #[serde(skip)]
    pub broken: bool,
    #[serde(skip)]
    pub span: Span,
    #[serde(skip)]
    pub name_span: Span,
}

fn declared<S: Serializer>(all: &[Attribute], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().filter(|one| !one.discovered))
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

    /// Whether all of its values come as texts: in XML and CSV.
    #[must_use]
    pub fn has_texts(&self) -> bool {
        self.attributes.first().is_some_and(|attribute| attribute.texts)
    }

    /// Whether all its records can be read.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.list.is_some() || self.file.is_some()
    }
}

#[derive(Debug, Serialize)]
pub struct Attribute {
    pub name: String,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    #[serde(serialize_with = "path")]
    pub path: JsonPath,
    #[serde(serialize_with = "optional_path")]
    pub written_at: Option<JsonPath>,
    pub forms: Vec<FormSource>,
    pub zone: Option<String>,
    pub unique: bool,
    #[serde(serialize_with = "debugged")]
    pub comparison: Comparison,
    pub direction: Direction,
    pub create_only: bool,
    pub secret: bool,
    pub public: bool,
    pub effect: Option<String>,
    pub access: Option<Access>,
    pub up_to: Option<u64>,
    #[serde(serialize_with = "value_list")]
    pub one_of: Vec<Value>,
    #[serde(serialize_with = "regex")]
    pub matches: Option<::regex::Regex>,
    pub clear_as: Option<String>,
    pub requested_as: Option<String>,
    /// Of a part: which, and where it stands in there.
    pub part: Option<InPart>,
    /// The system itself told of it.
    pub discovered: bool,
    /// It comes as a text, whatever its type: in XML and CSV.
    #[serde(skip)]
    pub texts: bool,
    /// Whether its declaration was wrong in itself.
    #[serde(skip)]
    pub broken: bool,
    #[serde(skip)]
    pub span: Span,
}

/// A form, or the setting that names it.
#[derive(Clone, Debug, Serialize)]
pub enum FormSource {
    Fixed(#[serde(serialize_with = "debugged")] Form),
    Setting(SettingId),
}

#[derive(Debug, Serialize)]
pub struct File {
    pub path: Expr,
    pub format: super::wire::FileFormat,
}

impl Attribute {
    /// Its type where it is read: the part that it belongs to may be missing as a whole.
    #[must_use]
    pub fn read_type(&self) -> Type {
        Type { optional: self.ty.optional || self.part.is_some(), ..self.ty.clone() }
    }

    /// The name without that of its part.
    #[must_use]
    pub fn bare_name(&self) -> &str {
        match &self.part {
            Some(_) => self.name.split_once('.').map_or(&*self.name, |(_, bare)| bare),
            None => &self.name,
        }
    }

    /// Whether it can be emptied.
    #[must_use]
    pub const fn is_clearable(&self) -> bool {
        self.ty.optional && !matches!(self.direction, Direction::ReadOnly)
    }

    /// Whether it can be read back.
    #[must_use]
    pub const fn is_read(&self) -> bool {
        !matches!(self.direction, Direction::WriteOnly)
    }

    /// Whether it can be written.
    #[must_use]
    pub const fn is_written(&self) -> bool {
        !matches!(self.direction, Direction::ReadOnly)
    }
}
