//! Systems of files: each collection is a CSV, JSON or JSON lines file, read in one pass and replaced as a whole.

pub(crate) mod csv;
mod csv_frame;
pub(crate) mod error;
mod index;
mod newest;
pub(crate) mod read;
mod records;
mod replace;
pub(crate) mod scan;

use super::{CallError, ConnectionConfig, Effect, End, Read, ReadRequest, Sink, Write, Written, place::read_one, scope::Scope};
use crate::{
    compile::system::{Collection, ErrorClass, File, System},
    host::{About, Disk, FileLock, Host, OWN_FOLDER},
    state::read_files::ReadFile,
    value::{
        Value,
        canonical::{self, Comparison},
        path::{Passage, Step},
        trie::Trie,
    },
};
use error::FileError;
use index::{Index, content_hash};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// How many writes go into one replacement of a file.
pub const BATCH: usize = 1_000;

/// How often a file is read again that changes while it is rewritten.
const READINGS: u32 = 3;

/// The files of one system.
pub struct Files {
    system: Arc<System>,
    config: ConnectionConfig,
    /// One replacement at a time.
    turn: Mutex<()>,
    /// Each file as this process has read or replaced it last; none where it was not there.
    versions: Mutex<BTreeMap<PathBuf, Option<About>>>,
    /// The file that was read last of each collection of `newest`, by its name: look-ups go to the same.
    taken: Mutex<BTreeMap<String, String>>,
    /// Of each collection in which something was looked up, its file as it was then.
    indexes: Mutex<BTreeMap<usize, Arc<Index>>>,
}

/// A file of the system.
pub(crate) struct LocatedFile<'a> {
    file: &'a File,
    path: PathBuf,
    /// The path as it is configured, for messages.
    name: String,
    /// The members of its records that have to be there once; none if that is each.
    needed: Option<Vec<&'a str>>,
}

impl Files {
    fn disk(&self) -> &dyn Disk {
        self.config.host.disk()
    }

    pub(crate) const fn host(&self) -> &Host {
        &self.config.host
    }

    pub(crate) fn data_file(&self, collection: usize) -> Option<PathBuf> {
        let place = self.named(&self.system.collections[collection]).ok()?;
        // A file that comes or goes changes its folder.
        if place.file.newest { place.path.parent().map(Path::to_path_buf) } else { Some(place.path) }
    }

    pub(crate) fn open(system: &Arc<System>, config: ConnectionConfig) -> Self {
        Self {
            system: Arc::clone(system),
            config,
            turn: Mutex::new(()),
            versions: Mutex::default(),
            taken: Mutex::default(),
            indexes: Mutex::default(),
        }
    }

    /// The folders of the files, as they are written.
    pub(crate) fn identity(&self) -> Result<String, CallError> {
        let mut folders = BTreeSet::new();
        for collection in self.system.collections.iter().filter(|collection| collection.file.is_some()) {
            let name = self.written(collection).map_err(refused)?.name;
            let folder = Path::new(&name).parent().map(|folder| folder.display().to_string()).unwrap_or_default();
            folders.insert(if folder.is_empty() { ".".to_owned() } else { folder });
        }
        Ok(format!("files in {}", folders.into_iter().collect::<Vec<_>>().join(", ")))
    }

    pub(crate) async fn read(&self, collection: usize, ask: &ReadRequest, sink: Sink<'_>) -> Read {
        let collection = &self.system.collections[collection];
        let mut records = 0;
        let mut count = |page: &[&[u8]]| {
            records += page.len() as u64;
            sink(page, None);
        };
        let wanted = if ask.may_be_new { Vec::new() } else { columns(collection, &ask.attributes) };
        let settled = self.settled(collection).await;
        let file = settled.as_ref().ok().and_then(|(_, file)| file.clone());
        if let Ok((place, _)) = &settled {
            self.remember(place);
        }
        let end = match settled.and_then(|(place, _)| self.scan(&place, &wanted, ask.may_be_new, &mut count)) {
            Ok(evidence) => End::Complete { evidence: evidence.to_owned() },
            Err(error) => End::Broken { reason: error.to_string(), class: None },
        };
        Read { file, ..Read::of(end, records) }
    }

