//! The change set: what one run would do. Reviewed, saved, applied.

pub mod file;
mod guarded;
pub mod hash;
mod reason;
use crate::{
    compile::{
        Line,
        system::{Collection, ErrorClass},
    },
    state::{agreed::Pair, link::Absence},
    systems::End,
    value::{Pending, Value},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

pub use self::{
    guarded::Guarded,
    reason::{GaveUp, Reason},
};

/// What one run would do, and why. Immutable once it is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Version of this format: 1.
    pub format: u32,
    /// `c-` and eight hexadecimal digits of [`ChangeSet::hash`].
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
    /// The lineage of the state it was made on.
    pub lineage: String,
    pub made_at: Timestamp,
    pub today: Option<Date>,
    pub zone: Option<String>,
    /// The first run of this link set: it links, and waits to be published.
    pub adoption: bool,
    pub source: ReadReport,
    pub target: ReadReport,
    /// What the source is joined with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<ReadReport>,
    /// Of the target's records: linked, candidates of a match, others.
    pub target_parts: TargetParts,
    pub operations: Vec<Operation>,
    /// Everybody for whom nothing is written: held, rejected, waiting, missing and unread. Out of scope and unchanged are only
    /// counted.
    pub findings: Vec<Finding>,
    pub ledger: Ledger,
    /// New links of this run that write nothing by themselves.
    pub links: Vec<NewLink>,
    /// Links that go over to another account, which theirs was merged into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rekeys: Vec<Rekey>,
    /// Keys whose link ends without a write, because the account no longer exists.
    pub retired: Vec<String>,
    /// People who left and whose account is already as the leave would make it. They are remembered as left.
    #[serde(default)]
    pub left: Vec<Left>,
    /// `mode append`: its records are events, each sent once.
    #[serde(default)]
    pub events: bool,
    /// Keys of events that are remembered and not sent: older than the day it begins with, or in the target already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// Absence counters that move if this run is applied: seen again, or missing once more.
    pub absences: Vec<(String, Absence)>,
    /// Days on which a condition on `today` becomes true for a linked record, if they differ from the stored ones.
    #[serde(default)]
    pub dues: Vec<(String, Option<Date>)>,
    /// Of an incremental pipeline.
    #[serde(default)]
    pub next_read: Option<NextRead>,
    /// What the target was found to hold after an earlier write whose answer did not say.
    pub observed: Vec<Observed>,
    /// Of records that are not written: what both hold of the attributes that two directions share.
    #[serde(default)]
    pub agreed: Vec<Agreement>,
    /// Values that both sides changed, and how that was decided.
    #[serde(default)]
    pub conflicts: Vec<Conflicted>,
    /// Values that only the target changed, of attributes that two directions share: by attribute and line, how many.
    #[serde(default)]
    pub changed_there: Vec<(String, Line, u64)>,
    /// Attributes that were written repeatedly and never kept: not written any more, and reported.
    pub unsettled: Vec<Unsettled>,
    /// References to records without a counterpart: what stands there is left as it is, and asked again by each run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_references: Vec<OpenReference>,
    pub guards: Vec<GuardReport>,
    /// Reasons beside the guards why it is held: an attribute that vanished, too many accounts missing at once.
    pub doubts: Vec<String>,
    /// `hold leavers`: a tripped guard on leavers holds closings and deletes alone.
    pub hold_leavers_only: bool,
    pub coming: Vec<Coming>,
    /// How many of the source's records had a value at each path; the next run compares.
    pub present: Vec<(String, u64)>,
}

impl ChangeSet {
    /// Whether a guard or a doubt holds it. A first run waits for a person in any case.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.doubts.is_empty() || self.guards.iter().any(|guard| !guard.within)
    }

    /// Whether only closings and deletes are held: `hold leavers`, and no guard but those on leavers is exceeded.
    #[must_use]
    pub fn holds_leavers_only(&self) -> bool {
        let of_leavers = |guard: &GuardReport| guard.what.counts_leavers();
        self.hold_leavers_only && self.doubts.is_empty() && self.guards.iter().all(|guard| guard.within || of_leavers(guard))
    }

    /// Whether it does anything at all: writes, or makes or ends a link.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let remembers = [self.retired.is_empty(), self.left.is_empty(), self.seen.is_empty()].contains(&false);
        self.operations.is_empty() && self.links.is_empty() && self.rekeys.is_empty() && !remembers
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
        [&self.source, &self.target].into_iter().filter_map(why).collect()
    }

    /// Takes away names and every value that is not public: what may stand in a build log.
    pub fn hide_people(&mut self, public: &dyn Fn(&str) -> bool) {
        for operation in &mut self.operations {
            operation.label = None;
            for value in operation.written_mut().flatten() {
                if !public(&value.attribute) {
                    value.before = Stored(Value::Null);
                    value.after = Stored(Value::Null);
                }
            }
        }
        for finding in self.findings.iter_mut().filter(|finding| !finding.key.is_empty()) {
            finding.label = None;
            if finding.verdict == Verdict::Rejected {
                finding.detail.clear();
            }
        }
        self.coming.iter_mut().for_each(|person| person.label = None);
    }
}

