//! Extracts rows from records: only the values that the plan uses, in one pass over the bytes.
//!
//! In: records as JSON text. Out: a [`Table`]. Pure.

use crate::run::record_scope::cell_or_null;
use crate::{
    compile::{Origin, Side},
    systems::End,
    value::{
        Fault, Kind, Text, Value,
        canonical::order,
        trie::{Row, Trie},
    },
};
use jiff::Timestamp;
use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
};
use thiserror::Error;

/// The result of one read.
#[derive(Debug)]
pub struct Table {
    pub rows: Vec<Row>,
    /// The records as they were received, if they are kept (`watch` plans again on them).
    pub raw: Vec<Box<[u8]>>,
    /// Of records that are kept: what `get` showed of each, by its key in the collection.
    pub details: Details,
    pub end: End,
    /// Records received.
    pub records: u64,
    pub requests: u64,
    pub milliseconds: u64,
    /// Of an incremental read.
    pub delta: Option<Delta>,
    /// The system's clock when the read began.
    pub clock: Option<Timestamp>,
    /// How many records were asked for by `get`, for what lists leave out.
    pub gets: u64,
}

/// The records that `get` showed, by their keys.
pub type Details = HashMap<Text, Box<[u8]>>;

/// An incremental read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub since: Timestamp,
    /// Records that were read individually, by their key.
    pub again: u64,
    /// Keys that were requested and do not exist.
    pub gone: HashSet<String>,
    /// Keys whose request failed.
    pub unasked: Vec<String>,
}

impl Table {
    /// Rows that were read to the end.
    #[must_use]
    pub fn complete(rows: Vec<Row>) -> Self {
        let records = rows.len() as u64;
        let end = End::Complete { evidence: "given".into() };
        Self {
            rows,
            raw: Vec::new(),
            details: Details::new(),
            end,
            records,
            requests: 0,
            milliseconds: 0,
            delta: None,
            clock: None,
            gets: 0,
        }
    }

    /// A target that is asked for single records instead of its list: empty so far, and absence proves nothing.
    #[must_use]
    pub fn asked() -> Self {
        Self {
            rows: Vec::new(),
            raw: Vec::new(),
            details: Details::new(),
            end: End::Delta,
            records: 0,
            requests: 0,
            milliseconds: 0,
            delta: None,
            clock: None,
            gets: 0,
        }
    }
}

