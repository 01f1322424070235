//! The values that a plan reads of each record, in the order of a row.

use super::dynamic_attributes::{self, Choices};
use crate::check::{
    Project,
    model::{
        expr::{Expr, ExprKind as K},
        pipeline::{Action, End, Pipeline},
        system::{Attribute, Call, Collection},
    },
};
use std::collections::BTreeSet;

/// Attributes by their index in the collection, then raw paths by their index in the pipeline.
pub(crate) struct Slots {
    pub source: Vec<usize>,
    pub raws: Vec<usize>,
    /// Of each join.
    pub joined: Vec<Vec<usize>>,
    pub target: Vec<usize>,
}

impl Slots {
    pub fn of(project: &Project, pipeline: &Pipeline, choices: &Choices) -> Self {
        let collection = |end: &End| &project.systems[end.system].collections[end.collection];
        let (source, target) = (collection(&pipeline.source), collection(&pipeline.target));
        let joined: Vec<_> = pipeline.joins.iter().map(|join| collection(&join.end)).collect();
        let mut names = Names { joined: joined.iter().map(|of| of.key.attributes().collect()).collect(), ..Names::default() };
        pipeline.expressions(&mut |expr| names.take(expr));
        names.source.extend(named_by(source));
        names.source.extend(pipeline.one_per_key.iter().filter_map(|one| one.latest));
        names.source.extend(source.get.iter().flat_map(own_names));
        let shares = pipeline.map.iter().any(|line| line.on_conflict.is_some());
        names.source.extend(source.changed.filter(|_| shares || pipeline.since.is_some()));
        names.current.extend(target.changed.filter(|_| shares));
        names.current.extend(named_by(target));
        names.current.extend(target.access().map(|(at, _)| at));
        names
            .current
            .extend(dynamic_attributes::uses(pipeline).filter_map(|one| choices.resolve(one)).chain(pipeline.show.iter().copied()));
        names.current.extend(called(target, pipeline));
        if pipeline.tells_newest() {
            names.source.extend(source.changed);
            names.current.extend(target.changed);
        }
        let read = |of: &Collection, at: &usize| of.attributes[*at].is_read();
        Self {
            source: names.source.into_iter().filter(|at| read(source, at)).collect(),
            raws: names.raws.into_iter().collect(),
            joined: names.joined.into_iter().zip(joined).map(|(all, of)| all.into_iter().filter(|at| read(of, at)).collect()).collect(),
            target: names.current.into_iter().filter(|at| read(target, at)).collect(),
        }
    }

    /// All attributes that are read: of the source, the joins and the target.
    pub fn used<'p>(&self, project: &'p Project, pipeline: &'p Pipeline) -> Vec<&'p Attribute> {
        let of = |end: &End, indexes: &[usize]| -> Vec<_> {
            let attributes = &project.systems[end.system].collections[end.collection].attributes;
            indexes.iter().map(|at| &attributes[*at]).collect()
        };
        let joined = pipeline.joins.iter().zip(&self.joined).flat_map(|(join, indexes)| of(&join.end, indexes));
        of(&pipeline.source, &self.source).into_iter().chain(joined).chain(of(&pipeline.target, &self.target)).collect()
    }

    pub fn source_of(&self, attribute: usize) -> Option<usize> {
        self.source.iter().position(|at| *at == attribute)
    }

    pub fn raw_of(&self, raw: usize) -> Option<usize> {
        self.raws.iter().position(|at| *at == raw).map(|at| at + self.source.len())
    }

    /// The slot of a joined record's attribute.
    pub fn joined(&self, join: usize, attribute: usize) -> Option<usize> {
        let at = self.joined.get(join)?.iter().position(|at| *at == attribute)?;
        Some(self.before_join(join) + at)
    }

    /// The slot of the element of `for each`: after all others.
    pub fn element(&self) -> usize {
        self.before_join(self.joined.len())
    }

    fn before_join(&self, join: usize) -> usize {
        self.source.len() + self.raws.len() + self.joined[..join].iter().map(Vec::len).sum::<usize>()
    }

    pub fn target_of(&self, attribute: usize) -> Option<usize> {
        self.target.iter().position(|at| *at == attribute)
    }
}

#[derive(Default)]
struct Names {
    source: BTreeSet<usize>,
    raws: BTreeSet<usize>,
    current: BTreeSet<usize>,
    joined: Vec<BTreeSet<usize>>,
}

impl Names {
    fn take(&mut self, expr: &Expr) {
        expr.walk(&mut |part| match part.kind {
            K::Source(at) => drop(self.source.insert(at)),
            K::Raw(at) => drop(self.raws.insert(at)),
            K::Current(at) => drop(self.current.insert(at)),
            K::Joined(join, at) => drop(self.joined[join].insert(at)),
            _ => {}
        });
    }
}

/// The key of a collection, and the attributes of its label.
fn named_by(collection: &Collection) -> impl Iterator<Item = usize> + '_ {
    collection.key.attributes().chain(collection.label.iter().flat_map(own_in))
}

fn own_in(expr: &Expr) -> Vec<usize> {
    let mut own = Vec::new();
    expr.walk(&mut |part| {
        if let K::Own(at) = part.kind {
            own.push(at);
        }
    });
    own
}

/// The attributes of its record that a call uses.
fn own_names(call: &Call) -> Vec<usize> {
    let alike = call.batch.iter().filter_map(|batch| batch.by);
    call.sent().flat_map(own_in).chain(alike).collect()
}

/// The attributes of a record that the target's own calls use.
fn called(target: &Collection, pipeline: &Pipeline) -> Vec<usize> {
    let left = pipeline.actions().filter_map(|action| if let Action::Call { call, .. } = action { Some(*call) } else { None });
    let named = left.chain(pipeline.map_calls.iter().map(|call| call.call)).map(|call| &target.named[call].1);
    let parts = target.parts.iter().flat_map(|part| [&part.create, &part.update, &part.delete]);
    let own = [&target.get, &target.update, &target.delete].into_iter().chain(parts).flatten();
    own.chain(named).flat_map(own_names).collect()
}
