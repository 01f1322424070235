//! The calls that a pipeline needs, and what they lack.

use super::{cut_joins::joins_are_proved, parts::written_by_calls};
use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind},
        pipeline::{Action, Chosen, Leaver, LeaverKind, Mapping, ModeChoice, On, Rule},
        proof::Cover,
        rules::Outcome,
        system::{Call, Collection, Later},
        wire::{BodyFormat, Direction, Repeat},
    },
    pipeline::{judged::Said, statements::Statements},
    system::call_names::{always_sent, needed_names},
    types::{Draft, not_yet},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::ModeName,
};

pub(crate) fn needed(env: &Environment<'_>, draft: &Draft, statements: &Statements<'_>, mode: Option<&ModeChoice>, said: &Said<'_>) {
    let Said { map, leavers, key, .. } = *said;
    let source = draft.source.zip(statements.from.map(|(_, _, span)| span));
    let joined = draft.joins.iter().zip(&statements.joins).filter_map(|(join, line)| Some((join.at?, line.span)));
    for ((system, at), span) in source.into_iter().chain(joined) {
        let read = &env.systems[system].collections[at];
        say_later(env, &env.systems[system].later, read);
        if !read.is_listed() && !read.broken {
            lacks(env, read, env.first_line(span), "list", "no record can be read");
        }
    }
    if let Some((system, at)) = draft.source {
        absence_is_proved(env, system, &env.systems[system].collections[at], leavers, key);
        one_of_a_key_is_proved(env, system, &env.systems[system].collections[at], statements);
    }
    joins_are_proved(env, draft, statements, said, mode);
    let (Some((system, at)), Some((_, span))) = (draft.target, statements.to) else { return };
    let target = &env.systems[system].collections[at];
    let wants = Wants::of(target, mode, map, leavers, system);
    say_later(env, &env.systems[system].later, target);
    has_a_key(env, target, mode, span);
    if target.file.as_ref().is_some_and(|file| file.newest) {
        let message = format!("`{}` is the newest of several files, which is read and never written", target.name);
        env.report.error_help("E0542", span, message, "name one file, without `newest`, to write to it");
    }
    if target.file.is_none() && !target.broken {
        wants.are_met(env, target, statements, said.rules, span);
        if wants.create {
            create_is_told_all(env, target, map, span);
        }
    }
}

/// Who is written to is known by a key; of events, which are never written again, nothing is known.
fn has_a_key(env: &Environment<'_>, target: &Collection, mode: Option<&ModeChoice>, to: Span) {
    let appends = mode.is_some_and(ModeChoice::appends);
    let known = !target.key.is_none() || target.key_span.is_some() || target.broken;
    if !appends && !known && !env.report.has_said("E0401", target.name_span) {
        let message = format!("`{}` has no key, so no link could say which of its records is whose", target.name);
        let diagnostic = Diagnostic::error("E0401", to, message).related(target.name_span, "declared here");
        env.report.say(diagnostic.help("add a line such as `key id` to the collection"));
    }
}

/// What the pipeline does to accounts.
struct Wants {
    /// Of the target, by its index.
    system: usize,
    create: bool,
    update: bool,
    delete: bool,
    /// The parts that are written.
    parts: Vec<usize>,
}

impl Wants {
    fn of(target: &Collection, mode: Option<&ModeChoice>, map: &[Mapping], leavers: &[Leaver], system: usize) -> Self {
        // What a part's own calls write needs no `update` of the record.
        let of_record = |chosen: &Chosen| chosen.fixed().is_none_or(|at| written_by_calls(target, &target.attributes[at]).is_none());
        let sets = |action: &Action| matches!(action, Action::Set { attribute, .. } if of_record(attribute));
        let sets = leavers.iter().flat_map(Leaver::actions).any(sets);
        let deletes = leavers.iter().flat_map(Leaver::actions).any(|action| matches!(action, Action::Delete { .. }));
        let changes = map.iter().any(|line| line.on != On::Create && of_record(&line.attribute));
        Self {
            system,
            create: mode.is_some_and(ModeChoice::may_create) && !map.is_empty(),
            update: sets || (changes && mode.is_some_and(ModeChoice::may_update)),
            delete: deletes && mode.is_none_or(|mode| !mode.appends()),
            parts: map.iter().filter_map(|line| Some(target.attributes[line.attribute.fixed()?].part.as_ref()?.part)).collect(),
        }
    }

