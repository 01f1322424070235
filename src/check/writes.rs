//! What may be written to an attribute: the same for `map` and for `leaver`.

use super::{
    model::{
        expr::{Expr, ExprKind},
        system::Attribute,
    },
    types::{Typing, a_kind},
};
use crate::{diagnose::Diagnostic, value::Value};

impl Typing<'_> {
    /// The value as the attribute's type; broken once it has been refused.
    pub fn for_attribute(&self, value: Expr, attribute: &Attribute) -> Expr {
        if value.is_broken() || attribute.broken {
            return Expr::broken(value.span);
        }
        let value = match self.as_kind(value, &attribute.ty.kind) {
            Ok(value) => value,
            Err(value) => {
                self.world.report.say(wrong_kind(&value, attribute));
                return Expr::broken(value.span);
            }
        };
        constants_of(&value).into_iter().for_each(|constant| self.constant_fits(constant, attribute));
        value
    }

    fn constant_fits(&self, constant: &Expr, attribute: &Attribute) {
        let Some(value) = constant.as_constant() else { return };
        let name = &attribute.name;
        let shown = self.world.text(constant.span);
        let items = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        if !attribute.one_of.is_empty()
            && let Some(strange) = items.iter().find(|item| !item.is_missing() && !attribute.one_of.contains(item))
        {
            let there_is: Vec<_> = attribute.one_of.iter().map(crate::value::show::shown).collect();
            let help = format!("it is one of {}", there_is.join(", "));
            let message = format!("`{name}` can't be {}", crate::value::show::shown(strange));
            self.world.report.say(Diagnostic::error("E0319", constant.span, message).related(attribute.span, "declared here").help(help));
        }
        for text in items.iter().filter_map(Value::as_text) {
            if attribute.up_to.is_some_and(|most| text.chars().count() as u64 > most) {
                let message = format!(
                    "`{name}` holds up to {} characters, and {shown} has {}",
                    attribute.up_to.unwrap_or_default(),
                    text.chars().count()
                );
                self.world.report.say(Diagnostic::error("E0319", constant.span, message).related(attribute.span, "declared here"));
            }
            if attribute.matches.as_ref().is_some_and(|matches| !matches.is_match(text)) {
                let message = format!("{shown} does not match the pattern of `{name}`");
                self.world.report.say(Diagnostic::error("E0319", constant.span, message).related(attribute.span, "declared here"));
            }
        }
    }
}

fn wrong_kind(value: &Expr, attribute: &Attribute) -> Diagnostic {
    use crate::value::Kind;
    let message = format!("`{}` is {}, and this is {}", attribute.name, a_kind(&attribute.ty.kind), a_kind(&value.ty.kind));
    let diagnostic = Diagnostic::error("E0304", value.span, message)
        .label(value.ty.to_string())
        .related(attribute.span, format!("{}, declared here", attribute.ty));
    match (&attribute.ty.kind, &value.ty.kind) {
        (Kind::Text, Kind::Int | Kind::Decimal | Kind::Bool | Kind::Date | Kind::DateTime) => {
            diagnostic.help("make a text of it: `\"{…}\"`")
        }
        (Kind::Int, Kind::Text) => diagnostic.help("a text is never a number: use `| parse_int`"),
        (Kind::Decimal, Kind::Text) => diagnostic.help("a text is never a number: use `| parse_decimal`"),
        (Kind::Date, Kind::Text) => diagnostic.help("a text becomes a day by `| parse_date(\"%d/%m/%Y\")`"),
        (Kind::Date, Kind::DateTime) => diagnostic.help("say by whose clocks: `| day_in(\"Europe/Paris\")`"),
        (Kind::List(_), _) => diagnostic.help("write it in `[ ]`"),
        (_, Kind::List(_)) => diagnostic.help("take one of its values: `| first` or `| only`"),
        _ => diagnostic,
    }
}

/// The constants that an expression can come out as.
fn constants_of(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Constant(_) => vec![expr],
        ExprKind::If(_, then, otherwise) => {
            constants_of(then).into_iter().chain(otherwise.iter().flat_map(|other| constants_of(other))).collect()
        }
        ExprKind::Default(left, right) => constants_of(left).into_iter().chain(constants_of(right)).collect(),
        _ => Vec::new(),
    }
}
