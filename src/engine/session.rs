//! One pipeline at work: its plan, both systems, what is remembered, and the clock.

use super::{change_sets, connections::connect, discovery::freshen, requirements::allowed, stand_ins::start};
use crate::{
    cli::{
        args::Common,
        failure::{Exit, Failure},
        progress::{Progress, Stage},
        terminal::Terminal,
        views::{self, number},
    },
    compile::{ExecutionPlan, Side},
    project::folder::{PipelineRef, Project},
    run::{
        change_set::{ChangeSet, hash::Digester},
        classify::record_scope::Clock,
        input::Identity,
        plan::{
            lookups::{self, Breadth, Memory, Open, Reads},
            pending,
        },
        read::{extract::Table, incremental::Asked},
        run_state,
    },
    sandbox::{Options, Sandbox},
    state::{LinkSet, LinkSetIdentity, Store},
    systems::{CallError, Connection, End},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A pipeline with both systems open.
pub struct Session {
    pub project: Project,
    pub found: PipelineRef,
    pub plan: Arc<ExecutionPlan>,
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
    pub async fn open_plan(
        project: Project,
        found: PipelineRef,
        plan: ExecutionPlan,
        terminal: &Terminal,
        today: Option<Date>,
    ) -> Result<Self, Failure> {
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
        let twin = run_state::other_direction(&plan, &identity);
        if let Some(twin) = &twin {
            run_state::share_links(&store, &identity, twin, now)?;
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
        let asked = if used { run_state::asked(&self.store, &self.plan, &self.set.id, self.clock)? } else { Asked::default() };
        Ok(self.read_what(breadth, &asked).await)
    }

    async fn read_what(&self, breadth: Breadth, asked: &Asked) -> Reads {
        let stages = Stages { progress: &self.progress, stages: Mutex::default() };
        let open = Open { source: &self.source, target: &self.target, joins: &self.joins };
        lookups::read(&self.plan, open, breadth, asked, self.clock, &stages).await
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
            unfinished: pending::recall(&self.store, &self.plan, &self.set.id)?,
            beside: run_state::beside(&self.store, &self.plan, self.twin.as_ref(), &self.identities)?,
        })
    }

    /// Judges what was read by a plan: this session's own, or an edit of it.
    pub async fn judge(&self, plan: &ExecutionPlan, reads: &mut Reads, memory: &Memory) -> ChangeSet {
        lookups::judge(plan, reads, memory, &self.source, &self.target).await
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
        change_sets::save(set, &self.store, &self.project)
    }
}

/// Stops a run whose reads can't be used: one sentence for each.
///
/// # Errors
/// If a read broke and the pipeline does not say to continue, or the source gave nothing that one could go on with.
pub fn usable(set: &ChangeSet, plan: &ExecutionPlan) -> Result<(), Failure> {
    let broken = lookups::broken(set);
    let nothing = matches!(set.source.end, End::Broken { .. }) && set.source.records == 0;
    if broken.is_empty() || plan.on_incomplete_read_continue && !nothing {
        return Ok(());
    }
    Err(Failure::stopped(format!("{}; nobody was judged missing, nothing was written", broken.join("; "))))
}

/// Who both systems say that they are. A refused sign-in stops here, after one request.
async fn identities(plan: &ExecutionPlan, source: &Connection, target: &Connection) -> Result<BTreeMap<String, String>, Failure> {
    let refused = |error: CallError| Failure::stopped(format!("{}; nothing was read or written", error.message));
    let from = (plan.source.system.name.clone(), source.identity().await.map_err(refused)?);
    let to = (plan.target.system.name.clone(), target.identity().await.map_err(refused)?);
    Ok(BTreeMap::from([from, to]))
}

/// Whose people these are.
fn identity(plan: &ExecutionPlan, identities: &BTreeMap<String, String>) -> LinkSetIdentity {
    let of = |side: &Side| format!("{} {}", identities.get(&side.system.name).map_or("", String::as_str), side.collection().name);
    LinkSetIdentity { pipeline: plan.name.clone(), key: plan.key_text.clone(), source: of(&plan.source), target: of(&plan.target) }
}

/// A bar for each read.
struct Stages<'a> {
    progress: &'a Progress,
    stages: Mutex<BTreeMap<String, Stage>>,
}

impl lookups::Progress for Stages<'_> {
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
    table.delta.as_ref().map_or_else(|| "one by one".to_owned(), |delta| views::since(delta.since, table.records, delta.again))
}

/// The exit code of a change set that was only looked at.
#[must_use]
pub fn looked(set: &ChangeSet) -> Exit {
    if set.is_held() { Exit::Held } else { Exit::Done }
}
