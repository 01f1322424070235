//! Choices that only a system knows.

use super::{
    index::{CheckedPipeline, Index},
    model::{Choice, Entry},
};
use crate::{
    compile::{
        ExecutionPlan, Live, Side,
        pipeline::{SettingValues as _, compile_unasked},
        program::{Name, Program},
        system::Collection,
    },
    engine::{
        EngineError, Notice, Workspace,
        connect::{connections::sides, systems_probe::SystemsProbe},
    },
    project::Project,
    reload::disk::discovery_key,
    systems::{Connection, End, ReadRequest},
    value::{Value, show::shown, trie::Trie},
};
use std::{collections::BTreeMap, sync::Arc};

/// Upper bound on fetched choices: a longer list helps no reader.
const MOST: usize = 10_000;

/// How many choices a message names for a wrong value.
const NAMED: usize = 20;

/// The answers of the pipelines' systems; each is opened once.
pub struct Choices<'a> {
    index: &'a Index,
    workspace: &'a Workspace,
    opened: BTreeMap<&'a str, Result<SystemsProbe<'a>, EngineError>>,
}

impl<'a> Choices<'a> {
    pub const fn new(index: &'a Index, workspace: &'a Workspace) -> Self {
        Self { index, workspace, opened: BTreeMap::new() }
    }

    /// The systems of a pipeline that can be opened.
    pub fn of(&mut self, pipeline: &str) -> Option<Result<&mut SystemsProbe<'a>, EngineError>> {
        let one = self.index.all.iter().find(|one| one.found.name == pipeline)?;
        let workspace = self.workspace;
        let opened = self.opened.entry(&one.found.name).or_insert_with(|| open(one, workspace));
        Some(opened.as_mut().map_err(|why| why.clone()))
    }

    /// Asks for the choices of a setting, and verifies its value.
    pub async fn verify(&mut self, entry: &mut Entry) {
        entry.live = self.choices(entry).await;
        let project = &self.workspace.project;
        if let Some(Live::AttributeOf { system, collection, .. }) = &entry.used.live {
            for (attribute, why) in project.discovery.left_out(system, collection) {
                let (attribute, collection, why) = (attribute.clone(), format!("{system}.{collection}"), why.clone());
                self.workspace.tell(Notice::NotChoosable { attribute, collection, why });
            }
        }
        if let (Some(Ok(choices)), Some(Live::RecordOf { .. }), None) = (&entry.live, &entry.used.live, &entry.wrong) {
            entry.wrong = strange(&given(entry, project), choices);
        }
    }

    /// The present choices of a setting in the system; the error if the system can't be asked; `None` if there is nothing to ask.
    pub async fn choices(&mut self, entry: &Entry) -> Option<Result<Vec<Choice>, EngineError>> {
        let live = entry.used.live.as_ref()?;
        if let Some(why) = entry.pipelines.iter().find_map(|name| self.index.undiscovered.get(name))
            && matches!(live, Live::AttributeOf { .. })
        {
            return Some(Err(why.clone()));
        }
        let project = &self.workspace.project;
        Some(match self.of(entry.pipelines.first()?)? {
            Ok(probe) => ask(live, probe, project).await,
            Err(error) => Err(error),
        })
    }
}

fn open<'a>(one: &CheckedPipeline, workspace: &'a Workspace) -> Result<SystemsProbe<'a>, EngineError> {
    let plan = compile_unasked(&one.checked, &one.found.name, &workspace.project.config);
    let plan = plan.map_err(|error| workspace.project.explain(error, &one.found.file))?;
    SystemsProbe::new(workspace, Arc::new(plan))
}

async fn ask(live: &Live, opened: &mut SystemsProbe<'_>, project: &Project) -> Result<Vec<Choice>, EngineError> {
    let (Live::AttributeOf { system, collection, .. } | Live::RecordOf { system, collection, .. }) = live;
    let plan = Arc::clone(&opened.plan);
    let (side, index) = found(&plan, system, collection)?;
    let collection = &side.system.collections[index];
    match live {
        Live::AttributeOf { .. } => Ok(attributes(system, collection, project)),
        Live::RecordOf { .. } => {
            let connection = opened.connection(system)?;
            records(&connection, side, index).await
        }
    }
}

fn found<'p>(plan: &'p ExecutionPlan, system: &str, collection: &str) -> Result<(&'p Side, usize), EngineError> {
    let side = sides(plan).find(|side| side.system.name == system);
    let side = side.ok_or_else(|| EngineError::UnusedSystem { system: system.to_owned(), pipeline: plan.name.clone() })?;
    let index = side.system.collections.iter().position(|one| one.name == collection);
    let missing = || EngineError::NoCollection { system: system.to_owned(), collection: collection.to_owned() };
    Ok((side, index.ok_or_else(missing)?))
}

