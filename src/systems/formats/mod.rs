//! Bodies that are not JSON, as JSON and back.

pub mod lists;
pub mod xml;
