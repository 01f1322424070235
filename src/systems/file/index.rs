//! The records of a file in memory, so that looking up one of them does not read the whole file again.

use super::{LocatedFile, error::FileError, is_same_bytes, scan};
use crate::{
    compile::system::Attribute,
    host::{About, Disk},
    value::{Value, trie::Trie},
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

/// The longest file that is kept in memory, in bytes; in a longer one each look reads it whole.
const LONGEST: u64 = 128 << 20;

/// How long after a write another one may leave the same time of change: most file systems count in milliseconds, some in seconds.
const FINE: Duration = Duration::from_millis(50);
const COARSE: Duration = Duration::from_secs(3);

/// The places of records by a value of one attribute.
type Places = HashMap<Box<[u8]>, Vec<usize>>;

/// A file as it was when it was read.
pub struct Index {
    path: PathBuf,
    /// None where there was no file.
    about: Option<About>,
    /// Tells a change that left size and time as they were.
    content: Option<blake3::Hash>,
    /// Whether no later write can have left the same time of change.
    is_settled: AtomicBool,
    records: Vec<Box<[u8]>>,
    /// By attribute, made when the attribute is first asked for.
    places: Mutex<HashMap<usize, Arc<Places>>>,
}

impl Index {
    /// Reads a file, which may not be there yet; none if it is too long to be kept.
    ///
    /// # Errors
    /// As for reading.
    pub fn read(disk: &dyn Disk, place: &LocatedFile<'_>, now: Timestamp) -> Result<Option<Self>, FileError> {
        let about = disk.about(&place.path).ok();
        if about.is_some_and(|about| about.length > LONGEST) {
            return Ok(None);
        }
        let is_settled = about.is_none_or(|about| is_settled(about, now));
        let content = if is_settled { None } else { content_hash(disk, &place.path) };
        let mut records: Vec<Box<[u8]>> = Vec::new();
        if disk.exists(&place.path) {
            scan::scan(disk, place, &[], &mut |page| records.extend(page.iter().map(|record| Box::from(*record))))?;
        }
        let (is_settled, path, places) = (AtomicBool::new(is_settled), place.path.clone(), Mutex::default());
        Ok(Some(Self { path, about, content, is_settled, records, places }))
    }

    /// Whether the file is still as it was read.
    pub fn is_current(&self, disk: &dyn Disk, path: &Path, now: Timestamp) -> bool {
        if self.path != path || disk.about(path).ok() != self.about {
            return false;
        }
        if self.is_settled.load(Ordering::Relaxed) {
            return true;
        }
        let is_same = content_hash(disk, path) == self.content;
        if is_same && self.about.is_some_and(|about| is_settled(about, now)) {
            self.is_settled.store(true, Ordering::Relaxed);
        }
        is_same
    }

    /// The records whose attribute has a value, in their order.
    pub fn find(&self, at: usize, attribute: &Attribute, value: &Value) -> Vec<Box<[u8]>> {
        let places = self.by(at, attribute);
        let mut found: Vec<usize> =
            is_same_bytes(value, attribute.comparison).iter().filter_map(|bytes| places.get(bytes)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|place| self.records[place].clone()).collect()
    }

    fn by(&self, at: usize, attribute: &Attribute) -> Arc<Places> {
        let mut all = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(at).or_insert_with(|| Arc::new(self.places_by(attribute))))
    }

    fn places_by(&self, attribute: &Attribute) -> Places {
        let trie = Trie::new(&[(attribute.path.clone(), attribute.codec.clone())]);
        let mut places = Places::new();
        for (place, record) in self.records.iter().enumerate() {
            let value = trie.read(record).ok().and_then(|row| row.first().cloned()?.ok());
            for bytes in value.iter().flat_map(|value| is_same_bytes(value, attribute.comparison)) {
                places.entry(bytes).or_default().push(place);
            }
        }
        places
    }
}

/// Whether a file was left alone for so long that another write would have another time. A time without fractions of a millisecond
/// comes from a clock that counts in larger steps.
fn is_settled(about: About, now: Timestamp) -> bool {
    let Some(modified) = about.modified else { return false };
    let fraction = modified.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos() % 1_000_000);
    let age = SystemTime::from(now).duration_since(modified).unwrap_or_default();
    age > if fraction == 0 { COARSE } else { FINE }
}

/// The hash of what a file holds; none if it can't be read.
pub fn content_hash(disk: &dyn Disk, path: &Path) -> Option<blake3::Hash> {
    let (mut input, mut hasher, mut chunk) = (disk.open(path).ok()?, blake3::Hasher::new(), vec![0; 1 << 16]);
    loop {
        match input.read(&mut chunk).ok()? {
            0 => return Some(hasher.finalize()),
            count => hasher.update(&chunk[..count]),
        };
    }
}
