//! `map { … }`: what is written where, on create and on update, and what a missing value means.

mod carried;
mod cut_joins;
pub(crate) mod dynamic_attributes;
pub(crate) mod events;
pub(crate) mod modifiers;
pub(crate) mod parts;
pub(crate) mod required_calls;
use super::{
    map::{
        dynamic_attributes::Aim,
        modifiers::{Modifiers, Policy},
    },
    statements::Statements,
    three_valued::refuse_true_by_absence,
};
use crate::check::{
    model::{
        expr::{Expr, ExprKind},
        pipeline::{Chosen, ListOwnership, MapCall, Mapping, Missing, ModeChoice, On},
        system::{Attribute, Collection},
        wire::{Direction, Method},
    },
    names::declared_twice,
    suggest::closest,
    types::{Place, Typing, conditions_apart, joined},
};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{self, MapLine, Target},
    value::{Kind, canonical::Comparison},
};

/// The lines of `map`, blocks dissolved.
pub(crate) struct Mapped<'a> {
    pub typing: &'a Typing<'a>,
    target: Option<&'a Collection>,
    mode: Option<&'a ModeChoice>,
    pub lines: Vec<Mapping>,
    pub calls: Vec<MapCall>,
    /// Attributes of refused lines, which are not reported as missing.
    named: Vec<usize>,
    whole: bool,
}

impl<'a> Mapped<'a> {
    pub fn of(typing: &'a Typing<'a>, statements: &Statements<'_>, mode: Option<&'a ModeChoice>) -> Self {
        let target = if let Place::Pipeline(draft) = typing.place { typing.collection(draft.target) } else { None };
        let mut mapped = Self { typing, target, mode, lines: Vec::new(), calls: Vec::new(), named: Vec::new(), whole: true };
        if let Some((lines, span)) = statements.map {
            mapped.lines(lines, &Modifiers::default());
            mapped.no_doubles();
            mapped.required_are_there(span);
            mapped.target.into_iter().filter(|_| mapped.whole).for_each(|target| mapped.parts_are_whole(target, mode));
        } else if let Some((_, span)) = statements.mode.filter(|_| !statements.broken("map")) {
            mapped.required_are_there(span);
        }
        mapped
    }

    fn lines(&mut self, lines: &[MapLine], around: &Modifiers) {
        for line in lines {
            match line {
                MapLine::Set { target, value, modifiers, span } => {
                    let own = Modifiers::of(self.typing, modifiers, self.mode).within(around);
                    self.set(target, value, &own, *span);
                }
                MapLine::Block { modifiers, lines, .. } => {
                    let own = Modifiers::of(self.typing, modifiers, self.mode).within(around);
                    self.lines(lines, &own);
                }
                MapLine::Call { name, modifiers, span } => {
                    let own = Modifiers::of(self.typing, modifiers, self.mode);
                    self.call(name, own, around, *span);
                }
                MapLine::Broken(_) => self.whole = false,
            }
        }
    }

    fn set(&mut self, target: &Target, value: &tree::Expr, modifiers: &Modifiers, span: Span) {
        let typing = self.typing.under(modifiers.when.as_ref());
        if typing.is_swapped(target, value) {
            self.whole = false;
            return;
        }
        let value_typed = typing.expr(value);
        let Some(aim) = typing.aim(target) else {
            return self.meant(target);
        };
        let typed = match &aim {
            Aim::Attribute(at, attribute) => {
                self.named.push(*at);
                if !self.may_be_written(attribute, target.span(), modifiers, span) {
                    return;
                }
                typing.for_attribute(value_typed, attribute)
            }
            Aim::BySetting(id) => typing.for_chosen(value_typed, id),
        };
        if typed.is_broken() {
            return;
        }
        let missing = match aim.attribute() {
            Some(attribute) => {
                self.lists_are_lists(attribute, modifiers);
                self.when_missing(attribute, &typed, modifiers, span)
            }
            None => self.when_missing_from_chosen(&typed, target, modifiers, span),
        };
        if let (true, Some(when)) = (typed.ty.optional && missing.clears(), &modifiers.when) {
            refuse_true_by_absence(self.typing, when, "nothing is cleared");
        }
        let line = modifiers.line(&aim, typed, missing, span);
        self.lines.push(Mapping { text: self.typing.env.text(value.span), ..line });
    }

