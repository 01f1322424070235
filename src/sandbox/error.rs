//! Why the sandbox can't do its work.

use std::{io, path::PathBuf};

/// Why the stand-ins can't be started or used: their database, their folder, the seed or the declaration.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the sandbox's database can't be used: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the sandbox's database contains a record that is not JSON: {0}")]
    Record(#[source] serde_json::Error),
    #[error("the sandbox's folder `{}` can't be written ({error}): give yourself the right to write it", folder.display())]
    Folder {
        folder: PathBuf,
        #[source]
        error: io::Error,
    },
    /// An answer was asked for that can't be given: one sentence.
    #[error("{0}")]
    Answer(String),
    /// A seed, a port, a file or a declaration that can't be used: one sentence.
    #[error("{0}")]
    Unusable(String),
}

impl SandboxError {
    /// Whether what was asked for is wrong, and nothing else.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        matches!(self, Self::Answer(_))
    }
}

impl From<String> for SandboxError {
    fn from(sentence: String) -> Self {
        Self::Unusable(sentence)
    }
}

impl From<&str> for SandboxError {
    fn from(sentence: &str) -> Self {
        Self::Unusable(sentence.to_owned())
    }
}
