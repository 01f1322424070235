//! `last page when $.page >= $.pages`: where two members of an answer are compared, one of them has to tell how much there is in all.
//! Otherwise the page that meets the rule may be any: `$.offset >= $.limit` holds for the second one.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Comparator, Expr, ExprKind},
            page_counts::{counts_page, limits_page},
            usual,
        },
    },
    value::path::JsonPath,
};

impl Environment<'_> {
    /// Refuses a sign of the last page that compares members of which neither is about all pages.
    pub(super) fn compares_with_all(&self, when: &Expr) {
        let mut wrong = None;
        when.walk(&mut |part| {
            if let ExprKind::Compare(how, left, right) = &part.kind
                && how.is_order()
                && [left, right].iter().all(|side| side.any(&|part| matches!(part.kind, ExprKind::Answer(_))))
                && !part.any(&|part| matches!(&part.kind, ExprKind::Answer(path) if tells_of_all(path)))
                && !is_short(*how, left, right)
            {
                wrong.get_or_insert(part.span);
            }
        });
        if let Some(span) = wrong {
            let message =
                "neither of these tells how many pages or records there are in all, so this may hold for a page that others follow";
            let help = "compare with the number of all, such as `$.page >= $.pages`, or declare the number of all records: `total $.total`";
            self.report.error_help("E0570", span, message, help);
        }
    }
}

/// Whether fewer records than a page may have are asked for, as in `$.count < $.limit`: such an end is weak, and is told as that (E0555).
fn is_short(how: Comparator, left: &Expr, right: &Expr) -> bool {
    let named = |side: &Expr, fits: fn(&str) -> bool| {
        side.any(&|part| matches!(&part.kind, ExprKind::Answer(path) if fits(&usual::last_name(path))))
    };
    let short = |count: &Expr, limit: &Expr| named(count, counts_page) && named(limit, limits_page);
    how == Comparator::Less && short(left, right) || how == Comparator::Greater && short(right, left)
}

/// Whether a place tells how many pages or records there are: `$.total`, `$.pages`, `$.last_page`, `$.pageCount`.
pub(super) fn tells_of_all(path: &JsonPath) -> bool {
    let name = usual::last_name(path);
    usual::counts_all(&name) || usual::LAST_PAGES.has(&name)
}
