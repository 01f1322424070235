//! A link: a source record and its counterpart, for ever.

use jiff::{Timestamp, civil::Date};
use std::collections::HashMap;

/// A source record and its counterpart.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Key of the source record, as text.
    pub key: String,
    /// Key of the target record, as text.
    pub target: String,
    pub life: Life,
    /// By which rule it came to be, or `created`, `decided`.
    pub by: String,
    /// The run that made it, and when.
    pub since_run: i64,
    pub since: Timestamp,
    pub absence: Absence,
    /// The day a condition on `today` becomes true for this record (a known end date).
    pub due: Option<Date>,
    /// What we last wrote of each attribute, and what the target held then; by a hash of the attribute's name.
    pub bases: HashMap<u64, Base>,
}

/// Where the account stands in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    Open,
    /// Left: `stage` 1 is done, further ones as they came.
    Left {
        stage: u32,
        /// When the stage was done.
        done: Timestamp,
        /// When the next stage is due, and the hash of what it does.
        next: Option<(Date, u64)>,
        /// Whether it was `out of scope` that made this one leave.
        by_scope: bool,
    },
    /// The account is gone for good; the key is kept.
    Retired {
        since: Timestamp,
    },
}

/// How long a linked record has not been seen (semantics.md, rule 14).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Absence {
    pub runs: u32,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// The last-synced value of one attribute, as keyed hashes (semantics.md, rules 23 and 25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Base {
    /// Of what we sent.
    pub sent: u64,
    /// Of what the target held after the write: from its answer, or the next read of it.
    pub held: Option<u64>,
    /// How often the same value was written in succession and not kept.
    pub tries: u8,
}

/// All links of a link set, by key and by target.
#[derive(Clone, Debug, Default)]
pub struct Links {
    by_key: HashMap<String, Link>,
    by_target: HashMap<String, String>,
}

impl Links {
    /// Adds a link, or replaces the one of the same key.
    pub fn insert(&mut self, link: Link) {
        self.by_target.insert(link.target.clone(), link.key.clone());
        self.by_key.insert(link.key.clone(), link);
    }

    /// The link of a source key.
    #[must_use]
    pub fn of_key(&self, key: &str) -> Option<&Link> {
        self.by_key.get(key)
    }

    /// The link of a target id.
    #[must_use]
    pub fn of_target(&self, target: &str) -> Option<&Link> {
        self.by_target.get(target).and_then(|key| self.by_key.get(key))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.by_key.values()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}
