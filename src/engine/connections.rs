//! The connections to the systems of a pipeline, real ones or stand-ins.

use crate::{
    cli::{failure::Failure, progress::Progress},
    compile::{ExecutionPlan, Side},
    project::{
        config::{FILE, ORIGIN},
        folder::Project,
    },
    run::classify::record_scope::Clock,
    sandbox::{Running, Sandbox},
    systems::{Connection, Surroundings},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The source's, the target's, and those of the joins.
pub type Connections = (Arc<Connection>, Arc<Connection>, Vec<Arc<Connection>>);

/// All connections; one for each system, so that whoever asks it shares its budget and its token.
///
/// # Errors
/// A setting or secret is missing, or can't be fetched.
pub fn connect(
    project: &Project,
    plan: &ExecutionPlan,
    sandbox: Option<&Sandbox>,
    clock: Clock,
    progress: &Arc<Progress>,
) -> Result<Connections, Failure> {
    let mut opened: BTreeMap<String, Arc<Connection>> = BTreeMap::new();
    let mut open = |side: &Side| -> Result<Arc<Connection>, Failure> {
        if let Some(known) = opened.get(&side.system.name) {
            return Ok(Arc::clone(known));
        }
        let connection = open_side(project, plan, side, sandbox, clock, progress).map(Arc::new)?;
        opened.insert(side.system.name.clone(), Arc::clone(&connection));
        Ok(connection)
    };
    let (source, target) = (open(&plan.source)?, open(&plan.target)?);
    let joins = plan.joins.iter().map(|join| open(&join.side)).collect::<Result<_, _>>()?;
    Ok((source, target, joins))
}

/// Opens the system of one side. Nothing is sent yet.
///
/// # Errors
/// A setting or secret is missing, or can't be fetched.
pub fn open_side(
    project: &Project,
    plan: &ExecutionPlan,
    side: &Side,
    sandbox: Option<&Sandbox>,
    clock: Clock,
    progress: &Arc<Progress>,
) -> Result<Connection, Failure> {
    let running = sandbox.and_then(|sandbox| sandbox.stand_in(&side.system.name));
    let around = surroundings(project, plan, side, running, sandbox.map(|sandbox| sandbox.files.as_path()), clock, progress)?;
    Connection::open(&side.system, around).map_err(Failure::command)
}

fn surroundings(
    project: &Project,
    plan: &ExecutionPlan,
    side: &Side,
    running: Option<&Running>,
    files: Option<&Path>,
    clock: Clock,
    progress: &Arc<Progress>,
) -> Result<Surroundings, Failure> {
    let secrets = match running {
        Some(running) => running.secrets.clone(),
        None if files.is_some() => BTreeMap::new(),
        None => secrets(project, side)?,
    };
    let origin = match running {
        Some(running) => Some(running.origin.clone()),
        None if files.is_some() => None,
        None => origin(project, plan, side)?,
    };
    let beside = plan.files.first().and_then(|file| file.parent()).map_or_else(|| project.folder.clone(), Path::to_path_buf);
    let folder = files.map_or(beside, PathBuf::from);
    let observer = Arc::clone(progress) as Arc<dyn crate::systems::Observer>;
    let tokens = files.is_none().then(|| project.state_folder().join("tokens"));
    Ok(Surroundings { secrets, origin, folder, tokens, now: clock.now, today: clock.today, observer })
}

/// Where the requests of a system go in place of its own address; a system's own setting of that name means something else.
fn origin(project: &Project, plan: &ExecutionPlan, side: &Side) -> Result<Option<String>, Failure> {
    let name = &side.system.name;
    if plan.settings.iter().any(|setting| setting.system.as_ref() == Some(name) && setting.name == ORIGIN) {
        return Ok(None);
    }
    project.config.origin(name).map_err(|why| Failure::command(format!("{why}; nothing was read or written")))
}

/// The secrets of a system, fetched from where they are kept.
fn secrets(project: &Project, side: &Side) -> Result<BTreeMap<String, String>, Failure> {
    let mut all = BTreeMap::new();
    for (name, required) in &side.system.secrets {
        match project
            .config
            .secret(&side.system.name, name)
            .map_err(|why| Failure::command(format!("{why}; nothing was read or written")))?
        {
            Some(secret) => drop(all.insert(name.clone(), secret)),
            None if *required => {
                let variable = format!("{}_{name}", side.system.name).to_uppercase();
                let (system, section) = (&side.system.name, &project.config.environment);
                return Err(Failure::command(format!(
                    "secret `{system}.{name}` is missing; nothing was read or written. Say in `{}`, under [env.{section}.{system}]: {name} = {{ env = \"{variable}\" }}",
                    FILE
                )));
            }
            None => {}
        }
    }
    Ok(all)
}
