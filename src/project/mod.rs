//! A folder with pipelines and one environment of it: configuration, secrets, what its systems told of their attributes.

#![expect(clippy::disallowed_methods, reason = "the files of a project are read and written here, and its secrets fetched")]

pub mod config;
pub mod config_edit;
pub mod discovery_cache;
pub mod files;
pub mod folder;
pub mod secrets;
pub mod unknown_keys;
