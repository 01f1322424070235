//! The outcomes that rules declare: for each there has to be an answer, and it has to be taken for that.

use super::{Judged, Trial};
use crate::{
    compile::system::{Call, Outcome, Rules},
    diagnose::{Diagnostic, Span},
    sandbox::{
        answer::{
            Answer,
            deciders::{Decider, deciders, decides, smallest},
            search::{self, Solved},
        },
        forced::usual_status,
        route,
    },
};
use std::{borrow::Cow, collections::HashSet};

/// What is known of a rule, or of a code that it lists, over all calls that it holds for.
struct Tried {
    decider: (Span, Option<String>),
    /// Whether some answer is decided by it.
    decides: bool,
    is_unsolved: bool,
    /// What is asked before it and holds as well.
    before: Option<Span>,
    /// What its answer is taken for instead.
    instead: Option<Judged>,
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
            let tried = self.one(rules, &list, at);
            match all.iter_mut().find(|known| known.decider == tried.decider) {
                Some(known) => known.or(tried),
                None => all.push(tried),
            }
        }
        for rule in rules.outcomes.iter().filter(|rule| matches!(rule.outcome, Outcome::LastPage | Outcome::Removed)) {
            let solved = search::solve(&Answer { status: 200, ..Answer::default() }, &[(&rule.when, true)]);
            let tried = Tried::new((rule.span, None), &solved);
            if !all.iter().any(|known| known.decider == tried.decider) {
                all.push(tried);
            }
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
                tried.before = alone.and_then(|answer| Some(decides(list, &answer)?.span)).filter(|span| *span != decider.span);
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
    let diagnostic = Diagnostic::error("E0527", *span, message).help(help);
    Some(match tried.before {
        Some(before) => diagnostic.related(before, "this is asked first, and holds as well"),
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
