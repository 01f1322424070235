//! Which records a list has shown, and on which page: a record that comes again on a later page shows that the list moved while it was
//! read, so that another one may be on no page at all.

use super::walk::{PageContent, doubt};
use crate::{
    compile::system::{Call, Collection, Outcome, PageBy},
    systems::{CallError, ReadRequest, keys::KeyReader},
    value::Text,
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Which records may be on two pages of one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// None.
    Refused,
    /// Other records of the same key: the pipeline says which one of them counts.
    SeveralPerKey,
    /// A record in an old and a newer version: one that changes meanwhile moves to a later page.
    Newer,
    /// Any: changes are listed, and not the records that there are.
    Any,
}

impl Repeats {
    /// What a list may repeat in a read.
    pub fn of(collection: &Collection, call: &Call, ask: &ReadRequest) -> Self {
        let names_removed = call.element.as_ref().is_some_and(|element| element.rules.of(Outcome::Removed).next().is_some());
        let changes = ask.since.is_some() || ask.mark.is_some() || call.since.is_some() || names_removed;
        let leads_on = call.page.as_ref().is_some_and(|page| !matches!(page.by, PageBy::Offset | PageBy::Number));
        match () {
            () if changes || collection.key.is_none() => Self::Any,
            () if ask.several_per_key => Self::SeveralPerKey,
            () if leads_on && collection.changed.is_some() => Self::Newer,
            () => Self::Refused,
        }
    }
}

/// The records that a list has shown so far.
#[derive(Debug)]
pub struct Seen<'c> {
    key: KeyReader<'c>,
    repeats: Repeats,
    /// By key: the page that showed it last.
    pages: HashMap<Text, u64>,
    /// Digests of the records with their keys.
    records: HashSet<u64>,
    /// How many different records there are.
    pub distinct: u64,
    /// A record that one page shows twice, unchanged.
    pub twin: Option<Text>,
}

impl<'c> Seen<'c> {
    /// Nothing yet.
    pub fn of(collection: &'c Collection, repeats: Repeats) -> Self {
        let key = KeyReader::of(collection);
        Self { key, repeats, pages: HashMap::new(), records: HashSet::new(), distinct: 0, twin: None }
    }

    /// Takes the records of a page, and returns whether any of them is new.
    ///
    /// # Errors
    /// An earlier page has shown one of them.
    pub fn take(&mut self, content: &PageContent<'_>, page: u64) -> Result<bool, CallError> {
        let before = self.distinct;
        for record in &content.records {
            self.take_one(record, page)?;
        }
        self.distinct += content.removed.len() as u64;
        Ok(self.distinct > before)
    }

    fn take_one(&mut self, record: &[u8], page: u64) -> Result<(), CallError> {
        let Some(key) = self.key_of(record) else {
            self.distinct += 1;
            return Ok(());
        };
        let other = self.records.insert(digest(&key, record));
        match self.pages.insert(key.clone(), page) {
            None => self.distinct += 1,
            Some(_) if other && self.repeats == Repeats::SeveralPerKey => self.distinct += 1,
            Some(_) if other && self.repeats == Repeats::Newer => {}
            Some(before) if before == page && other => self.distinct += 1,
            Some(before) if before == page => self.twin = Some(key),
            Some(before) => return Err(moved(&key, before, page)),
        }
        Ok(())
    }

    /// Whether one of these records has a key that no page showed; one that can't be read, or does not matter, may be a new one.
    pub fn lacks_one_of(&self, records: &[Cow<'_, [u8]>]) -> bool {
        records.iter().any(|record| self.key_of(record).is_none_or(|key| !self.pages.contains_key(&key)))
    }

    /// The key of a record; none where it can't be read, or does not matter.
    fn key_of(&self, record: &[u8]) -> Option<Text> {
        if self.repeats == Repeats::Any { None } else { self.key.key_of(record) }
    }
}

fn digest(key: &Text, record: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&**key, record).hash(&mut hasher);
    hasher.finish()
}

fn moved(key: &Text, before: u64, page: u64) -> CallError {
    doubt(format!(
        "`{key}` is on page {before} and again on page {page}, so the list moved while it was read and may have left somebody out: run it \
         again, or have it sorted by what does not change"
    ))
}