/// How the reads of an incremental pipeline go on once this change set is settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRead {
    /// What changed since then was asked for; none: everything was.
    pub since: Option<Timestamp>,
    /// Where the next read begins.
    pub next: Timestamp,
    /// Who is not settled by this change set: held, waiting, rejected, unread, or without a reference.
    pub unsettled: Vec<ReadAgain>,
    /// Who is written: not settled if that fails.
    pub written: Vec<ReadAgain>,
    /// Who could not be read again: named as the source does.
    pub unasked: Vec<String>,
    /// The next read is of everything, whatever was asked for this time.
    #[serde(default)]
    pub everything: bool,
}

/// A record that may have to be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAgain {
    pub key: String,
    /// How the source's collection names it; empty where it can't be read.
    pub own_key: String,
    pub changed: Option<Timestamp>,
    pub why: String,
}

/// A record and the account that it was found to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLink {
    pub key: String,
    pub target: String,
    /// The line of `match` that found it: `external_id`.
    pub by: String,
}

/// A link whose account was merged into another, which it holds from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rekey {
    pub key: String,
    /// The target's id until now.
    pub from: String,
    pub to: String,
}

impl Rekey {
    /// `re-keyed 53 -> 77: merged in arlo`
    #[must_use]
    pub fn words(&self, target: &str) -> String {
        let system = target.split('.').next().unwrap_or(target);
        format!("re-keyed {} -> {}: merged in {system}", self.from, self.to)
    }
}

/// A linked record that is remembered as left without a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub key: String,
    /// It was being out of scope that did it.
    pub by_scope: bool,
}

/// The target's own form of a value that we sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    pub key: String,
    pub attribute: String,
    /// Keyed hash, as [`crate::state::link::Base::held`].
    pub held: u64,
}

/// What both records of a link hold of an attribute that two directions share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    pub key: String,
    /// Hash of the attribute's names on both sides.
    pub attribute: u64,
    pub pair: Pair,
}

/// A value that both sides changed since they agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflicted {
    pub key: String,
    pub attribute: String,
    pub line: Line,
    /// `it is newer here`; none where nothing decides, and it is left as it is on both sides.
    pub why: Option<String>,
}

/// A value that does not settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsettled {
    pub key: String,
    pub attribute: String,
    pub line: Line,
}

/// A value that names a record which has no counterpart yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenReference {
    pub key: String,
    pub attribute: String,
    /// The key of the record that it names.
    pub names: String,
    /// The pipeline that would link it.
    pub pipeline: String,
    pub line: Line,
}

impl OpenReference {
    /// Of a value that the record with this key would write.
    #[must_use]
    pub fn of(key: &str, value: &Written, pending: &Pending) -> Self {
        Self {
            key: key.to_owned(),
            attribute: value.attribute.to_string(),
            names: pending.key.to_string(),
            pipeline: pending.pipeline.to_string(),
            line: (*value.line).clone(),
        }
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
    /// What changed since then was asked for; none: everything was.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Records read besides what has changed, because they were not settled or their day has come.
    #[serde(default)]
    pub again: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetParts {
    pub linked: u64,
    pub candidates: u64,
    pub others: u64,
}

/// One verdict that writes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    pub verdict: Verdict,
    /// Key of the source record, as text.
    pub key: String,
    /// How people name this one; personal.
    pub label: Option<String>,
    /// The target's id; none for one to be created.
    pub target: Option<String>,
    /// Leavers: 1 for entering, k + 1 for `after` number k.
    pub stage: u32,
    pub steps: Vec<Step>,
    /// `contract ended 2026-02-27`
    pub reason: Option<String>,
    pub lines: Vec<Line>,
    /// Links the record with the target record it found, in the same change set.
    pub links_now: bool,
    /// Over kind, stage, key, target, each written attribute with before and after, effects, calls.
    pub hash: String,
    /// What it does to a person besides: `a welcome e-mail`.
    pub effects: Vec<String>,
    /// The day the record would come due again, kept with the link.
    pub due: Option<Date>,
    /// Of a new link: the line of `match` that found it, or `created`.
    pub linked_by: Option<String>,
    /// Of leaves and stages: the stage that comes next.
    pub next: Option<NextStage>,
    /// Of leaves: it was being out of scope that did it.
    pub by_scope: bool,
    /// Keys whose operations must be settled first: a record to be created that this one names ([`Value::Pending`]),
    /// or an account that gives up a unique value. Operations are sorted so that these come before.
    pub after: Vec<String>,
    /// Of attributes that two directions share and that are not written here: what both records hold, by a hash of both names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreed: Vec<(u64, Pair)>,
}

impl Operation {
    /// All values that it writes.
    pub fn written(&self) -> impl Iterator<Item = &Written> + Clone {
        self.steps.iter().flat_map(Step::values)
    }

    /// The lists of values that it writes, to be changed.
    pub fn written_mut(&mut self) -> impl Iterator<Item = &mut Vec<Written>> {
        self.steps.iter_mut().filter_map(|step| match step {
            Step::Create { values } | Step::Update { values } => Some(values),
            Step::Delete | Step::Call { .. } => None,
        })
    }

