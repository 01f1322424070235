//! Whether no record can be in the scope of two pipelines at once.

use super::pipeline_context::PipelineContext;
use crate::check::model::{
    Owner,
    expr::{Comparator, Expr, ExprKind as K},
    pipeline::Pipeline,
};
use crate::{syntax::tree::State, value::Value};
use std::collections::BTreeMap;

/// What a condition asks: an attribute of the source, or a shared setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Source(String),
    Setting(String),
}

/// The values that let a record in.
#[derive(Debug)]
enum Allowed {
    Only(Vec<Value>),
    AllBut(Vec<Value>),
}

impl Allowed {
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Only(one), Self::Only(other)) => !one.iter().any(|value| other.contains(value)),
            (Self::Only(only), Self::AllBut(not)) | (Self::AllBut(not), Self::Only(only)) => only.iter().all(|value| not.contains(value)),
            (Self::AllBut(_), Self::AllBut(_)) => false,
        }
    }
}

type Limits = BTreeMap<Asked, Vec<Allowed>>;

/// Whether their filters, or what they are enabled by, contradict each other.
pub(crate) fn disjoint(one: &PipelineContext<'_>, other: &PipelineContext<'_>) -> bool {
    let one_source = one.same(&one.pipeline.source, other, &other.pipeline.source);
    let (ours, theirs) = (limits(one), limits(other));
    ours.iter().filter(|(asked, _)| one_source || matches!(asked, Asked::Setting(_))).any(|(asked, allowed)| {
        let there = theirs.get(asked).into_iter().flatten();
        there.clone().any(|theirs| allowed.iter().any(|ours| ours.excludes(theirs)))
    })
}

fn limits(of: &PipelineContext<'_>) -> Limits {
    let mut limits = Limits::new();
    let mut take = |condition, truth| Limiting { of, limits: &mut limits }.take(condition, truth);
    of.pipeline.scope.iter().for_each(|scope| take(&scope.condition, scope.keep));
    of.pipeline.enabled.iter().for_each(|enabled| take(&enabled.value, true));
    limits
}

struct Limiting<'a, 'b> {
    of: &'a PipelineContext<'b>,
    limits: &'a mut Limits,
}

impl Limiting<'_, '_> {
    fn take(&mut self, condition: &Expr, truth: bool) {
        match (&condition.kind, truth) {
            (K::Not(inner), _) => self.take(inner, !truth),
            (K::And(left, right), true) | (K::Or(left, right), false) => {
                self.take(left, truth);
                self.take(right, truth);
            }
            (K::Compare(Comparator::Equal, left, right), _) => self.equal(left, right, truth),
            (K::Compare(Comparator::NotEqual, left, right), _) => self.equal(left, right, !truth),
            (K::In { negated, value, list }, _) => {
                if let Some(Value::List(items)) = list.as_constant() {
                    self.limit(value, items.to_vec(), *negated != truth);
                }
            }
            (K::Is(State::Missing, value), _) => self.limit(value, vec![Value::Null], truth),
            (K::Is(State::Present, value), _) => self.limit(value, vec![Value::Null], !truth),
            (K::Source(_) | K::Setting(_), _) => self.limit(condition, vec![Value::Bool(true)], truth),
            _ => {}
        }
    }

    fn equal(&mut self, left: &Expr, right: &Expr, truth: bool) {
        for (value, constant) in [(left, right), (right, left)] {
            if let Some(constant) = constant.as_constant() {
                let constant = if constant.is_missing() { Value::Null } else { constant.clone() };
                self.limit(value, vec![constant], truth);
            }
        }
    }

    fn limit(&mut self, asked: &Expr, values: Vec<Value>, only: bool) {
        if let Some(asked) = asked_by(self.of.pipeline, self.of, asked) {
            let allowed = if only { Allowed::Only(values) } else { Allowed::AllBut(values) };
            self.limits.entry(asked).or_default().push(allowed);
        }
    }
}

/// What an expression asks, if it is nothing but that; a field that only gives it another name included.
fn asked_by(pipeline: &Pipeline, of: &PipelineContext<'_>, expr: &Expr) -> Option<Asked> {
    match &expr.kind {
        K::Source(at) => Some(Asked::Source(of.source().attributes[*at].name.clone())),
        K::Setting(id) if id.owner == Owner::Shared => Some(Asked::Setting(id.name.clone())),
        K::Field(at) => asked_by(pipeline, of, &pipeline.fields[*at].value),
        _ => None,
    }
}
