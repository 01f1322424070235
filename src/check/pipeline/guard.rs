//! `guard { … }`: how much one run may do.

use super::statements::Statements;
use crate::check::{
    model::pipeline::{Guard, Guarded},
    types::{Place, Typing},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{Approved, GuardLine as G, GuardedCount, Ident, Limit},
};
use rust_decimal::Decimal;

/// The limits, and whether only leavers are held.
pub(crate) fn guards(typing: &Typing<'_>, statements: &Statements<'_>) -> (Vec<Guard>, bool) {
    let lines = || statements.guards.iter().flat_map(|(lines, _)| lines.iter());
    let guards: Vec<_> = lines().filter_map(|line| guard(typing, line)).collect();
    no_doubles(typing, &guards);
    (guards, lines().any(|line| matches!(line, G::HoldLeavers(_))))
}

fn guard(typing: &Typing<'_>, line: &G) -> Option<Guard> {
    match line {
        G::AtMost { what, attribute, limit, over, span } => {
            let what = guarded(typing, what, attribute.as_deref())?;
            limit_is_sane(typing, *limit, *span);
            Some(Guard { what, percent: limit.percent, number: limit.number, over: *over, span: Some(*span) })
        }
        G::SourceAtLeast { percent, span } => {
            percent_is_sane(typing, *percent, *span);
            Some(Guard { what: Guarded::Source, percent: Some(*percent), number: None, over: None, span: Some(*span) })
        }
        G::Approve { what, span } => {
            let what = match Approved::parse(&what.text) {
                Some(Approved::Leavers) => Guarded::EveryLeaver,
                Some(Approved::EveryRun) => Guarded::EveryRun,
                None => {
                    typing.env.no_such_word("thing to approve", what, Approved::NAMES);
                    return None;
                }
            };
            Some(Guard { what, percent: None, number: None, over: None, span: Some(*span) })
        }
        G::HoldLeavers(_) | G::Broken(_) => None,
    }
}

fn guarded(typing: &Typing<'_>, what: &Ident, attribute: Option<&[Ident]>) -> Option<Guarded> {
    let Some(count) = GuardedCount::parse(&what.text) else {
        typing.env.no_such_word("guard", what, GuardedCount::NAMES);
        return None;
    };
    Some(match count {
        GuardedCount::Leavers => Guarded::Leavers,
        GuardedCount::Creates => Guarded::Creates,
        GuardedCount::Updates if attribute.is_some() => {
            let Place::Pipeline(draft) = typing.place else { return None };
            Guarded::UpdatesOf(typing.env.attribute(draft.target?, attribute?)?)
        }
        GuardedCount::Updates => Guarded::Updates,
        GuardedCount::Returns => Guarded::Returns,
        GuardedCount::Rekeys => Guarded::Rekeys,
        GuardedCount::Clears => Guarded::Clears,
        GuardedCount::Failures => Guarded::Failures,
    })
}

fn limit_is_sane(typing: &Typing<'_>, limit: Limit, span: Span) {
    if let Some(percent) = limit.percent {
        percent_is_sane(typing, percent, span);
    }
    let nothing = |percent: Option<Decimal>| percent.is_none_or(|percent| percent.is_zero());
    let unreadable = typing.env.report.has_error_in(span) || typing.env.report.syntax.is_in(span);
    if !unreadable && limit.number.unwrap_or(0) == 0 && nothing(limit.percent) {
        let help = "write a number above 0; what must never happen is left out of the pipeline";
        typing.env.report.error_help("E0409", span, "a guard of 0 would hold every run that has anything to do", help);
    }
}

fn percent_is_sane(typing: &Typing<'_>, percent: Decimal, span: Span) {
    if percent > Decimal::ONE_HUNDRED {
        typing.env.report.error_help("E0409", span, format!("{percent}% is more than all of them"), "write a share from 0% to 100%");
    }
}

fn no_doubles(typing: &Typing<'_>, guards: &[Guard]) {
    for (at, guard) in guards.iter().enumerate() {
        let first = guards[..at].iter().find(|first| first.what == guard.what && first.over.is_some() == guard.over.is_some());
        if let (Some(first), Some(span)) = (first.and_then(|first| first.span), guard.span) {
            let diagnostic = Diagnostic::error("E0410", span, "this is guarded twice").related(first, "first here");
            typing.env.report.say(diagnostic.help("leave the one that you mean"));
        }
    }
}
