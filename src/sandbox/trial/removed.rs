//! `items … { removed when … }`: no ordinary record may be taken for one that was deleted.

use super::{Trial, successes::Tried};
use crate::{
    compile::{
        program::{Comparator, Program},
        system::Outcome,
    },
    diagnose::Diagnostic,
    sandbox::{
        answer::{Answer, search, solve},
        elements,
    },
};
use serde_json::Value as Json;

impl Trial<'_> {
    /// The rule by which records of a list are taken for deleted ones. Where it compares an attribute with a constant, such as
    /// `$.active == false`, only some are, and that may be meant.
    pub fn removed(&self, tried: &Tried<'_>, records: &[Json]) -> Option<Diagnostic> {
        let element = tried.call.element.as_ref()?;
        let answers: Vec<_> =
            records.iter().map(|record| Answer::json(200, elements::shown(tried.call, self.shaped(tried.collection, record)))).collect();
        let rules = element.rules.outcomes.iter().filter(|rule| rule.outcome == Outcome::Removed);
        let is_wrong = |when: &Program| {
            let held = answers.iter().filter(|answer| search::holds(answer, when)).count();
            held == answers.len() || held > 0 && !compares(when) || holds_for_any_number(&answers, when)
        };
        let rule = rules.into_iter().find(|rule| is_wrong(&rule.when))?;
        let message = format!("this also holds for an ordinary record of `{}`, which is then taken for `removed`", tried.collection.name);
        let diagnostic = Diagnostic::error("E0570", rule.span, message).related(tried.call.span, "the answer to this call has the record");
        Some(diagnostic.help("ask for something that only a deleted record has"))
    }
}

/// Whether a condition holds for every record that has a number, whichever it is, at the places where a range is asked for:
/// `$.version >= 0`. What `$.deleted > 0` asks for is not in a record that has 0 there.
fn holds_for_any_number(answers: &[Answer], when: &Program) -> bool {
    let mut ranges = Vec::new();
    ranges_in(when, &mut ranges);
    let with = |answer: &Answer, number: i64| {
        let mut answer = answer.clone();
        let places: Vec<_> = ranges.iter().filter_map(|leaf| solve::place_of_leaf(leaf)).collect();
        places.iter().all(|place| solve::put(&mut answer, place, number.into())) && search::holds(&answer, when)
    };
    !ranges.is_empty() && !answers.is_empty() && answers.iter().all(|answer| with(answer, 0) && with(answer, 1))
}

/// The parts of a condition that compare a place with a number by `<`, `<=`, `>` or `>=`.
fn ranges_in<'p>(when: &'p Program, found: &mut Vec<&'p Program>) {
    match when {
        Program::Not(inner) => ranges_in(inner, found),
        Program::And(both) | Program::Or(both) => {
            ranges_in(&both.0, found);
            ranges_in(&both.1, found);
        }
        Program::Compare(how, _)
            if !matches!(how, Comparator::Equal | Comparator::NotEqual) && solve::constants(when).iter().any(Json::is_number) =>
        {
            found.push(when);
        }
        _ => {}
    }
}

/// Whether some part of a condition compares a place with a constant.
fn compares(when: &Program) -> bool {
    match when {
        Program::Not(inner) => compares(inner),
        Program::And(both) | Program::Or(both) => compares(&both.0) || compares(&both.1),
        leaf => !solve::constants(leaf).is_empty(),
    }
}
