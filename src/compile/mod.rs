//! The execution plan: a compiled pipeline. Immutable, hashed, swapped as a whole.
//!
//! In: a checked pipeline and the values of its settings. Out: an [`ExecutionPlan`]. Pure.

pub(crate) mod alone;
pub(crate) mod connections;
pub(crate) mod dynamic_attributes;
mod evaluate;
mod identity;
mod layout;
mod lower;
mod made_up;
mod pace;
pub mod pipeline;
mod plan;
pub mod program;
pub(crate) mod row_sources;
mod settings;
mod slots;
pub mod system;
#[cfg(test)]
pub mod texts;

pub use crate::check::model::{Live, words::*};
pub use plan::*;
