//! The settings of a folder by name: those of systems, of pipelines, and what pipelines share.

use super::model::Entry;
use crate::{
    check::{Project as Checked, closest},
    compile::{Live, SettingUse, pipeline},
    engine::{EngineError, Notice, SettingError, Workspace},
    project::{
        PipelineRef, Project, ProjectError,
        unknown_keys::{KnownKeys, unknown_keys},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

/// The pipelines of the folder whose settings are known, even if they have errors.
pub(super) struct Index {
    pub all: Vec<CheckedPipeline>,
    /// The settings, according to the files that can be read.
    known: KnownKeys,
    /// Pipelines whose systems could not be asked for their attributes, and why.
    pub undiscovered: BTreeMap<String, EngineError>,
}

/// One pipeline, with the part of its file that can be compiled.
pub struct CheckedPipeline {
    pub found: PipelineRef,
    pub checked: Arc<Checked>,
}

fn named_in(whole: &Arc<Checked>, file: &Path) -> Vec<CheckedPipeline> {
    let found = |name: String| PipelineRef { name, file: file.to_path_buf() };
    pipeline::pipelines(whole).into_iter().map(|name| CheckedPipeline { found: found(name), checked: Arc::clone(whole) }).collect()
}

impl Index {
    pub fn open(workspace: &Workspace) -> Result<Self, EngineError> {
        let project = &workspace.project;
        let (mut all, mut broken, mut known) = (Vec::new(), Vec::new(), KnownKeys::default());
        for checked in project.check_all()?.files {
            let file = checked.file().to_path_buf();
            match checked.project.clone().or_else(|| checked.unasked()) {
                Some(whole) => {
                    known.add(&whole);
                    all.extend(named_in(&whole, &file));
                }
                None => broken.push(checked),
            }
        }
        if all.is_empty() && !broken.is_empty() {
            return Err(ProjectError::WrongFiles(Arc::new(broken)).into());
        }
        for checked in broken {
            workspace.tell(Notice::FileLeftOut(checked.files.into_iter().next().unwrap_or_default()));
        }
        Ok(Self { all, known, undiscovered: BTreeMap::new() })
    }

    /// Reports configured values that nothing uses; returns whether any of them looks misspelled.
    pub fn tell_unknown_keys(&self, workspace: &Workspace) -> bool {
        let unknown = unknown_keys(&workspace.project.config, &self.known);
        unknown.iter().for_each(|one| workspace.tell(Notice::UnknownKey(one.words.clone())));
        unknown.iter().any(|one| self.known.concerns(one))
    }

    /// The same with the discovered attributes of some pipelines' systems.
    pub async fn with_discovery(self, asked: &BTreeSet<String>, workspace: &mut Workspace) -> Result<Self, EngineError> {
        let (mut undiscovered, before) = (BTreeMap::new(), workspace.project.discovery.attributes());
        for one in self.all.iter().filter(|one| asked.contains(&one.found.name)) {
            if let Err(error) = workspace.discover(&one.found).await {
                undiscovered.insert(one.found.name.clone(), error);
            }
        }
        let same = Arc::ptr_eq(&before, &workspace.project.discovery.attributes());
        let all = if same { self.all } else { Self::open(workspace)?.all };
        Ok(Self { all, undiscovered, known: self.known })
    }

    /// The settings of a pipeline or system, or the one that is named; all without a name.
    pub fn picked(&self, entries: &[Entry], name: Option<&str>, setting: Option<&str>) -> Result<Vec<Entry>, SettingError> {
        let of = |is: &dyn Fn(&Entry) -> bool| entries.iter().filter(|entry| is(entry)).cloned().collect();
        match (name, setting) {
            (Some(owner), Some(name)) => self.of_owner(entries, owner, name).map(|entry| vec![entry.clone()]),
            (Some(name), None) if self.has(name) => Ok(of(&|entry| entry.is_of(name))),
            (Some(name), None) if is_system(entries, name) => Ok(of(&|entry| entry.used.system.as_deref() == Some(name))),
            (Some(name), None) => named(entries.iter(), name).map(|entry| vec![entry.clone()]),
            (None, _) => Ok(entries.to_vec()),
        }
    }

    pub fn names(&self) -> BTreeSet<String> {
        self.all.iter().map(|one| one.found.name.clone()).collect()
    }

    pub fn has(&self, pipeline: &str) -> bool {
        self.all.iter().any(|one| one.found.name == pipeline)
    }

    /// The setting of a name, or of a pipeline or system and the next word; and the remaining words.
    pub fn named<'e, 'w>(&self, entries: &'e [Entry], name: &str, words: &'w [String]) -> Result<(&'e Entry, &'w [String]), SettingError> {
        let is_pipeline = self.has(name);
        if !is_pipeline && !is_system(entries, name) {
            let whole = name.split_once('.').filter(|(pipeline, _)| self.has(pipeline));
            let entry = whole.map_or_else(|| named(entries.iter(), name), |(pipeline, setting)| self.of_owner(entries, pipeline, setting));
            return Ok((entry?, words));
        }
        let Some((setting, rest)) = words.split_first() else {
            return Err(SettingError::NoSetting { name: name.to_owned(), kind: if is_pipeline { "pipeline" } else { "system" } });
        };
        Ok((self.of_owner(entries, name, setting)?, rest))
    }

    /// The setting of a pipeline, one that its systems have or that it shares included; or of a system.
    pub fn of_owner<'e>(&self, entries: &'e [Entry], owner: &str, setting: &str) -> Result<&'e Entry, SettingError> {
        if self.has(owner) {
            return named(entries.iter().filter(|entry| entry.is_of(owner)), setting);
        }
        if !is_system(entries, owner) {
            return Err(no_such(entries.iter(), owner));
        }
        named(entries.iter().filter(|entry| entry.used.system.as_deref() == Some(owner)), setting)
    }

    /// All settings and secrets, each once: of systems, then of pipelines, then what these share.
    pub fn entries(&self, project: &Project) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for one in &self.all {
            let problems = one.problems(project);
            for used in pipeline::settings(&one.checked, &one.found.name, &project.config) {
                let name = full_name(&used, &one.found.name);
                match entries.iter_mut().find(|entry| entry.name == name) {
                    Some(entry) => entry.pipelines.push(one.found.name.clone()),
                    None => entries.push(entry(used, name, one, &problems, project)),
                }
            }
        }
        entries.sort_by_key(|entry| (entry.used.system.is_none(), entry.used.shared));
        entries
    }
}

