//! Facts of a database by name: its lineage, its epoch, what its key hashes to.

use super::error::StateError;
use rusqlite::{Connection, OptionalExtension};

pub(super) fn fact(connection: &Connection, name: &str) -> Result<Option<String>, StateError> {
    Ok(connection.query_row("SELECT value FROM facts WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

pub(super) fn set_fact(connection: &Connection, name: &str, value: &str) -> Result<(), StateError> {
    connection.execute("INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", [name, value])?;
    Ok(())
}
