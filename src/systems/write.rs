//! A write, and what the target answered.

use super::read::Snapshot;
use crate::value::Value;

/// One write.
#[derive(Clone, Debug)]
pub struct Write {
    pub kind: WriteKind,
    /// The target's key of the record; none on create.
    pub id: Option<Value>,
    /// Attributes to write, by index, in the order of the pipeline; [`Value::Null`] clears.
    pub values: Vec<(usize, Value)>,
    /// All known attributes of the current record, by index: what paths and bodies may name.
    pub current: Vec<(usize, Value)>,
    /// Sent as `Idempotency-Key` where the call is repeatable by one.
    pub token: Option<String>,
    /// The record as it was read last: what a diff, a merge and a part are made from. Where one is needed and none is given, it is read.
    pub record: Option<Snapshot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    Create,
    Update,
    /// A part of the record, written by its own calls: created if the record lacks it, else updated.
    Part(usize),
    Delete,
    /// A named call of the collection.
    Call(usize),
}

/// What the target answered to a write.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The key of the record, if the answer has one.
    pub id: Option<Value>,
    /// The record as the answer gives it, as JSON text.
    pub record: Option<Box<[u8]>>,
}
