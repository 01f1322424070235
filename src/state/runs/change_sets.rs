//! Change sets that were saved as files, and their status.

use crate::state::{
    error::StateError,
    sql::{UnknownWord, parsed, text},
    store::Store,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};
use std::str::FromStr;

/// The status of a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Within its guards.
    Ready,
    /// A guard is exceeded, or it is the first of its link set: it waits for a person.
    Held,
    /// It was held, and a newer change set replaced it.
    Superseded,
    Applying,
    Done,
    DoneWithErrors,
    /// The rest was not attempted.
    Stopped,
    /// The process died while it was applied.
    Interrupted,
}

impl Status {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Ready, "ready"),
        (Self::Held, "held"),
        (Self::Superseded, "superseded"),
        (Self::Applying, "applying"),
        (Self::Done, "done"),
        (Self::DoneWithErrors, "done with errors"),
        (Self::Stopped, "stopped"),
        (Self::Interrupted, "interrupted"),
    ];

    /// As it is shown.
    ///
    /// # Panics
    /// Never: each status has a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(each, _)| *each == self).map(|(_, word)| *word).expect("each status has a word")
    }

    /// Whether it can still be applied.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Held)
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|(_, each)| *each == word);
        known.map(|(status, _)| *status).ok_or_else(|| UnknownWord { what: "status of a change set", word: word.to_owned() })
    }
}

/// What is known of a saved change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetRow {
    /// `c-` and eight hexadecimal digits.
    pub id: String,
    pub hash: String,
    pub pipeline: String,
    pub link_set: String,
    /// From the state's folder.
    pub file: String,
    pub status: Status,
    pub made: Timestamp,
    /// The run that made or applied it.
    pub run: Option<i64>,
}

const COLUMNS: &str = "id, hash, pipeline, link_set, file, status, made, run";

/// The newest first; what is dated later than now comes from a clock that was ahead, and last.
const NEWEST: &str = "made > ?2, made DESC";

impl Store {
    /// Records a change set. Earlier ones of the pipeline that were held are superseded.
    ///
    /// # Errors
    /// The database fails.
    pub fn save_change_set(&self, row: &ChangeSetRow) -> Result<(), StateError> {
        let transaction = self.transaction()?;
        let superseded = "UPDATE change_sets SET status = 'superseded' WHERE pipeline = ?1 AND status = 'held' AND id <> ?2";
        transaction.0.execute(superseded, [&row.pipeline, &row.id])?;
        transaction.0.execute(
            &format!("INSERT OR REPLACE INTO change_sets ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
            params![row.id, row.hash, row.pipeline, row.link_set, row.file, row.status.word(), text(row.made), row.run],
        )?;
        transaction.commit()
    }

    /// Sets the status of a change set.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_status(&self, id: &str, status: Status, run: Option<i64>) -> Result<(), StateError> {
        let sql = "UPDATE change_sets SET status = ?2, run = coalesce(?3, run) WHERE id = ?1";
        self.connection.execute(sql, params![id, status.word(), run])?;
        Ok(())
    }

    /// The change sets whose id begins with this text: none, the one that is meant, or several.
    ///
    /// # Errors
    /// The database fails.
    pub fn change_sets_like(&self, beginning: &str) -> Result<Vec<ChangeSetRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM change_sets WHERE substr(id, 1, length(?1)) = ?1 ORDER BY made DESC");
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map([beginning], change_set_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The change sets of a pipeline, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn change_sets_of(&self, pipeline: &str) -> Result<Vec<ChangeSetRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM change_sets WHERE pipeline = ?1 ORDER BY {NEWEST}");
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map(params![pipeline, self.soon()], change_set_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last change set of a pipeline.
    ///
    /// # Errors
    /// The database fails.
    pub fn last_change_set(&self, pipeline: &str) -> Result<Option<ChangeSetRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM change_sets WHERE pipeline = ?1 ORDER BY {NEWEST} LIMIT 1");
        Ok(self.connection.query_row(&sql, params![pipeline, self.soon()], change_set_of).optional()?)
    }

    /// What is dated later was written while the clock was ahead.
    fn soon(&self) -> String {
        text(self.host.now() + SignedDuration::from_mins(5))
    }

    /// The change set of a pipeline that waits for a person, if one does.
    ///
    /// # Errors
    /// The database fails.
    pub fn held_change_set(&self, pipeline: &str) -> Result<Option<ChangeSetRow>, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM change_sets WHERE pipeline = ?1 AND status = 'held' ORDER BY made DESC LIMIT 1");
        Ok(self.connection.query_row(&sql, [pipeline], change_set_of).optional()?)
    }
}

fn change_set_of(row: &Row<'_>) -> rusqlite::Result<ChangeSetRow> {
    Ok(ChangeSetRow {
        id: row.get(0)?,
        hash: row.get(1)?,
        pipeline: row.get(2)?,
        link_set: row.get(3)?,
        file: row.get(4)?,
        status: parsed(row, 5)?,
        made: parsed(row, 6)?,
        run: row.get(7)?,
    })
}
