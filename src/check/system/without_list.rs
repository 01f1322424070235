//! `error … when $.errors != []`: an answer that has no such list is not `[]` either, and by such a rule a success would be an error
//! (E0570).

use super::{
    elements::names_the_answer,
    evidence::{Bare, choices, may_hold},
};
use crate::{
    check::{
        environment::Environment,
        model::expr::{Comparator, Expr, ExprKind as K},
    },
    diagnose::Diagnostic,
    value::Value,
};

impl Environment<'_> {
    /// Refuses the condition of an error that holds for a success which leaves out a list or an object because it would be empty.
    pub(super) fn asks_for_its_list(&self, when: &Expr) {
        let holds = |part: &&Expr| may_hold(part, Bare::Empty(200));
        let Some((place, wrong)) = choices(when).into_iter().filter(holds).find_map(|part| Some((not_nothing(part)?, part))) else {
            return;
        };
        let (place, wrong) = (self.text(place.span), self.text(wrong.span));
        let message = format!("this also holds for an answer without `{place}`, so what was done would count as an error");
        let help = format!("ask for something that is there: `{place} is present and {wrong}`");
        self.report.say(Diagnostic::error("E0570", when.span, message).help(help));
    }
}

/// The place that a condition wants to be anything but `[]` or `{}`.
fn not_nothing(condition: &Expr) -> Option<&Expr> {
    match &condition.kind {
        K::And(left, right) => not_nothing(left).or_else(|| not_nothing(right)),
        K::Compare(Comparator::NotEqual, left, right) => beside_nothing(left, right),
        K::Not(inner) => match &inner.kind {
            K::Compare(Comparator::Equal, left, right) => beside_nothing(left, right),
            _ => None,
        },
        _ => None,
    }
}

fn beside_nothing<'e>(left: &'e Expr, right: &'e Expr) -> Option<&'e Expr> {
    let sides = [(left, right), (right, left)];
    sides.into_iter().find(|(place, other)| place.any(&names_the_answer) && is_nothing(other)).map(|(place, _)| place)
}

/// `[]` and `{}`
fn is_nothing(value: &Expr) -> bool {
    match &value.kind {
        K::Constant(Value::List(items)) => items.is_empty(),
        K::Constant(Value::Json(json)) => {
            json.as_array().is_some_and(Vec::is_empty) || json.as_object().is_some_and(serde_json::Map::is_empty)
        }
        K::List(items) => items.is_empty(),
        K::Record(members) => members.is_empty(),
        _ => false,
    }
}
