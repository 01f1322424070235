//! Made-up records for sources without a seed, so that a new pipeline can be tried at once. They are always the same.

use super::{
    answer::build,
    below::belong,
    seed::assign_key,
    store::{CollectionStore, Store, key_of},
};
use crate::sandbox::error::SandboxError;
use crate::{
    compile::system::{Attribute, Collection, Direction, System},
    value::{Kind, Span, Value, equal::equal, path::Step},
};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value as Json, json};

/// The number of generated records.
const PEOPLE: usize = 24;

const FIRST: [&str; 8] = ["Ada", "Bruno", "Chloé", "Dario", "Elif", "Farid", "Grace", "Hugo"];
const LAST: [&str; 6] = ["Arnaud", "Berger", "Costa", "Dubois", "Ekström", "Fournier"];
const DEPARTMENTS: [&str; 3] = ["Sales", "Finance", "Support"];
const CITIES: [&str; 3] = ["Paris", "Lyon", "Lille"];
const TITLES: [&str; 3] = ["Analyst", "Engineer", "Nurse"];

/// Fills an empty collection. Returns the number of generated records.
///
/// # Errors
/// The database fails.
pub fn fill(store: &Store, system: &System, collection: &Collection, today: Date) -> Result<usize, SandboxError> {
    store.at_once(|on| {
        let store = CollectionStore::of(on, system, collection);
        if store.count()? > 0 {
            return Ok(0);
        }
        let parents = parents(store)?;
        for at in 0..PEOPLE {
            let mut record = record(collection, at, today);
            let parent = parents.get(at % parents.len().max(1));
            if let Some(parent) = parent {
                belong(store, &mut record, parent, true)?;
            }
            let key = match key_of(collection, &record) {
                Some(key) => key,
                None => assign_key(store, &mut record)?,
            };
            store.put(&key, &record)?;
            if let Some(parent) = parent {
                store.put_below(&key, parent)?;
            }
        }
        Ok(PEOPLE)
    })
}

/// The keys of the records that a list is nested in, if it is nested.
pub fn parents(store: CollectionStore<'_>) -> Result<Vec<String>, SandboxError> {
    let above = store.collection.list.as_ref().and_then(|list| list.for_each).map(|at| &store.system.collections[at]);
    let Some(above) = above else { return Ok(Vec::new()) };
    let records = CollectionStore { collection: above, ..store }.page(0, i64::MAX)?;
    Ok(records.iter().filter_map(|record| key_of(above, &record.json)).collect())
}

/// Records to try a collection with: two that have all values, each of another sort, and one with no more than it must have.
pub fn samples(collection: &Collection, today: Date) -> Vec<Json> {
    let whole = |at| record_of(collection, &mut |attribute| some(attribute, at, today));
    let bare =
        |attribute: &Attribute| if attribute.ty.optional || attribute.part.is_some() { Value::Null } else { some(attribute, 0, today) };
    vec![whole(0), whole(1), record_of(collection, &mut { bare })]
}

/// A value that is not missing.
pub fn some(attribute: &Attribute, at: usize, today: Date) -> Value {
    match (value(attribute, at, today), &attribute.ty.kind) {
        (Value::Bool(_), _) if attribute.access.is_none() => Value::Bool(at == 0),
        (known, _) if !known.is_missing() => known,
        (_, Kind::Text) => Value::text(word(&attribute.name, at)),
        (_, Kind::Int) => Value::Int(1),
        (_, Kind::Decimal) => Value::Decimal(1.into()),
        (_, Kind::Date) => Value::Date(today),
        (_, Kind::DateTime) => at_noon(Value::Date(today)),
        (_, Kind::Duration) => Value::Duration(Span::Days(1)),
        (_, Kind::Json) => Value::Json(Box::new(word(&attribute.name, at).into())),
        (missing, _) => missing,
    }
}

fn record(collection: &Collection, at: usize, today: Date) -> Json {
    record_of(collection, &mut |attribute| value(attribute, at, today))
}

/// A record with a value for each attribute that can be read.
pub fn record_of(collection: &Collection, value: &mut dyn FnMut(&Attribute) -> Value) -> Json {
    let mut record = json!({});
    for attribute in collection.attributes.iter().filter(|attribute| attribute.direction != Direction::WriteOnly) {
        let value = value(attribute);
        if !value.is_missing()
            && let Ok(written) = attribute.codec.write(&value)
        {
            put(attribute, &mut record, written);
        }
    }
    record
}

/// A list that is answered as several values is a list in their place: of the values, or of elements that have one each.
fn put(attribute: &Attribute, record: &mut Json, written: Json) {
    let steps = attribute.path.loose_steps().unwrap_or_default();
    let all = steps.iter().rposition(|step| matches!(step, Step::Where(conditions) if conditions.is_empty()));
    match (all, &attribute.ty.kind, written) {
        (Some(at), Kind::List(_), Json::Array(items)) => {
            let element = |item| {
                let mut element = Json::Null;
                build::put_at(&steps[at + 1..], &mut element, item);
                element
            };
            build::put_at(&steps[..at], record, items.into_iter().map(element).collect());
        }
        (_, _, written) => build::put(&attribute.path, record, written),
    }
}

