//! The report of a run. Its numbers come from outcomes, never from the plan.

use super::{changes, count, duration, ledger, ledger::Tense, noted, number, pad, records, row};
use crate::{
    cli::{
        exit::Exit,
        harmless::Harmless,
        terminal::{Format, Ink, Style, Terminal},
    },
    diagnose::layout,
    engine::{RunReport, error_file},
    project::{Hint, Verb},
    run::change_set::{ChangeSet, OpenReference, Operation, Outcome, Rekey, Verdict, ledger::WRITING},
    systems::End,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// A finished run.
#[derive(Debug)]
pub struct Ended<'a> {
    pub run: i64,
    pub set: &'a ChangeSet,
    /// In the order of the change set's operations.
    pub outcomes: &'a [Outcome],
    /// Links that moved to another account.
    pub rekeyed: &'a [Rekey],
    /// References that were left out, because the records that they name were not created.
    pub open_references: &'a [OpenReference],
    pub milliseconds: u64,
}

impl<'r> Ended<'r> {
    /// The part of a report that the screens print.
    #[must_use]
    pub fn of(report: &'r RunReport) -> Self {
        let RunReport { run, set, outcomes, rekeyed, open_references, milliseconds, .. } = report;
        Self { run: *run, set, outcomes, rekeyed, open_references, milliseconds: *milliseconds }
    }
}

/// Whether an operation was tried and is not known to have been done.
const fn is_not_done(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Done | Outcome::NotAttempted { .. })
}

impl Ended<'_> {
    fn with<'a>(&'a self, keep: impl Fn(&Outcome) -> bool + 'a) -> impl Iterator<Item = (&'a Operation, &'a Outcome)> {
        self.set.operations.iter().zip(self.outcomes).filter(move |(_, outcome)| keep(outcome))
    }

    /// The number of completed operations of a verdict. Whoever left by what an earlier run has sent, and is seen now, has left in this
    /// one.
    #[must_use]
    pub fn done(&self, verdict: Verdict) -> u64 {
        let of_it = self.with(|outcome| *outcome == Outcome::Done).filter(|(operation, _)| operation.verdict == verdict);
        of_it.count() as u64 + if verdict == Verdict::Leave { self.shown() } else { 0 }
    }

    /// The number of people who left by what an earlier run has sent, which this one is the first to see.
    fn shown(&self) -> u64 {
        self.set.updates.shown.len() as u64
    }

    /// The number of completed operations.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.with(|outcome| *outcome == Outcome::Done).count() as u64
    }

    /// The number of attempted operations that did not succeed, including conflicts.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.with(|outcome| is_not_done(outcome) && !outcome.is_not_known()).count() as u64
    }

    /// The number of operations that were sent, and of which it is not known what became of them.
    #[must_use]
    pub fn not_known(&self) -> u64 {
        self.with(Outcome::is_not_known).count() as u64
    }

    /// The number of operations that the run did not attempt.
    #[must_use]
    pub fn not_attempted(&self) -> u64 {
        self.with(|outcome| matches!(outcome, Outcome::NotAttempted { .. })).count() as u64
    }

    /// `12 created, 40 updated, 3 left`
    #[must_use]
    pub fn done_parts(&self) -> String {
        let each = WRITING.into_iter().map(|verdict| (verdict, self.done(verdict))).filter(|(_, n)| *n > 0);
        each.map(|(verdict, n)| ledger::counted(n, verdict, Tense::Past)).collect::<Vec<_>>().join(", ")
    }

    /// Effects on people: `12 welcome e-mails sent`.
    fn effects(&self) -> String {
        let done: Vec<Operation> = self.with(|outcome| *outcome == Outcome::Done).map(|(operation, _)| operation.clone()).collect();
        let effects = changes::effects(&done);
        if effects.is_empty() { String::new() } else { format!("{} sent", effects.join("; ")) }
    }
}

/// The screen.
#[must_use]
pub fn text(report: &Harmless<RunReport>, terminal: &Terminal) -> String {
    let ended = &Ended::of(report);
    let (set, style) = (ended.set, terminal.style);
    if set.operations.is_empty() {
        return nothing(ended, style) + &noted::rows(set, terminal) + &changes::rekeyed(ended.rekeyed, set, terminal);
    }
    let mut out = first_line(ended, style);
    let mut impact: Vec<String> = Vec::new();
    for verdict in WRITING {
        let n = ended.done(verdict);
        if n > 0 || verdict == Verdict::Leave && !set.head.events {
            impact.push(style.paint(ledger::ink(verdict), &ledger::counted(n, verdict, Tense::Past)));
        }
    }
    impact.push(format!("{} failed", number(ended.failed())));
    if ended.not_known() > 0 {
        impact.push(format!("{} not known", number(ended.not_known())));
    }
    out.push_str(&format!("  {}          {}\n", impact.join("   "), ended.effects()).replace("          \n", "\n"));
    out.push_str(&failures(ended, terminal));
    out.push_str(&changes::rekeyed(ended.rekeyed, set, terminal));
    out.push_str(&changes::open_references(ended.open_references, style));
    out.push_str(&format!("  {}\n", read(set)));
    out.push_str(&rows(ended, style));
    out.push_str(&noted::rows(set, terminal));
    out
}

