//! `plan`: what a run would do, saved as a change set. Sends no writing request.

use super::{
    args::{Common, Plan as Args},
    failure::{Exit, Failure},
    screens::{changes, filter::Picks, lines, markdown},
    session::{Session, looked, usable},
    terminal::{Format, Terminal},
};
use crate::{plan::Plan, run::changes::ChangeSet};
use std::collections::BTreeSet;

/// Looks at both systems, prints what a run would do, and saves it.
pub async fn plan(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let picks = Picks::parse(&args.filter.filter).map_err(Failure::command)?;
    let session = Session::open(args.pipeline.as_deref(), common, terminal, args.today).await?;
    let set = session.look().await?;
    usable(&set, &session.plan)?;
    session.save(&set)?;
    let held = looked(&set);
    let exit = if args.exit_code && held == Exit::Done && set.ledger.to_write() > 0 { Exit::Changes } else { held };
    let id = set.id.clone();
    let anything = set.ledger.to_write() > 0 || !set.links.is_empty();
    let set = picks.apply(set).map_err(Failure::command)?;
    print_change_set(&set, Some(&public(&session.plan)), terminal, exit);
    if anything {
        terminal.next(&format!("counterpart apply {id}"));
    }
    Ok(exit)
}

/// The target's attributes whose values are nobody's business to hide.
pub(super) fn public(plan: &Plan) -> BTreeSet<String> {
    plan.target.collection().attributes.iter().filter(|attribute| attribute.public).map(|attribute| attribute.name.clone()).collect()
}

/// Prints a change set in the format that was asked for.
pub(super) fn print_change_set(set: &ChangeSet, public: Option<&BTreeSet<String>>, terminal: &Terminal, exit: Exit) {
    let none = BTreeSet::new();
    terminal.print(&match terminal.format {
        Format::Text => changes::text(set, terminal),
        Format::Json => serde_json::to_string_pretty(&printable(set, public.unwrap_or(&none), terminal)).unwrap_or_default() + "\n",
        Format::Jsonl => json_lines(&printable(set, public.unwrap_or(&none), terminal)),
        Format::Markdown => markdown::change_set(set),
        _ => lines::change_set(set, public.unwrap_or(&none), terminal.people, exit as u8),
    });
}

/// The change set with names and personal values only where people may be printed.
fn printable(set: &ChangeSet, public: &BTreeSet<String>, terminal: &Terminal) -> ChangeSet {
    let mut set = set.clone();
    if !terminal.people {
        set.hide_people(&|attribute| public.contains(attribute));
    }
    set
}

/// One line for the change set, each operation and each finding, as in its file.
fn json_lines(set: &ChangeSet) -> String {
    let mut lines = Vec::new();
    // Writing into memory does not fail.
    let _ = set.save(&mut lines);
    String::from_utf8(lines).unwrap_or_default()
}
