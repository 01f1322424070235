//! Values, their types, JSON paths, functions and canonical comparison.
//!
//! In: nothing but data. Out: data. Pure: no IO, no clock, no randomness.

pub mod arithmetic;
pub mod canonical;
pub mod civil;
pub mod duration;
pub mod fault;
pub mod format;
pub mod functions;
pub mod path;
pub mod show;
pub mod stored;
#[cfg(test)]
pub(crate) mod testing;
pub mod trie;
pub mod types;

use compact_str::CompactString;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

pub use duration::Span;
pub use fault::Fault;
pub use types::{Kind, Type};

/// Text as records hold it: up to 24 bytes without an allocation.
pub type Text = CompactString;

/// One value of a record, a field or an expression.
///
/// A text is never blank: whoever makes one goes through [`Value::text`], which turns blank text into [`Value::Null`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not sent at all: the path is not in the record.
    Absent,
    /// Sent as `null`, as blank text, or made missing by an expression.
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(Text),
    /// A day without a zone.
    Date(Date),
    /// An instant.
    DateTime(Timestamp),
    Duration(Span),
    List(Box<Vec<Value>>),
    /// Raw JSON that no type has been asked of.
    Json(Box<serde_json::Value>),
    /// The counterpart of a record that has none yet: known by its key, filled in when it has been created.
    Pending(Box<Pending>),
}

/// A reference to a record that is not linked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The pipeline whose links are asked.
    pub pipeline: Text,
    /// The key of the source record.
    pub key: Text,
}

impl Value {
    /// A text, or [`Value::Null`] if it is blank.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        if is_blank(text) { Self::Null } else { Self::Text(CompactString::new(text)) }
    }

    /// A list of values.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Box::new(items))
    }

    /// Absent or null. An empty list is present.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Absent | Self::Null)
    }

    /// The text inside, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The truth inside, if this is one; a missing value is not true.
    #[must_use]
    pub const fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }
}

/// Whether a text has nothing but white space in it.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}
