//! Whether several lists of one collection show the same records, although each is declared to show others (`where`): then the system
//! ignores what it was asked by, and each record would be read with the value of every list.

use super::walk::doubt;
use crate::{
    compile::{
        program::Program,
        system::{Call, Collection},
    },
    systems::{CallError, ReadRequest, keys::KeyReader, scope::Scope},
    value::{Text, Value},
};
use std::collections::{HashMap, HashSet};

/// What one list is fixed to: attributes beside the key, with their values.
type Fixed = Vec<(usize, Value)>;

/// The records of several lists, by their keys.
#[derive(Debug)]
pub struct Overlap<'c> {
    collection: &'c Collection,
    key: KeyReader<'c>,
    several_per_key: bool,
    lists: Vec<Fixed>,
    /// The list that showed a record last.
    shown: HashMap<Text, usize>,
    /// A record that two lists show, with these two.
    twice: Option<(Text, usize, usize)>,
}

impl<'c> Overlap<'c> {
    pub fn of(collection: &'c Collection, ask: &ReadRequest) -> Self {
        let key = KeyReader::of(collection);
        Self { collection, key, several_per_key: ask.several_per_key, lists: Vec::new(), shown: HashMap::new(), twice: None }
    }

    /// Begins one more list.
    pub fn begin(&mut self, call: &Call, scope: &Scope<'_>) {
        self.lists.push(fixed_of(self.collection, call, scope));
    }

    /// Takes the records of a page of the list that was begun last.
    pub fn take(&mut self, records: &[&[u8]]) {
        let Some(at) = self.lists.len().checked_sub(1) else { return };
        if self.several_per_key || self.lists[at].is_empty() {
            return;
        }
        for key in records.iter().filter_map(|record| self.key.key_of(record)) {
            let before = self.shown.insert(key.clone(), at);
            if let Some(before) = before.filter(|before| self.excludes(*before, at)) {
                self.twice.get_or_insert((key, before, at));
            }
        }
    }

    /// # Errors
    /// A record is in two lists that exclude each other.
    pub fn checked(&self) -> Result<(), CallError> {
        let Some((key, one, other)) = &self.twice else { return Ok(()) };
        let of = |list: usize| {
            let (at, value) = &self.lists[list][0];
            format!("`{}` {}", self.collection.attributes[*at].name, crate::value::show::shown(value))
        };
        Err(doubt(format!(
            "`{key}` is in the list for {} and in that for {}: it has moved between them, so run it again, or the system ignores what it is \
             asked by",
            of(*one),
            of(*other)
        )))
    }

    fn excludes(&self, one: usize, other: usize) -> bool {
        let known = |at: usize| self.lists[other].iter().find(|(own, _)| *own == at).map(|(_, value)| value.canonical_key());
        one != other && self.lists[one].iter().any(|(at, value)| known(*at).is_some_and(|known| known != value.canonical_key()))
    }
}

/// The values beside the key that `where` gives to the records of a list.
fn fixed_of(collection: &Collection, call: &Call, scope: &Scope<'_>) -> Fixed {
    let value = |(at, program): &(usize, Program)| Some((*at, program.run(scope).ok()?));
    call.fixed.iter().filter(|(at, _)| !collection.key.has(*at)).filter_map(value).collect()
}

/// The lists below the records of another collection, by what each of them shows.
#[derive(Debug)]
pub struct Below<'c> {
    key: Option<KeyReader<'c>>,
    /// The records with the lists that showed them.
    shown: HashMap<Text, HashSet<usize>>,
}

impl<'c> Below<'c> {
    /// Nothing is kept where a record may be in several of the lists.
    pub fn of(collection: &'c Collection, call: &Call, ask: &ReadRequest) -> Self {
        let tells = call.fixed.iter().any(|(at, _)| !collection.key.has(*at)) && !ask.several_per_key;
        Self { key: tells.then(|| KeyReader::of(collection)), shown: HashMap::new() }
    }

    /// Takes the records of a page of one of the lists.
    pub fn take(&mut self, list: usize, records: &[&[u8]]) {
        let Some(reader) = &self.key else { return };
        for key in records.iter().filter_map(|record| reader.key_of(record)) {
            self.shown.entry(key).or_default().insert(list);
        }
    }

    /// # Errors
    /// Each of the lists shows the same records.
    pub fn checked(&self, lists: usize) -> Result<(), CallError> {
        let same = lists > 1 && !self.shown.is_empty() && self.shown.values().all(|shown| shown.len() == lists);
        if !same {
            return Ok(());
        }
        Err(doubt(format!("all {lists} lists show the same records, so the system seems to ignore what it is asked by")))
    }
}