    pub(crate) fn get(&self, collection: usize, id: &Value) -> Result<Option<Box<[u8]>>, CallError> {
        let declared = &self.system.collections[collection];
        let parts = declared.key_values(id);
        let (attribute, value) =
            parts.first().ok_or_else(|| CallError::unsent(ErrorClass::Invalid, "this collection has no such key".to_owned()))?;
        let mut found = self.find(collection, *attribute, value)?;
        found.retain(|record| parts.iter().all(|(at, value)| Self::holds(declared, *at, value, record)));
        if found.len() > 1 {
            let name = self.place(declared).map_err(refused)?.name;
            return Err(doubled(&format!("`{name}`"), &id.canonical_key().unwrap_or_default()));
        }
        Ok(found.into_iter().next())
    }

    fn holds(collection: &Collection, attribute: usize, value: &Value, record: &[u8]) -> bool {
        let by = &collection.attributes[attribute];
        read_one(by, record).is_some_and(|found| is_same(&found, value, by.comparison))
    }

    pub(crate) fn find(&self, collection: usize, attribute: usize, value: &Value) -> Result<Vec<Box<[u8]>>, CallError> {
        let (number, collection) = (collection, &self.system.collections[collection]);
        let by = &collection.attributes[attribute];
        let place = self.place(collection).map_err(refused)?;
        if let Some(index) = self.index(number, &place).map_err(refused)? {
            return Ok(index.find(attribute, by, value));
        }
        let trie = Trie::new(&[(by.path.clone(), by.codec.clone())]);
        let holds = |record: &[u8]| {
            let row = trie.read(record).ok();
            row.and_then(|row| row.first().cloned()?.ok()).is_some_and(|found| is_same(&found, value, by.comparison))
        };
        let mut found: Vec<Box<[u8]>> = Vec::new();
        let mut keep = |page: &[&[u8]]| found.extend(page.iter().filter(|record| holds(record)).map(|record| Box::from(*record)));
        self.scan(&place, &[], true, &mut keep).map_err(refused)?;
        Ok(found)
    }

    /// The file of a collection in memory, read again if it has changed; none if it is too long.
    fn index(&self, collection: usize, place: &LocatedFile<'_>) -> Result<Option<Arc<Index>>, FileError> {
        let now = self.host().now();
        let mut known = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = known.get(&collection).filter(|index| index.is_current(self.disk(), &place.path, now)) {
            return Ok(Some(Arc::clone(index)));
        }
        known.remove(&collection);
        let read = Index::read(self.disk(), place, now)?.map(Arc::new);
        known.extend(read.iter().map(|index| (collection, Arc::clone(index))));
        Ok(read)
    }

    pub(crate) fn write(&self, collection: usize, writes: &[Write]) -> Vec<Result<Written, CallError>> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let collection = &self.system.collections[collection];
        match self.rewrite(collection, writes) {
            Ok(outcomes) => outcomes,
            Err(error) => writes.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// Afterwards the file contains everything that could be written, or is unchanged.
    fn rewrite(&self, collection: &Collection, writes: &[Write]) -> Result<Vec<Result<Written, CallError>>, CallError> {
        let place = self.named(collection).map_err(refused)?;
        if place.file.newest {
            return Err(CallError::unsent(ErrorClass::Invalid, "the newest of several files is read, not written".to_owned()));
        }
        // Another pipeline may write the same file: from reading it whole to replacing it whole, it is ours alone.
        let _lock = self.lock(&place).map_err(|error| unwritten(&place.name, &error))?;
        // What is no pipeline, such as an editor, does not know the lock: if it comes in between, the file is read again.
        for _ in 0..READINGS {
            let content = content_hash(self.disk(), &place.path);
            let mut records = records::Records::load(self.disk(), &place, collection).map_err(refused)?;
            let outcomes: Vec<_> = writes.iter().map(|write| records.apply(write)).collect();
            if outcomes.iter().all(Result::is_err) {
                return Ok(outcomes);
            }
            let bytes = records.bytes().map_err(refused)?;
            if content_hash(self.disk(), &place.path) == content {
                let is_ours = !self.differs_from_known(&place);
                replace::replace(self.disk(), &place.path, &bytes).map_err(|error| unwritten(&place.name, &error))?;
                if is_ours {
                    self.remember(&place);
                }
                return Ok(outcomes);
            }
        }
        Err(refused(read::Named(&place.name).whole(error::FileProblem::Changing)))
    }

    /// Remembers a file as it is now, as the one that this process knows.
    fn remember(&self, place: &LocatedFile<'_>) {
        let about = self.disk().about(&place.path).ok();
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).insert(place.path.clone(), about);
    }

