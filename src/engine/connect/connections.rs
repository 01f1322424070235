//! The connections to the systems of a pipeline, real ones or stand-ins.

use crate::engine::{Workspace, error::EngineError, events};
use crate::{
    compile::{ExecutionPlan, Side, system::System},
    host::Roots,
    project::{Project, config::ORIGIN},
    run::record_scope::Clock,
    sandbox::{Running, Sandbox},
    state::{
        Store,
        origins::{Agreement, Kept, agreements_in},
    },
    systems::{Connection, ConnectionConfig},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Opens connections of one plan at one time.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    pub workspace: &'a Workspace,
    pub plan: &'a ExecutionPlan,
    pub sandbox: Option<&'a Sandbox>,
    pub clock: Clock,
}

/// The open connections of a plan.
pub struct Connections {
    pub source: Arc<Connection>,
    pub target: Arc<Connection>,
    /// Of the joins, in their order.
    pub joins: Vec<Arc<Connection>>,
}

impl Opening<'_> {
    /// Opens all connections, one for each system, so that all its requests share one budget and one token.
    ///
    /// # Errors
    /// A setting or secret is missing, or can't be fetched.
    pub fn all(&self) -> Result<Connections, EngineError> {
        let mut opened: BTreeMap<&str, Arc<Connection>> = BTreeMap::new();
        let mut connections = Vec::new();
        for side in sides(self.plan) {
            let name = side.system.name.as_str();
            let connection = match opened.get(name) {
                Some(known) => Arc::clone(known),
                None => self.side(side).map(Arc::new)?,
            };
            opened.insert(name, Arc::clone(&connection));
            connections.push(connection);
        }
        let joins = connections.split_off(2);
        let target = connections.remove(1);
        Ok(Connections { source: connections.remove(0), target, joins })
    }

    /// Opens the system of one side. Nothing is sent yet.
    ///
    /// # Errors
    /// A setting or secret is missing, or can't be fetched.
    pub fn side(&self, side: &Side) -> Result<Connection, EngineError> {
        let running = self.sandbox.and_then(|sandbox| sandbox.stand_in(&side.system.name));
        let around = self.connection_config(side, running)?;
        let connection = Connection::open(&side.system, around)?;
        if self.sandbox.is_none() {
            self.trusted(&side.system, &connection)?;
        }
        Ok(connection)
    }

    /// Refuses to send a system's secrets to another origin than a person agreed to. Nothing was sent yet.
    fn trusted(&self, system: &System, connection: &Connection) -> Result<(), EngineError> {
        let wanted = connection.destinations();
        if wanted.is_empty() {
            return Ok(());
        }
        let project = &self.workspace.project;
        let store = Store::open_existing(&project.host, &project.state_folder())?;
        let agreements = store.map(|store| store.agreements()).transpose()?.unwrap_or_default();
        let own = agreements.get(&system.name).cloned().unwrap_or_default();
        if !own.origins.is_empty() && !own.covers(&wanted) {
            return Err(EngineError::OtherOrigin { system: system.name.clone(), wanted, trusted: own.origins });
        }
        let secrets = project.config.kept(&system.name, system.secrets().map(|(name, _)| name));
        let new: Kept = secrets.difference(&own.secrets).cloned().collect();
        self.trusted_elsewhere(system, wanted, &new, agreements)
    }

    /// Refuses to send secrets that are those of another system, or of another environment of the folder, to an origin that nobody agreed
    /// to: the name of a system can be proposed like its address.
    fn trusted_elsewhere(
        &self,
        system: &System,
        wanted: Vec<String>,
        secrets: &Kept,
        own: BTreeMap<String, Agreement>,
    ) -> Result<(), EngineError> {
        let project = &self.workspace.project;
        let here = &project.config.environment;
        let others = if secrets.is_empty() { Vec::new() } else { project.other_environments() };
        let others = others.into_iter().map(|(name, folder)| (name, agreements_in(&project.host, &folder)));
        let all: Vec<_> = std::iter::once((here.clone(), own)).chain(others).collect();
        for secret in secrets {
            let named = all.iter().flat_map(|(environment, all)| all.iter().map(move |(system, one)| (environment, system, one)));
            let known: Vec<_> = named.filter(|(.., one)| one.secrets.contains(secret)).collect();
            let Some((environment, owner, _)) = known.first() else { continue };
            let origins = known.iter().flat_map(|(.., one)| one.origins.clone()).collect();
            let together = Agreement { origins, secrets: Kept::new() };
            if !together.covers(&wanted) {
                let place = if *environment == here { String::new() } else { format!(" in `{environment}`") };
                let (system, owner) = (system.name.clone(), format!("`{owner}`{place}"));
                return Err(EngineError::SecretOfAnother { system, wanted, owner, trusted: together.origins });
            }
        }
        Ok(())
    }

    fn connection_config(&self, side: &Side, running: Option<&Running>) -> Result<ConnectionConfig, EngineError> {
        let project = &self.workspace.project;
        let files = self.sandbox.map(|sandbox| sandbox.files.as_path());
        let (secrets, origin) = match running {
            Some(running) => (running.secrets.clone(), Some(running.origin.clone())),
            None if files.is_some() => (BTreeMap::new(), None),
            None => (secrets(project, self.plan, side)?, self.origin(side)?),
        };
        let folder = self.plan.files.first().and_then(|file| file.parent()).map_or_else(|| project.folder.clone(), Path::to_path_buf);
        Ok(ConnectionConfig {
            secrets,
            origin,
            roots: files
                .map_or_else(|| project.roots_of(self.plan.files.first().unwrap_or(&folder)), |files| sandbox_roots(project, files)),
            folder: files.map_or(folder, PathBuf::from),
            tokens: files.is_none().then(|| project.state_folder().join("tokens")),
            now: self.clock.now,
            today: self.clock.today,
            observer: Arc::new(events::Connections(Arc::clone(&self.workspace.listener))),
            host: project.host.clone(),
            budgets: self.workspace.budgets.clone(),
            stop: self.workspace.stop.clone(),
        })
    }

    /// The origin that replaces a system's own address. A setting of the system with the same name has another meaning.
    fn origin(&self, side: &Side) -> Result<Option<String>, EngineError> {
        let name = &side.system.name;
        if self.plan.setting_uses.iter().any(|setting| setting.system.as_ref() == Some(name) && setting.name == ORIGIN) {
            return Ok(None);
        }
        self.workspace.project.config.origin(name).map_err(EngineError::Configuration)
    }
}