    /// The attributes that an unknown name is near to are not reported as missing.
    fn meant(&mut self, target: &Target) {
        let (Target::Attribute(names), Some(collection)) = (target, self.target) else { return };
        let name = joined(names);
        let near = closest(&name, collection.attributes.iter().map(|one| one.name.as_str()));
        self.named.extend(near.into_iter().filter_map(|name| collection.attribute(name)));
    }

    fn may_be_written(&self, attribute: &Attribute, name: Span, modifiers: &Modifiers, line: Span) -> bool {
        let report = self.typing.env.report;
        if !attribute.is_written() {
            let message = format!("`{}` is read only", attribute.name);
            let path = &attribute.path;
            let help = if attribute.direction == Direction::ReadOnly && !path.is_writable() {
                format!(
                    "nothing can be written at `{}`, which may be several places: name one, such as `[0]`, or take the line out",
                    path.text
                )
            } else {
                "take the line out".to_owned()
            };
            report.say(Diagnostic::error("E0315", name, message).related(attribute.span, "declared here").help(help));
            return false;
        }
        if modifiers.on == Some(On::Create) || self.mode.is_some_and(ModeChoice::appends) {
            return true;
        }
        let Some((code, message)) = only_on_create(attribute) else {
            let updates = self.mode.is_some_and(ModeChoice::may_update);
            return self.target.is_none_or(|target| !updates || self.typing.part_can_be_changed(target, attribute, name));
        };
        report.say(self.on_create_wanted(code, &message, attribute, name, line));
        false
    }

    fn on_create_wanted(&self, code: &'static str, message: &str, attribute: &Attribute, name: Span, line: Span) -> Diagnostic {
        let diagnostic = Diagnostic::error(code, name, message).related(attribute.span, "declared here");
        let diagnostic = match code {
            "E0316" => diagnostic.help("write `on create` here; closing and reopening belong in `leaver`"),
            _ => diagnostic.help("write `on create`"),
        };
        diagnostic.fix(Fix::replace(line.after(), " on create", ""))
    }

    /// What happens if the value is missing; required if it may be.
    fn when_missing(&self, attribute: &Attribute, value: &Expr, modifiers: &Modifiers, line: Span) -> Missing {
        let policy = modifiers.missing.map(|(policy, _)| policy);
        if !value.ty.optional {
            return policy.map_or(Missing::Never, Policy::missing);
        }
        if !attribute.ty.optional {
            self.required_may_be_missing(attribute, value);
            return Missing::Never;
        }
        match policy {
            Some(policy) => {
                self.can_be_cleared(attribute, policy, modifiers);
                policy.missing()
            }
            None if modifiers.on == Some(On::Create) => Missing::Keep,
            None => {
                self.typing.env.report.say(self.no_policy(&attribute.name, value, line));
                Missing::Keep
            }
        }
    }

    /// The same for an attribute that a setting chooses: it can be emptied, or compiling it says why not.
    fn when_missing_from_chosen(&self, value: &Expr, target: &Target, modifiers: &Modifiers, line: Span) -> Missing {
        match modifiers.missing {
            Some((policy, _)) => policy.missing(),
            None if !value.ty.optional => Missing::Never,
            None if modifiers.on == Some(On::Create) => Missing::Keep,
            None => {
                let name = format!("[{}]", self.typing.env.text(target.span()));
                self.typing.env.report.say(self.no_policy(&name, value, line));
                Missing::Keep
            }
        }
    }

    /// `call NAME MODIFIER…`
    fn call(&mut self, name: &tree::Ident, own: Modifiers, around: &Modifiers, span: Span) {
        if own.says_of_a_value() {
            let help = "leave `on create`, `on update`, `when` and `once`";
            let message = format!("`{}` is a call, so it has no value to keep, clear or compare", name.text);
            self.typing.env.report.error_help("E0318", self.typing.env.first_line(span), message, help);
        }
        let own = own.within(around);
        if let Some(call) = super::leaver::named_call(self.typing, name) {
            if let (Some(when), true) = (&own.when, self.deletes(call)) {
                refuse_true_by_absence(self.typing, when, "nothing is deleted");
            }
            self.calls.push(MapCall { call, on: own.on.unwrap_or(On::Both), when: own.when, once: own.once, span });
        }
    }

