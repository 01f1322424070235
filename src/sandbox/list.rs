//! Lists, look-ups and single records, in the declared envelope.

use super::{
    answer::{Answer, Body, Refusal, place, place_at},
    route::Told,
    store::{Shelf, read},
};
use crate::{
    plan::{
        program::Name,
        system::{Call, Collection, Page},
    },
    value::Value,
};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// The records of a list that a request asks for.
pub fn list(shelf: Shelf<'_>, call: &Call, told: &Told) -> Result<Answer, Refusal> {
    let stretch = Stretch::of(call.page.as_ref(), told)?;
    let (total, records) = match told.get(&Name::Since) {
        Some(since) => stretch.cut(changed_since(shelf, instant(since)?)?),
        None => (shelf.count()?, shelf.page(stretch.offset, stretch.size)?),
    };
    Ok(envelope(shelf, call, told, records, total, stretch.first))
}

/// The records that a look-up finds.
pub fn found(shelf: Shelf<'_>, call: &Call, told: &Told, attribute: usize) -> Result<Answer, Refusal> {
    let value = told.own(shelf.collection).map_or(Value::Null, |(_, value)| value);
    let records = shelf.find(&shelf.collection.attributes[attribute], &value)?;
    let (total, records) = Stretch::of(call.page.as_ref(), told)?.cut(records.into_iter().map(|record| record.json).collect());
    Ok(envelope(shelf, call, told, records, total, 1))
}

/// One record, as a single read or a write gives it back.
pub fn one(collection: &Collection, call: &Call, told: &Told, status: u16, record: &Json) -> Answer {
    let record = chosen(collection, told, record.clone());
    match &call.item {
        Some(item) => {
            let mut body = Json::Object(Map::new());
            place_at(item, &mut body, record);
            Answer::json(status, body)
        }
        None => Answer::json(status, record),
    }
}

fn envelope(shelf: Shelf<'_>, call: &Call, told: &Told, records: Vec<Json>, total: i64, first: i64) -> Answer {
    let records: Vec<_> = records.into_iter().map(|record| chosen(shelf.collection, told, record)).collect();
    let mut body = if shelf.system.speaks_scim() { scim_list(first, records.len(), total) } else { Json::Object(Map::new()) };
    match &call.items {
        Some(items) => place_at(items, &mut body, Json::Array(records)),
        None => body = Json::Array(records),
    }
    let mut answer = Answer { status: 200, headers: Vec::new(), body: Body::Json(body) };
    if let Some(at) = call.total.as_ref().filter(|_| told.asked_all) {
        place(at, json!(total), &mut answer);
    }
    answer
}

fn scim_list(first: i64, received: usize, total: i64) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total, "startIndex": first, "itemsPerPage": received })
}

/// The stretch of a list that one page is.
struct Stretch {
    offset: i64,
    size: i64,
    /// As the client counts.
    first: i64,
}

impl Stretch {
    /// What the page parameters ask for: never more than the declared size, from its beginning if they are not given.
    fn of(page: Option<&Page>, told: &Told) -> Result<Self, Refusal> {
        let Some(page) = page else { return Ok(Self { offset: 0, size: i64::MAX, first: 0 }) };
        let from = i64::try_from(page.from).unwrap_or(i64::MAX);
        let largest = i64::try_from(page.size).unwrap_or(i64::MAX);
        let size = number(told, &Name::PageSize)?.unwrap_or(largest).clamp(0, largest);
        let place = number(told, &Name::PageNumber)?.map(|page| (page - from).max(0) * size);
        let offset = number(told, &Name::PageOffset)?.map(|offset| (offset - from).max(0));
        let offset = offset.or(place).unwrap_or(0);
        Ok(Self { offset, size, first: offset + from })
    }

    fn cut(&self, records: Vec<Json>) -> (i64, Vec<Json>) {
        let position = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let total = i64::try_from(records.len()).unwrap_or(i64::MAX);
        (total, records.into_iter().skip(position(self.offset)).take(position(self.size)).collect())
    }
}

fn number(told: &Told, name: &Name) -> Result<Option<i64>, Refusal> {
    let read = |text: &str| text.trim().parse().map_err(|_| Refusal::invalid("invalidSyntax", format!("`{text}` is no number of a page")));
    told.get(name).map(read).transpose()
}

fn instant(text: &str) -> Result<Timestamp, Refusal> {
    let civil = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let instant = text.parse().ok().or_else(|| Some(civil()?.timestamp()));
    instant.ok_or_else(|| Refusal::invalid("invalidFilter", format!("`{text}` is no time")))
}

fn changed_since(shelf: Shelf<'_>, since: Timestamp) -> Result<Vec<Json>, Refusal> {
    let changed = shelf.collection.changed.map(|changed| &shelf.collection.attributes[changed]);
    let mut records = shelf.page(0, i64::MAX)?;
    records.retain(|record| match changed.map(|changed| read(changed, record)) {
        Some(Value::DateTime(at)) => at >= since,
        _ => true,
    });
    Ok(records)
}

/// The record with the fields that were asked for: what names it, if none were.
fn chosen(collection: &Collection, told: &Told, record: Json) -> Json {
    if !told.chooses_fields {
        return record;
    }
    let names = told.fields.clone().unwrap_or_else(|| short(collection));
    let mut choice = Json::Object(Map::new());
    for name in names {
        let path = collection
            .attributes
            .iter()
            .find(|attribute| attribute.asked_as.as_ref() == Some(&name))
            .map(|attribute| attribute.path.dotted());
        let path = path.unwrap_or(name);
        copy(&record, &mut choice, &path.split('.').collect::<Vec<_>>());
    }
    choice
}

fn short(collection: &Collection) -> Vec<String> {
    collection.key.iter().map(|key| collection.attributes[*key].path.dotted()).collect()
}

/// Copies what stands at a dotted path; in each element where a list is on the way.
fn copy(from: &Json, to: &mut Json, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    let Some(value) = from.get(name) else { return };
    let slot = &mut to[*name];
    match value {
        value if rest.is_empty() => *slot = value.clone(),
        Json::Array(items) => copy_each(items, slot, rest),
        Json::Object(_) => {
            if !slot.is_object() {
                *slot = Json::Object(Map::new());
            }
            copy(value, slot, rest);
        }
        _ => *slot = value.clone(),
    }
}

fn copy_each(items: &[Json], slot: &mut Json, rest: &[&str]) {
    if !slot.is_array() {
        *slot = Json::Array(vec![Json::Object(Map::new()); items.len()]);
    }
    for (at, item) in items.iter().enumerate() {
        copy(item, &mut slot[at], rest);
    }
}
