//! Extracts rows from records: only the values that the plan uses, in one pass over the bytes.
//!
//! In: records as JSON text. Out: a [`Table`]. Pure.

use crate::run::record_scope::cell;
use crate::{
    compile::{Origin, Side},
    state::read_files::ReadFile,
    systems::{End, Mark, ReadFor, Removed, WeakEnd},
    value::{
        Fault, FaultCode, Text, Value,
        canonical::order,
        halves, key,
        trie::{Row, Trie},
    },
};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
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
    /// What the next incremental read begins with, where the source gives a mark.
    pub mark: Option<Mark>,
    /// The file that was read, of several that the collection may be.
    pub file: Option<ReadFile>,
    /// What its lists were read for.
    pub read_for: ReadFor,
    /// Why its end is no proof, if it is none: what it does not show may exist.
    pub weak: Option<WeakEnd>,
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
    /// Keys whose request failed, and why.
    pub unasked: BTreeMap<String, String>,
    /// Of those that do not exist: keys that the source named as removed.
    pub removed: BTreeSet<String>,
    /// Keys that the source named as removed, and that could not be asked for.
    pub unconfirmed: Vec<String>,
    /// An unfinished record that can't be asked for by key was not shown again: only a read of everything tells what became of it.
    pub lost_sight: bool,
}

impl Delta {
    /// Notes what the source named as removed. With a `get`, only what that does not find is.
    pub fn name_removed(&mut self, keys: impl Iterator<Item = String>, confirmed: bool) {
        for key in keys {
            match () {
                () if !confirmed => {
                    self.gone.insert(key.clone());
                    self.removed.insert(key);
                }
                () if self.gone.contains(&key) => drop(self.removed.insert(key)),
                () if self.unasked.contains_key(&key) => self.unconfirmed.push(key),
                () => {}
            }
        }
    }
}

impl Table {
    /// The same records, extracted for another plan. They were kept.
    #[must_use]
    pub fn again(&self, mut extractor: Extractor) -> Self {
        for record in &self.raw {
            extractor.take(&[record]);
        }
        extractor.complete_from(&self.details);
        let end = match &self.end {
            End::Broken { reason, class } => End::Broken { reason: reason.clone(), class: *class },
            other => other.clone(),
        };
        extractor.finish(end, self.requests, self.milliseconds)
    }

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
            mark: None,
            file: None,
            read_for: ReadFor::default(),
            weak: None,
        }
    }

    /// Whether what it does not show does not exist.
    #[must_use]
    pub const fn shows_absence(&self) -> bool {
        self.end.is_complete() && self.weak.is_none()
    }

    /// A target that is asked for single records instead of its list: empty so far, and absence proves nothing.
    #[must_use]
    pub fn asked() -> Self {
        Self { end: End::Delta, ..Self::complete(Vec::new()) }
    }
}

