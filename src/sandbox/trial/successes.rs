//! The answers of successful calls: no rule may take them for something else.

use super::{Judged, Trial, rules::words};
use crate::{
    compile::{
        program::{Comparator, Name, Program},
        system::{Call, Collection, ErrorClass, ErrorRule, Outcome, Part},
    },
    diagnose::{Diagnostic, Span},
    sandbox::{
        answer::{
            Answer, Body, build,
            deciders::{Decider, deciders, decides, meant},
            inverse, place, render, search,
            shape::Shape,
        },
        batch, fake_data, forced,
        read::list::{columns, rooted},
        route::{self, Action, RequestParams},
    },
    value::{Value, path::Found},
};
use serde_json::{Value as Json, json};

/// A call that is tried, and what it is called.
pub struct Tried<'c> {
    pub collection: &'c Collection,
    pub call: &'c Call,
    action: Action,
}

/// What is wrong with the answers of successful calls.
#[derive(Default)]
pub struct Successes {
    /// Rules that hold for them.
    pub taken: Vec<Diagnostic>,
    /// Rules for `done` that they do not meet, perhaps because another rule is at fault.
    pub unproved: Vec<Diagnostic>,
}

impl Successes {
    /// A rule that holds for many calls is named once.
    fn add(found: &mut Vec<Diagnostic>, wrong: Option<Diagnostic>) {
        found.extend(wrong.filter(|one| !found.iter().any(|known| known.span == one.span)));
    }
}

impl Trial<'_> {
    /// Tries the answer of each call for some records.
    pub fn successes(&self) -> Successes {
        let mut found = Successes::default();
        for collection in &self.system.collections {
            let records = fake_data::samples(collection, self.config.today);
            for (action, call) in route::actions(collection) {
                let tried = Tried { collection, call, action };
                let taken = records.iter().find_map(|record| self.taken(&tried, record));
                if taken.is_none() {
                    Successes::add(&mut found.unproved, records.iter().find_map(|record| self.unproved(&tried, record)));
                }
                Successes::add(&mut found.taken, taken.or_else(|| self.removed(&tried, &records)));
            }
        }
        found
    }

    /// What a successful answer is taken for by a rule that holds for it.
    fn taken(&self, tried: &Tried<'_>, record: &Json) -> Option<Diagnostic> {
        let plain = self.answer(tried, record)?;
        let all = deciders(&tried.call.rules);
        if let Some(decider) = absent_without_content(tried, &all) {
            return Some(taken_for(tried, decider, &Judged::As(decider.outcome?)));
        }
        let answer = self.done(tried, &plain);
        let judged = self.judged(&tried.call.rules, answer.clone());
        if judged == Judged::As(Outcome::Done) && keeps(&plain.body, &answer.body) && tried.succeeds_with(answer.status) {
            return None;
        }
        match decides(&all, &plain).filter(|decider| decider.outcome != Some(Outcome::Done)) {
            Some(decider) => Some(taken_for(tried, decider, &self.judged(&tried.call.rules, plain))),
            None if judged == Judged::Words => Some(has_words(tried, worded(tried.call, &answer)?)),
            None => None,
        }
    }

    /// The answer with what else it needs to be done, with the first usual status by which it is.
    fn done(&self, tried: &Tried<'_>, plain: &Answer) -> Answer {
        let rules = &tried.call.rules;
        let answers =
            || tried.usual_statuses().iter().map(|status| meant(rules, Outcome::Done, Answer { status: *status, ..plain.clone() }));
        let is_done = |answer: &Answer| self.judged(rules, answer.clone()) == Judged::As(Outcome::Done);
        let first = meant(rules, Outcome::Done, plain.clone());
        if is_done(&first) { first } else { answers().find(is_done).unwrap_or(first) }
    }

    /// The answer for a record that was read or written; none of a call that answers otherwise.
    fn answer(&self, tried: &Tried<'_>, record: &Json) -> Option<Answer> {
        let call = tried.call;
        match tried.action {
            _ if call.batch.is_some() => None,
            Action::Discover(_) | Action::Verify => None,
            Action::Delete | Action::DeletePart(_) => Some(Answer { status: 204, ..Answer::default() }),
            Action::List(_) | Action::Find(_) => Some(self.page(tried, record)),
            Action::CreatePart(at) | Action::UpdatePart(at) => Some(self.of_part(call, &tried.collection.parts[at], record)),
            Action::Create => {
                let answer = Answer { status: 201, ..self.record(tried, record) };
                Some(call.key.iter().fold(answer, |answer, key| batch::with_key(tried.collection, call, answer, key, record)))
            }
            Action::Get | Action::Update | Action::Named(_) => Some(self.record(tried, record)),
        }
    }

    fn record(&self, tried: &Tried<'_>, record: &Json) -> Answer {
        let record = self.shaped(tried.collection, record);
        Answer::json(
            200,
            match &tried.call.item {
                Some(item) => inverse::with_record(item, record),
                None => rooted(tried.call, render::format(self.system), record),
            },
        )
    }

    fn of_part(&self, call: &Call, part: &Part, record: &Json) -> Answer {
        let element = match part.at.find(record) {
            Found::One(element) => element.clone(),
            _ => json!({}),
        };
        Answer::json(
            200,
            match &call.item {
                Some(item) => inverse::with_record(item, element),
                None => rooted(call, render::format(self.system), element),
            },
        )
    }

    fn page(&self, tried: &Tried<'_>, record: &Json) -> Answer {
        let mut body = Json::Null;
        inverse::give_list(&mut body, tried.call.items.as_ref(), vec![self.shaped(tried.collection, record)], &columns(tried.collection));
        let mut answer = Answer::json(200, body);
        if let Some(total) = &tried.call.total {
            place(total, json!(1), &mut answer);
        }
        answer
    }

    pub fn shaped(&self, collection: &Collection, record: &Json) -> Json {
        let params = RequestParams::default();
        Shape { collection, params: &params, format: render::format(self.system) }.of(record.clone(), &mut Vec::new())
    }

    /// A call with rules for `done` that its success can't meet.
    fn unproved(&self, tried: &Tried<'_>, record: &Json) -> Option<Diagnostic> {
        tried.call.rules.of(Outcome::Done).next()?;
        let answer = self.done(tried, &self.answer(tried, record)?);
        let judged = self.judged(&tried.call.rules, answer);
        let all = deciders(&tried.call.rules);
        let done = all.iter().find(|decider| decider.outcome == Some(Outcome::Done));
        let span = done.map_or(tried.call.span, |done| done.span);
        let solved = done.and_then(|done| search::solve(&Answer::json(200, Json::Null), &[(&done.condition, true)]).answer());
        // What can't be solved has its lint already.
        solved.filter(|_| judged != Judged::As(Outcome::Done))?;
        let message = format!("a successful {} is taken for {}", tried.name(), words(&judged));
        let help = "make the condition hold for an answer that has a record";
        Some(Diagnostic::error("E0570", span, message).related(tried.call.span, "the call").help(help))
    }
}

