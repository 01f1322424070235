//! What a person says about records that wait.

use crate::engine::{Workspace, error::EngineError};

impl Workspace {
    /// Lifts what keeps records from being written again; all of the pipeline, if no key is named. Returns how many waited.
    ///
    /// # Errors
    /// There was no run, no such pipeline, or the state can't be written.
    pub fn retry(&self, pipeline: Option<&str>, keys: &[String]) -> Result<u64, EngineError> {
        let pipeline = self.project.choose(pipeline)?.name;
        Ok(self.state()?.retry(&pipeline, keys, self.project.host.now())?)
    }

    /// Says what became of a call that was never answered: it was made, or the next run makes it.
    ///
    /// # Errors
    /// There is no such call, no such pipeline, or the state can't be written.
    pub fn resend(&self, pipeline: Option<&str>, key: &str, call: &str, made: bool) -> Result<(), EngineError> {
        let pipeline = self.project.choose(pipeline)?.name;
        let found = self.state()?.resend(&pipeline, key, call, made)?;
        let none = || EngineError::NoCallInDoubt { key: key.to_owned(), call: call.to_owned() };
        found.then_some(()).ok_or_else(none)
    }
}
