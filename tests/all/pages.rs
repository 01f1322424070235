//! The examples on the pages of the codes: `wrong` is answered with that code and no other, `right` with nothing.

use super::example_project::{answered, tried};
use counterpart::diagnose::codes::{self, Page};

/// What only the trial of a system finds.
const TRIED: [&str; 5] = ["E0570", "E0571", "E0572", "E0573", "L0711"];

/// What the wrong example of a page is answered with: its own code. A file that makes a record fail at run time is in order.
fn wanted(page: Page) -> Vec<&'static str> {
    match page.code {
        "E0411" => vec!["E0411", "E0405"], // who can't be looked up can't be matched either
        code if code.starts_with(['R', 'W']) => Vec::new(),
        code => vec![code],
    }
}

/// What is wrong with the examples of a page.
fn faults(page: Page) -> Vec<String> {
    let mut faults = Vec::new();
    let answer = if TRIED.contains(&page.code) { tried } else { answered };
    let (codes, said) = answer(page.wrong());
    if codes != wanted(page) {
        faults.push(format!("{}: the wrong example gives {codes:?}\n{said}", page.code));
    }
    let (codes, said) = answer(page.right());
    if !codes.is_empty() {
        faults.push(format!("{}: the right example gives {codes:?}\n{said}", page.code));
    }
    faults
}

/// Pages of `E01` have examples that need no systems; they are tested beside the parser.
#[test]
fn the_wrong_example_gives_its_code_alone_and_the_right_one_nothing() {
    let with_examples = codes::all().filter(|page| !page.wrong().is_empty() && !page.code.starts_with("E01"));
    let faults: Vec<_> = with_examples.flat_map(faults).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
