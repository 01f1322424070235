//! Requests to read from a system, and their results.

use crate::{
    check::DiscoveredAttribute,
    compile::system::{Collection, ErrorClass},
    state::read_files::ReadFile,
    value::{Text, Value, path::JsonPath},
};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

/// A read that has ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Everything was read, with the evidence for it.
    Complete { evidence: String },
    /// An incremental read that ended normally.
    Delta,
    /// The read stopped early: the reason and what to do, in one sentence.
    Broken { reason: String, class: Option<ErrorClass> },
}

/// Why the end of a list does not prove that the list shows everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeakEnd {
    /// A page with fewer records than were asked for, which a cut answer looks like too.
    ShortPage,
    /// A first page of so many records, and nothing at the place where the next one is declared to be: that may be a wrong one.
    NoWayOn { place: String, records: u64 },
    /// A page led on to an empty one, which says that there is nothing after it, and nothing else does.
    EmptyPage,
    /// Rows without a sign of their end, in an answer that ends with its connection.
    Unframed,
}

impl WeakEnd {
    /// Whether whole pages or rows may be lacking, and not only what a page leaves out: such a list is no list to join.
    #[must_use]
    pub const fn may_lack_pages(&self) -> bool {
        matches!(self, Self::NoWayOn { .. } | Self::Unframed)
    }

    /// Why the list of a collection proves nothing.
    #[must_use]
    pub fn of(&self, collection: &str) -> String {
        self.sentence(&format!("the list of {collection}"))
    }

    fn sentence(&self, list: &str) -> String {
        match self {
            Self::ShortPage => format!("{list} ends with a page that is not full, which does not prove that it is complete"),
            Self::EmptyPage => format!(
                "{list} ends with an empty page that another one led to, which does not prove that it is complete: add a `total`, or \
                 `last page when …`"
            ),
            Self::Unframed => format!(
                "{list} comes with neither a length nor chunks, so nothing says that its last row is the last one: have the system send \
                 `Content-Length`, declare a `get`, or add a `total` in a header"
            ),
            Self::NoWayOn { place, records } => format!(
                "{list} ends after its first page of {records} records because there is nothing at {place}, where the next one is declared \
                 to be, which may be the wrong place: add the `size N` of a page and send it by `page.size`, a `total`, or \
                 `last page when …`"
            ),
        }
    }
}

impl std::fmt::Display for WeakEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence("the list"))
    }
}

impl End {
    /// Whether it proves that a record does not exist.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Complete { .. })
    }
}

/// What to ask of a list.
#[derive(Clone, Debug, Default)]
pub struct ReadRequest {
    /// Indexes of the attributes in use, for `requested.fields`.
    pub attributes: Vec<usize>,
    /// Raw paths in use, requested in addition.
    pub paths: Vec<JsonPath>,
    pub since: Option<jiff::Timestamp>,
    /// The mark of the last read, where the list begins with one.
    pub mark: Option<Mark>,
    /// The next read is to begin with the mark of this one, so its last page has to have it.
    pub wants_mark: bool,
    /// A file that does not exist reads as empty: it is the target, and the first write creates it.
    pub may_be_new: bool,
    /// Several records may have one key: the pipeline says which of them counts.
    pub several_per_key: bool,
}

/// What an incremental read begins with, as the system gave it: a cursor, or an address without its origin. There may be a key in it,
/// so it is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// One that a system gave, or that was stored.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Its text, to be sent or stored.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// A name by which it can be found where it is stored; nothing can be told from it.
    #[must_use]
    pub fn id(&self) -> String {
        blake3::hash(self.0.as_bytes()).to_hex()[..16].to_owned()
    }
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mark(…)")
    }
}

/// A record that an element of a list names as removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    pub key: Value,
    /// How many records the read had given before: of several elements about one record the last one counts.
    pub after: usize,
}

impl ReadRequest {
    /// What is asked of a list: nothing that `get` alone shows.
    #[must_use]
    pub fn of_lists(&self, collection: &Collection) -> Self {
        let attributes = self.attributes.iter().copied().filter(|at| !collection.attributes[*at].from_get).collect();
        Self { attributes, ..self.clone() }
    }

