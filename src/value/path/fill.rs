//! Paths with values still to be filled in: `{$.Name}`, taken from an item.

use super::{Found, JsonPath, PathError, parse::placeholders};
use serde_json::Value as Json;

impl JsonPath {
    /// The paths that are asked of an item, to fill this one in.
    #[must_use]
    pub fn asks(&self) -> Vec<Self> {
        placeholders(&self.text).into_iter().filter_map(|place| Self::parse(&self.text[place.start + 1..place.end - 1]).ok()).collect()
    }

    /// The path with each `{$.Name}` filled in by what stands there in the item, as a literal: it can bring no syntax in.
    ///
    /// # Errors
    /// One sentence: nothing stands there, or no single value.
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
