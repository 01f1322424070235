//! The runs so far, and the errors of one.

use crate::engine::{Workspace, change_sets::elsewhere, error::EngineError};
use crate::state::{Store, errors::ListedError, runs::RunRow};

impl Workspace {
    /// The last runs of a pipeline, or of all, the newest first.
    ///
    /// # Errors
    /// There was none, no such pipeline, or the state can't be read.
    pub fn history(&self, asked: Option<&str>, last: usize) -> Result<Vec<RunRow>, EngineError> {
        let pipeline = asked.map(|asked| self.project.choose(Some(asked))).transpose()?.map(|found| found.name);
        let rows = self.state()?.runs(pipeline.as_deref(), last)?;
        if rows.is_empty() { Err(self.no_runs()) } else { Ok(rows) }
    }

    /// A run by its number.
    ///
    /// # Errors
    /// There is none, or the state can't be read.
    pub fn run_row(&self, number: i64) -> Result<RunRow, EngineError> {
        let store = Store::open_existing(&self.project.host, &self.project.state_folder())?;
        let row = store.map(|store| store.run(number)).transpose()?.flatten();
        row.ok_or(EngineError::NoSuchRun(number))
    }

    /// The errors of a run, or of the last one if none is named, with its number.
    ///
    /// # Errors
    /// There is no such run, or the state can't be read.
    pub fn errors(&self, run: Option<i64>) -> Result<(i64, Vec<ListedError>), EngineError> {
        let store = self.state()?;
        let last = || Ok::<_, EngineError>(store.runs(None, 1)?.first().map(|row| row.number));
        let number = run.map_or_else(last, |number| Ok(Some(number)))?.ok_or_else(|| self.no_runs())?;
        if store.run(number)?.is_none() {
            return Err(EngineError::NoSuchRun(number));
        }
        Ok((number, store.errors(number)?))
    }

    pub(in crate::engine) fn state(&self) -> Result<Store, EngineError> {
        Store::open_existing(&self.project.host, &self.project.state_folder())?.ok_or_else(|| self.no_runs())
    }

    pub(in crate::engine) fn no_runs(&self) -> EngineError {
        let elsewhere = elsewhere(&self.project, |store| store.runs(None, 1).is_ok_and(|runs| !runs.is_empty()));
        let several = self.project.pipelines().unwrap_or_default();
        let first = if several.len() > 1 { several.into_iter().next().map(|pipeline| pipeline.name) } else { None };
        EngineError::NoRuns { sandbox: self.project.sandbox, environment: self.project.config.environment.clone(), elsewhere, first }
    }

    /// That there was no run here, although the sandbox or another environment had one.
    #[must_use]
    pub fn runs_elsewhere(&self) -> Option<EngineError> {
        let error = self.no_runs();
        matches!(&error, EngineError::NoRuns { elsewhere, .. } if elsewhere.0.is_some()).then_some(error)
    }
}
