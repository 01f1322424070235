//! Choices that only a system knows.

use super::Pipelines;
use crate::{
    cli::{
        progress::Progress,
        project::Project,
        sandbox::start,
        screens::settings::{Choice, Entry},
        session::open_side,
        terminal::Terminal,
    },
    plan::{
        Live, Plan, Side,
        compile::compile,
        program::{Name, Program},
    },
    run::person::Clock,
    sandbox::Options,
    systems::{Ask, Connection, End},
    value::{show::shown, trie::Trie},
};
use jiff::Timestamp;

/// Longer lists are no help to anybody.
const MOST: usize = 10_000;

/// What a setting may be, as the system says now; why it does not, where it can't be asked; none where nothing has to be asked.
pub async fn choices(entry: &Entry, pipelines: &Pipelines, project: &Project, terminal: &Terminal) -> Option<Result<Vec<Choice>, String>> {
    let live = entry.used.live.as_ref()?;
    let one = pipelines.all.iter().find(|one| entry.pipelines.contains(&one.found.name))?;
    let plan = match compile(&one.checked, &one.found.name, &project.config, true) {
        Ok(plan) => plan,
        Err(error) => return Some(Err(project.compile_words()(error, &one.found.file).message)),
    };
    Some(ask(live, &plan, project, terminal).await)
}

async fn ask(live: &Live, plan: &Plan, project: &Project, terminal: &Terminal) -> Result<Vec<Choice>, String> {
    let (Live::AttributeOf { system, collection, .. } | Live::RecordOf { system, collection, .. }) = live;
    let sides = [&plan.source, &plan.target].into_iter().chain(plan.joins.iter().map(|join| &join.side));
    let side = { sides }.find(|side| side.system.name == *system).ok_or_else(|| format!("`{system}` is not used by `{}`", plan.name))?;
    let index = side.system.collections.iter().position(|one| one.name == *collection);
    let index = index.ok_or_else(|| format!("`{system}` has no `{collection}`"))?;
    let now = Timestamp::now();
    let clock = Clock { now, today: plan.day(now) };
    let sandbox =
        if project.sandbox { Some(start(project, plan, clock.today, &Options::default()).map_err(|error| error.message)?) } else { None };
    let connection = open_side(project, plan, side, sandbox.as_ref(), clock, &Progress::new(terminal)).map_err(|error| error.message)?;
    match live {
        Live::RecordOf { .. } => records(&connection, side, index).await,
        Live::AttributeOf { .. } => attributes(&connection, side, index).await,
    }
}

/// The keys of a collection, with what its records are called.
async fn records(connection: &Connection, side: &Side, index: usize) -> Result<Vec<Choice>, String> {
    let collection = &side.system.collections[index];
    let key = collection.key.ok_or_else(|| format!("`{}.{}` has no key", side.system.name, collection.name))?;
    let label: Vec<usize> = collection.label.as_ref().map(own_attributes).unwrap_or_default();
    let asked: Vec<usize> = std::iter::once(key).chain(label).collect();
    let cells: Vec<_> = asked.iter().map(|at| &collection.attributes[*at]).map(|one| (one.path.clone(), one.codec.clone())).collect();
    let trie = Trie::new(&cells);
    let mut choices = Vec::new();
    let mut sink = |page: &[&[u8]], _: Option<u64>| {
        for record in page.iter().take(MOST.saturating_sub(choices.len())) {
            let Ok(row) = trie.read(record) else { continue };
            let mut texts = row.iter().map(|cell| cell.as_ref().ok().filter(|value| !value.is_missing()).map(shown));
            let Some(Some(value)) = texts.next() else { continue };
            let words = texts.flatten().collect::<Vec<_>>().join(" ");
            choices.push(Choice { value, words: Some(words).filter(|words| !words.is_empty()) });
        }
    };
    let read = connection.read(index, &Ask { attributes: asked.clone(), ..Ask::default() }, &mut sink).await;
    match read.end {
        End::Complete { .. } | End::Delta => Ok(choices),
        End::Broken { reason, .. } => Err(reason),
    }
}

/// The attributes that the label of a record is made of.
fn own_attributes(label: &Program) -> Vec<usize> {
    let mut found = Vec::new();
    label.names(&mut |name| {
        if let Name::Own(at) = name {
            found.push(*at);
        }
    });
    found
}

/// The attributes that the system tells now, in its parts too, by their bare names.
async fn attributes(connection: &Connection, side: &Side, index: usize) -> Result<Vec<Choice>, String> {
    let collection = &side.system.collections[index];
    let parts = collection.parts.iter().enumerate().filter(|(_, part)| part.discovery.is_some()).map(|(at, _)| Some(at));
    let own = collection.discovery.iter().map(|_| None);
    let mut choices = Vec::new();
    for part in own.chain(parts) {
        let told = connection.discover(index, part).await.map_err(|error| error.message)?.told;
        choices.extend(told.into_iter().map(|one| Choice { value: one.name, words: Some(one.ty) }));
    }
    Ok(choices)
}
