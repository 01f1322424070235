//! What an answer was judged on, and what it depends on.

use crate::{engine::session::Session, reload::disk::FileState, systems::Connection};
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// Where two of them differ, what was read has to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    pub plan: String,
    pub files: Vec<(PathBuf, FileState)>,
}

impl Basis {
    /// What a session reads: how it has to be reached, and its files of records as they are now.
    pub fn of(session: &Session) -> Self {
        Self { plan: session.plan.read_basis.clone(), files: stamps(data_files(session).iter().map(PathBuf::as_path)) }
    }
}

/// What an answer depends on: where all of it is as before, there is nothing to say.
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
pub(super) fn stamps<'f>(files: impl Iterator<Item = &'f Path>) -> Vec<(PathBuf, FileState)> {
    files.map(|file| (file.to_path_buf(), FileState::stamp(file))).collect()
}
