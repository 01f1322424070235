//! A change set as Markdown for the summary page of a build: keys only, each group collapsed.

use super::{changes, ledger, ledger::Tense, links, noted, number};
use crate::{
    cli::{harmless::Harmless, terminal::Terminal},
    diagnose::screen_text::in_markdown,
    project::{Hint, Verb},
    run::change_set::{ChangeSet, Verdict, ledger::NEEDS_ATTENTION},
};
use std::fmt::Write;

/// The whole summary; `expired` says why the change set can't be applied any more.
#[must_use]
pub fn change_set(set: &Harmless<ChangeSet>, expired: Option<&str>, terminal: &Terminal) -> String {
    let ledger = &set.ledger;
    let environment = if set.head.sandbox { "sandbox" } else { &set.head.environment };
    let written = ledger::written_parts(ledger, Tense::Future);
    let impact = if written.is_empty() { "nothing to do" } else { &written };
    let mut out = format!("### {impact} · {}\n", in_markdown(&changes::guard_summary(set).replace("guard: ", "guard ")));
    let effects = changes::effects(&set.operations);
    let lasting = if effects.is_empty() { String::new() } else { format!(" · {}", in_markdown(&effects.join(", "))) };
    let _ = writeln!(out, "{} · `{}` · {}{lasting}\n", in_markdown(&set.head.title), set.head.id, in_markdown(environment));
    let end = if set.head.source.end.is_complete() { "complete" } else { "incomplete" };
    let _ = writeln!(out, "| {} read | {end} | |\n|---:|---|---|", number(ledger.read));
    let _ = writeln!(out, "| {} | to write | {written} |", ledger.to_write());
    if ledger.needs_attention() > 0 {
        let _ = writeln!(out, "| {} | **need attention** | {} |", ledger.needs_attention(), waiting(set));
    }
    let nothing = match set.head.events {
        true => ledger::nothing_parts(ledger),
        false => format!("{} unchanged, {} already left", ledger.count(Verdict::Unchanged), ledger.count(Verdict::AlreadyLeft)),
    };
    let _ = writeln!(out, "| {} | nothing to do | {nothing} |", ledger.nothing_to_do());
    for out_of_scope in &ledger.out_of_scope {
        let words = ledger::quoted(out_of_scope.rule, &in_markdown(&out_of_scope.reason));
        let _ = writeln!(out, "| {} | out of scope | {words} ({}) |", out_of_scope.count, out_of_scope.line);
    }
    out.push('\n');
    out.push_str(&noted::markdown(set));
    for verdict in [Verdict::Leave, Verdict::Stage, Verdict::Return, Verdict::Create, Verdict::Send, Verdict::Update] {
        out.push_str(&folded(set, verdict));
    }
    if let Some(linked) = links::summary(set) {
        let _ = writeln!(out, "{}", in_markdown(&linked));
    }
    out + &next(set, expired, terminal)
}

fn next(set: &ChangeSet, expired: Option<&str>, terminal: &Terminal) -> String {
    match expired {
        Some(why) => format!("\nNo longer valid: {}\n", in_markdown(why)),
        None if set.ledger.to_write() > 0 || !set.updates.links.is_empty() => {
            format!("\nNext: `{}`\n", terminal.command(&Hint::of(Verb::Apply, &set.head.id)))
        }
        None => String::new(),
    }
}

fn waiting(set: &ChangeSet) -> String {
    NEEDS_ATTENTION.into_iter().filter_map(|verdict| noted::attention(set, verdict)).collect::<Vec<_>>().join(", ")
}

fn folded(set: &ChangeSet, verdict: Verdict) -> String {
    let keys: Vec<&str> =
        set.operations.iter().filter(|operation| operation.verdict == verdict).map(|operation| operation.key.as_str()).collect();
    if keys.is_empty() {
        return String::new();
    }
    format!(
        "<details><summary>{}</summary> {} </details>\n",
        ledger::counted(keys.len() as u64, verdict, Tense::Future),
        in_markdown(&keys.join(", "))
    )
}
