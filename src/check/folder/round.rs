//! One round of checking: pipelines are checked one by one, then beside each other.

use super::{
    checked::Checked,
    declarations::{Declared, DeclaredOnce},
    directions::Direction,
    pipeline_context::{CollectionKey, PipelineContext},
    used_files::UsedFiles,
};
use crate::check::{
    environment::{Environment, Pipelines},
    loader::Loader,
    model::{Project, pipeline::Pipeline},
    patterns::Patterns,
    pipeline::test_blocks::Tested,
    report::Report,
    syntax_errors::SyntaxErrors,
    types::Place,
};
use crate::{
    diagnose::{FileId, Sources},
    syntax::tree::{self, Item},
};
use std::{collections::HashMap, path::PathBuf, sync::Arc};

/// The files of a round, each with what it uses.
pub(crate) struct Round {
    /// First those that are asked for, then those that their pipelines are held beside, then those that are only known by name.
    pub files: Vec<UsedFiles>,
    pub asked: usize,
    pub beside: usize,
    /// The names of all pipelines, where more are known by name.
    pub names: Vec<String>,
    pub sources: Sources,
    pub patterns: Arc<Patterns>,
    pub paths: Arc<[PathBuf]>,
}

/// A pipeline as it is written, and its checked form if it has one.
struct CheckedPipeline<'t> {
    file: FileId,
    written: &'t tree::Pipeline,
    pipeline: Option<Pipeline>,
    /// Whether nothing was wrong with it before it was held beside others.
    sound: bool,
}

impl Round {
    /// The files that are asked for, checked.
    pub fn check(&self, loader: &dyn Loader) -> Vec<Checked> {
        let mut once = DeclaredOnce::new(loader, &self.sources, &self.patterns);
        let declared: Vec<_> = self.files.iter().map(|used| once.of(used)).collect();
        let reports: Vec<_> = self.files.iter().zip(&declared).map(|(used, declared)| self.begun(used, declared)).collect();
        let all = self.files.iter().zip(&declared).zip(&reports);
        let mut envs: Vec<_> = all.map(|((used, declared), report)| self.environment(loader, used, declared, report)).collect();
        let headers: Vec<_> = envs.iter().zip(&self.files).map(|(env, used)| env.headers(used.pipelines().map(|(_, one)| one))).collect();
        let folder = headers.concat();
        for (env, own) in envs.iter_mut().zip(&headers) {
            env.pipelines = Pipelines { own, folder: &folder, names: &self.names };
        }
        let mut pipelines = self.pipelines(&envs);
        self.hold_beside(&envs, &mut pipelines);
        let projects: Vec<_> = pipelines
            .into_iter()
            .zip(&envs)
            .take(self.asked)
            .enumerate()
            .map(|(at, (pipelines, env))| self.project(at, env, pipelines))
            .collect();
        drop(envs);
        let asked = projects.into_iter().zip(reports).zip(&self.files);
        asked
            .map(|((project, report), used)| {
                let said = report.finish(&self.sources, &used.ids(), &used.items());
                Checked::new(&self.sources, used, said, project)
            })
            .collect()
    }

    /// A report that knows what is wrong with the files and their declarations.
    fn begun(&self, used: &UsedFiles, declared: &Declared) -> Report {
        let report = Report::with(SyntaxErrors::of(&used.mistakes, &self.sources));
        report.say_all(&used.mistakes);
        report.take_in(&declared.said);
        report
    }

