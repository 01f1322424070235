//! What each record is, before anything is decided: its link, its leaver condition, its scope and its matches.
//!
//! [`classification`] goes over everybody; [`table`] is the decision table that turns the four answers into a verdict.

pub(crate) mod classification;
pub mod leavers;
pub mod matching;
pub mod record_scope;
pub(crate) mod references;
pub mod table;
