//! CSV: a header row, then records; each becomes an object of texts, an empty cell `null`.

use super::{
    error::{FileError, FileProblem, LineProblem},
    read::{Input, Named, Pages},
};
use crate::{
    compile::system::CsvOptions,
    value::{
        csv::{CsvError, LONGEST, Row, RowProblem, each, each_needing},
        encoding::CharacterEncoding,
    },
};
use std::io::{BufRead, BufReader, Read};

/// The rows of a file after the lines that it skips, and those lines. Faults have the line of the file. Columns that are not needed may
/// share a name.
pub fn rows(
    file: Input,
    named: &Named<'_>,
    options: &CsvOptions,
    needed: Option<&[&str]>,
    take: &mut dyn FnMut(Row<'_>),
) -> Result<Vec<u8>, FileError> {
    let mut input = BufReader::new(file);
    let skipped = skip(&mut input, named, options.skip)?;
    each_needing(input, options.delimiter, needed, take).map_err(|error| match error {
        CsvError::Row { line, problem: RowProblem::NotUtf8 } if options.encoding == CharacterEncoding::Utf8 => {
            named.line(line + options.skip, LineProblem::NotUtf8)
        }
        CsvError::Row { line, problem } => named.csv(CsvError::Row { line: line + options.skip, problem }),
        whole => named.csv(whole),
    })?;
    Ok(skipped)
}

/// Reads the lines before the header.
fn skip(input: &mut impl BufRead, named: &Named<'_>, skip: u64) -> Result<Vec<u8>, FileError> {
    let mut skipped = Vec::new();
    for found in 0..skip {
        let begun = skipped.len() as u64;
        input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut skipped).map_err(|error| named.failed(error))?;
        match skipped.len() as u64 - begun {
            0 => return Err(named.whole(FileProblem::TooShort { found, skip })),
            length if length > LONGEST => return Err(named.line(found + 1, RowProblem::TooLong.into())),
            _ => {}
        }
    }
    Ok(skipped)
}

/// Passes on all records of a table that has the wanted columns, and those that are needed once.
pub fn scan(
    file: Input,
    named: &Named<'_>,
    options: &CsvOptions,
    (wanted, needed): (&[&str], Option<&[&str]>),
    pages: &mut Pages<'_>,
) -> Result<(), FileError> {
    let mut names = Vec::new();
    let (mut lost, mut below) = (None, None);
    let read = rows(file, named, options, needed, &mut |row| match row {
        Row::Header { names: header, .. } => {
            lost = lost_column(wanted, header);
            names = quoted(header);
        }
        Row::Cells { cells, .. } if lost.is_none() => pages.push(|bytes| write_object(&names, cells, bytes)),
        Row::Cells { cells, line, .. } if below.is_none() && has_names(cells, wanted) => below = Some(line + options.skip),
        Row::Cells { .. } | Row::Blank(_) => {}
    });
    match (read, lost) {
        (Err(FileError::Line { line, problem: LineProblem::Row(RowProblem::TooManyCells { .. }), .. }), Some(_)) => {
            Err(named.line(line, LineProblem::UnderTitle { skip: line - 1 }))
        }
        (Err(error), _) => Err(error),
        (Ok(_), None) => Ok(()),
        (Ok(_), Some(why)) => Err(match below {
            Some(line) => named.line(line, LineProblem::UnderTitle { skip: line - 1 }),
            None => named.line(1 + options.skip, why),
        }),
    }
}

/// Whether a row below the first one has the names of the columns, as in a file that begins with a title.
fn has_names(cells: &[&str], wanted: &[&str]) -> bool {
    wanted.iter().all(|name| cells.iter().any(|cell| cell.trim() == *name))
}

fn lost_column(wanted: &[&str], header: &[&str]) -> Option<LineProblem> {
    let lost = wanted.iter().find(|name| !header.contains(*name))?;
    Some(LineProblem::NoColumn { column: (*lost).to_owned(), columns: header.iter().map(|name| (*name).to_owned()).collect() })
}

/// Passes on each record of a table as an object.
pub fn objects(from: impl BufRead, named: &Named<'_>, delimiter: u8, take: &mut dyn FnMut(&[u8])) -> Result<(), FileError> {
    let (mut names, mut bytes) = (Vec::new(), Vec::new());
    each(from, delimiter, &mut |row| match row {
        Row::Header { names: header, .. } => names = quoted(header),
        Row::Cells { cells, .. } => {
            bytes.clear();
            write_object(&names, cells, &mut bytes);
            take(&bytes);
        }
        Row::Blank(_) => {}
    })
    .map_err(|error| named.csv(error))
}

fn quoted(header: &[&str]) -> Vec<String> {
    header.iter().map(|name| serde_json::Value::from(*name).to_string()).collect()
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
