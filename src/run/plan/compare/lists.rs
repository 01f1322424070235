//! Lists are owned value by value, because people edit them too (*One owner*). Pure.

use crate::run::change_set::hash::Digester;
use crate::{
    compile::{ListOwnership, Mapping},
    value::{
        Value,
        canonical::{Comparison, same},
    },
};

/// The values that we added to one list, by their hashes, as a line compares them.
#[derive(Clone, Copy)]
pub struct Ours<'a> {
    pub digester: &'a Digester,
    pub added: &'a [u64],
    pub how: Comparison,
}

impl Ours<'_> {
    fn has(&self, item: &Value) -> bool {
        self.added.contains(&self.hash(item))
    }

    fn hash(&self, item: &Value) -> u64 {
        self.digester.value(item, of_items(self.how))
    }
}

const fn of_items(how: Comparison) -> Comparison {
    Comparison { ignoring_order: false, ..how }
}

const fn items(value: &Value) -> &[Value] {
    if let Value::List(items) = value { items.as_slice() } else { &[] }
}

fn among(item: &Value, items: &[Value], how: Comparison) -> bool {
    items.iter().any(|other| same(item, other, of_items(how)))
}

/// What is to be written where `wanted` is wanted and the account holds `before`: what others added stays, and what we added and no longer
/// want goes, unless something that is wanted is not known yet. `exactly` owns the list whole, `only add` takes nothing away.
#[must_use]
pub fn merged(mapping: &Mapping, wanted: Value, before: &Value, ours: Ours<'_>) -> Value {
    let held = items(before);
    if held.is_empty() || mapping.list == ListOwnership::Exactly || !matches!(wanted, Value::List(_) | Value::Null | Value::Absent) {
        return wanted;
    }
    let removes = mapping.list == ListOwnership::Owned && !wanted.is_pending();
    let (how, asked) = (ours.how, items(&wanted));
    let stays = |item: &&Value| !removes || !ours.has(item) || among(item, asked, how);
    let added = asked.iter().filter(|item| !among(item, held, how));
    let all: Vec<Value> = held.iter().filter(stays).chain(added).cloned().collect();
    if all.is_empty() { wanted } else { Value::list(all) }
}

/// Which values are ours once `after` is written in place of `before`: those that were, and those that we add now.
#[must_use]
pub fn added(before: &Value, after: &Value, ours: Ours<'_>) -> Vec<u64> {
    let held = items(before);
    let new = |item: &&Value| ours.has(item) || !among(item, held, ours.how);
    let mut added: Vec<u64> = items(after).iter().filter(new).map(|item| ours.hash(item)).collect();
    added.sort_unstable();
    added.dedup();
    added
}

/// How many values are taken away.
#[must_use]
pub fn removed(before: &Value, after: &Value, how: Comparison) -> u64 {
    items(before).iter().filter(|item| !among(item, items(after), how)).count() as u64
}
