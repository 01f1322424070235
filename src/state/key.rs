//! The key of the keyed hashes, in a file next to the database, so that a copy of the database alone can't be used to test
//! guesses about people.

use super::{
    error::{StateError, unusable},
    facts::{fact, set_fact},
};
use crate::host::{Disk, Host};
use rusqlite::Connection;
use std::{
    io::{self, Write as _},
    path::Path,
};

const FILE: &str = "state.key";
const CHECK: &str = "key_check";

/// The key of a folder, created if there is none. Bases and events that were hashed with a lost key can't match any more, so
/// they are deleted, and until a person has approved a run nobody leaves by what is left: whose accounts changed hands is not known.
pub(super) fn load(host: &Host, folder: &Path, connection: &Connection) -> Result<[u8; 32], StateError> {
    let key = match read(host.disk(), folder)? {
        Some(key) => key,
        None => make(host, folder)?,
    };
    let check = blake3::keyed_hash(&key, b"check").to_hex()[..16].to_owned();
    if fact(connection, CHECK)?.as_ref() != Some(&check) {
        connection.execute("UPDATE links SET bases = x''", [])?;
        super::events::forget(connection)?;
        super::runs::remember_lost_key(connection)?;
        set_fact(connection, CHECK, &check)?;
    }
    Ok(key)
}

fn read(disk: &dyn Disk, folder: &Path) -> Result<Option<[u8; 32]>, StateError> {
    let path = folder.join(FILE);
    match disk.read_text(&path) {
        Ok(text) => match blake3::Hash::from_hex(text.trim()) {
            Ok(key) => Ok(Some(*key.as_bytes())),
            Err(_) => Err(StateError::NoKey(path)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(folder, error)),
    }
}

/// If two processes create one at the same time, the second uses the key of the first.
fn make(host: &Host, folder: &Path) -> Result<[u8; 32], StateError> {
    create(host.disk(), folder, &host.random_name()).map_err(|error| unusable(folder, error))?;
    read(host.disk(), folder)?.ok_or_else(|| StateError::KeyVanished(folder.join(FILE)))
}

/// Two threads or processes may do so at once: each writes a temporary file, and the first to finish gets the name.
fn create(disk: &dyn Disk, folder: &Path, text: &str) -> io::Result<()> {
    let mut file = disk.create_temporary(folder)?;
    writeln!(file, "{text}")?;
    match file.publish_new(&folder.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
