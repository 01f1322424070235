//! The answers of successful calls: no rule may take them for something else.

use super::{Judged, Trial, rules::words};
use crate::{
    compile::{
        program::{Comparator, Name, Program},
        system::{Call, Collection, ErrorClass, ErrorRule, Outcome, Part, Rules},
    },
    diagnose::{Diagnostic, Span},
    sandbox::{
        answer::{
            Answer, Body, build,
            deciders::{Decider, deciders, decides, meant},
            inverse, place, render, search,
            shape::Shape,
        },
        batch, elements, fake_data, forced, jobs,
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
                let job = call.follow.as_ref().map(|follow| jobs::of_job(call, follow));
                let tried = Tried { collection, call: job.as_ref().unwrap_or(call), action };
                let told: Vec<_> = records.iter().flat_map(|record| self.told(&tried, record)).collect();
                let taken = told.iter().find_map(|success| self.taken(&tried, success));
                if taken.is_none() {
                    Successes::add(&mut found.unproved, told.iter().find_map(|success| self.unproved(&tried, success)));
                }
                Successes::add(
                    &mut found.taken,
                    taken
                        .or_else(|| self.removed(&tried, &records))
                        .or_else(|| self.ends_early(&tried, &records))
                        .or_else(|| self.gone_by_attributes(&tried, &records)),
                );
            }
        }
        found
    }

    /// The answer that tells a success, and the element of it that does so, which has rules of its own.
    fn told<'t>(&'t self, tried: &Tried<'t>, record: &Json) -> impl Iterator<Item = Success<'t>> {
        let answer = self.answer(tried, record);
        let whole = answer.map(|answer| Success { rules: &tried.call.rules, answer, statuses: tried.usual_statuses() });
        whole.into_iter().chain(self.told_by_element(tried, record))
    }

    /// The element of a list that shows a record, or the result in a batch of one that was written.
    pub fn told_by_element<'t>(&'t self, tried: &Tried<'t>, record: &Json) -> Option<Success<'t>> {
        let results = elements::Results { system: self.system, collection: tried.collection, call: tried.call };
        let of = |rules, element| Success { rules, answer: Answer::json(200, element), statuses: &[200] };
        if let Some((each, element)) = results.done(record) {
            return Some(of(&each.rules, element));
        }
        let shown = tried.call.element.as_ref()?;
        Some(of(&shown.rules, elements::shown(tried.call, self.shaped(tried.collection, record))))
    }

    /// What a successful answer is taken for by a rule that holds for it.
    fn taken(&self, tried: &Tried<'_>, success: &Success<'_>) -> Option<Diagnostic> {
        let (rules, plain) = (success.rules, &success.answer);
        let all = deciders(rules);
        if let Some(decider) = success.absent_without_content(&all) {
            return Some(taken_for(tried, decider, &Judged::As(decider.outcome?)));
        }
        let answer = self.done(success);
        let judged = self.judged(rules, answer.clone());
        if judged == Judged::As(Outcome::Done) && keeps(&plain.body, &answer.body) && success.may_have(answer.status) {
            return None;
        }
        match decides(&all, plain).filter(|decider| decider.outcome != Some(Outcome::Done)) {
            Some(decider) => Some(taken_for(tried, decider, &self.judged(rules, plain.clone()))),
            None if judged == Judged::Words => Some(has_words(tried, worded(rules, &answer)?)),
            None => None,
        }
    }

    /// The answer with what else it needs to be done, with the first usual status by which it is.
    fn done(&self, success: &Success<'_>) -> Answer {
        let with = |status| meant(success.rules, Outcome::Done, Answer { status, ..success.answer.clone() });
        let is_done = |answer: &Answer| self.judged(success.rules, answer.clone()) == Judged::As(Outcome::Done);
        let first = with(success.answer.status);
        if is_done(&first) { first } else { success.statuses.iter().map(|status| with(*status)).find(is_done).unwrap_or(first) }
    }

    /// The answer for a record that was read or written; none of a call that answers otherwise.
    pub fn answer(&self, tried: &Tried<'_>, record: &Json) -> Option<Answer> {
        let call = tried.call;
        match tried.action {
            Action::Discover(_) | Action::Verify => None,
            _ if call.batch.is_some() => Some(self.results(tried, record)),
            Action::Delete | Action::DeletePart(_) => Some(Answer { status: 204, ..Answer::default() }),
            Action::List(_) | Action::Find(_) => Some(self.page(tried, vec![self.shaped(tried.collection, record)])),
            Action::CreatePart(at) | Action::UpdatePart(at) => Some(self.of_part(call, &tried.collection.parts[at], record)),
            Action::Create => {
                let answer = Answer { status: 201, ..self.record(tried, record) };
                Some(call.key.iter().fold(answer, |answer, key| batch::with_key(tried.collection, call, answer, key, record)))
            }
            Action::Get | Action::Update | Action::Named(_) => Some(self.record(tried, record)),
        }
    }

    fn results(&self, tried: &Tried<'_>, record: &Json) -> Answer {
        let results = elements::Results { system: self.system, collection: tried.collection, call: tried.call };
        results.answer(200, vec![(record.clone(), Ok(()))])
    }

    /// The answer that shows one record.
    pub fn record(&self, tried: &Tried<'_>, record: &Json) -> Answer {
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

    /// The answer of a list that has these elements on one page.
    pub fn page(&self, tried: &Tried<'_>, elements: Vec<Json>) -> Answer {
        let (mut body, count) = (Json::Null, elements.len());
        inverse::give_list(&mut body, tried.call.items.as_ref(), elements, &columns(tried.collection));
        let mut answer = Answer::json(200, body);
        if let Some(total) = &tried.call.total {
            place(total, json!(count), &mut answer);
        }
        answer
    }

    /// A record as the stand-in shows it in an answer.
    pub fn shaped(&self, collection: &Collection, record: &Json) -> Json {
        let params = RequestParams::default();
        Shape { collection, params: &params, format: render::format(self.system) }.of(record.clone(), &mut Vec::new())
    }

    /// A call with rules for `done` that its success can't meet.
    fn unproved(&self, tried: &Tried<'_>, success: &Success<'_>) -> Option<Diagnostic> {
        success.rules.of(Outcome::Done).next()?;
        let answer = self.done(success);
        let without_content = tried.reads() && matches!(answer.status, 204 | 205 | 304);
        let judged = self.judged(success.rules, answer);
        let all = deciders(success.rules);
        let done = all.iter().find(|decider| decider.outcome == Some(Outcome::Done));
        let span = done.map_or(tried.call.span, |done| done.span);
        let solved = done.and_then(|done| search::solve(&Answer::json(200, Json::Null), &[(&done.condition, true)]).answer());
        // What can't be solved has its lint already.
        solved.filter(|_| judged != Judged::As(Outcome::Done) || without_content)?;
        let message = match judged {
            Judged::As(Outcome::Done) => format!("{} is done by this without content alone, so it never has a record", tried.name()),
            _ => format!("a successful {} is taken for {}", tried.name(), words(&judged)),
        };
        let help = "make the condition hold for an answer that has a record";
        Some(Diagnostic::error("E0570", span, message).related(tried.call.span, "the call").help(help))
    }
}

