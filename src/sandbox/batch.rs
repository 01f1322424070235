//! Calls for many records at once, with one result each.

use super::{
    answer::{Answer, Refusal, build},
    elements,
    request::{
        RequestContext, bodies,
        reverse::{self, Taken},
    },
    store::{CollectionStore, key_of},
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Collection, Results},
    },
    value::{Value, path::JsonPath},
};
use serde_json::{Value as Json, json};

/// The values of one attribute in the body, in the order of the records.
struct Column {
    attribute: usize,
    values: Vec<Json>,
}

/// A named call for many records: known ones are counted, and each unknown one gets an error of its own.
pub fn call(context: &RequestContext<'_>, name: &str, body: &[u8]) -> Result<Answer, Refusal> {
    of_each(context, body, &|key| Ok(context.store.effect(key, &format!("call {name}"))?))
}

/// Deletes each record that a body names.
pub fn delete(context: &RequestContext<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    of_each(context, body, &|key| {
        let attribute = context.collection().key.map(|key| &context.collection().attributes[key]).ok_or_else(Refusal::not_found)?;
        let found = context.store.find(attribute, &attribute.codec.read(Some(&Json::from(key))).unwrap_or(Value::Null))?;
        found.iter().try_for_each(|record| Ok(context.store.remove(record.seq)?))
    })
}

fn of_each(context: &RequestContext<'_>, body: &[u8], act: &dyn Fn(&str) -> Result<(), Refusal>) -> Result<Answer, Refusal> {
    let body = bodies::json(body)?;
    let columns = match made_of(context) {
        Some(value) => columns_of(reverse::read(value, &body)?),
        None => columns(context, &body),
    };
    let largest = context.call.batch.as_ref().map_or(usize::MAX, |batch| batch.size);
    let column = naming(context, &columns).ok_or_else(|| Refusal::invalid("invalidSyntax", "the body names no records"))?;
    if column.values.len() > largest {
        return Err(Refusal::invalid("invalidValue", format!("a call takes {largest} records at most")));
    }
    if !context.call.each.is_empty() {
        return Ok(elements::answer(context, each_outcome(context, act, column)?));
    }
    let results: Vec<_> = column.values.iter().map(|value| result(context, act, column.attribute, value)).collect::<Result<_, _>>()?;
    Ok(Answer::json(context.status(200), enveloped(context, results)))
}

/// What became of each record that a body names.
fn each_outcome(
    context: &RequestContext<'_>,
    act: &dyn Fn(&str) -> Result<(), Refusal>,
    column: &Column,
) -> Result<Vec<elements::Done>, Refusal> {
    let outcome = |value: &Json| {
        let mut record = json!({});
        build::put(&context.collection().attributes[column.attribute].path, &mut record, value.clone());
        let done = match key_of_known(context, column.attribute, value)? {
            Some(key) => act(&key),
            None => Err(Refusal::not_found()),
        };
        Ok((record, done))
    };
    column.values.iter().map(outcome).collect()
}

/// Creates or changes each record of a body: one that is refused is refused alone, with its reason in its result.
pub fn write(context: &RequestContext<'_>, body: &[u8], one: impl Fn(Json) -> Result<Json, Refusal>) -> Result<Answer, Refusal> {
    let sent = bodies::many(context.call, body)?;
    let records = match made_of(context) {
        Some(value) => {
            let each = reverse::read(value, &sent)?.each.unwrap_or_default();
            each.into_iter().map(|taken| bodies::record_of(context.collection(), None, taken)).collect()
        }
        None => records(context, sent)?,
    };
    let largest = context.call.batch.as_ref().map_or(usize::MAX, |batch| batch.size);
    if records.len() > largest {
        return Err(Refusal::invalid("invalidValue", format!("a call takes {largest} records at most")));
    }
    if !context.call.each.is_empty() {
        let results = records.into_iter().map(|record| {
            let written = one(record.clone());
            (written.as_ref().unwrap_or(&record).clone(), written.map(|_| ()))
        });
        return Ok(elements::answer(context, results.collect()));
    }
    let results = records.into_iter().map(|record| batch_result(context, &record, one(record.clone()))).collect();
    Ok(Answer::json(context.status(200), enveloped(context, results)))
}

/// The records of a body: the list at the `[*]` of a line, or else the body itself, which is a list.
fn records(context: &RequestContext<'_>, body: Json) -> Result<Vec<Json>, Refusal> {
    let place = context.call.body.iter().flat_map(|body| &body.lines).find_map(|(path, program)| {
        let (before, after) = path.text.split_once("[*]")?;
        let inner = if matches!(program, Program::Name(Name::Sent)) { after } else { "" };
        Some((JsonPath::parse(before).ok()?, JsonPath::parse(&format!("${inner}")).ok()?))
    });
    let list = match &place {
        Some((list, _)) => list.find_all(&body).first().map(|list| (*list).clone()).unwrap_or_default(),
        None => body,
    };
    let Json::Array(items) = list else { return Err(Refusal::invalid("invalidSyntax", "the body holds no list of records")) };
    let inner = |item: Json| match &place {
        Some((_, inner)) => inner.find_all(&item).first().map(|record| (*record).clone()).unwrap_or_default(),
        None => item,
    };
    Ok(items.into_iter().map(inner).collect())
}

