//! Creates, updates and deletes, with the checks that the declaration names.

pub(crate) mod diff;
mod listed;
pub(crate) mod parts;
pub(crate) mod scim;
use super::{
    answer::{Refusal, build},
    request::{RequestContext, bodies},
    seed::assign_key,
    store::{CollectionStore, Record, key_of, read},
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Attribute, BodyFormat, Collection, Direction, Repeat, WireFormat},
    },
    systems::formats::lists::Lists,
    value::{
        Kind, Span, Value,
        path::{Found, JsonPath},
    },
};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

/// A record after a create.
pub struct Created {
    pub key: String,
    pub json: Json,
    /// It existed already, and the create was a duplicate that the vendor discards.
    pub known: bool,
}

/// Creates a record from a body.
pub fn create(context: &RequestContext<'_>, body: &[u8]) -> Result<Created, Refusal> {
    let mut record = bodies::record(context.collection(), None, context.call, &record_lists(context), body)?;
    add_addressed(context, &mut record);
    create_one(context, record)
}

/// What the address and the queries name of a new record is part of it.
pub fn add_addressed(context: &RequestContext<'_>, record: &mut Json) {
    let collection = context.collection();
    for (at, value) in context.params.owns(collection) {
        let attribute = &collection.attributes[at];
        if let (Found::Nothing, Ok(json)) = (attribute.path.find(record), attribute.codec.write(&value)) {
            build::put(&attribute.path, record, json);
        }
    }
}

/// Creates a record.
pub fn create_one(context: &RequestContext<'_>, record: Json) -> Result<Created, Refusal> {
    let store = context.store;
    if !record.is_object() {
        return Err(Refusal::invalid("invalidSyntax", "a record is not an object"));
    }
    let mut record = incoming(store.collection, record);
    keep_read_only(store.collection, None, &mut record);
    if let Some(known) = double(context, &record)? {
        return Ok(known);
    }
    check(store, None, &record)?;
    let effects = take_write_only(store.collection, &mut record);
    let key = match key_of(store.collection, &record) {
        Some(key) if store.collection.key.is_several() && store.by_key(&key)?.is_some() => {
            return Err(Refusal::conflict(format!("there is a record {key} already")));
        }
        Some(key) => key,
        None if store.collection.key.is_several() => {
            return Err(Refusal::invalid("invalidValue", format!("a record needs {}", store.collection.key_name())));
        }
        None => assign_key(store, &mut record)?,
    };
    listed::put_in_a_list(context, &mut record);
    fill(context, &key, &mut record);
    stamp(store, &mut record, 1, true);
    store.put(&key, &record)?;
    effects.iter().try_for_each(|effect| store.effect(&key, effect))?;
    Ok(Created { key, json: record, known: false })
}

/// The record that a create would double, where the vendor drops doubles by an attribute.
fn double(context: &RequestContext<'_>, record: &Json) -> Result<Option<Created>, Refusal> {
    let Repeat::Declared(Some(by)) = context.call.repeat else { return Ok(None) };
    let attribute = &context.collection().attributes[by];
    let value = read(attribute, record);
    if value.is_missing() {
        return Ok(None);
    }
    let known = context.store.find(attribute, &value)?.into_iter().next();
    Ok(known.map(|record| Created { key: key_or_number(context.store, &record), json: record.json, known: true }))
}

fn key_or_number(store: CollectionStore<'_>, record: &Record) -> String {
    key_of(store.collection, &record.json).unwrap_or_else(|| record.seq.to_string())
}

