//! Bare `counterpart`: the pipelines here, what they last did, what waits.

use super::{
    args::Common,
    failure::{Exit, Failure},
    project::{Found, Project},
    screens::count,
    terminal::{Format, Ink, Terminal},
};
use crate::{check, diagnose::Severity, reload::disk::Disk, state::{Store, runs::RunRow}};

/// Prints the status of every pipeline of the folder.
pub fn status(common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let project = Project::open(common)?;
    let found = project.found()?;
    if found.is_empty() {
        return Err(Failure::command("there is no pipeline here: no file that ends in .sync").next("counterpart new"));
    }
    let mut next = None;
    let mut all = Vec::new();
    for pipeline in &found {
        let status = Status::of(&project, pipeline)?;
        next = next.or_else(|| status.next());
        all.push(status);
    }
    match terminal.format {
        Format::Json | Format::Jsonl => terminal.print(&format!("{}\n", json(&all))),
        Format::Text => terminal.print(&all.iter().map(|status| status.text(&project, terminal)).collect::<Vec<_>>().join("\n")),
        _ => terminal.print(&all.iter().map(Status::line).collect::<String>()),
    }
    let first = &found[0].name;
    terminal.next(&next.unwrap_or_else(|| format!("counterpart plan {first}{}", if project.sandbox { " --sandbox" } else { "" })));
    Ok(Exit::Done)
}
