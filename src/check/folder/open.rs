//! A folder that is open: its files are read and parsed once, however often they are asked for.

use super::{
    checked::{Checked, CheckedFolder},
    offers::keep_what_helps,
    paths::normalised,
    round::Round,
    source_files::{SourceFile, SourceFiles},
    used_files::UsedFiles,
};
use crate::check::{loader::Loader, patterns::Patterns};
use crate::diagnose::FileId;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A folder with pipelines. Each file is read once until [`Folder::read_again`], and parsed again only where its text differs.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    state: Mutex<State>,
}

/// A pipeline and the file it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineRef {
    pub name: String,
    pub file: PathBuf,
}

/// Checks a file and all that it uses, beside the other files of its folder.
#[must_use]
pub fn check(loader: &dyn Loader, file: &Path) -> Checked {
    Folder::of(file).check(loader, file)
}

/// Checks all files of a folder.
#[must_use]
pub fn folder(loader: &dyn Loader, folder: &Path) -> CheckedFolder {
    Folder::new(folder).check_all(loader)
}

impl Folder {
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let path = normalised(folder);
        Self { state: Mutex::new(State { files: SourceFiles::new(path.clone()), listed: None, patterns: Arc::default() }), path }
    }

    /// The folder of a file.
    #[must_use]
    pub fn of(file: &Path) -> Self {
        Self::new(file.parent().unwrap_or(Path::new("")))
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on every file is read again. A tree is kept for as long as the text is the same.
    pub fn read_again(&self) {
        let mut state = self.state();
        state.files.read_again();
        state.listed = None;
    }

    /// Its `.sync` files, by name.
    #[must_use]
    pub fn files(&self, loader: &dyn Loader) -> Vec<PathBuf> {
        self.state().listed(loader, &self.path)
    }

    /// Checks one file, beside those of the folder that have to do with it.
    #[must_use]
    pub fn check(&self, loader: &dyn Loader, file: &Path) -> Checked {
        let round = self.state().one(loader, &self.path, &normalised(file));
        let mut checked = round.check(loader).swap_remove(0);
        self.try_fixes(loader, &mut checked);
        checked
    }

    /// Checks all files.
    #[must_use]
    pub fn check_all(&self, loader: &dyn Loader) -> CheckedFolder {
        let round = self.state().all(loader, &self.path);
        let mut files = round.check(loader);
        files.iter_mut().for_each(|checked| self.try_fixes(loader, checked));
        CheckedFolder { files, opened: self.opened() }
    }

    /// Offers an edit only if the file is better with it. A file without edits costs nothing.
    fn try_fixes(&self, loader: &dyn Loader, checked: &mut Checked) {
        if checked.diagnostics.iter().all(|one| one.fixes.is_empty()) {
            return;
        }
        let (state, file) = (self.state().clone(), checked.file().to_owned());
        let with = |texts: BTreeMap<FileId, String>| {
            let mut state = state.clone();
            texts.into_iter().for_each(|(file, text)| state.files.replace(loader, file, text));
            state.one(loader, &self.path, &file).check(loader).swap_remove(0)
        };
        keep_what_helps(checked, &with);
    }

    /// Every path that was read or looked for until now, the folder itself among them.
    #[must_use]
    pub fn opened(&self) -> Vec<PathBuf> {
        let mut opened = self.state().files.opened();
        opened.push(self.path.clone());
        opened
    }

    /// All pipelines, by file. A file whose mistakes hide its pipelines counts as one pipeline with the name of the file.
    #[must_use]
    pub fn pipelines(&self, loader: &dyn Loader) -> Vec<PipelineRef> {
        let mut state = self.state();
        let listed = state.listed(loader, &self.path);
        listed.iter().flat_map(|file| state.pipelines_of(loader, file, &listed)).collect()
    }

    /// The pipelines of one file.
    #[must_use]
    pub fn pipelines_of(&self, loader: &dyn Loader, file: &Path) -> Vec<PipelineRef> {
        let mut state = self.state();
        let listed = state.listed(loader, &self.path);
        state.pipelines_of(loader, &normalised(file), &listed)
    }

    /// A pipeline by its name; where a mistake hides it, the file with the mistake.
    #[must_use]
    pub fn find(&self, loader: &dyn Loader, name: &str) -> Option<PipelineRef> {
        let mut state = self.state();
        let found = |file: &SourceFile| PipelineRef { name: name.to_owned(), file: file.path.clone() };
        let files: Vec<_> = state.listed(loader, &self.path).iter().map(|path| state.files.file(loader, path)).collect();
        let declares = |file: &SourceFile| file.mentions(name) && file.pipelines().any(|one| one.name.text == name);
        if let Some(file) = files.iter().find(|file| declares(file)) {
            return Some(found(file));
        }
        drop(state);
        let known = self.pipelines(loader).into_iter().find(|one| one.name == name);
        known.or_else(|| files.iter().find(|file| hides(file, name)).map(|file| found(file)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn counts(&self) -> (usize, usize) {
        self.state().files.counts()
    }
}

/// Whether the mistakes of a file may hide a pipeline of this name.
fn hides(file: &SourceFile, name: &str) -> bool {
    let word = |c: char| !(c.is_alphanumeric() || c == '_');
    let meant = stem(&file.path) == name || file.text().split(word).any(|one| one == name);
    meant && file.is_broken()
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[derive(Clone, Debug)]
struct State {
    files: SourceFiles,
    /// The `.sync` files of the folder.
    listed: Option<Vec<PathBuf>>,
    patterns: Arc<Patterns>,
}

/// What words a file holds where it may name other pipelines.
const NAMING: [&str; 2] = ["counterpart", "after"];

impl State {
    fn listed(&mut self, loader: &dyn Loader, folder: &Path) -> Vec<PathBuf> {
        self.listed.get_or_insert_with(|| loader.files_in(folder).iter().map(|path| normalised(path)).collect()).clone()
    }

    fn pipelines_of(&mut self, loader: &dyn Loader, path: &Path, listed: &[PathBuf]) -> Vec<PipelineRef> {
        let used = UsedFiles::read(&mut self.files, loader, path);
        // What a used file declares is listed with it, where it is listed.
        let own = used.pipelines().filter(|(unit, _)| unit.path == path || !listed.contains(&unit.path));
        let mut names: Vec<_> = own.map(|(_, one)| one.name.text.clone()).collect();
        if names.is_empty() && self.files.file(loader, path).is_broken() {
            names.push(stem(path));
        }
        names.into_iter().map(|name| PipelineRef { name, file: path.to_owned() }).collect()
    }

    fn all(&mut self, loader: &dyn Loader, folder: &Path) -> Round {
        let files: Vec<_> = self.listed(loader, folder).iter().map(|path| UsedFiles::read(&mut self.files, loader, path)).collect();
        let (sources, paths) = self.files.sources();
        Round { asked: files.len(), beside: 0, files, names: Vec::new(), sources, patterns: Arc::clone(&self.patterns), paths }
    }

    /// A file with those that have to do with it: a name in its tree is also in its text, so that most files of a large
    /// folder are only looked through, not parsed.
    fn one(&mut self, loader: &dyn Loader, folder: &Path, path: &Path) -> Round {
        let asked = UsedFiles::read(&mut self.files, loader, path);
        let mut others = self.listed(loader, folder);
        others.retain(|other| asked.units.iter().all(|unit| unit.path != *other));
        if asked.pipelines().next().is_none() {
            others.clear();
        }
        let others: Vec<_> = others.iter().map(|other| self.files.file(loader, other)).collect();
        let (beside, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(|other| concerns(other, &asked));
        let (named, names) = self.named(loader, &asked, &beside, &rest);
        let mut files = vec![asked];
        files.extend(beside.iter().chain(&named).map(|file| UsedFiles::read(&mut self.files, loader, &file.path)));
        let (sources, paths) = self.files.sources();
        Round { files, asked: 1, beside: beside.len(), names, sources, patterns: Arc::clone(&self.patterns), paths }
    }

    /// The other files that declare a pipeline which is named by these, and the names of all, if any may be named.
    fn named(
        &mut self,
        loader: &dyn Loader,
        asked: &UsedFiles,
        beside: &[Arc<SourceFile>],
        rest: &[Arc<SourceFile>],
    ) -> (Vec<Arc<SourceFile>>, Vec<String>) {
        let own: Vec<_> = asked.units.iter().map(|unit| self.files.file(loader, &unit.path)).collect();
        let naming: Vec<_> = own.iter().chain(beside).filter(|file| NAMING.iter().any(|word| file.mentions(word))).collect();
        if naming.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let is_named = |file: &&Arc<SourceFile>| file.pipelines().any(|one| naming.iter().any(|by| by.mentions(&one.name.text)));
        let named = rest.iter().filter(is_named).cloned().collect();
        (named, rest.iter().flat_map(|file| file.pipelines()).map(|one| one.name.text.clone()).collect())
    }
}

/// Whether a file may declare a pipeline of the same name, or one that writes to a collection that these read or write: the other
/// direction writes to the source, and names the target.
fn concerns(other: &SourceFile, asked: &UsedFiles) -> bool {
    asked.pipelines().any(|(_, own)| {
        let target = super::pipeline_index::target_of(own);
        let same = target.is_some_and(|to| other.mentions(&to.system.text) && other.mentions(&to.collection.text));
        same || other.mentions(&own.name.text)
    })
}
