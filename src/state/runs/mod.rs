//! The history: one row for each run, from its beginning.

pub mod baselines;
pub mod change_sets;
pub mod cursors;
pub mod errors;
mod interrupted;
pub mod read_files;
mod recovery;

pub use recovery::Silence;
pub(super) use recovery::remember_lost_key;

use crate::state::{
    error::StateError,
    lease::Lease,
    links::LinkSetIdentity,
    sql::{UnknownWord, parsed, parsed_if_there, text},
    store::Store,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};
use std::{collections::BTreeMap, str::FromStr};

/// Settled entries of the journal are forgotten after this.
const JOURNAL_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A run that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    pub identity: &'a LinkSetIdentity,
    /// The execution plan.
    pub plan: &'a str,
    /// Of the execution plan with its files, tables and settings.
    pub binding: &'a str,
    /// A person, or `schedule`.
    pub by: &'a str,
    pub started: Timestamp,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunResult {
    /// It has not.
    Running,
    Done,
    SomeFailed,
    NothingToDo,
    /// Held by a guard, or waiting to be published.
    Held,
    /// Sign-in, network, too many failures.
    Stopped,
    /// An `apply` of a change set that can't be applied: nothing was done.
    Refused,
    /// A read was not complete, and nothing was written.
    Incomplete,
    /// By a person, or the process died.
    Interrupted,
}

impl RunResult {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Running, "running"),
        (Self::Done, "done"),
        (Self::SomeFailed, "some failed"),
        (Self::NothingToDo, "nothing to do"),
        (Self::Held, "held"),
        (Self::Stopped, "stopped"),
        (Self::Refused, "refused"),
        (Self::Incomplete, "read incomplete"),
        (Self::Interrupted, "interrupted"),
    ];

    /// As history shows it.
    ///
    /// # Panics
    /// Never: each result has a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(each, _)| *each == self).map(|(_, word)| *word).expect("each result has a word")
    }

    /// Whether the change set was carried out, so that later runs compare with this one.
    #[must_use]
    pub const fn is_applied(self) -> bool {
        matches!(self, Self::Done | Self::SomeFailed | Self::NothingToDo)
    }
}

impl FromStr for RunResult {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|(_, each)| *each == word);
        known.map(|(result, _)| *result).ok_or_else(|| UnknownWord { what: "result of a run", word: word.to_owned() })
    }
}

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    pub read: u64,
    pub created: u64,
    /// Events, of an `append` pipeline.
    pub sent: u64,
    pub updated: u64,
    pub left: u64,
    pub returned: u64,
    pub failed: u64,
    /// Sent, and what became of it is not known.
    pub not_known: u64,
    pub needs_attention: u64,
    /// Open links at its start, or at its end if there were more.
    pub open_links: u64,
}

impl RunCounts {
    /// Operations that were sent and are not known to have been done.
    #[must_use]
    pub const fn not_done(&self) -> u64 {
        self.failed + self.not_known
    }
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub struct FinishedRun<'a> {
    pub finished: Timestamp,
    pub result: RunResult,
    pub counts: RunCounts,
    pub change_set: Option<&'a str>,
    /// The number of source records with a value at each path.
    pub present: &'a [(String, u64)],
    /// Whether the whole source was read, not only its changes.
    pub whole: bool,
    /// What the read depended on besides its records.
    pub reading: &'a str,
    /// What a person approved by letting it be done although it was held, or by applying it at a terminal.
    pub approved: Approved,
    /// A sentence in addition to the numbers: `lucca.users announced 317 and gave 212; …`
    pub sentence: &'a str,
}

/// What a person approved by letting a held change set be done, or by applying one at a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Approved {
    /// Its leaves, which later windows of guards do not count: somebody answered for them.
    pub leaves: bool,
    /// The size of the source, with which later reads are compared.
    pub source: bool,
}

/// One row of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    pub number: i64,
    pub pipeline: String,
    pub plan: String,
    pub change_set: Option<String>,
    pub by: String,
    pub started: Timestamp,
    pub finished: Option<Timestamp>,
    pub result: RunResult,
    pub counts: RunCounts,
    pub sentence: String,
}

const COLUMNS: &str = "number, pipeline, plan, change_set, by, started, finished, result, \
                       read, created, updated, left_, returned, failed, needs_attention, open_links, sentence, sent, not_known";

impl Store {
    /// Begins a run under its lease: gives it a number, raises the epoch, and marks runs that never ended as interrupted. If
    /// the state is an older copy, what was sent is marked as uncertain.
    ///
    /// # Errors
    /// The database fails.
    pub fn begin_run(&self, lease: &Lease, run: &NewRun<'_>) -> Result<i64, StateError> {
        if self.is_old_copy()? {
            crate::state::events::doubt(&self.connection)?;
            self.remember_old_copy()?;
        }
        self.raise_epoch()?;
        let transaction = self.transaction()?;
        transaction.ensure_link_set(run.identity, run.started)?;
        let connection = &transaction.0;
        transaction.interrupt_runs(&lease.pipeline)?;
        let half = "UPDATE change_sets SET status = 'interrupted' WHERE pipeline = ?1 AND status = 'applying'";
        connection.execute(half, [&lease.pipeline])?;
        transaction.prune_intents(run.started - JOURNAL_KEPT)?;
        let set = run.identity.id();
        connection.execute(
            "INSERT INTO runs (pipeline, link_set, plan, binding, by, started)
             VALUES (?1, (SELECT number FROM link_sets WHERE id = ?2), ?3, ?4, ?5, ?6)",
            params![run.identity.pipeline, set, run.plan, run.binding, run.by, text(run.started)],
        )?;
        let number = connection.last_insert_rowid();
        transaction.commit()?;
        Ok(number)
    }

