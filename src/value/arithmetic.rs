//! `+ - * /`: the kinds of their operands and results.

use super::{Fault, FaultCode, Kind, Span, Value, number::decimal};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::Value as Json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// The kind of a result; `None` where the operator can't be used on these.
///
/// Integers remain integers under `+ - *`; `/` always gives a decimal. A length of time divided by another is a decimal as well:
/// `(today - start) / 1 day`. Two lists are joined by `+`.
#[must_use]
pub fn kind(operator: Operator, left: &Kind, right: &Kind) -> Option<Kind> {
    use Kind::{Date, DateTime, Decimal, Duration, Int};
    use Operator::{Add, Divide, Multiply, Subtract};
    match (operator, left, right) {
        (Divide, Int | Decimal, Int | Decimal) | (Divide, Duration, Duration) => Some(Decimal),
        (_, Int, Int) => Some(Int),
        (_, Int | Decimal, Int | Decimal) => Some(Decimal),
        (Add | Subtract, Date, Duration) | (Add, Duration, Date) => Some(Date),
        (Add | Subtract, DateTime, Duration) | (Add, Duration, DateTime) => Some(DateTime),
        (Subtract, Date, Date) | (Subtract, DateTime, DateTime) | (Add | Subtract, Duration, Duration) => Some(Duration),
        (Multiply, Duration, Int) | (Multiply, Int, Duration) => Some(Duration),
        (Add, Kind::List(left), Kind::List(right)) if left == right || **right == Kind::Nothing => Some(Kind::List(left.clone())),
        (Add, Kind::List(left), Kind::List(right)) if **left == Kind::Nothing => Some(Kind::List(right.clone())),
        (Add, Kind::List(_), Kind::Json) => Some(Kind::List(Box::new(Kind::Json))),
        (Add, Kind::Json, Kind::Json) => Some(Kind::Json),
        _ => None,
    }
}

/// Computes `left operator right`; missing if one of them is.
///
/// # Errors
/// Too large a result (`R0213`), a division by zero (`R0214`), or a date that is moved by a part of a day (`R0217`).
pub fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, Box<Fault>> {
    if left.is_missing() || right.is_missing() {
        return Ok(Value::Null);
    }
    if operator == Operator::Divide && is_zero(right) {
        return Err(Fault::new(FaultCode::DivisionByZero, "can't be divided by zero").of(left.to_text().unwrap_or_default()));
    }
    if let (Value::Date(_), Value::Duration(span)) | (Value::Duration(span), Value::Date(_)) = (left, right)
        && !span.is_whole_days()
    {
        return Err(Fault::new(FaultCode::PartOfDay, "is not a whole number of days, and a date moves by days only").of(span.to_string()));
    }
    result(operator, left, right)
        .ok_or_else(|| Fault::new(FaultCode::TooLarge, "is too large to reckon with").of(left.to_text().unwrap_or_default()))
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Duration(span) => span.seconds() == 0,
        number => decimal(number).is_some_and(|number| number.is_zero()),
    }
}

fn result(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    use Operator::{Add, Divide, Multiply, Subtract};
    match (operator, left, right) {
        (_, Value::Int(left), Value::Int(right)) if operator != Operator::Divide => integers(operator, *left, *right).map(Value::Int),
        (_, Value::Int(_) | Value::Decimal(_), Value::Int(_) | Value::Decimal(_)) => {
            decimals(operator, decimal(left)?, decimal(right)?).map(Value::Decimal)
        }
        (Add, Value::Date(date), Value::Duration(span)) | (Add, Value::Duration(span), Value::Date(date)) => moved(*date, *span, 1),
        (Subtract, Value::Date(date), Value::Duration(span)) => moved(*date, *span, -1),
        (Add, Value::DateTime(time), Value::Duration(span)) | (Add, Value::Duration(span), Value::DateTime(time)) => later(*time, *span, 1),
        (Subtract, Value::DateTime(time), Value::Duration(span)) => later(*time, *span, -1),
        (Subtract, Value::Date(left), Value::Date(right)) => Some(Value::Duration(Span::Days(days_between(*right, *left)))),
        (Subtract, Value::DateTime(left), Value::DateTime(right)) => {
            Some(Value::Duration(Span::Seconds(left.duration_since(*right).as_secs())))
        }
        (Add, Value::Duration(left), Value::Duration(right)) => spans(*left, *right, 1),
        (Subtract, Value::Duration(left), Value::Duration(right)) => spans(*left, *right, -1),
        (Multiply, Value::Duration(span), Value::Int(times)) | (Multiply, Value::Int(times), Value::Duration(span)) => {
            stretched(*span, *times)
        }
        (Divide, Value::Duration(left), Value::Duration(right)) => {
            Decimal::from(left.seconds_checked()?).checked_div(right.seconds_checked()?.into()).map(Value::Decimal)
        }
        (Add, Value::List(left), Value::List(right)) => Some(Value::list(left.iter().chain(right.iter()).cloned().collect())),
        (Add, Value::List(left), Value::Json(right)) => {
            let right = right.as_array()?.iter().map(|item| Value::Json(Box::new(item.clone())));
            Some(Value::list(left.iter().cloned().chain(right).collect()))
        }
        (Add, Value::Json(left), Value::Json(right)) => {
            let mut merged = left.clone();
            merge(&mut merged, right);
            Some(Value::Json(merged))
        }
        _ => None,
    }
}

