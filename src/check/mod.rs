//! Tree to checked pipelines: names are looked up, types and optional values followed, everything that can be wrong is said at once.
//!
//! In: a [`Loader`] and the file to begin with. Out: a [`Project`] and diagnostics. Pure but for the loader.

pub mod model;

pub use model::Project;

use crate::diagnose::{Diagnostic, Sources};
use std::path::{Path, PathBuf};

/// Where the text of a file comes from: the disk, or a map in a test.
pub trait Loader {
    /// The text of a file; an error is one sentence that says what is wrong with it: not there, not UTF-8, unreadable.
    ///
    /// # Errors
    /// A [`LoadError`].
    fn load(&self, path: &Path) -> Result<String, LoadError>;
}

/// Why a file can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    NotFound,
    /// The offset of the first byte that is not UTF-8.
    NotUtf8(usize),
    /// What the system said.
    Unreadable(String),
}

/// A file with all that it uses, checked.
#[derive(Debug)]
pub struct Checked {
    pub sources: Sources,
    /// Every file that was read or looked for, itself first: what a watcher watches.
    pub files: Vec<PathBuf>,
    pub diagnostics: Vec<Diagnostic>,
    /// The pipelines that are free of errors, by name: ready to be compiled. Empty where any error stands.
    pub project: Option<Project>,
}

/// Checks a file and all that it uses.
#[must_use]
pub fn check(_loader: &dyn Loader, _file: &Path) -> Checked {
    todo!()
}
