//! The runs so far, and the errors of one.

use super::{count, ledger, number, pad, row};
use crate::{
    cli::terminal::{Ink, Style, Terminal},
    engine::error_file,
    state::{
        errors::ListedError,
        runs::{RunResult, RunRow},
    },
};
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// `2026-03-09 02:00`, in UTC.
fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// The table; runs in a row that had nothing to do are one line.
#[must_use]
pub fn runs_text(rows: &[RunRow], style: Style) -> String {
    let mut out = format!(
        "{}\n",
        style.paint(Ink::Bold, "run      started (UTC)     by            read  created  updated  left  failed  need attention  result")
    );
    let mut at = 0;
    while at < rows.len() {
        let quiet = rows[at..].iter().take_while(|row| row.result == RunResult::NothingToDo && row.pipeline == rows[at].pipeline).count();
        let together = if quiet > 2 { quiet } else { 1 };
        out.push_str(&run_row(&rows[at..at + together], style));
        at += together;
    }
    for row in rows.iter().filter(|row| !row.sentence.is_empty()).take(3) {
        let _ = writeln!(out, "{}: {}", row.number, row.sentence);
    }
    out
}

fn run_row(rows: &[RunRow], style: Style) -> String {
    let (newest, oldest) = (&rows[0], &rows[rows.len() - 1]);
    let numbers = if rows.len() > 1 { format!("{}-{}", oldest.number, newest.number) } else { newest.number.to_string() };
    let started = if rows.len() > 1 { format!("{} runs", rows.len()) } else { moment(newest.started) };
    let counts = &newest.counts;
    let ink = match newest.result {
        RunResult::Done | RunResult::NothingToDo => Ink::Green,
        RunResult::Held | RunResult::Running => Ink::Yellow,
        _ => Ink::Red,
    };
    let result = style.paint(ink, &result_words(newest));
    format!(
        "{} {} {} {:>6} {:>8} {:>8} {:>5} {:>7} {:>15}  {result}\n",
        pad(&numbers, 8),
        pad(&started, 17),
        pad(&newest.by, 11),
        number(counts.read),
        number(counts.created),
        number(counts.updated),
        number(counts.left),
        number(counts.failed),
        number(counts.needs_attention)
    )
}

fn result_words(row: &RunRow) -> String {
    let sent = if row.counts.sent > 0 { format!(", {} sent", number(row.counts.sent)) } else { String::new() };
    match row.result {
        RunResult::SomeFailed if row.counts.failed == 0 => format!("some look-ups failed{sent}"),
        RunResult::SomeFailed => format!("{} failed{sent}", number(row.counts.failed)),
        result => format!("{}{sent}", result.word()),
    }
}

/// One run a line.
#[must_use]
pub fn runs_lines(rows: &[RunRow]) -> String {
    let line = |row: &RunRow| {
        let counts = &row.counts;
        format!(
            "run {} pipeline={} started={} by={} read={} created={} sent={} updated={} left={} returned={} failed={} needs_attention={} result={}\n",
            row.number,
            row.pipeline,
            row.started,
            row.by.replace(' ', "_"),
            counts.read,
            counts.created,
            counts.sent,
            counts.updated,
            counts.left,
            counts.returned,
            counts.failed,
            counts.needs_attention,
            row.result.word().replace(' ', "_")
        )
    };
    rows.iter().map(line).collect()
}

/// `"format": 1`
#[must_use]
pub fn runs_json(rows: &[RunRow]) -> Json {
    json!({ "format": 1, "runs": rows.iter().map(run_json).collect::<Vec<_>>() })
}

/// One run.
#[must_use]
pub fn run_json(row: &RunRow) -> Json {
    let counts = &row.counts;
    json!({
        "run": row.number, "pipeline": row.pipeline, "execution_plan": row.plan, "change_set": row.change_set, "by": row.by,
        "started": row.started.to_string(), "finished": row.finished.map(|at| at.to_string()), "result": row.result.word(), "sentence": row.sentence,
        "counts": {
            "read": counts.read, "created": counts.created, "sent": counts.sent, "updated": counts.updated, "left": counts.left, "returned": counts.returned,
            "failed": counts.failed, "needs_attention": counts.needs_attention, "open_links": counts.open_links,
        },
    })
}

