//! The whole judgement of a run: two tables, the links and a clock in, one change set out. Pure.
//!
//! ```text
//! rows --key, link, leaver, scope, match--> sheet --decide, compare--> drafts --claims, unique values, references--> operations --guard--> change set
//! ```

pub(crate) mod absence;
pub(crate) mod conflicts;
pub(crate) mod cursor;
pub(crate) mod decide;
pub mod guard;
pub mod lookups;
pub(crate) mod operations;
pub mod pending;
pub(crate) mod summary;

use super::{change_set::ChangeSet, classify::classification::Sheet, input::Input};

pub use crate::run::classify::classification::Wanted;

/// What has to be looked up before [`survey`] can judge everybody; empty when nothing has.
#[must_use]
pub fn wanted(input: &Input<'_>) -> Wanted {
    if input.is_broken() {
        return Wanted::default();
    }
    Sheet::judge(input).wanted()
}

/// Judges everybody.
#[must_use]
pub fn survey(input: &Input<'_>) -> ChangeSet {
    let mut sheet = Sheet::judge(input);
    let (rows, findings) = sheet.settled();
    decide::Desk::settle(&sheet, rows, findings).change_set()
}
