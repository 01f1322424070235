//! How many words the language takes, by name: fewer words are learned sooner.

use std::collections::{BTreeMap, BTreeSet};

const GRAMMAR: &str = include_str!("../../../grammar/sync.pest");

/// Each rule, and the rules that it names.
fn rules() -> BTreeMap<&'static str, Vec<&'static str>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut last = "";
    for line in GRAMMAR.lines().filter(|line| !line.starts_with("//")) {
        let starts = line.split_once('=').map(|(name, _)| name.trim()).filter(|name| !name.is_empty() && name.chars().all(is_name));
        last = starts.filter(|_| !line.starts_with(' ')).unwrap_or(last);
        let outside = line.split('"').step_by(2);
        rules.entry(last).or_default().extend(outside.flat_map(|part| part.split(|c| !is_name(c))).filter(|name| !name.is_empty()));
    }
    rules
}

/// The words that some rules lead to.
fn words_of(rules: &BTreeMap<&'static str, Vec<&'static str>>, roots: &[&'static str]) -> BTreeSet<&'static str> {
    let (mut seen, mut open) = (BTreeSet::new(), roots.to_vec());
    while let Some(rule) = open.pop() {
        if seen.insert(rule) {
            open.extend(rules.get(rule).into_iter().flatten());
        }
    }
    seen.into_iter().filter(|rule| rule.starts_with("k_")).collect()
}

#[test]
fn the_language_takes_few_words_and_systems_few_of_their_own() {
    let rules = rules();
    let all: BTreeSet<&str> = rules.keys().copied().filter(|rule| rule.starts_with("k_")).collect();
    let others = words_of(&rules, &["use_item", "pipeline_item", "test_item", "setting_item", "secret_item", "require_item", "table_item"]);
    let systems = words_of(&rules, &["system_item", "extend_item"]);
    let unused: Vec<_> = all.iter().filter(|word| !others.contains(*word) && !systems.contains(*word)).collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
    let own: BTreeSet<_> = systems.difference(&others).collect();
    assert!(all.len() > 150 && own.len() > 40, "{} words, {} of systems", all.len(), own.len());
    assert!(all.len() <= MOST && own.len() <= MOST_OF_SYSTEMS, "{} words, {} of systems: {own:?}", all.len(), own.len());
}

/// As many as there are: a new word takes the place of another. `run` and `runs` count twice, because a message that expects one of the two
/// has to say which.
const MOST: usize = 230;
/// There are 66.
const MOST_OF_SYSTEMS: usize = 70;