fn read(set: &ChangeSet) -> String {
    match (&set.head.source.end, set.head.source.since) {
        (End::Delta, Some(since)) => super::since(since, set.head.source.records, set.head.source.again),
        (End::Complete { .. }, _) => format!("{} read{}, complete", noun(set), super::from_file(&set.head.source)),
        _ => format!("{} read, incomplete", noun(set)),
    }
}

fn noun(set: &ChangeSet) -> String {
    records(set.head.source.records, &set.head.source.collection)
}

fn nothing(ended: &Ended<'_>, style: Style) -> String {
    let need = ended.set.ledger.needs_attention();
    let waiting = if need > 0 { format!(", {}", ledger::attention(need)) } else { String::new() };
    let from = super::from_file(&ended.set.head.source);
    let linked = (ended.set.updates.links.len() + ended.set.updates.rekeys.len()) as u64;
    let words = match ended.set.head.events {
        false if linked > 0 => format!("{} linked: {} read{from}, nothing to write{waiting}", number(linked), noun(ended.set)),
        false if ended.shown() > 0 => {
            format!("{} left, as the target shows now: {} read{from}, nothing to write{waiting}", number(ended.shown()), noun(ended.set))
        }
        true => format!("nothing to send: {}{waiting}", events(ended.set)),
        false if need > 0 => format!("nothing to write: {} read{from}{waiting}", noun(ended.set)),
        false => format!("nothing to do: {} read{from}, nothing differs", noun(ended.set)),
    };
    row(style, &words, &run_words(ended))
}

/// `1,000 registrations read, 997 already sent, 3 waiting`
fn events(set: &ChangeSet) -> String {
    let parts = ledger::nothing_parts(&set.ledger);
    format!("{} read{}{}{parts}", noun(set), super::from_file(&set.head.source), if parts.is_empty() { "" } else { ", " })
}

fn run_words(ended: &Ended<'_>) -> String {
    let environment =
        if ended.set.head.sandbox { "SANDBOX".to_owned() } else { format!("env {}", ended.set.head.environment.to_uppercase()) };
    format!("run {}   {environment}", ended.run)
}

fn first_line(ended: &Ended<'_>, style: Style) -> String {
    let took = duration(ended.milliseconds);
    let all = number(ended.set.operations.len() as u64);
    let counted = [(ended.failed(), "failed"), (ended.not_known(), "not known"), (ended.not_attempted(), "not attempted")];
    let mut parts: Vec<String> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    // What is counted last is a part of all.
    if let Some((n, what)) = counted.iter().rfind(|(n, _)| *n > 0) {
        parts.pop();
        parts.push(format!("{} of {all} {what}", number(*n)));
    }
    let begun = if ended.not_attempted() > 0 { format!("stopped after {took}") } else { format!("done in {took}") };
    let words = std::iter::once(begun).chain(parts).collect::<Vec<_>>().join(", ");
    row(style, &style.paint(Ink::Bold, &words), &run_words(ended))
}

/// Every failure, including conflicts and unknown outcomes. They come before everything else.
fn failures(ended: &Ended<'_>, terminal: &Terminal) -> String {
    let mut out = String::new();
    let all: Vec<_> = ended.with(|outcome| !matches!(outcome, Outcome::Done | Outcome::NotAttempted { .. })).collect();
    let shown = if terminal.all || all.len() <= 21 { all.len() } else { 20 };
    for (operation, outcome) in &all[..shown] {
        let name = operation.label.as_deref().filter(|_| terminal.people).unwrap_or("");
        let what = ledger::word(operation.verdict, Tense::Future);
        let sign = terminal.style.paint(Ink::Red, "!");
        let lead = format!("{sign} {}  {}  {what:<7} ", pad(&operation.key, 7), pad(name, 18));
        out.push_str(&layout::row(terminal.style, &lead, &failure_words(operation, outcome), &changes::lines(&operation.lines)));
    }
    if all.len() > shown {
        out.push_str(&format!("  … {} more          {}\n", all.len() - shown, terminal.command(&Hint::of(Verb::Errors, ended.run))));
    }
    for (why, n) in reasons_not_attempted(ended) {
        out.push_str(&format!("  {} not attempted: {why}\n", number(n)));
    }
    terminal.style.plainly(&out)
}

