//! How the model is written for the hash of a plan.

use crate::value::{Value, path::JsonPath};
use serde::{Serialize, Serializer};

/// A value in the canonical text that plans are hashed over.
pub(crate) fn value<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
    crate::value::stored::serialize(value, to)
}

#[derive(Serialize)]
struct Canonical<'a>(#[serde(serialize_with = "value")] &'a Value);

pub(crate) fn optional_value<S: Serializer>(of: &Option<Value>, to: S) -> Result<S::Ok, S::Error> {
    of.as_ref().map(Canonical).serialize(to)
}

pub(crate) fn value_list<S: Serializer>(of: &[Value], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(of.iter().map(Canonical))
}

pub(super) fn values<S: Serializer>(rows: &[(Value, Value)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(|(left, right)| (Canonical(left), Canonical(right))))
}

pub(crate) fn shown<T: std::fmt::Display, S: Serializer>(of: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(of)
}

pub(crate) fn debugged<T: std::fmt::Debug, S: Serializer>(of: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{of:?}"))
}

pub(crate) fn path<S: Serializer>(of: &JsonPath, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&of.text)
}

pub(crate) fn optional_path<S: Serializer>(of: &Option<JsonPath>, to: S) -> Result<S::Ok, S::Error> {
    of.as_ref().map(|path| &path.text).serialize(to)
}

pub(crate) fn regex<S: Serializer>(of: &Option<regex::Regex>, to: S) -> Result<S::Ok, S::Error> {
    of.as_ref().map(regex::Regex::as_str).serialize(to)
}
