//! Operators between two values, `??` and `if`.

use super::{
    Expr, ExprKind, Place, Typing, a_kind,
    members::there_but_empty,
    shape::{common, comparable, ordered},
};
use crate::{
    check::model::expr::{Comparator, Operator},
    diagnose::{Diagnostic, Fix, Span},
    syntax::{
        day_meant, help_for_day,
        tree::{self, Op},
    },
    value::{Kind, Type, Value, arithmetic},
};

impl Typing<'_> {
    pub(crate) fn binary(&self, op: Op, op_span: Span, left: &tree::Expr, right: &tree::Expr, span: Span) -> Expr {
        match op {
            Op::And => {
                let left = self.condition(left);
                let right = self.knowing(self.shown_by(&left, true)).condition(right);
                Expr::truth(ExprKind::And(Box::new(left), Box::new(right)), span)
            }
            Op::Or => {
                let left = self.condition(left);
                let right = self.knowing(self.shown_by(&left, false)).condition(right);
                Expr::truth(ExprKind::Or(Box::new(left), Box::new(right)), span)
            }
            Op::In | Op::NotIn => self.is_in(op == Op::NotIn, left, right, span),
            Op::Add | Op::Subtract | Op::Multiply | Op::Divide => self.arithmetic(operator(op), op_span, left, right, span),
            _ => self.comparison(comparator(op), op_span, left, right, span),
        }
    }

    fn comparison(&self, how: Comparator, op_span: Span, left: &tree::Expr, right: &tree::Expr, span: Span) -> Expr {
        let (left, right) = (self.expr(left), self.expr(right));
        if left.is_broken() || right.is_broken() {
            return Expr::new(ExprKind::Broken, Type::present(Kind::Bool), span);
        }
        if let Some(header) = self.empty_header(how, &left, &right) {
            return there_but_empty(header.clone(), span);
        }
        let (left, right) = (self.sum_as_number(left), self.sum_as_number(right));
        let (left, right) = match how {
            Comparator::Equal | Comparator::NotEqual | Comparator::Contains => (self.as_it_stands(left), self.as_it_stands(right)),
            _ if self.are_members(&left, &right) && how.is_order() => {
                (self.read_as(left, &Kind::Decimal), self.read_as(right, &Kind::Decimal))
            }
            _ => self.alike(left, right),
        };
        let (left, right) = (self.widened_to(left, &right), right);
        let right = self.widened_to(right, &left);
        if !self.can_compare(how, &left, &right, op_span) {
            return Expr::broken(span);
        }
        Expr::truth(ExprKind::Compare(how, Box::new(left), Box::new(right)), span)
    }

    /// Raw JSON is compared as what it holds; a path that may find several values finds a list of them.
    fn as_it_stands(&self, expr: Expr) -> Expr {
        match (&expr.kind, &self.place) {
            (ExprKind::Raw(raw), Place::Pipeline(draft)) if expr.ty.kind == Kind::Json && !draft.raw_is_singular(*raw) => {
                self.read_as(expr, &Kind::List(Box::new(Kind::Json)))
            }
            _ => expr,
        }
    }

    /// Whether both are members of an answer, which have no type. In order, they are numbers: the page, and how many there are.
    fn are_members(&self, left: &Expr, right: &Expr) -> bool {
        let is_member = |expr: &Expr| expr.ty.kind == Kind::Json && matches!(expr.kind, ExprKind::Answer(_));
        matches!(self.place, Place::System(_)) && is_member(left) && is_member(right)
    }

    /// Raw JSON that is put in order with a typed value, or looked into as a text, is read as that value's kind.
    fn alike(&self, left: Expr, right: Expr) -> (Expr, Expr) {
        match (&left.ty.kind, &right.ty.kind) {
            (Kind::Json, Kind::Json | Kind::Nothing) | (Kind::Nothing, Kind::Json) => (left, right),
            (Kind::Json, kind) => {
                let kind = kind.clone();
                (self.read_as(left, &kind), right)
            }
            (kind, Kind::Json) => {
                let kind = kind.clone();
                (left, self.read_as(right, &kind))
            }
            _ => (left, right),
        }
    }

    fn widened_to(&self, expr: Expr, other: &Expr) -> Expr {
        super::shape::widened(&expr, &other.ty.kind).unwrap_or(expr)
    }

    fn can_compare(&self, how: Comparator, left: &Expr, right: &Expr, op_span: Span) -> bool {
        let fine = match how {
            Comparator::Equal | Comparator::NotEqual => comparable(&left.ty.kind, &right.ty.kind),
            Comparator::StartsWith | Comparator::EndsWith => is_text(left) && is_text(right),
            Comparator::Contains => may_be_text(left) && may_be_text(right) || contains_item(&left.ty.kind, &right.ty.kind),
            _ => comparable(&left.ty.kind, &right.ty.kind) && ordered(&left.ty.kind) && ordered(&right.ty.kind),
        };
        if !fine {
            self.env.report.say(self.incomparable(left, right, op_span));
        }
        fine
    }

    fn incomparable(&self, left: &Expr, right: &Expr, op_span: Span) -> Diagnostic {
        let operator = self.env.text(op_span);
        let (one, other) = (&left.ty.kind, &right.ty.kind);
        if let (Kind::Date, Kind::DateTime) | (Kind::DateTime, Kind::Date) = (one, other) {
            let span = if *one == Kind::DateTime { left.span } else { right.span };
            let text = self.env.text(span);
            return Diagnostic::error(
                "E0305",
                left.span.to(right.span),
                "a date has no zone and a datetime is an instant: they can't be compared",
            )
            .label(format!("{} {operator} {}", left.ty, right.ty))
            .help(format!("say by whose clocks: `({text} | day_in(\"{}\"))`", self.own_zone()));
        }
        let message = format!("`{operator}` cannot compare {} with {}", a_kind(one), a_kind(other));
        let diagnostic =
            Diagnostic::error("E0302", left.span.to(right.span), message).label(format!("{} {operator} {}", left.ty, right.ty));
        if let Some(number) = quoted_number(left, right).or_else(|| quoted_number(right, left)) {
            return diagnostic.help(format!("a number is written without quotes: `{number}`"));
        }
        diagnostic.help(hint(one, other).unwrap_or("compare two values of the same type"))
    }

    fn is_in(&self, negated: bool, value: &tree::Expr, written: &tree::Expr, span: Span) -> Expr {
        let (value, list) = (self.expr(value), self.expr(written));
        if value.is_broken() || list.is_broken() {
            return Expr::broken(span);
        }
        let Kind::List(item) = list.ty.kind.clone() else {
            let message = format!("`in` needs a list after it, and this is {}", a_kind(&list.ty.kind));
            let diagnostic = Diagnostic::error("E0302", list.span, message).help("write the values in `[ ]`");
            self.env.report.say(self.one_in_parentheses(written.span, diagnostic));
            return Expr::broken(span);
        };
        let value = self.as_it_stands(value);
        if !comparable(&value.ty.kind, &item) {
            let message = format!("{} is never in a list of {item}", a_kind(&value.ty.kind));
            self.env.report.say(
                Diagnostic::error("E0302", value.span.to(list.span), message)
                    .label(format!("{} in {}", value.ty, list.ty))
                    .help("list values of the same type"),
            );
            return Expr::broken(span);
        }
        if let Some(rest) = self.beside_empty(negated, &value, &list) {
            return Expr::truth(ExprKind::Or(Box::new(there_but_empty(value, span)), Box::new(rest)), span);
        }
        Expr::truth(ExprKind::In { negated, value: Box::new(value), list: Box::new(list) }, span)
    }

    /// `01/03/2026` and `2026-3-1`, which divide and subtract.
    fn not_a_day(&self, span: Span, native: Option<String>) -> Expr {
        let text = self.env.text(span);
        let diagnostic = Diagnostic::error("E0303", span, format!("`{text}` is a calculation, not a day"));
        let diagnostic = diagnostic.help(help_for_day(native.as_deref()));
        self.env.report.say(match native {
            Some(native) => diagnostic.fix(Fix::replace(span, native, "")),
            None => diagnostic,
        });
        Expr::broken(span)
    }

    fn arithmetic(&self, operator: Operator, op_span: Span, left: &tree::Expr, right: &tree::Expr, span: Span) -> Expr {
        if let Some(native) = day_meant(self.env.sources.text(span)) {
            return self.not_a_day(span, native);
        }
        let (left, right) = (self.expr(left), self.expr(right));
        if left.is_broken() || right.is_broken() {
            return Expr::broken(span);
        }
        let (left, right) = self.members_as_numbers(operator, left, right);
        if let Some(part) = part_of_a_day(&left, &right) {
            let message = format!("a date moves by whole days, and `{}` is not a whole number of them", self.env.text(part.span));
            let help = "write days, such as `1 day`, or move a datetime";
            self.env.report.say(Diagnostic::error("E0303", part.span, message).label(part.ty.to_string()).help(help));
            return Expr::broken(span);
        }
        let in_system = matches!(self.place, Place::System(_));
        let kind = arithmetic::kind(operator, &left.ty.kind, &right.ty.kind).or_else(|| match (operator, &left.ty.kind, &right.ty.kind) {
            // A list in a request is JSON, which may hold anything.
            (Operator::Add, Kind::List(_), Kind::List(_)) if in_system => Some(Kind::List(Box::new(Kind::Json))),
            _ => None,
        });
        match kind.filter(|_| in_system || right.ty.kind != Kind::Json) {
            Some(kind) => Expr::new(ExprKind::Arithmetic(operator, Box::new(left), Box::new(right)), Type::optional(kind), span),
            None => {
                self.env.report.say(self.no_arithmetic(&left, &right, op_span));
                Expr::broken(span)
            }
        }
    }

    fn no_arithmetic(&self, left: &Expr, right: &Expr, op_span: Span) -> Diagnostic {
        let operator = self.env.text(op_span);
        let message = format!("`{operator}` cannot be used between {} and {}", a_kind(&left.ty.kind), a_kind(&right.ty.kind));
        let diagnostic =
            Diagnostic::error("E0303", left.span.to(right.span), message).label(format!("{} {operator} {}", left.ty, right.ty));
        if let Some(header) = [left, right].into_iter().find(|side| matches!(side.kind, ExprKind::Header(_))) {
            return diagnostic.help(format!("a header is a text: `({} | parse_int)` makes a number of it", self.env.text(header.span)));
        }
        if is_text(left) || is_text(right) {
            return diagnostic.help("texts are put together in one: `\"{a} {b}\"`");
        }
        diagnostic.help("it goes between two numbers, a day and a length of time, two lengths of time, or two lists")
    }

    pub(crate) fn default(&self, value: &tree::Expr, default: &tree::Expr, span: Span) -> Expr {
        let (value, default) = (self.expr(value), self.expr(default));
        if value.is_broken() || default.is_broken() {
            return Expr::broken(span);
        }
        let value = match (&value.ty.kind, &default.ty.kind) {
            (Kind::Json, Kind::Json | Kind::Nothing) => value,
            (Kind::Json, Kind::List(item)) if **item == Kind::Nothing => self.read_as(value, &Kind::List(Box::new(Kind::Json))),
            (Kind::Json, kind) => self.read_as(value, kind),
            _ => value,
        };
        let default = self.widened_to(default, &value);
        self.one_kind(&value, &default, "`??` takes over with").map_or_else(
            || Expr::broken(span),
            |kind| Expr::new(ExprKind::Default(Box::new(value.clone()), Box::new(default.clone())), Type::optional(kind), span),
        )
    }

    pub(crate) fn choice(&self, condition: &tree::Expr, then: &tree::Expr, otherwise: Option<&tree::Expr>, span: Span) -> Expr {
        let condition = self.condition(condition);
        let then = self.knowing(self.shown_by(&condition, true)).expr(then);
        let otherwise = otherwise.map(|otherwise| self.knowing(self.shown_by(&condition, false)).expr(otherwise));
        if then.is_broken() || otherwise.as_ref().is_some_and(Expr::is_broken) {
            return Expr::broken(span);
        }
        let kind = match &otherwise {
            Some(otherwise) => self.one_kind(&then, otherwise, "`else` gives"),
            None => Some(then.ty.kind.clone()),
        };
        kind.map_or_else(
            || Expr::broken(span),
            |kind| Expr::new(ExprKind::If(Box::new(condition), Box::new(then), otherwise.map(Box::new)), Type::optional(kind), span),
        )
    }

    fn one_kind(&self, first: &Expr, second: &Expr, what: &str) -> Option<Kind> {
        let kind = common(&first.ty.kind, &second.ty.kind);
        if kind.is_none() {
            let message = format!("{what} {}, and the value before it is {}", a_kind(&second.ty.kind), a_kind(&first.ty.kind));
            self.env.report.say(
                Diagnostic::error("E0308", second.span, message)
                    .label(second.ty.to_string())
                    .related(first.span, first.ty.to_string())
                    .help("make both of one type"),
            );
        }
        kind
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr.ty.kind, Kind::Text | Kind::Nothing)
}

