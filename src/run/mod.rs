//! A run: read, extract, judge, match, compare, guard, apply, report.

pub mod apply;
pub mod changes;
pub mod compare;
pub mod digest;
pub mod extract;
pub mod guard;
pub mod judge;
pub mod leave;
pub mod lists;
pub mod look;
pub mod match_up;
pub mod person;
pub mod publish;
pub mod recall;
pub mod relate;
pub mod saved;
pub mod shared;
pub mod since;
pub mod suggest;
pub mod survey;
pub mod unfinished;

#[cfg(test)]
mod tests;
