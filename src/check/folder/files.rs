//! The files that a pipeline uses, itself first.

use crate::check::{LoadError, Loader, report::Report};
use crate::{
    diagnose::{Diagnostic, FileId, Sources, Span},
    syntax::{
        parse,
        tree::{self, Ident, Item, Words},
    },
};
use std::path::{Component, Path, PathBuf};

/// A file with its tree.
#[derive(Debug)]
pub(crate) struct Unit {
    pub file: FileId,
    pub tree: tree::File,
    /// As the loader is asked for it.
    pub path: PathBuf,
    /// The name it is used by.
    alias: Option<String>,
}

/// The files of one check, and where each stands.
pub(crate) struct Files<'a> {
    pub loader: &'a dyn Loader,
    report: &'a Report,
    pub sources: Sources,
    /// Every file that was read or looked for.
    pub looked_for: Vec<PathBuf>,
    pub units: Vec<Unit>,
    /// The path of each of the sources, as the loader is asked for it.
    pub paths: Vec<PathBuf>,
    /// Whether a file that is used could not be read: what it declares is then not called missing.
    pub unread: bool,
    /// Files being read: who is in it and is used again uses itself.
    open: Vec<PathBuf>,
}

impl<'a> Files<'a> {
    pub fn new(loader: &'a dyn Loader, report: &'a Report) -> Self {
        Self {
            loader,
            report,
            sources: Sources::default(),
            looked_for: Vec::new(),
            units: Vec::new(),
            paths: Vec::new(),
            unread: false,
            open: Vec::new(),
        }
    }

    /// Reads a file and all that it uses. Used files are named from the name that is shown for it.
    pub fn read(&mut self, path: &Path, shown: &Path) {
        let shown = normalised(shown);
        self.looked_for.push(path.to_owned());
        match self.loader.load(path) {
            Ok(text) => self.add(path, shown, text, None),
            Err(error) => {
                let start = Span { file: self.sources.add(shown.clone(), ""), start: 0, end: 0 };
                self.report.say(refusal(&error, &shown.display().to_string(), start));
            }
        }
    }

    /// The text of a file beside a unit, such as a table: as the loader has it, or a diagnostic at its name.
    pub fn text_beside(&mut self, file: FileId, name: &Words) -> Option<String> {
        let unit = self.units.iter().find(|unit| unit.file == file)?;
        let path = normalised(&unit.path.parent().unwrap_or(Path::new("")).join(&name.text));
        self.note(&path);
        self.loader.load(&path).map_err(|error| self.report.say(refusal(&error, &name.text, name.span))).ok()
    }

    fn note(&mut self, path: &Path) {
        if !self.looked_for.iter().any(|known| known == path) {
            self.looked_for.push(path.to_owned());
        }
    }

    fn add(&mut self, path: &Path, shown: PathBuf, text: String, alias: Option<&Ident>) {
        let file = self.source(path, &shown, text);
        let (tree, mistakes) = parse(file, &self.sources.file(file).text.clone());
        mistakes.into_iter().for_each(|mistake| self.report.say(mistake));
        let uses: Vec<_> = tree.items.iter().filter_map(|item| if let Item::Use(one) = item { Some(one.clone()) } else { None }).collect();
        self.open.push(path.to_owned());
        self.push(Unit { file, tree, path: path.to_owned(), alias: None }, alias);
        for one in &uses {
            self.used(path, &shown, one);
        }
        self.open.pop();
    }

    /// A file that a neighbour uses too is one source.
    fn source(&mut self, path: &Path, shown: &Path, text: String) -> FileId {
        match self.paths.iter().position(|known| known == path) {
            Some(known) => FileId(u32::try_from(known).unwrap_or(u32::MAX)),
            None => {
                self.paths.push(path.to_owned());
                self.sources.add(shown, text)
            }
        }
    }

    /// Takes a file in, its system under the name it is used by.
    fn push(&mut self, mut unit: Unit, alias: Option<&Ident>) {
        if let Some(alias) = alias {
            self.rename(&mut unit, alias);
        }
        self.units.push(unit);
    }

