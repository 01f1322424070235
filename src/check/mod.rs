//! From tree to checked pipelines: resolves names, follows types and optional values, and reports all mistakes at once.
//!
//! In: a [`Loader`] and a folder, or a file of it. Out: [`Checked`]: diagnostics, and a [`Project`] where there is no error. Pure but
//! for the loader.
//!
//! The way through it: [`folder`] begins a check and knows the files; [`environment`] is what may be named; `pipeline` and [`system`]
//! check what is declared, `types` their expressions; [`model`] is what they make of it.

pub(crate) mod environment;
pub mod folder;
mod loader;
pub mod model;
mod names;
mod patterns;
mod pipeline;
mod report;
pub(crate) mod schedule;
mod suggest;
mod syntax_errors;
pub(crate) mod system;
#[cfg(test)]
mod tests;
mod types;
mod unknown;

pub use folder::{
    checked::{Checked, CheckedFolder},
    open::{Folder, PipelineRef, check, folder},
};
pub use loader::{DiscoveredAttribute, LoadError, Loader};
pub use model::Project;
pub(crate) use names::{UNASKED, why_no_regex};
pub(crate) use suggest::{closest, list as list_words};
#[cfg(test)]
pub(crate) use types::CALL_NAMES;
pub(crate) use types::fits;
