//! Rows of CSV text: what a source and a table of the language have in common.

use csv::{ByteRecord, Reader, ReaderBuilder};
use std::{
    cell::Cell,
    collections::HashSet,
    io::{self, Read},
    rc::Rc,
};
use thiserror::Error;

/// The most bytes of one record.
pub const LONGEST: u64 = 64 << 20;

/// Why CSV can't be read, worded to follow the name of the file.
#[derive(Debug, Error)]
pub enum CsvError {
    #[error("is empty: a CSV file begins with a row of names")]
    Empty,
    #[error("has a quotation mark that is never closed: close it, or double one that belongs to the text")]
    UnclosedQuote,
    #[error("can't be read: {0}")]
    Unreadable(#[source] csv::Error),
    #[error("has a row that can't be used, line {line}: {problem}")]
    Row { line: u64, problem: RowProblem },
}

impl CsvError {
    /// The sentence about a file of this name.
    #[must_use]
    pub fn of(&self, name: &str) -> String {
        match self {
            Self::Row { line, problem } => format!("`{name}`, line {line}: {problem}"),
            whole => format!("`{name}` {whole}"),
        }
    }
}

/// The names of the columns, if it is clear that they are names: of a file that is no table, the first line may be a secret.
#[must_use]
pub fn names_to_show(columns: &[String]) -> Option<Vec<&str>> {
    let names: Vec<&str> = columns.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    (names.len() > 1 && names.iter().all(|name| is_name(name))).then_some(names)
}

/// `1 cell`, `3 cells`
#[must_use]
pub fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= 40 && text.chars().all(|c| c.is_alphanumeric() || " _-.()/'#&%:+".contains(c))
}

/// ``the column `Number` ``, without the name where it may be something else.
fn shown_name(name: &str) -> String {
    if is_name(name) { format!("the column `{name}`") } else { "a column".to_owned() }
}

/// What is wrong with one row.
#[derive(Debug, Error)]
pub enum RowProblem {
    #[error("the record is longer than {} MB: check that the file is in the format that is declared for it", LONGEST >> 20)]
    TooLong,
    #[error("it is not in UTF-8 (perhaps in Windows-1252 or Latin-1): save it as UTF-8")]
    NotUtf8,
    #[error("{} appears twice: rename one of them", shown_name(.0))]
    DuplicateColumn(String),
    #[error("there is one column only: is it separated by `{0}`? Then write `delimiter = \"{0}\"`")]
    OneColumn(String),
    #[error("it has {found} of {wanted} cells, separated by `{delimiter}`: the row may end in the middle")]
    TooFewCells { found: usize, wanted: usize, delimiter: String },
    #[error("it has {found} of {wanted} cells, separated by `{delimiter}`: a cell that contains the delimiter must be in quotation marks")]
    TooManyCells { found: usize, wanted: usize, delimiter: String },
}

impl RowProblem {
    const fn at(self, line: u64) -> CsvError {
        CsvError::Row { line, problem: self }
    }
}

/// Counts while it reads: an odd number of quotation marks means an unclosed cell, and too many bytes a record without an end.
struct Quotes<R> {
    from: R,
    odd: Rc<Cell<bool>>,
    /// Bytes since the last record was complete.
    open: Rc<Cell<u64>>,
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.open.get() > LONGEST {
            return Err(io::Error::other(RowProblem::TooLong));
        }
        let count = self.from.read(buffer)?;
        self.open.set(self.open.get() + count as u64);
        let quotes = buffer[..count].iter().filter(|byte| **byte == b'"').count();
        self.odd.set(self.odd.get() ^ (quotes % 2 == 1));
        Ok(count)
    }
}

/// A row as text.
pub enum Row<'a> {
    /// The names of the columns, and the same as they are written, with the blanks around them.
    Header {
        names: &'a [&'a str],
        written: &'a [&'a str],
    },
    Cells(&'a [&'a str]),
}

/// Calls `take` with the header and with each record. Rows without any value are skipped, because spreadsheets leave them
/// behind.
///
/// # Errors
/// No text, a row that does not fit the header, a quotation mark without its partner.
pub fn each(from: impl Read, delimiter: u8, take: &mut dyn FnMut(Row<'_>)) -> Result<(), CsvError> {
    let odd = Rc::new(Cell::new(false));
    let open = Rc::new(Cell::new(0));
    let quotes = Quotes { from, odd: Rc::clone(&odd), open: Rc::clone(&open) };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(quotes);
    let mut record = ByteRecord::new();
    if !next(&mut reader, &mut record)? {
        return Err(CsvError::Empty);
    }
    let header = record.clone();
    let written = texts(&header).ok_or_else(|| RowProblem::NotUtf8.at(1))?;
    let header = header_of(&written, delimiter)?;
    take(Row::Header { names: &header, written: &written });
    while next(&mut reader, &mut record)? {
        open.set(0);
        let line = record.position().map_or(0, csv::Position::line);
        let cells = texts(&record).ok_or_else(|| RowProblem::NotUtf8.at(line))?;
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if cells.len() != header.len() {
            let why = uneven(cells.len(), header.len(), delimiter).at(line);
            let last = !next(&mut reader, &mut record)?;
            return Err(if last && odd.get() { CsvError::UnclosedQuote } else { why });
        }
        take(Row::Cells(&cells));
    }
    if odd.get() { Err(CsvError::UnclosedQuote) } else { Ok(()) }
}

fn uneven(found: usize, wanted: usize, delimiter: u8) -> RowProblem {
    let delimiter = shown(delimiter);
    match found < wanted {
        true => RowProblem::TooFewCells { found, wanted, delimiter },
        false => RowProblem::TooManyCells { found, wanted, delimiter },
    }
}

fn next(reader: &mut Reader<Quotes<impl Read>>, record: &mut ByteRecord) -> Result<bool, CsvError> {
    reader.read_byte_record(record).map_err(CsvError::Unreadable)
}

fn texts(record: &ByteRecord) -> Option<Vec<&str>> {
    record.iter().map(|cell| std::str::from_utf8(cell).ok()).collect()
}

fn header_of<'r>(written: &[&'r str], delimiter: u8) -> Result<Vec<&'r str>, CsvError> {
    let names: Vec<_> = written.iter().map(|name| name.trim()).collect();
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !name.is_empty() && !seen.insert(**name)) {
        return Err(RowProblem::DuplicateColumn((*twice).to_owned()).at(1));
    }
    match (names.as_slice(), names.first().and_then(|name| name.bytes().find(|byte| b";,\t|".contains(byte) && *byte != delimiter))) {
        ([_], Some(other)) => Err(RowProblem::OneColumn(shown(other)).at(1)),
        _ => Ok(names),
    }
}

fn shown(delimiter: u8) -> String {
    if delimiter == b'\t' { "\\t".to_owned() } else { char::from(delimiter).to_string() }
}
