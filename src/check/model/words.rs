//! Choices that a pipeline makes by a word: the same in both forms.

pub use crate::syntax::tree::{Conflict, OnLost};

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mode {
    CreateAndUpdate,
    Create,
    Update,
    Append,
}

impl Mode {
    /// A mode by its words, as a setting chooses it.
    pub(crate) fn of_words(words: &str) -> Option<Self> {
        Some(match words {
            "create and update" => Self::CreateAndUpdate,
            "create" => Self::Create,
            "update" => Self::Update,
            _ => return None,
        })
    }

    /// Whether a record without a counterpart gets one.
    #[must_use]
    pub const fn creates(self) -> bool {
        !matches!(self, Self::Update)
    }

    /// Whether a counterpart is changed.
    #[must_use]
    pub const fn updates(self) -> bool {
        matches!(self, Self::CreateAndUpdate | Self::Update)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum On {
    Both,
    Create,
    Update,
}

/// What happens when the value is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Missing {
    /// It can't be.
    Never,
    /// `keep when missing`
    Keep,
    /// `clear when missing`
    Clear,
    /// `keep when absent`, else cleared
    KeepAbsent,
    /// `clear when absent`, else kept
    ClearAbsent,
}

impl Missing {
    /// Whether a missing value empties what the target holds.
    #[must_use]
    pub const fn clears(self) -> bool {
        matches!(self, Self::Clear | Self::KeepAbsent | Self::ClearAbsent)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ListOwnership {
    /// By value: what we did not add we do not remove.
    Owned,
    Exactly,
    OnlyAdd,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Guarded {
    Leavers,
    Creates,
    Updates,
    Returns,
    Rekeys,
    Clears,
    Failures,
    /// `updates of ATTR`: a target attribute.
    UpdatesOf(usize),
    /// `source at least P% of last run`
    Source,
    /// `approve every run`
    EveryRun,
    /// `approve leavers`
    EveryLeaver,
}

/// `on conflict newest then this`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OnConflict {
    pub first: Conflict,
    /// Of `newest`, where the times do not decide.
    pub then: Option<Conflict>,
}
