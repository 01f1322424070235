//! The disk of this machine.

use super::{About, Access, Disk, FileLock, Kind, Real, TemporaryFile, disk::folder_of, own_folder};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

const NOT_A_PIPE: &str = "it is a pipe or a device, and an ordinary file is needed";

impl Disk for Real {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        not_a_pipe(path)?;
        fs::read(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        not_a_pipe(path)?;
        Ok(Box::new(File::open(path)?))
    }

    fn replace_with(&self, path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let temporary = temporary_in(folder_of(path))?;
        let mut writer = BufWriter::new(temporary.as_file());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        if let Ok(before) = fs::metadata(path)
            && !own_folder::is_own(path)
        {
            fs::set_permissions(temporary.path(), before.permissions())?;
        }
        temporary.as_file().sync_all()?;
        temporary.persist(path)?;
        sync_folder(folder_of(path))
    }

    fn replace_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let folder = folder_of(path);
        own_folder::private(folder)?;
        let mut temporary = self.create_temporary(folder)?;
        temporary.write_all(content)?;
        temporary.publish(path, Access::Owner)
    }

    fn create_temporary(&self, folder: &Path) -> io::Result<Box<dyn TemporaryFile>> {
        Ok(Box::new(Temporary(temporary_in(folder)?)))
    }

    fn clear_left_behind(&self, folder: &Path) {
        own_folder::clear_left_behind(folder);
    }

    fn lock(&self, path: &Path) -> io::Result<FileLock> {
        let file = lock_file(path)?;
        file.lock()?;
        Ok(FileLock::new(file))
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        let file = lock_file(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(FileLock::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        own_folder::make(path)
    }

    fn narrow(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        own_folder::narrow(folder)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        Ok(paths)
    }

    fn about(&self, path: &Path) -> io::Result<About> {
        let about = fs::metadata(path)?;
        let kind = if about.is_file() {
            Kind::File
        } else if about.is_dir() {
            Kind::Folder
        } else {
            Kind::Other
        };
        Ok(About { kind, length: about.len(), modified: about.modified().ok() })
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn is_taken(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok()
    }
}

/// Refuses a pipe or a device before it is opened: opening a pipe waits for its other end, and a device may never end.
/// A missing or inaccessible path is left to the call that opens it, whose error says more.
fn not_a_pipe(path: &Path) -> io::Result<()> {
    let is_other = path.metadata().is_ok_and(|about| !about.is_file() && !about.is_dir());
    if is_other { Err(io::Error::new(io::ErrorKind::InvalidInput, NOT_A_PIPE)) } else { Ok(()) }
}

fn lock_file(path: &Path) -> io::Result<File> {
    not_a_pipe(path)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    for_the_owner(&mut options).open(path)
}

fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let (prefix, suffix) = own_folder::TEMPORARY;
    tempfile::Builder::new().prefix(&format!("{prefix}{}-", std::process::id())).suffix(suffix).tempfile_in(folder)
}

#[cfg(unix)]
fn for_the_owner(options: &mut OpenOptions) -> &OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn for_the_owner(options: &mut OpenOptions) -> &OpenOptions {
    options
}

struct Temporary(NamedTempFile);

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TemporaryFile for Temporary {
    fn publish(self: Box<Self>, path: &Path, access: Access) -> io::Result<()> {
        let file = self.0;
        if access == Access::Inherited && !own_folder::is_own(path) {
            match fs::metadata(path) {
                Ok(old) => file.as_file().set_permissions(old.permissions())?,
                Err(_) => readable_by_group(&file)?,
            }
        }
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync_folder(folder_of(path))
    }

    fn publish_new(self: Box<Self>, path: &Path) -> io::Result<()> {
        self.0.as_file().sync_all()?;
        self.0.persist_noclobber(path)?;
        sync_folder(folder_of(path))
    }
}

#[cfg(unix)]
fn readable_by_group(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn readable_by_group(_: &NamedTempFile) -> io::Result<()> {
    Ok(())
}

/// Makes a new name durable: the sync of a file does not cover its entry in the folder.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
