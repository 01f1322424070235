//! What went wrong with single records: one row for each, listed by `errors` and exported.

use crate::state::{
    error::StateError,
    store::{Store, Transaction},
};
use rusqlite::params;

/// One record, or one attribute of it, that could not be processed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ErrorRow {
    /// Empty where the record has no readable key; `label` is `id 918` then.
    pub key: String,
    pub label: Option<String>,
    /// `extract`, `match`, `apply`
    pub step: String,
    pub attribute: Option<String>,
    pub code: String,
    pub message: String,
    /// Empty for the pipeline's own file.
    pub file: String,
    pub line: u32,
}

/// A row of a run, with the later run that succeeded for the same key, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedError {
    pub error: ErrorRow,
    pub fixed: Option<i64>,
}

impl Transaction<'_> {
    /// Adds the rows of a run, after those it has.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn add_errors(&self, run: i64, errors: &[ErrorRow]) -> Result<(), StateError> {
        let first: i64 = self.0.query_row("SELECT coalesce(max(position), 0) + 1 FROM errors WHERE run = ?1", [run], |row| row.get(0))?;
        let mut statement = self.0.prepare_cached("INSERT INTO errors VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
        for (position, error) in (first..).zip(errors) {
            let ErrorRow { key, label, step, attribute, code, message, file, line } = error;
            statement.execute(params![run, position, key, label, step, attribute, code, message, file, line])?;
        }
        Ok(())
    }
}

impl Store {
    /// The rows of a run, in their order. One is fixed by the first later applied run that has no error for that key.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn errors(&self, run: i64) -> Result<Vec<ListedError>, StateError> {
        let sql = "SELECT key, label, step, attribute, code, message, file, line,
                     (SELECT min(later.number) FROM runs later WHERE later.number > runs.number AND later.pipeline = runs.pipeline
                        AND later.applied = 1 AND errors.key <> ''
                        AND NOT EXISTS (SELECT 1 FROM errors again WHERE again.run = later.number AND again.key = errors.key))
                   FROM errors JOIN runs ON runs.number = run WHERE run = ?1 ORDER BY position";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([run], |row| {
            let error = ErrorRow {
                key: row.get(0)?,
                label: row.get(1)?,
                step: row.get(2)?,
                attribute: row.get(3)?,
                code: row.get(4)?,
                message: row.get(5)?,
                file: row.get(6)?,
                line: row.get(7)?,
            };
            Ok(ListedError { error, fixed: row.get(8)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