impl Tried<'_> {
    /// `` `create` of `users` ``
    fn name(&self) -> String {
        format!("`{}` of `{}`", forced::name_of(self.collection, self.action), self.collection.name)
    }

    /// Whether the answer to the call shows records of its collection.
    pub const fn shows_records(&self) -> bool {
        self.reads() || matches!(self.action, Action::Create | Action::Update | Action::Named(_))
    }

    /// A rule for absence that holds for a record that is there.
    pub fn taken_for_gone(&self, rule: Span) -> Diagnostic {
        let message = format!("this also holds for a record that a successful {} shows, which is then taken for `gone`", self.name());
        Diagnostic::error("E0570", rule, message).related(self.call.span, "the answer to this call has the record").help(NOT_GONE)
    }

    /// Whether the call reads records.
    pub const fn reads(&self) -> bool {
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
}

/// A successful answer, or an element that tells a success, and the rules that judge it.
pub struct Success<'r> {
    pub rules: &'r Rules,
    pub answer: Answer,
    /// The statuses that it usually has.
    statuses: &'static [u16],
}

impl Success<'_> {
    /// Another status is one of a success where a rule for `done` asks for it.
    fn may_have(&self, status: u16) -> bool {
        let asks = |when: &Program| !self.statuses.iter().any(|usual| may_have_status(when, *usual));
        self.statuses.contains(&status) || self.rules.of(Outcome::Done).any(asks)
    }

    /// The rule by which an answer without content, which is the usual one to a write, means that the record is not there.
    fn absent_without_content<'d>(&self, all: &'d [Decider]) -> Option<&'d Decider> {
        let nothing = Answer { status: 204, ..Answer::default() };
        let absent = |one: &&Decider| matches!(one.outcome, Some(Outcome::Error(ErrorClass::Gone) | Outcome::Moved));
        if self.statuses.contains(&204) { decides(all, &nothing).filter(absent) } else { None }
    }
}

/// Whether some answer with a status meets a condition.
fn may_have_status(when: &Program, status: u16) -> bool {
    let fixed = Program::Compare(Comparator::Equal, Box::new((Program::Name(Name::Status), Program::Constant(Value::Int(status.into())))));
    !matches!(search::solve(&Answer { status, ..Answer::default() }, &[(&fixed, true), (when, true)]), search::Solved::Never)
}

const NOT_GONE: &str = "a record that can be read is not gone: ask for what only a deleted one has, such as `$.deleted == true`, and let an \
                        attribute that `opens` say which are closed";

fn taken_for(tried: &Tried<'_>, decider: &Decider, judged: &Judged) -> Diagnostic {
    let message = format!("this also holds for a successful {}, which is then taken for {}", tried.name(), words(judged));
    let help = if decider.outcome == Some(Outcome::Error(ErrorClass::Gone)) && tried.reads() {
        NOT_GONE
    } else {
        "ask for something that only an error has, or for the status"
    };
    Diagnostic::error("E0570", decider.span, message).related(tried.call.span, "the answer to this call has the record").help(help)
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
fn worded(rules: &Rules, answer: &Answer) -> Option<Span> {
    let has = |rule: &&ErrorRule| rule.when.is_none() && rule.message.as_ref().is_some_and(|place| search::finds(answer, place));
    rules.errors.iter().find(has).map(|rule| rule.span)
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
