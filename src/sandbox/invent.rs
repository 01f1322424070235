//! People made up for a source that has no seed, so that a pipeline of one's own has something to try at once.

use super::{
    build,
    seed::assign_key,
    store::{Shelf, Store, key_of},
};
use crate::{
    plan::system::{Attribute, Collection, Direction, System},
    value::{Kind, Value},
};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value as Json, json};

/// How many are made up.
const PEOPLE: usize = 24;

const FIRST: [&str; 8] = ["Ada", "Bruno", "Chloé", "Dario", "Elif", "Farid", "Grace", "Hugo"];
const LAST: [&str; 6] = ["Arnaud", "Berger", "Costa", "Dubois", "Ekström", "Fournier"];
const DEPARTMENTS: [&str; 3] = ["Sales", "Finance", "Support"];

/// Fills a collection that was never seeded. Returns how many people were made up.
///
/// # Errors
/// One sentence from the database.
pub fn fill(store: &Store, system: &System, collection: &Collection, today: Date) -> Result<usize, String> {
    store.at_once(|on| {
        let shelf = Shelf::of(on, system, collection);
        for at in 0..PEOPLE {
            let mut record = record(collection, at, today);
            let key = match key_of(collection, &record) {
                Some(key) => key,
                None => assign_key(shelf, &mut record)?,
            };
            shelf.put(&key, &record)?;
        }
        Ok(PEOPLE)
    })
}

fn record(collection: &Collection, at: usize, today: Date) -> Json {
    let mut record = json!({});
    let read = collection.attributes.iter().filter(|attribute| attribute.direction != Direction::WriteOnly && attribute.path.is_writable());
    for attribute in read {
        let value = value(attribute, at, today);
        if !value.is_missing()
            && let Ok(written) = attribute.codec.write(&value)
        {
            build::put(&attribute.path, &mut record, written);
        }
    }
    record
}

fn value(attribute: &Attribute, at: usize, today: Date) -> Value {
    if !attribute.one_of.is_empty() {
        return attribute.one_of[at % attribute.one_of.len()].clone();
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
        _ => Value::Null,
    }
}

fn text(attribute: &Attribute, at: usize) -> Value {
    let (first, last) = (FIRST[at % FIRST.len()], LAST[(at / FIRST.len() + at) % LAST.len()]);
    let has = |words: &[&str]| words.iter().any(|word| attribute.name.contains(word));
    let handle = || format!("{}.{}{at}", ascii(first), ascii(last));
    match () {
        () if has(&["mail"]) => Value::text(format!("{}@example.com", handle())),
        () if has(&["first", "given"]) => Value::text(first),
        () if has(&["last", "family", "surname"]) => Value::text(last),
        () if has(&["login", "user"]) => Value::text(handle()),
        () if has(&["name"]) => Value::text(format!("{first} {last}")),
        () if has(&["department", "division", "team"]) => Value::text(DEPARTMENTS[at % DEPARTMENTS.len()]),
        () if has(&["number", "external", "code"]) || attribute.unique => Value::text(format!("{:05}", at + 1)),
        () if attribute.ty.optional => Value::Null,
        () => Value::text(format!("{} {}", attribute.name, at + 1)),
    }
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
