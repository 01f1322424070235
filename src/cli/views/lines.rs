//! A change set as lines for a pipe: one fact per line, never wrapped or cut, with a fixed first word; keys, no names.

use super::{changes, links, noted};
use crate::{
    cli::harmless::Harmless,
    compile::SourceLine,
    run::change_set::{
        ChangeSet, Decided, Finding, GuardLimit, GuardReport, OpenReference, Operation, OutOfScope, ReadReport, ScopeRule, Verdict,
        Written, ledger::WRITING,
    },
    systems::End,
    value::show::shown,
};
use std::{borrow::Cow, collections::BTreeSet, fmt::Write};

/// A change set. `public` names the target attributes whose values may be printed; `people` prints all.
#[must_use]
pub fn change_set(set: &Harmless<ChangeSet>, public: &BTreeSet<String>, people: bool, exit: u8) -> String {
    let mut out = String::new();
    let environment = if set.head.sandbox { "sandbox" } else { &set.head.environment };
    let _ = writeln!(out, "id {} pipeline={} env={environment} execution_plan={}", set.head.id, set.head.pipeline, set.head.plan);
    for report in [&set.head.source, &set.head.target].into_iter().take(if set.head.events { 1 } else { 2 }).chain(&set.head.joined) {
        let _ = writeln!(out, "{}", read(report));
    }
    out.push_str(&count(set));
    for OutOfScope { rule, reason, line, count } in &set.ledger.out_of_scope {
        let reason = reason.replace('"', "'");
        let reason = if *rule == ScopeRule::Include { rule.words(&format!("'{reason}'")) } else { reason };
        let _ = writeln!(out, "out_of_scope {count} line={} reason=\"{reason}\"", place(line));
    }
    for report in &set.head.guards {
        let _ = writeln!(out, "{}", guard(report));
    }
    for doubt in &set.head.doubts {
        let _ = writeln!(out, "doubt \"{}\"", doubt.replace('"', "'"));
    }
    for operation in &set.operations {
        let _ = writeln!(out, "{}", self::operation(operation, public, people));
    }
    out.push_str(&links::lines(set));
    for finding in &set.findings {
        let _ = writeln!(out, "{}", self::finding(finding, people));
    }
    for person in &set.head.coming {
        let _ = writeln!(out, "coming {} day={} line={}", one_word(&person.key), person.day, place(&person.line));
    }
    for Decided { key, choice, by, made, .. } in &set.head.decided {
        let _ = writeln!(out, "decided {} choice={} by={} made={made}", one_word(key), one_word(choice), one_word(by));
    }
    out.push_str(&open_references(&set.head.open_references));
    let _ = writeln!(out, "{}", result(set, exit));
    out
}

/// `reference 00057 attribute=manager names=00002 pipeline=house line=31`
#[must_use]
pub fn open_references(open: &[OpenReference]) -> String {
    let line = |OpenReference { key, attribute, names, pipeline, line }: &OpenReference| {
        let (key, names, line) = (one_word(key), one_word(names), place(line));
        format!("reference {key} attribute={attribute} names={names} pipeline={pipeline} line={line}\n")
    };
    open.iter().map(line).collect()
}

fn read(report: &ReadReport) -> String {
    let end = match &report.end {
        End::Complete { .. } => "complete".to_owned(),
        End::Delta => report.since.map_or_else(|| "delta".to_owned(), |since| format!("delta since={since} pending={}", report.again)),
        End::Broken { reason, .. } => format!("broken reason=\"{}\"", reason.replace('"', "'")),
    };
    let gets = if report.gets > 0 { format!(" gets={}", report.gets) } else { String::new() };
    let file = report.file.as_ref().map_or_else(String::new, |file| format!(" file=\"{file}\""));
    format!("read {} {} {end}{gets}{file}", report.collection, report.records)
}

