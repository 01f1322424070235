//! Every example of the language guide is accepted; every wrong example gets the code that it names.

use super::example_project::answered;
use std::fs;

/// An example: its mark and its text.
fn examples(guide: &str) -> Vec<(String, String)> {
    let mut parts = guide.split("```sync");
    parts.next();
    let example = |part: &str| {
        let (mark, rest) = part.split_once('\n').unwrap();
        (mark.trim().to_owned(), rest.split("\n```").next().unwrap().to_owned())
    };
    parts.map(example).collect()
}

#[test]
fn each_example_checks_and_each_mistake_has_its_code() {
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/language.md")).unwrap();
    let examples = examples(&guide);
    assert!(examples.len() > 20, "{}", examples.len());
    let mut faults = Vec::new();
    for (mark, example) in examples {
        let (codes, said) = answered(&example);
        let wanted: Vec<&str> = mark.split_whitespace().collect();
        if codes != wanted {
            faults.push(format!("{wanted:?} wanted, {codes:?} given\n{said}\n----\n{example}\n"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
