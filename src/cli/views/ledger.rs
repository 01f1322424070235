//! The ledger: every record read, in exactly one of five rows; the same rows everywhere.

use super::number;
use crate::{
    cli::terminal::{Ink, Style},
    diagnose::layout,
    run::change_set::{
        Ledger, ScopeRule, Verdict,
        ledger::{NEEDS_ATTENTION, NOTHING_TO_DO, WRITING},
    },
};

/// Whether a report describes what will be done or what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    Future,
    Past,
}

/// The word of a verdict, as every screen prints it.
#[must_use]
pub const fn word(verdict: Verdict, tense: Tense) -> &'static str {
    match (verdict, tense) {
        (Verdict::Leave, Tense::Future) => "leave",
        (Verdict::Leave, Tense::Past) => "left",
        (Verdict::Return, Tense::Future) => "return",
        (Verdict::Return, Tense::Past) => "returned",
        (Verdict::Create, Tense::Future) => "create",
        (Verdict::Create, Tense::Past) => "created",
        (Verdict::Send, Tense::Future) => "send",
        (Verdict::Send, Tense::Past) => "sent",
        (Verdict::Update, Tense::Future) => "update",
        (Verdict::Update, Tense::Past) => "updated",
        (Verdict::Stage, _) => "next step",
        (Verdict::Held, _) => "held",
        (Verdict::Rejected, _) => "rejected",
        (Verdict::Waiting, _) => "waiting",
        (Verdict::Missing, _) => "missing",
        (Verdict::Unread, _) => "unread",
        (Verdict::AlreadySent, _) => "already sent",
        (Verdict::Unchanged, _) => "unchanged",
        (Verdict::AlreadyLeft, _) => "already left",
        (Verdict::OutOfScope, _) => "out of scope",
    }
}

/// `12 create`, `3 left`, `2 next steps`.
#[must_use]
pub fn counted(n: u64, verdict: Verdict, tense: Tense) -> String {
    let plural = if verdict == Verdict::Stage && n != 1 { "s" } else { "" };
    format!("{} {}{plural}", number(n), word(verdict, tense))
}

/// `1 needs attention`, `4 need attention`.
#[must_use]
pub fn attention(n: u64) -> String {
    format!("{} {} attention", number(n), if n == 1 { "needs" } else { "need" })
}

/// The name of a count in lines and JSON: `already_left`, `created`, `stage`.
#[must_use]
pub fn token(verdict: Verdict, tense: Tense) -> String {
    if verdict == Verdict::Stage { verdict.token().to_owned() } else { word(verdict, tense).replace(' ', "_") }
}

/// `988 already sent, 3 waiting`
#[must_use]
pub fn nothing_parts(ledger: &Ledger) -> String {
    listed(ledger, &NOTHING_TO_DO, Tense::Past)
}

/// `12 created, 40 updated, 3 left`
#[must_use]
pub fn written_parts(ledger: &Ledger, tense: Tense) -> String {
    listed(ledger, &WRITING, tense)
}

fn listed(ledger: &Ledger, verdicts: &[Verdict], tense: Tense) -> String {
    let present = verdicts.iter().filter(|verdict| ledger.count(**verdict) > 0);
    present.map(|verdict| counted(ledger.count(*verdict), *verdict, tense)).collect::<Vec<_>>().join(", ")
}

/// One row of the ledger.
fn line(out: &mut String, style: Style, n: u64, what: &str, parts: &str) {
    if n > 0 {
        let lead = format!("    {:>5}  {:<16}", number(n), what);
        out.push_str(&style.plainly(&layout::row(style, &lead, parts, "")));
    }
}

/// The rows below the line about the reads. `written` names the first row (`to write`, `not written`). After a run, failures
/// and what is not known have rows of their own: how many, what, and why.
#[must_use]
pub fn rows(ledger: &Ledger, style: Style, written: &str, tense: Tense, missed: &[(u64, &str, String)], done: Option<&str>) -> String {
    let mut out = String::new();
    let failures = missed.iter().map(|(n, ..)| n).sum::<u64>();
    let parts = done.map_or_else(|| written_parts(ledger, tense), str::to_owned);
    line(&mut out, style, ledger.to_write() - failures.min(ledger.to_write()), written, &parts);
    for (n, what, why) in missed {
        line(&mut out, style, *n, what, why);
    }
    line(&mut out, style, ledger.needs_attention(), "need attention", &listed(ledger, &NEEDS_ATTENTION, tense));
    line(&mut out, style, ledger.nothing_to_do(), "nothing to do", &listed(ledger, &NOTHING_TO_DO, tense));
    line(&mut out, style, ledger.count(Verdict::OutOfScope), "out of scope", &reasons(ledger));
    out
}

/// `17 not "has an e-mail address" (line 16), 11 "contractor" (line 17)`
fn reasons(ledger: &Ledger) -> String {
    let each = ledger.out_of_scope.iter().map(|out| format!("{} {} ({})", number(out.count), quoted(out.rule, &out.reason), out.line));
    each.collect::<Vec<_>>().join(", ")
}

/// `not "has an e-mail"` of an `include`, `"contractor"` of an `exclude`.
#[must_use]
pub fn quoted(rule: ScopeRule, reason: &str) -> String {
    rule.words(&in_quotes(reason))
}

/// A reason as it is written, or the condition itself, which may hold texts.
#[must_use]
pub fn in_quotes(reason: &str) -> String {
    if reason.contains('"') { format!("`{reason}`") } else { format!("\"{reason}\"") }
}

/// `12 create   40 update   3 leave   4 need attention`: the impact, on the second line of a screen.
#[must_use]
pub fn impact(ledger: &Ledger, style: Style, tense: Tense) -> String {
    let mut parts = Vec::new();
    for verdict in WRITING {
        let n = ledger.count(verdict);
        if n > 0 || verdict == Verdict::Leave && !ledger.has_events() {
            parts.push(style.paint(ink(verdict), &counted(n, verdict, tense)));
        }
    }
    if ledger.needs_attention() > 0 {
        parts.push(style.paint(Ink::Yellow, &attention(ledger.needs_attention())));
    }
    parts.join("   ")
}

/// The colour of a verdict. It only repeats the word, so that screens without colour say the same.
#[must_use]
pub const fn ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Create | Verdict::Send | Verdict::Return => Ink::Green,
        Verdict::Update | Verdict::Held | Verdict::Waiting | Verdict::Missing | Verdict::Unread => Ink::Yellow,
        Verdict::Leave | Verdict::Stage | Verdict::Rejected => Ink::Red,
        Verdict::AlreadySent | Verdict::Unchanged | Verdict::AlreadyLeft | Verdict::OutOfScope => Ink::Dim,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_with_a_text_in_it_is_not_put_in_quotes() {
        assert_eq!(quoted(ScopeRule::Include, "has an e-mail"), "not \"has an e-mail\"");
        assert_eq!(quoted(ScopeRule::Exclude, "e.team == \"Sales\""), "`e.team == \"Sales\"`");
    }
}
