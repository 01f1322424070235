//! Each save is checked and judged again, and answered with a generation. Sends no writing request.
//!
//! The last good plan stays: a mistake changes nothing. Watched is all that a run would use: the pipeline's files, the configuration,
//! the names of the folder's pipelines, what systems told, files of records. Links are read anew for each answer, and the day is today's.
//! What was read is read again by itself where that costs nobody a request; else [`Data::Other`] says that it is of another source.

use super::{EngineError, Event, Workspace, session::Session};
use crate::{
    check::{self, Checked},
    compile::ExecutionPlan,
    diagnose::edit,
    project::{PipelineRef, Project, ProjectError, config::FILE, discovery_cache::DiscoveryCache},
    reload::{
        Answer, Generation, Live, Reload, Swapped,
        disk::{FileState, WatchedFile},
    },
    run::{
        change_set::ChangeSet,
        plan::lookups::Memory,
        read::sides::{ReadBreadth, Reads},
        read::{
            extract::{Extractor, Table},
            joins,
        },
        record_scope::Clock,
    },
    systems::{Connection, End},
};
use jiff::{Timestamp, civil::Date};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How often the thread that waits for saves looks whether anybody still listens.
const BREATH: Duration = Duration::from_secs(1);

/// A pipeline that is watched.
pub struct Watch {
    session: Session,
    live: Arc<Live<ExecutionPlan>>,
    saves: UnboundedReceiver<Save>,
    reads: Reads,
    read_at: Timestamp,
    /// How what was read had to be reached, and the files of records as they were.
    basis: Basis,
    data_files: DataFiles,
    day: Date,
    /// What the generation in force would do, once it is judged.
    set: Option<ChangeSet>,
    /// The last answer: what is wrong with the file now.
    checked: Checked,
    concern: Option<Concern>,
}

/// The files of records that were read, as they were then.
type DataFiles = Arc<Mutex<Vec<(PathBuf, FileState)>>>;

type Save = Box<Answer<ProjectError>>;

/// What is in force, the answer to the first generation, and those to come.
type Reloading = (Arc<Live<ExecutionPlan>>, Answer<ProjectError>, UnboundedReceiver<Save>);

/// What the next answer is about.
pub enum Change {
    Saved(Save),
    /// It is past midnight in the pipeline's zone.
    NewDay,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub swapped: Swapped,
    /// Why the file is not taken although it is free of errors.
    pub refusal: Option<String>,
    pub took: Duration,
    pub data: Data,
}

/// What an answer was judged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// What the generation in force would read, as it was when it was read.
    OfThisPlan,
    /// What an earlier generation had read, of another source or target: it has to be read again to tell.
    Other,
}

/// Where two of them differ, what was read has to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Basis {
    plan: String,
    files: Vec<(PathBuf, FileState)>,
}

/// What an answer depends on: where all of it is as before, there is nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Concern {
    files: Vec<(PathBuf, FileState)>,
    said: Vec<(&'static str, String)>,
    refusal: Option<String>,
    data: Vec<(PathBuf, FileState)>,
    day: Date,
}

impl Concern {
    fn of(change: &Change, watch: &Watch) -> Self {
        let project = watch.project();
        let (checked, refusal) = match change {
            Change::Saved(answer) => (&answer.checked, answer.refusal.as_ref().map(ToString::to_string)),
            Change::NewDay => (&watch.checked, None),
        };
        let texts = checked.files.iter().cloned().chain([project.folder.join(FILE)]);
        let day = watch.live.current().map_or(watch.day, |live| live.value.day(project.host.now()));
        Self {
            files: texts.map(|file| (file.clone(), FileState::at(&file))).collect(),
            said: checked.diagnostics.iter().map(|one| (one.code, one.message.clone())).collect(),
            refusal,
            data: watch.stamps_now(),
            day,
        }
    }
}

impl Workspace {
    /// Opens a pipeline, reads both systems, and watches all that a run would use.
    ///
    /// # Errors
    /// As [`Workspace::plan`].
    pub async fn watch(&mut self, asked: Option<&str>) -> Result<(Watch, Option<Watched>), EngineError> {
        let session = self.session(asked, None).await?;
        let data_files = Arc::new(Mutex::new(stamps(&data_files(&session))));
        let (live, first, saves) = reload(&session, Arc::clone(&data_files))?;
        let (reads, basis) = (session.read(ReadBreadth::Everything).await?, basis(&session));
        let (read_at, day) = (self.project.host.now(), session.clock.today);
        let checked = self.project.check(&session.pipeline.file);
        let mut watch = Watch { session, live, saves, reads, read_at, basis, data_files, day, set: None, checked, concern: None };
        let watched = watch.take(Change::Saved(Box::new(first))).await?;
        Ok((watch, watched))
    }
}

