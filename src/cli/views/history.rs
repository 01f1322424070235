//! The runs so far, and the errors of one.

use super::{count, ledger, number};
use crate::{
    cli::{
        harmless::Harmless,
        terminal::{Ink, Style, Terminal},
    },
    diagnose::{
        layout::{self, Column, Table},
        screen_text::printable,
    },
    engine::error_file,
    state::{
        approvals::Approval,
        decisions::PastDecision,
        errors::{ErrorCode, ErrorStep, ListedError, RequestError},
        runs::{RunCounts, RunResult, RunRow},
    },
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// The facts of one run, which every format prints. Serialized, it is the JSON of the run.
#[derive(Debug, Serialize)]
pub struct RunView<'r> {
    run: i64,
    pipeline: &'r str,
    execution_plan: &'r str,
    change_set: Option<&'r str>,
    by: &'r str,
    started: String,
    finished: Option<String>,
    result: &'static str,
    sentence: &'r str,
    counts: CountsView,
}

/// The counts of a run, in the order in which lines and JSON print them.
#[derive(Clone, Copy, Debug, Serialize)]
struct CountsView {
    read: u64,
    created: u64,
    sent: u64,
    updated: u64,
    left: u64,
    returned: u64,
    failed: u64,
    not_known: u64,
    needs_attention: u64,
    open_links: u64,
}

impl<'r> RunView<'r> {
    /// The view of a row of the history.
    #[must_use]
    pub fn of(row: &'r RunRow) -> Self {
        let RunCounts { read, created, sent, updated, left, returned, failed, not_known, needs_attention, open_links } = row.counts;
        Self {
            run: row.number,
            pipeline: &row.pipeline,
            execution_plan: &row.plan,
            change_set: row.change_set.as_deref(),
            by: &row.by,
            started: row.started.to_string(),
            finished: row.finished.map(|at| at.to_string()),
            result: row.result.word(),
            sentence: &row.sentence,
            counts: CountsView { read, created, sent, updated, left, returned, failed, not_known, needs_attention, open_links },
        }
    }

