//! Values as text: in `"{…}"` and in reports.

use super::{Value, is_blank};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::borrow::Cow;

impl Value {
    /// The text that `"{…}"` makes of it; `None` if it is missing. A list is joined by commas and is missing with any of its values.
    #[must_use]
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Absent | Self::Null => return None,
            Self::Text(text) => Cow::Borrowed(text.as_str()),
            Self::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Decimal(number) => Cow::Owned(decimal_text(*number)),
            Self::Date(date) => Cow::Owned(date.to_string()),
            // Not the last hour that can be held, which is that of another day.
            Self::DateTime(instant) if *instant == Timestamp::MAX => Cow::Borrowed("9999-12-31T23:59:59Z"),
            Self::DateTime(instant) => Cow::Owned(instant.to_string()),
            Self::Duration(span) => Cow::Owned(span.to_string()),
            Self::List(items) => Cow::Owned(items.iter().map(Self::to_text).collect::<Option<Vec<_>>>()?.join(",")),
            Self::Json(json) => return json_text(json),
            Self::Pending(pending) => Cow::Owned(format!("new {}", pending.key)),
        })
    }
}

/// A value as reports show it: texts without quotes, days and instants in ISO form, nothing for what is missing.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        _ => value.to_text().unwrap_or_default().into_owned(),
    }
}

/// Without zeros at the end: a decimal is its value, not how it was typed.
fn decimal_text(number: Decimal) -> String {
    number.normalize().to_string()
}

fn json_text(json: &Json) -> Option<Cow<'_, str>> {
    match json {
        Json::Null => None,
        Json::String(text) if is_blank(text) => None,
        Json::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Span;
    use serde_json::json;

    #[test]
    fn text_of_anything() {
        let text = |value: Value| value.to_text().map(Cow::into_owned);
        assert_eq!(text(Value::Int(57)).as_deref(), Some("57"));
        assert_eq!(text(Value::Decimal("12.50".parse().unwrap())).as_deref(), Some("12.5"));
        assert_eq!(text(Value::Date(jiff::civil::date(2026, 3, 1))).as_deref(), Some("2026-03-01"));
        assert_eq!(text(Value::DateTime("2026-03-01T10:00:00+01:00".parse().unwrap())).as_deref(), Some("2026-03-01T09:00:00Z"));
        assert_eq!(text(Value::DateTime(Timestamp::MAX)).as_deref(), Some("9999-12-31T23:59:59Z"));
        assert_eq!(text(Value::Duration(Span::Seconds(5400))).as_deref(), Some("90 min"));
        assert_eq!(text(Value::list(vec![Value::text("a"), Value::text("b")])).as_deref(), Some("a,b"));
        assert_eq!(text(Value::list(vec![Value::text("a"), Value::Null])), None);
        assert_eq!(text(Value::Json(Box::new(json!("x")))).as_deref(), Some("x"));
        assert_eq!(text(Value::Null), None);
    }

    #[test]
    fn a_list_is_shown_with_its_gaps() {
        assert_eq!(shown(&Value::list(vec![Value::text("a"), Value::Null])), "a, ");
    }
}
