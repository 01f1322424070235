//! The error file of a run, for a spreadsheet and for programs.

use crate::{
    project::Project,
    state::errors::{ErrorRow, ListedError},
};
use serde_json::{Value as Json, json};
use std::io;

/// Writes the files of a run below the state's folder. They contain no names, because files are passed on.
///
/// # Errors
/// What the system says.
pub fn write(project: &Project, run: i64, rows: &[ListedError]) -> io::Result<()> {
    let (folder, disk) = (project.state_folder().join("errors"), project.host.disk());
    disk.make_folder(&folder)?;
    disk.replace(&folder.join(format!("run-{run}.csv")), &csv(rows, false))?;
    disk.replace(&folder.join(format!("run-{run}.jsonl")), &jsonl(rows, false))
}

/// The message of an error. Unless personal data may be printed, the value that it quotes is left out.
#[must_use]
pub fn message(error: &ErrorRow, people: bool) -> String {
    if people || !error.code.may_quote_value() { error.message.clone() } else { without_value(&error.message) }
}

/// A file for a spreadsheet.
#[must_use]
pub fn csv(rows: &[ListedError], people: bool) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(["key", "name", "step", "attribute", "code", "message", "line", "fixed in run"]);
    for listed in rows {
        let error = &listed.error;
        let name = error.label.as_deref().filter(|_| people).unwrap_or("");
        let fixed = listed.fixed.map(|run| run.to_string()).unwrap_or_default();
        let _ = writer.write_record([
            &error.key,
            name,
            error.step.word(),
            error.attribute.as_deref().unwrap_or(""),
            error.code.as_str(),
            &message(error, people),
            &place(listed),
            &fixed,
        ]);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// One object a line.
#[must_use]
pub fn jsonl(rows: &[ListedError], people: bool) -> String {
    rows.iter().map(|listed| format!("{}\n", json_of(listed, people))).collect()
}

/// One error as JSON.
#[must_use]
pub fn json_of(listed: &ListedError, people: bool) -> Json {
    let error = &listed.error;
    json!({
        "key": error.key, "name": error.label.as_deref().filter(|_| people), "step": error.step.word(), "attribute": error.attribute,
        "code": error.code.as_str(), "message": message(error, people), "file": Some(&error.file).filter(|file| !file.is_empty()), "line": error.line, "fixed_in": listed.fixed,
    })
}

/// `lucca.sync:43`, or the line alone in the pipeline's own file.
#[must_use]
pub fn place(listed: &ListedError) -> String {
    let error = &listed.error;
    let file = error.file.rsplit('/').next().unwrap_or_default();
    if file.is_empty() { error.line.to_string() } else { format!("{file}:{}", error.line) }
}

/// A message without the value that it quotes: `"2026-02-30" is not a date` becomes `"…" is not a date`.
#[must_use]
pub fn without_value(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(from), Some(to)) if from < to => format!("{}\"…\"{}", &message[..from], &message[to + 1..]),
        _ => message.to_owned(),
    }
}
