//! Pipeline files on the disk.

use crate::{
    check::{self, LoadError, Loader},
    host::{Disk, Host, Kind, NotAdmitted, Roots},
};
use jiff::Timestamp;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// The maximum size of a pipeline file in bytes: people write it by hand, so a larger one is something else.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Discovered attributes with the time of their discovery, by `SYSTEM.COLLECTION` or `SYSTEM.COLLECTION.PART`.
pub type Attributes = BTreeMap<String, (Timestamp, Vec<check::DiscoveredAttribute>)>;

/// The store of discovered attributes, and the other files that a run depends on.
pub struct DiscoverySource {
    /// None where nothing is stored.
    pub file: Option<PathBuf>,
    pub read: Box<dyn Fn() -> Arc<Attributes> + Send>,
    /// The other files that a run depends on, as known now.
    pub watched_files: Box<dyn Fn() -> Vec<WatchedFile> + Send>,
    /// Where files may be read.
    pub roots: Roots,
}

/// A file that a run depends on and that the check of a pipeline does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchedFile {
    /// A small file, by its content.
    Text(PathBuf),
    /// A file of records, which may be long: by its size and time of writing. The state is that of its last read.
    Data(PathBuf, FileState),
}

impl WatchedFile {
    /// The path, and its current state.
    #[must_use]
    pub fn look(&self, disk: &dyn Disk) -> (PathBuf, FileState) {
        match self {
            Self::Text(path) => (path.clone(), FileState::at(disk, path)),
            Self::Data(path, _) => (path.clone(), FileState::stamp(disk, path)),
        }
    }

    /// The path, and its state when it was last used: a later write counts as a save.
    #[must_use]
    pub fn as_used(&self, disk: &dyn Disk) -> (PathBuf, FileState) {
        if let Self::Data(path, used) = self { (path.clone(), used.clone()) } else { self.look(disk) }
    }
}

impl Default for DiscoverySource {
    /// No attributes and no files.
    fn default() -> Self {
        Self { file: None, read: Box::new(Arc::default), watched_files: Box::new(Vec::new), roots: Roots::default() }
    }
}

/// The loader of every command.
#[derive(Clone, Debug, Default)]
pub struct DiskLoader {
    pub host: Host,
    /// Where files may be read.
    pub roots: Roots,
    pub discovered: Arc<Attributes>,
}

/// The key in [`Attributes`] of a collection or one of its parts.
#[must_use]
pub fn discovery_key(system: &str, collection: &str, part: Option<&str>) -> String {
    [system, collection].into_iter().chain(part).collect::<Vec<_>>().join(".")
}

impl Loader for DiskLoader {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        admitted(&self.roots, self.host.disk(), path).and_then(text)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        files_in(self.host.disk(), folder)
    }

    fn identity(&self, path: &Path) -> PathBuf {
        identity(self.host.disk(), path)
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<check::DiscoveredAttribute>> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(_, attributes)| attributes.clone())
    }

    fn asked(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Timestamp> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(at, _)| *at)
    }
}

/// A loader that records the state of each file that it loads, so that a watcher knows which content was compiled.
#[derive(Debug, Default)]
pub struct RecordingLoader {
    host: Host,
    roots: Roots,
    seen: RefCell<Seen>,
    discovered: Arc<Attributes>,
}

/// The state of each file and folder.
pub type Seen = BTreeMap<PathBuf, FileState>;

/// The state of a path: the hash of the content, the `.sync` files of a folder, or why there is neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    Content(blake3::Hash),
    Folder(Vec<PathBuf>),
    /// The size of a file and its time of writing; none where there is no such file.
    Stamp(Option<(u64, Option<SystemTime>)>),
    Nothing(LoadError),
}

impl FileState {
    /// Reads the state of a file or folder.
    #[must_use]
    pub fn at(disk: &dyn Disk, path: &Path) -> Self {
        if disk.is_folder(on_disk(path)) {
            return Self::Folder(files_in(disk, path));
        }
        bytes(disk, path).map_or_else(Self::Nothing, |bytes| Self::Content(blake3::hash(&bytes)))
    }

    /// Reads the size and time of a file, not its content.
    #[must_use]
    pub fn stamp(disk: &dyn Disk, path: &Path) -> Self {
        Self::Stamp(disk.about(path).ok().map(|about| (about.length, about.modified)))
    }

    /// Reads the current state in the same way.
    #[must_use]
    pub fn again(&self, disk: &dyn Disk, path: &Path) -> Self {
        match self {
            Self::Stamp(_) => Self::stamp(disk, path),
            Self::Content(_) | Self::Folder(_) | Self::Nothing(_) => Self::at(disk, path),
        }
    }

    /// Whether it may be an unfinished save: the file is missing or empty.
    #[must_use]
    pub fn is_hollow(&self) -> bool {
        match self {
            Self::Content(hash) => *hash == blake3::hash(b""),
            Self::Folder(_) => false,
            Self::Nothing(why) => *why == LoadError::NotFound,
            Self::Stamp(stamp) => stamp.is_none_or(|(size, _)| size == 0),
        }
    }
}

impl RecordingLoader {
    /// A loader with the attributes discovered so far.
    #[must_use]
    pub fn new(host: &Host, roots: Roots, discovered: Arc<Attributes>) -> Self {
        Self { host: host.clone(), roots, seen: RefCell::default(), discovered }
    }