    /// Says of a run that a person has approved its leaves, so that they are not counted in the windows of guards even if it never ends.
    ///
    /// # Errors
    /// The database fails.
    pub fn leaves_are_approved(&self, number: i64) -> Result<(), StateError> {
        self.connection.execute("UPDATE runs SET leaves_approved = 1 WHERE number = ?1", [number])?;
        Ok(())
    }

    /// Ends a run.
    ///
    /// # Errors
    /// The database fails.
    pub fn finish_run(&self, number: i64, run: &FinishedRun<'_>) -> Result<(), StateError> {
        let sql = "UPDATE runs SET finished = ?2, result = ?3, applied = ?4, change_set = ?5, read = ?6, created = ?7, updated = ?8,
                   left_ = ?9, returned = ?10, failed = ?11, needs_attention = ?12, open_links = ?13, present = ?14, sentence = ?15, whole = ?16,
                   sent = ?17, leaves_approved = ?18, source_approved = ?19, reading = ?20, not_known = ?21 WHERE number = ?1";
        let counts = &run.counts;
        let present: BTreeMap<_, _> = run.present.iter().map(|(path, count)| (path, count)).collect();
        self.connection.execute(
            sql,
            params![
                number,
                text(run.finished),
                run.result.word(),
                run.result.is_applied(),
                run.change_set,
                counts.read,
                counts.created,
                counts.updated,
                counts.left,
                counts.returned,
                counts.failed,
                counts.needs_attention,
                counts.open_links,
                serde_json::to_string(&present).unwrap_or_default(),
                run.sentence,
                run.whole,
                counts.sent,
                run.approved.leaves,
                run.approved.source,
                run.reading,
                counts.not_known,
            ],
        )?;
        Ok(())
    }

    /// The last runs, of one pipeline or of all, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn runs(&self, pipeline: Option<&str>, at_most: usize) -> Result<Vec<RunRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE ?1 IS NULL OR pipeline = ?1 ORDER BY number DESC LIMIT ?2");
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map(params![pipeline, at_most], run_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One run.
    ///
    /// # Errors
    /// The database fails.
    pub fn run(&self, number: i64) -> Result<Option<RunRow>, StateError> {
        Ok(self.connection.query_row(&format!("SELECT {COLUMNS} FROM runs WHERE number = ?1"), [number], run_of).optional()?)
    }

    /// The last run that was applied.
    ///
    /// # Errors
    /// The database fails.
    pub fn last_applied(&self, pipeline: &str) -> Result<Option<RunRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE pipeline = ?1 AND applied = 1 ORDER BY number DESC LIMIT 1");
        Ok(self.connection.query_row(&sql, [pipeline], run_of).optional()?)
    }

    /// The first run of a link set that wrote or linked anything since an instant, no matter when it began. `follows`: the last applied run
    /// before that instant.
    ///
    /// # Errors
    /// The database fails.
    pub fn wrote_since(&self, set: &str, since: Timestamp, (follows, now): (i64, Timestamp)) -> Result<Option<i64>, StateError> {
        // What is dated later than now was written while the clock was ahead; only an applied run with a higher number is known to be later.
        let sql = "SELECT min(run) FROM (SELECT run, opened AS time, link_set FROM intents UNION ALL SELECT since_run, since, link_set FROM links)
                   WHERE time >= ?2 AND link_set = (SELECT number FROM link_sets WHERE id = ?1)
                   AND (run = 0 OR run > ?3) AND (time <= ?4 OR run IN (SELECT number FROM runs WHERE applied = 1))";
        let soon = now + SignedDuration::from_mins(5);
        Ok(self.connection.query_row(sql, params![set, text(since), follows, text(soon)], |row| row.get(0))?)
    }
}

fn run_of(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        number: row.get(0)?,
        pipeline: row.get(1)?,
        plan: row.get(2)?,
        change_set: row.get(3)?,
        by: row.get(4)?,
        started: parsed(row, 5)?,
        finished: parsed_if_there(row, 6)?,
        result: parsed(row, 7)?,
        counts: RunCounts {
            read: row.get(8)?,
            created: row.get(9)?,
            sent: row.get(17)?,
            updated: row.get(10)?,
            left: row.get(11)?,
            returned: row.get(12)?,
            failed: row.get(13)?,
            not_known: row.get(18)?,
            needs_attention: row.get(14)?,
            open_links: row.get(15)?,
        },
        sentence: row.get(16)?,
    })
}
