//! Suggests lines of `map` by comparing values. Pure.
//!
//! In: pairs of records that belong together, every readable attribute of both sides. Out: for each target attribute that no line
//! of `map` writes yet, the source attribute that holds the same, and how sure that is.

mod candidates;
mod names;
mod pairs;
mod proposal;
mod weigh;

pub use names::Names;
pub use pairs::{Pairs, RowPair, pair};
pub use proposal::{From, Proposal, Proposed, Suggestion};

use crate::{
    check::model::Table,
    compile::{ExecutionPlan, system::Direction},
};

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

/// Suggests a line for each open attribute; a value may be looked up in one of the `tables`.
#[must_use]
pub fn suggest(plan: &ExecutionPlan, tables: &[Table], pairs: &Pairs) -> Vec<Suggestion> {
    let names = Names::of([&plan.source.system.name, &plan.target.system.name]);
    let candidates = candidates::all(plan, tables, pairs);
    let weighing = |target| weigh::Weighing { pairs, names: &names, candidates: &candidates, target };
    open_attributes(plan).into_iter().map(|target| weighing(target).suggestion()).collect()
}
