//! Which list values this pipeline added to an account. Only these may be removed again: what others added is theirs.

/// By a hash of the attribute's name: keyed hashes of the values that we added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added(Vec<(u64, Vec<u64>)>);

impl Added {
    /// The values of an attribute.
    #[must_use]
    pub fn get(&self, attribute: u64) -> &[u64] {
        self.place(attribute).map_or(&[], |at| &self.0[at].1)
    }

    /// Sets the values of an attribute; none: it is forgotten.
    pub fn insert(&mut self, attribute: u64, values: Vec<u64>) {
        match (self.place(attribute), values.is_empty()) {
            (Ok(at), true) => drop(self.0.remove(at)),
            (Ok(at), false) => self.0[at].1 = values,
            (Err(_), true) => {}
            (Err(at), false) => self.0.insert(at, (attribute, values)),
        }
    }

    fn place(&self, attribute: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&attribute, |(each, _)| *each)
    }

    /// In the database: for each attribute 8 bytes of the hash of its name, 8 of how many values there are, and 8 for each of them.
    pub(super) fn pack(&self) -> Vec<u8> {
        let words =
            self.0.iter().flat_map(|(attribute, values)| [*attribute, values.len() as u64].into_iter().chain(values.iter().copied()));
        words.flat_map(u64::to_le_bytes).collect()
    }

    /// Unreadable bytes count as nothing added, so that no value that others added is removed.
    pub(super) fn unpack(bytes: &[u8]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let mut all = Vec::new();
        while let (Some(attribute), Some(count)) = (words.next(), words.next()) {
            let values: Vec<u64> = words.by_ref().take(usize::try_from(count).unwrap_or(0)).collect();
            if values.len() as u64 == count {
                all.push((attribute, values));
            }
        }
        all.sort_unstable_by_key(|(attribute, _)| *attribute);
        Self(all)
    }
}

#[cfg(test)]
mod tests {
    use super::Added;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(all in proptest::collection::btree_map(any::<u64>(), proptest::collection::vec(any::<u64>(), 0..5), 0..4)) {
            let mut added = Added::default();
            all.iter().for_each(|(attribute, values)| added.insert(*attribute, values.clone()));
            let again = Added::unpack(&added.pack());
            prop_assert_eq!(&again, &added);
            for (attribute, values) in &all {
                prop_assert_eq!(again.get(*attribute), values.as_slice());
            }
        }

        #[test]
        fn what_is_cut_off_is_forgotten(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let known = Added::unpack(&bytes);
            prop_assert!(known.pack().len() <= bytes.len());
        }
    }
}