fn value(attribute: &Attribute, at: usize, today: Date) -> Value {
    if !attribute.one_of.is_empty() {
        let one = attribute.one_of[at % attribute.one_of.len()].clone();
        return if matches!(attribute.ty.kind, Kind::List(_)) { Value::list(vec![one]) } else { one };
    }
    if let Some(access) = &attribute.access
        && (access.opens || access.value != Value::Bool(true))
    {
        return access.value.clone();
    }
    let required = !attribute.ty.optional;
    match &attribute.ty.kind {
        Kind::Text => text(attribute, at),
        Kind::Int if required => i64::try_from(at + 1).map_or(Value::Null, Value::Int),
        Kind::Bool => Value::Bool(false),
        Kind::Date => day(&attribute.name, required, at, today),
        Kind::DateTime => at_noon(day(&attribute.name, required, at, today)),
        Kind::Decimal if required => i64::try_from(at + 1).map_or(Value::Null, |number| Value::Decimal(number.into())),
        Kind::Duration if required => i64::try_from(at + 1).map_or(Value::Null, |days| Value::Duration(Span::Days(days))),
        Kind::Json if required => Value::Json(Box::new(word(&attribute.name, at).into())),
        Kind::List(item) if **item == Kind::Text => Value::list(vec![Value::text(word(&attribute.name, at))]),
        Kind::List(_) if required => Value::list(Vec::new()),
        Kind::Int | Kind::Decimal | Kind::Duration | Kind::Json | Kind::List(_) | Kind::Schedule | Kind::Nothing => Value::Null,
    }
}

/// One of three, for what has no other meaning.
fn word(name: &str, at: usize) -> String {
    let bare = name.rsplit('.').next().unwrap_or(name);
    format!("{bare} {}", ["A", "B", "C"][at % 3])
}

fn text(attribute: &Attribute, at: usize) -> Value {
    let (first, last) = (FIRST[at % FIRST.len()], LAST[(at / FIRST.len() + at) % LAST.len()]);
    let has = |words: &[&str]| words.iter().any(|word| attribute.name.contains(word));
    let handle = || format!("{}.{}{at}", ascii(first), ascii(last));
    let made = match () {
        () if has(&["mail"]) => Value::text(format!("{}@example.com", handle())),
        () if has(&["first", "given"]) => Value::text(first),
        () if has(&["last", "family", "surname"]) => Value::text(last),
        () if has(&["login", "user"]) => Value::text(handle()),
        () if has(&["name"]) => Value::text(format!("{first} {last}")),
        () if has(&["department", "division", "team"]) => Value::text(DEPARTMENTS[at % DEPARTMENTS.len()]),
        () if attribute.part.is_none() && has(&["number", "external", "code"]) || attribute.unique && !has(&["phone"]) => {
            Value::text(format!("{:05}", at + 1))
        }
        () if has(&["phone", "mobile"]) => Value::text(format!("+3310000{:04}", at + 1)),
        () if has(&["city", "town", "location"]) => Value::text(CITIES[at % CITIES.len()]),
        () if has(&["line_1", "street"]) => Value::text(format!("{} Example Street", at + 1)),
        () if has(&["country"]) => Value::text("FR"),
        () if has(&["post", "zip"]) => Value::text(format!("{:05}", 10_000 + at)),
        () if has(&["title", "position", "job"]) => Value::text(TITLES[at % TITLES.len()]),
        () if attribute.part.is_some() && attribute.ty.optional => Value::text(word(&attribute.name, at)),
        () if attribute.ty.optional => Value::Null,
        () => Value::text(format!("{} {}", attribute.name, at + 1)),
    };
    if fits(attribute, &made) { made } else { Value::Null }
}

/// Whether a text fits the declaration of its attribute.
pub fn fits(attribute: &Attribute, value: &Value) -> bool {
    let Some(text) = value.as_text() else { return true };
    let short = attribute.up_to.is_none_or(|limit| text.chars().count() as u64 <= limit);
    short && attribute.matches.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

/// Whether the declared format can hold a value at all: a year may have two digits.
pub fn goes_through(attribute: &Attribute, value: &Value) -> bool {
    let written = attribute.codec.write(value);
    written.is_ok_and(|written| attribute.codec.read(Some(&written)).is_ok_and(|read| equal(&read, value)))
}

fn ascii(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    name.nfd().filter(char::is_ascii).collect::<String>().to_lowercase()
}

/// One of them has left, and one is about to.
fn day(name: &str, required: bool, at: usize, today: Date) -> Value {
    let ends = ["end", "left", "until", "leav", "terminat"].iter().any(|word| name.contains(word));
    let days = match (ends, at) {
        (true, 5) => -10,
        (true, 9) => 30,
        (true, _) if !required => return Value::Null,
        (true, _) => 1000,
        (false, at) => -400 - 30 * i64::try_from(at).unwrap_or(0),
    };
    Value::Date(today.saturating_add(days.days()))
}

fn at_noon(day: Value) -> Value {
    let Value::Date(day) = day else { return day };
    day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).map_or(Value::Null, |at| Value::DateTime(at.timestamp()))
}
