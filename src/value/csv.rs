//! Rows of CSV text, by RFC 4180: what a source and a table of the language have in common.

use super::encoding::{UTF8_MARK, without_mark};
use std::{
    collections::HashSet,
    io::{self, BufRead},
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
    Unreadable(#[source] io::Error),
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
    #[error("there is text behind the quotation mark that closes a cell: double a quotation mark that belongs to the text")]
    TextBehindQuote,
    #[error("there is a blank before the quotation mark that opens a cell: take it out")]
    BlankBeforeQuote,
    #[error(
        "there is a quotation mark inside of a cell that does not begin with one: put the cell in quotation marks, and double the one inside"
    )]
    QuoteInCell,
    #[error("it says that cells are separated by `{0}`: write `delimiter = \"{0}\"`")]
    NamesDelimiter(String),
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

/// A row as text.
pub enum Row<'a> {
    /// The names of the columns, and the bytes from the beginning of the text to the end of their line.
    Header { names: &'a [&'a str], raw: &'a [u8] },
    /// The cells, the bytes of the row with the end of its line, and the line on which it begins.
    Cells { cells: &'a [&'a str], raw: &'a [u8], line: u64 },
    /// An empty line, or a row without any value, as spreadsheets leave them behind.
    Blank(&'a [u8]),
}

/// Calls `take` with the header and with each record. Rows without any value are no records.
///
/// # Errors
/// What is no CSV by RFC 4180; no text; a row that does not fit the header; two columns of one name.
pub fn each(from: impl BufRead, delimiter: u8, take: &mut dyn FnMut(Row<'_>)) -> Result<(), CsvError> {
    each_needing(from, delimiter, None, take)
}

/// The same where only some of the columns are needed: others may share a name.
///
/// # Errors
/// As [`each`].
pub fn each_needing(from: impl BufRead, delimiter: u8, needed: Option<&[&str]>, take: &mut dyn FnMut(Row<'_>)) -> Result<(), CsvError> {
    let mut rows = Rows::new(from, delimiter);
    let mut before = Vec::new();
    while rows.next()? && rows.record.ends.is_empty() {
        before.extend_from_slice(&rows.record.raw);
    }
    if rows.record.ends.is_empty() {
        return Err(CsvError::Empty);
    }
    let mut header = std::mem::take(&mut rows.record);
    if let Some(named) = header.named_delimiter() {
        if named != delimiter {
            return Err(RowProblem::NamesDelimiter(shown(named)).at(header.line));
        }
        if !rows.next()? || rows.record.ends.is_empty() {
            return Err(CsvError::Empty);
        }
        header = Record { raw: [&*header.raw, &rows.record.raw].concat(), ..std::mem::take(&mut rows.record) };
    }
    let written = header.texts().ok_or_else(|| RowProblem::NotUtf8.at(header.line))?;
    let names = header_of(&written, header.line, delimiter, needed)?;
    before.extend_from_slice(&header.raw);
    take(Row::Header { names: &names, raw: &before });
    while rows.next()? {
        let record = &rows.record;
        let cells = record.texts().ok_or_else(|| RowProblem::NotUtf8.at(record.line))?;
        match cells.len() {
            _ if cells.iter().all(|cell| cell.trim().is_empty()) => take(Row::Blank(&record.raw)),
            count if count == names.len() => take(Row::Cells { cells: &cells, raw: &record.raw, line: record.line }),
            count => return Err(uneven(count, names.len(), delimiter).at(record.line)),
        }
    }
    Ok(())
}

/// A row while it is read.
#[derive(Debug, Default)]
struct Record {
    /// The text of its cells, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Its bytes, with the end of the line.
    raw: Vec<u8>,
    /// The line on which it begins.
    line: u64,
}

impl Record {
    fn texts(&self) -> Option<Vec<&str>> {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| std::str::from_utf8(&self.text[*begin..*end]).ok()).collect()
    }

    fn clear(&mut self, line: u64) {
        self.text.clear();
        self.ends.clear();
        self.raw.clear();
        self.line = line;
    }

    /// `sep=;`, by which a first line tells Excel the delimiter.
    fn named_delimiter(&self) -> Option<u8> {
        let line = without_mark(&self.raw).trim_ascii_end();
        let [named] = line.strip_prefix(b"sep=")? else { return None };
        Some(*named)
    }

    /// What is wrong with a quotation mark behind other text of its cell.
    fn stray_quote(&self) -> RowProblem {
        let begun = &self.text[self.ends.last().copied().unwrap_or(0)..];
        if begun.trim_ascii().is_empty() { RowProblem::BlankBeforeQuote } else { RowProblem::QuoteInCell }
    }
}

/// Where in a cell a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before its first byte.
    Start,
    Plain,
    Quoted,
    /// Behind a quotation mark that closes it, unless another one follows.
    Closed,
}

