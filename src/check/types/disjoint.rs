//! Whether two conditions can't both hold: of one record in two pipelines, or of two lines of one `map`.

use super::Typing;
use crate::{
    check::model::expr::{Comparator, Expr, ExprKind as K},
    syntax::tree::State,
    value::{Kind, Value, canonical, equal::equal},
};
use std::{cell::Cell, cmp::Ordering};

/// Fields may use one another many times over: after so many steps two conditions count as not apart.
const MOST_STEPS: u32 = 20_000;

/// How a side names what it asks, so that one thing has one name on both sides.
pub(in crate::check) struct Side<'a> {
    pub name: &'a dyn Fn(&Expr) -> Option<String>,
    pub field: &'a dyn Fn(usize) -> Option<&'a Expr>,
}

/// That a condition holds, or that it does not.
#[derive(Clone, Copy)]
pub(in crate::check) struct Claim<'a> {
    pub side: &'a Side<'a>,
    pub expr: &'a Expr,
    pub holds: bool,
}

/// What a claim is made of.
enum Parts<'a> {
    All(Claim<'a>, Claim<'a>),
    Either(Claim<'a>, Claim<'a>),
    One,
}

impl<'a> Claim<'a> {
    const fn that(self, expr: &'a Expr, holds: bool) -> Self {
        Self { expr, holds, ..self }
    }

    /// Without `not`, and with the condition that a field has as its value.
    fn plain(self) -> Self {
        match &self.expr.kind {
            K::Not(inner) => self.that(inner, !self.holds).plain(),
            K::Field(at) => (self.side.field)(*at).map_or(self, |value| self.that(value, self.holds).plain()),
            _ => self,
        }
    }

    fn parts(self) -> Parts<'a> {
        match (&self.expr.kind, self.holds) {
            (K::And(left, right), true) | (K::Or(left, right), false) => {
                Parts::All(self.that(left, self.holds), self.that(right, self.holds))
            }
            (K::And(left, right), false) | (K::Or(left, right), true) => {
                Parts::Either(self.that(left, self.holds), self.that(right, self.holds))
            }
            _ => Parts::One,
        }
    }

    /// Whether both can't be so. `steps` counts what was tried.
    pub fn contradicts(self, other: Self, steps: &Cell<u32>) -> bool {
        steps.set(steps.get() + 1);
        if steps.get() > MOST_STEPS {
            return false;
        }
        let (one, other) = (self.plain(), other.plain());
        // Of what one side leaves open, each has to be contradicted, so this is taken apart first.
        match (one.parts(), other.parts()) {
            (Parts::Either(left, right), _) => left.contradicts(other, steps) && right.contradicts(other, steps),
            (_, Parts::Either(left, right)) => one.contradicts(left, steps) && one.contradicts(right, steps),
            (Parts::All(left, right), _) => left.contradicts(other, steps) || right.contradicts(other, steps),
            (Parts::One, Parts::All(left, right)) => one.contradicts(left, steps) || one.contradicts(right, steps),
            (Parts::One, Parts::One) => one.is_opposite(other) || one.orders_otherwise(other) || one.excludes(other),
        }
    }

    fn name(self) -> Option<String> {
        (self.side.name)(self.expr)
    }

    fn is_opposite(self, other: Self) -> bool {
        self.holds != other.holds && self.name().is_some_and(|name| other.name() == Some(name))
    }

    /// Whether both compare the same two values, one way and the other.
    fn orders_otherwise(self, other: Self) -> bool {
        let (K::Compare(one, left, right), K::Compare(two, first, second)) = (&self.expr.kind, &other.expr.kind) else { return false };
        // Texts can be the same and still be ordered: `a@X.org` and `a@x.org`.
        let exact = |how| left.ty.kind != Kind::Text || how != Comparator::Equal;
        if !(self.holds && other.holds && exact(*one) && exact(*two)) {
            return false;
        }
        let names = |claim: Self, left, right| Some([claim.that(left, true).name()?, claim.that(right, true).name()?]);
        let Some(ours) = names(self, left, right) else { return false };
        let disjoint =
            |how: Comparator| orders(*one).zip(orders(how)).is_some_and(|(one, two)| !one.iter().any(|order| two.contains(order)));
        names(other, first, second).as_ref() == Some(&ours) && disjoint(*two)
            || names(other, second, first) == Some(ours) && disjoint(mirrored(*two))
    }

    fn excludes(self, other: Self) -> bool {
        let theirs = other.limits();
        self.limits().iter().any(|(name, ours)| theirs.iter().any(|(their_name, theirs)| name == their_name && ours.excludes(theirs)))
    }

    /// What it lets the things be that it asks.
    fn limits(self) -> Vec<(String, Allowed)> {
        let limit = |asked: &'a Expr, allowed: Allowed| self.that(asked, true).plain().name().map(|name| (name, allowed));
        let one_of = |values: Vec<Value>, only: bool| if only { Allowed::Only(values) } else { Allowed::AllBut(values) };
        let present = || Allowed::AllBut(vec![Value::Null]);
        match &self.expr.kind {
            K::Compare(Comparator::Equal, left, right) => {
                constants(left, right).filter_map(|(asked, value)| limit(asked, one_of(vec![value], self.holds))).collect()
            }
            K::Compare(Comparator::NotEqual, left, right) => {
                constants(left, right).filter_map(|(asked, value)| limit(asked, one_of(vec![value], !self.holds))).collect()
            }
            K::Compare(how, left, right) if self.holds => {
                let bounds = bounds(*how, left, right).filter_map(|(asked, bound)| limit(asked, bound));
                [left, right].into_iter().filter_map(|side| limit(side, present())).chain(bounds).collect()
            }
            K::In { negated, value, list } => {
                let items = if let Some(Value::List(items)) = list.as_constant() { items.to_vec() } else { return Vec::new() };
                limit(value, one_of(items, *negated != self.holds)).into_iter().collect()
            }
            K::Matches(value, _) if self.holds => limit(value, present()).into_iter().collect(),
            K::Is(State::Missing, value) => limit(value, one_of(vec![Value::Null], self.holds)).into_iter().collect(),
            K::Is(State::Present, value) => limit(value, one_of(vec![Value::Null], !self.holds)).into_iter().collect(),
            K::Is(State::Absent, value) if self.holds => limit(value, Allowed::Only(vec![Value::Null])).into_iter().collect(),
            _ => limit(self.expr, one_of(vec![Value::Bool(true)], self.holds)).into_iter().collect(),
        }
    }
}

