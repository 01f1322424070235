//! `export` and `import`: links as a list; `rebind`: links that move with their pipeline.

use crate::{
    cli::{
        args::{Common, Export, Import, Rebind},
        by,
        exit::Exit,
        failure::Failure,
        listed::{Columns, Row},
        open,
        terminal::{Format, Terminal},
        views::{count, links as screen},
    },
    engine::links::ListedLink,
    project::{Hint, Verb},
};

const COLUMNS: Columns<'static> =
    Columns { needed: &["key", "account"], optional: &[], refusal: "nothing was linked", example: "counterpart import < FILE" };

/// Prints the links of a pipeline.
pub fn export(args: &Export, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let links = workspace.export_links(args.pipeline.as_deref())?;
    match terminal.format {
        Format::Jsonl => terminal.print(&screen::listed_jsonl(&links)),
        _ => terminal.file(&screen::listed_csv(&links)),
    }
    Ok(Exit::Done)
}

/// Links the records of a list from standard input with their accounts.
pub async fn import(args: &Import, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let listed: Vec<ListedLink> = COLUMNS.read()?.into_iter().map(link).collect();
    let (mut workspace, _) = open(common, terminal)?;
    let imported = workspace.import_links(args.pipeline.as_deref(), &listed, &by()).await?;
    let known = if imported.known > 0 { format!(", {} there already", imported.known) } else { String::new() };
    terminal.print(&format!("linked {} of {}{known}\n", count(imported.linked, "record"), imported.pipeline));
    terminal.next(&Hint::of(Verb::Plan, &imported.pipeline));
    Ok(Exit::Done)
}

/// Binds the links of a pipeline to the systems and the key that it has now.
pub async fn rebind(args: &Rebind, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut workspace, _) = open(common, terminal)?;
    let (pipeline, rebound) = workspace.rebind(args.pipeline.as_deref(), &by()).await?;
    let words =
        rebound.map_or_else(|| format!("the links of {pipeline} belong where they are\n"), |rebound| screen::rebound(&pipeline, &rebound));
    terminal.print(&words);
    terminal.next(&Hint::of(Verb::Plan, &pipeline));
    Ok(Exit::Done)
}

fn link(Row { place, cells }: Row) -> ListedLink {
    let [key, account] = cells.try_into().unwrap_or_default();
    ListedLink { key, account, place }
}
