//! Kinds: which ones can be assigned, which can be compared, and their names in messages.

use crate::{
    check::model::expr::Expr,
    value::{Kind, Type, Value},
};
use rust_decimal::Decimal;

/// Whether a value of one kind can be used where another is wanted.
pub(crate) fn fits(kind: &Kind, wanted: &Kind) -> bool {
    match (kind, wanted) {
        (Kind::Nothing, _) => true,
        (Kind::List(item), Kind::List(wanted)) => fits(item, wanted),
        _ => kind == wanted,
    }
}

/// Whether `==` and its like make sense between the two. Raw JSON may hold anything.
pub(crate) fn comparable(left: &Kind, right: &Kind) -> bool {
    let number = |kind: &Kind| matches!(kind, Kind::Int | Kind::Decimal);
    match (left, right) {
        (Kind::Json, other) | (other, Kind::Json) => *other != Kind::Schedule,
        (Kind::List(left), Kind::List(right)) => comparable(left, right),
        _ => fits(left, right) || fits(right, left) || (number(left) && number(right)),
    }
}

/// Whether one can come before another.
pub(crate) fn ordered(kind: &Kind) -> bool {
    !matches!(kind, Kind::Bool | Kind::Json | Kind::List(_) | Kind::Schedule)
}

/// The kind that holds values of both.
pub(crate) fn common(left: &Kind, right: &Kind) -> Option<Kind> {
    match (left, right) {
        _ if fits(left, right) => Some(right.clone()),
        _ if fits(right, left) => Some(left.clone()),
        (Kind::Int, Kind::Decimal) | (Kind::Decimal, Kind::Int) => Some(Kind::Decimal),
        _ => None,
    }
}

/// A kind as a sentence calls it.
pub(crate) fn a_kind(kind: &Kind) -> String {
    match kind {
        Kind::Text => "a text".to_owned(),
        Kind::Bool => "a bool".to_owned(),
        Kind::Int => "a whole number".to_owned(),
        Kind::Decimal => "a decimal".to_owned(),
        Kind::Date => "a date".to_owned(),
        Kind::DateTime => "a datetime".to_owned(),
        Kind::Duration => "a duration".to_owned(),
        Kind::Json => "raw JSON".to_owned(),
        Kind::List(item) => format!("a list of {item}"),
        Kind::Schedule => "a schedule".to_owned(),
        Kind::Nothing => "nothing".to_owned(),
    }
}

/// A whole number as the decimal that is wanted.
pub(crate) fn widened(expr: &Expr, wanted: &Kind) -> Option<Expr> {
    let Some(Value::Int(number)) = expr.as_constant() else { return None };
    (*wanted == Kind::Decimal).then(|| Expr::constant(Value::Decimal(Decimal::from(*number)), Type::present(Kind::Decimal), expr.span))
}
