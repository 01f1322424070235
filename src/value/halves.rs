//! Halves of characters: JSON writes a character beyond the first 65,536 as two escapes, and a program that cuts a text in between leaves
//! one of them, which is no character.

use super::Value;
use serde_json::Value as Json;
use std::borrow::Cow;

/// JSON text in which U+FFFD stands for each half of a character.
#[must_use]
pub fn without_halves(json: &str) -> Cow<'_, str> {
    let (mut out, mut kept, mut at) = (String::new(), 0, 0);
    let bytes = json.as_bytes();
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')).map(|found| at + found) {
        at = found + 2;
        let Some(unit) = unit(&bytes[found..]) else { continue };
        at = found + 6;
        match unit {
            0xD800..=0xDBFF if matches!(self::unit(&bytes[at.min(bytes.len())..]), Some(0xDC00..=0xDFFF)) => at += 6,
            0xD800..=0xDFFF => {
                out += &json[kept..found];
                out += "\\ufffd";
                kept = at;
            }
            _ => {}
        }
    }
    if kept == 0 { Cow::Borrowed(json) } else { Cow::Owned(out + &json[kept..]) }
}

/// Whether there is any half of a character in JSON text.
#[must_use]
pub fn any(json: &str) -> bool {
    matches!(without_halves(json), Cow::Owned(_))
}

/// JSON text that was made of a tree, with a half of a character in place of each U+FFFD: the record that had one is rejected where it is
/// read, and not written with another text.
#[must_use]
pub fn restored(json: &str) -> String {
    json.replace(char::REPLACEMENT_CHARACTER, "\\ud800")
}

/// The unit that an escape such as `\ud83d` stands for.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// A JSON value as a tree, with U+FFFD for halves of characters.
///
/// # Errors
/// The text is not JSON for another reason.
pub fn tree(json: &str) -> Result<Json, serde_json::Error> {
    serde_json::from_str(json).or_else(|error| serde_json::from_str(&without_halves(json)).map_err(|_| error))
}

/// Whether any text in a value has U+FFFD.
#[must_use]
pub fn has_replacement(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains(char::REPLACEMENT_CHARACTER),
        Value::List(items) => items.iter().any(has_replacement),
        Value::Json(json) => json.to_string().contains(char::REPLACEMENT_CHARACTER),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_pairs_stay() {
        let cases = [
            (r#""B\ud83d""#, r#""B\ufffd""#),
            (r#""\uDE00x""#, r#""\ufffdx""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83dA\ude00""#, r#""\ufffdA\ufffd""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""é\n\u00e9""#, r#""é\n\u00e9""#),
            (r#""\ud83"#, r#""\ud83"#),
            ("\"\\", "\"\\"),
        ];
        for (json, wanted) in cases {
            assert_eq!(without_halves(json), wanted);
        }
        assert_eq!(tree(r#"{"a": "B\ud83d"}"#).unwrap()["a"], "B\u{fffd}");
        assert!(tree(r#"{"a": "#).is_err());
        assert!(any(r#"{"a": "B\ud83d"}"#) && !any(r#"{"a": "\ud83d\ude00 \ufffd"}"#));
        let made = tree(r#"{"a": "B\ud83d\udc00\ud83d"}"#).unwrap().to_string();
        assert_eq!(without_halves(&restored(&made)), made.replace('\u{fffd}', "\\ufffd"));
    }
}
