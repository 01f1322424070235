//! Compares the wanted values with the account, attribute by attribute. Pure.
//!
//! [`values`] goes through the lines of [`map`] and fills a [`difference`]. [`lists`] decides about the items of a list, and
//! [`shared`] and [`merge`] about attributes that two directions write.

pub mod difference;
mod identity;
pub mod lists;
pub mod map;
pub mod merge;
pub(crate) mod shared;
pub(crate) mod values;

pub use difference::Difference;
pub use map::{Map, WriteRefusal};
pub(in crate::run::plan) use values::TRIES;
