//! Values in saved files: plain JSON where its kind is plain, `{"date": "2026-03-01"}` where it is not.

use super::{Pending, Span, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Number, Value as Json, json};
use thiserror::Error;

/// Why saved JSON is not a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoredError {
    #[error("{0} is not a whole number that fits")]
    NotWhole(Number),
    #[error("a value of no kind")]
    NoKind,
    #[error("a value of an unknown kind, `{0}`")]
    UnknownKind(String),
    #[error("{content} is not a value of the kind `{kind}`")]
    NotOfKind { kind: String, content: Json },
}

/// For `#[serde(with)]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    to_json(value).serialize(serializer)
}

/// For `#[serde(with)]`.
///
/// # Errors
/// Those of the deserializer, or one that names an unknown kind.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    from_json(Json::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// A value in a saved file.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Absent => json!({"absent": true}),
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Decimal(number) => json!({"decimal": number.to_string()}),
        Value::Text(text) => json!(text.as_str()),
        Value::Date(date) => json!({"date": date.to_string()}),
        Value::DateTime(instant) => json!({"datetime": instant.to_string()}),
        Value::Duration(Span::Days(days)) => json!({"days": days}),
        Value::Duration(Span::Seconds(seconds)) => json!({"seconds": seconds}),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Json(json) => json!({"json": json}),
        Value::Pending(pending) => json!({"new": pending.key.as_str(), "pipeline": pending.pipeline.as_str()}),
    }
}

/// The value that [`to_json`] wrote.
///
/// # Errors
/// The kind is unknown, or the content is not of its kind.
pub fn from_json(json: Json) -> Result<Value, StoredError> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::Bool(truth) => Ok(Value::Bool(truth)),
        Json::Number(number) => number.as_i64().map(Value::Int).ok_or(StoredError::NotWhole(number)),
        Json::String(text) => Ok(Value::Text(text.into())),
        Json::Array(items) => items.into_iter().map(from_json).collect::<Result<_, _>>().map(Value::list),
        Json::Object(mut members) => {
            if let (Some(key), Some(pipeline)) = (text(members.get("new")), text(members.get("pipeline"))) {
                return Ok(Value::Pending(Box::new(Pending { pipeline: pipeline.into(), key: key.into() })));
            }
            let (kind, content) = members.iter_mut().next().ok_or(StoredError::NoKind)?;
            of_kind(kind, content.take())
        }
    }
}

fn of_kind(kind: &str, content: Json) -> Result<Value, StoredError> {
    match kind {
        "absent" => Some(Value::Absent),
        "decimal" => parsed(&content).map(Value::Decimal),
        "date" => parsed(&content).map(Value::Date),
        "datetime" => parsed(&content).map(Value::DateTime),
        "days" => content.as_i64().map(|days| Value::Duration(Span::Days(days))),
        "seconds" => content.as_i64().map(|seconds| Value::Duration(Span::Seconds(seconds))),
        "json" => return Ok(Value::Json(Box::new(content))),
        other => return Err(StoredError::UnknownKind(other.to_owned())),
    }
    .ok_or_else(|| StoredError::NotOfKind { kind: kind.to_owned(), content })
}

fn text(json: Option<&Json>) -> Option<&str> {
    json?.as_str()
}

fn parsed<T: std::str::FromStr>(json: &Json) -> Option<T> {
    json.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::testing::any_value;
    use proptest::prelude::*;

    #[derive(Serialize, Deserialize)]
    struct Saved(#[serde(with = "crate::value::stored")] Value);

    fn reload(value: &Value) -> Value {
        let saved = serde_json::to_string(&Saved(value.clone())).unwrap();
        serde_json::from_str::<Saved>(&saved).unwrap().0
    }

    proptest! {
        #[test]
        fn what_is_saved_is_loaded(value in any_value()) {
            prop_assert_eq!(reload(&value), value);
        }
    }

    #[test]
    fn an_unknown_kind_is_named() {
        let load = |text: &str| serde_json::from_str::<Saved>(text).map(|saved| saved.0).map_err(|error| error.to_string());
        assert_eq!(load("{\"date\": \"2026-03-01\"}"), Ok(Value::Date(jiff::civil::date(2026, 3, 1))));
        assert_eq!(load("{\"colour\": \"red\"}"), Err("a value of an unknown kind, `colour`".to_owned()));
        assert_eq!(load("{\"date\": \"soon\"}"), Err("\"soon\" is not a value of the kind `date`".to_owned()));
        assert!(load("1.5").is_err() && load("{}").is_err());
    }

    #[test]
    fn the_zeros_of_a_decimal_are_kept() {
        let price: rust_decimal::Decimal = "1.10".parse().unwrap();
        assert_eq!(to_json(&Value::Decimal(price)), json!({"decimal": "1.10"}));
    }
}
