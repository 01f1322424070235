//! Values as text: in `"{…}"`, in reports, and as the key of a link.

use super::{Text, Value, is_blank};
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
            Self::DateTime(instant) => Cow::Owned(instant.to_string()),
            Self::Duration(span) => Cow::Owned(span.to_string()),
            Self::List(items) => Cow::Owned(items.iter().map(Self::to_text).collect::<Option<Vec<_>>>()?.join(",")),
            Self::Json(json) => return json_text(json),
            Self::Pending(pending) => Cow::Owned(format!("new {}", pending.key)),
        })
    }

    /// The text of a key, by which links name a record: an id that is a number and the same id as a text are one.
    /// `None` for what can't be a key: missing, a list, a truth, an object, a reference that is not filled in.
    #[must_use]
    pub fn key_text(&self) -> Option<Text> {
        match self {
            Self::Json(json) if json.is_string() || json.is_number() => json_text(json).map(Text::from),
            Self::Text(_) | Self::Int(_) | Self::Decimal(_) | Self::Date(_) | Self::DateTime(_) => self.to_text().map(Text::from),
            _ => None,
        }
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
        assert_eq!(text(Value::Duration(Span::Seconds(5400))).as_deref(), Some("90 min"));
        assert_eq!(text(Value::list(vec![Value::text("a"), Value::text("b")])).as_deref(), Some("a,b"));
        assert_eq!(text(Value::list(vec![Value::text("a"), Value::Null])), None);
        assert_eq!(text(Value::Json(Box::new(json!("x")))).as_deref(), Some("x"));
        assert_eq!(text(Value::Null), None);
    }

    #[test]
    fn keys() {
        assert_eq!(Value::Int(7).key_text(), Value::text("7").key_text());
        assert_eq!(Value::text("007").key_text().as_deref(), Some("007"));
        assert_eq!(Value::Bool(true).key_text(), None);
        assert_eq!(Value::list(vec![Value::Int(1)]).key_text(), None);
        assert_eq!(shown(&Value::list(vec![Value::text("a"), Value::Null])), "a, ");
    }
}
