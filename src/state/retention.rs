//! What is not kept: values and words after 30 days, and all that is known of a person who is forgotten.

use super::{
    error::StateError,
    facts::set_fact,
    sql::text,
    store::{Store, Transaction},
};
use crate::value::key::form;
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use std::collections::HashSet;

/// How long values and words are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The beginning of the facts that name forgotten keys.
const FORGOTTEN: &str = "forgotten ";

/// The keys that a person asked to forget, as keyed hashes.
#[derive(Clone, Debug, Default)]
pub struct Forgotten {
    key: [u8; 32],
    hashes: HashSet<String>,
}

impl Forgotten {
    /// Whether a key of a pipeline is one of them.
    #[must_use]
    pub fn holds(&self, pipeline: &str, key: &str) -> bool {
        !self.hashes.is_empty() && hashes(&self.key, pipeline, key).any(|hash| self.hashes.contains(&hash))
    }
}

/// A record of one pipeline, by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    pub pipeline: String,
    pub key: String,
}

/// How much was removed of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The ids of the accounts that were linked; they stay as they are.
    pub accounts: Vec<String>,
    pub errors: usize,
    /// Other rows that were removed, or whose words were emptied because they named the key.
    pub others: usize,
}

impl Removed {
    /// Adds what was removed of the same person in the other direction, whose accounts are the people of this one.
    pub fn add(&mut self, other: Self) {
        self.errors += other.errors;
        self.others += other.others + other.accounts.len();
    }
}

/// The hash under which a key is forgotten: of its [`form`], so that no other spelling of the key brings the person back.
fn hash(state: &[u8; 32], pipeline: &str, key: &str) -> String {
    hash_as_written(state, pipeline, &form(key))
}

/// The hashes under which a key may be forgotten. Older states have the hash of the key as it was written, and a hash can't be turned
/// into that of another form.
fn hashes(state: &[u8; 32], pipeline: &str, key: &str) -> impl Iterator<Item = String> {
    let older = (form(key) != key).then(|| hash_as_written(state, pipeline, key));
    std::iter::once(hash(state, pipeline, key)).chain(older)
}

