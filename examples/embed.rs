//! Plans and runs a pipeline in the sandbox, and prints its events: the engine without the command line.
//!
//! `cargo run --example embed -- pipelines lucca_to_reward_gateway`

use counterpart::{
    engine::{Cancel, Engine, Event, Ran},
    host::Host,
    project::ProjectOptions,
};
use std::{env, error::Error, sync::Arc};

#[expect(clippy::disallowed_methods, reason = "the program owns the runtime")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let folder = args.next().unwrap_or_else(|| "pipelines".to_owned());
    let pipeline = args.next().unwrap_or_else(|| "lucca_to_reward_gateway".to_owned());

    let engine = Engine::new(Host::real());
    let options = ProjectOptions { folder: Some(folder.into()), sandbox: true, ..ProjectOptions::default() };
    let mut project = engine.open(options, Arc::new(print))?;

    let planned = project.plan(Some(&pipeline), None).await?;
    println!("planned {}: {} records to write", planned.set.head.id, planned.set.ledger.to_write());

    match project.run(Some(&pipeline), "embed", Cancel::never(), &|_| ()).await? {
        Ran::Held { run, .. } => println!("run {run} is held"),
        Ran::Carried(report) => println!("run {}: {:?} in {} ms", report.run, report.end, report.milliseconds),
    }
    Ok(())
}

fn print(event: Event) {
    match event {
        Event::Begun(stage) => println!("begun    {stage:?}"),
        Event::Progress { .. } | Event::Requested { .. } => {}
        Event::Ended { stage, done, end } => println!("ended    {stage:?} {done} {end:?}"),
        Event::Waiting { system, wait, why } => println!("waiting  {wait:?} for {system}: {why}"),
        Event::Finding { key, verdict, detail } => println!("finding  {key} {verdict:?}: {detail}"),
        Event::Judged { change_set, operations } => println!("judged   {change_set}: {operations} operations"),
        Event::Notice(notice) => println!("notice   {notice}"),
        Event::Done { run } => println!("done     run {run:?}"),
    }
}
