//! `apply`: makes exactly the named change set, or nothing and says why.

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
    diagnose::screen_text::printable,
    engine::apply::Confirmation,
    project::{Hint, Verb},
};

/// Makes a saved change set, after checking again everything that could have changed.
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
    let confirmed = match prepared.needs().map(|what| confirm(&what, terminal)).transpose() {
        Ok(answer) => answer.flatten(),
        Err(failure) => {
            prepared.decline()?;
            return Err(failure);
        }
    };
    let report = prepared.apply(confirmed.as_deref(), terminal.can_ask).await?;
    Ok(report::finished(&report, terminal))
}

/// Asks at the terminal for the number that the guard counts.
pub(super) fn confirm(needed: &Confirmation, terminal: &Terminal) -> Result<Option<String>, Failure> {
    if !terminal.can_ask {
        return Ok(None);
    }
    terminal.say(&printable(&needed.why));
    let question = format!("{} will be written. how many {}? › ", count(needed.operations, "record"), needed.what.asked());
    terminal.ask(&question).map(Some).map_err(|error| Failure::unanswered(&error, "nothing was written"))
}
