//! Files from a map or from this repository, checked and compiled.

use crate::{
    check::{Checked, LoadError, Loader, check},
    plan::{
        Plan,
        compile::{SettingValues, compile},
    },
    value::Value,
};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

struct Disk;

impl Loader for Disk {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        fs::read_to_string(path).map_err(|_| LoadError::NotFound)
    }
}

impl Loader for HashMap<PathBuf, String> {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        self.get(path).cloned().ok_or(LoadError::NotFound)
    }
}

impl SettingValues for HashMap<&str, Value> {
    fn setting(&self, system: Option<&str>, name: &str) -> Option<Value> {
        self.get(system.map_or_else(|| name.to_owned(), |system| format!("{system}.{name}")).as_str()).cloned()
    }
}

/// A file of this repository, checked.
pub fn repository(path: &str) -> Checked {
    check(&Disk, &Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
}

/// The plan of a pipeline, no setting given.
pub fn plan_of(checked: &Checked, pipeline: &str) -> Plan {
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    compile(project, pipeline, &HashMap::new(), true).expect("a pipeline of this name, nothing given wrongly")
}
