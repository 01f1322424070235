//! The pest parser and what is said about its rules; no other room sees pest.

/// The parser of `grammar/sync.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/sync.pest"]
pub(super) struct Grammar;

/// A node of the parse.
pub(super) type Pair<'t> = pest::iterators::Pair<'t, Rule>;
