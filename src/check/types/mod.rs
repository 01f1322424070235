//! Types expressions: the meaning of names at their place, types, and what may be missing.

mod disjoint;
mod foreign;
mod functions;
mod literals;
mod members;
mod names;
mod operators;
mod place;
mod presence;
mod records;
mod shape;
mod signing;
mod untyped;

pub(in crate::check) use disjoint::{Claim, Side, conditions_apart, mirrored};
pub(super) use functions::arguments;
pub(crate) use literals::plain_text;
#[cfg(test)]
pub(crate) use names::CALL_NAMES;
pub(crate) use names::{joined, not_yet};
pub(crate) use place::{Draft, ElementSlot, FieldSlot, JoinSlot, OuterLines, Place, SystemPlace};
pub(crate) use presence::{Facts, Subject};
pub(crate) use shape::a_kind;
pub(crate) use shape::fits;

use super::{
    environment::Environment,
    model::expr::{Expr, ExprKind, Pattern},
};
use crate::{
    diagnose::Diagnostic,
    syntax::tree::{self, ExprKind as T, State},
    value::{Kind, Type},
};
use std::{cell::RefCell, collections::HashMap};

/// Types the expressions of one place.
pub(crate) struct Typing<'a> {
    pub env: &'a Environment<'a>,
    pub place: Place<'a>,
    /// What is known to be present.
    facts: Facts,
    /// Which fields may be missing all the same, for those that were asked for so far.
    fields_known: RefCell<HashMap<usize, bool>>,
}

impl<'a> Typing<'a> {
    pub fn new(env: &'a Environment<'a>, place: Place<'a>) -> Self {
        Self::with(env, place, Facts::default())
    }

    /// A set of things known to be present.
    pub fn with(env: &'a Environment<'a>, place: Place<'a>, facts: Facts) -> Self {
        Self { env, place, facts, fields_known: RefCell::default() }
    }

    /// The same with more things known to be present.
    pub fn knowing(&self, facts: impl IntoIterator<Item = Subject>) -> Self {
        let mut more = self.facts.clone();
        more.extend(facts);
        Self::with(self.env, self.place, more)
    }

    /// The same inside an expression with a condition.
    pub fn under(&self, condition: Option<&Expr>) -> Self {
        let mut facts = self.facts.clone();
        condition.into_iter().for_each(|condition| self.learn(&mut facts, condition, true));
        Self::with(self.env, self.place, facts)
    }

    /// An expression with its names resolved and its type known; broken once an error about it has been reported.
    pub fn expr(&self, written: &tree::Expr) -> Expr {
        let mut expr = self.resolved(written);
        expr.ty.optional = self.may_be_missing(&expr);
        expr
    }

    fn resolved(&self, written: &tree::Expr) -> Expr {
        match &written.kind {
            T::Broken => Expr::broken(written.span),
            T::Name(names) => self.name(names, written.span),
            T::Path(path) => self.raw_path(path),
            T::Not(inner) => Expr::truth(ExprKind::Not(Box::new(self.condition(inner))), written.span),
            T::Binary { op, op_span, left, right } => self.binary(*op, *op_span, left, right, written.span),
            T::Matches { value, pattern } => self.matches(value, pattern, written.span),
            T::Is { value, state } => self.is(value, *state, written.span),
            T::Pipe { value, function, args } => self.pipe(value, function, args, written.span),
            T::Default { value, default } => self.default(value, default, written.span),
            T::If { condition, then, otherwise } => self.choice(condition, then, otherwise.as_deref(), written.span),
            T::List(items) => self.list(items, written.span),
            T::Each(one) => self.each(one, written.span),
            T::Record(members) => self.record(members, written.span),
            T::Header(name) => self.answer_header(name, written.span),
            T::Text(template) => self.template(template),
            _ => self.literal(written),
        }
    }

    /// An expression that has to be yes or no.
    pub fn condition(&self, written: &tree::Expr) -> Expr {
        let expr = self.expr(written);
        if expr.is_broken() || matches!(expr.ty.kind, Kind::Bool) {
            return expr;
        }
        self.env.report.say(self.not_a_condition(&expr));
        Expr::broken(written.span)
    }

