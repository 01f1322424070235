//! A file four times as long takes about four times as long, whatever it is full of.

use crate::{
    diagnose::FileId,
    syntax::{format, parse},
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Files of so many lines of one kind; empty lines are cheap, so there are more of them.
fn long(n: usize) -> Vec<(&'static str, String)> {
    let lines = |line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    vec![
        ("empty lines", "\n".repeat(20 * n)),
        ("empty lines after `if`", format!("pipeline p {{\n  key if a{}then b\n}}\n", "\n".repeat(10 * n))),
        ("comments after `not`", format!("pipeline p {{\n  key not{} a\n}}\n", " # a\n".repeat(n))),
        ("rows of a table", format!("table t {{\n{}}}\n", lines(&|at| format!("  \"{at}\" = \"a\"\n")))),
        ("tables", lines(&|at| format!("table t{at} {{ \"a\" = \"b\" }}\n"))),
        ("settings", lines(&|at| format!("setting s{at} : text = \"a\" as \"b\"\n"))),
        ("fields", format!("pipeline p {{\n{}}}\n", lines(&|at| format!("  field f{at} = if a then b else c\n")))),
        ("mistakes", format!("pipeline p {{\n{}}}\n", "  titel \"x\"\n".repeat(n / 2))),
        ("closing braces", "}\n".repeat(n)),
    ]
}

fn time(text: &str, work: fn(&str)) -> Duration {
    let start = Instant::now();
    work(text);
    start.elapsed()
}

/// The square of a length would take 16 times as long, each time it is tried; a busy machine is slow at times only.
fn assert_linear(work: fn(&str)) {
    let (short, long) = (long(500), long(2_000));
    for ((name, short), (_, long)) in short.iter().zip(&long) {
        let is_linear = |_| time(long, work) < time(short, work) * 9 + Duration::from_millis(20);
        assert!((0..5).any(is_linear), "{name}: {:?}, and {:?} for four times as many", time(short, work), time(long, work));
    }
}

#[test]
fn reading_takes_as_long_as_the_file_is() {
    assert_linear(|text| {
        black_box(parse(FileId(0), text));
    });
}

#[test]
fn laying_out_takes_as_long_as_the_file_is() {
    assert_linear(|text| {
        black_box(format(text));
    });
}