fn may_be_text(expr: &Expr) -> bool {
    is_text(expr) || expr.ty.kind == Kind::Json
}

/// A length of time written beside a date that would move it by a part of a day.
fn part_of_a_day<'e>(left: &'e Expr, right: &'e Expr) -> Option<&'e Expr> {
    let beside_date = |expr: &Expr, other: &Expr| {
        matches!(expr.as_constant(), Some(Value::Duration(span)) if !span.is_whole_days()) && other.ty.kind == Kind::Date
    };
    [(left, right), (right, left)].into_iter().find(|(expr, other)| beside_date(expr, other)).map(|(expr, _)| expr)
}

fn contains_item(list: &Kind, item: &Kind) -> bool {
    match list {
        Kind::List(of) => comparable(of, item),
        Kind::Json => *item != Kind::Schedule,
        _ => false,
    }
}

/// `404`, where `"404"` is compared with a number.
fn quoted_number(number: &Expr, quoted: &Expr) -> Option<String> {
    let text = quoted.as_constant()?.as_text().filter(|_| matches!(number.ty.kind, Kind::Int | Kind::Decimal))?;
    text.trim().parse::<rust_decimal::Decimal>().ok().map(|_| text.trim().to_owned())
}

fn hint(left: &Kind, right: &Kind) -> Option<&'static str> {
    Some(match (left, right) {
        (Kind::Text, Kind::Int) | (Kind::Int, Kind::Text) => "a text is never a number: write the number in quotes, or use `| parse_int`",
        (Kind::Text, Kind::Decimal) | (Kind::Decimal, Kind::Text) => "a text is never a number: use `| parse_decimal`",
        (Kind::Text, Kind::Date) | (Kind::Date, Kind::Text) => {
            "a day is written without quotes, as `2026-03-01`; a text becomes one by `| parse_date(\"%d/%m/%Y\")`"
        }
        (Kind::Text, Kind::Bool) | (Kind::Bool, Kind::Text) => "`true` and `false` are written without quotes",
        (Kind::Int | Kind::Decimal, Kind::Bool) | (Kind::Bool, Kind::Int | Kind::Decimal) => "a bool is `true` or `false`",
        _ => return None,
    })
}

const fn comparator(op: Op) -> Comparator {
    match op {
        Op::NotEqual => Comparator::NotEqual,
        Op::Less => Comparator::Less,
        Op::LessOrEqual => Comparator::LessOrEqual,
        Op::Greater => Comparator::Greater,
        Op::GreaterOrEqual => Comparator::GreaterOrEqual,
        Op::StartsWith => Comparator::StartsWith,
        Op::EndsWith => Comparator::EndsWith,
        Op::Contains => Comparator::Contains,
        _ => Comparator::Equal,
    }
}

const fn operator(op: Op) -> Operator {
    match op {
        Op::Subtract => Operator::Subtract,
        Op::Multiply => Operator::Multiply,
        Op::Divide => Operator::Divide,
        _ => Operator::Add,
    }
}
