//! Paths with values still to be filled in: `{$.Name}`, taken from an item.

use super::{Found, JsonPath, PathError, parse::placeholders};
use serde_json::Value as Json;
use thiserror::Error;

/// Why a path could not be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FillError {
    #[error("there is nothing at `{0}`")]
    Nothing(String),
    #[error("there is not exactly one value at `{0}`")]
    NotOne(String),
    /// The placeholder, or the path with its values, is not a path.
    #[error("{}", .0.message)]
    NotAPath(PathError),
}

impl From<PathError> for FillError {
    fn from(error: PathError) -> Self {
        Self::NotAPath(error)
    }
}

impl JsonPath {
    /// The paths in an item whose values fill in this path.
    #[must_use]
    pub fn asks(&self) -> Vec<Self> {
        placeholders(&self.text).into_iter().filter_map(|place| Self::parse(&self.text[place.start + 1..place.end - 1]).ok()).collect()
    }

    /// The path with each `{$.Name}` replaced by the item's value as a literal, so that a value can't inject syntax.
    ///
    /// # Errors
    /// The item has no value there, or several.
    pub fn filled(&self, item: &Json) -> Result<Self, FillError> {
        let mut text = String::new();
        let mut from = 0;
        for place in placeholders(&self.text) {
            text.push_str(&self.text[from..place.start]);
            text.push_str(&literal(&self.text[place.start + 1..place.end - 1], item)?);
            from = place.end;
        }
        text.push_str(&self.text[from..]);
        Ok(Self::parse(&text)?)
    }
}

fn literal(path: &str, item: &Json) -> Result<String, FillError> {
    let inner = JsonPath::parse(path)?;
    match inner.find(item) {
        Found::One(value) if !matches!(value, Json::Array(_) | Json::Object(_)) => Ok(value.to_string()),
        Found::One(_) | Found::Several(_) => Err(FillError::NotOne(path.to_owned())),
        Found::Nothing => Err(FillError::Nothing(path.to_owned())),
    }
}
