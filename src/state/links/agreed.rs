//! What two directions over the same records remember about one pair, in addition to the link.
//!
//! Each direction keeps its own copy in its link, seen from its own source.

use jiff::Timestamp;

/// The values that both records of a link had when they last agreed, for each attribute that both directions write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// When we last wrote the source's record, by its own clock if its answer said so. A change up to that time is our own.
    pub source_written: Option<Timestamp>,
    /// The same of the target's record.
    pub target_written: Option<Timestamp>,
    pairs: Vec<(u64, Pair)>,
}

/// One attribute that two directions share, as keyed hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pair {
    /// The source's value. None after our own write if its response did not contain the value: the next read supplies it.
    pub source: Option<u64>,
    /// The target's value.
    pub target: Option<u64>,
    /// What this direction computed from the source's value. A different result later means that the line was edited.
    pub last_to_target: Option<u64>,
    /// What the other direction computed from the target's value.
    pub last_from_target: Option<u64>,
}

impl Pair {
    /// The same pair with source and target exchanged.
    #[must_use]
    pub const fn swapped(self) -> Self {
        Self { source: self.target, target: self.source, last_to_target: self.last_from_target, last_from_target: self.last_to_target }
    }

    const fn hashes(self) -> [Option<u64>; 4] {
        [self.source, self.target, self.last_to_target, self.last_from_target]
    }
}

/// In the database: 8 bytes for each of both times, then for each attribute 8 bytes of a hash of its name, 8 for each of the four hashes, and
/// one whose bits say which of them are known.
const TIMES: usize = 16;
const PACKED: usize = 41;

impl Agreed {
    /// What is known of an attribute.
    #[must_use]
    pub fn get(&self, attribute: u64) -> Option<Pair> {
        self.place(attribute).ok().map(|at| self.pairs[at].1)
    }

    /// Sets the agreed values of an attribute.
    pub fn insert(&mut self, attribute: u64, pair: Pair) {
        match self.place(attribute) {
            Ok(at) => self.pairs[at].1 = pair,
            Err(at) => self.pairs.insert(at, (attribute, pair)),
        }
    }

    /// All attributes with source and target exchanged.
    #[must_use]
    pub fn swapped(&self) -> Self {
        let pairs = self.pairs.iter().map(|(attribute, pair)| (*attribute, pair.swapped())).collect();
        Self { source_written: self.target_written, target_written: self.source_written, pairs }
    }

    fn place(&self, attribute: u64) -> Result<usize, usize> {
        self.pairs.binary_search_by_key(&attribute, |(each, _)| *each)
    }

    pub(super) fn pack(&self) -> Vec<u8> {
        if *self == Self::default() {
            return Vec::new();
        }
        let mut bytes = Vec::with_capacity(TIMES + self.pairs.len() * PACKED);
        for time in [self.source_written, self.target_written] {
            bytes.extend(time.map_or(i64::MIN, Timestamp::as_microsecond).to_le_bytes());
        }
        for (attribute, pair) in &self.pairs {
            let hashes = pair.hashes();
            bytes.extend(attribute.to_le_bytes());
            hashes.iter().for_each(|hash| bytes.extend(hash.unwrap_or(0).to_le_bytes()));
            bytes.push((0..4).filter(|bit| hashes[*bit].is_some()).map(|bit| 1 << bit).sum());
        }
        bytes
    }

    /// Bytes of any other form count as empty: the two records are then compared as if for the first time.
    pub(super) fn unpack(bytes: &[u8]) -> Self {
        let Some((times, pairs)) = bytes.split_at_checked(TIMES) else { return Self::default() };
        let time = |at: usize| Timestamp::from_microsecond(number(&times[at..]).cast_signed()).ok();
        let one = |each: &[u8]| {
            let hash = |at: usize| (each[40] & (1 << at) != 0).then(|| number(&each[8 + at * 8..]));
            (number(each), Pair { source: hash(0), target: hash(1), last_to_target: hash(2), last_from_target: hash(3) })
        };
        Self { source_written: time(0), target_written: time(8), pairs: pairs.chunks_exact(PACKED).map(one).collect() }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair() -> impl Strategy<Value = Pair> {
        let hash = || proptest::option::of(any::<u64>());
        (hash(), hash(), hash(), hash()).prop_map(|(source, target, last_to_target, last_from_target)| Pair {
            source,
            target,
            last_to_target,
            last_from_target,
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(pairs in proptest::collection::vec((any::<u64>(), pair()), 0..5), written in proptest::option::of(0_i64..4_000_000_000)) {
            let source_written = written.map(|second| Timestamp::from_second(second).unwrap());
            let mut agreed = Agreed { source_written, ..Agreed::default() };
            pairs.iter().for_each(|(attribute, pair)| agreed.insert(*attribute, *pair));
            prop_assert_eq!(&Agreed::unpack(&agreed.pack()), &agreed);
            prop_assert_eq!(&Agreed::unpack(&agreed.swapped().pack()).swapped(), &agreed);
        }

        #[test]
        fn bytes_of_another_kind_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Agreed::unpack(&bytes);
        }
    }
}
