//! The versions of the schema: each is one numbered file of SQL, and a database goes through all that it has not seen.

use super::error::StateError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Marks a database as ours, in its header: `Cntp`.
pub(super) const APPLICATION: i64 = 0x436e_7470;
pub(super) const MIGRATIONS: [&str; 10] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
    include_str!("schema/0008.sql"),
    include_str!("schema/0009.sql"),
    include_str!("schema/0010.sql"),
];

/// Brings a database to the newest version. One that is newer, or not ours, is left as it is.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StateError> {
    let version = checked_version(connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted of a person is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    if version == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    let version = version_of(&transaction)?;
    for sql in MIGRATIONS.iter().skip(version) {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    Ok(transaction.commit()?)
}

fn checked_version(connection: &Connection, path: &Path) -> Result<usize, StateError> {
    let version = version_of(connection)?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let version_is_set = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? != 0;
    if application != APPLICATION && (tables > 0 || application != 0 || version_is_set) {
        return Err(StateError::Foreign(path.to_owned()));
    }
    if version == 0 && tables > 0 {
        return Err(StateError::NoVersion(path.to_owned()));
    }
    if version > MIGRATIONS.len() {
        return Err(StateError::Newer { path: path.to_owned(), schema: version, known: MIGRATIONS.len() });
    }
    Ok(version)
}

fn version_of(connection: &Connection) -> Result<usize, StateError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(0))
}