impl Tried<'_> {
    /// `` `create` of `users` ``
    fn name(&self) -> String {
        format!("`{}` of `{}`", forced::name_of(self.collection, self.action), self.collection.name)
    }

    const fn reads(&self) -> bool {
        matches!(self.action, Action::Get | Action::List(_) | Action::Find(_))
    }

    /// The statuses with which an API says that it was done.
    const fn usual_statuses(&self) -> &'static [u16] {
        match self.action {
            _ if self.reads() => &[200],
            Action::Create | Action::CreatePart(_) => &[201, 200, 202, 204],
            _ => &[200, 204, 202, 201],
        }
    }

    /// Another status is one of a success where a rule for `done` asks for it.
    fn succeeds_with(&self, status: u16) -> bool {
        let asks = |when: &Program| !self.usual_statuses().iter().any(|usual| may_have_status(when, *usual));
        self.usual_statuses().contains(&status) || self.call.rules.of(Outcome::Done).any(asks)
    }
}

/// The rule by which an answer without content, which is the usual one to a write, means that the record is not there.
fn absent_without_content<'d>(tried: &Tried<'_>, all: &'d [Decider]) -> Option<&'d Decider> {
    let nothing = Answer { status: 204, ..Answer::default() };
    let absent = |one: &&Decider| matches!(one.outcome, Some(Outcome::Error(ErrorClass::Gone) | Outcome::Moved));
    if tried.reads() { None } else { decides(all, &nothing).filter(absent) }
}

/// Whether some answer with a status meets a condition.
fn may_have_status(when: &Program, status: u16) -> bool {
    let fixed = Program::Compare(Comparator::Equal, Box::new((Program::Name(Name::Status), Program::Constant(Value::Int(status.into())))));
    !matches!(search::solve(&Answer { status, ..Answer::default() }, &[(&fixed, true), (when, true)]), search::Solved::Never)
}

fn taken_for(tried: &Tried<'_>, decider: &Decider, judged: &Judged) -> Diagnostic {
    let message = format!("this also holds for a successful {}, which is then taken for {}", tried.name(), words(judged));
    Diagnostic::error("E0570", decider.span, message)
        .related(tried.call.span, "the answer to this call has the record")
        .help("ask for something that only an error has, or for the status")
}

fn has_words(tried: &Tried<'_>, span: Span) -> Diagnostic {
    let message = format!(
        "a successful {} has a value where this rule looks for the words of an error, so nothing proves that it was done",
        tried.name()
    );
    Diagnostic::error("E0570", span, message)
        .related(tried.call.span, "the answer to this call has the record")
        .help("add `when`, such as `error $.message when $.error is present`, or a rule for `done`")
}

/// The rule whose place for words has some.
fn worded(call: &Call, answer: &Answer) -> Option<Span> {
    let has = |rule: &&ErrorRule| rule.when.is_none() && rule.message.as_ref().is_some_and(|place| search::finds(answer, place));
    call.rules.errors.iter().find(has).map(|rule| rule.span)
}

/// Whether all that a body has is in another one, too.
fn keeps(one: &Body, other: &Body) -> bool {
    match (one, other) {
        (Body::Json(one), Body::Json(other)) => contains(other, one),
        (Body::Json(_), _) => false,
        _ => true,
    }
}

fn contains(all: &Json, part: &Json) -> bool {
    match (all, part) {
        (_, Json::Null) => true,
        (Json::Object(all), Json::Object(part)) => part.iter().all(|(name, value)| all.get(name).is_some_and(|all| contains(all, value))),
        (Json::Array(all), Json::Array(part)) => all.len() >= part.len() && all.iter().zip(part).all(|(all, part)| contains(all, part)),
        (all, part) => build::text(all) == build::text(part),
    }
}
