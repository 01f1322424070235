//! How large a field is at least, whatever the record holds: fields that double would outgrow the memory of any record.

use super::statements::FieldLine;
use crate::check::{
    model::expr::{Expr, ExprKind as K, Operator, Part},
    types::Typing,
};
use crate::{
    diagnose::Diagnostic,
    value::{Kind, Value, size::LARGEST},
};

/// The least size of an expression where it is not missing: characters of a text, values of a list.
pub(crate) fn least_size(typing: &Typing<'_>, expr: &Expr) -> u64 {
    match &expr.kind {
        K::Constant(Value::Text(text)) => text.len() as u64,
        K::Constant(Value::List(items)) => items.len() as u64,
        K::Field(at) => typing.least_of_field(*at),
        K::Template(parts) => parts.iter().fold(0, |sum, part| sum.saturating_add(least_of_part(typing, part))),
        K::List(items) => items.iter().fold(0, |sum, item| sum.saturating_add(least_size(typing, item).max(1))),
        K::Arithmetic(Operator::Add, left, right) if matches!(expr.ty.kind, Kind::List(_)) => {
            least_size(typing, left).saturating_add(least_size(typing, right))
        }
        K::Default(left, right) => least_size(typing, left).min(least_size(typing, right)),
        K::If(_, then, otherwise) => {
            let otherwise = otherwise.as_ref().map_or(u64::MAX, |otherwise| least_size(typing, otherwise));
            least_size(typing, then).min(otherwise)
        }
        _ => u64::from(!matches!(expr.ty.kind, Kind::List(_))),
    }
}

fn least_of_part(typing: &Typing<'_>, part: &Part) -> u64 {
    match part {
        Part::Text(text) => text.len() as u64,
        Part::Expr(expr) if expr.ty.kind == Kind::Text => least_size(typing, expr),
        Part::Expr(_) => 1,
    }
}

/// Refuses a field that no record could hold; what is made of it is not reported again.
pub(crate) fn too_large(typing: &Typing<'_>, field: &FieldLine<'_>, least_size: u64) -> bool {
    if least_size <= LARGEST as u64 {
        return false;
    }
    let message = format!("`{}` would be larger than {} MB whenever it has a value", field.name.text, LARGEST >> 20);
    let help = "it is made of fields that are made of one another, and grows with each of them: make it from the record itself";
    typing.env.report.say(Diagnostic::error("E0609", field.name.span, message).help(help));
    true
}