/// A record is not JSON.
#[derive(Debug, Error)]
#[error("a record is not valid JSON: {0}")]
pub struct RecordError(#[from] serde_json::Error);

/// Takes records as they are received.
#[derive(Debug)]
pub struct Extractor {
    trie: Trie,
    keep_raw: bool,
    rows: Vec<Row>,
    raw: Vec<Box<[u8]>>,
    /// The slots that lists leave out.
    from_get: Box<[usize]>,
    /// The slot of the key by which `get` asks.
    key: Option<usize>,
    details: Details,
    fault: Option<RecordError>,
}

impl Extractor {
    /// For the source: an attribute that is not optional and yet missing is a fault of its cell.
    #[must_use]
    pub fn source(side: &Side, keep_raw: bool) -> Self {
        Self::new(side, keep_raw, false)
    }

    /// For the target: an account that lacks an attribute is still read.
    #[must_use]
    pub fn target(side: &Side, keep_raw: bool) -> Self {
        Self::new(side, keep_raw, true)
    }

    fn new(side: &Side, keep_raw: bool, lenient: bool) -> Self {
        let slots = side.slots.iter().filter(|slot| slot.origin == Origin::Record).map(|slot| {
            let mut codec = slot.codec.clone();
            codec.required &= !lenient;
            (slot.path.clone(), codec)
        });
        let trie = Trie::new(&slots.collect::<Vec<_>>());
        let (from_get, key) = (side.from_get().into(), side.collection().key.and_then(|key| side.slot_of(key)));
        Self { trie, keep_raw, rows: Vec::new(), raw: Vec::new(), from_get, key, details: Details::new(), fault: None }
    }

    /// Takes the records of a page of a list. What `get` alone shows of them is unread so far.
    pub fn take(&mut self, records: &[&[u8]]) {
        self.rows.reserve(records.len());
        for record in records {
            self.take_one(record, true);
        }
    }

    /// Takes a record that `get` showed.
    pub fn take_shown(&mut self, record: &[u8]) {
        let before = self.rows.len();
        self.take_one(record, false);
        if self.keep_raw && !self.from_get.is_empty() && self.rows.len() > before {
            self.details.extend(self.own_key(before).map(|key| (key, record.into())));
        }
    }

    /// The key of a row in its collection.
    #[must_use]
    pub fn own_key(&self, at: usize) -> Option<Text> {
        self.rows[at].get(self.key?)?.as_ref().ok().and_then(Value::canonical_key)
    }

    /// Takes what `get` showed of the records of an earlier read.
    pub fn complete_from(&mut self, details: &Details) {
        for at in (0..self.rows.len()).filter(|_| !self.from_get.is_empty()).collect::<Vec<_>>() {
            let shown = self.own_key(at).and_then(|key| Some((details.get(&key)?, key)));
            if let Some((record, key)) = shown {
                self.complete(at, &key, Ok(record));
            }
        }
    }

    /// The row of a record as a list shows it.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn listed(&self, record: &[u8]) -> Result<Row, RecordError> {
        let mut row = self.row(record)?;
        for slot in &self.from_get {
            row[*slot] = Err(Fault::unread("was not asked for by `get`"));
        }
        Ok(row)
    }

    /// What `get` said of the record in a row: the record, or why there is none.
    pub fn complete(&mut self, at: usize, key: &Text, shown: Result<&[u8], String>) {
        let read = shown.and_then(|record| Ok((record, self.row(record).map_err(|error| error.to_string())?)));
        match read {
            Ok((record, mut row)) => {
                for slot in &self.from_get {
                    self.rows[at][*slot] = std::mem::replace(&mut row[*slot], Ok(Value::Absent));
                }
                if self.keep_raw {
                    self.details.insert(key.clone(), record.into());
                }
            }
            Err(why) => {
                for slot in &self.from_get {
                    self.rows[at][*slot] = Err(Fault::unread(why.clone()));
                }
            }
        }
    }

    /// The row of one record that shows everything, as `get` does.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn row(&self, record: &[u8]) -> Result<Row, RecordError> {
        Ok(self.trie.read(record)?)
    }

    fn take_one(&mut self, record: &[u8], listed: bool) {
        match if listed { self.listed(record) } else { self.row(record) } {
            Ok(row) => self.rows.push(row),
            Err(error) => {
                self.fault.get_or_insert(error);
            }
        }
        if self.keep_raw {
            self.raw.push(record.into());
        }
    }

    /// The rows taken so far.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Drops rows for which there is a newer row of the same record, by the time of change; of two with the same time the later one is kept.
    pub fn keep_newest(&mut self, key: &dyn Fn(&Row) -> Option<Text>, changed: usize) {
        let mut newest: HashMap<Text, usize> = HashMap::new();
        let mut overtaken = HashSet::new();
        for (at, row) in self.rows.iter().enumerate() {
            let Some(key) = key(row) else { continue };
            let before = newest.get(&key).copied();
            let older = before
                .is_some_and(|before| order(cell_or_null(row, changed), cell_or_null(&self.rows[before], changed)) == Some(Ordering::Less));
            overtaken.extend(if older { Some(at) } else { before });
            if !older {
                newest.insert(key, at);
            }
        }
        keep(&mut self.rows, &overtaken);
        keep(&mut self.raw, &overtaken);
    }

    /// The table, once the read has ended. A record that is not JSON makes the read broken.
    #[must_use]
    pub fn finish(self, end: End, requests: u64, milliseconds: u64) -> Table {
        let end = match self.fault {
            Some(fault) => End::Broken { reason: fault.to_string(), class: None },
            None => end,
        };
        let records = self.rows.len() as u64;
        let (rows, raw, details) = (self.rows, self.raw, self.details);
        Table { rows, raw, details, end, records, requests, milliseconds, delta: None, clock: None, gets: 0 }
    }
}

fn keep<T>(all: &mut Vec<T>, without: &HashSet<usize>) {
    let mut at = 0..;
    all.retain(|_| at.next().is_some_and(|at| !without.contains(&at)));
}

/// The value of a key's text, in the kind of its attribute.
#[must_use]
pub fn key_value(kind: &Kind, text: &str) -> Value {
    match kind {
        Kind::Int => text.parse().map_or_else(|_| Value::text(text), Value::Int),
        Kind::Decimal => text.parse().map_or_else(|_| Value::text(text), Value::Decimal),
        _ => Value::text(text),
    }
}
