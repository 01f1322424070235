//! The input of a plan: both tables, the links, the results of look-ups, and the clock.

use super::{
    change_set::{Step, hash::Digester},
    classify::leavers,
    proofs::Proofs,
    read::{extract::Table, joins::Joined},
    record_scope::Clock,
};
use crate::value::key::form;
use crate::{
    compile::{ExecutionPlan, system::Connection},
    state::{
        baselines::Baselines,
        claims::Claim,
        decisions::{Choice, Decision, Decisions},
        events::Events,
        holders::Holders,
        link::{Absence, Link, Links},
        pending_steps::Refused,
        retention::Forgotten,
    },
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
    /// Which accounts other pipelines hold.
    pub holders: Holders,
    /// Who claims an account in another pipeline: its name, and the claim.
    pub claims: Vec<(String, Claim)>,
}

/// Where a change set belongs.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    pub environment: String,
    pub sandbox: bool,
    pub link_set: String,
    pub lineage: String,
    /// Keyed hash of what the source is signed in with.
    pub credential: String,
}

impl Input<'_> {
    /// What decides which records the source lists, and who asks for them; it is stored with each run.
    pub(crate) fn reading(&self) -> String {
        format!("{} {}", self.plan.source_basis, self.identity.credential)
    }

    /// The counter of a link after this read did not show its record. It restarts where other lists are read than before, or by another
    /// credential (*Links belong to two systems*): who is missing from these may never have been in them.
    pub(crate) fn missing_again(&self, link: &Link) -> Absence {
        let same = self.baseline.reading.as_ref().is_none_or(|before| *before == self.reading());
        let fresh = Absence::default();
        leavers::missing_again(self.plan, if same { &link.absence } else { &fresh }, self.clock.now)
    }

    /// Whether the file, or what it uses, is another than in the last applied run.
    pub(crate) fn is_edited(&self) -> bool {
        self.baseline.binding.as_ref().is_some_and(|binding| *binding != self.plan.hash)
    }

    /// Whether a person asked to forget a key.
    pub(crate) fn is_forgotten(&self, key: &str) -> bool {
        self.related.forgotten.holds(&self.plan.name, key)
    }

    /// What a person decided about a record.
    pub(crate) fn decided(&self, key: &str) -> Option<&Decision> {
        self.pending_work.decisions.of_key(key)
    }

    /// Whether a person made this choice for a record; with an account, about this account.
    pub(crate) fn chose(&self, key: &str, choice: Choice, account: Option<&str>) -> bool {
        let about =
            |decision: &Decision| account.is_none_or(|account| decision.account.as_deref().is_some_and(|id| form(id) == form(account)));
        self.decided(key).is_some_and(|decision| decision.choice == choice && about(decision))
    }

    /// Whether other lists are read than in the last applied run.
    pub(crate) fn lists_others(&self) -> bool {
        let before = self.baseline.reading.as_ref().and_then(|reading| reading.split_once(' '));
        before.is_some_and(|(lists, _)| lists != self.plan.source_basis.as_str())
    }

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
    /// Who claimed an account that is linked to somebody else.
    pub claims: Vec<Claim>,
    /// What people decided by name.
    pub decisions: Decisions,
}
