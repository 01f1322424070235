//! Lists, look-ups and single records, in the declared envelope.

use super::{
    marks,
    pages::{Cut, Window},
    shown,
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{BodyFormat, Call, Collection, Outcome, WireFormat},
    },
    sandbox::{
        answer::{Answer, Body, Refusal, build, inverse, place, solve},
        below::{self, ParentRecord},
        elements,
        request::RequestContext,
        store::{CollectionStore, Record, key_of, read},
    },
    value::{
        Value, csv,
        path::{JsonPath, Step},
    },
};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// The records of a list that a request asks for.
pub fn list(context: &RequestContext<'_>) -> Result<Answer, Refusal> {
    if let Some(answer) = marks::increment(context)? {
        return Ok(answer);
    }
    let parent = parent(context)?;
    let since = context.params.get(&Name::Since).filter(|_| context.call.since.is_none()).map(instant).transpose()?;
    let window = Window::of(context)?;
    if parent.is_none() && since.is_none() && context.call.shows.is_none() {
        let records = context.store.page(window.offset, window.size)?;
        return Ok(envelope(context, &window, Cut { total: context.store.count()?, records: jsons(records) }));
    }
    let mut records = match &parent {
        Some(parent) if !below::is_said(context.call) => context.store.below(parent)?,
        _ => context.store.page(0, i64::MAX)?,
    };
    if let Some(condition) = &context.call.shows {
        let above = above(context).zip(parent).map(|(above, key)| ParentRecord::of(context.store, above, &key)).transpose()?;
        records.retain(|record| shown::shows(context, condition, &record.json, above.as_ref()));
    }
    if let Some(since) = since {
        keep_changed_since(context.collection(), &mut records, since);
    }
    let cut = window.cut(jsons(records));
    Ok(envelope(context, &window, cut))
}

fn jsons(records: Vec<Record>) -> Vec<Json> {
    records.into_iter().map(|record| record.json).collect()
}

/// The key of the record that the list is nested in, if it is nested.
fn parent(context: &RequestContext<'_>) -> Result<Option<String>, Refusal> {
    let Some(above) = above(context) else { return Ok(None) };
    let named: Vec<_> = context.params.parents(above).collect();
    let (attribute, value) = named.first().ok_or_else(Refusal::not_found)?;
    let store = CollectionStore { collection: above, ..context.store };
    let mut found = store.find(&above.attributes[*attribute], value)?;
    found.retain(|record| named.iter().all(|(at, value)| read(&above.attributes[*at], &record.json) == *value));
    let key = found.first().and_then(|record| key_of(above, &record.json));
    key.map(Some).ok_or_else(Refusal::not_found)
}

fn above<'a>(context: &RequestContext<'a>) -> Option<&'a Collection> {
    context.call.for_each.map(|at| &context.store.system.collections[at])
}

/// The records that a look-up finds.
pub fn found(context: &RequestContext<'_>, attribute: usize) -> Result<Answer, Refusal> {
    let value = context.params.own(context.collection()).map_or(Value::Null, |(_, value)| value);
    let records = context.store.find(&context.collection().attributes[attribute], &value)?;
    let window = Window::of(context)?;
    let cut = window.cut(jsons(records));
    Ok(envelope(context, &window, cut))
}

/// One record, as a single read or a write gives it back.
pub fn one(context: &RequestContext<'_>, status: u16, record: &Json) -> Answer {
    let mut included = Vec::new();
    let record = context.shape(context.format()).of(record.clone(), &mut included);
    let mut body = match &context.call.item {
        Some(item) => inverse::with_record(item, record),
        None => rooted(context.call, context.format(), record),
    };
    add_included(context, &mut body, included);
    context.proved(Answer::json(status, body))
}

/// A record where nothing says at which path it is answered: alone, but an XML document has a root and JSON:API its `data`.
pub fn rooted(call: &Call, format: WireFormat, record: Json) -> Json {
    match (call.body.as_ref().map(|body| &body.format), format) {
        (Some(BodyFormat::Xml(root) | BodyFormat::XmlDiff(root)), _) => Json::Object(Map::from_iter([(root.clone(), record)])),
        (_, WireFormat::JsonApi) => json!({ "data": record }),
        _ => record,
    }
}

/// The members of a record that its attributes read.
pub fn columns(collection: &Collection) -> Vec<String> {
    let first = |path: &JsonPath| match path.steps.as_deref() {
        Some([Step::Name(name)]) => Some(name.clone()),
        _ => None,
    };
    collection.attributes.iter().filter_map(|attribute| first(&attribute.path)).collect()
}

