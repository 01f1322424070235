//! A session of one pipeline: its plan, both systems, the state, and the clock.

use super::{
    Event, Notice, Stage, StageEnd, Workspace, change_sets,
    connect::{
        connections::{Connections, Opening, secrets, sides as sides_of},
        requirements::allowed,
        stand_ins::start,
    },
    error::EngineError,
    events::Counts,
    holders,
};
use crate::{
    compile::{ExecutionPlan, Side, system::System},
    project::PipelineRef,
    run::{
        change_set::{ChangeSet, Verdict, hash::Digester},
        input::{Identity, RelatedState},
        plan::{
            lookups::{self, Memory},
            pending,
        },
        read::sides::{self, Open, ReadBreadth, Reads},
        read::{extract::Table, incremental::ReadScope},
        record_scope::Clock,
        run_state,
    },
    sandbox::{Options, Sandbox},
    state::{LinkSet, LinkSetIdentity, StateError, Store, runs::Silence},
    systems::{CallError, End, StopSignal},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

/// A pipeline with both systems open.
pub struct Session {
    pub workspace: Workspace,
    pub pipeline: PipelineRef,
    pub plan: Arc<ExecutionPlan>,
    pub systems: Connections,
    pub store: Store,
    pub identity: LinkSetIdentity,
    pub set: LinkSet,
    /// The link set of the other direction, whose links are the same.
    pub twin: Option<LinkSetIdentity>,
    pub clock: Clock,
    /// Other pipelines with links to the same accounts whose links hold none of them.
    pub beside: Vec<String>,
    /// The identities that both systems report, by name.
    identities: BTreeMap<String, String>,
    /// Keyed hash of what the source is signed in with.
    credential: String,
    /// Stopped when the session is dropped.
    sandbox: Option<Sandbox>,
}

impl Workspace {
    /// Compiles a pipeline, opens both systems and asks for their identities. Nothing is written to either.
    ///
    /// # Errors
    /// The file is wrong, a setting or secret is missing, a system does not answer, the state can't be used.
    pub async fn session(&mut self, asked: Option<&str>, today: Option<Date>) -> Result<Session, EngineError> {
        self.session_until(asked, today, StopSignal::default()).await
    }

    /// The same, with waits that end when the run is to stop.
    pub(super) async fn session_until(
        &mut self,
        asked: Option<&str>,
        today: Option<Date>,
        stop: StopSignal,
    ) -> Result<Session, EngineError> {
        self.stop = stop;
        let pipeline = self.project.choose(asked)?;
        self.freshen(&pipeline).await?;
        let (plan, _) = self.project.compile(&pipeline, false)?;
        Session::open(self.clone(), pipeline, plan, today).await
    }
}

impl Session {
    /// A session of a plan that is compiled already.
    ///
    /// # Errors
    /// As [`Workspace::session`].
    pub async fn open(workspace: Workspace, pipeline: PipelineRef, plan: ExecutionPlan, today: Option<Date>) -> Result<Self, EngineError> {
        let clock = workspace.clock(&plan, today);
        let Identified { stand_ins, systems, identities, identity } = identified(&workspace, &plan, clock).await?;
        let project = &workspace.project;
        let store = Store::open_in(&project.host, &project.state_folder())?;
        let identity = store.as_stored(identity, &plan.key_form)?;
        let set = store.link_set(&identity)?;
        let twin = run_state::other_direction(&store, &plan, &identity)?;
        if let Some(twin) = &twin {
            run_state::share_links(&store, &identity, twin, clock.now)?;
        }
        let credential = credential(&workspace, &plan, &store)?;
        let beside = holders::beside(&workspace.project, &store, &identity)?;
        let plan = Arc::new(plan);
        Ok(Self {
            workspace,
            pipeline,
            plan,
            systems,
            store,
            identity,
            set,
            twin,
            clock,
            beside,
            identities,
            credential,
            sandbox: stand_ins,
        })
    }

    /// Reads both sides: everything, or only the changes of the source.
    ///
    /// # Errors
    /// The state can't be read.
    pub async fn read(&self, breadth: ReadBreadth) -> Result<Reads, EngineError> {
        let (store, plan, set) = (&self.store, &self.plan, &self.set.id);
        let asked = match breadth {
            ReadBreadth::Used => run_state::asked(store, plan, set, self.clock)?,
            ReadBreadth::Everything => run_state::asked_for_all(store, plan, set)?,
        };
        let reads = self.read_what(breadth, &asked).await;
        run_state::keep_mark(&self.store, &self.set.id, reads.source.mark.as_ref(), self.clock.now)?;
        Ok(reads)
    }

    async fn read_what(&self, breadth: ReadBreadth, asked: &ReadScope) -> Reads {
        let stages = Stages::of(&self.workspace);
        let Connections { source, target, joins } = &self.systems;
        sides::read(&self.plan, Open { source, target, joins }, breadth, asked, self.clock, &stages).await
    }

    /// The present content of the state.
    ///
    /// # Errors
    /// The state can't be read.
    pub fn memory(&self) -> Result<Memory, EngineError> {
        self.memory_at(self.clock)
    }

    /// The content of the state, for a plan at another time than the session's beginning: `watch` may run past midnight.
    ///
    /// # Errors
    /// The state can't be read.
    pub fn memory_at(&self, clock: Clock) -> Result<Memory, EngineError> {
        let mut claims = self.store.claims_beside(&self.identity.pipeline, &self.identity.target)?;
        claims.retain(|(pipeline, _)| !self.beside.contains(pipeline));
        let month = SignedDuration::from_hours(31 * 24);
        let window = self.plan.guards.iter().filter_map(|guard| guard.over).map(|over| SignedDuration::from_secs(over.seconds()));
        let since = clock.now - window.chain([month]).max().unwrap_or(month);
        let (mut baselines, mut events) = (self.store.baselines(&self.set.id, clock.now, since)?, self.store.events(&self.set.id)?);
        if let Some(silence) = self.silence(clock.now)?.filter(|_| baselines.recovery.is_empty()) {
            baselines.recovery.push(silence.words());
            events.in_doubt = true;
        }
        Ok(Memory {
            links: self.store.links(&self.set.id)?,
            baselines,
            blocked: self.store.open_keys(&self.set.id)?.into_iter().collect(),
            events,
            identity: Identity {
                environment: self.workspace.project.config.environment.clone(),
                sandbox: self.workspace.project.sandbox,
                link_set: self.set.id.clone(),
                lineage: self.store.lineage()?,
                credential: self.credential.clone(),
            },
            digester: Digester::new(self.store.key()),
            adoption: self.set.new,
            clock,
            pending_work: pending::load(&self.store, &self.plan, &self.set.id)?,
            related: RelatedState {
                holders: holders::holders(&self.workspace.project, &self.store, &self.identity, &self.beside)?,
                claims,
                ..run_state::related_state(&self.store, &self.plan, self.twin.as_ref(), &self.identities)?
            },
        })
    }

    /// Since when no run has ended, if that is so long ago that a person may have put an older state back. Stand-ins have nobody to lose.
    pub(in crate::engine) fn silence(&self, now: Timestamp) -> Result<Option<Silence>, StateError> {
        let last = if self.sandbox.is_some() { None } else { self.store.last_ended(&self.set.id)? };
        Ok(last.filter(|last| self.plan.was_silent(*last, now)).map(|from| Silence { from, until: now }))
    }

    /// Plans the changes with a plan, this session's own or an edit of it, on what was read.
    pub async fn plan_changes(&self, plan: &ExecutionPlan, reads: &mut Reads, memory: &Memory) -> ChangeSet {
        lookups::resolve_lookups(plan, reads, memory, &self.systems.source, &self.systems.target).await
    }

    /// Reads, looks up and plans: the change set of a run now.
    ///
    /// # Errors
    /// The state can't be read.
    pub async fn look(&self) -> Result<ChangeSet, EngineError> {
        let reads = self.read(ReadBreadth::Used).await?;
        self.plan_from_reads(reads).await
    }

    /// As [`Session::look`], with everything read.
    ///
    /// # Errors
    /// The state can't be read.
    pub async fn look_at_all(&self) -> Result<ChangeSet, EngineError> {
        let asked = run_state::asked_for_all(&self.store, &self.plan, &self.set.id)?;
        let reads = self.read_what(ReadBreadth::Used, &asked).await;
        self.plan_from_reads(reads).await
    }

    /// Plans the changes with this session's own plan, and reports records that need attention.
    ///
    /// # Errors
    /// The state can't be read.
    pub async fn plan_from_reads(&self, mut reads: Reads) -> Result<ChangeSet, EngineError> {
        let memory = self.memory()?;
        for why in &memory.baselines.recovery {
            self.workspace.tell(Notice::Recovery(why.clone()));
        }
        let set = self.plan_changes(&self.plan, &mut reads, &memory).await;
        self.announce(&set);
        Ok(set)
    }

    fn announce(&self, set: &ChangeSet) {
        let attention = [Verdict::Held, Verdict::Rejected, Verdict::Unread];
        for finding in set.findings.iter().filter(|finding| attention.contains(&finding.verdict)) {
            let (key, detail) = (finding.key.clone(), finding.detail.clone());
            self.workspace.listener.on_event(Event::Finding { key, verdict: finding.verdict, detail });
        }
        self.workspace.listener.on_event(Event::Judged { change_set: set.head.id.clone(), operations: set.operations.len() as u64 });
    }

    /// Saves a change set as a file of the state's folder.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn save(&self, set: &ChangeSet) -> Result<(), EngineError> {
        // A person may decide about its records before anything of it is applied.
        let transaction = self.store.transaction()?;
        transaction.ensure_link_set(&self.identity, self.clock.now)?;
        transaction.set_key_form(&self.set.id, &self.plan.key_form)?;
        transaction.commit()?;
        change_sets::save(set, &self.store, &self.workspace.project)
    }

    /// Where the secrets of each system are sent; nothing in the sandbox, whose secrets are made up.
    pub fn destinations(&self) -> impl Iterator<Item = (&System, Vec<String>)> {
        let Connections { source, target, joins } = &self.systems;
        let connections = [source, target].into_iter().chain(joins);
        let all = sides_of(&self.plan).zip(connections).filter(|_| self.sandbox.is_none());
        all.map(|(side, connection)| (&*side.system, connection.destinations()))
    }

    /// The target's public attributes, which may always be printed.
    #[must_use]
    pub fn public(&self) -> BTreeSet<String> {
        public(&self.plan)
    }
}

