//! Random sets of rules: what is made for an outcome is judged as it, and a rule that is said to be dead decides no answer.

use super::{Judged, Trial, config, rules::fits};
use crate::{
    check::check,
    compile::{
        alone,
        system::{ErrorClass, Outcome, System},
        texts::Texts,
    },
    host::Host,
    sandbox::{
        answer::{
            Answer,
            deciders::{deciders, decides, smallest},
            search::Solved,
        },
        forced::usual_status,
        trial::Trials,
    },
};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Numbers that are the same in every run of the test.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }
}

const OUTCOMES: [&str; 8] = ["done", "gone", "moved", "auth", "limit", "invalid", "conflict", "temporary"];

/// A condition without parts.
fn leaf(dice: &mut Dice) -> String {
    let path = dice.pick(&["$.a", "$.b", "$.c.d"]);
    let text = dice.pick(&["\"x\"", "\"y\""]);
    match dice.roll(12) {
        0 => format!("status == {}", dice.pick(&["200", "404", "409", "429", "503"])),
        1 => format!("status in [{}]", dice.pick(&["200, 201", "404, 409", "400, 422"])),
        2 => format!("status >= {}", dice.pick(&["400", "500"])),
        3 => format!("header \"x-a\" == {text}"),
        4 => format!("header \"x-a\" is {}", dice.pick(&["present", "missing"])),
        5 | 6 => format!("{path} == {text}"),
        7 => format!("{path} != {text}"),
        8 => format!("{path} in [{text}, \"z\"]"),
        9 => format!("{path} is {}", dice.pick(&["present", "missing"])),
        10 => "$.list == []".to_owned(),
        _ => format!("$.n {} {}", dice.pick(&["==", "<", ">="]), dice.pick(&["1", "3"])),
    }
}

fn condition(dice: &mut Dice) -> String {
    let one = leaf(dice);
    match dice.roll(5) {
        0 => format!("{one} and {}", leaf(dice)),
        1 => format!("({one} or {})", leaf(dice)),
        2 => format!("not ({one}) and {}", leaf(dice)),
        _ => one,
    }
}

fn rule(dice: &mut Dice) -> String {
    match dice.roll(5) {
        0 => format!("error $.why code $.code {{\n      \"p\" is conflict\n      \"q\" is {}\n    }}", dice.pick(&["gone", "limit"])),
        1 => format!("error $.why when {}", condition(dice)),
        _ => format!("{} when {}", dice.pick(&OUTCOMES), condition(dice)),
    }
}

/// A system with some rules in its `get`, and some around it.
fn system(dice: &mut Dice) -> String {
    let own: Vec<_> = (0..1 + dice.roll(3)).map(|_| rule(dice)).collect();
    let around: Vec<_> = (0..dice.roll(3)).map(|_| rule(dice)).collect();
    format!(
        "system app {{\n  http \"https://app.example.com\" {{\n    {}\n  }}\n  collection users {{\n    key id\n    lists all\n    \
         list GET \"/users\" {{ items $.users }}\n    get GET \"/users/{{id}}\" {{\n      item $.user\n      {}\n    }}\n    \
         attributes {{\n      id : text at $.id\n    }}\n  }}\n}}\n",
        around.join("\n    "),
        own.join("\n      ")
    )
}

/// Any answer.
fn answer(dice: &mut Dice) -> Answer {
    let mut body = json!({});
    for name in ["a", "b", "d", "n", "code", "list"] {
        let value = [Json::Null, json!("x"), json!("y"), json!("z"), json!(1), json!(3), json!([]), json!("p"), json!("q")];
        let place = if name == "d" { &mut body["c"] } else { &mut body };
        if dice.roll(2) == 0 {
            place[name] = value[dice.roll(value.len())].clone();
        }
    }
    let statuses = [200, 201, 308, 400, 404, 409, 429, 503];
    let header = ["x", "y"][dice.roll(2)];
    let headers = if dice.roll(2) == 0 { vec![("x-a".to_owned(), header.to_owned())] } else { Vec::new() };
    Answer { headers, ..Answer::json(statuses[dice.roll(statuses.len())], body) }
}

/// What is wrong between the rules of a system and the client.
fn wrong(system: &System, dice: &mut Dice, count: &mut usize) -> Vec<String> {
    let trial = Trial { system, config: config(&Host::real()) };
    let rules = &system.collections[0].get.as_ref().unwrap().rules;
    let all = deciders(rules);
    let mut wrong = Vec::new();
    let solved: Vec<_> =
        (0..all.len()).map(|at| smallest(&all, at, &Answer { status: usual_status(all[at].outcome), ..Answer::default() })).collect();
    for (decider, solved) in all.iter().zip(&solved) {
        if let Solved::Answer(answer) = solved {
            *count += 1;
            let judged = trial.judged(rules, answer.clone());
            // A rule that does not name the status of an error is refused by its own answer.
            if !fits(decider.outcome, &judged) && decider.says(answer) {
                wrong.push(format!("{answer:?} is made for {:?} and taken for {judged:?}", decider.outcome));
            }
        }
    }
    for _ in 0..40 {
        let answer = answer(dice);
        let judged = trial.judged(rules, answer.clone());
        let decider = decides(&all, &answer);
        let agrees = match decider {
            Some(decider) => fits(decider.outcome, &judged),
            None if answer.status >= 300 => matches!(judged, Judged::As(Outcome::Error(_))),
            None => !matches!(judged, Judged::As(Outcome::Error(_) | Outcome::Moved)),
        };
        if !agrees {
            wrong.push(format!("{answer:?} is taken for {judged:?}, and {decider:?} decides"));
        }
        let dead = decider.and_then(|decider| all.iter().position(|one| std::ptr::eq(one, decider)));
        if dead.is_some_and(|at| matches!(solved[at], Solved::Never)) {
            wrong.push(format!("{decider:?} is said to be dead, and decides {answer:?}"));
        }
    }
    wrong
}

#[test]
fn random_rules_are_solved_and_judged_alike() {
    let (mut dice, mut refused, mut dead, mut built) = (Dice(8), 0, 0, 0);
    for number in 0..600 {
        let text = system(&mut dice);
        let mut checked = check(&Texts { files: vec![("test.sync", &text)], told: &[] }, Path::new("test.sync"));
        if checked.diagnostics.iter().any(|one| one.is_error()) {
            let codes: Vec<_> = checked.diagnostics.iter().map(|one| one.code).collect();
            assert!(codes.iter().all(|code| ["E0524", "E0525", "E0526", "E0527", "E0570"].contains(code)), "{codes:?}\n{text}");
            refused += 1;
            continue;
        }
        let compiled = alone::systems(checked.declared()).next().unwrap().compiled();
        let wrong = wrong(&compiled, &mut dice, &mut built);
        assert!(wrong.is_empty(), "set {number}:\n{}\n{text}", wrong.join("\n"));
        Trials::new(Host::real()).add_to(&mut checked);
        dead += usize::from(checked.diagnostics.iter().any(|one| one.code == "E0527"));
    }
    assert!(built > 500 && refused > 20 && dead > 20, "{built} {refused} {dead}");
}

/// Of each class, an answer on request means it, in a system with rules of every form.
#[test]
fn every_class_has_a_usual_status_of_its_own() {
    let statuses: std::collections::BTreeSet<_> = ErrorClass::ALL.iter().map(|class| usual_status(Some(Outcome::Error(*class)))).collect();
    assert_eq!(statuses.len(), ErrorClass::ALL.len());
}
