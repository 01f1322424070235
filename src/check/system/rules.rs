//! The rules that say what an answer means, and what is refused of them: what an empty answer would meet, codes of two classes.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Comparator, Expr, ExprKind, PageName},
            rules::{ErrorRule, Outcome, OutcomeRule, Rules},
            wire::ErrorClass,
        },
        types::{Place, SystemPlace, Typing, a_kind},
    },
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, Ident},
    value::{Kind, Value},
};

/// A line that says what an answer means, wherever it stands.
pub(crate) enum RuleLine<'t> {
    Error(&'t tree::ErrorShape),
    Outcome(&'t tree::Outcome),
}

impl Environment<'_> {
    /// The rules of some lines, in their order.
    pub fn rules<'t>(&self, lines: impl Iterator<Item = RuleLine<'t>>, place: &SystemPlace<'_>) -> Rules<Expr> {
        let typing = Typing::new(self, Place::System(answer_place(place)));
        let mut rules = Rules::default();
        for line in lines {
            match line {
                RuleLine::Error(shape) => self.error_rule(&mut rules, shape, &typing),
                RuleLine::Outcome(written) => rules.outcomes.extend(self.outcome_rule(written, &typing)),
            }
        }
        self.codes_have_one_class(&rules);
        rules
    }

    fn outcome_rule(&self, written: &tree::Outcome, typing: &Typing<'_>) -> Option<OutcomeRule<Expr>> {
        let when = typing.condition(&written.when);
        if when.is_broken() {
            return None;
        }
        let Some(outcome) = Outcome::of(&written.outcome.text) else {
            self.no_such_word("outcome", &written.outcome, &Outcome::ALL.map(Outcome::word));
            return None;
        };
        self.statuses_exist(&when);
        if outcome.needs_evidence() && Emptiness::of(&when).may_hold {
            self.report.say(no_evidence(outcome, &written.outcome, &when));
        }
        Some(OutcomeRule { outcome, when, span: written.span })
    }

    /// `error $.message code $.code when … { "X" is conflict }`
    fn error_rule(&self, rules: &mut Rules<Expr>, written: &tree::ErrorShape, typing: &Typing<'_>) {
        let place = |written: &Option<tree::Expr>| written.as_ref().and_then(|place| self.error_place(place, typing));
        let mut rule = ErrorRule {
            message: place(&written.message),
            code: place(&written.code),
            when: written.when.as_ref().map(|when| typing.condition(when)).filter(|when| !when.is_broken()),
            classes: Vec::new(),
            span: written.span,
        };
        rule.when.iter().for_each(|when| self.statuses_exist(when));
        for (codes, class) in &written.classes {
            let Some(known) = self.error_class(class) else { continue };
            rule.classes.extend(codes.iter().map(|code| (code.text.clone(), known)));
        }
        rules.errors.push(rule);
    }

    /// The vendor's words or code: whatever stands there, as a text.
    fn error_place(&self, written: &tree::Expr, typing: &Typing<'_>) -> Option<Expr> {
        let place = typing.expr(written);
        if place.is_broken() {
            return None;
        }
        if !matches!(place.ty.kind, Kind::Json | Kind::Text | Kind::Int) {
            let message = format!("this names where the answer has the vendor's words, and it is {}", a_kind(&place.ty.kind));
            self.report.error_help("E0303", place.span, message, "write a path such as `$.message`, or a header");
            return None;
        }
        Some(place)
    }

    fn error_class(&self, written: &Ident) -> Option<ErrorClass> {
        let known = ErrorClass::parse(&written.text);
        if known.is_none() {
            self.no_such_word("class of errors", written, ErrorClass::NAMES);
        }
        known
    }

    /// A status has three digits, from 100 to 599.
    fn statuses_exist(&self, condition: &Expr) {
        condition.walk(&mut |part| {
            for wrong in compared_with_status(part).into_iter().filter(|(status, _)| !(100..600).contains(status)) {
                let message = format!("{} is no status of an answer", wrong.0);
                self.report.error_help("E0514", wrong.1, message, "a status is a number from 100 to 599");
            }
        });
    }

    fn codes_have_one_class(&self, rules: &Rules<Expr>) {
        for rule in &rules.errors {
            let twice = rule.classes.iter().enumerate().find_map(|(at, (code, class))| {
                let first = rule.classes[..at].iter().find(|(known, _)| known == code)?;
                (first.1 != *class).then_some((code, first.1, *class))
            });
            if let Some((code, one, other)) = twice {
                let message = format!("the code \"{code}\" is `{one}` in one line and `{other}` in another");
                self.report.error_help("E0525", rule.span, message, "a code has one class: take one of the two out");
            }
        }
    }
}

/// The names that a rule may use: of the answer alone.
pub(crate) fn answer_place<'a>(place: &SystemPlace<'a>) -> SystemPlace<'a> {
    SystemPlace { attributes: None, secrets: false, in_call: false, answer: true, parent: None, each: None, ..*place }
}

fn no_evidence(outcome: Outcome, written: &Ident, when: &Expr) -> Diagnostic {
    let word = outcome.word();
    let harm = match outcome {
        Outcome::Error(ErrorClass::Gone) | Outcome::Removed => "people would be taken for gone while the system has an outage",
        Outcome::LastPage => "a list that breaks off would be taken for complete",
        _ => "an outage would be taken for a success",
    };
    Diagnostic::error("E0524", when.span, format!("this also holds for an empty answer, so {harm}"))
        .related(written.span, format!("`{word}` has to be seen in the answer"))
        .help("ask for something that is there, such as `$.data is present and …`, `$.result == []` or `status == 404`")
}