/// One run by itself, with `"format": 1`.
#[must_use]
pub fn one_run_json(row: &RunRow) -> Json {
    let mut run = json!({ "format": 1 });
    if let (Json::Object(whole), Json::Object(facts)) = (&mut run, run_json(row)) {
        whole.extend(facts);
    }
    run
}

/// One run a line.
#[must_use]
pub fn runs_jsonl(rows: &[RunRow]) -> String {
    rows.iter().map(|row| format!("{}\n", run_json(row))).collect()
}

/// One run, as `show 214` prints it.
#[must_use]
pub fn run_text(row: &RunRow, style: Style) -> String {
    let mut out =
        super::row(style, &style.paint(Ink::Bold, &format!("{}: {}", row.pipeline, result_words(row))), &format!("run {}", row.number));
    let _ = writeln!(out, "  started {} UTC by {}, made by {}", moment(row.started), row.by, row.plan);
    let counts = &row.counts;
    let _ = writeln!(
        out,
        "  {} read   {} created   {} updated   {} left   {} failed   {}",
        number(counts.read),
        number(counts.created),
        number(counts.updated),
        number(counts.left),
        number(counts.failed),
        ledger::attention(counts.needs_attention)
    );
    if !row.sentence.is_empty() {
        let _ = writeln!(out, "  {}", row.sentence);
    }
    out
}

fn who(listed: &ListedError) -> String {
    if listed.error.key.is_empty() { listed.error.label.clone().unwrap_or_default() } else { listed.error.key.clone() }
}

/// The table, and how many of each step.
#[must_use]
pub fn errors_text(run: i64, rows: &[ListedError], terminal: &Terminal) -> String {
    if rows.is_empty() {
        return format!("nothing went wrong in run {run}\n");
    }
    let style = terminal.style;
    let mut out = super::row(style, &style.paint(Ink::Bold, "key      step     attribute        code   what happened"), "line");
    for listed in rows {
        let error = &listed.error;
        let left = format!(
            "{} {} {} {}  {}",
            pad(&who(listed), 8),
            pad(&error.step, 8),
            pad(error.attribute.as_deref().unwrap_or(""), 16),
            error.code,
            error_file::message(error, terminal.people)
        );
        out.push_str(&row(style, &left, &error_file::place(listed)));
    }
    let failed = rows.iter().filter(|listed| listed.error.step == "apply").count() as u64;
    let rejected = rows.len() as u64 - failed;
    let fixed = rows.iter().filter_map(|listed| listed.fixed).collect::<std::collections::BTreeSet<_>>();
    let fixed = if fixed.is_empty() {
        String::new()
    } else {
        format!("; {} fixed since", rows.iter().filter(|listed| listed.fixed.is_some()).count())
    };
    let _ = writeln!(out, "{} of run {run}: {failed} failed, {rejected} rejected{fixed}", count(rows.len() as u64, "error"));
    out
}

/// One error a line; keys, no names, no values.
#[must_use]
pub fn errors_lines(rows: &[ListedError]) -> String {
    let line = |listed: &ListedError| {
        let error = &listed.error;
        let fixed = listed.fixed.map_or_else(String::new, |run| format!(" fixed_in={run}"));
        format!(
            "error {} step={} attribute={} code={} line={}{fixed}\n",
            who(listed).replace(' ', ":"),
            error.step,
            error.attribute.as_deref().unwrap_or("-"),
            error.code,
            error_file::place(listed)
        )
    };
    rows.iter().map(line).collect()
}

/// `"format": 1`
#[must_use]
pub fn errors_json(run: i64, rows: &[ListedError], people: bool) -> Json {
    json!({ "format": 1, "run": run, "errors": rows.iter().map(|listed| error_file::json_of(listed, people)).collect::<Vec<_>>() })
}