/// Changes a record by a body; gives the record as it is then.
pub fn update(context: &RequestContext<'_>, before: &Record, body: &[u8]) -> Result<Json, Refusal> {
    let (store, lists) = (context.store, record_lists(context));
    let after = match context.call.body.as_ref().map(|body| &body.format) {
        Some(BodyFormat::ScimPatch) => scim::patch(&before.json, &bodies::json(body)?)?,
        Some(BodyFormat::XmlDiff(root)) => diff::apply(root, &before.json, body, &lists)?,
        _ => {
            let new = incoming(store.collection, bodies::record(context.collection(), None, context.call, &lists, body)?);
            match bodies::replaces_all(context.call) {
                true => kept_identity(context, before, new),
                false => bodies::merged(&before.json, new, &context.call.replaces),
            }
        }
    };
    let mut after = incoming(store.collection, after);
    keep_read_only(store.collection, Some(&before.json), &mut after);
    save(context, before, after)
}

/// Changes the record that a record of a batch names by its key.
pub fn update_one(context: &RequestContext<'_>, record: Json) -> Result<Json, Refusal> {
    let store = context.store;
    let new = incoming(store.collection, record);
    let before = store.same_as(&new)?.ok_or_else(Refusal::not_found)?;
    let mut after = bodies::merged(&before.json, new, &context.call.replaces);
    keep_read_only(store.collection, Some(&before.json), &mut after);
    save(context, &before, after)
}

/// Stores a changed record if no check refuses it.
pub fn save(context: &RequestContext<'_>, before: &Record, mut after: Json) -> Result<Json, Refusal> {
    let store = context.store;
    check(store, Some(&before.json), &after)?;
    let effects = take_write_only(store.collection, &mut after);
    let key = key_or_number(store, before);
    fill(context, &key, &mut after);
    stamp(store, &mut after, before.version + 1, false);
    store.put(&key, &after)?;
    effects.iter().try_for_each(|effect| store.effect(&key, effect))?;
    Ok(after)
}

/// A record that takes another's place keeps its key, its parts, which have calls of their own, and what it is to JSON:API.
fn kept_identity(context: &RequestContext<'_>, before: &Record, mut new: Json) -> Json {
    let collection = context.collection();
    let key = collection.key.attributes().map(|key| &collection.attributes[key].path);
    let parts = collection.parts.iter().filter(|part| part.update.is_some()).map(|part| &part.at);
    for path in key.chain(parts) {
        if let Found::One(value) = path.find(&before.json) {
            build::put(path, &mut new, value.clone());
        }
    }
    new
}

/// Which elements of the record's XML are lists.
fn record_lists(context: &RequestContext<'_>) -> Lists {
    match context.call.body.as_ref().map(|body| &body.format) {
        Some(BodyFormat::Xml(root) | BodyFormat::XmlDiff(root)) => bodies::lists(root, bodies::paths(context.collection())),
        _ => Lists::default(),
    }
}

/// Refuses a write that was made for an older version of the record.
pub fn check_version(store: CollectionStore<'_>, record: &Record, if_match: Option<&str>) -> Result<(), Refusal> {
    let (Some(wanted), Some(attribute)) = (if_match, version_of(store.collection)) else { return Ok(()) };
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
            && attribute.path.find(&body) != Found::One(value)
            && !is_in_place(attribute, written_at, &body)
        {
            let value = value.clone();
            written_at.remove(&mut body);
            build::put(&attribute.path, &mut body, value);
        }
        be_tolerant(attribute, &mut body);
    }
    body
}

/// Whether a value is already where it is read, inside of where it is written: `at $.start.date written at $.start`.
fn is_in_place(attribute: &Attribute, written_at: &JsonPath, body: &Json) -> bool {
    attribute.path.text.starts_with(&*written_at.text) && !matches!(attribute.path.find(body), Found::Nothing)
}

/// Some clients send `"False"` for `false`, and in a form everything is text; servers accept it.
fn be_tolerant(attribute: &Attribute, body: &mut Json) {
    let Found::One(Json::String(text)) = attribute.path.find(body) else { return };
    let typed = match attribute.ty.kind {
        Kind::Bool => text.to_ascii_lowercase().parse::<bool>().ok().map(Json::from),
        Kind::Int => text.trim().parse::<i64>().ok().map(Json::from),
        Kind::Decimal => text.trim().parse().ok().and_then(|number| attribute.codec.write(&Value::Decimal(number)).ok()),
        _ => None,
    };
    if let (Some(typed), true) = (typed, attribute.codec.read(Some(&json!(text))).is_err()) {
        build::put(&attribute.path, body, typed);
    }
}