    /// Whether somebody else has changed a file since this process read it.
    fn differs_from_known(&self, place: &LocatedFile<'_>) -> bool {
        let known = self.versions.lock().unwrap_or_else(PoisonError::into_inner).get(&place.path).copied();
        known.is_some_and(|known| known != self.disk().about(&place.path).ok())
    }

    /// The same, of the file of a collection.
    pub(crate) fn is_changed(&self, collection: usize) -> bool {
        self.named(&self.system.collections[collection]).is_ok_and(|place| self.differs_from_known(&place))
    }

    /// A lock on a file, for every process that has this folder as its project.
    fn lock(&self, place: &LocatedFile<'_>) -> std::io::Result<Option<FileLock>> {
        let state = self.config.folder.join(OWN_FOLDER);
        if !self.disk().exists(&state) {
            return Ok(None);
        }
        let path = self.disk().real_path(&place.path).unwrap_or_else(|_| place.path.clone());
        let name = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
        self.disk().lock(&state.join(format!("file-{}.lock", &name[..16]))).map(Some)
    }

    fn scan(
        &self,
        place: &LocatedFile<'_>,
        wanted: &[&str],
        may_be_new: bool,
        sink: &mut dyn FnMut(&[&[u8]]),
    ) -> Result<&'static str, FileError> {
        if may_be_new && !self.disk().exists(&place.path) {
            return Ok("the file is not there yet");
        }
        scan::scan(self.disk(), place, wanted, sink).map(|()| "the whole file was read")
    }

    /// The file to read. Of a pattern it is the newest that fits, once it has been left alone for a while: what is still being copied
    /// would look like a file with fewer people.
    async fn settled<'a>(&self, collection: &'a Collection) -> Result<(LocatedFile<'a>, Option<ReadFile>), FileError> {
        let place = self.named(collection)?;
        if !place.file.newest {
            return Ok((place, None));
        }
        let newest = || self.newest(&place.name);
        let found = newest()?;
        self.host().sleep(found.wait(self.host().now())).await;
        let now = newest()?;
        if now != found {
            return Err(read::Named(&now.name).whole(error::FileProblem::Growing));
        }
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(collection.name.clone(), now.name.clone());
        let version = now.version();
        Ok((LocatedFile { path: now.path, name: now.name, ..place }, version))
    }

    /// The file to look something up in: of a pattern, the one that was read.
    fn place<'a>(&self, collection: &'a Collection) -> Result<LocatedFile<'a>, FileError> {
        let place = self.named(collection)?;
        if !place.file.newest {
            return Ok(place);
        }
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner).get(&collection.name).cloned();
        let name = taken.map_or_else(|| self.newest(&place.name).map(|newest| newest.name), Ok)?;
        Ok(LocatedFile { path: self.config.folder.join(&name), name, ..place })
    }

    /// The file by its name or the pattern of several, where the project may have it.
    fn named<'a>(&self, collection: &'a Collection) -> Result<LocatedFile<'a>, FileError> {
        let place = self.written(collection)?;
        // What fits a pattern is looked at when it is chosen.
        if !place.file.newest {
            self.admit(&place.path, &place.name)?;
        }
        Ok(place)
    }

    fn admit(&self, path: &Path, name: &str) -> Result<(), FileError> {
        self.config.roots.admit(self.disk(), path).map_err(|why| FileError::NotAdmitted { name: name.to_owned(), why })
    }

    /// The newest file of a pattern.
    fn newest(&self, pattern: &str) -> Result<newest::Newest, FileError> {
        let folder = self.config.folder.join(pattern);
        self.admit(folder.parent().unwrap_or(&folder), pattern)?;
        let newest = newest::newest(self.disk(), &self.config.folder, pattern)?;
        self.admit(&newest.path, &newest.name)?;
        Ok(newest)
    }

    /// The file as it is declared, wherever it is.
    fn written<'a>(&self, collection: &'a Collection) -> Result<LocatedFile<'a>, FileError> {
        let full = format!("{}.{}", self.system.name, collection.name);
        let file = collection.file.as_ref().ok_or_else(|| FileError::NoFile(full.clone()))?;
        let name = file.path.run(&Scope::new(&self.config)).map_err(|fault| FileError::Name { collection: full.clone(), fault })?;
        let name = name.to_text().ok_or_else(|| FileError::NoName(full.clone()))?.into_owned();
        Ok(LocatedFile { file, path: self.config.folder.join(&name), name, needed: members(collection) })
    }
}

