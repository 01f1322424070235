//! Records become rows: only what the plan asks for, in one pass over the bytes.
//!
//! In: records as JSON text. Out: a [`Table`]. Pure.

use crate::{
    plan::Side,
    systems::End,
    value::{
        Kind, Value,
        trie::{Cell, Row, Trie},
    },
};

/// What one read gave.
#[derive(Debug)]
pub struct Table {
    pub rows: Vec<Row>,
    /// The records as they came, where somebody asked to keep them (`watch` plans again on them).
    pub raw: Vec<Box<[u8]>>,
    pub end: End,
    /// Records received.
    pub records: u64,
    pub requests: u64,
    pub milliseconds: u64,
}

impl Table {
    /// Rows that were read to the end.
    #[must_use]
    pub fn complete(rows: Vec<Row>) -> Self {
        let records = rows.len() as u64;
        let end = End::Complete { evidence: "given".into() };
        Self { rows, raw: Vec::new(), end, records, requests: 0, milliseconds: 0 }
    }

    /// A target that is asked for each record, and not read by its list: nothing yet, and absence proves nothing.
    #[must_use]
    pub const fn asked() -> Self {
        Self { rows: Vec::new(), raw: Vec::new(), end: End::Delta, records: 0, requests: 0, milliseconds: 0 }
    }
}

/// Takes records as they come.
#[derive(Debug)]
pub struct Extractor {
    trie: Trie,
    keep_raw: bool,
    rows: Vec<Row>,
    raw: Vec<Box<[u8]>>,
    fault: Option<String>,
}

impl Extractor {
    /// For the source: an attribute that is not optional and yet missing is a fault of its cell.
    #[must_use]
    pub fn source(side: &Side, keep_raw: bool) -> Self {
        Self::new(side, keep_raw, false)
    }

    /// For the target: an account that lacks an attribute is read all the same.
    #[must_use]
    pub fn target(side: &Side, keep_raw: bool) -> Self {
        Self::new(side, keep_raw, true)
    }

    fn new(side: &Side, keep_raw: bool, lenient: bool) -> Self {
        let slots = side.slots.iter().map(|slot| {
            let mut codec = slot.codec.clone();
            codec.required &= !lenient;
            (slot.path.clone(), codec)
        });
        let trie = Trie::new(&slots.collect::<Vec<_>>());
        Self { trie, keep_raw, rows: Vec::new(), raw: Vec::new(), fault: None }
    }

    /// Takes the records of a page.
    pub fn take(&mut self, records: &[&[u8]]) {
        self.rows.reserve(records.len());
        for record in records {
            self.take_one(record);
        }
    }

    /// The row of one record.
    ///
    /// # Errors
    /// One sentence, if the text is not JSON.
    pub fn row(&self, record: &[u8]) -> Result<Row, String> {
        self.trie.read(record).map_err(|error| format!("a record is not valid JSON: {error}"))
    }

    fn take_one(&mut self, record: &[u8]) {
        match self.row(record) {
            Ok(row) => self.rows.push(row),
            Err(error) => {
                self.fault.get_or_insert(error);
            }
        }
        if self.keep_raw {
            self.raw.push(record.into());
        }
    }

    /// The table, once the read has ended. A record that is no JSON makes the read broken.
    #[must_use]
    pub fn finish(self, end: End, requests: u64, milliseconds: u64) -> Table {
        let end = match self.fault {
            Some(reason) => End::Broken { reason, class: None },
            None => end,
        };
        let records = self.rows.len() as u64;
        Table { rows: self.rows, raw: self.raw, end, records, requests, milliseconds }
    }
}

/// The value that a key's text stands for, of the kind that its attribute has.
#[must_use]
pub fn key_value(kind: &Kind, text: &str) -> Value {
    match kind {
        Kind::Int => text.parse().map_or_else(|_| Value::text(text), Value::Int),
        Kind::Decimal => text.parse().map_or_else(|_| Value::text(text), Value::Decimal),
        _ => Value::text(text),
    }
}

/// What an account holds now. A value that can't be read counts as missing: it is never the wanted one.
#[must_use]
pub fn held(row: &Row, slot: usize) -> &Value {
    row.get(slot).and_then(|cell: &Cell| cell.as_ref().ok()).unwrap_or(&Value::Null)
}
