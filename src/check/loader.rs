//! Where the text of files comes from: the disk, an editor's unsaved buffers, or a map in a test.

use crate::host::NotAdmitted;
use std::path::{Path, PathBuf};

/// Gives the check all that it knows of the outside; the check itself touches neither disk nor clock.
pub trait Loader {
    /// The text of a file.
    ///
    /// # Errors
    /// Not there, not UTF-8, or unreadable.
    fn load(&self, path: &Path) -> Result<String, LoadError>;

    /// The `.sync` files directly in a folder, by name: a pipeline may name one of another file, and must not write what it writes.
    fn files_in(&self, _folder: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// One name for a file that several paths lead to: links in a circle are recognised by it.
    fn identity(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }

    /// When a system was last asked for the attributes of a collection or of one of its parts; none if it never was, or if that is not known.
    fn asked(&self, _system: &str, _collection: &str, _part: Option<&str>) -> Option<jiff::Timestamp> {
        None
    }

    /// The attributes that a system listed for a collection or one of its parts when it was last asked; none if it never was.
    fn discovered(&self, _system: &str, _collection: &str, _part: Option<&str>) -> Option<Vec<DiscoveredAttribute>> {
        None
    }
}

/// An attribute that a system listed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DiscoveredAttribute {
    pub name: String,
    /// The type as the declaration translates it: one of its `types`, by its name at the system.
    pub ty: String,
    /// Where it is in the part, or in the record if it belongs to the collection itself.
    pub path: String,
}

/// Why a file can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    NotFound,
    /// The offset of the first byte that is not UTF-8.
    NotUtf8(usize),
    /// It has more bytes than a file of the language or a table may have.
    TooLarge,
    /// It is not where a project may have files.
    NotAdmitted(NotAdmitted),
    /// What the system said.
    Unreadable(String),
}
