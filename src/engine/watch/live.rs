//! A pipeline that is watched: what is in force, what a change makes of it.

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

/// The clock of a sleep is not that of the day: so much later it is surely past midnight.
const AFTER_MIDNIGHT: Duration = Duration::from_secs(1);

/// A pipeline that is watched.
pub struct Watch {
    pub(super) session: Session,
    pub(super) live: Arc<Live<ExecutionPlan>>,
    saves: UnboundedReceiver<Save>,
    pub(super) reads: Reads,
    pub(super) read_at: Timestamp,
    /// How what was read had to be reached, and the files of records as they were.
    pub(super) basis: Basis,
    pub(super) data_files: DataFiles,
    pub(super) day: Date,
    /// What the generation in force would do, or why it could do nothing; once it is judged.
    pub(super) outcome: Option<Result<ChangeSet, EngineError>>,
    /// The last answer: what is wrong with the file now.
    checked: Checked,
    concern: Option<Concern>,
}

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

impl Workspace {
    /// Opens a pipeline, reads both systems, and watches all that a run would use.
    ///
    /// # Errors
    /// As [`Workspace::plan`].
    pub async fn watch(&mut self, asked: Option<&str>) -> Result<(Watch, Option<Watched>), EngineError> {
        let session = self.session(asked, None).await?;
        let data_files = Arc::new(Mutex::new(stamps(data_files(&session).iter().map(PathBuf::as_path))));
        let (live, first, saves) = reload(&session, Arc::clone(&data_files))?;
        let (reads, basis) = (session.read(ReadBreadth::Everything).await?, Basis::of(&session));
        let (read_at, day) = (self.project.host.now(), session.clock.today);
        let checked = self.project.check(&session.pipeline.file);
        let mut watch = Watch { session, live, saves, reads, read_at, basis, data_files, day, outcome: None, checked, concern: None };
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

    /// What it would do; none where a run now would stop.
    #[must_use]
    pub fn set(&self) -> Option<&ChangeSet> {
        self.outcome.as_ref()?.as_ref().ok()
    }

    /// Why a run now would stop, as a plan would: a read can't be used, and nothing may be counted from it.
    #[must_use]
    pub fn obstacle(&self) -> Option<&EngineError> {
        self.outcome.as_ref()?.as_ref().err()
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
        let zone = self.live.current().and_then(|live| live.value.zone.clone()).unwrap_or(TimeZone::UTC);
        let next = self.day.tomorrow().and_then(|day| day.to_zoned(zone)).map(|midnight| midnight.timestamp());
        let wait = next.map_or(SignedDuration::from_hours(1), |next| next.duration_since(now));
        Duration::try_from(wait).unwrap_or_default() + AFTER_MIDNIGHT
    }

    /// Answers a change: judges what is in force now. None where nothing of it concerns this pipeline: another one was added beside it.
    ///
    /// # Errors
    /// The state can't be read, or a system can't be read again.
    pub async fn take(&mut self, change: Change) -> Result<Option<Watched>, EngineError> {
        let host = self.session.workspace.project.host.clone();
        let begun = host.instant();
        let concern = self.concern_of(&change);
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
            files: texts.map(|file| (file.clone(), FileState::at(&file))).collect(),
            said: checked.diagnostics.iter().map(|one| (one.code, one.message.clone())).collect(),
            refusal,
            data: self.stamps_now(),
            day: self.live.current().map_or(self.day, |live| live.value.day(project.host.now())),
        }
    }

    /// The files of records that were read, as they are now.
    pub(super) fn stamps_now(&self) -> Vec<(PathBuf, FileState)> {
        let files = self.data_files.lock().unwrap_or_else(PoisonError::into_inner);
        stamps(files.iter().map(|(file, _)| file.as_path()))
    }
}
