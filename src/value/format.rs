//! How one attribute stands in JSON: its type, its formats, its zone; read and written by the same declaration.

use super::{Fault, Kind, Value};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// One form of a value in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A strftime pattern.
    Pattern(String),
    /// Seconds since 1970.
    UnixSeconds,
    /// `"yes" or "no"`: the texts of true and of false.
    Truth(String, String),
}

/// Reads and writes the values of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Codec {
    pub kind: Kind,
    /// `T` without `?`.
    pub required: bool,
    /// Tried in this order when reading; the first writes. Empty: the natural form of the kind.
    pub forms: Vec<Form>,
    /// Of times without an offset.
    pub zone: Option<TimeZone>,
}

impl Codec {
    /// Reads a JSON value; `None` is a path that finds nothing.
    /// A JSON number or boolean may be read as text; nothing else converts. Blank text is [`Value::Null`].
    ///
    /// # Errors
    /// A fault that names the value: not of the type, not in the format.
    pub fn read(&self, _json: Option<&Json>) -> Result<Value, Box<Fault>> {
        todo!()
    }

    /// Writes a value; a missing one is `null`.
    ///
    /// # Errors
    /// A fault if the value can't stand in this form.
    pub fn write(&self, _value: &Value) -> Result<Json, Box<Fault>> {
        todo!()
    }
}
