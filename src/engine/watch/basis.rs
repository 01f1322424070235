//! The reads that an answer is based on, and everything else that it depends on.

use crate::{engine::session::Session, host::Disk, reload::disk::FileState, systems::Connection};
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// If two of them differ, both systems have to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    pub plan: String,
    pub files: Vec<(PathBuf, FileState)>,
}

impl Basis {
    /// What a session reads: how its systems are reached, and the present state of its files of records.
    pub fn of(session: &Session) -> Self {
        Self {
            plan: session.plan.read_basis.clone(),
            files: stamps(session.workspace.project.host.disk(), data_files(session).iter().map(PathBuf::as_path)),
        }
    }
}

/// What an answer depends on. If nothing of it has changed, no new answer is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Concern {
    pub files: Vec<(PathBuf, FileState)>,
    pub said: Vec<(&'static str, String)>,
    pub refusal: Option<String>,
    pub data: Vec<(PathBuf, FileState)>,
    pub day: Date,
}

/// The files of records that a session reads.
pub(super) fn data_files(session: &Session) -> Vec<PathBuf> {
    let (plan, systems) = (&session.plan, &session.systems);
    let file = |connection: &Connection, collection: usize| connection.data_file(collection);
    let joined = plan.joins.iter().zip(&systems.joins).map(|(join, connection)| file(connection, join.end.collection));
    let ends = [file(&systems.source, plan.source.collection), file(&systems.target, plan.target.collection)];
    ends.into_iter().chain(joined).flatten().collect()
}

/// The size and time of each file.
pub(super) fn stamps<'f>(disk: &dyn Disk, files: impl Iterator<Item = &'f Path>) -> Vec<(PathBuf, FileState)> {
    files.map(|file| (file.to_path_buf(), FileState::stamp(disk, file))).collect()
}
