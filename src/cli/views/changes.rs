//! The screen of a change set, for `plan` and `show c-…`: the most expensive changes first, each group before its records.

use super::{count, few, heading, ledger, links, more, noted, number, pad, percent, records, row};
use crate::{
    cli::{
        harmless::Harmless,
        terminal::{Ink, Style, Terminal},
        views::ledger::{Tense, word},
    },
    compile::SourceLine,
    diagnose::layout::{self, Column, Table},
    project::Hint,
    run::change_set::{
        ChangeSet, ComingWhen, Decided, Finding, GuardReport, Guarded, OpenReference, Operation, Reason, Rekey, Step, Verdict, Written,
    },
    systems::End,
    value::show::shown,
};
use std::collections::{BTreeMap, BTreeSet};
use unicode_width::UnicodeWidthStr as _;

/// The whole screen; `expired` says why the change set can't be applied any more.
#[must_use]
pub fn text(set: &Harmless<ChangeSet>, expired: Option<&str>, terminal: &Terminal) -> String {
    head(set, terminal) + &terminal.style.plainly(&saved(set, expired, terminal.style))
}

/// The screen without its last line: what a run is about to do.
#[must_use]
pub fn head(set: &Harmless<ChangeSet>, terminal: &Terminal) -> String {
    let style = terminal.style;
    let mut out = heading(style, &set.head.title, &format!("change set {}", set.head.id), &set.head.environment, set.head.sandbox);
    out.push('\n');
    let guard = guard_summary(set);
    let impact = ledger::impact(&set.ledger, style, Tense::Future);
    out.push_str(&row(style, &format!("  {impact}"), &guard));
    out.push_str(&lasting(set, "  lasting: "));
    out.push('\n');
    out.push_str(&reads(set));
    out.push_str(&ledger::rows(&set.ledger, style, "to write", Tense::Future, &[], None));
    out.push('\n');
    out.push_str(&body(set, terminal));
    out.push_str(&guards(set, style));
    out
}

/// The number of decisions that are listed unless `--all` is given.
const DECIDED: usize = 20;

/// The groups of a change set: people who leave, are created, updated, held or rejected, and people who will leave later.
#[must_use]
pub fn body(set: &ChangeSet, terminal: &Terminal) -> String {
    let style = terminal.style;
    let mut out = String::new();
    for verdict in [Verdict::Leave, Verdict::Stage, Verdict::Return, Verdict::Create, Verdict::Send] {
        out.push_str(&group(set, verdict, terminal));
    }
    out.push_str(&changed(set, terminal));
    // Pairs that are not clear stand before those that were found.
    out.push_str(&found(set, Verdict::Held, "?", "a person has to decide", terminal));
    out.push_str(&links::text(set, terminal));
    for (verdict, sign, words) in
        [(Verdict::Rejected, "!", ""), (Verdict::Waiting, "?", "no counterpart yet"), (Verdict::Unread, "?", "not judged")]
    {
        out.push_str(&found(set, verdict, sign, words, terminal));
    }
    out.push_str(&open(set, terminal.style));
    let moved = rekeyed(&set.updates.rekeys, set, terminal);
    if !moved.is_empty() {
        out.push_str(&(moved + "\n"));
    }
    out.push_str(&decided(&set.head.decided, terminal));
    out.push_str(&coming(set, terminal));
    out.push_str(&open_references(&set.head.open_references, style));
    style.plainly(&out)
}

/// `, 317 by get`: the calls that a read made for what lists leave out.
fn by_get(report: &crate::run::change_set::ReadReport) -> String {
    if report.gets > 0 { format!(", {} by get", number(report.gets)) } else { String::new() }
}

/// `317 users read, complete      264 members read, complete: 255 linked, 3 candidates, 6 others`
#[must_use]
pub fn reads(set: &ChangeSet) -> String {
    let side = |report: &crate::run::change_set::ReadReport| {
        if let (End::Delta, Some(since)) = (&report.end, report.since) {
            let noun = report.collection.rsplit('.').next().unwrap_or("records");
            return format!("{noun} {}{}", super::since(since, report.records, report.again), by_get(report));
        }
        let end = match &report.end {
            End::Complete { .. } => "complete".to_owned(),
            End::Delta => "one by one".to_owned(),
            End::Broken { .. } => "incomplete".to_owned(),
        };
        format!("{} read{}, {end}{}", records(report.records, &report.collection), super::from_file(report), by_get(report))
    };
    let parts = set.head.target_parts;
    let mut of_target = Vec::new();
    if parts.linked > 0 {
        of_target.push(format!("{} linked", number(parts.linked)));
    }
    for (n, one) in [(parts.candidates, "candidate"), (parts.others, "other")] {
        if n > 0 {
            of_target.push(count(n, one));
        }
    }
    let colon = if of_target.is_empty() { String::new() } else { format!(": {}", of_target.join(", ")) };
    // A pipeline that sends events does not read its target.
    let target = if set.head.events { String::new() } else { format!("      {}{colon}", side(&set.head.target)) };
    format!("  {}{target}\n", side(&set.head.source))
}

