//! Text to tree, and tree back to text.
//!
//! In: the text of one `.sync` file. Out: a [`tree::File`] and diagnostics; or the same text in its one layout. Pure.
//! No other module sees pest.

mod blocks;
mod braces;
pub mod catalogue;
mod comments;
mod explain;
mod faults;
pub mod format;
mod grammar;
mod lower;
pub mod parse;
mod prepared;
mod scan;
pub mod tree;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use comments::keeps_comments;
pub use format::format;
pub(crate) use parse::MOST as MOST_MISTAKES;
pub use parse::parse;
pub(crate) use words::{day_meant, help_for_day};
