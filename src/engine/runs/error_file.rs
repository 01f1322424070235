//! The error file of a run, for a spreadsheet and for programs.

use crate::{
    compile::system::ErrorClass,
    diagnose::screen_text::{csv_text, escaped_json, in_spreadsheet},
    project::Project,
    run::change_set::Outcome,
    state::errors::{ErrorCode, ErrorRow, ListedError},
};
use regex::Regex;
use serde_json::{Value as Json, json};
use std::{io, sync::LazyLock};

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

/// What was said of a record; its own values, and what the target says of them, only where people may be printed.
#[must_use]
pub fn message(error: &ErrorRow, people: bool) -> String {
    match &error.code {
        _ if people => error.message.clone(),
        ErrorCode::Fault(_) => without_value(&error.message),
        // A code of another version is treated with the same care.
        ErrorCode::Request(_) | ErrorCode::Other(_) => without_answer(&error.message),
    }
}

/// What is said of a write or a look-up, without the words of the system that answered, which may repeat any value that it was sent:
/// `invalid "…"`, `refused as not unique (…)`, `member 83021 was not read: …`.
///
/// Where the system said nothing, what is known of its answer stays.
#[must_use]
pub fn without_answer(message: &str) -> String {
    let hidden = cut(message, &[QUOTED, IN_BRACKETS, (": ", ": …")]);
    match without_address(message) {
        Some((0, known)) => known,
        Some((_, known)) => hidden.replacen('…', &known, 1),
        None => hidden,
    }
}

/// Our own sentence about an answer without a message, or about none, wherever in a message it begins: without the address of the request,
/// which may name a record.
fn without_address(message: &str) -> Option<(usize, String)> {
    static OWN: LazyLock<Regex> = LazyLock::new(|| {
        let silent = r"(answers \d{3}) to [A-Z]+ \S+?(, and says no more)";
        let broken = r"((?:can't be reached|did not answer in time|broke the connection|broke off its answer) at `[^`]*`)";
        Regex::new(&format!(r"(`[^`]+` )(?:{silent}|{broken})(?:.*( \(tried \d+ times\)))?")).expect("a valid pattern")
    });
    let found = OWN.captures(message)?;
    let known = found.iter().skip(1).flatten().map(|part| part.as_str()).collect();
    Some((found.get(0)?.start(), known))
}

const QUOTED: (&str, &str) = ("\"", "\"…\"");
const IN_BRACKETS: (&str, &str) = (" (", " (…)");

/// A message up to where the first of these begins, which is replaced.
fn cut(message: &str, beginnings: &[(&str, &str)]) -> String {
    let first = beginnings.iter().filter_map(|(beginning, hidden)| Some((message.find(beginning)?, *hidden))).min();
    first.map_or_else(|| message.to_owned(), |(at, hidden)| format!("{}{hidden}", &message[..at]))
}

/// How an operation ended, for a build log: without what the target says of the record. What stopped the run is of no record.
#[must_use]
pub fn without_words(outcome: &Outcome) -> Outcome {
    let mut outcome = outcome.clone();
    match &mut outcome {
        Outcome::Failed { class: ErrorClass::Auth | ErrorClass::Limit, .. } | Outcome::Done | Outcome::NotAttempted { .. } => {}
        // Our own words.
        Outcome::Perhaps { .. } | Outcome::NotKept { .. } | Outcome::NotShown { .. } => {}
        Outcome::Failed { message, .. } | Outcome::NotMade { message, .. } => {
            *message = without_address(message).map_or_else(|| "…".to_owned(), |(_, known)| known)
        }
        Outcome::Conflict { message, .. } => *message = cut(message, &[QUOTED, IN_BRACKETS]),
        Outcome::Unknown { message } => *message = without_answer(message),
    }
    outcome
}

/// A file for a spreadsheet.
#[must_use]
pub fn csv(rows: &[ListedError], people: bool) -> String {
    let row = |listed: &ListedError| {
        let error = &listed.error;
        let name = error.label.as_deref().filter(|_| people).unwrap_or("");
        [
            in_spreadsheet(&error.key).into_owned(),
            in_spreadsheet(name).into_owned(),
            error.step.word().to_owned(),
            in_spreadsheet(error.attribute.as_deref().unwrap_or("")).into_owned(),
            error.code.as_str().to_owned(),
            in_spreadsheet(&message(error, people)).into_owned(),
            place(listed),
            listed.fixed.map(|run| run.to_string()).unwrap_or_default(),
        ]
    };
    csv_text(&["key", "name", "step", "attribute", "code", "message", "line", "fixed in run"], rows.iter().map(row))
}

/// One object a line.
#[must_use]
pub fn jsonl(rows: &[ListedError], people: bool) -> String {
    rows.iter().map(|listed| escaped_json(&format!("{}\n", json_of(listed, people))).into_owned()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::errors::ErrorStep;

    /// An error file is handed on: no value of a record is in it, whoever repeats it.
    #[test]
    fn nothing_of_a_record_is_in_a_message_that_is_handed_on() {
        let said = |code: &str, message: &str| {
            let (code, message) = (code.into(), message.to_owned());
            let (key, file) = (String::new(), String::new());
            let error = ErrorRow { key, label: None, step: ErrorStep::Apply, attribute: None, code, message, file, line: 1 };
            assert_eq!(super::message(&error, true), error.message);
            super::message(&error, false)
        };
        assert_eq!(said("R0204", "\"2026-02-30\" is not a date"), "\"…\" is not a date");
        assert_eq!(said("R0201", "is missing"), "is missing");
        assert_eq!(said("W0902", "invalid \"\"a@example.com\" is taken\""), "invalid \"…\"");
        assert_eq!(said("W0906", "member 83021 was not read: no a@example.com (404)"), "member 83021 was not read: …");
        assert_eq!(said("W0907", "refused as not unique (a@example.com is taken)"), "refused as not unique (…)");
        assert_eq!(said("W0907", "the account is missing"), "the account is missing");
        assert_eq!(
            said("W0908", "the target gave no answer (a@example.com?); the next complete read will tell"),
            "the target gave no answer (…)"
        );
    }

    #[test]
    fn what_is_known_of_an_answer_without_a_message_is_handed_on() {
        let silent = "`crm` answers 503 to PUT /users/a%40example.com, and says no more (tried 2 times)";
        let broken = "`crm` broke the connection at `crm.example.com`: closed before a@example.com (tried 2 times)";
        let said = [
            (silent.to_owned(), "`crm` answers 503, and says no more (tried 2 times)"),
            (format!("temporary \"{silent}\""), "temporary \"`crm` answers 503, and says no more (tried 2 times)\""),
            (format!("\"{silent}\"; the next complete read will tell"), "\"`crm` answers 503, and says no more (tried 2 times)\""),
            (broken.to_owned(), "`crm` broke the connection at `crm.example.com` (tried 2 times)"),
            (
                format!("the target gave no answer ({broken}); the next complete read will tell"),
                "the target gave no answer (`crm` broke the connection at `crm.example.com` (tried 2 times))",
            ),
            ("\"Ann Lee is there\"; the next complete read will tell".to_owned(), "\"…\""),
        ];
        for (message, known) in said {
            assert_eq!(without_answer(&message), known);
        }
        let failed = |message: &str| {
            let outcome = Outcome::Failed { class: ErrorClass::Temporary, message: message.to_owned(), attribute: None };
            let Outcome::Failed { message, .. } = without_words(&outcome) else { panic!("it has failed") };
            message
        };
        assert_eq!(failed(silent), "`crm` answers 503, and says no more (tried 2 times)");
        assert_eq!(failed("Ann Lee is there"), "…");
    }
}
