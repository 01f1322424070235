//! A folder, checked once: its files, the pipelines in them, and what these mean for each other.
//!
//! The way through it: [`open`] holds the files of a folder and finds pipelines by name; [`source_files`] reads and parses each file
//! once; [`used_files`] follows `use` from one file; [`declarations`] checks the systems, tables ([`tables`]) and settings that files
//! share; [`pipeline_index`] knows all pipelines by name; [`round`] checks the pipelines and holds them beside each other
//! ([`pipeline_context`], [`disjoint_scopes`], [`directions`]); [`checked`] is what comes of it; [`offers`] tries the edits.

pub(crate) mod checked;
mod declarations;
mod directions;
mod disjoint_scopes;
mod offers;
pub(crate) mod open;
mod ownership;
pub(crate) mod paths;
mod pipeline_context;
mod pipeline_index;
mod reach;
mod round;
mod source_files;
mod tables;
#[cfg(test)]
mod tests;
mod used_files;
