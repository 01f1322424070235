//! The rules of a call in the order in which they are asked, and the smallest answer that each decides.

use super::{
    Answer,
    search::{self, Solved, Wanted},
};
use crate::{
    compile::{
        program::{Comparator, Program},
        system::{ErrorClass, ErrorRule, Outcome, Rules},
    },
    diagnose::Span,
    systems::http::stated,
    value::Value,
};

/// A rule, or one of the codes that it lists.
#[derive(Debug)]
pub struct Decider {
    /// None: an error whose class the status tells.
    pub outcome: Option<Outcome>,
    pub condition: Program,
    pub span: Span,
    /// The code that it lists, if it is one.
    pub code: Option<String>,
}

impl Decider {
    /// Whether it is an error, which prevails over everything else.
    pub fn is_error(&self) -> bool {
        self.outcome.is_none_or(|outcome| matches!(outcome, Outcome::Error(class) if class != ErrorClass::Gone))
    }

    /// Whether it makes of an answer what another outcome is.
    pub fn means_other_than(&self, outcome: Option<Outcome>) -> bool {
        self.outcome.is_none() || self.outcome != outcome
    }

    /// Whether it holds for an answer, and may say its outcome of it. A listed code has its class in any status.
    pub fn says(&self, answer: &Answer) -> bool {
        let holds = |part: &Program| search::holds(answer, part);
        match self.outcome.filter(|_| self.code.is_none()) {
            Some(outcome) => stated::says(outcome, &self.condition, answer.status, holds),
            None => holds(&self.condition),
        }
    }
}

/// All rules for what a single answer means, in the order in which they are asked. The end of a list is asked of its pages.
pub fn deciders(rules: &Rules) -> Vec<Decider> {
    let gone = Outcome::Error(ErrorClass::Gone);
    let codes = codes(rules);
    let (absent, wrong): (Vec<_>, Vec<_>) = codes.into_iter().partition(|code| code.outcome == Some(gone));
    let of = |wanted: &dyn Fn(Outcome) -> bool| {
        let fits = rules.outcomes.iter().filter(|rule| wanted(rule.outcome));
        fits.map(|rule| Decider { outcome: Some(rule.outcome), condition: rule.when.clone(), span: rule.span, code: None }).collect()
    };
    let conditions = rules.errors.iter().filter_map(|rule| {
        let condition = unlisted(rule, rule.when.clone()?);
        Some(Decider { outcome: None, condition, span: rule.span, code: None })
    });
    let is_wrong = |outcome| matches!(outcome, Outcome::Error(class) if class != ErrorClass::Gone);
    let mut all = wrong;
    all.extend::<Vec<_>>(of(&is_wrong));
    all.extend(conditions);
    all.extend(absent);
    for outcome in [gone, Outcome::Moved, Outcome::Full, Outcome::Done] {
        all.extend::<Vec<_>>(of(&|one| one == outcome));
    }
    all
}

/// The listed codes. A code that a nearer rule finds as well has the class that it says.
fn codes(rules: &Rules) -> Vec<Decider> {
    let mut all: Vec<Decider> = Vec::new();
    for rule in &rules.errors {
        let Some(place) = &rule.code else { continue };
        for (code, class) in &rule.classes {
            let nearer = all.iter().filter(|known| known.code.as_ref() == Some(code));
            let condition = nearer.fold(listed(rule, place, code), |own, nearer| {
                Program::And(Box::new((own, Program::Not(Box::new(nearer.condition.clone())))))
            });
            all.push(Decider { outcome: Some(Outcome::Error(*class)), condition, span: rule.span, code: Some(code.clone()) });
        }
    }
    all
}

/// The condition of an error, but for the codes that it lists itself: these decide instead of it.
fn unlisted(rule: &ErrorRule, when: Program) -> Program {
    let Some(place) = &rule.code else { return when };
    let other = |code: &str| Program::Not(Box::new(is_code(place, code)));
    rule.classes.iter().fold(when, |when, (code, _)| Program::And(Box::new((when, other(code)))))
}

fn is_code(place: &Program, code: &str) -> Program {
    Program::Compare(Comparator::Equal, Box::new((place.clone(), Program::Constant(Value::text(code)))))
}

fn listed(rule: &ErrorRule, place: &Program, code: &str) -> Program {
    let is_code = is_code(place, code);
    match &rule.when {
        Some(when) => Program::And(Box::new((when.clone(), is_code))),
        None => is_code,
    }
}

/// The smallest answer that a rule decides: it holds, and none that is asked before it makes something else of it.
pub fn smallest(all: &[Decider], at: usize, base: &Answer) -> Solved {
    search::solve(base, &wanted(all, Some(at), all[at].outcome))
}

fn wanted(all: &[Decider], own: Option<usize>, outcome: Option<Outcome>) -> Vec<Wanted<'_>> {
    let before = all[..own.unwrap_or(all.len())].iter().filter(|one| one.means_other_than(outcome));
    own.map(|own| (&all[own].condition, true)).into_iter().chain(before.map(|one| (&one.condition, false))).collect()
}

/// An answer with what else it needs to be taken for an outcome: by the rule that holds of it already, else by its status. A call
/// with a rule for success is done by such a rule alone.
pub fn meant(rules: &Rules, outcome: Outcome, answer: Answer) -> Answer {
    let all = deciders(rules);
    let of_outcome = |one: &Decider| one.outcome == Some(outcome);
    let own = all.iter().position(|one| of_outcome(one) && search::holds(&answer, &one.condition));
    let own = own.or_else(|| all.iter().position(of_outcome).filter(|_| outcome == Outcome::Done));
    let mut wanted = wanted(&all, own, Some(outcome));
    // An error without a class has that of its status, which is the answer's already.
    let is_error = matches!(outcome, Outcome::Error(_));
    wanted.retain(|(condition, _)| !(is_error && all.iter().any(|one| one.outcome.is_none() && std::ptr::eq(&one.condition, *condition))));
    search::solve(&answer, &wanted).answer().unwrap_or(answer)
}

/// The rule that decides what an answer means; none where its status does.
pub fn decides<'d>(all: &'d [Decider], answer: &Answer) -> Option<&'d Decider> {
    let decider = all.iter().find(|one| one.says(answer));
    // An error that may be there prevails over absence and success, and leaves the status to decide.
    let undecided = || all.iter().filter(|one| one.is_error()).any(|one| search::undecided(answer, &one.condition));
    decider.filter(|one| one.is_error() || !undecided())
}
