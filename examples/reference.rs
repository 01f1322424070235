//! Prints the reference: `cargo run --example reference > docs/reference.md`.
//!
//! Everything in it comes from the tables that the program itself uses: functions, words and codes. A test compares it with the file.

use counterpart::{
    cli::{self, Exit},
    diagnose::{
        codes::{self, Page},
        words,
    },
    syntax::catalogue::{
        self, Entry,
        formats::{self, Format},
    },
    value::functions::{self, Function},
};
use std::fmt::Write;

const HEAD: &str = "# Reference

Commands, exit codes, statements, functions, words and codes, printed from the tables that the program itself uses (`just docs`).
The language is explained in [language.md](language.md). In a terminal, `counterpart explain NAME` prints the part about a code, a function,
a word of the language or one of the screens.
";

const FUNCTION_FAMILIES: [&str; 5] = ["Of texts", "Of days and instants", "Of numbers", "Of lists", "Of other values"];

/// The first letters of the codes, with their subjects.
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
    [HEAD.to_owned(), commands(), exit_codes(), all_statements(), all_formats(), all_functions(), all_words(), all_codes()].join("\n")
}

/// Every command with its arguments; the flags that all commands take are listed once.
fn commands() -> String {
    let command = cli::command();
    let mut out = format!("## Commands\n\n`counterpart` alone prints the status of the pipelines.\n\n{}", arguments(&command, true));
    for one in command.get_subcommands() {
        let (name, about) = (one.get_name(), one.get_about().unwrap_or_default());
        let _ = write!(out, "\n### `counterpart {name}`\n\n{about}\n\n{}{}", arguments(one, false), shared(one));
    }
    out + &formats()
}

/// The common options that have an effect on a command: `Also: `--env`, `--sandbox``.
fn shared(command: &clap::Command) -> String {
    let common =
        command.get_arguments().filter(|argument| cli::catalogue::is_common(argument.get_id().as_str()) && !argument.is_hide_set());
    let names: Vec<String> = common.filter_map(|argument| argument.get_long()).map(|long| format!("`--{long}`")).collect();
    if names.is_empty() { String::new() } else { format!("\nAlso: {}\n", names.join(", ")) }
}

/// The formats of each command's result.
fn formats() -> String {
    let row = |(name, formats): (&str, Vec<&str>)| format!("| {name} | {} |\n", formats.join(", "));
    let rows: String = cli::catalogue::format_table().into_iter().map(row).collect();
    format!(
        "\n### Formats\n\nAny other `--format` is refused. `json` is one object with `\"format\": 1`, `jsonl` one object a line. A command that fails prints an object with `\"error\"` ([unattended](operations.md#unattended)).\n\n| command | formats |\n|---|---|\n{rows}"
    )
}

fn arguments(command: &clap::Command, common: bool) -> String {
    let mut out = String::new();
    let own = |argument: &&clap::Arg| {
        let id = argument.get_id().as_str();
        !["help", "version"].contains(&id) && (common || !cli::catalogue::is_common(id))
    };
    for argument in command.get_arguments().filter(own) {
        let value = argument.get_value_names().filter(|_| argument.get_action().takes_values()).map(|names| names[0].to_string());
        let name = match (argument.get_long(), &value) {
            (Some(long), Some(value)) => format!("--{long} {value}"),
            (Some(long), None) => format!("--{long}"),
            (None, value) => value.clone().unwrap_or_default(),
        };
        let _ = writeln!(out, "- `{name}`: {}", argument.get_help().map(ToString::to_string).unwrap_or_default());
    }
    out
}

fn exit_codes() -> String {
    let rows: String = Exit::ALL.iter().map(|(code, meaning)| format!("| {} | {meaning} |\n", *code as u8)).collect();
    format!("## Exit codes\n\n| code | meaning |\n|---:|---|\n{rows}")
}

/// Every statement and clause, by the block it is in.
fn all_statements() -> String {
    let mut out = "## Statements

Every statement and clause, by the block it may be in: what it means, what holds without it, and an example. *Once* is said of what may be in its
block one time only.
"
    .to_owned();
    for place in catalogue::all_places() {
        let _ = write!(out, "\n### In {place}\n");
        out.extend(catalogue::all().filter(|entry| entry.places().contains(&place)).map(statement));
    }
    out
}

fn statement(entry: &Entry) -> String {
    let default = if entry.default.is_empty() { String::new() } else { format!(" Without it: {}.", entry.default) };
    format!("\n**`{}`** {}: {}{default}\n\n```\n{}\n```\n", entry.words, entry.context(), entry.help, entry.example)
}

/// The formats of data, with their options.
fn all_formats() -> String {
    let mut out = "## Formats of data

Names that `file` and `body` take, with options in braces.
"
    .to_owned();
    out.extend(formats::FORMATS.iter().map(data_format));
    out
}

fn data_format(format: &Format) -> String {
    let options: String = format.options.iter().map(|option| format!("- `{}`: {}\n", option.name, option.help)).collect();
    let options = if options.is_empty() { options } else { format!("\n{options}") };
    format!("\n**`{}`** {}: {}\n{options}\n```\n{}\n```\n", format.kind.name(), format.context(), format.help, format.example)
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

/// The functions, grouped by the type of their input.
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
    let mut pages: Vec<Page> = codes::all().collect();
    pages.sort_by_key(|page| page.code);
    let mut out = "## Codes

Each code has a page: what it means, what to do, and where possible a wrong and a right example, which shows only the lines that matter.
`E` is an error that stops a file from being used, `L` a lint for the reviewer, `R` a fault of a record, which is left alone, and `W` a write
that was not done. A code never changes its meaning.
"
    .to_owned();
    let mut family = "";
    for page in pages {
        let (start, title) = FAMILIES.iter().find(|(start, _)| page.code.starts_with(start)).copied().unwrap_or_default();
        if family != start {
            family = start;
            let _ = write!(out, "\n### {start}: {title}\n\n");
        }
        let _ = writeln!(out, "- [{}](codes/{0}.md): {}", page.code, page.title());
    }
    out
}
