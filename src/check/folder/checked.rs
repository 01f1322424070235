//! What a check gives: diagnostics, and what the files mean.

use super::paths::normalised;
use crate::check::{model::Project, names::UNASKED};
use crate::diagnose::{Diagnostic, Sources};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file with all that it uses, checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Named from the folder of the file.
    pub sources: Sources,
    /// Every file that was read or looked for, itself first.
    pub files: Vec<PathBuf>,
    pub diagnostics: Vec<Diagnostic>,
    /// The pipelines that are free of errors, ready to be compiled. None where any error stands.
    pub project: Option<Arc<Project>>,
    declared: Arc<Project>,
}

/// All files of a folder, checked.
#[derive(Clone, Debug)]
pub struct CheckedFolder {
    /// By name.
    pub files: Vec<Checked>,
    /// Every path that was read or looked for, the folder itself among them: what a watcher watches.
    pub opened: Vec<PathBuf>,
}

impl Checked {
    pub(super) fn new(sources: &Sources, files: Vec<PathBuf>, diagnostics: Vec<Diagnostic>, declared: Project) -> Self {
        let mut checked = Self { sources: sources.clone(), files, diagnostics, project: None, declared: Arc::new(declared) };
        checked.project = checked.but(&[]);
        checked
    }

    /// What is declared, for a pipeline whose `map` is still to be written: what a new record needs and no line gives is said, and
    /// the pipeline can be compiled all the same. Never to be run.
    #[must_use]
    pub fn unfinished(&self) -> Option<Arc<Project>> {
        self.but(&["E0312", "E0414", "E0420"])
    }

    /// What is declared, for a file that may name attributes which its systems were never asked for: enough to connect to them and
    /// ask. Never to be run.
    #[must_use]
    pub fn unasked(&self) -> Option<Arc<Project>> {
        self.but(&["E0203", UNASKED, "E0312", "E0414"])
    }

    /// What is declared, where nothing but these errors stands.
    fn but(&self, excused: &[&str]) -> Option<Arc<Project>> {
        let sound = !self.diagnostics.iter().any(|one| one.is_error() && !excused.contains(&one.code));
        sound.then(|| Arc::clone(&self.declared))
    }

    /// The file itself.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.files.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// The same with all files named from where the command was given, so that editors and annotations find them.
    #[must_use]
    pub fn named_from_here(mut self) -> Self {
        let folder = self.file().parent().unwrap_or(Path::new("")).to_path_buf();
        self.sources = self.sources.renamed(|path| normalised(&folder.join(path)));
        self
    }
}

impl CheckedFolder {
    /// One of its files.
    #[must_use]
    pub fn file(&self, path: &Path) -> Option<&Checked> {
        self.files.iter().find(|one| one.file() == path)
    }
}