/// `guard: within (3 of 255 leave, 1.2 %)`
pub fn guard_summary(set: &ChangeSet) -> String {
    if let Some(tripped) = set.head.guards.iter().find(|guard| !guard.within) {
        return format!("guard: exceeded ({})", fraction(tripped));
    }
    if set.waits_to_be_published() {
        return "first run: waits to be published".to_owned();
    }
    set.head
        .guards
        .iter()
        .find(|guard| guard.what == Guarded::LEAVERS)
        .map_or_else(|| "guard: within".to_owned(), |guard| format!("guard: within ({})", fraction(guard)))
}

fn fraction(guard: &GuardReport) -> String {
    let verb = if guard.what == Guarded::LEAVERS { "leave".to_owned() } else { guard.what.to_string() };
    if guard.of == 0 || !guard.limit.is_share() {
        format!("{} {verb}", number(guard.count))
    } else {
        format!("{} of {} {verb}, {}", number(guard.count), number(guard.of), percent(guard.count, guard.of))
    }
}

/// `12 welcome e-mails`: the effects that cannot be undone.
#[must_use]
pub fn effects(operations: &[Operation]) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for effect in operations.iter().flat_map(|operation| &operation.effects) {
        *counts.entry(effect).or_default() += 1;
    }
    let thing = |words: &str| words.strip_prefix("an ").or_else(|| words.strip_prefix("a ")).unwrap_or(words).to_owned();
    let mut all: Vec<String> = counts.into_iter().map(|(words, n)| count(n, &thing(words))).collect();
    let deletes = operations.iter().filter(|operation| operation.steps.iter().any(|step| matches!(step, Step::Delete))).count();
    if deletes > 0 {
        all.push(format!("{} deleted for good", count(deletes as u64, "account")));
    }
    all
}

fn lasting(set: &ChangeSet, before: &str) -> String {
    let effects = effects(&set.operations);
    if effects.is_empty() { String::new() } else { format!("{before}{}\n", effects.join("; ")) }
}

/// `line 25`, `lines 37, 38`.
#[must_use]
pub fn lines(lines: &[SourceLine]) -> String {
    let mut own: Vec<u32> = lines.iter().filter(|line| line.file.is_empty()).map(|line| line.line).collect();
    own.sort_unstable();
    own.dedup();
    let mut parts: Vec<String> = Vec::new();
    if !own.is_empty() {
        let numbers = own.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        parts.push(format!("{} {numbers}", if own.len() == 1 { "line" } else { "lines" }));
    }
    let mut others: Vec<String> = lines
        .iter()
        .filter(|line| !line.file.is_empty())
        .map(|line| format!("{}:{}", line.file.rsplit('/').next().unwrap_or_default(), line.line))
        .collect();
    others.dedup();
    parts.extend(others);
    parts.join(", ")
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Leave | Verdict::Stage => "-",
        Verdict::Update => "~",
        _ => "+",
    }
}

/// How many records of a group are listed.
fn examples(verdict: Verdict, n: usize, terminal: &Terminal) -> usize {
    let limit = if matches!(verdict, Verdict::Leave | Verdict::Stage) { 20 } else { 3 };
    if terminal.all || n <= limit + 1 { n } else { limit }
}

