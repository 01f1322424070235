//! A system: how to talk to it. `X` is the type of expressions, `C` says how the values of an attribute are written in JSON.

use super::{
    expr::Expr,
    hashed::{debugged, optional_path, optional_value, path, regex, shown, value_list},
    key::Key,
    request::{self, InPart},
    setting::{Setting, SettingId},
    wire::{Access, BodyFormat, Direction, WireFormat},
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
pub type Http = request::Http<Expr>;
pub type Parameter = request::Parameter<Expr>;
pub type Part = request::Part<Expr>;
pub type TokenCall = request::TokenCall<Expr>;

/// Something that a later version makes run: an error where a pipeline needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    pub code: &'static str,
    pub span: Span,
    /// `signing in by OAuth 2`
    pub what: String,
}

#[derive(Debug, Serialize)]
pub struct System<X = Expr, C = Encoding> {
    pub name: String,
    pub title: String,
    #[serde(skip)]
    pub settings: Vec<Setting>,
    pub connection: Connection<X>,
    #[serde(skip)]
    pub collections: Vec<Collection<X, C>>,
    #[serde(skip)]
    pub later: Vec<Later>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub enum Connection<X = Expr> {
    Http(Box<request::Http<X>>),
    /// Each collection is a file.
    Files,
}

impl<X, C> System<X, C> {
    /// How it is spoken to; none for a system of files.
    #[must_use]
    pub fn http(&self) -> Option<&request::Http<X>> {
        if let Connection::Http(http) = &self.connection { Some(http) } else { None }
    }

    /// Its secrets by name, and whether one is required.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, bool)> {
        self.settings.iter().filter(|one| one.secret).map(|one| (one.name.as_str(), !one.ty.optional))
    }

    /// Whether all of it speaks SCIM: it says so, or an update is a SCIM patch.
    #[must_use]
    pub fn speaks_scim(&self) -> bool {
        let patches = |call: &request::Call<X>| call.body.as_ref().is_some_and(|body| body.format == BodyFormat::ScimPatch);
        let Some(http) = self.http() else { return false };
        http.format == WireFormat::ScimJson || self.collections.iter().filter_map(|collection| collection.update.as_ref()).any(patches)
    }
}

/// What a list shows: closed accounts too, or open ones only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Lists {
    All,
    OpenOnly,
}

/// How long a look-up may lag behind a write, unless the collection says so.
pub const CONSISTENT_WITHIN: u64 = 60;

/// `collection NAME { … }`
#[derive(Debug, Serialize)]
#[serde(bound(serialize = "X: Serialize, Attribute<C>: Serialize"))]
pub struct Collection<X = Expr, C = Encoding> {
    pub name: String,
    /// The attributes that name a record.
    pub key: Key,
    #[serde(skip)]
    pub key_span: Option<Span>,
    /// How people name a record, over its own attributes.
    pub label: Option<X>,
    /// Index of the attribute that tells the newest.
    pub changed: Option<usize>,
    /// What its `list` shows, where it says so.
    pub lists: Option<Lists>,
    /// Seconds a look-up may lag behind a write.
    pub consistent_within: u64,
    /// Whether the file says how long that is.
    pub declares_consistency: bool,
    /// Declared and discovered ones. The hash of a plan covers the declared ones, and of the discovered ones those that the plan uses.
    #[serde(serialize_with = "declared")]
    pub attributes: Vec<Attribute<C>>,
    pub parts: Vec<request::Part<X>>,
    /// Of the record itself; a part has its own.
    pub discovery: Option<request::Discovery<X>>,
    pub list: Option<request::Call<X>>,
    /// Further lists, which are read together with the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more_lists: Vec<request::Call<X>>,
    pub get: Option<request::Call<X>>,
    pub finds: Vec<(usize, request::Call<X>)>,
    pub create: Option<request::Call<X>>,
    pub update: Option<request::Call<X>>,
    pub delete: Option<request::Call<X>>,
    pub named: Vec<(String, request::Call<X>)>,
    pub file: Option<File<X>>,
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

fn declared<C, S: Serializer>(all: &[Attribute<C>], to: S) -> Result<S::Ok, S::Error>
where
    Attribute<C>: Serialize,
{
    to.collect_seq(all.iter().filter(|one| !one.discovered))
}

impl<X, C> Collection<X, C> {
    /// A collection that has no more than a name.
    #[must_use]
    pub fn new(name: &str, span: Span, name_span: Span) -> Self {
        Self {
            name: name.to_owned(),
            key: Key::default(),
            key_span: None,
            label: None,
            changed: None,
            lists: None,
            consistent_within: CONSISTENT_WITHIN,
            declares_consistency: false,
            attributes: Vec::new(),
            parts: Vec::new(),
            discovery: None,
            list: None,
            more_lists: Vec::new(),
            get: None,
            finds: Vec::new(),
            create: None,
            update: None,
            delete: None,
            named: Vec::new(),
            file: None,
            later: Vec::new(),
            broken: false,
            span,
            name_span,
        }
    }

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
    pub fn find_by(&self, attribute: usize) -> Option<&request::Call<X>> {
        self.finds.iter().find(|(by, _)| *by == attribute).map(|(_, call)| call)
    }

