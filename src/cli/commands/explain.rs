//! `explain`: a code, a function, or a word of the screens.

use crate::{
    check::closest,
    cli::{
        args::Explain,
        failure::{Exit, Failure},
        terminal::Terminal,
    },
    diagnose::{codes, render::page, words},
    value::functions::{self, Function},
};

/// Prints what a code, a function or a word means.
pub fn explain(args: &Explain, terminal: &Terminal) -> Result<Exit, Failure> {
    let what = args.what.trim();
    let meanings = [
        codes::page(what).map(page::text),
        functions::by_name(what).map(function),
        words::meaning(what).map(|text| page::term(what, text)),
    ];
    let text = meanings.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if text.is_empty() {
        return Err(unknown(what));
    }
    terminal.print(&terminal.style.plainly(&text));
    Ok(Exit::Done)
}

/// Signature, types, help and examples.
fn function(function: &Function) -> String {
    let fails = if function.fails { "\nWhat fails rejects the record, unless `??` follows." } else { "" };
    let examples: String = function.examples.iter().map(|(input, call, result)| format!("    {input} | {call}  =  {result}\n")).collect();
    format!("{}  {}\n\n{}{fails}\n\n{examples}", function.signature, function.types, page::wrapped(function.help))
}

fn unknown(what: &str) -> Failure {
    let names = codes::all()
        .map(|page| page.code)
        .chain(functions::all().iter().map(|function| function.name))
        .chain(words::all().map(|(word, _)| word));
    let hint = closest(what, names).first().map_or_else(String::new, |name| format!("; did you mean `{name}`"));
    Failure::command(format!("`{what}` is no code, function or word that is known here{hint}"))
}
