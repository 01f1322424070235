//! Tree to checked pipelines: names are looked up, types and optional values followed, everything that can be wrong is said at once.
//!
//! In: a [`Loader`] and the file to begin with. Out: a [`Project`] and diagnostics. Pure but for the loader.

pub(crate) mod environment;
pub mod folder;
pub mod model;
mod names;
mod pipeline;
mod report;
mod suggest;
pub(crate) mod system;
#[cfg(test)]
mod tests;
mod types;

pub use model::Project;

use crate::{
    diagnose::{Diagnostic, Sources},
    syntax::tree::{self, Item, SystemItem},
};
pub(crate) use names::{UNASKED, why_no_regex};
pub(crate) use suggest::{closest, list as list_words};
pub(crate) use system::paths::root;
pub(crate) use types::fits;

use environment::Environment;
use folder::files::{Files, Unit};
use folder::pipeline_context::PipelineContext;
use folder::sibling_files::{Neighbours, pipelines_of};
use folder::tables::{self, TableTexts};
use model::pipeline::{Mode, Pipeline};
use pipeline::test_blocks::Tested;
use report::Report;
use std::path::{Path, PathBuf};
use types::Place;

/// Where the text of a file comes from: the disk, or a map in a test.
pub trait Loader {
    /// The text of a file; an error is one sentence that says what is wrong with it: not there, not UTF-8, unreadable.
    ///
    /// # Errors
    /// A [`LoadError`].
    fn load(&self, path: &Path) -> Result<String, LoadError>;

    /// The other `.sync` files in the folder of a file: a pipeline may name one of theirs, and must not write what they write.
    fn neighbours(&self, _file: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// When a system was last asked for the attributes of a collection or of one of its parts; none if it never was, or nobody knows.
    fn asked(&self, _system: &str, _collection: &str, _part: Option<&str>) -> Option<jiff::Timestamp> {
        None
    }

    /// The attributes that a system told of a collection or of one of its parts when it was last asked; none if it never was.
    fn discovered(&self, _system: &str, _collection: &str, _part: Option<&str>) -> Option<Vec<Told>> {
        None
    }
}

/// An attribute that a system told.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Told {
    pub name: String,
    /// The type as the declaration translates it: one of its `types`, by its name at the system.
    pub ty: String,
    /// Where it stands in the part, or in the record where it is of the collection itself.
    pub path: String,
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

/// Checks a file and all that it uses; both are named from its folder.
#[must_use]
pub fn check(loader: &dyn Loader, file: &Path) -> Checked {
    check_as(loader, file, file.file_name().map_or(file, Path::new))
}

/// The same where the files are named from elsewhere: `shown` is the name of the file itself.
#[must_use]
pub fn check_as(loader: &dyn Loader, file: &Path, shown: &Path) -> Checked {
    check_but(loader, file, shown, &[])
}

/// The same for a pipeline whose `map` is still to be written: what a new record needs and no line gives is said, and
/// the pipeline can be compiled all the same. Never to be run.
#[must_use]
pub fn check_unfinished(loader: &dyn Loader, file: &Path) -> Checked {
    check_but(loader, file, file.file_name().map_or(file, Path::new), &["E0312", "E0414", "E0420"])
}

/// The same for a file that may name attributes which its systems were never asked for: as far as those systems can be opened, to ask.
/// Never to be run.
#[must_use]
pub fn check_unasked(loader: &dyn Loader, file: &Path) -> Checked {
    check_but(loader, file, file.file_name().map_or(file, Path::new), &["E0203", names::UNASKED, "E0312", "E0414"])
}

fn check_but(loader: &dyn Loader, file: &Path, shown: &Path, unfinished: &[&str]) -> Checked {
    let report = Report::default();
    let mut files = Files::new(loader, &report);
    files.read(file, shown);
    let texts = tables::read_files(&mut files);
    let neighbours = files.neighbours(file, shown);
    let Files { sources, looked_for, units, paths, unread, .. } = files;
    let mut env = Environment { unread, ..Environment::new(loader, &sources, &report) };
    env.declare(&units, &texts);
    let project = declared(env, &units, &neighbours);
    let diagnostics = report.finish();
    let sound = !diagnostics.iter().any(|one| one.is_error() && !unfinished.contains(&one.code));
    let project = sound.then(|| project.with_files(sources.clone(), looked_for.clone(), paths));
    Checked { sources, files: looked_for, diagnostics, project }
}

impl Environment<'_> {
    /// Takes in what files declare, up to the pipelines, in the order in which one needs the other.
    fn declare(&mut self, units: &[Unit], texts: &TableTexts) {
        let items = || units.iter().flat_map(|unit| &unit.tree.items);
        names_once(self, units);
        let settings: Vec<_> = items().filter_map(|item| if let Item::Setting(one) = item { Some(one) } else { None }).collect();
        self.settings = self.settings(settings.iter().copied());
        self.tables = items().filter_map(|item| if let Item::Table(one) = item { Some(self.table(one, texts)) } else { None }).collect();
        let extends: Vec<_> = items().filter_map(|item| if let Item::Extend(one) = item { Some(one) } else { None }).collect();
        self.systems = systems(self, units, &extends);
        extends.iter().for_each(|extend| self.extended(extend));
        let of_systems = items().filter_map(|item| if let Item::System(one) = item { Some(&one.items) } else { None }).flatten();
        let of_systems = of_systems.filter_map(|item| if let SystemItem::Setting(one) = item { Some(one) } else { None });
        self.live_choices(settings.into_iter().chain(of_systems));
    }
}

