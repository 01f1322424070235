//! Refresh tokens that a system has renewed, kept between runs, because the renewal invalidated the one in the configuration.

#![expect(clippy::disallowed_methods, reason = "a refresh token is locked between processes, and made room for before it is spent")]

use crate::host::{not_a_pipe, own_folder};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;
use url::Url;

/// Where the refresh token of one client of one system is kept: a file that only its owner can read.
#[derive(Clone, Debug)]
pub struct RefreshTokenStore {
    file: PathBuf,
}

/// What the file holds.
#[derive(Deserialize, Serialize)]
struct Content {
    /// A digest of the configured token that this one came from. If another one is configured later, that one is used.
    configured: String,
    refresh_token: String,
}

/// The right to use the refresh token: if two processes renewed one token at the same time, both would lose it.
pub struct HeldRefreshToken {
    file: PathBuf,
    /// Created in advance, so that an unwritable folder is noticed before the old token is used up.
    next: NamedTempFile,
    _lock: File,
}

impl RefreshTokenStore {
    /// In a folder, by the system, the client and the address of the token.
    pub fn new(folder: &Path, system: &str, client: &str, address: &Url) -> Self {
        let digest = blake3::hash(format!("{system}\n{client}\n{address}").as_bytes()).to_hex();
        Self { file: folder.join(format!("{system}-{}.json", &digest[..12])) }
    }

    /// Waits for other processes that use it.
    ///
    /// # Errors
    /// What is wrong with the folder, worded to follow "the refresh token of `arlo`".
    pub async fn lock(&self) -> Result<HeldRefreshToken, String> {
        let file = self.file.clone();
        let held = tokio::task::spawn_blocking(move || lock(&file)).await.map_err(io::Error::other).and_then(|held| held);
        held.map_err(|error| self.unusable_store(&error))
    }

    fn unusable_store(&self, error: &io::Error) -> String {
        format!("can't be kept in `{}`, so it was not used: {error}", self.file.display())
    }
}

fn lock(file: &Path) -> io::Result<HeldRefreshToken> {
    let folder = file.parent().unwrap_or(Path::new("."));
    own_folder::make(folder)?;
    let path = file.with_extension("lock");
    not_a_pipe(&path)?;
    let lock = File::options().create(true).truncate(false).write(true).open(path)?;
    lock.lock()?;
    Ok(HeldRefreshToken { file: file.to_owned(), next: NamedTempFile::new_in(folder)?, _lock: lock })
}

impl HeldRefreshToken {
    /// The refresh token to use: the stored one, unless another was configured since.
    ///
    /// # Errors
    /// The file can't be read, or does not hold one.
    pub fn current(&self, configured: &str) -> Result<String, String> {
        let text = match not_a_pipe(&self.file).and_then(|()| fs::read(&self.file)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(configured.to_owned()),
            Err(error) => return Err(format!("can't be read from `{}`: {error}", self.file.display())),
        };
        let store: Content = serde_json::from_slice(&text)
            .map_err(|_| format!("can't be read from `{}`: remove the file to begin with the configured one again", self.file.display()))?;
        Ok(if store.configured == digest(configured) { store.refresh_token } else { configured.to_owned() })
    }

    /// Stores the new token; it is on disk when this returns.
    ///
    /// # Errors
    /// It could not be written, and the old one may be worth nothing any more.
    pub fn keep(mut self, configured: &str, token: &str) -> Result<(), String> {
        let content = Content { configured: digest(configured), refresh_token: token.to_owned() };
        let written = serde_json::to_vec(&content).map_err(io::Error::from).and_then(|bytes| {
            self.next.write_all(&bytes)?;
            self.next.as_file().sync_all()?;
            self.next.persist(&self.file)?;
            File::open(self.file.parent().unwrap_or(Path::new(".")))?.sync_all()
        });
        written.map_err(|error| {
            format!("was renewed and can't be kept in `{}`: {error}; it may be lost: give consent again", self.file.display())
        })
    }
}

fn digest(token: &str) -> String {
    blake3::hash(token.trim().as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_renewed_token_is_used_until_another_is_configured() {
        let folder = tempfile::tempdir().unwrap();
        let store = RefreshTokenStore::new(&folder.path().join("tokens"), "arlo", "id", &"https://acme.arlo.co/token".parse().unwrap());
        let current = async |configured: &str| store.lock().await.unwrap().current(configured).unwrap();
        assert_eq!(current("R0").await, "R0");
        store.lock().await.unwrap().keep("R0", "R1").unwrap();
        assert_eq!((current("R0").await.as_str(), current("R7").await.as_str()), ("R1", "R7"));
        let text = fs::read_to_string(&store.file).unwrap();
        assert!(!text.contains("R0") && text.contains("R1"), "{text}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = RefreshTokenStore::new(folder.path(), "arlo", "id", &"https://acme.arlo.co/token".parse().unwrap());
        store.lock().await.unwrap().keep("R0", "R1").unwrap();
        assert_eq!(fs::metadata(&store.file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn one_at_a_time_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = RefreshTokenStore::new(folder.path(), "arlo", "id", &"https://acme.arlo.co/token".parse().unwrap());
        let first = store.lock().await.unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.lock().await.unwrap().current("R0") }
        });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        first.keep("R0", "R1").unwrap();
        assert_eq!(waiting.await.unwrap(), Ok("R1".to_owned()));
    }

    #[tokio::test]
    async fn what_can_t_be_kept_is_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let store = RefreshTokenStore::new(&file, "arlo", "id", &"https://acme.arlo.co/token".parse().unwrap());
        assert!(store.lock().await.err().unwrap().contains("so it was not used"));
        let store = RefreshTokenStore { file: folder.path().join("broken.json") };
        fs::write(&store.file, "{").unwrap();
        assert!(store.lock().await.unwrap().current("R0").unwrap_err().contains("remove the file"));
    }
}