    fn made_from_record(&self, target: &Collection) -> Option<&'static str> {
        let update = target.update.iter().filter(|_| self.update).find_map(from_record);
        update.or_else(|| self.parts.iter().flat_map(|at| &target.parts[*at].update).find_map(from_record))
    }

    fn are_met(&self, env: &Environment<'_>, target: &Collection, statements: &Statements<'_>, rules: &[Rule], to: Span) {
        let mode = statements.mode.map_or(to, |(_, span)| span);
        match &target.create {
            None if self.create => lacks(env, target, mode, "create", "nobody can be created"),
            Some(create) if self.create => {
                let appends = matches!(statements.mode, Some((ModeName::Append, _)));
                if !appends && statements.matching.is_some_and(|matching| !matching.one_by_one) {
                    nobody_is_overlooked(env, self.system, target, rules);
                }
                // Without a day to begin at, E0420 says it.
                if !appends || statements.since.is_some_and(|since| since.from.is_some()) {
                    can_be_looked_up(env, target, create, appends, mode);
                }
            }
            _ => {}
        }
        if self.update && target.update.is_none() {
            lacks(env, target, mode, "update", "nobody can be changed");
        }
        if let Some(why) = self.made_from_record(target).filter(|_| target.get.is_none() && !target.is_listed()) {
            lacks(env, target, mode, "get", why);
        }
        if self.delete && target.delete.is_none() {
            let deletes = statements.leavers.iter().find_map(|leaver| delete_in(leaver)).unwrap_or(to);
            lacks(env, target, deletes, "delete", "nobody can be deleted");
        }
    }
}

/// Absence has to be proved before it makes anybody leave: the lists show everybody, and their end is seen.
fn absence_is_proved(env: &Environment<'_>, system: usize, source: &Collection, leavers: &[Leaver], key: &Expr) {
    let by_absence = |kind: &LeaverKind| matches!(kind, LeaverKind::MissingForRuns { .. } | LeaverKind::MissingFor(_));
    let Some(condition) = leavers.iter().flat_map(|leaver| &leaver.conditions).find(|condition| by_absence(&condition.kind)) else {
        return;
    };
    if source.broken || !source.is_listed() {
        return;
    }
    let asked_by_key = source.get.is_some() && source.is_own_key(key);
    if let Some(weak) = weak_list(env, system, source).filter(|_| !asked_by_key) {
        let message = format!("{}, so nobody can be missing from {}", no_proof(weak), told_below(weak, source));
        let help =
            format!("{}, or a `get` by the key of the pipeline, by which each record that seems missing is asked for", to_prove(weak));
        env.report.say(Diagnostic::error("E0555", condition.span, message).related(weak.name_span, "declared here").help(help));
    }
    if told_from_above(source) && !source.is_own_key(key) {
        let message = format!(
            "a record of `{}` whose record above is not listed is not missing, and this key does not tell which one that is",
            source.name
        );
        let help = "leave `key` out: the collection's own is taken, which names the record above";
        env.report.say(Diagnostic::error("E0555", condition.span, message).related(source.name_span, "declared here").help(help));
    }
    // Who is below a record that is not listed is not missing, where the key tells which one that is.
    let to_prove = if told_from_above(source) { std::slice::from_ref(&source) } else { &with_those_above(env, system, source) };
    let so = "somebody whom it does not show is not missing";
    if let Some(partial) = shows_a_part(to_prove, "records", so, "the list that is lacking") {
        env.report.say(Diagnostic { span: condition.span, ..partial });
    }
}

/// Of several records with one key, the one that counts may be on the page that was cut, and another one would be taken for it.
fn one_of_a_key_is_proved(env: &Environment<'_>, system: usize, source: &Collection, statements: &Statements<'_>) {
    let Some(line) = statements.one_per_key.as_ref().filter(|_| !source.broken && source.is_listed()) else { return };
    if let Some(weak) = weak_list(env, system, source) {
        let message = format!("{}, so another record of a key may be the one that counts", no_proof(weak));
        let diagnostic = Diagnostic::error("E0555", line.span, message).related(weak.name_span, "declared here");
        env.report.say(diagnostic.help(to_prove(weak)));
    }
}

