//! Pipelines side by side, each with the systems that its indexes refer to: which of them write the same attribute.

use super::disjoint_scopes::disjoint;
use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind},
        pipeline::{Action, Chosen, End, Pipeline},
        system::{Collection, System},
    },
    suggest::list,
};
use crate::{
    diagnose::{Diagnostic, Span},
    value::Value,
};
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
    fn writes(&self) -> Vec<(&'a str, Span)> {
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

/// A copied pipeline clashes with each of its copies: after so many there is nothing new to say.
const MOST_OWNERS: usize = 3;

impl Environment<'_> {
    /// An attribute has one owner (*One owner*): two pipelines that write it would overwrite each other in every run.
    pub fn one_owner(&self, own: &PipelineContext<'_>, all: &[&PipelineContext<'_>]) {
        let mut said = 0;
        for (at, other) in all.iter().enumerate() {
            let said_there = other.root == own.root && all[..at].iter().any(|one| one.is(own));
            if other.is(own) || said_there || own.is_off() || other.is_off() || own.appends() || other.appends() {
                continue;
            }
            if own.same(&own.pipeline.target, other, &other.pipeline.target) && !disjoint(own, other) {
                said += usize::from(self.owned_twice(own, other));
            }
            if said == MOST_OWNERS {
                break;
            }
        }
    }

    fn owned_twice(&self, own: &PipelineContext<'_>, other: &PipelineContext<'_>) -> bool {
        let theirs = other.writes();
        let there = |name: &str| theirs.iter().find(|(known, _)| *known == name).map(|(_, span)| *span);
        let both: Vec<_> = own.writes().into_iter().filter_map(|(name, span)| Some((name, span, there(name)?))).collect();
        let Some((_, here, there)) = both.first() else { return false };
        let names = list(both.iter().map(|(name, ..)| *name)).unwrap_or_default();
        let (is, target) = (if both.len() == 1 { "is" } else { "are" }, own.target());
        let message =
            format!("{names} of `{}` {is} written by `{}` as well as by `{}`", target.name, own.pipeline.name, other.pipeline.name);
        let access = target.access().is_some_and(|(at, _)| both.iter().any(|(name, ..)| *name == target.attributes[at].name));
        let help = if access {
            "let one of the two open and close accounts, and own what it writes; or keep their records apart by `include when`"
        } else {
            "let one of the two own it, or keep their records apart: `include when … == …` with one value here and another there"
        };
        let diagnostic = Diagnostic::error("E0425", self.first_line(*here), message);
        self.report.say(diagnostic.related(self.first_line(*there), "written here too").help(help));
        true
    }

    /// Names of pipelines are unique, because links are stored under them.
    pub fn names_of_folder(&self, own: &[&PipelineContext<'_>]) {
        for one in own {
            let (name, span) = (&one.pipeline.name, one.pipeline.span);
            if let Some(other) = self.pipelines.iter().find(|known| known.name == *name && known.span.file != span.file) {
                self.report.say(crate::check::names::declared_twice("the pipeline", name, span, other.span));
            }
        }
    }
}
