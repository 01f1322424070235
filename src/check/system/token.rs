//! `token METHOD "URL" { … }`: a call whose answer signs the others in.

use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind, Part},
        request::Call as AnyCall,
        rules::Rules,
        system::{Auth, AuthKind, Call, TokenCall},
    },
    system::rules::{RuleLine, answer_place},
    types::{Place, SystemPlace, Typing, a_kind, conditions_apart},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, HttpItem, TemplatePart, TokenItem},
    value::Kind,
};
use std::sync::Arc;

impl Environment<'_> {
    /// The token calls of a system. `base` is its base address, and `rules` are those of `http`.
    pub fn token_calls(&self, written: &tree::Http, place: &SystemPlace<'_>, base: &Expr, rules: &Rules<Expr>) -> Vec<TokenCall> {
        let written = written.items.iter().filter_map(|item| if let HttpItem::Token(call) = item { Some(call) } else { None });
        let mut calls: Vec<(Span, TokenCall)> = Vec::new();
        for call in written {
            let made = self.token_call(call, place, base, rules);
            for (first, other) in &calls {
                self.never_both(&made, (call.address.span, *first), other, place);
            }
            calls.push((call.address.span, made));
        }
        calls.into_iter().map(|(_, call)| call).collect()
    }

    fn token_call(&self, written: &tree::TokenCall, place: &SystemPlace<'_>, base: &Expr, rules: &Rules<Expr>) -> TokenCall {
        let typing = Typing::new(self, Place::System(*place));
        let when = written.when.as_ref().map(|when| typing.condition(when));
        let address = self.token_address(&written.address, base, &typing);
        let mut call: Call = AnyCall::new(self.method(&written.method, "token"), address, written.span);
        let (mut auth, mut lasts) = (Vec::new(), None);
        for item in &written.items {
            match item {
                TokenItem::Auth(line) => auth.extend(self.auth(line, &typing)),
                TokenItem::Header(line) => call.headers.extend(self.parameter(line, &typing)),
                TokenItem::Query(line) => call.queries.extend(self.parameter(line, &typing)),
                TokenItem::Body(body) => call.body = self.body_alone(body, written, &call, &typing),
                TokenItem::Lasts(expr) => lasts = self.lasts(expr, place),
                TokenItem::Error(_) | TokenItem::Outcome(_) | TokenItem::Broken(_) => {}
            }
        }
        if let Some(body) = call.body.as_ref().and_then(|body| body.value.as_ref()) {
            self.no_literals_in(body);
        }
        self.headers_have_effect(&call.headers, written.span);
        let outcomes = written.items.iter().filter_map(|item| if let TokenItem::Outcome(said) = item { Some(said) } else { None });
        self.is_done_or_fails(outcomes, "a token call");
        call.rules = Arc::new(self.rules(written.items.iter().filter_map(rule_line), place).before(rules));
        self.certificates_are_asked_for(&auth, &call.path);
        if !auth.iter().any(|auth| matches!(auth.kind, AuthKind::Certificate { .. })) {
            self.is_private(&call.path);
        }
        let made = TokenCall { when, auth, call, lasts };
        self.needs_no_token(&made);
        made
    }

    /// An address of its own, or a path below the base address.
    fn token_address(&self, written: &tree::Template, base: &Expr, typing: &Typing<'_>) -> Expr {
        let address = typing.expr(&tree::Expr { kind: tree::ExprKind::Text(written.clone()), span: written.span });
        let is_path = matches!(written.parts.first(), Some(TemplatePart::Text(text)) if text.starts_with('/'));
        if !is_path || address.is_broken() || base.is_broken() {
            self.is_web_address(&address);
            return address;
        }
        let mut parts = parts_of(base);
        if let Some(Part::Text(text)) = parts.last_mut() {
            text.truncate(text.trim_end_matches('/').len());
        }
        parts.extend(parts_of(&address));
        Expr::new(ExprKind::Template(parts), address.ty.clone(), written.span)
    }

    /// How long the token is good for: a length of time, or a number of seconds.
    fn lasts(&self, written: &tree::Expr, place: &SystemPlace<'_>) -> Option<Expr> {
        let lasts = Typing::new(self, Place::System(answer_place(place))).expr(written);
        if !lasts.is_broken() && !matches!(lasts.ty.kind, Kind::Duration | Kind::Int | Kind::Decimal | Kind::Json) {
            let message = format!("`lasts` needs a length of time or a number of seconds, and this is {}", a_kind(&lasts.ty.kind));
            self.report.error_help("E0303", lasts.span, message, "write `30 min`, or the place in the answer such as `$.expires_in`");
            return None;
        }
        (!lasts.is_broken()).then_some(lasts)
    }

    /// A token call is made before there is a token. What the last one brought may be used with a value for the first: `token.x ?? …`.
    fn needs_no_token(&self, token: &TokenCall) {
        let of_auth = token.auth.iter().flat_map(|auth| auth.parts());
        if let Some(span) = token.call.sent().chain(of_auth).chain(&token.when).find_map(needed_token) {
            let message = "this token call needs its own answer, which is not there before it is made";
            let help = "write an address of its own, or say what the first call takes: `token.refresh_token ?? secret.refresh_token`";
            self.report.error_help("E0590", span, message, help);
        }
    }

    /// Of two token calls only one may apply, or it would be open whose answer `token` is.
    fn never_both(&self, one: &TokenCall, (at, first): (Span, Span), other: &TokenCall, place: &SystemPlace<'_>) {
        let typing = Typing::new(self, Place::System(*place));
        let apart = one
            .when
            .as_ref()
            .zip(other.when.as_ref())
            .is_some_and(|(one, other)| one.is_broken() || other.is_broken() || conditions_apart(&typing, one, other));
        if !apart {
            let diagnostic = Diagnostic::error("E0591", at, "two token calls may apply at once, and `token` is the answer of one");
            let help = "give each a condition that excludes the other: `when setting.sign_in == \"password\"`";
            self.report.say(diagnostic.related(first, "the other one").help(help));
        }
    }

    /// A certificate is shown while a connection is encrypted.
    pub fn certificates_are_asked_for(&self, auth: &[Auth], address: &Expr) {
        let Some(span) =
            auth.iter().find_map(|auth| if let AuthKind::Certificate { cert, .. } = &auth.kind { Some(cert.span) } else { None })
        else {
            return;
        };
        let clear = matches!(parts_of(address).first(), Some(Part::Text(text)) if text.starts_with("http://"));
        if clear {
            let message = "no certificate is asked for at an address that begins with `http://`";
            self.report.error_help("E0592", span, message, "begin the address with `https://`, or take the certificate out");
        }
    }
}

/// What a line of a token call says about answers, if it does.
fn rule_line(item: &TokenItem) -> Option<RuleLine<'_>> {
    match item {
        TokenItem::Error(shape) => Some(RuleLine::Error(shape)),
        TokenItem::Outcome(outcome) => Some(RuleLine::Outcome(outcome)),
        _ => None,
    }
}

fn parts_of(expr: &Expr) -> Vec<Part> {
    match (&expr.kind, expr.as_constant().and_then(|value| value.as_text())) {
        (ExprKind::Template(parts), _) => parts.clone(),
        (_, Some(text)) => vec![Part::Text(text.to_owned())],
        _ => vec![Part::Expr(expr.clone())],
    }
}

/// Where an expression can't be worked out without the token's answer.
fn needed_token(expr: &Expr) -> Option<Span> {
    match &expr.kind {
        ExprKind::Token(_) => Some(expr.span),
        ExprKind::Default(left, right) if matches!(left.kind, ExprKind::Token(_)) => needed_token(right),
        _ => expr.children().into_iter().find_map(needed_token),
    }
}