fn add_included(context: &RequestContext<'_>, body: &mut Json, included: Vec<Json>) {
    if context.format() == WireFormat::JsonApi && !context.params.includes.is_empty() && body.is_object() {
        body["included"] = Json::Array(included);
    }
}

fn envelope(context: &RequestContext<'_>, window: &Window, cut: Cut) -> Answer {
    if let Some(ended) = ended_by_status(context.call).filter(|_| cut.records.is_empty()) {
        return ended;
    }
    let (received, total) = (cut.records.len(), cut.total);
    let mut answer = listed(context, window.first, total, cut.records.into_iter().map(Listed::Record).collect());
    window.lead_on(context, received, total, &mut answer);
    let mut answer = context.proved(answer);
    if context.format() == WireFormat::Csv && matches!(&answer.body, Body::Json(Json::Array(records)) if records.is_empty()) {
        answer.body = Body::Text(header(context.collection()));
    }
    answer
}

/// A table without rows: a page of CSV has its header, also one without records.
fn header(collection: &Collection) -> String {
    let (names, mut line) = (columns(collection), Vec::new());
    csv::write(names.iter().map(String::as_str), b',', &mut line);
    String::from_utf8(line).unwrap_or_default()
}

/// What an element of a list is about.
pub enum Listed {
    Record(Json),
    /// Of a record that was removed: its key.
    Removed(Json),
}

/// The answer with these elements, without what follows it.
pub fn listed(context: &RequestContext<'_>, first: i64, total: i64, elements: Vec<Listed>) -> Answer {
    let (received, mut included) = (elements.len(), Vec::new());
    let mut shaped = |record| context.shape(context.format()).of(as_listed(context.collection(), record), &mut included);
    let records: Vec<_> = elements
        .into_iter()
        .map(|one| match one {
            Listed::Record(record) => elements::shown(context.call, shaped(record)),
            Listed::Removed(key) => elements::removed(context.call, key),
        })
        .collect();
    let mut body = if context.store.system.speaks_scim() { scim_list(first, received, total) } else { Json::Null };
    inverse::give_list(&mut body, context.call.items.as_ref(), records, &columns(context.collection()));
    add_included(context, &mut body, included);
    let mut answer = Answer { status: 200, headers: Vec::new(), body: Body::Json(body) };
    if let Some(at) = context.call.total.as_ref().filter(|_| context.params.asked_all) {
        place(at, json!(total), &mut answer);
    }
    answer
}

/// A record without what `get` alone shows.
fn as_listed(collection: &Collection, mut record: Json) -> Json {
    let hidden = collection.attributes.iter().filter(|attribute| attribute.from_get);
    hidden.flat_map(|attribute| attribute.path.alternatives()).for_each(|path| build::take(path, &mut record));
    record
}

/// The answer that says by its status that there is no further page, if one does.
fn ended_by_status(call: &Call) -> Option<Answer> {
    call.rules.of(Outcome::LastPage).find_map(ending)
}

/// The answer without records by whose status a rule ends a list; `None` for a rule about the content of a page.
pub fn ending(when: &Program) -> Option<Answer> {
    let mut answer = Answer::default();
    let is_made = when.uses(|name| *name == Name::Status) && solve::make(&mut answer, when, true);
    (is_made && !matches!(answer.status, 0 | 200)).then_some(answer)
}

fn scim_list(first: i64, received: usize, total: i64) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total, "startIndex": first, "itemsPerPage": received })
}

fn instant(text: &str) -> Result<Timestamp, Refusal> {
    let civil = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let instant = text.parse().ok().or_else(|| Some(civil()?.timestamp()));
    instant.ok_or_else(|| Refusal::invalid("invalidFilter", format!("`{text}` is not a time")))
}

/// By the attribute that says which is newest; where the record does not say, by when it was written here. The oldest change comes first.
fn keep_changed_since(collection: &Collection, records: &mut Vec<Record>, since: Timestamp) {
    let attribute = collection.changed.map(|changed| &collection.attributes[changed]);
    let changed = |record: &Record| match attribute.map(|attribute| read(attribute, &record.json)) {
        Some(Value::DateTime(at)) => at,
        _ => record.changed,
    };
    records.retain(|record| changed(record) >= since);
    records.sort_by_key(changed);
}
