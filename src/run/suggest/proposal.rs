//! A suggestion for one target attribute.

use crate::value::Value;

/// One line for `map`, or none.
#[derive(Debug)]
pub struct Suggestion {
    /// The target attribute, by its index.
    pub target: usize,
    /// None: nothing fits.
    pub proposal: Option<Proposal>,
    /// Pairs in which the target holds a value.
    pub of: usize,
    /// The best that anything reached, where nothing fits.
    pub most: usize,
}

/// The value to write after `=`, and the evidence for it.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub value: Proposed,
    /// Pairs in which both sides hold the same.
    pub equal: usize,
    /// Pairs in which both sides hold something.
    pub both: usize,
    /// The last function and how many would agree without it.
    pub without: Option<(&'static str, usize)>,
    pub same_name: bool,
    /// Enough values agree, and nothing else does as well.
    pub sure: bool,
    /// Other values that fit as well.
    pub rivals: Vec<From>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// An attribute of the source, by its index.
    Attribute(usize),
    /// A field of the pipeline, by its index.
    Field(usize),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Proposed {
    /// A value, through a table or through functions; as text where the types differ.
    Value { from: From, table: Option<String>, functions: &'static [&'static str], as_text: bool },
    /// Nearly all accounts hold the same value.
    Constant(Value),
}
