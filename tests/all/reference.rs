//! `docs/reference.md` is what the program generates.

#[expect(dead_code, reason = "the example's own `main`")]
#[path = "../../examples/reference.rs"]
mod generator;

use std::fs;

#[test]
fn the_reference_is_what_the_program_prints() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
    let written = fs::read_to_string(file).unwrap_or_default();
    let printed = generator::reference();
    let differs = written.lines().zip(printed.lines()).position(|(left, right)| left != right);
    assert!(written == printed, "run `cargo run --example reference > docs/reference.md`; line {differs:?} differs");
}

#[test]
fn every_code_belongs_to_a_family() {
    let printed = generator::reference();
    assert!(!printed.contains("\n### : "), "a code without a family");
}
