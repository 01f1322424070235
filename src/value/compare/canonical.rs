//! When two values are equal, and the canonical bytes that are hashed.

use super::key::form;
use crate::value::{
    Value, is_blank,
    nfc::nfc,
    number::{decimal, decimal_of},
};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::{borrow::Cow, cmp::Ordering};

/// How values of one attribute are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Comparison {
    pub ignoring_case: bool,
    pub ignoring_order: bool,
    /// As keys are: in the [`form`](super::key::form) of a key.
    pub as_key: bool,
}

/// Whether two values are equal (*Equal values*): text in NFC, the domain of an e-mail address in lower case, decimals by
/// value, times by instant. Absent, null, blank and an empty list are equal. Text never equals a number, so that `"007"` is not
/// `7`.
#[must_use]
pub fn same(left: &Value, right: &Value, how: Comparison) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            let is_exact = !how.ignoring_case && !how.as_key && is_plain(left) && is_plain(right);
            left == right || !is_exact && text(left, how) == text(right, how)
        }
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Date(left), Value::Date(right)) => left == right,
        (Value::DateTime(left), Value::DateTime(right)) => left == right,
        _ => bytes(left, how) == bytes(right, how),
    }
}

/// The canonical bytes of a value under a comparison, appended to `out`: equal exactly where [`same`] says so.
/// Each begins with a letter for its sort, so that a text never equals a number.
pub fn write(value: &Value, how: Comparison, out: &mut Vec<u8>) {
    match value {
        Value::Absent | Value::Null => out.push(MISSING),
        Value::Bool(truth) => push(out, b'b', if *truth { "1" } else { "0" }),
        Value::Int(number) => push(out, b'n', &number.to_string()),
        Value::Decimal(number) => write_decimal(*number, out),
        Value::Text(inner) => write_text(inner, how, out),
        Value::Date(date) => push(out, b'd', &date.to_string()),
        Value::DateTime(instant) => push(out, b'i', &instant.as_nanosecond().to_string()),
        Value::Duration(span) => push(out, b's', &span.seconds().to_string()),
        Value::List(items) => write_list(items.iter().map(|item| bytes(item, how)), how, out),
        Value::Json(json) => write_json(json, how, out),
        Value::Pending(pending) => {
            push(out, b'p', &pending.pipeline);
            push(out, b'\0', &pending.key);
        }
    }
}

/// The canonical form as a key for an index; none for a missing value: blank never matches blank.
#[must_use]
pub fn index_key(value: &Value, how: Comparison) -> Option<Box<[u8]>> {
    let key = bytes(value, how);
    (key != [MISSING]).then(|| key.into_boxed_slice())
}

/// The order of two values of one kind: numbers by value, days and instants in time, texts by their characters.
/// `None` if one is missing or they are of different kinds: missing is never less or greater.
#[must_use]
pub fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Int(_) | Value::Decimal(_), Value::Int(_) | Value::Decimal(_)) => Some(decimal(left)?.cmp(&decimal(right)?)),
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        (Value::DateTime(left), Value::DateTime(right)) => Some(left.cmp(right)),
        (Value::Duration(left), Value::Duration(right)) => Some(left.seconds().cmp(&right.seconds())),
        (Value::Text(left), Value::Text(right)) => Some(nfc(left).cmp(&nfc(right))),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

const MISSING: u8 = b'-';

fn bytes(value: &Value, how: Comparison) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    write(value, how, &mut out);
    out
}

fn push(out: &mut Vec<u8>, sort: u8, content: &str) {
    out.push(sort);
    out.extend_from_slice(content.as_bytes());
}

/// Text that is its own canonical form.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && byte != b'@')
}

fn text(text: &str, how: Comparison) -> Cow<'_, str> {
    let text = if how.as_key { form(text) } else { nfc(text) };
    if how.ignoring_case {
        return Cow::Owned(nfc(&text.to_lowercase()).into_owned());
    }
    match text.split_once('@') {
        Some((name, domain)) if is_domain(name, domain) => Cow::Owned(format!("{name}@{}", domain.to_ascii_lowercase())),
        _ => text,
    }
}

/// Whether the parts around `@` look like an e-mail address: one `@`, a dot after it, no white space.
fn is_domain(name: &str, domain: &str) -> bool {
    !name.is_empty()
        && domain.contains('.')
        && !domain.contains('@')
        && !name.contains(char::is_whitespace)
        && !domain.contains(char::is_whitespace)
}

fn write_text(inner: &str, how: Comparison, out: &mut Vec<u8>) {
    let text = text(inner, how);
    if is_blank(&text) { out.push(MISSING) } else { push(out, b't', &text) }
}

fn write_decimal(number: Decimal, out: &mut Vec<u8>) {
    let number = number.normalize();
    push(out, b'n', &if number.is_zero() { "0".to_owned() } else { number.to_string() });
}

