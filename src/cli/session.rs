//! One pipeline at work: its plan, both systems, what is remembered, and the clock.

use super::{
    args::Common,
    config::ORIGIN,
    discovery::freshen,
    failure::{Exit, Failure},
    progress::{Progress, Stage},
    project::{Found, Project},
    sandbox::start,
    saved,
    screens::{self, number},
    terminal::Terminal,
};
use crate::{
    plan::{
        Plan, Side,
        program::{Name, Names},
    },
    run::{
        changes::ChangeSet,
        digest::Digester,
        extract::Table,
        look::{self, Breadth, Memory, Open, Reads},
        person::Clock,
        recall,
        since::Asked,
        survey::Identity,
        unfinished,
    },
    sandbox::{Options, Running, Sandbox},
    state::{LinkSet, LinkSetIdentity, Store},
    systems::{CallError, Connection, End, Surroundings},
    value::{Fault, Value},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// A pipeline with both systems open.
pub struct Session {
    pub project: Project,
    pub found: Found,
    pub plan: Arc<Plan>,
    pub source: Arc<Connection>,
    pub target: Arc<Connection>,
    /// Of the joins, in their order.
    joins: Vec<Arc<Connection>>,
    pub store: Store,
    pub identity: LinkSetIdentity,
    pub set: LinkSet,
    /// The link set of the other direction, whose links are the same.
    pub twin: Option<LinkSetIdentity>,
    pub clock: Clock,
    /// Who both systems say that they are, by name.
    identities: BTreeMap<String, String>,
    pub progress: Arc<Progress>,
    /// Goes down with the session.
    _sandbox: Option<Sandbox>,
}

impl Session {
    /// Compiles the pipeline, opens both systems and asks who they are. Nothing is written to either.
    ///
    /// # Errors
    /// The file is wrong, a setting or secret is missing, a system does not answer, the state can't be used.
    pub async fn open(asked: Option<&str>, common: &Common, terminal: &Terminal, today: Option<Date>) -> Result<Self, Failure> {
        let mut project = Project::open(common)?;
        let found = project.choose(asked)?;
        freshen(&mut project, &found, terminal).await?;
        let (plan, _) = project.plan(&found, false, terminal)?;
        Self::open_plan(project, found, plan, terminal, today).await
    }

    /// The same for a plan that is compiled already.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn open_plan(project: Project, found: Found, plan: Plan, terminal: &Terminal, today: Option<Date>) -> Result<Self, Failure> {
        allowed(&plan)?;
        let now = Timestamp::now();
        let clock = Clock { now, today: today.unwrap_or_else(|| plan.day(now)) };
        let progress = Progress::new(terminal);
        let sandbox = if project.sandbox { Some(start(&project, &plan, plan.day(now), &Options::default())?) } else { None };
        let (source, target, joins) = connect(&project, &plan, sandbox.as_ref(), clock, &progress)?;
        let identities = identities(&plan, &source, &target).await?;
        let identity = identity(&plan, &identities);
        let store = Store::open(&project.state_folder())?;
        let set = store.link_set(&identity)?;
        let twin = recall::other_direction(&plan, &identity);
        if let Some(twin) = &twin {
            recall::share_links(&store, &identity, twin, now)?;
        }
        let plan = Arc::new(plan);
        Ok(Self { project, found, plan, source, target, joins, store, identity, set, twin, clock, identities, progress, _sandbox: sandbox })
    }

    /// Reads both sides: everything, or of the source what has changed.
    ///
    /// # Errors
    /// The state can't be read.
    pub async fn read(&self, breadth: Breadth) -> Result<Reads, Failure> {
        let used = breadth == Breadth::Used;
        let asked = if used { recall::asked(&self.store, &self.plan, &self.set.id, self.clock)? } else { Asked::default() };
        Ok(self.read_what(breadth, &asked).await)
    }

    async fn read_what(&self, breadth: Breadth, asked: &Asked) -> Reads {
        let stages = Stages { progress: &self.progress, stages: Mutex::default() };
        let open = Open { source: &self.source, target: &self.target, joins: &self.joins };
        look::read(&self.plan, open, breadth, asked, self.clock, &stages).await
    }

    /// What is remembered.
    ///
    /// # Errors
    /// The state can't be read.
    pub fn memory(&self) -> Result<Memory, Failure> {
        let month = self.clock.now - SignedDuration::from_hours(31 * 24);
        Ok(Memory {
            links: self.store.links(&self.set.id)?,
            baselines: self.store.baselines(&self.set.id, self.clock.now, month)?,
            blocked: self.store.open_keys(&self.set.id)?.into_iter().collect(),
            events: self.store.events(&self.set.id)?,
            identity: Identity {
                environment: self.project.config.environment.clone(),
                sandbox: self.project.sandbox,
                link_set: self.set.id.clone(),
                lineage: self.store.lineage()?,
            },
            digester: Digester::new(self.store.key()),
            adoption: self.set.new,
            clock: self.clock,
            unfinished: unfinished::recall(&self.store, &self.plan, &self.set.id)?,
            beside: recall::beside(&self.store, &self.plan, self.twin.as_ref(), &self.identities)?,
        })
    }

    /// Judges what was read by a plan: this session's own, or an edit of it.
    pub async fn judge(&self, plan: &Plan, reads: &mut Reads, memory: &Memory) -> ChangeSet {
        look::judge(plan, reads, memory, &self.source, &self.target).await
    }

    /// Reads, looks up and judges: the change set of a run now.
    ///
    /// # Errors
    /// The state can't be read.
    pub async fn look(&self) -> Result<ChangeSet, Failure> {
        let mut reads = self.read(Breadth::Used).await?;
        let memory = self.memory()?;
        Ok(self.judge(&self.plan, &mut reads, &memory).await)
    }

    /// As [`Session::look`], with everything read.
    ///
    /// # Errors
    /// The state can't be read.
    pub async fn look_at_all(&self) -> Result<ChangeSet, Failure> {
        let mut reads = self.read_what(Breadth::Used, &Asked::default()).await;
        let memory = self.memory()?;
        Ok(self.judge(&self.plan, &mut reads, &memory).await)
    }

    /// Saves a change set as a file of the state's folder.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn save(&self, set: &ChangeSet) -> Result<(), Failure> {
        saved::save(set, &self.store, &self.project)
    }
}

