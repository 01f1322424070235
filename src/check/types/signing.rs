//! `{ claims } | jwt(ALGORITHM, KEY)`

use super::{Expr, ExprKind, Place, Typing, functions::are};
use crate::{
    check::model::expr::FunctionRef,
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, Ident},
    value::{
        Kind, Type,
        functions::{Algorithm, Function},
    },
};

impl Typing<'_> {
    /// A token is signed with a secret, so it is part of a request alone. Its claims are named one by one: the sandbox checks each.
    pub(super) fn signed(&self, known: &'static Function, claims: Expr, function: &Ident, args: &[tree::Expr], span: Span) -> Expr {
        if !matches!(self.place, Place::System(place) if place.secrets && !place.answer) {
            let help = "use it in `auth bearer`, in a header, a query or the body of a request";
            return self.not_here(function.span, "`jwt` signs with a secret, so it is part of a request to a system alone", help);
        }
        if !claims.is_broken() && !matches!(claims.kind, ExprKind::Record(_)) {
            let diagnostic = Diagnostic::error("E0602", claims.span, "`jwt` takes the claims as a record, each with its name");
            self.env.report.say(diagnostic.help("write them in braces: `{ sub = setting.user, exp = now + 5 min } | jwt(…)`"));
            return Expr::broken(span);
        }
        let [algorithm, key] = args else {
            let message = format!("`jwt` takes an algorithm and a key in `( )`, and here {}", are(args.len()));
            self.env.report.error_help("E0604", function.span, message, "it is written `jwt(\"HS256\", secret.key)`");
            return Expr::broken(span);
        };
        let (algorithm, key) = (self.expr(algorithm), self.of_kind(key, &Kind::Text, "the key of `jwt`"));
        self.env.no_literal(&key);
        if claims.is_broken() || algorithm.is_broken() || key.is_broken() {
            return Expr::broken(span);
        }
        if algorithm.as_constant().and_then(Algorithm::of).is_none() {
            let message = format!("`{}` is no algorithm that `jwt` signs with", self.env.text(algorithm.span));
            self.env.report.error_help(
                "E0603",
                algorithm.span,
                message,
                "write \"HS256\" for a shared secret, \"RS256\" for a private key",
            );
            return Expr::broken(span);
        }
        let kind = ExprKind::Apply { value: Box::new(claims), function: FunctionRef(known), args: vec![algorithm, key] };
        Expr::new(kind, Type::present(Kind::Text), span)
    }
}
