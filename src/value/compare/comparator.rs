//! `==`, `<`, `starts with` and their like.

use super::{
    canonical,
    equal::{equal, holds_item},
};
use crate::value::{Value, nfc::nfc};
use serde::Serialize;
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    StartsWith,
    EndsWith,
    Contains,
}

impl Comparator {
    /// Whether it compares by order: `<`, `<=`, `>` and `>=`.
    #[must_use]
    pub const fn is_order(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }

    /// Whether the comparison holds between two values. The check uses it for constants, so that it agrees with a run.
    #[must_use]
    pub fn holds(self, left: &Value, right: &Value) -> bool {
        let ordered = |test: fn(Ordering) -> bool| canonical::order(left, right).is_some_and(test);
        match self {
            Self::Equal => equal(left, right),
            Self::NotEqual => !equal(left, right),
            Self::Less => ordered(Ordering::is_lt),
            Self::LessOrEqual => ordered(Ordering::is_le),
            Self::Greater => ordered(Ordering::is_gt),
            Self::GreaterOrEqual => ordered(Ordering::is_ge),
            Self::StartsWith => both_texts(left, right, |left, right| left.starts_with(right)),
            Self::EndsWith => both_texts(left, right, |left, right| left.ends_with(right)),
            Self::Contains => holds_item(left, right).unwrap_or_else(|| both_texts(left, right, |left, right| left.contains(right))),
        }
    }
}

fn both_texts(left: &Value, right: &Value, test: fn(&str, &str) -> bool) -> bool {
    text_of(left).zip(text_of(right)).is_some_and(|(left, right)| test(&nfc(left), &nfc(right)))
}

/// The text of a value, also of raw JSON.
#[must_use]
pub fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Json(json) => json.as_str(),
        other => other.as_text(),
    }
}
