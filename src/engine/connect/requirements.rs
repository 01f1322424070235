//! Checks the settings by `enabled when` and `require`.

use crate::engine::error::EngineError;
use crate::{
    compile::{
        ExecutionPlan,
        program::{Name, Names},
    },
    value::{Fault, Value},
};
use std::borrow::Cow;

/// A scope with settings only, for `enabled when` and `require`.
struct Settings;

impl Names for Settings {
    fn value(&self, _name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(Value::Null))
    }
}

/// The requirements that the settings do not meet: the words of each `require`, and its line.
pub fn broken_requires(plan: &ExecutionPlan) -> Vec<(String, String)> {
    let broken = plan.requires.iter().filter(|require| !require.condition.holds(&Settings).unwrap_or(false));
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
        Some(enabled) if !enabled.value.holds(&Settings).unwrap_or(false) => {
            Err(EngineError::Paused { pipeline: plan.name.clone(), line: plan.line(enabled.span).to_string() })
        }
        _ => Ok(()),
    }
}
