//! CSV: a header row, then records; each becomes an object of texts, an empty cell `null`.

use super::{
    error::{FileError, FileProblem, LineProblem},
    read::{Input, LONGEST, Named, Pages},
};
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::{
    cell::Cell,
    collections::HashSet,
    io::{self, Read},
    rc::Rc,
};

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
            return Err(io::Error::other(LineProblem::TooLong));
        }
        let count = self.from.read(buffer)?;
        self.open.set(self.open.get() + count as u64);
        let quotes = buffer[..count].iter().filter(|byte| **byte == b'"').count();
        self.odd.set(self.odd.get() ^ (quotes % 2 == 1));
        Ok(count)
    }
}

/// Passes on all records of a table that has the wanted columns.
pub fn scan(file: Input, named: &Named<'_>, delimiter: u8, wanted: &[&str], pages: &mut Pages<'_>) -> Result<(), FileError> {
    let mut names = Vec::new();
    let mut lost = None;
    each(file, named, delimiter, &mut |row| match row {
        Row::Header(header) => {
            lost = lost_column(wanted, header);
            names = quoted(header);
        }
        Row::Cells(_) if lost.is_some() => {}
        Row::Cells(cells) => pages.push(|bytes| write_object(&names, cells, bytes)),
    })?;
    lost.map_or(Ok(()), |why| Err(named.line(1, why)))
}

fn lost_column(wanted: &[&str], header: &[&str]) -> Option<LineProblem> {
    let lost = wanted.iter().find(|name| !header.contains(*name))?;
    Some(LineProblem::NoColumn { column: (*lost).to_owned(), columns: header.iter().map(|name| (*name).to_owned()).collect() })
}

/// Passes on each record of a table as an object.
pub fn objects(from: impl Read, named: &Named<'_>, delimiter: u8, take: &mut dyn FnMut(&[u8])) -> Result<(), FileError> {
    let (mut names, mut bytes) = (Vec::new(), Vec::new());
    each(from, named, delimiter, &mut |row| match row {
        Row::Header(header) => names = quoted(header),
        Row::Cells(cells) => {
            bytes.clear();
            write_object(&names, cells, &mut bytes);
            take(&bytes);
        }
    })
}

fn quoted(header: &[&str]) -> Vec<String> {
    header.iter().map(|name| serde_json::Value::from(*name).to_string()).collect()
}

/// A row as text.
pub enum Row<'a> {
    Header(&'a [&'a str]),
    Cells(&'a [&'a str]),
}

/// Calls `take` with the header and with each record. Rows without any value are skipped, because spreadsheets leave them
/// behind.
pub fn each(from: impl Read, named: &Named<'_>, delimiter: u8, take: &mut dyn FnMut(Row<'_>)) -> Result<(), FileError> {
    let odd = Rc::new(Cell::new(false));
    let open = Rc::new(Cell::new(0));
    let quotes = Quotes { from, odd: Rc::clone(&odd), open: Rc::clone(&open) };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(quotes);
    let mut record = ByteRecord::new();
    if !next(&mut reader, &mut record, named)? {
        return Err(named.whole(FileProblem::Empty));
    }
    let header = record.clone();
    let header = header_of(&header, named, delimiter)?;
    take(Row::Header(&header));
    while next(&mut reader, &mut record, named)? {
        open.set(0);
        let line = record.position().map_or(0, csv::Position::line);
        let cells = texts(&record).ok_or_else(|| named.line(line, LineProblem::NotUtf8))?;
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if cells.len() != header.len() {
            let why = named.line(line, uneven(cells.len(), header.len(), delimiter));
            let last = !next(&mut reader, &mut record, named)?;
            return Err(if last && odd.get() { unclosed(named) } else { why });
        }
        take(Row::Cells(&cells));
    }
    if odd.get() { Err(unclosed(named)) } else { Ok(()) }
}

fn unclosed(named: &Named<'_>) -> FileError {
    named.whole(FileProblem::UnclosedQuote)
}

fn uneven(found: usize, wanted: usize, delimiter: u8) -> LineProblem {
    let delimiter = shown(delimiter);
    match found < wanted {
        true => LineProblem::TooFewCells { found, wanted, delimiter },
        false => LineProblem::TooManyCells { found, wanted, delimiter },
    }
}

fn next(reader: &mut Reader<Quotes<impl Read>>, record: &mut ByteRecord, named: &Named<'_>) -> Result<bool, FileError> {
    reader.read_byte_record(record).map_err(|error| named.whole(FileProblem::Csv(error)))
}

fn texts(record: &ByteRecord) -> Option<Vec<&str>> {
    record.iter().map(|cell| std::str::from_utf8(cell).ok()).collect()
}

fn header_of<'a>(record: &'a ByteRecord, named: &Named<'_>, delimiter: u8) -> Result<Vec<&'a str>, FileError> {
    let names: Vec<_> = texts(record).ok_or_else(|| named.line(1, LineProblem::NotUtf8))?.into_iter().map(str::trim).collect();
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !name.is_empty() && !seen.insert(**name)) {
        return Err(named.line(1, LineProblem::DuplicateColumn((*twice).to_owned())));
    }
    match (names.as_slice(), names.first().and_then(|name| name.bytes().find(|byte| b";,\t|".contains(byte) && *byte != delimiter))) {
        ([_], Some(other)) => Err(named.line(1, LineProblem::OneColumn(shown(other)))),
        _ => Ok(names),
    }
}

fn shown(delimiter: u8) -> String {
    if delimiter == b'\t' { "\\t".to_owned() } else { char::from(delimiter).to_string() }
}

/// One record as an object. A column without a name is not part of it.
fn write_object(names: &[String], cells: &[&str], bytes: &mut Vec<u8>) {
    bytes.push(b'{');
    let mut first = true;
    for (name, cell) in names.iter().zip(cells).filter(|(name, _)| *name != "\"\"") {
        if !std::mem::take(&mut first) {
            bytes.push(b',');
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b':');
        if cell.is_empty() {
            bytes.extend_from_slice(b"null");
        } else {
            serde_json::to_writer(&mut *bytes, cell).expect("a text is always JSON");
        }
    }
    bytes.push(b'}');
}