/// How a list that takes some elements alone is made to prove something.
const SHOWN_BY_WHERE: &str =
    "take the filter out, or say which records the list shows, such as `list GET \"/users\" where status == \"active\"`";

/// Why a record has to be read before it is changed.
fn from_record(call: &Call) -> Option<&'static str> {
    let diff = call.body.as_ref().is_some_and(|body| matches!(body.format, BodyFormat::XmlDiff(_)));
    let whole = || {
        let value = call.body.as_ref().and_then(|body| body.value.as_ref());
        value.is_some_and(|value| value.any(&|part| matches!(part.kind, ExprKind::Sent)))
    };
    match (diff, call.replaces.first()) {
        (false, None) if whole() => Some("the whole record can't be read before it is sent"),
        (true, _) => Some("no diff can be made from the record as it is"),
        (_, Some(_)) => Some("what is sent whole can't be read first"),
        _ => None,
    }
}

/// The list whose end is no more than a page that is not full: that of the collection, or of one below whose records it is read.
pub(super) fn weak_list<'e>(env: &'e Environment<'_>, system: usize, collection: &'e Collection) -> Option<&'e Collection> {
    with_those_above(env, system, collection).into_iter().find(|one| one.proof().is_weak())
}

/// A collection, and those below whose records it is read: its list is no better than theirs.
fn with_those_above<'e>(env: &'e Environment<'_>, system: usize, collection: &'e Collection) -> Vec<&'e Collection> {
    let mut all = vec![collection];
    let mut next = 0;
    while let Some(one) = all.get(next).copied() {
        next += 1;
        for above in one.all_lists().filter_map(|list| env.systems[system].collections.get(list.for_each?)) {
            if !all.iter().any(|known| std::ptr::eq(*known, above)) {
                all.push(above);
            }
        }
    }
    all
}

/// The first of some lists that shows a part of its records alone. The others are read below it, and the first is the one in question.
fn shows_a_part(lists: &[&Collection], what: &str, so: &str, else_by: &str) -> Option<Diagnostic> {
    let (part, cover) = lists.iter().find_map(|one| {
        let cover = one.proof().cover;
        matches!(cover, Cover::Filtered(_) | Cover::Part).then_some((one, cover))
    })?;
    let (what, below) = match lists.first().filter(|first| first.name != part.name) {
        None => (what, String::new()),
        Some(first) => ("records", format!(", below which `{}` is read", first.name)),
    };
    let (message, help) = match cover {
        Cover::Filtered(path) => {
            (format!("`{path}` leaves out elements of the list of `{}`{below}, so {so}", part.name), SHOWN_BY_WHERE.to_owned())
        }
        _ => (
            format!("each list of `{}` shows a part of the {what}{below}, so {so}", part.name),
            format!("add `lists all` to the collection if they show all together, or {else_by}"),
        ),
    };
    Some(Diagnostic::error("E0556", Span::default(), message).related(part.name_span, "declared here").help(help))
}

pub(super) fn no_proof(weak: &Collection) -> String {
    format!("a short page does not prove that the list of `{}` has ended", weak.name)
}

/// How the end of a list is proved. Rules that it has already are met by a page that is merely short, or ask for a status alone.
pub(super) fn to_prove(weak: &Collection) -> &'static str {
    match weak.all_lists().any(|list| list.rules.of(Outcome::LastPage).next().is_some()) {
        false => "add a `total` or a `last page` rule to the list",
        true => {
            "its `last page` rules are no other sign, since a short page meets one, or a status alone may never come: add a `total`, or a rule \
             such as `last page when page.count == 0`"
        }
    }
}

/// What a weak list shows in part, worded to follow `from`.
fn told_below(weak: &Collection, shown: &Collection) -> String {
    if weak.name == shown.name { "it".to_owned() } else { format!("`{}`, which is listed below it", shown.name) }
}

