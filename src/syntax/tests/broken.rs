//! Whatever is fed to it, the parser answers: it never panics, points into the file, and speaks the user's words.

use super::{examples::examples, layout::assert_law};
use crate::{
    diagnose::{Diagnostic, FileId},
    syntax::{format, grammar::Rule, parse},
};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

static EXAMPLES: LazyLock<Vec<String>> = LazyLock::new(|| examples().into_iter().map(|(_, text)| text).collect());

/// Pieces that break files: words and signs of this language and of others.
const PIECES: [&str; 48] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\"\"\"",
    "'",
    "=",
    "==",
    "=>",
    ":",
    ":=",
    ",",
    ";",
    "|",
    "||",
    "&&",
    "!",
    "??",
    "?",
    "$",
    "$.a[",
    "{{",
    "}}",
    "{{response.a}}",
    "#",
    "//",
    "/*",
    "\n",
    "\r\n",
    "\u{feff}",
    "\u{a0}",
    "é",
    "matches",
    "when",
    "map {",
    "if ",
    "then",
    "else",
    "not ",
    "10%",
    "7 days",
    "2026-02-31",
    "\\",
    "\"{a",
    "as \"x\"",
];

/// An example with a few stretches replaced, so that most of it still parses.
fn damaged() -> impl Strategy<Value = String> {
    let damage = (any::<prop::sample::Index>(), 0_usize..12, 0_usize..PIECES.len());
    (any::<prop::sample::Index>(), prop::collection::vec(damage, 1..6)).prop_map(|(example, damages)| {
        let mut text = EXAMPLES[example.index(EXAMPLES.len())].clone();
        for (at, length, piece) in damages {
            let start = boundary(&text, at.index(text.len() + 1));
            let end = boundary(&text, (start + length).min(text.len()));
            text.replace_range(start..end.max(start), PIECES[piece]);
        }
        text
    })
}

/// Pieces of the language in any order.
fn scrambled() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        "[ -~]{0,12}",
        "\\PC{0,6}",
        Just("pipeline x {\n".to_owned())
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// What must hold of any text at all.
fn assert_answered(text: &str) {
    let (_, faults) = parse(FileId(0), text);
    assert!(faults.len() <= 20);
    for fault in &faults {
        let (start, end) = (fault.span.start as usize, fault.span.end as usize);
        assert!(start <= end && end <= text.len() && text.is_char_boundary(start) && text.is_char_boundary(end), "{fault:?}");
        assert!(fault.help.is_some(), "{fault:?}");
        assert_plain(fault, text);
    }
    assert_eq!(format(text).is_some(), faults.is_empty());
    if faults.is_empty() {
        assert_law(text, text);
    }
}

/// The names of the grammar's rules.
static RULES: LazyLock<BTreeSet<String>> = LazyLock::new(|| Rule::all_rules().iter().map(|rule| format!("{rule:?}")).collect());

/// No rule of the grammar is named; words of the user's own between backticks are his.
fn assert_plain(fault: &Diagnostic, text: &str) {
    let said = format!("{} {}", fault.message, fault.help.as_deref().unwrap_or_default());
    for word in said.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        assert!(!RULES.contains(word) || text.contains(word), "`{word}` is a rule's name: {said}");
    }
    assert!(!said.contains("Rule::") && !said.contains("expected one of"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_answered(text in damaged()) {
        assert_answered(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in scrambled()) {
        assert_answered(&text);
    }
}

#[test]
fn odd_inputs_are_answered() {
    for text in ["$.a[ \" \"} ]", "}", "{", "\"\"\"", "$.a[{]", "pipeline x { key $.a[}] }", "\u{feff}", "{{response", "matches \"", "\\"] {
        assert_answered(text);
    }
}

/// A million inputs: `cargo nextest run --release --run-ignored only million`.
#[test]
#[ignore = "takes minutes"]
fn a_million_inputs_are_answered() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 1_000_000,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    });
    let small = prop_oneof![8 => scrambled(), 1 => damaged_small()];
    runner
        .run(&small, |text| {
            assert_answered(&text);
            Ok(())
        })
        .expect("all are answered");
}

/// A stretch of a damaged example.
fn damaged_small() -> impl Strategy<Value = String> {
    (damaged(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
        let start = boundary(&text, at.index(text.len() + 1));
        text[start..boundary(&text, (start + 400).min(text.len()))].to_owned()
    })
}
