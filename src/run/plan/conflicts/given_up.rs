//! *Give up first, take second*, for what `match` compares: a record that finds the account of another by a value that this account
//! gives up in the same run is not kept waiting for it.

use crate::run::{
    classify::given_up::Freed,
    plan::{
        draft::{Draft, pending},
        planner::Planner,
    },
};
use crate::value::{Value, canonical};
use std::collections::HashMap;

impl Planner<'_> {
    /// The contested records that find nobody else's account once the operations of this run are done.
    pub(in crate::run::plan) fn freed(&self) -> Vec<Freed> {
        let of = self.classification;
        let live = self.drafts.iter().filter(|draft| !draft.withdrawn);
        let givers: HashMap<u32, &Draft> = live.filter_map(|draft| Some((draft.account?, draft))).collect();
        let keeps = |account: u32, attribute: usize, value: &Value| {
            let Some(giver) = givers.get(&account) else { return true };
            let target = of.plan().target.attribute(attribute);
            let written = giver.operation.written().filter(|one| *one.attribute == *target.name).last();
            // One that is deleted gives up all that it has.
            !giver.operation.deletes(of.plan().target.collection())
                && written.is_none_or(|one| canonical::same(value, &one.after.0, target.comparison))
        };
        let freed = |entry: usize| {
            let (found, left) = of.found_without(entry, &keeps)?;
            let givers = left.iter().map(|account| givers[account].key().to_owned()).collect();
            Some(Freed { entry, found, givers })
        };
        (0..of.entries.len()).filter_map(freed).collect()
    }

    /// Lets each freed record wait for those that give up the values, and holds it as before if one of them does not.
    pub(super) fn hold_not_given_up(&mut self) {
        let of = self.classification;
        for (key, waits) in &of.waits {
            let Some(row) = of.entries.iter().find(|entry| entry.key == *key).and_then(|entry| entry.row) else { continue };
            let draft = self.drafts.iter().any(|draft| draft.row == Some(row) && !draft.withdrawn);
            // A record that only has to be linked has no operation that could wait: the next run links it.
            if !draft || !waits.givers.iter().all(|giver| self.gives_up(giver, key)) {
                let before = self.findings.len();
                self.hold_row(row, waits.contest.kind.clone(), &waits.contest.detail);
                if self.findings.len() > before {
                    self.name_accounts(&waits.contest.rows);
                }
            } else if let Some(draft) = self.drafts.iter_mut().find(|draft| draft.row == Some(row)) {
                let missing: Vec<&String> = waits.givers.iter().filter(|giver| !draft.operation.after.contains(giver)).collect();
                draft.operation.after.extend(missing.into_iter().cloned());
            }
        }
    }

    /// Whether the operation of a record is made before that of a freed one: it is made at all, and does not wait for the freed one.
    fn gives_up(&self, giver: &str, freed: &str) -> bool {
        let names_it = |draft: &Draft| draft.operation.written().flat_map(pending).any(|named| *named.key == *freed);
        self.drafts.iter().any(|draft| draft.key() == giver && !draft.withdrawn && !names_it(draft))
    }
}
