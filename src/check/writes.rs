//! What may be written to an attribute: the same for `map` and for `leaver`.

use super::{
    model::{
        expr::{Expr, ExprKind},
        system::Attribute,
    },
    types::{Typing, a_kind},
};
use crate::{
    diagnose::Diagnostic,
    value::{Kind, Value},
};

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
            let there_is: Vec<_> = attribute.one_of.iter().map(quoted).collect();
            let help = format!("it is one of {}", there_is.join(", "));
            let message = format!("`{name}` can't be {}", quoted(strange));
            self.world.report.say(Diagnostic::error("E0319", constant.span, message).related(attribute.span, "declared here").help(help));
        }
        for text in items.iter().filter_map(Value::as_text) {
            if attribute.up_to.is_some_and(|most| text.chars().count() as u64 > most) {
                let message = format!(
                    "`{name}` holds up to {} characters, and {shown} has {}",
                    attribute.up_to.unwrap_or_default(),
                    text.chars().count()
                );
                self.world.report.say(
                    Diagnostic::error("E0319", constant.span, message)
                        .related(attribute.span, "declared here")
                        .help("write a value that the attribute takes"),
                );
            }
            if attribute.matches.as_ref().is_some_and(|matches| !matches.is_match(text)) {
                let message = format!("{shown} does not match the pattern of `{name}`");
                self.world.report.say(
                    Diagnostic::error("E0319", constant.span, message)
                        .related(attribute.span, "declared here")
                        .help("write a value that the attribute takes"),
                );
            }
        }
    }
}

fn wrong_kind(value: &Expr, attribute: &Attribute) -> Diagnostic {
    let (wanted, is) = (&attribute.ty.kind, &value.ty.kind);
    Diagnostic::error("E0304", value.span, format!("`{}` is {}, and this is {}", attribute.name, a_kind(wanted), a_kind(is)))
        .label(value.ty.to_string())
        .related(attribute.span, format!("{}, declared here", attribute.ty))
        .help(way_to(wanted, is))
}

/// How a value of one kind becomes one of another.
pub(super) fn way_to(wanted: &Kind, is: &Kind) -> String {
    match (wanted, is) {
        (Kind::Text, Kind::Int | Kind::Decimal | Kind::Bool | Kind::Date | Kind::DateTime) => "make a text of it: `\"{…}\"`",
        (Kind::Int, Kind::Text) => "a text is never a number: use `| parse_int`",
        (Kind::Decimal, Kind::Text) => "a text is never a number: use `| parse_decimal`",
        (Kind::Date, Kind::Text) => "a text becomes a day by `| parse_date(\"%d/%m/%Y\")`",
        (Kind::Date, Kind::DateTime) => "say by whose clocks: `| day_in(\"Europe/Paris\")`",
        (Kind::List(_), _) => "write it in `[ ]`",
        (_, Kind::List(_)) => "take one of its values: `| first` or `| only`",
        _ => return format!("give it {}", a_kind(wanted)),
    }
    .to_owned()
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

fn quoted(value: &Value) -> String {
    format!("`{}`", crate::value::show::shown(value))
}
