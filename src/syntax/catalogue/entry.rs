//! What the catalogue says of a statement or a clause.

use crate::syntax::{blocks, grammar::Rule};

/// A statement, or a clause of one.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The words that it is known by.
    pub words: &'static str,
    /// Other words that are written in it, with a blank between them.
    pub with: &'static str,
    pub often: Often,
    /// The statements around it within which it has an effect, by their words: `list`, `find by`; empty for all of its block.
    pub only_in: &'static [&'static str],
    /// What applies where it is not written; empty if there is nothing to say.
    pub default: &'static str,
    pub help: &'static str,
    /// The whole statement, as it is written in the first of its blocks.
    pub example: &'static str,
    pub(in crate::syntax) rule: Rule,
    /// The blocks it may be in; none for what is written inside a value.
    pub(in crate::syntax) blocks: &'static [Rule],
}

/// How often a statement may be in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Often {
    Many,
    /// A second one is refused when the file is read.
    Once,
    /// A second one is refused by the check, which names both lines.
    OnceChecked,
}

impl Entry {
    pub(super) const fn new(words: &'static str, rule: Rule, blocks: &'static [Rule], help: &'static str, example: &'static str) -> Self {
        Self { words, with: "", often: Often::Many, only_in: &[], default: "", help, example, rule, blocks }
    }

    pub(super) const fn with(self, with: &'static str) -> Self {
        Self { with, ..self }
    }

    pub(super) const fn once(self) -> Self {
        Self { often: Often::Once, ..self }
    }

    pub(super) const fn once_checked(self) -> Self {
        Self { often: Often::OnceChecked, ..self }
    }

    pub(super) const fn only_in(self, only_in: &'static [&'static str]) -> Self {
        Self { only_in, ..self }
    }

    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// What the blocks are called that it may be in: `a pipeline`, `a system`.
    #[must_use]
    pub fn places(&self) -> Vec<&'static str> {
        let named = self.blocks.iter().map(|block| blocks::statement_of(*block).1);
        if self.blocks.is_empty() { vec!["a value"] } else { named.collect() }
    }

    /// Where it may be and how often, in words.
    #[must_use]
    pub fn context(&self) -> String {
        let often = if self.often == Often::Many { "" } else { ", once" };
        let places = self.places().join(" or ");
        match self.only_in {
            [] => format!("in {places}{often}"),
            ["collection"] => format!("in a collection, not in a part{often}"),
            ["part"] => format!("in a part{often}"),
            only => format!("in {places} ({}){often}", only.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
        }
    }

    pub(super) fn is_known_by(&self, word: &str) -> bool {
        self.words == word || self.words.split(' ').next() == Some(word)
    }

    pub(super) fn mentions(&self, word: &str) -> bool {
        self.words.split(' ').chain(self.with.split(' ')).any(|one| one == word)
    }
}
