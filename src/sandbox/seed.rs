//! Records for the stand-ins: `SYSTEM.COLLECTION.jsonl`, with days that stay fresh.

use super::store::{Shelf, Store, key_text, read};
use crate::{
    plan::system::{Collection, System},
    value::Value,
};
use jiff::{ToSpan, civil::Date};
use regex::{Captures, Regex};
use rusqlite::Transaction;
use serde_json::{Value as Json, json};
use std::{fs, path::Path, sync::LazyLock};

static DAY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{today(?:([+-])(\d{1,5}))?\}").expect("a valid pattern"));

/// Puts the days of `{today}`, `{today-3}` and `{today+30}` into a text.
fn with_days(text: &str, today: Date) -> String {
    let day = |found: &Captures<'_>| {
        let days: i64 = found.get(2).map_or(0, |digits| digits.as_str().parse().unwrap_or(0));
        let days = if found.get(1).is_some_and(|sign| sign.as_str() == "-") { -days } else { days };
        today.saturating_add(days.days()).to_string()
    };
    DAY.replace_all(text, day).into_owned()
}

/// Loads what a folder has for a system: each record is new, takes the place of the one with its key, or,
/// with `"_gone": true`, takes it away. Returns how many lines there were.
///
/// # Errors
/// One sentence that names the file and the line; nothing is loaded then.
pub fn load(store: &Store, system: &System, folder: &Path, today: Date) -> Result<usize, String> {
    store.at_once(|on| load_all(on, system, folder, today))
}

/// Loads a system's first records, if it never had any.
///
/// # Errors
/// As [`load`].
pub fn seed(store: &Store, system: &System, folder: &Path, today: Date) -> Result<usize, String> {
    if store.is_seeded(&system.name)? {
        return Ok(0);
    }
    store.at_once(|on| {
        for collection in &system.collections {
            Shelf::of(on, system, collection).seeded()?;
        }
        load_all(on, system, folder, today)
    })
}

fn load_all(on: &Transaction<'_>, system: &System, folder: &Path, today: Date) -> Result<usize, String> {
    let mut lines = 0;
    for collection in &system.collections {
        let shelf = Shelf::of(on, system, collection);
        let name = format!("{}.{}.jsonl", system.name, collection.name);
        let text = match fs::read_to_string(folder.join(&name)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("seed file `{name}` can't be read: {error}")),
        };
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            put(shelf, &with_days(line, today)).map_err(|why| format!("seed file `{name}`, line {}: {why}", at + 1))?;
            lines += 1;
        }
    }
    Ok(lines)
}

fn put(shelf: Shelf<'_>, line: &str) -> Result<(), String> {
    let mut record: Json = serde_json::from_str(line).map_err(|error| format!("not JSON: {error}"))?;
    if record.get("_gone") == Some(&json!(true)) {
        return remove(shelf, &record);
    }
    let key = match key_of(shelf.collection, &record) {
        Some(key) => key,
        None => assign_key(shelf, &mut record)?,
    };
    shelf.put(&key, &record)
}

fn remove(shelf: Shelf<'_>, record: &Json) -> Result<(), String> {
    let key = shelf.collection.key.map(|key| &shelf.collection.attributes[key]).ok_or("records without a key can't be taken away")?;
    let found = shelf.find(key, &read(key, record))?;
    found.iter().try_for_each(|record| shelf.remove(record.seq))
}

/// The key that a record has.
pub fn key_of(collection: &Collection, record: &Json) -> Option<String> {
    collection.key.and_then(|key| key_text(&read(&collection.attributes[key], record)))
}

/// Gives a record the next number as its key, as text where the key is text.
///
/// # Errors
/// One sentence from the database, or that the key can't hold a number.
pub fn assign_key(shelf: Shelf<'_>, record: &mut Json) -> Result<String, String> {
    let number = shelf.next_number()?;
    if let Some(key) = shelf.collection.key.map(|key| &shelf.collection.attributes[key]) {
        let value = if key.ty.kind == crate::value::Kind::Int { Value::Int(number) } else { Value::text(number.to_string()) };
        let written = key.codec.write(&value).map_err(|fault| fault.to_string())?;
        key.path.place(record, written);
    }
    Ok(number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_put_in_and_other_braces_stay() {
        let today = jiff::civil::date(2026, 3, 1);
        assert_eq!(
            with_days(r#"{"a":"{today-3}T00:00:00","b":"{today+30}","c":"{today}"}"#, today),
            r#"{"a":"2026-02-26T00:00:00","b":"2026-03-31","c":"2026-03-01"}"#
        );
        assert_eq!(with_days("{tomorrow} {today*2}", today), "{tomorrow} {today*2}");
    }
}
