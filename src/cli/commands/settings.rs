//! `settings`: what can be set, what it is and where that comes from; `settings set` and `settings verify`.

use crate::{
    cli::{
        args::{Common, Settings as Args, SettingsCommand},
        failure::{Exit, Failure},
        terminal::Terminal,
        views::settings as screen,
    },
    engine::settings::{Entry, Pipelines, State, choices::Asking, choosing, is_system, named, set, verify},
    project::folder::Project,
};
use std::collections::BTreeSet;

/// Lists settings and secrets, or does what the words after it say.
pub async fn settings(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let project = Project::open(common)?;
    match &args.command {
        Some(SettingsCommand::Set(args)) => set::set(args, project, terminal).await,
        Some(SettingsCommand::Verify(args)) => verify::verify(args, project, terminal).await,
        None => list(args, project, terminal).await,
    }
}

async fn list(args: &Args, mut project: Project, terminal: &Terminal) -> Result<Exit, Failure> {
    let shown = |entries: &[Entry], pipelines: &Pipelines| match (&args.name, &args.setting) {
        (Some(owner), Some(name)) => pipelines.of_owner(entries, owner, name).map(|entry| vec![entry.clone()]),
        (Some(name), None) if pipelines.has(name) => Ok(entries.iter().filter(|entry| entry.is_of(name)).cloned().collect()),
        (Some(name), None) if is_system(entries, name) => {
            Ok(entries.iter().filter(|entry| entry.used.system.as_ref() == Some(name)).cloned().collect())
        }
        (Some(name), None) => named(entries.iter(), name).map(|entry| vec![entry.clone()]),
        (None, _) => Ok(entries.to_vec()),
    };
    let mut pipelines = Pipelines::open(&project, terminal)?;
    let mut entries = shown(&pipelines.entries(&project), &pipelines)?;
    if args.live || args.name.is_some() {
        let asked = match &args.name {
            Some(name) if pipelines.has(name) => BTreeSet::from([name.clone()]),
            Some(_) => entries.iter().flat_map(choosing).collect(),
            None => pipelines.names(),
        };
        pipelines = pipelines.told(&asked, &mut project, terminal).await?;
        entries = shown(&pipelines.entries(&project), &pipelines)?;
        let mut asking = Asking::new(&pipelines, &project, terminal);
        for entry in &mut entries {
            asking.judge(entry).await;
        }
    }
    terminal.print(&screen::list(&entries, &project, terminal));
    pipelines.tell_unknown_keys(&project, terminal);
    if let Some(open) = entries.iter().find(|entry| matches!(entry.state(project.sandbox), State::Missing)) {
        terminal.next(&open.set_by());
    }
    Ok(Exit::Done)
}
