//! `history` and `errors`: the runs so far, and what went wrong in one.

use crate::{
    cli::{
        args::{Common, Errors, History},
        failure::{Exit, Failure},
        terminal::{Format, Terminal},
        views::history as screen,
    },
    project::folder::Project,
    state::Store,
};

/// Lists the runs, the newest first.
pub fn history(args: &History, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let project = Project::open(common)?;
    let pipeline = args.pipeline.as_deref().map(|asked| project.choose(Some(asked))).transpose()?.map(|found| found.name);
    let Some(store) = Store::open_existing(&project.state_folder())? else { return Err(no_runs(&project)) };
    let rows = store.runs(pipeline.as_deref(), args.last as usize)?;
    if rows.is_empty() {
        return Err(no_runs(&project));
    }
    terminal.print(&match terminal.format {
        Format::Json => format!("{:#}\n", screen::runs_json(&rows)),
        Format::Jsonl => screen::runs_jsonl(&rows),
        Format::Text => screen::runs_text(&rows, terminal.style),
        _ => screen::runs_lines(&rows),
    });
    let failed = rows.iter().find(|row| row.counts.failed > 0);
    terminal
        .next(&failed.map_or_else(|| format!("counterpart show {}", rows[0].number), |row| format!("counterpart errors {}", row.number)));
    Ok(Exit::Done)
}

/// Lists what went wrong in a run; the last one if none is named.
pub fn errors(args: &Errors, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let project = Project::open(common)?;
    let Some(store) = Store::open_existing(&project.state_folder())? else { return Err(no_runs(&project)) };
    let number = match args.run {
        Some(number) => number,
        None => store.runs(None, 1)?.first().map(|row| row.number).ok_or_else(|| no_runs(&project))?,
    };
    if store.run(number)?.is_none() {
        return Err(Failure::command(format!("there is no run {number}")).next("counterpart history"));
    }
    let rows = store.errors(number)?;
    terminal.print(&match terminal.format {
        Format::Csv => screen::errors_csv(&rows, terminal.people),
        Format::Json => format!("{:#}\n", screen::errors_json(number, &rows, terminal.people)),
        Format::Jsonl => screen::errors_jsonl(&rows, terminal.people),
        Format::Text => screen::errors_text(number, &rows, terminal),
        _ => screen::errors_lines(&rows),
    });
    Ok(Exit::Done)
}

fn no_runs(project: &Project) -> Failure {
    let sandbox = if project.sandbox { " in the sandbox" } else { "" };
    Failure::command(format!("there was no run{sandbox} yet")).next("counterpart plan")
}
