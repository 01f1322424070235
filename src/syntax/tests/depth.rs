//! Nesting: two hundred deep is fast, three hundred is refused by a word of our own.

use super::said;
use crate::{diagnose::FileId, syntax::parse};
use std::time::{Duration, Instant};

/// Ways to nest, each so deep.
fn nested(deep: usize) -> Vec<String> {
    let wrap = |open: &str, close: &str| format!("pipeline p {{\n  key {}a{}\n}}\n", open.repeat(deep), close.repeat(deep));
    vec![
        wrap("(", ")"),
        wrap("[", "]"),
        wrap("not ", ""),
        wrap("lower | f(", ")"),
        wrap("if a then ", " else b"),
        wrap("if a then b else ", ""),
        wrap("\"{", "}\""),
        wrap("a + ", ""),
        wrap("", " | f"),
        wrap("", " and a"),
        format!("pipeline p {{\n  map {{\n{}a = b\n{}\n}}\n}}\n", "once {\n".repeat(deep), "}\n".repeat(deep)),
        format!("pipeline p {{\n  key if a then b{}\n}}\n", "\n else if a then b".repeat(deep)),
        format!("system p {{\ncollection x {{\n{}{}\n}}\n}}\n", "part x {\n".repeat(deep), "}\n".repeat(deep)),
    ]
}

#[test]
fn two_hundred_deep_is_fast() {
    for text in nested(200) {
        let start = Instant::now();
        assert_eq!(said(&text), "", "{}", &text[..60]);
        assert!(start.elapsed() < Duration::from_secs(2), "{} {:?}", &text[..60], start.elapsed());
    }
}

#[test]
fn three_hundred_deep_is_refused() {
    for text in nested(300).into_iter().chain(nested(20_000)) {
        let said = said(&text);
        assert!(said.contains("E0106"), "{} {said}", &text[..60]);
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn long_is_not_deep() {
    let list = format!("pipeline p {{\n  key [{}]\n}}\n", "a, ".repeat(20_000));
    assert!(parse(FileId(0), &list).1.is_empty());
}
