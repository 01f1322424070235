//! What a rule compares in an answer: members, which have no type, and headers, which may be there with nothing in them.

use super::{Expr, ExprKind, Place, Typing};
use crate::{
    check::model::expr::{Comparator, Operator},
    diagnose::Span,
    syntax::tree::State,
    value::{Kind, Type, Value},
};

impl Typing<'_> {
    fn is_of_answer(&self) -> bool {
        matches!(self.place, Place::System(place) if place.answer)
    }

    /// Beside a number, and where only numbers can be, members of an answer are numbers. `+` alone also merges two of them.
    pub(super) fn members_as_numbers(&self, operator: Operator, left: Expr, right: Expr) -> (Expr, Expr) {
        let is_number = |side: &Expr| matches!(side.ty.kind, Kind::Int | Kind::Decimal);
        let may_be_number = |side: &Expr| side.ty.kind == Kind::Json || is_number(side);
        let are_numbers = may_be_number(&left) && may_be_number(&right);
        if self.is_of_answer() && are_numbers && (operator != Operator::Add || is_number(&left) || is_number(&right)) {
            (self.as_number(left), self.as_number(right))
        } else {
            (left, right)
        }
    }

    /// The sum of two members is a number where it is compared.
    pub(super) fn sum_as_number(&self, expr: Expr) -> Expr {
        let is_sum = matches!(expr.kind, ExprKind::Arithmetic(Operator::Add, ..)) && expr.ty.kind == Kind::Json;
        if is_sum && self.is_of_answer() { self.as_number(expr) } else { expr }
    }

    fn as_number(&self, expr: Expr) -> Expr {
        match expr.kind {
            ExprKind::Arithmetic(Operator::Add, left, right) if expr.ty.kind == Kind::Json => {
                let sum = ExprKind::Arithmetic(Operator::Add, Box::new(self.as_number(*left)), Box::new(self.as_number(*right)));
                Expr::new(sum, Type::optional(Kind::Decimal), expr.span)
            }
            _ if expr.ty.kind == Kind::Json => self.read_as(expr, &Kind::Decimal),
            _ => expr,
        }
    }

    /// The header of `header "X" == ""`, which asks for one that is there with nothing in it: one that was not sent says nothing.
    pub(super) fn empty_header<'e>(&self, how: Comparator, left: &'e Expr, right: &'e Expr) -> Option<&'e Expr> {
        let is_empty = |side: &Expr| side.ty.kind == Kind::Text && side.as_constant().is_some_and(Value::is_missing);
        let sides = [(left, right), (right, left)].into_iter().filter(|_| how == Comparator::Equal && self.is_of_answer());
        sides.into_iter().find(|(one, other)| is_header(one) && is_empty(other)).map(|(header, _)| header)
    }

    /// The rest of `header "X" in ["", "0"]`, where an empty text is one of the values.
    pub(super) fn beside_empty(&self, negated: bool, value: &Expr, list: &Expr) -> Option<Expr> {
        let Some(Value::List(items)) = list.as_constant().filter(|_| !negated && is_header(value) && self.is_of_answer()) else {
            return None;
        };
        let rest: Vec<_> = items.iter().filter(|item| !item.is_missing()).cloned().collect();
        let list = (rest.len() < items.len()).then(|| Expr::constant(Value::list(rest), list.ty.clone(), list.span))?;
        Some(Expr::truth(ExprKind::In { negated, value: Box::new(value.clone()), list: Box::new(list) }, value.span))
    }
}

const fn is_header(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Header(_))
}

/// That a header is there, and has nothing in it.
pub(super) fn there_but_empty(header: Expr, span: Span) -> Expr {
    let is = |state| Box::new(Expr::truth(ExprKind::Is(state, Box::new(header.clone())), span));
    let is_there = Expr::truth(ExprKind::Not(is(State::Absent)), span);
    Expr::truth(ExprKind::And(is(State::Missing), Box::new(is_there)), span)
}
