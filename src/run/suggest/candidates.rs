//! The candidates for a line: attributes of the source, fields of the pipeline, and both through a table.

use super::{pairs::Pairs, proposal::From};
use crate::{
    check::model::Table,
    compile::{ExecutionPlan, program::Name},
    run::record_scope::cell,
    value::{
        Kind, Value,
        canonical::{Comparison, same},
    },
};
use std::collections::BTreeSet;

/// Something with a value in each pair.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub from: From,
    pub table: Option<String>,
    pub name: String,
    pub kind: Kind,
    pub values: Vec<Value>,
    /// The attributes of the source that it is computed from.
    pub of: BTreeSet<usize>,
}

impl Candidate {
    /// Whether both are computed from one attribute, so that they are equally good evidence.
    pub fn is_kin_of(&self, other: &Self) -> bool {
        !self.of.is_disjoint(&other.of)
    }
}

/// All there are.
pub(crate) fn all(plan: &ExecutionPlan, tables: &[Table], pairs: &Pairs) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = (0..pairs.source.slots.len()).filter_map(|slot| attribute(pairs, slot)).collect();
    all.extend((0..plan.fields.len()).map(|at| field(plan, pairs, at)));
    let looked_up: Vec<_> = all.iter().flat_map(|candidate| tables.iter().filter_map(|table| through(candidate, table))).collect();
    all.extend(looked_up);
    all
}

fn attribute(pairs: &Pairs, slot: usize) -> Option<Candidate> {
    let at = pairs.source.slots[slot].attribute?;
    let declared = &pairs.source.collection().attributes[at];
    let values = pairs.rows.iter().map(|(source, _)| cell(source, slot).cloned().unwrap_or(Value::Null)).collect();
    let (name, kind) = (declared.name.clone(), declared.ty.kind.clone());
    Some(Candidate { from: From::Attribute(at), table: None, name, kind, values, of: BTreeSet::from([at]) })
}

fn field(plan: &ExecutionPlan, pairs: &Pairs, at: usize) -> Candidate {
    let declared = &plan.fields[at];
    let mut of = BTreeSet::new();
    let attributes = &pairs.source.collection().attributes;
    declared.value.names(&mut |name| {
        if let Name::Source(at) = name
            && let Some(slot) = plan.source.slots.get(*at)
        {
            let same_path = || attributes.iter().position(|attribute| attribute.path == slot.path);
            of.extend(slot.attribute.or_else(same_path));
        }
    });
    let values = pairs.fields.iter().map(|fields| fields[at].clone()).collect();
    Candidate { from: From::Field(at), table: None, name: declared.name.clone(), kind: declared.ty.kind.clone(), values, of }
}

fn through(candidate: &Candidate, table: &Table) -> Option<Candidate> {
    if candidate.kind != table.key.kind || matches!(table.value.kind, Kind::Nothing) {
        return None;
    }
    let find = |value: &Value| {
        let row = table.rows.iter().find(|(key, _)| same(key, value, Comparison::default()));
        row.map(|(_, value)| value).or(table.default.as_ref()).cloned().unwrap_or(Value::Null)
    };
    let values = candidate.values.iter().map(|value| if value.is_missing() { Value::Null } else { find(value) }).collect();
    let (name, kind) = (candidate.name.clone(), table.value.kind.clone());
    Some(Candidate { from: candidate.from, table: Some(table.name.clone()), name, kind, values, of: candidate.of.clone() })
}
