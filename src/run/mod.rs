//! One run of a pipeline, from the pages read to the outcomes of what was written.
//!
//! Each module uses only those before it: [`change_set`] has the types of the result; [`read`] takes values from pages; [`classify`]
//! finds the state of each record; [`plan`] decides what to write; [`apply`] carries it out. [`input`] is what a plan depends on,
//! [`record_scope`] gives an expression the values of one record, and [`run_state`] stores what the next run needs.

pub mod apply;
pub mod change_set;
pub mod classify;
pub mod input;
pub mod plan;
pub mod proofs;
pub mod read;
pub mod record_scope;
pub mod run_state;
pub mod suggest;

#[cfg(test)]
pub(crate) mod tests;
