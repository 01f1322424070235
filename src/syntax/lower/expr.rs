//! Expressions: a Pratt parser over the flat list of operands and operators that the grammar gives.

use super::{Lower, all, child, end, first, has};
use crate::{
    diagnose::Span,
    syntax::{
        faults,
        grammar::{Pair, Rule},
        tree::{Expr, ExprKind, Op, PathText, Pattern, State, Words},
    },
};
use pest::pratt_parser::{Assoc, Op as Precedence, PrattParser};
use std::{cell::RefCell, sync::LazyLock};

/// How deeply an expression may be nested; more would overflow the stack of recursive code.
pub(in crate::syntax) const DEEPEST: usize = 256;

/// Weakest first, as in the language's table.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Precedence::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::k_or))
        .op(left(Rule::k_and))
        .op(Precedence::prefix(Rule::k_not))
        .op(left(Rule::o_equal)
            | left(Rule::o_unequal)
            | left(Rule::o_less)
            | left(Rule::o_at_most)
            | left(Rule::o_more)
            | left(Rule::o_at_least)
            | left(Rule::k_in)
            | left(Rule::o_not_in)
            | left(Rule::o_starts)
            | left(Rule::o_ends)
            | left(Rule::k_contains)
            | Precedence::postfix(Rule::is_postfix)
            | Precedence::postfix(Rule::matches_postfix))
        .op(left(Rule::o_default) | Precedence::postfix(Rule::pipe_postfix))
        .op(left(Rule::o_add) | left(Rule::o_subtract))
        .op(left(Rule::o_multiply) | left(Rule::o_divide))
});

/// An expression with how deep it nests.
struct Tall {
    expr: Expr,
    height: usize,
}

