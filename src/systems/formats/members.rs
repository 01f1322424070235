//! Members of JSON that is not parsed: what is asked for is found, and the rest is passed over.

use crate::value::{
    halves,
    path::{JsonPath, Passage},
    unique,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value as Json, value::RawValue};
use std::{borrow::Cow, fmt};

/// Why it is unknown what is in an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Unclear {
    /// A member of this name is in an object more than once.
    Twice(String),
    /// It is JSON that can't be built: a number out of range, or too many levels. Why.
    Undecodable(String),
}

impl From<serde_json::Error> for Unclear {
    fn from(error: serde_json::Error) -> Self {
        Self::Undecodable(error.to_string())
    }
}

/// A value as a tree, with U+FFFD for halves of characters, whatever members are in it more than once.
///
/// # Errors
/// It can't be built.
pub fn loose(value: &RawValue) -> Result<Json, Unclear> {
    Ok(halves::tree(value.get())?)
}

/// The same of a value none of whose members is there more than once.
///
/// # Errors
/// It can't be built, or has a member more than once.
fn built(value: &RawValue) -> Result<Json, Unclear> {
    let (tree, twice) = unique::tree(value.get())?;
    twice.map_or(Ok(tree), |member| Err(Unclear::Twice(member)))
}

/// What members of members lead to.
///
/// # Errors
/// One of them is there more than once.
pub fn named<'a>(body: &'a RawValue, names: &[&str]) -> Result<Option<&'a RawValue>, Unclear> {
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
/// A member there is there more than once, or what is there can't be built.
pub fn tree(body: &RawValue, path: &JsonPath) -> Result<Json, Unclear> {
    let outline = if path.alternatives().count() > 1 { Vec::new() } else { path.outline() };
    let names: Vec<_> = outline.into_iter().map_while(|step| step).collect();
    let Some(found) = named(body, &names)? else { return Ok(Json::Null) };
    let found = built(found)?;
    Ok(names.iter().rev().fold(found, |inner, name| Json::Object(std::iter::once(((*name).to_owned(), inner)).collect())))
}

/// A member of an object, without building anything of it or of its siblings.
fn member<'a>(object: &'a RawValue, name: &str) -> Result<Option<&'a RawValue>, Unclear> {
    struct Members<'n>(&'n str);

    impl<'de> Visitor<'de> for Members<'_> {
        type Value = (Option<&'de RawValue>, bool);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let (mut found, mut twice) = (None, false);
            while let Some(name) = members.next_key()? {
                if name_of(name) == self.0 {
                    twice |= found.replace(members.next_value()?).is_some();
                } else {
                    members.next_value::<IgnoredAny>()?;
                }
            }
            Ok((found, twice))
        }
    }

    match serde_json::Deserializer::from_str(object.get()).deserialize_map(Members(name)) {
        Ok((_, true)) => Err(Unclear::Twice(name.to_owned())),
        Ok((found, false)) => Ok(found),
        Err(_) => Ok(None),
    }
}

/// The name of a member, with U+FFFD for halves of characters: one that can't be built must not hide those after it.
fn name_of(quoted: &RawValue) -> Cow<'_, str> {
    let plain = quoted.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|plain| !plain.contains('\\'));
    plain.map_or_else(
        || halves::tree(quoted.get()).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default().into(),
        Cow::Borrowed,
    )
}

/// Members that are found on a way, each with the number of passages that lead to its object.
pub struct OnTheWay<'a, 'w> {
    /// The way, of which the last name is that of what is looked for.
    pub way: &'w [Passage<'w>],
    /// Whether a member is looked for in the object after so many passages.
    pub fits: &'w dyn Fn(usize, &str) -> bool,
    /// What was found, unread: a value that can't be built says something as well.
    pub found: Vec<(usize, String, &'a RawValue)>,
    /// After how many passages the way goes on by its own name.
    pub passed: Vec<usize>,
}

impl<'a> OnTheWay<'a, '_> {
    /// Goes down the way once, from what is after so many of its passages, and passes over everything else.
    pub fn go(&mut self, at: &'a RawValue, level: usize) {
        let mut json = serde_json::Deserializer::from_str(at.get());
        // What is not of the shape that the way needs leads to no list, which is told where the list is looked for.
        let _ = Step { seen: self, level }.deserialize(&mut json);
    }
}

/// The members of an object whose names fit, unread; none where it is no object.
pub fn of_names(object: &RawValue, fits: impl Fn(&str) -> bool) -> Vec<(String, &RawValue)> {
    let mut seen = OnTheWay { way: &[Passage::Name("")], fits: &|_, name| fits(name), found: Vec::new(), passed: Vec::new() };
    seen.go(object, 0);
    seen.found.into_iter().map(|(_, name, value)| (name, value)).collect()
}

struct Step<'s, 'a, 'w> {
    seen: &'s mut OnTheWay<'a, 'w>,
    level: usize,
}

impl<'a> DeserializeSeed<'a> for Step<'_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.seen.way.get(self.level) {
            Some(Passage::Name(_)) => deserializer.deserialize_map(self),
            Some(Passage::Index(_)) => deserializer.deserialize_seq(self),
            None => IgnoredAny::deserialize(deserializer).map(drop),
        }
    }
}

impl<'a> Visitor<'a> for Step<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what a way leads through")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let Some(Passage::Name(own)) = self.seen.way.get(self.level).copied() else { return Ok(()) };
        while let Some(name) = members.next_key()? {
            let name = name_of(name);
            if name == own {
                self.seen.passed.push(self.level);
                members.next_value_seed(Step { seen: &mut *self.seen, level: self.level + 1 })?;
            } else if (self.seen.fits)(self.level, &name) {
                self.seen.found.push((self.level, name.into_owned(), members.next_value()?));
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        let Some(Passage::Index(index)) = self.seen.way.get(self.level).copied() else { return Ok(()) };
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<&RawValue>()? {
            all.push(item);
        }
        if let Some(item) = place_of(index, all.len()).map(|at| all[at]) {
            self.seen.go(item, self.level + 1);
        }
        Ok(())
    }
}

/// Where an index leads in a list of this length.
pub fn place_of(index: i64, length: usize) -> Option<usize> {
    let from_end = || usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back));
    let at = if index < 0 { from_end() } else { usize::try_from(index).ok() };
    at.filter(|at| *at < length)
}
