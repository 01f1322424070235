//! Every statement and clause of the language, declared once: where it may be, how often, what it means, what applies without it, and an
//! example. The help in the terminal, the reference and the search for doubled lines all read it; a test holds it against the grammar, so
//! that no statement and no word of the grammar is without an entry.

mod calls;
mod choices;
mod collections;
mod entry;
mod files;
pub mod formats;
pub mod names;
mod pipelines;
mod stages;
mod systems;
mod test_lines;
mod values;

pub(super) use choices::{choice, first_words};
pub use entry::{Entry, Often};

use super::grammar::Rule;

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

/// What begins with a word or is written with these words; else what all of the words are a part of: `not in`, `mode append`.
#[must_use]
pub fn explained(word: &str) -> Vec<&'static Entry> {
    let known: Vec<_> = all().filter(|entry| entry.is_known_by(word)).collect();
    if known.is_empty() { all().filter(|entry| word.split(' ').all(|part| entry.mentions(part))).collect() } else { known }
}

/// The statements within which one of these words has an effect in its block; none where it has one in all.
#[must_use]
pub fn only_in(place: &str, words: &str) -> &'static [&'static str] {
    all().find(|entry| entry.words == words && entry.places().contains(&place)).map_or(&[], |entry| entry.only_in)
}

/// All words of the language.
pub fn all_words() -> impl Iterator<Item = &'static str> {
    all().flat_map(|entry| entry.words.split(' ').chain(entry.with.split(' '))).filter(|word| !word.is_empty())
}

/// The words of a statement of which a second one is refused when the file is read.
pub(super) fn said_once(rule: Rule) -> Option<&'static str> {
    all().find(|entry| entry.rule == rule && entry.often == Often::Once).map(|entry| entry.words)
}

/// Whether a second statement of these words in a block is refused by the check.
#[must_use]
pub fn is_checked_once(place: &str, words: &str) -> bool {
    all().any(|entry| entry.words == words && entry.often == Often::OnceChecked && entry.places().contains(&place))
}
