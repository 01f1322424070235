//! The body of a call for many records.

use super::{BodyInput, Content};
use crate::systems::{CallError, WriteKind, scope::Scope};
use serde_json::Value as Json;

/// The body of a batch; `scope` knows its records. If the call does not say, it is their list.
///
/// # Errors
/// A value cannot be written in its attribute's form.
pub fn content(sheets: &[BodyInput<'_>], scope: &Scope<'_>) -> Result<Content, CallError> {
    let Some(first) = sheets.first() else { return Ok(Content::None) };
    let records = match first.write.kind {
        WriteKind::Create | WriteKind::Update => records(sheets)?,
        _ => Vec::new(),
    };
    match first.call.body.as_ref().and_then(|body| Some((&body.format, body.value.as_ref()?))) {
        Some((format, value)) => {
            let json = super::json_of_value(value, &Scope { records: &records, ..scope.clone() })?;
            first.written(format, json).map(Content::Some)
        }
        None if records.is_empty() => Ok(Content::None),
        None => Ok(Content::Some(first.json(&records.into()))),
    }
}

fn records(sheets: &[BodyInput<'_>]) -> Result<Vec<Json>, CallError> {
    sheets.iter().map(BodyInput::record).collect()
}
