//! The parts of a system that contain no expressions, and are the same in checked and in compiled form.

pub use crate::syntax::tree::{ErrorClass, Method};

use super::hashed::value;
use crate::value::{Value, encoding::CharacterEncoding, path::JsonPath};
use serde::Serialize;
use std::fmt;

impl Method {
    /// Whether a request that is sent twice has the same effect as one that is sent once.
    #[must_use]
    pub const fn may_repeat(self) -> bool {
        !matches!(self, Self::Post)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum WireFormat {
    Json,
    ScimJson,
    JsonApi,
    Xml,
    Csv,
    JsonLines,
}

impl WireFormat {
    /// The media type that is sent.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::ScimJson => "application/scim+json",
            Self::JsonApi => "application/vnd.api+json",
            Self::Xml => "application/xml",
            Self::Csv => "text/csv",
            Self::JsonLines => "application/x-ndjson",
        }
    }
}

/// `limit N per UNIT, M concurrent`
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Limit {
    pub amount: u64,
    pub per_seconds: u64,
    pub concurrent: Option<u64>,
}

impl std::fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Direction {
    Both,
    ReadOnly,
    WriteOnly,
}

/// `opens [when V]` or `closes [when V]`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Access {
    /// Whether the value gives access (`opens`) or takes it (`closes`).
    pub opens: bool,
    #[serde(serialize_with = "value")]
    pub value: Value,
}

impl Access {
    /// Whether an account with this value of the attribute is open. Without a value it counts as open where the attribute closes
    /// accounts, and as closed where it opens them.
    #[must_use]
    pub fn is_open(&self, value: &Value) -> bool {
        (*value == self.value) == self.opens
    }

    /// Whether a value of the attribute shows if an account is open. A missing value of an attribute that opens accounts does not: nobody
    /// has closed the account, and nothing shows that it is open.
    #[must_use]
    pub fn is_shown(&self, value: &Value) -> bool {
        !(self.opens && value.is_missing())
    }
}

/// How a form writes the values of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ListStyle {
    /// `a=1&a=2`
    Repeated,
    /// `a[]=1&a[]=2`
    Bracketed,
    /// `a[0]=1&a[1]=2`
    Numbered,
}

impl ListStyle {
    /// The style that has this name in files.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "repeated" => Self::Repeated,
            "bracketed" => Self::Bracketed,
            "numbered" => Self::Numbered,
            _ => return None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum BodyFormat {
    Json,
    ScimPatch,
    Form(ListStyle),
    Csv,
    /// The type of the resource.
    JsonApi(String),
    /// The root element.
    Xml(String),
    /// An RFC 5261 diff, made from the record as it is; the root element.
    XmlDiff(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Repeat {
    /// By its method: GET, PUT, PATCH and DELETE may be repeated.
    Safe,
    Never,
    /// `idempotent`, or `idempotent by` an attribute: its index.
    Declared(Option<usize>),
}

/// How the text of a CSV file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CsvOptions {
    pub delimiter: u8,
    pub encoding: CharacterEncoding,
    /// The lines before the header.
    pub skip: u64,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: b',', encoding: CharacterEncoding::Utf8, skip: 0 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum FileFormat {
    Csv(CsvOptions),
    /// With the path of the list inside.
    Json {
        #[serde(serialize_with = "super::hashed::optional_path")]
        items: Option<JsonPath>,
    },
    JsonLines,
}