impl Watch {
    /// The pipeline.
    #[must_use]
    pub const fn pipeline(&self) -> &PipelineRef {
        &self.session.pipeline
    }

    /// The project.
    #[must_use]
    pub const fn project(&self) -> &Project {
        &self.session.workspace.project
    }

    /// The generation in force: a run now would use it.
    #[must_use]
    pub fn live(&self) -> Option<Arc<Generation<ExecutionPlan>>> {
        self.live.current()
    }

    /// What it would do.
    #[must_use]
    pub const fn set(&self) -> Option<&ChangeSet> {
        self.set.as_ref()
    }

    /// What is wrong with the file now, or worth a look.
    #[must_use]
    pub const fn checked(&self) -> &Checked {
        &self.checked
    }

    /// When both systems were read.
    #[must_use]
    pub const fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// Waits for a save, or for midnight; none once nothing can come any more. Nothing is lost where the wait is given up.
    pub async fn next(&mut self) -> Option<Change> {
        let midnight = self.session.workspace.project.host.sleep(self.until_midnight());
        tokio::select! {
            save = self.saves.recv() => save.map(Change::Saved),
            () = midnight => Some(Change::NewDay),
        }
    }

    fn until_midnight(&self) -> Duration {
        let now = self.session.workspace.project.host.now();
        let zone = self.live.current().and_then(|live| live.value.zone.clone()).unwrap_or(jiff::tz::TimeZone::UTC);
        let next = self.day.tomorrow().and_then(|day| day.to_zoned(zone)).map(|midnight| midnight.timestamp());
        // The clock of a sleep is not that of the day: a second later is surely past it.
        let wait = next.map_or(jiff::SignedDuration::from_hours(1), |next| next.duration_since(now) + jiff::SignedDuration::from_secs(1));
        Duration::try_from(wait).unwrap_or(BREATH)
    }

    /// Answers a change: judges what is in force now. None where nothing of it concerns this pipeline: another one was added beside it.
    ///
    /// # Errors
    /// The state can't be read, or a system can't be read again.
    pub async fn take(&mut self, change: Change) -> Result<Option<Watched>, EngineError> {
        let host = self.session.workspace.project.host.clone();
        let begun = host.instant();
        let concern = Concern::of(&change, self);
        if self.concern.as_ref() == Some(&concern) {
            return Ok(None);
        }
        self.concern = Some(concern);
        let (swapped, refusal, before) = match change {
            Change::Saved(answer) => {
                let Answer { checked, refusal, swapped, took } = *answer;
                self.checked = checked;
                (swapped, refusal.map(|why| why.to_string()), took)
            }
            Change::NewDay => (Swapped::Same, None, Duration::ZERO),
        };
        let data = if matches!(swapped, Swapped::Refused(_)) { Data::OfThisPlan } else { self.judge_live().await? };
        self.session.workspace.listener.on_event(Event::Done { run: None });
        Ok(Some(Watched { swapped, refusal, took: before + host.since(begun), data }))
    }

    /// Reads both systems again, as the generation in force would, and judges.
    ///
    /// # Errors
    /// A setting or secret is missing, a system does not answer, the state can't be read.
    pub async fn read_again(&mut self) -> Result<Watched, EngineError> {
        let host = self.session.workspace.project.host.clone();
        let begun = host.instant();
        let mut workspace = self.session.workspace.clone();
        // Attributes that are known do until the systems tell others.
        let refusal = workspace.discover(&self.session.pipeline).await.err().map(|error| error.to_string());
        self.reopen(workspace).await?;
        let number = self.live.current().map_or(0, |live| live.number);
        let data = self.judge_live().await?;
        Ok(Watched { swapped: Swapped::Taken(number), refusal, took: host.since(begun), data })
    }