impl Lower<'_> {
    /// All values among the children, in order.
    pub(super) fn values(&mut self, pair: &Pair<'_>) -> Vec<Expr> {
        let values: Vec<Pair<'_>> = pair.clone().into_inner().filter(|inner| is_value(inner.as_rule())).collect();
        values.iter().map(|value| self.expr(value)).collect()
    }

    pub(super) fn maybe_value(&mut self, pair: &Pair<'_>) -> Option<Expr> {
        let value = pair.clone().into_inner().find(|inner| is_value(inner.as_rule()))?;
        Some(self.expr(&value))
    }

    /// The first value among the children.
    pub(super) fn value(&mut self, pair: &Pair<'_>) -> Expr {
        self.maybe_value(pair).unwrap_or_else(|| Expr { kind: ExprKind::Broken, span: self.span(pair) })
    }

    /// The value of the child of a rule: of a `when`.
    pub(super) fn value_under(&mut self, pair: &Pair<'_>, rule: Rule) -> Option<Expr> {
        let clause = child(pair, rule)?;
        self.maybe_value(&clause)
    }

    pub(super) fn expr(&mut self, pair: &Pair<'_>) -> Expr {
        if self.cut == Some(end(pair)) {
            return Expr { kind: ExprKind::Broken, span: self.span(pair) };
        }
        self.tall(pair).expr
    }

    fn tall(&mut self, pair: &Pair<'_>) -> Tall {
        let span = self.span(pair);
        match pair.as_rule() {
            Rule::expr_full | Rule::expr_value => self.operators(pair),
            Rule::paren_expr => self.parentheses(pair, span),
            Rule::if_expr => self.choice(pair, span),
            Rule::list_lit => self.list(pair, span),
            Rule::record_lit => self.members(pair, span),
            _ => Tall { expr: Expr { kind: self.leaf(pair), span }, height: 1 },
        }
    }

    /// Parentheses leave no node, but the span is theirs.
    fn parentheses(&mut self, pair: &Pair<'_>, span: Span) -> Tall {
        let inner = child(pair, Rule::expr_full).map(|inner| self.tall(&inner));
        let inner = inner.unwrap_or(Tall { expr: Expr { kind: ExprKind::Broken, span }, height: 1 });
        Tall { expr: Expr { span, ..inner.expr }, height: inner.height }
    }

    fn operators(&mut self, pair: &Pair<'_>) -> Tall {
        let lower = RefCell::new(self);
        PRECEDENCE
            .map_primary(|operand| lower.borrow_mut().tall(&operand))
            .map_prefix(|word, value| lower.borrow_mut().negation(&word, value))
            .map_infix(|left, op, right| lower.borrow_mut().binary(left, &op, right))
            .map_postfix(|value, op| lower.borrow_mut().postfix(value, &op))
            .parse(pair.clone().into_inner())
    }

    fn negation(&mut self, word: &Pair<'_>, value: Tall) -> Tall {
        let span = self.span(word).to(value.expr.span);
        self.grown(ExprKind::Not(Box::new(value.expr)), span, value.height)
    }

    fn binary(&mut self, left: Tall, op: &Pair<'_>, right: Tall) -> Tall {
        let span = left.expr.span.to(right.expr.span);
        let height = left.height.max(right.height);
        let (left, right) = (Box::new(left.expr), Box::new(right.expr));
        let kind = match operator(op.as_rule()) {
            Some(name) => ExprKind::Binary { op: name, op_span: self.span(op), left, right },
            None => ExprKind::Default { value: left, default: right },
        };
        self.grown(kind, span, height)
    }

    fn postfix(&mut self, value: Tall, op: &Pair<'_>) -> Tall {
        let span = value.expr.span.to(self.span(op));
        let subject = Box::new(value.expr);
        match op.as_rule() {
            Rule::is_postfix => self.grown(ExprKind::Is { value: subject, state: state(op) }, span, value.height),
            Rule::matches_postfix => {
                let pattern = match child(op, Rule::setting_ref) {
                    Some(setting) => Pattern::Setting(Box::new(self.tall(&setting).expr)),
                    None => Pattern::Written(self.pattern(op)),
                };
                self.grown(ExprKind::Matches { value: subject, pattern }, span, value.height)
            }
            _ => {
                let (args, height) = self.arguments(op);
                self.grown(ExprKind::Pipe { value: subject, function: self.name(op), args }, span, value.height.max(height))
            }
        }
    }

    fn arguments(&mut self, pipe: &Pair<'_>) -> (Vec<Expr>, usize) {
        child(pipe, Rule::arg_list).map_or_else(|| (Vec::new(), 0), |args| self.many(&args))
    }

    fn many(&mut self, pair: &Pair<'_>) -> (Vec<Expr>, usize) {
        let values: Vec<Pair<'_>> = pair.clone().into_inner().filter(|inner| is_value(inner.as_rule())).collect();
        let talls: Vec<Tall> = values.iter().map(|value| self.tall(value)).collect();
        let height = talls.iter().map(|tall| tall.height).max().unwrap_or(0);
        (talls.into_iter().map(|tall| tall.expr).collect(), height)
    }

    fn list(&mut self, pair: &Pair<'_>, span: Span) -> Tall {
        let (mut values, height) = self.many(pair);
        match values.pop() {
            Some(one) if has(pair, Rule::each_record) => self.grown(ExprKind::Each(Box::new(one)), span, height),
            last => {
                values.extend(last);
                self.grown(ExprKind::List(values), span, height)
            }
        }
    }

    fn members(&mut self, pair: &Pair<'_>, span: Span) -> Tall {
        let (mut members, mut height) = (Vec::new(), 0);
        for member in all(pair, Rule::record_member) {
            let name = child(&member, Rule::name_word).map(|name| self.ident(&name)).map(|name| Words { text: name.text, span: name.span });
            let value = child(&member, Rule::expr_full).map(|value| self.tall(&value));
            let value = value.unwrap_or(Tall { expr: Expr { kind: ExprKind::Broken, span }, height: 1 });
            height = height.max(value.height);
            members.push((name.unwrap_or_else(|| self.words(&member)), value.expr));
        }
        self.grown(ExprKind::Record(members), span, height)
    }

    fn choice(&mut self, pair: &Pair<'_>, span: Span) -> Tall {
        let (values, height) = self.many(pair);
        let mut values = values.into_iter().map(Box::new);
        let kind = match (values.next(), values.next()) {
            (Some(condition), Some(then)) => ExprKind::If { condition, then, otherwise: values.next() },
            _ => ExprKind::Broken,
        };
        self.grown(kind, span, height)
    }

    /// A node over others; what nests too deep is said once and broken off.
    fn grown(&mut self, kind: ExprKind, span: Span, height: usize) -> Tall {
        if height < DEEPEST {
            return Tall { expr: Expr { kind, span }, height: height + 1 };
        }
        if !self.faults.iter().any(|fault| fault.code == faults::TOO_DEEP) {
            self.faults.push(faults::too_long_expression(span));
        }
        Tall { expr: Expr { kind: ExprKind::Broken, span }, height: 1 }
    }

    fn leaf(&mut self, pair: &Pair<'_>) -> ExprKind {
        match pair.as_rule() {
            Rule::k_null => ExprKind::Null,
            Rule::k_true => ExprKind::Bool(true),
            Rule::k_false => ExprKind::Bool(false),
            Rule::int_lit => ExprKind::Int(self.read(pair, |text| text.parse().ok(), "a whole number up to 9223372036854775807")),
            Rule::decimal_lit => ExprKind::Decimal(self.read(pair, |text| text.parse().ok(), "a number of at most 28 digits")),
            Rule::percent_lit => ExprKind::Percent(self.percent_of(pair)),
            Rule::duration_lit => ExprKind::Duration(self.duration_of(pair)),
            Rule::date_lit => ExprKind::Date(self.read(pair, |text| text.parse().ok(), "a day of the calendar such as `2026-03-01`")),
            Rule::datetime_lit => ExprKind::DateTime(self.read(pair, |text| text.parse().ok(), INSTANT)),
            Rule::time_lit => ExprKind::Time(self.time_of(pair)),
            Rule::text_lit => ExprKind::Text(self.template_of(pair)),
            Rule::dotted_name => ExprKind::Name(self.names_of(pair)),
            Rule::setting_ref => ExprKind::Name(self.names_of(pair)),
            Rule::path_lit | Rule::foreign_path => ExprKind::Path(self.path_of(pair)),
            Rule::header_lit => ExprKind::Header(self.words(pair)),
            _ => ExprKind::Broken,
        }
    }

    pub(super) fn time_of(&mut self, pair: &Pair<'_>) -> jiff::civil::Time {
        self.read(pair, |text| text.parse().ok(), "a time of day such as `02:00`")
    }

    /// `{{response.x}}` inside a text.
    pub(super) fn foreign(&mut self, pair: &Pair<'_>) -> Expr {
        let path = first(pair).map_or_else(|| PathText { text: "$".to_owned(), span: self.span(pair) }, |path| self.path_of(&path));
        Expr { span: path.span, kind: ExprKind::Path(path) }
    }
}

