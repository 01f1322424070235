//! Ownership of list items. A list is owned item by item, because people edit it too (*One owner*). Pure.

use crate::run::change_set::hash::Digester;
use crate::{
    compile::{ListOwnership, Mapping},
    value::{
        Value,
        canonical::{Comparison, same},
    },
};
use std::collections::HashSet;

/// The items that we added to one list, as hashes under the comparison of a line.
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

/// The list to write, given the wanted items and the items of the account. Items that others added are kept. Items that we added and
/// no longer want are removed, unless a wanted item is still pending. `exactly` owns the whole list; `only add` removes nothing.
#[must_use]
pub fn merged(mapping: &Mapping, wanted: Value, before: &Value, ours: Ours<'_>) -> Value {
    let (held, wanted) = (items(before), each_once(wanted, ours));
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

/// A list without the items that it has already: what a record has twice is written once.
fn each_once(wanted: Value, ours: Ours<'_>) -> Value {
    let asked = items(&wanted);
    let mut seen = HashSet::with_capacity(asked.len());
    if asked.iter().all(|item| seen.insert(ours.hash(item))) {
        return wanted;
    }
    seen.clear();
    Value::list(asked.iter().filter(|item| seen.insert(ours.hash(item))).cloned().collect())
}

/// The items that are ours once `after` replaces `before`: those that were ours, and those that we add now.
#[must_use]
pub fn added(before: &Value, after: &Value, ours: Ours<'_>) -> Vec<u64> {
    let held = items(before);
    let new = |item: &&Value| ours.has(item) || !among(item, held, ours.how);
    let mut added: Vec<u64> = items(after).iter().filter(new).map(|item| ours.hash(item)).collect();
    added.sort_unstable();
    added.dedup();
    added
}

/// How many items are removed.
#[must_use]
pub fn removed(before: &Value, after: &Value, how: Comparison) -> u64 {
    items(before).iter().filter(|item| !among(item, items(after), how)).count() as u64
}