/// Reads one row after the other, and knows of each byte where in a cell it is.
struct Rows<R> {
    from: R,
    delimiter: u8,
    line: u64,
    record: Record,
}

impl<R: BufRead> Rows<R> {
    fn new(from: R, delimiter: u8) -> Self {
        Self { from, delimiter, line: 1, record: Record::default() }
    }

    /// Reads the next row, which has no cell if the line is empty; returns whether there is one.
    fn next(&mut self) -> Result<bool, CsvError> {
        let mut state = State::Start;
        self.record.clear(self.line);
        loop {
            let buffer = self.from.fill_buf().map_err(CsvError::Unreadable)?;
            if buffer.is_empty() {
                return self.end_of_file(state);
            }
            let (mut used, mut ended) = (0, false);
            for byte in buffer {
                used += 1;
                self.record.raw.push(*byte);
                if self.line == 1 && self.record.raw == *UTF8_MARK {
                    self.record.text.clear();
                    state = State::Start;
                    continue;
                }
                self.line += u64::from(*byte == b'\n');
                let after = step(state, *byte, self.delimiter, &mut self.record).map_err(|problem| problem.at(self.record.line))?;
                ended = after.is_none();
                let Some(after) = after else { break };
                state = after;
            }
            self.from.consume(used);
            if ended {
                self.end_of_line()?;
                return Ok(true);
            }
            if self.record.raw.len() as u64 > LONGEST {
                return Err(RowProblem::TooLong.at(self.record.line));
            }
        }
    }

    /// The second half of a line's end.
    fn end_of_line(&mut self) -> Result<(), CsvError> {
        if self.record.raw.ends_with(b"\r") {
            self.line += 1;
            if self.from.fill_buf().map_err(CsvError::Unreadable)?.first() == Some(&b'\n') {
                self.record.raw.push(b'\n');
                self.from.consume(1);
            }
        }
        Ok(())
    }

    fn end_of_file(&mut self, state: State) -> Result<bool, CsvError> {
        if state == State::Quoted {
            return Err(CsvError::UnclosedQuote);
        }
        let is_row = state != State::Start || !self.record.ends.is_empty();
        if is_row {
            self.record.ends.push(self.record.text.len());
        }
        Ok(is_row)
    }
}

/// Takes one byte of a row; `None` if the row ends with it. An empty line has no cell.
fn step(state: State, byte: u8, delimiter: u8, record: &mut Record) -> Result<Option<State>, RowProblem> {
    Ok(Some(match (state, byte) {
        (State::Quoted, b'"') => State::Closed,
        (State::Closed, b'"') => {
            record.text.push(byte);
            State::Quoted
        }
        (State::Quoted, _) => {
            record.text.push(byte);
            State::Quoted
        }
        (_, b'\r' | b'\n') => {
            if state != State::Start || !record.ends.is_empty() {
                record.ends.push(record.text.len());
            }
            return Ok(None);
        }
        (_, byte) if byte == delimiter => {
            record.ends.push(record.text.len());
            State::Start
        }
        (State::Closed, _) => return Err(RowProblem::TextBehindQuote),
        (State::Start, b'"') => State::Quoted,
        (State::Plain, b'"') => return Err(record.stray_quote()),
        (State::Start | State::Plain, _) => {
            record.text.push(byte);
            State::Plain
        }
    }))
}

/// Writes a row: a cell is quoted where it has to be.
pub fn write<'c>(cells: impl IntoIterator<Item = &'c str>, delimiter: u8, out: &mut Vec<u8>) {
    let begun = out.len();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(delimiter);
        }
        if cell.bytes().any(|byte| byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n')) {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    // One empty cell would be an empty line, which is no row.
    if out.len() == begun {
        out.extend_from_slice(b"\"\"");
    }
}

fn uneven(found: usize, wanted: usize, delimiter: u8) -> RowProblem {
    let delimiter = shown(delimiter);
    match found < wanted {
        true => RowProblem::TooFewCells { found, wanted, delimiter },
        false => RowProblem::TooManyCells { found, wanted, delimiter },
    }
}

fn header_of<'r>(written: &[&'r str], line: u64, delimiter: u8, needed: Option<&[&str]>) -> Result<Vec<&'r str>, CsvError> {
    let names: Vec<_> = written.iter().map(|name| name.trim()).collect();
    let is_needed = |name: &str| !name.is_empty() && needed.is_none_or(|needed| needed.contains(&name));
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| is_needed(name) && !seen.insert(**name)) {
        return Err(RowProblem::DuplicateColumn((*twice).to_owned()).at(line));
    }
    match (names.as_slice(), names.first().and_then(|name| name.bytes().find(|byte| b";,\t|".contains(byte) && *byte != delimiter))) {
        ([_], Some(other)) => Err(RowProblem::OneColumn(shown(other)).at(line)),
        _ => Ok(names),
    }
}

