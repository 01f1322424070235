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
    run::change_set::Guarded,
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
        Ok(answers) => answers.unwrap_or_default(),
        Err(failure) => {
            prepared.decline()?;
            return Err(failure);
        }
    };
    let report = prepared.apply(&confirmed, terminal.can_ask).await?;
    Ok(report::finished(&report, terminal))
}

/// Asks at the terminal for the number that each exceeded guard counts, one after the other.
pub(super) fn confirm(needed: &Confirmation, terminal: &Terminal) -> Result<Vec<String>, Failure> {
    if !terminal.can_ask {
        return Ok(Vec::new());
    }
    terminal.say(&printable(&needed.why));
    let mut before = format!("{} will be written. ", count(needed.operations, "record"));
    let mut ask = |what: &Guarded| {
        let question = format!("{}how many {}? › ", std::mem::take(&mut before), what.asked());
        terminal.ask(&question).map_err(|error| Failure::unanswered(&error, "nothing was written"))
    };
    needed.asked.iter().map(|(what, _)| ask(what)).collect()
}
