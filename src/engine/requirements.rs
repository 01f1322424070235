//! What `enabled when` and `require` ask of the settings.

use crate::{
    cli::failure::{Exit, Failure},
    compile::{
        ExecutionPlan,
        program::{Name, Names},
    },
    value::{Fault, Value},
};
use std::borrow::Cow;

/// Settings alone: what `enabled when` and `require` may ask.
struct Settings;

impl Names for Settings {
    fn value(&self, _name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(Value::Null))
    }
}

/// What the settings would have to meet and do not: the words of each `require`, and its line.
pub fn broken_requires(plan: &ExecutionPlan) -> Vec<(String, String)> {
    let broken = plan.requires.iter().filter(|(condition, ..)| !condition.holds(&Settings).unwrap_or(false));
    broken.map(|(_, words, line)| (words.clone(), line.to_string())).collect()
}

/// Stops a pipeline that is switched off, or whose settings do not go together.
///
/// # Errors
/// Then; a pipeline that is off is no failure.
pub fn allowed(plan: &ExecutionPlan) -> Result<(), Failure> {
    if let Some((words, line)) = broken_requires(plan).first() {
        return Err(Failure::command(format!("the settings do not go together, nothing was read or written: {words} ({line})")));
    }
    match &plan.enabled {
        Some((condition, line)) if !condition.holds(&Settings).unwrap_or(false) => Err(Failure::new(
            Exit::Done,
            format!("`{}` is switched off by a setting ({line}): it is paused, nothing was read or written, and nobody leaves", plan.name),
        )
        .next(format!("counterpart settings {}", plan.name))),
        _ => Ok(()),
    }
}
