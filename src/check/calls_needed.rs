//! The calls that a pipeline can't do without, and what they need that is not there yet.

use super::{
    model::{
        pipeline::{Action, Leaver, Mapping, ModeChoice, On},
        system::{Call, Collection, Later},
        wire::Repeat,
    },
    statements::Statements,
    types::{Draft, not_yet},
    world::World,
};
use crate::diagnose::{Diagnostic, Span};

pub(super) fn needed(
    world: &World<'_>,
    draft: &Draft,
    statements: &Statements<'_>,
    mode: Option<&ModeChoice>,
    map: &[Mapping],
    leavers: &[Leaver],
) {
    let source = draft.source.zip(statements.from.map(|(_, _, span)| span));
    let joined = draft.joins.iter().zip(&statements.joins).filter_map(|(join, line)| Some((join.at?, line.span)));
    for ((system, at), span) in source.into_iter().chain(joined) {
        let read = &world.systems[system].collections[at];
        say_later(world, &world.systems[system].later, read);
        if !read.is_listed() && !read.broken {
            lacks(world, read, world.first_line(span), "list", "no record can be read");
        }
    }
    let (Some((system, at)), Some((_, span))) = (draft.target, statements.to) else { return };
    let target = &world.systems[system].collections[at];
    let wants = Wants::of(mode, map, leavers);
    say_later(world, &world.systems[system].later, target);
    if target.file.is_none() && !target.broken {
        wants.are_met(world, target, statements, span);
    }
}

/// What the pipeline does to accounts.
struct Wants {
    create: bool,
    update: bool,
    delete: bool,
}

impl Wants {
    fn of(mode: Option<&ModeChoice>, map: &[Mapping], leavers: &[Leaver]) -> Self {
        let sets = leavers.iter().flat_map(Leaver::actions).any(|action| matches!(action, Action::Set { .. }));
        let deletes = leavers.iter().flat_map(Leaver::actions).any(|action| matches!(action, Action::Delete { .. }));
        let changes = map.iter().any(|line| line.on != On::Create);
        Self {
            create: mode.is_some_and(ModeChoice::may_create) && !map.is_empty(),
            update: sets || (changes && mode.is_some_and(ModeChoice::may_update)),
            delete: deletes,
        }
    }

    fn are_met(&self, world: &World<'_>, target: &Collection, statements: &Statements<'_>, to: Span) {
        let mode = statements.mode.map_or(to, |(_, span)| span);
        match &target.create {
            None if self.create => lacks(world, target, mode, "create", "nobody can be created"),
            Some(create) if self.create => can_be_looked_up(world, target, create, mode),
            _ => {}
        }
        if self.update && target.update.is_none() {
            lacks(world, target, mode, "update", "nobody can be changed");
        }
        if self.delete && target.delete.is_none() {
            let deletes = statements.leavers.iter().find_map(|leaver| delete_in(leaver)).unwrap_or(to);
            lacks(world, target, deletes, "delete", "nobody can be deleted");
        }
    }
}

fn lacks(world: &World<'_>, collection: &Collection, span: Span, call: &str, so: &str) {
    let message = format!("`{}` declares no `{call}`, so {so}", collection.name);
    let method = match call {
        "create" => "POST",
        "update" => "PATCH",
        "delete" => "DELETE",
        _ => "GET",
    };
    let help = format!("add the call to the collection: `{call} {method} \"/…\"`");
    world.report.say(Diagnostic::error("E0412", span, message).related(collection.name_span, "declared here").help(help));
}

/// A POST whose answer is lost must be found again, or a second account is made.
fn can_be_looked_up(world: &World<'_>, target: &Collection, create: &Call, span: Span) {
    if repeats(create) || create.on_unknown.is_some() || target.is_listed() || !target.finds.is_empty() {
        return;
    }
    let message = format!("an unanswered create of `{}` could not be looked up, and to repeat it might make two", target.name);
    let help = "add a `find by` or a `list` to the collection, or say `repeatable` or `on unknown report` in `create`";
    world.report.say(Diagnostic::error("E0411", span, message).related(create.span, "declared here").help(help));
}

/// Whether a call may be sent twice without making two.
pub(super) fn repeats(call: &Call) -> bool {
    match call.repeat {
        Repeat::Safe => call.method != "POST",
        Repeat::Declared(_) => true,
        Repeat::Never => false,
    }
}

fn say_later(world: &World<'_>, system: &[Later], collection: &Collection) {
    let all = system.iter().chain(&collection.later);
    all.for_each(|later| world.report.say(not_yet(later.code, world.first_line(later.span), &later.what)));
}

fn delete_in(leaver: &crate::syntax::tree::Leaver) -> Option<Span> {
    use crate::syntax::tree::{LeaverAction as A, LeaverLine as L};
    let in_actions = |actions: &[A]| actions.iter().find_map(|action| if let A::Delete(span) = action { Some(*span) } else { None });
    leaver.lines.iter().find_map(|line| match line {
        L::Action(action) => in_actions(std::slice::from_ref(action)),
        L::After { lines, .. } | L::OnReturn { lines, .. } => in_actions(lines),
        _ => None,
    })
}
