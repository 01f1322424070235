//! The verdict on a record: one word per thing, everywhere.

use serde::{Deserialize, Serialize};

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
    /// A later stage of a leave.
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
