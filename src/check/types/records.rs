//! Records that a request holds: `{ name = EXPR }`, and a list of one for each record of a batch.

use super::{Expr, ExprKind, Place, Typing, a_kind};
use crate::{
    diagnose::Span,
    syntax::tree::{self, Words},
    value::{Kind, Type},
};

impl Typing<'_> {
    /// `{ name = EXPR, "odd name" = EXPR }`
    pub(crate) fn record(&self, members: &[(Words, tree::Expr)], span: Span) -> Expr {
        if !matches!(self.place, Place::System(_)) {
            let message = "a record in `{ }` is part of a request, and there is none here";
            return self.not_here(span, message, "write each attribute on a line of its own");
        }
        self.env.no_doubles("the member", members.iter().map(|(name, _)| (name.text.as_str(), name.span)));
        let typed: Vec<_> = members.iter().map(|(name, value)| (name.text.clone(), self.member(value))).collect();
        if typed.iter().any(|(_, value)| value.is_broken()) {
            return Expr::broken(span);
        }
        Expr::new(ExprKind::Record(typed), Type::present(Kind::Json), span)
    }

    fn member(&self, written: &tree::Expr) -> Expr {
        let value = self.expr(written);
        if matches!(value.ty.kind, Kind::Schedule) && !value.is_broken() {
            let message = format!("a member of a record is sent as JSON, and this is {}", a_kind(&value.ty.kind));
            self.env.report.error_help("E0303", value.span, message, "write the text itself");
            return Expr::broken(value.span);
        }
        value
    }

    /// `[EXPR for each record]`
    pub(crate) fn each(&self, written: &tree::Expr, span: Span) -> Expr {
        if !matches!(self.place, Place::System(place) if place.in_call) {
            let message = "`for each record` means the records of a batch, and there is none here";
            return self.not_here(span, message, "use it in the `body` of a call that has `batch`");
        }
        let one = self.expr(written);
        if one.is_broken() {
            return Expr::broken(span);
        }
        let kind = Kind::List(Box::new(one.ty.kind.clone()));
        Expr::new(ExprKind::Each(Box::new(one)), Type::present(kind), span)
    }
}
