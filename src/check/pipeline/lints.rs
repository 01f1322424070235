//! Lints: allowed, but a reviewer should see them.

use super::{judged::Said, statements::Statements};
use crate::check::{
    environment::Environment,
    model::{
        pipeline::{Action, ModeChoice, On},
        wire::Direction,
    },
    types::Draft,
};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{self, Approved, ExprKind, GuardLine, GuardedCount, PipelineItem},
};

pub(crate) fn lints(env: &Environment<'_>, statements: &Statements<'_>, draft: &Draft, written: &tree::Pipeline) {
    without_effect(env, statements, written);
    leavers_without_a_guard(env, statements);
    closed_accounts_are_hidden(env, statements, draft);
}

/// L0701: a default guard applies, but the file does not show it.
fn leavers_without_a_guard(env: &Environment<'_>, statements: &Statements<'_>) {
    let guarded = |line: &GuardLine| match line {
        GuardLine::AtMost { what, .. } => GuardedCount::parse(&what.text) == Some(GuardedCount::Leavers),
        // Each run with leavers is approved by a person, whichever of the two is written.
        GuardLine::Approve { what, .. } => Approved::parse(&what.text).is_some(),
        // It may be the guard on leavers.
        GuardLine::Broken(_) => true,
        GuardLine::SourceAtLeast { .. } | GuardLine::HoldLeavers(_) => false,
    };
    let any = statements.guards.iter().flat_map(|(lines, _)| lines.iter()).any(guarded) || statements.broken("guard");
    let Some(first) = statements.leavers.first() else { return };
    if !any {
        let lint = Diagnostic::lint("L0701", env.first_word(first.span), "people may leave, and no guard says how many")
            .label("in force until you say otherwise: at most 10% or 5")
            .help("write it down, so that a reviewer sees it");
        env.report.say(lint.fix(written_down(statements)));
    }
}

/// The guard as a line of the block that there is, or as a block after the last `leaver`.
fn written_down(statements: &Statements<'_>) -> Fix {
    let last = statements.leavers.iter().map(|leaver| leaver.span.end).max().unwrap_or_default();
    let file = statements.leavers[0].span.file;
    match statements.guards.first() {
        Some((lines, _)) if !lines.is_empty() => {
            let start = guard_line_span(&lines[0]).start;
            Fix::replace(Span { file, start, end: start }, "leavers at most 10% or 5\n    ", "")
        }
        _ => Fix::replace(Span { file, start: last, end: last }, "\n\n  guard {\n    leavers at most 10% or 5\n  }", ""),
    }
}

const fn guard_line_span(line: &GuardLine) -> Span {
    match line {
        GuardLine::AtMost { span, .. }
        | GuardLine::SourceAtLeast { span, .. }
        | GuardLine::Approve { span, .. }
        | GuardLine::HoldLeavers(span) => *span,
        GuardLine::Broken(broken) => broken.span,
    }
}

/// L0702: a closed account that is not listed looks like a deleted one.
fn closed_accounts_are_hidden(env: &Environment<'_>, statements: &Statements<'_>, draft: &Draft) {
    let (Some((system, at)), Some(leaver)) = (draft.target, statements.leavers.first()) else { return };
    let target = &env.systems[system].collections[at];
    if target.lists.is_some() || target.file.is_some() || target.get.is_some() || target.broken || target.list.is_none() {
        return;
    }
    let message = format!("`{}` does not say whether closed accounts stay in its list", target.name);
    let lint = Diagnostic::lint("L0702", env.first_word(leaver.span), message).related(target.name_span, "declared here");
    env.report.say(
        lint.help("write `lists all` in the collection if they do, and `lists open only` if they do not; without either, a closed account can't be distinguished from a deleted one"),
    );
}

/// L0706: the attribute by which leavers are closed is optional, and nothing gives it a value in a new account. Whether such an account is
/// open is up to the system.
pub(crate) fn accounts_are_never_opened(
    env: &Environment<'_>,
    statements: &Statements<'_>,
    draft: &Draft,
    mode: Option<&ModeChoice>,
    said: &Said<'_>,
) {
    let Some((system, at)) = draft.target.filter(|_| mode.is_some_and(ModeChoice::may_create) && !statements.broken("map")) else { return };
    let target = &env.systems[system].collections[at];
    let Some((opens, _)) = target.access().filter(|(_, access)| access.opens) else { return };
    let attribute = &target.attributes[opens];
    let sets = |action: &&Action| matches!(action, Action::Set { attribute, .. } if attribute.fixed() == Some(opens));
    let Some(Action::Set { span, .. }) = said.leavers.iter().flat_map(|leaver| &leaver.actions).find(sets) else { return };
    let written = said.map.iter().any(|line| line.on != On::Update && line.attribute.fixed().is_none_or(|at| at == opens));
    let optional = attribute.ty.optional && attribute.direction != Direction::ReadOnly;
    if !optional || written || !said.calls.is_empty() {
        return;
    }
    let message = format!("leavers are closed by `{}`, and new accounts get no value of it", attribute.name);
    let help = format!("add a line to `map` that opens them, such as `{} = true on create`", attribute.name);
    env.report.say(Diagnostic::lint("L0706", *span, message).help(help));
}

/// L0705: a run knows nothing of these lines, and whoever wrote them would rely on them.
fn without_effect(env: &Environment<'_>, statements: &Statements<'_>, written: &tree::Pipeline) {
    let say = |span: Span, message: &str, help: &str| env.report.say(Diagnostic::lint("L0705", span, message).help(help));
    for line in statements.guards.iter().flat_map(|(lines, _)| lines.iter()) {
        if let GuardLine::AtMost { what, span, .. } = line
            && GuardedCount::parse(&what.text) == Some(GuardedCount::Failures)
        {
            let help = "take the line out: a run stops by itself when its target keeps failing";
            say(*span, "a guard on failures has no effect in this version", help);
        }
    }
    for item in &written.items {
        if let PipelineItem::Notify { to, span, .. } = item {
            let address = env.text(to.span);
            let wrong = matches!(to.kind, ExprKind::Text(_)) && !address.contains(['@', '{']);
            let wrong = if wrong { format!("{address} is not an e-mail address, and ") } else { String::new() };
            say(
                *span,
                &format!("{wrong}`notify` has no effect in this version: no e-mail is sent"),
                "take the line out, and see the last run of each pipeline by `counterpart`, without a command",
            );
        }
    }
}