/// Nobody is created without a proof that nobody is there: a list that shows all accounts to its proved end, or a look-up for each line
/// of `match`. A `get` asks for accounts that are linked, and finds no other.
fn nobody_is_overlooked(env: &Environment<'_>, system: usize, target: &Collection, rules: &[Rule]) {
    let finds = |at| target.finds.iter().any(|(by, _)| *by == at);
    let is_looked_up = |rule: &&Rule| rule.parts.iter().any(|part| part.attribute.fixed().is_none_or(finds));
    let Some(rule) = rules.iter().find(|rule| !is_looked_up(rule)).filter(|_| target.is_listed()) else { return };
    let (list, find) = (&target.name, format!("a `find by {}`", rule.parts[0].attribute.name(target)));
    let so = format!("nobody can be created without {find}");
    if let Some(partial) = shows_a_part(&with_those_above(env, system, target), "accounts", &so, &find) {
        return env.report.say(Diagnostic { span: rule.span, ..partial });
    }
    let (code, why, help) = match (weak_list(env, system, target), target.proof().cover) {
        (Some(weak), _) => ("E0555", no_proof(weak), to_prove(weak)),
        (None, Cover::OpenOnly) => (
            "E0556",
            format!("the list of `{list}` shows open accounts only"),
            "let the list show closed accounts too, and write `lists all`",
        ),
        (None, Cover::Unsaid | Cover::Values(_)) => {
            let why = format!("`{list}` does not say that its list shows closed accounts too");
            ("E0556", why, "write `lists all` in the collection if it does")
        }
        _ => return,
    };
    let diagnostic = Diagnostic::error(code, rule.span, format!("{why}, so {so}")).related(target.name_span, "declared here");
    env.report.say(diagnostic.help(format!("{help}, or add {find} to the collection")));
}

fn lacks(env: &Environment<'_>, collection: &Collection, span: Span, call: &str, so: &str) {
    let message = format!("`{}` declares no `{call}`, so {so}", collection.name);
    let method = match call {
        "create" => "POST",
        "update" => "PATCH",
        "delete" => "DELETE",
        _ => "GET",
    };
    let help = format!("add the call to the collection: `{call} {method} \"/…\"`");
    env.report.say(Diagnostic::error("E0412", span, message).related(collection.name_span, "declared here").help(help));
}

/// A POST whose answer is lost has to be looked up, or its repeat would create a second account.
/// Where events go nothing is read.
fn can_be_looked_up(env: &Environment<'_>, target: &Collection, create: &Call, appends: bool, span: Span) {
    let is_read = target.is_listed() && !appends;
    if create.may_repeat() || create.repeat == Repeat::Never || is_read || !target.finds.is_empty() {
        return;
    }
    let message = format!("an unanswered create of `{}` could not be looked up, and to repeat it might make two", target.name);
    let calls = if appends { "a `find by`" } else { "a `find by` or a `list`" };
    let help = format!("add {calls} to the collection, or say `idempotent` or `never repeat` in `create`");
    env.report.say(Diagnostic::error("E0411", span, message).related(create.span, "declared here").help(help));
}

/// A create is not sent if a value that it names is missing, so `map` has to write each of them.
fn create_is_told_all(env: &Environment<'_>, target: &Collection, map: &[Mapping], to: Span) {
    let Some(create) = &target.create else { return };
    if map.iter().any(|line| line.attribute.fixed().is_none()) {
        return;
    }
    let written = |at: usize| map.iter().any(|line| line.on != On::Update && line.attribute.fixed() == Some(at));
    for (place, expr) in always_sent(create) {
        for (at, named) in needed_names(expr) {
            let attribute = &target.attributes[at];
            if attribute.direction == Direction::ReadOnly || written(at) {
                continue;
            }
            let name = &attribute.name;
            let message = format!("the {place} of `create` needs `{name}`, which this pipeline does not write");
            let diagnostic = Diagnostic::error("E0531", to, message).related(named, "needed here");
            let null = if env.text(expr.span).contains("?? null") { "; with `?? null` it still has no value" } else { "" };
            env.report.say(diagnostic.help(format!("add `{name} = …` to `map`{null}")));
        }
    }
}

fn say_later(env: &Environment<'_>, system: &[Later], collection: &Collection) {
    let all = system.iter().chain(&collection.later);
    all.for_each(|later| env.report.say(not_yet(later.code, env.first_line(later.span), &later.what)));
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

/// Whether an attribute of the key is told by the record above.
fn told_from_above(source: &Collection) -> bool {
    let from_above = |value: &Expr| value.any(&|part| matches!(part.kind, ExprKind::Parent(_)));
    source.key.is_several() && source.all_lists().flat_map(|list| &list.fixed).any(|(at, value)| source.key.has(*at) && from_above(value))
}
