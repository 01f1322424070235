//! Creates, updates and deletes, with the checks that the declaration names.

use super::{
    answer::Refusal,
    scim,
    seed::{assign_key, key_of},
    store::{Record, Shelf, read},
};
use crate::{
    plan::{
        program::{Name, Program},
        system::{Attribute, BodyFormat, Call, Collection, Direction},
    },
    value::{Kind, Value, path::Found},
};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// Creates a record from a body; gives its key and the record as it is then.
pub fn create(shelf: Shelf<'_>, body: &Json) -> Result<(String, Json), Refusal> {
    if !body.is_object() {
        return Err(Refusal::invalid("invalidSyntax", "the body is no object"));
    }
    let mut record = incoming(shelf.collection, body.clone());
    keep_read_only(shelf.collection, None, &mut record);
    check(shelf, None, &record)?;
    let effects = take_write_only(shelf.collection, &mut record);
    let key = match key_of(shelf.collection, &record) {
        Some(key) => key,
        None => assign_key(shelf, &mut record)?,
    };
    stamp(shelf, &mut record, 1, true);
    shelf.put(&key, &record)?;
    effects.iter().try_for_each(|effect| shelf.effect(&key, effect))?;
    Ok((key, record))
}

/// Changes a record by a body; gives the record as it is then.
pub fn update(shelf: Shelf<'_>, call: &Call, before: &Record, body: &Json) -> Result<Json, Refusal> {
    let mut after = match call.body.as_ref().map(|body| &body.format) {
        Some(BodyFormat::ScimPatch) => scim::patch(&before.json, body)?,
        _ => merged(before.json.clone(), incoming(shelf.collection, body.clone()))?,
    };
    after = incoming(shelf.collection, after);
    keep_read_only(shelf.collection, Some(&before.json), &mut after);
    check(shelf, Some(&before.json), &after)?;
    let effects = take_write_only(shelf.collection, &mut after);
    let key = key_of(shelf.collection, &before.json).unwrap_or_else(|| before.seq.to_string());
    stamp(shelf, &mut after, before.version + 1, false);
    shelf.put(&key, &after)?;
    effects.iter().try_for_each(|effect| shelf.effect(&key, effect))?;
    Ok(after)
}

/// Refuses a write that was made for an older version of the record.
pub fn check_version(shelf: Shelf<'_>, record: &Record, if_match: Option<&str>) -> Result<(), Refusal> {
    let (Some(wanted), Some(attribute)) = (if_match, version_of(shelf.collection)) else { return Ok(()) };
    match read(attribute, &record.json) {
        Value::Text(version) if wanted == "*" || wanted == version => Ok(()),
        _ => Err(Refusal::stale()),
    }
}

/// The attribute that is sent as `If-Match`.
pub fn version_of(collection: &Collection) -> Option<&Attribute> {
    let header = collection.update.iter().flat_map(|call| &call.headers).find(|header| header.name.eq_ignore_ascii_case("If-Match"))?;
    match header.value {
        Program::Name(Name::Own(attribute)) => collection.attributes.get(attribute),
        _ => None,
    }
}

/// A body with everything where it is read, not where it is written.
fn incoming(collection: &Collection, mut body: Json) -> Json {
    for attribute in &collection.attributes {
        if let Some(written_at) = &attribute.written_at
            && let Found::One(value) = written_at.find(&body)
        {
            let value = value.clone();
            written_at.remove(&mut body);
            attribute.path.place(&mut body, value);
        }
        be_tolerant(attribute, &mut body);
    }
    body
}

/// Some clients send `"False"` for `false`; servers take it.
fn be_tolerant(attribute: &Attribute, body: &mut Json) {
    let Found::One(Json::String(text)) = attribute.path.find(body) else { return };
    let truth = text.to_ascii_lowercase().parse::<bool>();
    if let (Kind::Bool, true, Ok(truth)) = (&attribute.ty.kind, attribute.codec.forms.is_empty(), truth) {
        attribute.path.place(body, json!(truth));
    }
}

/// A merge by members: lists and plain values are replaced, `null` is kept.
fn merged(mut record: Json, body: Json) -> Result<Json, Refusal> {
    let Json::Object(new) = body else { return Err(Refusal::invalid("invalidSyntax", "the body is no object")) };
    if let Json::Object(fields) = &mut record {
        merge(fields, new);
    }
    Ok(record)
}

fn merge(fields: &mut Map<String, Json>, new: Map<String, Json>) {
    for (name, value) in new {
        match (fields.get_mut(&name), value) {
            (Some(Json::Object(old)), Json::Object(new)) => merge(old, new),
            (_, value) => drop(fields.insert(name, value)),
        }
    }
}

