//! A change set as a whole, and its head.

use super::{
    finding::{Coming, Conflicted, Decided, Finding, GuardReport, OpenReference, Unsettled},
    ledger::Ledger,
    operation::{Operation, Stored},
    updates::StateUpdates,
    verdict::Verdict,
};
use crate::{compile::SourceLine, systems::End, value::Value};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Maximum age of a read of the list that replaces a fresh look at an account, within one run.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);

/// What one run would do, and why. Immutable after planning.
///
/// In JSON and in its file the head and the updates are flattened: their fields are siblings of the operations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeSet {
    #[serde(flatten)]
    pub head: Head,
    pub operations: Vec<Operation>,
    /// The records for which nothing is written: held, rejected, waiting, missing and unread. Out of scope and unchanged are only
    /// counted.
    pub findings: Vec<Finding>,
    pub ledger: Ledger,
    #[serde(flatten)]
    pub updates: StateUpdates,
    /// The accounts that were read with it, if it creates any; not saved.
    #[serde(skip)]
    pub listed: Listed,
    /// It was made from what this process has read, and not loaded from a file.
    #[serde(skip)]
    pub is_fresh: bool,
}

/// The ids of the accounts of a read, as hashes.
#[derive(Clone, Debug, Default)]
pub struct Listed(HashSet<u64>);

impl Listed {
    /// Of these ids.
    pub fn of<'i>(ids: impl Iterator<Item = &'i str>) -> Self {
        Self(ids.map(hash_of).collect())
    }

    /// Whether it was read.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.contains(&hash_of(id))
    }
}

fn hash_of(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The pipeline and the read that a change set comes from, and what a reviewer has to know before it is applied.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The version of the JSON document: `"format": 1`. A saved file has a version of its own, in [`file`](super::file).
    pub format: u32,
    /// `c-` and eight hexadecimal digits of [`Head::hash`].
    pub id: String,
    /// The hash of what it would do and of everything that it was computed from, so that exactly what was approved is applied,
    /// or nothing.
    pub hash: String,
    pub pipeline: String,
    pub title: String,
    pub environment: String,
    pub sandbox: bool,
    /// The execution plan that made it.
    pub plan: String,
    /// Semantic plan hash, included files, tables, non-secret settings.
    pub binding: String,
    /// Pipeline, key expression, identity of source and target.
    pub link_set: String,
    /// What its read of the source depended on besides the records; the run that applies it stores it.
    #[serde(default)]
    pub reading: String,
    /// The lineage of the state it was made on.
    pub lineage: String,
    /// The last applied run before it. It is part of the hash, so that two change sets that write the same in turn, or nothing, have two ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<i64>,
    pub made_at: Timestamp,
    pub today: Option<Date>,
    pub zone: Option<String>,
    /// The first run of this link set: it links, and waits to be published.
    pub adoption: bool,
    /// `mode append`: its records are events, each sent once.
    #[serde(default)]
    pub events: bool,
    pub source: ReadReport,
    pub target: ReadReport,
    /// The joined collections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<ReadReport>,
    /// Of the target's records: linked, candidates of a match, others.
    pub target_parts: TargetParts,
    /// Accounts that are linked and open before it is applied, without protected ones: what later windows of guards are a share of.
    /// With `mode append`: events that are remembered.
    pub open_links: u64,
    pub guards: Vec<GuardReport>,
    /// Reasons to hold it in addition to the guards: an attribute that vanished, too many accounts missing at once.
    pub doubts: Vec<String>,
    /// `hold leavers`: an exceeded guard on leavers holds closings and deletes alone.
    pub hold_leavers_only: bool,
    pub coming: Vec<Coming>,
    /// Values that both sides changed, and how that was decided.
    #[serde(default)]
    pub conflicts: Vec<Conflicted>,
    /// Values that only the target changed, of attributes that two directions share: by attribute and line, how many.
    #[serde(default)]
    pub changed_there: Vec<(String, SourceLine, u64)>,
    /// Attributes that were written repeatedly and never kept: not written any more, and reported.
    pub unsettled: Vec<Unsettled>,
    /// The decisions by name that are in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<Decided>,
    /// References to records without a counterpart: the value there is left as it is, and asked again by each run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_references: Vec<OpenReference>,
}

impl ChangeSet {
    /// Whether a guard or a doubt holds it. A first run waits for a person in any case.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.head.doubts.is_empty() || self.head.guards.iter().any(|guard| !guard.within)
    }

    /// Whether it is the first of its link set, which a person applies; the sandbox needs no publishing.
    #[must_use]
    pub const fn waits_to_be_published(&self) -> bool {
        self.head.adoption && !self.head.sandbox
    }

    /// Whether only closings and deletes are held: `hold leavers`, and no guard but those on leavers is exceeded.
    #[must_use]
    pub fn holds_leavers_only(&self) -> bool {
        let of_leavers = |guard: &GuardReport| guard.what.counts_leavers();
        self.head.hold_leavers_only && self.head.doubts.is_empty() && self.head.guards.iter().all(|guard| guard.within || of_leavers(guard))
    }

    /// Whether it does anything at all: writes, or makes or ends a link.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.updates.is_empty()
    }

    /// Whether the target was read too long ago, or by another process, for a write without another look.
    #[must_use]
    pub fn is_old(&self, now: Timestamp) -> bool {
        !self.is_fresh || now.duration_since(self.head.made_at) > YOUNG
    }

    /// The operations of one verdict.
    pub fn of(&self, verdict: Verdict) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(move |operation| operation.verdict == verdict)
    }

    /// Why a read can't be used, if it can't: one sentence for each side.
    #[must_use]
    pub fn broken_reads(&self) -> Vec<String> {
        let why = |report: &ReadReport| match &report.end {
            End::Broken { reason, .. } => Some(format!("{}: {reason}", report.collection)),
            End::Complete { .. } | End::Delta => None,
        };
        [&self.head.source, &self.head.target].into_iter().filter_map(why).collect()
    }

    /// Takes away names and every value that is not public: what may be printed in a build log.
    pub fn hide_people(&mut self, public: &dyn Fn(&str) -> bool) {
        for operation in &mut self.operations {
            operation.label = None;
            operation.whose.clear();
            for value in operation.written_mut().flatten() {
                if !public(&value.attribute) {
                    value.before = Stored(Value::Null);
                    value.after = Stored(Value::Null);
                }
            }
        }
        for finding in &mut self.findings {
            // The label of a record without a key is its place, which names nobody.
            if !finding.key.is_empty() {
                finding.label = None;
            }
            finding.detail.clear();
        }
        self.head.coming.iter_mut().for_each(|person| person.label = None);
        self.head.decided.iter_mut().for_each(|decided| decided.why.clear());
    }
}

/// The result of one read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadReport {
    /// `lucca.users`
    pub collection: String,
    pub records: u64,
    pub end: End,
    pub requests: u64,
    pub milliseconds: u64,
    /// Only records changed since then were requested; `None`: all records.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Records that were read although they had not changed, because they were pending or their day has come.
    #[serde(default)]
    pub again: u64,
    /// Records that were asked for by `get`, for what lists leave out.
    #[serde(default)]
    pub gets: u64,
    /// The file that was read, of several that the collection may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetParts {
    pub linked: u64,
    pub candidates: u64,
    pub others: u64,
}
