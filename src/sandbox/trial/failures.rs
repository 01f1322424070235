//! `gone when …` and `full when …`: what APIs of many kinds answer when they have failed is no evidence of either.

use super::{Trial, rules::sets};
use crate::{
    compile::{
        program::{Comparator, Program},
        system::{ErrorClass, Outcome, Rules},
    },
    diagnose::{Diagnostic, Span},
    sandbox::{
        answer::{Answer, Body, deciders::deciders, search::holds, solve},
        route,
    },
    value::path::{Found, JsonPath},
};
use serde_json::{Value as Json, json};
use std::{collections::HashSet, sync::LazyLock};

/// A failure as some API tells it: the status, and the body with nothing in it that is about a record.
static FAILURES: LazyLock<Vec<Answer>> = LazyLock::new(|| {
    let all: Vec<(u16, Json)> = serde_json::from_str(include_str!("failures.json")).expect("the file is JSON");
    all.into_iter().map(|(status, body)| Answer::json(status, body)).collect()
});

/// Successes that say nothing but that they are one.
static SUCCESSES: LazyLock<Vec<Answer>> = LazyLock::new(|| {
    let bodies = [
        json!({ "success": true }),
        json!({ "ok": true }),
        json!({ "status": "ok" }),
        json!({ "status": "success" }),
        json!({ "result": "success" }),
        json!({ "result": "ok" }),
    ];
    bodies.into_iter().map(|body| Answer::json(200, body)).collect()
});

/// The most characters of a failure that a message shows.
const SHOWN: usize = 120;

impl Trial<'_> {
    /// The rules by which a failure is taken for the absence of a record, or for a list that has to be read whole.
    pub fn failures(&self) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        let mut tried = HashSet::new();
        for rules in self.system.collections.iter().flat_map(route::calls).flat_map(sets) {
            if !rules.outcomes.iter().map(|rule| rule.outcome).chain(listed(rules)).any(|outcome| harm(outcome).is_some()) {
                continue;
            }
            for decider in deciders(rules) {
                let Some(why) = decider.outcome.and_then(harm) else { continue };
                // A rule that holds for many calls is tried once.
                if tried.insert((decider.span, decider.code.clone())) && !found.iter().any(|known| known.span == decider.span) {
                    found.extend(met_by(&decider.condition).map(|failure| taken(decider.span, failure, why)));
                }
            }
        }
        found
    }
}

/// What happens if a failure is taken for an outcome; none for an outcome that is not tried.
const fn harm(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Error(ErrorClass::Gone) => Some("people would be taken for gone while the system has an outage"),
        Outcome::Full => Some("a complete read would begin whenever the system has an outage"),
        _ => None,
    }
}

/// The outcomes of the codes that rules list.
fn listed(rules: &Rules) -> impl Iterator<Item = Outcome> + '_ {
    rules.errors.iter().flat_map(|rule| &rule.classes).map(|(_, class)| Outcome::Error(*class))
}

fn taken(rule: Span, failure: &Answer, harm: &str) -> Diagnostic {
    let kind =
        if FAILURES.iter().any(|known| std::ptr::eq(known, failure)) { "a failure" } else { "an answer that says nothing of a record," };
    let message = format!("this also holds for {kind} such as `{}`, so {harm}", shown(failure));
    let help = "compare what the vendor says of a record that is not there, such as `$.error.code == \"no_such_user\"` or `status == 404`";
    Diagnostic::error("E0524", rule, message).help(help)
}

/// The shortest failure that one choice of a condition takes for what it is about.
fn met_by(when: &Program) -> Option<&'static Answer> {
    let choices = choices(when);
    let meets = |failure: &&Answer| choices.iter().any(|choice| is_met(choice, failure));
    let is_empty_success =
        |success: &&Answer| choices.iter().any(|choice| choice.parts().iter().any(|part| says(success, part)) && holds(success, choice));
    let failures = FAILURES.iter().filter(meets);
    failures.chain(SUCCESSES.iter().filter(is_empty_success)).min_by_key(|failure| text(failure).len())
}

/// The conditions of which one is enough.
fn choices(when: &Program) -> Vec<&Program> {
    match when {
        Program::Or(both) => [choices(&both.0), choices(&both.1)].concat(),
        _ => vec![when],
    }
}

/// Whether a condition asks for something that a failure says, and otherwise for nothing: `$.data == null and $.errors is present`.
fn is_met(when: &Program, failure: &Answer) -> bool {
    let parts = when.parts();
    if !parts.iter().any(|part| says(failure, part) && !is_around(part, when)) {
        return false;
    }
    let mut answer = failure.clone();
    for part in parts {
        if let Some((place, nothing)) = nothing_at(part).filter(|(place, _)| !has(failure, place)) {
            solve::put(&mut answer, &place, nothing);
        }
    }
    holds(&answer, when)
}

/// Whether a part asks merely for what another place of the condition is in: `$.data is present and $.data.user is missing`.
fn is_around(part: &Program, when: &Program) -> bool {
    let Some(solve::Place::Path(outer)) = solve::place_of_leaf(part).filter(|_| matches!(part, Program::IsPresent(_))) else {
        return false;
    };
    let mut is_around = false;
    let rest = |inner: &JsonPath| inner.text.strip_prefix(outer.text.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']));
    when.answer_paths(&mut |inner| is_around |= rest(inner));
    is_around
}

/// Whether a part of a condition asks for something that the body of a failure has.
fn says(failure: &Answer, part: &Program) -> bool {
    let is_there = |part: &Program| solve::place_of_leaf(part).is_some_and(|place| has(failure, &place));
    match part {
        Program::IsPresent(_) => is_there(part),
        Program::Not(inner) => matches!(**inner, Program::IsMissing(_) | Program::IsAbsent(_)) && is_there(inner),
        Program::Compare(Comparator::NotEqual, _) | Program::In { negated: true, .. } => false,
        Program::Compare(..) | Program::In { .. } | Program::Matches(..) => names_there(failure, part) && holds(failure, part),
        _ => false,
    }
}

/// Whether a part of a condition names a place of the body where something is.
fn names_there(failure: &Answer, part: &Program) -> bool {
    let mut is_there = false;
    part.answer_paths(&mut |path| is_there |= has(failure, &solve::Place::Path(path.clone())));
    is_there
}

/// A place of the body where a part of a condition asks for nothing, and how that is written there.
fn nothing_at(part: &Program) -> Option<(solve::Place, Json)> {
    let Program::Compare(Comparator::Equal, _) = part else { return None };
    let place = solve::place_of_leaf(part).filter(|place| matches!(place, solve::Place::Path(_)))?;
    Some((place, solve::constants(part).into_iter().find(is_nothing)?))
}

/// `null`, `false`, `0`, `""`, `[]` and `{}`
fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
    }
}

/// Whether something is at a place of a failure.
fn has(failure: &Answer, place: &solve::Place) -> bool {
    let (solve::Place::Path(path), Body::Json(body)) = (place, &failure.body) else { return false };
    match path.find(body) {
        Found::One(value) => !is_nothing(value),
        Found::Nothing => false,
        Found::Several(_) => true,
    }
}

fn text(failure: &Answer) -> String {
    if let Body::Json(body) = &failure.body { body.to_string() } else { String::new() }
}

fn shown(failure: &Answer) -> String {
    let text = text(failure);
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN).chain(['…']).collect() }
}
