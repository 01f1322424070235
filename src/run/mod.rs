//! A run: read, extract, judge, match, compare, guard, apply, report.

pub mod changes;
