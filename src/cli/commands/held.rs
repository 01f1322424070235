//! `held`: what waits for a person.

use super::history::or_none;
use crate::{
    cli::{
        args::{Common, Held},
        exit::Exit,
        failure::Failure,
        harmless::Harmless,
        open,
        terminal::{Format, Terminal},
        views::held as screen,
    },
    project::{Hint, Verb},
};

/// Lists what waits for a person, with its reason and what ends the wait.
pub fn held(args: &Held, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let all = or_none(workspace.held(args.pipeline.as_deref()), terminal)?.unwrap_or_default();
    terminal.print(&match terminal.format {
        Format::Json => format!("{:#}\n", screen::json(&all, terminal)),
        Format::Jsonl => screen::jsonl(&all, terminal),
        Format::Csv => screen::csv(&all, terminal),
        Format::Text => screen::text(&Harmless::of(&all), terminal),
        _ => screen::lines(&Harmless::of(&all), terminal.people),
    });
    let set = all.iter().find_map(|one| Some(Hint::of(Verb::Show, &one.change_set.as_ref()?.id)));
    let judged = || all.iter().find(|one| !one.records.is_empty())?.judged.as_ref().map(|(id, _)| Hint::of(Verb::Show, id));
    set.or_else(judged).iter().for_each(|hint| terminal.next(hint));
    Ok(Exit::Done)
}