fn hash_as_written(state: &[u8; 32], pipeline: &str, key: &str) -> String {
    let mut hasher = blake3::Hasher::new_keyed(state);
    hasher.update(b"forgotten\0").update(pipeline.as_bytes()).update(b"\0").update(key.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Each table that has rows of a key, other than `links` and `errors`. Of `sent`, only hashes are kept.
const TABLES: [&str; 7] = ["claims", "decisions", "effects", "intents", "pending", "pending_steps", "refused"];

/// Texts of other records and of whole runs, which may name a key: in each table, the column, what it is once it is emptied, and which
/// rows belong to a pipeline.
const WORDS: [(&str, &str, &str, &str); 5] = [
    ("decisions", "why", "''", OF_PIPELINE),
    ("errors", "message", "''", "run IN (SELECT number FROM runs WHERE pipeline = ?1)"),
    ("runs", "sentence", "''", "pipeline = ?1"),
    ("intents", "message", "NULL", OF_PIPELINE),
    ("refused", "message", "''", OF_PIPELINE),
];

const OF_PIPELINE: &str = "link_set IN (SELECT number FROM link_sets WHERE pipeline = ?1)";

/// Whether a text names a key: as a word of its own, not as a part of another key.
#[must_use]
pub fn names(text: &str, key: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let alone = |(at, _): (usize, &str)| !part(text[..at].chars().next_back()) && !part(text[at + key.len()..].chars().next());
    !key.is_empty() && text.match_indices(key).any(alone)
}

/// The `GLOB` of texts that name a key, with a blank on both sides of the text. `GLOB` knows only the letters of ASCII: next to another
/// letter, as in `ä41`, it finds the key 41 where [`names`] does not. So it never empties a sentence too few, but perhaps one too many.
fn glob(key: &str) -> String {
    let literal = |c: char| if matches!(c, '*' | '?' | '[') { format!("[{c}]") } else { c.to_string() };
    format!("*[^0-9A-Za-z]{}[^0-9A-Za-z]*", key.chars().map(literal).collect::<String>())
}

impl Store {
    /// The keys that are forgotten.
    ///
    /// # Errors
    /// The database fails.
    pub fn forgotten(&self) -> Result<Forgotten, StateError> {
        let mut statement =
            self.connection.prepare_cached("SELECT substr(name, 11) FROM facts WHERE name >= ?1 AND name < 'forgotten!'")?;
        let hashes = statement.query_map([FORGOTTEN], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Forgotten { key: self.key, hashes })
    }

    /// A record of a pipeline whose key a person has written in any spelling: the key as its link has it, else in the form in which keys
    /// are compared.
    ///
    /// # Errors
    /// The database fails.
    pub fn record(&self, pipeline: &str, key: &str) -> Result<Keyed, StateError> {
        let links = self.links_between(pipeline, None, None)?;
        let linked = links.as_ref().and_then(|links| links.of_key(key)).map(|link| link.key.clone());
        Ok(Keyed { pipeline: pipeline.to_owned(), key: linked.unwrap_or_else(|| form(key).into_owned()) })
    }

    /// A record, and what the other direction of its pipeline knows of the same person: there, the account is the record.
    ///
    /// # Errors
    /// The database fails.
    pub fn same_person(&self, record: &Keyed) -> Result<Vec<Keyed>, StateError> {
        // An account that the other direction links to somebody else by now belongs to that person.
        let sql = "SELECT there.pipeline, links.key FROM links JOIN link_sets AS there ON there.number = link_set
                     JOIN link_sets AS here ON here.number = there.twin WHERE here.pipeline = ?1 AND links.target = ?2
                   UNION
                   SELECT there.pipeline, links.target FROM links JOIN link_sets AS here ON here.number = link_set
                     JOIN link_sets AS there ON there.number = here.twin WHERE here.pipeline = ?1 AND key = ?2
                     AND NOT EXISTS (SELECT 1 FROM links AS theirs WHERE theirs.link_set = there.number AND theirs.key = links.target)";
        let mut statement = self.connection.prepare(sql)?;
        let mut all = vec![record.clone()];
        let mut at = 0;
        while let Some(Keyed { pipeline, key }) = all.get(at).cloned() {
            let others = statement.query_map([pipeline, key], |row| Ok(Keyed { pipeline: row.get(0)?, key: row.get(1)? }))?;
            for other in others {
                let other = other?;
                if !all.contains(&other) {
                    all.push(other);
                }
            }
            at += 1;
        }
        Ok(all)
    }

    /// The pipelines that have the same people as a pipeline and run the other way.
    ///
    /// # Errors
    /// The database fails.
    pub fn other_directions(&self, pipeline: &str) -> Result<Vec<String>, StateError> {
        let sql = "SELECT DISTINCT there.pipeline FROM link_sets AS here JOIN link_sets AS there ON there.number = here.twin
                   WHERE here.pipeline = ?1 ORDER BY 1";
        let mut statement = self.connection.prepare(sql)?;
        let pipelines = statement.query_map([pipeline], |row| row.get(0))?;
        Ok(pipelines.collect::<Result<_, _>>()?)
    }

    /// Whether a request about a record has no known outcome yet.
    ///
    /// # Errors
    /// The database fails.
    pub fn is_under_way(&self, Keyed { pipeline, key }: &Keyed) -> Result<bool, StateError> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM intents WHERE {OF_PIPELINE} AND key = ?2 AND outcome IS NULL)");
        Ok(self.connection.query_row(&sql, [pipeline, key], |row| row.get(0))?)
    }

    /// Lets a forgotten key be planned again, in both directions if it was forgotten in both. The next run reads everything, since no
    /// increment contains a record that has not changed. Returns whether it was forgotten.
    ///
    /// # Errors
    /// The database fails.
    pub fn remember(&self, record: &Keyed) -> Result<bool, StateError> {
        let transaction = self.transaction()?;
        let mut was = false;
        for hash in hashes(&self.key, &record.pipeline, &record.key) {
            was |= transaction.lift(&format!("{FORGOTTEN}{hash}"))?;
        }
        if was {
            let read_everything = "UPDATE cursors SET plan = NULL WHERE link_set IN (SELECT here.number FROM link_sets AS here
                                   LEFT JOIN link_sets AS there ON there.number = here.twin WHERE ?1 IN (here.pipeline, there.pipeline))";
            transaction.0.execute(read_everything, [&record.pipeline])?;
        }
        transaction.commit()?;
        Ok(was)
    }

    /// Overwrites what was deleted: the free pages of the database, and its log.
    ///
    /// # Errors
    /// The database fails, or is in use.
    pub fn scrub(&self) -> Result<(), StateError> {
        self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }
}

