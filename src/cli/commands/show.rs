//! `show`: an execution plan, a saved change set or a run, by its id.

use super::plan::print_change_set;
use crate::{
    cli::{
        args::{Common, Show},
        exit::Exit,
        failure::Failure,
        harmless::Harmless,
        open,
        terminal::{Format, Terminal},
        views::{execution, filter::Picks, history},
    },
    engine::Workspace,
    project::{Hint, Verb},
};

/// Shows the object with this id; without one, the only pipeline of the folder.
pub fn show(args: &Show, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let picks = Picks::parse(&args.filter.filter)?;
    let (workspace, _) = open(common, terminal)?;
    if !picks.is_empty() && !args.what.as_deref().is_some_and(|id| id.starts_with("c-")) {
        return Err(Failure::command("`--filter` selects records of a change set: name one by its id, which begins with c-"));
    }
    match args.what.as_deref() {
        Some(id) if id.starts_with("c-") => change_set(id, &workspace, &picks, terminal),
        Some(id) if id.parse::<i64>().is_ok() => run(id.parse().unwrap_or_default(), &workspace, terminal),
        what => execution_plan(what, &workspace, terminal),
    }
}

fn change_set(id: &str, workspace: &Workspace, picks: &Picks, terminal: &Terminal) -> Result<Exit, Failure> {
    let (row, set) = workspace.change_set(id)?;
    let expired = workspace.expired(&row, &set);
    let set = picks.apply(set)?;
    print_change_set(set, Some(&workspace.public_of(&row.pipeline)), expired.as_deref(), terminal, Exit::Done);
    if expired.is_none() {
        terminal.next(&Hint::of(Verb::Apply, &row.id));
    }
    Ok(Exit::Done)
}

fn run(number: i64, workspace: &Workspace, terminal: &Terminal) -> Result<Exit, Failure> {
    let row = workspace.run_row(number)?;
    terminal.print(&match terminal.format {
        Format::Json => format!("{:#}\n", history::one_run_json(&row)),
        Format::Jsonl => history::runs_jsonl(std::slice::from_ref(&row)),
        Format::Text => history::run_text(&Harmless::of(&row), terminal.style),
        _ => history::runs_lines(&Harmless::of(&vec![row.clone()])),
    });
    match row.change_set {
        _ if row.counts.not_done() > 0 => terminal.next(&Hint::of(Verb::Errors, number)),
        Some(id) => terminal.next(&Hint::of(Verb::Show, id)),
        None => {}
    }
    Ok(Exit::Done)
}

fn execution_plan(what: Option<&str>, workspace: &Workspace, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(id) = what.filter(|what| what.starts_with("p-")) {
        return Err(Failure::command(format!(
            "`{id}` is an execution plan: it is compiled from its file each time; show the pipeline by its name"
        )));
    }
    let (plan, _) = workspace.compile(what)?;
    let environment = &workspace.project.config.environment;
    terminal.print(&match terminal.format {
        Format::Json => format!("{:#}\n", execution::json(&plan)),
        Format::Jsonl => format!("{}\n", execution::json(&plan)),
        Format::Text => execution::text(&plan, environment, workspace.project.sandbox, terminal.style),
        _ => execution::lines(&plan, environment, workspace.project.sandbox),
    });
    terminal.next(&Hint::of(Verb::Plan, &plan.name));
    Ok(Exit::Done)
}
