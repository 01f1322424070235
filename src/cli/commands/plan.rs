//! `plan`: computes what a run would do, and saves it as a change set. Sends no writing request.

use crate::{
    cli::{
        args::{Common, Plan as Args},
        exit::Exit,
        failure::Failure,
        harmless::Harmless,
        open,
        terminal::{Format, Terminal},
        views::{changes, filter::Picks, lines, markdown, report},
    },
    project::{Hint, Verb},
    run::change_set::ChangeSet,
};
use std::collections::BTreeSet;

/// Reads both systems, prints what a run would do, and saves it.
pub async fn plan(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let picks = Picks::parse(&args.filter.filter)?;
    let (mut workspace, _) = open(common, terminal)?;
    let planned = workspace.plan(args.pipeline.as_deref(), args.today).await?;
    let exit = match &planned.set {
        set if set.is_held() => Exit::Held,
        set if args.exit_code && set.ledger.to_write() > 0 => Exit::Changes,
        _ => Exit::Done,
    };
    let hint = planned.has_effect().then(|| Hint::of(Verb::Apply, &planned.set.head.id));
    let hint = hint.or_else(|| report::waiting(&planned.set));
    let set = picks.apply(planned.set)?;
    print_change_set(set, Some(&planned.public), None, terminal, exit);
    hint.iter().for_each(|hint| terminal.next(hint));
    Ok(exit)
}

/// Prints a change set in the requested format; `expired` says why it can't be applied any more. JSON is streamed, so that a large change
/// set does not fill the memory.
pub(super) fn print_change_set(
    mut set: ChangeSet,
    public: Option<&BTreeSet<String>>,
    expired: Option<&str>,
    terminal: &Terminal,
    exit: Exit,
) {
    let none = BTreeSet::new();
    let public = public.unwrap_or(&none);
    if !terminal.people && matches!(terminal.format, Format::Json | Format::Jsonl) {
        set.hide_people(&|attribute| public.contains(attribute));
    }
    match terminal.format {
        Format::Text => terminal.print(&changes::text(&Harmless::of(&set), expired, terminal)),
        Format::Json => terminal.write(|out| {
            serde_json::to_writer_pretty(&mut *out, &set)?;
            out.write_all(b"\n")
        }),
        Format::Jsonl => terminal.write(|out| set.save(out)),
        Format::Markdown => terminal.print(&markdown::change_set(&Harmless::of(&set), expired, terminal)),
        _ => terminal.print(&lines::change_set(&Harmless::of(&set), public, terminal.people, exit as u8)),
    }
}
