//! Files and folders, as the rooms above need them.

use std::{
    any::Any,
    fmt,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

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
    /// The time of the last write; none where the file system records none.
    pub modified: Option<SystemTime>,
}

/// Who may read a published file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone.
    Owner,
    /// The same people as before; a new file is readable by its owner and its group.
    Inherited,
}

/// A private file without a final name. Dropping it removes it.
pub trait TemporaryFile: Write + Send {
    /// Gives the file its name, in place of any file of that name. The content and the name are durable when this returns.
    ///
    /// # Errors
    /// The system's error; the file of that name is unchanged.
    fn publish(self: Box<Self>, path: &Path, access: Access) -> io::Result<()>;
    /// Gives the file its name unless the name is taken. The content is durable when this returns.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if the name is taken, or the system's error.
    fn publish_new(self: Box<Self>, path: &Path) -> io::Result<()>;
}

/// A lock between processes. Dropping it, or the end of the process, releases it.
pub struct FileLock(#[expect(dead_code, reason = "kept for its drop")] Box<dyn Any + Send + Sync>);

impl FileLock {
    /// A lock that is released when `guard` is dropped.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for FileLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileLock")
    }
}

/// Files and folders.
pub trait Disk: Send + Sync {
    /// Reads a whole file.
    ///
    /// # Errors
    /// The system's error, or that the path is a pipe or a device.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Opens a file for reading from its beginning, unbuffered.
    ///
    /// # Errors
    /// The system's error, or that the path is a pipe or a device.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;
    /// Creates a file or replaces all of it: readers see the old content or the new. A replaced file keeps its permissions;
    /// a new one, and each in `.counterpart`, is readable by its owner alone. The content and the name are durable when this returns.
    ///
    /// # Errors
    /// The error of the system or of `write`; the file is unchanged.
    fn replace_with(&self, path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()>;
    /// Does the same durably for a file that only its owner may read; missing folders are created for the owner alone.
    ///
    /// # Errors
    /// As [`Disk::replace_with`].
    fn replace_private(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Creates a private temporary file, on the same volume as the files of `folder`.
    ///
    /// # Errors
    /// The system's error.
    fn create_temporary(&self, folder: &Path) -> io::Result<Box<dyn TemporaryFile>>;
    /// Takes the lock that belongs to a path, and waits for another process that has it. Creates the file if it is missing.
    ///
    /// # Errors
    /// The system's error, or that the path is a pipe or a device.
    fn lock(&self, path: &Path) -> io::Result<FileLock>;
    /// Takes the lock that belongs to a path without waiting; none if another process has it. Creates the file if it is missing.
    ///
    /// # Errors
    /// As [`Disk::lock`].
    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>>;
    /// Creates a folder and those above it.
    ///
    /// # Errors
    /// The system's error.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Takes away the rights that others have in a folder and below it. Returns what was narrowed.
    ///
    /// # Errors
    /// The system's error.
    fn narrow(&self, _folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }
    /// Removes, from a folder that is not ours alone, the temporary files that killed processes left there. It is no error if one stays.
    fn clear_left_behind(&self, _folder: &Path) {}
    /// Removes a file.
    ///
    /// # Errors
    /// The system's error.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and all its content.
    ///
    /// # Errors
    /// The system's error.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// The content of a folder, sorted by name.
    ///
    /// # Errors
    /// The system's error.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// Describes what is at a path.
    ///
    /// # Errors
    /// The system's error: usually that nothing is there.
    fn about(&self, path: &Path) -> io::Result<About>;
    /// Resolves all links of a path.
    ///
    /// # Errors
    /// The system's error: usually that nothing is there.
    fn real_path(&self, path: &Path) -> io::Result<PathBuf>;
    /// Whether a name is taken, even by a broken link.
    fn is_taken(&self, path: &Path) -> bool;
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
    /// The system's error, or that the content is not UTF-8.
    pub fn read_text(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Creates an empty file that only its owner may read, unless there is a file.
    ///
    /// # Errors
    /// The system's error.
    pub fn create_private(&self, path: &Path) -> io::Result<()> {
        if self.is_taken(path) {
            return Ok(());
        }
        match self.create_temporary(folder_of(path))?.publish_new(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => created,
        }
    }

    /// Whether anything is at a path, links followed.
    pub fn exists(&self, path: &Path) -> bool {
        self.about(path).is_ok()
    }

    /// Whether a file is at a path.
    pub fn is_file(&self, path: &Path) -> bool {
        self.about(path).is_ok_and(|about| about.kind == Kind::File)
    }

    /// Whether a folder is at a path.
    pub fn is_folder(&self, path: &Path) -> bool {
        self.about(path).is_ok_and(|about| about.kind == Kind::Folder)
    }
}

/// The folder of a file: `.` for a bare name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
