//! Which other pipelines hold the accounts that a pipeline writes to.

use super::error::EngineError;
use crate::{
    project::Project,
    state::{
        LinkSetIdentity, Store,
        holders::{Holder, Holders},
    },
};

/// The pipelines with links to the same accounts whose links hold none of them: those that neither create accounts nor let anybody leave.
/// One that is no longer in the folder, or can't be compiled, holds what it has linked.
pub(super) fn beside(project: &Project, store: &Store, identity: &LinkSetIdentity) -> Result<Vec<String>, EngineError> {
    let names = store.pipelines_beside(&identity.pipeline, &identity.target)?;
    if names.is_empty() {
        return Ok(names);
    }
    let known = project.pipelines()?;
    let only_adds = |name: &String| {
        let plan = known.iter().find(|known| known.name == *name).and_then(|known| project.quiet_plan(known));
        plan.is_some_and(|plan| !plan.mode.creates() && plan.leavers.is_empty())
    };
    Ok(names.into_iter().filter(only_adds).collect())
}

/// The accounts that other pipelines hold.
pub(super) fn holders(project: &Project, store: &Store, identity: &LinkSetIdentity, beside: &[String]) -> Result<Holders, EngineError> {
    let mut holders = Holders::default();
    let mut names = store.pipelines_beside(&identity.pipeline, &identity.target)?;
    names.retain(|name| !beside.contains(name));
    if names.is_empty() {
        return Ok(holders);
    }
    let known = project.pipelines()?;
    for pipeline in names {
        let accounts = store.accounts_held_by(&pipeline, &identity.target)?;
        let removed = !known.iter().any(|known| known.name == pipeline);
        holders.add(&Holder { pipeline, removed }, accounts);
    }
    Ok(holders)
}
