//! Reads files once from beginning to end.

use super::csv;
use crate::{compile::system::FileFormat, systems::http::items, value::path::JsonPath};
use serde_json::value::RawValue;
use std::{
    fs::{File, Metadata},
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// Records are passed on in pages of this size.
const PAGE: usize = 1_000;

/// The most bytes of one record.
pub const LONGEST: u64 = 64 << 20;

/// What is said of a record without an end.
pub fn too_long() -> String {
    format!("the record is longer than {} MB: check that the file is in the format that is declared for it", LONGEST >> 20)
}

pub const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A file that is read: what it is called in messages.
pub struct Named<'a>(pub &'a str);

impl Named<'_> {
    /// `people.csv, line 7: WHAT`
    pub fn line(&self, line: u64, what: &str) -> String {
        format!("`{}`, line {line}: {what}", self.0)
    }

    pub fn whole(&self, what: &str) -> String {
        format!("`{}` {what}", self.0)
    }

    fn failed(&self, error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file `{}`: put it there, or mend its name", self.0),
            io::ErrorKind::PermissionDenied => self.whole("may not be read: give the right to, or run as somebody who has it"),
            io::ErrorKind::IsADirectory => self.whole("is a folder, and a file is needed"),
            _ => self.whole(&format!("can't be read: {error}")),
        }
    }
}

/// Collects records, and hands them on page by page.
pub struct Pages<'a> {
    sink: &'a mut dyn FnMut(&[&[u8]]),
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Pages<'a> {
    fn new(sink: &'a mut dyn FnMut(&[&[u8]])) -> Self {
        Self { sink, bytes: Vec::new(), ends: Vec::new() }
    }

    /// One more record: what `write` appends.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
        if self.ends.len() >= PAGE {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        let begins = std::iter::once(&0).chain(&self.ends);
        let records: Vec<_> = begins.zip(&self.ends).map(|(begin, end)| &self.bytes[*begin..*end]).collect();
        if !records.is_empty() {
            (self.sink)(&records);
        }
        self.bytes.clear();
        self.ends.clear();
    }
}

/// Hands on all records of a file, each as JSON text.
///
/// # Errors
/// One sentence: it can't be read, it is not in its format (and where), it changed meanwhile.
pub fn scan(path: &Path, name: &str, format: &FileFormat, wanted: &[&str], sink: &mut dyn FnMut(&[&[u8]])) -> Result<(), String> {
    let named = Named(name);
    let file = open(path, &named)?;
    let before = file.metadata().map_err(|error| named.failed(&error))?;
    let mut pages = Pages::new(sink);
    match format {
        FileFormat::Csv { delimiter } => csv::scan(file, &named, *delimiter, wanted, &mut pages)?,
        FileFormat::Json { items } => whole(file, &named, items.as_ref(), &mut pages)?,
        FileFormat::JsonLines => lines(file, &named, &mut |line| pages.push(|bytes| bytes.extend_from_slice(line)))?,
    }
    pages.hand_on();
    let after = path.metadata().map_err(|error| named.failed(&error))?;
    if is_same(&before, &after) { Ok(()) } else { Err(named.whole("changed while it was read: run it again when it is finished")) }
}

/// Refuses what is no ordinary file, before it is opened: to open a pipe waits until somebody writes to it.
///
/// # Errors
/// One sentence.
pub fn ordinary(path: &Path, named: &Named<'_>) -> Result<(), String> {
    let about = path.metadata().map_err(|error| named.failed(&error))?;
    if about.is_dir() {
        return Err(named.failed(&io::Error::from(io::ErrorKind::IsADirectory)));
    }
    if about.is_file() {
        Ok(())
    } else {
        Err(named.whole("is a pipe or a device, and an ordinary file is needed: write the records to a file first"))
    }
}

/// Opens a file whose encoding is not plainly another one than UTF-8.
pub fn open(path: &Path, named: &Named<'_>) -> Result<File, String> {
    ordinary(path, named)?;
    let mut file = File::open(path).map_err(|error| named.failed(&error))?;
    let mut start = [0; 2];
    let is_utf16 = file.read_exact(&mut start).is_ok() && matches!(start, [0xFF, 0xFE] | [0xFE, 0xFF]);
    if is_utf16 {
        return Err(named.whole("is in UTF-16: save it as UTF-8"));
    }
    io::Seek::rewind(&mut file).map_err(|error| named.failed(&error))?;
    Ok(file)
}

fn is_same(before: &Metadata, after: &Metadata) -> bool {
    before.len() == after.len() && before.modified().ok() == after.modified().ok()
}

/// What is said of text that is not UTF-8.
pub const NOT_UTF8: &str = "it is not in UTF-8 (perhaps in Windows-1252 or Latin-1): save it as UTF-8";

/// Each record of a file of JSON lines.
pub fn lines(file: File, named: &Named<'_>, take: &mut dyn FnMut(&[u8])) -> Result<(), String> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line).map_err(|error| named.failed(&error))? == 0 {
            break;
        }
        if line.len() as u64 > LONGEST {
            return Err(named.line(number, &too_long()));
        }
        let text = if number == 1 { line.strip_prefix(BOM).unwrap_or(&line) } else { &line };
        let text = text.trim_ascii();
        if !text.is_empty() {
            one_record(text).map_err(|what| named.line(number, &what))?;
            take(text);
        }
    }
    Ok(())
}

fn one_record(text: &[u8]) -> Result<(), String> {
    if std::str::from_utf8(text).is_err() {
        return Err(NOT_UTF8.to_owned());
    }
    match serde_json::from_slice::<&RawValue>(text) {
        Ok(record) if record.get().starts_with('{') => Ok(()),
        Ok(_) => Err("it is no record: each line is one JSON object".to_owned()),
        Err(error) if error.is_eof() => Err("it ends in the middle: the file was not written to its end, so make it again".to_owned()),
        Err(error) => Err(format!("it is not JSON at column {}: each line is one JSON object", error.column())),
    }
}

fn whole(file: File, named: &Named<'_>, items: Option<&JsonPath>, pages: &mut Pages<'_>) -> Result<(), String> {
    let bytes = read_json(file, named)?;
    for record in json_records(&bytes, named, items)? {
        pages.push(|page| page.extend_from_slice(&record));
    }
    Ok(())
}

/// The text of a JSON file.
pub fn read_json(mut file: File, named: &Named<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| named.failed(&error))?;
    if let Err(error) = std::str::from_utf8(&bytes) {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        return Err(named.line(line as u64, NOT_UTF8));
    }
    Ok(bytes)
}

fn json_records<'a>(bytes: &'a [u8], named: &Named<'_>, items: Option<&JsonPath>) -> Result<Vec<std::borrow::Cow<'a, [u8]>>, String> {
    let found = items::json(bytes).and_then(|body| items::records(body, items));
    let place = items.map_or("$", |path| path.text.as_str());
    match found {
        Ok(Some(records)) => Ok(records),
        Ok(None) => Err(named.whole(&format!("has no list at `{place}`: say where the records are"))),
        Err(items::Unfit::Broken(_, what)) => Err(named.whole(&format!("is not one whole JSON value: {what}; make it again"))),
        Err(_) => Err(named.whole(&format!("has something else than records in its list at `{place}`"))),
    }
}
