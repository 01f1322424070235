//! Which values may be written to an attribute; the same for `map` and `leaver`.

use crate::check::{
    model::{
        expr::{Expr, ExprKind},
        system::Attribute,
    },
    types::{Place, Typing, a_kind},
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
                self.wrong_kind(&value, attribute);
                return Expr::broken(value.span);
            }
        };
        constants_of(&value).into_iter().for_each(|constant| self.constant_fits(constant, attribute));
        self.items_are_present(&value, attribute);
        value
    }

    /// A list has no place for a missing value, which would be sent as `null`; only raw JSON may hold one.
    fn items_are_present(&self, list: &Expr, attribute: &Attribute) {
        let Kind::List(item) = &attribute.ty.kind else { return };
        let Some(part) = self.missing_part(list).filter(|_| **item != Kind::Json) else { return };
        let message = format!("a value that may be missing gets into `{}`, which is {}", attribute.name, a_kind(&attribute.ty.kind));
        let help = format!("leave missing values out (`{} | present`), or give a fallback (`?? …`)", self.env.text(list.span));
        self.env.report.say(
            Diagnostic::error("E0313", part.span, message).label("may be missing").related(attribute.span, "declared here").help(help),
        );
    }

    fn wrong_kind(&self, value: &Expr, attribute: &Attribute) {
        let (wanted, is) = (&attribute.ty.kind, &value.ty.kind);
        let message = format!("`{}` is {}, and this is {}", attribute.name, a_kind(wanted), a_kind(is));
        self.env.report.say(
            Diagnostic::error("E0304", value.span, message)
                .label(value.ty.to_string())
                .related(attribute.span, format!("{}, declared here", attribute.ty))
                .help(way_to(wanted, is, self.own_zone())),
        );
    }

    /// The zone of the pipeline, or one as an example.
    pub(crate) fn own_zone(&self) -> &str {
        let written = if let Place::Pipeline(draft) = self.place { draft.zone_name.as_deref() } else { None };
        written.unwrap_or("Europe/Paris")
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

/// How a value of one kind becomes one of another; `zone` is the one whose clocks say which day it is.
pub(crate) fn way_to(wanted: &Kind, is: &Kind, zone: &str) -> String {
    match (wanted, is) {
        (Kind::Text, Kind::Int | Kind::Decimal | Kind::Bool | Kind::Date | Kind::DateTime) => "make a text of it: `\"{…}\"`",
        (Kind::Int, Kind::Text) => "a text is never a number: use `| parse_int`",
        (Kind::Decimal, Kind::Text) => "a text is never a number: use `| parse_decimal`",
        (Kind::Date, Kind::Text) => "a text becomes a day by `| parse_date(\"%d/%m/%Y\")`",
        (Kind::Date, Kind::DateTime) => return format!("say by whose clocks: `| day_in(\"{zone}\")`"),
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
