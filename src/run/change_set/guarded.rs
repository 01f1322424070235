//! What a guard counts.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a guard counts. Attributes are named and not indexed, because a saved change set is read without its execution plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Guarded {
    /// Over this many hours, or else in this run.
    Leavers {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over_hours: Option<i64>,
    },
    EveryLeaver,
    EveryRun,
    Creates,
    Updates,
    Returns,
    Rekeys,
    UpdatesOf {
        attribute: String,
    },
    ClearsOf {
        attribute: String,
    },
    RemovedFrom {
        attribute: String,
    },
    Rejected,
    Source,
    /// Linked people who are not in the read, or out of scope, since the last applied run.
    Unseen,
}

impl Guarded {
    /// Leavers of this run.
    pub const LEAVERS: Self = Self::Leavers { over_hours: None };

    /// Whether it counts leavers, so that `hold leavers` holds only them.
    #[must_use]
    pub const fn counts_leavers(&self) -> bool {
        matches!(self, Self::Leavers { .. } | Self::EveryLeaver)
    }
}

impl Guarded {
    /// As a question goes on after "how many".
    #[must_use]
    pub fn asked(&self) -> String {
        match self {
            Self::Leavers { .. } | Self::EveryLeaver => "will leave".to_owned(),
            Self::EveryRun => "will be written".to_owned(),
            Self::Creates => "will be created".to_owned(),
            Self::Updates => "will be updated".to_owned(),
            Self::Returns => "will return".to_owned(),
            Self::Rekeys => "will be linked under another key".to_owned(),
            Self::UpdatesOf { attribute } => format!("will get another {attribute}"),
            Self::ClearsOf { attribute } => format!("will lose their {attribute}"),
            Self::RemovedFrom { attribute } => format!("values will be removed from {attribute}"),
            Self::Rejected => "were rejected".to_owned(),
            Self::Source => "were read from the source".to_owned(),
            Self::Unseen => "of the linked are no longer read, or out of scope".to_owned(),
        }
    }
}

/// `how many will leave, and how many will be created`
#[must_use]
pub fn questions(all: &[Guarded]) -> String {
    all.iter().map(|what| format!("how many {}", what.asked())).collect::<Vec<_>>().join(", and ")
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leavers { over_hours: None } => f.pad("leavers"),
            Self::Leavers { over_hours: Some(24) } => f.pad("leavers over 1 day"),
            Self::Leavers { over_hours: Some(hours) } if hours % 24 == 0 => f.pad(&format!("leavers over {} days", hours / 24)),
            Self::Leavers { over_hours: Some(hours) } => f.pad(&format!("leavers over {hours} h")),
            Self::EveryLeaver => f.pad("every leaver"),
            Self::EveryRun => f.pad("every run"),
            Self::Creates => f.pad("creates"),
            Self::Updates => f.pad("updates"),
            Self::Returns => f.pad("returns"),
            Self::Rekeys => f.pad("rekeys"),
            Self::UpdatesOf { attribute } => f.pad(&format!("updates of {attribute}")),
            Self::ClearsOf { attribute } => f.pad(&format!("clears of {attribute}")),
            Self::RemovedFrom { attribute } => f.pad(&format!("values removed from {attribute}")),
            Self::Rejected => f.pad("rejected"),
            Self::Source => f.pad("source"),
            Self::Unseen => f.pad("no longer read or in scope"),
        }
    }
}
