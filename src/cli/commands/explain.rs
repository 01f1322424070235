//! `explain`: a code, a function, a word of the language, or a word of the screens.

use crate::{
    check::{Checked, closest},
    cli::{
        args::{Common, Explain},
        exit::Exit,
        failure::Failure,
        open_offline,
        terminal::{Format, Terminal},
        views::{collection::Written, proof::Proved},
    },
    diagnose::{codes, render::page, words},
    engine::Scope,
    syntax::{
        catalogue::{
            self, Entry,
            formats::{self, Format as DataFormat},
            names,
        },
        parse,
        tree::Item,
    },
    value::functions::{self, Function},
};
use serde_json::json;

/// Explains a code, a function or a word; without an argument, prints an overview.
pub fn explain(args: &Explain, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let what = args.what.join(" ");
    let width = terminal.style.width.min(page::WIDTH);
    let entries = match what.trim() {
        "" => vec![("overview", overview(width))],
        "functions" => vec![("functions", all_functions())],
        what => meanings(width, what),
    };
    if entries.is_empty() && explain_collection(what.trim(), common, terminal)? {
        return Ok(Exit::Done);
    }
    if entries.is_empty() {
        return Err(unknown(what.trim()));
    }
    terminal.print(&terminal.style.plainly(&printed(what.trim(), &entries, terminal.format)));
    Ok(Exit::Done)
}

/// What the lists of a collection of this folder prove, and what it sends; false if there is no such collection.
fn explain_collection(what: &str, common: &Common, terminal: &Terminal) -> Result<bool, Failure> {
    let Some((system, collection)) = what.split_once('.') else { return Ok(false) };
    // Without a folder of files there is no such collection.
    let Ok(workspace) = open_offline(common, terminal) else { return Ok(false) };
    // A system that no pipeline uses yet may be in a file of its name.
    let own = [format!("systems/{system}.sync")];
    for scope in [Scope::Folder, Scope::Named(&own)] {
        let Ok(checks) = workspace.check(scope) else { continue };
        if let Some(said) = checks.all.iter().find_map(|checked| explained(checked, system, collection, terminal)) {
            terminal.print(&terminal.style.plainly(&said));
            return Ok(true);
        }
    }
    Ok(false)
}

/// A collection of a checked file or of those that it uses.
fn explained(checked: &Checked, system: &str, collection: &str, terminal: &Terminal) -> Option<String> {
    let system = checked.declared().systems.iter().find(|one| one.name == system)?;
    let collection = system.collections.iter().find(|one| one.name == collection)?;
    let text = &checked.sources.file(system.span.file).text;
    let (tree, _) = parse(system.span.file, text);
    let written = tree.items.iter().find_map(|item| match item {
        Item::System(one) if one.name.text == system.name => {
            Written::find(one, &collection.name, text, system.http().map_or(0, |http| http.retries))
        }
        _ => None,
    });
    let proved = Proved { system, collection, written, width: terminal.style.width.min(page::WIDTH) };
    Some(match terminal.format {
        Format::Json => format!("{:#}\n", json!({ "format": 1, "entries": [proved.json()] })),
        Format::Jsonl => format!("{}\n", proved.json()),
        _ => proved.text(),
    })
}

fn printed(what: &str, entries: &[(&str, String)], format: Format) -> String {
    let entry = |(kind, text): &(&str, String)| json!({ "name": what, "kind": kind, "text": text });
    match format {
        Format::Json => format!("{:#}\n", json!({ "format": 1, "entries": entries.iter().map(entry).collect::<Vec<_>>() })),
        Format::Jsonl => entries.iter().map(|one| format!("{}\n", entry(one))).collect(),
        _ => entries.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n"),
    }
}

/// All meanings of a word, because some words are a function, a verdict and a statement.
fn meanings(width: usize, what: &str) -> Vec<(&'static str, String)> {
    let others = [
        ("code", codes::page(what).map(|code| page::text(width, code))),
        ("function", functions::by_name(what).map(|one| function(width, one))),
        ("format", formats::by_name(what).map(|one| format(width, one))),
        ("name", names::name(what).map(|(name, place, help)| format!("{name}  {place}\n\n{}\n", page::wrapped(width, help)))),
        ("word", words::meaning(what).map(|text| page::term(width, what, text))),
    ];
    let others = others.into_iter().filter_map(|(kind, text)| Some((kind, text?)));
    let statements = catalogue::explained(what).into_iter().map(|entry| ("statement", statement(width, entry)));
    others.chain(statements).collect()
}

