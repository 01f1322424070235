//! A run: read, extract, judge, match, compare, guard, apply, report.

pub mod changes;
pub mod digest;
pub mod extract;
pub mod guard;
pub mod judge;
pub mod person;
