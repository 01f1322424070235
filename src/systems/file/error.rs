//! Why a file of records can't be read or written.

use crate::{
    host::NotAdmitted,
    value::{
        Fault,
        csv::{CsvError, RowProblem, cells, names_to_show},
        encoding::MarkError,
    },
};
use std::io;

/// Why a file of records can't be read or written: one sentence that names the file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("there is no file `{0}`: put it there, or correct its name")]
    Missing(String),
    #[error("no file fits `{0}`: put one there, or correct the pattern")]
    NoneFits(String),
    #[error("`{0}` has a `*` in the name of a folder: write it in the name of the file alone")]
    FolderPattern(String),
    #[error("`{0}` has no time of its last change, so nothing tells which file is the newest")]
    Undated(String),
    #[error("`{0}` may not be read: give the right to, or run as somebody who has it")]
    Denied(String),
    #[error("`{name}` can't be read: {error}")]
    Unreadable {
        name: String,
        #[source]
        error: io::Error,
    },
    #[error("`{name}` {problem}")]
    File { name: String, problem: FileProblem },
    #[error("`{name}`, line {line}: {problem}")]
    Line { name: String, line: u64, problem: LineProblem },
    #[error("`{name}` {why}: {help}", help = why.help())]
    NotAdmitted { name: String, why: NotAdmitted },
    #[error("`{0}` names no file")]
    NoFile(String),
    #[error("the file of `{collection}`: {fault}")]
    Name { collection: String, fault: Box<Fault> },
    #[error("the name of the file of `{0}` is missing")]
    NoName(String),
    #[error("nothing can be written at `{0}`: a path of names is needed")]
    NotWritable(String),
    #[error("`{0}` can't be written in the encoding of the file")]
    Unwritable(char),
    #[error(transparent)]
    WriteJson(#[from] serde_json::Error),
}

/// The most bytes of a file that is one JSON value.
pub const LARGEST_JSON: u64 = 256 << 20;

/// What is wrong with a whole file, worded to follow its name.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    #[error("is a folder, and a file is needed")]
    Folder,
    #[error("is a pipe or a device, and an ordinary file is needed: write the records to a file first")]
    NotOrdinary,
    #[error("is in UTF-16: save it as UTF-8")]
    Utf16,
    #[error("seems to be in UTF-16 without a byte order mark: write `encoding = \"{0}\"`, or save it as UTF-8")]
    UnmarkedUtf16(&'static str),
    #[error("is compressed (gzip): unpack it")]
    Gzip,
    #[error("is a ZIP archive, as workbooks of spreadsheets are: unpack it, or save it as CSV in UTF-8")]
    Zip,
    #[error(transparent)]
    Mark(MarkError),
    #[error("has {found} lines, and `skip` leaves out {skip} before the header")]
    TooShort { found: u64, skip: u64 },
    #[error("is larger than {} MB: save it as JSON lines, which are read one by one", LARGEST_JSON >> 20)]
    TooLarge,
    #[error(transparent)]
    Csv(CsvError),
    #[error("changed while it was read: run it again when it is finished")]
    Changed,
    #[error("changes again and again while it is written: run it again when nothing else writes it")]
    Changing,
    #[error("is still being written: run it again when it is finished")]
    Growing,
    #[error("has no list at `{0}`: say where the records are")]
    NoList(String),
    #[error("is not one whole JSON value: {0}; make it again")]
    NotJson(String),
    #[error("has something else than records in its list at `{0}`")]
    NotRecords(String),
    #[error("has no `key`, so nothing in it can be written")]
    NoKey,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum LineProblem {
    #[error(transparent)]
    Row(#[from] RowProblem),
    #[error("it is not a record: each line must be one JSON object")]
    NotARecord,
    #[error("it ends in the middle: the file was not written to its end, so make it again")]
    Truncated,
    #[error("it is not JSON at column {0}: each line is one JSON object")]
    NotJson(usize),
    #[error("it is not in UTF-8: write its encoding, such as `csv {{ encoding = \"windows-1252\" }}`, or save it as UTF-8")]
    NotUtf8,
    #[error("it seems to have the names of the columns, below a title: write `csv {{ skip = {skip} }}`")]
    UnderTitle { skip: u64 },
    #[error("there is no column `{column}`; {}", there_are(columns))]
    NoColumn { column: String, columns: Vec<String> },
}

/// The names of the columns; their number where they may be something else.
fn there_are(columns: &[String]) -> String {
    names_to_show(columns)
        .map_or_else(|| format!("the first row has {}", cells(columns.len())), |names| format!("there are {}", names.join(", ")))
}
