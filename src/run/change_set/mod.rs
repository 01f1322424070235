//! The change set: what one run would do. Reviewed, saved, applied.
//!
//! [`ChangeSet`] has a [`Head`], operations, findings, a [`Ledger`], and what the state remembers ([`StateUpdates`]). `hash` seals it,
//! `file` saves it and reads it back.

pub mod file;
mod finding;
mod guarded;
pub mod hash;
pub mod ledger;
mod operation;
pub mod permit;
mod reason;
mod set;
mod updates;
mod verdict;

pub use self::{
    finding::{Coming, ComingWhen, Conflicted, Decided, Finding, GuardLimit, GuardReport, OpenReference, Unsettled},
    guarded::{Guarded, questions},
    ledger::{Ledger, OutOfScope, ScopeRule},
    operation::{NextStage, Operation, Outcome, SharedWrite, Step, Stored, Whose, Written},
    reason::Reason,
    set::{ChangeSet, Head, Listed, ReadReport, TargetParts},
    updates::{Agreement, Identity, Left, NewLink, NextRead, Observed, ReadAgain, Rekey, StateUpdates},
    verdict::Verdict,
};
pub(crate) use operation::{CALLED_TO_CLOSE, DELETED, call_of_effect, effect_of_call};
pub(crate) use reason::WOULD_CLOSE;
