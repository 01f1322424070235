//! `plan`: what a run would do, saved as a change set. Sends no writing request.

use crate::{
    cli::{
        args::{Common, Plan as Args},
        failure::{Exit, Failure},
        terminal::{Format, Terminal},
        views::{changes, filter::Picks, lines, markdown},
    },
    compile::ExecutionPlan,
    engine::session::{Session, looked, usable},
    run::change_set::ChangeSet,
};
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
    let anything = set.ledger.to_write() > 0 || !set.links.is_empty() || !set.rekeys.is_empty() || !set.seen.is_empty();
    let set = picks.apply(set).map_err(Failure::command)?;
    print_change_set(set, Some(&public(&session.plan)), terminal, exit);
    if anything {
        terminal.next(&format!("counterpart apply {id}"));
    }
    Ok(exit)
}

/// The target's attributes whose values are nobody's business to hide.
pub(super) fn public(plan: &ExecutionPlan) -> BTreeSet<String> {
    plan.target.collection().attributes.iter().filter(|attribute| attribute.public).map(|attribute| attribute.name.clone()).collect()
}

/// Prints a change set in the format that was asked for; as JSON without building the text of all of it first.
pub(super) fn print_change_set(mut set: ChangeSet, public: Option<&BTreeSet<String>>, terminal: &Terminal, exit: Exit) {
    let none = BTreeSet::new();
    let public = public.unwrap_or(&none);
    if !terminal.people && matches!(terminal.format, Format::Json | Format::Jsonl) {
        set.hide_people(&|attribute| public.contains(attribute));
    }
    match terminal.format {
        Format::Text => terminal.print(&changes::text(&set, terminal)),
        Format::Json => terminal.write(|out| {
            serde_json::to_writer_pretty(&mut *out, &set)?;
            out.write_all(b"\n")
        }),
        Format::Jsonl => terminal.write(|out| set.save(out)),
        Format::Markdown => terminal.print(&markdown::change_set(&set)),
        _ => terminal.print(&lines::change_set(&set, public, terminal.people, exit as u8)),
    }
}
