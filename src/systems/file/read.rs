//! Opens files and reads them record by record.

use super::error::{FileError, FileProblem, LARGEST_JSON, LineProblem};
use crate::{
    host::{About, Disk, Kind},
    value::{
        csv::{CsvError, LONGEST, RowProblem},
        encoding::{CharacterEncoding, Decoded, without_mark},
    },
};
use serde_json::value::RawValue;
use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// Records are passed on in pages of this size.
const PAGE: usize = 1_000;

/// The name of a file in messages.
pub struct Named<'a>(pub &'a str);

impl Named<'_> {
    /// `people.csv, line 7: WHAT`
    pub fn line(&self, line: u64, problem: LineProblem) -> FileError {
        FileError::Line { name: self.0.to_owned(), line, problem }
    }

    /// What CSV is refused for.
    pub fn csv(&self, error: CsvError) -> FileError {
        match error {
            CsvError::Row { line, problem } => self.line(line, problem.into()),
            whole => self.whole(FileProblem::Csv(whole)),
        }
    }

    pub fn whole(&self, problem: FileProblem) -> FileError {
        FileError::File { name: self.0.to_owned(), problem }
    }

    pub fn failed(&self, error: io::Error) -> FileError {
        match error.kind() {
            io::ErrorKind::NotFound => FileError::Missing(self.0.to_owned()),
            io::ErrorKind::PermissionDenied => FileError::Denied(self.0.to_owned()),
            io::ErrorKind::IsADirectory => self.whole(FileProblem::Folder),
            _ => FileError::Unreadable { name: self.0.to_owned(), error },
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
pub fn ordinary(disk: &dyn Disk, path: &Path, named: &Named<'_>) -> Result<About, FileError> {
    let about = disk.about(path).map_err(|error| named.failed(error))?;
    match about.kind {
        Kind::File => Ok(about),
        Kind::Folder => Err(named.whole(FileProblem::Folder)),
        Kind::Other => Err(named.whole(FileProblem::NotOrdinary)),
    }
}

/// The content of a file from its beginning.
pub type Input = Box<dyn Read + Send>;

/// A file that is open for reading.
pub struct OpenFile {
    /// As it was just before it was opened.
    pub about: About,
    pub input: Input,
}

/// Opens a file of JSON, which is in UTF-8. One that begins as UTF-16 does is refused.
pub fn open(disk: &dyn Disk, path: &Path, named: &Named<'_>) -> Result<OpenFile, FileError> {
    let (file, start) = open_marked(disk, path, named)?;
    let is_utf_16 = matches!(*start, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) || CharacterEncoding::seems_utf_16(&start).is_some();
    if is_utf_16 { Err(named.whole(FileProblem::Utf16)) } else { Ok(file) }
}

/// Opens a file in an encoding. What it gives is UTF-8, with the byte order mark if there is one.
pub fn open_text(disk: &dyn Disk, path: &Path, named: &Named<'_>, encoding: CharacterEncoding) -> Result<OpenFile, FileError> {
    let (file, start) = open_marked(disk, path, named)?;
    match encoding.marked(&start).map_err(|error| named.whole(FileProblem::Mark(error)))? {
        CharacterEncoding::Utf8 => match CharacterEncoding::seems_utf_16(&start) {
            Some(seems) => Err(named.whole(FileProblem::UnmarkedUtf16(seems.name()))),
            None => Ok(file),
        },
        other => Ok(OpenFile { input: Box::new(Decoded::new(file.input, other)), ..file }),
    }
}

/// Opens a file, with its first bytes. One that is packed is refused: what is in it is no text.
fn open_marked(disk: &dyn Disk, path: &Path, named: &Named<'_>) -> Result<(OpenFile, Vec<u8>), FileError> {
    let about = ordinary(disk, path, named)?;
    let input = disk.open(path).map_err(|error| named.failed(error))?;
    // The start stays in the buffer: a reader of CSV looks for a byte order mark in its first read alone.
    let mut input = BufReader::with_capacity(1 << 16, input);
    let start = input.fill_buf().map_err(|error| named.failed(error))?;
    let start = start[..start.len().min(64)].to_vec();
    match *start {
        [0x1F, 0x8B, ..] => Err(named.whole(FileProblem::Gzip)),
        [b'P', b'K', 3, 4, ..] => Err(named.whole(FileProblem::Zip)),
        _ => Ok((OpenFile { about, input: Box::new(input) }, start)),
    }
}

/// Each record of a file of JSON lines.
pub fn lines(file: Input, named: &Named<'_>, take: &mut dyn FnMut(&[u8])) -> Result<(), FileError> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line).map_err(|error| named.failed(error))? == 0 {
            break;
        }
        if line.len() as u64 > LONGEST {
            return Err(named.line(number, RowProblem::TooLong.into()));
        }
        let text = if number == 1 { without_mark(&line) } else { &line };
        let text = text.trim_ascii();
        if !text.is_empty() {
            one_record(text).map_err(|problem| named.line(number, problem))?;
            take(text);
        }
    }
    Ok(())
}

fn one_record(text: &[u8]) -> Result<(), LineProblem> {
    if std::str::from_utf8(text).is_err() {
        return Err(RowProblem::NotUtf8.into());
    }
    match serde_json::from_slice::<&RawValue>(text) {
        Ok(record) if record.get().starts_with('{') => Ok(()),
        Ok(_) => Err(LineProblem::NotARecord),
        Err(error) if error.is_eof() => Err(LineProblem::Truncated),
        Err(error) => Err(LineProblem::NotJson(error.column())),
    }
}

/// The text of a JSON file: one value, so all of it is kept in memory.
pub fn read_json(file: OpenFile, named: &Named<'_>) -> Result<Vec<u8>, FileError> {
    let too_large = || named.whole(FileProblem::TooLarge);
    if file.about.length > LARGEST_JSON {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read, so its size alone does not bound what is read.
    file.input.take(LARGEST_JSON + 1).read_to_end(&mut bytes).map_err(|error| named.failed(error))?;
    if bytes.len() as u64 > LARGEST_JSON {
        return Err(too_large());
    }
    if let Err(error) = std::str::from_utf8(&bytes) {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        return Err(named.line(line as u64, RowProblem::NotUtf8.into()));
    }
    Ok(bytes)
}
