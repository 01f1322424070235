//! Files from a map or from this repository, checked and compiled.

use crate::{
    check::{Checked, LoadError, Loader, check},
    diagnose::{render, style::Style},
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

/// The files of a folder.
pub struct Disk(pub PathBuf);

impl Loader for Disk {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        let bytes = fs::read(self.0.join(path)).map_err(|_| LoadError::NotFound)?;
        String::from_utf8(bytes).map_err(|error| LoadError::NotUtf8(error.utf8_error().valid_up_to()))
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

pub fn check_in(loader: &dyn Loader, file: &str) -> Checked {
    check(loader, Path::new(file))
}

/// A file of this repository, checked.
pub fn repository(path: &str) -> Checked {
    check_in(&Disk(PathBuf::from(env!("CARGO_MANIFEST_DIR"))), path)
}

/// What is said, as a terminal without colours shows it.
pub fn rendered(checked: &Checked) -> String {
    let style = Style { color: false, ascii: false, width: 120 };
    render::text::all(checked.diagnostics.iter().map(|one| (one, &checked.sources)), style)
}

/// The plan of a pipeline, no setting given.
pub fn plan_of(checked: &Checked, pipeline: &str) -> Plan {
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{}", rendered(checked)));
    compile(project, pipeline, &HashMap::new(), true).expect("a pipeline of this name, nothing given wrongly")
}
