//! What surrounds the records of a CSV file while it is rewritten: its columns, the lines before them, and how its text is written.

use super::{
    csv,
    error::FileError,
    read::{self, BOM, Named},
};
use crate::{
    compile::system::{Collection, CsvOptions, ErrorClass},
    host::Disk,
    systems::{CallError, place},
    value::{Value, csv::Row, path::Step},
};
use serde_json::Value as Json;
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
};

/// A CSV file without its records.
pub struct CsvFrame {
    columns: Vec<String>,
    /// Of each column, the name of its cells in a record: its own, unless an earlier column has it.
    keys: Vec<String>,
    /// The header as it is written.
    header: Vec<String>,
    options: CsvOptions,
    /// The lines before the header.
    skipped: Vec<u8>,
    crlf: bool,
    /// Whether a byte order mark precedes the header; one before skipped lines is among them.
    mark: bool,
}

impl CsvFrame {
    /// Of a file that is made now: the lines that are skipped are empty.
    pub fn new(options: CsvOptions) -> Self {
        let skipped = vec![b'\n'; usize::try_from(options.skip).unwrap_or_default()];
        let mark = if options.encoding.begins_with_mark() { BOM } else { &[] };
        let (skipped, mark) = if skipped.is_empty() { (skipped, !mark.is_empty()) } else { ([mark, &skipped].concat(), false) };
        Self { columns: Vec::new(), keys: Vec::new(), header: Vec::new(), options, skipped, crlf: false, mark }
    }

    /// Of a file that is there; its records are added to the entries.
    pub fn read(
        disk: &dyn Disk,
        path: &Path,
        named: &Named<'_>,
        options: CsvOptions,
        entries: &mut Vec<Vec<u8>>,
    ) -> Result<Self, FileError> {
        let open = || read::open_text(disk, path, named, options.encoding);
        let (mut columns, mut keys, mut header): (Vec<String>, Vec<String>, Vec<String>) = Default::default();
        let skipped = csv::rows(open()?.input, named, &options, &mut |row| match row {
            Row::Header { names, written } => {
                columns = names.iter().map(|name| (*name).to_owned()).collect();
                header = written.iter().map(|name| (*name).to_owned()).collect();
                keys = keys_of(&columns);
            }
            Row::Cells(cells) => entries.push(entry(&keys, cells)),
        })?;
        let mut line = Vec::new();
        BufReader::new(open()?.input).read_until(b'\n', &mut line).map_err(|error| named.failed(error))?;
        let mark = skipped.is_empty() && line.starts_with(BOM);
        Ok(Self { columns, keys, header, options, skipped, crlf: line.ends_with(b"\r\n"), mark })
    }

    /// Makes room for values. A column has a plain name and a cell a plain value; new columns are added at the end.
    pub fn fit(&mut self, collection: &Collection, values: &[(usize, Value)]) -> Result<(), CallError> {
        for (index, value) in values {
            let attribute = &collection.attributes[*index];
            let column = match attribute.write_path().steps.as_deref() {
                Some([Step::Name(name)]) => name,
                _ => return Err(place::invalid(attribute, "is not a column: its path must be a single name")),
            };
            let value = place::encoded(attribute, value)?;
            if matches!(value, Json::Array(_) | Json::Object(_)) {
                return Err(place::invalid(attribute, "is a list, and a cell holds one value: `join` it"));
            }
            if let Err(c) = self.options.encoding.encode(&format!("{column}{}", cell(&value))) {
                let name = self.options.encoding.name();
                let message = format!("`{}` has `{c}`, which cannot be written in {name}, the encoding of the file", attribute.name);
                return Err(CallError::unsent(ErrorClass::Invalid, message));
            }
            if !self.columns.contains(column) {
                self.columns.push(column.clone());
                self.keys.push(column.clone());
                self.header.push(column.clone());
            }
        }
        Ok(())
    }

    /// The whole file.
    pub fn file(self, entries: impl Iterator<Item = Vec<u8>>) -> Result<Vec<u8>, FileError> {
        let terminator = if self.crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
        let mut start = self.skipped;
        if self.mark {
            start.extend_from_slice(BOM);
        }
        let mut writer = ::csv::WriterBuilder::new().delimiter(self.options.delimiter).terminator(terminator).from_writer(start);
        writer.write_record(&self.header).map_err(FileError::WriteCsv)?;
        for entry in entries {
            let record: Json = serde_json::from_slice(&entry)?;
            let cells = self.keys.iter().map(|key| cell(&record[key.as_str()]));
            writer.write_record(cells).map_err(FileError::WriteCsv)?;
        }
        let bytes = writer.into_inner().map_err(|error| FileError::Flush(Box::new(error)))?;
        let text = String::from_utf8_lossy(&bytes);
        self.options.encoding.encode(&text).map_err(FileError::Unwritable)
    }
}

/// Columns may share a name, or have none: each keeps its own cells.
fn keys_of(columns: &[String]) -> Vec<String> {
    let key = |(at, name): (usize, &String)| match columns[..at].contains(name) {
        true => format!("{name}\u{1f}{at}"),
        false => name.clone(),
    };
    columns.iter().enumerate().map(key).collect()
}

/// A record as JSON text.
fn entry(columns: &[String], cells: &[&str]) -> Vec<u8> {
    let value = |text: &str| if text.is_empty() { Json::Null } else { Json::from(text) };
    let record: serde_json::Map<_, _> = columns.iter().zip(cells).map(|(name, text)| (name.clone(), value(text))).collect();
    Json::Object(record).to_string().into_bytes()
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
