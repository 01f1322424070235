//! Conversions between the kinds of numbers.

use super::Value;
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// A number of either kind as a decimal.
#[must_use]
pub fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        _ => None,
    }
}

/// The integer a decimal is, if it is one.
#[must_use]
pub fn whole(number: Decimal) -> Option<i64> {
    if number.fract().is_zero() { number.to_i64() } else { None }
}
