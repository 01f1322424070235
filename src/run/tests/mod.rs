//! The fixture that the scenarios live in, and the scenarios.

#![expect(clippy::disallowed_methods, reason = "the measurement reads the clock and the memory of its process")]

mod cells;
mod claims;
mod decisions;
mod doubts;
pub(crate) mod fixture;
mod forms;
mod given_up;
mod keys;
mod merges;
mod model;
mod open_only;
mod partial;
mod properties;
mod references;
mod relate;
mod rows;
mod same_key;
mod saved;
mod scale;
pub(crate) mod scenarios;
mod undecodable;
mod unreadable;
mod weak;
