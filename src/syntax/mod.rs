//! Text to tree, and tree back to text.
//!
//! In: the text of one `.sync` file. Out: a [`tree::File`] and diagnostics; or the same text in its one layout. Pure.
//! No other module sees pest.

pub mod format;
pub mod parse;
pub mod tree;

pub use format::format;
pub use parse::parse;
