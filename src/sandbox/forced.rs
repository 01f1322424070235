//! Answers on request: an outcome that a stand-in gives to every request of one call, to see how a pipeline takes it.

use super::{
    answer::{
        Answer, Body, Refusal, build,
        deciders::{deciders, smallest},
        refused, search, solve,
    },
    error::SandboxError,
    route::{self, Action},
};
use crate::{
    compile::{
        program::Program,
        system::{Call, Collection, ErrorClass, Outcome, Place, System},
    },
    value::path::Found,
};
use serde_json::Value as Json;

/// `[SYSTEM.][COLLECTION.]CALL OUTCOME`: `create conflict`, `members.find by email temporary`, `list last page`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForcedAnswer {
    /// As it was asked for.
    asked: String,
    /// The system and the collection, where they are named, and the call.
    call: Vec<String>,
    outcome: Outcome,
}

/// One call of a system whose requests get an outcome.
#[derive(Clone, Copy, Debug)]
pub struct Forced {
    /// None: `verify`.
    pub collection: Option<usize>,
    pub action: Action,
    pub outcome: Outcome,
}

impl ForcedAnswer {
    /// Reads what was asked for.
    ///
    /// # Errors
    /// It names no outcome, or nothing before it.
    pub fn parse(asked: &str) -> Result<Self, SandboxError> {
        let words = asked.split_whitespace().collect::<Vec<_>>().join(" ");
        let outcome = Outcome::ALL.into_iter().find(|outcome| words.ends_with(&format!(" {}", outcome.word())));
        let Some(outcome) = outcome.filter(|outcome| *outcome != Outcome::Done) else {
            let names: Vec<_> =
                Outcome::ALL.into_iter().filter(|one| *one != Outcome::Done).map(|one| format!("`{}`", one.word())).collect();
            return Err(SandboxError::Answer(format!(
                "`{asked}` names no outcome: write a call and one of {}, as in 'create conflict'",
                names.join(", ")
            )));
        };
        let call = words[..words.len() - outcome.word().len()].trim();
        let call = call.split('.').map(|part| part.trim().trim_start_matches("call ").to_owned()).collect();
        Ok(Self { asked: asked.to_owned(), call, outcome })
    }

    /// The calls of a system that it means.
    ///
    /// # Errors
    /// A call has no rule for an outcome that no status means.
    pub fn calls(&self, system: &System) -> Result<Vec<Forced>, SandboxError> {
        let mut found = Vec::new();
        if let Some(verify) = system.http().and_then(|http| http.verify.as_ref()).filter(|_| self.means_verify(system)) {
            self.can_be_answered(verify, &system.name)?;
            found.push(Forced { collection: None, action: Action::Verify, outcome: self.outcome });
        }
        for (at, collection) in system.collections.iter().enumerate() {
            for (action, call) in route::actions(collection) {
                if self.means(system, collection, &name_of(collection, action)) {
                    self.can_be_answered(call, &collection.name)?;
                    found.push(Forced { collection: Some(at), action, outcome: self.outcome });
                }
            }
        }
        Ok(found)
    }

    fn means_verify(&self, system: &System) -> bool {
        match self.call.as_slice() {
            [call] => call == "verify",
            [of, call] => *of == system.name && call == "verify",
            _ => false,
        }
    }

    fn means(&self, system: &System, collection: &Collection, name: &str) -> bool {
        let (call, of) = self.call.split_last().expect("a call has a name");
        let named: &[&str] = &[&system.name, &collection.name];
        let fits = match of {
            [] => true,
            [one] => named.contains(&one.as_str()),
            [first, second] => *first == system.name && *second == collection.name,
            _ => false,
        };
        fits && call == name
    }

    fn can_be_answered(&self, call: &Call, collection: &str) -> Result<(), SandboxError> {
        if matches!(self.outcome, Outcome::Error(_)) || rule_of(call, self.outcome).is_some() {
            return Ok(());
        }
        let word = self.outcome.word();
        Err(SandboxError::Answer(format!(
            "`{}`: no rule of that call of `{collection}` says `{word} when …`, so nothing can be answered that means it",
            self.asked
        )))
    }

    /// The error for an answer that no system of the sandbox has a call for.
    pub fn unknown<'s>(&self, systems: impl Iterator<Item = &'s System>) -> SandboxError {
        let calls = systems.flat_map(|system| {
            let of = |collection: &Collection| {
                let named = |(action, _): (Action, &Call)| format!("`{}.{}`", collection.name, name_of(collection, action));
                route::actions(collection).into_iter().map(named).collect::<Vec<_>>()
            };
            let verify = system.http().and_then(|http| http.verify.as_ref()).map(|_| format!("`{}.verify`", system.name));
            system.collections.iter().flat_map(of).chain(verify).collect::<Vec<_>>()
        });
        let mut known: Vec<String> = Vec::new();
        calls.for_each(|call| {
            if !known.contains(&call) {
                known.push(call)
            }
        });
        SandboxError::Answer(format!("`{}` names no call of these systems: there is {}", self.asked, known.join(", ")))
    }
}

