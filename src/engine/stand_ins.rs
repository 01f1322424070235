//! The stand-ins of a plan's systems.

use crate::{
    cli::failure::Failure,
    compile::ExecutionPlan,
    project::folder::Project,
    sandbox::{self, Options, Sandbox},
};

/// The folder of seed data, beside the pipelines.
const SEEDS: &str = "seed";

/// Starts the stand-ins of a plan's systems; what they hold stays beside the sandbox's state.
///
/// # Errors
/// The folder can't be written, or the seed is wrong.
pub fn start(project: &Project, plan: &ExecutionPlan, today: jiff::civil::Date, options: &Options) -> Result<Sandbox, Failure> {
    sandbox::start_for(plan, &project.folder.join(".counterpart").join("stand-ins"), &project.folder.join(SEEDS), today, options)
        .map_err(Failure::stopped)
}