/// Stops a run whose reads can't be used: one sentence for each.
///
/// # Errors
/// If a read broke and the pipeline does not say to continue.
pub fn usable(set: &ChangeSet, plan: &Plan) -> Result<(), Failure> {
    let broken = look::broken(set);
    if broken.is_empty() || plan.on_incomplete_read_continue {
        return Ok(());
    }
    Err(Failure::stopped(format!("{}; nobody was judged missing, nothing was written", broken.join("; "))))
}

/// The source's, the target's, and those of the joins.
type Connections = (Arc<Connection>, Arc<Connection>, Vec<Arc<Connection>>);

/// All connections; one for each system, so that whoever asks it shares its budget and its token.
fn connect(
    project: &Project,
    plan: &Plan,
    sandbox: Option<&Sandbox>,
    clock: Clock,
    progress: &Arc<Progress>,
) -> Result<Connections, Failure> {
    let mut opened: BTreeMap<String, Arc<Connection>> = BTreeMap::new();
    let mut open = |side: &Side| -> Result<Arc<Connection>, Failure> {
        if let Some(known) = opened.get(&side.system.name) {
            return Ok(Arc::clone(known));
        }
        let connection = open_side(project, plan, side, sandbox, clock, progress).map(Arc::new)?;
        opened.insert(side.system.name.clone(), Arc::clone(&connection));
        Ok(connection)
    };
    let (source, target) = (open(&plan.source)?, open(&plan.target)?);
    let joins = plan.joins.iter().map(|join| open(&join.side)).collect::<Result<_, _>>()?;
    Ok((source, target, joins))
}

/// Opens the system of one side. Nothing is sent yet.
///
/// # Errors
/// A setting or secret is missing, or can't be fetched.
pub fn open_side(
    project: &Project,
    plan: &Plan,
    side: &Side,
    sandbox: Option<&Sandbox>,
    clock: Clock,
    progress: &Arc<Progress>,
) -> Result<Connection, Failure> {
    let running = sandbox.and_then(|sandbox| sandbox.stand_in(&side.system.name));
    let around = surroundings(project, plan, side, running, sandbox.map(|sandbox| sandbox.files.as_path()), clock, progress)?;
    Connection::open(&side.system, around).map_err(Failure::command)
}

fn surroundings(
    project: &Project,
    plan: &Plan,
    side: &Side,
    running: Option<&Running>,
    files: Option<&Path>,
    clock: Clock,
    progress: &Arc<Progress>,
) -> Result<Surroundings, Failure> {
    let secrets = match running {
        Some(running) => running.secrets.clone(),
        None if files.is_some() => BTreeMap::new(),
        None => secrets(project, side)?,
    };
    let origin = match running {
        Some(running) => Some(running.origin.clone()),
        None if files.is_some() => None,
        None => origin(project, plan, side)?,
    };
    let beside = plan.files.first().and_then(|file| file.parent()).map_or_else(|| project.folder.clone(), Path::to_path_buf);
    let folder = files.map_or(beside, PathBuf::from);
    let observer = Arc::clone(progress) as Arc<dyn crate::systems::Observer>;
    let tokens = files.is_none().then(|| project.state_folder().join("tokens"));
    Ok(Surroundings { secrets, origin, folder, tokens, now: clock.now, today: clock.today, observer })
}

