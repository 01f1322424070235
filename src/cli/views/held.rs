//! What waits for a person: change sets, and records with their reasons and what ends the wait.

use super::{count, ledger};
use crate::{
    cli::{
        harmless::Harmless,
        terminal::{Ink, Terminal},
    },
    diagnose::{
        layout::{self, Column, Table},
        screen_text::{csv_text, in_spreadsheet},
    },
    engine::held::{HeldChangeSet, HeldPipeline, HeldRecord},
    run::change_set::Verdict,
};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The number of records of one reason that are listed unless `--all` is given.
const SHOWN: usize = 20;

/// `1 change set and 2 records wait for a person`
fn first_line(all: &[HeldPipeline]) -> String {
    let sets = all.iter().filter(|one| one.change_set.is_some()).count() as u64;
    let records: u64 = all.iter().map(|one| one.records.len() as u64).sum();
    let parts = [(sets, "change set"), (records, "record")].into_iter().filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, noun)| count(n, noun)).collect();
    match parts.as_slice() {
        [] => "nothing waits for a person".to_owned(),
        parts => format!("{} {} for a person", parts.join(" and "), if sets + records == 1 { "waits" } else { "wait" }),
    }
}

/// The screen.
#[must_use]
pub fn text(all: &Harmless<Vec<HeldPipeline>>, terminal: &Terminal) -> String {
    let style = terminal.style;
    let mut out = format!("{}\n", style.paint(Ink::Bold, &first_line(all)));
    for one in all.iter().filter(|one| one.change_set.is_some() || !one.records.is_empty()) {
        let judged = one.judged.as_ref().map_or_else(String::new, |(id, made)| format!("as judged by {id}, {}", moment(*made)));
        let _ = write!(out, "\n{}", layout::line(style, &style.paint(Ink::Bold, &one.pipeline), &judged));
        if let Some(set) = &one.change_set {
            out.push_str(&change_set(set, terminal));
        }
        for group in groups(&one.records) {
            out.push_str(&records(&group, terminal));
        }
    }
    style.plainly(&out)
}

fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn change_set(set: &HeldChangeSet, terminal: &Terminal) -> String {
    let style = terminal.style;
    let lead = format!("{} {}  ", style.paint(Ink::Yellow, "!"), style.paint(Ink::Cyan, &set.id));
    let mut out = layout::row(style, &lead, &format!("{}: {}", counts(set), set.why), "");
    let expired = set.expired.as_ref().map(|why| format!("can't be applied any more: {why}"));
    let commands = set.commands.iter().map(|hint| terminal.command(hint));
    for line in set.said.iter().cloned().chain(expired).chain(commands) {
        out.push_str(&layout::row(style, "    ", &line, ""));
    }
    out
}

/// `2 update, 41 leave`
fn counts(set: &HeldChangeSet) -> String {
    let parts: Vec<String> = set.counts.iter().map(|(verdict, n)| ledger::counted(*n, *verdict, ledger::Tense::Future)).collect();
    if parts.is_empty() { "writes nothing".to_owned() } else { parts.join(", ") }
}

/// The records of each reason, the most frequent reason last: single cases are read first.
fn groups(records: &[HeldRecord]) -> Vec<Vec<&HeldRecord>> {
    let mut groups: Vec<Vec<&HeldRecord>> = Vec::new();
    for record in records {
        match groups.iter_mut().find(|group| group[0].verdict == record.verdict && group[0].reason == record.reason) {
            Some(group) => group.push(record),
            None => groups.push(vec![record]),
        }
    }
    groups.sort_by_key(Vec::len);
    groups
}

fn records(group: &[&HeldRecord], terminal: &Terminal) -> String {
    let (style, first) = (terminal.style, group[0]);
    let head = format!("? {} {}", super::number(group.len() as u64), words(first));
    let lead = format!("{}   ", style.paint(ledger::ink(first.verdict), &head));
    let mut out = layout::row(style, &lead, first.advice, "");
    let shown = if terminal.all || group.len() <= SHOWN + 1 { group.len() } else { SHOWN };
    let mut table = Table::new(4, [Column::text(""), Column::text("").dropped(1), Column::text("")]);
    for record in &group[..shown] {
        let (key, name) = key_and_name(record, terminal.people);
        let detail = record.shown_detail(terminal.people).to_owned();
        table.row(vec![key, name, detail], "");
        let commands = record.commands.iter().map(|hint| layout::row(style, "      ", &terminal.command(hint), ""));
        table.below(&commands.collect::<String>());
    }
    out.push_str(&table.text(style));
    if group.len() > shown {
        let _ = writeln!(out, "    … {} more: --all lists them", super::number((group.len() - shown) as u64));
    }
    out
}

/// `rules disagree`, `rejected (R0204)`, `unread`
fn words(record: &HeldRecord) -> String {
    match record.verdict {
        Verdict::Held | Verdict::AlreadyLeft => record.reason.to_string(),
        verdict if verdict.token() == record.reason.word() => verdict.token().to_owned(),
        verdict => format!("{} ({})", verdict.token(), record.reason),
    }
}

/// A record without a readable key is named by its place in the source, which is no name of a person.
fn key_and_name(record: &HeldRecord, people: bool) -> (String, String) {
    let label = record.label.clone().unwrap_or_default();
    match record.key.as_str() {
        "" => (label, String::new()),
        key => (key.to_owned(), if people { label } else { String::new() }),
    }
}

