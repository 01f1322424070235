//! Every outcome of every call of the system files: the answer that is built for it means it, by the same rules.

use super::systems::reading;
use crate::{
    compile::{
        system::{Call, ErrorClass, Outcome, System},
        texts::SHIPPED,
    },
    sandbox::{
        answer::render::{format, rendered},
        forced, route,
    },
    systems::http::{
        answers::{Answer, Meaning},
        judge::{Verdict, judge},
    },
};
use std::sync::Arc;

/// What the client takes an answer of the stand-in for.
fn judged(system: &System, call: &Call, answer: crate::sandbox::answer::Answer) -> Outcome {
    let headers = answer.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let body = rendered(format(system), answer.body).bytes;
    let answer = Answer { status: answer.status, headers, body, framed: true, meaning: Meaning::Done };
    let config = crate::systems::tests::build::config("http://127.0.0.1:1");
    match judge(&call.rules, &answer, crate::systems::scope::Scope::new(&config)) {
        Verdict::Means(Meaning::Done) => Outcome::Done,
        Verdict::Means(Meaning::Gone(_)) => Outcome::Error(ErrorClass::Gone),
        Verdict::Means(Meaning::Moved) => Outcome::Moved,
        Verdict::Means(Meaning::LastPage) => Outcome::LastPage,
        Verdict::Means(Meaning::Full) => Outcome::Full,
        Verdict::Error(error) | Verdict::Means(Meaning::Failed(error)) => Outcome::Error(error.class),
        Verdict::Means(Meaning::UnderWay) | Verdict::Unproved(_) => Outcome::Error(ErrorClass::Temporary),
    }
}

/// The outcomes that only pages and their elements show, which are judged where a page is taken apart.
const fn of_pages(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::LastPage | Outcome::Removed | Outcome::Done)
}

/// Adds what is taken for another outcome than it is built for; returns how many answers were built.
pub fn taken_otherwise(system: &System, wrong: &mut Vec<String>) -> usize {
    let mut tried = 0;
    for collection in &system.collections {
        for (action, call) in route::actions(collection) {
            for outcome in Outcome::ALL.into_iter().filter(|outcome| !of_pages(*outcome)) {
                let Some(answer) = forced::answer(system, call, outcome) else { continue };
                tried += 1;
                let meant = judged(system, call, answer);
                if meant != outcome {
                    wrong.push(format!("{}.{} {action:?}: {outcome:?} is taken for {meant:?}", system.name, collection.name));
                }
            }
        }
    }
    tried
}

#[test]
fn every_outcome_that_is_built_is_judged_as_it() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for (name, collection, key) in SHIPPED {
        let plan = reading(name, collection, key, &[], &[]);
        let system: &Arc<System> = &plan.source.system;
        tried += taken_otherwise(system, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 200, "{tried}");
}
