//! The folder `.counterpart`: its owner's alone, and ignored by git, from its creation.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// The name of the folder of the state.
pub const NAME: &str = ".counterpart";

/// Temporary files are called `.counterpart-PROCESS-….tmp`, so that one that a killed process left behind is recognised.
pub const TEMPORARY: (&str, &str) = (".counterpart-", ".tmp");

/// No write takes so long.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// So long a file is left alone whose process is not of this machine: the folder may be on a network drive.
const ANOTHER_MACHINE: Duration = Duration::from_secs(60);

/// Creates a folder and those above it. In `.counterpart` they are its owner's alone, with a `.gitignore`, because the folder holds
/// names, keys and written values.
///
/// # Errors
/// The system's error.
pub fn make(folder: &Path) -> io::Result<()> {
    let Some(own) = own(folder) else { return fs::create_dir_all(folder) };
    if let Some(above) = own.parent().filter(|above| !above.as_os_str().is_empty()) {
        fs::create_dir_all(above)?;
    }
    private(folder)?;
    let ignored = own.join(".gitignore");
    if ignored.exists() {
        return Ok(());
    }
    fs::write(&ignored, "*\n")?;
    take_rights(&ignored, &fs::metadata(&ignored)?)
}

/// Whether a path is in `.counterpart`.
pub fn is_own(path: &Path) -> bool {
    own(path).is_some()
}

fn own(path: &Path) -> Option<&Path> {
    path.ancestors().find(|above| above.file_name().is_some_and(|name| name == NAME))
}

/// Takes away the rights that others have in a folder and below it, and removes temporary files that a killed process left behind.
/// Returns what was narrowed.
///
/// # Errors
/// The system's error.
pub fn narrow(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut narrowed = Vec::new();
    if folder.is_dir() {
        narrow_below(folder, &mut narrowed)?;
    }
    Ok(narrowed)
}

fn narrow_below(path: &Path, narrowed: &mut Vec<PathBuf>) -> io::Result<()> {
    let about = match fs::symlink_metadata(path) {
        // A file may go at any time: another process removes its temporary files.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?,
    };
    if about.is_symlink() {
        return Ok(());
    }
    if about.is_file() && is_left_behind(path, &about) {
        return fs::remove_file(path);
    }
    if is_wide(&about) {
        take_rights(path, &about)?;
        narrowed.push(path.to_owned());
    }
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            narrow_below(&entry?.path(), narrowed)?;
        }
    }
    Ok(())
}

/// Removes the temporary files that killed processes left in a folder with files of others.
pub fn clear_left_behind(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_one = fs::symlink_metadata(&path).is_ok_and(|about| about.is_file() && is_left_behind(&path, &about));
        // One that stays is tried again by the next write.
        let _ = is_one.then(|| fs::remove_file(&path));
    }
}

fn is_left_behind(path: &Path, about: &fs::Metadata) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let age = about.modified().ok().and_then(|modified| modified.elapsed().ok());
    let Some(rest) = name.strip_prefix(TEMPORARY.0).and_then(|rest| rest.strip_suffix(TEMPORARY.1)) else { return false };
    let dead = rest.split_once('-').and_then(|(process, _)| process.parse().ok()).is_some_and(has_ended);
    age.is_some_and(|age| age > LEFT_BEHIND || dead && age > ANOTHER_MACHINE)
}

/// Whether a process of this machine has ended. Elsewhere than on Linux nothing says so, and the age decides.
fn has_ended(process: u32) -> bool {
    cfg!(target_os = "linux") && Path::new("/proc/self").exists() && !Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(unix)]
fn is_wide(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
fn take_rights(path: &Path, about: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(about.permissions().mode() & 0o700))
}

#[cfg(not(unix))]
fn is_wide(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn take_rights(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Creates a folder and those above it, for the owner alone.
#[cfg(unix)]
pub fn private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub fn private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creation_ignores_the_folder_once_and_nothing_else() {
        let here = tempfile::tempdir().unwrap();
        make(&here.path().join("other")).unwrap();
        make(&here.path().join(".counterpart/production/changes")).unwrap();
        let file = here.path().join(".counterpart/.gitignore");
        assert_eq!(fs::read_to_string(&file).unwrap(), "*\n");
        assert!(!here.path().join("other/.gitignore").exists() && !here.path().join(".gitignore").exists());
        fs::write(&file, "# mine\n").unwrap();
        make(&here.path().join(".counterpart/sandbox")).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_read_is_narrowed_and_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let here = tempfile::tempdir().unwrap();
        let (own, elsewhere) = (here.path().join(".counterpart"), here.path().join("elsewhere"));
        fs::create_dir_all(own.join("production")).unwrap();
        let wide = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for file in [own.join("production/state.db"), elsewhere.clone()] {
            fs::write(&file, "x").unwrap();
            wide(&file, 0o644);
        }
        std::os::unix::fs::symlink(&elsewhere, own.join("link")).unwrap();
        wide(&own, 0o755);
        wide(&own.join("production"), 0o700);
        assert_eq!(narrow(&own).unwrap(), [own.clone(), own.join("production/state.db")]);
        assert_eq!(narrow(&own).unwrap(), [] as [PathBuf; 0]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&own), mode(&own.join("production/state.db")), mode(&elsewhere)], [0o700, 0o600, 0o644]);
    }

    #[test]
    fn what_a_killed_process_left_behind_is_removed_after_a_day() {
        let here = tempfile::tempdir().unwrap();
        let own = here.path().join(".counterpart");
        make(&own).unwrap();
        let (old, young) = (own.join(".counterpart-old.tmp"), own.join(".counterpart-young.tmp"));
        for (file, age) in [(&old, 2 * LEFT_BEHIND), (&young, Duration::ZERO)] {
            fs::write(file, "x").unwrap();
            fs::File::options().write(true).open(file).unwrap().set_modified(std::time::SystemTime::now() - age).unwrap();
        }
        narrow(&own).unwrap();
        assert!(!old.exists() && young.exists());
    }

    #[test]
    fn what_a_killed_process_left_beside_a_target_is_removed() {
        let here = tempfile::tempdir().unwrap();
        let put = |name: String, age: Duration| {
            let file = here.path().join(name);
            fs::write(&file, "x").unwrap();
            fs::File::options().write(true).open(&file).unwrap().set_modified(std::time::SystemTime::now() - age).unwrap();
            file
        };
        let (hour, own) = (Duration::from_secs(3600), std::process::id());
        let dead = u32::MAX;
        let gone = [put(".counterpart-x.tmp".into(), 2 * LEFT_BEHIND), put(format!(".counterpart-{dead}-x.tmp"), hour)];
        let kept = [
            put(".counterpart-x.txt".into(), 2 * LEFT_BEHIND),
            put("people.jsonl".into(), 2 * LEFT_BEHIND),
            put("other.tmp".into(), 2 * LEFT_BEHIND),
            put(".counterpart-y.tmp".into(), hour),
            put(format!(".counterpart-{own}-x.tmp"), hour),
            put(format!(".counterpart-{dead}-y.tmp"), Duration::ZERO),
        ];
        clear_left_behind(here.path());
        assert!(!gone[0].exists());
        assert_eq!(gone[1].exists(), !cfg!(target_os = "linux"));
        assert!(kept.iter().all(|file| file.exists()));
        clear_left_behind(&here.path().join("missing"));
    }
}
