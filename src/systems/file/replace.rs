//! Replaces a file completely or not at all.

use crate::host::{Access, Disk, folder_of};
use std::{io, path::Path};

/// Replaces the content of a file, or creates it. Readers see either the old or the new content, also after a crash.
pub fn replace(disk: &dyn Disk, path: &Path, content: &[u8]) -> io::Result<()> {
    // A symbolic link is kept: the file that it points at is replaced.
    let path = disk.real_path(path).unwrap_or_else(|_| path.to_path_buf());
    disk.clear_left_behind(folder_of(&path));
    let mut new = disk.create_temporary(folder_of(&path))?;
    new.write_all(content)?;
    new.publish(&path, Access::Inherited)
}