/// The statuses that a comparison names, each with its place.
fn compared_with_status(expr: &Expr) -> Vec<(i64, Span)> {
    let numbers = |of: &Expr| match of.as_constant() {
        Some(Value::Int(number)) => vec![(*number, of.span)],
        Some(Value::List(items)) => {
            items.iter().filter_map(|item| if let Value::Int(number) = item { Some((*number, of.span)) } else { None }).collect()
        }
        _ => Vec::new(),
    };
    match &expr.kind {
        ExprKind::Compare(_, left, right) if matches!(left.kind, ExprKind::Status) => numbers(right),
        ExprKind::Compare(_, left, right) if matches!(right.kind, ExprKind::Status) => numbers(left),
        ExprKind::In { value, list, .. } if matches!(value.kind, ExprKind::Status) => numbers(list),
        _ => Vec::new(),
    }
}

/// Statuses of an outage, whose body may be empty.
const OUTAGES: [i64; 6] = [401, 429, 500, 502, 503, 504];

/// Whether a condition may hold, and may fail, for an answer without headers and body. A status counts as evidence where it is
/// named (`==`, `in`), and so does the number of records on a page, since a page without its list is an error before.
#[derive(Clone, Copy)]
struct Emptiness {
    may_hold: bool,
    may_fail: bool,
}

impl Emptiness {
    const HOLDS: Self = Self { may_hold: true, may_fail: false };
    const FAILS: Self = Self { may_hold: false, may_fail: true };
    const EITHER: Self = Self { may_hold: true, may_fail: true };

    fn of(condition: &Expr) -> Self {
        use ExprKind as K;
        match &condition.kind {
            K::Constant(Value::Bool(truth)) => Self::known(*truth),
            K::Not(inner) => {
                let Self { may_hold, may_fail } = Self::of(inner);
                Self { may_hold: may_fail, may_fail: may_hold }
            }
            K::And(left, right) => {
                let (left, right) = (Self::of(left), Self::of(right));
                Self { may_hold: left.may_hold && right.may_hold, may_fail: left.may_fail || right.may_fail }
            }
            K::Or(left, right) => {
                let (left, right) = (Self::of(left), Self::of(right));
                Self { may_hold: left.may_hold || right.may_hold, may_fail: left.may_fail && right.may_fail }
            }
            K::Is(tree::State::Present, value) => value_of(value).map_or(Self::EITHER, |value| Self::known(!value.is_missing())),
            K::Is(_, value) => value_of(value).map_or(Self::EITHER, |value| Self::known(value.is_missing())),
            K::Compare(how, left, right) => Self::comparison(*how, left, right),
            K::In { negated, value, list } => Self::membership(*negated, value, list),
            K::Matches(value, _) if value_of(value).is_some_and(|value| value.is_missing()) => Self::FAILS,
            _ => value_of(condition).map_or(Self::EITHER, |value| Self::known(value.is_true())),
        }
    }

    const fn known(holds: bool) -> Self {
        if holds { Self::HOLDS } else { Self::FAILS }
    }

    fn comparison(how: Comparator, left: &Expr, right: &Expr) -> Self {
        if [left, right].iter().any(|side| counts_page(side)) {
            return Self::FAILS;
        }
        if let [(number, _)] =
            compared_with_status(&Expr::truth(ExprKind::Compare(how, left.clone().into(), right.clone().into()), left.span))[..]
        {
            return Self::of_status(how, number, matches!(right.kind, ExprKind::Status));
        }
        match (value_of(left), value_of(right)) {
            (Some(left), Some(right)) => Self::known(how.holds(&left, &right)),
            _ => Self::EITHER,
        }
    }

    /// A status that is named is seen; a range is not evidence where it takes in that of an outage.
    fn of_status(how: Comparator, number: i64, turned: bool) -> Self {
        if how == Comparator::Equal {
            return Self::FAILS;
        }
        let holds = |status: &i64| {
            let (status, number) = (Value::Int(*status), Value::Int(number));
            if turned { how.holds(&number, &status) } else { how.holds(&status, &number) }
        };
        Self { may_hold: OUTAGES.iter().any(holds), may_fail: true }
    }

    fn membership(negated: bool, value: &Expr, list: &Expr) -> Self {
        if matches!(value.kind, ExprKind::Status) || counts_page(value) {
            return if negated { Self::EITHER } else { Self::FAILS };
        }
        match (value_of(value), value_of(list)) {
            (Some(value), Some(list)) => {
                let within = crate::value::equal::holds_item(&list, &value).unwrap_or(false);
                Self::known(within != negated)
            }
            _ => Self::EITHER,
        }
    }
}

fn counts_page(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Page(PageName::Count))
}

/// What an expression gives for an answer that has nothing; none where that is not known.
fn value_of(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Constant(value) => Some(value.clone()),
        ExprKind::Answer(_) | ExprKind::Header(_) => Some(Value::Absent),
        ExprKind::At { value, .. } | ExprKind::ReadAs { value, .. } if value_of(value)?.is_missing() => Some(Value::Null),
        ExprKind::Apply { value, .. } | ExprKind::Lookup { value, .. } if value_of(value)?.is_missing() => Some(Value::Null),
        ExprKind::Default(value, default) => match value_of(value)? {
            missing if missing.is_missing() => value_of(default),
            value => Some(value),
        },
        _ => None,
    }
}
