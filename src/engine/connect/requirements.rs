//! Checks the settings by `enabled when` and `require`.

use crate::compile::{ExecutionPlan, program::SettingsOnly};
use crate::engine::error::EngineError;

/// The requirements that the settings do not meet: the words of each `require`, and its line.
pub fn broken_requires(plan: &ExecutionPlan) -> Vec<(String, String)> {
    let broken = plan.requires.iter().filter(|require| !require.condition.holds(&SettingsOnly).unwrap_or(false));
    broken.map(|require| (require.words.clone(), plan.line(require.span).to_string())).collect()
}

/// Refuses a pipeline that is switched off, or whose settings contradict each other.
///
/// # Errors
/// It is switched off, which is not a fault, or a requirement is not met.
pub fn allowed(plan: &ExecutionPlan) -> Result<(), EngineError> {
    if let Some((words, line)) = broken_requires(plan).into_iter().next() {
        return Err(EngineError::SettingsDisagree { words, line });
    }
    match &plan.enabled {
        Some(enabled) if !enabled.value.holds(&SettingsOnly).unwrap_or(false) => {
            Err(EngineError::Paused { pipeline: plan.name.clone(), line: plan.line(enabled.span).to_string() })
        }
        _ => Ok(()),
    }
}
