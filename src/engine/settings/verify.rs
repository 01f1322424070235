//! `settings verify`: each system is asked once by its `verify` call, then what only it knows; each setting is judged by that.

use super::choices::Asking;
use super::{One, Pipelines};
use crate::{
    cli::{
        args::Verify as Args,
        failure::{Exit, Failure},
        terminal::Terminal,
        views::settings as screen,
    },
    compile::{
        ExecutionPlan,
        system::{AuthKind, Connection as Declared, System},
    },
    engine::{
        settings::{Entry, State, Verified},
        systems_probe::SystemsProbe,
    },
    project::folder::Project,
};
use std::{sync::Arc, time::Instant};

/// Asks all systems of a pipeline, or of all pipelines, and judges their settings.
pub async fn verify(args: &Args, mut project: Project, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut pipelines = Pipelines::open(&project, terminal)?;
    let only = args.pipeline.as_ref().map(|asked| project.choose(Some(asked))).transpose()?;
    let meant = |one: &One| only.as_ref().is_none_or(|only| one.found.name == only.name);
    pipelines.all.retain(meant);
    let asked = pipelines.names();
    pipelines = pipelines.told(&asked, &mut project, terminal).await?;
    pipelines.all.retain(meant);
    let mut entries = pipelines.entries(&project);
    let mut asking = Asking::new(&pipelines, &project, terminal);
    let verified = systems(&pipelines, &mut asking).await;
    for entry in &mut entries {
        asking.judge(entry).await;
    }
    terminal.print(&screen::verified(&verified, &entries, &project, terminal));
    let strange = pipelines.tell_unknown_keys(&project, terminal);
    Ok(exit(&verified, strange, &entries, project.sandbox))
}

/// What has to be mended first: a system that does not answer, then what is set.
fn exit(verified: &[Verified], strange: bool, entries: &[Entry], sandbox: bool) -> Exit {
    let any = |is: fn(&State<'_>) -> bool| entries.iter().any(|entry| is(&entry.state(sandbox)));
    let failed = |exit: Exit| verified.iter().any(|one| one.answer.as_ref().is_err_and(|(was, _)| *was == exit));
    if failed(Exit::Stopped) {
        return Exit::Stopped;
    }
    if strange || failed(Exit::Command) || any(|state| matches!(state, State::Wrong(_) | State::Missing)) {
        return Exit::Command;
    }
    if any(|state| matches!(state, State::Unknown(_))) { Exit::Stopped } else { Exit::Done }
}

/// Each system of the pipelines, once.
async fn systems(pipelines: &Pipelines, asking: &mut Asking<'_>) -> Vec<Verified> {
    let mut verified: Vec<Verified> = Vec::new();
    for one in &pipelines.all {
        let name = &one.found.name;
        match asking.of(name) {
            Some(Ok(opened)) => pipeline(opened, &mut verified).await,
            Some(Err(why)) => verified.push(Verified::failed(name, why)),
            None => {}
        }
    }
    verified
}

/// The systems of a pipeline that were not asked yet.
async fn pipeline(opened: &mut SystemsProbe<'_>, verified: &mut Vec<Verified>) {
    let plan: Arc<ExecutionPlan> = Arc::clone(&opened.plan);
    for side in SystemsProbe::sides(&plan) {
        if !verified.iter().any(|one| one.system == side.system.name) {
            verified.push(system(opened, &side.system).await);
        }
    }
}

async fn system(opened: &mut SystemsProbe<'_>, system: &System) -> Verified {
    let connection = match opened.connection(&system.name) {
        Ok(connection) => connection,
        Err(failure) => return Verified::failed(&system.name, failure),
    };
    let begun = Instant::now();
    match connection.identity().await {
        Ok(identity) => {
            let took = is_asked(system).then(|| begun.elapsed());
            Verified { system: system.name.clone(), answer: Ok((identity, took)) }
        }
        Err(error) => Verified::failed(&system.name, Failure::stopped(error.message)),
    }
}

/// Whether anything is sent to find out who we are.
fn is_asked(system: &System) -> bool {
    match &system.connection {
        Declared::Http(http) => http.verify.is_some() || http.auth.iter().any(|auth| matches!(auth.kind, AuthKind::OAuth2(_))),
        Declared::Files => false,
    }
}
