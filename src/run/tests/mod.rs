//! The house that the scenarios live in, and the scenarios.

pub(crate) mod house;
mod model;
mod properties;
mod saved;
mod scale;
mod scenarios;
