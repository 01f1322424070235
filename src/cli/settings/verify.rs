//! `settings verify`: each system is asked once, by its `verify` call.

use super::Pipelines;
use crate::{
    cli::{
        args::Verify as Args,
        failure::{Exit, Failure},
        progress::Progress,
        project::Project,
        sandbox::start,
        screens::settings::{self as screen, Verified},
        session::open_side,
        terminal::Terminal,
    },
    plan::{
        Plan, Side,
        compile::compile,
        system::{Connection as Declared, System},
    },
    run::person::Clock,
    sandbox::{Options, Sandbox},
};
use jiff::Timestamp;
use std::{sync::Arc, time::Instant};

/// Asks all systems of a pipeline, or of all pipelines.
pub async fn verify(args: &Args, project: &Project, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut pipelines = Pipelines::open(project, terminal)?;
    if let Some(asked) = &args.pipeline {
        let found = project.choose(Some(asked))?;
        pipelines.all.retain(|one| one.found.name == found.name);
    }
    let mut verified: Vec<Verified> = Vec::new();
    for one in &pipelines.all {
        let plan = match compile(&one.checked, &one.found.name, &project.config, false) {
            Ok(plan) => plan,
            Err(error) => {
                verified.push(Verified::failed(&one.found.name, project.compile_words()(error, &one.found.file).message));
                continue;
            }
        };
        pipeline(&plan, project, terminal, &mut verified).await?;
    }
    terminal.print(&screen::verified(&verified, project, terminal));
    Ok(if verified.iter().all(|one| one.answer.is_ok()) { Exit::Done } else { Exit::Stopped })
}

/// The systems of a pipeline that were not asked yet.
async fn pipeline(plan: &Plan, project: &Project, terminal: &Terminal, verified: &mut Vec<Verified>) -> Result<(), Failure> {
    let now = Timestamp::now();
    let clock = Clock { now, today: plan.day(now) };
    let sandbox = if project.sandbox { Some(start(project, plan, clock.today, &Options::default())?) } else { None };
    let progress = Progress::new(terminal);
    for side in [&plan.source, &plan.target].into_iter().chain(plan.joins.iter().map(|join| &join.side)) {
        if !verified.iter().any(|one| one.system == side.system.name) {
            verified.push(system(plan, side, project, sandbox.as_ref(), clock, &progress).await);
        }
    }
    Ok(())
}

async fn system(
    plan: &Plan,
    side: &Side,
    project: &Project,
    sandbox: Option<&Sandbox>,
    clock: Clock,
    progress: &Arc<Progress>,
) -> Verified {
    let name = &side.system.name;
    let connection = match open_side(project, plan, side, sandbox, clock, progress) {
        Ok(connection) => connection,
        Err(failure) => return Verified::failed(name, failure.message),
    };
    let begun = Instant::now();
    match connection.identity().await {
        Ok(identity) => {
            let asked = if is_asked(&side.system) { Some(begun.elapsed()) } else { None };
            Verified { system: name.clone(), answer: Ok((identity, asked)) }
        }
        Err(error) => Verified::failed(name, error.message),
    }
}

/// Whether anything is sent to find out who we are.
fn is_asked(system: &System) -> bool {
    match &system.connection {
        Declared::Http(http) => {
            http.verify.is_some() || http.auth.iter().any(|auth| matches!(auth.kind, crate::plan::system::AuthKind::OAuth2(_)))
        }
        Declared::Files => false,
    }
}
