//! Opens files and reads them record by record.

use crate::host::{About, Disk, Kind};
use serde_json::value::RawValue;
use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// Records are passed on in pages of this size.
const PAGE: usize = 1_000;

/// The most bytes of one record.
pub const LONGEST: u64 = 64 << 20;

/// The most bytes of a file that is one JSON value.
pub const LARGEST_JSON: u64 = 256 << 20;

/// The message for a record without an end.
pub fn too_long() -> String {
    format!("the record is longer than {} MB: check that the file is in the format that is declared for it", LONGEST >> 20)
}

pub const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The name of a file in messages.
pub struct Named<'a>(pub &'a str);

impl Named<'_> {
    /// `people.csv, line 7: WHAT`
    pub fn line(&self, line: u64, what: &str) -> String {
        format!("`{}`, line {line}: {what}", self.0)
    }

    pub fn whole(&self, what: &str) -> String {
        format!("`{}` {what}", self.0)
    }

    pub fn failed(&self, error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file `{}`: put it there, or correct its name", self.0),
            io::ErrorKind::PermissionDenied => self.whole("may not be read: give the right to, or run as somebody who has it"),
            io::ErrorKind::IsADirectory => self.whole("is a folder, and a file is needed"),
            _ => self.whole(&format!("can't be read: {error}")),
        }
    }
}

/// Collects records, and passes them on page by page.
pub struct Pages<'a> {
    sink: &'a mut dyn FnMut(&[&[u8]]),
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Pages<'a> {
    pub fn new(sink: &'a mut dyn FnMut(&[&[u8]])) -> Self {
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

    /// Passes on the records collected so far.
    pub fn hand_on(&mut self) {
        let begins = std::iter::once(&0).chain(&self.ends);
        let records: Vec<_> = begins.zip(&self.ends).map(|(begin, end)| &self.bytes[*begin..*end]).collect();
        if !records.is_empty() {
            (self.sink)(&records);
        }
        self.bytes.clear();
        self.ends.clear();
    }
}

/// Refuses anything but an ordinary file before it is opened: opening a pipe waits until something is written to it.
///
/// # Errors
/// One sentence.
pub fn ordinary(disk: &dyn Disk, path: &Path, named: &Named<'_>) -> Result<About, String> {
    let about = disk.about(path).map_err(|error| named.failed(&error))?;
    match about.kind {
        Kind::File => Ok(about),
        Kind::Folder => Err(named.failed(&io::Error::from(io::ErrorKind::IsADirectory))),
        Kind::Other => Err(named.whole("is a pipe or a device, and an ordinary file is needed: write the records to a file first")),
    }
}

/// The content of a file from its beginning, unbuffered.
pub type Input = Box<dyn Read + Send>;

/// A file that is open for reading.
pub struct OpenFile {
    /// As it was just before it was opened.
    pub about: About,
    pub input: Input,
}

/// Opens a file. One that begins as UTF-16 does is refused.
pub fn open(disk: &dyn Disk, path: &Path, named: &Named<'_>) -> Result<OpenFile, String> {
    let about = ordinary(disk, path, named)?;
    let mut file = disk.open(path).map_err(|error| named.failed(&error))?;
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start).map_err(|error| named.failed(&error))?;
    if matches!(start[..], [0xFF, 0xFE] | [0xFE, 0xFF]) {
        return Err(named.whole("is in UTF-16: save it as UTF-8"));
    }
    Ok(OpenFile { about, input: Box::new(io::Cursor::new(start).chain(file)) })
}

/// The message for text that is not UTF-8.
pub const NOT_UTF8: &str = "it is not in UTF-8 (perhaps in Windows-1252 or Latin-1): save it as UTF-8";

/// Each record of a file of JSON lines.
pub fn lines(file: Input, named: &Named<'_>, take: &mut dyn FnMut(&[u8])) -> Result<(), String> {
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
        Ok(_) => Err("it is not a record: each line must be one JSON object".to_owned()),
        Err(error) if error.is_eof() => Err("it ends in the middle: the file was not written to its end, so make it again".to_owned()),
        Err(error) => Err(format!("it is not JSON at column {}: each line is one JSON object", error.column())),
    }
}

/// The text of a JSON file: one value, so all of it is kept in memory.
pub fn read_json(file: OpenFile, named: &Named<'_>) -> Result<Vec<u8>, String> {
    let too_large = || named.whole(&format!("is larger than {} MB: save it as JSON lines, which are read one by one", LARGEST_JSON >> 20));
    if file.about.length > LARGEST_JSON {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read, so its size alone does not bound what is read.
    file.input.take(LARGEST_JSON + 1).read_to_end(&mut bytes).map_err(|error| named.failed(&error))?;
    if bytes.len() as u64 > LARGEST_JSON {
        return Err(too_large());
    }
    if let Err(error) = std::str::from_utf8(&bytes) {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        return Err(named.line(line as u64, NOT_UTF8));
    }
    Ok(bytes)
}
