//! Seed records of the stand-ins: `SYSTEM.COLLECTION.jsonl`, with days relative to today.

use super::{
    answer::build,
    below::belong,
    read::discovery,
    store::{CollectionStore, Store, StoreTransaction, key_of},
};
use crate::sandbox::error::SandboxError;
use crate::{
    compile::system::{Collection, System},
    host::Disk,
    value::Value,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use regex::{Captures, Regex};
use serde_json::{Value as Json, json};
use std::{path::Path, sync::LazyLock};

static DAY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{today(?:([+-])(\d{1,5}))?\}").expect("a valid pattern"));

/// Replaces `{today}`, `{today-3}` and `{today+30}` in a text by days, and `{now}` by the time.
fn with_days(text: &str, today: Date, now: Timestamp) -> String {
    let day = |found: &Captures<'_>| {
        let days: i64 = found.get(2).map_or(0, |digits| digits.as_str().parse().unwrap_or(0));
        let days = if found.get(1).is_some_and(|sign| sign.as_str() == "-") { -days } else { days };
        today.saturating_add(days.days()).to_string()
    };
    DAY.replace_all(text, day).replace("{now}", &format!("{now:.3}"))
}

/// Loads the seed files of a system: each record is new, replaces the one with its key, or, with `"_gone": true`, removes it.
/// Returns the number of lines.
///
/// # Errors
/// One sentence that names the file and the line; nothing is loaded then.
pub fn load(store: &Store, system: &System, folder: &Path, today: Date) -> Result<usize, SandboxError> {
    store.at_once(|on| Seeding { disk: store.host().disk(), on, folder, today }.load(system))
}

/// Loads a system's first records, unless it had some before.
///
/// # Errors
/// As [`load`].
pub fn seed(store: &Store, system: &System, folder: &Path, today: Date) -> Result<usize, SandboxError> {
    if store.is_seeded(&system.name)? {
        return Ok(0);
    }
    store.at_once(|on| {
        for collection in &system.collections {
            CollectionStore::of(on, system, collection).seeded()?;
        }
        Seeding { disk: store.host().disk(), on, folder, today }.load(system)
    })
}

/// The seed files of a folder, being loaded.
struct Seeding<'a> {
    disk: &'a dyn Disk,
    on: &'a StoreTransaction<'a>,
    folder: &'a Path,
    today: Date,
}

impl Seeding<'_> {
    fn load(&self, system: &System) -> Result<usize, SandboxError> {
        system.collections.iter().map(|collection| self.load_collection(system, collection)).sum()
    }

    fn load_collection(&self, system: &System, collection: &Collection) -> Result<usize, SandboxError> {
        let store = CollectionStore::of(self.on, system, collection);
        let name = format!("{}.{}", system.name, collection.name);
        let mut lines = self.each_line(&name, |record| put(store, record))?;
        let parts = (0..collection.parts.len()).map(Some).chain([None]);
        for (part, discovery) in parts.filter_map(|part| Some((part, discovery::declared(collection, part)?))) {
            let place = discovery::place(collection, part);
            let name = format!("{name}.{}", if place.is_empty() { "attributes" } else { place });
            lines += self.each_line(&name, |item| {
                let attribute = discovery::name_of(discovery, &item).ok_or("it names no attribute")?;
                store.add_discovered(place, &attribute, &item)
            })?;
        }
        Ok(lines)
    }

    /// Passes each line of a file on; a missing file has none. Returns how many there were.
    fn each_line(&self, name: &str, mut take: impl FnMut(Json) -> Result<(), SandboxError>) -> Result<usize, SandboxError> {
        let name = format!("{name}.jsonl");
        let text = match self.disk.read_text(&self.folder.join(&name)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(format!("seed file `{name}` can't be read: {error}").into()),
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let mut count = 0;
        for (at, line) in lines {
            let record = serde_json::from_str(&with_days(line, self.today, self.on.now));
            let taken = record.map_err(|error| SandboxError::Unusable(format!("not JSON: {error}"))).and_then(&mut take);
            taken.map_err(|why| format!("seed file `{name}`, line {}: {why}", at + 1))?;
            count += 1;
        }
        Ok(count)
    }
}

/// Three members of a seed record are instructions and not part of it: `_gone`, `_merged_into` and `_below`, each with a key.
fn put(store: CollectionStore<'_>, mut record: Json) -> Result<(), SandboxError> {
    let (gone, into, below) = (own(&mut record, "_gone"), own(&mut record, "_merged_into"), own(&mut record, "_below"));
    let below = below.map(|below| build::text(&below));
    if let Some(below) = &below {
        belong(store, &mut record, below, false)?;
    }
    if gone == Some(json!(true)) {
        return remove(store, &record);
    }
    if let Some(into) = into {
        let key = key_of(store.collection, &record).ok_or("a record that was merged needs its key")?;
        remove(store, &record)?;
        return store.merge(&key, &build::text(&into));
    }
    let key = match key_of(store.collection, &record) {
        Some(key) => key,
        None => assign_key(store, &mut record)?,
    };
    store.put(&key, &record)?;
    below.map_or(Ok(()), |below| store.put_below(&key, &below))
}

fn own(record: &mut Json, name: &str) -> Option<Json> {
    record.as_object_mut().and_then(|fields| fields.shift_remove(name))
}

fn remove(store: CollectionStore<'_>, record: &Json) -> Result<(), SandboxError> {
    if store.collection.key.is_none() {
        return Err("records without a key can't be taken away".to_owned().into());
    }
    store.same_as(record)?.map_or(Ok(()), |found| store.remove(found.seq))
}

/// Gives a record the next number as its key, as text where the key is text.
///
/// # Errors
/// The database fails, or the key can't be a number.
pub fn assign_key(store: CollectionStore<'_>, record: &mut Json) -> Result<String, SandboxError> {
    if store.collection.key.is_several() {
        return Err(format!("a record needs {}", store.collection.key_name()).into());
    }
    let number = store.next_number()?;
    if let Some(key) = store.collection.key.alone().map(|key| &store.collection.attributes[key]) {
        let value = if key.ty.kind == crate::value::Kind::Int { Value::Int(number) } else { Value::text(number.to_string()) };
        let written = key.codec.write(&value).map_err(|fault| fault.to_string())?;
        build::put(&key.path, record, written);
    }
    Ok(number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_put_in_and_other_braces_stay() {
        let (today, now) = (jiff::civil::date(2026, 3, 1), "2026-03-01T08:00:00Z".parse().unwrap());
        assert_eq!(
            with_days(r#"{"a":"{today-3}T00:00:00","b":"{today+30}","c":"{today}"}"#, today, now),
            r#"{"a":"2026-02-26T00:00:00","b":"2026-03-31","c":"2026-03-01"}"#
        );
        assert_eq!(with_days("{tomorrow} {today*2}", today, now), "{tomorrow} {today*2}");
        assert_eq!(with_days("{now}", today, now), "2026-03-01T08:00:00.000Z");
    }
}
