//! The leaver conditions of an execution plan, and the writes of a leave.

use super::Page;
use crate::{
    cli::views::{count, ledger::in_quotes},
    compile::{Action, ExecutionPlan, Leaver, LeaverKind},
    value::Span,
};

pub fn leave(page: &mut Page<'_>, plan: &ExecutionPlan, leaver: &Leaver) {
    let actions = |actions: &[Action]| actions.iter().map(|action| action_words(action, plan)).collect::<Vec<_>>().join(", ");
    for (at, condition) in leaver.conditions.iter().enumerate() {
        let when = match &condition.kind {
            LeaverKind::When(_) => condition.text.clone(),
            LeaverKind::MissingForRuns { runs, .. } => format!("missing for {}, complete reads only", count(*runs, "run")),
            LeaverKind::MissingFor(span) => format!("missing for {}, complete reads only", span_words(*span)),
            LeaverKind::OutOfScope => "out of scope".to_owned(),
        };
        if at == 0 {
            page.step("leave", &format!("{when}: {}", actions(&leaver.actions)), &[condition.span]);
        } else {
            page.more(&format!("or {when}"), &[condition.span]);
        }
    }
    for stage in &leaver.stages {
        page.more(&format!("after {}: {}", span_words(stage.delay), actions(&stage.actions)), &[stage.span]);
    }
    if let Some(back) = &leaver.on_return {
        let again = if leaver.create_again { "a new account; " } else { "" };
        page.more(&format!("on return: {again}{}", actions(back)), &back.iter().map(Action::span).collect::<Vec<_>>());
    }
    for protect in &leaver.protect {
        page.more(&format!("never: {}", in_quotes(&protect.reason)), &[protect.span]);
    }
}

/// The reaction to an account that was closed by hand.
pub fn on_closed_by_hand(page: &mut Page<'_>, plan: &ExecutionPlan) {
    if let Some(actions) = &plan.on_closed_by_hand {
        let words: Vec<String> = actions.iter().map(|action| action_words(action, plan)).collect();
        page.more(&format!("closed by hand: {}", words.join(", ")), &actions.iter().map(Action::span).collect::<Vec<_>>());
    }
}

fn action_words(action: &Action, plan: &ExecutionPlan) -> String {
    let collection = plan.target.collection();
    match action {
        Action::Set { attribute, text, .. } => format!("{} = {text}", collection.attributes[*attribute].name),
        Action::Call { call, once, .. } => format!("call {}{}", collection.named[*call].0, if *once { " once" } else { "" }),
        Action::Delete { .. } => "delete".to_owned(),
    }
}

/// `60 days`, `2 h`.
#[must_use]
pub fn span_words(span: Span) -> String {
    match span {
        Span::Days(1) => "1 day".to_owned(),
        Span::Days(days) => format!("{days} days"),
        Span::Seconds(s) if s % 3600 == 0 => format!("{} h", s / 3600),
        Span::Seconds(s) if s % 60 == 0 => format!("{} min", s / 60),
        Span::Seconds(s) => format!("{s} s"),
    }
}
