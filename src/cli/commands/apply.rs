//! `apply`: exactly the change set that was named, or nothing and why.

use crate::{
    cli::{
        args::{Apply as Args, Common},
        by,
        exit::Exit,
        failure::Failure,
        interrupt, open,
        terminal::Terminal,
        views::{count, report},
    },
    engine::apply::Confirmation,
    project::{Hint, Verb},
};

/// Makes a saved change set, after everything that could have moved was looked at once more.
pub async fn apply(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    if !args.change_set.starts_with("c-") {
        return Err(Failure::command(format!(
            "`{}` is not a change set: their ids begin with c-, as `{}` prints them",
            args.change_set,
            terminal.command(&Hint::new(Verb::Plan))
        )));
    }
    let (mut workspace, shown) = open(common, terminal)?;
    let (row, set, session) = workspace.publish(&args.change_set).await?;
    let prepared = session.prepare(&row, set, &by(), interrupt(&shown)).await?;
    let confirmed = prepared.needs().map(|what| confirm(&what, terminal)).transpose()?.flatten();
    let report = prepared.apply(confirmed.as_deref()).await?;
    Ok(report::finished(&report, terminal))
}

/// Asks how many will leave, where somebody is there to be asked.
fn confirm(what: &Confirmation, terminal: &Terminal) -> Result<Option<String>, Failure> {
    if !terminal.can_ask {
        return Ok(None);
    }
    eprintln!("{}", what.why);
    let question = format!("{} will be written. how many will leave? › ", count(what.operations, "record"));
    eprint!("{}", terminal.style.plainly(&question));
    let typed = console::Term::stderr().read_line();
    typed.map(Some).map_err(|error| Failure::stopped(format!("nothing was written: the answer can't be read: {error}")))
}
