//! Words that the language had before it took the standard ones: each is known in its place, so that the message for an old file has the new
//! word and `check --fix` writes it. A word that still means something elsewhere (`keep when missing` in `map`) is old in one block only.

use super::{Explained, Stop, token::*};
use crate::syntax::{faults, grammar::Rule, words};

/// A word of old, where it stood, and what is written now.
pub(in crate::syntax) struct OldWord {
    pub block: Rule,
    /// What is replaced: the words from where the statement stops to make sense.
    pub old: &'static str,
    pub new: &'static str,
    /// What stood before it and stays, to name it in full.
    pub after: &'static str,
}

pub(in crate::syntax) const OLD_WORDS: [OldWord; 23] = [
    old(Rule::pipeline_block, "keep", "include"),
    old(Rule::pipeline_block, "skip", "exclude"),
    old(Rule::pipeline_block, "with", "join"),
    old(Rule::pipeline_block, "each", "for each"),
    old(Rule::pipeline_block, "fresh for", "maximum age"),
    OldWord { after: "lists ", ..old(Rule::collection_block, "closed", "all") },
    old(Rule::collection_block, "settles within", "consistent within"),
    old(Rule::collection_block, "asked as", "requested as"),
    old(Rule::collection_block, "rows", "list"),
    old(Rule::collection_block, "entries", "list"),
    old(Rule::attribute_block, "asked as", "requested as"),
    old(Rule::call_block, "once", "never repeat"),
    old(Rule::call_block, "repeatable", "idempotent"),
    old(Rule::call_block, "whole", "replaces"),
    old(Rule::call_block, "ends when", "last page when"),
    old(Rule::call_block, "ends on empty page", "last page when page.count == 0"),
    old(Rule::call_block, "ends on short page", "last page when page.count < page.size"),
    old(Rule::call_block, "on unknown report", "never repeat"),
    old(Rule::attribute_block, "clear as", "missing as"),
    old(Rule::http_block, "at once", "concurrent"),
    old(Rule::error_block, "missing", "gone"),
    old(Rule::guard_block, "changes of", "updates of"),
    old(Rule::test_block, "gone", "already left"),
];

const fn old(block: Rule, old: &'static str, new: &'static str) -> OldWord {
    OldWord { block, old, new, after: "" }
}

impl Stop<'_> {
    pub(super) fn old_word(&self) -> Option<Explained> {
        let known = OLD_WORDS.iter().filter(|word| word.block == self.unit.block);
        known.into_iter().find_map(|word| self.renewed(word))
    }

    fn renewed(&self, word: &OldWord) -> Option<Explained> {
        let end = self.end_of(word.old)?;
        let range = self.found.start..end;
        let first = word.new.split(' ').next().unwrap_or(word.new);
        let expected = self.expected.iter().any(|rule| words::spellings(*rule).iter().any(|one| one == first));
        (expected && self.helps(&range, word.new)).then(|| {
            let message = format!("`{0}{1}` is written `{0}{2}` here", word.after, word.old, word.new);
            Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{}`", word.new)).edit(range, word.new)
        })
    }

    /// The end of some words that begin at the stop, whatever blanks are between them.
    pub(super) fn end_of(&self, words: &str) -> Option<usize> {
        let text = self.unit.text;
        let mut end = self.found.start;
        for word in words.split(' ') {
            let next = token(text, skip_blanks(text, end));
            if &text[next.clone()] != word {
                return None;
            }
            end = next.end;
        }
        Some(end)
    }
}
