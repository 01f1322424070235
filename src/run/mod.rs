//! One run of a pipeline, from the pages read to the outcomes of what was written.
//!
//! Each room uses only those before it: [`change_set`] is what all speak of; [`read`] takes values from pages; [`classify`]
//! says what each record is; [`plan`] decides what to write; [`apply`] carries it out. [`input`] is what a run judges by,
//! [`record_scope`] where an expression finds the values of one record, [`run_state`] what one run leaves to the next.

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
mod tests;