const INSTANT: &str = "an instant with its offset, such as `2026-03-01T09:00:00Z`";

pub(in crate::syntax) fn is_value(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::expr_full
            | Rule::expr_value
            | Rule::if_expr
            | Rule::list_lit
            | Rule::paren_expr
            | Rule::record_lit
            | Rule::header_lit
            | Rule::path_lit
            | Rule::foreign_path
            | Rule::text_lit
            | Rule::datetime_lit
            | Rule::date_lit
            | Rule::time_lit
            | Rule::percent_lit
            | Rule::duration_lit
            | Rule::decimal_lit
            | Rule::int_lit
            | Rule::k_true
            | Rule::k_false
            | Rule::k_null
            | Rule::dotted_name
            | Rule::setting_ref
    )
}

/// The operator of a rule; none is `??`.
fn operator(rule: Rule) -> Option<Op> {
    Some(match rule {
        Rule::k_or => Op::Or,
        Rule::k_and => Op::And,
        Rule::o_equal => Op::Equal,
        Rule::o_unequal => Op::NotEqual,
        Rule::o_less => Op::Less,
        Rule::o_at_most => Op::LessOrEqual,
        Rule::o_more => Op::Greater,
        Rule::o_at_least => Op::GreaterOrEqual,
        Rule::k_in => Op::In,
        Rule::o_not_in => Op::NotIn,
        Rule::o_starts => Op::StartsWith,
        Rule::o_ends => Op::EndsWith,
        Rule::k_contains => Op::Contains,
        Rule::o_add => Op::Add,
        Rule::o_subtract => Op::Subtract,
        Rule::o_multiply => Op::Multiply,
        Rule::o_divide => Op::Divide,
        _ => return None,
    })
}

fn state(op: &Pair<'_>) -> State {
    match op.clone().into_inner().last().map(|word| word.as_rule()) {
        Some(Rule::k_missing) => State::Missing,
        Some(Rule::k_present) => State::Present,
        _ => State::Absent,
    }
}
