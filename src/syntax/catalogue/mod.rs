//! Every statement and clause of the language, declared once: where it may stand, how often, what it means, what holds without it, and an
//! example. The help in the terminal, the reference and the search for doubled lines all read it; a test holds it against the grammar, so
//! that no statement and no word of the grammar is without an entry.

mod calls;
mod collections;
mod files;
mod pipelines;
mod stages;
mod systems;
mod test_lines;
mod values;

use super::{grammar::Rule, words};

/// A statement, or a clause of one.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The words that it is known by.
    pub words: &'static str,
    /// Other words that are written in it, with a blank between them.
    pub with: &'static str,
    pub often: Often,
    /// What holds where it is not written; empty if there is nothing to say.
    pub default: &'static str,
    pub help: &'static str,
    /// The whole statement, as it is written in the first of its blocks.
    pub example: &'static str,
    pub(super) rule: Rule,
    /// The blocks it may be in; none for what is written inside a value.
    pub(super) blocks: &'static [Rule],
}

/// How often a statement may stand in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Often {
    Many,
    /// A second one is refused when the file is read.
    Once,
    /// A second one is refused by the check, which names both lines.
    OnceChecked,
}

impl Entry {
    const fn new(words: &'static str, rule: Rule, blocks: &'static [Rule], help: &'static str, example: &'static str) -> Self {
        Self { words, with: "", often: Often::Many, default: "", help, example, rule, blocks }
    }

    const fn with(self, with: &'static str) -> Self {
        Self { with, ..self }
    }

    const fn once(self) -> Self {
        Self { often: Often::Once, ..self }
    }

    const fn once_checked(self) -> Self {
        Self { often: Often::OnceChecked, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// What the blocks are called that it may be in: `a pipeline`, `a system`.
    #[must_use]
    pub fn places(&self) -> Vec<&'static str> {
        let named = self.blocks.iter().map(|block| words::statement_of(*block).1);
        if self.blocks.is_empty() { vec!["a value"] } else { named.collect() }
    }

    /// Where it may stand and how often, in words.
    #[must_use]
    pub fn context(&self) -> String {
        let often = if self.often == Often::Many { "" } else { ", once" };
        format!("in {}{often}", self.places().join(" or "))
    }

    fn is_known_by(&self, word: &str) -> bool {
        self.words == word || self.words.split(' ').next() == Some(word)
    }

    fn mentions(&self, word: &str) -> bool {
        self.words.split(' ').chain(self.with.split(' ')).any(|one| one == word)
    }
}

/// All entries: files, systems, collections, calls, pipelines, their blocks, tests and values, in this order.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    let tables = [
        files::ENTRIES,
        systems::ENTRIES,
        collections::ENTRIES,
        calls::ENTRIES,
        pipelines::ENTRIES,
        stages::ENTRIES,
        test_lines::ENTRIES,
        values::ENTRIES,
    ];
    tables.into_iter().flatten()
}

/// What the blocks are called that have entries, in the order of the entries.
#[must_use]
pub fn all_places() -> Vec<&'static str> {
    let mut places = Vec::new();
    for place in all().flat_map(Entry::places) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// What begins with a word or is written with these words; else what the word is a part of.
#[must_use]
pub fn explained(word: &str) -> Vec<&'static Entry> {
    let known: Vec<_> = all().filter(|entry| entry.is_known_by(word)).collect();
    if known.is_empty() { all().filter(|entry| entry.mentions(word)).collect() } else { known }
}

/// All words of the language.
pub fn all_words() -> impl Iterator<Item = &'static str> {
    all().flat_map(|entry| entry.words.split(' ').chain(entry.with.split(' '))).filter(|word| !word.is_empty())
}

/// The words of a statement of which a second one is refused when the file is read.
pub(super) fn said_once(rule: Rule) -> Option<&'static str> {
    all().find(|entry| entry.rule == rule && entry.often == Often::Once).map(|entry| entry.words)
}