/// The columns that a table needs for these attributes. A missing column is not read as empty cells, because it may have been
/// renamed.
fn columns<'a>(collection: &'a Collection, attributes: &[usize]) -> Vec<&'a str> {
    let column = |at: &usize| match collection.attributes[*at].path.steps.as_deref() {
        Some([Step::Name(name)]) => Some(name.as_str()),
        _ => None,
    };
    attributes.iter().filter_map(column).collect()
}

/// The members of a record that attributes read, each of which has to be there once; none if one reads the record as a whole.
fn members(collection: &Collection) -> Option<Vec<&str>> {
    let paths = collection.attributes.iter().flat_map(|attribute| attribute.path.alternatives().chain([attribute.write_path()]));
    paths
        .map(|path| path.passages().first().and_then(|passage| if let Passage::Name(name) = passage { Some(*name) } else { None }))
        .collect()
}

/// Ids are compared as text, because links store them as text.
fn is_same(found: &Value, wanted: &Value, how: Comparison) -> bool {
    canonical::same(found, wanted, how) || found.canonical_key().is_some_and(|key| Some(key) == wanted.canonical_key())
}

/// What an index of values looks up: two values have one of these in common exactly where [`is_same`] says so.
fn is_same_bytes(value: &Value, how: Comparison) -> Vec<Box<[u8]>> {
    let mut bytes = vec![b'='];
    canonical::write(value, how, &mut bytes);
    let key = value.canonical_key().map(|key| [b"#", key.as_bytes()].concat().into());
    std::iter::once(bytes.into()).chain(key).collect()
}

/// Two records have one key, so nothing tells which of them is meant.
fn doubled(file: &str, key: &str) -> CallError {
    let message =
        format!("two records of {file} have the key `{key}`, so neither is read or written alone: remove one of them, or correct its key");
    CallError { class: ErrorClass::Conflict, status: None, code: None, message, effect: Effect::None }
}

/// The file as a whole can't be used, which is no fault of a record.
fn refused(error: FileError) -> CallError {
    CallError::unsent(ErrorClass::Temporary, error.to_string())
}

fn unwritten(name: &str, error: &std::io::Error) -> CallError {
    let (class, why) = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => (ErrorClass::Temporary, "the disk is full".to_owned()),
        std::io::ErrorKind::PermissionDenied => (ErrorClass::Auth, "its folder may not be written".to_owned()),
        _ => (ErrorClass::Temporary, error.to_string()),
    };
    let message = format!("`{name}` could not be replaced ({why}): it is as it was");
    CallError { class, status: None, code: None, message, effect: Effect::None }
}

#[cfg(test)]
mod tests;
