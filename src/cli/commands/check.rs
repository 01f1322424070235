//! `check`: what is wrong with the files, and how to mend it.

use crate::{
    check::Checked,
    cli::{
        args::{Check, Common},
        failure::{Exit, Failure},
        open,
        terminal::Terminal,
        views::diagnostics::{distinct, print},
    },
    diagnose::render::Tally,
    engine::Scope,
    project::{Hint, ProjectError, Verb},
};

/// Checks the files that were named, or all.
pub fn check(args: &Check, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let scope = if args.pipelines.is_empty() { Scope::Folder } else { Scope::Named(&args.pipelines) };
    let checks = if args.fix { workspace.fix(scope) } else { workspace.check(scope) };
    let checks = checks.map_err(none_here)?;
    let all: Vec<&Checked> = checks.all.iter().collect();
    let exit = if distinct(&all).iter().any(|(one, _)| one.is_error()) { Exit::File } else { Exit::Done };
    if checks.fixed > 0 {
        terminal.say(&format!("fixed {}", checks.fixed));
    }
    print(&all, terminal, exit);
    if !args.fix && Tally::of(distinct(&all).iter().map(|(one, _)| *one)).fixable > 0 {
        terminal.next(&Hint::new(Verb::Fix));
    }
    Ok(exit)
}

fn none_here(error: ProjectError) -> Failure {
    match error {
        ProjectError::NoPipeline(_) => Failure::command("there is no file here that ends in .sync").hint(Hint::new(Verb::New)),
        error => error.into(),
    }
}
