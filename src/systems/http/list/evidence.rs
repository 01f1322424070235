//! What a value of an answer proves: that there is no further page, where the next one is, how many records there are.
//!
//! Each shape of value that has no meaning at its place is told, and is never taken for an absent one: the end of a list would be
//! believed, and whoever is on its later pages would count as missing.

use serde_json::Value as Json;
use std::fmt;

/// What is at a place of an answer, as JSON text; its shape, where that is not one value.
pub type Looked<'d> = Result<Option<std::borrow::Cow<'d, str>>, Shape>;

/// What leads to the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    Cursor,
    Link,
}

/// What the place of a cursor or a link says of the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onward {
    /// There is nothing: no further page, or the place is not the right one.
    Absent,
    /// Null, or an empty text: there is no further page.
    End,
    To(String),
}

/// What a value is that has no meaning at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Nothing,
    Json(&'static str),
    Number(String),
    Several(usize),
    /// A member that is there more than once.
    Twice(String),
    /// JSON that can't be built.
    Undecodable(String),
    /// It can't be worked out.
    Fault(String),
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Json(what) => f.write_str(what),
            Self::Number(number) => write!(f, "`{number}`"),
            Self::Several(count) => write!(f, "{count} values"),
            Self::Twice(member) => write!(f, "the member `{member}` more than once"),
            Self::Undecodable(why) => write!(f, "what can't be decoded ({why})"),
            Self::Fault(why) => write!(f, "what can't be worked out ({why})"),
        }
    }
}

impl Shape {
    /// Whether nothing is said there at all.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing | Self::Json("null"))
    }

    fn of(json: &Json) -> Self {
        match json {
            Json::Null => Self::Json("null"),
            Json::Bool(true) => Self::Json("`true`"),
            Json::Bool(false) => Self::Json("`false`"),
            Json::Number(number) => Self::Number(number.to_string()),
            Json::String(text) if text.trim().is_empty() => Self::Json("a blank text"),
            Json::String(_) => Self::Json("a text"),
            Json::Array(_) => Self::Json("a list"),
            Json::Object(_) => Self::Json("an object"),
        }
    }
}

/// What is found where a cursor or a link is declared: only nothing, null and an empty text mean that there is no further page.
pub fn onward(found: Looked<'_>, leads: Leads) -> Result<Onward, Shape> {
    let Some(found) = found? else { return Ok(Onward::Absent) };
    match serde_json::from_str(&found) {
        Ok(Json::Null) => Ok(Onward::End),
        Ok(Json::String(text)) if text.is_empty() => Ok(Onward::End),
        Ok(Json::String(text)) if !text.trim().is_empty() => Ok(Onward::To(text)),
        // As it is written: a number may be longer than 64 bits.
        Ok(Json::Number(_)) if leads == Leads::Cursor => Ok(Onward::To(found.trim().to_owned())),
        Ok(other) => Err(Shape::of(&other)),
        Err(_) => Err(Shape::Json("no JSON")),
    }
}

/// The number of records where a total is declared: a whole number, also as digits in a text or with a fraction of zero.
pub fn announced(found: Looked<'_>) -> Result<u64, Shape> {
    let found = found?.ok_or(Shape::Nothing)?;
    let json = serde_json::from_str(&found).map_err(|_| Shape::Json("no JSON"))?;
    let number = match &json {
        Json::String(text) => text.trim().parse().ok(),
        Json::Number(number) => number.as_u64().or_else(|| number.as_f64().and_then(whole)),
        _ => None,
    };
    number.ok_or_else(|| Shape::of(&json))
}

/// A number that some languages write with a fraction: `12.0`, `1e3`.
fn whole(number: f64) -> Option<u64> {
    /// Above it, not every whole number can be told from its neighbours.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let fits = number.fract() == 0.0 && (0.0..EXACT).contains(&number);
    fits.then(|| format!("{number:.0}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Looked<'_> {
        Ok(Some(text.into()))
    }

    #[test]
    fn nothing_null_and_an_empty_text_alone_end_a_list() {
        for leads in [Leads::Cursor, Leads::Link] {
            assert_eq!(onward(Ok(None), leads), Ok(Onward::Absent));
            for end in ["null", "\"\""] {
                assert_eq!(onward(at(end), leads), Ok(Onward::End), "{end}");
            }
            for (text, shape) in [
                ("{}", "an object"),
                ("[]", "a list"),
                ("false", "`false`"),
                ("true", "`true`"),
                ("[\"a\"]", "a list"),
                ("\" \\t\"", "a blank text"),
            ] {
                assert_eq!(onward(at(text), leads).unwrap_err().to_string(), shape, "{text}");
            }
            assert_eq!(onward(Err(Shape::Several(2)), leads).unwrap_err().to_string(), "2 values");
            assert_eq!(onward(at("\"false\""), leads), Ok(Onward::To("false".into())));
        }
        assert_eq!(onward(at("0"), Leads::Cursor), Ok(Onward::To("0".into())));
        assert_eq!(onward(at("36893488147419103232"), Leads::Cursor), Ok(Onward::To("36893488147419103232".into())));
        assert_eq!(onward(at("0"), Leads::Link).unwrap_err().to_string(), "`0`");
    }

    #[test]
    fn a_total_is_a_whole_number_or_proves_nothing() {
        for (text, total) in [("12", 12), ("\"12\"", 12), ("12.0", 12), ("1.2e1", 12), ("0", 0), ("18446744073709551615", u64::MAX)] {
            assert_eq!(announced(at(text)), Ok(total), "{text}");
        }
        for (text, shape) in [
            ("12.5", "`12.5`"),
            ("-1", "`-1`"),
            ("1e30", "`1e+30`"),
            ("null", "null"),
            ("{}", "an object"),
            ("[12]", "a list"),
            ("true", "`true`"),
            ("\"\"", "a blank text"),
            ("\"many\"", "a text"),
            ("\"12.5\"", "a text"),
        ] {
            assert_eq!(announced(at(text)).unwrap_err().to_string(), shape, "{text}");
        }
        assert_eq!(announced(Ok(None)).unwrap_err().to_string(), "nothing");
    }
}
