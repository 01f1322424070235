//! Values in saved files: plain JSON where its kind is plain, `{"date": "2026-03-01"}` where it is not.

use super::Value;
use serde::{Deserializer, Serializer};

/// For `#[serde(with)]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(_value: &Value, _serializer: S) -> Result<S::Ok, S::Error> {
    todo!()
}

/// For `#[serde(with)]`.
///
/// # Errors
/// Those of the deserializer, or one that names an unknown kind.
pub fn deserialize<'de, D: Deserializer<'de>>(_deserializer: D) -> Result<Value, D::Error> {
    todo!()
}