    /// The state of every file and folder that was loaded.
    #[must_use]
    pub fn seen(self) -> Seen {
        self.seen.into_inner()
    }
}

impl Loader for RecordingLoader {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        let bytes = admitted(&self.roots, self.host.disk(), path);
        let look = match &bytes {
            Ok(bytes) => FileState::Content(blake3::hash(bytes)),
            Err(LoadError::Unreadable(_)) => FileState::at(self.host.disk(), path), // it may be a folder
            Err(why) => FileState::Nothing(why.clone()),
        };
        self.seen.borrow_mut().insert(path.to_owned(), look);
        bytes.and_then(text)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        let files = files_in(self.host.disk(), folder);
        self.seen.borrow_mut().insert(folder.to_owned(), FileState::Folder(files.clone()));
        files
    }

    fn identity(&self, path: &Path) -> PathBuf {
        identity(self.host.disk(), path)
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<check::DiscoveredAttribute>> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(_, attributes)| attributes.clone())
    }

    fn asked(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Timestamp> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(at, _)| *at)
    }
}

/// The `.sync` files directly in a folder, by name; none where it can't be read.
fn files_in(disk: &dyn Disk, folder: &Path) -> Vec<PathBuf> {
    let paths = disk.list(on_disk(folder)).unwrap_or_default();
    let pipelines = paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "sync"));
    let mut files: Vec<_> = pipelines.filter_map(|path| path.file_name()).map(|name| folder.join(name)).collect();
    files.sort();
    files
}

/// The path of a folder for the system: an empty path is the current folder.
fn on_disk(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// The content of a file that a project may read.
fn admitted(roots: &Roots, disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, LoadError> {
    match roots.admit(disk, path) {
        Err(NotAdmitted::Nowhere) => Err(LoadError::NotFound),
        Err(why) => Err(LoadError::NotAdmitted(why)),
        Ok(()) => bytes(disk, path),
    }
}

/// The path with all links resolved.
fn identity(disk: &dyn Disk, path: &Path) -> PathBuf {
    disk.real_path(path).unwrap_or_else(|_| path.to_owned())
}

fn text(bytes: Vec<u8>) -> Result<String, LoadError> {
    String::from_utf8(bytes).map_err(|error| LoadError::NotUtf8(error.utf8_error().valid_up_to()))
}

/// The content of a file. Reading stops at the limit, whatever size the file reports.
fn bytes(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, LoadError> {
    match disk.about(path).map_err(|error| refused(&error))?.kind {
        Kind::File => {}
        Kind::Folder => return Err(LoadError::Unreadable("it is a folder".to_owned())),
        Kind::Other => return Err(LoadError::Unreadable("it is not an ordinary file".to_owned())),
    }
    let mut bytes = Vec::new();
    let file = disk.open(path).map_err(|error| refused(&error))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(LoadError::TooLarge);
    }
    Ok(bytes)
}

fn refused(error: &io::Error) -> LoadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LoadError::NotFound,
        io::ErrorKind::PermissionDenied => LoadError::Unreadable("permission is denied".to_owned()),
        _ => LoadError::Unreadable(words(error)),
    }
}

/// The system's message in the style of ours: lower case, without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut rest = words.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files of their own")]
mod tests {
    use super::*;
    use std::fs;

    fn unreadable(words: &str) -> Result<String, LoadError> {
        Err(LoadError::Unreadable(words.to_owned()))
    }

    #[test]
    fn what_is_not_a_text_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("latin"), b"caf\xe9").unwrap();
        fs::write(path("large"), vec![b'a'; LARGEST as usize + 1]).unwrap();
        fs::write(path("largest"), vec![b'a'; LARGEST as usize]).unwrap();
        assert_eq!(DiskLoader::default().load(&path("none")), Err(LoadError::NotFound));
        assert_eq!(DiskLoader::default().load(&path("latin/none")), Err(LoadError::NotFound));
        assert_eq!(DiskLoader::default().load(&path("latin")), Err(LoadError::NotUtf8(3)));
        assert_eq!(DiskLoader::default().load(folder.path()), unreadable("it is a folder"));
        assert_eq!(DiskLoader::default().load(&path("large")), Err(LoadError::TooLarge));
        assert_eq!(DiskLoader::default().load(&path("largest")).map(|text| text.len() as u64), Ok(LARGEST));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_and_devices_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        assert_eq!(DiskLoader::default().load(&circle), unreadable("too many levels of symbolic links"));
        assert_eq!(DiskLoader::default().load(Path::new("/dev/zero")), unreadable("it is not an ordinary file"));
    }

    #[test]
    fn the_state_of_loaded_files_is_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let (file, none) = (folder.path().join("a.sync"), folder.path().join("b.sync"));
        fs::write(&file, "one").unwrap();
        let loader = RecordingLoader::default();
        assert_eq!(loader.load(&file).as_deref(), Ok("one"));
        assert_eq!(loader.load(&none), Err(LoadError::NotFound));
        fs::write(&file, "two").unwrap();
        let seen = loader.seen();
        assert_eq!(seen[&file], FileState::Content(blake3::hash(b"one")));
        assert_ne!(seen[&file], FileState::at(Host::real().disk(), &file));
        assert_eq!(seen[&none], FileState::at(Host::real().disk(), &none));
    }
}
