//! The files of a folder and what they use: each read once per check, and parsed once per content.

use super::paths::shown_from;
use crate::{
    check::loader::{LoadError, Loader},
    diagnose::{Diagnostic, FileId, Sources},
    syntax::{parse, tree},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// A text as it was read.
pub(crate) type Text = Result<Arc<str>, LoadError>;

/// A file of the language as it was read.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub id: FileId,
    /// As the loader is asked for it.
    pub path: PathBuf,
    /// What the loader calls it: the same for all paths that lead to it.
    pub identity: PathBuf,
    pub text: Text,
    parsed: OnceLock<Parsed>,
}

/// The tree of a file, as much of it as could be understood, and what could not.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub tree: Arc<tree::File>,
    pub mistakes: Vec<Diagnostic>,
}

impl SourceFile {
    /// The tree, made when it is asked for the first time: most files of a folder have nothing to do with the one that is checked.
    pub fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| {
            let (tree, mistakes) = parse(self.id, self.text());
            Parsed { tree: Arc::new(tree), mistakes }
        })
    }

    /// The text; empty where it can't be read.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Whether its text has a word, at the least: what a tree names is also in the text.
    pub fn mentions(&self, word: &str) -> bool {
        self.text().contains(word)
    }

    /// Whether it can't be read, or not all of it is understood.
    pub fn is_broken(&self) -> bool {
        self.text.is_err() || !self.parsed().mistakes.is_empty()
    }

    pub fn pipelines(&self) -> impl Iterator<Item = &tree::Pipeline> {
        self.parsed().tree.items.iter().filter_map(|item| if let tree::Item::Pipeline(one) = item { Some(one) } else { None })
    }
}

/// All files that were read, from now or from a check before.
#[derive(Clone, Debug)]
pub(crate) struct SourceFiles {
    /// Files are shown as they are named from here.
    folder: PathBuf,
    files: Vec<Arc<SourceFile>>,
    by_path: HashMap<PathBuf, FileId>,
    /// The texts that were read in this check, tables too.
    read: HashMap<PathBuf, Text>,
    sources: Sources,
}

impl SourceFiles {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, files: Vec::new(), by_path: HashMap::new(), read: HashMap::new(), sources: Sources::default() }
    }

    /// From now on every file is read again; what has the text that it had keeps its tree.
    pub fn read_again(&mut self) {
        self.read.clear();
    }

    /// The text of any file.
    pub fn text(&mut self, loader: &dyn Loader, path: &Path) -> Text {
        if let Some(read) = self.read.get(path) {
            return read.clone();
        }
        let text: Text = loader.load(path).map(Arc::from);
        self.read.insert(path.to_owned(), text.clone());
        text
    }

    /// Another text for a file that was read before.
    pub fn replace(&mut self, loader: &dyn Loader, file: FileId, text: String) {
        let path = self.files[file.0 as usize].path.clone();
        let text: Text = Ok(Arc::from(text));
        self.sources.replace(file, text.clone().unwrap_or_default());
        self.read.insert(path.clone(), text.clone());
        self.files[file.0 as usize] = Arc::new(source_file(file, loader, &path, text));
    }

    /// A file of the language.
    pub fn file(&mut self, loader: &dyn Loader, path: &Path) -> Arc<SourceFile> {
        let is_read = self.read.contains_key(path);
        let known = self.by_path.get(path).copied();
        if let Some(known) = known.filter(|_| is_read) {
            return Arc::clone(&self.files[known.0 as usize]);
        }
        let text = self.text(loader, path);
        match known {
            Some(known) if self.files[known.0 as usize].text == text => Arc::clone(&self.files[known.0 as usize]),
            Some(known) => {
                self.sources.replace(known, text.clone().unwrap_or_default());
                self.files[known.0 as usize] = Arc::new(source_file(known, loader, path, text));
                Arc::clone(&self.files[known.0 as usize])
            }
            None => self.add(loader, path, text),
        }
    }

    fn add(&mut self, loader: &dyn Loader, path: &Path, text: Text) -> Arc<SourceFile> {
        let id = self.sources.add(shown_from(&self.folder, path), text.clone().unwrap_or_default());
        let file = Arc::new(source_file(id, loader, path, text));
        self.by_path.insert(path.to_owned(), id);
        self.files.push(Arc::clone(&file));
        file
    }

    /// All texts as they are now, with the path of each.
    pub fn sources(&self) -> (Sources, Arc<[PathBuf]>) {
        (self.sources.clone(), self.files.iter().map(|file| file.path.clone()).collect())
    }

    /// Every path that was asked for since the files were last read again.
    pub fn opened(&self) -> Vec<PathBuf> {
        let mut all: Vec<_> = self.read.keys().cloned().collect();
        all.sort();
        all
    }

    /// How many files were read since they were last read again, and how many of all have a tree.
    #[cfg(test)]
    pub fn counts(&self) -> (usize, usize) {
        (self.read.len(), self.files.iter().filter(|file| file.parsed.get().is_some()).count())
    }
}

fn source_file(id: FileId, loader: &dyn Loader, path: &Path, text: Text) -> SourceFile {
    SourceFile { id, path: path.to_owned(), identity: loader.identity(path), text, parsed: OnceLock::new() }
}
