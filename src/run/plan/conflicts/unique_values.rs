//! *Give up before take*: a unique value that another account has is taken only after that account has given it up.

use crate::{
    run::{
        change_set::Reason,
        plan::{draft::Draft, planner::Planner},
        record_scope::cell,
    },
    value::{Value, canonical},
};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hasher},
};

impl Planner<'_> {
    pub(super) fn hold_taken_values(&mut self) {
        let target = &self.classification.plan().target;
        for (at, attribute) in target.collection().attributes.iter().enumerate().filter(|(_, attribute)| attribute.unique) {
            let writes = |draft: &Draft| draft.operation.written().any(|value| *value.attribute == *attribute.name);
            if self.drafts.iter().any(writes) {
                self.hold_taken(&attribute.name, target.slot_of(at), attribute.comparison);
            }
        }
    }

    fn hold_taken(&mut self, name: &str, slot: Option<usize>, how: canonical::Comparison) {
        let (wanted_values, clashes) = self.wanted_values(name, how);
        let mut held_back: Vec<(usize, String)> = Vec::new();
        for drafts in clashes.values() {
            let other = |at: usize| self.drafts[if drafts[0] == at { drafts[1] } else { drafts[0] }].key();
            held_back.extend(drafts.iter().map(|at| (*at, format!("{name} is wanted by {} too", other(*at)))));
        }
        if let Some(slot) = slot {
            let givers = self.givers(name);
            for (holder, row) in self.classification.input.target.rows.iter().enumerate() {
                let held = cell(row, slot).ok().and_then(|value| hash(value, how));
                let wanted = held.filter(|hash| !clashes.contains_key(hash)).and_then(|hash| wanted_values.get(&hash));
                if let (Some(at), Ok(holder)) = (wanted, u32::try_from(holder)) {
                    held_back.extend(self.take_from(*at, holder, name, &givers));
                }
            }
        }
        held_back.sort_unstable();
        for (at, detail) in held_back {
            self.hold_draft(at, Reason::ValueTaken, detail);
        }
    }

    /// By hash of a wanted value: the first draft that wants it, and all drafts of values that several want.
    fn wanted_values(&self, name: &str, how: canonical::Comparison) -> (HashMap<u64, usize>, BTreeMap<u64, Vec<usize>>) {
        let mut wanted_values: HashMap<u64, usize> = HashMap::new();
        let mut clashes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| !draft.withdrawn) {
            for hash in draft.operation.written().filter(|value| *value.attribute == *name).filter_map(|value| hash(&value.after.0, how)) {
                let first = *wanted_values.entry(hash).or_insert(at);
                if first != at {
                    clashes.entry(hash).or_insert_with(|| vec![first]).push(at);
                }
            }
        }
        (wanted_values, clashes)
    }

    /// By account: the draft that gives up its value of an attribute.
    fn givers(&self, name: &str) -> HashMap<u32, usize> {
        let target = self.classification.plan().target.collection();
        let gives_up = |draft: &Draft| {
            !draft.withdrawn && (draft.operation.deletes(target) || draft.operation.written().any(|value| *value.attribute == *name))
        };
        let givers = self.drafts.iter().enumerate().filter(|(_, draft)| gives_up(draft));
        givers.filter_map(|(at, draft)| Some((draft.account?, at))).collect()
    }

    /// Orders a draft after the one that gives up the value that it takes; if none does, returns why the draft is held.
    fn take_from(&mut self, at: usize, holder: u32, name: &str, givers: &HashMap<u32, usize>) -> Option<(usize, String)> {
        let id = self.classification.accounts.id(holder).to_owned();
        if self.drafts[at].account.is_some_and(|own| self.classification.accounts.id(own) == id) {
            return None;
        }
        let Some(giver) = givers.get(&holder).map(|giver| self.drafts[*giver].key().to_owned()) else {
            return Some((at, format!("{name} is held by {} {id}", self.classification.accounts.noun())));
        };
        let after = &mut self.drafts[at].operation.after;
        if !after.contains(&giver) {
            after.push(giver);
        }
        None
    }
}

pub(super) fn hash(value: &Value, how: canonical::Comparison) -> Option<u64> {
    let key = canonical::index_key(value, canonical::Comparison { as_key: true, ..how })?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&key);
    Some(hasher.finish())
}
