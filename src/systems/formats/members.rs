//! Members of JSON that is not parsed: what is asked for is found, and the rest is passed over.

use serde::{
    Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// What members of members lead to.
pub fn named<'a>(body: &'a RawValue, names: &[&str]) -> Option<&'a RawValue> {
    names.iter().try_fold(body, |at, name| member(at, name))
}

/// A member of an object, without building anything of it or of its siblings.
fn member<'a>(object: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    struct Members<'n>(&'n str);

    impl<'de> Visitor<'de> for Members<'_> {
        type Value = Option<&'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some(name) = members.next_key::<Cow<'_, str>>()? {
                if name == self.0 {
                    found = Some(members.next_value()?);
                } else {
                    members.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }

    serde_json::Deserializer::from_str(object.get()).deserialize_map(Members(name)).ok().flatten()
}
