//! JSON as a tree, with a member that one of its objects has more than once: which of the two counts is unknown.

use super::halves;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json, map::Entry};
use std::fmt;

/// A JSON value as a tree, with U+FFFD for halves of characters, and the first member that is there more than once.
///
/// # Errors
/// The text is not JSON.
pub fn tree(json: &str) -> Result<(Json, Option<String>), serde_json::Error> {
    read(json).or_else(|error| read(&halves::without_halves(json)).map_err(|_| error))
}

fn read(json: &str) -> Result<(Json, Option<String>), serde_json::Error> {
    let (mut twice, mut deserializer) = (None, serde_json::Deserializer::from_str(json));
    let tree = Tree(&mut twice).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((tree, twice))
}

/// Builds a tree as `serde_json` does, and keeps the first member that is there more than once. The last of them is in the tree.
pub(super) struct Tree<'t>(pub &'t mut Option<String>);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
        Ok(truth.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(Tree(&mut *self.0))?;
            match members.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(value);
                }
                Entry::Occupied(mut taken) => {
                    self.0.get_or_insert_with(|| taken.key().clone());
                    taken.insert(value);
                }
            }
        }
        Ok(Json::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Tree(&mut *self.0))? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::testing::any_json;
    use proptest::prelude::*;

    #[test]
    fn a_member_that_is_there_twice_is_told_at_any_depth() {
        let twice = |text: &str| tree(text).unwrap().1;
        assert_eq!(twice(r#"{"a": [{"b": 1, "c": {"b": 2}}, {"b": 3}]}"#), None);
        assert_eq!(twice(r#"{"a": [{"b": 1, "\u0062": 2}]}"#).as_deref(), Some("b"));
        assert_eq!(twice(r#"{"a": 1, "b": {"c": 1, "c": 1}, "a": 2}"#).as_deref(), Some("c"));
        assert!(tree("{\"a\": 1} x").is_err() && tree("{\"a\": ").is_err());
    }

    proptest! {
        #[test]
        fn the_tree_is_that_of_serde(json in any_json()) {
            let text = json.to_string();
            prop_assert_eq!(tree(&text).unwrap(), (serde_json::from_str(&text).unwrap(), None));
        }
    }
}
