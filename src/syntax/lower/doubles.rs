//! Refuses lines that are given twice in a block where one of them would be ignored.

use super::{Lower, is_rest};
use crate::syntax::{
    catalogue, faults,
    grammar::{Pair, Rule},
};
use std::collections::HashSet;

impl Lower<'_> {
    /// Refuses what follows a line's value and is said a second time in the same words: `on create on create`.
    pub(super) fn no_repeats(&mut self, pairs: &[Pair<'_>]) {
        let mut seen = HashSet::new();
        // The check tells of two `on conflict`, whatever they ask for.
        for pair in pairs.iter().filter(|pair| pair.as_rule() != Rule::mod_on_conflict && catalogue::said_once(pair.as_rule()).is_none()) {
            let words = pair.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
            if words.starts_with(char::is_alphabetic) && !seen.insert((pair.as_rule(), words.clone())) {
                self.faults.push(faults::said_twice(self.span(pair), &words));
            }
        }
    }

    /// Refuses each line, or word of a line, that is said a second time.
    pub(super) fn no_doubles(&mut self, pairs: &[Pair<'_>]) {
        let mut seen = HashSet::new();
        for pair in pairs.iter().filter(|pair| !is_rest(pair)) {
            if let Some(word) = catalogue::said_once(pair.as_rule())
                && !seen.insert(pair.as_rule())
            {
                self.faults.push(faults::said_twice(self.span(pair), word));
            }
        }
    }
}
