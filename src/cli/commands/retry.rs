//! `retry` and `resend`: what a person says about records that wait.

use crate::{
    cli::{
        args::{Common, Resend, Retry},
        exit::Exit,
        failure::Failure,
        open,
        terminal::Terminal,
    },
    diagnose::screen_text::printable,
};

/// Lets the next run write records that wait.
pub fn retry(args: &Retry, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let words = match workspace.retry(args.pipeline.as_deref(), &args.keys)? {
        0 => "no record waits to be written again".to_owned(),
        1 => "1 record is written again by the next run".to_owned(),
        many => format!("{many} records are written again by the next run"),
    };
    terminal.print(&format!("{words}\n"));
    Ok(Exit::Done)
}

/// Settles a call that was never answered.
pub fn resend(args: &Resend, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    workspace.resend(args.pipeline.as_deref(), &args.key, &args.call, args.done)?;
    let (call, key) = (printable(&args.call), printable(&args.key));
    terminal.print(&match args.done {
        true => format!("`{call}` counts as made for {key}\n"),
        false => format!("the next run makes `{call}` for {key}\n"),
    });
    Ok(Exit::Done)
}
