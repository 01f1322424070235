//! What a reader has to know beyond the numbers: why records are not written, and why an update leaves something as it is. Every format
//! takes its reasons from here.

use super::{few, ledger, ledger::Tense, lines::one_word};
use crate::{
    cli::terminal::Terminal,
    diagnose::{layout, screen_text::in_markdown},
    run::change_set::{ChangeSet, Finding, Verdict, ledger::NEEDS_ATTENTION},
};
use std::collections::{BTreeMap, BTreeSet};

/// The records of one verdict with one reason.
#[derive(Debug)]
pub struct Noted<'a> {
    pub verdict: Verdict,
    /// `opened again`, `missing for 1 of 2 runs, counted once in 20 h`, `closed by hand, stays closed`
    pub reason: String,
    pub keys: BTreeSet<&'a str>,
}

/// Every reason of a change set, with its records.
#[must_use]
pub fn noted(set: &ChangeSet) -> Vec<Noted<'_>> {
    let found = set.findings.iter().map(|finding| (finding.verdict, reason_of(finding), name_of(finding)));
    let updates = set.operations.iter().filter(|operation| operation.verdict == Verdict::Update);
    let left = updates.filter_map(|operation| Some((Verdict::Update, operation.reason.clone()?, operation.key.as_str())));
    let mut all: BTreeMap<(Verdict, String), BTreeSet<&str>> = BTreeMap::new();
    for (verdict, reason, key) in found.chain(left) {
        all.entry((verdict, reason)).or_default().insert(key);
    }
    all.into_iter().map(|((verdict, reason), keys)| Noted { verdict, reason, keys }).collect()
}

fn name_of(finding: &Finding) -> &str {
    if finding.key.is_empty() { finding.label.as_deref().unwrap_or("?") } else { &finding.key }
}

/// The word of the reason; of who is missing, how often that was counted.
fn reason_of(finding: &Finding) -> String {
    match finding.verdict {
        Verdict::Missing if !finding.detail.is_empty() => finding.missing_words(),
        _ => finding.kind.to_string(),
    }
}

/// `    held           opened again: 1, 2`, one row for each reason: the end of a run's screen.
#[must_use]
pub fn rows(set: &ChangeSet, terminal: &Terminal) -> String {
    let one = |Noted { verdict, reason, keys }: &Noted<'_>| {
        let lead = format!("    {:<14} ", ledger::word(*verdict, Tense::Future));
        layout::row(terminal.style, &lead, &format!("{reason}: {}", few(keys)), "")
    };
    terminal.style.plainly(&noted(set).iter().map(one).collect::<String>())
}

/// `- already left, leaver with an account: 77`: what the table of a summary page does not have.
#[must_use]
pub fn markdown(set: &ChangeSet) -> String {
    let rest = noted(set).into_iter().filter(|one| !NEEDS_ATTENTION.contains(&one.verdict));
    let one = |Noted { verdict, reason, keys }: Noted<'_>| {
        let keys = keys.into_iter().collect::<Vec<_>>().join(", ");
        format!("- {}, {}: {}\n", ledger::word(verdict, Tense::Future), in_markdown(&reason), in_markdown(&keys))
    };
    let list: String = rest.map(one).collect();
    if list.is_empty() { list } else { list + "\n" }
}

/// `2 held (opened again: 1; same person?: 2)`
#[must_use]
pub fn attention(set: &ChangeSet, verdict: Verdict) -> Option<String> {
    let all: Vec<Noted<'_>> = noted(set).into_iter().filter(|one| one.verdict == verdict).collect();
    let reasons = all.iter().map(|one| format!("{}: {}", one.reason, one.keys.iter().copied().collect::<Vec<_>>().join(", ")));
    let reasons = in_markdown(&reasons.collect::<Vec<_>>().join("; "));
    let n: usize = set.findings.iter().filter(|finding| finding.verdict == verdict).count();
    (n > 0).then(|| format!("{n} {} ({reasons})", ledger::word(verdict, Tense::Future)))
}

