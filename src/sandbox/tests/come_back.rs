//! Random records of every collection of a system go through a stand-in and the client, and come back as they are.

use super::local::{Local, local};
use crate::{
    check::{Checked, check, model::Setting},
    compile::{
        alone,
        system::{Attribute, Collection, ErrorClass, System},
        texts::{SETTINGS, Texts},
    },
    sandbox::{
        fake_data,
        store::{CollectionStore, read},
    },
    systems::{GetResult, ReadRequest, Snapshot, Write, WriteKind},
    value::{Kind, Span, Value, equal::equal, trie::Trie},
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

/// How many records are tried.
#[derive(Clone, Copy)]
pub struct Size {
    /// Of each collection.
    pub records: usize,
    /// Of these, how many are asked for one by one, created and updated.
    pub one_by_one: usize,
}

/// Every system file, by its name in the folder.
pub fn files() -> Vec<(String, Checked)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/systems");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".sync"));
    names.sort();
    let checked = |name: String| {
        let text = format!("use \"systems/{name}\"\n");
        let checked = check(&Texts { files: vec![("test.sync", &text)], told: &[] }, Path::new("test.sync"));
        (name, checked)
    };
    names.into_iter().map(checked).collect()
}

/// The systems of a file, with values for their settings.
pub fn systems(checked: &Checked) -> Vec<Arc<System>> {
    let given = |system: &str, one: &Setting| {
        let full = format!("{system}.{}", one.name);
        SETTINGS.iter().find(|(name, _)| *name == full || *name == one.name).map(|(_, value)| Value::text(value))
    };
    alone::systems(checked.declared()).map(|one| Arc::new(one.compiled_with(&given))).filter(|one| one.http().is_some()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Numbers that are the same in every run of the test.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

const WORDS: [&str; 14] = [
    "Ann",
    "o'Brien",
    "say \"hi\"",
    "a,b;c",
    "Zoë",
    "日本 太郎",
    "👩‍🚀",
    "<b>&amp;",
    "50% + 1",
    "a/b?c#d",
    "back\\slash",
    "null",
    "0",
    "e\u{301}",
];

/// A value of an attribute that its declaration allows: often an odd one.
fn value(dice: &mut Dice, attribute: &Attribute, is_key: bool, number: usize) -> Value {
    if attribute.ty.optional && !is_key && dice.roll(3) == 0 {
        return Value::Null;
    }
    if !attribute.one_of.is_empty() {
        let one = dice.one(&attribute.one_of);
        return if matches!(attribute.ty.kind, Kind::List(_)) { Value::list(vec![one]) } else { one };
    }
    let made = of_kind(dice, &attribute.ty.kind);
    // What names a record or a part of one is another in each.
    let made = if attribute.unique || is_key || attribute.bare_name() == "id" { unique(made, number) } else { made };
    if fake_data::fits(attribute, &made) && fake_data::goes_through(attribute, &made) {
        made
    } else {
        fake_data::some(attribute, number, super::TODAY)
    }
}

fn unique(value: Value, number: usize) -> Value {
    match value {
        Value::Text(text) => Value::text(format!("{text} {number}")),
        Value::Int(_) => Value::Int(i64::try_from(number).unwrap() + 1),
        other => other,
    }
}

fn of_kind(dice: &mut Dice, kind: &Kind) -> Value {
    match kind {
        Kind::Text => Value::text(dice.one(&WORDS)),
        Kind::Bool => Value::Bool(dice.roll(2) == 0),
        Kind::Int => Value::Int(dice.one(&[0, 1, -1, 7, 1_000_000, i64::from(i32::MAX), 9_007_199_254_740_991])),
        Kind::Decimal => {
            Value::Decimal(dice.one(&[0.into(), "1.5".parse().unwrap(), "-0.01".parse().unwrap(), "12345678.25".parse().unwrap()]))
        }
        Kind::Date => Value::Date(dice.one(&[date(1, 1, 1), date(1970, 1, 1), date(2024, 2, 29), date(2026, 3, 1), date(9999, 12, 31)])),
        Kind::DateTime => {
            Value::DateTime(dice.one(&["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-10-25T01:30:00Z"]).parse().unwrap())
        }
        Kind::Duration => Value::Duration(Span::Days(dice.one(&[0, 1, 400]))),
        Kind::Json => Value::Json(Box::new(dice.one(&[Json::from("a"), Json::from(1), serde_json::json!({ "a": [1, null, "ü"] })]))),
        Kind::List(item) => Value::list((0..dice.roll(3) + 1).map(|_| of_kind(dice, item)).collect()),
        Kind::Schedule | Kind::Nothing => Value::Null,
    }
}

fn date(year: i16, month: i8, day: i8) -> jiff::civil::Date {
    jiff::civil::date(year, month, day)
}

/// What is tried, and what came back as something else.
#[derive(Default)]
struct Tally {
    answers: usize,
    /// By what is wrong: how often, and one of them.
    wrong: BTreeMap<String, (usize, String)>,
}

impl Tally {
    fn add(&mut self, what: String, example: String) {
        self.wrong.entry(what).or_insert((0, example)).0 += 1;
    }
}

/// A collection of a system, with what is in it.
struct Tried<'t> {
    local: &'t Local,
    system: &'t Arc<System>,
    at: usize,
    size: Size,
    /// By key.
    records: BTreeMap<String, Json>,
    tally: &'t mut Tally,
}

impl Tried<'_> {
    fn collection(&self) -> &Collection {
        &self.system.collections[self.at]
    }

    fn ask(&self) -> ReadRequest {
        let attributes = self.collection().attributes.iter().enumerate().filter(|(_, one)| one.is_read() && !one.discovered);
        ReadRequest { attributes: attributes.map(|(at, _)| at).collect(), ..ReadRequest::default() }
    }

    /// Puts random records into the stand-in.
    fn fill(&mut self, dice: &mut Dice) {
        let collection = self.collection();
        let parents = self.local.store.at_once(|on| fake_data::parents(CollectionStore::of(on, self.system, collection))).unwrap();
        let key: Vec<&str> = collection.key.attributes().map(|key| collection.attributes[key].name.as_str()).collect();
        let records: Vec<_> = (0..self.size.records)
            .map(|number| fake_data::record_of(collection, &mut |one| value(dice, one, key.contains(&one.name.as_str()), number)))
            .collect();
        let kept = self.local.store.at_once(|on| {
            let store = CollectionStore::of(on, self.system, collection);
            let mut kept = BTreeMap::new();
            for (number, mut record) in records.into_iter().enumerate() {
                let key = match super::super::store::key_of(collection, &record) {
                    Some(key) => key,
                    None => super::super::seed::assign_key(store, &mut record)?,
                };
                store.put(&key, &record)?;
                if let Some(parent) = parents.get(number % parents.len().max(1)) {
                    store.put_below(&key, parent)?;
                }
                kept.insert(key, record);
            }
            Ok::<_, crate::sandbox::SandboxError>(kept)
        });
        self.records = kept.unwrap();
    }

    /// Whether the client reads a record as it is.
    fn same(&mut self, what: &str, received: &[u8]) {
        self.tally.answers += 1;
        let ask = self.ask();
        let attributes: Vec<_> = ask.attributes.iter().map(|at| &self.collection().attributes[*at]).collect();
        let slots: Vec<_> = attributes.iter().map(|one| (one.path.clone(), one.codec.clone())).collect();
        let cells = match Trie::new(&slots).read(received) {
            Ok(cells) => cells.into_vec(),
            Err(fault) => return self.wrong(what, fault.to_string()),
        };
        let cell = |at: usize| cells[ask.attributes.iter().position(|known| *known == at)?].clone().ok();
        let key = self.collection().id_of(cell).and_then(|id| crate::sandbox::store::key_text(&id));
        let Some(stored) = key.as_ref().and_then(|key| self.records.get(key)) else {
            return self.wrong(what, format!("a record of the key {key:?}"));
        };
        let mut wrong = Vec::new();
        for (attribute, cell) in attributes.iter().zip(&cells) {
            let expected = read(attribute, stored);
            let is_left_out = what == "list" && attribute.from_get;
            let comes_back = is_left_out || cell.as_ref().is_ok_and(|found| equal(found, &expected));
            if !comes_back {
                wrong.push((format!("{what} {}", attribute.name), format!("{expected:?} comes back as {cell:?} in {}", text(received))));
            }
        }
        wrong.into_iter().for_each(|(what, example)| self.wrong(&what, example));
    }

    fn wrong(&mut self, what: &str, example: String) {
        let what = format!("{}: {what}", self.collection().name);
        self.tally.add(what, example);
    }

    async fn list(&mut self) {
        let mut received: Vec<Vec<u8>> = Vec::new();
        let mut sink = |page: &[&[u8]], _: Option<u64>| received.extend(page.iter().map(|record| record.to_vec()));
        let read = self.local.connection.read(self.at, &self.ask(), &mut sink).await;
        let shows_all = self.collection().all_lists().all(|list| list.shows.is_none());
        if !read.end.is_complete() || shows_all && received.len() != self.records.len() {
            let example = format!("{} of {} are listed: {:?}", received.len(), self.records.len(), read.end);
            self.wrong("list", example);
        }
        received.iter().for_each(|record| self.same("list", record));
    }

    async fn get(&mut self) {
        if self.collection().key.is_none() || self.collection().get.is_none() {
            return;
        }
        for stored in self.some() {
            let id = self.id(&stored);
            match self.local.connection.get(self.at, &id, &self.ask()).await {
                Ok(GetResult::Record(Snapshot { json, .. })) => self.same("get", &json),
                other => self.wrong("get", format!("{id:?} gives {other:?}")),
            }
        }
    }

    async fn find(&mut self) {
        let finds: Vec<_> = self.collection().finds.iter().map(|(by, _)| *by).collect();
        for by in finds {
            for stored in self.some() {
                let value = read(&self.collection().attributes[by], &stored);
                if value.is_missing() {
                    continue;
                }
                let what = format!("find by {}", self.collection().attributes[by].name);
                match self.local.connection.find(self.at, by, &value, &self.ask()).await {
                    Ok(found) if !found.is_empty() => found.iter().for_each(|record| self.same(&what, record)),
                    // What has no escape in a filter is refused before it is sent.
                    Err(error) if error.status.is_none() && error.class == ErrorClass::Invalid => {}
                    other => self.wrong(&what, format!("{value:?} gives {other:?}")),
                }
            }
        }
    }

    /// What names a record.
    fn id(&self, record: &Json) -> Value {
        self.collection().id_of(|at| Some(read(&self.collection().attributes[at], record))).unwrap_or(Value::Null)
    }

    fn some(&self) -> Vec<Json> {
        self.records.values().take(self.size.one_by_one).cloned().collect()
    }

    /// The attributes that a create or an update writes with the record itself.
    fn written(&self, create: bool) -> Vec<usize> {
        let all = self.collection().attributes.iter().enumerate();
        let fits = all.filter(|(_, one)| one.is_written() && !one.discovered && one.part.is_none() && (create || !one.create_only));
        fits.map(|(at, _)| at).collect()
    }

    async fn create(&mut self, dice: &mut Dice) {
        if self.collection().create.is_none() {
            return;
        }
        let key = self.collection().key.clone();
        for number in 0..self.size.one_by_one {
            let (written, attributes) = (self.written(true), &self.system.collections[self.at].attributes);
            let values = written
                .iter()
                .map(|at| (*at, value(dice, &attributes[*at], key.has(*at), self.size.records + number)))
                .filter(|(_, value)| !value.is_missing());
            let values: Vec<_> = values.collect();
            let write = Write { kind: WriteKind::Create, id: None, values: values.clone(), current: Vec::new(), token: None, record: None };
            let outcome = self.local.connection.write(self.at, &[write]).await.remove(0);
            let stored = self.newest();
            match (outcome, stored) {
                (Ok(_), Some(stored)) => self.holds("create", &values, &stored),
                (other, _) => self.wrong("create", format!("{values:?} gives {other:?}")),
            }
        }
    }

    fn newest(&self) -> Option<Json> {
        self.local.store.records(&self.system.name, &self.collection().name).unwrap().pop()
    }

    async fn update(&mut self, dice: &mut Dice) {
        if self.collection().key.is_none() || self.collection().update.is_none() {
            return;
        }
        let key = self.collection().key.clone();
        for (number, stored) in self.some().into_iter().enumerate() {
            let id = self.id(&stored);
            let (written, attributes) = (self.written(false), &self.system.collections[self.at].attributes);
            let values: Vec<_> = written
                .iter()
                .map(|at| (*at, value(dice, &attributes[*at], false, 2 * self.size.records + number)))
                .filter(|(at, _)| !key.has(*at))
                .collect();
            let all = self.collection().attributes.iter().enumerate().filter(|(_, one)| one.is_read());
            let current = all.map(|(at, one)| (at, read(one, &stored))).collect();
            let record = match self.local.connection.get(self.at, &id, &self.ask()).await {
                Ok(GetResult::Record(record)) => Some(record),
                _ => Some(Snapshot::of(stored.to_string().into_bytes().into())),
            };
            let write = Write { kind: WriteKind::Update, id: Some(id.clone()), values: values.clone(), current, token: None, record };
            let outcome = self.local.connection.write(self.at, &[write]).await.remove(0);
            let all = self.local.store.records(&self.system.name, &self.collection().name).unwrap();
            let after = all.into_iter().find(|record| equal(&self.id(record), &id));
            match (outcome, after) {
                (Ok(_), Some(after)) => self.holds("update", &values, &after),
                (other, _) => self.wrong("update", format!("{id:?} to {values:?} gives {other:?}")),
            }
        }
    }

    /// Whether a record in the stand-in has what was written.
    fn holds(&mut self, what: &str, values: &[(usize, Value)], stored: &Json) {
        self.tally.answers += 1;
        for (at, value) in values {
            let attribute = &self.system.collections[self.at].attributes[*at];
            let found = read(attribute, stored);
            if attribute.is_read() && !equal(&found, value) && !(value.is_missing() && found.is_missing()) {
                let name = format!("{what} {}", attribute.name);
                self.wrong(&name, format!("{value:?} leaves {found:?} in {stored}"));
            }
        }
    }
}