    fn environment<'a>(&'a self, loader: &'a dyn Loader, used: &UsedFiles, declared: &Declared, report: &'a Report) -> Environment<'a> {
        Environment {
            systems: Arc::clone(&declared.systems),
            tables: Arc::clone(&declared.tables),
            settings: Arc::clone(&declared.settings),
            unread: used.unread,
            ..Environment::new(loader, &self.sources, report, &self.patterns)
        }
    }

    /// The pipelines of each file but those that are only known by name.
    fn pipelines<'t>(&'t self, envs: &[Environment<'_>]) -> Vec<Vec<CheckedPipeline<'t>>> {
        let files = self.files.iter().zip(envs).take(self.asked + self.beside);
        let checked = files.map(|(used, env)| {
            env.no_doubles("the pipeline", used.pipelines().map(|(_, one)| (one.name.text.as_str(), one.name.span)));
            let each = used.pipelines().map(|(unit, written)| (unit.file, written, env.pipeline(written, unit.file)));
            let each: Vec<_> = each.collect();
            let sound = |written: &tree::Pipeline| !env.report.has_error_in(written.span);
            each.into_iter().map(|(file, written, pipeline)| CheckedPipeline { file, written, pipeline, sound: sound(written) }).collect()
        });
        checked.collect()
    }

    /// What pipelines that are sound in themselves have to do with each other.
    fn hold_beside(&self, envs: &[Environment<'_>], pipelines: &mut [Vec<CheckedPipeline<'_>>]) {
        let directions = {
            let beside = Beside::of(pipelines, envs);
            let asked = self.files.iter().zip(envs).take(self.asked).enumerate();
            asked.map(|(root, (used, env))| beside.judge(root, used, env)).collect::<Vec<_>>()
        };
        for (file, directions) in pipelines.iter_mut().zip(directions) {
            for (at, direction) in directions {
                if let Some(pipeline) = &mut file[at].pipeline {
                    direction.put_into(pipeline);
                }
            }
        }
    }

    /// The rest of a file: what it requires and what its tests say. Then all that it declares.
    fn project(&self, at: usize, env: &Environment<'_>, pipelines: Vec<CheckedPipeline<'_>>) -> Project {
        let used = &self.files[at];
        let items = || used.units.iter().flat_map(|unit| &unit.tree.items);
        let requires = items().filter_map(|item| if let Item::Require(one) = item { Some(one) } else { None });
        let requires = requires.map(|one| env.require(one, Place::Shared)).collect();
        let tested = pipelines.iter().map(|one| (&one.written.name, one.pipeline.as_ref()));
        let tested: Vec<_> = tested.map(|(name, pipeline)| Tested { name: &name.text, name_span: name.span, pipeline }).collect();
        for item in items() {
            if let Item::Test(test) = item {
                env.test(test, &tested);
            }
        }
        Project {
            sources: self.sources.clone(),
            files: used.looked_for.clone(),
            paths: Arc::clone(&self.paths),
            systems: Arc::clone(&env.systems),
            tables: Arc::clone(&env.tables),
            settings: Arc::clone(&env.settings),
            requires,
            pipelines: pipelines.into_iter().filter_map(|one| one.pipeline).collect(),
        }
    }
}

/// All pipelines of a round, by what they write to.
struct Beside<'a> {
    all: Vec<Placed<'a>>,
    by_target: HashMap<CollectionKey<'a>, Vec<usize>>,
}

/// A pipeline with its place.
struct Placed<'a> {
    context: PipelineContext<'a>,
    /// Which of the pipelines of its file it is.
    at: usize,
    file: FileId,
    sound: bool,
}

impl<'a> Beside<'a> {
    fn of(pipelines: &'a [Vec<CheckedPipeline<'_>>], envs: &'a [Environment<'_>]) -> Self {
        let mut beside = Self { all: Vec::new(), by_target: HashMap::new() };
        for (root, (file, env)) in pipelines.iter().zip(envs).enumerate() {
            for (at, one) in file.iter().enumerate() {
                let Some(pipeline) = &one.pipeline else { continue };
                let context = PipelineContext { pipeline, systems: &env.systems, root };
                beside.by_target.entry(context.key(&pipeline.target)).or_default().push(beside.all.len());
                beside.all.push(Placed { context, at, file: one.file, sound: one.sound });
            }
        }
        beside
    }

    /// Says what is wrong between the pipelines of a file and all others; what each shares with the other direction.
    fn judge(&self, root: usize, used: &UsedFiles, env: &Environment<'_>) -> Vec<(usize, Direction)> {
        let own: Vec<_> = self.all.iter().filter(|one| one.context.root == root && one.sound).collect();
        env.names_of_folder(&own.iter().map(|one| &one.context).collect::<Vec<_>>());
        let ids = used.ids();
        let judged = own.into_iter().map(|one| {
            let related = self.related(&one.context, &ids);
            env.one_owner(&one.context, &related);
            (one.at, env.other_direction(&one.context, &related))
        });
        judged.collect()
    }

    /// The pipelines that write to one of the two collections of a pipeline, itself and those of its own files first. What its files
    /// use is checked with them.
    fn related(&self, own: &PipelineContext<'a>, ids: &[FileId]) -> Vec<&PipelineContext<'a>> {
        let written = |key| self.by_target.get(&key).into_iter().flatten().copied();
        let (target, source) = (own.key(&own.pipeline.target), own.key(&own.pipeline.source));
        let back = written(source).filter(|_| source != target);
        let mut related: Vec<usize> = written(target).chain(back).collect();
        related.sort_unstable_by_key(|at| (self.all[*at].context.root != own.root, *at));
        let placed = related.into_iter().map(|at| &self.all[at]);
        let counts = placed.filter(|one| if one.context.root == own.root { one.sound } else { !ids.contains(&one.file) });
        counts.map(|one| &one.context).collect()
    }
}
