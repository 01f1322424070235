//! `run`: plans and applies, unattended. Outside the sandbox the first change set has to be published with `apply` before.

use crate::{
    cli::{
        args::{Common, Run as Args},
        by,
        exit::Exit,
        failure::Failure,
        harmless::Harmless,
        interrupt, open,
        progress::Shown,
        terminal::{Format, Terminal},
        views::{changes, lines, report},
    },
    engine::{Ran, Workspace},
    project::{Hint, Verb},
    run::change_set::ChangeSet,
};
use std::{collections::BTreeSet, sync::Arc};

/// Plans, and applies the result unless a guard or the first review holds it.
pub async fn run(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut workspace, shown) = open(common, terminal)?;
    carry_out(&mut workspace, &shown, args.pipeline.as_deref(), terminal).await
}

/// Runs a pipeline, and prints what came of it.
pub(super) async fn carry_out(
    workspace: &mut Workspace,
    shown: &Arc<Shown>,
    pipeline: Option<&str>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let seen = |set: &ChangeSet| {
        if terminal.format == Format::Text && !terminal.quiet && !set.operations.is_empty() {
            terminal.print(&(changes::head(&Harmless::of(set), terminal) + "\n"));
        }
    };
    match workspace.run(pipeline, &by(), interrupt(shown), &seen).await? {
        Ran::Held { run, set, public } => Ok(held(run, &set, &public, terminal)),
        Ran::Carried(report) => Ok(report::finished(&report, terminal)),
    }
}

fn held(run: i64, set: &ChangeSet, public: &BTreeSet<String>, terminal: &Terminal) -> Exit {
    terminal.print(&match terminal.format {
        Format::Text => report::held(run, &Harmless::of(set), terminal),
        Format::Json | Format::Jsonl => {
            format!("{}\n", serde_json::json!({ "format": 1, "run": run, "result": "held", "change_set": set.head.id }))
        }
        _ => lines::change_set(&Harmless::of(set), public, terminal.people, Exit::Held as u8),
    });
    terminal.next(&Hint::of(Verb::Show, &set.head.id));
    Exit::Held
}
