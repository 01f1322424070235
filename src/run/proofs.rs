//! What single look-ups proved, and which links follow from it.

use super::change_set::Rekey;
use crate::{
    compile::ExecutionPlan,
    state::link::{Link, Links},
    value::Value,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

/// What single look-ups proved, in addition to the lists. The records that they found are in the tables.
#[derive(Clone, Debug, Default)]
pub struct Proofs {
    /// Ids of accounts that were looked up and do not exist.
    pub gone: HashSet<String>,
    /// Accounts whose look-up failed, by their ids, with the error.
    pub failed: BTreeMap<String, String>,
    /// By id of an account: the id of the account that it was merged into.
    pub merged: BTreeMap<String, String>,
    /// Links that moved to the surviving account of a merge.
    pub rekeyed: Vec<Rekey>,
    /// Look-ups of the target that succeeded: attribute and canonical value.
    pub looked_up: HashSet<(usize, Box<[u8]>)>,
    /// Look-ups of the target that failed, with the error.
    pub unanswered: HashMap<(usize, Box<[u8]>), String>,
    /// Keys of source records that were looked up and do not exist.
    pub source_gone: HashSet<String>,
    /// Keys of source records whose look-up failed, with the error.
    pub source_failed: BTreeMap<String, String>,
    /// All look-ups that were made, so that none is made twice: ids, and keys of source records.
    pub asked: HashSet<String>,
    pub source_asked: BTreeSet<String>,
}

impl Proofs {
    /// The links after merges: each link whose account was merged moves to the surviving account, unless another record is linked to
    /// that account, or would be.
    pub fn follow<'l>(&mut self, links: &'l Links) -> Cow<'l, Links> {
        self.rekeyed.clear();
        let mut followed = Cow::Borrowed(links);
        for (from, to) in &self.merged {
            let Some(link) = open_link(links, from).filter(|_| self.other_heir(links, from, to).is_none()) else { continue };
            self.rekeyed.push(Rekey { key: link.key.clone(), from: from.clone(), to: to.clone() });
            followed.to_mut().insert(Link { target: to.clone(), ..link.clone() });
        }
        followed
    }

    /// The link of another record with a claim on the surviving account of a merge: the account's own link, or the link of another
    /// account that was merged into it.
    pub(crate) fn other_heir<'l>(&self, links: &'l Links, from: &str, to: &str) -> Option<&'l Link> {
        let others = self.merged.iter().filter(|(other, into)| into.as_str() == to && other.as_str() != from);
        open_link(links, to).or_else(|| others.filter_map(|(other, _)| open_link(links, other)).next())
    }

    /// Records a successful look-up of a value in the target.
    pub fn note_look_up(&mut self, plan: &ExecutionPlan, attribute: usize, value: &Value) {
        self.looked_up.extend(looked_up_key(attribute, value, plan));
    }

    /// Records a failed look-up of a value in the target. It proves nothing, and is not repeated.
    pub fn note_failure(&mut self, plan: &ExecutionPlan, attribute: usize, value: &Value, why: String) {
        self.unanswered.extend(looked_up_key(attribute, value, plan).map(|key| (key, why)));
    }

    /// The error of a look-up that failed.
    pub(crate) fn failure(&self, plan: &ExecutionPlan, (attribute, value): &(usize, Value)) -> Option<&str> {
        self.unanswered.get(&looked_up_key(*attribute, value, plan)?).map(String::as_str)
    }
}

/// The identity of a look-up: an attribute and the canonical form of a value.
pub(crate) fn looked_up_key(attribute: usize, value: &Value, plan: &ExecutionPlan) -> Option<(usize, Box<[u8]>)> {
    let how = plan.target.collection().attributes[attribute].comparison;
    crate::value::canonical::index_key(value, how).map(|key| (attribute, key))
}

fn open_link<'l>(links: &'l Links, target: &str) -> Option<&'l Link> {
    links.of_target(target).filter(|link| !link.is_retired())
}
