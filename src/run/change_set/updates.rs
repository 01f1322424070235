//! Updates of the state by a change set, in addition to the outcomes of its operations.

use super::operation::NextStage;
use crate::state::{agreed::Pair, claims::Claim, link::Absence, missing::MissingAccounts, read_files::ReadFiles};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// What the state stores when the change set is applied, in addition to the outcomes of its operations.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StateUpdates {
    /// New links of this run that write nothing by themselves.
    pub links: Vec<NewLink>,
    /// Links that move to another account because the system merged the old one into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rekeys: Vec<Rekey>,
    /// Keys whose link ends without a write, because the account no longer exists.
    pub retired: Vec<String>,
    /// Keys whose link is given up, because `on lost counterpart unlink` says so: they are matched again as if they had never been linked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlinked: Vec<String>,
    /// People who left and whose account is already as the leave would make it. They are remembered as left.
    #[serde(default)]
    pub left: Vec<Left>,
    /// Keys of people who left by what an earlier run has sent, and whose account this read is the first to show closed or gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// People who left while another pipeline holds the account: nothing is done to it, and this pipeline holds it no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub let_go: Vec<Left>,
    /// Keys of people of whom that was so, and who are there again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_back: Vec<String>,
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
    /// Values that the target has after an earlier write whose response did not contain them.
    pub observed: Vec<Observed>,
    /// What accounts have of all that tells people apart, where nothing was written to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
    /// Of records that are not written: what both hold of the attributes that two directions share.
    #[serde(default)]
    pub agreed: Vec<Agreement>,
    /// Records that claim an account which is linked to another record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Accounts that are missing, if others are than were: other pipelines refer to these people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingAccounts>,
    /// Keys of decisions that no question is left for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<String>,
    /// How many of the source's records had a value at each path; the next run compares.
    pub present: Vec<(String, u64)>,
    /// The files that were read, of collections that are the newest of several files.
    #[serde(default, skip_serializing_if = "ReadFiles::is_empty")]
    pub files: ReadFiles,
}

impl StateUpdates {
    /// Whether they link nobody, and show nobody who left.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        self.links.is_empty() && self.rekeys.is_empty() && self.shown.is_empty()
    }
}

impl StateUpdates {
    /// Whether it only updates notes: no link is made, moved or ended, and no record becomes left or seen.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.links.is_empty()
            && self.rekeys.is_empty()
            && self.retired.is_empty()
            && self.unlinked.is_empty()
            && self.left.is_empty()
            && self.let_go.is_empty()
            && self.taken_back.is_empty()
            && self.seen.is_empty()
    }
}

impl StateUpdates {
    /// Leaves out what an apply that was killed has stored already, before its first request: stored again, it would undo what followed.
    /// The reads of an incremental pipeline do not move either, so that what was begun and failed is read again.
    pub fn are_made(&mut self) {
        let Self { links, rekeys, retired, unlinked, left, let_go, taken_back, seen, next_read, .. } = self;
        links.clear();
        rekeys.clear();
        retired.clear();
        unlinked.clear();
        left.clear();
        let_go.clear();
        taken_back.clear();
        seen.clear();
        *next_read = None;
    }
}

/// How the reads of an incremental pipeline continue once this change set is applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRead {
    /// Only records changed since then were requested; `None`: all records.
    pub since: Option<Timestamp>,
    /// Where the next read begins.
    pub next: Timestamp,
    /// Records that this change set leaves unfinished: held, waiting, rejected, unread, or without a reference.
    pub unsettled: Vec<ReadAgain>,
    /// Records that are written: unfinished if the write fails.
    pub written: Vec<ReadAgain>,
    /// The source keys of records that could not be read again.
    pub unasked: Vec<String>,
    /// The next read is of everything, whatever was asked for this time.
    #[serde(default)]
    pub everything: bool,
    /// The id of the mark that the next read begins with; the mark itself is in the state.
    #[serde(default)]
    pub mark: Option<String>,
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
    /// The stage that comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStage>,
}

/// The target's own form of a value that we sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    pub key: String,
    pub attribute: String,
    /// Keyed hash, as [`crate::state::link::Base::held`].
    pub held: u64,
}

/// What an account has of all that tells people apart, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub key: String,
    pub target: String,
    /// Keyed hashes, of names and of values.
    pub seen: Vec<(u64, u64)>,
}

/// The values on both sides of an attribute that two directions share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    pub key: String,
    /// Hash of the attribute's names on both sides.
    pub attribute: u64,
    pub pair: Pair,
}
