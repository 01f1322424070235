//! The newest of several files: those of a folder whose names fit a pattern such as `drop/people-*.csv`.

use super::{error::FileError, read::Named};
use crate::{
    host::{About, Disk, Kind},
    state::read_files::ReadFile,
};
use jiff::Timestamp;
use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// How long a file has to be left alone before it counts as finished.
const SETTLED: Duration = Duration::from_secs(5);

/// A file that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// As the pattern names it: with its folder.
    pub name: String,
    pub path: PathBuf,
    about: About,
}

impl Newest {
    /// The file, at the time when it was changed last.
    pub fn version(&self) -> Option<ReadFile> {
        let modified = Timestamp::try_from(self.about.modified?).ok()?;
        let modified = Timestamp::from_microsecond(modified.as_microsecond()).ok()?;
        Some(ReadFile { modified, name: self.name.clone() })
    }

    /// How long to wait until it counts as finished. A time of change that is still to come is that of another clock, and counts as now.
    pub fn wait(&self, now: Timestamp) -> Duration {
        let now = SystemTime::from(now);
        let age = self.about.modified.and_then(|modified| now.duration_since(modified).ok()).unwrap_or_default();
        SETTLED.saturating_sub(age)
    }
}

/// The file that was changed last, of those that fit; of several of one time, the last by name.
///
/// # Errors
/// None fits, the folder can't be listed, a file has no time of change.
pub fn newest(disk: &dyn Disk, base: &Path, pattern: &str) -> Result<Newest, FileError> {
    let (folder, wanted) = pattern.rsplit_once('/').map_or(("", pattern), |(folder, name)| (folder, name));
    if folder.contains('*') {
        return Err(FileError::FolderPattern(pattern.to_owned()));
    }
    let within = base.join(if pattern.starts_with('/') && folder.is_empty() { "/" } else { folder });
    let paths = disk.list(&within).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FileError::NoneFits(pattern.to_owned()),
        _ => Named(folder).failed(error),
    })?;
    let mut best: Option<Newest> = None;
    for path in paths {
        let Some(file) = path.file_name().and_then(|name| name.to_str()).filter(|name| fits(wanted, name)) else { continue };
        let name = format!("{}{file}", &pattern[..pattern.len() - wanted.len()]);
        let about = match disk.about(&path) {
            Ok(about) => about,
            // It was taken away since, or is a link to nothing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Named(&name).failed(error)),
        };
        if about.kind != Kind::File {
            continue;
        }
        let modified = about.modified.ok_or_else(|| FileError::Undated(name.clone()))?;
        if best.as_ref().is_none_or(|best| (best.about.modified, &best.name) < (Some(modified), &name)) {
            best = Some(Newest { name, path, about });
        }
    }
    best.ok_or_else(|| FileError::NoneFits(pattern.to_owned()))
}

/// Whether a name fits a pattern, in which `*` stands for any characters. A hidden file fits only a pattern that begins with a dot.
fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, name, wanted) in [
            ("people-*.csv", "people-2026-01.csv", true),
            ("people-*.csv", "people-.csv", true),
            ("people-*.csv", "people-1.csv.part", false),
            ("people-*.csv", "old-people-1.csv", false),
            ("*.csv", "a.csv", true),
            ("*.csv", ".a.csv", false),
            (".*.csv", ".a.csv", true),
            ("*", "anything", true),
            ("a*b*c", "a-c-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
            ("people.csv", "people.csv", true),
            ("people.csv", "people.csv2", false),
            ("p[1].csv", "p[1].csv", true),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
