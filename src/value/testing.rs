//! Generated values for properties.

use super::{Pending, Span, Value, canonical::Comparison};
use jiff::{Timestamp, ToSpan, civil::date};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::cell::RefCell;

pub(crate) fn any_comparison() -> impl Strategy<Value = Comparison> {
    let all = (any::<bool>(), any::<bool>(), any::<bool>());
    all.prop_map(|(ignoring_case, ignoring_order, as_key)| Comparison { ignoring_case, ignoring_order, as_key })
}

/// Values of every kind, small enough that two of them are often alike.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Absent),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..4).prop_map(Value::Int),
        any::<i64>().prop_map(Value::Int),
        (-30_i64..31, 0_u32..3).prop_map(|(digits, scale)| Value::Decimal(Decimal::new(digits, scale))),
        "[aAéÉ@b.\u{301}e ]{0,4}".prop_map(Value::text),
        "[aA]@[bB].[cC]".prop_map(Value::text),
        "\\PC{0,30}".prop_map(Value::text),
        (0_i64..40_000).prop_map(|days| Value::Date(date(1970, 1, 1) + days.days())),
        (0_i64..4_000_000_000, 0..1_000_000_000).prop_map(|(s, n)| Value::DateTime(Timestamp::new(s, n).unwrap())),
        (-9_i64..9).prop_map(|days| Value::Duration(Span::Days(days))),
        (-900_000_i64..900_000).prop_map(|seconds| Value::Duration(Span::Seconds(seconds))),
        any_json().prop_map(|json| Value::Json(Box::new(json))),
        ("[ab]", "[ab]{1,3}").prop_map(|(pipeline, key)| Value::Pending(Box::new(Pending { pipeline: pipeline.into(), key: key.into() }))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::list))
}

/// JSON over few names and values.
pub(crate) fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-2_i64..4).prop_map(Json::from),
        prop_oneof![Just(0.5), Just(1.0), Just(-2.0), Just(2.25)].prop_map(Json::from),
        "[abx]{0,2}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec(("[abcd]", inner), 0..5).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

thread_local! {
    static COMPILED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Counts a JSON path or a regular expression that this thread has compiled.
pub(crate) fn compiled(text: &str) {
    COMPILED.with_borrow_mut(|all| all.push(text.to_owned()));
}

/// Takes the counts of what this thread has compiled.
pub(crate) fn all_compiled() -> Vec<String> {
    COMPILED.take()
}
