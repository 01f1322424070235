//! `history` and `errors`: the runs so far, and what went wrong in one.

use crate::{
    cli::{
        args::{Common, Errors, History},
        exit::Exit,
        failure::Failure,
        open,
        terminal::{Format, Terminal},
        views::history as screen,
    },
    engine::error_file,
    project::{Hint, Verb},
};

/// Lists the runs, the newest first.
pub fn history(args: &History, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let rows = workspace.history(args.pipeline.as_deref(), args.last as usize)?;
    terminal.print(&match terminal.format {
        Format::Json => format!("{:#}\n", screen::runs_json(&rows)),
        Format::Jsonl => screen::runs_jsonl(&rows),
        Format::Text => screen::runs_text(&rows, terminal.style),
        _ => screen::runs_lines(&rows),
    });
    let failed = rows.iter().find(|row| row.counts.failed > 0);
    terminal.next(&failed.map_or_else(|| Hint::of(Verb::Show, rows[0].number), |row| Hint::of(Verb::Errors, row.number)));
    Ok(Exit::Done)
}

/// Lists what went wrong in a run; the last one if none is named.
pub fn errors(args: &Errors, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let (number, rows) = workspace.errors(args.run)?;
    terminal.print(&match terminal.format {
        Format::Csv => error_file::csv(&rows, terminal.people),
        Format::Json => format!("{:#}\n", screen::errors_json(number, &rows, terminal.people)),
        Format::Jsonl => error_file::jsonl(&rows, terminal.people),
        Format::Text => screen::errors_text(number, &rows, terminal),
        _ => screen::errors_lines(&rows),
    });
    Ok(Exit::Done)
}
