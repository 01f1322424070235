//! Diagnostics of several files, in the format that was asked for.

use crate::{
    check::Checked,
    cli::{
        exit::Exit,
        terminal::{Format, Terminal},
    },
    diagnose::{
        Diagnostic, Sources,
        render::{Tally, github, json, lines, sarif, text},
    },
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The diagnostics of several checks. Those of a file that two of them use are printed once.
pub fn distinct<'a>(checked: &[&'a Checked]) -> Vec<(&'a Diagnostic, &'a Sources)> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for one in checked {
        for diagnostic in &one.diagnostics {
            let place = (text::place(&one.sources, diagnostic.span), diagnostic.code, &diagnostic.message);
            if seen.insert(place) {
                all.push((diagnostic, &one.sources));
            }
        }
    }
    all
}

/// Prints the diagnostics in the format that was asked for.
pub fn print(checked: &[&Checked], terminal: &Terminal, exit: Exit) {
    let all = distinct(checked);
    let tally = Tally::of(all.iter().map(|(one, _)| *one));
    let files: BTreeSet<&Path> = checked.iter().flat_map(|one| one.files.iter().map(PathBuf::as_path)).collect();
    let with: BTreeSet<&Path> = all.iter().map(|(one, sources)| sources.file(one.span.file).path.as_path()).collect();
    let each = || all.iter().map(|(one, sources)| (*one, *sources));
    let out = match terminal.format {
        Format::Json => format!("{:#}\n", json::all(each(), tally, files.len())),
        Format::Jsonl => jsonl(each(), tally, files.len()),
        Format::Sarif => format!("{:#}\n", sarif::log(each())),
        Format::Github => github::annotations(each()) + &lines::result(tally, files.len(), exit as u8),
        Format::Text => text::all(each(), terminal.style) + &text::summary(tally, with.len(), files.len()) + "\n",
        Format::Lines | Format::Markdown | Format::Csv => {
            each().map(|(one, sources)| lines::diagnostic(one, sources)).collect::<String>()
                + &lines::result(tally, files.len(), exit as u8)
        }
    };
    terminal.print(&out);
}

/// One diagnostic a line, then the counts.
fn jsonl<'a>(all: impl Iterator<Item = (&'a Diagnostic, &'a Sources)>, tally: Tally, files: usize) -> String {
    let each: String = all.map(|(one, sources)| format!("{}\n", json::diagnostic(one, sources))).collect();
    each + &format!("{}\n", serde_json::json!({ "errors": tally.errors, "lints": tally.lints, "files": files }))
}
