//! A checked pipeline and the values of its settings make a plan.

use super::Plan;
use crate::{check::Project, value::Value};

/// Where the values of settings come from: by system (none for the pipeline's own) and name.
pub trait SettingValues {
    /// The value as the configuration gives it: text, bool, integer, or a list of texts; none if it gives none.
    fn setting(&self, system: Option<&str>, name: &str) -> Option<Value>;
}

/// Why a pipeline can't be compiled with these settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// No pipeline of this name; the names there are.
    NoSuchPipeline(Vec<String>),
    /// Values that are missing or wrong: the setting as `lucca.domain`, and one sentence.
    Settings(Vec<(String, String)>),
}

/// The names of the pipelines that a project declares.
#[must_use]
pub fn pipelines(_project: &Project) -> Vec<String> {
    todo!()
}

/// Compiles one pipeline. Settings without a value are left out of it and listed in [`Plan::settings`]
/// where `lenient`; else they are an error.
///
/// # Errors
/// See [`CompileError`].
pub fn compile(_project: &Project, _pipeline: &str, _settings: &dyn SettingValues, _lenient: bool) -> Result<Plan, CompileError> {
    todo!()
}
