//! Renewed refresh tokens, kept between runs because the renewal invalidates the configured one.

use crate::host::{Access, FileLock, Host, TemporaryFile, folder_of};
use serde::{Deserialize, Serialize};
use std::{
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};
use tokio::sync::oneshot;
use url::Url;

/// Stores the refresh token of one client of one system in a file that only its owner can read.
#[derive(Clone, Debug)]
pub struct RefreshTokenStore {
    host: Host,
    file: PathBuf,
}

/// The content of the file.
#[derive(Deserialize, Serialize)]
struct Content {
    /// A digest of the configured token that this one was renewed from. If another token is configured later, that one is used.
    configured: String,
    refresh_token: String,
}

/// The right to use the refresh token: if two processes renewed one token at the same time, both would lose it.
pub struct LockedRefreshToken {
    host: Host,
    file: PathBuf,
    /// Created in advance, so that an unwritable folder is noticed before the old token is used up.
    next: Box<dyn TemporaryFile>,
    _lock: FileLock,
}

/// Why a refresh token can't be stored or read, worded to follow "the refresh token of `arlo`".
#[derive(Debug, thiserror::Error)]
pub enum RefreshTokenError {
    #[error("can't be kept in `{}`, so it was not used: {error}", file.display())]
    NotUsed {
        file: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("can't be read from `{}`: {error}", file.display())]
    Unreadable {
        file: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("can't be read from `{}`: remove the file to begin with the configured one again", file.display())]
    Damaged {
        file: PathBuf,
        #[source]
        error: serde_json::Error,
    },
    #[error("was renewed and can't be kept in `{}`: {error}; it may be lost: give consent again", file.display())]
    NotKept {
        file: PathBuf,
        #[source]
        error: io::Error,
    },
}

impl RefreshTokenStore {
    /// The file in a folder for a system, a client and a token endpoint.
    pub fn new(host: &Host, folder: &Path, system: &str, client: &str, address: &Url) -> Self {
        let digest = blake3::hash(format!("{system}\n{client}\n{address}").as_bytes()).to_hex();
        Self { host: host.clone(), file: folder.join(format!("{system}-{}.json", &digest[..12])) }
    }

    /// Takes the right to use the token, and waits for other processes that have it.
    ///
    /// # Errors
    /// The folder can't be written.
    pub async fn lock(&self) -> Result<LockedRefreshToken, RefreshTokenError> {
        let (sender, locked) = oneshot::channel();
        let store = self.clone();
        self.host.spawn_blocking(Box::new(move || {
            // If the caller was cancelled, the lock is released with what is dropped here.
            let _ = sender.send(store.lock_now());
        }));
        let locked = locked.await.map_err(io::Error::other).and_then(|locked| locked);
        locked.map_err(|error| RefreshTokenError::NotUsed { file: self.file.clone(), error })
    }

    fn lock_now(self) -> io::Result<LockedRefreshToken> {
        let (disk, folder) = (self.host.disk(), folder_of(&self.file));
        disk.make_folder(folder)?;
        let lock = disk.lock(&self.file.with_extension("lock"))?;
        let next = disk.create_temporary(folder)?;
        Ok(LockedRefreshToken { host: self.host, file: self.file, next, _lock: lock })
    }
}

impl LockedRefreshToken {
    /// The refresh token to use: the stored one, unless another was configured since.
    ///
    /// # Errors
    /// The file can't be read, or contains no token.
    pub fn current(&self, configured: &str) -> Result<String, RefreshTokenError> {
        let text = match self.host.disk().read(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(configured.to_owned()),
            Err(error) => return Err(RefreshTokenError::Unreadable { file: self.file.clone(), error }),
        };
        let stored: Content =
            serde_json::from_slice(&text).map_err(|error| RefreshTokenError::Damaged { file: self.file.clone(), error })?;
        Ok(if stored.configured == digest(configured) { stored.refresh_token } else { configured.to_owned() })
    }

    /// Stores the new token durably.
    ///
    /// # Errors
    /// It can't be written, and the old one may be invalid by now.
    pub fn store(mut self, configured: &str, token: &str) -> Result<(), RefreshTokenError> {
        let content = Content { configured: digest(configured), refresh_token: token.to_owned() };
        let written = serde_json::to_vec(&content).map_err(io::Error::from).and_then(|bytes| {
            self.next.write_all(&bytes)?;
            self.next.publish(&self.file, Access::Owner)
        });
        written.map_err(|error| RefreshTokenError::NotKept { file: self.file, error })
    }
}

fn digest(token: &str) -> String {
    blake3::hash(token.trim().as_bytes()).to_hex().to_string()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at the files on the disk")]
mod tests {
    use super::*;
    use std::fs;

    fn store_in(folder: &Path) -> RefreshTokenStore {
        RefreshTokenStore::new(&Host::real(), folder, "arlo", "id", &"https://acme.arlo.co/token".parse().unwrap())
    }

    #[tokio::test]
    async fn the_renewed_token_is_used_until_another_is_configured() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(&folder.path().join("tokens"));
        let current = async |configured: &str| store.lock().await.unwrap().current(configured).unwrap();
        assert_eq!(current("R0").await, "R0");
        store.lock().await.unwrap().store("R0", "R1").unwrap();
        assert_eq!((current("R0").await.as_str(), current("R7").await.as_str()), ("R1", "R7"));
        let text = fs::read_to_string(&store.file).unwrap();
        assert!(!text.contains("R0") && text.contains("R1"), "{text}");
    }

    #[tokio::test]
    async fn the_disk_of_the_host_is_the_only_one() {
        let machine = crate::host::simulation::Simulation::at("2026-03-02T09:00:00Z");
        let address = "https://acme.arlo.co/token".parse().unwrap();
        let store = RefreshTokenStore::new(&machine.host(), &machine.folder().join("tokens"), "arlo", "id", &address);
        store.lock().await.unwrap().store("R0", "R1").unwrap();
        let locked = store.lock().await.unwrap();
        assert_eq!(locked.current("R0").unwrap(), "R1");
        assert!(store.lock().await.is_err(), "the lock is taken, and a simulation of one thread does not wait for itself");
        assert!(!Host::real().disk().is_taken(machine.folder()));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path());
        store.lock().await.unwrap().store("R0", "R1").unwrap();
        assert_eq!(fs::metadata(&store.file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn one_at_a_time_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path());
        let first = store.lock().await.unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.lock().await.unwrap().current("R0") }
        });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        first.store("R0", "R1").unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), "R1");
    }

    #[tokio::test]
    async fn what_can_t_be_kept_is_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let store = store_in(&file);
        assert!(store.lock().await.err().unwrap().to_string().contains("so it was not used"));
        let store = RefreshTokenStore { host: Host::real(), file: folder.path().join("broken.json") };
        fs::write(&store.file, "{").unwrap();
        assert!(store.lock().await.unwrap().current("R0").unwrap_err().to_string().contains("remove the file"));
    }
}
