//! Facts of a database by name: its lineage, its epoch, what its key hashes to.

use super::error::StateError;
use rusqlite::{Connection, OptionalExtension};

pub(super) fn fact(connection: &Connection, name: &str) -> Result<Option<String>, StateError> {
    Ok(connection.query_row("SELECT value FROM facts WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

/// The facts whose name begins with a word, each by the rest of its name.
pub(super) fn facts_of(connection: &Connection, word: &str) -> Result<Vec<(String, String)>, StateError> {
    let mut query = connection.prepare("SELECT substr(name, length(?1) + 1), value FROM facts WHERE substr(name, 1, length(?1)) = ?1")?;
    let found = query.query_map([word], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn set_fact(connection: &Connection, name: &str, value: &str) -> Result<(), StateError> {
    connection.execute("INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", [name, value])?;
    Ok(())
}
