//! Literals, texts and lists.

use super::{Expr, ExprKind, Place, Typing, shape::common};
use crate::{
    check::model::expr::Part,
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{self, ExprKind as T, TemplatePart},
    value::{Kind, Type, Value},
};

impl Typing<'_> {
    pub(crate) fn literal(&self, written: &tree::Expr) -> Expr {
        let (value, kind) = match &written.kind {
            T::Bool(truth) => (Value::Bool(*truth), Kind::Bool),
            T::Int(number) => (Value::Int(*number), Kind::Int),
            T::Decimal(number) => (Value::Decimal(*number), Kind::Decimal),
            T::Duration(time) => (Value::Duration(*time), Kind::Duration),
            T::Date(date) => (Value::Date(*date), Kind::Date),
            T::DateTime(instant) => (Value::DateTime(*instant), Kind::DateTime),
            T::Percent(_) => return self.no_value(written.span, "a percentage can be used in `guard` only"),
            T::Time(_) => return self.no_value(written.span, "a time of day can be used in `schedule` only"),
            _ => return Expr::constant(Value::Null, Type::optional(Kind::Nothing), written.span),
        };
        Expr::constant(value, Type::present(kind), written.span)
    }

    fn no_value(&self, span: Span, message: &str) -> Expr {
        self.env.report.error_help("E0303", span, message, "write a value of one of the types of the language");
        Expr::broken(span)
    }

    pub(crate) fn template(&self, written: &tree::Template) -> Expr {
        if let Some(text) = plain_text(written) {
            return text_constant(&text, written.span);
        }
        self.dollar_before_braces(written);
        let parts: Vec<_> = written.parts.iter().map(|part| self.part(part)).collect();
        if parts.iter().any(|part| matches!(part, Part::Expr(expr) if expr.is_broken())) {
            return Expr::broken(written.span);
        }
        let ty = Type::present(Kind::Text);
        Expr::new(ExprKind::Template(parts), ty, written.span)
    }

    /// L0703: other languages write `${…}`, and here the dollar sign is a part of the text. `\u{24}` says that it is meant.
    fn dollar_before_braces(&self, written: &tree::Template) {
        let text = self.env.sources.text(written.span);
        for part in written.parts.iter().filter_map(|part| if let TemplatePart::Expr(expr) = part { Some(expr) } else { None }) {
            let before = part.span.start.checked_sub(written.span.start).and_then(|at| text.get(..usize::try_from(at).ok()?));
            let Some(at) = before.and_then(|before| before.trim_end().strip_suffix("${")).map(str::len) else { continue };
            let start = written.span.start + u32::try_from(at).unwrap_or_default();
            let dollar = Span { start, end: start + 1, ..written.span };
            let message = "the dollar sign before `{` is a part of the text";
            let lint = Diagnostic::lint("L0703", dollar, message).label("written literally");
            let lint = lint.help("a value in a text is written `{…}`; where the sign is meant, write `\\u{24}`");
            let meant = Fix::replace(dollar, "\\u{24}", "the sign is meant");
            self.env.report.say(lint.fix(Fix::replace(dollar, "", "only the value is meant")).fix(meant));
        }
    }

    fn part(&self, part: &TemplatePart) -> Part {
        match part {
            TemplatePart::Text(text) => Part::Text(text.clone()),
            TemplatePart::Expr(written) => Part::Expr(self.text_part(written)),
        }
    }

    /// A value inside a text: anything that has one way to be written.
    fn text_part(&self, written: &tree::Expr) -> Expr {
        let expr = self.expr(written);
        let help = match &expr.ty.kind {
            Kind::List(_) => "join it first: `{… | join(\", \")}`",
            Kind::Json => return self.read_as(expr, &Kind::Text),
            Kind::Schedule => "write the text itself",
            _ => return expr,
        };
        let message = format!("{} cannot be part of a text", super::a_kind(&expr.ty.kind));
        self.env.report.error_help("E0303", expr.span, message, help);
        Expr::broken(expr.span)
    }

    pub(crate) fn list(&self, written: &[tree::Expr], span: Span) -> Expr {
        let items: Vec<_> = written.iter().map(|item| self.expr(item)).collect();
        let mut kind = Kind::Nothing;
        for item in items.iter().filter(|item| !item.is_broken()) {
            match common(&kind, &item.ty.kind) {
                Some(both) => kind = both,
                // A list in a request is JSON, which may hold anything.
                None if matches!(self.place, Place::System(place) if place.in_call || place.secrets) => kind = Kind::Json,
                None => return self.mixed(item, &kind),
            }
        }
        constant_list(&items, &kind, span)
            .unwrap_or_else(|| Expr::new(ExprKind::List(items), Type::present(Kind::List(Box::new(kind))), span))
    }

    fn mixed(&self, item: &Expr, kind: &Kind) -> Expr {
        let message =
            format!("a list holds values of one type, and this is {} after {}", super::a_kind(&item.ty.kind), super::a_kind(kind));
        self.env
            .report
            .say(Diagnostic::error("E0308", item.span, message).label(item.ty.to_string()).help("make them of one type, or two lists"));
        Expr::broken(item.span)
    }
}

/// A list whose items are all known.
fn constant_list(items: &[Expr], kind: &Kind, span: Span) -> Option<Expr> {
    let values: Option<Vec<_>> = items.iter().map(|item| item.as_constant().cloned()).collect();
    let ty = Type::present(Kind::List(Box::new(kind.clone())));
    Some(Expr::constant(Value::list(values?), ty, span))
}

/// A text known now; a blank one is missing.
pub(crate) fn text_constant(text: &str, span: Span) -> Expr {
    let value = Value::text(text);
    let ty = Type { kind: Kind::Text, optional: value.is_missing() };
    Expr::constant(value, ty, span)
}

/// The text of a template without interpolations.
pub(crate) fn plain_text(template: &tree::Template) -> Option<String> {
    template.parts.iter().map(|part| if let TemplatePart::Text(text) = part { Some(text.as_str()) } else { None }).collect()
}