fn count(set: &ChangeSet) -> String {
    let mut out = format!("count read={}", set.ledger.read);
    let all = WRITING.into_iter().chain([
        Verdict::Held,
        Verdict::Rejected,
        Verdict::Waiting,
        Verdict::Unread,
        Verdict::AlreadySent,
        Verdict::Unchanged,
        Verdict::AlreadyLeft,
        Verdict::OutOfScope,
    ]);
    for verdict in all {
        let n = set.ledger.count(verdict);
        if n > 0 || matches!(verdict, Verdict::Create | Verdict::Update | Verdict::Leave) {
            let _ = write!(out, " {}={n}", verdict.token());
        }
    }
    if set.ledger.missing > 0 {
        let _ = write!(out, " missing={}", set.ledger.missing);
    }
    out + "\n"
}

fn guard(report: &GuardReport) -> String {
    let verdict = if report.within { "within" } else { "exceeded" };
    let of = if report.of == 0 || !report.limit.is_share() {
        String::new()
    } else {
        format!(" of={} percent={}", report.of, super::percent(report.count, report.of).replace(" %", ""))
    };
    let line = report.line.as_ref().map_or_else(|| "default".to_owned(), place);
    let limit = match &report.limit {
        limit @ GuardLimit::AtMost { .. } => limit.value(),
        limit => limit.to_string(),
    };
    let limit = if limit.contains(' ') { format!("\"{limit}\"") } else { limit };
    format!("guard {}={}{of} limit={limit} line={line} verdict={verdict}", report.what.to_string().replace(' ', "_"), report.count)
}

fn place(line: &SourceLine) -> String {
    if line.file.is_empty() { line.line.to_string() } else { format!("{}:{}", line.file, line.line) }
}

fn places(lines: &[SourceLine]) -> String {
    let mut seen = Vec::new();
    for line in lines {
        let place = place(line);
        if !seen.contains(&place) {
            seen.push(place);
        }
    }
    seen.join(",")
}

fn operation(operation: &Operation, public: &BTreeSet<String>, people: bool) -> String {
    let mut out = format!("{} {} line={}", operation.verdict.token(), one_word(&operation.key), places(&operation.lines));
    if matches!(operation.verdict, Verdict::Create | Verdict::Send) && !people {
        return out;
    }
    for value in changes::written(operation) {
        let _ = write!(out, " {}={}", value.attribute, written(value, people || public.contains(&*value.attribute)));
    }
    if let Some(reason) = operation.reason.as_ref().filter(|_| people || operation.verdict == Verdict::Update) {
        let _ = write!(out, " reason=\"{}\"", reason.replace('"', "'"));
    }
    out
}

/// A key as one word: one with blanks, such as that of several attributes, is quoted.
#[must_use]
pub fn one_word(key: &str) -> Cow<'_, str> {
    if key.contains(char::is_whitespace) { Cow::Owned(format!("{key:?}")) } else { Cow::Borrowed(key) }
}

fn written(value: &Written, show: bool) -> String {
    if show { format!("{}->{}", bare(&value.before.0), bare(&value.after.0)) } else { "(personal)".to_owned() }
}

fn bare(value: &crate::value::Value) -> String {
    match value {
        value if value.is_missing() => "none".to_owned(),
        crate::value::Value::Text(text) => format!("{:?}", text.as_str()),
        value => shown(value),
    }
}

/// `held 00290 line=31 reason="rules disagree" target=83021`
#[must_use]
pub fn finding(finding: &Finding, people: bool) -> String {
    let who = if finding.key.is_empty() {
        finding.label.as_deref().unwrap_or("?").replace(' ', ":")
    } else {
        one_word(&finding.key).into_owned()
    };
    let mut out = format!("{} {who}", finding.verdict.token());
    if !finding.lines.is_empty() {
        let _ = write!(out, " line={}", places(&finding.lines));
    }
    out + &noted::word(finding, people)
}

fn result(set: &ChangeSet, exit: u8) -> String {
    let ledger = &set.ledger;
    let guard = if set.is_held() { "held" } else { "within" };
    let waits = if set.waits_to_be_published() { " published=no" } else { "" };
    format!(
        "result to_write={} needs_attention={} nothing_to_do={} out_of_scope={} guard={guard}{waits} exit={exit}",
        ledger.to_write(),
        ledger.needs_attention(),
        ledger.nothing_to_do(),
        ledger.count(Verdict::OutOfScope)
    )
}
