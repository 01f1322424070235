//! Unknown configuration keys: a typo would silently fall back to a default.

use crate::{
    check::{Project, closest},
    project::config::{Config, FILE, ORIGIN},
};
use std::collections::{BTreeMap, BTreeSet};

/// The names that a configuration may contain.
#[derive(Clone, Debug, Default)]
pub struct KnownKeys {
    /// The settings and secrets of each system and pipeline.
    owners: BTreeMap<String, BTreeSet<String>>,
    /// What may be set at the top of an environment.
    shared: BTreeSet<String>,
}

/// An unknown configuration key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    owner: Option<String>,
    /// What was probably meant.
    meant: Option<String>,
    /// One sentence.
    pub words: String,
}

impl KnownKeys {
    /// The names of a file and of all files that it uses.
    pub fn of(project: &Project) -> Self {
        let mut known = Self::default();
        known.add(project);
        known
    }

    /// Adds the names of another file.
    pub fn add(&mut self, project: &Project) {
        for system in project.systems.iter() {
            let names = system.settings.iter().map(|one| one.name.clone()).chain([ORIGIN.to_owned()]);
            self.owners.entry(system.name.clone()).or_default().extend(names);
        }
        for pipeline in &project.pipelines {
            let names: BTreeSet<String> = pipeline.settings.iter().map(|one| one.name.clone()).collect();
            self.shared.extend(names.iter().cloned());
            self.owners.entry(pipeline.name.clone()).or_default().extend(names);
        }
        self.shared.extend(project.settings.iter().map(|one| one.name.clone()));
    }

    /// Whether an unknown key is in one of these sections, or was meant to be.
    pub fn concerns(&self, unknown: &UnknownKey) -> bool {
        let ours = |name: &String| self.owners.contains_key(name) || self.shared.contains(name);
        unknown.owner.as_ref().is_some_and(|owner| self.owners.contains_key(owner)) || unknown.meant.as_ref().is_some_and(ours)
    }
}

/// The unknown keys of a configuration.
pub fn unknown_keys(config: &Config, known: &KnownKeys) -> Vec<UnknownKey> {
    let place = &config.environment;
    let mut found = Vec::new();
    let is_owner = |name: &str| known.owners.contains_key(name);
    for owner in config.sections(&is_owner) {
        match known.owners.get(owner) {
            Some(names) => found.extend(config.names(owner).filter(|name| !names.contains(*name)).map(|name| {
                let start = format!("`{FILE}` sets `{name}` in [env.{place}.{owner}], and `{owner}` has no such setting");
                unknown(Some(owner), start, name, names)
            })),
            None => {
                let start = format!("`{FILE}` has a section [env.{place}.{owner}], and no system or pipeline here is called `{owner}`");
                found.push(unknown(None, start, owner, known.owners.keys()));
            }
        }
    }
    found.extend(config.top_names(&is_owner).filter(|name| !known.shared.contains(*name)).map(|name| {
        let start = format!("`{FILE}` sets `{name}` in [env.{place}], and no setting of pipelines is called so");
        unknown(None, start, name, &known.shared)
    }));
    found
}

fn unknown<'n>(owner: Option<&str>, start: String, name: &str, names: impl IntoIterator<Item = &'n String>) -> UnknownKey {
    let meant = closest(name, names.into_iter().map(String::as_str)).first().map(|meant| (*meant).to_owned());
    let words = meant.as_ref().map_or_else(|| start.clone(), |meant| format!("{start}; did you mean `{meant}`?"));
    UnknownKey { owner: owner.map(str::to_owned), meant, words }
}
