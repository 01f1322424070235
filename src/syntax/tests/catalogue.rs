//! The catalogue against the grammar: nothing that can be written is without an entry, and every example is what it says.

use crate::syntax::{
    catalogue::{self, Entry},
    grammar::{Grammar, Rule},
    words,
};
use pest::Parser;
use std::collections::BTreeSet;

const GRAMMAR: &str = include_str!("../../../grammar/sync.pest");

/// Lines without a word of their own: an attribute, a value and what it becomes.
const WORDLESS: [&str; 9] =
    ["claim_line", "error_line", "found_line", "body_line", "match_rule", "record_pair", "attribute_line", "map_set", "map_group"];

/// What a rule is made of, if it is silent: its name does not come out of the parser.
fn silent(rule: &str) -> Option<&'static str> {
    let start = GRAMMAR.lines().find(|line| line.strip_prefix(rule).is_some_and(|rest| rest.trim_start().starts_with("= _{")))?;
    let body = &GRAMMAR[GRAMMAR.find(start)?..];
    let open = body.find('{')? + 1;
    Some(&body[open..body.find("}\n")?])
}

/// The statements that a silent rule chooses from, through further silent rules.
fn alternatives(rule: &'static str) -> Vec<&'static str> {
    let Some(body) = silent(rule) else { return vec![rule] };
    body.split('|').map(str::trim).flat_map(alternatives).collect()
}

/// Every block with its statements.
fn statements() -> Vec<(Rule, &'static str)> {
    let is_block = |rule: &Rule| *rule == Rule::file_all || words::statement_of(*rule).0 != Rule::only_item;
    let of = |block: &Rule| {
        let only = format!("{:?}", words::statement_of(*block).0);
        let body = silent(&only).unwrap_or_else(|| panic!("{only}"));
        let statement = body.split('~').map(str::trim).nth(2).unwrap_or_else(|| panic!("{only}"));
        let clauses = match block {
            Rule::attribute_block => alternatives("attribute_word"),
            Rule::map_block => alternatives("modifier_any"),
            _ => Vec::new(),
        };
        let all: Vec<_> = alternatives(statement).into_iter().chain(clauses).map(|name| (*block, name)).collect();
        all
    };
    Rule::all_rules().iter().filter(|rule| is_block(rule)).flat_map(of).collect()
}

#[test]
fn every_statement_of_every_block_has_an_entry() {
    let all = statements();
    assert!(all.len() > 150, "{}", all.len());
    let has = |block: Rule, name: &str| catalogue::all().any(|entry| entry.blocks.contains(&block) && format!("{:?}", entry.rule) == name);
    let without: Vec<_> = all.into_iter().filter(|(block, name)| !WORDLESS.contains(name) && !has(*block, name)).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn every_word_of_the_grammar_is_explained() {
    let keywords: BTreeSet<String> = Rule::all_rules().iter().filter_map(|rule| words::keyword(*rule)).collect();
    assert!(keywords.len() > 200, "{}", keywords.len());
    let without: Vec<_> = keywords.iter().filter(|word| catalogue::explained(word).is_empty()).collect();
    assert!(without.is_empty(), "{without:?}");
    let unknown: BTreeSet<_> = catalogue::all_words().filter(|word| !keywords.contains(*word)).collect();
    assert!(unknown.is_empty(), "words of the catalogue that the grammar does not have: {unknown:?}");
}

/// The rules that an example consists of, read as a statement of the first of its blocks.
fn rules_of(entry: &Entry) -> Vec<Rule> {
    let strict = entry.blocks.first().map_or(Rule::expr_full, |block| words::statement_of(*block).0);
    let pairs = Grammar::parse(strict, entry.example).unwrap_or_else(|error| panic!("`{}`: {error}", entry.example));
    assert!(entry.blocks.is_empty() <= (pairs.as_str().trim_end() == entry.example), "`{}` is read whole", entry.example);
    pairs.flatten().map(|pair| pair.as_rule()).collect()
}

#[test]
fn every_example_is_an_example_of_its_statement() {
    for entry in catalogue::all() {
        assert!(rules_of(entry).contains(&entry.rule), "`{}` in {}", entry.example, entry.words);
        let first =
            entry.words.split(' ').all(|word| entry.example.split(|c: char| !c.is_alphanumeric() && c != '_').any(|one| one == word));
        assert!(first, "`{}` shows `{}`", entry.example, entry.words);
    }
}

#[test]
fn help_is_a_sentence() {
    for entry in catalogue::all() {
        assert!(entry.help.ends_with('.') && entry.help.starts_with(char::is_uppercase), "{}: {}", entry.words, entry.help);
    }
}
