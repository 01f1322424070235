//! The folders in which a project may read and write files.

use super::{Disk, own_folder::NAME as OWN};
use std::{
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// Why a file is not opened, worded to follow its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    #[error("is outside the project folder")]
    Outside,
    #[error("belongs to the state of the project")]
    State,
    /// A write would follow it.
    #[error("is a link to nothing")]
    Nowhere,
}

/// What helps against [`NotAdmitted`].
pub const ADMIT: &str =
    "move the file into the project folder, or allow its folder in `counterpart.toml`: roots = [\"FOLDER\"] under [files]";

/// The folders in which files may be opened, links resolved. The default admits every file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots(Option<Arc<[PathBuf]>>);

impl Roots {
    /// These folders and what is below them, without the state.
    pub fn of(disk: &dyn Disk, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(Some(folders.into_iter().map(|folder| resolved(disk, &folder).unwrap_or(folder)).collect()))
    }

    /// These, and one more.
    #[must_use]
    pub fn and(&self, disk: &dyn Disk, folder: &Path) -> Self {
        let all = self.0.as_ref().map(|folders| folders.iter().cloned().chain(resolved(disk, folder).ok()).collect());
        Self(all)
    }

    /// Whether a file may be opened, where all its links lead.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, disk: &dyn Disk, path: &Path) -> Result<(), NotAdmitted> {
        let Some(folders) = &self.0 else { return Ok(()) };
        let real = resolved(disk, path)?;
        let below: Vec<&Path> = folders.iter().filter_map(|folder| real.strip_prefix(folder).ok()).collect();
        match below.iter().find(|rest| rest.components().all(|part| part.as_os_str() != OWN)) {
            Some(_) => Ok(()),
            None if below.is_empty() => Err(NotAdmitted::Outside),
            None => Err(NotAdmitted::State),
        }
    }
}

/// A path with all links resolved. Of a file that is not there yet, its folder is resolved, unless what is missing goes back up.
fn resolved(disk: &dyn Disk, path: &Path) -> Result<PathBuf, NotAdmitted> {
    let here = Path::new(".");
    for existing in path.ancestors() {
        let folder = if existing.as_os_str().is_empty() { here } else { existing };
        if let Ok(real) = disk.real_path(folder) {
            let missing = path.strip_prefix(existing).map_err(|_| NotAdmitted::Outside)?;
            let goes_up = missing.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
            return match missing.components().next() {
                _ if goes_up => Err(NotAdmitted::Outside),
                // A name that is taken and can't be resolved.
                Some(first) if disk.is_taken(&folder.join(first)) => Err(NotAdmitted::Nowhere),
                _ => Ok(plain(&real.join(missing))),
            };
        }
    }
    Err(NotAdmitted::Outside)
}

fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make links")]
mod tests {
    use super::*;
    use crate::host::Host;
    use std::fs;

    #[cfg(unix)]
    #[test]
    fn only_what_really_is_in_the_folder_is_admitted() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        for folder in ["project/sub", "project/.counterpart/production", "elsewhere", "shared"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["project/a.csv", "project/.counterpart/production/state.key", "elsewhere/secret.txt", "shared/b.csv"] {
            fs::write(at(file), "x").unwrap();
        }
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(at(to), at(name)).unwrap();
        link("elsewhere/secret.txt", "project/link.csv");
        link("elsewhere", "project/linked");
        link("elsewhere/new.csv", "project/to_nothing.csv");
        link("project/.counterpart", "project/state");
        link("project/a.csv", "project/good.csv");
        let host = Host::real();
        let roots = Roots::of(host.disk(), [at("project"), at("shared")]);
        let admitted = |name: &str| roots.admit(host.disk(), &at(name));
        for good in
            ["project/a.csv", "project/good.csv", "project/sub/../a.csv", "project/new/later.csv", "project/sub/new.csv", "shared/b.csv"]
        {
            assert_eq!(admitted(good), Ok(()), "{good}");
        }
        for bad in [
            "elsewhere/secret.txt",
            "project/../elsewhere/secret.txt",
            "project/link.csv",
            "project/linked/secret.txt",
            "project/linked/new.csv",
            "project/none/../../elsewhere/secret.txt",
            "project2",
        ] {
            assert_eq!(admitted(bad), Err(NotAdmitted::Outside), "{bad}");
        }
        assert_eq!(admitted("project/to_nothing.csv"), Err(NotAdmitted::Nowhere));
        for own in ["project/.counterpart/production/state.key", "project/state/production/state.key", "project/sub/../.counterpart/new"] {
            assert_eq!(admitted(own), Err(NotAdmitted::State), "{own}");
        }
        assert_eq!(roots.admit(host.disk(), Path::new("/proc/self/environ")), Err(NotAdmitted::Outside));
        assert_eq!(Roots::default().admit(host.disk(), Path::new("/proc/self/environ")), Ok(()));
    }
}