/// The result of one record: what names it, and why it was refused.
fn batch_result(context: &RequestContext<'_>, sent: &Json, written: Result<Json, Refusal>) -> Json {
    let collection = context.collection();
    let Some(Results { id, error: place, .. }) = &context.call.results else { return written.unwrap_or_default() };
    let (record, error) = match written {
        Ok(record) => (record, Json::Null),
        Err(refusal) => (sent.clone(), Json::from(refusal.message)),
    };
    let by = id.as_ref().and_then(|id| collection.attributes.iter().find(|attribute| attribute.path == *id));
    let by = by.or_else(|| collection.key.map(|key| &collection.attributes[key]));
    let name = by.and_then(|by| by.path.find_all(&record).first().map(|name| (*name).clone())).unwrap_or_default();
    let mut result = json!({});
    id.iter().for_each(|id| build::put(id, &mut result, name.clone()));
    place.iter().for_each(|place| build::put(place, &mut result, error.clone()));
    result
}

fn enveloped(context: &RequestContext<'_>, results: Vec<Json>) -> Json {
    let Some(shape) = &context.call.results else { return Json::Array(results) };
    let mut answer = Json::Null;
    build::put_items(&shape.at, &mut answer, results);
    answer
}

/// `body = EXPR`
fn made_of<'a>(context: &RequestContext<'a>) -> Option<&'a Program> {
    context.call.body.as_ref()?.value.as_ref()
}

/// The values of each record, by attribute.
fn columns_of(taken: Taken) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (name, value) in taken.each.unwrap_or_default().into_iter().flat_map(|one| one.values) {
        let Name::Own(attribute) = name else { continue };
        match columns.iter_mut().find(|column| column.attribute == attribute) {
            Some(column) => column.values.push(value),
            None => columns.push(Column { attribute, values: vec![value] }),
        }
    }
    columns
}

fn columns(context: &RequestContext<'_>, body: &Json) -> Vec<Column> {
    let lines = context.call.body.iter().flat_map(|body| &body.lines);
    lines.filter_map(|(path, program)| Some(Column { attribute: named(program)?, values: values(path, body) })).collect()
}

/// The attribute that a line gives: `batch.id`, or `user_id` in each element of a list.
fn named(program: &Program) -> Option<usize> {
    match program {
        Program::Name(Name::Batched(attribute) | Name::Own(attribute)) => Some(*attribute),
        Program::Apply { value, .. } => named(value),
        _ => None,
    }
}

fn values(path: &JsonPath, body: &Json) -> Vec<Json> {
    match path.find_all(body)[..] {
        [Json::Array(items)] => items.clone(),
        ref items => items.iter().map(|item| (*item).clone()).collect(),
    }
}

/// The column that says which records are meant: the one that the results name, else the key, else the first.
fn naming<'c>(context: &RequestContext<'_>, columns: &'c [Column]) -> Option<&'c Column> {
    let collection = context.collection();
    let id = context.call.results.as_ref().and_then(|results| results.id.as_ref());
    let batch_result = |column: &&Column| id.is_some_and(|id| collection.attributes[column.attribute].path.text == id.text);
    let key = |column: &&Column| collection.key == Some(column.attribute);
    columns.iter().find(batch_result).or_else(|| columns.iter().find(key)).or_else(|| columns.first())
}

fn result(
    context: &RequestContext<'_>,
    act: &dyn Fn(&str) -> Result<(), Refusal>,
    attribute: usize,
    value: &Json,
) -> Result<Json, Refusal> {
    let error = match key_of_known(context, attribute, value)? {
        Some(key) => {
            act(&key)?;
            Json::Null
        }
        None => json!(format!("`{}` is not known here", build::text(value))),
    };
    let mut result = json!({});
    if let Some(Results { id, error: place, .. }) = &context.call.results {
        let (id, place) = (id.as_ref(), place.as_ref());
        id.into_iter().for_each(|id| build::put(id, &mut result, value.clone()));
        place.into_iter().for_each(|place| build::put(place, &mut result, error.clone()));
    }
    Ok(result)
}

/// The record that a value names: by the key of this collection, else by the key of that name in another one of the system.
fn key_of_known(context: &RequestContext<'_>, attribute: usize, value: &Json) -> Result<Option<String>, Refusal> {
    let own = context.collection();
    let is_key = |collection: &Collection, at: usize| collection.key == Some(at);
    let named = &own.attributes[attribute].name;
    let mut above = context.store.system.collections.iter().filter(|collection| collection.name != own.name);
    let (collection, at) = match above.find_map(|other| Some((other, other.attribute(named).filter(|at| is_key(other, *at))?))) {
        Some(other) if !is_key(own, attribute) => other,
        _ if is_key(own, attribute) => (own, attribute),
        _ => return Ok(Some(build::text(value))),
    };
    let store = CollectionStore { collection, ..context.store };
    let value = collection.attributes[at].codec.read(Some(value)).unwrap_or(Value::Null);
    let found = store.find(&collection.attributes[at], &value)?;
    Ok(found.first().and_then(|record| key_of(collection, &record.json)))
}

/// The answer of a create that says where it has the key: nothing else is in it, unless it declares an `item`.
pub fn with_key(context: &RequestContext<'_>, answer: Answer, key: &Program, record: &Json) -> Answer {
    let mut body = match answer.body {
        super::answer::Body::Json(body) if context.call.item.is_some() => body,
        _ => Json::Null,
    };
    let attribute = context.collection().key.map(|at| &context.collection().attributes[at]);
    let found = attribute.and_then(|attribute| attribute.path.find_all(record).first().map(|key| (*key).clone())).unwrap_or_default();
    if let Some(path) = elements::place_of(key) {
        build::put(path, &mut body, found);
    }
    Answer { body: super::answer::Body::Json(body), ..answer }
}
