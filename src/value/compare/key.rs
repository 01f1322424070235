//! The canonical form of a key, by which links and files name a record.
//!
//! A key of one attribute is its text. A key of several names each of them: `group=7 account=ada`. A value that could be taken for
//! something else is written as a JSON string, so that no two keys have one text.

use crate::value::{Kind, Text, Value, nfc::nfc};
use std::borrow::Cow;

/// The form in which the keys of both systems, and the values of `match`, are compared (*One form of a key* in the semantics): NFC, without
/// invisible characters, and without white space around it. Keys with the same form are the same key.
#[must_use]
pub fn form(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return match nfc(text) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(is_cut)),
            Cow::Owned(text) => Cow::Owned(text.trim_matches(is_cut).to_owned()),
        };
    }
    let seen: String = text.chars().filter(|one| !is_invisible(*one)).collect();
    Cow::Owned(nfc(seen.trim_matches(is_cut)).into_owned())
}

/// A character that is taken away from the ends of a key.
fn is_cut(one: char) -> bool {
    one.is_whitespace() || one.is_control()
}

/// Whether nothing of a text is left in the [`form`] of a key.
fn is_blank(text: &str) -> bool {
    text.chars().all(|one| is_cut(one) || is_invisible(one))
}

/// A character that takes no place: of no width, a mark for the order of bytes, or for the direction of writing.
const fn is_invisible(one: char) -> bool {
    matches!(one, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl Value {
    /// The canonical text of a key: an id that is a number and the same id as a text are one, and a decimal is its value.
    ///
    /// `None` for what can't be a key: missing, a text of which nobody sees anything, a list, a truth value, an object, a reference that
    /// is not filled in yet.
    /// Letters are kept as they are, because vendors tell ids apart by case.
    #[must_use]
    pub fn canonical_key(&self) -> Option<Text> {
        let may_be_key = match self {
            Self::Json(json) => json.is_string() || json.is_number(),
            Self::Text(_) | Self::Int(_) | Self::Decimal(_) | Self::Date(_) | Self::DateTime(_) => true,
            _ => false,
        };
        if may_be_key { self.to_text().filter(|text| !is_blank(text)).map(Text::from) } else { None }
    }

    /// The value in the [`form`] of a key; a text of which nothing is left is missing.
    #[must_use]
    pub fn in_key_form(self) -> Self {
        let Self::Text(text) = &self else { return self };
        match form(text) {
            Cow::Borrowed(same) if same.len() == text.len() => self,
            text if text.is_empty() => Self::Null,
            text => Self::Text(Text::from(&*text)),
        }
    }

    /// A canonical text as a value of the kind that its attribute has.
    #[must_use]
    pub fn of_key(kind: &Kind, text: &str) -> Self {
        match kind {
            Kind::Int => text.parse().map_or_else(|_| Self::text(text), Self::Int),
            Kind::Decimal => text.parse().map_or_else(|_| Self::text(text), Self::Decimal),
            _ => Self::text(text),
        }
    }
}

/// The canonical text of a key of several attributes, each with its name.
#[must_use]
pub fn joined<'p>(parts: impl IntoIterator<Item = (&'p str, Text)>) -> Text {
    let one = |(name, value): (&str, Text)| format!("{name}={}", written(&value));
    Text::from(parts.into_iter().map(one).collect::<Vec<_>>().join(" "))
}

/// The values of a key of several attributes; `None` if the text is not the canonical one of a key with these names.
#[must_use]
pub fn split(text: &str, names: &[&str]) -> Option<Vec<Text>> {
    let (mut rest, mut values) = (text, Vec::with_capacity(names.len()));
    for (at, name) in names.iter().enumerate() {
        rest = if at == 0 { rest } else { rest.strip_prefix(' ')? };
        let (value, after) = first_value(rest.strip_prefix(name)?.strip_prefix('=')?)?;
        values.push(value);
        rest = after;
    }
    let canonical = joined(names.iter().copied().zip(values.iter().cloned()));
    (rest.is_empty() && *canonical == *text).then_some(values)
}

