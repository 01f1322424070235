//! `sandbox`: the stand-ins of both systems, kept up for other clients; their data loaded or reset.

use crate::{
    cli::{
        args::{Common, Sandbox as Args},
        failure::{Exit, Failure},
        terminal::{Ink, Terminal},
    },
    engine::{discovery::ask_anew, stand_ins::start},
    project::folder::Project,
    sandbox::{Options, Sandbox},
};
use jiff::Timestamp;

/// Starts the stand-ins, loads or resets their data.
pub async fn sandbox(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut project = Project::open(&Common { sandbox: true, ..common.clone() })?;
    let found = project.choose(args.pipeline.as_deref())?;
    ask_anew(&mut project, &found, terminal).await?;
    let (plan, _) = project.plan(&found, false, terminal)?;
    let today = plan.day(Timestamp::now());
    let one_off = args.load.is_some() || args.reset;
    let options = Options { port: if one_off { 0 } else { args.port }, ..Options::default() };
    let running = start(&project, &plan, today, &options)?;
    if args.reset {
        running.reset(&plan, today).map_err(Failure::stopped)?;
        let _ = std::fs::remove_dir_all(project.state_folder());
        terminal.print("the sandbox holds its seed again, and remembers no run\n");
        return Ok(Exit::Done);
    }
    if let Some(seed) = &args.load {
        let records = running.load(seed, today).map_err(Failure::command)?;
        terminal.print(&format!("loaded {records} records of {seed} into the sandbox\n"));
        terminal.next(&format!("counterpart plan {}{}", found.name, if common.sandbox { "" } else { " --sandbox" }));
        return Ok(Exit::Done);
    }
    serve(&running, &found.name, terminal).await
}

async fn serve(running: &Sandbox, pipeline: &str, terminal: &Terminal) -> Result<Exit, Failure> {
    if running.running.is_empty() {
        return Err(Failure::command("all systems of this pipeline are files: there is nothing to serve"));
    }
    for one in &running.running {
        terminal.print(&format!("{}  {}   what it was asked: {}\n", one.system, terminal.style.paint(Ink::Cyan, &one.origin), one.page()));
        for (name, secret) in &one.secrets {
            terminal.print(&format!("  {name}  {secret}\n"));
        }
        terminal.print(&format!("  {}\n", one.curl));
    }
    terminal.say(&format!("Ctrl-C ends it; what was written stays until `counterpart sandbox {pipeline} --reset`"));
    let _ = tokio::signal::ctrl_c().await;
    Ok(Exit::Done)
}
