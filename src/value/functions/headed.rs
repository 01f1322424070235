//! `headed`: rows of which the first names the columns, as spreadsheets answer them, and its inverse.

use super::declaration::{Function, from_kind, internal, no_args};
use crate::value::{Fault, FaultCode, Kind, Value};
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

const NAME: &str = "headed";

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: NAME,
    signature: "headed",
    types: "json → json",
    help: "Makes records of rows, of which the first has the names of the columns. A cell that is not there or blank is missing, and a row without any value is left out. Used in `items`.",
    fails: true,
    examples: &[
        ("[[\"id\", \"name\"], [\"1\", \"Ann\"], [\"2\"]]", "headed", "[{\"id\": \"1\", \"name\": \"Ann\"}, {\"id\": \"2\"}]"),
        ("[[\"id\", \"id\"]]", "headed", "fails"),
    ],
    result: |input, args| {
        no_args(args)?;
        from_kind(input, &Kind::Json, Kind::Json)
    },
    bind: |_| {
        Ok(Box::new(|value| match value {
            Value::Json(rows) => records(rows).map(|records| Value::Json(records.into())),
            other => Err(internal(other)),
        }))
    },
}];

/// Whether a function of this name makes records of rows.
#[must_use]
pub fn is_headed(name: &str) -> bool {
    name == NAME
}

/// The records of rows.
///
/// # Errors
/// There is no row of names, a name is blank or there twice, or a value has no name.
pub fn records(rows: &Json) -> Result<Json, Box<Fault>> {
    let wrong = |what: String| Fault::new(FaultCode::NotList, what);
    let rows = rows.as_array().ok_or_else(|| wrong("is no list of rows".to_owned()))?;
    let (head, rows) = rows.split_first().ok_or_else(|| wrong("has no row that names the columns".to_owned()))?;
    let names = names(head)?;
    let mut records = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let cells = row.as_array().ok_or_else(|| wrong(format!("has no list in row {}", at + 2)))?;
        if let Some(column) = cells.iter().skip(names.len()).position(|cell| !is_blank(cell)) {
            return Err(wrong(format!("has a value in column {} of row {}, which has no name", names.len() + column + 1, at + 2)));
        }
        let members = names.iter().zip(cells).filter(|(_, cell)| !is_blank(cell));
        let record: Map<String, Json> = members.map(|(name, cell)| (name.clone(), cell.clone())).collect();
        if !record.is_empty() {
            records.push(Json::Object(record));
        }
    }
    Ok(Json::Array(records))
}

fn names(head: &Json) -> Result<Vec<String>, Box<Fault>> {
    let wrong = |what: String| Fault::new(FaultCode::NotList, what);
    let head = head.as_array().ok_or_else(|| wrong("has no list in row 1, which names the columns".to_owned()))?;
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for (at, name) in head.iter().enumerate() {
        let name = match name {
            Json::String(text) => text.trim().to_owned(),
            Json::Number(number) => number.to_string(),
            _ => String::new(),
        };
        if name.is_empty() {
            return Err(wrong(format!("has no name for column {}", at + 1)));
        }
        if !seen.insert(name.clone()) {
            return Err(wrong(format!("names the column `{name}` twice")));
        }
        names.push(name);
    }
    if names.is_empty() { Err(wrong("has no names in its first row".to_owned())) } else { Ok(names) }
}

fn is_blank(cell: &Json) -> bool {
    cell.is_null() || cell.as_str().is_some_and(crate::value::is_blank)
}

/// The rows of records, below the names of these columns and of others that the records have. Blank cells at the end are left out.
#[must_use]
pub fn rows(columns: &[String], records: &[Json]) -> Json {
    let mut names = columns.to_vec();
    for name in records.iter().filter_map(Json::as_object).flat_map(Map::keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let cell = |record: &Json, name: &String| record.get(name).filter(|cell| !cell.is_null()).cloned().unwrap_or_else(|| "".into());
    let row = |record: &Json| {
        let mut cells: Vec<Json> = names.iter().map(|name| cell(record, name)).collect();
        cells.truncate(cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1));
        Json::Array(cells)
    };
    let head = Json::Array(names.iter().cloned().map(Json::String).collect());
    Json::Array(std::iter::once(head).chain(records.iter().map(row)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(rows: Json) -> String {
        records(&rows).unwrap_err().to_string()
    }

    #[test]
    fn the_first_row_names_the_columns() {
        let given = json!([["id", " Full name ", 2026], ["1", "Ann", 5], ["2"], [], ["", null], ["3", "", 0, "", null]]);
        let wanted = json!([{"id": "1", "Full name": "Ann", "2026": 5}, {"id": "2"}, {"id": "3", "2026": 0}]);
        assert_eq!(records(&given).unwrap(), wanted);
        assert_eq!(records(&json!([["id"]])).unwrap(), json!([]), "names alone are nobody");
    }

    #[test]
    fn rows_that_can_t_be_right_are_told() {
        assert!(said(json!([])).contains("no row that names the columns"));
        assert!(said(json!([[]])).contains("no names in its first row"));
        assert!(said(json!({"a": 1})).contains("no list of rows"));
        assert!(said(json!([["id", "id"]])).contains("names the column `id` twice"));
        assert!(said(json!([["id", " id "]])).contains("names the column `id` twice"));
        assert!(said(json!([["id", ""], ["1"]])).contains("no name for column 2"));
        assert!(said(json!([["id", null, "name"]])).contains("no name for column 2"));
        assert!(said(json!([["id"], ["1", "", "lost"]])).contains("a value in column 3 of row 2"));
        assert!(said(json!([["id"], {"id": "1"}])).contains("no list in row 2"));
    }

    #[test]
    fn what_is_written_is_read() {
        let given = [json!({"id": "1", "name": "Ann", "n": 3}), json!({"id": "2", "n": null}), json!({"more": true, "id": "3"})];
        let made = rows(&["id".to_owned(), "name".to_owned()], &given);
        assert_eq!(made, json!([["id", "name", "n", "more"], ["1", "Ann", 3], ["2"], ["3", "", "", true]]));
        assert_eq!(records(&made).unwrap(), json!([{"id": "1", "name": "Ann", "n": 3}, {"id": "2"}, {"id": "3", "more": true}]));
        assert_eq!(rows(&["id".to_owned()], &[]), json!([["id"]]));
    }
}