/// A record is not JSON.
#[derive(Debug, Error)]
#[error("a record is not valid JSON: {0}")]
pub struct RecordError(#[from] serde_json::Error);

/// Whether a record has nothing at the place of a cell.
#[must_use]
pub fn is_missing(cell: &Result<Value, Box<Fault>>) -> bool {
    match cell {
        Ok(value) => value.is_missing(),
        Err(fault) => fault.code == FaultCode::Missing,
    }
}

/// Takes records as they are received.
#[derive(Debug)]
pub struct Extractor {
    trie: Trie,
    keep_raw: bool,
    rows: Vec<Row>,
    raw: Vec<Box<[u8]>>,
    /// The slots that lists leave out.
    from_get: Box<[usize]>,
    /// The slots of the key by which `get` asks, with the names of its attributes.
    key: Vec<(String, usize)>,
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
        let slot = |at: usize| Some((side.attribute(at).name.clone(), side.slot_of(at)?));
        let (from_get, key) = (side.from_get().into(), side.collection().key.attributes().filter_map(slot).collect());
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
        let part = |slot: usize| self.rows[at].get(slot)?.as_ref().ok()?.canonical_key();
        match &self.key[..] {
            [] => None,
            [(_, slot)] => part(*slot),
            several => {
                let parts = several.iter().map(|(name, slot)| Some((name.as_str(), part(*slot)?)));
                Some(key::joined(parts.collect::<Option<Vec<_>>>()?))
            }
        }
    }

    /// The slot of a key that none of the records has. Their place is named wrongly, or they are something else than was asked for.
    #[must_use]
    pub fn lacks_key(&self) -> Option<usize> {
        let slots = self.key.iter().map(|(_, slot)| *slot);
        slots.filter(|_| !self.rows.is_empty()).find(|slot| self.rows.iter().all(|row| is_missing(&row[*slot])))
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
    pub fn complete(&mut self, at: usize, key: &Text, shown: Result<&[u8], Box<Fault>>) {
        let read = shown.and_then(|record| Ok((record, self.row(record).map_err(|error| Fault::unread(error.to_string()))?)));
        match read {
            Ok((record, mut row)) => {
                for slot in &self.from_get {
                    self.rows[at][*slot] = std::mem::replace(&mut row[*slot], Ok(Value::Absent));
                }
                if self.keep_raw {
                    self.details.insert(key.clone(), record.into());
                }
            }
            Err(unread) => {
                for slot in &self.from_get {
                    self.rows[at][*slot] = Err(unread.clone());
                }
            }
        }
    }

    /// The row of one record that shows everything, as `get` does.
    ///
    /// If the text is JSON and a part of it can't be decoded, only this record is affected: the values that can't be decoded are faults, or
    /// all of its values if they can't be told apart.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn row(&self, record: &[u8]) -> Result<Row, RecordError> {
        self.trie.read(record).or_else(|error| self.undecodable(record, &error).ok_or(error)).map_err(RecordError)
    }

    /// The row of a record that can't be decoded; `None` if its text is not JSON at all.
    fn undecodable(&self, record: &[u8], error: &serde_json::Error) -> Option<Row> {
        let text = std::str::from_utf8(record).ok().filter(|text| serde_json::from_str::<&RawValue>(text).is_ok())?;
        let half = || Fault::new(FaultCode::Undecodable, "has half of a character, such as `\\ud83d` without its second part");
        let Ok(mut row) = self.trie.read(halves::without_halves(text).as_bytes()) else {
            let why = format!("is in a record that can't be decoded: {error}");
            return Some(self.trie.all_faulty(&Fault::new(FaultCode::Undecodable, why)));
        };
        for (cell, place) in row.iter_mut().zip(self.trie.places()) {
            if cell.as_ref().is_ok_and(halves::has_replacement) {
                *cell = Err(half().at(place));
            }
        }
        Some(row)
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

    /// Puts another row of the same record in the place of one.
    pub fn replace(&mut self, at: usize, row: Row) {
        self.rows[at] = row;
    }

    /// Says why a value of a row is not known.
    pub fn hide(&mut self, at: usize, slot: usize, why: Box<Fault>) {
        self.rows[at][slot] = Err(why);
    }

    /// The rows taken so far.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Forgets all that was taken, because it is read again.
    pub fn forget(&mut self) {
        (self.rows, self.raw, self.fault) = (Vec::new(), Vec::new(), None);
        self.details.clear();
    }

    /// Drops the rows of records that the read later named as removed, and returns the keys of those that it did not show again.
    pub fn without_removed(&mut self, removed: &[Removed]) -> BTreeSet<String> {
        let mut last: HashMap<Text, usize> = HashMap::new();
        for one in removed {
            let after = last.entry(one.key.canonical_key().unwrap_or_default()).or_default();
            *after = one.after.max(*after);
        }
        let (mut dropped, mut there) = (HashSet::new(), HashSet::new());
        for at in 0..self.rows.len() {
            let Some(key) = self.own_key(at).filter(|_| !last.is_empty()) else { continue };
            match last.get(&key) {
                Some(after) if at < *after => dropped.extend([at]),
                Some(_) => there.extend([key]),
                None => {}
            }
        }
        keep(&mut self.rows, &dropped);
        keep(&mut self.raw, &dropped);
        last.into_keys().filter(|key| !there.contains(key)).map(String::from).collect()
    }

    /// Drops rows for which there is a newer row of the same record, by the time of change; of two with the same time the later one is kept.
    pub fn keep_newest(&mut self, key: &dyn Fn(&Row) -> Option<Text>, changed: usize) {
        let mut newest: HashMap<Text, usize> = HashMap::new();
        let mut overtaken = HashSet::new();
        for (at, row) in self.rows.iter().enumerate() {
            let Some(key) = key(row) else { continue };
            let before = newest.get(&key).copied();
            let older = before.is_some_and(|before| order(time(row, changed), time(&self.rows[before], changed)) == Some(Ordering::Less));
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
        Table {
            rows,
            raw,
            details,
            end,
            records,
            requests,
            milliseconds,
            delta: None,
            clock: None,
            gets: 0,
            mark: None,
            file: None,
            read_for: ReadFor::default(),
            weak: None,
        }
    }
}

/// When a record was changed; null if it does not say so.
fn time(row: &Row, changed: usize) -> &Value {
    cell(row, changed).unwrap_or(&Value::Null)
}

fn keep<T>(all: &mut Vec<T>, without: &HashSet<usize>) {
    let mut at = 0..;
    all.retain(|_| at.next().is_some_and(|at| !without.contains(&at)));
}
