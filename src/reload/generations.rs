//! The value in force, and its replacement: complete and numbered, or not at all.

use jiff::Timestamp;
use std::sync::{Arc, PoisonError, RwLock};

/// One value, with its number.
#[derive(Debug)]
pub struct Generation<T> {
    /// From 1; a refused edit uses up a number too.
    pub number: u64,
    /// Of the content: equal hashes are one generation.
    pub hash: String,
    pub since: Timestamp,
    pub value: T,
}

/// The effect of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// In force from now on, under this number.
    Taken(u64),
    /// The compiled value is unchanged.
    Same,
    /// It can't be used, so the last good one stays in force. The number is the one that the edit would have had.
    Refused(u64),
}

/// The last good value. A generation is never changed, only replaced, so a run can keep the one that it started with.
#[derive(Debug)]
pub struct Live<T> {
    current: RwLock<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    last: u64,
    current: Option<Arc<Generation<T>>>,
}

impl<T> Default for Live<T> {
    fn default() -> Self {
        Self { current: RwLock::new(State { last: 0, current: None }) }
    }
}

impl<T> Live<T> {
    /// The generation in force; none before the first good one.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Generation<T>>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    /// Replaces the value by a newly compiled one, given with its hash; none if the compilation failed.
    pub fn offer(&self, compiled: Option<(String, T)>, now: Timestamp) -> Swapped {
        let mut state = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let Some((hash, value)) = compiled else {
            state.last += 1;
            return Swapped::Refused(state.last);
        };
        if state.current.as_ref().is_some_and(|current| current.hash == hash) {
            return Swapped::Same;
        }
        state.last += 1;
        state.current = Some(Arc::new(Generation { number: state.last, hash, since: now, value }));
        Swapped::Taken(state.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_uses_a_number_and_changes_nothing() {
        let live = Live::default();
        assert_eq!(live.offer(Some(("a".to_owned(), 1)), Timestamp::UNIX_EPOCH), Swapped::Taken(1));
        let held = live.current().unwrap();
        assert_eq!(live.offer(None, Timestamp::UNIX_EPOCH), Swapped::Refused(2));
        assert_eq!(live.current().unwrap().number, 1);
        assert_eq!(live.offer(Some(("a".to_owned(), 1)), Timestamp::UNIX_EPOCH), Swapped::Same);
        assert_eq!(live.offer(Some(("b".to_owned(), 2)), Timestamp::UNIX_EPOCH), Swapped::Taken(3));
        assert_eq!((held.value, live.current().unwrap().value), (1, 2), "a run ends on the generation that it started with");
    }
}
