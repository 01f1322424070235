//! A pipeline that is watched: the generation in force, and the answers to changes.

use super::{
    basis::{Basis, Concern, data_files, stamps},
    saves::{DataFiles, Save, reload},
};
use crate::{
    check::Checked,
    compile::ExecutionPlan,
    diagnose::edit,
    engine::{EngineError, Event, Workspace, session::Session},
    project::{PipelineRef, Project, ProjectError, config::FILE},
    reload::{Answer, Generation, Live, Swapped, disk::FileState},
    run::{
        change_set::ChangeSet,
        read::sides::{ReadBreadth, Reads},
    },
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc::UnboundedReceiver;

/// A sleep may end early by the wall clock; with this margin it is past midnight.
const AFTER_MIDNIGHT: Duration = Duration::from_secs(1);

/// A pipeline that is watched.
pub struct Watch {
    pub(super) session: Session,
    pub(super) live: Arc<Live<ExecutionPlan>>,
    saves: UnboundedReceiver<Save>,
    pub(super) reads: Reads,
    pub(super) read_at: Timestamp,
    /// What the reads are based on: how the systems were reached, and the state of the files of records.
    pub(super) basis: Basis,
    pub(super) data_files: DataFiles,
    pub(super) day: Date,
    /// What the generation in force would do, or why it can do nothing; `None` before the first plan.
    pub(super) outcome: Option<Result<ChangeSet, EngineError>>,
    /// The diagnostics of the last answer.
    checked: Checked,
    concern: Option<Concern>,
}

/// What the next answer is about.
pub enum Change {
    Saved(Save),
    /// It is past midnight in the pipeline's zone.
    NewDay,
}

/// The result of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub swapped: Swapped,
    /// Why the file is not used although it has no errors.
    pub refusal: Option<String>,
    pub took: Duration,
    pub data: Data,
}

/// The reads that an answer is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Reads of the source and target of the generation in force.
    OfThisPlan,
    /// Reads of another source or target, for an earlier generation: a correct answer needs a new read.
    Other,
}

