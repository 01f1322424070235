//! Pipeline files on the disk.

use crate::check::{self, LoadError, Loader};
use jiff::Timestamp;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// A pipeline file is text that people write: more than this is something else.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Discovered attributes, and when the systems were last asked, by `SYSTEM.COLLECTION` or `SYSTEM.COLLECTION.PART`.
pub type Attributes = BTreeMap<String, (Timestamp, Vec<check::DiscoveredAttribute>)>;

/// Where these are stored, and how they are read.
pub struct DiscoverySource {
    /// None where nothing is kept.
    pub file: Option<PathBuf>,
    pub read: Box<dyn Fn() -> Arc<Attributes> + Send>,
    /// What else a run depends on, as it is known now.
    pub watched_files: Box<dyn Fn() -> Vec<WatchedFile> + Send>,
}

/// Something that a run depends on and that the check of a pipeline does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchedFile {
    /// A small file, by its content.
    Text(PathBuf),
    /// A file of records, which may be long: by its size and when it was written. And what was met there when it was read.
    Data(PathBuf, FileState),
}

impl WatchedFile {
    /// The path, and what is met there.
    #[must_use]
    pub fn look(&self) -> (PathBuf, FileState) {
        match self {
            Self::Text(path) => (path.clone(), FileState::at(path)),
            Self::Data(path, _) => (path.clone(), FileState::stamp(path)),
        }
    }

    /// The path, and what was made use of: what was written since then counts as a save.
    #[must_use]
    pub fn as_used(&self) -> (PathBuf, FileState) {
        if let Self::Data(path, used) = self { (path.clone(), used.clone()) } else { self.look() }
    }
}

impl Default for DiscoverySource {
    /// Nothing, ever.
    fn default() -> Self {
        Self { file: None, read: Box::new(Arc::default), watched_files: Box::new(Vec::new) }
    }
}

/// The loader of every command.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub discovered: Arc<Attributes>,
}

/// The name under which [`Attributes`] has what was discovered for a collection or one of its parts.
#[must_use]
pub fn discovery_key(system: &str, collection: &str, part: Option<&str>) -> String {
    [system, collection].into_iter().chain(part).collect::<Vec<_>>().join(".")
}

impl Loader for Disk {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        bytes(path).and_then(text)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        files_in(folder)
    }

    fn identity(&self, path: &Path) -> PathBuf {
        identity(path)
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<check::DiscoveredAttribute>> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(_, told)| told.clone())
    }

    fn asked(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Timestamp> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(at, _)| *at)
    }
}

/// A loader that remembers what it gave, so that whoever watches the files knows what was made of which content.
#[derive(Debug, Default)]
pub struct RecordingLoader {
    seen: RefCell<Seen>,
    discovered: Arc<Attributes>,
}

/// Files with what was met there, and folders with the files in them.
pub type Seen = BTreeMap<PathBuf, FileState>;

/// What is met at a path: the hash of the content, the `.sync` files of a folder, or why there is neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    Content(blake3::Hash),
    Folder(Vec<PathBuf>),
    /// The size of a file, and when it was written; none where there is no such file.
    Stamp(Option<(u64, Option<SystemTime>)>),
    Nothing(LoadError),
}

impl FileState {
    /// Looks at a file.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        if on_disk(path).is_dir() {
            return Self::Folder(files_in(path));
        }
        bytes(path).map_or_else(Self::Nothing, |bytes| Self::Content(blake3::hash(&bytes)))
    }

    /// Looks at a file without reading it.
    #[must_use]
    pub fn stamp(path: &Path) -> Self {
        Self::Stamp(fs::metadata(path).ok().map(|about| (about.len(), about.modified().ok())))
    }

    /// Looks in the same way at what is there now.
    #[must_use]
    pub fn again(&self, path: &Path) -> Self {
        match self {
            Self::Stamp(_) => Self::stamp(path),
            Self::Content(_) | Self::Folder(_) | Self::Nothing(_) => Self::at(path),
        }
    }

    /// Whether it may be half of a save: the file is gone, or was emptied and is to be filled.
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
    /// One that knows discovered attributes.
    #[must_use]
    pub fn knowing(discovered: Arc<Attributes>) -> Self {
        Self { discovered, ..Self::default() }
    }

    /// What was given until now.
    #[must_use]
    pub fn seen(self) -> Seen {
        self.seen.into_inner()
    }
}

