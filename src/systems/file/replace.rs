//! Replaces a file completely or not at all.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Replaces the content of a file, or creates it. Readers see either the old or the new content, also after a crash.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = real(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(content)?;
    match fs::metadata(&path) {
        Ok(old) => new.as_file().set_permissions(old.permissions())?,
        Err(_) => readable(&new)?,
    }
    new.as_file().sync_all()?;
    new.persist(&path)?;
    sync_folder(folder)
}

/// The file that a symbolic link points at, so that the link itself is kept.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A temporary file is private, so a new file gets the usual permissions instead.
#[cfg(unix)]
fn readable(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn readable(_: &NamedTempFile) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
