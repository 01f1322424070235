//! Planning: two tables, the links and a clock in, one change set out. Pure.
//!
//! ```text
//! rows --key, link, leaver, scope, match--> classification --decide, compare--> drafts --claims, unique values, references--> operations --guard--> change set
//! ```

pub(crate) mod absence;
pub mod compare;
pub(crate) mod conflicts;
pub(crate) mod cursor;
pub(crate) mod decide;
mod decided;
pub(crate) mod doubts;
pub(crate) mod draft;
pub mod guard;
pub mod lookups;
pub(crate) mod operations;
pub mod pending;
pub(crate) mod planner;
pub(crate) mod summary;

use super::{
    change_set::ChangeSet,
    classify::{classification::Classification, table::LinkState},
    input::Input,
};
use planner::Planner;

pub use crate::run::classify::wanted::Wanted;

/// The look-ups that [`plan_changes`] needs before it can decide on every record; empty if there are none.
#[must_use]
pub fn wanted(input: &Input<'_>) -> Wanted {
    Classification::of(input).wanted()
}

/// Classifies all records, and plans the changes.
#[must_use]
pub fn plan_changes(input: &Input<'_>) -> ChangeSet {
    decide(Classification::of(input))
}

/// Plans the changes for records that are classified: a second time if accounts give up values that kept others waiting, so that these
/// take them in the same run.
pub(crate) fn decide(mut classification: Classification<'_>) -> ChangeSet {
    let (rows, findings) = classification.take_verdicts();
    let contested = classification.entries.iter().any(|entry| entry.link == LinkState::Contested);
    let again = contested.then(|| (rows.clone(), findings.clone()));
    let planner = Planner::decide_all(&classification, rows, findings);
    let freed = if contested { planner.freed() } else { Vec::new() };
    match again.filter(|_| !freed.is_empty()) {
        None => planner.change_set(),
        Some((rows, findings)) => {
            drop(planner);
            classification.free(freed);
            Planner::decide_all(&classification, rows, findings).change_set()
        }
    }
}
