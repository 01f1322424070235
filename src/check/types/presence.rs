//! What has been shown to be present, and what may be missing all the same.

use super::{Expr, ExprKind, Place, Typing};
use crate::{
    check::model::{
        SettingId,
        expr::{Comparator, PageName, Part},
    },
    syntax::tree::State,
    value::{Type, Value},
};
use std::collections::BTreeSet;

/// Something that can be present or missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check) enum Subject {
    Source(usize),
    Current(usize),
    Raw(String),
    Field(usize),
    Own(usize),
    Setting(SettingId),
    Since,
}

/// What has been shown to be present.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct Facts(BTreeSet<Subject>);

impl Facts {
    pub fn extend(&mut self, more: impl IntoIterator<Item = Subject>) {
        self.0.extend(more);
    }

    fn has(&self, subject: &Subject) -> bool {
        self.0.contains(subject)
    }
}

impl Typing<'_> {
    /// Whether an expression may be missing, given what is known.
    pub fn may_be_missing(&self, expr: &Expr) -> bool {
        use ExprKind as K;
        if self.subject(expr).is_some_and(|subject| self.facts.has(&subject)) {
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
            K::Lookup { value, table } => self.may_be_missing(value) || self.world.tables[*table].value.optional,
            K::Counterpart { value, .. } => self.may_be_missing(value),
            _ => expr.ty.optional,
        }
    }

    fn field_may_be_missing(&self, at: usize, declared: bool) -> bool {
        let Place::Pipeline(draft) = &self.place else { return declared };
        draft.field(at).map_or(declared, |field| declared && self.may_be_missing(&field.value))
    }

    fn result_may_be_missing(&self, expr: &Expr, value: &Expr, function: crate::check::model::expr::FunctionRef, args: &[Expr]) -> bool {
        let input = Type { kind: value.ty.kind.clone(), optional: self.may_be_missing(value) };
        let args: Vec<_> = args.iter().map(|arg| arg.ty.clone()).collect();
        (function.0.result)(&input, &args).map_or(expr.ty.optional, |result| result.optional)
    }

    fn subject(&self, expr: &Expr) -> Option<Subject> {
        Some(match &expr.kind {
            ExprKind::Source(at) => Subject::Source(*at),
            ExprKind::Current(at) => Subject::Current(*at),
            ExprKind::Field(at) => Subject::Field(*at),
            ExprKind::Own(at) => Subject::Own(*at),
            ExprKind::Setting(id) => Subject::Setting(id.clone()),
            ExprKind::Since | ExprKind::Page(PageName::Last) => Subject::Since,
            ExprKind::Raw(at) => match &self.place {
                Place::Pipeline(draft) => Subject::Raw(draft.raw_text(*at)),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// What must be present for this to be present: itself, and what it can't be made without.
    pub fn needed_for(&self, expr: &Expr) -> Vec<Subject> {
        let mut needed: Vec<_> = self.subject(expr).into_iter().collect();
        match &expr.kind {
            ExprKind::Field(at) => {
                if let Place::Pipeline(draft) = &self.place
                    && let Some(field) = draft.field(*at)
                {
                    needed.extend(self.needed_for(&field.value));
                }
            }
            ExprKind::Template(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Lookup { .. }
            | ExprKind::Counterpart { .. }
            | ExprKind::ReadAs { .. } => {
                needed.extend(expr.children().into_iter().flat_map(|child| self.needed_for(child)));
            }
            ExprKind::Apply { value, .. } => needed.extend(self.needed_for(value)),
            _ => {}
        }
        needed
    }

    /// What is present where a condition is true, or where it is false.
    pub fn shown_by(&self, condition: &Expr, truth: bool) -> Vec<Subject> {
        use ExprKind as K;
        match (&condition.kind, truth) {
            (K::Is(State::Missing, value), false) | (K::Is(State::Present, value), true) => self.needed_for(value),
            (K::Not(inner), _) => self.shown_by(inner, !truth),
            (K::And(left, right), true) | (K::Or(left, right), false) => [self.shown_by(left, truth), self.shown_by(right, truth)].concat(),
            (K::And(left, right), false) | (K::Or(left, right), true) => {
                let other = self.shown_by(right, truth);
                self.shown_by(left, truth).into_iter().filter(|subject| other.contains(subject)).collect()
            }
            (K::Compare(how, left, right), _) => self.shown_by_comparison(*how, left, right, truth),
            (K::In { negated, value, list }, _) if *negated != truth && !lists_nothing(list) => self.needed_for(value),
            (K::Matches(value, _), true) => self.needed_for(value),
            (K::Source(_) | K::Current(_) | K::Field(_) | K::Raw(_) | K::Own(_) | K::Setting(_), true) => self.needed_for(condition),
            _ => Vec::new(),
        }
    }

    fn shown_by_comparison(&self, how: Comparator, left: &Expr, right: &Expr, truth: bool) -> Vec<Subject> {
        let unless_missing = |value: &Expr, other: &Expr| if other.ty.optional { Vec::new() } else { self.needed_for(value) };
        let unless_null = |value: &Expr, other: &Expr| if is_null(other) { self.needed_for(value) } else { Vec::new() };
        match (how, truth) {
            (Comparator::Equal, true) => [unless_missing(left, right), unless_missing(right, left)].concat(),
            (Comparator::NotEqual, true) | (Comparator::Equal, false) => [unless_null(left, right), unless_null(right, left)].concat(),
            (Comparator::NotEqual, false) => [unless_missing(left, right), unless_missing(right, left)].concat(),
            (_, true) => [self.needed_for(left), self.needed_for(right)].concat(),
            (_, false) => Vec::new(),
        }
    }
}

fn is_null(expr: &Expr) -> bool {
    expr.as_constant().is_some_and(Value::is_missing)
}

/// Whether a list may hold a missing value, so that to be in it shows nothing.
fn lists_nothing(list: &Expr) -> bool {
    match &list.kind {
        ExprKind::Constant(Value::List(items)) => items.iter().any(Value::is_missing),
        ExprKind::List(items) => items.iter().any(|item| item.ty.optional),
        _ => false,
    }
}
