//! The results of a batch as `items … by … = …` declares them: one element for each record, in the list whose rules tell its outcome.

use crate::{
    compile::{
        program::{Name, Names, Program},
        system::{Call, Collection, Outcome, System, request::EachResult},
    },
    sandbox::{
        answer::{Answer, Body, Refusal, build, inverse, refused, solve},
        request::RequestContext,
        store::read,
    },
    value::{Fault, Value, path::JsonPath},
};
use serde_json::{Value as Json, json};
use std::borrow::Cow;

/// A record, and what became of it.
pub type Done = (Json, Result<(), Refusal>);

/// The answer for records, each with what became of it.
pub fn answer(context: &RequestContext<'_>, results: Vec<Done>) -> Answer {
    let of = Results { system: context.store.system, collection: context.collection(), call: context.call };
    of.answer(context.status(200), results)
}

/// The call whose results are told.
#[derive(Clone, Copy)]
pub struct Results<'a> {
    pub system: &'a System,
    pub collection: &'a Collection,
    pub call: &'a Call,
}

impl<'a> Results<'a> {
    /// The answer for records, each with what became of it.
    pub fn answer(self, status: u16, results: Vec<Done>) -> Answer {
        let mut body = Json::Null;
        let mut lists: Vec<Vec<Json>> = self.call.each.iter().map(|_| Vec::new()).collect();
        for (record, outcome) in results {
            let at = list_for(&self.call.each, outcome.is_ok());
            let each = &self.call.each[at];
            if outcome.is_ok() || tells_refusals(each) {
                lists[at].push(self.element(each, &record, outcome));
            }
        }
        for (each, items) in self.call.each.iter().zip(lists) {
            if let Some(path) = place_of(&each.items) {
                build::put_items(path, &mut body, items);
            }
        }
        Answer::json(status, body)
    }

    /// The element of a record that was done, and the list that has it; none of a call without results.
    pub fn done(self, record: &Json) -> Option<(&'a EachResult<Program>, Json)> {
        let each = self.call.each.get(list_for(&self.call.each, true))?;
        Some((each, self.element(each, record, Ok(()))))
    }

    fn element(&self, each: &EachResult<Program>, record: &Json, outcome: Result<(), Refusal>) -> Json {
        let mut answer = match outcome {
            Ok(()) => Answer::json(200, json!({})),
            Err(refusal) => refused(self.system, &each.rules, refusal),
        };
        let done = answer.status < 300;
        if let (true, Some(when)) = (done, each.rules.of(Outcome::Done).next()) {
            solve::make(&mut answer, when, true);
        }
        let status = answer.status;
        let mut element = match answer.body {
            Body::Json(json) | Body::Plain(json) if json.is_object() => json,
            _ => json!({}),
        };
        if let (true, Some(place)) = (done, &each.item) {
            let mut answer = Answer::json(200, element);
            super::answer::place(place, record.clone(), &mut answer);
            element = if let Body::Json(json) = answer.body { json } else { json!({}) };
        }
        put(&each.by, &mut element, own_of(self.collection, &each.own, record));
        if let (true, Some(key), Some(at)) = (done, &each.key, self.collection.key.alone()) {
            let attribute = &self.collection.attributes[at];
            put(key, &mut element, attribute.path.find_all(record).first().map(|key| (*key).clone()).unwrap_or_default());
        }
        if let Some(place) = &each.status {
            put(place, &mut element, json!(status));
        }
        element
    }
}

/// Whether an element can say that its record was refused: else it has none.
fn tells_refusals(each: &EachResult<Program>) -> bool {
    let is_error = |outcome| matches!(outcome, Outcome::Error(_));
    each.status.is_some() || !each.rules.errors.is_empty() || each.rules.outcomes.iter().any(|rule| is_error(rule.outcome))
}

/// With two lists, an error goes into the one that has rules for errors, and what is done into the other.
fn list_for(all: &[EachResult<Program>], done: bool) -> usize {
    all.iter().position(|each| each.tells_errors != done).unwrap_or(0)
}

/// A record as an element of a list shows it.
pub fn shown(call: &Call, record: Json) -> Json {
    meaning(call, record, Outcome::Done)
}

/// An element that names a record, by its key, as removed.
pub fn removed(call: &Call, key: Json) -> Json {
    meaning(call, key, Outcome::Removed)
}

fn meaning(call: &Call, record: Json, outcome: Outcome) -> Json {
    let Some(element) = &call.element else { return record };
    let body = element.item.as_ref().map_or(record.clone(), |place| inverse::with_record(place, record));
    let mut answer = Answer::json(200, body);
    if let Some(when) = element.rules.of(outcome).next() {
        solve::make(&mut answer, when, true);
    }
    let status = answer.status;
    let Body::Json(mut shown) = answer.body else { return Json::Null };
    if let Some(place) = &element.status {
        put(place, &mut shown, json!(status));
    }
    shown
}

/// What names a record, as it was sent.
fn own_of(collection: &Collection, own: &Program, record: &Json) -> Json {
    match own {
        Program::Name(Name::Own(at)) => {
            let attribute = &collection.attributes[*at];
            attribute.path.find_all(record).first().map(|found| (*found).clone()).unwrap_or_default()
        }
        _ => {
            own.run(&OfRecord { collection, record }).ok().and_then(|own| Some(Json::from(own.to_text()?.into_owned()))).unwrap_or_default()
        }
    }
}

/// The names of a record that was sent.
struct OfRecord<'a> {
    collection: &'a Collection,
    record: &'a Json,
}

impl Names for OfRecord<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        let Name::Own(at) = name else { return Ok(Cow::Owned(Value::Null)) };
        Ok(Cow::Owned(read(&self.collection.attributes[*at], self.record)))
    }
}

fn put(place: &Program, element: &mut Json, value: Json) {
    if let Some(path) = place_of(place) {
        build::put(path, element, value);
    }
}

/// The place in an answer that an expression reads.
pub fn place_of(program: &Program) -> Option<&JsonPath> {
    match program {
        Program::Name(Name::Answer(path)) => Some(path),
        Program::Default(both) => place_of(&both.0),
        Program::ReadAs { value, .. } | Program::Apply { value, .. } => place_of(value),
        _ => None,
    }
}
