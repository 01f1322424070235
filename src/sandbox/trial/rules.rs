//! The outcomes that rules declare: for each there has to be an answer, and it has to be taken for that.

use super::{Judged, Trial};
use crate::{
    compile::{
        program::{Comparator, Name, Program},
        system::{Call, Outcome, OutcomeRule, Rules},
    },
    diagnose::{Diagnostic, Span},
    sandbox::{
        answer::{
            Answer,
            deciders::{Decider, deciders, decides, smallest},
            search::{self, Solved},
            solve,
        },
        forced::usual_status,
        route,
    },
};
use serde_json::Value as Json;
use std::{borrow::Cow, collections::HashSet};

/// What is known of a rule, or of a code that it lists, over all calls that it holds for.
struct Tried {
    decider: (Span, Option<String>),
    /// Whether some answer is decided by it.
    decides: bool,
    is_unsolved: bool,
    /// What is asked before it and holds as well.
    before: Option<Before>,
    /// What its answer is taken for instead.
    instead: Option<Judged>,
}

/// A rule that is asked before another one.
struct Before {
    span: Span,
    /// How it would leave the other one something to decide.
    cure: Option<String>,
}

impl Trial<'_> {
    /// Tries each rule for each call; a set of rules that several calls share is tried once.
    /// What is `refused` already is left out: that it decides before another one is no fault of the other.
    pub fn rules(&self, refused: &[Diagnostic]) -> Vec<Diagnostic> {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let of_http = self.system.http().into_iter().flat_map(|http| http.verify.iter().chain(http.tokens.iter().map(|token| &token.call)));
        for call in self.system.collections.iter().flat_map(route::calls).chain(of_http) {
            for rules in sets(call) {
                if seen.insert(spans(rules)) {
                    self.set(&without(rules, refused), &mut all);
                }
            }
        }
        all.iter().filter_map(diagnostic).collect()
    }

    fn set(&self, rules: &Rules, all: &mut Vec<Tried>) {
        let list = deciders(rules);
        for at in 0..list.len() {
            add(all, self.one(rules, &list, at));
        }
        for rule in rules.outcomes.iter().filter(|rule| matches!(rule.outcome, Outcome::LastPage | Outcome::Removed)) {
            add(all, without_error(&list, rule));
        }
    }

    fn one(&self, rules: &Rules, list: &[Decider], at: usize) -> Tried {
        let decider = &list[at];
        let base = Answer { status: usual_status(decider.outcome), ..Answer::default() };
        let solved = smallest(list, at, &base);
        let mut tried = Tried::new((decider.span, decider.code.clone()), &solved);
        match solved {
            Solved::Answer(answer) => {
                let judged = self.judged(rules, answer);
                tried.decides = fits(decider.outcome, &judged);
                tried.instead = Some(judged);
            }
            Solved::Never => {
                let alone = search::solve(&base, &[(&decider.condition, true)]).answer();
                let before = alone.and_then(|answer| decides(list, &answer)).filter(|before| before.span != decider.span);
                tried.before = before.map(|before| Before::of(before, &decider.condition));
            }
            Solved::Unknown => {}
        }
        tried
    }
}

impl Tried {
    fn new(decider: (Span, Option<String>), solved: &Solved) -> Self {
        let (decides, is_unsolved) = (matches!(solved, Solved::Answer(_)), matches!(solved, Solved::Unknown));
        Self { decider, decides, is_unsolved, before: None, instead: None }
    }

    /// What is known of it by another call, too.
    fn or(&mut self, other: Self) {
        self.decides |= other.decides;
        self.is_unsolved |= other.is_unsolved;
        self.before = self.before.take().or(other.before);
        self.instead = self.instead.take().or(other.instead);
    }
}

/// A rule that holds for many calls is tried for each.
fn add(all: &mut Vec<Tried>, tried: Tried) {
    match all.iter_mut().find(|known| known.decider == tried.decider) {
        Some(known) => known.or(tried),
        None => all.push(tried),
    }
}

impl Before {
    /// An error that holds for many statuses can leave out those that a rule after it names: the status says what they mean without a rule.
    fn of(before: &Decider, when: &Program) -> Self {
        let statuses = statuses_named(when);
        let except = match statuses.as_slice() {
            [] => None,
            [one] => Some(format!("status != {one}")),
            several => Some(format!("status not in [{}]", several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))),
        };
        let asks_status = before.is_error() && before.condition.uses(|name| *name == Name::Status);
        let word = before.outcome.map_or("error …", Outcome::word);
        let cure = except.filter(|_| asks_status).map(|except| {
            format!("errors prevail, so leave out there what this rule names: `{word} when {} and {except}`", range_of(&before.condition))
        });
        Self { span: before.span, cure }
    }
}

