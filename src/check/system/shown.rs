//! `list … where COND`: what a list shows, and which values every record of it has.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Comparator, Expr, ExprKind},
            system::Call,
        },
        types::{Place, SystemPlace, Typing},
    },
    syntax::tree,
    value::{Kind, Type},
};

impl Environment<'_> {
    /// The values of `list for each NAME in LIST`, and their type.
    pub fn loop_values(&self, written: &tree::Call, place: &SystemPlace<'_>) -> (Vec<Expr>, Type) {
        let typing = Typing::new(self, Place::System(*place));
        let values: Vec<Expr> = written.each_of.iter().flatten().map(|value| typing.expr(value)).collect();
        let kind = values.first().map_or(Kind::Nothing, |first| first.ty.kind.clone());
        if let (Some(list), true) = (&written.each_of, values.is_empty()) {
            debug_assert!(list.is_empty(), "each value is typed");
            self.report.error_help(
                "E0553",
                written.span,
                "a list for no value at all is never read",
                "write the values: `[\"active\", \"left\"]`",
            );
        }
        if let Some(other) = values.iter().find(|value| !value.is_broken() && value.ty.kind != kind) {
            self.report.error_help("E0553", other.span, "the values of one `for each` have one type", "write all of them alike");
        }
        (values, Type::present(kind))
    }

    /// `where COND`: the condition, and what it fixes.
    pub fn shows(&self, call: &mut Call, written: &tree::Call, place: &SystemPlace<'_>) {
        let Some(condition) = &written.shows else { return };
        if !matches!(written.role, tree::Role::List) {
            let help = "take it out, or move it to the `list`";
            return self.report.error_help("E0522", condition.span, "`where` says what a list shows, and this call is no list", help);
        }
        let place = SystemPlace { in_call: false, secrets: false, ..*place };
        let condition = Typing::new(self, Place::System(place)).condition(condition);
        if condition.is_broken() {
            return;
        }
        fixed_by(&condition, &mut call.fixed);
        self.nothing_twice(call, place.attributes.unwrap_or_default());
        call.shows = Some(condition);
    }

    fn nothing_twice(&self, call: &Call, attributes: &[crate::check::model::system::Attribute]) {
        for (number, (at, value)) in call.fixed.iter().enumerate() {
            let other = call.fixed[..number].iter().find(|(known, _)| known == at);
            let differs = other.is_some_and(|(_, other)| match (other.as_constant(), value.as_constant()) {
                (Some(one), Some(other)) => one != other,
                _ => false,
            });
            if differs {
                let message = format!("`{}` can't have two values at once, so this list would show nobody", attributes[*at].name);
                self.report.error_help("E0554", value.span, message, "write two lists, or `for each`");
            }
        }
    }
}

/// The attributes that have one value wherever a condition holds.
fn fixed_by(condition: &Expr, fixed: &mut Vec<(usize, Expr)>) {
    match &condition.kind {
        ExprKind::And(left, right) => {
            fixed_by(left, fixed);
            fixed_by(right, fixed);
        }
        ExprKind::Compare(Comparator::Equal, left, right) => match (&left.kind, &right.kind) {
            (ExprKind::Own(at), other) if !matches!(other, ExprKind::Own(_)) => fixed.push((*at, (**right).clone())),
            (other, ExprKind::Own(at)) if !matches!(other, ExprKind::Own(_)) => fixed.push((*at, (**left).clone())),
            _ => {}
        },
        _ => {}
    }
}