/// What did not come back as it was from the systems of these files, and how many answers were tried.
pub async fn tried(files: &[(String, Checked)], size: Size) -> (Vec<String>, usize) {
    let (mut all, mut count) = (Vec::new(), 0);
    for (name, checked) in files {
        for system in systems(checked) {
            let tally = of_system(&system, size).await;
            count += tally.answers;
            all.extend(tally.wrong.into_iter().map(|(what, (times, example))| format!("{name}: {what} ({times}): {example}")));
        }
    }
    (all, count)
}

async fn of_system(system: &Arc<System>, size: Size) -> Tally {
    let local = local(system);
    let mut tally = Tally::default();
    for at in 0..system.collections.len() {
        let mut dice = Dice(at as u64);
        let mut tried = Tried { local: &local, system, at, size, records: BTreeMap::new(), tally: &mut tally };
        tried.fill(&mut dice);
        if tried.collection().list.is_some() {
            tried.list().await;
        }
        tried.get().await;
        tried.find().await;
        tried.create(&mut dice).await;
        tried.update(&mut dice).await;
    }
    tally
}

#[tokio::test]
async fn records_of_every_collection_come_back_as_they_are() {
    let (wrong, count) = tried(&files(), Size { records: 200, one_by_one: 40 }).await;
    println!("{count} answers");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(count > 3000, "{count}");
}
