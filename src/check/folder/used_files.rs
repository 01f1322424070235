//! A file with all that it uses, itself first.

use super::{
    paths::beside,
    source_files::{SourceFile, SourceFiles},
};
use crate::check::{
    loader::{LoadError, Loader},
    report::Report,
};
use crate::{
    diagnose::{Diagnostic, FileId, Span},
    syntax::tree::{self, Ident, Item, TableBody, Words},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file with its tree, under the name it is used by.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub file: FileId,
    pub tree: Arc<tree::File>,
    /// As the loader is asked for it.
    pub path: PathBuf,
    alias: Option<String>,
    /// Whether it is the second use of a file, which gives its systems under another name and nothing else.
    again: bool,
}

/// What distinguishes the declarations of one unit from those of another: its file, the alias, whether only its systems count.
pub(crate) type UnitKey = (FileId, Option<String>, bool);

/// The texts of the files that tables are kept in, by the name they are used by.
pub(crate) type TableTexts = HashMap<(FileId, String), Option<Arc<str>>>;

/// A file with all that it uses.
#[derive(Debug, Default)]
pub(crate) struct UsedFiles {
    pub units: Vec<Unit>,
    pub texts: TableTexts,
    /// Every file that was read or looked for, itself first.
    pub looked_for: Vec<PathBuf>,
    /// Whether a used file could not be read. Names are then not reported as unknown, because that file may declare them.
    pub unread: bool,
    /// What is wrong with reading and parsing them.
    pub mistakes: Vec<Diagnostic>,
}

impl Unit {
    pub fn key(&self) -> UnitKey {
        (self.file, self.alias.clone(), self.again)
    }

    /// Whether anything in it but pipelines, their tests and what it uses matters to the pipelines of other files.
    pub fn declares(&self) -> bool {
        let declares = |item: &Item| matches!(item, Item::System(_) | Item::Extend(_) | Item::Setting(_) | Item::Table(_));
        self.tree.items.iter().any(declares)
    }
}

impl UsedFiles {
    /// Reads a file and all that it uses.
    pub fn read(files: &mut SourceFiles, loader: &dyn Loader, path: &Path) -> Self {
        let mut reading = Reading { files, loader, report: Report::default(), used: Self::default(), open: Vec::new() };
        reading.first(path);
        reading.tables();
        let Reading { report, used, .. } = reading;
        Self { mistakes: report.into_said().all, ..used }
    }

    /// The ids of the files, in the order in which they are used.
    pub fn ids(&self) -> Vec<FileId> {
        self.units.iter().map(|unit| unit.file).collect()
    }

    /// The places of the items of the files.
    pub fn items(&self) -> Vec<Span> {
        self.units.iter().flat_map(|unit| unit.tree.items.iter().map(Item::span)).collect()
    }

    /// The pipelines, with the unit that each is in.
    pub fn pipelines(&self) -> impl Iterator<Item = (&Unit, &tree::Pipeline)> {
        let all = self.units.iter().flat_map(|unit| unit.tree.items.iter().map(move |item| (unit, item)));
        all.filter_map(|(unit, item)| if let Item::Pipeline(one) = item { Some((unit, one)) } else { None })
    }
}

/// Files on their way to being read.
struct Reading<'a> {
    files: &'a mut SourceFiles,
    loader: &'a dyn Loader,
    report: Report,
    used: UsedFiles,
    /// Files being read: what is among them and is used again uses itself.
    open: Vec<Arc<SourceFile>>,
}

