//! *Recovery run*: notices a state that is an older copy or has lost its key, in which no run has ended for long, and a clock that is behind.

use crate::state::{
    error::StateError,
    facts::fact,
    sql::{parsed_if_there, text},
    store::{Store, Transaction},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

/// The clocks of two machines that share a state may differ by this much.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
const OLD_COPY: &str = "the state is an older copy: what was done after it was made is not known";
const LOST_KEY: &str = "`state.key` is not the one that this state was written with: which accounts changed hands is not known";
const LOST: &str = "lost key";
/// The beginning of the fact that no run had ended for long, followed by [`Silence::text`].
const SILENT: &str = "silent ";

/// The time in which no run of a link set ended. Whoever puts a whole folder back leaves no other trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Silence {
    /// Why it makes what was done uncertain.
    #[must_use]
    pub fn words(&self) -> String {
        format!("no run ended between {} and {}: the state may be an older copy that was put back", minute(self.from), minute(self.until))
    }

    fn text(&self) -> String {
        format!("{} {}", text(self.from), text(self.until))
    }

    fn parsed(text: &str) -> Option<Self> {
        let (from, until) = text.split_once(' ')?;
        Some(Self { from: from.parse().ok()?, until: until.parse().ok()? })
    }
}

impl Store {
    /// Why it is uncertain what was done before, in sentences; empty if it is certain.
    ///
    /// # Errors
    /// The database fails.
    pub(super) fn recovery(&self, set: &str, now: Timestamp) -> Result<Vec<String>, StateError> {
        let remembered = fact(&self.connection, &fact_of(set))?;
        let lost = remembered.as_ref().filter(|why| *why == LOST).map(|_| LOST_KEY.to_owned());
        let silent = remembered.as_ref().and_then(|why| Silence::parsed(why.strip_prefix(SILENT)?)).map(|silence| silence.words());
        let is_old = self.is_old_copy()? || lost.is_none() && silent.is_none() && remembered.is_some();
        let old = is_old.then(|| OLD_COPY.to_owned());
        let last = self.last_began(set)?;
        let behind = last.filter(|last| now.duration_since(*last) < -CLOCKS_DIFFER);
        let behind = behind.map(|last| {
            format!("the clock of this machine says {}, and the last run began {}: one of the two is wrong", minute(now), minute(last))
        });
        Ok(old.into_iter().chain(lost).chain(silent).chain(behind).collect())
    }

    /// When a run of a link set ended last, whatever came of it.
    ///
    /// # Errors
    /// The database fails.
    pub fn last_ended(&self, set: &str) -> Result<Option<Timestamp>, StateError> {
        let sql = "SELECT max(finished) FROM runs WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        Ok(self.connection.query_row(sql, [set], |row| parsed_if_there(row, 0))?)
    }

    /// Remembers that no run of a link set had ended for long, until a person has approved a run of it; what was sent is uncertain until a
    /// run is applied.
    ///
    /// # Errors
    /// The database fails.
    pub fn remember_silence(&self, set: &str, silence: Silence) -> Result<(), StateError> {
        let why = format!("{SILENT}{}", silence.text());
        self.connection.execute("INSERT OR IGNORE INTO facts VALUES (?1, ?2)", [fact_of(set), why])?;
        crate::state::events::doubt_of(&self.connection, set)
    }

    /// When the last run began, of those since a person last let a held change set of this link set be done: that person saw what the
    /// clock said.
    fn last_began(&self, set: &str) -> Result<Option<Timestamp>, StateError> {
        let sql = "SELECT max(started) FROM runs WHERE finished IS NOT NULL AND number >= coalesce(
                     (SELECT max(number) FROM runs WHERE leaves_approved = 1 AND link_set = (SELECT number FROM link_sets WHERE id = ?1)), 0)";
        Ok(self.connection.query_row(sql, [set], |row| parsed_if_there(row, 0))?)
    }

    /// Remembers for each link set that the state is an older copy, until a person has approved a run of it.
    pub(super) fn remember_old_copy(&self) -> Result<(), StateError> {
        self.connection.execute("INSERT OR IGNORE INTO facts SELECT 'recovery of ' || id, 'older copy' FROM link_sets", [])?;
        Ok(())
    }
}

impl Transaction<'_> {
    /// Ends the doubt about the state of a link set, because a person has approved a run of it.
    ///
    /// # Errors
    /// The database fails.
    pub fn end_recovery(&self, set: &str) -> Result<(), StateError> {
        self.0.execute("DELETE FROM facts WHERE name = ?1", [fact_of(set)])?;
        Ok(())
    }
}

/// Remembers for each link set that the key of its hashes was lost, until a person has approved a run of it.
pub(in crate::state) fn remember_lost_key(connection: &Connection) -> Result<(), StateError> {
    connection.execute("INSERT OR IGNORE INTO facts SELECT 'recovery of ' || id, ?1 FROM link_sets", [LOST])?;
    Ok(())
}

fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn fact_of(set: &str) -> String {
    format!("recovery of {set}")
}
