//! Values that accounts give up in the run that is planned: such an account is no longer found by them.

use super::{
    classification::Classification,
    matching::{Contest, MatchResult},
    table::{LinkState, SourceState},
};
use crate::value::{Text, Value};
use std::collections::BTreeMap;

/// A record that finds nobody else's account once others have given up what it looks for.
pub(crate) struct Freed {
    /// Its place among the entries.
    pub entry: usize,
    /// What `match` finds then.
    pub found: MatchResult,
    /// The records whose accounts give up the values.
    pub givers: Vec<String>,
}

/// What a record found that was freed, and for whom it waits.
pub(crate) struct Waits {
    pub contest: Box<Contest>,
    pub givers: Vec<String>,
}

/// By key.
pub(crate) type WaitsByKey = BTreeMap<Text, Waits>;

/// Whether an account still has the value that a part of a line of `match` finds it by: asked with account, attribute and value.
pub(crate) type Keeps<'k> = &'k dyn Fn(u32, usize, &Value) -> bool;

impl Classification<'_> {
    /// What `match` finds for a contested record if some accounts no longer have their values; `None` if that changes nothing.
    pub fn found_without(&self, entry: usize, keeps: Keeps<'_>) -> Option<(MatchResult, Vec<u32>)> {
        let one = &self.entries[entry];
        if one.state != SourceState::InScope || one.link != LinkState::Contested {
            return None;
        }
        let record = self.record_scope(one.row, None);
        let (found, left) = self.accounts.find_without(&record, self.input.links, self.not_its_account(&one.key), keeps).ok()?;
        let creates = found != MatchResult::Nobody || self.plan().mode.creates();
        (!left.is_empty() && creates && !matches!(found, MatchResult::Contested(_))).then_some((found, left))
    }

    /// Classifies records anew that are freed.
    pub fn free(&mut self, freed: Vec<Freed>) {
        self.refs.forget_fresh();
        for Freed { entry, found, givers } in freed {
            let record = self.record_scope(self.entries[entry].row, None);
            let link = self.match_state(&record, &found, SourceState::InScope);
            let one = &mut self.entries[entry];
            one.link = link;
            if let MatchResult::Contested(contest) = std::mem::replace(&mut one.found, found) {
                self.waits.insert(one.key.clone(), Waits { contest, givers });
            }
        }
        self.hold_shared();
    }
}
