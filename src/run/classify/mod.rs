//! What each record is, before anything is decided: its link, its leaver condition, its scope and its matches.
//!
//! [`classification`] is the result. [`records`] makes it out of [`keys`], [`source_state`], [`matching`], [`link_state`],
//! [`absent`] and [`shared_accounts`]; [`wanted`] names the look-ups that it lacks. [`table`] is the decision table that turns
//! the states of a record and of its link into a decision.

pub(crate) mod absent;
pub(crate) mod classification;
mod decided;
pub(crate) mod events;
pub(crate) mod given_up;
pub(crate) mod keys;
pub mod leavers;
pub(crate) mod link_state;
pub mod matching;
pub(crate) mod records;
pub(crate) mod references;
pub(crate) mod shared_accounts;
pub(crate) mod source_state;
pub mod table;
pub mod wanted;