/// The keys of a collection, with the labels of its records.
async fn records(connection: &Connection, side: &Side, index: usize) -> Result<Vec<Choice>, EngineError> {
    let collection = &side.system.collections[index];
    if collection.key.is_none() {
        return Err(no_key(side, collection));
    }
    let key: Vec<usize> = collection.key.attributes().collect();
    let label: Vec<usize> = collection.label.as_ref().map(own_attributes).unwrap_or_default();
    let asked: Vec<usize> = key.iter().copied().chain(label).collect();
    let cells: Vec<_> = asked.iter().map(|at| &collection.attributes[*at]).map(|one| (one.path.clone(), one.codec.clone())).collect();
    let trie = Trie::new(&cells);
    let mut choices = Vec::new();
    let mut sink = |page: &[&[u8]], _: Option<u64>| {
        for record in page.iter().take(MOST.saturating_sub(choices.len())) {
            let Ok(row) = trie.read(record) else { continue };
            let value = collection.key_of(|at| row.get(key.iter().position(|known| *known == at)?)?.as_ref().ok());
            let Some(value) = value.map(String::from) else { continue };
            let texts = row.iter().skip(key.len()).map(|cell| cell.as_ref().ok().filter(|value| !value.is_missing()).map(shown));
            let words = texts.flatten().collect::<Vec<_>>().join(" ");
            choices.push(Choice { value, words: Some(words).filter(|words| !words.is_empty()) });
        }
    };
    let read = connection.read(index, &ReadRequest { attributes: asked.clone(), ..ReadRequest::default() }, &mut sink).await;
    match read.end {
        End::Complete { .. } | End::Delta => Ok(choices),
        End::Broken { reason, .. } => Err(EngineError::NotListed(reason)),
    }
}

fn no_key(side: &Side, collection: &Collection) -> EngineError {
    EngineError::NoKey { system: side.system.name.clone(), collection: collection.name.clone() }
}

/// The attributes that the label of a record uses.
fn own_attributes(label: &Program) -> Vec<usize> {
    let mut found = Vec::new();
    label.names(&mut |name| {
        if let Name::Own(at) = name {
            found.push(*at);
        }
    });
    found
}

/// The discovered attributes, in its parts too, by their bare names; the declared ones if none are discovered.
fn attributes(system: &str, collection: &Collection, project: &Project) -> Vec<Choice> {
    let own = collection.discovery.iter().map(|_| None);
    let parts = collection.parts.iter().filter(|part| part.discovery.is_some()).map(|part| Some(part.name.as_str()));
    let places: Vec<_> = own.chain(parts).map(|part| discovery_key(system, &collection.name, part)).collect();
    if places.is_empty() {
        let declared = collection.attributes.iter().filter(|one| one.is_written());
        return declared.map(|one| Choice { value: one.name.clone(), words: Some(one.ty.to_string()) }).collect();
    }
    let discovered = places.iter().filter_map(|place| project.discovery.of_place(place)).flat_map(|asked| &asked.attributes);
    discovered.map(|one| Choice { value: one.name.clone(), words: Some(one.ty.clone()) }).collect()
}

/// The configured values of a setting.
fn given(entry: &Entry, project: &Project) -> Vec<String> {
    match project.config.setting(entry.section(), &entry.used.name) {
        Some(Value::List(items)) => items.iter().map(shown).collect(),
        Some(one) => vec![shown(&one)],
        None => Vec::new(),
    }
}

/// The first value that is not a choice, with the choices; in words.
pub fn strange(values: &[String], choices: &[Choice]) -> Option<String> {
    let strange = values.iter().find(|value| !choices.iter().any(|choice| choice.value == **value))?;
    Some(format!("there is no `{strange}`; {}", there_are(choices)))
}

fn there_are(choices: &[Choice]) -> String {
    let named = choices.iter().take(NAMED).map(|choice| match &choice.words {
        Some(words) => format!("`{}` ({words})", choice.value),
        None => format!("`{}`", choice.value),
    });
    let named: Vec<_> = named.collect();
    match choices.len().checked_sub(NAMED) {
        _ if choices.is_empty() => "there is nothing to choose from".to_owned(),
        Some(more) if more > 0 => format!("there is {} and {more} more", named.join(", ")),
        _ => format!("there is {}", named.join(", ")),
    }
}