/// The group of one verdict: a head with the writes that all records share, then one line for each record.
fn group(set: &ChangeSet, verdict: Verdict, terminal: &Terminal) -> String {
    let members: Vec<&Operation> = set.operations.iter().filter(|operation| operation.verdict == verdict).collect();
    if members.is_empty() {
        return String::new();
    }
    let style = terminal.style;
    let head = format!("{} {}", sign(verdict), ledger::counted(members.len() as u64, verdict, Tense::Future));
    let alike = common_steps(&members).unwrap_or_default();
    let mut out = row(style, &format!("{}  {alike}", style.paint(ledger::ink(verdict), &pad(&head, 24))), &lines(&members[0].lines));
    let shown = examples(verdict, members.len(), terminal);
    let columns = Columns::of(members[..shown].iter().map(|operation| (&*operation.key, operation.label.as_deref())), terminal);
    let first = members[..shown].iter().filter_map(|operation| created_values(operation).first().map(|value| value.width()));
    let wide = first.max().unwrap_or(0).clamp(26, 40);
    for operation in &members[..shown] {
        out.push_str(&member(operation, verdict, columns, wide, terminal));
    }
    out.push_str(&more(members.len() - shown, &set.head.id, verdict.token(), terminal));
    out.push('\n');
    out
}

/// The widths of the key and name columns of a group.
#[derive(Clone, Copy)]
struct Columns {
    key: usize,
    name: usize,
}

impl Columns {
    /// At least as wide as usual names. A very long name overflows its column.
    fn of<'a>(people: impl Iterator<Item = (&'a str, Option<&'a str>)>, terminal: &Terminal) -> Self {
        people.fold(Self { key: 7, name: 18 }, |wide, (key, name)| Self {
            key: wide.key.max(key.width().min(50)),
            name: wide.name.max(name.filter(|_| terminal.people).map_or(0, |name| name.width().min(30))),
        })
    }

    fn row(self, key: &str, name: &str) -> String {
        format!("{}  {}", pad(key, self.key), pad(name, self.name))
    }
}

fn member(operation: &Operation, verdict: Verdict, columns: Columns, wide: usize, terminal: &Terminal) -> String {
    let name = if terminal.people { operation.label.as_deref().unwrap_or("") } else { "" };
    let detail = match verdict {
        Verdict::Create | Verdict::Send if terminal.people => {
            created_values(operation).iter().map(|value| pad(value, wide)).collect::<Vec<_>>().join("  ").trim_end().to_owned()
        }
        Verdict::Create | Verdict::Send => String::new(),
        _ => operation.reason.clone().unwrap_or_default(),
    };
    layout::row(terminal.style, &format!("    {}  ", columns.row(&operation.key, name)), &detail, "")
}

/// At most two values of a new record that neither its key nor its name shows.
fn created_values(operation: &Operation) -> Vec<&str> {
    let label = operation.label.as_deref().unwrap_or("").to_lowercase();
    let texts = written(operation)
        .filter_map(|value| value.after.0.as_text())
        .filter(|text| *text != operation.key && !label.contains(&text.to_lowercase()));
    texts.take(2).collect()
}

/// All values that an operation writes.
pub fn written(operation: &Operation) -> impl Iterator<Item = &Written> {
    operation.steps.iter().flat_map(Step::values)
}

