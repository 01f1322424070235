//! Comparisons of which one side or both are not known exactly: each answer that can come out.

use super::outcome::Thing;
use crate::{
    check::model::expr::Comparator,
    value::{Kind, Value},
};

/// The answers that a comparison can give. `kinds` are those of both sides.
pub fn answers(how: Comparator, left: &Thing, right: &Thing, kinds: [&Kind; 2]) -> &'static [bool] {
    match (left.value(), right.value()) {
        (Some(left), Some(right)) => only(how.holds(&left, &right)),
        (left, right) => open(how, left.as_ref(), right.as_ref(), kinds),
    }
}

const fn only(answer: bool) -> &'static [bool] {
    if answer { &[true] } else { &[false] }
}

/// One side at least is some value that is there.
fn open(how: Comparator, left: Option<&Value>, right: Option<&Value>, kinds: [&Kind; 2]) -> &'static [bool] {
    let missing = |side: Option<&Value>| side.is_some_and(Value::is_missing);
    match how {
        Comparator::Equal | Comparator::NotEqual if missing(left) || missing(right) => only(how == Comparator::NotEqual),
        Comparator::Contains if matches!(kinds[0], Kind::List(_) | Kind::Json) => match left {
            Some(Value::List(items)) if items.iter().all(Value::is_missing) => &[false],
            Some(Value::Absent | Value::Null) => &[false],
            _ => &[true, false],
        },
        Comparator::Equal | Comparator::NotEqual => &[true, false],
        Comparator::Less
        | Comparator::LessOrEqual
        | Comparator::Greater
        | Comparator::GreaterOrEqual
        | Comparator::StartsWith
        | Comparator::EndsWith
        | Comparator::Contains => {
            if missing(left) || missing(right) {
                &[false]
            } else {
                &[true, false]
            }
        }
    }
}