    /// Whether the account is deleted.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Delete))
    }

    /// Whether a guard on leavers counts it: it closes or deletes an account, or blanks what nobody else may have, wherever it is written.
    #[must_use]
    pub fn leaves(&self, collection: &Collection) -> bool {
        let is_unique = |name: &str| collection.attribute(name).is_some_and(|at| collection.attributes[at].unique);
        let blanks = |written: &Written| written.after.0.is_missing() && !written.before.0.is_missing() && is_unique(&written.attribute);
        match self.verdict {
            Verdict::Leave => true,
            Verdict::Stage => self.deletes(),
            Verdict::Update | Verdict::Return => self.written().any(blanks),
            _ => false,
        }
    }
}

/// The `after D { … }` that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStage {
    /// Days from the day this one is done.
    pub days: i64,
    /// Of what it does.
    pub hash: u64,
}

/// One request of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Create { values: Vec<Written> },
    Update { values: Vec<Written> },
    Delete,
    Call { name: String, once: bool },
}

impl Step {
    /// The attributes it writes.
    #[must_use]
    pub fn values(&self) -> &[Written] {
        match self {
            Self::Create { values } | Self::Update { values } => values,
            Self::Delete | Self::Call { .. } => &[],
        }
    }
}

/// One attribute that is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    pub attribute: Arc<str>,
    pub before: Stored,
    pub after: Stored,
    pub line: Arc<Line>,
    /// Never shown and never saved: a saved change set has no value here and can't be applied from its file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Of an attribute that two directions share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedWrite>,
}

/// What is remembered of a value that two directions share, once it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedWrite {
    /// Hash of the attribute's names on both sides.
    pub pair: u64,
    /// Keyed hash of what the source held.
    pub source: u64,
}

/// A value in a saved change set: told apart by its kind when it is read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stored(#[serde(with = "crate::value::stored")] pub Value);

/// One word per thing, everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Leave,
    Return,
    Create,
    Update,
    /// An event.
    Send,
    /// A further stage of somebody who left.
    Stage,
    Held,
    Rejected,
    Waiting,
    Missing,
    Unread,
    /// An event that was sent before.
    AlreadySent,
    Unchanged,
    /// Left before, nothing to do.
    AlreadyLeft,
    OutOfScope,
}

impl Verdict {
    /// Every verdict, in the order of the ledger.
    pub const ALL: [Self; 15] = [
        Self::Leave,
        Self::Return,
        Self::Create,
        Self::Update,
        Self::Send,
        Self::Stage,
        Self::Held,
        Self::Rejected,
        Self::Waiting,
        Self::Missing,
        Self::Unread,
        Self::AlreadySent,
        Self::Unchanged,
        Self::AlreadyLeft,
        Self::OutOfScope,
    ];

    /// The word of files, pipes and hashes, as serde writes it: `already_left`.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Return => "return",
            Self::Create => "create",
            Self::Update => "update",
            Self::Send => "send",
            Self::Stage => "stage",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Waiting => "waiting",
            Self::Missing => "missing",
            Self::Unread => "unread",
            Self::AlreadySent => "already_sent",
            Self::Unchanged => "unchanged",
            Self::AlreadyLeft => "already_left",
            Self::OutOfScope => "out_of_scope",
        }
    }
}

/// Somebody who is not written, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub verdict: Verdict,
    /// Empty where the record has no readable key; `id 918` stands in `label` then.
    pub key: String,
    pub label: Option<String>,
    pub kind: Reason,
    /// `external_id finds 83021, email finds 90417`
    pub detail: String,
    /// Of rejected: the attribute.
    pub attribute: Option<String>,
    pub lines: Vec<Line>,
    pub target: Option<String>,
}

/// Every record read, in exactly one row. The rows add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    pub read: u64,
    pub counts: BTreeMap<Verdict, u64>,
    /// Out of scope, by reason and line.
    pub out_of_scope: Vec<(String, Line, u64)>,
    /// Linked records that were missing from a complete read; not part of `read`.
    pub missing: u64,
    /// Linked records that were not among those read, by what becomes of them; not part of `read`.
    pub absent: BTreeMap<Verdict, u64>,
}

/// What a guard says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuardReport {
    #[serde(flatten)]
    pub what: Guarded,
    pub count: u64,
    /// Open links at the start of the run.
    pub of: u64,
    /// `at most 10% or 5`
    pub limit: String,
    pub allowed: u64,
    pub within: bool,
    pub line: Option<Line>,
}

/// Who will leave on a known day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Coming {
    pub key: String,
    pub label: Option<String>,
    pub day: Date,
    pub reason: String,
    pub line: Line,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    Done,
    Failed {
        class: ErrorClass,
        message: String,
        attribute: Option<String>,
    },
    /// The target record is no longer as the change set found it.
    Conflict {
        message: String,
    },
    /// Sent, no answer; looked up first thing in the next run.
    Unknown {
        message: String,
    },
    NotAttempted {
        why: String,
    },
}
