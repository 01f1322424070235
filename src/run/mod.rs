//! One run of a pipeline, from the pages read to the outcomes of what was written.
//!
//! [`read`] takes values from pages; [`classify`] says what each record is; [`plan`] decides what to write and makes the
//! [`change_set`]; [`apply`] carries it out. [`run_state`] is what one run leaves to the next.

pub mod apply;
pub mod change_set;
pub mod classify;
pub mod input;
pub mod plan;
pub mod read;
pub mod run_state;
pub mod suggest;

#[cfg(test)]
mod tests;
