//! Files and folders, as the rooms above need them.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

const NOT_A_PIPE: &str = "it is a pipe or a device, and an ordinary file is needed";

/// What is at a path, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    /// A device, a pipe, a socket.
    Other,
}

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    pub kind: Kind,
    /// In bytes.
    pub length: u64,
}

/// Files and folders.
pub trait Disk: Send + Sync {
    /// The content of a file.
    ///
    /// # Errors
    /// What the system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// The content of a file that may be long.
    ///
    /// # Errors
    /// What the system says.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;
    /// Replaces a file whole, or makes it: readers see the old content or the new. Its permissions stay; a new file is its owner's.
    ///
    /// # Errors
    /// What the system or the writer says; the file is as it was.
    fn replace_with(&self, path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()>;
    /// The same for a file that only its owner may read, durably; folders on the way are made for the owner alone.
    ///
    /// # Errors
    /// As [`Disk::replace_with`].
    fn replace_private(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// What the system says.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder with all that is in it.
    ///
    /// # Errors
    /// What the system says.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// What is in a folder, by name.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// What is at a path.
    ///
    /// # Errors
    /// What the system says: nothing is there.
    fn about(&self, path: &Path) -> io::Result<About>;
    /// Whether a name is taken, by a link that leads nowhere too.
    fn is_taken(&self, path: &Path) -> bool;
}

/// Refuses a pipe or a device before it is opened: to open a pipe waits until somebody is at its other end, and a device may never end.
/// What is not there, or may not be looked at, is left to whoever opens it.
///
/// # Errors
/// It is one.
pub fn not_a_pipe(path: &Path) -> io::Result<()> {
    let is_other = path.metadata().is_ok_and(|about| !about.is_file() && !about.is_dir());
    if is_other { Err(io::Error::new(io::ErrorKind::InvalidInput, NOT_A_PIPE)) } else { Ok(()) }
}

impl dyn Disk + '_ {
    /// As [`Disk::replace_with`], of a text.
    ///
    /// # Errors
    /// As [`Disk::replace_with`].
    pub fn replace(&self, path: &Path, text: &str) -> io::Result<()> {
        self.replace_with(path, &mut |out| out.write_all(text.as_bytes()))
    }

    /// The text of a file.
    ///
    /// # Errors
    /// What the system says, or that it is not UTF-8.
    pub fn read_text(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Whether a file is there.
    pub fn is_file(&self, path: &Path) -> bool {
        self.about(path).is_ok_and(|about| about.kind == Kind::File)
    }

    /// Whether a folder is there.
    pub fn is_folder(&self, path: &Path) -> bool {
        self.about(path).is_ok_and(|about| about.kind == Kind::Folder)
    }
}
