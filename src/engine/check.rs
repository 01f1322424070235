//! Checks files, and makes the edits that have only one meaning.

use super::Workspace;
use crate::{
    check::{self, Checked},
    diagnose::edit,
    project::ProjectError,
};
use std::path::PathBuf;

/// The files to check.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Every file of the folder.
    Folder,
    /// Pipelines by name or file.
    Named(&'a [String]),
}

/// Files that were checked, each with all files that it uses.
#[derive(Debug)]
pub struct Checks {
    pub all: Vec<Checked>,
    /// Edits that were made before.
    pub fixed: usize,
    /// The files of systems, which no pipeline uses: there is none in the folder.
    pub systems_alone: usize,
}

/// Upper bound on rounds of edits: an edit may make another one possible.
const ROUNDS: usize = 10;

impl Workspace {
    /// Checks files. Paths are relative to the working directory, so that editors and annotations find the files. Systems are asked when
    /// a pipeline is planned or run, not here, so attributes that were never discovered are no errors.
    ///
    /// # Errors
    /// No such file or pipeline.
    pub fn check(&self, scope: Scope<'_>) -> Result<Checks, ProjectError> {
        self.checked(scope, &self.files_of(scope)?, 0)
    }

    /// Makes the edits that have only one meaning, in rounds while there are any, and checks the files again.
    ///
    /// # Errors
    /// No such file or pipeline, or a file can't be written.
    pub fn fix(&self, scope: Scope<'_>) -> Result<Checks, ProjectError> {
        let files = self.files_of(scope)?;
        let mut fixed = 0;
        for _ in 0..ROUNDS {
            let made = self.fix_once(&files)?;
            fixed += made;
            if made == 0 {
                break;
            }
        }
        self.checked(scope, &files, fixed)
    }

    fn checked(&self, scope: Scope<'_>, files: &[PathBuf], fixed: usize) -> Result<Checks, ProjectError> {
        let named = matches!(scope, Scope::Named(_)) || self.project.pipeline_files()?.is_empty();
        let all: Vec<_> = match named {
            true => files.iter().map(|file| self.check_file(file)).collect(),
            false => self.project.check_all()?.files.into_iter().map(from_here).collect(),
        };
        let alone = matches!(scope, Scope::Folder) && self.project.pipelines()?.is_empty() && all.iter().all(|one| one.project.is_some());
        Ok(Checks { systems_alone: if alone { files.len() } else { 0 }, all, fixed })
    }

    fn fix_once(&self, files: &[PathBuf]) -> Result<usize, ProjectError> {
        let mut made = 0;
        for file in files {
            let checked = self.check_file(file);
            let (texts, edits) = edit::apply_fixes(&checked.diagnostics, &checked.sources);
            texts.iter().try_for_each(|(id, text)| self.project.write(&checked.sources.file(*id).path, text))?;
            made += edits;
        }
        Ok(made)
    }

    fn files_of(&self, scope: Scope<'_>) -> Result<Vec<PathBuf>, ProjectError> {
        let names = match scope {
            Scope::Named(names) => names,
            Scope::Folder => {
                let mut files = self.project.pipeline_files()?;
                if files.is_empty() {
                    files = self.project.system_files();
                }
                return if files.is_empty() { Err(ProjectError::NoPipeline(self.project.folder.clone())) } else { Ok(files) };
            }
        };
        let file = |asked: &String| match self.project.as_file(asked) {
            Some(file) => Ok(file),
            None => self.project.choose(Some(asked)).map(|found| found.file),
        };
        names.iter().map(file).collect()
    }

    fn check_file(&self, file: &std::path::Path) -> Checked {
        from_here(self.project.check(file))
    }
}

fn from_here(checked: Checked) -> Checked {
    let mut checked = checked.named_from_here();
    checked.diagnostics.retain(|one| one.code != check::UNASKED);
    checked
}
