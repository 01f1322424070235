//! Whether the scopes of two pipelines exclude each other: no record can be in both.

use super::pipeline_context::PipelineContext;
use crate::check::{
    model::{
        Owner,
        expr::{Expr, ExprKind as K},
    },
    types::{Claim, Side},
};
use std::cell::Cell;

/// Whether the filters of two pipelines, or what they are enabled by, contradict each other.
pub(crate) fn disjoint(one: &PipelineContext<'_>, other: &PipelineContext<'_>) -> bool {
    let one_source = one.same(&one.pipeline.source, other, &other.pipeline.source);
    let (our_name, their_name) = (|expr: &Expr| shared_name(one, expr, one_source), |expr: &Expr| shared_name(other, expr, one_source));
    let our_field = |at: usize| one.pipeline.fields.get(at).map(|field| &field.value);
    let their_field = |at: usize| other.pipeline.fields.get(at).map(|field| &field.value);
    let ours = Side { name: &our_name, field: &our_field };
    let theirs = Side { name: &their_name, field: &their_field };
    let steps = Cell::new(0);
    claims(one, &ours).any(|ours| claims(other, &theirs).any(|theirs| ours.contradicts(theirs, &steps)))
}

fn claims<'a>(of: &PipelineContext<'a>, side: &'a Side<'a>) -> impl Iterator<Item = Claim<'a>> {
    let scope = of.pipeline.scope.iter().map(|scope| (&scope.condition, scope.include));
    let enabled = of.pipeline.enabled.iter().map(|enabled| (&enabled.value, true));
    scope.chain(enabled).map(move |(expr, holds)| Claim { side, expr, holds })
}

/// What two pipelines call by one name: an attribute of the one source that they share, a setting that they share.
fn shared_name(of: &PipelineContext<'_>, expr: &Expr, one_source: bool) -> Option<String> {
    match &expr.kind {
        K::Source(at) if one_source => Some(format!("source {}", of.source().attributes[*at].name)),
        K::Setting(id) if id.owner == Owner::Shared => Some(format!("setting {}", id.name)),
        _ => None,
    }
}
