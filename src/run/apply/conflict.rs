//! Why an operation conflicts with the account as it is now. Nothing is overwritten.

use crate::state::StateError;
use thiserror::Error;

/// What an operation conflicts with.
#[derive(Clone, Debug, Error)]
pub(crate) enum AccountConflict {
    #[error("the account is missing")]
    Missing,
    #[error("the account can't be read")]
    Unreadable,
    #[error("the account was changed by somebody else meanwhile")]
    Changed,
    /// One attribute was changed.
    #[error("`{0}` was changed by somebody else meanwhile")]
    AttributeChanged(String),
    /// Other pipelines have an open link to it by now.
    #[error("the account is still held by {0}")]
    StillHeld(String),
    #[error("the account was merged into another")]
    Merged,
    #[error("{from} was merged into {to}, which is linked to {key}")]
    MergedIntoLinked { from: String, to: String, key: String },
    /// A `protect` line covers the account: its reason.
    #[error("protected by now: {0}")]
    Protected(String),
    #[error("exists: {found} of {target} has the same values, which nobody had when it was planned")]
    AppearedSince { found: String, target: String },
    #[error("exists: {id} of {target} has the same values")]
    Exists { id: String, target: String },
    #[error("exists: {id} of {target} has the same values and is linked to {key}")]
    ExistsLinked { id: String, target: String, key: String },
    #[error("several of {target} have the same values: {ids}")]
    Several { ids: String, target: String },
    /// The target's words for a value that is not unique.
    #[error("refused as not unique ({said})")]
    NotUnique { said: String },
    #[error("refused as not unique ({said}), and no account with the same values is found")]
    NotUniqueNotFound { said: String },
    #[error("refused as not unique ({said}), and nothing is found that has the same values")]
    EventNotFound { said: String },
    #[error("answered with another record: {said}")]
    AnsweredWithAnother { said: String },
    /// The links could not be asked.
    #[error(transparent)]
    State(#[from] StateError),
}

impl AccountConflict {
    /// Whether the target has refused a create for good: the same request would be refused again.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Exists { .. }
                | Self::ExistsLinked { .. }
                | Self::Several { .. }
                | Self::NotUnique { .. }
                | Self::NotUniqueNotFound { .. }
                | Self::AnsweredWithAnother { .. }
        )
    }
}
