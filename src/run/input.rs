//! The input of a judgement: both tables, the links, the results of look-ups, and the clock.

use super::{
    change_set::{Rekey, Step, hash::Digester},
    read::{extract::Table, joins::Joined},
    record_scope::Clock,
};
use crate::{
    compile::{ExecutionPlan, system::Connection},
    state::{
        baselines::Baselines,
        events::Events,
        link::{Life, Link, Links},
        pending_steps::Refused,
    },
    value::Value,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

/// All that a change set depends on.
pub struct Input<'a> {
    pub plan: &'a ExecutionPlan,
    pub source: &'a Table,
    pub target: &'a Table,
    /// What the source is joined with.
    pub joined: &'a [Joined],
    pub links: &'a Links,
    pub proofs: &'a Proofs,
    /// Keys with an earlier write whose outcome is not known: held until it is.
    pub blocked: &'a HashSet<String>,
    pub baseline: &'a Baselines,
    pub clock: Clock,
    pub identity: Identity,
    /// No run of this link set has been applied.
    pub adoption: bool,
    /// Of `mode append`: what was sent.
    pub events: &'a Events,
    pub digester: &'a Digester,
    pub related: &'a RelatedState,
    pub pending_work: &'a PendingWork,
}

/// What is remembered of other pipelines.
#[derive(Clone, Debug, Default)]
pub struct RelatedState {
    /// Links of the pipelines that references name; none of one that has linked nobody yet.
    pub links: HashMap<String, Option<Links>>,
    /// Of the other direction: accounts, by id, with an earlier write whose outcome is not known.
    pub blocked: HashSet<String>,
    /// Of the other direction: records were created, and nobody knows yet which.
    pub creating: bool,
}

/// What a change set says of where it belongs.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    pub environment: String,
    pub sandbox: bool,
    pub link_set: String,
    pub lineage: String,
}

/// What single look-ups proved, in addition to the lists. The records that they found are in the tables.
#[derive(Clone, Debug, Default)]
pub struct Proofs {
    /// Ids of accounts that were asked for and are not there.
    pub gone: HashSet<String>,
    /// Accounts that were asked for in vain, by their ids, and what was answered.
    pub failed: BTreeMap<String, String>,
    /// Accounts that another one has taken the place of, by their ids.
    pub merged: BTreeMap<String, String>,
    /// Links that went over to the survivor of a merge.
    pub rekeyed: Vec<Rekey>,
    /// Look-ups of the target that succeeded: attribute and canonical value.
    pub looked_up: HashSet<(usize, Box<[u8]>)>,
    /// Look-ups of the target that failed, and what was answered.
    pub unanswered: HashMap<(usize, Box<[u8]>), String>,
    /// Keys of source records that were asked for and are not there.
    pub source_gone: HashSet<String>,
    /// Whatever was asked for, so that nothing is asked twice: ids, and keys of source records.
    pub asked: HashSet<String>,
    pub source_asked: BTreeSet<String>,
}

impl Input<'_> {
    /// Whether the target's list shows closed accounts, so that not to be in it means to be gone.
    pub(crate) fn lists_all(&self) -> bool {
        self.plan.target.collection().lists_all() || matches!(self.plan.target.system.connection, Connection::Files)
    }

    /// Whether a read broke off: nothing is written then, unless the pipeline says `on incomplete read continue`.
    pub(crate) fn is_broken(&self) -> bool {
        let broken = |table: &Table| matches!(table.end, crate::systems::End::Broken { .. });
        broken(self.source) || broken(self.target)
    }

    /// Nothing may be written at all.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_broken() && !self.plan.on_incomplete_read_continue
    }
}

/// A value as one side's identity: for look-ups that were made.
pub(crate) fn looked_up_key(attribute: usize, value: &Value, plan: &ExecutionPlan) -> Option<(usize, Box<[u8]>)> {
    let how = plan.target.collection().attributes[attribute].comparison;
    crate::value::canonical::index_key(value, how).map(|key| (attribute, key))
}

impl Proofs {
    /// Links with those whose account was merged into another going over to it, unless somebody else holds that one, or would get it, too.
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

    /// Who else has a claim on the survivor of a merge: its own link, or that of another account that was merged into it.
    pub(crate) fn other_heir<'l>(&self, links: &'l Links, from: &str, to: &str) -> Option<&'l Link> {
        let others = self.merged.iter().filter(|(other, into)| into.as_str() == to && other.as_str() != from);
        open_link(links, to).or_else(|| others.filter_map(|(other, _)| open_link(links, other)).next())
    }

    /// Notes that the target was asked for a value and answered.
    pub fn note_look_up(&mut self, plan: &ExecutionPlan, attribute: usize, value: &Value) {
        self.looked_up.extend(looked_up_key(attribute, value, plan));
    }

    /// Notes that the target was asked for a value in vain: nothing is known of it, and it is not asked again.
    pub fn note_failure(&mut self, plan: &ExecutionPlan, attribute: usize, value: &Value, why: String) {
        self.unanswered.extend(looked_up_key(attribute, value, plan).map(|key| (key, why)));
    }

    /// What was answered to a look-up that failed.
    pub(crate) fn failure(&self, plan: &ExecutionPlan, (attribute, value): &(usize, Value)) -> Option<&str> {
        self.unanswered.get(&looked_up_key(*attribute, value, plan)?).map(String::as_str)
    }
}

fn open_link<'l>(links: &'l Links, target: &str) -> Option<&'l Link> {
    links.of_target(target).filter(|link| !matches!(link.life, Life::Retired { .. }))
}

/// What earlier runs began and did not bring to an end, before anybody is judged.
#[derive(Clone, Debug, Default)]
pub struct PendingWork {
    /// By key: what is still to be done after an operation that was made in part.
    pub steps: HashMap<String, Vec<Step>>,
    /// By key: what the target refused as invalid, and when it is tried again.
    pub refused: HashMap<String, Refused>,
    /// By call of `map` that is made once: the keys of those who had it.
    pub called: HashMap<String, HashSet<String>>,
}
