//! Lists, look-ups and single records, in the declared envelope.

use super::pages::{Cut, Window};
use crate::{
    compile::{
        program::Name,
        system::{BodyFormat, Call, Collection, Ends, WireFormat},
    },
    sandbox::{
        answer::{Answer, Body, Refusal, build, place},
        request::Turn,
        store::{Record, Shelf, key_of, read},
    },
    value::Value,
};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// The records of a list that a request asks for.
pub fn list(turn: &Turn<'_>) -> Result<Answer, Refusal> {
    let parent = parent(turn)?;
    let since = turn.told.get(&Name::Since).map(instant).transpose()?;
    let window = Window::of(turn)?;
    if parent.is_none() && since.is_none() {
        let records = turn.shelf.page(window.offset, window.size)?;
        return Ok(envelope(turn, &window, Cut { total: turn.shelf.count()?, records: jsons(records) }));
    }
    let mut records = match parent {
        Some(parent) => turn.shelf.below(&parent)?,
        None => turn.shelf.page(0, i64::MAX)?,
    };
    if let Some(since) = since {
        keep_changed_since(turn.collection(), &mut records, since);
    }
    let cut = window.cut(jsons(records));
    Ok(envelope(turn, &window, cut))
}

fn jsons(records: Vec<Record>) -> Vec<Json> {
    records.into_iter().map(|record| record.json).collect()
}

/// The key of the record that the list stands below, if it stands below one.
fn parent(turn: &Turn<'_>) -> Result<Option<String>, Refusal> {
    let Some(above) = turn.call.for_each.map(|at| &turn.shelf.system.collections[at]) else { return Ok(None) };
    let (attribute, value) = turn.told.parent(above).ok_or_else(Refusal::not_found)?;
    let shelf = Shelf { collection: above, ..turn.shelf };
    let found = shelf.find(&above.attributes[attribute], &value)?;
    let key = found.first().and_then(|record| key_of(above, &record.json));
    key.map(Some).ok_or_else(Refusal::not_found)
}

/// The records that a look-up finds.
pub fn found(turn: &Turn<'_>, attribute: usize) -> Result<Answer, Refusal> {
    let value = turn.told.own(turn.collection()).map_or(Value::Null, |(_, value)| value);
    let records = turn.shelf.find(&turn.collection().attributes[attribute], &value)?;
    let window = Window::of(turn)?;
    let cut = window.cut(jsons(records));
    Ok(envelope(turn, &window, cut))
}

/// One record, as a single read or a write gives it back.
pub fn one(turn: &Turn<'_>, status: u16, record: &Json) -> Answer {
    let mut included = Vec::new();
    let record = turn.shape(turn.format()).of(record.clone(), &mut included);
    let mut body = Json::Null;
    match &turn.call.item {
        Some(item) => build::put(item, &mut body, record),
        None => body = rooted(turn.call, turn.format(), record),
    }
    add_included(turn, &mut body, included);
    Answer::json(status, body)
}

/// A record where nothing says at which path it is answered: alone, but an XML document has a root and JSON:API its `data`.
pub fn rooted(call: &Call, format: WireFormat, record: Json) -> Json {
    match (call.body.as_ref().map(|body| &body.format), format) {
        (Some(BodyFormat::Xml(root) | BodyFormat::XmlDiff(root)), _) => Json::Object(Map::from_iter([(root.clone(), record)])),
        (_, WireFormat::JsonApi) => json!({ "data": record }),
        _ => record,
    }
}

fn add_included(turn: &Turn<'_>, body: &mut Json, included: Vec<Json>) {
    if turn.format() == WireFormat::JsonApi && !turn.told.includes.is_empty() && body.is_object() {
        body["included"] = Json::Array(included);
    }
}

fn envelope(turn: &Turn<'_>, window: &Window, cut: Cut) -> Answer {
    let ended = turn.call.ends.iter().find_map(|ends| if let Ends::OnStatus(status) = ends { Some(*status) } else { None });
    if let Some(status) = ended.filter(|_| cut.records.is_empty()) {
        return Answer { status, ..Answer::default() };
    }
    let (received, total) = (cut.records.len(), cut.total);
    let mut included = Vec::new();
    let records: Vec<_> = cut.records.into_iter().map(|record| turn.shape(turn.format()).of(record, &mut included)).collect();
    let mut body = if turn.shelf.system.speaks_scim() { scim_list(window.first, received, total) } else { Json::Null };
    match &turn.call.items {
        Some(items) => build::put_items(items, &mut body, records),
        None => body = Json::Array(records),
    }
    add_included(turn, &mut body, included);
    let mut answer = Answer { status: 200, headers: Vec::new(), body: Body::Json(body) };
    if let Some(at) = turn.call.total.as_ref().filter(|_| turn.told.asked_all) {
        place(at, json!(total), &mut answer);
    }
    window.lead_on(turn, received, total, &mut answer);
    answer
}

fn scim_list(first: i64, received: usize, total: i64) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total, "startIndex": first, "itemsPerPage": received })
}

fn instant(text: &str) -> Result<Timestamp, Refusal> {
    let civil = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let instant = text.parse().ok().or_else(|| Some(civil()?.timestamp()));
    instant.ok_or_else(|| Refusal::invalid("invalidFilter", format!("`{text}` is no time")))
}

/// By the attribute that tells the newest; where the record does not say, by when it was written here. The oldest change comes first.
fn keep_changed_since(collection: &Collection, records: &mut Vec<Record>, since: Timestamp) {
    let attribute = collection.changed.map(|changed| &collection.attributes[changed]);
    let changed = |record: &Record| match attribute.map(|attribute| read(attribute, &record.json)) {
        Some(Value::DateTime(at)) => at,
        _ => record.changed,
    };
    records.retain(|record| changed(record) >= since);
    records.sort_by_key(changed);
}
