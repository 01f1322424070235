//! What `mode append` has sent: 16 bytes of a keyed hash of each event's key, kept for ever.
//!
//! An entry becomes durable together with the intent of its request, so that a crash can't send an event twice. It is deleted
//! only if nothing was sent, or if the event may be sent again under the same id.

use crate::state::{
    error::StateError,
    sql::UnknownWord,
    store::{Store, Transaction},
};
use rusqlite::{
    Connection, OptionalExtension, Row, ToSql, params,
    types::{FromSql, FromSqlError},
};

/// An event in the state: a keyed hash of its key.
pub type EventKey = [u8; 16];

/// The state of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventState {
    /// About to be sent, or sent and not answered.
    Open,
    Sent,
    /// Never to be sent: it is older than the day that the pipeline begins with, or the target has it already.
    Seen,
}

impl EventState {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sent => "sent",
            Self::Seen => "seen",
        }
    }
}

impl ToSql for EventState {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        self.word().to_sql()
    }
}

impl FromSql for EventState {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        Ok(match value.as_str()? {
            "sent" => Self::Sent,
            "seen" => Self::Seen,
            "open" => Self::Open,
            word => return Err(FromSqlError::other(UnknownWord { what: "state of an event", word: word.to_owned() })),
        })
    }
}

/// The events of a link set, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// In the order of their keys.
    all: Vec<(EventKey, EventState)>,
    /// It is uncertain which events were sent: the state is an older copy, or the key of its hashes was lost.
    pub in_doubt: bool,
}

impl Events {
    /// The state of an event.
    #[must_use]
    pub fn state(&self, key: &EventKey) -> Option<EventState> {
        self.all.binary_search_by(|(each, _)| each.cmp(key)).ok().map(|at| self.all[at].1)
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.all.len()
    }
}

impl FromIterator<(EventKey, EventState)> for Events {
    fn from_iter<T: IntoIterator<Item = (EventKey, EventState)>>(all: T) -> Self {
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        Self { all, in_doubt: false }
    }
}

impl Store {
    /// All events of a link set.
    ///
    /// # Errors
    /// The database fails.
    pub fn events(&self, set: &str) -> Result<Events, StateError> {
        let sql = "SELECT key, state FROM sent WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) ORDER BY key";
        let mut statement = self.connection.prepare(sql)?;
        let event = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let all = statement.query_map([set], event)?.collect::<Result<_, _>>()?;
        let in_doubt = self.is_old_copy()? || crate::state::facts::fact(&self.connection, &fact_of(set))?.is_some();
        Ok(Events { all, in_doubt })
    }
}

impl Transaction<'_> {
    /// The state of an event.
    ///
    /// # Errors
    /// The database fails.
    pub fn event(&self, set: &str, key: &EventKey) -> Result<Option<EventState>, StateError> {
        let sql = "SELECT state FROM sent WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2";
        Ok(self.0.prepare_cached(sql)?.query_row(params![set, key], |row| row.get(0)).optional()?)
    }

    /// Sets the state of an event.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_event(&self, set: &str, key: &EventKey, state: EventState, run: i64) -> Result<(), StateError> {
        let sql = "INSERT INTO sent SELECT number, ?2, ?3, ?4 FROM link_sets WHERE id = ?1
                   ON CONFLICT (link_set, key) DO UPDATE SET state = excluded.state, run = excluded.run";
        self.0.prepare_cached(sql)?.execute(params![set, key, state, run])?;
        Ok(())
    }

    /// Deletes an event that was about to be sent.
    ///
    /// # Errors
    /// The database fails.
    pub fn give_event_back(&self, set: &str, key: &EventKey) -> Result<(), StateError> {
        let sql = "DELETE FROM sent WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2 AND state = 'open'";
        self.0.prepare_cached(sql)?.execute(params![set, key])?;
        Ok(())
    }

    /// Ends the uncertainty: a run was carried out, so a person has agreed to it, or nothing was doubtful.
    ///
    /// # Errors
    /// The database fails.
    pub fn trust_events(&self, set: &str) -> Result<(), StateError> {
        self.0.execute("DELETE FROM facts WHERE name = ?1", [fact_of(set)])?;
        Ok(())
    }
}

fn fact_of(set: &str) -> String {
    format!("events of {set}")
}

/// Marks what was sent as uncertain until a run of each link set has been carried out.
pub(in crate::state) fn doubt(connection: &Connection) -> Result<(), StateError> {
    connection.execute("INSERT OR IGNORE INTO facts SELECT 'events of ' || id, 'in doubt' FROM link_sets", [])?;
    Ok(())
}

/// Marks what was sent of one link set as uncertain, until a run of it has been carried out.
pub(in crate::state) fn doubt_of(connection: &Connection, set: &str) -> Result<(), StateError> {
    connection.execute("INSERT OR IGNORE INTO facts VALUES (?1, 'in doubt')", [fact_of(set)])?;
    Ok(())
}

/// Deletes hashes made with a lost key, which match nothing any more. Their sources are read from the beginning.
pub(in crate::state) fn forget(connection: &Connection) -> Result<(), StateError> {
    doubt(connection)?;
    connection.execute_batch("UPDATE cursors SET since = NULL WHERE link_set IN (SELECT link_set FROM sent); DELETE FROM sent")?;
    Ok(())
}
