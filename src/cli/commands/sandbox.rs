//! `sandbox`: keeps the stand-ins of both systems running for other clients, or loads or resets their data.

use crate::{
    cli::{
        args::{Common, Sandbox as Args},
        exit::Exit,
        failure::Failure,
        open, signals,
        terminal::{Ink, Terminal},
    },
    engine::StandIns,
    project::{Hint, HintPlace, Verb},
};

/// Starts the stand-ins, loads or resets their data.
pub async fn sandbox(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut workspace, _) = open(&Common { sandbox: true, ..common.clone() }, terminal)?;
    let one_off = args.load.is_some() || args.reset;
    let stand_ins = workspace.stand_ins(args.pipeline.as_deref(), if one_off { 0 } else { args.port }).await?;
    if args.reset {
        workspace.reset(&stand_ins)?;
        terminal.print("The sandbox is back to its seed, and its history is empty.\n");
        return Ok(Exit::Done);
    }
    if let Some(seed) = &args.load {
        let records = stand_ins.load(seed)?;
        terminal.print(&format!("loaded {records} records of {seed} into the sandbox\n"));
        let hint = Hint::of(Verb::Plan, &stand_ins.pipeline.name);
        terminal.next(&hint.in_place(HintPlace::Sandbox));
        return Ok(Exit::Done);
    }
    serve(&stand_ins, terminal).await
}

async fn serve(stand_ins: &StandIns, terminal: &Terminal) -> Result<Exit, Failure> {
    let running = &stand_ins.sandbox.running;
    if running.is_empty() {
        return Err(Failure::command("all systems of this pipeline are files: there is nothing to serve"));
    }
    for one in running {
        terminal.print(&format!("{}  {}   what it was asked: {}\n", one.system, terminal.style.paint(Ink::Cyan, &one.origin), one.page()));
        for (name, secret) in &one.secrets {
            terminal.print(&format!("  {name}  {secret}\n"));
        }
        terminal.print(&format!("  {}\n", one.curl));
    }
    let reset = terminal.command(&Hint::of(Verb::ResetSandbox, &stand_ins.pipeline.name));
    terminal.say(&format!("Ctrl-C ends it; what was written stays until `{reset}`"));
    signals::stop().await;
    Ok(Exit::Done)
}
