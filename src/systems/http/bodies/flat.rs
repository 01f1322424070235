//! Flat bodies: forms and tables.

use crate::{
    compile::system::{ErrorClass, ListStyle},
    systems::CallError,
};
use serde_json::Value as Json;
use url::form_urlencoded::Serializer;

/// `a=1&b[c]=2`: what is nested is named in brackets (WHATWG URL, 5.2). Empty is cleared.
pub fn form(record: &Json, lists: ListStyle) -> String {
    let mut pairs = Vec::new();
    flatten("", record, lists, &mut pairs);
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn flatten(name: &str, json: &Json, lists: ListStyle, pairs: &mut Vec<(String, String)>) {
    match json {
        Json::Object(members) => {
            for (member, inner) in members {
                let inner_name = if name.is_empty() { member.clone() } else { format!("{name}[{member}]") };
                flatten(&inner_name, inner, lists, pairs);
            }
        }
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let item_name = match lists {
                    ListStyle::Repeated => name.to_owned(),
                    ListStyle::Bracketed => format!("{name}[]"),
                    ListStyle::Numbered => format!("{name}[{at}]"),
                };
                flatten(&item_name, item, lists, pairs);
            }
        }
        scalar => pairs.push((name.to_owned(), text(scalar))),
    }
}

/// A table with a line of names, and a row for each record; what a record lacks is an empty cell.
///
/// # Errors
/// A row is no record, or one of its values is a list or an object, which does not fit into a cell.
pub fn csv(records: &[Json]) -> Result<Vec<u8>, CallError> {
    if records.iter().any(|record| !record.is_object()) {
        return Err(CallError::unsent(ErrorClass::Invalid, "a row of a table is made of a record, and this is something else"));
    }
    let mut columns: Vec<&str> = Vec::new();
    for name in records.iter().filter_map(Json::as_object).flat_map(|record| record.keys()) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let broken = |error: csv::Error| CallError::unsent(ErrorClass::Invalid, format!("the table can't be written: {error}"));
    writer.write_record(&columns).map_err(broken)?;
    for record in records {
        let cells: Vec<String> = columns.iter().map(|column| cell(column, record.get(*column))).collect::<Result<_, _>>()?;
        writer.write_record(&cells).map_err(broken)?;
    }
    writer.into_inner().map_err(|error| CallError::unsent(ErrorClass::Invalid, format!("the table can't be written: {error}")))
}

fn cell(column: &str, json: Option<&Json>) -> Result<String, CallError> {
    match json {
        Some(Json::Object(_) | Json::Array(_)) => {
            Err(CallError::unsent(ErrorClass::Invalid, format!("`{column}` holds more than one value, and a cell of a table holds one")))
        }
        json => Ok(json.map(text).unwrap_or_default()),
    }
}

/// A value as text; null is empty.
pub fn text(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_names_what_is_nested_and_repeats_lists() {
        let record = json!({ "name": "Ann & Bob", "tags": ["a", "b"], "address": { "city": "Besançon" }, "phone": null, "active": true });
        assert_eq!(form(&record, ListStyle::Repeated), "name=Ann+%26+Bob&tags=a&tags=b&address%5Bcity%5D=Besan%C3%A7on&phone=&active=true");
    }

    #[test]
    fn lists_of_a_form_are_numbered_or_bracketed() {
        let record = json!({ "users": [{ "name": "Ann", "tags": ["a", "b"] }, { "name": "Bob" }] });
        let names = |lists| form(&record, lists).replace("%5B", "[").replace("%5D", "]");
        assert_eq!(names(ListStyle::Numbered), "users[0][name]=Ann&users[0][tags][0]=a&users[0][tags][1]=b&users[1][name]=Bob");
        assert_eq!(names(ListStyle::Bracketed), "users[][name]=Ann&users[][tags][]=a&users[][tags][]=b&users[][name]=Bob");
    }

    #[test]
    fn a_table_has_all_columns_of_all_records() {
        let table = csv(&[json!({ "a": "x, y", "b": 1 }), json!({ "c": null, "a": "z" })]).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), "a,b,c\r\n\"x, y\",1,\r\nz,,\r\n");
        assert_eq!(csv(&[json!(1)]).unwrap_err().message, "a row of a table is made of a record, and this is something else");
        assert_eq!(csv(&[json!({ "a": [1] })]).unwrap_err().message, "`a` holds more than one value, and a cell of a table holds one");
    }
}
