//! Conversions between the kinds of numbers.

use super::Value;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Number;

/// From here on a double no longer represents every integer.
pub const DOUBLES_ARE_WHOLE: f64 = 9_007_199_254_740_992.0;

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

/// A double as the shortest decimal that it represents; `None` beyond the range in which doubles represent every integer, and for a
/// number so small that a decimal of it would be 0.
#[must_use]
pub fn decimal_of_double(number: f64) -> Option<Decimal> {
    if number.abs() >= DOUBLES_ARE_WHOLE {
        return None;
    }
    let decimal: Decimal = number.to_string().parse().ok()?;
    (number == 0.0 || !decimal.is_zero()).then_some(decimal)
}

/// A JSON number as a decimal, if it can be kept exactly.
#[must_use]
pub fn decimal_of(number: &Number) -> Option<Decimal> {
    let whole = number.as_i64().map(Decimal::from).or_else(|| number.as_u64().map(Decimal::from));
    whole.or_else(|| decimal_of_double(number.as_f64()?))
}
