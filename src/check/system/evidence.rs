//! What shows an outcome: whether its rule also holds for an answer that shows nothing of it.

use crate::{
    check::{
        model::{
            expr::{Comparator, Expr, ExprKind, PageName, Pattern},
            rules::{Outcome, is_failure},
            unfinished::RUNNING,
            usual,
            wire::ErrorClass,
            wrong_address,
        },
        system::{
            commonplace::{
                is_met_by_failed_job, is_met_by_outage, is_part_of_outage, says_of_any_failure, says_of_any_success, says_of_running_job,
                says_of_wrong_address, spellings,
            },
            elements::names_the_answer,
        },
    },
    diagnose::Span,
    syntax::tree::State,
    value::{Value, arithmetic, equal::holds_item},
};

/// An answer that has nothing to show but its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    /// Without headers and body.
    Empty(i64),
    /// The same with what servers write by themselves into the head.
    Headed(i64),
    /// A refusal or an outage in words of its own: anything may be in it, but none of the constants that a rule compares with.
    Failure(i64),
    /// An answer with words at each place that a rule names and a value in each header, none of which is about a record.
    Wordy(i64),
    /// The same as the answer of a job that is still running.
    UnderWay(i64),
    /// The answer of such a job that has nothing but what every one says, for a rule that names its status.
    Running(i64),
    /// What a server or a gateway says of an address that does not exist: the same, with the words of such an answer.
    Astray(i64),
    /// The same, of which any member may be missing.
    AstrayInPart(i64),
}

/// Statuses of refusals and outages, which say nothing about a record. The first one stands for an answer of any status.
const FAILURES: [i64; 12] = [500, 503, 502, 504, 401, 403, 429, 407, 408, 425, 501, 599];

/// One status of each other sort.
const OTHERS: [i64; 14] = [200, 201, 202, 204, 206, 301, 304, 308, 400, 404, 409, 410, 416, 422];

impl Bare {
    const fn status(self) -> i64 {
        match self {
            Self::Empty(status)
            | Self::Headed(status)
            | Self::Failure(status)
            | Self::Wordy(status)
            | Self::UnderWay(status)
            | Self::Running(status)
            | Self::Astray(status)
            | Self::AstrayInPart(status) => status,
        }
    }

    /// Whether every answer of this kind says what a comparison asks for.
    fn says(self, how: Comparator, left: &Expr, right: &Expr) -> bool {
        match self {
            Self::Wordy(_) => says_of_any_failure(left, right) || how == Comparator::Equal && says_of_any_success(left, right),
            Self::Failure(_) => says_of_any_failure(left, right),
            Self::Astray(_) | Self::AstrayInPart(_) => says_of_any_failure(left, right) || says_of_wrong_address(left, right),
            Self::UnderWay(_) | Self::Running(_) => says_of_running_job(how, left, right),
            Self::Empty(_) | Self::Headed(_) => false,
        }
    }

    /// Whether there is something at each place that a rule names.
    const fn is_wordy(self) -> bool {
        matches!(self, Self::Wordy(_) | Self::UnderWay(_)) || self.is_astray()
    }

    /// Whether another page is asked for, such as one that signs in.
    const fn is_redirect(self) -> bool {
        matches!(self, Self::Running(301..=302 | 304..=399))
    }

    const fn is_astray(self) -> bool {
        matches!(self, Self::Astray(_) | Self::AstrayInPart(_))
    }
}

/// An answer that shows nothing of an outcome, and for which its rule holds all the same. `deletes`: in a call after which no record
/// has to be there.
pub(crate) fn unshown(outcome: Outcome, when: &Expr, deletes: bool) -> Option<Bare> {
    let statuses = statuses(when);
    let nothing = if outcome == Outcome::LastPage { Bare::Headed } else { Bare::Empty };
    let empty = |status: &i64| !is_shown_by(outcome, *status, deletes) && may_hold(when, nothing(*status));
    let fails = |part: &&Expr| names_status(part) && !may_hold(part, Bare::Failure(200));
    let failure = |part: &Expr| statuses.iter().copied().find(|status| is_failure(*status) && may_hold(part, Bare::Failure(*status)));
    statuses
        .iter()
        .copied()
        .find(empty)
        .map(nothing)
        .or_else(|| choices(when).into_iter().filter(fails).find_map(failure).map(Bare::Failure))
        .or_else(|| choices(when).into_iter().filter(|_| outcome == Outcome::Error(ErrorClass::Gone)).find_map(wordy))
}

