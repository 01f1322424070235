//! Approvals: what a person said about a change set that was held. One that approves is a permit for the operations that it names, for a
//! while, and for nothing else.

use super::{
    error::StateError,
    sql::{parsed, parsed_if_there, text},
    store::{Store, Transaction},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeSet;

/// How long runs may use an approval.
pub const GOOD_FOR: SignedDuration = SignedDuration::from_hours(72);

/// What a person said about a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub change_set: String,
    /// It is declined otherwise.
    pub approved: bool,
    /// As in the head of the change set.
    pub binding: String,
    pub lineage: String,
    /// What held it, as [`crate::run::change_set::permit::causes`] names it.
    pub causes: BTreeSet<String>,
    pub by: String,
    pub made: Timestamp,
    /// In the words of the person; may be empty.
    pub why: String,
    /// When runs could no longer use it, and why.
    pub ended: Option<(Timestamp, String)>,
}

impl Approval {
    /// `ada declined it on 2026-03-09: the department stays`
    #[must_use]
    pub fn words(&self) -> String {
        let word = if self.approved { "approved" } else { "declined" };
        let why = if self.why.is_empty() { String::new() } else { format!(": {}", self.why) };
        format!("{} {word} it on {}{why}", self.by, self.made.strftime("%Y-%m-%d %H:%M UTC"))
    }
}

const COLUMNS: &str = "change_set, approved, binding, lineage, causes, made_by, made, why, ended, coalesce(sentence, '')";

impl Store {
    /// The approval of a link set that runs may use, with the hashes of the operations that are not spent yet. An operation is spent by
    /// its request, unless it is proved that nothing came of that.
    ///
    /// # Errors
    /// The database fails.
    pub fn permit(&self, set: &str, now: Timestamp) -> Result<Option<(Approval, BTreeSet<String>)>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM approvals WHERE approved = 1 AND ended IS NULL AND made > ?2
             AND link_set = (SELECT number FROM link_sets WHERE id = ?1) ORDER BY made DESC LIMIT 1"
        );
        let approval = self.connection.query_row(&sql, params![set, text(now - GOOD_FOR)], approval_of).optional()?;
        let Some(approval) = approval else { return Ok(None) };
        let unspent = "SELECT operation FROM approved_operations AS named WHERE change_set = ?1 AND NOT EXISTS (
                         SELECT 1 FROM intents WHERE intents.operation = named.operation AND opened >= ?2
                         AND (outcome IS NULL OR outcome NOT IN ('failed', 'not sent', 'undone', 'conflict')))";
        let mut statement = self.connection.prepare(unspent)?;
        let operations = statement.query_map(params![approval.change_set, text(approval.made)], |row| row.get(0))?;
        let operations = operations.collect::<Result<_, _>>()?;
        Ok(Some((approval, operations)))
    }

    /// What was said about a change set.
    ///
    /// # Errors
    /// The database fails.
    pub fn approval(&self, change_set: &str) -> Result<Option<Approval>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM approvals WHERE change_set = ?1");
        Ok(self.connection.query_row(&sql, [change_set], approval_of).optional()?)
    }

    /// The last approvals of a pipeline, or of all, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn past_approvals(&self, pipeline: Option<&str>, last: usize) -> Result<Vec<Approval>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM approvals JOIN link_sets ON number = link_set
             WHERE pipeline = coalesce(?1, pipeline) ORDER BY made DESC LIMIT ?2"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let all = statement.query_map(params![pipeline, i64::try_from(last).unwrap_or(i64::MAX)], approval_of)?;
        Ok(all.collect::<Result<_, _>>()?)
    }

    /// Says that no run may use an approval any more.
    ///
    /// # Errors
    /// The database fails.
    pub fn end_approval(&self, change_set: &str, why: &str, now: Timestamp) -> Result<(), StateError> {
        let sql = "UPDATE approvals SET ended = ?3, sentence = ?2 WHERE change_set = ?1 AND ended IS NULL";
        self.connection.execute(sql, params![change_set, why, text(now)])?;
        Ok(())
    }
}

impl Transaction<'_> {
    /// Stores what a person said about a change set, with the operations that it names. An earlier approval of the link set ends.
    ///
    /// # Errors
    /// The database fails.
    pub fn approve<'o>(&self, set: &str, approval: &Approval, operations: impl Iterator<Item = &'o str>) -> Result<(), StateError> {
        let Approval { change_set, approved, binding, lineage, causes, by, made, why, .. } = approval;
        let replaced = "UPDATE approvals SET ended = ?2, sentence = 'another decision took its place'
                        WHERE ended IS NULL AND link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        self.0.execute(replaced, params![set, text(*made)])?;
        self.0.execute("DELETE FROM approved_operations WHERE change_set = ?1", [change_set])?;
        let causes: Vec<&String> = causes.iter().collect();
        let causes = serde_json::Value::from(causes.into_iter().cloned().collect::<Vec<_>>()).to_string();
        let sql = "INSERT OR REPLACE INTO approvals (change_set, link_set, approved, binding, lineage, causes, made_by, made, why)
                   SELECT ?2, number, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM link_sets WHERE id = ?1";
        self.0.execute(sql, params![set, change_set, approved, binding, lineage, causes, by, text(*made), why])?;
        let mut statement = self.0.prepare("INSERT OR IGNORE INTO approved_operations VALUES (?1, ?2)")?;
        for operation in operations {
            statement.execute([change_set.as_str(), operation])?;
        }
        Ok(())
    }
}

fn approval_of(row: &Row<'_>) -> rusqlite::Result<Approval> {
    let causes: String = row.get(4)?;
    let ended: Option<Timestamp> = parsed_if_there(row, 8)?;
    let sentence: String = row.get(9)?;
    Ok(Approval {
        change_set: row.get(0)?,
        approved: row.get(1)?,
        binding: row.get(2)?,
        lineage: row.get(3)?,
        // What is not readable names nothing, so that it permits nothing.
        causes: serde_json::from_str(&causes).unwrap_or_default(),
        by: row.get(5)?,
        made: parsed(row, 6)?,
        why: row.get(7)?,
        ended: ended.map(|at| (at, sentence)),
    })
}