impl Loader for RecordingLoader {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        let bytes = bytes(path);
        let look = match &bytes {
            Ok(bytes) => FileState::Content(blake3::hash(bytes)),
            Err(LoadError::Unreadable(_)) => FileState::at(path), // it may be a folder
            Err(why) => FileState::Nothing(why.clone()),
        };
        self.seen.borrow_mut().insert(path.to_owned(), look);
        bytes.and_then(text)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        let files = files_in(folder);
        self.seen.borrow_mut().insert(folder.to_owned(), FileState::Folder(files.clone()));
        files
    }

    fn identity(&self, path: &Path) -> PathBuf {
        identity(path)
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<check::DiscoveredAttribute>> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(_, told)| told.clone())
    }

    fn asked(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Timestamp> {
        self.discovered.get(&discovery_key(system, collection, part)).map(|(at, _)| *at)
    }
}

/// The `.sync` files directly in a folder, by name; none where it can't be read.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(on_disk(folder)).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let of_the_language = names.filter(|name| Path::new(name).extension().is_some_and(|ext| ext == "sync"));
    let mut files: Vec<_> = of_the_language.map(|name| folder.join(name)).collect();
    files.sort();
    files
}

/// A folder as the system is asked for it: the path of this one may be empty.
fn on_disk(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Where all links end.
fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn text(bytes: Vec<u8>) -> Result<String, LoadError> {
    String::from_utf8(bytes).map_err(|error| LoadError::NotUtf8(error.utf8_error().valid_up_to()))
}

/// The content of a file. Never more than is allowed is read, whatever the file says of its size.
fn bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    let about = fs::metadata(path).map_err(|error| refused(&error))?;
    if about.is_dir() {
        return Err(LoadError::Unreadable("it is a folder".to_owned()));
    }
    if !about.is_file() {
        return Err(LoadError::Unreadable("it is not an ordinary file".to_owned()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| refused(&error))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(LoadError::Unreadable("it has more than 4 MB".to_owned()));
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

/// What the system says, in our voice: lower case, without its number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut rest = words.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(Disk::default().load(&path("none")), Err(LoadError::NotFound));
        assert_eq!(Disk::default().load(&path("latin/none")), Err(LoadError::NotFound));
        assert_eq!(Disk::default().load(&path("latin")), Err(LoadError::NotUtf8(3)));
        assert_eq!(Disk::default().load(folder.path()), unreadable("it is a folder"));
        assert_eq!(Disk::default().load(&path("large")), unreadable("it has more than 4 MB"));
        assert_eq!(Disk::default().load(&path("largest")).map(|text| text.len() as u64), Ok(LARGEST));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_and_devices_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        assert_eq!(Disk::default().load(&circle), unreadable("too many levels of symbolic links"));
        assert_eq!(Disk::default().load(Path::new("/dev/zero")), unreadable("it is not an ordinary file"));
    }

    #[test]
    fn what_was_given_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let (file, none) = (folder.path().join("a.sync"), folder.path().join("b.sync"));
        fs::write(&file, "one").unwrap();
        let loader = RecordingLoader::default();
        assert_eq!(loader.load(&file).as_deref(), Ok("one"));
        assert_eq!(loader.load(&none), Err(LoadError::NotFound));
        fs::write(&file, "two").unwrap();
        let seen = loader.seen();
        assert_eq!(seen[&file], FileState::Content(blake3::hash(b"one")));
        assert_ne!(seen[&file], FileState::at(&file));
        assert_eq!(seen[&none], FileState::at(&none));
    }
}