/// An answer that has nothing but words, and for which a part of a rule of absence holds.
fn wordy(part: &Expr) -> Option<Bare> {
    let gone = Outcome::Error(ErrorClass::Gone);
    // A rule that names no status says nothing of a failure, so any other status stands for all.
    let statuses = if names_status(part) { statuses(part) } else { vec![400] };
    let mut tried = statuses.into_iter().filter(|status| !is_shown_by(gone, *status, false)).map(Bare::Wordy);
    tried.find(|bare| may_hold(part, *bare))
}

/// An answer that shows nothing, and in which a listed code of absence is found: by the same rules as `gone when PLACE == "code"`.
pub(crate) fn unshown_code(code: &str, place: &Expr, when: Option<&Expr>) -> Option<Bare> {
    invented_code(code, place, when).or_else(|| unshown(Outcome::Error(ErrorClass::Gone), &listed(code, place, when), false))
}

/// What an answer has for which a listed code is found: `when … and PLACE == "code"`.
fn listed(code: &str, place: &Expr, when: Option<&Expr>) -> Expr {
    let of = |kind| Expr { kind, ..place.clone() };
    let constant = of(ExprKind::Constant(Value::text(code)));
    let is_code = of(ExprKind::Compare(Comparator::Equal, Box::new(place.clone()), Box::new(constant)));
    match when {
        Some(when) => of(ExprKind::And(Box::new(when.clone()), Box::new(is_code))),
        None => is_code,
    }
}

/// Whether a wrong address meets a condition: what a server or a gateway says of one.
pub(crate) fn holds_for_wrong_address(when: &Expr) -> bool {
    let met = |part: &Expr, status| {
        may_hold(part, Bare::Empty(status))
            || may_hold(part, Bare::Astray(status))
            || names_status(part) && may_hold(part, Bare::AstrayInPart(status))
    };
    choices(when).into_iter().any(|part| met(part, 404) || met(part, 410))
}

/// The same of a listed code.
pub(crate) fn is_code_of_wrong_address(code: &str, place: &Expr, when: Option<&Expr>) -> bool {
    holds_for_wrong_address(&listed(code, place, when))
}

/// An answer that has nothing but a listed code, because the file invents the code or the status is meant by it.
fn invented_code(code: &str, place: &Expr, when: Option<&Expr>) -> Option<Bare> {
    let gone = Outcome::Error(ErrorClass::Gone);
    let statuses = code.parse().into_iter().chain(FAILURES);
    let says = |bare| value_of(place, bare).is_some_and(|value| value.to_text().is_some_and(|text| text == code));
    let holds = |bare| when.is_none_or(|when| may_hold(when, bare));
    statuses.filter(|status| !is_shown_by(gone, *status, false)).map(Bare::Empty).find(|bare| says(*bare) && holds(*bare))
}

/// Whether a condition may hold for an answer of which only this is known.
pub(crate) fn may_hold(when: &Expr, bare: Bare) -> bool {
    Truth::of(when, bare).may_hold
}

/// Whether a status says an outcome without anything else.
fn is_shown_by(outcome: Outcome, status: i64, deletes: bool) -> bool {
    match outcome {
        Outcome::Done => !is_failure(status) && (deletes || !matches!(status, 404 | 410)),
        Outcome::Moved => (300..400).contains(&status),
        Outcome::Error(ErrorClass::Gone) | Outcome::Removed => matches!(status, 204 | 404 | 410),
        Outcome::LastPage => matches!(status, 204 | 404 | 410 | 416),
        Outcome::Full => (400..500).contains(&status) && !is_failure(status),
        Outcome::Error(_) => true,
    }
}

/// The statuses to try: one where the condition asks for none.
fn statuses(when: &Expr) -> Vec<i64> {
    if !names_status(when) {
        return vec![FAILURES[0]];
    }
    let mut all = FAILURES.to_vec();
    when.walk(&mut |part| all.extend(compared_with_status(part).iter().flat_map(|(status, _)| [*status, status - 1, status + 1])));
    all.extend(OTHERS);
    all.retain(|status| (100..600).contains(status));
    all
}

/// Whether a condition asks for the status.
pub(crate) fn names_status(when: &Expr) -> bool {
    when.any(&|part| matches!(part.kind, ExprKind::Status))
}

/// The conditions of which one is enough.
pub(crate) fn choices(when: &Expr) -> Vec<&Expr> {
    match &when.kind {
        ExprKind::Or(left, right) => [choices(left), choices(right)].concat(),
        _ => vec![when],
    }
}

