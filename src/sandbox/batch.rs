//! Calls for many records at once, with one result each.

use super::{
    answer::{Answer, Refusal, build},
    elements,
    request::{
        RequestContext, bodies,
        reverse::{self, Taken},
    },
    route::{base_path, decoded, typed},
    store::{CollectionStore, key_of},
    template::Pattern,
    write::add_addressed,
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Call, Collection},
    },
    value::Value,
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
        let found = context.store.by_key(key)?;
        found.iter().try_for_each(|record| Ok(context.store.remove(record.seq)?))
    })
}

fn of_each(context: &RequestContext<'_>, body: &[u8], act: &dyn Fn(&str) -> Result<(), Refusal>) -> Result<Answer, Refusal> {
    let taken = match made_of(context) {
        Some(made) => reverse::read(made, &bodies::json(body)?)?,
        None => addressed(context)?,
    };
    let largest = context.call.batch.as_ref().map_or(usize::MAX, |batch| batch.size);
    if context.collection().key.is_several() {
        return Ok(elements::answer(context, by_all_of_key(context, act, taken)?));
    }
    let columns = columns_of(taken);
    let column = naming(context, &columns).ok_or_else(names_none)?;
    if column.values.len() > largest {
        return Err(Refusal::invalid("invalidValue", format!("a call takes {largest} records at most")));
    }
    Ok(elements::answer(context, each_outcome(context, act, column)?))
}

/// The same of records that are named by several attributes: in the body, or for all of them in the address.
fn by_all_of_key(
    context: &RequestContext<'_>,
    act: &dyn Fn(&str) -> Result<(), Refusal>,
    taken: Taken,
) -> Result<Vec<elements::Done>, Refusal> {
    let collection = context.collection();
    let outcome = |one: Taken| {
        let mut record = bodies::record_of(collection, None, one);
        add_addressed(context, &mut record);
        let known = context.store.same_as(&record)?.and_then(|found| key_of(collection, &found.json));
        let done = known.map_or_else(|| Err(Refusal::not_found()), |key| act(&key));
        Ok((record, done))
    };
    taken.each.unwrap_or_default().into_iter().map(outcome).collect()
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
            None => Err(Refusal { message: format!("`{}` is not known here", build::text(value)), ..Refusal::not_found() }),
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
            let record = |taken| {
                let mut record = bodies::record_of(context.collection(), None, taken);
                add_addressed(context, &mut record);
                record
            };
            each.into_iter().map(record).collect()
        }
        None => sent.as_array().cloned().ok_or_else(|| Refusal::invalid("invalidSyntax", "the body holds no list of records"))?,
    };
    let largest = context.call.batch.as_ref().map_or(usize::MAX, |batch| batch.size);
    if records.len() > largest {
        return Err(Refusal::invalid("invalidValue", format!("a call takes {largest} records at most")));
    }
    let results = records.into_iter().map(|record| {
        let written = one(record.clone());
        (written.as_ref().unwrap_or(&record).clone(), written.map(|_| ()))
    });
    Ok(elements::answer(context, results.collect()))
}

fn names_none() -> Refusal {
    Refusal::invalid("invalidSyntax", "the request names no records")
}

/// The records that a query or the address names: `query "ids" = [id for each record] | join(",")`.
fn addressed(context: &RequestContext<'_>) -> Result<Taken, Refusal> {
    let (call, request) = (context.call, context.request);
    let base = context.store.system.http().map(|http| base_path(http, context.scope)).unwrap_or_default();
    let queries = call.queries.iter().map(|query| (&query.value, Pattern::of(&query.value), request.query(&query.name)));
    let path = std::iter::once((&call.path, Pattern::of_path(&base, &call.path), Some(request.path)));
    let mut named = queries.chain(path).filter_map(|(program, pattern, text)| Some((program, pattern.list(text?)?.to_owned())));
    let (program, text) = named.next().ok_or_else(names_none)?;
    let text = if std::ptr::eq(program, &call.path) { decoded(&text) } else { text };
    let (one, separator) = joined_by(program).ok_or_else(names_none)?;
    let values = text.split(&*separator).filter(|value| !value.is_empty());
    let each = values.map(|value| Ok(typed_values(context, reverse::read(one, &value.into())?)));
    Ok(Taken { each: Some(each.collect::<Result<_, Refusal>>()?), ..Taken::default() })
}

/// What a text has for each record, and what is between two of them.
fn joined_by(program: &Program) -> Option<(&Program, String)> {
    let parts = || program.parts().into_iter();
    let one = parts().find_map(|part| if let Program::Each(one) = part { Some(&**one) } else { None })?;
    let join = parts().find_map(|part| if let Program::Apply { function: "join", apply, .. } = part { Some(apply) } else { None });
    let two = join.and_then(|join| join(&Value::list(vec![Value::text("a"), Value::text("a")])).ok());
    let separator = two.and_then(|two| Some(two.as_text()?.trim_matches('a').to_owned())).filter(|between| !between.is_empty());
    Some((one, separator.unwrap_or_else(|| ",".to_owned())))
}

/// Values that came as texts, as their attributes hold them.
fn typed_values(context: &RequestContext<'_>, taken: Taken) -> Taken {
    let as_held = |(name, value): (Name, Json)| {
        let made = match (&name, &value) {
            (Name::Own(at), Json::String(text)) => {
                let attribute = &context.collection().attributes[*at];
                typed(&attribute.ty.kind, text).and_then(|value| attribute.codec.write(&value).ok())
            }
            _ => None,
        };
        (name, made.unwrap_or(value))
    };
    Taken { values: taken.values.into_iter().map(as_held).collect(), ..taken }
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

/// The column that says which records are meant: the one that the results name, else the key, else the first.
fn naming<'c>(context: &RequestContext<'_>, columns: &'c [Column]) -> Option<&'c Column> {
    let named = context.call.each.iter().find_map(|each| if let Program::Name(Name::Own(at)) = each.own { Some(at) } else { None });
    let of = |attribute: Option<usize>| columns.iter().find(|column| Some(column.attribute) == attribute);
    of(named).or_else(|| of(context.collection().key.alone())).or_else(|| columns.first())
}

/// The record that a value names: by the key of this collection, else by the key of that name in another one of the system.
fn key_of_known(context: &RequestContext<'_>, attribute: usize, value: &Json) -> Result<Option<String>, Refusal> {
    let own = context.collection();
    let is_key = |collection: &Collection, at: usize| collection.key.alone() == Some(at);
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
pub fn with_key(collection: &Collection, call: &Call, answer: Answer, key: &Program, record: &Json) -> Answer {
    let mut body = match answer.body {
        super::answer::Body::Json(body) if call.item.is_some() => body,
        _ => Json::Null,
    };
    let attribute = collection.key.alone().map(|at| &collection.attributes[at]);
    let found = attribute.and_then(|attribute| attribute.path.find_all(record).first().map(|key| (*key).clone())).unwrap_or_default();
    if let Some(path) = elements::place_of(key) {
        build::put(path, &mut body, found);
    }
    Answer { body: super::answer::Body::Json(body), ..answer }
}