/// Objects are merged member by member, at every depth; of anything else the right side is taken.
fn merge(left: &mut Json, right: &Json) {
    match (left, right) {
        (Json::Object(left), Json::Object(right)) => {
            for (name, value) in right {
                merge(left.entry(name).or_insert(Json::Null), value);
            }
        }
        (left, right) => *left = right.clone(),
    }
}

const fn integers(operator: Operator, left: i64, right: i64) -> Option<i64> {
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => None,
    }
}

fn decimals(operator: Operator, left: Decimal, right: Decimal) -> Option<Decimal> {
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
    }
}

/// Days move the calendar. What is after "no end" has no end either.
fn moved(date: Date, span: Span, sign: i64) -> Option<Value> {
    let days = span.seconds_checked()? / 86_400;
    if date == Date::MAX && days.checked_mul(sign)? > 0 {
        return Some(Value::Date(date));
    }
    date.checked_add(jiff::Span::new().try_days(days.checked_mul(sign)?).ok()?).ok().map(Value::Date)
}

fn later(time: Timestamp, span: Span, sign: i64) -> Option<Value> {
    let seconds = span.seconds_checked()?.checked_mul(sign)?;
    if time == Timestamp::MAX && seconds > 0 {
        return Some(Value::DateTime(time));
    }
    time.checked_add(SignedDuration::from_secs(seconds)).ok().map(Value::DateTime)
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Days and days give days; anything else is counted in seconds.
fn spans(left: Span, right: Span, sign: i64) -> Option<Value> {
    let sum = |left: i64, right: i64| left.checked_add(right.checked_mul(sign)?);
    Some(Value::Duration(match (left, right) {
        (Span::Days(left), Span::Days(right)) => Span::Days(sum(left, right)?),
        _ => Span::Seconds(sum(left.seconds_checked()?, right.seconds_checked()?)?),
    }))
}

fn stretched(span: Span, times: i64) -> Option<Value> {
    Some(Value::Duration(match span {
        Span::Days(days) => Span::Days(days.checked_mul(times)?),
        Span::Seconds(seconds) => Span::Seconds(seconds.checked_mul(times)?),
    }))
}

/// A number rounded to so many places; half is rounded away from zero, as people do.
#[must_use]
pub fn rounded(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Operator::{Add, Divide, Multiply, Subtract};
    use jiff::civil::date;

    fn ok(operator: Operator, left: Value, right: Value) -> Value {
        apply(operator, &left, &right).unwrap()
    }

    #[test]
    fn numbers() {
        assert_eq!(ok(Add, Value::Int(2), Value::Int(3)), Value::Int(5));
        assert_eq!(ok(Divide, Value::Int(7), Value::Int(2)), Value::Decimal("3.5".parse().unwrap()));
        assert_eq!(ok(Multiply, Value::Int(2), Value::Decimal("1.25".parse().unwrap())), Value::Decimal("2.50".parse().unwrap()));
        assert_eq!(apply(Add, &Value::Int(i64::MAX), &Value::Int(1)).unwrap_err().code, FaultCode::TooLarge);
        assert_eq!(apply(Divide, &Value::Int(1), &Value::Decimal(Decimal::new(0, 2))).unwrap_err().code, FaultCode::DivisionByZero);
        assert_eq!(ok(Divide, Value::Null, Value::Int(0)), Value::Null);
    }

    #[test]
    fn times() {
        let day = |d| Value::Date(date(2026, 3, d));
        assert_eq!(ok(Add, day(1), Value::Duration(Span::Days(7))), day(8));
        assert_eq!(ok(Subtract, day(8), Value::Duration(Span::Days(7))), day(1));
        assert_eq!(ok(Subtract, day(8), day(1)), Value::Duration(Span::Days(7)));
        let at = |text: &str| Value::DateTime(text.parse().unwrap());
        assert_eq!(ok(Subtract, at("2026-03-01T09:10:00Z"), Value::Duration(Span::Seconds(600))), at("2026-03-01T09:00:00Z"));
        assert_eq!(ok(Subtract, at("2026-03-01T09:10:00Z"), at("2026-03-01T09:00:00Z")), Value::Duration(Span::Seconds(600)));
        assert_eq!(apply(Add, &day(1), &Value::Duration(Span::Days(i64::MAX))).unwrap_err().code, FaultCode::TooLarge);
        assert_eq!(apply(Add, &day(1), &Value::Duration(Span::Days(5_000_000))).unwrap_err().code, FaultCode::TooLarge);
        assert_eq!(ok(Add, day(1), Value::Duration(Span::Seconds(2 * 86_400))), day(3));
        let end = Value::Date(date(9999, 12, 31));
        for days in [1, 30, 400_000] {
            assert_eq!(ok(Add, end.clone(), Value::Duration(Span::Days(days))), end, "what is after no end has no end");
            assert_eq!(ok(Add, Value::DateTime(Timestamp::MAX), Value::Duration(Span::Days(days))), Value::DateTime(Timestamp::MAX));
        }
        assert_eq!(ok(Subtract, end.clone(), Value::Duration(Span::Days(1))), Value::Date(date(9999, 12, 30)));
        assert_eq!(apply(Add, &Value::Date(date(9999, 12, 30)), &Value::Duration(Span::Days(2))).unwrap_err().code, FaultCode::TooLarge);
        for hours in [1, 23, 25, -1] {
            for operator in [Add, Subtract] {
                let fault = apply(operator, &day(1), &Value::Duration(Span::Seconds(hours * 3_600))).unwrap_err();
                assert_eq!(fault.code, FaultCode::PartOfDay, "{hours} h");
            }
        }
    }

    #[test]
    fn a_length_of_time_divided_by_another() {
        let day = |month, d| Value::Date(date(2026, month, d));
        let days = Value::Duration(Span::Days(1));
        let tenure = |from: Value, to: Value| ok(Divide, ok(Subtract, to, from), days.clone());
        assert_eq!(tenure(day(1, 1), day(12, 31)).to_text().as_deref(), Some("364"));
        assert_eq!(tenure(day(3, 8), day(3, 1)).to_text().as_deref(), Some("-7"));
        assert_eq!(
            ok(Divide, Value::Duration(Span::Seconds(5_400)), Value::Duration(Span::Seconds(3_600))).to_text().as_deref(),
            Some("1.5")
        );
        for zero in [Span::Days(0), Span::Seconds(0)] {
            assert_eq!(apply(Divide, &days, &Value::Duration(zero)).unwrap_err().code, FaultCode::DivisionByZero);
        }
    }

    #[test]
    fn every_kind_that_is_taken_gives_a_value_of_the_kind_that_is_said() {
        let samples = [
            (Kind::Int, Value::Int(3)),
            (Kind::Decimal, Value::Decimal(Decimal::new(25, 1))),
            (Kind::Date, Value::Date(date(2026, 3, 1))),
            (Kind::DateTime, Value::DateTime(Timestamp::UNIX_EPOCH)),
            (Kind::Duration, Value::Duration(Span::Days(2))),
            (Kind::Text, Value::text("a")),
            (Kind::List(Box::new(Kind::Text)), Value::list(vec![Value::text("a")])),
        ];
        for operator in [Add, Subtract, Multiply, Divide] {
            for (left_kind, left) in &samples {
                for (right_kind, right) in &samples {
                    let Some(kind) = kind(operator, left_kind, right_kind) else { continue };
                    let value = apply(operator, left, right).unwrap();
                    let sample = &samples.iter().find(|(other, _)| *other == kind).unwrap().1;
                    assert_eq!(std::mem::discriminant(&value), std::mem::discriminant(sample), "{left_kind} {operator:?} {right_kind}");
                }
            }
        }
    }
}