fn failure_words(operation: &Operation, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { class, message, attribute } => {
            let attribute = attribute.as_deref().map(|name| format!("{name}  ")).unwrap_or_default();
            format!("{attribute}{class}  \"{message}\"")
        }
        Outcome::NotMade { message, .. } => format!("not sent  {message}"),
        Outcome::Conflict { message, .. } => format!("conflict  {message}"),
        Outcome::Perhaps { call } => {
            format!("perhaps not sent  call {call}; `resend {} {call}` makes it, with `--done` it counts as made", operation.key)
        }
        Outcome::NotKept { message, .. } => format!("not kept  {message}"),
        Outcome::Unknown { message } => format!("unknown  {message}; the next run looks it up"),
        Outcome::NotShown { message } => format!("not shown  {message}"),
        Outcome::Done | Outcome::NotAttempted { .. } => String::new(),
    }
}

fn reasons_not_attempted(ended: &Ended<'_>) -> BTreeMap<String, u64> {
    let mut reasons = BTreeMap::new();
    for outcome in ended.outcomes {
        if let Outcome::NotAttempted { why } = outcome {
            *reasons.entry(why.clone()).or_insert(0) += 1;
        }
    }
    reasons
}

/// The ledger, with rows of their own for failures and operations that were not attempted.
fn rows(ended: &Ended<'_>, style: Style) -> String {
    let ledger = &ended.set.ledger;
    let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut not_known: BTreeMap<&str, u64> = BTreeMap::new();
    for outcome in ended.outcomes {
        let class = match outcome {
            Outcome::Failed { class, .. } => class.name(),
            Outcome::NotMade { .. } => "not_sent",
            Outcome::Conflict { .. } => "conflict",
            Outcome::Perhaps { .. } => "perhaps_not_sent",
            Outcome::NotKept { .. } => "not_kept",
            Outcome::Unknown { .. } => "unknown",
            Outcome::NotShown { .. } => "not_shown",
            Outcome::NotAttempted { .. } => "not attempted",
            Outcome::Done => continue,
        };
        *if outcome.is_not_known() { &mut not_known } else { &mut classes }.entry(class).or_default() += 1;
    }
    let why =
        |classes: &BTreeMap<&str, u64>| classes.iter().map(|(class, n)| format!("{} {class}", number(*n))).collect::<Vec<_>>().join(", ");
    let missed = [(ended.failed() + ended.not_attempted(), "failed", why(&classes)), (ended.not_known(), "not known", why(&not_known))];
    ledger::rows(ledger, style, "written", Tense::Past, &missed, Some(&ended.done_parts()))
}

/// A run that a guard held, or that waits because the pipeline was not published yet.
#[must_use]
pub fn held(run: i64, set: &Harmless<ChangeSet>, terminal: &Terminal) -> String {
    let style = terminal.style;
    let tripped = set.head.guards.iter().any(|guard| !guard.within) || !set.head.doubts.is_empty();
    let words = if tripped { "stopped by the guard, nothing was written" } else { "not published yet, nothing was written" };
    let environment = if set.head.sandbox { "SANDBOX".to_owned() } else { format!("env {}", set.head.environment.to_uppercase()) };
    let mut out = row(style, &style.paint(Ink::Yellow, words), &format!("run {run}   {environment}"));
    out.push_str(&changes::guard_table("", set.head.guards.iter().filter(|guard| !guard.within), style));
    for doubt in &set.head.doubts {
        out.push_str(&format!("  {doubt}\n"));
    }
    if !tripped {
        out.push_str("  the first change set of two systems waits for a review: apply it after reading it\n");
    }
    out.push_str(&row(style, &format!("  {}", read(set)), &format!("change set {}", set.head.id)));
    out.push_str(&ledger::rows(&set.ledger, style, "not written", Tense::Future, &[], None));
    out
}