/// The number of items, then each with its length, so that different lists never have the same bytes.
fn write_list(items: impl Iterator<Item = Vec<u8>>, how: Comparison, out: &mut Vec<u8>) {
    let mut items: Vec<_> = items.collect();
    if items.is_empty() {
        return out.push(MISSING);
    }
    if how.ignoring_order {
        items.sort_unstable();
    }
    push(out, b'l', &items.len().to_string());
    for item in items {
        push(out, b':', &item.len().to_string());
        out.push(b'=');
        out.extend(item);
    }
}

fn write_json(json: &Json, how: Comparison, out: &mut Vec<u8>) {
    match json {
        Json::Null => out.push(MISSING),
        Json::Bool(truth) => write(&Value::Bool(*truth), how, out),
        Json::Number(number) => write_number(number, out),
        Json::String(text) => write_text(text, how, out),
        Json::Array(items) => write_list(items.iter().map(|item| json_bytes(item, how)), how, out),
        Json::Object(members) => {
            let mut names: Vec<_> = members.iter().map(|(name, value)| (nfc(name), value)).collect();
            names.sort_by(|(left, _), (right, _)| left.cmp(right));
            out.push(b'o');
            let each = |(name, value): &(Cow<'_, str>, &Json)| [name.as_bytes().to_vec(), json_bytes(value, how)];
            write_list(names.iter().flat_map(each), Comparison::default(), out);
        }
    }
}

fn json_bytes(json: &Json, how: Comparison) -> Vec<u8> {
    let mut out = Vec::new();
    write_json(json, how, &mut out);
    out
}

fn write_number(number: &serde_json::Number, out: &mut Vec<u8>) {
    match decimal_of(number) {
        Some(number) => write_decimal(number, out),
        None => push(out, b'n', &number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::testing::{any_comparison, any_value};
    use proptest::prelude::*;
    use serde_json::json;
    use unicode_normalization::UnicodeNormalization as _;

    const EXACT: Comparison = Comparison { ignoring_case: false, ignoring_order: false, as_key: false };
    const NO_CASE: Comparison = Comparison { ignoring_case: true, ..EXACT };

    fn texts(left: &str, right: &str, how: Comparison) -> bool {
        same(&Value::text(left), &Value::text(right), how)
    }

    #[test]
    fn texts_are_compared_in_nfc_and_mail_domains_without_case() {
        assert!(texts("Hélène", "He\u{301}le\u{300}ne", EXACT));
        assert!(texts("Ann@Example.COM", "Ann@example.com", EXACT));
        assert!(!texts("Ann@example.com", "ann@example.com", EXACT));
        assert!(texts("Ann@example.com", "ann@EXAMPLE.com", NO_CASE));
        assert!(texts("ÉTÉ", "été", NO_CASE));
        assert!(!texts("@Home", "@home", EXACT));
        assert!(!texts("see Ann@Work.org", "see Ann@work.org", EXACT));
    }

    #[test]
    fn missing_is_one_thing_and_a_text_is_never_a_number() {
        for missing in [Value::Absent, Value::list(vec![]), Value::Json(Box::new(json!(null))), Value::Json(Box::new(json!(" ")))] {
            assert!(same(&Value::Null, &missing, EXACT), "{missing:?}");
            assert_eq!(index_key(&missing, EXACT), None);
        }
        assert!(!same(&Value::text("5"), &Value::Int(5), EXACT));
        assert!(same(&Value::Decimal("5.00".parse().unwrap()), &Value::Int(5), EXACT));
        assert!(same(&Value::Json(Box::new(json!(5.0))), &Value::Int(5), EXACT));
        assert!(same(&Value::Json(Box::new(json!({"a": 1, "b": 2}))), &Value::Json(Box::new(json!({"b": 2.0, "a": 1}))), EXACT));
    }

    #[test]
    fn lists_are_compared_in_order_by_default() {
        let list = |items: &[&str]| Value::list(items.iter().map(Value::text).collect());
        let no_order = Comparison { ignoring_order: true, ..EXACT };
        assert!(!same(&list(&["a", "b"]), &list(&["b", "a"]), EXACT));
        assert!(same(&list(&["a", "b"]), &list(&["b", "a"]), no_order));
        assert!(!same(&list(&["a", "a"]), &list(&["a"]), no_order));
        assert!(!same(&list(&["ab"]), &list(&["a", "b"]), no_order));
    }

    proptest! {
        #[test]
        fn sameness_is_an_equivalence(a in any_value(), b in any_value(), c in any_value(), how in any_comparison()) {
            prop_assert!(same(&a, &a, how));
            prop_assert_eq!(same(&a, &b, how), same(&b, &a, how));
            prop_assert!(!(same(&a, &b, how) && same(&b, &c, how)) || same(&a, &c, how));
        }

        #[test]
        fn bytes_are_equal_exactly_where_values_are_the_same(a in any_value(), b in any_value(), how in any_comparison()) {
            prop_assert_eq!(bytes(&a, how) == bytes(&b, how), same(&a, &b, how));
        }

        #[test]
        fn case_and_normal_form_do_not_count(text in "\\PC{0,12}", how in any_comparison()) {
            let decomposed: String = text.nfd().collect();
            prop_assert!(texts(&text, &decomposed, how));
            prop_assert!(texts(&text, &text.to_lowercase(), NO_CASE));
        }
    }
}
