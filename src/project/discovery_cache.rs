//! Cache of discovered attributes (`discovered.json`): names, types and paths. It holds no personal data.

use crate::{
    check::DiscoveredAttribute,
    host::{Host, Roots},
    project::error::ProjectError,
    reload::disk::{self, Attributes, discovery_key},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// In the folder of the state.
pub const FILE: &str = "discovered.json";

const VERSION: u32 = 2;

/// The discovered attributes of all systems.
#[derive(Clone, Debug, Default)]
pub struct DiscoveryCache {
    asked: BTreeMap<String, DiscoveredCollection>,
    /// The same attributes in the form that the checker uses.
    attributes: Arc<Attributes>,
}

/// The discovered attributes of one collection, or of one part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredCollection {
    pub at: Timestamp,
    /// Identifies the request and its address.
    pub fingerprint: String,
    pub attributes: Vec<DiscoveredAttribute>,
    /// Those that can't be used, and why.
    pub left_out: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    asked: BTreeMap<String, DiscoveredCollection>,
}

impl DiscoveryCache {
    /// Loads the cache of a state's folder; empty if there is none, or one of another version, so that the systems are asked
    /// again.
    #[must_use]
    pub fn read(host: &Host, folder: &Path) -> Self {
        let text = host.disk().read_text(&folder.join(FILE)).ok();
        let file: Option<File> = text.and_then(|text| serde_json::from_str(&text).ok());
        Self::of(file.filter(|file| file.format == VERSION).map(|file| file.asked).unwrap_or_default())
    }

