//! The word that `auth` sends itself, such as `Bearer`: in the value, it would be sent twice.

use crate::{
    check::environment::Environment,
    diagnose::{Diagnostic, Fix},
    syntax::tree::{AuthKind, Expr, ExprKind, TemplatePart},
};

impl Environment<'_> {
    /// Refuses `auth bearer "Bearer {secret.token}"`, and the same of `auth basic`.
    pub(crate) fn scheme_is_written_once(&self, written: &AuthKind) {
        match written {
            AuthKind::Bearer { token } => self.no_scheme_in_token(token),
            AuthKind::Basic { user, password } => {
                let encoded = [user, password].into_iter().find_map(|value| {
                    let word = first_word(value)?;
                    ["Basic", "Bearer"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme)).then_some((value, word))
                });
                if let Some((value, word)) = encoded {
                    self.report.say(self.twice("basic", value, word));
                }
            }
            AuthKind::Certificate { .. } => {}
        }
    }

    /// No token holds a blank (RFC 6750, 2.1), so a word before one is that of a scheme.
    fn no_scheme_in_token(&self, token: &Expr) {
        let Some(word) = first_word(token) else { return };
        let error = self.twice("bearer", token, word);
        let error = match alone(token).filter(|_| word.eq_ignore_ascii_case("bearer")) {
            Some(value) => {
                let value = self.text(value.span);
                error.help(format!("write `{value}`")).fix(Fix::replace(token.span, value, "sends the word once"))
            }
            None => error,
        };
        self.report.say(error);
    }

    fn twice(&self, auth: &str, value: &Expr, word: &str) -> Diagnostic {
        let own = if auth == "basic" { "Basic" } else { "Bearer" };
        let message = format!("`auth {auth}` sends the word `{own}` itself, so `{own} {word} …` would be sent");
        let help = if word.eq_ignore_ascii_case("bearer") && auth == "bearer" {
            format!("take `{word}` out")
        } else {
            format!("write `header \"Authorization\" = {}` instead of `auth`", self.text(value.span))
        };
        Diagnostic::error("E0593", value.span, message).help(help)
    }
}

/// The first word of a text that goes on after it.
fn first_word(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Text(template) => {
            let Some(TemplatePart::Text(text)) = template.parts.first() else { return None };
            let (word, rest) = text.trim_start().split_once(char::is_whitespace)?;
            (!word.is_empty() && (template.parts.len() > 1 || !rest.trim().is_empty())).then_some(word)
        }
        ExprKind::Pipe { value, .. } | ExprKind::Default { value, .. } => first_word(value),
        ExprKind::If { then, .. } => first_word(then),
        _ => None,
    }
}

/// What is behind the word, if it is one value and nothing else.
fn alone(value: &Expr) -> Option<&Expr> {
    let ExprKind::Text(template) = &value.kind else { return None };
    match &template.parts[..] {
        [TemplatePart::Text(text), TemplatePart::Expr(inner)] if text.split_whitespace().count() == 1 => Some(inner),
        _ => None,
    }
}
