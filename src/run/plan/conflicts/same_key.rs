//! *Nothing twice*: of a key of several attributes, each of which may be anybody's, two records are not created, nor one that is there.

use crate::{
    run::{
        change_set::{Operation, Reason, Step},
        plan::{draft::Draft, planner::Planner},
    },
    value::{Text, Value, key},
};
use std::collections::BTreeMap;

impl Planner<'_> {
    pub(super) fn hold_same_keys(&mut self) {
        let target = self.classification.plan().target.collection();
        if !target.key.is_several() {
            return;
        }
        let names = target.key_names();
        let mut wanted: BTreeMap<Text, Vec<usize>> = BTreeMap::new();
        for (at, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| !draft.withdrawn) {
            if let Some(key) = created_key(&draft.operation, &names) {
                wanted.entry(key).or_default().push(at);
            }
        }
        for (key, drafts) in wanted {
            match (&drafts[..], self.classification.accounts.row_of(&key)) {
                ([at], Some(holder)) => self.take_key(*at, holder, &key),
                ([_], None) => {}
                (several, _) => self.hold_all(several, &key),
            }
        }
    }

    /// A record that is there may be created again once the operation that deletes it is done.
    fn take_key(&mut self, at: usize, holder: u32, key: &str) {
        let target = self.classification.plan().target.collection();
        let deletes = |draft: &&Draft| draft.account == Some(holder) && !draft.withdrawn && draft.operation.deletes(target);
        let giver = self.drafts.iter().find(deletes);
        match giver.map(|giver| giver.key().to_owned()) {
            Some(giver) if self.drafts[at].operation.after.contains(&giver) => {}
            Some(giver) => self.drafts[at].operation.after.push(giver),
            None => self.hold_draft(at, Reason::ValueTaken, format!("there is a {} {key}", self.classification.accounts.noun())),
        }
    }

    fn hold_all(&mut self, drafts: &[usize], key: &str) {
        let keys: Vec<String> = drafts.iter().map(|at| self.drafts[*at].key().to_owned()).collect();
        for (at, own) in drafts.iter().zip(&keys) {
            let other = keys.iter().find(|key| *key != own).unwrap_or(own);
            self.hold_draft(*at, Reason::ValueTaken, format!("{key} is wanted by {other} too"));
        }
    }
}

/// The key of the record that an operation creates; an id that is not known yet counts as the record that it is of.
fn created_key(operation: &Operation, names: &[&str]) -> Option<Text> {
    let Some(Step::Create { values }) = operation.steps.iter().find(|step| matches!(step, Step::Create { .. })) else { return None };
    let value = |name: &&str| match &values.iter().find(|value| *value.attribute == **name)?.after.0 {
        Value::Pending(pending) => Some(Text::from(format!("{}:{}", pending.pipeline, pending.key))),
        value => value.canonical_key(),
    };
    let values = names.iter().map(value).collect::<Option<Vec<_>>>()?;
    Some(key::joined(names.iter().copied().zip(values)))
}