impl CheckedPipeline {
    /// Errors of the configured values, by the names that a plan gives their settings.
    fn problems(&self, project: &Project) -> Vec<(String, String)> {
        match pipeline::compile(&self.checked, &self.found.name, &project.config, true) {
            Err(pipeline::CompileError::Settings(problems)) => problems,
            _ => Vec::new(),
        }
    }
}

fn is_system(entries: &[Entry], name: &str) -> bool {
    entries.iter().any(|entry| entry.used.system.as_deref() == Some(name))
}

/// The pipelines of a setting that chooses one of the attributes of a system.
pub fn choosing(entry: &Entry) -> Vec<String> {
    let chooses = matches!(entry.used.live, Some(Live::AttributeOf { .. }));
    if chooses { entry.pipelines.clone() } else { Vec::new() }
}

/// `lucca.domain`, `lucca_to_reward_gateway.mode`, or the name alone of what pipelines share.
fn full_name(used: &SettingUse, pipeline: &str) -> String {
    match &used.system {
        Some(system) => format!("{system}.{}", used.name),
        None if used.shared => used.name.clone(),
        None => format!("{pipeline}.{}", used.name),
    }
}

fn entry(used: SettingUse, name: String, one: &CheckedPipeline, problems: &[(String, String)], project: &Project) -> Entry {
    let secret = used.system.as_ref().filter(|_| used.secret);
    let stored_in = secret.and_then(|system| project.config.reference(system, &used.name)).map(|reference| reference.to_string());
    let fetched = secret.filter(|_| !project.sandbox).map(|system| project.config.secret(system, &used.name));
    let wrong = match fetched {
        Some(Err(why)) => Some(why.to_string()),
        _ => problem(&name, &used, problems, project),
    };
    Entry { name, stored_in, wrong, pipelines: vec![one.found.name.clone()], live: None, used }
}

/// The error of a configured value. An attribute of a system that was never asked is not an error.
fn problem(name: &str, used: &SettingUse, problems: &[(String, String)], project: &Project) -> Option<String> {
    if let Some(Live::AttributeOf { system, collection, .. }) = &used.live
        && !project.discovery.has(system, collection)
    {
        return None;
    }
    problems.iter().find(|(named, _)| named == name).map(|(_, why)| why.clone())
}

/// The setting of a name: in full, or its last part if that is unique.
fn named<'e>(entries: impl Iterator<Item = &'e Entry> + Clone, name: &str) -> Result<&'e Entry, SettingError> {
    if let Some(entry) = entries.clone().find(|entry| entry.name == name) {
        return Ok(entry);
    }
    let found: Vec<_> = entries.clone().filter(|entry| entry.used.name == name).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(no_such(entries, name)),
        several => Err(SettingError::Ambiguous { name: name.to_owned(), all: several.iter().map(|entry| entry.name.clone()).collect() }),
    }
}

fn no_such<'e>(entries: impl Iterator<Item = &'e Entry>, name: &str) -> SettingError {
    let names = entries.flat_map(|entry| [entry.name.as_str(), entry.used.name.as_str()]);
    let meant = closest(name, names).first().map(|known| (*known).to_owned());
    SettingError::NoSuchSetting { name: name.to_owned(), meant }
}
