//! Calls that read: lists, look-ups, single records, and the attributes that a system reports.

pub(crate) mod discovery;
pub(crate) mod list;
pub(crate) mod marks;
pub(crate) mod pages;
pub(crate) mod shown;
