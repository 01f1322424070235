//! What a check gives: diagnostics, and what the files mean.

use super::{
    paths::normalised,
    reach::{Errors, sound_pipelines},
    used_files::UsedFiles,
};
use crate::check::{model::Project, report::Finished};
use crate::diagnose::{Diagnostic, Sources, codes::Trait};
use std::{
    collections::BTreeSet,
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
    /// All that is declared, ready to be compiled; none if there is any error. See [`Checked::project_of`] for one pipeline.
    pub project: Option<Arc<Project>>,
    declared: Arc<Project>,
    /// The pipelines that no error stops.
    sound: BTreeSet<String>,
    /// Those that are only stopped by errors which the answers of their systems may resolve.
    sound_unasked: BTreeSet<String>,
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
    pub(super) fn new(sources: &Sources, used: &UsedFiles, finished: Finished, declared: Project) -> Self {
        let sound_but = |excused: Option<Trait>| {
            let errors = finished.all.iter().filter(|one| one.is_error() && !excused.is_some_and(|excused| one.has(excused)));
            let errors: Vec<_> = errors.map(Errors::Said).chain(finished.unsaid.iter().copied().map(Errors::Unsaid)).collect();
            if finished.is_cut_short { BTreeSet::new() } else { sound_pipelines(used, &errors, &declared) }
        };
        let (sound, sound_unasked) = (sound_but(None), sound_but(Some(Trait::Undiscovered)));
        let (files, diagnostics) = (used.looked_for.clone(), finished.all);
        let mut checked =
            Self { sources: sources.clone(), files, diagnostics, project: None, declared: Arc::new(declared), sound, sound_unasked };
        checked.project = checked.without_errors_but(None);
        checked
    }

    /// Takes in what was found beyond the files themselves. An error in a system stops every pipeline, as one that a check finds.
    pub(crate) fn add(&mut self, found: Vec<Diagnostic>) {
        if found.iter().any(Diagnostic::is_error) {
            self.project = None;
            self.sound.clear();
            self.sound_unasked.clear();
        }
        self.diagnostics.extend(found);
        let (files, sources) = (&self.files, &self.sources);
        let rank = |one: &Diagnostic| files.iter().position(|file| *file == sources.file(one.span.file).path);
        self.diagnostics.sort_by_cached_key(|one| (rank(one), one.span.start, one.span.end));
    }

    /// All that is declared, whether or not there are errors: to show it, not to compile it.
    #[must_use]
    pub fn declared(&self) -> &Project {
        &self.declared
    }

    /// What is declared, to compile one pipeline of it: an error in another pipeline of the file does not stop it, unless the two
    /// depend on each other.
    #[must_use]
    pub fn project_of(&self, pipeline: &str) -> Option<Arc<Project>> {
        self.project.clone().or_else(|| self.sound.contains(pipeline).then(|| Arc::clone(&self.declared)))
    }

    /// What is declared, for a pipeline whose `map` is still to be written: it can be compiled although no line gives what a new
    /// record needs. Never to be run.
    #[must_use]
    pub fn unfinished(&self) -> Option<Arc<Project>> {
        self.without_errors_but(Some(Trait::UnfinishedMap))
    }

    /// What is declared, for a file that may name attributes which its systems were never asked for: enough to connect to them and
    /// ask. Never to be run.
    #[must_use]
    pub fn unasked(&self) -> Option<Arc<Project>> {
        self.without_errors_but(Some(Trait::Undiscovered))
    }

    /// The same for one pipeline, as in [`Checked::project_of`].
    #[must_use]
    pub fn unasked_of(&self, pipeline: &str) -> Option<Arc<Project>> {
        self.unasked().or_else(|| self.sound_unasked.contains(pipeline).then(|| Arc::clone(&self.declared)))
    }

    /// What is declared, if there are no other errors than these.
    fn without_errors_but(&self, excused: Option<Trait>) -> Option<Arc<Project>> {
        let stops = |one: &Diagnostic| one.is_error() && !excused.is_some_and(|excused| one.has(excused));
        (!self.diagnostics.iter().any(stops)).then(|| Arc::clone(&self.declared))
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