/// A run in one line for a pipe: `result written=55 failed=0 …`.
#[must_use]
pub fn lines(report: &Harmless<RunReport>, exit: u8) -> String {
    let ended = &Ended::of(report);
    let ledger = &ended.set.ledger;
    let mut out = format!("run {} pipeline={} change_set={}\n", ended.run, ended.set.head.pipeline, ended.set.head.id);
    for (operation, outcome) in ended.with(|outcome| *outcome != Outcome::Done) {
        let (what, why) = match outcome {
            Outcome::NotAttempted { why } => ("not_attempted", why.clone()),
            other if other.is_not_known() => ("not_known", failure_words(operation, other)),
            other => ("failed", failure_words(operation, other)),
        };
        out.push_str(&format!(
            "{what} {} verdict={} line={} why=\"{}\"\n",
            super::lines::one_word(&operation.key),
            operation.verdict.token(),
            operation.lines.first().map_or(0, |line| line.line),
            why.replace('"', "'")
        ));
    }
    for (operation, _) in ended.with(|outcome| *outcome == Outcome::Done).filter(|(operation, _)| operation.verdict == Verdict::Update) {
        if let Some(reason) = &operation.reason {
            let key = super::lines::one_word(&operation.key);
            out.push_str(&format!("update {key} reason=\"{}\"\n", reason.replace('"', "'")));
        }
    }
    for finding in &ended.set.findings {
        out.push_str(&(super::lines::finding(finding, false) + "\n"));
    }
    out.push_str(&super::lines::open_references(ended.open_references));
    let each = WRITING.into_iter().map(|verdict| (verdict, ended.done(verdict))).filter(|(_, n)| *n > 0);
    let parts: String = each.map(|(verdict, n)| format!(" {}={n}", ledger::token(verdict, Tense::Past))).collect();
    let not_known = if ended.not_known() > 0 { format!(" not_known={}", ended.not_known()) } else { String::new() };
    out + &format!(
        "result written={} failed={}{not_known} not_attempted={}{parts} needs_attention={} nothing_to_do={} out_of_scope={} exit={exit}\n",
        ended.written(),
        ended.failed(),
        ended.not_attempted(),
        ledger.needs_attention(),
        ledger.nothing_to_do(),
        ledger.count(Verdict::OutOfScope)
    )
}

/// The sentence that the history stores about a run: `2 failed`, `done`, `nothing to do`.
#[must_use]
pub fn result_words(ended: &Ended<'_>) -> String {
    match (ended.set.operations.len() + ended.set.updates.shown.len(), ended.failed() + ended.not_known(), ended.not_attempted()) {
        (0, ..) => "nothing to do".to_owned(),
        (_, 0, 0) => "done".to_owned(),
        (_, _, 0) => super::not_done(ended.failed(), ended.not_known()),
        (_, _, rest) => format!("stopped, {} not attempted", count(rest, "record")),
    }
}

/// Prints the result of a run, and returns its exit code.
pub fn finished(report: &RunReport, terminal: &Terminal) -> Exit {
    let exit = Exit::from(report.end);
    let report = &if terminal.people { report.clone() } else { without_words(report) };
    let shown = Harmless::of(report);
    terminal.print(&match terminal.format {
        Format::Text => text(&shown, terminal),
        Format::Json => format!("{:#}\n", json(&Ended::of(report), exit)),
        Format::Jsonl => format!("{}\n", json(&Ended::of(report), exit)),
        _ => lines(&shown, exit.code()),
    });
    if let Some(why) = &shown.stopped {
        terminal.say(&format!("stopped: {why}"));
    }
    terminal.next(&next(report));
    exit
}

/// The command to continue with: what failed is looked at first, then what waits for a person.
fn next(report: &RunReport) -> Hint {
    if report.held_back.is_some() {
        return Hint::of(Verb::Plan, &report.set.head.pipeline);
    }
    let waiting = if Ended::of(report).failed() == 0 { waiting(&report.set) } else { None };
    let errors = || if report.errors == 0 { Hint::new(Verb::History) } else { Hint::of(Verb::Errors, report.run) };
    waiting.unwrap_or_else(errors)
}

/// The report without what the target says of people: its words may repeat any value.
fn without_words(report: &RunReport) -> RunReport {
    RunReport { outcomes: report.outcomes.iter().map(error_file::without_words).collect(), ..report.clone() }
}

/// The command that lists what waits for a person, with the commands that end each wait; none if nothing does.
#[must_use]
pub fn waiting(set: &ChangeSet) -> Option<Hint> {
    (set.ledger.needs_attention() > 0).then(|| Hint::of(Verb::Held, &set.head.pipeline))
}

fn reasons_json(set: &ChangeSet) -> Vec<Json> {
    let one = |one: noted::Noted<'_>| json!({ "verdict": one.verdict.token(), "reason": one.reason, "keys": one.keys });
    noted::noted(set).into_iter().map(one).collect()
}

pub(super) fn json(ended: &Ended<'_>, exit: Exit) -> Json {
    let failures: Vec<_> = ended
        .with(is_not_done)
        .map(|(operation, outcome)| json!({ "key": operation.key, "verdict": operation.verdict.token(), "outcome": outcome }))
        .collect();
    let done: serde_json::Map<_, _> =
        WRITING.into_iter().map(|verdict| (ledger::token(verdict, Tense::Past), ended.done(verdict).into())).collect();
    json!({
        "format": 1, "run": ended.run, "pipeline": ended.set.head.pipeline, "change_set": ended.set.head.id, "milliseconds": ended.milliseconds,
        "done": done, "failed": ended.failed(), "not_known": ended.not_known(), "not_attempted": ended.not_attempted(),
        "failures": failures, "ledger": ended.set.ledger, "needs_attention": ended.set.ledger.needs_attention(),
        "reasons": reasons_json(ended.set), "exit": exit.code(),
    })
}
