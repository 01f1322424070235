//! Values, their types, JSON paths, functions and canonical comparison.
//!
//! Data in, data out. Pure: no IO, no clock, no randomness.

pub mod arithmetic;
pub mod civil;
mod compare;
pub mod csv;
pub mod day_patterns;
pub mod duration;
pub mod encoding;
pub mod fault;
pub mod format;
pub mod functions;
pub mod halves;
pub mod nfc;
pub mod number;
pub mod path;
pub mod pattern;
pub mod show;
pub mod size;
pub mod stored;
#[cfg(test)]
pub(crate) mod testing;
pub mod trie;
pub mod types;
pub mod unique;

use compact_str::CompactString;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

pub use compare::{canonical, comparator, equal, key};
pub use duration::Span;
pub use fault::{Fault, FaultCode};
pub use types::{Kind, Type};

/// Text as records hold it: up to 24 bytes without an allocation.
pub type Text = CompactString;

/// One value of a record, a field or an expression.
///
/// A text is never blank: it is created by [`Value::text`], which turns blank text into [`Value::Null`]. So one test finds
/// everything that counts as missing.
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
    /// Raw JSON without a declared type.
    Json(Box<serde_json::Value>),
    /// The account of a record that has none yet: known by its key, and filled in when the account has been created.
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
    /// A text; [`Value::Null`] if it is blank.
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

    /// Absent or null, or raw JSON that is `null` or blank text. An empty list is present.
    ///
    /// The one answer for `is missing`, `??`, `==` and the types of the language.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Absent | Self::Null => true,
            Self::Json(json) => json.is_null() || json.as_str().is_some_and(is_blank),
            _ => false,
        }
    }

    /// The references in it to records that have no counterpart yet: it is one itself, or items of a list are.
    pub fn pending(&self) -> impl Iterator<Item = &Pending> + Clone {
        let items = if let Self::List(items) = self { items.as_slice() } else { std::slice::from_ref(self) };
        items.iter().filter_map(|item| if let Self::Pending(pending) = item { Some(&**pending) } else { None })
    }

    /// Whether there is any [`Value::pending`].
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending().next().is_some()
    }

    /// The value with ids in place of references. Items of a list without an id are left out; a single value without an id
    /// gives `None`.
    #[must_use]
    pub fn filled(&self, id: impl Fn(&Pending) -> Option<Self>) -> Option<Self> {
        let item = |item: &Self| if let Self::Pending(pending) = item { id(pending) } else { Some(item.clone()) };
        match self {
            Self::List(items) => Some(Self::list(items.iter().filter_map(item).collect())),
            other => item(other),
        }
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