/// One fact a line: `waits c-… pipeline=… reason="…"`, `held 00290 pipeline=… reason="rules disagree"`.
#[must_use]
pub fn lines(all: &Harmless<Vec<HeldPipeline>>, people: bool) -> String {
    let mut out = String::new();
    for HeldPipeline { pipeline, change_set, records, .. } in all.iter() {
        if let Some(set) = change_set {
            let _ = writeln!(out, "waits {} pipeline={pipeline} reason=\"{}\"", set.id, quoted(&set.why));
        }
        for record in records {
            let (key, _) = key_and_name(record, false);
            let key = if record.key.is_empty() { key.replace(' ', ":") } else { super::lines::one_word(&key).into_owned() };
            let _ = write!(out, "{} {key} pipeline={pipeline} reason=\"{}\"", record.verdict.token(), record.reason);
            if let Some(target) = &record.target {
                let _ = write!(out, " target={}", super::lines::one_word(target));
            }
            let detail = record.shown_detail(people);
            if !detail.is_empty() {
                let _ = write!(out, " detail=\"{}\"", quoted(detail));
            }
            out.push('\n');
        }
    }
    let sets = all.iter().filter(|one| one.change_set.is_some()).count();
    let records: usize = all.iter().map(|one| one.records.len()).sum();
    let _ = writeln!(out, "result change_sets={sets} records={records}");
    out
}

fn quoted(text: &str) -> String {
    text.replace('"', "'")
}

/// `"format": 1`
#[must_use]
pub fn json(all: &[HeldPipeline], terminal: &Terminal) -> Json {
    let one = |held: &HeldPipeline| {
        json!({
            "pipeline": held.pipeline,
            "judged_by": held.judged.as_ref().map(|(id, _)| id), "judged_at": held.judged.as_ref().map(|(_, made)| made.to_string()),
            "change_set": held.change_set.as_ref().map(|set| set_json(set, terminal)),
            "records": held.records.iter().map(|record| record_json(record, terminal)).collect::<Vec<_>>(),
        })
    };
    json!({ "format": 1, "pipelines": all.iter().map(one).collect::<Vec<_>>() })
}

fn set_json(set: &HeldChangeSet, terminal: &Terminal) -> Json {
    let counts: serde_json::Map<String, Json> = set.counts.iter().map(|(verdict, n)| (verdict.token().to_owned(), json!(n))).collect();
    let commands: Vec<String> = set.commands.iter().map(|hint| terminal.command(hint)).collect();
    json!({
        "id": set.id, "made": set.made.to_string(), "counts": counts, "reason": set.why, "expired": set.expired, "said": set.said,
        "commands": commands,
    })
}

fn record_json(record: &HeldRecord, terminal: &Terminal) -> Json {
    let (key, name) = key_and_name(record, terminal.people);
    json!({
        "key": key, "name": Some(name).filter(|name| !name.is_empty()), "verdict": record.verdict.token(), "reason": record.reason.word(),
        "detail": Some(record.shown_detail(terminal.people)).filter(|detail| !detail.is_empty()), "target": record.target, "advice": record.advice,
        "commands": commands(record, terminal),
    })
}

fn commands(record: &HeldRecord, terminal: &Terminal) -> Vec<String> {
    record.commands.iter().map(|hint| terminal.command(hint)).collect()
}

/// One object a line: each change set and each record, with its pipeline.
#[must_use]
pub fn jsonl(all: &[HeldPipeline], terminal: &Terminal) -> String {
    let with_pipeline = |mut json: Json, held: &HeldPipeline, kind: &str| {
        json["pipeline"] = json!(held.pipeline);
        json["kind"] = json!(kind);
        format!("{json}\n")
    };
    let each = |held: &HeldPipeline| {
        let sets = held.change_set.iter().map(|set| with_pipeline(set_json(set, terminal), held, "change_set"));
        let records = held.records.iter().map(|record| with_pipeline(record_json(record, terminal), held, "record"));
        sets.chain(records).collect::<String>()
    };
    all.iter().map(each).collect()
}

/// A file for a spreadsheet.
#[must_use]
pub fn csv(all: &[HeldPipeline], terminal: &Terminal) -> String {
    let names = ["pipeline", "change set", "key", "name", "verdict", "reason", "detail", "target", "what ends the wait"];
    let rows = |held: &HeldPipeline| {
        let set = held.change_set.iter().map(|set| set_row(&held.pipeline, set, terminal));
        set.chain(held.records.iter().map(|record| record_row(&held.pipeline, record, terminal))).collect::<Vec<_>>()
    };
    csv_text(&names, all.iter().flat_map(rows))
}

fn set_row(pipeline: &str, set: &HeldChangeSet, terminal: &Terminal) -> [String; 9] {
    let why = in_spreadsheet(&set.why);
    let commands = set.commands.iter().map(|hint| terminal.command(hint)).collect::<Vec<_>>().join(" or ");
    [pipeline, &set.id, "", "", Verdict::Held.token(), &why, &counts(set), "", &commands].map(str::to_owned)
}

fn record_row(pipeline: &str, record: &HeldRecord, terminal: &Terminal) -> [String; 9] {
    let (key, name) = key_and_name(record, terminal.people);
    let detail = record.shown_detail(terminal.people);
    let ends = match commands(record, terminal).join(" or ") {
        commands if commands.is_empty() => record.advice.to_owned(),
        commands => format!("{}: {commands}", record.advice),
    };
    let [key, name, detail, target, ends] = [&key, &name, detail, record.target.as_deref().unwrap_or_default(), &ends].map(in_spreadsheet);
    [pipeline, "", &key, &name, record.verdict.token(), record.reason.word(), &detail, &target, &ends].map(str::to_owned)
}
