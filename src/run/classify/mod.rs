//! What each record is, before anything is decided: its link, its leaver condition, its scope and its matches.
//!
//! [`classification`] goes over everybody; [`table`] is the decision table that turns the four answers into a verdict.

pub(crate) mod classification;
pub(crate) mod events;
pub mod leavers;
pub mod matching;
pub(crate) mod references;
pub mod table;
