//! Members of JSON that is not parsed: what is asked for is found, and the rest is passed over.

use crate::value::{path::JsonPath, unique};
use serde::{
    Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value as Json, value::RawValue};
use std::{borrow::Cow, fmt};

/// A member of this name is in an object more than once, so which of them counts is unknown.
#[derive(Debug, PartialEq, Eq)]
pub struct Twice(pub String);

/// What members of members lead to.
///
/// # Errors
/// One of them is there more than once.
pub fn named<'a>(body: &'a RawValue, names: &[&str]) -> Result<Option<&'a RawValue>, Twice> {
    let mut at = body;
    for name in names {
        let Some(found) = member(at, name)? else { return Ok(None) };
        at = found;
    }
    Ok(Some(at))
}

/// A tree of what a path looks at, below the names that it begins with.
///
/// # Errors
/// A member there is there more than once.
pub fn tree(body: &RawValue, path: &JsonPath) -> Result<Json, Twice> {
    let outline = if path.alternatives().count() > 1 { Vec::new() } else { path.outline() };
    let names: Vec<_> = outline.into_iter().map_while(|step| step).collect();
    let Some(found) = named(body, &names)? else { return Ok(Json::Null) };
    let (found, twice) = unique::tree(found.get()).unwrap_or_default();
    twice.map_or(Ok(()), |member| Err(Twice(member)))?;
    Ok(names.iter().rev().fold(found, |inner, name| Json::Object(std::iter::once(((*name).to_owned(), inner)).collect())))
}

/// A member of an object, without building anything of it or of its siblings.
fn member<'a>(object: &'a RawValue, name: &str) -> Result<Option<&'a RawValue>, Twice> {
    struct Members<'n>(&'n str);

    impl<'de> Visitor<'de> for Members<'_> {
        type Value = (Option<&'de RawValue>, bool);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let (mut found, mut twice) = (None, false);
            while let Some(name) = members.next_key::<Cow<'_, str>>()? {
                if name == self.0 {
                    twice |= found.replace(members.next_value()?).is_some();
                } else {
                    members.next_value::<IgnoredAny>()?;
                }
            }
            Ok((found, twice))
        }
    }

    match serde_json::Deserializer::from_str(object.get()).deserialize_map(Members(name)) {
        Ok((_, true)) => Err(Twice(name.to_owned())),
        Ok((found, false)) => Ok(found),
        Err(_) => Ok(None),
    }
}

/// The members of an object whose names fit, each read whole; none where it is no object.
pub fn of_names(object: &RawValue, fits: impl Fn(&str) -> bool) -> Map<String, Json> {
    struct Fitting<F>(F);

    impl<'de, F: Fn(&str) -> bool> Visitor<'de> for Fitting<F> {
        type Value = Map<String, Json>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut found = Map::new();
            while let Some(name) = members.next_key::<Cow<'_, str>>()? {
                if self.0(&name) {
                    found.insert(name.into_owned(), members.next_value()?);
                } else {
                    members.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }

    serde_json::Deserializer::from_str(object.get()).deserialize_map(Fitting(fits)).unwrap_or_default()
}
