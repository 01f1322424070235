//! Rules that never decide, because an earlier one of the same block and outcome holds whenever they do (E0527). Where the outcomes
//! differ, the trial of the sandbox finds no answer for the later one.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Expr, ExprKind as K},
            rules::{OutcomeRule, Rules},
        },
        types::{Claim, Side, mirrored},
    },
    diagnose::Diagnostic,
    value::{Value, canonical, comparator::Comparator as C},
};
use std::{cell::Cell, ops::RangeInclusive};

const STATUSES: RangeInclusive<u16> = 100..=599;

impl Environment<'_> {
    /// Refuses a rule whose condition is narrower than that of an earlier one with the same outcome.
    pub(super) fn covered_rules(&self, rules: &Rules<Expr>) {
        for (at, rule) in rules.outcomes.iter().enumerate() {
            let asked = |one: &&OutcomeRule<Expr>| one.outcome == rule.outcome && covers(one, rule);
            let Some(before) = rules.outcomes[..at].iter().find(asked) else { continue };
            let message = "this rule never decides: the one before it holds whenever this one does";
            let help = "take it out: both say the same";
            let diagnostic = Diagnostic::error("E0527", rule.span, message).related(before.span, "this is asked first");
            self.report.say(diagnostic.help(help));
        }
    }
}

fn covers(wide: &OutcomeRule<Expr>, narrow: &OutcomeRule<Expr>) -> bool {
    let known = |rule: &OutcomeRule<Expr>| !rule.when.any(&Expr::is_broken) && rule.when.as_constant().is_none();
    known(wide) && known(narrow) && !may_say_against_status(narrow) && implies(&narrow.when, &wide.when)
}

/// Whether a rule may decide for a status that contradicts its outcome: it names that one, which a wider rule need not do.
fn may_say_against_status(rule: &OutcomeRule<Expr>) -> bool {
    rule.when.any(&|part| matches!(part.kind, K::Status))
        && STATUSES.into_iter().any(|status| rule.outcome.is_denied_by(status) && at_status(&rule.when, status) != Some(false))
}

/// Whether one condition holds for certain wherever another one does, and can be worked out there.
fn implies(narrow: &Expr, wide: &Expr) -> bool {
    match &wide.kind {
        K::And(left, right) => implies(narrow, left) && implies(narrow, right),
        _ if conjuncts(narrow).into_iter().any(|part| name(part) == name(wide)) => true,
        // What follows in an `or` is not worked out where its beginning holds.
        K::Or(left, _) if implies(narrow, left) => true,
        // What the one could read there, the other can.
        _ if by_order(narrow, wide) => true,
        _ => !wide.any(&may_fail) && (by_status(narrow, wide) || by_values(narrow, wide)),
    }
}

fn by_status(narrow: &Expr, wide: &Expr) -> bool {
    STATUSES.into_iter().all(|status| at_status(narrow, status) == Some(false) || at_status(wide, status) == Some(true))
}

fn by_values(narrow: &Expr, wide: &Expr) -> bool {
    let side = Side { name: &name, field: &|_| None };
    let claim = |expr, holds| Claim { side: &side, expr, holds };
    claim(narrow, true).contradicts(claim(wide, false), &Cell::new(0))
}

/// Whether both ask for an order of one thing, and what the one leaves is within what the other takes: `$.n > 7` and `$.n > 5`.
fn by_order(narrow: &Expr, wide: &Expr) -> bool {
    let Some((outer, thing, limit)) = ordered(wide) else { return false };
    let within = |part: &&Expr| {
        let Some((inner, other, bound)) = ordered(part) else { return false };
        let Some(at) = canonical::order(bound, limit).filter(|_| name(other) == name(thing)) else { return false };
        match (inner, outer) {
            (C::Greater, C::Greater | C::GreaterOrEqual) | (C::GreaterOrEqual, C::GreaterOrEqual) => at.is_ge(),
            (C::GreaterOrEqual, C::Greater) => at.is_gt(),
            (C::Less, C::Less | C::LessOrEqual) | (C::LessOrEqual, C::LessOrEqual) => at.is_le(),
            (C::LessOrEqual, C::Less) => at.is_lt(),
            _ => false,
        }
    };
    conjuncts(narrow).iter().any(within)
}

/// The thing that a comparison is about, and its limit, as if the thing were at its left.
fn ordered(condition: &Expr) -> Option<(C, &Expr, &Value)> {
    let K::Compare(how, left, right) = &condition.kind else { return None };
    match (left.as_constant(), right.as_constant()) {
        (None, Some(limit)) => Some((*how, left, limit)),
        (Some(limit), None) => Some((mirrored(*how), right, limit)),
        _ => None,
    }
}

fn name(expr: &Expr) -> Option<String> {
    serde_json::to_string(expr).ok()
}

fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    match &condition.kind {
        K::And(left, right) => [conjuncts(left), conjuncts(right), vec![condition]].concat(),
        _ => vec![condition],
    }
}

/// Whether there are answers for which this can't be worked out.
fn may_fail(part: &Expr) -> bool {
    match &part.kind {
        K::Answer(path) => !path.is_singular(),
        K::Constant(_) | K::Status | K::Header(_) | K::Page(_) | K::List(_) => false,
        K::Not(_) | K::And(..) | K::Or(..) | K::Compare(..) | K::In { .. } | K::Is(..) => false,
        _ => true,
    }
}

/// What a condition is for a status, where nothing else of the answer decides it.
fn at_status(condition: &Expr, status: u16) -> Option<bool> {
    let value = |expr: &Expr| match &expr.kind {
        K::Status => Some(Value::Int(status.into())),
        _ => expr.as_constant().cloned(),
    };
    match &condition.kind {
        K::Not(inner) => at_status(inner, status).map(|holds| !holds),
        K::And(left, right) => match (at_status(left, status), at_status(right, status)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (left, right) => left.zip(right).map(|_| true),
        },
        K::Or(left, right) => match (at_status(left, status), at_status(right, status)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (left, right) => left.zip(right).map(|_| false),
        },
        K::Compare(how, left, right) => Some(how.holds(&value(left)?, &value(right)?)),
        K::In { negated, value: asked, list } => match list.as_constant()? {
            Value::List(items) => Some(items.contains(&value(asked)?) != *negated),
            _ => None,
        },
        _ => None,
    }
}
