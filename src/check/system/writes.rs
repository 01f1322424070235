//! Which values may be written to an attribute; the same for `map` and `leaver`.

use crate::check::{
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
                self.env.report.say(wrong_kind(&value, attribute));
                return Expr::broken(value.span);
            }
        };
        constants_of(&value).into_iter().for_each(|constant| self.constant_fits(constant, attribute));
        value
    }

    fn constant_fits(&self, constant: &Expr, attribute: &Attribute) {
        let Some(value) = constant.as_constant() else { return };
        let items = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        let refusals = items.iter().filter_map(|item| refusal(item, attribute));
        for (message, help) in refusals {
            let diagnostic = Diagnostic::error("E0319", constant.span, message);
            self.env.report.say(diagnostic.related(attribute.span, "declared here").help(help));
        }
    }
}

/// Why an attribute does not take a value, and what it takes.
fn refusal(value: &Value, attribute: &Attribute) -> Option<(String, String)> {
    let name = &attribute.name;
    if !attribute.one_of.is_empty() && !value.is_missing() && !attribute.one_of.contains(value) {
        let there_is = attribute.one_of.iter().map(quoted).collect::<Vec<_>>().join(", ");
        return Some((format!("`{name}` can't be {}", quoted(value)), format!("it is one of {there_is}")));
    }
    let text = value.as_text()?;
    let (length, most) = (text.chars().count() as u64, attribute.up_to.unwrap_or(u64::MAX));
    if length > most {
        return Some((format!("`{name}` holds up to {most} characters, and this has {length}"), "write a shorter text".to_owned()));
    }
    let matches = attribute.matches.as_ref().filter(|matches| !matches.is_match(text))?;
    Some((format!("{} does not match the pattern of `{name}`", quoted(value)), format!("it has to match `{}`", matches.as_str())))
}

fn wrong_kind(value: &Expr, attribute: &Attribute) -> Diagnostic {
    let (wanted, is) = (&attribute.ty.kind, &value.ty.kind);
    Diagnostic::error("E0304", value.span, format!("`{}` is {}, and this is {}", attribute.name, a_kind(wanted), a_kind(is)))
        .label(value.ty.to_string())
        .related(attribute.span, format!("{}, declared here", attribute.ty))
        .help(way_to(wanted, is))
}

/// How a value of one kind becomes one of another.
pub(crate) fn way_to(wanted: &Kind, is: &Kind) -> String {
    match (wanted, is) {
        (Kind::Text, Kind::Int | Kind::Decimal | Kind::Bool | Kind::Date | Kind::DateTime) => "make a text of it: `\"{…}\"`",
        (Kind::Int, Kind::Text) => "a text is never a number: use `| parse_int`",
        (Kind::Decimal, Kind::Text) => "a text is never a number: use `| parse_decimal`",
        (Kind::Date, Kind::Text) => "a text becomes a day by `| parse_date(\"%d/%m/%Y\")`",
        (Kind::Date, Kind::DateTime) => "say by whose clocks: `| day_in(\"Europe/Paris\")`",
        (Kind::List(_), _) => "write it in `[ ]`",
        (Kind::Text, Kind::List(_)) => "take one of its values (`| first`, `| only`), or put them together: `| join(\", \")`",
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