/// Where the requests of a system go in place of its own address; a system's own setting of that name means something else.
fn origin(project: &Project, plan: &Plan, side: &Side) -> Result<Option<String>, Failure> {
    let name = &side.system.name;
    if plan.settings.iter().any(|setting| setting.system.as_ref() == Some(name) && setting.name == ORIGIN) {
        return Ok(None);
    }
    project.config.origin(name).map_err(|why| Failure::command(format!("{why}; nothing was read or written")))
}

/// The secrets of a system, fetched from where they are kept.
fn secrets(project: &Project, side: &Side) -> Result<BTreeMap<String, String>, Failure> {
    let mut all = BTreeMap::new();
    for (name, required) in &side.system.secrets {
        match project
            .config
            .secret(&side.system.name, name)
            .map_err(|why| Failure::command(format!("{why}; nothing was read or written")))?
        {
            Some(secret) => drop(all.insert(name.clone(), secret)),
            None if *required => {
                let variable = format!("{}_{name}", side.system.name).to_uppercase();
                let (system, section) = (&side.system.name, &project.config.environment);
                return Err(Failure::command(format!(
                    "secret `{system}.{name}` is missing; nothing was read or written. Say in `{}`, under [env.{section}.{system}]: {name} = {{ env = \"{variable}\" }}",
                    super::config::FILE
                )));
            }
            None => {}
        }
    }
    Ok(all)
}

/// Settings alone: what `enabled when` and `require` may ask.
struct Settings;

impl Names for Settings {
    fn value(&self, _name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(Value::Null))
    }
}

/// What the settings would have to meet and do not: the words of each `require`, and its line.
pub fn broken_requires(plan: &Plan) -> Vec<(String, String)> {
    let broken = plan.requires.iter().filter(|(condition, ..)| !condition.holds(&Settings).unwrap_or(false));
    broken.map(|(_, words, line)| (words.clone(), line.to_string())).collect()
}

/// Stops a pipeline that is switched off, or whose settings do not go together.
///
/// # Errors
/// Then; a pipeline that is off is no failure.
pub fn allowed(plan: &Plan) -> Result<(), Failure> {
    if let Some((words, line)) = broken_requires(plan).first() {
        return Err(Failure::command(format!("the settings do not go together, nothing was read or written: {words} ({line})")));
    }
    match &plan.enabled {
        Some((condition, line)) if !condition.holds(&Settings).unwrap_or(false) => Err(Failure::new(
            Exit::Done,
            format!("`{}` is switched off by a setting ({line}): it is paused, nothing was read or written, and nobody leaves", plan.name),
        )
        .next(format!("counterpart settings {}", plan.name))),
        _ => Ok(()),
    }
}

/// Who both systems say that they are. A refused sign-in stops here, after one request.
async fn identities(plan: &Plan, source: &Connection, target: &Connection) -> Result<BTreeMap<String, String>, Failure> {
    let refused = |error: CallError| Failure::stopped(format!("{}; nothing was read or written", error.message));
    let from = (plan.source.system.name.clone(), source.identity().await.map_err(refused)?);
    let to = (plan.target.system.name.clone(), target.identity().await.map_err(refused)?);
    Ok(BTreeMap::from([from, to]))
}

/// Whose people these are.
fn identity(plan: &Plan, identities: &BTreeMap<String, String>) -> LinkSetIdentity {
    let of = |side: &Side| format!("{} {}", identities.get(&side.system.name).map_or("", String::as_str), side.collection().name);
    LinkSetIdentity { pipeline: plan.name.clone(), key: plan.key_text.clone(), source: of(&plan.source), target: of(&plan.target) }
}

/// A bar for each read.
struct Stages<'a> {
    progress: &'a Progress,
    stages: Mutex<BTreeMap<String, Stage>>,
}

impl look::Progress for Stages<'_> {
    fn received(&self, collection: &str, records: u64, total: Option<u64>) {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages.entry(collection.to_owned()).or_insert_with(|| self.progress.stage("read", collection)).at(records, total, "");
    }

    fn ended(&self, collection: &str, table: &Table) {
        let stage = self.stages.lock().unwrap_or_else(PoisonError::into_inner).remove(collection);
        let stage = stage.unwrap_or_else(|| self.progress.stage("read", collection));
        match &table.end {
            End::Complete { .. } => stage.done(table.records, Some(table.records), "complete"),
            End::Delta => stage.done(table.records, None, &since_words(table)),
            End::Broken { reason, .. } => stage.broken(table.records, &format!("{} read, then: {reason}", number(table.records))),
        }
    }
}

/// `since 2026-03-01 08:00, 12 changed records and 3 pending ones`
fn since_words(table: &Table) -> String {
    table.delta.as_ref().map_or_else(|| "one by one".to_owned(), |delta| screens::since(delta.since, table.records, delta.again))
}

/// The exit code of a change set that was only looked at.
#[must_use]
pub fn looked(set: &ChangeSet) -> Exit {
    if set.is_held() { Exit::Held } else { Exit::Done }
}