/// Read-only values stay as they are, whatever the body contains.
fn keep_read_only(collection: &Collection, before: Option<&Json>, record: &mut Json) {
    let written = |attribute: &&Attribute| {
        collection.attributes.iter().any(|other| other.direction != Direction::ReadOnly && other.path == attribute.path)
    };
    let read_only = collection.attributes.iter().filter(|attribute| attribute.direction == Direction::ReadOnly && !written(attribute));
    for attribute in read_only {
        match before.map(|before| attribute.path.find(before)) {
            Some(Found::One(value)) if is_here(collection, attribute, record) => build::put(&attribute.path, record, value.clone()),
            Some(Found::Several(_)) => {}
            _ => build::take(&attribute.path, record),
        }
    }
}

/// Whether the record contains the part of an attribute: a removed part does not come back with its id.
fn is_here(collection: &Collection, attribute: &Attribute, record: &Json) -> bool {
    attribute.part.as_ref().is_none_or(|own| !matches!(collection.parts[own.part].at.find(record), Found::Nothing))
}

/// Adds what a vendor's server adds to a record: the ids of its parts, and the values that readers rely on.
fn fill(context: &RequestContext<'_>, key: &str, record: &mut Json) {
    if context.format() == WireFormat::JsonApi {
        identify(context, key, record);
    }
    for attribute in context.collection().attributes.iter().filter(|attribute| is_counted_on(attribute)) {
        if matches!(attribute.path.find(record), Found::Nothing)
            && let Ok(made) = attribute.codec.write(&made_up(context, key, attribute))
        {
            build::put(&attribute.path, record, made);
        }
    }
}

fn is_counted_on(attribute: &Attribute) -> bool {
    let always = !attribute.ty.optional || attribute.access.is_some();
    attribute.direction == Direction::ReadOnly && always && attribute.part.is_none()
}

/// A value that the attribute may have; an account is open.
fn made_up(context: &RequestContext<'_>, key: &str, attribute: &Attribute) -> Value {
    let access = attribute.access.as_ref();
    if let Some(access) = access.filter(|access| access.opens) {
        return access.value.clone();
    }
    if let Some(one) = attribute.one_of.iter().find(|one| access.is_none_or(|access| access.is_open(one))) {
        return one.clone();
    }
    match attribute.ty.kind {
        Kind::DateTime => Value::DateTime(context.store.on.now),
        Kind::Date => Value::Date(context.scope.today),
        Kind::Bool => Value::Bool(false),
        Kind::Int => Value::Int(1),
        Kind::Decimal => Value::Decimal(Decimal::ONE),
        Kind::Duration => Value::Duration(Span::Days(1)),
        Kind::List(_) => Value::list(Vec::new()),
        _ => Value::text(id(context, key, &attribute.name, 0)),
    }
}

/// An id that looks like those of vendors and is always the same.
pub fn id(context: &RequestContext<'_>, key: &str, of: &str, number: usize) -> String {
    let hash = blake3::hash(format!("{}.{}.{key}.{of}.{number}", context.store.system.name, context.collection().name).as_bytes()).to_hex();
    format!("{}-{}-4{}-8{}-{}", &hash[..8], &hash[8..12], &hash[12..15], &hash[15..18], &hash[18..30])
}

