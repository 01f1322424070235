//! Comparisons of places that may not be there: two that are equal because both are missing, and a filter that finds nothing.

use crate::{
    check::{
        environment::Environment,
        model::expr::{Comparator, Expr, ExprKind},
        system::of_all::tells_of_all,
    },
    diagnose::{Diagnostic, Fix},
    value::Value,
};

impl Environment<'_> {
    /// Adds how to ask for one of two places that are compared, if they are equal where both are missing.
    pub(super) fn with_presence(&self, said: Diagnostic, when: &Expr) -> Diagnostic {
        let mut compared = None;
        when.walk(&mut |part| {
            if let ExprKind::Compare(Comparator::Equal, left, right) = &part.kind
                && let Some(place) = [left, right].into_iter().find(|side| is_place(side))
                && [left, right].iter().all(|side| side.any(&is_place))
            {
                compared.get_or_insert((part, place, left, right));
            }
        });
        let Some((part, place, left, right)) = compared else { return said };
        let [place, left_text, right_text] = [place, left, right].map(|one| self.text(one.span));
        let asked = format!("{place} is present and {left_text} == {right_text}");
        let order = order(left, right).map(|sign| format!(", or compare by order: `{left_text} {sign} {right_text}`"));
        let help = format!("both may be missing, and are equal then: write `{asked}`{}", order.unwrap_or_default());
        let said = said.help(help);
        if part.span == when.span { said.fix(Fix::replace(part.span, asked, "")) } else { said }
    }

    /// Refuses that what a filter finds is compared with `[]`: where it finds nothing, there is nothing, and no list.
    pub(super) fn filters_find_no_list(&self, when: &Expr) {
        when.walk(&mut |part| {
            let ExprKind::Compare(Comparator::Equal, left, right) = &part.kind else { return };
            let (place, constant) = if is_place(left) { (left, right) } else { (right, left) };
            let is_empty = matches!(constant.as_constant(), Some(Value::List(items)) if items.is_empty());
            if let ExprKind::Answer(path) = &place.kind
                && let Some((list, _)) = path.text.split_once("[?").filter(|_| is_empty)
            {
                let path = &path.text;
                let missing = format!("{path} is missing");
                let asked = if list == "$" { missing } else { format!("{list} is present and {missing}") };
                let message = "where the filter finds nothing, nothing is there: that is no `[]`, so this never holds";
                let said = Diagnostic::error("E0527", part.span, message).help(format!("write `{asked}`"));
                self.report.say(said.fix(Fix::replace(part.span, asked, "")));
            }
        });
    }
}

const fn is_place(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Answer(_) | ExprKind::Header(_))
}

/// How two members are compared by their order, where one of them tells how much there is in all. Headers are texts.
fn order(left: &Expr, right: &Expr) -> Option<&'static str> {
    let is_header = |side: &Expr| side.any(&|part| matches!(part.kind, ExprKind::Header(_)));
    let all = |side: &Expr| side.any(&|part| matches!(&part.kind, ExprKind::Answer(path) if tells_of_all(path)));
    match (all(left), all(right)) {
        _ if is_header(left) || is_header(right) => None,
        (false, true) => Some(">="),
        (true, false) => Some("<="),
        _ => None,
    }
}