    /// Makes the edits that can only be meant one way; the save is answered like any other.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn fix(&self) -> Result<(), ProjectError> {
        let (texts, _) = edit::mend(&self.checked.diagnostics, &self.checked.sources);
        texts.iter().try_for_each(|(file, text)| self.project().write(&self.checked.sources.file(*file).path, text))
    }

    /// Opens the systems as the configuration and the files say now, and reads them.
    async fn reopen(&mut self, workspace: Workspace) -> Result<(), EngineError> {
        let workspace = Workspace { project: workspace.project.reread()?, ..workspace };
        let pipeline = self.session.pipeline.clone();
        let (plan, _) = workspace.project.compile(&pipeline, false)?;
        self.session = Session::open(workspace, pipeline, plan, None).await?;
        self.basis = basis(&self.session);
        self.data_files.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&self.basis.files);
        self.reads = self.session.read(ReadBreadth::Everything).await?;
        self.read_at = self.session.workspace.project.host.now();
        Ok(())
    }

    async fn judge_live(&mut self) -> Result<Data, EngineError> {
        let Some(generation) = self.live.current() else { return Ok(Data::OfThisPlan) };
        let mut data = self.data_of(&generation.value);
        if data == Data::Other && self.is_free_to_read(&generation.value) {
            self.reopen(self.session.workspace.clone()).await?;
            data = Data::OfThisPlan;
        }
        let clock = self.session.workspace.clock(&generation.value, None);
        self.day = clock.today;
        let memory = self.session.memory_at(clock)?;
        self.set = Some(self.judge(&generation.value, &memory, clock).await);
        Ok(data)
    }

    fn data_of(&self, plan: &ExecutionPlan) -> Data {
        let files = self.stamps_now();
        if self.basis == (Basis { plan: plan.read_basis.clone(), files }) { Data::OfThisPlan } else { Data::Other }
    }

    fn stamps_now(&self) -> Vec<(PathBuf, FileState)> {
        let files = self.data_files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|(file, _)| (file.clone(), FileState::stamp(file))).collect()
    }

    /// Whether reading asks nobody outside for anything.
    fn is_free_to_read(&self, plan: &ExecutionPlan) -> bool {
        let is_file = |side: &crate::compile::Side| side.system.http().is_none();
        self.session.workspace.project.sandbox || super::connect::connections::sides(plan).all(is_file)
    }

    /// Judges by a plan that may ask for other values than the one that read.
    async fn judge(&mut self, plan: &ExecutionPlan, memory: &Memory, clock: Clock) -> ChangeSet {
        let target = again(&self.reads.target, Extractor::target(&plan.target, true));
        let joined = joins::again(plan, &self.reads.joined, again);
        let source = again(&self.reads.source, Extractor::source(&plan.source, true));
        let source = joins::relate(plan, source, &joined, clock);
        let mut reads = Reads { source, target, joined, proofs: self.reads.proofs.clone() };
        let set = self.session.judge(plan, &mut reads, memory).await;
        self.reads.proofs = reads.proofs;
        set
    }
}

/// Compiles each save aside, in a thread of its own.
fn reload(session: &Session, data_files: DataFiles) -> Result<Reloading, EngineError> {
    let (project, pipeline) = (session.workspace.project.clone(), session.pipeline.clone());
    let (host, file) = (project.host.clone(), pipeline.file.clone());
    let config = project.folder.join(FILE);
    let watched_files = move || {
        let data = data_files.lock().unwrap_or_else(PoisonError::into_inner).clone();
        std::iter::once(WatchedFile::Text(config.clone()))
            .chain(data.into_iter().map(|(path, used)| WatchedFile::Data(path, used)))
            .collect()
    };
    let discovery = DiscoveryCache::source(&host, &project.state_folder(), Box::new(watched_files));
    let compile = Box::new(move |checked: &check::Project| {
        let plan = project.reread()?.compile_checked(checked, &pipeline, false)?;
        Ok((plan.hash.clone(), plan))
    });
    let (reload, first) = Reload::open(file, discovery, compile);
    let (live, (sender, saves)) = (reload.live(), unbounded_channel());
    let waiting = host.thread("watch", Box::new(move || wait(reload, &sender)));
    drop(waiting.map_err(|error| EngineError::Silent(format!("the system gives no threads: {error}")))?);
    Ok((live, first, saves))
}

fn wait(mut reload: Reload<ExecutionPlan, ProjectError>, saves: &UnboundedSender<Save>) {
    while !saves.is_closed() {
        if let Some(answer) = reload.wait(BREATH) {
            // Where nobody listens any more, the loop ends.
            let _ = saves.send(Box::new(answer));
        }
    }
}

/// The files of records that a session reads.
fn data_files(session: &Session) -> Vec<PathBuf> {
    let (plan, systems) = (&session.plan, &session.systems);
    let file = |connection: &Connection, collection: usize| connection.data_file(collection);
    let joined = plan.joins.iter().zip(&systems.joins).map(|(join, connection)| file(connection, join.end.collection));
    let ends = [file(&systems.source, plan.source.collection), file(&systems.target, plan.target.collection)];
    ends.into_iter().chain(joined).flatten().collect()
}

fn basis(session: &Session) -> Basis {
    Basis { plan: session.plan.read_basis.clone(), files: stamps(&data_files(session)) }
}

fn stamps(files: &[PathBuf]) -> Vec<(PathBuf, FileState)> {
    files.iter().map(|file| (file.clone(), FileState::stamp(file))).collect()
}

/// The same records, taken by another plan.
fn again(table: &Table, mut extractor: Extractor) -> Table {
    for record in &table.raw {
        extractor.take(&[record]);
    }
    let end = match &table.end {
        End::Broken { reason, class } => End::Broken { reason: reason.clone(), class: *class },
        other => other.clone(),
    };
    extractor.finish(end, table.requests, table.milliseconds)
}
