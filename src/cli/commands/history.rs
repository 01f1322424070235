//! `history` and `errors`: the runs so far, and what went wrong in one.

use crate::{
    cli::{
        args::{Common, Errors, History},
        exit::Exit,
        failure::Failure,
        harmless::Harmless,
        open,
        terminal::{Format, Terminal},
        views::history as screen,
    },
    engine::{EngineError, error_file},
    project::{Hint, Verb},
};

/// Lists the runs, the newest first.
pub fn history(args: &History, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let rows = or_none(workspace.history(args.pipeline.as_deref(), args.last as usize), terminal)?.unwrap_or_default();
    let (pipeline, last) = (args.pipeline.as_deref(), args.last as usize);
    let (decisions, approvals) = match rows.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => (workspace.past_decisions(pipeline, last)?, workspace.past_approvals(pipeline, last)?),
    };
    let (people, style) = (terminal.people, terminal.style);
    let jsonl = || {
        let decisions = decisions.iter().map(|past| screen::decision_json(past, people));
        decisions.chain(approvals.iter().map(|approval| screen::approval_json(approval, people))).map(|json| format!("{json}\n"))
    };
    terminal.print(&match terminal.format {
        Format::Json => format!("{:#}\n", screen::runs_json(&rows, &decisions, &approvals, people)),
        Format::Jsonl => screen::runs_jsonl(&rows) + &jsonl().collect::<String>(),
        Format::Text => {
            screen::runs_text(&Harmless::of(&rows), style)
                + &screen::approvals_text(&approvals, style, people)
                + &screen::decisions_text(&decisions, style, people)
        }
        _ => screen::runs_lines(&Harmless::of(&rows)) + &screen::approvals_lines(&approvals) + &screen::decisions_lines(&decisions),
    });
    let failed = rows.iter().find(|row| row.counts.not_done() > 0);
    let next = failed.map(|row| Hint::of(Verb::Errors, row.number)).or_else(|| Some(Hint::of(Verb::Show, rows.first()?.number)));
    next.iter().for_each(|hint| terminal.next(hint));
    Ok(Exit::Done)
}

/// Lists what went wrong in a run; the last one if none is named.
pub fn errors(args: &Errors, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let Some((number, rows)) = or_none(workspace.errors(args.run), terminal)? else {
        terminal.print(&no_errors(terminal));
        return Ok(Exit::Done);
    };
    terminal.print(&match terminal.format {
        Format::Csv => error_file::csv(&rows, terminal.people),
        Format::Json => format!("{:#}\n", screen::errors_json(Some(number), &rows, terminal.people)),
        Format::Jsonl => error_file::jsonl(&rows, terminal.people),
        Format::Text => screen::errors_text(number, &Harmless::of(&rows), terminal),
        _ => screen::errors_lines(&Harmless::of(&rows)),
    });
    Ok(Exit::Done)
}

/// What was found, or nothing and a note if there was no run yet.
pub(super) fn or_none<T>(found: Result<T, EngineError>, terminal: &Terminal) -> Result<Option<T>, Failure> {
    match found {
        Err(error @ EngineError::NoRuns { .. }) => {
            terminal.say(&format!("note: {error}"));
            error.hint().iter().for_each(|hint| terminal.next(hint));
            Ok(None)
        }
        found => Ok(Some(found?)),
    }
}

/// The empty list of errors, before the first run.
fn no_errors(terminal: &Terminal) -> String {
    match terminal.format {
        Format::Csv => error_file::csv(&[], terminal.people),
        Format::Json => format!("{:#}\n", screen::errors_json(None, &[], terminal.people)),
        _ => String::new(),
    }
}
