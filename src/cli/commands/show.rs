//! `show`: an execution plan, a saved change set or a run, by its id.

use crate::{
    cli::{
        args::{Common, Show},
        commands::plan::{print_change_set, public},
        failure::{Exit, Failure},
        terminal::{Format, Terminal},
        views::{execution, filter::Picks, history},
    },
    engine::change_sets,
    project::folder::Project,
    state::Store,
};
use std::collections::BTreeSet;

/// Shows what an id names; without one, the pipeline that is here.
pub fn show(args: &Show, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let picks = Picks::parse(&args.filter.filter).map_err(Failure::command)?;
    let project = Project::open(common)?;
    match args.what.as_deref() {
        Some(id) if id.starts_with("c-") => change_set(id, &project, &picks, terminal),
        Some(id) if id.parse::<i64>().is_ok() => run(id.parse().unwrap_or_default(), &project, terminal),
        what => execution_plan(what, &project, terminal),
    }
}

fn change_set(id: &str, project: &Project, picks: &Picks, terminal: &Terminal) -> Result<Exit, Failure> {
    let (_, row) = change_sets::find(id, project)?;
    let set = picks.apply(change_sets::load(&row, project)?).map_err(Failure::command)?;
    print_change_set(set, Some(&public_of(&row.pipeline, project)), terminal, Exit::Done);
    if row.status.is_open() {
        terminal.next(&format!("counterpart apply {}", row.id));
    }
    Ok(Exit::Done)
}

/// The attributes that the pipeline's files call public today; none if they can't be compiled.
fn public_of(pipeline: &str, project: &Project) -> BTreeSet<String> {
    let plan = project.choose(Some(pipeline)).ok().and_then(|found| project.quiet_plan(&found));
    plan.as_ref().map(public).unwrap_or_default()
}

fn run(number: i64, project: &Project, terminal: &Terminal) -> Result<Exit, Failure> {
    let store = Store::open_existing(&project.state_folder())?;
    let row = store.as_ref().map(|store| store.run(number)).transpose()?.flatten();
    let Some(row) = row else { return Err(Failure::command(format!("there is no run {number}")).next("counterpart history")) };
    terminal.print(&match terminal.format {
        Format::Json => format!("{:#}\n", history::one_run_json(&row)),
        Format::Jsonl => history::runs_jsonl(std::slice::from_ref(&row)),
        Format::Text => history::run_text(&row, terminal.style),
        _ => history::runs_lines(std::slice::from_ref(&row)),
    });
    if let Some(id) = row.change_set.filter(|_| terminal.format == Format::Text) {
        terminal.next(&format!("counterpart show {id}"));
    }
    Ok(Exit::Done)
}

fn execution_plan(what: Option<&str>, project: &Project, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(id) = what.filter(|what| what.starts_with("p-")) {
        return Err(Failure::command(format!(
            "`{id}` is an execution plan: it is compiled from its file each time; show the pipeline by its name"
        )));
    }
    let found = project.choose(what)?;
    let (plan, _) = project.plan(&found, true, terminal)?;
    terminal.print(&match terminal.format {
        Format::Json | Format::Jsonl => format!("{:#}\n", execution::json(&plan)),
        _ => execution::text(&plan, &project.config.environment, project.sandbox, terminal.style),
    });
    terminal.next(&format!("counterpart plan {}", found.name));
    Ok(Exit::Done)
}