    /// What is asked of a `get`: its answer has to show which record it is.
    #[must_use]
    pub fn of_one(&self, collection: &Collection) -> Self {
        let keys = collection.key.attributes().filter(|at| !self.attributes.contains(at) && !collection.attributes[*at].unshown);
        Self { attributes: keys.chain(self.attributes.iter().copied()).collect(), ..self.clone() }
    }

    /// Whether it asks for what `get` alone shows.
    #[must_use]
    pub fn needs_get(&self, collection: &Collection) -> bool {
        self.attributes.iter().any(|at| collection.attributes[*at].from_get)
    }
}

/// The result of one read.
#[derive(Clone, Debug)]
pub struct Read {
    pub end: End,
    pub records: u64,
    pub requests: u64,
    pub took: Duration,
    /// What the list announced, if it announces anything.
    pub total: Option<u64>,
    /// The system's clock, from its `Date` header.
    pub clock: Option<jiff::Timestamp>,
    /// Why its end is weak evidence, if it is.
    pub weak: Option<WeakEnd>,
    /// The file that was read, of several that a collection may be.
    pub file: Option<ReadFile>,
    /// What the next incremental read begins with.
    pub mark: Option<Mark>,
    pub removed: Vec<Removed>,
    /// What its lists were read for.
    pub read_for: ReadFor,
    /// The system does not know the mark any more, and asks for a complete read.
    pub full: bool,
}

impl Read {
    /// One that ended so, of which nothing more is known.
    #[must_use]
    pub const fn of(end: End, records: u64) -> Self {
        Self {
            end,
            records,
            requests: 0,
            took: Duration::ZERO,
            total: None,
            clock: None,
            weak: None,
            mark: None,
            removed: Vec::new(),
            full: false,
            file: None,
            read_for: ReadFor(BTreeMap::new()),
        }
    }
}

/// Of attributes of a key that the records above tell: the values that the lists were read for. A record with another value may
/// exist, although no list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadFor(pub BTreeMap<usize, HashSet<Text>>);

impl ReadFor {
    /// Whether a list would show a record of which these values are known.
    pub fn shows(&self, values: &[(usize, Value)]) -> bool {
        let known = |at: usize| values.iter().find(|(attribute, _)| *attribute == at).and_then(|(_, value)| value.canonical_key());
        self.0.iter().all(|(at, listed)| known(*at).is_none_or(|value| listed.contains(&value)))
    }

    /// The same of all lists, each of which tells what it was read for.
    pub fn of_all(lists: impl IntoIterator<Item = Self>) -> Self {
        let together = |mut all: Self, one: Self| {
            all.0.retain(|at, values| {
                one.0.get(at).is_some_and(|more| {
                    values.extend(more.iter().cloned());
                    true
                })
            });
            all
        };
        lists.into_iter().reduce(together).unwrap_or_default()
    }
}

/// The attributes that a system reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    pub attributes: Vec<DiscoveredAttribute>,
    /// Those that can't be used: their names, and why, to follow the name in a sentence.
    pub left_out: Vec<(String, String)>,
}

/// Takes the records of a page, each as its JSON text, with the announced total as soon as it is known.
pub type Sink<'a> = &'a mut (dyn FnMut(&[&[u8]], Option<u64>) + Send);

/// A complete record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// As JSON text.
    pub json: Box<[u8]>,
    /// Its `ETag` (RFC 9110, 8.8.3), if the answer had one.
    pub tag: Option<String>,
}

impl Snapshot {
    /// A record without a tag.
    #[must_use]
    pub const fn of(json: Box<[u8]>) -> Self {
        Self { json, tag: None }
    }
}

/// What a look-up by key found.
#[derive(Clone, Debug, PartialEq)]
pub enum GetResult {
    Record(Snapshot),
    /// Proved not to exist (404, 410).
    Gone,
    /// Merged into another record: its key, and the record itself.
    Merged {
        id: Value,
        record: Snapshot,
    },
}

impl GetResult {
    /// The record of that key; `None` if it does not exist or was merged into another one.
    #[must_use]
    pub fn record(self) -> Option<Box<[u8]>> {
        if let Self::Record(record) = self { Some(record.json) } else { None }
    }
}
