//! What earlier applied runs of a link set did, which guards compare with. Held and incomplete runs are left out: one bad run
//! must not become the norm.

use super::read_files::ReadFiles;
use crate::state::{
    error::StateError,
    missing::MissingAccounts,
    sql::{parsed, text},
    store::Store,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// What earlier applied runs of a link set did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baselines {
    /// The number of the last applied run.
    pub last_applied: Option<i64>,
    /// The hash that covers the plan of the last applied run with its files, tables and settings.
    pub binding: Option<String>,
    /// The highest count of records read by an applied run of the last 30 days; if there is none, the last one, however old. A person who
    /// approves a source that has shrunk restarts the count.
    pub highest_read: Option<u64>,
    /// From the last applied run that read the whole source and found records in it: the number of records, and of those with a value at each path.
    pub present: Option<Present>,
    /// The files that the last applied run read, of collections that are the newest of several files.
    pub files: ReadFiles,
    /// Applied and stopped runs since the given instant, the oldest first.
    pub runs: Vec<AppliedRun>,
    /// What the last applied run that read the whole source depended on besides its records.
    pub reading: Option<String>,
    /// Why it is uncertain what was done before: the state is an older copy, or the clock runs behind it.
    pub recovery: Vec<String>,
    /// Accounts that were missing in the last run that looked for them.
    pub missing: MissingAccounts,
}

/// How many records a run read, and in how many of them each attribute was there.
pub type Present = (u64, BTreeMap<String, u64>);

/// What one run did to accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppliedRun {
    pub at: Timestamp,
    /// How many left, without those whose leave a person approved.
    pub left: u64,
    pub returned: u64,
    /// Open links at its start, or at its end if there were more.
    pub open: u64,
}

impl Store {
    /// The baselines of a link set at an instant; runs back to `since`.
    ///
    /// # Errors
    /// The database fails.
    pub fn baselines(&self, set: &str, now: Timestamp, since: Timestamp) -> Result<Baselines, StateError> {
        Ok(Baselines {
            highest_read: self.highest_read_lately(set, now)?,
            runs: self.runs_since(set, since)?,
            last_applied: self.last_applied_of(set)?,
            binding: self.last_binding(set)?,
            present: self.last_present(set)?,
            files: self.read_files(set)?,
            reading: self.last_reading(set)?,
            recovery: self.recovery(set, now)?,
            missing: self.missing_accounts(set)?,
        })
    }

    /// The most records that an applied run has read of late, of those that read the whole source.
    ///
    /// # Errors
    /// The database fails.
    pub fn highest_read_lately(&self, set: &str, now: Timestamp) -> Result<Option<u64>, StateError> {
        let highest = self.highest_read(set, now - SignedDuration::from_hours(30 * 24))?;
        if highest.is_some() { Ok(highest) } else { Ok(self.last_present(set)?.map(|(read, _)| read)) }
    }

    fn last_applied_of(&self, set: &str) -> Result<Option<i64>, StateError> {
        let sql = "SELECT max(number) FROM runs WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND applied = 1";
        Ok(self.connection.query_row(sql, [set], |row| row.get(0))?)
    }

    fn last_binding(&self, set: &str) -> Result<Option<String>, StateError> {
        let sql = "SELECT binding FROM runs
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND applied = 1 ORDER BY number DESC LIMIT 1";
        Ok(self.connection.query_row(sql, [set], |row| row.get(0)).optional()?)
    }

    fn last_reading(&self, set: &str) -> Result<Option<String>, StateError> {
        let sql = "SELECT reading FROM runs
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND applied = 1 AND whole = 1 AND reading <> ''
                   ORDER BY number DESC LIMIT 1";
        Ok(self.connection.query_row(sql, [set], |row| row.get(0)).optional()?)
    }

    fn last_present(&self, set: &str) -> Result<Option<Present>, StateError> {
        let sql = "SELECT read, present FROM runs
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND applied = 1 AND whole = 1 AND read > 0
                   ORDER BY number DESC LIMIT 1";
        let last = |row: &Row<'_>| Ok((row.get(0)?, serde_json::from_str(row.get_ref(1)?.as_str()?).unwrap_or_default()));
        Ok(self.connection.query_row(sql, [set], last).optional()?)
    }

    fn highest_read(&self, set: &str, since: Timestamp) -> Result<Option<u64>, StateError> {
        let sql = "WITH reads AS (SELECT number, read, started, source_approved FROM runs
                     WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND applied = 1 AND whole = 1 AND read > 0)
                   SELECT max(read) FROM reads
                   WHERE started >= ?2 AND number >= coalesce((SELECT max(number) FROM reads WHERE source_approved = 1), 0)";
        Ok(self.connection.query_row(sql, params![set, text(since)], |row| row.get(0))?)
    }

    /// Stopped runs are included: people who left before the stop have left. So are runs that were killed, and leaves whose outcome a
    /// later run found out: the journal has the run that sent a request, and the link when it was settled. Left out is whoever a person
    /// decided about by name.
    fn runs_since(&self, set: &str, since: Timestamp) -> Result<Vec<AppliedRun>, StateError> {
        let sql = "WITH own AS (SELECT number FROM link_sets WHERE id = ?1),
                     named AS (SELECT key, made FROM decisions WHERE link_set = (SELECT number FROM own) AND choice = 'leave'),
                     gone AS (SELECT intents.run AS run, count(DISTINCT intents.key) AS people,
                         count(DISTINCT iif(EXISTS (SELECT 1 FROM named WHERE named.key = intents.key AND made <= settled), intents.key, NULL)) AS decided
                       FROM intents JOIN links
                       ON links.link_set = intents.link_set AND links.key = intents.key AND links.stage_done = intents.settled
                       WHERE intents.link_set = (SELECT number FROM own) AND outcome = 'done' AND life <> 'open' GROUP BY intents.run)
                   SELECT started, iif(leaves_approved = 1, 0, max(0, max(left_, coalesce(people, 0)) - coalesce(decided, 0))), returned, open_links
                   FROM runs LEFT JOIN gone ON gone.run = number
                   WHERE link_set = (SELECT number FROM own) AND started >= ?2 AND (applied = 1 OR left_ > 0 OR returned > 0 OR people > 0)
                   ORDER BY number";
        let mut statement = self.connection.prepare(sql)?;
        let run = |row: &Row<'_>| Ok(AppliedRun { at: parsed(row, 0)?, left: row.get(1)?, returned: row.get(2)?, open: row.get(3)? });
        let runs = statement.query_map(params![set, text(since)], run)?;
        Ok(runs.collect::<Result<_, _>>()?)
    }
}
