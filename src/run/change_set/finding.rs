//! Reported in addition to the operations: records that are not written, guards that are exceeded, people who leave soon.

use super::{guarded::Guarded, operation::Written, reason::Reason, verdict::Verdict};
use crate::{compile::SourceLine, value::Pending};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A value that both sides changed since they agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflicted {
    pub key: String,
    pub attribute: String,
    pub line: SourceLine,
    /// `it is newer here`; `None` where no rule decides, so that both sides keep their values.
    pub why: Option<String>,
}

/// A value that the target does not keep as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsettled {
    pub key: String,
    pub attribute: String,
    pub line: SourceLine,
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
    pub line: SourceLine,
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

/// A record that is not written, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub verdict: Verdict,
    /// Empty where the record has no readable key; `label` is `id 918` then.
    pub key: String,
    pub label: Option<String>,
    pub kind: Reason,
    /// `external_id finds 83021, email finds 90417`
    pub detail: String,
    /// Of rejected: the attribute.
    pub attribute: Option<String>,
    pub lines: Vec<SourceLine>,
    pub target: Option<String>,
}

/// The result of a guard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuardReport {
    #[serde(flatten)]
    pub what: Guarded,
    pub count: u64,
    /// What `count` is a share of: the open links at the start of the run or of the guard's window, or the records of an earlier read.
    pub of: u64,
    /// `at most 10% or 5`
    pub limit: String,
    pub allowed: u64,
    pub within: bool,
    pub line: Option<SourceLine>,
}

/// A person who will leave on a known day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Coming {
    pub key: String,
    pub label: Option<String>,
    pub day: Date,
    pub reason: String,
    pub line: SourceLine,
}
