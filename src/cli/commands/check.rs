//! `check`: what is wrong with the files, and how to fix it.

use crate::{
    check::Checked,
    cli::{
        args::{Check, Common},
        exit::Exit,
        failure::Failure,
        open_offline,
        terminal::Terminal,
        views::diagnostics::{distinct, print},
    },
    diagnose::{Diagnostic, codes, render::Tally},
    engine::Scope,
    project::{Hint, ProjectError, Verb},
};

/// Checks the named files, or all of them.
pub fn check(args: &Check, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    args.deny.iter().try_for_each(|what| known(what))?;
    let workspace = open_offline(common, terminal)?;
    let scope = if args.pipelines.is_empty() { Scope::Folder } else { Scope::Named(&args.pipelines) };
    let checks = if args.fix { workspace.fix(scope) } else { workspace.check(scope) };
    let checks = checks.map_err(none_here)?;
    let all: Vec<&Checked> = checks.all.iter().collect();
    let wrong = distinct(&all).iter().any(|(one, _)| one.is_error() || denied(&args.deny, one));
    let exit = if wrong { Exit::File } else { Exit::Done };
    if checks.fixed > 0 {
        terminal.say(&format!("fixed {}", checks.fixed));
    }
    print(&all, terminal, exit);
    if checks.systems_alone > 0 {
        let files = if checks.systems_alone == 1 { "1 file was" } else { &format!("{} files were", checks.systems_alone) };
        terminal.say(&format!("there is no pipeline here: {files} checked alone, and whether a pipeline can use the systems is not known"));
    }
    if !args.fix && Tally::of(distinct(&all).iter().map(|(one, _)| *one)).fixable > 0 {
        terminal.next(&Hint::new(Verb::Fix));
    }
    Ok(exit)
}

/// Whether a lint counts as an error here.
fn denied(deny: &[String], one: &Diagnostic) -> bool {
    deny.iter().any(|what| what == "lints" || what == one.code)
}

fn known(what: &str) -> Result<(), Failure> {
    let is_lint = what.starts_with('L') && codes::page(what).is_some();
    if what == "lints" || is_lint {
        return Ok(());
    }
    let lints: Vec<&str> = codes::all().map(|page| page.code).filter(|code| code.starts_with('L')).collect();
    Err(Failure::command(format!("`--deny {what}`: say lints, or codes of lints: {}", lints.join(", "))))
}

fn none_here(error: ProjectError) -> Failure {
    match error {
        ProjectError::NoPipeline(_) => {
            Failure::command("there is no pipeline file here that ends in .sync; a system file is checked by its path")
                .hint(Hint::new(Verb::New))
        }
        error => error.into(),
    }
}
