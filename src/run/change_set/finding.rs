//! Reported in addition to the operations: records that are not written, guards that are exceeded, people who leave soon.

use super::{guarded::Guarded, operation::Written, reason::Reason, verdict::Verdict};
use crate::{compile::SourceLine, value::Pending};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// What a person decided about a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub key: String,
    /// `link 83021`, `keep`
    pub choice: String,
    pub by: String,
    pub made: Timestamp,
    pub why: String,
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
    /// The ids of the accounts that it may be, where several are possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// The account of somebody who leaves stays open by it, or may be open: no run ends well then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_open: bool,
}

impl Finding {
    /// Whether its detail says nothing about people: which pipeline holds an account, or how often a record was missing.
    #[must_use]
    pub const fn is_impersonal(&self) -> bool {
        matches!(self.kind, Reason::StillHeld | Reason::Missing)
    }

    /// Of who is missing: `missing for 1 of 2 runs, counted once in 20 h`, `missing, no rule acts on it`.
    #[must_use]
    pub fn missing_words(&self) -> String {
        let between = if self.detail.starts_with("for ") { " " } else { ", " };
        format!("{}{between}{}", self.kind, self.detail)
    }
}

/// The result of a guard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuardReport {
    #[serde(flatten)]
    pub what: Guarded,
    pub count: u64,
    /// What `count` is a share of: the open links at the start of the run or of the guard's window, or the records of an earlier read.
    pub of: u64,
    pub limit: GuardLimit,
    pub allowed: u64,
    pub within: bool,
    pub line: Option<SourceLine>,
}

/// The limit of a guard; its words are `at most 10% or 5`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardLimit {
    AtMost {
        percent: Option<Decimal>,
        number: Option<u64>,
    },
    /// A share of the records of an earlier read.
    AtLeast {
        percent: Decimal,
        of: u64,
    },
    /// A person has to approve whatever the guard counts.
    Approval,
}

impl GuardLimit {
    /// Whether it is a share, so that what is counted is shown as a part of a whole.
    #[must_use]
    pub const fn is_share(&self) -> bool {
        matches!(self, Self::AtMost { percent: Some(_), .. } | Self::AtLeast { .. })
    }

    /// `10% or 5`: the limit without the words before it.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::AtMost { percent: Some(percent), number: Some(number) } => format!("{}% or {number}", percent.normalize()),
            Self::AtMost { percent: Some(percent), number: None } => format!("{}%", percent.normalize()),
            Self::AtMost { percent: None, number } => number.unwrap_or_default().to_string(),
            Self::AtLeast { percent, of } => format!("{}% of {of}", percent.normalize()),
            Self::Approval => "approved by a person".to_owned(),
        }
    }
}

impl fmt::Display for GuardLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::AtMost { .. } => "at most ",
            Self::AtLeast { .. } => "at least ",
            Self::Approval => "",
        };
        write!(f, "{words}{}", self.value())
    }
}

/// When a person will leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComingWhen {
    OnDay,
    /// This run links the account, and the next one closes it.
    NextRun,
}

/// A person who will leave on a known day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Coming {
    pub key: String,
    pub label: Option<String>,
    pub day: Date,
    pub when: ComingWhen,
    pub reason: String,
    pub line: SourceLine,
}

impl Coming {
    /// Why the person leaves, and when if that is not the day: `contract ended 2026-02-27: leaves in the next run`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.when {
            ComingWhen::OnDay => self.reason.clone(),
            ComingWhen::NextRun => format!("{}: leaves in the next run", self.reason),
        }
    }
}