/// What is read only stays as it was, whatever the body says.
fn keep_read_only(collection: &Collection, before: Option<&Json>, record: &mut Json) {
    let read_only =
        collection.attributes.iter().filter(|attribute| attribute.direction == Direction::ReadOnly && attribute.path.is_writable());
    for attribute in read_only {
        match before.map(|before| attribute.path.find(before)) {
            Some(Found::One(value)) => attribute.path.place(record, value.clone()),
            _ => attribute.path.remove(record),
        }
    }
}

/// Takes out what can't be read back, and tells what it did to the person.
fn take_write_only(collection: &Collection, record: &mut Json) -> Vec<String> {
    let mut effects = Vec::new();
    for attribute in collection.attributes.iter().filter(|attribute| attribute.direction == Direction::WriteOnly) {
        let value = read(attribute, record);
        let asked = !value.is_missing() && value != Value::Bool(false);
        effects.extend(attribute.effect.clone().filter(|_| asked));
        attribute.path.remove(record);
    }
    effects
}

fn check(shelf: Shelf<'_>, before: Option<&Json>, after: &Json) -> Result<(), Refusal> {
    let written = shelf.collection.attributes.iter().filter(|attribute| attribute.direction != Direction::ReadOnly);
    for attribute in written {
        let same = before.is_some_and(|before| attribute.path.find(before) == attribute.path.find(after));
        if !same {
            check_one(shelf, attribute, before, after)?;
        }
    }
    Ok(())
}

fn check_one(shelf: Shelf<'_>, attribute: &Attribute, before: Option<&Json>, after: &Json) -> Result<(), Refusal> {
    let name = &attribute.name;
    if attribute.create_only && before.is_some() {
        return Err(Refusal::invalid("mutability", format!("{name} can be given to a new record only")));
    }
    let value = match attribute.path.find(after) {
        Found::One(Json::Null) | Found::Nothing => Value::Null,
        Found::One(json) => {
            attribute.codec.read(Some(json)).map_err(|fault| Refusal::invalid("invalidValue", format!("{name} {}", fault.message)))?
        }
        Found::Several(count) => return Err(Refusal::invalid("invalidValue", format!("{name} is given {count} times"))),
    };
    if value.is_missing() {
        let required = !attribute.ty.optional && attribute.direction == Direction::Both;
        return if required { Err(Refusal::invalid("invalidValue", format!("{name} is required"))) } else { Ok(()) };
    }
    check_rules(attribute, &value)?;
    check_unique(shelf, attribute, &value, before)
}

fn check_rules(attribute: &Attribute, value: &Value) -> Result<(), Refusal> {
    let wrong = |what: &str| Err(Refusal::invalid("invalidValue", format!("{} {what}", attribute.name)));
    if let Some(text) = value.as_text() {
        let limit = attribute.up_to.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        if text.chars().count() > limit {
            return wrong(&format!("is longer than {limit} characters"));
        }
        if attribute.matches.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
            return wrong("has characters that are not allowed");
        }
    }
    if !attribute.one_of.is_empty() && !attribute.one_of.contains(value) {
        return wrong("is not on the list of what it may be");
    }
    Ok(())
}

fn check_unique(shelf: Shelf<'_>, attribute: &Attribute, value: &Value, before: Option<&Json>) -> Result<(), Refusal> {
    if !attribute.unique {
        return Ok(());
    }
    let own = before.and_then(|before| key_of(shelf.collection, before));
    let others = shelf.find(attribute, value)?;
    let taken = others.iter().any(|other| own.is_none() || key_of(shelf.collection, &other.json) != own);
    if taken { Err(Refusal::conflict(format!("{} is taken", attribute.name))) } else { Ok(()) }
}

/// Notes when a record was written, and which version it is.
fn stamp(shelf: Shelf<'_>, record: &mut Json, version: i64, new: bool) {
    let now = Value::DateTime(Timestamp::now());
    if let Some(changed) = shelf.collection.changed.map(|changed| &shelf.collection.attributes[changed])
        && let Ok(written) = changed.codec.write(&now)
    {
        changed.path.place(record, written);
    }
    if shelf.system.speaks_scim() && record.is_object() {
        let time = json!(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        if new {
            record["meta"]["created"] = time.clone();
        }
        record["meta"]["lastModified"] = time;
    }
    if let Some(attribute) = version_of(shelf.collection) {
        attribute.path.place(record, json!(format!("W/\"{version}\"")));
    }
}
