//! Forgets one person: all that is kept here under a key. The target is left as it is.

use super::{EngineError, Workspace};
use crate::{
    project::PipelineRef,
    state::{Store, retention::Removed},
};
use std::path::PathBuf;

/// What was removed of a person, and what could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgottenPerson {
    pub pipeline: String,
    pub removed: Removed,
    /// Saved change sets and error files that named the key.
    pub files: usize,
}

impl Workspace {
    /// Removes everything that is kept of a key, and remembers only that it is forgotten. Nothing is sent to any system.
    ///
    /// # Errors
    /// No such pipeline, a run is under way, a request about the key has no known outcome yet, or the state can't be written.
    pub fn forget(&self, asked: Option<&str>, key: &str, by: &str) -> Result<ForgottenPerson, EngineError> {
        let pipeline = self.project.choose(asked)?.name;
        let (store, now) = (self.store_of(&pipeline)?, self.project.host.now());
        let lease = store.lease(&pipeline, by, now)?;
        if store.is_under_way(&pipeline, key)? {
            return Err(EngineError::UnderWay { key: key.to_owned(), pipeline });
        }
        let transaction = store.transaction()?;
        let removed = transaction.forget(store.key(), &pipeline, key, by, now)?;
        let files = self.files_with(&store, &pipeline, key)?;
        for id in files.iter().filter_map(|file| file.file_stem().filter(|_| is_change_set(file))?.to_str()) {
            transaction.without_file(id)?;
        }
        transaction.commit()?;
        let disk = self.project.host.disk();
        files.iter().try_for_each(|file| disk.remove_file(file)).map_err(|error| EngineError::Unsaved(error.to_string()))?;
        store.release(lease, now)?;
        store.scrub()?;
        Ok(ForgottenPerson { pipeline, removed, files: files.len() })
    }

    /// Lets a forgotten key be planned again. Returns whether it was forgotten.
    ///
    /// # Errors
    /// No such pipeline, or the state can't be written.
    pub fn remember(&self, asked: Option<&str>, key: &str) -> Result<(String, bool), EngineError> {
        let PipelineRef { name, .. } = self.project.choose(asked)?;
        let was = self.store_of(&name)?.remember(&name, key)?;
        Ok((name, was))
    }

    fn store_of(&self, pipeline: &str) -> Result<Store, EngineError> {
        let store = Store::open_existing(&self.project.host, &self.project.state_folder())?;
        store.ok_or_else(|| EngineError::NothingKnown(pipeline.to_owned()))
    }

    /// The saved change sets of a pipeline and the error files that name a key.
    fn files_with(&self, store: &Store, pipeline: &str, key: &str) -> Result<Vec<PathBuf>, EngineError> {
        let (folder, disk) = (self.project.state_folder(), self.project.host.disk());
        let saved = store.change_sets_like("c-")?.into_iter().filter(|row| row.pipeline == pipeline && !row.file.is_empty());
        let errors = store.runs(Some(pipeline), usize::MAX >> 1)?.into_iter();
        let errors = errors.flat_map(|run| ["csv", "jsonl"].map(|kind| folder.join(format!("errors/run-{}.{kind}", run.number))));
        let all = saved.map(|row| folder.join(row.file)).chain(errors);
        let quoted = serde_json::Value::from(key).to_string();
        let has_key = |text: &str| text.contains(&quoted) || text.lines().any(|line| line.split(',').next() == Some(key));
        Ok(all.filter(|file| disk.read_text(file).is_ok_and(|text| has_key(&text))).collect())
    }
}

fn is_change_set(file: &std::path::Path) -> bool {
    file.parent().and_then(|folder| folder.file_name()).is_some_and(|name| name == "changes")
}
