//! Text columns of times, days and words.

use jiff::{Timestamp, civil::Date};
use rusqlite::{
    Row,
    types::{Type, ValueRef},
};
use std::str::FromStr;

/// A word that no version of the state writes into its column: what it stood for can't be guessed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a {what}")]
pub struct UnknownWord {
    pub what: &'static str,
    pub word: String,
}

pub(super) fn unknown_word(column: usize, what: &'static str, word: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(UnknownWord { what, word: word.to_owned() }))
}

/// Parses a text column: a time, a day, a word.
pub(super) fn parsed<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

pub(super) fn parsed_if_there<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    if row.get_ref(column)? == ValueRef::Null { Ok(None) } else { parsed(row, column).map(Some) }
}

/// Always the same number of digits, so that sorting as text sorts by time.
pub(super) fn text(time: Timestamp) -> String {
    format!("{time:.6}")
}

pub(super) fn day_text(day: Date) -> String {
    day.to_string()
}
