//! The other files of the folder: read as far as this one needs them, and quietly, since their mistakes are not this file's.

use super::{
    files::{Files, Unit, beside_file},
    pipeline_index::KnownPipeline,
    tables::{self, TableTexts},
};
use crate::check::{Environment, Loader, Sources, model::pipeline::Pipeline, report::Report};
use crate::syntax::tree::{self, Item, PipelineItem as I};
use std::path::{Path, PathBuf};

/// A file of the folder with all that it uses.
pub(crate) struct Neighbour {
    pub units: Vec<Unit>,
    pub texts: TableTexts,
}

/// The neighbours that have to do with a file, and the names of the pipelines of all others.
#[derive(Default)]
pub(crate) struct Neighbours {
    pub read: Vec<Neighbour>,
    pub names: Vec<String>,
}

impl Files<'_> {
    /// The other files of the folder, as far as they name a collection that this one reads or writes, or declare a pipeline that it names.
    pub fn neighbours(&mut self, file: &Path, shown: &Path) -> Neighbours {
        let mut all = Neighbours::default();
        let Some(own) = self.units.first().filter(|unit| unit.tree.items.iter().any(|item| matches!(item, Item::Pipeline(_)))) else {
            return all;
        };
        let own_text = self.sources.file(own.file).text.clone();
        let collections = collections_of(&self.units);
        let known: Vec<PathBuf> = self.units.iter().map(|unit| unit.path.clone()).collect();
        for path in self.loader.neighbours(file).into_iter().filter(|path| !known.contains(path)) {
            let Ok(text) = self.loader.load(&path) else { continue };
            let names = declared_in(&text);
            let named = names.iter().any(|name| own_text.contains(name.as_str()));
            if names.is_empty() || !(named || collections.iter().any(|collection| text.contains(collection.as_str()))) {
                all.names.extend(names);
                continue;
            }
            all.read.push(self.quietly(&path, &beside_file(shown, &path)));
        }
        all
    }

    fn quietly(&mut self, path: &Path, shown: &Path) -> Neighbour {
        let quiet = Report::default();
        let mut files = Files::new(self.loader, &quiet);
        std::mem::swap(&mut files.sources, &mut self.sources);
        std::mem::swap(&mut files.paths, &mut self.paths);
        files.read(path, shown);
        let texts = tables::read_files(&mut files);
        std::mem::swap(&mut files.sources, &mut self.sources);
        std::mem::swap(&mut files.paths, &mut self.paths);
        Neighbour { units: files.units, texts }
    }
}

/// `lucca.users` and its like, as the pipelines of a file name them.
fn collections_of(units: &[Unit]) -> Vec<String> {
    let items = pipelines_of(units).flat_map(|(_, pipeline)| &pipeline.items);
    let named =
        items.filter_map(|item| if let I::From { collection, .. } | I::To { collection, .. } = item { Some(collection) } else { None });
    named.map(|name| format!("{}.{}", name.system.text, name.collection.text)).collect()
}

/// The pipelines of some files, with the unit that each stands in.
pub(crate) fn pipelines_of(units: &[Unit]) -> impl Iterator<Item = (&Unit, &tree::Pipeline)> {
    let all = units.iter().flat_map(|unit| unit.tree.items.iter().map(move |item| (unit, item)));
    all.filter_map(|(unit, item)| if let Item::Pipeline(one) = item { Some((unit, one)) } else { None })
}

/// The names of the pipelines that a text declares, at a glance.
fn declared_in(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let rest = line.trim_start().strip_prefix("pipeline")?.trim_start();
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        (!name.is_empty()).then_some(name)
    };
    text.lines().filter_map(name).collect()
}

/// A neighbour with its pipelines checked as far as they can be.
pub(crate) struct Checked<'a> {
    pub env: Environment<'a>,
    pub pipelines: Vec<Pipeline>,
}

impl Neighbour {
    /// The pipelines that are not among `own` units: those that both files use are checked there.
    fn pipelines<'t>(&'t self, own: &'t [Unit]) -> impl Iterator<Item = (&'t Unit, &'t tree::Pipeline)> {
        pipelines_of(&self.units).filter(|(unit, _)| !own.iter().any(|known| known.file == unit.file))
    }

    /// What its systems, tables and settings are.
    pub fn env<'a>(&self, loader: &'a dyn Loader, sources: &'a Sources, quiet: &'a Report) -> Environment<'a> {
        let mut env = Environment::new(loader, sources, quiet);
        env.declare(&self.units, &self.texts);
        env
    }

    pub fn headers(&self, env: &Environment<'_>, own: &[Unit]) -> Vec<KnownPipeline> {
        env.headers(self.pipelines(own).map(|(_, pipeline)| pipeline))
    }

    pub fn checked<'a>(&self, mut env: Environment<'a>, known: &[KnownPipeline], own: &[Unit]) -> Checked<'a> {
        env.pipelines = known.to_vec();
        let pipelines = self.pipelines(own).filter_map(|(unit, one)| env.pipeline(one, unit.file)).collect();
        Checked { env, pipelines }
    }
}