    fn rename(&self, unit: &mut Unit, alias: &Ident) {
        let mut systems: Vec<_> =
            unit.tree.items.iter_mut().filter_map(|item| if let Item::System(system) = item { Some(system) } else { None }).collect();
        match &mut systems[..] {
            [one] => one.name.text.clone_from(&alias.text),
            _ => self.report.error_help(
                "E0705",
                alias.span,
                format!("`as {}` names a system, and the file declares {}", alias.text, systems.len()),
                "leave `as` out, or use a file that declares one system",
            ),
        }
        unit.alias = Some(alias.text.clone());
    }

    fn used(&mut self, from: &Path, from_shown: &Path, one: &tree::Use) {
        let path = beside(from, &one.file.text);
        let shown = beside(from_shown, &one.file.text);
        if self.open.contains(&path) {
            return self.circle(one);
        }
        let alias = one.alias.as_ref().map(|alias| alias.text.clone());
        if self.units.iter().any(|unit| unit.path == path && unit.alias == alias) {
            return;
        }
        if let Some(known) = self.units.iter().find(|unit| unit.path == path) {
            let again = Unit { file: known.file, tree: systems_alone(&known.tree), path, alias: None };
            return self.push_again(again, one.alias.as_ref());
        }
        self.note(&path);
        match self.loader.load(&path) {
            Ok(text) => self.add(&path, shown, text, one.alias.as_ref()),
            Err(error) => {
                self.unread = true;
                self.report.say(refusal(&error, &one.file.text, one.file.span));
            }
        }
    }

    /// A file used a second time under another name gives another system; all else it declares stands already.
    fn push_again(&mut self, unit: Unit, alias: Option<&Ident>) {
        if alias.is_some() {
            self.push(unit, alias);
        }
    }

    fn circle(&self, one: &tree::Use) {
        let message = if self.open.len() == 1 { "a file can't use itself".to_owned() } else { self.circle_words() };
        self.report.error_help("E0704", one.file.span, message, "take this `use` out, or move what both need to a file of its own");
    }

    fn circle_words(&self) -> String {
        let names = self.open.iter().filter_map(|path| path.file_name()).map(|name| format!("`{}`", name.display()));
        format!("this file is being read already: {} use each other", names.collect::<Vec<_>>().join(" and "))
    }
}

fn systems_alone(tree: &tree::File) -> tree::File {
    tree::File { items: tree.items.iter().filter(|item| matches!(item, Item::System(_))).cloned().collect() }
}

/// The name that is shown for a file in the folder of another.
pub(crate) fn beside_file(shown: &Path, path: &Path) -> PathBuf {
    shown.with_file_name(path.file_name().unwrap_or_default())
}

fn beside(file: &Path, name: &str) -> PathBuf {
    normalised(&file.parent().unwrap_or(Path::new("")).join(name))
}

/// Without `.` and, where it can be told without a disk, without `..`.
fn normalised(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn refusal(error: &LoadError, name: &str, span: Span) -> Diagnostic {
    match error {
        LoadError::NotFound => Diagnostic::error("E0701", span, format!("there is no file `{name}`"))
            .help("the path counts from the folder of the file that uses it"),
        LoadError::NotUtf8(at) => {
            Diagnostic::error("E0702", span, format!("`{name}` is not UTF-8 text: byte {at} is none of it")).help("save the file as UTF-8")
        }
        LoadError::Unreadable(why) => {
            Diagnostic::error("E0703", span, format!("`{name}` can't be read: {why}")).help("see to it that the file can be read")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_without_a_disk() {
        for (from, name, expected) in [
            ("a/b.sync", "c.sync", "a/c.sync"),
            ("a/b.sync", "../c.sync", "c.sync"),
            ("b.sync", "../c.sync", "../c.sync"),
            ("../b.sync", "../c.sync", "../../c.sync"),
            ("b.sync", "./x/./c.sync", "x/c.sync"),
        ] {
            assert_eq!(beside(Path::new(from), name), Path::new(expected), "{name} beside {from}");
        }
    }
}
