//! How large a computed value may be. A field that doubles its input a few times outgrows any memory, so values are measured while they are computed.

use super::{Fault, FaultCode, Value};
use serde_json::Value as Json;

/// The most bytes that one value may take: a list of a hundred thousand names is far below.
pub const LARGEST: usize = 16 << 20;

/// The most bytes that the fields of one record may take together.
pub const LARGEST_RECORD: usize = 64 << 20;

/// The approximate size of a value in bytes.
#[must_use]
pub fn size(value: &Value) -> usize {
    let inline = size_of::<Value>();
    match value {
        Value::Text(text) => inline + text.len(),
        Value::List(items) => items.iter().fold(inline, |sum, item| sum.saturating_add(size(item))),
        Value::Json(json) => inline + json_size(json),
        _ => inline,
    }
}

/// The same of raw JSON: each member of it is a value of its own.
fn json_size(json: &Json) -> usize {
    let inline = size_of::<Json>();
    match json {
        Json::String(text) => inline + text.len(),
        Json::Array(items) => items.iter().fold(inline, |sum, item| sum.saturating_add(json_size(item))),
        Json::Object(members) => {
            let one = |(name, value): (&String, &Json)| size_of::<String>() + name.len() + json_size(value);
            members.iter().fold(inline, |sum, member| sum.saturating_add(one(member)))
        }
        _ => inline,
    }
}

/// The value, if it is not too large.
///
/// # Errors
/// `R0213`
pub fn bounded(value: Value) -> Result<Value, Box<Fault>> {
    if size(&value) > LARGEST { Err(too_large("a value", LARGEST)) } else { Ok(value) }
}

/// The fault of a value that would exceed its bound.
#[must_use]
pub fn too_large(what: &str, most: usize) -> Box<Fault> {
    Fault::new(FaultCode::TooLarge, format!("{what} would be larger than {} MB", most >> 20))
}

/// Replaces each occurrence of a text by another, unless the result is too large.
///
/// # Errors
/// `R0213`
pub fn replace(text: &str, from: &str, to: &str) -> Result<String, Box<Fault>> {
    let grown = text.matches(from).count().saturating_mul(to.len());
    if grown > LARGEST { Err(too_large("a text", LARGEST)) } else { Ok(text.replace(from, to)) }
}

/// Replaces each match of a pattern by a text, unless the result is too large.
///
/// # Errors
/// `R0213`
pub fn replace_matching(text: &str, pattern: &regex::Regex, to: &str) -> Result<String, Box<Fault>> {
    let (mut made, mut copied) = (String::new(), 0);
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        made.push_str(&text[copied..whole.start()]);
        found.expand(to, &mut made);
        copied = whole.end();
        if made.len() > LARGEST {
            return Err(too_large("a text", LARGEST));
        }
    }
    made.push_str(&text[copied..]);
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_is_what_the_libraries_make_of_it() {
        let pattern = regex::Regex::new("(a)(b)?").expect("a pattern");
        for (text, to) in [("ababa", "$1-$2"), ("xyz", "q"), ("", "q"), ("ab", ""), ("aéa", "$$")] {
            assert_eq!(replace_matching(text, &pattern, to).as_deref(), Ok(&*pattern.replace_all(text, to)));
            assert_eq!(replace(text, "a", to).as_deref(), Ok(&*text.replace('a', to)));
        }
    }

    #[test]
    fn raw_json_is_as_large_as_what_is_in_it() {
        for (json, least) in [
            (Json::from("x".repeat(1 << 20)), 1 << 20),
            (Json::from(vec![Json::Null; 1 << 15]), 1 << 20),
            (serde_json::json!({ "a": { "b": ["x".repeat(1 << 20)] } }), 1 << 20),
            (serde_json::json!({ "n".repeat(1 << 20): 1 }), 1 << 20),
            (Json::from(1), 0),
        ] {
            let found = size(&Value::Json(Box::new(json)));
            assert!((least..3 * least + 100).contains(&found), "{found}");
        }
    }

    #[test]
    fn growth_ends_before_memory_does() {
        let (mut text, hundred) = ("1".to_owned(), "1".repeat(100));
        let grown = (0..6).try_for_each(|_| replace(&text, "1", &hundred).map(|grown| text = grown));
        assert_eq!(grown.map_err(|fault| fault.code), Err(FaultCode::TooLarge));
        assert!(text.len() <= LARGEST);
        let (mut text, pattern) = ("1".to_owned(), regex::Regex::new("1").expect("a pattern"));
        let grown = (0..6).try_for_each(|_| replace_matching(&text, &pattern, &hundred).map(|grown| text = grown));
        assert_eq!(grown.map_err(|fault| fault.code), Err(FaultCode::TooLarge));
    }
}
