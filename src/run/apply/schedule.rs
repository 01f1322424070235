//! Which operation may start next: in the order of the change set, after the operations that it waits for.

use crate::run::change_set::{Operation, Step};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

/// Operations by their index in the change set.
pub(crate) struct Schedule<'a> {
    by_key: HashMap<&'a str, usize>,
    /// How many each one still waits for.
    waits: Vec<usize>,
    followers: Vec<Vec<usize>>,
    /// Whether each one has its outcome, or its record has been created.
    there: Vec<bool>,
    ready: BinaryHeap<Reverse<usize>>,
}

impl<'a> Schedule<'a> {
    pub fn new(operations: &'a [Operation]) -> Self {
        let count = operations.len();
        let mut schedule = Self {
            by_key: operations.iter().enumerate().map(|(at, operation)| (operation.key.as_str(), at)).collect(),
            waits: vec![0; count],
            followers: vec![Vec::new(); count],
            there: vec![false; count],
            ready: BinaryHeap::new(),
        };
        for (at, operation) in operations.iter().enumerate() {
            schedule.wait(at, operation.after.iter().map(String::as_str).chain(operation.steps.first().into_iter().flat_map(named)));
        }
        schedule
    }

    /// The operation of a key.
    pub fn of_key(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// The next operation that may continue.
    pub fn next(&mut self) -> Option<usize> {
        self.ready.pop().map(|Reverse(at)| at)
    }

    /// Whether no operation may continue.
    pub fn is_still(&self) -> bool {
        self.ready.is_empty()
    }

    /// Lets an operation continue with a step once the records that it refers to exist.
    pub fn park(&mut self, at: usize, step: &Step) {
        self.wait(at, named(step));
    }

    /// Releases the operations that waited for this one.
    pub fn release(&mut self, at: usize) {
        if std::mem::replace(&mut self.there[at], true) {
            return;
        }
        for follower in std::mem::take(&mut self.followers[at]) {
            self.waits[follower] -= 1;
            if self.waits[follower] == 0 {
                self.ready.push(Reverse(follower));
            }
        }
    }

    fn wait<'k>(&mut self, at: usize, keys: impl Iterator<Item = &'k str>) {
        for key in keys {
            if let Some(before) = self.of_key(key).filter(|before| *before != at && !self.there[*before]) {
                self.followers[before].push(at);
                self.waits[at] += 1;
            }
        }
        if self.waits[at] == 0 {
            self.ready.push(Reverse(at));
        }
    }
}

/// The keys of records without a counterpart to which a step refers.
fn named(step: &Step) -> impl Iterator<Item = &str> {
    step.values().iter().flat_map(|written| written.after.0.pending()).map(|pending| pending.key.as_str())
}