/// The statuses that a comparison names, each with its place.
pub(crate) fn compared_with_status(expr: &Expr) -> Vec<(i64, Span)> {
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

/// Whether a condition may hold, and may fail.
#[derive(Clone, Copy)]
struct Truth {
    may_hold: bool,
    may_fail: bool,
}

impl Truth {
    const HOLDS: Self = Self { may_hold: true, may_fail: false };
    const FAILS: Self = Self { may_hold: false, may_fail: true };
    const EITHER: Self = Self { may_hold: true, may_fail: true };
    /// The number of records on a page is evidence, since a page without its list is an error before.
    const OF_PAGE: Self = Self::FAILS;

    fn of(condition: &Expr, bare: Bare) -> Self {
        use ExprKind as K;
        match &condition.kind {
            K::Constant(Value::Bool(truth)) => Self::known(*truth),
            K::Not(inner) => {
                let Self { may_hold, may_fail } = Self::of(inner, bare);
                Self { may_hold: may_fail, may_fail: may_hold }
            }
            K::And(left, right) => {
                let (left, right) = (Self::of(left, bare), Self::of(right, bare));
                Self { may_hold: left.may_hold && right.may_hold, may_fail: left.may_fail || right.may_fail }
            }
            K::Or(left, right) => {
                let (left, right) = (Self::of(left, bare), Self::of(right, bare));
                Self { may_hold: left.may_hold || right.may_hold, may_fail: left.may_fail && right.may_fail }
            }
            K::Is(_, value) if matches!(bare, Bare::AstrayInPart(_)) && value.any(&names_the_answer) => Self::EITHER,
            K::Is(State::Missing | State::Absent, value) if matches!(bare, Bare::UnderWay(_)) && value.any(&names_the_answer) => {
                Self::EITHER
            }
            K::Is(State::Present, value) if bare.is_redirect() && matches!(value.kind, K::Header(_)) => Self::HOLDS,
            // The time of an end is there once it has come.
            K::Is(State::Present, value) if matches!(bare, Bare::UnderWay(_)) && names_time_of_end(value) => Self::FAILS,
            // A header may be there with nothing in it.
            K::Is(State::Missing, value) if bare.is_wordy() && matches!(value.kind, K::Header(_)) => Self::EITHER,
            K::Is(state, value) if bare.is_wordy() && value.any(&names_the_answer) => Self::known(matches!(state, State::Present)),
            K::Is(..) if matches!(bare, Bare::Running(_)) => Self::FAILS,
            K::Is(state, value) => {
                value_of(value, bare).map_or(Self::EITHER, |value| Self::known(value.is_missing() != matches!(state, State::Present)))
            }
            K::Compare(how, left, right) => Self::comparison(*how, left, right, bare),
            K::In { negated, value, list } => Self::membership(*negated, value, list, bare),
            K::Matches(value, _) if value_of(value, bare).is_some_and(|value| value.is_missing()) => Self::FAILS,
            K::Matches(_, pattern) if bare.is_wordy() => Self::of_words(pattern, bare),
            // What was refused already is not refused again.
            K::Broken => Self::FAILS,
            _ => value_of(condition, bare).map_or_else(|| Self::unknown(bare), |value| Self::known(value.is_true())),
        }
    }

    const fn known(holds: bool) -> Self {
        if holds { Self::HOLDS } else { Self::FAILS }
    }

    /// What asks for a certain value: a failure in words of its own does not have it.
    const fn unknown(bare: Bare) -> Self {
        if matches!(bare, Bare::Failure(_) | Bare::Running(_)) || bare.is_wordy() { Self::FAILS } else { Self::EITHER }
    }

    /// A pattern tells nothing at the status of a failure, and is no word of the vendor if words of an outage have it.
    fn of_words(pattern: &Pattern, bare: Bare) -> Self {
        let any = |pattern: &regex::Regex| match bare {
            Bare::UnderWay(_) => {
                RUNNING.iter().any(|words| spellings(words).iter().any(|words| pattern.is_match(words))) || is_met_by_failed_job(pattern)
            }
            _ => is_met_by_outage(pattern),
        };
        let astray = |pattern: &regex::Regex| bare.is_astray() && wrong_address::is_met_by(pattern);
        let tells = !is_failure(bare.status()) && matches!(pattern, Pattern::Written(pattern) if !any(pattern) && !astray(pattern));
        if tells { Self::FAILS } else { Self::EITHER }
    }

    fn comparison(how: Comparator, left: &Expr, right: &Expr, bare: Bare) -> Self {
        if [left, right].iter().any(|side| counts_page(side)) {
            return Self::OF_PAGE;
        }
        match (value_of(left, bare), value_of(right, bare)) {
            (Some(left), Some(right)) => Self::known(how.holds(&left, &right)),
            // A missing value is neither smaller nor greater than another one.
            (None, Some(nothing)) | (Some(nothing), None) if nothing.is_missing() && how.is_order() => Self::FAILS,
            (None, Some(nothing)) | (Some(nothing), None)
                if how == Comparator::NotEqual
                    && nothing.is_missing()
                    && matches!(bare, Bare::UnderWay(_))
                    && [left, right].iter().any(|side| names_time_of_end(side)) =>
            {
                Self::FAILS
            }
            _ if how == Comparator::NotEqual => Self::EITHER,
            _ if matches!(bare, Bare::Wordy(status) if !is_failure(status)) && tells_in_part(how, left, right, bare) => Self::FAILS,
            _ if bare.says(how, left, right) => Self::EITHER,
            _ if bare.is_wordy() && !tells([left, right], bare) => Self::EITHER,
            // `<` or `>` can prove that a job is done, whose numbers grow; of a failure, which has any number, it proves nothing.
            _ if !matches!(bare, Bare::UnderWay(_)) && bare.is_wordy() && how != Comparator::Equal => Self::EITHER,
            _ => Self::unknown(bare),
        }
    }

    fn membership(negated: bool, value: &Expr, list: &Expr, bare: Bare) -> Self {
        if counts_page(value) {
            return if negated { Self::EITHER } else { Self::OF_PAGE };
        }
        match (value_of(value, bare), value_of(list, bare)) {
            (Some(value), Some(list)) => Self::known(holds_item(&list, &value).unwrap_or(false) != negated),
            _ if negated || bare.says(Comparator::Equal, value, list) => Self::EITHER,
            _ if bare.is_wordy() && !tells([value, list], bare) => Self::EITHER,
            _ => Self::unknown(bare),
        }
    }
}

/// Whether one side is a place of the answer where a vendor says something of its own, and the other one is none.
fn tells(sides: [&Expr; 2], bare: Bare) -> bool {
    let header = |part: &Expr| match &part.kind {
        ExprKind::Header(name) => is_failure(bare.status()) || usual::is_common_header(name),
        _ => false,
    };
    // What arithmetic makes of a place is no word of the vendor: `$.code - 500 == 0`.
    let says_nothing = |part: &Expr| header(part) || matches!(part.kind, ExprKind::Arithmetic(..));
    let [named, constant] = if sides[0].any(&names_the_answer) { sides } else { [sides[1], sides[0]] };
    named.any(&names_the_answer) && !named.any(&says_nothing) && !constant.any(&names_the_answer)
}

/// Whether a part of a text at a place of the answer is the vendor's own, since no usual words of an outage have it, as in
/// `starts with "No user"`.
fn tells_in_part(how: Comparator, left: &Expr, right: &Expr, bare: Bare) -> bool {
    let looks = matches!(how, Comparator::StartsWith | Comparator::EndsWith | Comparator::Contains);
    let part = right.as_constant().and_then(|part| if let Value::Text(part) = part { Some(part) } else { None });
    looks && tells([left, right], bare) && part.is_some_and(|part| !is_part_of_outage(how, part))
}

/// Whether a place has the time at which a job ended: `$.completedAt`, `$.finished_on`.
fn names_time_of_end(expr: &Expr) -> bool {
    let ExprKind::Answer(path) = &expr.kind else { return false };
    let name = usual::last_name(path);
    let end = ["at", "on", "date", "time", "datetime", "timestamp"].iter().find_map(|end| name.strip_suffix(end));
    end.is_some_and(|event| matches!(event, "completed" | "completion" | "finished" | "ended" | "end"))
}

fn counts_page(expr: &Expr) -> bool {
    expr.any(&|part| matches!(part.kind, ExprKind::Page(PageName::Count)))
}

/// What an expression gives for such an answer; none where that is not known.
fn value_of(expr: &Expr, bare: Bare) -> Option<Value> {
    match &expr.kind {
        ExprKind::Constant(value) => Some(value.clone()),
        ExprKind::Status => Some(Value::Int(bare.status())),
        ExprKind::Answer(_) => match bare {
            Bare::Empty(_) | Bare::Headed(_) => Some(Value::Absent),
            _ => None,
        },
        ExprKind::Header(name) => {
            let is_known = matches!(bare, Bare::Empty(_)) || matches!(bare, Bare::Headed(_)) && !usual::is_common_header(name);
            is_known.then_some(Value::Absent)
        }
        ExprKind::At { value, .. } | ExprKind::ReadAs { value, .. } | ExprKind::Apply { value, .. } | ExprKind::Lookup { value, .. }
            if value_of(value, bare)?.is_missing() =>
        {
            Some(Value::Null)
        }
        ExprKind::Arithmetic(operator, left, right) => match (value_of(left, bare), value_of(right, bare)) {
            (Some(left), Some(right)) => arithmetic::apply(*operator, &left, &right).ok(),
            (Some(one), None) | (None, Some(one)) if one.is_missing() => Some(Value::Null),
            _ => None,
        },
        ExprKind::Default(value, default) => match value_of(value, bare)? {
            missing if missing.is_missing() => value_of(default, bare),
            value => Some(value),
        },
        _ => None,
    }
}
