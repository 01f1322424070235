//! Errors of single records: one row for each, listed by `errors` and exported.

use crate::{
    state::{
        error::StateError,
        store::{Store, Transaction},
    },
    value::FaultCode,
};
use rusqlite::{
    ToSql, params,
    types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef},
};
use std::fmt;

/// The step of a run at which a record was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorStep {
    LookUp,
    Extract,
    Judge,
    Apply,
}

impl ErrorStep {
    /// As the error list says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LookUp => "look up",
            Self::Extract => "extract",
            Self::Judge => "judge",
            Self::Apply => "apply",
        }
    }
}

impl ToSql for ErrorStep {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.word().to_sql()
    }
}

impl FromSql for ErrorStep {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value.as_str()? {
            "look up" => Self::LookUp,
            "extract" => Self::Extract,
            "apply" => Self::Apply,
            _ => Self::Judge,
        })
    }
}

/// A request that failed, or whose effect is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestError {
    Auth,
    Invalid,
    Conflict,
    Missing,
    Limit,
    Temporary,
    /// The account is no longer as it was planned.
    Changed,
    /// Nothing shows whether the request had its effect.
    Unknown,
    /// The target took the write, and shows what was there before.
    NotKept,
    /// No request could be made of it.
    NotMade,
}

impl RequestError {
    const ALL: [Self; 10] = [
        Self::Auth,
        Self::Invalid,
        Self::Conflict,
        Self::Missing,
        Self::Limit,
        Self::Temporary,
        Self::Changed,
        Self::Unknown,
        Self::NotKept,
        Self::NotMade,
    ];

    /// As it is shown and documented: `W0902`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "W0901",
            Self::Invalid => "W0902",
            Self::Conflict => "W0903",
            Self::Missing => "W0904",
            Self::Limit => "W0905",
            Self::Temporary => "W0906",
            Self::Changed => "W0907",
            Self::Unknown => "W0908",
            Self::NotKept => "W0909",
            Self::NotMade => "W0910",
        }
    }
}

/// The code of an error. It decides whether the message is shown whole; its text is for the database, files and screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A value of a record: the message quotes it.
    Fault(FaultCode),
    /// A request: the message is what the other system answered, which may repeat a value, or our own words.
    Request(RequestError),
    /// A code of another version of counterpart. Its message may quote a value.
    Other(String),
}

impl ErrorCode {
    /// As it is shown and documented: `R0204`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Fault(code) => code.as_str(),
            Self::Request(error) => error.as_str(),
            Self::Other(code) => code,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for ErrorCode {
    fn from(code: &str) -> Self {
        let request = RequestError::ALL.into_iter().find(|error| error.as_str() == code).map(Self::Request);
        request.or_else(|| code.parse().ok().map(Self::Fault)).unwrap_or_else(|| Self::Other(code.to_owned()))
    }
}

impl ToSql for ErrorCode {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for ErrorCode {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(Self::from)
    }
}

/// One record, or one attribute of it, that could not be processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRow {
    /// Empty where the record has no readable key; `label` is `id 918` then.
    pub key: String,
    pub label: Option<String>,
    pub step: ErrorStep,
    pub attribute: Option<String>,
    pub code: ErrorCode,
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
    /// The database fails.
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
    /// The rows of a run, in their order. One is fixed by the first later applied run that has no error for that key and, if it was a write, has
    /// written the record, unless what it was about still waits.
    ///
    /// # Errors
    /// The database fails.
    pub fn errors(&self, run: i64) -> Result<Vec<ListedError>, StateError> {
        let sql = "SELECT key, label, step, attribute, code, message, file, line,
                     (SELECT min(later.number) FROM runs later WHERE later.number > runs.number AND later.pipeline = runs.pipeline
                        AND later.applied = 1 AND errors.key <> ''
                        AND NOT EXISTS (SELECT 1 FROM errors again WHERE again.run = later.number AND again.key = errors.key)
                        AND (step <> 'apply' OR EXISTS (SELECT 1 FROM intents WHERE intents.run = later.number AND intents.key = errors.key AND outcome = 'done')
                             OR EXISTS (SELECT 1 FROM links WHERE links.link_set = runs.link_set AND links.key = errors.key
                                        AND links.life <> 'open' AND links.stage_done >= later.started))
                        AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.link_set = runs.link_set AND refused.key = errors.key)
                        AND NOT EXISTS (SELECT 1 FROM intents WHERE intents.link_set = runs.link_set AND intents.key = errors.key AND outcome IS NULL))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back() {
        for error in RequestError::ALL {
            assert_eq!(ErrorCode::from(error.as_str()), ErrorCode::Request(error));
        }
        for code in FaultCode::ALL {
            assert_eq!(ErrorCode::from(code.as_str()), ErrorCode::Fault(*code));
        }
        let unknown = ErrorCode::from("W0999");
        assert_eq!(unknown.as_str(), "W0999");
    }
}
