//! `approve` and `decline`: what a person says about a change set that is held.

use super::{apply::confirm, run::carry_out};
use crate::{
    cli::{
        args::{Approve as Args, Common, Decline},
        by,
        exit::Exit,
        failure::Failure,
        open,
        terminal::Terminal,
        views::count,
    },
    diagnose::screen_text::printable,
    project::{Hint, Verb},
};

/// Approves a held change set, and starts a run that does it.
pub async fn approve(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut workspace, shown) = open(common, terminal)?;
    let review = workspace.review(&args.change_set, &args.without).await?;
    let confirmed = confirm(&review.needs(), terminal)?;
    let why = args.why.as_deref().unwrap_or_default();
    review.approve(&confirmed, &by(), why)?;
    let left_out = match args.without.len() as u64 {
        0 => String::new(),
        n => format!(", without {}", count(n, "record")),
    };
    terminal.say(&format!("approved {}{left_out}; a run does it now", printable(&args.change_set)));
    let pipeline = review.pipeline().to_owned();
    carry_out(&mut workspace, &shown, Some(&pipeline), terminal).await
}

/// Declines a held change set: nothing is written, and it is not offered again unseen.
pub fn decline(args: &Decline, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let row = workspace.decline(&args.change_set, &args.why, &by())?;
    terminal.print(&format!("declined {} of {}\n", row.id, row.pipeline));
    terminal.next(&Hint::of(Verb::Held, &row.pipeline));
    Ok(Exit::Done)
}
