//! The body of a call for many records: `[*]` in the path of a line means each of them.

use super::{BodyInput, Content, Payload, flat, line, places_the_record};
use crate::{
    compile::system::{BodyFormat, ErrorClass},
    systems::{CallError, WriteKind, scope::Scope},
};
use serde_json::Value as Json;

/// The body of a batch; `scope` knows its records.
///
/// # Errors
/// A value cannot be written in its attribute's form, or the format holds one record only.
pub fn content(sheets: &[BodyInput<'_>], scope: &Scope<'_>) -> Result<Content, CallError> {
    let Some(first) = sheets.first() else { return Ok(Content::None) };
    let writes_records = matches!(first.write.kind, WriteKind::Create | WriteKind::Update);
    let Some(body) = &first.call.body else {
        return if writes_records { Ok(Content::Some(first.json(&records(sheets)?.into()))) } else { Ok(Content::None) };
    };
    if let Some(value) = &body.value {
        let records = if writes_records { records(sheets)? } else { Vec::new() };
        let json = super::json_of_value(value, &Scope { records: &records, ..scope.clone() })?;
        return first.written(&body.format, json).map(Content::Some);
    }
    match body.format {
        BodyFormat::Csv if writes_records => Ok(Content::Some(Payload { bytes: flat::csv(&records(sheets)?)?, media: "text/csv" })),
        BodyFormat::Json | BodyFormat::Csv | BodyFormat::Form(_) => {
            let placed = body.lines.iter().any(|(path, _)| path.is_of_each()) || places_the_record(body);
            let start = if writes_records && !placed { records(sheets)?.into() } else { Json::Null };
            let json = lines(sheets, start, scope)?;
            first.written(&body.format, json).map(Content::Some)
        }
        _ => Err(CallError::unsent(ErrorClass::Invalid, "a body in this format holds one record, and this call takes many")),
    }
}

fn records(sheets: &[BodyInput<'_>]) -> Result<Vec<Json>, CallError> {
    sheets.iter().map(BodyInput::record).collect()
}

fn lines(sheets: &[BodyInput<'_>], mut body: Json, scope: &Scope<'_>) -> Result<Json, CallError> {
    let Some(declared) = sheets.first().and_then(|input| input.call.body.as_ref()) else { return Ok(body) };
    for (path, program) in &declared.lines {
        if !path.is_of_each() {
            if let Some(json) = line(path, program, scope)? {
                path.place(&mut body, json);
            }
            continue;
        }
        for (at, input) in sheets.iter().enumerate() {
            let record = input.record()?;
            let own = scope.batch.get(at).cloned().unwrap_or_default();
            let json = line(path, program, &Scope { own, record: Some(&record), ..scope.clone() })?;
            if let (Some(json), Some(path)) = (json, path.at_index(at)) {
                path.place(&mut body, json);
            }
        }
    }
    Ok(body)
}
