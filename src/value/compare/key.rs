//! The canonical form of a key, by which links and files name a record.

use crate::value::{Text, Value};

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
}
