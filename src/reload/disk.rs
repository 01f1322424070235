//! Pipeline files on the disk.

use crate::check::{LoadError, Loader};
use std::{fs, io, path::Path};

/// A pipeline file is text that people write: more than this is something else.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The loader of every command.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Loader for Disk {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        let size = fs::metadata(path).map_err(|error| refused(&error))?;
        if size.is_dir() {
            return Err(LoadError::Unreadable("it is a folder".to_owned()));
        }
        if size.len() > LARGEST {
            return Err(LoadError::Unreadable(format!("it has {} MB, and a pipeline file has at most 4", size.len() / 1024 / 1024)));
        }
        let bytes = fs::read(path).map_err(|error| refused(&error))?;
        String::from_utf8(bytes).map_err(|error| LoadError::NotUtf8(error.utf8_error().valid_up_to()))
    }
}

fn refused(error: &io::Error) -> LoadError {
    match error.kind() {
        io::ErrorKind::NotFound => LoadError::NotFound,
        io::ErrorKind::PermissionDenied => LoadError::Unreadable("permission is denied".to_owned()),
        _ => LoadError::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_text_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("latin"), b"caf\xe9").unwrap();
        assert_eq!(Disk.load(&path("none")), Err(LoadError::NotFound));
        assert_eq!(Disk.load(&path("latin")), Err(LoadError::NotUtf8(3)));
        assert_eq!(Disk.load(folder.path()), Err(LoadError::Unreadable("it is a folder".to_owned())));
    }
}