/// The pipelines, with what the neighbours have to do with them.
fn declared(mut env: Environment<'_>, units: &[Unit], neighbours: &Neighbours) -> Declared {
    let quiet = Report::default();
    let around: Vec<_> = neighbours.read.iter().map(|one| (one, one.env(env.loader, env.sources, &quiet))).collect();
    env.pipelines = env.headers(pipelines_of(units).map(|(_, pipeline)| pipeline));
    let theirs: Vec<_> = around.iter().flat_map(|(one, theirs)| one.headers(theirs, units)).collect();
    env.pipelines.extend(theirs);
    env.elsewhere.clone_from(&neighbours.names);
    let around: Vec<_> = around.into_iter().map(|(one, theirs)| one.checked(theirs, &env.pipelines, units)).collect();
    let requires =
        units.iter().flat_map(|unit| &unit.tree.items).filter_map(|item| if let Item::Require(one) = item { Some(one) } else { None });
    let requires = requires.map(|one| env.require(one, Place::Shared)).collect();
    let pipelines = pipelines(&env, units, &around);
    let Environment { systems, tables, settings, .. } = env;
    Declared { systems, tables, settings, requires, pipelines }
}

fn systems(env: &Environment<'_>, units: &[Unit], extends: &[&tree::Extend]) -> Vec<model::system::System> {
    let written =
        units.iter().flat_map(|unit| &unit.tree.items).filter_map(|item| if let Item::System(one) = item { Some(one) } else { None });
    written
        .map(|system| {
            let own: Vec<_> = extends.iter().filter(|extend| extend.collection.system.text == system.name.text).copied().collect();
            env.system(system, &own)
        })
        .collect()
}

/// The pipelines, those of the first file first; then what the tests say of them.
fn pipelines(env: &Environment<'_>, units: &[Unit], around: &[folder::sibling_files::Checked<'_>]) -> Vec<Pipeline> {
    let written: Vec<_> = pipelines_of(units).collect();
    let mut checked: Vec<_> = written.iter().map(|(unit, one)| (one.name.text.as_str(), env.pipeline(one, unit.file))).collect();
    let sound = written.iter().map(|(_, one)| !env.report.has_error_in(one.span));
    let sound: Vec<_> = sound.collect();
    let alive = checked.iter_mut().zip(&sound).filter(|(_, sound)| **sound).filter_map(|((_, pipeline), _)| pipeline.as_mut());
    side_by_side(env, alive.collect(), around);
    let tested: Vec<_> = checked.iter().map(|(name, pipeline)| Tested { name, pipeline: pipeline.as_ref() }).collect();
    for item in units.iter().flat_map(|unit| &unit.tree.items) {
        if let Item::Test(test) = item {
            env.test(test, &tested);
        }
    }
    checked.into_iter().filter_map(|(_, pipeline)| pipeline).collect()
}

/// What pipelines that are sound in themselves have to do with each other and with those of the neighbours.
fn side_by_side(env: &Environment<'_>, own: Vec<&mut Pipeline>, around: &[folder::sibling_files::Checked<'_>]) {
    let theirs = around.iter().flat_map(|one| {
        let beside = |pipeline| PipelineContext { pipeline, systems: &one.env.systems, own: false };
        one.pipelines.iter().map(beside)
    });
    let ours = own.iter().map(|pipeline| PipelineContext { pipeline, systems: &env.systems, own: true });
    let all: Vec<_> = ours.chain(theirs).collect();
    env.names_of_folder(&all);
    let directions = all.iter().filter(|one| one.own).map(|one| {
        env.one_owner(one, &all);
        env.other_direction(one, &all)
    });
    let directions: Vec<_> = directions.collect();
    directions.into_iter().zip(own).for_each(|(direction, pipeline)| direction.put_into(pipeline));
}

/// Systems, tables, settings and pipelines have names of their own over all files.
fn names_once(env: &Environment<'_>, units: &[Unit]) {
    let items = || units.iter().flat_map(|unit| &unit.tree.items);
    let named = |pick: fn(&Item) -> Option<&tree::Ident>| items().filter_map(pick).map(|name| (name.text.as_str(), name.span));
    env.no_doubles("the system", named(|item| if let Item::System(one) = item { Some(&one.name) } else { None }));
    env.no_doubles("the table", named(|item| if let Item::Table(one) = item { Some(&one.name) } else { None }));
    env.no_doubles("the pipeline", named(|item| if let Item::Pipeline(one) = item { Some(&one.name) } else { None }));
}

/// What was found, before it is known to be sound.
struct Declared {
    systems: Vec<model::system::System>,
    tables: Vec<model::Table>,
    settings: Vec<model::Setting>,
    requires: Vec<model::Require>,
    pipelines: Vec<Pipeline>,
}

impl Declared {
    fn with_files(self, sources: Sources, files: Vec<PathBuf>, paths: Vec<PathBuf>) -> Project {
        let Self { systems, tables, settings, requires, pipelines } = self;
        Project { sources, files, paths, systems, tables, settings, requires, pipelines }
    }
}

/// A mode by its words, as a setting chooses it.
pub(crate) fn mode_of(words: &str) -> Option<Mode> {
    Some(match words {
        "create and update" => Mode::CreateAndUpdate,
        "create" => Mode::Create,
        "update" => Mode::Update,
        _ => return None,
    })
}