/// The target's public attributes, which may always be printed.
#[must_use]
pub fn public(plan: &ExecutionPlan) -> BTreeSet<String> {
    plan.target.collection().attributes.iter().filter(|attribute| attribute.public).map(|attribute| attribute.name.clone()).collect()
}

/// A keyed hash of the secrets by which the source knows us; stand-ins know none.
fn credential(workspace: &Workspace, plan: &ExecutionPlan, store: &Store) -> Result<String, EngineError> {
    let mut hasher = blake3::Hasher::new_keyed(&store.key());
    let all = if workspace.project.sandbox { BTreeMap::new() } else { secrets(&workspace.project, plan, &plan.source)? };
    for part in all.into_iter().flat_map(|(name, secret)| [name, secret]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

/// Refuses a run whose reads can't be used, with a sentence for each read.
///
/// # Errors
/// If a read broke and the pipeline does not say to continue, or the source returned nothing usable.
pub fn usable(set: &ChangeSet, plan: &ExecutionPlan) -> Result<(), EngineError> {
    let broken = set.broken_reads();
    let nothing = matches!(set.head.source.end, End::Broken { .. }) && set.head.source.records == 0;
    if broken.is_empty() || plan.on_incomplete_read_continue && !nothing {
        return Ok(());
    }
    Err(EngineError::Incomplete(broken))
}

/// Both systems of a pipeline, and who they say that they are.
pub(super) struct Identified {
    stand_ins: Option<Sandbox>,
    pub systems: Connections,
    identities: BTreeMap<String, String>,
    pub identity: LinkSetIdentity,
}

pub(super) async fn identified(workspace: &Workspace, plan: &ExecutionPlan, clock: Clock) -> Result<Identified, EngineError> {
    allowed(plan)?;
    let project = &workspace.project;
    let stand_ins = if project.sandbox { Some(start(project, plan, plan.day(clock.now), &Options::default())?) } else { None };
    let systems = Opening { workspace, plan, sandbox: stand_ins.as_ref(), clock }.all()?;
    let identities = identities(plan, &systems).await?;
    let identity = identity(plan, &identities);
    Ok(Identified { stand_ins, systems, identities, identity })
}

/// The identities of both systems. A refused sign-in stops here, after one request.
async fn identities(plan: &ExecutionPlan, systems: &Connections) -> Result<BTreeMap<String, String>, EngineError> {
    let refused = |error: CallError| EngineError::System(error.message);
    let from = (plan.source.system.name.clone(), systems.source.identity().await.map_err(refused)?);
    let to = (plan.target.system.name.clone(), systems.target.identity().await.map_err(refused)?);
    Ok(BTreeMap::from([from, to]))
}

/// The link set: whose people these are.
fn identity(plan: &ExecutionPlan, identities: &BTreeMap<String, String>) -> LinkSetIdentity {
    let of = |side: &Side| format!("{} {}", identities.get(&side.system.name).map_or("", String::as_str), side.collection().name);
    LinkSetIdentity { pipeline: plan.name.clone(), key: plan.key_text.clone(), source: of(&plan.source), target: of(&plan.target) }
}

/// Reports the progress of each read.
pub(super) struct Stages<'a> {
    workspace: &'a Workspace,
    begun: Mutex<BTreeSet<String>>,
}

impl<'a> Stages<'a> {
    pub fn of(workspace: &'a Workspace) -> Self {
        Self { workspace, begun: Mutex::default() }
    }

    fn begin(&self, collection: &str) {
        if self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(collection.to_owned()) {
            self.workspace.listener.on_event(Event::Begun(Stage::Read(collection.to_owned())));
        }
    }
}

impl sides::Progress for Stages<'_> {
    fn received(&self, collection: &str, records: u64, total: Option<u64>) {
        self.begin(collection);
        let stage = Stage::Read(collection.to_owned());
        self.workspace.listener.on_event(Event::Progress { stage, done: records, of: total, counts: Counts::default() });
    }

    fn ended(&self, collection: &str, table: &Table) {
        self.begin(collection);
        let end = match (&table.end, &table.delta) {
            (End::Complete { .. }, _) => StageEnd::Complete,
            (End::Delta, Some(delta)) => StageEnd::Since { since: delta.since, again: delta.again },
            (End::Delta, None) => StageEnd::OneByOne,
            (End::Broken { reason, .. }, _) => StageEnd::Broken(reason.clone()),
        };
        self.workspace.listener.on_event(Event::Ended { stage: Stage::Read(collection.to_owned()), done: table.records, end });
    }
}
