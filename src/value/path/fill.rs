//! Paths with values still to be filled in: `{$.Name}`, taken from an item.

use super::{Found, JsonPath, PathError, parse::placeholders};
use serde_json::Value as Json;

impl JsonPath {
    /// The paths in an item whose values fill in this path.
    #[must_use]
    pub fn asks(&self) -> Vec<Self> {
        placeholders(&self.text).into_iter().filter_map(|place| Self::parse(&self.text[place.start + 1..place.end - 1]).ok()).collect()
    }

    /// The path with each `{$.Name}` replaced by the item's value as a literal, so that a value can't inject syntax.
    ///
    /// # Errors
    /// One sentence: the item has no value there, or several.
    pub fn filled(&self, item: &Json) -> Result<Self, String> {
        let mut text = String::new();
        let mut from = 0;
        for place in placeholders(&self.text) {
            text.push_str(&self.text[from..place.start]);
            text.push_str(&literal(&self.text[place.start + 1..place.end - 1], item)?);
            from = place.end;
        }
        text.push_str(&self.text[from..]);
        Self::parse(&text).map_err(|error: PathError| error.message)
    }
}

fn literal(path: &str, item: &Json) -> Result<String, String> {
    let inner = JsonPath::parse(path).map_err(|error| error.message)?;
    match inner.find(item) {
        Found::One(value) if !matches!(value, Json::Array(_) | Json::Object(_)) => Ok(value.to_string()),
        Found::One(_) | Found::Several(_) => Err(format!("there is not exactly one value at `{path}`")),
        Found::Nothing => Err(format!("there is nothing at `{path}`")),
    }
}
