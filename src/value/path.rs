//! JSON paths: parsed once, checked, evaluated on borrowed trees, and used to place what is written.

use serde_json::Value as Json;

/// A JSON path (RFC 9535), parsed and found safe to evaluate.
#[derive(Clone, Debug)]
pub struct JsonPath {
    /// As written, from `$`.
    pub text: String,
    /// The steps, if it has none but names, indexes and equality filters that can build what they select.
    pub steps: Option<Vec<Step>>,
}

/// One step of a path that can be written to.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Name(String),
    Index(i64),
    /// `[?@.type == "work"]`, one or several joined by `&&`.
    Where(Vec<(Vec<String>, Json)>),
}

/// Why a path can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// One sentence in lower case.
    pub message: String,
    /// Where in the path's text, in bytes.
    pub offset: usize,
    /// What to write instead.
    pub help: Option<String>,
}

/// What a path finds in one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    Nothing,
    One(&'a Json),
    /// How many, where one was wanted.
    Several(usize),
}

impl JsonPath {
    /// Parses a path and refuses the forms that evaluate wrongly or unsafely.
    ///
    /// # Errors
    /// A [`PathError`] with the place inside the text.
    pub fn parse(_text: &str) -> Result<Self, PathError> {
        todo!()
    }

    /// The one value the path finds.
    #[must_use]
    pub fn find<'a>(&self, _record: &'a Json) -> Found<'a> {
        todo!()
    }

    /// All values the path finds.
    #[must_use]
    pub fn find_all<'a>(&self, _record: &'a Json) -> Vec<&'a Json> {
        todo!()
    }

    /// Whether a value can be placed by it.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.steps.is_some()
    }

    /// The dotted names up to the first `[` after which nothing can be asked for: `$.a.b[0].c` is `a.b`.
    #[must_use]
    pub fn dotted(&self) -> String {
        todo!()
    }

    /// Puts a value where the path points, building objects, lists and the element an equality filter describes.
    pub fn place(&self, _record: &mut Json, _value: Json) {
        todo!()
    }

    /// Takes away what the path points at, with the element an equality filter selects.
    pub fn remove(&self, _record: &mut Json) {
        todo!()
    }
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
