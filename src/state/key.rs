//! The key of keyed hashes: a file beside the database, so that a copy of the database alone gives nobody away.

use super::{StateError, fact, random, set_fact, unusable};
use rusqlite::Connection;
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

const FILE: &str = "state.key";
const CHECK: &str = "key_check";

/// The key of a folder; made if there is none. Bases and events under a key that is lost say nothing any more and are
/// forgotten.
pub(super) fn load(folder: &Path, connection: &Connection) -> Result<[u8; 32], StateError> {
    let key = match read(folder)? {
        Some(key) => key,
        None => make(folder, connection)?,
    };
    let check = blake3::keyed_hash(&key, b"check").to_hex()[..16].to_owned();
    if fact(connection, CHECK)?.as_ref() != Some(&check) {
        connection.execute("UPDATE links SET bases = x''", [])?;
        super::events::forget(connection)?;
        set_fact(connection, CHECK, &check)?;
    }
    Ok(key)
}

fn read(folder: &Path) -> Result<Option<[u8; 32]>, StateError> {
    let path = folder.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => match blake3::Hash::from_hex(text.trim()) {
            Ok(key) => Ok(Some(*key.as_bytes())),
            Err(_) => Err(StateError(format!("`{}` is no key: put a copy of it back, or remove it to begin a new one", path.display()))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(folder, &error)),
    }
}

/// Of two processes that make one at once, the second takes what the first made.
fn make(folder: &Path, connection: &Connection) -> Result<[u8; 32], StateError> {
    let text = random(connection)?;
    let temporary = folder.join(format!("{FILE}.{}", std::process::id()));
    let written = write_private(&temporary, &text).and_then(|()| match fs::hard_link(&temporary, folder.join(FILE)) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let _ = fs::remove_file(&temporary);
    written.map_err(|error| unusable(folder, &error))?;
    read(folder)?.ok_or_else(|| StateError(format!("`{}` vanished while it was made: run again", folder.join(FILE).display())))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}
