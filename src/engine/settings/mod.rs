//! Settings and secrets of a project: what can be set, what it is, what it may be; set one, or ask the systems.
//!
//! [`Index`] knows the pipelines of the folder and gives an [`Entry`] for each setting; `choices` asks what only a system knows.

mod choices;
mod index;
pub mod model;
mod set;
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
    /// Asks the systems for all choices that only they know; those of what is named are asked for anyway.
    pub live: bool,
}

impl Workspace {
    /// Settings and secrets, with what is known of each.
    ///
    /// # Errors
    /// Nothing is called so, or no file of the folder can be read.
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
                choices.judge(entry).await;
            }
        }
        index.tell_unknown_keys(self);
        Ok(entries)
    }

    /// The setting that a name means, or the name of a pipeline or system with the first of the words behind it; and the words left.
    ///
    /// # Errors
    /// None or several are called so.
    pub fn setting<'w>(&self, name: &str, words: &'w [String]) -> Result<(Entry, &'w [String]), EngineError> {
        let index = Index::open(self)?;
        let entries = index.entries(&self.project);
        let (entry, words) = index.named(&entries, name, words)?;
        Ok((entry.clone(), words))
    }
}
