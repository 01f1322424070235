//! `run`: plan and apply, unattended. Held until a first change set was published; the sandbox needs no publishing.

use crate::{
    cli::{
        args::{Common, Run as Args},
        commands::{apply::held_words, plan::public},
        failure::{Exit, Failure},
        terminal::{Format, Terminal},
        views::{changes, lines, report},
    },
    engine::{
        run_session::{self, RunSession},
        session::{Session, usable},
    },
    run::change_set::ChangeSet,
};
use std::time::Instant;

/// Looks, and does what it saw unless something holds it.
pub async fn run(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let session = Session::open(args.pipeline.as_deref(), common, terminal, None).await?;
    let mut work = RunSession::begin(&session, begun)?;
    work.recover().await?;
    let set = work.look().await?;
    if let Err(failure) = usable(&set, &session.plan) {
        work.incomplete(&set, &failure.message)?;
        return Err(failure);
    }
    session.save(&set)?;
    if set.is_held() && !set.holds_leavers_only() || set.adoption && !set.sandbox {
        return held(&work, &set, terminal);
    }
    if terminal.format == Format::Text && !terminal.quiet && !set.operations.is_empty() {
        terminal.print(&(changes::head(&set, terminal) + "\n"));
    }
    let held_back = set.is_held().then(|| held_words(&set));
    work.apply(&set, held_back).await?;
    run_session::finish(&work, &set, terminal)
}

fn held(work: &RunSession<'_>, set: &ChangeSet, terminal: &Terminal) -> Result<Exit, Failure> {
    work.held(set)?;
    terminal.print(&match terminal.format {
        Format::Text => report::held(work.number, set, terminal),
        Format::Json | Format::Jsonl => {
            format!("{:#}\n", serde_json::json!({ "format": 1, "run": work.number, "result": "held", "change_set": set.id }))
        }
        _ => lines::change_set(set, &public(&work.session.plan), terminal.people, Exit::Held as u8),
    });
    terminal.next(&format!("counterpart show {}", set.id));
    Ok(Exit::Held)
}
