//! The canonical form of a key, by which links and files name a record.
//!
//! A key of one attribute is its text. A key of several names each of them: `group=7 account=ada`. A value that could be taken for
//! something else is written as a JSON string, so that no two keys have one text.

use crate::value::{Kind, Text, Value};
use std::borrow::Cow;

impl Value {
    /// The canonical text of a key: an id that is a number and the same id as a text are one, and a decimal is its value.
    ///
    /// `None` for what can't be a key: missing, a list, a truth value, an object, a reference that is not filled in yet.
    /// Letters are kept as they are, because vendors tell ids apart by case.
    #[must_use]
    pub fn canonical_key(&self) -> Option<Text> {
        let may_be_key = match self {
            Self::Json(json) => json.is_string() || json.is_number(),
            Self::Text(_) | Self::Int(_) | Self::Decimal(_) | Self::Date(_) | Self::DateTime(_) => true,
            _ => false,
        };
        if may_be_key { self.to_text().map(Text::from) } else { None }
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
        fn a_key_of_several_attributes_is_read_back(group in r#"[a-z =",/\\\n\u{a0}é]{1,6}"#, account in r#"[a-z =",/\\\n\u{a0}é]{1,6}"#) {
            let parts = [("group", Text::from(group)), ("account", Text::from(account))];
            let text = joined(parts.clone());
            proptest::prop_assert_eq!(split(&text, &["group", "account"]), Some(parts.map(|(_, value)| value).to_vec()));
        }
    }
}