    fn deletes(&self, call: usize) -> bool {
        self.target.and_then(|target| target.named.get(call)).is_some_and(|(_, call)| call.method == Method::Delete)
    }

    fn required_may_be_missing(&self, attribute: &Attribute, value: &Expr) {
        let message = format!("`{}` is never empty, and {} may be missing", attribute.name, self.named(value));
        let help = "let only those in who have it (`include when … is present`), or give a fallback: `?? …`";
        let label = self.label(value);
        self.typing
            .env
            .report
            .say(Diagnostic::error("E0313", value.span, message).label(label).related(attribute.span, "declared here").help(help));
    }

    fn can_be_cleared(&self, attribute: &Attribute, policy: Policy, modifiers: &Modifiers) {
        let unreadable = attribute.direction == Direction::WriteOnly || attribute.create_only;
        if policy.clears() && unreadable {
            let span = modifiers.missing.map_or(attribute.span, |(_, span)| span);
            let message = format!("`{}` is only written on create, so it can't be emptied", attribute.name);
            let diagnostic = Diagnostic::error("E0314", span, message).related(attribute.span, "declared here");
            self.typing.env.report.say(diagnostic.help("leave the words out: what is missing is not sent"));
        }
    }

    /// The meaning of a missing value is the author's to choose.
    fn no_policy(&self, attribute: &str, value: &Expr, line: Span) -> Diagnostic {
        let message = format!("{} may be missing, and `{attribute}` does not say what happens then", self.named(value));
        let fix = |words: &str, what: &str| Fix::replace(line.after(), format!("     {words}"), what);
        Diagnostic::error("E0311", value.span, message)
            .label(self.label(value))
            .help("choose one (--fix never chooses for you)")
            .fix(fix("keep when missing", "leaves the value that is there"))
            .fix(fix("clear when missing", "empties it"))
    }

    fn named(&self, value: &Expr) -> String {
        format!("`{}`", self.typing.env.text(value.span))
    }

    fn label(&self, value: &Expr) -> String {
        let place = match (&value.kind, self.typing.place) {
            (ExprKind::Source(at), Place::Pipeline(draft)) => {
                self.typing.collection(draft.source).map(|source| source.attributes[*at].span)
            }
            (ExprKind::Field(at), Place::Pipeline(draft)) => draft.field(*at).map(|field| field.name_span),
            _ => None,
        };
        place.map_or_else(|| value.ty.to_string(), |span| format!("{}, declared at {}", value.ty, self.typing.env.sources.place(span)))
    }

    fn lists_are_lists(&self, attribute: &Attribute, modifiers: &Modifiers) {
        if let Some((_, span)) = modifiers.list
            && !matches!(attribute.ty.kind, Kind::List(_))
        {
            let message = format!("`{}` is not a list", attribute.name);
            self.typing.env.report.say(Diagnostic::error("E0320", span, message).help("leave this out").fix(Fix::replace(span, "", "")));
        }
    }

    /// One attribute, one line; unless one is for create and the other for update, or their conditions never hold together.
    fn no_doubles(&self) {
        let Some(collection) = self.target else { return };
        for (at, line) in self.lines.iter().enumerate() {
            let first = self.lines[..at].iter().find(|first| first.attribute == line.attribute && self.overlap(first, line));
            if let Some(first) = first {
                let name = line.attribute.name(collection);
                let report = self.typing.env.report;
                let mut diagnostic =
                    declared_twice("the line for", &name, self.typing.env.first_line(line.span), self.typing.env.first_line(first.span));
                diagnostic.code = "E0310";
                diagnostic.message = format!("`{name}` is written twice");
                let help = match (&first.when, &line.when) {
                    (Some(_), Some(_)) => "both conditions can hold for one record: write `when` and `when not` of the same condition",
                    _ => "take one of the two out, or write one `on create` and the other `on update`",
                };
                report.say(diagnostic.help(help));
            }
        }
    }

