//! `.sync` in, what is said of it out.

#![expect(clippy::disallowed_methods, reason = "fixtures lie in files, and large files are timed")]

mod broken;
mod catalogue;
mod continuation;
mod depth;
mod examples;
mod generated;
mod keywords;
mod layout;
mod linear;
mod mistakes;
mod names;
mod old_calls;
mod old_words;
mod pages;

use crate::{
    diagnose::{Diagnostic, Sources},
    syntax::parse,
};

/// What is said of a text, one diagnostic a line: `line:column code message (help) [fix]`.
fn said(text: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("x.sync", text);
    let (_, faults) = parse(file, text);
    faults.iter().map(|fault| line(&sources, fault)).collect::<Vec<_>>().join("\n")
}

fn line(sources: &Sources, fault: &Diagnostic) -> String {
    let (line, column) = sources.position(fault.span);
    let fix = fault.fixes.first().map(|fix| format!(" [{}]", fix.edits[0].text.escape_debug())).unwrap_or_default();
    let under = sources.text(fault.span);
    format!("{line}:{column} `{under}` {} {} ({}){fix}", fault.code, fault.message, fault.help.as_deref().unwrap_or_default())
}
