//! The value in force, and how another takes its place: whole, numbered, or not at all.

use jiff::Timestamp;
use std::sync::{Arc, PoisonError, RwLock};

/// One value that was in force.
#[derive(Debug)]
pub struct Generation<T> {
    /// From 1; a refused edit uses a number up, too.
    pub number: u64,
    /// Of the content: the same hash is the same generation.
    pub hash: String,
    pub since: Timestamp,
    pub value: T,
}

/// What came of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// In force from now on, under this number.
    Taken(u64),
    /// Nothing that matters differs.
    Same,
    /// It can't be used; the last good one stays. The number that the edit would have had.
    Refused(u64),
}

/// The last good value. Whoever began with a generation keeps it until the end: it is never changed, only replaced.
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

    /// Offers what was compiled aside: its hash and value, or none if it could not be.
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
        assert_eq!((held.value, live.current().unwrap().value), (1, 2), "who began with a generation ends on it");
    }
}
