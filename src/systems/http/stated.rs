//! What a rule may say of an answer whose status says otherwise.
//!
//! The status comes first: that of a refusal or an outage is no success, no absence and no end of a list, unless a rule names it.

use crate::compile::{
    program::{Comparator, Name, Program},
    system::{ErrorClass, Outcome},
};
use crate::value::Value;

/// Whether a rule says its outcome of an answer with a status; `holds` evaluates a condition for that answer.
///
/// Where the status contradicts the outcome, the part of the condition that holds has to name it, and for an absence it also has to
/// compare something in the body with a constant of the vendor.
pub(crate) fn says(outcome: Outcome, when: &Program, status: u16, holds: impl Fn(&Program) -> bool) -> bool {
    if !outcome.is_denied_by(status) {
        return holds(when);
    }
    let is_enough = |part: &&Program| outcome != Outcome::Error(ErrorClass::Gone) || tells_by_body(part);
    choices(when).into_iter().filter(|part| names(part, status)).filter(is_enough).any(holds)
}

/// Whether a part of a condition that names the status of the answer holds for it.
pub(crate) fn names_and_holds(when: &Program, status: u16, holds: impl Fn(&Program) -> bool) -> bool {
    choices(when).into_iter().filter(|part| names(part, status)).any(holds)
}

/// The conditions of which one is enough.
fn choices(when: &Program) -> Vec<&Program> {
    match when {
        Program::Or(both) => [choices(&both.0), choices(&both.1)].concat(),
        one => vec![one],
    }
}

/// Whether a condition compares the status with this one.
fn names(part: &Program, status: u16) -> bool {
    let is_it = |value: &Value| *value == Value::Int(status.into());
    by_equality(part, &|name| *name == Name::Status, &is_it)
}

/// Whether a rule holds by what the vendor says: by something in the body that equals a constant with something in it, such as a code.
pub(crate) fn holds_by_code(when: &Program, holds: impl Fn(&Program) -> bool) -> bool {
    let is_code =
        |value: &Value| matches!(value, Value::Text(text) if !text.is_empty()) || matches!(value, Value::Int(number) if *number != 0);
    choices(when).into_iter().filter(|part| by_equality(part, &|name| matches!(name, Name::Answer(_)), &is_code)).any(holds)
}

/// Whether a condition compares something in the body with a constant.
fn tells_by_body(part: &Program) -> bool {
    by_equality(part, &|name| matches!(name, Name::Answer(_)), &|_| true)
}

/// Whether a condition holds only if something that has such a name equals such a constant.
fn by_equality(part: &Program, names: &impl Fn(&Name) -> bool, fits: &impl Fn(&Value) -> bool) -> bool {
    match part {
        Program::And(both) => by_equality(&both.0, names, fits) || by_equality(&both.1, names, fits),
        Program::Or(both) => by_equality(&both.0, names, fits) && by_equality(&both.1, names, fits),
        Program::Compare(Comparator::Equal, both) => match &**both {
            (place, Program::Constant(value)) | (Program::Constant(value), place) => place.uses(names) && fits(value),
            _ => false,
        },
        Program::In { negated: false, both } => both.0.uses(names) && constants(&both.1).iter().any(|value| fits(value)),
        _ => false,
    }
}

/// The constants in a list.
fn constants(list: &Program) -> Vec<&Value> {
    match list {
        Program::Constant(Value::List(items)) => items.iter().collect(),
        Program::List(items) => {
            items.iter().filter_map(|item| if let Program::Constant(value) = item { Some(value) } else { None }).collect()
        }
        _ => Vec::new(),
    }
}
