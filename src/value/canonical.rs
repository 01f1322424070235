//! When two values are the same, and the bytes they are hashed by (semantics.md, rule 23).

use super::Value;

/// How values of one attribute are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Comparison {
    pub ignoring_case: bool,
    pub ignoring_order: bool,
}

/// Whether two values are the same: text in NFC, the domain of an e-mail address in lower case, decimals by value,
/// times by instant; absent, null, blank and an empty list are alike; never text with a number.
#[must_use]
pub fn same(_left: &Value, _right: &Value, _how: Comparison) -> bool {
    todo!()
}

/// The canonical bytes of a value under a comparison, appended to `out`: equal exactly where [`same`] says so.
pub fn write(_value: &Value, _how: Comparison, _out: &mut Vec<u8>) {
    todo!()
}

/// The canonical form as a key for an index; none for a missing value: blank never matches blank.
#[must_use]
pub fn index_key(_value: &Value, _how: Comparison) -> Option<Box<[u8]>> {
    todo!()
}
