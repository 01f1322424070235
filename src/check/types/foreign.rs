//! Names and functions that mean something in other languages: `True`, `default("x")`, `{org}` for a setting, `$.a-b`.

use super::{Expr, Typing};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{self, Ident},
};

/// What was meant by something that is not known: what to do about it, and the edit.
pub(super) struct Meant {
    help: String,
    at: Span,
    native: String,
}

impl Meant {
    pub(super) fn applied(self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.help(self.help).fix(Fix::replace(self.at, self.native, ""))
    }
}

impl Typing<'_> {
    /// The meaning of a bare name that is not one of the names that may be used here.
    pub(super) fn meant_elsewhere(&self, name: &str, span: Span) -> Option<Meant> {
        if let Some(native) = literal(name) {
            return Some(Meant { help: format!("write `{native}`"), at: span, native: native.to_owned() });
        }
        if let Some(meant) = self.member_with_a_hyphen(name, span) {
            return Some(meant);
        }
        let is_one = self.settings().iter().any(|(_, settings)| settings.iter().any(|one| one.name == name && !one.secret));
        is_one.then(|| {
            let native = format!("setting.{name}");
            Meant { help: format!("did you mean `{native}`?"), at: span, native }
        })
    }

    /// `$.a-b`, which subtracts `b`.
    fn member_with_a_hyphen(&self, name: &str, span: Span) -> Option<Meant> {
        let before = self.env.sources.text(Span { start: 0, end: span.start, ..span });
        let path = before.strip_suffix('-')?;
        let start = path.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')))? + 1;
        let (parent, first) = path[start..].rsplit_once('.').filter(|(parent, _)| parent.starts_with('$'))?;
        let native = format!("{parent}[\"{first}-{name}\"]");
        let help = format!("a name with a hyphen is written in `[ ]` in a path: write `{native}`");
        Some(Meant { help, at: Span { start: start as u32, ..span }, native })
    }

    /// Whether a function that is not known was meant for `??`: `default("x")`. Reports it.
    pub(super) fn fallback_function(&self, value: &Expr, function: &Ident, args: &[tree::Expr], span: Span) -> bool {
        let [fallback] = args else { return false };
        if !matches!(&*function.text, "default" | "coalesce" | "ifnull" | "if_null" | "nvl" | "or_else" | "fallback" | "otherwise") {
            return false;
        }
        let message = format!("there is no function `{}`", function.text);
        let native = format!("?? {}", self.env.text(fallback.span));
        let at = Span { start: value.span.end, ..span };
        let diagnostic = Diagnostic::error("E0207", function.span, message).label("not known").help(format!("write `{native}`"));
        self.env.report.say(diagnostic.fix(Fix::replace(at, format!(" {native}"), "")));
        true
    }

    /// `in ("A")`, where the brackets hold one value and no list.
    pub(super) fn one_in_parentheses(&self, list: Span, diagnostic: Diagnostic) -> Diagnostic {
        let text = self.env.sources.text(list);
        match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            Some(inner) => diagnostic.fix(Fix::replace(list, format!("[{inner}]"), "")),
            None => diagnostic,
        }
    }
}

fn literal(name: &str) -> Option<&'static str> {
    match name {
        "True" | "TRUE" => Some("true"),
        "False" | "FALSE" => Some("false"),
        "None" | "Null" | "NULL" | "nil" | "NIL" => Some("null"),
        _ if name.eq_ignore_ascii_case("today") => Some("today"),
        _ if name.eq_ignore_ascii_case("now") => Some("now"),
        "current_date" | "CURRENT_DATE" | "curdate" | "CURDATE" => Some("today"),
        "current_timestamp" | "CURRENT_TIMESTAMP" | "sysdate" | "SYSDATE" => Some("now"),
        _ => None,
    }
}