impl Transaction<'_> {
    /// Takes names and messages out of errors, and sentences out of runs, that began before a time. Returns the files of change sets
    /// that are as old; none of them can be applied any more.
    ///
    /// # Errors
    /// The database fails.
    pub fn shrink(&self, before: Timestamp) -> Result<Vec<String>, StateError> {
        let before = text(before);
        let errors = "UPDATE errors SET label = NULL, message = ''
                      WHERE (label IS NOT NULL OR message <> '') AND run IN (SELECT number FROM runs WHERE started < ?1)";
        self.0.execute(errors, [&before])?;
        self.0.execute("UPDATE runs SET sentence = '' WHERE sentence <> '' AND started < ?1", [&before])?;
        self.0.execute("UPDATE change_sets SET status = 'superseded' WHERE status IN ('ready', 'held') AND made < ?1", [&before])?;
        let sql = "UPDATE change_sets SET file = '' WHERE file <> '' AND made < ?1 AND status <> 'applying' RETURNING 'changes/' || id || '.jsonl'";
        let mut statement = self.0.prepare(sql)?;
        Ok(statement.query_map([&before], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Removes all that is known of a record, and remembers a keyed hash of it, so that nothing is created for it. `people`: the record,
    /// and what the other direction knows of the same person.
    ///
    /// # Errors
    /// The database fails.
    pub fn forget(&self, state: [u8; 32], people: &[Keyed], by: &str, now: Timestamp) -> Result<Removed, StateError> {
        let mut removed = Removed::default();
        for (at, record) in people.iter().enumerate() {
            let of_this = self.forget_record(record)?;
            if at == 0 {
                removed = of_this;
            } else {
                removed.add(of_this);
            }
            let with =
                people.iter().filter(|other| *other != record).map(|other| hash(&state, &other.pipeline, &other.key)).collect::<Vec<_>>();
            let who = serde_json::json!({ "by": by, "since": now.to_string(), "with": with });
            set_fact(&self.0, &format!("{FORGOTTEN}{}", hash(&state, &record.pipeline, &record.key)), &who.to_string())?;
        }
        Ok(removed)
    }

    /// Removes the fact that a key is forgotten, and those of the same person in the other direction. Returns whether there was one.
    fn lift(&self, name: &str) -> Result<bool, StateError> {
        let with = "DELETE FROM facts WHERE name IN
                    (SELECT ?2 || each.value FROM facts AS own, json_each(own.value, '$.with') AS each WHERE own.name = ?1)";
        self.0.execute(with, [name, FORGOTTEN])?;
        Ok(self.0.execute("DELETE FROM facts WHERE name = ?1", [name])? > 0)
    }

    fn forget_record(&self, Keyed { pipeline, key }: &Keyed) -> Result<Removed, StateError> {
        let mut removed = Removed::default();
        let mut statement = self.0.prepare(&format!("DELETE FROM links WHERE {OF_PIPELINE} AND key = ?2 RETURNING target"))?;
        removed.accounts = statement.query_map([pipeline, key], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for table in TABLES {
            removed.others += self.0.execute(&format!("DELETE FROM {table} WHERE {OF_PIPELINE} AND key = ?2"), [pipeline, key])?;
        }
        self.forget_missing(pipeline, key)?;
        let errors = "DELETE FROM errors WHERE key = ?2 AND run IN (SELECT number FROM runs WHERE pipeline = ?1)";
        removed.errors = self.0.execute(errors, params![pipeline, key])?;
        for (table, column, empty, of) in WORDS {
            let sql = format!("UPDATE {table} SET {column} = {empty} WHERE {of} AND ' ' || {column} || ' ' GLOB ?2");
            removed.others += self.0.execute(&sql, [pipeline, &glob(key)])?;
        }
        // A mark is in the source's own words, so a key in it may be written in any way. Without one the next read is complete.
        let marks = "DELETE FROM marks WHERE link_set IN (SELECT id FROM link_sets WHERE pipeline = ?1)";
        removed.others += self.0.execute(marks, [pipeline])?;
        Ok(removed)
    }

    /// Notes that the file of a change set is gone. One that waited can't be applied any more.
    ///
    /// # Errors
    /// The database fails.
    pub fn without_file(&self, id: &str) -> Result<(), StateError> {
        let sql = "UPDATE change_sets SET file = '', status = CASE WHEN status IN ('ready', 'held') THEN 'superseded' ELSE status END WHERE id = ?1";
        self.0.execute(sql, [id])?;
        Ok(())
    }
}
