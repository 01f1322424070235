//! A run: read, extract, judge, match, compare, guard, apply, report.

pub mod changes;
pub mod guard;
pub mod judge;