impl Reading<'_> {
    fn first(&mut self, path: &Path) {
        self.note(path);
        let file = self.files.file(self.loader, path);
        if let Err(error) = &file.text {
            let start = Span { file: file.id, start: 0, end: 0 };
            let shown = path.file_name().map_or(path, Path::new);
            self.report.say(refusal(error, &shown.display().to_string(), start));
        }
        self.add(file, None);
    }

    fn note(&mut self, path: &Path) {
        if !self.used.looked_for.iter().any(|known| known == path) {
            self.used.looked_for.push(path.to_owned());
        }
    }

    fn add(&mut self, file: Arc<SourceFile>, alias: Option<&Ident>) {
        let parsed = file.parsed();
        self.report.say_all(&parsed.mistakes);
        let uses: Vec<_> =
            parsed.tree.items.iter().filter_map(|item| if let Item::Use(one) = item { Some(one.clone()) } else { None }).collect();
        let unit = Unit { file: file.id, tree: Arc::clone(&parsed.tree), path: file.path.clone(), alias: None, again: false };
        self.used.unread |= parsed.tree.items.iter().any(|item| matches!(item, Item::Broken(one) if may_use(one, file.text())));
        self.push(unit, alias);
        self.open.push(Arc::clone(&file));
        for one in &uses {
            self.used(&file.path, one);
        }
        self.open.pop();
    }

    /// Takes a file in, its system under the name it is used by.
    fn push(&mut self, mut unit: Unit, alias: Option<&Ident>) {
        if let Some(alias) = alias {
            self.rename(&mut unit, alias);
        }
        self.used.units.push(unit);
    }

    fn rename(&self, unit: &mut Unit, alias: &Ident) {
        let tree = Arc::make_mut(&mut unit.tree);
        let mut systems: Vec<_> =
            tree.items.iter_mut().filter_map(|item| if let Item::System(system) = item { Some(system) } else { None }).collect();
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

    fn used(&mut self, from: &Path, one: &tree::Use) {
        let path = beside(from, &one.file.text);
        if self.open.iter().any(|open| open.path == path) {
            return self.circle(one);
        }
        let alias = one.alias.as_ref().map(|alias| &alias.text);
        if self.used.units.iter().any(|unit| unit.path == path && unit.alias.as_ref() == alias) {
            return;
        }
        if let Some(known) = self.used.units.iter().find(|unit| unit.path == path) {
            let tree = Arc::new(systems_alone(&known.tree));
            return self.again(Unit { file: known.file, tree, path, alias: None, again: true }, one.alias.as_ref());
        }
        self.note(&path);
        let file = self.files.file(self.loader, &path);
        self.take(file, &path, one);
    }

    /// Takes in a file that is used for the first time, or says why not.
    fn take(&mut self, file: Arc<SourceFile>, path: &Path, one: &tree::Use) {
        match &file.text {
            Ok(_) if self.open.iter().any(|open| open.identity == file.identity) => self.circle(one),
            // A file of another kind is not parsed, because a message would quote what is in it.
            Ok(_) if path.extension().is_none_or(|extension| extension != "sync") => {
                self.used.unread = true;
                let message = format!("`{}` is not a file of the language", one.file.text);
                self.report.error_help(
                    "E0711",
                    one.file.span,
                    message,
                    "`use` takes files whose names end in `.sync`; records belong in the file of a collection",
                );
            }
            Ok(_) => self.add(file, one.alias.as_ref()),
            Err(error) => {
                self.used.unread = true;
                // A name that was not understood to its end is another name.
                if !self.report.has_error_in(one.span) {
                    self.report.say(refusal(error, &one.file.text, one.file.span));
                }
            }
        }
    }

    /// A file used a second time under another name gives another system; all else it declares is there already.
    fn again(&mut self, unit: Unit, alias: Option<&Ident>) {
        if alias.is_some() {
            self.push(unit, alias);
        }
    }

    fn circle(&self, one: &tree::Use) {
        let message = if self.open.len() == 1 { "a file can't use itself".to_owned() } else { self.circle_words() };
        self.report.error_help("E0704", one.file.span, message, "take this `use` out, or move what both need to a file of its own");
    }

    fn circle_words(&self) -> String {
        let names = self.open.iter().filter_map(|file| file.path.file_name()).map(|name| format!("`{}`", name.display()));
        format!("this file is being read already: {} use each other", names.collect::<Vec<_>>().join(" and "))
    }

    /// Reads the files that tables are kept in.
    fn tables(&mut self) {
        let items = self.used.units.iter().flat_map(|unit| unit.tree.items.iter().map(move |item| (unit, item)));
        let wanted: Vec<(FileId, PathBuf, Words)> = items
            .filter_map(|(unit, item)| match item {
                Item::Table(tree::Table { body: TableBody::File { file, .. }, .. }) => {
                    Some((unit.file, beside(&unit.path, &file.text), file.clone()))
                }
                _ => None,
            })
            .collect();
        for (file, path, name) in wanted {
            self.note(&path);
            let text = self.files.text(self.loader, &path);
            let text = text.map_err(|error| self.report.say(refusal(&error, &name.text, name.span))).ok();
            self.used.texts.insert((file, name.text), text);
        }
    }
}

/// Whether a line that was not understood may use a file.
fn may_use(broken: &tree::Broken, text: &str) -> bool {
    broken.word == "use" || text[broken.span.start as usize..broken.span.end as usize].contains(".sync")
}

fn systems_alone(tree: &tree::File) -> tree::File {
    tree::File { items: tree.items.iter().filter(|item| matches!(item, Item::System(_))).cloned().collect() }
}

fn refusal(error: &LoadError, name: &str, span: Span) -> Diagnostic {
    match error {
        LoadError::NotFound => Diagnostic::error("E0701", span, format!("there is no file `{name}`"))
            .help("the path counts from the folder of the file that uses it"),
        LoadError::NotUtf8(at) => {
            Diagnostic::error("E0702", span, format!("`{name}` is not UTF-8 text: byte {at} is invalid")).help("save the file as UTF-8")
        }
        LoadError::TooLarge => Diagnostic::error("E0703", span, format!("`{name}` can't be read: it has more than 4 MB"))
            .help("divide it into several files; records belong in the file of a collection, which may be larger"),
        LoadError::NotAdmitted(why) => Diagnostic::error("E0710", span, format!("`{name}` {why}")).help(why.help()),
        LoadError::Unreadable(why) => Diagnostic::error("E0703", span, format!("`{name}` can't be read: {why}"))
            .help("put a file in its place that your account may read"),
    }
}