/// The blocks of a statement, its meaning, its default and an example.
fn statement(width: usize, entry: &Entry) -> String {
    let default = if entry.default.is_empty() { String::new() } else { format!("\nWithout it: {}.", entry.default) };
    let example: String = entry.example.lines().map(|line| format!("    {line}\n")).collect();
    format!("{}  {}\n\n{}{default}\n\n{example}", entry.words, entry.context(), page::wrapped(width, entry.help))
}

/// What a format of data is, its options, and an example.
fn format(width: usize, format: &DataFormat) -> String {
    let option = |one: &formats::FormatOption| page::wrapped(width, &format!("{}: {}", one.name, one.help)) + "\n";
    let options: String = format.options.iter().map(option).collect();
    let options = if options.is_empty() { options } else { format!("\n{options}") };
    format!("{}  {}\n\n{}\n{options}\n    {}\n", format.kind.name(), format.context(), page::wrapped(width, format.help), format.example)
}

/// The statements by their blocks, the words of the screens, and where the rest is.
fn overview(width: usize) -> String {
    let mut out = "`counterpart explain NAME` explains a word of the language, a function, a code or a word of the screens.\n\n".to_owned();
    for place in catalogue::all_places() {
        let of_place: Vec<_> = catalogue::all().filter(|entry| entry.places().contains(&place)).map(|entry| entry.words).collect();
        out.push_str(&(page::wrapped(width, &format!("in {place}: {}", of_place.join(", "))) + "\n"));
    }
    let screens: Vec<_> = words::all().map(|(word, _)| word).collect();
    out.push_str(&(page::wrapped(width, &format!("on the screens: {}", screens.join(", "))) + "\n"));
    out + "functions: `counterpart explain functions` lists them\ncodes: each message has its own, such as `E0311`\n"
}

fn all_functions() -> String {
    functions::all().iter().map(|function| format!("{}  {}\n", function.signature, function.types)).collect()
}

/// Signature, types, help and examples.
fn function(width: usize, function: &Function) -> String {
    let fails = if function.fails { "\nWhat fails rejects the record, unless `??` follows." } else { "" };
    let examples: String = function.examples.iter().map(|(input, call, result)| format!("    {input} | {call}  =  {result}\n")).collect();
    format!("{}  {}\n\n{}{fails}\n\n{examples}", function.signature, function.types, page::wrapped(width, function.help))
}

fn unknown(what: &str) -> Failure {
    let names = codes::all()
        .map(|page| page.code)
        .chain(functions::all().iter().map(|function| function.name))
        .chain(words::all().map(|(word, _)| word))
        .chain(formats::FORMATS.iter().map(|format| format.kind.name()))
        .chain(names::NAMES.iter().map(|(name, ..)| *name))
        .chain(catalogue::all_words());
    let hint = closest(what, names).first().map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    Failure::command(format!("no help entry for `{what}`{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_operators_are_explained() {
        for what in crate::check::CALL_NAMES.iter().chain(&["today", "now", "current", "current.title", "record", "token"]) {
            assert!(meanings(80, what).iter().any(|(kind, _)| *kind == "name"), "{what}");
        }
        for what in ["==", "!=", "<", ">=", "|", "??", "+", "-"] {
            assert!(!meanings(80, what).is_empty(), "{what}");
        }
    }

    #[test]
    fn formats_are_explained_with_their_options() {
        for format in formats::FORMATS {
            let of = meanings(60, format.kind.name());
            let (_, text) = of.iter().find(|(kind, _)| *kind == "format").unwrap_or_else(|| panic!("{}", format.kind.name()));
            assert!(format.options.iter().all(|option| text.contains(&format!("{}: ", option.name))), "{text}");
        }
    }

    #[test]
    fn phrases_and_the_words_of_the_screens_are_explained() {
        let phrases = [
            "unix_seconds",
            "*",
            "/",
            "not in",
            "lists all",
            "keep when absent",
            "clear when absent",
            "full every",
            "mode append",
            "idempotent by",
            "on conflict hold",
        ];
        let screens = [
            "later",
            "nothing to do",
            "to write",
            "coming",
            "shared",
            "ambiguous",
            "taken",
            "value taken",
            "procedure changed",
            "not attempted",
        ];
        for what in phrases.iter().chain(&screens) {
            assert!(!meanings(80, what).is_empty(), "{what}");
        }
        for what in screens {
            assert!(meanings(80, what).iter().any(|(kind, _)| *kind == "word"), "{what}");
        }
        assert!(meanings(80, "not attempted in").is_empty());
    }

    #[test]
    fn an_explanation_fits_the_width() {
        for what in ["E0311", "leaver", "title_case", "held", "page.cursor"] {
            for (_, text) in meanings(60, what) {
                let prose = text.lines().filter(|line| !line.starts_with("    ")).skip(1);
                assert!(prose.clone().all(|line| line.chars().count() <= 60), "{text}");
            }
        }
    }
}
