//! The input of a plan: both tables, the links, the results of look-ups, and the clock.

use super::{
    change_set::{Step, hash::Digester},
    proofs::Proofs,
    read::{extract::Table, joins::Joined},
    record_scope::Clock,
};
use crate::{
    compile::{ExecutionPlan, system::Connection},
    state::{baselines::Baselines, events::Events, link::Links, pending_steps::Refused, retention::Forgotten},
};
use std::collections::{HashMap, HashSet};

/// All that a change set depends on.
pub struct Input<'a> {
    pub plan: &'a ExecutionPlan,
    pub source: &'a Table,
    pub target: &'a Table,
    /// The joined collections.
    pub joined: &'a [Joined],
    pub links: &'a Links,
    pub proofs: &'a Proofs,
    /// Keys with an earlier write whose outcome is unknown. They are held until it is known.
    pub blocked: &'a HashSet<String>,
    pub baseline: &'a Baselines,
    pub clock: Clock,
    pub identity: Identity,
    /// No run of this link set has been applied yet.
    pub adoption: bool,
    /// Of `mode append`: the events that were sent.
    pub events: &'a Events,
    pub digester: &'a Digester,
    pub related: &'a RelatedState,
    pub pending_work: &'a PendingWork,
}

/// What is remembered of other pipelines.
#[derive(Clone, Debug, Default)]
pub struct RelatedState {
    /// Links of the pipelines that references name; `None` for a pipeline without links so far.
    pub links: HashMap<String, Option<Links>>,
    /// Of the other direction: ids of accounts with an earlier write whose outcome is unknown.
    pub blocked: HashSet<String>,
    /// The other direction has created records, and which ones is unknown.
    pub creating: bool,
    /// Keys that a person asked to forget.
    pub forgotten: Forgotten,
}

/// Where a change set belongs.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    pub environment: String,
    pub sandbox: bool,
    pub link_set: String,
    pub lineage: String,
}

impl Input<'_> {
    /// Whether the target's list contains closed accounts, so that an account that it lacks no longer exists.
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

/// What earlier runs began and did not finish.
#[derive(Clone, Debug, Default)]
pub struct PendingWork {
    /// By key: the steps that remain of an operation that was carried out in part.
    pub steps: HashMap<String, Vec<Step>>,
    /// By key: what the target refused as invalid, and when it is tried again.
    pub refused: HashMap<String, Refused>,
    /// By call of `map` that is made once: the keys of the records for which it was made.
    pub called: HashMap<String, HashSet<String>>,
    /// By key: calls that were sent and not answered, as the state names them, until a person says what became of them.
    pub perhaps: HashMap<String, HashSet<String>>,
}
