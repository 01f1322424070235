//! The catalogue against the grammar: nothing that can be written is without an entry, and every example is what it says.

use crate::syntax::{
    blocks,
    catalogue::{self, Entry},
    grammar::{Grammar, Rule},
    words,
};
use pest::Parser;
use pest_meta::ast::{Expr, Rule as GrammarRule, RuleType};
use std::collections::{BTreeSet, HashMap};

const GRAMMAR: &str = include_str!("../../../grammar/sync.pest");

/// Lines without a word of their own: an attribute, a value and what it becomes.
const WORDLESS: [&str; 8] =
    ["claim_line", "error_line", "found_line", "match_rule", "record_pair", "attribute_line", "map_set", "map_group"];

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
    let is_block = |rule: &Rule| *rule == Rule::file_all || blocks::statement_of(*rule).0 != Rule::only_item;
    let of = |block: &Rule| {
        let only = format!("{:?}", blocks::statement_of(*block).0);
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
    let strict = entry.blocks.first().map_or(Rule::expr_full, |block| blocks::statement_of(*block).0);
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

/// What a part of the grammar can begin with: the names of rules, and words that are written out. `optional` where it may be empty.
#[derive(Default)]
struct Beginnings {
    all: BTreeSet<String>,
    optional: bool,
}

fn beginnings(expr: &Expr, rules: &HashMap<String, GrammarRule>) -> Beginnings {
    let one = |name: &str| Beginnings { all: BTreeSet::from([name.to_owned()]), optional: false };
    let both = |left: Beginnings, right: Beginnings| (&left.all | &right.all, left.optional, right.optional);
    match expr {
        Expr::Str(word) => one(word),
        Expr::Ident(name) => match rules.get(name).filter(|rule| rule.ty == RuleType::Silent) {
            Some(rule) => beginnings(&rule.expr, rules),
            None => one(name),
        },
        Expr::Seq(first, rest) => {
            let first = beginnings(first, rules);
            if !first.optional {
                return first;
            }
            let (all, _, optional) = both(first, beginnings(rest, rules));
            Beginnings { all, optional }
        }
        Expr::Choice(left, right) => {
            let (all, left, right) = both(beginnings(left, rules), beginnings(right, rules));
            Beginnings { all, optional: left || right }
        }
        Expr::Opt(inner) | Expr::Rep(inner) => Beginnings { optional: true, ..beginnings(inner, rules) },
        Expr::RepOnce(inner) => beginnings(inner, rules),
        Expr::NegPred(_) | Expr::PosPred(_) => Beginnings { optional: true, ..Beginnings::default() },
        _ => Beginnings::default(),
    }
}

/// Rules that no message names: what was not understood, parts of texts and paths, and names that are taken.
const UNNAMED: [&str; 10] =
    ["file_all", "line_junk", "rest_junk", "record_rest", "record_junk", "text_chunk", "text_escape", "foreign_tail", "go_on", "reserved"];

/// The parser expects either one word or sign, which says what it is itself, or one of several beginnings, which need a name.
#[test]
fn every_rule_that_may_begin_in_several_ways_has_its_words_and_a_name() {
    let parsed = pest_meta::parser::parse(pest_meta::parser::Rule::grammar_rules, GRAMMAR).unwrap();
    let rules = pest_meta::parser::consume_rules(parsed).unwrap();
    let rules: HashMap<_, _> = rules.into_iter().map(|rule| (rule.name.clone(), rule)).collect();
    let is_named = |rule: &&Rule| {
        let name = format!("{rule:?}");
        let named_by_itself = words::keyword(**rule).is_some() || words::sign(**rule).is_some() || words::is_operator(**rule);
        rules[&name].ty != RuleType::Silent && !named_by_itself && !UNNAMED.contains(&&*name)
    };
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for rule in Rule::all_rules().iter().filter(|rule| **rule != Rule::EOI).filter(is_named) {
        let name = format!("{rule:?}");
        let begins = beginnings(&rules[&name].expr, &rules).all;
        let is_token = matches!(rules[&name].ty, RuleType::Atomic);
        if begins.len() < 2 && !is_token {
            continue;
        }
        seen += 1;
        let keywords = begins.iter().filter_map(|one| one.strip_prefix("k_").filter(|word| !matches!(*word, "true" | "false" | "null")));
        let by_rule = begins.iter().filter_map(|one| one.strip_prefix("schedule_"));
        let written = begins.iter().map(String::as_str).filter(|one| one.len() > 1 && one.chars().all(|c| c.is_ascii_uppercase()));
        let refused = ["HEAD", "OPTIONS", "ANY", "else", "not"];
        let words: BTreeSet<&str> = keywords.chain(by_rule).chain(written).filter(|word| !refused.contains(word)).collect();
        let known: BTreeSet<&str> = catalogue::first_words(*rule).collect();
        if words != known || catalogue::choice(*rule).is_none() {
            wrong.push(format!("{name}: the grammar has {words:?}, the catalogue {known:?}"));
        }
    }
    assert!(seen > 25, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn help_is_a_sentence() {
    for entry in catalogue::all() {
        assert!(entry.help.ends_with('.') && entry.help.starts_with(char::is_uppercase), "{}: {}", entry.words, entry.help);
    }
}
