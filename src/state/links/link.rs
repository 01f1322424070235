//! A link: a source record and its account. It outlives the account, so that a returning person is recognised.

use super::{added::Added, agreed::Agreed};
use crate::value::key::form;
use compact_str::CompactString;
use jiff::{Timestamp, civil::Date};
use std::collections::HashMap;

/// A source record and its account.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Key of the source record, as text.
    pub key: String,
    /// Key of the target record, as text.
    pub target: String,
    pub life: Life,
    /// The line of `match` that found the account, or `created`, `decided`.
    pub by: String,
    /// The run that made it, and when.
    pub since_run: i64,
    pub since: Timestamp,
    pub absence: Absence,
    /// The day a condition on `today` becomes true for this record (a known end date).
    pub due: Option<Date>,
    /// The value last written to each attribute and the target's value after it, by a hash of the attribute's name.
    pub bases: Bases,
    /// If two directions share the link: the values that both records had when they last agreed.
    pub agreed: Agreed,
    /// Values of lists that we added.
    pub added: Added,
}

impl Link {
    /// Whether the account no longer exists.
    #[must_use]
    pub const fn is_retired(&self) -> bool {
        matches!(self.life, Life::Retired { .. })
    }
}

/// The state of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    Open,
    /// Left: step 1 is done, and perhaps later ones.
    Left {
        /// 0: nothing is done yet, because another pipeline still holds the account.
        stage: u32,
        /// When the stage was done.
        done: Timestamp,
        /// When the next stage is due, and the hash of what it does.
        next: Option<(Date, u64)>,
        /// Whether the person left by being out of scope.
        by_scope: bool,
    },
    /// The account no longer exists; the key is kept, so that a rehire is noticed.
    Retired {
        since: Timestamp,
    },
}

impl Life {
    /// Whether no leave has done anything to the account so far.
    #[must_use]
    pub const fn is_untouched(&self) -> bool {
        matches!(self, Self::Open) || self.has_let_go()
    }

    /// Whether the person left while another pipeline held the account, so that nothing was done.
    #[must_use]
    pub const fn has_let_go(&self) -> bool {
        matches!(self, Self::Left { stage: 0, .. })
    }

    /// Its word, in the database and in lists.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Left { .. } => "left",
            Self::Retired { .. } => "retired",
        }
    }
}

/// How long a linked record has not been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Absence {
    pub runs: u32,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// The last-synced value of one attribute, as keyed hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Base {
    /// Of what we sent.
    pub sent: u64,
    /// Of the target's value after the write: from its response, or from the next read.
    pub held: Option<u64>,
    /// Of the target's value before the write, as long as no other value has been seen since. A value that is still there was not kept.
    pub before: Option<u64>,
    /// How often the same value was written in succession without being kept by the target.
    pub tries: u8,
}

impl Base {
    /// The base after a write over the value `from`; one more try if the same value was sent before. `shown` is the value that was seen
    /// after it: the one from before the write is no proof that the write was made.
    #[must_use]
    pub fn after_write(known: Option<&Self>, sent: u64, from: Option<u64>, shown: Option<u64>) -> Self {
        let tries = known.filter(|known| known.sent == sent).map_or(0, |known| known.tries);
        let held = shown.filter(|shown| *shown == sent || Some(*shown) != from);
        Self { sent, held, before: from.filter(|_| held.is_none()), tries: tries.saturating_add(1) }
    }

    /// The base once a read has shown the target's value. A value that was kept is no longer tried in vain.
    #[must_use]
    pub const fn seen(self, held: u64) -> Self {
        Self { held: Some(held), before: None, tries: if held == self.sent { 0 } else { self.tries }, ..self }
    }

    /// Whether a value that is in the target now is the one from before the last write.
    #[must_use]
    pub fn is_unkept(&self, now: u64) -> bool {
        self.held.is_none() && self.before == Some(now)
    }
}

/// The bases of one link, by a hash of the attribute's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bases(Vec<(u64, Base)>);

/// In the database: 8 bytes each for attribute, sent and held, or before where nothing is held, and one byte of attempts, whose two highest
/// bits say which of both is known.
const PACKED: usize = 25;
const HELD: u8 = 0x80;
const BEFORE: u8 = 0x40;

