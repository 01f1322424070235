//! What is known to be present, and what may still be missing.

use super::{Expr, ExprKind, Place, Typing, functions::arguments};
use crate::{
    check::{
        model::{
            SettingId,
            expr::{Comparator, PageName, Part, Special},
        },
        suggest::closest,
    },
    syntax::tree::State,
    value::{Kind, Type, Value},
};
use std::collections::BTreeSet;

/// Something that can be present or missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Source(usize),
    Current(usize),
    Raw(String),
    Field(usize),
    Own(usize),
    Joined(usize, usize),
    Element,
    Setting(SettingId),
    Since,
}

/// What is known to be present.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    present: BTreeSet<Subject>,
    /// The words of conditions that were not understood: each may name what they show to be present.
    unclear: BTreeSet<String>,
}

impl Facts {
    pub fn extend(&mut self, more: impl IntoIterator<Item = Subject>) {
        self.present.extend(more);
    }

    /// The condition there was not understood.
    pub fn are_unclear(&mut self, condition: &str) {
        let words = condition.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        self.unclear.extend(words.map(str::to_owned));
    }

    fn has(&self, subject: &Subject) -> bool {
        self.present.contains(subject)
    }
}

impl Typing<'_> {
    /// Whether something has been shown to be present.
    pub fn knows(&self, subject: &Subject) -> bool {
        self.facts.has(subject)
    }

    /// Whether an expression may be missing, given what is known.
    pub fn may_be_missing(&self, expr: &Expr) -> bool {
        use ExprKind as K;
        if self.subject(expr).is_some_and(|subject| self.facts.has(&subject) || self.is_unclear(&subject)) {
            return false;
        }
        match &expr.kind {
            K::Field(at) => self.field_may_be_missing(*at, expr.ty.optional),
            K::Template(parts) => parts.iter().any(|part| matches!(part, Part::Expr(part) if self.may_be_missing(part))),
            K::Arithmetic(_, left, right) => self.may_be_missing(left) || self.may_be_missing(right),
            K::Default(left, right) => self.may_be_missing(left) && self.may_be_missing(right),
            K::If(_, then, otherwise) => {
                let missing = |branch: &Expr| branch.ty.optional && self.may_be_missing(branch);
                missing(then) || otherwise.as_deref().is_none_or(missing)
            }
            K::Apply { value, function, args } => self.result_may_be_missing(expr, value, *function, args),
            K::Lookup { value, table } => self.may_be_missing(value) || self.env.tables[*table].value.optional,
            K::Counterpart { value, .. } => self.may_be_missing(value),
            _ => expr.ty.optional,
        }
    }

    /// Whether a condition that was not understood may show this to be present: it names this, or nearly so.
    fn is_unclear(&self, subject: &Subject) -> bool {
        let words = &self.facts.unclear;
        let name = || self.name_of(subject).and_then(|name| name.rsplit('.').next()).unwrap_or_default();
        !words.is_empty() && (words.contains(name()) || !closest(name(), words.iter().map(String::as_str)).is_empty())
    }

    /// What a subject is called, without what it is of.
    fn name_of(&self, subject: &Subject) -> Option<&str> {
        let Place::Pipeline(draft) = &self.place else { return None };
        let attribute = |of, at: &usize| self.collection(of).map(|collection| collection.attributes[*at].name.as_str());
        match subject {
            Subject::Source(at) => attribute(draft.source, at),
            Subject::Current(at) => attribute(draft.target, at),
            Subject::Joined(join, at) => attribute(draft.joins[*join].at, at),
            Subject::Field(at) => draft.fields.get(*at).map(|field| field.name.as_str()),
            Subject::Element => draft.element.as_ref().map(|element| element.name.as_str()),
            _ => None,
        }
    }

    /// Asked once of each field: fields may use one another many times over.
    fn field_may_be_missing(&self, at: usize, declared: bool) -> bool {
        let Place::Pipeline(draft) = &self.place else { return declared };
        let Some(field) = draft.field(at).filter(|_| declared) else { return declared };
        if let Some(known) = self.fields_known.borrow().get(&at) {
            return *known;
        }
        let missing = self.may_be_missing(&field.value);
        self.fields_known.borrow_mut().insert(at, missing);
        missing
    }

    fn result_may_be_missing(&self, expr: &Expr, value: &Expr, function: crate::check::model::expr::FunctionRef, args: &[Expr]) -> bool {
        let input = Type { kind: value.ty.kind.clone(), optional: self.may_be_missing(value) };
        (function.0.result)(&input, &arguments(args)).map_or(expr.ty.optional, |result| result.optional)
    }

    /// What an expression names, if it can be present or missing.
    pub fn subject(&self, expr: &Expr) -> Option<Subject> {
        Some(match &expr.kind {
            ExprKind::Source(at) => Subject::Source(*at),
            ExprKind::Current(at) => Subject::Current(*at),
            ExprKind::Field(at) => Subject::Field(*at),
            ExprKind::Own(at) => Subject::Own(*at),
            ExprKind::Joined(join, at) => Subject::Joined(*join, *at),
            ExprKind::Element => Subject::Element,
            ExprKind::Setting(id) => Subject::Setting(id.clone()),
            ExprKind::Since | ExprKind::Page(PageName::Cursor) => Subject::Since,
            ExprKind::Raw(at) => match &self.place {
                Place::Pipeline(draft) => Subject::Raw(draft.raw_text(*at)),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// What must be present for this to be present: itself, and what it can't be made without.
    pub fn needed_for(&self, expr: &Expr) -> BTreeSet<Subject> {
        let mut needed = BTreeSet::new();
        self.need(expr, &mut needed);
        needed
    }

    fn need(&self, expr: &Expr, needed: &mut BTreeSet<Subject>) {
        if let Some(subject) = self.subject(expr)
            && !needed.insert(subject)
        {
            return;
        }
        match &expr.kind {
            ExprKind::Field(at) => self.of_field(*at).into_iter().for_each(|value| self.need(value, needed)),
            ExprKind::Template(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Lookup { .. }
            | ExprKind::Counterpart { .. }
            | ExprKind::ReadAs { .. } => expr.children().into_iter().for_each(|child| self.need(child, needed)),
            ExprKind::Apply { value, .. } => self.need(value, needed),
            _ => {}
        }
    }

    /// Everything that an expression names, through the fields it uses.
    pub fn names_in(&self, expr: &Expr) -> BTreeSet<Subject> {
        let mut names = BTreeSet::new();
        self.collect(expr, &mut names);
        names
    }

    fn collect(&self, expr: &Expr, names: &mut BTreeSet<Subject>) {
        if let Some(subject) = self.subject(expr)
            && !names.insert(subject)
        {
            return;
        }
        if let ExprKind::Field(at) = &expr.kind {
            self.of_field(*at).into_iter().for_each(|value| self.collect(value, names));
        }
        expr.children().into_iter().for_each(|child| self.collect(child, names));
    }

    /// The value of a field that has been checked.
    pub fn of_field(&self, at: usize) -> Option<&Expr> {
        let Place::Pipeline(draft) = &self.place else { return None };
        draft.field(at).map(|field| &field.value)
    }

    /// How large a field is at least.
    pub fn least_of_field(&self, at: usize) -> u64 {
        let Place::Pipeline(draft) = &self.place else { return 0 };
        draft.field(at).map_or(0, |field| field.least_size)
    }

    /// Knows what a condition shows where it is true, or where it is false.
    pub fn learn(&self, facts: &mut Facts, condition: &Expr, truth: bool) {
        facts.extend(self.shown_by(condition, truth));
        if condition.any(&Expr::is_broken) {
            facts.are_unclear(&self.env.text(condition.span));
        }
    }

    /// What is present where a condition is true, or where it is false.
    pub fn shown_by(&self, condition: &Expr, truth: bool) -> BTreeSet<Subject> {
        use ExprKind as K;
        match (&condition.kind, truth) {
            (K::Is(State::Missing, value), false) | (K::Is(State::Present, value), true) => self.needed_for(value),
            (K::Not(inner), _) => self.shown_by(inner, !truth),
            (K::And(left, right), true) | (K::Or(left, right), false) => &self.shown_by(left, truth) | &self.shown_by(right, truth),
            (K::And(left, right), false) | (K::Or(left, right), true) => {
                let other = self.shown_by(right, truth);
                self.shown_by(left, truth).into_iter().filter(|subject| other.contains(subject)).collect()
            }
            (K::Compare(how, left, right), _) => self.shown_by_comparison(*how, left, right, truth),
            (K::In { negated, value, list }, _) if *negated != truth && !self.may_hold_missing(list) => self.needed_for(value),
            (K::Matches(value, _), true) => self.needed_for(value),
            (K::Source(_) | K::Current(_) | K::Field(_) | K::Raw(_) | K::Own(_) | K::Joined(..) | K::Element | K::Setting(_), true) => {
                self.needed_for(condition)
            }
            _ => BTreeSet::new(),
        }
    }

    fn shown_by_comparison(&self, how: Comparator, left: &Expr, right: &Expr, truth: bool) -> BTreeSet<Subject> {
        let unless_missing = |value: &Expr, other: &Expr| if other.ty.optional { BTreeSet::new() } else { self.needed_for(value) };
        let unless_null = |value: &Expr, other: &Expr| if is_null(other) { self.needed_for(value) } else { BTreeSet::new() };
        match (how, truth) {
            (Comparator::Equal, true) | (Comparator::NotEqual, false) => &unless_missing(left, right) | &unless_missing(right, left),
            (Comparator::NotEqual, true) | (Comparator::Equal, false) => &unless_null(left, right) | &unless_null(right, left),
            (Comparator::Contains, true) if self.may_hold_missing(left) => self.needed_for(left),
            (_, true) => &self.needed_for(left) | &self.needed_for(right),
            (_, false) => BTreeSet::new(),
        }
    }

    /// Whether a missing value may be among those of a list, so that to be in it shows nothing. A text that contains another does not
    /// hold missing values, and raw JSON may hold anything.
    pub fn may_hold_missing(&self, list: &Expr) -> bool {
        use ExprKind as K;
        if matches!(list.ty.kind, Kind::Text) {
            return false;
        }
        match &list.kind {
            K::Constant(Value::List(items)) => items.iter().any(Value::is_missing),
            K::List(items) => items.iter().any(|item| self.may_be_missing(item)),
            K::Apply { value, function, .. } => {
                !matches!(function.special(), Some(Special::Present | Special::Split)) && self.may_hold_missing(value)
            }
            K::Field(at) => self.of_field(*at).is_none_or(|value| self.may_hold_missing(value)),
            K::Setting(id) => self.default_of(id).is_some_and(|items| items.iter().any(Value::is_missing)),
            K::Arithmetic(_, left, right) | K::Default(left, right) => self.may_hold_missing(left) || self.may_hold_missing(right),
            K::If(_, then, otherwise) => {
                self.may_hold_missing(then) || otherwise.as_deref().is_some_and(|otherwise| self.may_hold_missing(otherwise))
            }
            _ => true,
        }
    }

    /// The part of a list by which a missing value gets into it: an item, or an optional attribute of `many` joined records. None of
    /// a list that is read, of which the declaration says what it holds.
    pub fn missing_part<'e>(&'e self, list: &'e Expr) -> Option<&'e Expr> {
        use ExprKind as K;
        match &list.kind {
            K::Constant(Value::List(items)) => items.iter().any(Value::is_missing).then_some(list),
            K::List(items) => items.iter().find(|item| item.ty.optional && self.may_be_missing(item)),
            K::Joined(join, at) => self.joins_a_missing(*join, *at).then_some(list),
            K::Apply { value, function, .. } if !matches!(function.special(), Some(Special::Present | Special::Split)) => {
                self.missing_part(value)
            }
            K::Counterpart { value, .. } => self.missing_part(value),
            K::Field(at) => self.of_field(*at).and_then(|value| self.missing_part(value)),
            K::Setting(id) => self.default_of(id).is_some_and(|items| items.iter().any(Value::is_missing)).then_some(list),
            K::Arithmetic(_, left, right) | K::Default(left, right) => self.missing_part(left).or_else(|| self.missing_part(right)),
            K::If(_, then, otherwise) => {
                self.missing_part(then).or_else(|| otherwise.as_deref().and_then(|otherwise| self.missing_part(otherwise)))
            }
            _ => None,
        }
    }

    /// Whether a list of joined records may have an item that is missing: of a record without the value.
    pub(in crate::check) fn joins_a_missing(&self, join: usize, at: usize) -> bool {
        let Place::Pipeline(draft) = &self.place else { return false };
        let slot = &draft.joins[join];
        slot.many && self.collection(slot.at).is_some_and(|joined| joined.attributes[at].read_type().optional)
    }

    /// The items of the default of a setting; what a configuration gives is never missing.
    fn default_of(&self, id: &SettingId) -> Option<&[Value]> {
        let setting = self.setting_of(id)?;
        if let Some(Value::List(items)) = &setting.default { Some(items) } else { None }
    }
}

fn is_null(expr: &Expr) -> bool {
    expr.as_constant().is_some_and(Value::is_missing)
}
