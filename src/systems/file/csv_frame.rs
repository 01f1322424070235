//! What surrounds the records of a CSV file while it is rewritten: its columns, the lines before them, and how its text is written.

use super::{
    csv,
    error::FileError,
    read::{self, Named},
};
use crate::{
    compile::system::{Collection, CsvOptions, ErrorClass},
    host::Disk,
    systems::{CallError, place},
    value::{
        Value,
        csv::{self as csv_text, Row},
        encoding::UTF8_MARK,
        path::Step,
    },
};
use serde_json::Value as Json;
use std::path::Path;

/// A CSV file without its records.
pub struct CsvFrame {
    columns: Vec<String>,
    /// Of each column, the name of its cells in a record: its own, unless an earlier column has it.
    keys: Vec<String>,
    /// The header as it was read, with the empty lines before it, and how many columns it has; the others are new.
    header: RawRow,
    known: usize,
    /// Of each record that was read, how it is written.
    rows: Vec<RawRow>,
    options: CsvOptions,
    /// The lines before the header.
    skipped: Vec<u8>,
    crlf: bool,
    /// Whether a byte order mark precedes the header of a new file; one that was read is part of the header or of the lines before it.
    mark: bool,
}

/// The bytes of a row as they were read.
#[derive(Default)]
struct RawRow {
    row: Vec<u8>,
    /// The end of its line, and rows without a value behind it.
    after: Vec<u8>,
}

impl RawRow {
    fn of(raw: &[u8]) -> Self {
        let ends = raw.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (row, after) = raw.split_at(raw.len() - ends);
        Self { row: row.to_owned(), after: after.to_owned() }
    }
}

impl CsvFrame {
    /// Of a file that is made now: the lines that are skipped are empty.
    pub fn new(options: CsvOptions) -> Self {
        let skipped = vec![b'\n'; usize::try_from(options.skip).unwrap_or_default()];
        let mark = if options.encoding.begins_with_mark() { UTF8_MARK } else { &[] };
        let (skipped, mark) = if skipped.is_empty() { (skipped, !mark.is_empty()) } else { ([mark, &skipped].concat(), false) };
        Self {
            columns: Vec::new(),
            keys: Vec::new(),
            header: RawRow::default(),
            known: 0,
            rows: Vec::new(),
            options,
            skipped,
            crlf: false,
            mark,
        }
    }

    /// Of a file that is there; its records are added to the entries.
    pub fn read(
        disk: &dyn Disk,
        path: &Path,
        named: &Named<'_>,
        (options, needed): (CsvOptions, Option<&[&str]>),
        entries: &mut Vec<Vec<u8>>,
    ) -> Result<Self, FileError> {
        let file = read::open_text(disk, path, named, options.encoding)?;
        let mut frame = Self::new(options);
        let skipped = csv::rows(file.input, named, &options, needed, &mut |row| match row {
            Row::Header { names, raw } => {
                frame.columns = names.iter().map(|name| (*name).to_owned()).collect();
                frame.keys = keys_of(&frame.columns);
                frame.known = names.len();
                frame.crlf = raw.ends_with(b"\r\n");
                frame.header = RawRow::of(raw);
            }
            Row::Cells { cells, raw, .. } => {
                frame.rows.push(RawRow::of(raw));
                entries.push(entry(&frame.keys, cells));
            }
            Row::Blank(raw) => frame.rows.last_mut().unwrap_or(&mut frame.header).after.extend_from_slice(raw),
        })?;
        Ok(Self { skipped, mark: false, ..frame })
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
            }
        }
        Ok(())
    }

    /// The whole file: what no write has touched keeps its bytes. Each record comes with its place among those that were read and,
    /// if it was written, its text.
    pub fn file<'e>(self, entries: impl Iterator<Item = (usize, Option<&'e [u8]>)>) -> Result<Vec<u8>, FileError> {
        let (mut out, mut is_open) = (self.skipped.clone(), false);
        if self.mark {
            out.extend_from_slice(UTF8_MARK);
        }
        self.write_header(&mut out);
        for (at, written) in entries {
            let known = self.rows.get(at);
            match (written, known) {
                (None, Some(known)) => self.widened(&known.row, &mut out),
                (Some(entry), _) => self.write_row(entry, &mut out)?,
                (None, None) => continue,
            }
            let after = known.map_or(&[][..], |known| &known.after);
            is_open = written.is_none() && after.is_empty();
            self.end_row(after, &mut out);
        }
        if is_open {
            out.truncate(out.len() - self.terminator().len());
        }
        let text = String::from_utf8_lossy(&out);
        self.options.encoding.encode(&text).map_err(FileError::Unwritable)
    }
}

impl CsvFrame {
    const fn terminator(&self) -> &'static [u8] {
        if self.crlf { b"\r\n" } else { b"\n" }
    }

    fn write_header(&self, out: &mut Vec<u8>) {
        let new = self.columns[self.known..].iter().map(String::as_str);
        if self.known == 0 {
            csv_text::write(new, self.options.delimiter, out);
            return out.extend_from_slice(self.terminator());
        }
        out.extend_from_slice(&self.header.row);
        for name in new {
            out.push(self.options.delimiter);
            csv_text::write([name], self.options.delimiter, out);
        }
        self.end_row(&self.header.after, out);
    }

    /// A row as it was read, with empty cells for new columns.
    fn widened(&self, row: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(row);
        out.resize(out.len() + self.columns.len() - self.known, self.options.delimiter);
    }

    fn write_row(&self, entry: &[u8], out: &mut Vec<u8>) -> Result<(), FileError> {
        let record: Json = serde_json::from_slice(entry)?;
        let cells: Vec<String> = self.keys.iter().map(|key| cell(&record[key.as_str()])).collect();
        csv_text::write(cells.iter().map(String::as_str), self.options.delimiter, out);
        Ok(())
    }

    /// The last line of a file may have no end.
    fn end_row(&self, after: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(if after.is_empty() { self.terminator() } else { after });
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