/// The statuses that a condition asks for.
fn statuses_named(when: &Program) -> Vec<Json> {
    let equals = |part: &&Program| matches!(part, Program::Compare(Comparator::Equal, _) | Program::In { negated: false, .. });
    let of_status = |part: &&Program| solve::place_of_leaf(part) == Some(solve::Place::Status);
    when.parts().into_iter().filter(equals).filter(of_status).flat_map(solve::constants).collect()
}

/// `status >= 400`, if a condition is that alone.
fn range_of(condition: &Program) -> String {
    let sign = match condition {
        Program::Compare(Comparator::GreaterOrEqual, _) => ">=",
        Program::Compare(Comparator::Greater, _) => ">",
        _ => return "…".to_owned(),
    };
    solve::constants(condition).first().map_or_else(|| "…".to_owned(), |least| format!("status {sign} {least}"))
}

/// The end of a list, and that an element was removed, are asked where no error holds.
fn without_error(list: &[Decider], rule: &OutcomeRule) -> Tried {
    let base = Answer { status: 200, ..Answer::default() };
    let alone = search::solve(&base, &[(&rule.when, true)]);
    let mut tried = Tried::new((rule.span, None), &alone);
    let errors = || list.iter().filter(|one| one.is_error());
    let wanted: Vec<_> = errors().map(|one| (&one.condition, false)).chain([(&rule.when, true)]).collect();
    if let (Some(answer), Solved::Never) = (alone.answer(), search::solve(&base, &wanted)) {
        tried.decides = false;
        tried.before = errors().find(|one| search::holds(&answer, &one.condition)).map(|before| Before::of(before, &rule.when));
    }
    tried
}

/// The rules of which nothing was said yet.
fn without<'r>(rules: &'r Rules, refused: &[Diagnostic]) -> Cow<'r, Rules> {
    let is_left = |span: Span| !refused.iter().any(|one| one.span == span);
    if spans(rules).into_iter().all(is_left) {
        return Cow::Borrowed(rules);
    }
    let mut left = rules.clone();
    left.errors.retain(|rule| is_left(rule.span));
    left.outcomes.retain(|rule| is_left(rule.span));
    Cow::Owned(left)
}

/// The rules of a call, of what one element of its answer means, and of its job.
pub(super) fn sets(call: &Call) -> Vec<&Rules> {
    let job = call.follow.as_ref().map(|follow| &follow.call);
    let each = call.each.iter().chain(job.into_iter().flat_map(|job| &job.each)).map(|each| &*each.rules);
    let element = call.element.as_ref().map(|element| &element.rules);
    [&*call.rules].into_iter().chain(job.map(|job| &*job.rules)).chain(each).chain(element).collect()
}

fn spans(rules: &Rules) -> Vec<Span> {
    rules.errors.iter().map(|rule| rule.span).chain(rules.outcomes.iter().map(|rule| rule.span)).collect()
}

/// Whether an answer is taken for an outcome, or for an error of any class.
pub(super) fn fits(outcome: Option<Outcome>, judged: &Judged) -> bool {
    match (outcome, judged) {
        (Some(outcome), Judged::As(judged)) => outcome == *judged,
        (None, Judged::As(judged)) => matches!(judged, Outcome::Error(_)),
        _ => false,
    }
}

fn diagnostic(tried: &Tried) -> Option<Diagnostic> {
    let (span, code) = &tried.decider;
    let what = code.as_ref().map_or_else(|| "this rule".to_owned(), |code| format!("the code \"{code}\""));
    if tried.decides {
        return None;
    }
    if tried.is_unsolved {
        let message = format!("no answer can be made for {what}, so it is not tried here and the sandbox never gives it");
        let help = "compare one place of the answer with constants, or try a recorded answer of the vendor";
        return Some(Diagnostic::lint("L0711", *span, message).help(help));
    }
    if let Some(judged) = &tried.instead {
        let message = format!("an answer that is made for {what} is taken for {}", words(judged));
        return Some(Diagnostic::error("E0571", *span, message).help("make the condition say what the vendor sends"));
    }
    let message = match tried.before {
        Some(_) => format!("{what} never decides: another one always decides before it"),
        None => format!("{what} never decides: no answer meets its condition"),
    };
    let help = "take it out, or change the conditions so that they exclude each other";
    let cure = tried.before.as_ref().and_then(|before| before.cure.as_deref());
    let diagnostic = Diagnostic::error("E0527", *span, message).help(cure.unwrap_or(help));
    Some(match &tried.before {
        Some(before) => diagnostic.related(before.span, "this is asked first, and holds as well"),
        None => diagnostic,
    })
}

/// `` `gone` ``
pub(super) fn words(judged: &Judged) -> String {
    match judged {
        Judged::As(outcome) => format!("`{}`", outcome.word()),
        Judged::Words => "a message that proves nothing".to_owned(),
        Judged::NoRule => "an answer that no rule covers".to_owned(),
    }
}