    fn of(asked: BTreeMap<String, DiscoveredCollection>) -> Self {
        let attributes = asked.iter().map(|(name, one)| (name.clone(), (one.at, one.attributes.clone()))).collect();
        Self { asked, attributes: Arc::new(attributes) }
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn save(&self, host: &Host, folder: &Path) -> Result<(), ProjectError> {
        host.disk().make_folder(folder).map_err(|error| ProjectError::unwritable(folder, &error))?;
        let file = File { format: VERSION, asked: self.asked.clone() };
        let text = serde_json::to_string_pretty(&file).expect("names, times and lists are JSON");
        let path = folder.join(FILE);
        host.disk().replace(&path, &format!("{text}\n")).map_err(|error| ProjectError::unwritable(&path, &error))
    }

    /// The file of a state folder, which is read again when it changes.
    #[must_use]
    pub fn source(
        host: &Host,
        folder: &Path,
        watched_files: Box<dyn Fn() -> Vec<disk::WatchedFile> + Send>,
        roots: Roots,
    ) -> disk::DiscoverySource {
        let (host, folder) = (host.clone(), folder.to_path_buf());
        disk::DiscoverySource {
            file: Some(folder.join(FILE)),
            read: Box::new(move || Self::read(&host, &folder).attributes()),
            watched_files,
            roots,
        }
    }

    /// The attributes in the form that the checker uses.
    #[must_use]
    pub fn attributes(&self) -> Arc<Attributes> {
        Arc::clone(&self.attributes)
    }

    /// What was discovered under a name.
    #[must_use]
    pub fn of_place(&self, name: &str) -> Option<&DiscoveredCollection> {
        self.asked.get(name)
    }

    /// Whether anything of a collection was ever discovered.
    #[must_use]
    pub fn has(&self, system: &str, collection: &str) -> bool {
        self.of_collection(system, collection).next().is_some()
    }

    /// Discovered attributes that can't be used: their names, and why.
    pub fn left_out(&self, system: &str, collection: &str) -> impl Iterator<Item = &(String, String)> {
        self.of_collection(system, collection).flat_map(|asked| &asked.left_out)
    }

    /// What was discovered for a collection and its parts.
    fn of_collection(&self, system: &str, collection: &str) -> impl Iterator<Item = &DiscoveredCollection> {
        let own = discovery_key(system, collection, None);
        let is_of = move |name: &str| name.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.asked.iter().filter(move |(name, _)| is_of(name)).map(|(_, asked)| asked)
    }

    /// Whether the stored answer belongs to the same request and address.
    #[must_use]
    pub fn knows(&self, name: &str, fingerprint: &str) -> bool {
        self.asked.get(name).is_some_and(|asked| asked.fingerprint == fingerprint)
    }

    /// As [`Self::knows`], and the answer is recent. A time in the future comes from a wrong clock and is not recent.
    #[must_use]
    pub fn is_fresh(&self, name: &str, fingerprint: &str, now: Timestamp, at_most: SignedDuration) -> bool {
        let age = self.asked.get(name).map(|asked| now.duration_since(asked.at));
        self.knows(name, fingerprint) && age.is_some_and(|age| !age.is_negative() && age < at_most)
    }

    /// Stores a new answer. Known attributes keep their position, so that a new one does not change the hash of plans that do
    /// not use it.
    pub fn put(&mut self, name: String, mut asked: DiscoveredCollection) {
        let before = self.asked.remove(&name).map(|before| before.attributes).unwrap_or_default();
        let known = |one: &DiscoveredAttribute| before.iter().position(|attribute| attribute.name == one.name).unwrap_or(usize::MAX);
        asked.attributes.sort_by_key(known);
        self.asked.insert(name, asked);
        *self = Self::of(std::mem::take(&mut self.asked));
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files of their own")]
mod tests {
    use super::*;
    use std::fs;

    fn asked(at: &str, names: &[&str]) -> DiscoveredCollection {
        let attribute = |name: &&str| DiscoveredAttribute { name: (*name).to_owned(), ty: "String".into(), path: format!("$.{name}") };
        DiscoveredCollection {
            at: at.parse().unwrap(),
            fingerprint: "f".into(),
            attributes: names.iter().map(attribute).collect(),
            left_out: Vec::new(),
        }
    }

    fn names(cache: &DiscoveryCache) -> Vec<String> {
        cache.attributes()["arlo.contacts.custom"].1.iter().map(|attribute| attribute.name.clone()).collect()
    }

    #[test]
    fn it_is_kept_and_read_again_and_grows_old() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = DiscoveryCache::read(&Host::real(), folder.path());
        assert!(cache.attributes().is_empty());
        cache.put("arlo.contacts.custom".into(), asked("2026-03-01T10:00:00Z", &["Tier"]));
        cache.save(&Host::real(), folder.path()).unwrap();
        let cache = DiscoveryCache::read(&Host::real(), folder.path());
        assert_eq!(names(&cache), ["Tier"]);
        let fresh = |fingerprint: &str, now: &str| {
            cache.is_fresh("arlo.contacts.custom", fingerprint, now.parse().unwrap(), SignedDuration::from_mins(50))
        };
        assert!(fresh("f", "2026-03-01T10:49:59Z"));
        assert!(!fresh("f", "2026-03-01T10:50:00Z"), "old");
        assert!(!fresh("f", "2026-03-01T09:59:59Z"), "of a clock that was ahead");
        assert!(!fresh("other", "2026-03-01T10:00:01Z"), "of another account");
        fs::write(folder.path().join(FILE), "{\"format\": 2}").unwrap();
        assert!(DiscoveryCache::read(&Host::real(), folder.path()).attributes().is_empty());
    }

    #[test]
    fn a_new_attribute_moves_no_other() {
        let mut cache = DiscoveryCache::default();
        for (attribute, order) in
            [(&["b", "d"][..], vec!["b", "d"]), (&["a", "b", "c", "d"], vec!["b", "d", "a", "c"]), (&["c", "d", "b"], vec!["b", "d", "c"])]
        {
            cache.put("arlo.contacts.custom".into(), asked("2026-03-01T10:00:00Z", attribute));
            assert_eq!(names(&cache), order);
        }
    }
}
