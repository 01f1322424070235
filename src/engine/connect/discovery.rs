//! `attributes from …`: asks systems for their attributes before a file is compiled, and caches the answers next to the state.

use super::{connections::sides, requirements::allowed, systems_probe::SystemsProbe};
use crate::{
    compile::{ExecutionPlan, Side, pipeline::compile_unasked, system::Collection},
    engine::{EngineError, Notice, SettingError, Workspace},
    project::{PipelineRef, Project, discovery_cache::DiscoveredCollection},
    reload::disk::discovery_key,
    systems::Discovered,
};
use jiff::SignedDuration;
use std::sync::Arc;

/// How long discovered attributes stay valid: tenants change their fields rarely, and a pipeline that runs each hour asks with each run.
const FRESH: SignedDuration = SignedDuration::from_mins(50);

impl Workspace {
    /// Asks the systems of a pipeline for their attributes, if the cached ones are old or do not suffice for the present file.
    ///
    /// # Errors
    /// The pipeline is switched off; a system that was never asked can't be asked; what was discovered can't be stored.
    pub async fn freshen(&mut self, pipeline: &PipelineRef) -> Result<(), EngineError> {
        let known = self.project.quiet_plan(pipeline);
        let at_most = if known.is_some() { FRESH } else { SignedDuration::ZERO };
        let plan = known.or_else(|| unasked(&self.project, pipeline)).filter(|plan| !places(plan).is_empty());
        let Some(plan) = plan else { return Ok(()) };
        allowed(&plan)?;
        if without_value(&plan).is_some() {
            return Ok(()); // said when it is compiled
        }
        for DiscoveryFailure { place, why, known } in self.ask(plan, at_most).await? {
            if !known {
                return Err(EngineError::System(format!("`{place}` could not be asked which attributes it has: {why}")));
            }
            self.tell(Notice::OldAttributes { place, why });
        }
        Ok(())
    }

    /// Asks them even if the cache is fresh, and even if the pipeline is switched off.
    ///
    /// # Errors
    /// A system can't be asked, or what was discovered can't be stored.
    pub async fn discover(&mut self, pipeline: &PipelineRef) -> Result<(), EngineError> {
        let plan = unasked(&self.project, pipeline).filter(|plan| !places(plan).is_empty());
        let Some(plan) = plan else { return Ok(()) };
        if let Some(name) = without_value(&plan) {
            return Err(SettingError::NoValue(name).into());
        }
        let silent = self.ask(plan, SignedDuration::ZERO).await?;
        silent.into_iter().next().map_or(Ok(()), |one| Err(EngineError::NotDiscovered(one.why)))
    }

    async fn ask(&mut self, plan: ExecutionPlan, at_most: SignedDuration) -> Result<Vec<DiscoveryFailure>, EngineError> {
        let (mut cache, now) = (self.project.discovery.clone(), self.project.host.now());
        let due = |place: &DiscoveryTarget<'_>| !cache.is_fresh(&place.name(), &place.fingerprint(&plan, &self.project), now, at_most);
        if !places(&plan).iter().any(due) {
            return Ok(Vec::new());
        }
        let plan = Arc::new(plan);
        let mut probe = SystemsProbe::new(self, Arc::clone(&plan))?;
        let mut silent = Vec::new();
        for place in places(&plan) {
            let (name, fingerprint) = (place.name(), place.fingerprint(&plan, &self.project));
            let connection = probe.connection(&place.side.system.name)?;
            match connection.discover(place.side.collection, place.part).await {
                Ok(Discovered { attributes, left_out }) => {
                    cache.put(name, DiscoveredCollection { at: now, fingerprint, attributes, left_out })
                }
                Err(error) => silent.push(DiscoveryFailure { known: cache.knows(&name, &fingerprint), place: name, why: error.message }),
            }
        }
        drop(probe);
        cache.save(&self.project.host, &self.project.state_folder())?;
        self.project.discovery = cache;
        Ok(silent)
    }
}

/// A setting without which a system can't be opened.
fn without_value(plan: &ExecutionPlan) -> Option<String> {
    let open =
        plan.setting_uses.iter().find(|setting| setting.required && !setting.secret && setting.value.is_none() && setting.system.is_some());
    open.map(|setting| format!("{}.{}", setting.system.as_deref().unwrap_or_default(), setting.name))
}

/// A plan that suffices to ask; `None` if the file or its settings have other errors, which compiling reports.
fn unasked(project: &Project, found: &PipelineRef) -> Option<ExecutionPlan> {
    compile_unasked(&*project.check(&found.file).unasked_of(&found.name)?, &found.name, &project.config).ok()
}

/// The places whose attributes are discovered: the side, and the part of its records, or `None` for the record itself.
struct DiscoveryTarget<'p> {
    side: &'p Side,
    part: Option<usize>,
}

impl DiscoveryTarget<'_> {
    fn collection(&self) -> &Collection {
        self.side.collection()
    }

    fn name(&self) -> String {
        let part = self.part.map(|part| self.collection().parts[part].name.as_str());
        discovery_key(&self.side.system.name, &self.collection().name, part)
    }

    /// The key in the cache: what is asked, and where, because attributes of another account do not apply.
    fn fingerprint(&self, plan: &ExecutionPlan, project: &Project) -> String {
        let discovery = self.part.map_or(self.collection().discovery.as_ref(), |part| self.collection().parts[part].discovery.as_ref());
        let system = &self.side.system.name;
        let settings = plan.setting_uses.iter().filter(|setting| setting.system.as_ref() == Some(system));
        let settings: Vec<_> = settings.map(|setting| (&setting.name, &setting.value)).collect();
        let origin = project.config.origin(system).ok().flatten();
        blake3::hash(format!("{discovery:?} {settings:?} {origin:?}").as_bytes()).to_hex()[..16].to_owned()
    }
}

fn places(plan: &ExecutionPlan) -> Vec<DiscoveryTarget<'_>> {
    let mut all: Vec<DiscoveryTarget<'_>> = Vec::new();
    for side in sides(plan) {
        let collection = side.collection();
        let own = collection.discovery.iter().map(|_| None);
        let parts = collection.parts.iter().enumerate().filter(|(_, part)| part.discovery.is_some()).map(|(at, _)| Some(at));
        for place in own.chain(parts).map(|part| DiscoveryTarget { side, part }) {
            if !all.iter().any(|known| known.name() == place.name()) {
                all.push(place);
            }
        }
    }
    all
}

/// A place whose attributes could not be discovered, and whether they were before.
struct DiscoveryFailure {
    place: String,
    why: String,
    known: bool,
}
