//! Why the state can't be used.

use rusqlite::ErrorCode;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why the state can't be used, and what to do about it. The source is the error of SQLite or the system.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    #[error("the disk is full, and nothing can be remembered: free some space and run again")]
    DiskFull(#[source] Arc<rusqlite::Error>),
    #[error("the disk is full or fails ({0}), and nothing can be remembered: free some space, and run again")]
    Disk(#[source] Arc<rusqlite::Error>),
    #[error("the state can't be written: give yourself the right to write its folder")]
    ReadOnly(#[source] Arc<rusqlite::Error>),
    #[error("the state is in use by another process: wait until it is done and run again")]
    InUse(#[source] Arc<rusqlite::Error>),
    #[error("the state is damaged: restore a copy of it, or move it away and start again")]
    Damaged(#[source] Arc<rusqlite::Error>),
    #[error("the state failed: {0}")]
    Sql(#[source] Arc<rusqlite::Error>),
    #[error("`{}` can't be opened: give yourself the right to read and write it", path.display())]
    Closed {
        path: PathBuf,
        #[source]
        error: Arc<rusqlite::Error>,
    },
    #[error("{}", folder_words(folder, error))]
    Folder {
        folder: PathBuf,
        #[source]
        error: Arc<std::io::Error>,
    },
    #[error("`{}` is not a state of Counterpart: move it away and run again; nothing was changed", .0.display())]
    Foreign(PathBuf),
    #[error(
        "`{}` was written by a newer version of counterpart (schema {schema}, this one knows {known}): use that version, or another environment; nothing was changed",
        path.display()
    )]
    Newer { path: PathBuf, schema: usize, known: usize },
    #[error("`{}` is not a key: restore a copy of it, or remove it to begin with a new one", .0.display())]
    NoKey(PathBuf),
    #[error("`{}` vanished while it was made: run again", .0.display())]
    KeyVanished(PathBuf),
    #[error(
        "the links of `{pipeline}` belong elsewhere: {moved}; nothing runs until it is as it was, or a person says that they are the same people. Other people take another environment, with `--env`"
    )]
    Moved { pipeline: String, moved: String },
    #[error("operation {key} lost its step")]
    NoStep { key: String },
}

fn folder_words(folder: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => format!("the disk of `{}` is full: free some space and run again", folder.display()),
        _ => format!("`{}` can't be written ({error}): give yourself the right to write it", folder.display()),
    }
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull(Arc::new(error)),
            Some(ErrorCode::SystemIoFailure) => Self::Disk(Arc::new(error)),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::ReadOnly(Arc::new(error)),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse(Arc::new(error)),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(Arc::new(error)),
            _ => Self::Sql(Arc::new(error)),
        }
    }
}

pub(super) fn located(path: &Path, error: rusqlite::Error) -> StateError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StateError::Foreign(path.to_owned()),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StateError::Closed { path: path.to_owned(), error: Arc::new(error) }
        }
        _ => error.into(),
    }
}

pub(super) fn unusable(folder: &Path, error: std::io::Error) -> StateError {
    StateError::Folder { folder: folder.to_owned(), error: Arc::new(error) }
}
