//! Prints the reference: `cargo run --example reference > docs/reference.md`.
//!
//! Everything in it comes from what the program itself uses: functions, words and codes. A test compares it with the file.

use counterpart::{
    diagnose::{
        codes::{self, Page},
        words,
    },
    value::functions::{self, Function},
};
use std::fmt::Write;

const HEAD: &str = "# Reference

Exit codes, functions, words and codes, printed from the tables that the program itself uses (`just docs`). Commands and their flags: `counterpart --help`.
The language is explained in [language.md](language.md). In a terminal, `counterpart explain NAME` prints the part about a code, a function
or a word.
";

/// What the process ends with; the numbers never change their meaning.
const EXIT_CODES: [(u8, &str); 9] = [
    (0, "done, with changes or without"),
    (1, "a file or a test is wrong"),
    (2, "the command is wrong"),
    (3, "held by a guard, or not yet approved; nothing was written"),
    (4, "done, and some records failed"),
    (5, "stopped: sign-in, network, an incomplete read, another run"),
    (6, "out of date: the change set is no longer true"),
    (10, "`plan --exit-code`: there is something to write"),
    (130, "interrupted"),
];

const FUNCTION_FAMILIES: [&str; 5] = ["Of texts", "Of days and instants", "Of numbers", "Of lists", "Of other values"];

/// What the codes begin with, and what they are about.
const FAMILIES: [(&str, &str); 13] = [
    ("E01", "Syntax"),
    ("E02", "Names"),
    ("E03", "Types, missing values and `map`"),
    ("E04", "Keys, matches, leavers and guards"),
    ("E05", "Systems and calls"),
    ("E06", "Paths, functions and patterns"),
    ("E07", "Files and settings"),
    ("E09", "Not supported yet"),
    ("L07", "Lints"),
    ("R02", "Records: values"),
    ("R03", "Records: keys and what the target requires"),
    ("R09", "Records: other faults"),
    ("W09", "Writes"),
];

fn main() {
    print!("{}", reference());
}

/// The whole reference as Markdown.
pub fn reference() -> String {
    [HEAD.to_owned(), exit_codes(), all_functions(), all_words(), all_codes()].join("\n")
}

fn exit_codes() -> String {
    let rows: String = EXIT_CODES.iter().map(|(code, meaning)| format!("| {code} | {meaning} |\n")).collect();
    format!("## Exit codes\n\n| code | meaning |\n|---:|---|\n{rows}")
}

fn all_functions() -> String {
    let mut out = "## Functions

`value | function` applies one; several are applied left to right. A value that is missing stays missing. What a function can't do rejects the
record, unless `??` follows; those that can fail say so.
"
    .to_owned();
    for family in FUNCTION_FAMILIES {
        let _ = write!(out, "\n### {family}\n");
        out.extend(functions::all().iter().filter(|one| family_of(one) == family).map(function));
    }
    out
}

/// By what a function is given.
fn family_of(function: &Function) -> &'static str {
    let given = function.types.split(" →").next().unwrap_or_default();
    match given {
        "text" => FUNCTION_FAMILIES[0],
        _ if given.contains("date") => FUNCTION_FAMILIES[1],
        _ if given.contains("int") || given.contains("decimal") => FUNCTION_FAMILIES[2],
        _ if given.starts_with("list") => FUNCTION_FAMILIES[3],
        _ => FUNCTION_FAMILIES[4],
    }
}

fn function(function: &Function) -> String {
    let fails = if function.fails { " It can fail." } else { "" };
    let mut out = format!("\n**`{}`** : {}\n\n{}{fails}\n", function.signature, function.types, function.help);
    if !function.examples.is_empty() {
        let lines: String = function.examples.iter().map(|(input, call, result)| format!("{input} | {call}  =  {result}\n")).collect();
        let _ = write!(out, "\n```\n{lines}```\n");
    }
    out
}

fn all_words() -> String {
    let words: String = words::all().map(|(word, meaning)| format!("- **{word}**: {meaning}\n")).collect();
    format!("## Words of the screens\n\n{words}")
}

fn all_codes() -> String {
    let mut pages: Vec<&Page> = codes::all().collect();
    pages.sort_by_key(|page| page.code);
    let mut out = "## Codes

`E` stops a file from being used, `L` is for the reviewer, `R` is said of a record that is left alone, `W` of a write that was not done. A code
never changes its meaning. An example stands for a whole file: it shows the lines that matter.
"
    .to_owned();
    let mut family = "";
    for one in pages {
        let (start, title) = FAMILIES.iter().find(|(start, _)| one.code.starts_with(start)).copied().unwrap_or_default();
        if family != start {
            family = start;
            let _ = write!(out, "\n### {start}: {title}\n");
        }
        out.push_str(&page(one));
    }
    out
}

fn page(page: &Page) -> String {
    let mut out = format!("\n#### {}: {}\n\n{}\n", page.code, page.title, page.text);
    for (word, example) in [("Wrong", page.bad), ("Right", page.good)] {
        if !example.is_empty() {
            let _ = write!(out, "\n{word}:\n\n```\n{}\n```\n", example.trim_matches('\n'));
        }
    }
    out
}
