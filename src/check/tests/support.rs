//! Files from a map or from this repository, checked and compiled.

use crate::{
    check::{Checked, DiscoveredAttribute, LoadError, Loader, check},
    compile::{
        ExecutionPlan, Side,
        pipeline::{SettingValues, compile},
    },
    diagnose::{Diagnostic, FileId, Sources},
    reload::disk::discovery_key,
    value::Value,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// The files of a folder; what its systems told of their attributes stands in `told.json`.
pub struct Disk(pub PathBuf);

impl Disk {
    fn told(&self) -> BTreeMap<String, Vec<DiscoveredAttribute>> {
        fs::read_to_string(self.0.join("told.json")).map_or_else(|_| BTreeMap::new(), |text| serde_json::from_str(&text).unwrap())
    }
}

impl Loader for Disk {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        let bytes = fs::read(self.0.join(path)).map_err(|_| LoadError::NotFound)?;
        String::from_utf8(bytes).map_err(|error| LoadError::NotUtf8(error.utf8_error().valid_up_to()))
    }

    /// Fixtures that stand side by side at the top have nothing to do with each other.
    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        if folder.as_os_str().is_empty() {
            return Vec::new();
        }
        let all = crate::reload::disk::DiskLoader::default().files_in(&self.0.join(folder));
        all.iter().filter_map(|path| path.strip_prefix(&self.0).ok()).map(Path::to_owned).collect()
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<DiscoveredAttribute>> {
        self.told().remove(&discovery_key(system, collection, part))
    }

    fn asked(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Timestamp> {
        self.discovered(system, collection, part).map(|_| "2026-03-01T08:00:00Z".parse().unwrap())
    }
}

impl Loader for HashMap<PathBuf, String> {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        self.get(path).cloned().ok_or(LoadError::NotFound)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<_> = self.keys().filter(|path| path.parent() == Some(folder)).cloned().collect();
        files.sort();
        files
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

/// What is said: place, code and sentence; the underlined text and its label; what to do; the edits.
pub fn rendered(checked: &Checked) -> String {
    checked.diagnostics.iter().map(|one| told(one, &checked.sources)).collect::<Vec<_>>().join("\n")
}

fn told(one: &Diagnostic, sources: &Sources) -> String {
    let (line, column) = sources.position(one.span);
    let file = sources.file(one.span.file).path.display();
    let mut out = format!("{file}:{line}:{column} {} {}\n", one.code, one.message);
    let mut add = |word: &str, text: &str| out.push_str(&format!("    {word:<6} {text}\n"));
    add(
        "at",
        format!("{} {}", sources.text(one.span), one.label.as_ref().map(|label| format!("<- {label}")).unwrap_or_default()).trim_end(),
    );
    one.related.iter().for_each(|(span, words)| add("see", &format!("{}: {words}", sources.place(*span))));
    one.help.iter().for_each(|help| add("help", help));
    for fix in &one.fixes {
        let words = if fix.words.is_empty() { String::new() } else { format!("   # {}", fix.words) };
        add("fix", &format!("{:?}{words}", fix.edits.iter().map(|edit| edit.text.as_str()).collect::<Vec<_>>().join(" … ")));
    }
    out
}

/// Files of a folder, some of them with another text.
pub struct Overlay {
    texts: HashMap<PathBuf, String>,
    disk: Disk,
}

impl Overlay {
    /// Sources are named from the folder of the checked `file`.
    pub fn over(sources: &Sources, texts: impl IntoIterator<Item = (FileId, String)>, folder: PathBuf, file: &str) -> Self {
        let path = |id: FileId| Path::new(file).with_file_name(&sources.file(id).path);
        let texts = texts.into_iter().map(|(id, text)| (path(id), text)).collect();
        Self { texts, disk: Disk(folder) }
    }
}

impl Loader for Overlay {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        self.texts.get(path).map_or_else(|| self.disk.load(path), |text| Ok(text.clone()))
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        self.disk.files_in(folder)
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<DiscoveredAttribute>> {
        self.disk.discovered(system, collection, part)
    }
}

/// What a row of a side holds.
pub fn names(side: &Side) -> String {
    side.slots.iter().map(|slot| slot.name.as_str()).collect::<Vec<_>>().join(" ")
}

/// The plan of a pipeline, no setting given.
pub fn plan_of(checked: &Checked, pipeline: &str) -> ExecutionPlan {
    plan_with(checked, pipeline, &HashMap::new())
}

/// The plan of a pipeline with some settings given.
pub fn plan_with(checked: &Checked, pipeline: &str, settings: &HashMap<&str, Value>) -> ExecutionPlan {
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{}", rendered(checked)));
    compile(project, pipeline, settings, true).expect("a pipeline of this name, nothing given wrongly")
}