impl Bases {
    /// The base of an attribute.
    #[must_use]
    pub fn get(&self, attribute: &u64) -> Option<&Base> {
        let at = self.place(*attribute).ok()?;
        Some(&self.0[at].1)
    }

    /// Sets the base of an attribute.
    pub fn insert(&mut self, attribute: u64, base: Base) {
        match self.place(attribute) {
            Ok(at) => self.0[at].1 = base,
            Err(at) => self.0.insert(at, (attribute, base)),
        }
    }

    /// Sets what was seen and never sent.
    pub fn see(&mut self, name: u64, value: u64) {
        self.insert(name, Base { sent: value, held: Some(value), before: None, tries: 0 });
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &(u64, Base)> {
        self.0.iter()
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets how often values were written in vain; returns whether any was.
    pub fn try_again(&mut self) -> bool {
        let tried = self.0.iter_mut().filter(|(_, base)| base.tries > 1).map(|(_, base)| base.tries = 0);
        tried.count() > 0
    }

    fn place(&self, attribute: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&attribute, |(each, _)| *each)
    }

    pub(in crate::state) fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * PACKED);
        for (attribute, base) in &self.0 {
            bytes.extend(attribute.to_le_bytes());
            bytes.extend(base.sent.to_le_bytes());
            bytes.extend(base.held.or(base.before).unwrap_or(0).to_le_bytes());
            let known = if base.held.is_some() { HELD } else { base.before.map_or(0, |_| BEFORE) };
            bytes.push(base.tries.min(BEFORE - 1) | known);
        }
        bytes
    }

    /// Bytes of any other form count as no base, as after a loss of the state.
    pub(in crate::state) fn unpack(bytes: &[u8]) -> Self {
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        let one = |each: &[u8]| {
            let known = |flag: u8| (each[24] & flag != 0).then(|| number(&each[16..24]));
            let (held, before, tries) = (known(HELD), known(BEFORE), each[24] & !(HELD | BEFORE));
            (number(&each[..8]), Base { sent: number(&each[8..16]), held, before, tries })
        };
        bytes.chunks_exact(PACKED).map(one).collect()
    }
}

impl FromIterator<(u64, Base)> for Bases {
    fn from_iter<T: IntoIterator<Item = (u64, Base)>>(bases: T) -> Self {
        let mut bases: Vec<_> = bases.into_iter().collect();
        bases.sort_by_key(|(attribute, _)| *attribute);
        bases.dedup_by_key(|(attribute, _)| *attribute);
        Self(bases)
    }
}

/// All links of a link set, by key and by target.
#[derive(Clone, Debug, Default)]
pub struct Links {
    all: Vec<Link>,
    /// By the [`form`] of the key and of the id, in which others write them.
    by_key: HashMap<CompactString, u32>,
    by_target: HashMap<CompactString, u32>,
}

impl Links {
    /// Adds a link, or replaces the one of the same key.
    pub fn insert(&mut self, link: Link) {
        let at = match self.by_key.get(&*form(&link.key)) {
            Some(at) => *at,
            None => u32::try_from(self.all.len()).expect("four billion people do not fit in memory"),
        };
        self.point(&link, at);
        match self.all.get_mut(at as usize) {
            Some(place) => *place = link,
            None => {
                self.by_key.insert(CompactString::from(form(&link.key)), at);
                self.all.push(link);
            }
        }
    }

    /// A link whose account no longer exists does not hide another one with the same id, because targets may reuse ids.
    fn point(&mut self, link: &Link, at: u32) {
        let target = CompactString::from(form(&link.target));
        if let Some(before) = self.all.get(at as usize).map(|before| form(&before.target)).filter(|before| **before != *target)
            && self.by_target.get(&*before) == Some(&at)
        {
            self.by_target.remove(&*before);
        }
        if !link.is_retired() || !self.by_target.contains_key(&target) {
            self.by_target.insert(target, at);
        }
    }

    /// The link of a source key.
    #[must_use]
    pub fn of_key(&self, key: &str) -> Option<&Link> {
        self.by_key.get(&*form(key)).map(|at| &self.all[*at as usize])
    }

    /// The link of a target id.
    #[must_use]
    pub fn of_target(&self, target: &str) -> Option<&Link> {
        self.by_target.get(&*form(target)).map(|at| &self.all[*at as usize])
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.all.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