fn shown(delimiter: u8) -> String {
    if delimiter == b'\t' { "\\t".to_owned() } else { char::from(delimiter).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a text, cells in brackets, and the line of what is refused.
    fn rows(text: &str) -> String {
        let mut out = Vec::new();
        let mut take = |row: Row<'_>| match row {
            Row::Header { names: cells, raw } | Row::Cells { cells, raw, .. } => {
                assert!(text.as_bytes().windows(raw.len()).any(|part| part == raw), "{raw:?} is not of the text");
                out.push(cells.iter().map(|cell| format!("[{cell}]")).collect::<String>());
            }
            Row::Blank(_) => {}
        };
        // A reader of few bytes meets each end of its buffer.
        let read = each(io::BufReader::with_capacity(3, text.as_bytes()), b',', &mut take);
        out.extend(read.err().map(|error| error.of("f")));
        out.join(" ")
    }

    #[test]
    fn what_is_csv_is_read() {
        let cases = [
            ("a,b\n1,2\n", "[a][b] [1][2]"),
            ("a,b\r\n1,2", "[a][b] [1][2]"),
            ("a,b\r1,2\r3,4", "[a][b] [1][2] [3][4]"),
            ("\u{feff}a,b\n1,2\n", "[a][b] [1][2]"),
            ("\u{feff}\"a\",b\n1,2\n", "[a][b] [1][2]"),
            ("a,b\n\n1,\n,2\n,\n \n", "[a][b] [1][] [][2]"),
            ("a,b\n\"x,\"\"y\"\"\",\"\"\n", "[a][b] [x,\"y\"][]"),
            ("a,b\n\"1\r\n2\",3\n", "[a][b] [1\r\n2][3]"),
            ("a,b\n\"\"\"\",\"\"\"\"\"\"\n", "[a][b] [\"][\"\"]"),
            ("a\n\"\"\n1\n", "[a] [1]"),
            ("sep=,\r\na,b\r\n1,2\r\n", "[a][b] [1][2]"),
            ("\u{feff}sep=,\na,b\n1,2\n", "[a][b] [1][2]"),
            ("sep=x,b\n1,2\n", "[sep=x][b] [1][2]"),
        ];
        for (text, wanted) in cases {
            assert_eq!(rows(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_csv_is_refused_with_its_line() {
        let cases = [
            ("a,b\n1,\"Ann \\\"Bo\\\" Lee\"\n", "`f`, line 2: there is text behind the quotation mark"),
            ("a,b\n1,2\n1,\"Ann\"x\n", "`f`, line 3: there is text behind the quotation mark"),
            ("a,b\n1,\"Ann\" \n", "`f`, line 2: there is text behind the quotation mark"),
            ("a,b\n1, \"Ann\"\n", "`f`, line 2: there is a blank before the quotation mark"),
            ("a,b\n1,5\" pipe\n", "`f`, line 2: there is a quotation mark inside of a cell"),
            ("a,b\n\n\"x\ny\",z\n1, \"Ann\"\n", "`f`, line 5: there is a blank before the quotation mark"),
            ("\"a\"b\n", "`f`, line 1: there is text behind the quotation mark"),
            ("a,b\r\n1,2\r\n1,2,3\r\n", "`f`, line 3: it has 3 of 2 cells"),
            ("sep=;\na;b\n", "`f`, line 1: it says that cells are separated by `;`: write `delimiter = \";\"`"),
            ("a,b\n1,\"Ann\n2,Bo\n", "`f` has a quotation mark that is never closed"),
        ];
        for (text, wanted) in cases {
            let said = rows(text);
            assert!(said.contains(wanted), "{text:?}: {said}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(cells in proptest::collection::vec("[a,\"\r\n é]{0,6}", 1..4)) {
            proptest::prop_assume!(cells.iter().any(|cell| !cell.trim().is_empty()));
            let names: Vec<String> = (0..cells.len()).map(|at| format!("n{at}")).collect();
            let mut bytes = Vec::new();
            for row in [&names, &cells] {
                write(row.iter().map(String::as_str), b',', &mut bytes);
                bytes.push(b'\n');
            }
            let mut found = Vec::new();
            each(&*bytes, b',', &mut |row| if let Row::Cells { cells, .. } = row {
                found = cells.iter().map(|cell| (*cell).to_owned()).collect();
            }).unwrap();
            proptest::prop_assert_eq!(found, cells);
        }
    }
}
