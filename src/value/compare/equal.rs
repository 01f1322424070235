//! `==` of the language.

use super::canonical::{self, Comparison};
use crate::value::{Kind, Value, format::Codec};
use serde_json::Value as Json;

/// Whether two values are equal in an expression. A missing value equals only a missing value, and raw JSON equals a
/// typed value if it represents that value. A value of another kind is unequal, which is not a fault.
///
/// Differences between two systems are found by [`canonical::same`], for which an empty list equals a missing value. Here `[]` is
/// present, so it does not equal a missing value.
#[must_use]
pub fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        _ if left.is_missing() || right.is_missing() => left.is_missing() && right.is_missing(),
        (Value::Json(json), typed) | (typed, Value::Json(json)) if !matches!(typed, Value::Json(_)) => holds(json, typed),
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| equal(left, right))
        }
        _ => canonical::same(left, right, Comparison::default()),
    }
}

/// Whether a list, or raw JSON that is one, holds a value; `None` if it is no list.
#[must_use]
pub fn holds_item(list: &Value, item: &Value) -> Option<bool> {
    match list {
        Value::List(items) => Some(items.iter().any(|one| equal(one, item))),
        Value::Json(json) => json.as_array().map(|items| items.iter().any(|one| equal(&Value::Json(Box::new(one.clone())), item))),
        _ => None,
    }
}

/// Whether raw JSON holds a typed value, read as an attribute of that type reads it. A truth, which no text is read from, equals its word:
/// a rule with `!= "true"` may not begin to hold.
fn holds(json: &Json, typed: &Value) -> bool {
    match (json, typed) {
        (Json::Array(items), Value::List(typed)) => {
            items.len() == typed.len()
                && items.iter().zip(typed.iter()).all(|(json, typed)| equal(&Value::Json(Box::new(json.clone())), typed))
        }
        (Json::Bool(truth), Value::Text(text)) => text.parse() == Ok(*truth),
        _ => scalar_kind(typed)
            .and_then(|kind| Codec::natural(kind).read(Some(json)).ok())
            .is_some_and(|read| canonical::same(&read, typed, Comparison::default())),
    }
}

const fn scalar_kind(value: &Value) -> Option<Kind> {
    Some(match value {
        Value::Text(_) => Kind::Text,
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) | Value::Decimal(_) => Kind::Decimal,
        Value::Date(_) => Kind::Date,
        Value::DateTime(_) => Kind::DateTime,
        Value::Duration(_) => Kind::Duration,
        Value::List(_) | Value::Json(_) | Value::Pending(_) | Value::Absent | Value::Null => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Span, testing::any_value};
    use proptest::prelude::*;
    use serde_json::json;

    fn raw(json: Json) -> Value {
        Value::Json(Box::new(json))
    }

    #[test]
    fn missing_is_what_is_missing_says_and_an_empty_list_is_not() {
        let missing = [Value::Absent, Value::Null, raw(json!(null)), raw(json!("  "))];
        let present =
            [Value::list(vec![]), raw(json!([])), raw(json!({})), raw(json!(0)), raw(json!(false)), Value::Int(0), Value::text("a")];
        for one in &missing {
            assert!(one.is_missing() && missing.iter().all(|other| equal(one, other)), "{one:?}");
            assert!(present.iter().all(|other| !equal(one, other) && !equal(other, one)), "{one:?}");
        }
        assert!(present.iter().all(|one| !one.is_missing() && equal(one, one)));
        assert!(equal(&Value::list(vec![]), &raw(json!([]))));
        assert!(!equal(&Value::list(vec![Value::Null]), &Value::list(vec![])));
        assert!(equal(&Value::list(vec![Value::Null]), &raw(json!([null]))));
    }

    #[test]
    fn raw_json_equals_what_it_holds_and_nothing_of_another_kind() {
        let day = Value::Date(jiff::civil::date(2026, 3, 1));
        let texts = |items: &[&str]| Value::list(items.iter().map(Value::text).collect());
        for (json, typed) in [
            (json!("a"), Value::text("a")),
            (json!(5.0), Value::Int(5)),
            (json!(true), Value::text("true")),
            (json!(true), Value::Bool(true)),
            (json!("2026-03-01"), day.clone()),
            (json!("P7D"), Value::Duration(Span::Days(7))),
            (json!(["a", "b"]), texts(&["a", "b"])),
        ] {
            assert!(equal(&raw(json.clone()), &typed) && equal(&typed, &raw(json)), "{typed:?}");
        }
        let others = [json!({"a": 1}), json!(["a"]), json!([]), json!("soon"), json!(false), json!([["a"]])];
        for typed in [Value::text("a"), Value::Int(5), Value::Bool(true), day, texts(&["a", "b"])] {
            for json in &others {
                assert!(!equal(&raw(json.clone()), &typed), "{json} {typed:?}");
            }
        }
    }

    #[test]
    fn items_are_looked_for_in_either_kind_of_list() {
        assert_eq!(holds_item(&raw(json!(["a", {"b": 1}])), &Value::text("a")), Some(true));
        assert_eq!(holds_item(&raw(json!(["a", {"b": 1}])), &Value::text("b")), Some(false));
        assert_eq!(holds_item(&raw(json!([null])), &Value::Null), Some(true));
        assert_eq!(holds_item(&raw(json!("a")), &Value::text("a")), None);
        assert_eq!(holds_item(&Value::list(vec![]), &Value::Null), Some(false));
    }

    proptest! {
        #[test]
        fn equality_is_the_same_from_both_sides_and_knows_missing(left in any_value(), right in any_value()) {
            prop_assert!(equal(&left, &left));
            prop_assert_eq!(equal(&left, &right), equal(&right, &left));
            prop_assert_eq!(equal(&left, &Value::Null), left.is_missing());
        }
    }
}
