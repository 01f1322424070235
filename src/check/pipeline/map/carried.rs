//! What a pipeline writes has to be in the call that writes it: a value that no line of a call carries is written by nobody.

use super::parts::written_by_calls;
use crate::check::{
    environment::Environment,
    model::{
        pipeline::{Action, Chosen, Leaver, Mapping, ModeChoice, On},
        system::{Attribute, Call, Collection},
    },
    suggest::list,
};
use crate::diagnose::{Diagnostic, Span};

/// A value that is written, by a line of `map` or by `set`.
struct Line<'a> {
    attribute: &'a Chosen,
    span: Span,
    created: bool,
    updated: bool,
    mapped: bool,
}

/// A call that writes.
struct Writer<'a> {
    call: &'a Call,
    name: String,
    /// What it writes is not there before.
    new: bool,
    part: Option<usize>,
}

impl Environment<'_> {
    /// Refuses lines whose values the calls of the target do not carry.
    pub fn values_are_carried(
        &self,
        target: &Collection,
        mode: &ModeChoice,
        map: &[Mapping],
        (leavers, by_hand): (&[Leaver], Option<&[Action]>),
    ) {
        let actions = leavers.iter().flat_map(Leaver::actions).chain(by_hand.into_iter().flatten());
        let lines: Vec<_> = map.iter().map(|line| mapped(line, mode)).chain(actions.filter_map(set)).collect();
        let writers = writers(target);
        let mut said: Vec<Span> = Vec::new();
        // What is set when somebody leaves is another statement, and another mistake.
        for (writer, mapped) in writers.iter().flat_map(|writer| [(writer, true), (writer, false)]) {
            let lost = |line: &&Line<'_>| line.mapped == mapped && !said.contains(&line.span) && writer.loses(target, line);
            let lost: Vec<_> = lines.iter().filter(lost).collect();
            let other = writers.iter().find(|other| other.part == writer.part && other.new != writer.new);
            let other = other.filter(|other| lost.iter().all(|line| other.could_write(target, mode, line)));
            self.say_lost(target, writer, &lost, other);
            said.extend(lost.iter().map(|line| line.span));
        }
    }

    fn say_lost(&self, target: &Collection, writer: &Writer<'_>, lost: &[&Line<'_>], other: Option<&Writer<'_>>) {
        let Some(first) = lost.first() else { return };
        let mut names: Vec<_> = lost.iter().map(|line| line.attribute.name(target)).collect();
        names.dedup();
        let (verb, them) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
        let names = list(names.iter().map(String::as_str)).unwrap_or_default();
        let (place, whole) = if writer.new { ("no line", "record") } else { ("no line of the body", "changes") };
        let message = format!("{names} {verb} in {place} of `{}`, so nothing would write {them}", writer.name);
        let other = match other {
            Some(other) if other.new => "write `on create`",
            Some(_) => "write `on update`",
            None => "take the line out",
        };
        let help = format!("put {them} into its body, where `{whole}` has all that is written, or {other}");
        let diagnostic = Diagnostic::error("E0534", self.first_line(first.span), message);
        self.report.say(diagnostic.related(writer.call.span, "the call").help(help));
    }
}

fn mapped<'a>(line: &'a Mapping, mode: &ModeChoice) -> Line<'a> {
    let created = line.on != On::Update && (mode.may_create() || mode.appends());
    Line { attribute: &line.attribute, span: line.span, created, updated: line.on != On::Create && mode.may_update(), mapped: true }
}

fn set(action: &Action) -> Option<Line<'_>> {
    let Action::Set { attribute, span, .. } = action else { return None };
    Some(Line { attribute, span: *span, created: false, updated: true, mapped: false })
}

/// The calls of a collection that write, its own before those of its parts.
fn writers(target: &Collection) -> Vec<Writer<'_>> {
    let own = [Writer::of(&target.create, "create", true, None), Writer::of(&target.update, "update", false, None)];
    let of_parts = target.parts.iter().enumerate().flat_map(|(at, part)| {
        let of = Some((at, part.name.as_str()));
        [Writer::of(&part.create, "create", true, of), Writer::of(&part.update, "update", false, of)]
    });
    own.into_iter().chain(of_parts).flatten().collect()
}

impl<'a> Writer<'a> {
    fn of(call: &'a Option<Call>, role: &str, new: bool, part: Option<(usize, &str)>) -> Option<Self> {
        let name = part.map_or_else(|| role.to_owned(), |(_, part)| format!("{role}` of `{part}"));
        Some(Self { call: call.as_ref()?, name, new, part: part.map(|(at, _)| at) })
    }

    /// Whether this call would write a line, and does not carry it.
    fn loses(&self, target: &Collection, line: &Line<'_>) -> bool {
        let lost = |at: usize| {
            let attribute = &target.attributes[at];
            // What names a record is in its address, and changes by no update.
            let names = !self.new && target.key.has(at);
            self.writes(target, attribute, line) && !names && !self.call.carried.writes(at, attribute, self.new)
        };
        match line.attribute {
            Chosen::Fixed(at) => lost(*at),
            Chosen::BySetting(_) if self.part.is_some() || self.call.carried.record => false,
            Chosen::BySetting(_) => target.discovery.is_some() || (0..target.attributes.len()).any(lost),
        }
    }

    /// Whether a line could be for this call alone.
    fn could_write(&self, target: &Collection, mode: &ModeChoice, line: &Line<'_>) -> bool {
        let Chosen::Fixed(at) = line.attribute else { return false };
        let attribute = &target.attributes[*at];
        let may = if self.new { mode.may_create() } else { mode.may_update() && attribute.access.is_none() && !attribute.create_only };
        may && line.mapped && self.call.carried.writes(*at, attribute, self.new)
    }

    /// Whether it is this call by which a line is written.
    fn writes(&self, target: &Collection, attribute: &Attribute, line: &Line<'_>) -> bool {
        if attribute.broken || !attribute.is_written() {
            return false;
        }
        let part = attribute.part.as_ref().map(|own| own.part).filter(|_| written_by_calls(target, attribute).is_some());
        match (self.part, part) {
            (Some(own), Some(part)) => own == part && (line.updated || self.new && line.created),
            (Some(_), None) => false,
            (None, None) => self.new && line.created || !self.new && line.updated,
            // A part without a `create` is created together with its record, if it can be.
            (None, Some(part)) => self.new && line.created && target.parts[part].create.is_none() && attribute.write_path().is_writable(),
        }
    }
}
