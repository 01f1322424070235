//! Values of attributes: put into the JSON of a record, and one of them read from it.

use super::CallError;
use crate::{
    compile::system::{Attribute, Collection, ErrorClass},
    value::{Value, trie::Trie},
};
use serde_json::Value as Json;

/// The JSON of a value as its attribute is written; what clears it, if it is missing.
///
/// # Errors
/// The value cannot be written in the attribute's form.
pub fn encoded(attribute: &Attribute, value: &Value) -> Result<Json, CallError> {
    match &attribute.clear_as {
        Some(clear) if value.is_missing() => Ok(clear.clone()),
        _ => attribute.codec.write(value).map_err(|fault| invalid(attribute, &fault.message)),
    }
}

/// Puts values where their attributes are written. What is missing clears, but has nothing to clear in a `new` record.
///
/// # Errors
/// As [`encoded`].
pub fn place(record: &mut Json, collection: &Collection, values: &[(usize, Value)], new: bool) -> Result<(), CallError> {
    for (index, value) in values.iter().filter(|(_, value)| !new || !value.is_missing()) {
        let attribute = &collection.attributes[*index];
        attribute.write_path().place(record, encoded(attribute, value)?);
    }
    Ok(())
}

/// A value that can't be written.
pub fn invalid(attribute: &Attribute, what: &str) -> CallError {
    CallError::unsent(ErrorClass::Invalid, format!("`{}` {what}", attribute.name))
}

/// The value of one attribute in a record; none where it is missing or can't be read.
pub fn read_one(attribute: &Attribute, record: &[u8]) -> Option<Value> {
    let row = Trie::new(&[(attribute.path.clone(), attribute.codec.clone())]).read(record);
    row.ok()?.into_iter().next()?.ok().filter(|value| !value.is_missing())
}
