//! Links that move with their pipeline to other systems, or to another key, because a person said that they are the same people.

use super::LinkSetIdentity;
use crate::state::{
    error::StateError,
    facts::set_fact,
    sql::text,
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::params;

/// Links that belong to other systems or to another key by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebound {
    pub before: LinkSetIdentity,
    /// How many links there are.
    pub links: u64,
}

/// The name of the fact that a person has not seen yet what the pipeline does with these links.
fn fact_of(set: &str) -> String {
    format!("rebound {set}")
}

/// Whether a link set waits for its first change set after it was bound to other systems; `?1` is its id.
pub(super) const WAITS: &str = "EXISTS (SELECT 1 FROM facts WHERE name = 'rebound ' || ?1)";

impl Store {
    /// Binds the links of a pipeline to the systems and the key that it has now. What earlier reads proved says nothing of the new
    /// systems: counts of absence begin again, and the next read is complete. `None` if they belong there already.
    ///
    /// # Errors
    /// The database fails.
    pub fn rebind(&self, identity: &LinkSetIdentity, by: &str, now: Timestamp) -> Result<Option<Rebound>, StateError> {
        let id = identity.id();
        let Some(before) = self.other_identity(identity, &id)? else { return Ok(None) };
        let transaction = self.transaction()?;
        let old = before.id();
        let links = transaction.0.query_row(
            "SELECT count(*) FROM links WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)",
            [&old],
            |row| row.get::<_, i64>(0),
        )?;
        // A link set of the new systems that nothing was linked in gives its name away.
        transaction.0.execute("UPDATE link_sets SET id = id || ' before ' || number WHERE id = ?1", [&id])?;
        let sql = "UPDATE link_sets SET id = ?2, key_expression = ?3, source = ?4, target = ?5, since = ?6 WHERE id = ?1";
        transaction.0.execute(sql, params![old, id, identity.key, identity.source, identity.target, text(now)])?;
        let of_set = "link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        transaction
            .0
            .execute(&format!("UPDATE links SET absent_runs = 0, absent_first = NULL, absent_last = NULL WHERE {of_set}"), [&id])?;
        transaction.0.execute(&format!("DELETE FROM cursors WHERE {of_set}"), [&id])?;
        transaction.0.execute("DELETE FROM marks WHERE link_set = ?1", [&old])?;
        let who = serde_json::json!({ "by": by, "since": now.to_string() });
        set_fact(&transaction.0, &fact_of(&id), &who.to_string())?;
        transaction.commit()?;
        Ok(Some(Rebound { before, links: links.unsigned_abs() }))
    }
}

impl Transaction<'_> {
    /// Notes that a person has let the first change set be done since the links were bound to other systems.
    ///
    /// # Errors
    /// The database fails.
    pub fn end_rebind(&self, set: &str) -> Result<(), StateError> {
        self.0.execute("DELETE FROM facts WHERE name = ?1", [fact_of(set)])?;
        Ok(())
    }
}