    /// Whether its list shows closed accounts too. Files have no other list.
    #[must_use]
    pub fn lists_all(&self) -> bool {
        self.lists == Some(Lists::All) || self.file.is_some()
    }

    /// All lists, in their order.
    pub fn all_lists(&self) -> impl Iterator<Item = &request::Call<X>> {
        self.list.iter().chain(&self.more_lists)
    }

    /// Whether all its records can be read.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.list.is_some() || self.file.is_some()
    }
}

/// `NAME : TYPE …`
#[derive(Debug, Serialize)]
#[serde(bound(serialize = "C: Serialize"))]
pub struct Attribute<C = Encoding> {
    /// `email`, or `address.line_1` for one of a part.
    pub name: String,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    #[serde(serialize_with = "path")]
    pub path: JsonPath,
    /// Where it is written, if elsewhere.
    #[serde(serialize_with = "optional_path")]
    pub written_at: Option<JsonPath>,
    #[serde(flatten)]
    pub codec: C,
    pub unique: bool,
    #[serde(serialize_with = "debugged")]
    pub comparison: Comparison,
    pub direction: Direction,
    pub create_only: bool,
    pub secret: bool,
    pub public: bool,
    /// What writing it does to a person: `a welcome e-mail`.
    pub effect: Option<String>,
    pub access: Option<Access>,
    pub up_to: Option<u64>,
    #[serde(serialize_with = "value_list")]
    pub one_of: Vec<Value>,
    #[serde(serialize_with = "regex")]
    pub matches: Option<::regex::Regex>,
    /// What is sent to empty it: the first value of `missing as`.
    pub clear_as: Option<serde_json::Value>,
    pub requested_as: Option<String>,
    /// Lists leave it out: its value is in the answer of `get` alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_get: bool,
    /// Of a part: which, and its path in it; `path` is its path in the whole record.
    pub part: Option<InPart>,
    /// No element shows it: `where` of the list tells it, or the key that was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unshown: bool,
    /// The system itself listed it.
    pub discovered: bool,
    /// Whether its declaration was wrong in itself.
    #[serde(skip)]
    pub broken: bool,
    #[serde(skip)]
    pub span: Span,
}

/// How the values of an attribute are written in JSON, while settings are open; once compiled, it is a codec.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Encoding {
    pub forms: Vec<FormSource>,
    pub zone: Option<String>,
    /// It comes as a text, whatever its type: in XML and CSV.
    #[serde(skip)]
    pub texts: bool,
    /// It belongs to the key of its collection.
    #[serde(skip)]
    pub as_key: bool,
    /// `missing as VALUE,…`, of the attribute or of the whole system.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_as: Vec<serde_json::Value>,
    /// `at $.active ?? false`: the value where the record has none.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_value")]
    pub absent: Option<Value>,
}

/// A form, or the setting that names it.
#[derive(Clone, Debug, Serialize)]
pub enum FormSource {
    Fixed(#[serde(serialize_with = "debugged")] Form),
    Setting(SettingId),
}

/// `file [newest] "F" FORMAT`
#[derive(Debug, Serialize)]
pub struct File<X = Expr> {
    /// Relative to the folder of the pipeline.
    pub path: X,
    /// The path is a pattern, and the newest file that fits it is read.
    pub newest: bool,
    pub format: super::wire::FileFormat,
}

impl<C> Attribute<C> {
    /// An attribute of which nothing more is said than where it is.
    #[must_use]
    pub fn new(name: &str, ty: Type, path: JsonPath, codec: C, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            ty,
            path,
            written_at: None,
            codec,
            unique: false,
            comparison: Comparison::default(),
            direction: Direction::Both,
            create_only: false,
            secret: false,
            public: false,
            effect: None,
            access: None,
            up_to: None,
            one_of: Vec::new(),
            matches: None,
            clear_as: None,
            requested_as: None,
            from_get: false,
            part: None,
            unshown: false,
            discovered: false,
            broken: false,
            span,
        }
    }

    /// Whether a record that is sent has a place for it.
    #[must_use]
    pub const fn is_in_body(&self) -> bool {
        !self.unshown || self.written_at.is_some()
    }

    /// What asks for it in a request: the name that it says, or its paths.
    #[must_use]
    pub fn requested_names(&self) -> Vec<String> {
        match &self.requested_as {
            Some(name) => vec![name.clone()],
            None => self.path.alternatives().map(JsonPath::dotted).collect(),
        }
    }

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

    /// Where it is written.
    #[must_use]
    pub fn write_path(&self) -> &JsonPath {
        self.written_at.as_ref().unwrap_or(&self.path)
    }

    /// Whether it can be written.
    #[must_use]
    pub const fn is_written(&self) -> bool {
        !matches!(self.direction, Direction::ReadOnly)
    }
}

impl Collection {
    /// Whether all of its values come as texts: in XML and CSV.
    #[must_use]
    pub fn has_texts(&self) -> bool {
        self.attributes.first().is_some_and(|attribute| attribute.codec.texts)
    }
}
