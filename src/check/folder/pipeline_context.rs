//! A pipeline together with the systems that its indexes refer to, so that it can be compared with another.

use crate::check::model::{
    expr::{Expr, ExprKind},
    pipeline::{Action, Chosen, End, Pipeline},
    system::{Collection, System},
};
use crate::{diagnose::Span, value::Value};
use std::{collections::BTreeSet, sync::Arc};

/// A pipeline with the systems that its indexes are of.
#[derive(Clone, Copy)]
pub(crate) struct PipelineContext<'a> {
    pub pipeline: &'a Pipeline,
    pub systems: &'a [Arc<System>],
    /// The file that it is checked with: what is wrong between two pipelines of one is said once.
    pub root: usize,
}

/// A collection: the declaration of its system, the name that the system is used by, its own name.
pub(crate) type CollectionKey<'a> = (Span, &'a str, &'a str);

impl<'a> PipelineContext<'a> {
    fn system(&self, end: &End) -> &'a System {
        &self.systems[end.system]
    }

    pub fn collection(&self, end: &End) -> &'a Collection {
        &self.system(end).collections[end.collection]
    }

    pub fn source(&self) -> &'a Collection {
        self.collection(&self.pipeline.source)
    }

    pub fn target(&self) -> &'a Collection {
        self.collection(&self.pipeline.target)
    }

    pub fn key(&self, end: &End) -> CollectionKey<'a> {
        let system = self.system(end);
        (system.span, &system.name, &self.collection(end).name)
    }

    /// Whether two ends are the same collection of the same system: declared at one place and of one name.
    pub fn same(&self, end: &End, other: &Self, of_other: &End) -> bool {
        self.key(end) == other.key(of_other)
    }

    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.pipeline, other.pipeline)
    }

    /// `enabled when false`
    pub fn is_off(&self) -> bool {
        let constant = self.pipeline.enabled.as_ref().and_then(|enabled| enabled.value.as_constant());
        constant == Some(&Value::Bool(false))
    }

    pub const fn appends(&self) -> bool {
        self.pipeline.mode.appends()
    }

    /// The source attributes that an expression is made from, through the fields.
    pub fn read_by(&self, expr: &Expr) -> BTreeSet<usize> {
        let (mut attributes, mut fields) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            expr.walk(&mut |part| match part.kind {
                ExprKind::Source(at) => drop(attributes.insert(at)),
                ExprKind::Field(at) if fields.insert(at) => open.push(&self.pipeline.fields[at].value),
                _ => {}
            });
        }
        attributes
    }

    /// The attributes that it writes, each with the first line that does.
    pub fn writes(&self) -> Vec<(&'a str, Span)> {
        let mapped = self.pipeline.map.iter().map(|line| (&line.attribute, line.span));
        let set = self.pipeline.actions().filter_map(|action| match action {
            Action::Set { attribute, span, .. } => Some((attribute, *span)),
            _ => None,
        });
        let target = self.target();
        let mut all: Vec<(&str, Span)> = Vec::new();
        for (chosen, span) in mapped.chain(set) {
            if let Chosen::Fixed(at) = chosen
                && let name = target.attributes[*at].name.as_str()
                && !all.iter().any(|(known, _)| *known == name)
            {
                all.push((name, span));
            }
        }
        all
    }
}