/// The writes that all operations of a group share: `active  true → false`.
fn common_steps(members: &[&Operation]) -> Option<String> {
    let describe = |operation: &Operation| {
        let steps = operation.steps.iter().map(|step| match step {
            Step::Update { values } => values.iter().map(transition).collect::<Vec<_>>().join(", "),
            Step::Delete => "delete".to_owned(),
            Step::Call { name, .. } => format!("call {name}"),
            Step::Create { .. } => String::new(),
        });
        steps.filter(|step| !step.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let first = describe(members[0]);
    (!first.is_empty() && members.iter().all(|member| describe(member) == first)).then_some(first)
}

fn transition(value: &Written) -> String {
    format!("{}  {} → {}", value.attribute, value_words(value, true), value_words(value, false))
}

fn value_words(value: &Written, before: bool) -> String {
    let value = if before { &value.before } else { &value.after };
    if value.0.is_missing() { "none".to_owned() } else { shown(&value.0) }
}

/// Updates, grouped by the attributes that differ.
fn changed(set: &ChangeSet, terminal: &Terminal) -> String {
    let members: Vec<&Operation> = set.operations.iter().filter(|operation| operation.verdict == Verdict::Update).collect();
    if members.is_empty() {
        return String::new();
    }
    let style = terminal.style;
    let mut out = format!("{}\n", style.paint(Ink::Yellow, &format!("~ {} update", number(members.len() as u64))));
    let mut groups: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
    for operation in members {
        let names: Vec<&str> = written(operation).map(|value| &*value.attribute).collect();
        let name = if names.is_empty() { "linked".to_owned() } else { names.join(", ") };
        groups.entry(name).or_default().push(operation);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|left, right| right.1.len().cmp(&left.1.len()).then_with(|| left.0.cmp(&right.0)));
    for (name, members) in &groups {
        out.push_str(&change_rows(name, members, terminal));
    }
    for one in noted::noted(set).iter().filter(|one| one.verdict == Verdict::Update && one.keys.len() > 2) {
        out.push_str(&layout::row(style, "    ", &format!("{} {}: {}", number(one.keys.len() as u64), one.reason, few(&one.keys)), ""));
    }
    let listed = groups.iter().any(|(_, members)| members.len() > 1 && !terminal.all);
    if listed {
        out.push_str(&format!(
            "    each of them: {}\n",
            style.paint(Ink::Cyan, &terminal.command(&Hint::filtered(&set.head.id, "update")))
        ));
    }
    out.push('\n');
    out
}

fn change_lines(members: &[&Operation]) -> String {
    lines(&written(members[0]).map(|value| (*value.line).clone()).collect::<Vec<_>>())
}

/// One line if it fits, otherwise one line for the attributes and one for each example.
fn change_rows(name: &str, members: &[&Operation], terminal: &Terminal) -> String {
    let (style, place) = (terminal.style, change_lines(members));
    let head = format!("  {:>4}  {}", number(members.len() as u64), pad(name, 18));
    if let Some(alike) = alike(members, terminal) {
        return layout::row(style, &format!("{head}  "), &alike, &place);
    }
    let shown = if terminal.all { members.len() } else { 2.min(members.len()) };
    let mut examples: Vec<String> = members[..shown].iter().map(|member| example(member, terminal)).collect();
    if shown < members.len() {
        examples.push(format!("… {} more", number((members.len() - shown) as u64)));
    }
    let one = format!("{head}  {}", examples.join("    "));
    if one.width() + place.width() + 2 <= style.width && (!terminal.all || members.len() == 1) {
        return row(style, &one, &place);
    }
    let below = examples.iter().map(|example| layout::hanging(style, "          ", example) + "\n");
    row(style, head.trim_end(), &place) + &below.collect::<String>()
}

/// `Customer Care → Customer Success, alike for all 31`
fn alike(members: &[&Operation], terminal: &Terminal) -> Option<String> {
    let (first, why) = (updates_of(members[0]), reason_of(members[0]));
    let alike = members.len() > 1 && members.iter().all(|member| updates_of(member) == first && reason_of(member) == why);
    alike.then(|| format!("{}, alike for all {}{why}", if terminal.people { &first } else { "one value" }, number(members.len() as u64)))
}

fn example(member: &Operation, terminal: &Terminal) -> String {
    let why = reason_of(member);
    if terminal.people { format!("{}  {}{why}", member.key, updates_of(member)) } else { format!("{}{why}", member.key) }
}

/// `   (closed by hand, stays closed)`: why an update leaves something as it is.
fn reason_of(operation: &Operation) -> String {
    operation.reason.as_ref().map(|reason| format!("   ({reason})")).unwrap_or_default()
}

/// `Sales → Finance   a.ng@example.com → amy.ng@example.com`
fn updates_of(operation: &Operation) -> String {
    let each = written(operation).map(|value| format!("{} → {}", value_words(value, true), value_words(value, false)));
    each.collect::<Vec<_>>().join("   ")
}

/// The records of one verdict that are not written, although they might be expected to be.
fn found(set: &ChangeSet, verdict: Verdict, sign: &str, words: &str, terminal: &Terminal) -> String {
    let members: Vec<&Finding> = set.findings.iter().filter(|finding| finding.verdict == verdict).collect();
    if members.is_empty() {
        return String::new();
    }
    let style = terminal.style;
    let head = format!("{sign} {} {}", number(members.len() as u64), word(verdict, Tense::Future));
    let head = if words.is_empty() { head } else { pad(&head, 24) };
    let mut out = format!("{}  {words}", style.paint(ledger::ink(verdict), &head)).trim_end().to_owned() + "\n";
    let shown = if terminal.all || members.len() <= 10 { members.len() } else { 8 };
    let columns = Columns::of(members[..shown].iter().map(|finding| (&*finding.key, finding.label.as_deref())), terminal);
    for finding in &members[..shown] {
        let (who, what) = finding_row(finding, columns, terminal);
        out.push_str(&layout::row(style, &format!("    {who}  "), &what, &lines(&finding.lines)));
    }
    out.push_str(&more(members.len() - shown, &set.head.id, verdict.token(), terminal));
    out.push('\n');
    out
}

fn finding_row(finding: &Finding, columns: Columns, terminal: &Terminal) -> (String, String) {
    let name = finding.label.as_deref().filter(|_| terminal.people || finding.key.is_empty()).unwrap_or("");
    let who = if finding.key.is_empty() {
        pad(&format!("{name} (no key)"), columns.key + 2 + columns.name)
    } else {
        columns.row(&finding.key, name)
    };
    let what = match finding.verdict {
        Verdict::AlreadyLeft => format!("{}: {}", finding.kind, finding.detail),
        Verdict::Held if finding.detail.is_empty() => finding.kind.to_string(),
        // It names what an account has of somebody.
        Verdict::Held if !terminal.people && finding.kind == Reason::ChangedHands => finding.kind.to_string(),
        Verdict::Held => format!("{}: {}", finding.kind, finding.detail),
        Verdict::Rejected => rejection(finding, terminal.people),
        Verdict::Unread if matches!(finding.kind, Reason::Unread) => finding.detail.clone(),
        Verdict::Waiting if matches!(finding.kind, Reason::NoCounterpart) => finding.detail.clone(),
        _ => format!("{}: {}", finding.kind, finding.detail),
    };
    (who, what.trim().to_owned())
}

/// `contract_end "2026-02-30" is not a date   R0204`
fn rejection(finding: &Finding, people: bool) -> String {
    let attribute = finding.attribute.as_deref().filter(|name| !finding.detail.starts_with(name)).unwrap_or("");
    let detail = if people { finding.detail.clone() } else { super::without_value(&finding.detail) };
    format!("{attribute} {detail}   {}", finding.kind).trim_start().to_owned()
}

/// `  ~ 00057  re-keyed 53 -> 77: merged in arlo`, one a line.
pub(super) fn rekeyed(rekeyed: &[Rekey], set: &ChangeSet, terminal: &Terminal) -> String {
    let shown = if terminal.all { rekeyed.len() } else { 20.min(rekeyed.len()) };
    let sign = terminal.style.paint(Ink::Yellow, "~");
    let mut out: String = rekeyed[..shown]
        .iter()
        .map(|rekey| format!("  {sign} {}  {}\n", pad(&rekey.key, 7), rekey.words(&set.head.target.collection)))
        .collect();
    if rekeyed.len() > shown {
        out.push_str(&format!("    … {} more\n", rekeyed.len() - shown));
    }
    out
}

/// People who will leave on a known day, and linked people who were not read.
fn coming(set: &ChangeSet, terminal: &Terminal) -> String {
    let mut out = String::new();
    let shown = if terminal.all { set.head.coming.len() } else { 3.min(set.head.coming.len()) };
    for (at, person) in set.head.coming[..shown].iter().enumerate() {
        let name = person.label.as_deref().filter(|_| terminal.people).unwrap_or("");
        let lead = if at == 0 { "  coming:  " } else { "           " };
        let when = if person.when == ComingWhen::OnDay { format!("would leave on {}: ", person.day) } else { String::new() };
        let who = [&*person.key, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let text = format!("{who}, {when}{}", person.words());
        out.push_str(&layout::row(terminal.style, lead, &text, &person.line.to_string()));
    }
    if set.head.coming.len() > shown {
        out.push_str(&format!("           … {} more\n", set.head.coming.len() - shown));
    }
    out.push_str(&missing(set, terminal.style));
    if out.is_empty() { out } else { out + "\n" }
}

/// `  open:    3 leavers with an account: 00027, 00113 and 1 more`, a row for each reason of those who left.
fn open(set: &ChangeSet, style: Style) -> String {
    let one = |one: &noted::Noted<'_>| {
        let n = count(one.keys.len() as u64, "leaver");
        let (words, right) = match one.reason.as_str() {
            word if word == Reason::LeaverWithAccount.word() => (format!("{n} with an account"), "`held` says what can be decided"),
            word if word == Reason::StillHeld.word() => {
                (format!("{n} with an account that another pipeline holds"), "`held` says which pipeline")
            }
            word => (format!("{n}, {word}"), ""),
        };
        row(style, &format!("  open:    {words}: {}", few(&one.keys)), right) + "\n"
    };
    noted::noted(set).iter().filter(|one| one.verdict == Verdict::AlreadyLeft).map(one).collect()
}

/// `  decided: 00290 link 83021   ada, 2026-03-09: checked with HR`
fn decided(all: &[Decided], terminal: &Terminal) -> String {
    let (style, shown) = (terminal.style, if terminal.all { all.len() } else { all.len().min(DECIDED) });
    let one = |Decided { key, choice, by, made, why }: &Decided| {
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        row(style, &format!("  decided: {key} {choice}"), &format!("{by}, {}{why}", made.strftime("%Y-%m-%d")))
    };
    let mut out: String = all[..shown].iter().map(one).collect();
    if all.len() > shown {
        out.push_str(&row(style, &format!("  decided: {} more by name", number((all.len() - shown) as u64)), "--all lists them"));
    }
    if out.is_empty() { out } else { out + "\n" }
}

/// References that cannot be written yet, by attribute: `later:   manager of 3, once 00002 and 00007 have counterparts`.
#[must_use]
pub fn open_references(open: &[OpenReference], style: Style) -> String {
    let mut lines: BTreeMap<(&str, &SourceLine), (u64, BTreeSet<&str>)> = BTreeMap::new();
    for each in open {
        let (of, names) = lines.entry((&each.attribute, &each.line)).or_default();
        *of += 1;
        names.insert(&each.names);
    }
    let mut out = String::new();
    for ((attribute, line), (of, names)) in lines {
        let have = if names.len() == 1 { "has a counterpart" } else { "have counterparts" };
        let left = format!("  later:   {attribute} of {}, once {} {have}", number(of), few(&names));
        out.push_str(&row(style, &left, &line.to_string()));
    }
    if out.is_empty() { out } else { out + "\n" }
}

/// `  missing: 2 linked records are missing for 1 of 2 runs, counted once in 20 h: 110, 111`
fn missing(set: &ChangeSet, style: Style) -> String {
    let one = |one: &noted::Noted<'_>| {
        let n = one.keys.len() as u64;
        let verb = if n == 1 { "is" } else { "are" };
        let text = format!("{} {verb} {}: {}", count(n, "linked record"), one.reason, few(&one.keys));
        layout::row(style, "  missing: ", &text, "")
    };
    noted::noted(set).iter().filter(|one| one.verdict == Verdict::Missing).map(one).collect()
}

/// The guards, each with its numbers.
#[must_use]
pub fn guards(set: &ChangeSet, style: Style) -> String {
    let shown = set.head.guards.iter().filter(|guard| guard.line.is_some() || !guard.within || guard.what == Guarded::LEAVERS);
    let mut out = guard_table("guard ", shown, style);
    for doubt in &set.head.doubts {
        out.push_str(&layout::row(style, &format!("{} ", style.paint(Ink::Red, "held   ")), doubt, ""));
    }
    out
}

/// `leavers  3 of 255 = 1.2 %  at most 10% or 5  within`, one a line; `lead` precedes the first. A narrow screen leaves the
/// limit out, because the line at the right edge has it.
pub fn guard_table<'g>(lead: &str, guards: impl Iterator<Item = &'g GuardReport>, style: Style) -> String {
    let limit = Column::text("").dropped(1);
    let columns = [Column::text(""), Column::text(""), Column::text(""), limit, Column::text("")];
    let mut table = Table::new(if lead.is_empty() { 2 } else { 0 }, columns);
    for (at, guard) in guards.enumerate() {
        let share = if guard.of == 0 || !guard.limit.is_share() {
            number(guard.count)
        } else {
            format!("{} of {} = {}", number(guard.count), number(guard.of), percent(guard.count, guard.of))
        };
        let limit = guard.limit.to_string();
        let allowed = if guard.limit.is_share() { format!("{limit} ({})", number(guard.allowed)) } else { limit };
        let verdict = if guard.within { style.paint(Ink::Green, "within") } else { style.paint(Ink::Red, "exceeded") };
        let lead = if at == 0 { lead.to_owned() } else { String::new() };
        let line = guard.line.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string);
        table.row(vec![lead, guard.what.to_string(), share, allowed, verdict], line);
    }
    table.text(style)
}

fn saved(set: &ChangeSet, expired: Option<&str>, style: Style) -> String {
    let valid = expired.map_or_else(
        || "nothing was written; valid for 24 h, or until the file or the list of leavers changes".to_owned(),
        |why| format!("no longer valid: {why}"),
    );
    let text = format!("{}, made by {}; {valid}", set.head.id, set.head.plan);
    layout::row(style, "saved   ", &text, "")
}
