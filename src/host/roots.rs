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
    #[error("belongs to git, which may keep credentials there")]
    Git,
    #[error("holds a secret that `counterpart.toml` refers to")]
    Secret,
    /// A write would follow it.
    #[error("is a link to nothing")]
    Nowhere,
}

impl NotAdmitted {
    /// What helps against it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Outside | Self::Nowhere => {
                "move the file into the project folder, or allow its folder in `counterpart.toml`: roots = [\"FOLDER\"] under [files]"
            }
            Self::State => "name a file outside `.counterpart`",
            Self::Git => "name a file outside `.git`",
            Self::Secret => "name another file, or keep the secret elsewhere",
        }
    }
}

/// The folder of git, which keeps the token of a checkout in its configuration.
const GIT: &str = ".git";

/// The folders in which files may be opened, and files in them that may not; links resolved. The default admits every file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// None where every file may be opened.
    folders: Option<Arc<[PathBuf]>>,
    /// Files that hold secrets.
    secrets: Arc<[PathBuf]>,
}

impl Roots {
    /// These folders and what is below them, without the state.
    pub fn of(disk: &dyn Disk, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let folders = folders.into_iter().map(|folder| resolved(disk, &folder).unwrap_or(folder)).collect();
        Self { folders: Some(folders), secrets: Arc::default() }
    }

    /// The same folders without these files, which hold secrets.
    #[must_use]
    pub fn without(self, disk: &dyn Disk, secrets: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { secrets: secrets.into_iter().map(|file| resolved(disk, &file).unwrap_or(file)).collect(), ..self }
    }

    /// These, and one more.
    #[must_use]
    pub fn and(&self, disk: &dyn Disk, folder: &Path) -> Self {
        let all = self.folders.as_ref().map(|folders| folders.iter().cloned().chain(resolved(disk, folder).ok()).collect());
        Self { folders: all, secrets: Arc::clone(&self.secrets) }
    }

    /// Whether a file may be opened, where all its links lead.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, disk: &dyn Disk, path: &Path) -> Result<(), NotAdmitted> {
        let Some(folders) = &self.folders else { return Ok(()) };
        let real = resolved(disk, path)?;
        let below: Vec<&Path> = folders.iter().filter_map(|folder| real.strip_prefix(folder).ok()).collect();
        // Of folders within each other, the nearest decides: one that is allowed by name may lie in another.
        let Some(rest) = below.iter().min_by_key(|rest| rest.components().count()) else { return Err(NotAdmitted::Outside) };
        match rest {
            _ if self.secrets.contains(&real) => Err(NotAdmitted::Secret),
            rest if has_part(rest, OWN) => Err(NotAdmitted::State),
            rest if has_part(rest, GIT) => Err(NotAdmitted::Git),
            _ => Ok(()),
        }
    }
}

/// Whether a path leads through a folder, in any case of its letters: some file systems ignore it.
fn has_part(path: &Path, name: &str) -> bool {
    path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(name))
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
        for folder in ["project/sub", "project/.counterpart/production", "project/.git", "elsewhere", "shared"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        let files =
            ["project/a.csv", "project/key.pem", "project/.counterpart/production/state.key", "elsewhere/secret.txt", "shared/b.csv"];
        for file in files {
            fs::write(at(file), "x").unwrap();
        }
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(at(to), at(name)).unwrap();
        link("elsewhere/secret.txt", "project/link.csv");
        link("elsewhere", "project/linked");
        link("elsewhere/new.csv", "project/to_nothing.csv");
        link("project/.counterpart", "project/state");
        link("project/a.csv", "project/good.csv");
        link("project/key.pem", "project/linked.pem");
        let host = Host::real();
        let roots = Roots::of(host.disk(), [at("project"), at("shared")]);
        let roots = roots.without(host.disk(), ["project/sub/../linked.pem", "project/later.pem"].map(at));
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
        for git in ["project/.git/config", "project/sub/.git/config", "project/.GIT/config", "shared/.git"] {
            assert_eq!(admitted(git), Err(NotAdmitted::Git), "{git}");
        }
        for secret in ["project/key.pem", "project/linked.pem", "project/sub/../key.pem", "project/later.pem"] {
            assert_eq!(admitted(secret), Err(NotAdmitted::Secret), "{secret}");
            let with_more = roots.and(host.disk(), &at("elsewhere"));
            assert_eq!(with_more.admit(host.disk(), &at(secret)), Err(NotAdmitted::Secret), "{secret}");
        }
        assert_eq!(roots.admit(host.disk(), Path::new("/proc/self/environ")), Err(NotAdmitted::Outside));
        assert_eq!(Roots::default().admit(host.disk(), Path::new("/proc/self/environ")), Ok(()));
    }
}
