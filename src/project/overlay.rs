//! The files of a project: those on disk, overlaid with unsaved texts.

use crate::{
    check::{DiscoveredAttribute, LoadError, Loader},
    reload::disk::DiskLoader,
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Texts that are not saved yet, by the path of their file.
pub type Overlay = BTreeMap<PathBuf, String>;

/// The loader of a project.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub disk: DiskLoader,
    pub overlay: Arc<Overlay>,
}

impl Files {
    /// The same loader with another text in place of a file.
    #[must_use]
    pub fn with(&self, path: &Path, text: &str) -> Self {
        let mut overlay = (*self.overlay).clone();
        overlay.insert(path.to_path_buf(), text.to_owned());
        Self { disk: self.disk.clone(), overlay: Arc::new(overlay) }
    }
}

impl Loader for Files {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        self.overlay.get(path).map_or_else(|| self.disk.load(path), |text| Ok(text.clone()))
    }

    fn identity(&self, path: &Path) -> PathBuf {
        self.disk.identity(path)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        let in_it = |path: &Path| path.parent().unwrap_or(Path::new("")) == folder;
        let unsaved = self.overlay.keys().filter(|path| in_it(path));
        let mut all = self.disk.files_in(folder);
        all.extend(unsaved.filter(|path| path.extension().is_some_and(|ext| ext == "sync")).cloned());
        all.sort();
        all.dedup();
        all
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<DiscoveredAttribute>> {
        self.disk.discovered(system, collection, part)
    }

    fn asked(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Timestamp> {
        self.disk.asked(system, collection, part)
    }
}