/// ` reason="opened again"`, and what is known beyond it where that is nothing about people.
#[must_use]
pub fn word(finding: &Finding, people: bool) -> String {
    let reason = match finding.verdict {
        Verdict::Rejected => format!(" code={} attribute={}", finding.kind, finding.attribute.as_deref().unwrap_or("-")),
        _ => format!(" reason=\"{}\"", finding.kind),
    };
    let target = finding.target.as_ref().map(|target| format!(" target={}", one_word(target))).unwrap_or_default();
    let detail = if people || finding.is_impersonal() { finding.detail.replace('"', "'") } else { String::new() };
    let detail = if detail.is_empty() { detail } else { format!(" detail=\"{detail}\"") };
    reason + &target + &detail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::{
            harmless::Harmless,
            hint::Selection,
            terminal::{Format, Style},
            views::{changes, lines, markdown, report},
        },
        engine::{RunEnd, RunReport},
        run::{
            change_set::Reason,
            tests::{
                fixture::*,
                scenarios::{member, person},
            },
        },
    };

    /// A change set with nothing in it but this finding, and its reason for an update.
    fn with_finding(verdict: Verdict, kind: &Reason) -> ChangeSet {
        let fixture = Fixture::new(&person("1", "Ng", "a@x.com", ""), &member("m1", "1", "Old", "a@x.com", ""), "1=m1");
        let mut set = fixture.plan_changes();
        set.operations[0].reason = Some(format!("update because {kind}"));
        *set.ledger.counts.entry(verdict).or_default() += 1;
        set.findings.push(Finding {
            verdict,
            key: "K77".to_owned(),
            label: None,
            kind: kind.clone(),
            detail: "for 1 of 2 runs".to_owned(),
            attribute: None,
            lines: Vec::new(),
            target: None,
            accounts: Vec::new(),
            leaves_open: false,
        });
        set
    }

    fn screens(set: &ChangeSet) -> Vec<(&'static str, String)> {
        let style = Style { width: 200, ..Style::plain() };
        let (format, selection) = (Format::Text, Selection::default());
        let terminal =
            Terminal { style, format, people: true, all: false, quiet: false, verbose: false, can_ask: false, live: false, selection };
        let shown = Harmless::of(set);
        let report = RunReport {
            run: 1,
            end: RunEnd::Done,
            set: set.clone(),
            outcomes: vec![crate::run::change_set::Outcome::Done; set.operations.len()],
            rekeyed: Vec::new(),
            open_references: Vec::new(),
            milliseconds: 1,
            stopped: None,
            held_back: None,
            errors: 0,
        };
        let run = Harmless::of(&report);
        vec![
            ("text", changes::text(&shown, None, &terminal)),
            ("lines", lines::change_set(&shown, &BTreeSet::new(), false, 0)),
            ("markdown", markdown::change_set(&shown, None, &terminal)),
            ("json", serde_json::to_string(set).unwrap()),
            ("run text", report::text(&run, &terminal)),
            ("run lines", report::lines(&run, 0)),
            ("run json", report::json(&report::Ended::of(&report), crate::cli::exit::Exit::Done).to_string()),
        ]
    }

    /// A reason that one format leaves out is one that somebody never hears of.
    #[test]
    fn every_format_has_every_reason_with_its_record() {
        let verdicts = [Verdict::Held, Verdict::Rejected, Verdict::Unread, Verdict::AlreadyLeft, Verdict::Missing, Verdict::Waiting];
        for kind in Reason::all() {
            for verdict in verdicts {
                let set = with_finding(verdict, &kind);
                for (format, screen) in screens(&set) {
                    let said =
                        screen.contains(kind.word()) || screen.contains(&in_markdown(kind.word())) || said_by_head(verdict, &kind, format);
                    assert!(screen.contains("K77") && said, "{verdict:?} {kind} in {format}: {screen}");
                    assert!(screen.contains("update because"), "{format}: {screen}");
                }
            }
        }
    }

    /// Headings that say the reason in other words.
    fn said_by_head(verdict: Verdict, kind: &Reason, format: &str) -> bool {
        let heads = matches!(kind, Reason::LeaverWithAccount | Reason::StillHeld) && verdict == Verdict::AlreadyLeft;
        format == "text" && (heads || *kind == Reason::NoCounterpart)
    }
}