/// The name of a call, as it is declared.
pub fn name_of(collection: &Collection, action: Action) -> String {
    let part = |at: usize, verb: &str| format!("{} {verb}", collection.parts[at].name);
    match action {
        Action::List(_) => "list".to_owned(),
        Action::Get => "get".to_owned(),
        Action::Find(by) => format!("find by {}", collection.attributes[by].name),
        Action::Create => "create".to_owned(),
        Action::Update => "update".to_owned(),
        Action::Delete => "delete".to_owned(),
        Action::Named(named) => collection.named[named].0.clone(),
        Action::CreatePart(at) => part(at, "create"),
        Action::UpdatePart(at) => part(at, "update"),
        Action::DeletePart(at) => part(at, "delete"),
        Action::Discover(_) => "attributes".to_owned(),
        Action::Verify => "verify".to_owned(),
    }
}

/// The rule that says an outcome of a call, or of an element of its list.
fn rule_of(call: &Call, outcome: Outcome) -> Option<&Program> {
    let element = call.element.as_ref().filter(|_| outcome == Outcome::Removed);
    element.and_then(|element| element.rules.of(outcome).next()).or_else(|| call.rules.of(outcome).next())
}

/// Whether an outcome is said of a page with its records.
pub const fn is_of_list(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::LastPage | Outcome::Removed)
}

/// The page of a list, made to mean an outcome that is said of pages; none where its records say nothing of it.
pub fn of_list(system: &System, call: &Call, outcome: Outcome, page: &Answer) -> Option<Answer> {
    let when = rule_of(call, outcome).filter(|_| is_of_list(outcome))?;
    if outcome == Outcome::LastPage {
        let solved = search::solve(page, &[(when, true)]).answer().filter(|answer| answer.status == page.status);
        return solved.or_else(|| answer(system, call, outcome));
    }
    let (Some(Place::Path(items)), Body::Json(body)) = (&call.items, &page.body) else { return None };
    let Found::One(Json::Array(elements)) = items.find(body) else { return None };
    let removed = |element: &Json| {
        let mut answer = Answer::json(200, element.clone());
        solve::make(&mut answer, when, true);
        if let Body::Json(element) = answer.body { element } else { Json::Null }
    };
    let (mut body, elements) = (body.clone(), elements.iter().map(removed).collect());
    build::put_items(items, &mut body, elements);
    Some(Answer { body: Body::Json(body), ..page.clone() })
}

/// The smallest answer of a call that means an outcome; none where its rules can't be solved.
pub fn answer(system: &System, call: &Call, outcome: Outcome) -> Option<Answer> {
    if let Outcome::Error(class) = outcome {
        return Some(refused(system, &call.rules, Refusal::of(class)));
    }
    let base = Answer { status: usual_status(Some(outcome)), ..Answer::default() };
    let all = deciders(&call.rules);
    let of = |at: &usize| all[*at].outcome == Some(outcome);
    let listed = || call.rules.of(outcome).find_map(|when| search::solve(&base, &[(when, true)]).answer());
    (0..all.len()).filter(of).find_map(|at| smallest(&all, at, &base).answer()).or_else(listed)
}

/// The status that an outcome has where nothing else is declared; none: that of an error without a class.
pub fn usual_status(outcome: Option<Outcome>) -> u16 {
    match outcome {
        Some(Outcome::Error(class)) => Refusal::of(class).status,
        None => Refusal::of(ErrorClass::Invalid).status,
        Some(Outcome::Moved) => 308,
        Some(Outcome::Full) => 410,
        Some(Outcome::Done | Outcome::LastPage | Outcome::Removed) => 200,
    }
}

impl Refusal {
    /// The refusal of a class, as it is answered where nothing else is declared.
    pub fn of(class: ErrorClass) -> Self {
        match class {
            ErrorClass::Auth => Self::auth(),
            ErrorClass::Limit => Self::limit(1),
            ErrorClass::Invalid => Self::invalid("", "this was refused on request"),
            ErrorClass::Conflict => Self::conflict("another record has this value"),
            ErrorClass::Gone => Self::not_found(),
            ErrorClass::Temporary => Self::from("this fails on request".to_owned()),
        }
    }
}