/// Resources of JSON:API have a type and an id, those inside of relationships too.
fn identify(context: &RequestContext<'_>, key: &str, record: &mut Json) {
    let Json::Object(fields) = &mut *record else { return };
    if !fields.contains_key("id") {
        fields.insert("id".to_owned(), json!(id(context, key, "", 0)));
    }
    let relationships = record.get_mut("relationships").and_then(Json::as_object_mut);
    for (name, relationship) in relationships.into_iter().flatten() {
        let resources = match relationship.get_mut("data") {
            Some(Json::Array(resources)) => resources.as_mut_slice(),
            Some(one) => std::slice::from_mut(one),
            None => &mut [],
        };
        for (at, resource) in resources.iter_mut().enumerate() {
            if let Json::Object(fields) = resource
                && !fields.contains_key("id")
            {
                fields.insert("id".to_owned(), json!(id(context, key, name, at)));
            }
        }
    }
}

/// Removes the write-only values, and returns their effects on the person.
fn take_write_only(collection: &Collection, record: &mut Json) -> Vec<String> {
    let mut effects = Vec::new();
    for attribute in collection.attributes.iter().filter(|attribute| attribute.direction == Direction::WriteOnly) {
        let value = read(attribute, record);
        let asked = !value.is_missing() && value != Value::Bool(false);
        effects.extend(attribute.effect.clone().filter(|_| asked));
        build::take(&attribute.path, record);
    }
    effects
}

fn check(store: CollectionStore<'_>, before: Option<&Json>, after: &Json) -> Result<(), Refusal> {
    let written = store.collection.attributes.iter().filter(|attribute| attribute.direction != Direction::ReadOnly);
    for attribute in written {
        let same = before.is_some_and(|before| attribute.path.find(before) == attribute.path.find(after));
        if !same {
            check_one(store, attribute, before, after)?;
        }
    }
    Ok(())
}

fn check_one(store: CollectionStore<'_>, attribute: &Attribute, before: Option<&Json>, after: &Json) -> Result<(), Refusal> {
    let name = &attribute.name;
    if attribute.create_only && before.is_some() {
        return Err(Refusal::invalid("mutability", format!("{name} can be given to a new record only")));
    }
    let value = match attribute.path.find(after) {
        Found::One(Json::Null) | Found::Nothing => Value::Null,
        _ if matches!(attribute.ty.kind, Kind::List(_)) => read(attribute, after),
        Found::One(json) => {
            attribute.codec.read(Some(json)).map_err(|fault| Refusal::invalid("invalidValue", format!("{name} {}", fault.message)))?
        }
        Found::Several(count) => return Err(Refusal::invalid("invalidValue", format!("{name} is given {count} times"))),
    };
    if value.is_missing() {
        let here = is_here(store.collection, attribute, after);
        let needed = !attribute.ty.optional && attribute.codec.absent.is_none();
        let required = needed && attribute.direction == Direction::Both && here;
        return if required { Err(Refusal::invalid("invalidValue", format!("{name} is required"))) } else { Ok(()) };
    }
    check_rules(attribute, &value)?;
    check_unique(store, attribute, &value, before)
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

fn check_unique(store: CollectionStore<'_>, attribute: &Attribute, value: &Value, before: Option<&Json>) -> Result<(), Refusal> {
    if !attribute.unique {
        return Ok(());
    }
    let own = before.and_then(|before| key_of(store.collection, before));
    let others = store.find(attribute, value)?;
    let taken = others.iter().any(|other| own.is_none() || key_of(store.collection, &other.json) != own);
    if taken { Err(Refusal::conflict(format!("{} is taken", attribute.name))) } else { Ok(()) }
}

/// Notes when a record was written, and which version it is.
fn stamp(store: CollectionStore<'_>, record: &mut Json, version: i64, new: bool) {
    let now = Value::DateTime(store.on.now);
    if let Some(changed) = store.collection.changed.map(|changed| &store.collection.attributes[changed])
        && let Ok(written) = changed.codec.write(&now)
    {
        build::put(&changed.path, record, written);
    }
    if store.system.speaks_scim() && record.is_object() {
        let time = json!(store.on.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        if new {
            record["meta"]["created"] = time.clone();
        }
        record["meta"]["lastModified"] = time;
    }
    if let Some(attribute) = version_of(store.collection) {
        attribute.path.place(record, json!(format!("W/\"{version}\"")));
    }
}