/// The value that a text begins with, and what follows it.
fn first_value(text: &str) -> Option<(Text, &str)> {
    if !text.starts_with('"') {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((Text::from(&text[..end]), &text[end..]));
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let value = values.next()?.ok()?;
    Some((Text::from(value), &text[values.byte_offset()..]))
}

/// A value as it is, or as a JSON string where it would end early or hide something.
fn written(value: &str) -> Cow<'_, str> {
    let hides = |one: char| one.is_whitespace() || one.is_control() || matches!(one, '"' | '=' | ',' | '\\');
    if value.is_empty() || value.contains(hides) {
        return Cow::Owned(serde_json::Value::from(value).to_string());
    }
    Cow::Borrowed(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_and_its_text_are_one_key_and_what_is_no_key_has_none() {
        assert_eq!(Value::Int(7).canonical_key(), Value::text("7").canonical_key());
        assert_eq!(Value::Decimal("7.0".parse().unwrap()).canonical_key().as_deref(), Some("7"));
        assert_eq!(Value::text("007").canonical_key().as_deref(), Some("007"));
        assert_eq!(Value::Json(Box::new(json!(7))).canonical_key().as_deref(), Some("7"));
        for value in [Value::Null, Value::Bool(true), Value::list(vec![Value::Int(1)]), Value::Json(Box::new(json!({}))), Value::text(" ")]
        {
            assert_eq!(value.canonical_key(), None, "{value:?}");
        }
    }

    #[test]
    fn what_nobody_sees_makes_no_other_key() {
        for written in ["é1", " é1", "é1\u{a0}", "\u{feff}é1", "e\u{301}1", "é\u{200b}1", "\té1\r\n", "\u{3000}é1\u{202f}", "\u{200e}é1\0"]
        {
            assert_eq!(form(written), "é1", "{written:?}");
            assert_eq!(Value::text(written).in_key_form(), Value::text("é1"), "{written:?}");
        }
        assert_eq!(form("a b"), "a b", "a blank inside is seen");
        assert_eq!(form("A"), "A", "case tells ids apart");
        for unseen in ["\u{feff}", "\u{200b} \u{200e}", "\0\u{a0}"] {
            assert_eq!(Value::text(unseen).in_key_form(), Value::Null, "{unseen:?}");
            assert_eq!(Value::text(unseen).canonical_key(), None, "{unseen:?}");
            assert_eq!(Value::Json(Box::new(json!(unseen))).canonical_key(), None, "{unseen:?}");
        }
        assert_eq!(Value::Int(7).in_key_form(), Value::Int(7));
    }

    #[test]
    fn a_key_of_several_attributes_shows_each() {
        let key = |group: &str, account: &str| joined([("group", group.into()), ("account", account.into())]);
        assert_eq!(&*key("7", "ada"), "group=7 account=ada");
        assert_eq!(&*key("a/b", "Zoë"), "group=a/b account=Zoë");
        assert_eq!(&*key("a b", "x=y"), r#"group="a b" account="x=y""#);
        assert_eq!(&*key(r#"7 account=ada"#, "\""), r#"group="7 account=ada" account="\"""#);
        assert_eq!(split("group=7", &["group", "account"]), None);
        assert_eq!(split("account=ada group=7", &["group", "account"]), None);
        assert_eq!(split(r#"group="7" account=ada"#, &["group", "account"]), None, "it is not canonical");
        assert_eq!(split("group=7 account=ada x", &["group", "account"]), None);
    }

    proptest::proptest! {
        #[test]
        fn the_form_of_a_form_is_itself(text in "\\PC{0,8}[ \u{a0}\u{feff}]{0,2}") {
            let once = form(&text).into_owned();
            proptest::prop_assert_eq!(&form(&once), &once);
        }

        #[test]
        fn a_key_of_several_attributes_is_read_back(group in r#"[a-z =",/\\\n\u{a0}é]{1,6}"#, account in r#"[a-z =",/\\\n\u{a0}é]{1,6}"#) {
            let parts = [("group", Text::from(group)), ("account", Text::from(account))];
            let text = joined(parts.clone());
            proptest::prop_assert_eq!(split(&text, &["group", "account"]), Some(parts.map(|(_, value)| value).to_vec()));
        }
    }
}
