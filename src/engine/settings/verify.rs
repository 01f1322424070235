//! Asks each system once, by its `verify` call and for its choices, and verifies each setting by the answers.

use super::{
    choices::Choices,
    index::{CheckedPipeline, Index},
    model::{Entry, State, Verified},
};
use crate::{
    compile::{
        ExecutionPlan,
        system::{Connection as Declared, System},
    },
    engine::{
        Class, EngineError, Workspace,
        connect::{connections::sides, systems_probe::SystemsProbe},
    },
};
use std::sync::Arc;

/// The answers of the systems, and each setting verified by them.
#[derive(Clone, Debug)]
pub struct Verification {
    pub systems: Vec<Verified>,
    pub settings: Vec<Entry>,
    /// What to fix first: a system that does not answer, then a setting; `None` if everything is valid.
    pub trouble: Option<Class>,
}

impl Workspace {
    /// Asks all systems of a pipeline, or of all pipelines, and verifies their settings.
    ///
    /// # Errors
    /// No such pipeline, or no file of the folder can be read.
    pub async fn verify(&mut self, asked: Option<&str>) -> Result<Verification, EngineError> {
        let mut index = Index::open(self)?;
        let only = asked.map(|asked| self.project.choose(Some(asked))).transpose()?;
        let meant = |one: &CheckedPipeline| only.as_ref().is_none_or(|only| one.found.name == only.name);
        index.all.retain(meant);
        let names = index.names();
        index = index.with_discovery(&names, self).await?;
        index.all.retain(meant);
        let mut settings = index.entries(&self.project);
        let mut choices = Choices::new(&index, self);
        let systems = self.ask_systems(&index, &mut choices).await;
        for entry in &mut settings {
            choices.verify(entry).await;
        }
        let mistyped = index.tell_unknown_keys(self);
        let trouble = trouble(&systems, mistyped, &settings, self.project.sandbox);
        Ok(Verification { systems, settings, trouble })
    }

    /// Each system of the pipelines, once.
    async fn ask_systems(&self, index: &Index, choices: &mut Choices<'_>) -> Vec<Verified> {
        let mut verified: Vec<Verified> = Vec::new();
        for one in &index.all {
            let name = &one.found.name;
            match choices.of(name) {
                Some(Ok(probe)) => self.ask_pipeline(probe, &mut verified).await,
                Some(Err(why)) => verified.push(Verified::failed(name, &why)),
                None => {}
            }
        }
        verified
    }

    /// The systems of a pipeline that were not asked yet.
    async fn ask_pipeline(&self, probe: &mut SystemsProbe<'_>, verified: &mut Vec<Verified>) {
        let plan: Arc<ExecutionPlan> = Arc::clone(&probe.plan);
        for side in sides(&plan) {
            if !verified.iter().any(|one| one.system == side.system.name) {
                verified.push(self.ask_system(probe, &side.system).await);
            }
        }
    }

    async fn ask_system(&self, probe: &mut SystemsProbe<'_>, system: &System) -> Verified {
        let connection = match probe.connection(&system.name) {
            Ok(connection) => connection,
            Err(error) => return Verified::failed(&system.name, &error),
        };
        let begun = self.project.host.instant();
        match connection.identity().await {
            Ok(identity) => {
                let took = is_asked(system).then(|| self.project.host.since(begun));
                let identity = match connection.replacing_address() {
                    _ if self.project.sandbox && took.is_none() => identity,
                    _ if self.project.sandbox => format!("the stand-in for {identity}"),
                    Some(address) => format!("{address} in place of {identity}"),
                    None => identity,
                };
                Verified { system: system.name.clone(), answer: Ok((identity, took)), tried: connection.tried() }
            }
            Err(error) => Verified::unanswered(&system.name, error.message),
        }
    }
}

fn trouble(systems: &[Verified], mistyped: bool, settings: &[Entry], sandbox: bool) -> Option<Class> {
    let any = |is: fn(&State<'_>) -> bool| settings.iter().any(|entry| is(&entry.state(sandbox)));
    let failed = |class: Class| systems.iter().any(|one| one.answer.as_ref().is_err_and(|(was, _)| *was == class));
    if failed(Class::Stopped) {
        return Some(Class::Stopped);
    }
    if failed(Class::Held) {
        return Some(Class::Held);
    }
    if mistyped || failed(Class::Usage) || any(|state| matches!(state, State::Wrong(_) | State::Missing)) {
        return Some(Class::Usage);
    }
    any(|state| matches!(state, State::Unknown(_))).then_some(Class::Stopped)
}

/// Whether verifying sends a request.
fn is_asked(system: &System) -> bool {
    match &system.connection {
        Declared::Http(http) => http.verify.is_some() || !http.tokens.is_empty(),
        Declared::Files => false,
    }
}