    fn not_a_condition(&self, expr: &Expr) -> Diagnostic {
        let text = self.env.text(expr.span);
        let diagnostic = Diagnostic::error("E0301", expr.span, "a condition is yes or no").label(expr.ty.to_string());
        match expr.ty.kind {
            Kind::Json => diagnostic.help(self.a_type_for(expr, "bool")),
            _ => diagnostic.help(format!("ask something of it, such as `{text} is present`")),
        }
    }

    fn is(&self, value: &tree::Expr, state: State, span: crate::diagnose::Span) -> Expr {
        Expr::truth(ExprKind::Is(state, Box::new(self.expr(value))), span)
    }

    fn matches(&self, value: &tree::Expr, pattern: &tree::Pattern, span: crate::diagnose::Span) -> Expr {
        let value = self.of_kind(value, &Kind::Text, "`matches`");
        let pattern = match pattern {
            tree::Pattern::Written(words) => self.env.regex(words).map(Pattern::Written),
            tree::Pattern::Setting(setting) => self.pattern_setting(setting),
        };
        pattern.map_or(Expr::broken(span), |pattern| Expr::truth(ExprKind::Matches(Box::new(value), pattern), span))
    }

    fn pattern_setting(&self, written: &tree::Expr) -> Option<Pattern> {
        let setting = self.of_kind(written, &Kind::Text, "`matches`");
        if !setting.is_broken() && !matches!(setting.kind, ExprKind::Setting(_)) {
            let help = "write the regular expression in quotes, or name a setting of the type `text`";
            self.env.report.error_help("E0605", written.span, "a pattern is known before anything is read", help);
            return None;
        }
        (!setting.is_broken()).then(|| Pattern::Setting(Box::new(setting)))
    }

    /// An expression that has to be of a kind; `who` wants it.
    pub fn of_kind(&self, written: &tree::Expr, wanted: &Kind, who: &str) -> Expr {
        let expr = self.expr(written);
        if expr.is_broken() {
            return expr;
        }
        self.as_kind(expr, wanted).unwrap_or_else(|expr| {
            let message = format!("{who} needs {}, and this is {}", a_kind(wanted), a_kind(&expr.ty.kind));
            let diagnostic = Diagnostic::error("E0303", expr.span, message).label(expr.ty.to_string());
            let help = match wanted {
                Kind::Json => "name an attribute or a path that holds raw JSON: no other type becomes it".to_owned(),
                _ => format!("give it {}", a_kind(wanted)),
            };
            self.env.report.say(diagnostic.help(help));
            Expr::broken(expr.span)
        })
    }

    /// The value as a kind, if it can be used as one: raw JSON is read as it, a whole number may be written where a decimal is wanted.
    pub fn as_kind(&self, expr: Expr, wanted: &Kind) -> Result<Expr, Box<Expr>> {
        if expr.is_broken() || shape::fits(&expr.ty.kind, wanted) {
            return Ok(expr);
        }
        if expr.ty.kind == Kind::Json {
            return Ok(self.read_as(expr, wanted));
        }
        match shape::widened(&expr, wanted) {
            Some(wider) => Ok(wider),
            None => Err(Box::new(expr)),
        }
    }

    /// Raw JSON read as a kind: a path of the record is read so from the start.
    pub fn read_as(&self, expr: Expr, kind: &Kind) -> Expr {
        let ty = Type::optional(kind.clone());
        match (&expr.kind, &self.place) {
            (ExprKind::Raw(raw), Place::Pipeline(draft)) => {
                let raw = draft.raw_as(*raw, &ty);
                Expr::new(ExprKind::Raw(raw), ty, expr.span)
            }
            _ => {
                let span = expr.span;
                Expr::new(ExprKind::ReadAs { value: Box::new(expr), kind: kind.clone() }, ty, span)
            }
        }
    }
}
