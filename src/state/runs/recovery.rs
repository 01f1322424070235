//! *Recovery run*: notices a state that is an older copy or has lost its key, and a clock that is behind.

use crate::state::{
    error::StateError,
    facts::fact,
    sql::parsed_if_there,
    store::{Store, Transaction},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

/// The clocks of two machines that share a state may differ by this much.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
const OLD_COPY: &str = "the state is an older copy: what was done after it was made is not known";
const LOST_KEY: &str = "`state.key` is not the one that this state was written with: which accounts changed hands is not known";
const LOST: &str = "lost key";

impl Store {
    /// Why it is uncertain what was done before, in sentences; empty if it is certain.
    ///
    /// # Errors
    /// The database fails.
    pub(super) fn recovery(&self, set: &str, now: Timestamp) -> Result<Vec<String>, StateError> {
        let remembered = fact(&self.connection, &fact_of(set))?;
        let lost = remembered.as_ref().filter(|why| *why == LOST).map(|_| LOST_KEY.to_owned());
        let is_old = self.is_old_copy()? || remembered.is_some_and(|why| why != LOST);
        let old = is_old.then(|| OLD_COPY.to_owned());
        let last = self.last_began(set)?;
        let behind = last.filter(|last| now.duration_since(*last) < -CLOCKS_DIFFER);
        let behind = behind.map(|last| {
            let minute = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
            format!("the clock of this machine says {}, and the last run began {}: one of the two is wrong", minute(now), minute(last))
        });
        Ok(old.into_iter().chain(lost).chain(behind).collect())
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

fn fact_of(set: &str) -> String {
    format!("recovery of {set}")
}