impl Workspace {
    /// Opens a pipeline, reads both systems, and watches everything that a run would use.
    ///
    /// # Errors
    /// As [`Workspace::plan`].
    pub async fn watch(&mut self, asked: Option<&str>) -> Result<(Watch, Option<Watched>), EngineError> {
        let session = self.session(asked, None).await?;
        let data_files = Arc::new(Mutex::new(stamps(self.project.host.disk(), data_files(&session).iter().map(PathBuf::as_path))));
        let (live, first, saves) = reload(&session, Arc::clone(&data_files))?;
        let (reads, basis) = (session.read(ReadBreadth::Everything).await?, Basis::of(&session));
        let (read_at, day) = (self.project.host.now(), session.clock.today);
        let checked = self.project.check(&session.pipeline.file);
        let mut watch = Watch { session, live, saves, reads, read_at, basis, data_files, day, outcome: None, checked, concern: None };
        let watched = watch.take(Change::Saved(Box::new(first))).await;
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

    /// The generation in force: the last one without errors. A run would use the file as it is.
    #[must_use]
    pub fn live(&self) -> Option<Arc<Generation<ExecutionPlan>>> {
        self.live.current()
    }

    /// What it would do; `None` if a run now would stop.
    #[must_use]
    pub fn set(&self) -> Option<&ChangeSet> {
        self.outcome.as_ref()?.as_ref().ok()
    }

    /// Why a run now would stop: a read can't be used.
    #[must_use]
    pub fn obstacle(&self) -> Option<&EngineError> {
        self.outcome.as_ref()?.as_ref().err()
    }

    /// Errors and lints of the present file.
    #[must_use]
    pub const fn checked(&self) -> &Checked {
        &self.checked
    }

    /// When both systems were read.
    #[must_use]
    pub const fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// Waits for a save, or for midnight; `None` if no change can come any more. Cancelling the wait loses no change.
    pub async fn next(&mut self) -> Option<Change> {
        let midnight = self.session.workspace.project.host.sleep(self.until_midnight());
        tokio::select! {
            save = self.saves.recv() => save.map(Change::Saved),
            () = midnight => Some(Change::NewDay),
        }
    }

    fn until_midnight(&self) -> Duration {
        let now = self.session.workspace.project.host.now();
        let zone = self.live.current().and_then(|live| live.value.zone.clone()).unwrap_or(TimeZone::UTC);
        let next = self.day.tomorrow().and_then(|day| day.to_zoned(zone)).map(|midnight| midnight.timestamp());
        let wait = next.map_or(SignedDuration::from_hours(1), |next| next.duration_since(now));
        Duration::try_from(wait).unwrap_or_default() + AFTER_MIDNIGHT
    }

    /// Answers a change: plans with the generation in force, or says why it can't. `None` if the change does not concern this pipeline,
    /// such as a new file of another one.
    pub async fn take(&mut self, change: Change) -> Option<Watched> {
        let host = self.session.workspace.project.host.clone();
        let begun = host.instant();
        let concern = self.concern_of(&change);
        if self.concern.as_ref() == Some(&concern) {
            return None;
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
        let data = if matches!(swapped, Swapped::Refused(_)) {
            Data::OfThisPlan
        } else {
            self.plan_live().await.unwrap_or_else(|error| {
                self.outcome = Some(Err(error));
                Data::OfThisPlan
            })
        };
        self.session.workspace.listener.on_event(Event::Done { run: None });
        Some(Watched { swapped, refusal, took: before + host.since(begun), data })
    }

    /// Reads both systems again with the present file, and plans.
    ///
    /// # Errors
    /// The file is wrong, a setting or secret is missing, a system does not answer, the state can't be read. What was read before stays.
    pub async fn read_again(&mut self) -> Result<Watched, EngineError> {
        let host = self.session.workspace.project.host.clone();
        let begun = host.instant();
        let mut workspace = self.session.workspace.clone();
        // Known attributes are used until a system reports others.
        let refusal = workspace.discover(&self.session.pipeline).await.err().map(|error| error.to_string());
        self.reopen(workspace).await?;
        let number = self.live.current().map_or(0, |live| live.number);
        let data = self.plan_live().await?;
        Ok(Watched { swapped: Swapped::Taken(number), refusal, took: host.since(begun), data })
    }

    /// Makes the edits that have only one meaning; the save is answered like any other.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn fix(&self) -> Result<(), ProjectError> {
        let (texts, _) = edit::apply_fixes(&self.checked.diagnostics, &self.checked.sources);
        texts.iter().try_for_each(|(file, text)| self.project().write(&self.checked.sources.file(*file).path, text))
    }

    /// What the answer to a change depends on.
    fn concern_of(&self, change: &Change) -> Concern {
        let project = self.project();
        let (checked, refusal) = match change {
            Change::Saved(answer) => (&answer.checked, answer.refusal.as_ref().map(ToString::to_string)),
            Change::NewDay => (&self.checked, None),
        };
        let texts = checked.files.iter().cloned().chain([project.folder.join(FILE)]);
        Concern {
            files: texts.map(|file| (file.clone(), FileState::at(project.host.disk(), &file))).collect(),
            said: checked.diagnostics.iter().map(|one| (one.code, one.message.clone())).collect(),
            refusal,
            data: self.stamps_now(),
            day: self.live.current().map_or(self.day, |live| live.value.day(project.host.now())),
        }
    }

    /// The present state of the files of records that were read.
    pub(super) fn stamps_now(&self) -> Vec<(PathBuf, FileState)> {
        let files = self.data_files.lock().unwrap_or_else(PoisonError::into_inner);
        stamps(self.project().host.disk(), files.iter().map(|(file, _)| file.as_path()))
    }
}
