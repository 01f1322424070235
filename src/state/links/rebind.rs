//! Links that move with their pipeline to other systems, or to another key, because a person said that they are the same people.

use super::{LinkSetIdentity, Links};
use crate::state::{
    error::StateError,
    facts::set_fact,
    sql::text,
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::params;
use std::collections::HashSet;

/// Links that belong to other systems or to another key by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebound {
    pub before: LinkSetIdentity,
    /// How many links there are.
    pub links: u64,
    /// How many of them have the key that the pipeline has now; none if it is the key that it had.
    pub with_new_key: Option<u64>,
}

/// A record that has another key by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    pub before: String,
    pub after: String,
}

/// What the state knows by the key of a record, beside what was.
const BY_KEY: [&str; 8] = ["links", "effects", "intents", "pending", "pending_steps", "refused", "claims", "decisions"];

/// The name of the fact that a person has not seen yet what the pipeline does with these links.
fn fact_of(set: &str) -> String {
    format!("rebound {set}")
}

/// Whether a link set waits for its first change set after it was bound to other systems; `?1` is its id.
pub(super) const WAITS: &str = "EXISTS (SELECT 1 FROM facts WHERE name = 'rebound ' || ?1)";

impl Store {
    /// Binds the links of a pipeline to the systems and the key that it has now. What earlier reads proved says nothing of the new
    /// systems: counts of absence begin again, and the next read is complete. Links of records with another key move to it with all that
    /// is known of them. `None` if they belong there already.
    ///
    /// # Errors
    /// The database fails.
    pub fn rebind(&self, identity: &LinkSetIdentity, new_keys: &[NewKey], by: &str, now: Timestamp) -> Result<Option<Rebound>, StateError> {
        let id = identity.id();
        let Some(before) = self.other_identity(identity, &id)? else { return Ok(None) };
        // A write whose outcome is not known is looked up under the key that it was sent for.
        let open = self.open_keys(&before.id())?;
        let settled: Vec<NewKey> = new_keys.iter().filter(|new| !open.contains(&new.before)).cloned().collect();
        let moving = moving(&self.links(&before.id())?, &settled);
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
        transaction.move_keys(&id, &moving)?;
        let who = serde_json::json!({ "by": by, "since": now.to_string() });
        set_fact(&transaction.0, &fact_of(&id), &who.to_string())?;
        transaction.commit()?;
        let with_new_key = (before.key != identity.key).then_some(moving.len() as u64);
        Ok(Some(Rebound { before, links: links.unsigned_abs(), with_new_key }))
    }
}

/// The keys as the links have them, without those that another link keeps.
fn moving(links: &Links, new_keys: &[NewKey]) -> Vec<NewKey> {
    let linked = |key: &str| links.of_key(key).map(|link| link.key.clone());
    let mut moving: Vec<NewKey> =
        new_keys.iter().filter_map(|new| Some(NewKey { before: linked(&new.before)?, after: new.after.clone() })).collect();
    // Whoever stays keeps its key, and so does whoever wanted it.
    loop {
        let leaving: HashSet<String> = moving.iter().map(|new| new.before.clone()).collect();
        let count = moving.len();
        moving.retain(|new| linked(&new.after).is_none_or(|taken| leaving.contains(&taken)));
        if moving.len() == count {
            return moving;
        }
    }
}

impl Transaction<'_> {
    /// Gives records another key. Two may exchange theirs, so each gets a name that no record has in between.
    fn move_keys(&self, set: &str, moving: &[NewKey]) -> Result<(), StateError> {
        if moving.is_empty() {
            return Ok(());
        }
        self.0.execute_batch("CREATE TEMP TABLE moving (before TEXT PRIMARY KEY, between_ TEXT UNIQUE, after TEXT NOT NULL)")?;
        {
            let mut insert = self.0.prepare("INSERT INTO moving VALUES (?1, ?2, ?3)")?;
            for (at, NewKey { before, after }) in moving.iter().enumerate() {
                insert.execute(params![before, format!("\u{1}rebind {at}"), after])?;
            }
        }
        for (from, to) in [("before", "between_"), ("between_", "after")] {
            for table in BY_KEY {
                let sql = format!(
                    "UPDATE OR REPLACE {table} SET key = (SELECT {to} FROM moving WHERE {from} = key)
                     WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key IN (SELECT {from} FROM moving)"
                );
                self.0.execute(&sql, [set])?;
            }
        }
        self.0.execute_batch("DROP TABLE moving")?;
        Ok(())
    }

    /// Notes that a person has let the first change set be done since the links were bound to other systems.
    ///
    /// # Errors
    /// The database fails.
    pub fn end_rebind(&self, set: &str) -> Result<(), StateError> {
        self.0.execute("DELETE FROM facts WHERE name = ?1", [fact_of(set)])?;
        Ok(())
    }
}
