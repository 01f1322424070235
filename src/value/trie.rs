//! All paths of a collection in one trie: a record's bytes are walked once and only what is asked for is built.

use super::{Fault, Value, format::Codec, path::JsonPath};

/// A value read from a record, or why it could not be read. A fault rejects only the verdict that needs the value.
pub type Cell = Result<Value, Box<Fault>>;

/// The values of one record, in the order of the slots.
pub type Row = Box<[Cell]>;

/// Takes the values of many paths from a record in one pass.
#[derive(Debug)]
pub struct Trie {}

impl Trie {
    /// A trie over the slots: each a path and how its value is read.
    #[must_use]
    pub fn new(_slots: &[(JsonPath, Codec)]) -> Self {
        todo!()
    }

    /// The row of a record, from its JSON text.
    ///
    /// # Errors
    /// If the text is not one whole JSON value.
    pub fn read(&self, _record: &[u8]) -> Result<Row, serde_json::Error> {
        todo!()
    }
}
