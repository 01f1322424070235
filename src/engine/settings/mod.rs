//! Settings and secrets of a project: their values and choices; set one, or verify them against the systems.
//!
//! [`Index`] knows the pipelines of the folder and has an [`Entry`] for each setting; `choices` asks systems for choices.

mod choices;
mod index;
pub mod model;
mod set;
mod trust;
mod verify;

pub use model::{Choice, Entry, State, Verified};
pub use set::StoredSecret;
pub use verify::Verification;

use super::{EngineError, Workspace};
use choices::Choices;
use index::{Index, choosing};
use std::collections::BTreeSet;

/// Which settings are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pick<'a> {
    /// A pipeline, a system or a setting; all without it.
    pub name: Option<&'a str>,
    /// A setting of that pipeline or system.
    pub setting: Option<&'a str>,
    /// Asks the systems for the choices of all settings; those of a named setting are always asked for.
    pub live: bool,
}

impl Workspace {
    /// Settings and secrets, with their values and choices.
    ///
    /// # Errors
    /// There is no such name, or no file of the folder can be read.
    pub async fn settings(&mut self, pick: Pick<'_>) -> Result<Vec<Entry>, EngineError> {
        let mut index = Index::open(self)?;
        let mut entries = index.picked(&index.entries(&self.project), pick.name, pick.setting)?;
        if pick.live || pick.name.is_some() {
            let asked = match pick.name {
                Some(name) if index.has(name) => BTreeSet::from([name.to_owned()]),
                Some(_) => entries.iter().flat_map(choosing).collect(),
                None => index.names(),
            };
            index = index.with_discovery(&asked, self).await?;
            entries = index.picked(&index.entries(&self.project), pick.name, pick.setting)?;
            let mut choices = Choices::new(&index, self);
            for entry in &mut entries {
                choices.verify(entry).await;
            }
        }
        index.tell_unknown_keys(self);
        Ok(entries)
    }

    /// The setting of a name, or of a pipeline or system and the first of the words; and the remaining words.
    ///
    /// # Errors
    /// No setting or several have this name.
    pub fn setting<'w>(&self, name: &str, words: &'w [String]) -> Result<(Entry, &'w [String]), EngineError> {
        let index = Index::open(self)?;
        let entries = index.entries(&self.project);
        let (entry, words) = index.named(&entries, name, words)?;
        Ok((entry.clone(), words))
    }
}