    fn json(&self) -> Json {
        // A view has text keys only, so that it can always be serialized.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// `run 214 pipeline=… read=320 created=12 …`
    fn line(&self) -> String {
        let Self { run, pipeline, started, counts, .. } = self;
        let mut line = format!("run {run} pipeline={pipeline} started={started} by={}", self.by.replace(' ', "_"));
        for (name, count) in counts.of_a_line() {
            let _ = write!(line, " {name}={count}");
        }
        let _ = writeln!(line, " result={}", self.result.replace(' ', "_"));
        line
    }
}

impl CountsView {
    const fn of_a_line(self) -> [(&'static str, u64); 9] {
        [
            ("read", self.read),
            ("created", self.created),
            ("sent", self.sent),
            ("updated", self.updated),
            ("left", self.left),
            ("returned", self.returned),
            ("failed", self.failed),
            ("not_known", self.not_known),
            ("needs_attention", self.needs_attention),
        ]
    }
}

/// `2026-03-09 02:00`, in UTC.
fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// The columns of `history`. On a narrow screen, the columns whose facts the result repeats are dropped first.
const COLUMNS: [Column; 12] = [
    Column::text("run"),
    Column::text("pipeline"),
    Column::text("started (UTC)"),
    Column::text("by").dropped(4),
    Column::number("read").dropped(2),
    Column::number("created"),
    Column::number("updated").dropped(1),
    Column::number("left"),
    Column::number("returned").dropped(6),
    Column::number("failed").dropped(3),
    Column::number("attention").dropped(5),
    Column::text("result"),
];

/// The table. Successive runs that had nothing to do share one line.
#[must_use]
pub fn runs_text(rows: &Harmless<Vec<RunRow>>, style: Style) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let several = rows.iter().any(|row| row.pipeline != rows[0].pipeline);
    let mut table = Table::new(0, if several { COLUMNS.to_vec() } else { [&COLUMNS[..1], &COLUMNS[2..]].concat() });
    let mut at = 0;
    while at < rows.len() {
        let quiet = rows[at..].iter().take_while(|row| row.result == RunResult::NothingToDo && row.pipeline == rows[at].pipeline).count();
        let together = if quiet > 2 { quiet } else { 1 };
        table.row(run_cells(&rows[at..at + together], several, style), "");
        at += together;
    }
    let sentences = rows.iter().filter(|row| !row.sentence.is_empty()).take(3);
    let sentences = sentences.map(|row| layout::row(style, &format!("{}: ", row.number), &row.sentence, ""));
    table.text(style) + &sentences.collect::<String>()
}

fn run_cells(rows: &[RunRow], several: bool, style: Style) -> Vec<String> {
    let (newest, oldest) = (&rows[0], &rows[rows.len() - 1]);
    let numbers = if rows.len() > 1 { format!("{}-{}", oldest.number, newest.number) } else { newest.number.to_string() };
    let started = if rows.len() > 1 { format!("{} runs", rows.len()) } else { moment(newest.started) };
    let counts = &newest.counts;
    let ink = match newest.result {
        RunResult::Done | RunResult::NothingToDo => Ink::Green,
        RunResult::Held | RunResult::Running => Ink::Yellow,
        _ => Ink::Red,
    };
    let words = [numbers].into_iter().chain(several.then(|| newest.pipeline.clone())).chain([started, newest.by.clone()]);
    let counted =
        [counts.read, counts.created, counts.updated, counts.left, counts.returned, counts.failed, counts.needs_attention].map(number);
    words.chain(counted).chain([style.paint(ink, &result_words(newest))]).collect()
}

fn result_words(row: &RunRow) -> String {
    let sent = if row.counts.sent > 0 { format!(", {} sent", number(row.counts.sent)) } else { String::new() };
    match row.result {
        RunResult::SomeFailed => format!("{}{sent}", super::not_done(row.counts.failed, row.counts.not_known)),
        result => format!("{}{sent}", result.word()),
    }
}

/// `decided 00290 of lucca_to_reward_gateway: link 83021   2026-03-09 09:00 by ada: checked with HR`, the newest first.
#[must_use]
pub fn decisions_text(all: &[PastDecision], style: Style, people: bool) -> String {
    let one = |PastDecision { pipeline, decision, .. }: &PastDecision| {
        let why = Some(printable(&decision.why)).filter(|why| people && !why.is_empty()).map(|why| format!(": {why}"));
        let what = format!("decided {} of {pipeline}: {}", printable(&decision.key), printable(&decision.words()));
        let who = format!("{} by {}{}", moment(decision.made), printable(&decision.by), why.unwrap_or_default());
        layout::row(style, &format!("{what}   "), &who, "")
    };
    let lines: String = all.iter().map(one).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// `decision 00290 pipeline=… choice=link:83021 by=ada made=…`
#[must_use]
pub fn decisions_lines(all: &[PastDecision]) -> String {
    let one = |PastDecision { pipeline, decision, ended }: &PastDecision| {
        let [key, choice, by] = [&decision.key, &decision.words(), &decision.by].map(|text| printable(text).replace(' ', "_"));
        let ended = ended.map(|at| format!(" ended={at}")).unwrap_or_default();
        format!("decision {key} pipeline={pipeline} choice={choice} by={by} made={}{ended}\n", decision.made)
    };
    all.iter().map(one).collect()
}

/// `approved c-4e81d2b7   2026-03-09 09:00 by ada: the department closes`, the newest first.
#[must_use]
pub fn approvals_text(all: &[Approval], style: Style, people: bool) -> String {
    let one = |approval: &Approval| {
        let Approval { change_set, by, made, why, ended, .. } = approval;
        let why = Some(printable(why)).filter(|why| people && !why.is_empty()).map(|why| format!(": {why}")).unwrap_or_default();
        let ended = ended.as_ref().map(|(at, sentence)| format!("; ended {}: {}", moment(*at), printable(sentence))).unwrap_or_default();
        layout::row(
            style,
            &format!("{} {change_set}   ", word(approval)),
            &format!("{} by {}{why}{ended}", moment(*made), printable(by)),
            "",
        )
    };
    let lines: String = all.iter().map(one).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

const fn word(approval: &Approval) -> &'static str {
    if approval.approved { "approved" } else { "declined" }
}

/// `approved c-4e81d2b7 by=ada made=…`
#[must_use]
pub fn approvals_lines(all: &[Approval]) -> String {
    let one = |approval: &Approval| {
        let ended = approval.ended.as_ref().map(|(at, _)| format!(" ended={at}")).unwrap_or_default();
        let by = printable(&approval.by).replace(' ', "_");
        format!("{} {} by={by} made={}{ended}\n", word(approval), approval.change_set, approval.made)
    };
    all.iter().map(one).collect()
}

/// One approval.
#[must_use]
pub fn approval_json(approval: &Approval, people: bool) -> Json {
    let Approval { change_set, by, made, why, ended, .. } = approval;
    json!({
        "approval": change_set, "result": word(approval), "by": by, "made": made.to_string(),
        "ended": ended.as_ref().map(|(at, _)| at.to_string()), "sentence": ended.as_ref().map(|(_, sentence)| sentence),
        "why": Some(why).filter(|why| people && !why.is_empty()),
    })
}

/// One decision.
#[must_use]
pub fn decision_json(past: &PastDecision, people: bool) -> Json {
    let PastDecision { pipeline, decision, ended } = past;
    json!({
        "decision": decision.key, "pipeline": pipeline, "choice": decision.choice.word(), "account": decision.account, "by": decision.by,
        "made": decision.made.to_string(), "ended": ended.map(|at| at.to_string()), "why": Some(&decision.why).filter(|why| people && !why.is_empty()),
    })
}

/// One run a line.
#[must_use]
pub fn runs_lines(rows: &Harmless<Vec<RunRow>>) -> String {
    rows.iter().map(|row| RunView::of(row).line()).collect()
}

/// `"format": 1`
#[must_use]
pub fn runs_json(rows: &[RunRow], decisions: &[PastDecision], approvals: &[Approval], people: bool) -> Json {
    let approvals: Vec<Json> = approvals.iter().map(|approval| approval_json(approval, people)).collect();
    let decisions: Vec<Json> = decisions.iter().map(|past| decision_json(past, people)).collect();
    json!({ "format": 1, "runs": rows.iter().map(run_json).collect::<Vec<_>>(), "decisions": decisions, "approvals": approvals })
}

/// One run.
#[must_use]
pub fn run_json(row: &RunRow) -> Json {
    RunView::of(row).json()
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

/// One run a line, as JSON.
#[must_use]
pub fn runs_jsonl(rows: &[RunRow]) -> String {
    rows.iter().map(|row| format!("{}\n", run_json(row))).collect()
}

/// One run, as `show 214` prints it.
#[must_use]
pub fn run_text(row: &Harmless<RunRow>, style: Style) -> String {
    let mut out =
        super::row(style, &style.paint(Ink::Bold, &format!("{}: {}", row.pipeline, result_words(row))), &format!("run {}", row.number));
    let _ = writeln!(out, "  started {} UTC by {}, made by {}", moment(row.started), row.by, row.plan);
    let counts = &row.counts;
    let not_known = if counts.not_known > 0 { format!("   {} not known", number(counts.not_known)) } else { String::new() };
    let _ = writeln!(
        out,
        "  {} read   {} created   {} updated   {} left   {} returned   {} failed{not_known}   {}",
        number(counts.read),
        number(counts.created),
        number(counts.updated),
        number(counts.left),
        number(counts.returned),
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

/// The table, and the number of errors of each kind.
#[must_use]
pub fn errors_text(run: i64, rows: &Harmless<Vec<ListedError>>, terminal: &Terminal) -> String {
    if rows.is_empty() {
        return format!("no record of run {run} was rejected or failed\n");
    }
    let style = terminal.style;
    let columns = [
        Column::text("key"),
        Column::text("name").dropped(2),
        Column::text("step").dropped(1),
        Column::text("attribute"),
        Column::text("code"),
        Column::text("what happened"),
    ];
    let mut table = Table::new(0, columns);
    for listed in rows.iter() {
        let error = &listed.error;
        let name = error.label.clone().filter(|_| terminal.people && !error.key.is_empty()).unwrap_or_default();
        let attribute = error.attribute.clone().unwrap_or_default();
        let cells = [
            who(listed),
            name,
            error.step.word().to_owned(),
            attribute,
            error.code.to_string(),
            error_file::message(error, terminal.people),
        ];
        table.row(cells.to_vec(), line_words(listed));
    }
    let mut out = table.text(style);
    out.push_str(&tally(run, rows));
    out
}

/// `3 errors of run 214: 2 failed, 1 rejected; 1 fixed since`
fn tally(run: i64, rows: &[ListedError]) -> String {
    let is_unknown = |listed: &&ListedError| listed.error.code == ErrorCode::Request(RequestError::Unknown);
    let not_known = rows.iter().filter(is_unknown).count();
    let failed = rows.iter().filter(|listed| listed.error.step == ErrorStep::Apply).count() - not_known;
    let fixed = match rows.iter().filter(|listed| listed.fixed.is_some()).count() {
        0 => String::new(),
        fixed => format!("; {fixed} fixed since"),
    };
    let unread = rows.iter().filter(|listed| listed.error.step == ErrorStep::LookUp).count();
    let not_judged = if unread > 0 { format!(", {unread} not judged") } else { String::new() };
    let rejected = rows.len() - failed - not_known - unread;
    let not_known = if not_known > 0 { format!(", {not_known} not known") } else { String::new() };
    format!("{} of run {run}: {failed} failed{not_known}, {rejected} rejected{not_judged}{fixed}\n", count(rows.len() as u64, "error"))
}

/// `line 47`, `lucca.sync:47`.
fn line_words(listed: &ListedError) -> String {
    let place = error_file::place(listed);
    if place.contains(':') { place } else { format!("line {place}") }
}

/// One error a line; keys, no names, no values.
#[must_use]
pub fn errors_lines(rows: &Harmless<Vec<ListedError>>) -> String {
    let line = |listed: &ListedError| {
        let error = &listed.error;
        let fixed = listed.fixed.map_or_else(String::new, |run| format!(" fixed_in={run}"));
        format!(
            "error {} step={} attribute={} code={} line={}{fixed}\n",
            who(listed).replace(' ', ":"),
            error.step.word(),
            error.attribute.as_deref().unwrap_or("-"),
            error.code,
            error_file::place(listed)
        )
    };
    rows.iter().map(line).collect()
}

/// `"format": 1`; `run` is none before the first run.
#[must_use]
pub fn errors_json(run: Option<i64>, rows: &[ListedError], people: bool) -> Json {
    json!({ "format": 1, "run": run, "errors": rows.iter().map(|listed| error_file::json_of(listed, people)).collect::<Vec<_>>() })
}
