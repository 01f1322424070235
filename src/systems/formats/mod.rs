//! Bodies that are not plain JSON, as JSON and back.

pub mod error;
pub mod json_api;
pub mod lists;
pub mod members;
pub mod rows;
pub mod xml;