/// The values that something may have.
#[derive(Clone, Debug)]
enum Allowed {
    Only(Vec<Value>),
    AllBut(Vec<Value>),
    /// Less or greater than a value, or that value as well.
    Bound(Comparator, Value),
}

impl Allowed {
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Only(one), Self::Only(other)) => !one.iter().any(|value| has(other, value)),
            (Self::Only(only), Self::AllBut(not)) | (Self::AllBut(not), Self::Only(only)) => only.iter().all(|value| has(not, value)),
            (Self::Only(only), Self::Bound(how, bound)) | (Self::Bound(how, bound), Self::Only(only)) => {
                !only.iter().any(|value| may_be_within(value, *how, bound))
            }
            (Self::Bound(one, bound), Self::Bound(two, other)) => are_apart((*one, bound), (*two, other)),
            (Self::AllBut(_), Self::AllBut(_) | Self::Bound(..)) | (Self::Bound(..), Self::AllBut(_)) => false,
        }
    }
}

/// As `==` compares: `a@X.org` is `a@x.org`.
fn has(values: &[Value], value: &Value) -> bool {
    values.iter().any(|one| equal(one, value))
}

/// Texts that are the same are still ordered, so their order does not show that they differ.
fn may_be_within(value: &Value, how: Comparator, bound: &Value) -> bool {
    let order = canonical::order(value, bound);
    order.is_some_and(|order| value.as_text().is_some() || orders(how).is_none_or(|orders| orders.contains(&order)))
}

fn are_apart((one, bound): (Comparator, &Value), (two, other): (Comparator, &Value)) -> bool {
    let (Some(ours), Some(theirs), Some(order)) = (orders(one), orders(two), canonical::order(bound, other)) else { return false };
    let (below, above) = (ours.contains(&Ordering::Less), ours.contains(&Ordering::Greater));
    let opposite = below && theirs.contains(&Ordering::Greater) || above && theirs.contains(&Ordering::Less);
    let both_take_it = ours.contains(&Ordering::Equal) && theirs.contains(&Ordering::Equal);
    opposite
        && match order {
            Ordering::Less => below,
            Ordering::Greater => above,
            Ordering::Equal => !both_take_it,
        }
}

/// The orders of two values for which a comparison holds, where it asks for an order.
const fn orders(how: Comparator) -> Option<&'static [Ordering]> {
    match how {
        Comparator::Equal => Some(&[Ordering::Equal]),
        Comparator::Less => Some(&[Ordering::Less]),
        Comparator::LessOrEqual => Some(&[Ordering::Less, Ordering::Equal]),
        Comparator::Greater => Some(&[Ordering::Greater]),
        Comparator::GreaterOrEqual => Some(&[Ordering::Greater, Ordering::Equal]),
        Comparator::NotEqual | Comparator::StartsWith | Comparator::EndsWith | Comparator::Contains => None,
    }
}

/// The same comparison with its sides exchanged.
pub(in crate::check) const fn mirrored(how: Comparator) -> Comparator {
    match how {
        Comparator::Less => Comparator::Greater,
        Comparator::LessOrEqual => Comparator::GreaterOrEqual,
        Comparator::Greater => Comparator::Less,
        Comparator::GreaterOrEqual => Comparator::LessOrEqual,
        other => other,
    }
}

/// What is compared with a constant, and the constant: a missing one is null.
fn constants<'e>(left: &'e Expr, right: &'e Expr) -> impl Iterator<Item = (&'e Expr, Value)> {
    let value = |expr: &Expr| expr.as_constant().map(|value| if value.is_missing() { Value::Null } else { value.clone() });
    [(left, right), (right, left)].into_iter().filter_map(move |(asked, constant)| Some((asked, value(constant)?)))
}

fn bounds<'e>(how: Comparator, left: &'e Expr, right: &'e Expr) -> impl Iterator<Item = (&'e Expr, Allowed)> {
    let sides = [(how, left, right), (mirrored(how), right, left)].into_iter().filter(move |_| orders(how).is_some());
    sides.filter_map(|(how, asked, bound)| Some((asked, Allowed::Bound(how, bound.as_constant()?.clone()))))
}

/// Whether two conditions of one pipeline can't both hold for one record.
pub(in crate::check) fn conditions_apart(typing: &Typing<'_>, one: &Expr, other: &Expr) -> bool {
    let name = |expr: &Expr| serde_json::to_string(expr).ok();
    let field = |at: usize| typing.of_field(at);
    let side = Side { name: &name, field: &field };
    let claim = |expr| Claim { side: &side, expr, holds: true };
    claim(one).contradicts(claim(other), &Cell::new(0))
}