/// The copies of the sandbox, which are in the folder of the state.
fn sandbox_roots(project: &Project, files: &Path) -> Roots {
    Roots::of(project.host.disk(), [files.to_path_buf()])
}

/// What a plan reads and writes: the source, the target, the joins.
pub fn sides(plan: &ExecutionPlan) -> impl Iterator<Item = &Side> {
    [&plan.source, &plan.target].into_iter().chain(plan.joins.iter().map(|join| &join.end))
}

/// The secrets of a system, fetched from where they are kept.
///
/// # Errors
/// Some that are required have no value: those of all systems of the plan are named.
pub fn secrets(project: &Project, plan: &ExecutionPlan, side: &Side) -> Result<BTreeMap<String, String>, EngineError> {
    let mut all = BTreeMap::new();
    for (name, required) in side.system.secrets() {
        match project.config.secret(&side.system.name, name).map_err(EngineError::Configuration)? {
            Some(secret) => drop(all.insert(name.to_owned(), secret)),
            None if required => return Err(no_secret(project, plan)),
            None => {}
        }
    }
    Ok(all)
}

/// All secrets that a plan lacks. One that can't be fetched is not among them.
fn no_secret(project: &Project, plan: &ExecutionPlan) -> EngineError {
    let mut missing: Vec<(String, String)> = Vec::new();
    for side in sides(plan) {
        let system = &side.system.name;
        let required = side.system.secrets().filter(|(_, required)| *required).map(|(name, _)| name);
        let lacking = required.filter(|name| matches!(project.config.secret(system, name), Ok(None)));
        let new: Vec<_> = lacking.map(|name| (system.clone(), name.to_owned())).filter(|one| !missing.contains(one)).collect();
        missing.extend(new);
    }
    EngineError::NoSecret { missing, environment: project.config.environment.clone() }
}
