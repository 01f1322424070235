//! Records without an envelope: CSV with a header row, and lines of JSON.

use super::error::RowsError;
use crate::{
    systems::file::{csv, read::Named},
    value::{
        csv::{Row, each},
        encoding::without_mark,
    },
};
use serde_json::{Value as Json, value::RawValue};

/// The records of a CSV text, each as the JSON text of an object.
///
/// # Errors
/// What is wrong with it, and where.
pub fn csv(body: &[u8], name: &str) -> Result<Vec<Vec<u8>>, RowsError> {
    let mut records = Vec::new();
    if is_blank(body) {
        return Ok(records);
    }
    csv::objects(without_mark(body), &Named(name), b',', &mut |record| records.push(record.to_vec()))
        .map_err(|why| RowsError::Csv(why.to_string()))?;
    Ok(records)
}

fn is_blank(body: &[u8]) -> bool {
    without_mark(body).iter().all(u8::is_ascii_whitespace)
}

/// The names of the columns, as an object that has each of them; none of a body in which nothing is seen.
pub fn csv_header(body: &[u8]) -> Option<Json> {
    if is_blank(body) {
        return None;
    }
    let mut columns = None;
    each(without_mark(body), b',', &mut |row| {
        if let Row::Header { names, .. } = row {
            columns = Some(names.iter().map(|name| ((*name).to_owned(), Json::from("there"))).collect());
        }
    })
    .ok()?;
    columns.map(Json::Object)
}

/// The records of lines of JSON (<https://github.com/ndjson/ndjson-spec>), unchanged. Blank lines are skipped.
///
/// # Errors
/// The first line that is not a JSON object, and why.
pub fn json_lines(body: &[u8]) -> Result<Vec<&[u8]>, RowsError> {
    let lines = without_mark(body).split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).enumerate();
    lines.filter(|(_, line)| !line.is_empty()).map(|(at, line)| object(at + 1, line)).collect()
}

fn object(line: usize, text: &[u8]) -> Result<&[u8], RowsError> {
    match serde_json::from_slice::<&RawValue>(text) {
        Ok(value) if value.get().starts_with('{') => Ok(value.get().as_bytes()),
        Ok(_) => Err(RowsError::NotAnObject { line }),
        Err(error) if error.is_eof() => Err(RowsError::Truncated { line }),
        Err(error) => Err(RowsError::Syntax { line, column: error.column() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, RowsError> {
        csv(text.as_bytes(), "GET /x").map(|records| records.into_iter().map(|record| String::from_utf8(record).unwrap()).collect())
    }

    #[test]
    fn rows_become_objects() {
        let text = "\u{feff}Unique ID,First Name,Note\r\n00057,\"Martin, J\",\r\n00112,Paul,\"a \"\"b\"\"\"\r\n";
        let records = [
            r#"{"Unique ID":"00057","First Name":"Martin, J","Note":null}"#,
            r#"{"Unique ID":"00112","First Name":"Paul","Note":"a \"b\""}"#,
        ];
        assert_eq!(read(text).unwrap(), records);
        assert_eq!((read(""), read("a,b\n")), (Ok(vec![]), Ok(vec![])));
        assert!(read("a,b\n1\n").unwrap_err().to_string().contains("line 2: it has 1 of 2 cells"), "{:?}", read("a,b\n1\n"));
    }

    #[test]
    fn lines_are_objects() {
        assert_eq!(json_lines(b"{\"a\": 1}\r\n\n {\"b\":2}\n").unwrap(), [b"{\"a\": 1}".as_slice(), b"{\"b\":2}"]);
        assert_eq!(json_lines(b"{}\n[1]"), Err(RowsError::NotAnObject { line: 2 }));
        assert_eq!(json_lines(b"{}\n{\"a\""), Err(RowsError::Truncated { line: 2 }));
        assert_eq!(json_lines(b""), Ok(vec![]));
    }
}
