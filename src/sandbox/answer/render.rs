//! Answers as bytes: in the system's format.

use super::Body;
use crate::{
    compile::system::{System, WireFormat},
    systems::formats::xml,
};
use serde_json::{Map, Value as Json};

/// Bytes, and what they are.
pub struct Rendered {
    /// None where there is no body.
    pub media_type: Option<String>,
    pub bytes: Vec<u8>,
}

impl Rendered {
    fn of(media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { media_type: Some(media_type.to_owned()), bytes: bytes.into() }
    }
}

/// The system's format: SCIM where any of it speaks SCIM.
pub fn format(system: &System) -> WireFormat {
    if system.speaks_scim() { WireFormat::ScimJson } else { system.http().map_or(WireFormat::Json, |http| http.format) }
}

/// A body as it is sent. What the format can't express (an error with two members is not an XML document) is sent as JSON.
pub fn rendered(format: WireFormat, body: Body) -> Rendered {
    match body {
        Body::None => Rendered { media_type: None, bytes: Vec::new() },
        Body::Text(text) => Rendered::of("text/plain; charset=utf-8", text),
        Body::Html(text) => Rendered::of("text/html; charset=utf-8", text),
        Body::Plain(json) => Rendered::of("application/json", json.to_string()),
        Body::Json(json) => in_format(format, json),
    }
}

fn in_format(format: WireFormat, json: Json) -> Rendered {
    let plain = |json: &Json| Rendered::of("application/json", json.to_string());
    match format {
        WireFormat::Json => plain(&json),
        WireFormat::ScimJson | WireFormat::JsonApi => Rendered::of(format.media_type(), json.to_string()),
        WireFormat::Xml => match xml::write(&without_empty(json.clone())) {
            Ok(bytes) if has_one_root(&json) => {
                let declared = [br#"<?xml version="1.0" encoding="utf-8"?>"#.as_slice(), bytes.as_slice()].concat();
                Rendered::of("application/xml; charset=utf-8", declared)
            }
            _ => plain(&json),
        },
        WireFormat::JsonLines => match json {
            Json::Array(items) => Rendered::of(format.media_type(), items.iter().map(|item| format!("{item}\n")).collect::<String>()),
            other => plain(&other),
        },
        WireFormat::Csv => match json {
            Json::Array(items) => Rendered::of("text/csv; charset=utf-8", table(&items)),
            other => plain(&other),
        },
    }
}

fn has_one_root(json: &Json) -> bool {
    json.as_object().is_some_and(|members| members.len() == 1)
}

/// What is empty is left out of XML.
fn without_empty(json: Json) -> Json {
    let empty = |value: &Json| value.is_null() || value.as_str().is_some_and(str::is_empty);
    match json {
        Json::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !empty(value));
            Json::Object(kept.map(|(name, value)| (name, without_empty(value))).collect::<Map<_, _>>())
        }
        Json::Array(items) => items.into_iter().map(without_empty).collect(),
        scalar => scalar,
    }
}

/// A table with a line of names; what a record lacks is an empty cell.
fn table(records: &[Json]) -> Vec<u8> {
    let mut columns: Vec<&String> = Vec::new();
    for name in records.iter().filter_map(Json::as_object).flat_map(Map::keys) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let cell = |json: Option<&Json>| match json {
        None | Some(Json::Null) => String::new(),
        Some(json) => super::build::text(json),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = (!columns.is_empty()).then(|| columns.iter().map(|column| (*column).clone()).collect());
    let rows = records.iter().map(|record| columns.iter().map(|column| cell(record.get(column.as_str()))).collect::<Vec<_>>());
    for row in header.into_iter().chain(rows) {
        // Into memory, and all rows are as long as the first.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_an_element_and_lines() {
        let text = |format, json| String::from_utf8(in_format(format, json).bytes).unwrap();
        assert_eq!(text(WireFormat::Csv, json!([{ "a": 1, "b": "x,y" }, { "c": null, "a": true }])), "a,b,c\n1,\"x,y\",\ntrue,,\n");
        assert_eq!(text(WireFormat::JsonLines, json!([{ "a": 1 }, { "a": 2 }])), "{\"a\":1}\n{\"a\":2}\n");
        let contact = json!({ "Contact": { "ContactID": 5, "Email": "", "Phone": null, "Link": [{ "@rel": "self" }] } });
        assert_eq!(
            text(WireFormat::Xml, contact),
            r#"<?xml version="1.0" encoding="utf-8"?><Contact><ContactID>5</ContactID><Link rel="self"/></Contact>"#
        );
        assert_eq!(text(WireFormat::Xml, json!({ "error": "rate", "message": "slow down" })), r#"{"error":"rate","message":"slow down"}"#);
    }
}
