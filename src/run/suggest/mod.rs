//! Suggests lines of `map` by comparing values. Pure.
//!
//! In: pairs of records that belong together, every readable attribute of both sides. Out: for each target attribute that no line
//! of `map` writes yet, the source attribute that holds the same, and how sure that is.

mod candidates;
mod names;
mod pairs;
mod weigh;

pub use names::Names;
pub use pairs::{Pairs, pair};

use crate::{
    check::model::Table,
    compile::{
        ExecutionPlan, Side,
        system::{Attribute, Direction},
    },
    value::{Value, trie::Row},
};

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

/// What to write after `=`, and why.
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
    /// What fits as well.
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

/// The attributes that a suggestion is wanted for: written, not an opening or closing one, in no line of `map`.
#[must_use]
pub fn open_attributes(plan: &ExecutionPlan) -> Vec<usize> {
    let attributes = plan.target.collection().attributes.iter().enumerate();
    let written = |at: usize| plan.map.iter().any(|mapping| mapping.attribute == at);
    let open = attributes.filter(|(at, attribute)| {
        attribute.direction == Direction::Both && attribute.access.is_none() && !attribute.secret && !written(*at)
    });
    open.map(|(at, _)| at).collect()
}

/// What goes where; `tables` are those that a value may be looked up in.
#[must_use]
pub fn suggest(plan: &ExecutionPlan, tables: &[Table], pairs: &Pairs) -> Vec<Suggestion> {
    let names = Names::of([&plan.source.system.name, &plan.target.system.name]);
    let candidates = candidates::all(plan, tables, pairs);
    let weighing = |target| weigh::Weighing { pairs, names: &names, candidates: &candidates, target };
    open_attributes(plan).into_iter().map(|target| weighing(target).suggestion()).collect()
}

/// A side that reads every attribute there is.
fn everything(side: &Side) -> Side {
    let attributes = side.collection().attributes.iter().enumerate().filter(|(_, attribute)| attribute.direction != Direction::WriteOnly);
    let slot = |(at, attribute): (usize, &Attribute)| crate::compile::Slot {
        origin: crate::compile::Origin::Record,
        attribute: Some(at),
        name: attribute.name.clone(),
        path: attribute.path.clone(),
        codec: crate::value::format::Codec { required: false, ..attribute.codec.clone() },
        span: attribute.span,
    };
    Side::new(std::sync::Arc::clone(&side.system), side.collection, side.alias.clone(), attributes.map(slot).collect(), side.span)
}

/// A record of each side that belong together.
pub type RowPair = (Row, Row);
