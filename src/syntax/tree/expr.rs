//! Expressions.

use super::{Ident, PathText, Words};
use crate::diagnose::Span;
use rust_decimal::Decimal;

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// A text with interpolations.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub parts: Vec<TemplatePart>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Escapes are resolved.
    Text(String),
    Expr(Expr),
}

/// What a text has to match.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Written(Words),
    /// A name such as `setting.x`.
    Setting(Box<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    /// `10%`
    Percent(Decimal),
    Duration(crate::value::Span),
    Date(jiff::civil::Date),
    DateTime(jiff::Timestamp),
    Time(jiff::civil::Time),
    /// `"…"` with its interpolations, `"""…"""` without.
    Text(Template),
    List(Vec<Expr>),
    /// `[EXPR for each record]`: of each record of a batch.
    Each(Box<Expr>),
    /// `{ name = EXPR, "odd name" = EXPR }`
    Record(Vec<(Words, Expr)>),
    /// `header "X"`: a header of the answer.
    Header(Words),
    /// `email`, `employee.email`, `current.address.line_1`, `setting.x`, `page.offset`, `today`: one or more names.
    Name(Vec<Ident>),
    Path(PathText),
    Not(Box<Expr>),
    Binary {
        op: Op,
        op_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `matches "RE"`, `matches setting.x`
    Matches {
        value: Box<Expr>,
        pattern: Pattern,
    },
    /// `is missing | is present | is absent`
    Is {
        value: Box<Expr>,
        state: State,
    },
    /// `value | name(args)`
    Pipe {
        value: Box<Expr>,
        function: Ident,
        args: Vec<Expr>,
    },
    /// `a ?? b`
    Default {
        value: Box<Expr>,
        default: Box<Expr>,
    },
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    /// A placeholder for what could not be parsed; an error has been reported.
    Broken,
}

impl Expr {
    /// Whether it names what only lists have: a page, or the time of the last read.
    #[must_use]
    pub fn names_a_page(&self) -> bool {
        use ExprKind as E;
        match &self.kind {
            E::Name(names) => matches!(names[0].text.as_str(), "page" | "since"),
            E::Text(template) => template.parts.iter().any(|part| matches!(part, TemplatePart::Expr(inner) if inner.names_a_page())),
            E::List(items) => items.iter().any(Self::names_a_page),
            E::Pipe { value, args, .. } => value.names_a_page() || args.iter().any(Self::names_a_page),
            E::Binary { left, right, .. } | E::Default { value: left, default: right } => left.names_a_page() || right.names_a_page(),
            E::Not(inner) | E::Is { value: inner, .. } | E::Matches { value: inner, .. } => inner.names_a_page(),
            E::If { condition, then, otherwise } => {
                condition.names_a_page() || then.names_a_page() || otherwise.as_ref().is_some_and(|inner| inner.names_a_page())
            }
            _ => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Missing,
    Present,
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    StartsWith,
    EndsWith,
    Contains,
    Add,
    Subtract,
    Multiply,
    Divide,
}