    /// Whether both may be written for one record in one run: then its value would change with every run.
    fn overlap(&self, first: &Mapping, second: &Mapping) -> bool {
        let by_action = matches!((first.on, second.on), (On::Create, On::Update) | (On::Update, On::Create));
        let by_condition =
            first.when.as_ref().zip(second.when.as_ref()).is_some_and(|(one, other)| conditions_apart(self.typing, one, other));
        !by_action && !by_condition
    }

    /// Requires a line for each attribute that the target needs on create.
    fn required_are_there(&self, map: Span) {
        let (Some(collection), true) = (self.target, self.whole && self.mode.is_some_and(ModeChoice::may_create)) else { return };
        let given = |at: usize| {
            self.lines.iter().any(|line| line.attribute == Chosen::Fixed(at) && line.on != On::Update) || self.is_named_wrongly(at)
        };
        // What a create can't take is written by the first update.
        let takes = |at: usize, one: &Attribute| collection.create.as_ref().is_none_or(|create| create.carried.writes(at, one, true));
        let lacking: Vec<_> = collection
            .attributes
            .iter()
            .enumerate()
            .filter(|(at, one)| {
                one.is_written()
                    && !one.ty.optional
                    && one.codec.absent.is_none()
                    && one.part.is_none()
                    && !one.broken
                    && takes(*at, one)
                    && !given(*at)
            })
            .map(|(_, one)| one)
            .collect();
        let Some(first) = lacking.first() else { return self.something_is_created(collection, map) };
        let names = crate::check::suggest::list(lacking.iter().map(|one| one.name.as_str())).unwrap_or_default();
        let verb = if lacking.len() == 1 { "is" } else { "are" };
        let message = format!("{names} {verb} needed to create one of `{}`, and nothing is written there", collection.name);
        let span = self.typing.env.first_word(map);
        let help = format!("add a line such as `{} = …`, or declare it as `{}?` if the target does without it", first.name, first.ty);
        self.typing.env.report.say(Diagnostic::error("E0312", span, message).related(first.span, "declared here").help(help));
    }

    /// A create that holds nothing makes an account that is nobody's; what is written on update alone is not in it.
    fn something_is_created(&self, collection: &Collection, map: Span) {
        let events = self.mode.is_some_and(ModeChoice::appends) || collection.attributes.is_empty();
        let wrong = self.named.iter().any(|at| self.is_named_wrongly(*at));
        if self.lines.iter().all(|line| line.on == On::Update) && self.calls.is_empty() && !wrong && !events {
            let message = format!("one of `{}` would be created with nothing in it", collection.name);
            let help = "add a `map` with a line for what the account is found by, or write `mode update`";
            self.typing.env.report.error_help("E0312", self.typing.env.first_word(map), message, help);
        }
    }

    /// Whether a line names it and was refused, so that this is all to be said.
    pub fn is_named_wrongly(&self, at: usize) -> bool {
        self.named.contains(&at) && !self.lines.iter().any(|line| line.attribute == Chosen::Fixed(at))
    }
}

/// Why an attribute can only be written on create.
fn only_on_create(attribute: &Attribute) -> Option<(&'static str, String)> {
    let name = &attribute.name;
    if attribute.access.is_some() {
        return Some(("E0316", format!("`{name}` opens and closes accounts, so `map` writes it only on create")));
    }
    if attribute.create_only {
        return Some(("E0317", format!("`{name}` can only be written on create")));
    }
    (attribute.direction == Direction::WriteOnly)
        .then(|| ("E0317", format!("`{name}` is write only, so no later run could tell whether it differs")))
}

impl Modifiers {
    /// The line that they are in; without its text.
    fn line(&self, aim: &Aim<'_>, value: Expr, missing: Missing, span: Span) -> Mapping {
        let declared = aim.attribute().map(|attribute| attribute.comparison).unwrap_or_default();
        Mapping {
            attribute: aim.chosen(),
            text: String::new(),
            on: self.on.unwrap_or(On::Both),
            when: self.when.clone(),
            missing,
            once: self.once,
            comparison: Comparison {
                ignoring_case: declared.ignoring_case || self.ignoring_case,
                ignoring_order: declared.ignoring_order || self.ignoring_order,
                ..declared
            },
            shared: None,
            on_conflict: self.on_conflict.map(|(rule, _)| rule),
            list: self.list.map_or(ListOwnership::Owned, |(list, _)| list),
            value,
            span,
        }
    }
}
