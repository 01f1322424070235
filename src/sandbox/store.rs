//! The records of the stand-ins and their requests, in an SQLite file of their own.

use super::{
    error::SandboxError,
    route::{Action, actions, calls},
};
use crate::{
    compile::{
        program::Name,
        system::{Attribute, Call, Collection, PageBy, System},
    },
    host::Host,
    value::{Kind, Value, canonical, path::Found},
};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::Value as Json;
use std::{
    collections::BTreeSet,
    ops::Deref,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS records (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, system TEXT NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL,
        json TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1, changed TEXT NOT NULL DEFAULT '', below TEXT, UNIQUE (system, collection, key));
    CREATE INDEX IF NOT EXISTS records_in_order ON records (system, collection, seq);
    CREATE TABLE IF NOT EXISTS lookups (
        system TEXT NOT NULL, collection TEXT NOT NULL, attribute TEXT NOT NULL, value BLOB NOT NULL, seq INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS lookups_by_value ON lookups (system, collection, attribute, value);
    CREATE INDEX IF NOT EXISTS lookups_by_record ON lookups (seq);
    CREATE TABLE IF NOT EXISTS requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, system TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS effects (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, system TEXT NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL, effect TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS seeded (system TEXT PRIMARY KEY, at TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS merged (
        system TEXT NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL, into_key TEXT NOT NULL, PRIMARY KEY (system, collection, key));
    CREATE TABLE IF NOT EXISTS discovered (
        system TEXT NOT NULL, collection TEXT NOT NULL, part TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (system, collection, part, name));
    CREATE TABLE IF NOT EXISTS changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, system TEXT NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL, removed TEXT,
        UNIQUE (system, collection, key));
    CREATE TABLE IF NOT EXISTS renewals (system TEXT PRIMARY KEY, times INTEGER NOT NULL);
";

/// The sandbox's own database.
#[derive(Debug)]
pub struct Store {
    host: Host,
    connection: Mutex<Connection>,
}

/// One request that a stand-in answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub at: Timestamp,
    pub system: String,
    pub method: String,
    /// With its query.
    pub path: String,
    pub status: u16,
}

impl Request {
    /// Whether its method is one that writes.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }
}

/// Something a write did to a person: a welcome e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// `reward_gateway.members`
    pub collection: String,
    pub key: String,
    pub effect: String,
}

/// A record as it is stored.
#[derive(Clone, Debug)]
pub struct Record {
    pub seq: i64,
    pub json: Json,
    /// Raised by each write, from 1.
    pub version: i64,
    /// When it was written here last.
    pub changed: Timestamp,
}

/// The last change of a record.
#[derive(Clone, Debug)]
pub struct Change {
    pub id: i64,
    /// As it is or, if it was removed, as it was.
    pub json: Json,
    pub is_removed: bool,
}

/// Migrates a database of an earlier version: renames the table of discovered attributes, and adds missing columns.
fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    if connection.prepare("SELECT 1 FROM told LIMIT 0").is_ok() {
        connection.execute_batch("INSERT OR REPLACE INTO discovered SELECT * FROM told; DROP TABLE told;")?;
    }
    let known = connection.prepare("SELECT changed, below FROM records LIMIT 0").is_ok();
    if known {
        return Ok(());
    }
    connection.execute_batch("ALTER TABLE records ADD COLUMN changed TEXT NOT NULL DEFAULT ''; ALTER TABLE records ADD COLUMN below TEXT;")
}

impl Store {
    /// Opens the database, and creates it and its folder if they are missing.
    ///
    /// # Errors
    /// The folder can't be written, the file is no database, the disk is full.
    pub fn open(host: &Host, path: &Path) -> Result<Self, SandboxError> {
        if let Some(folder) = path.parent() {
            let failed = |error| SandboxError::Folder { folder: folder.to_path_buf(), error };
            host.disk().make_folder(folder).map_err(failed)?;
            if host.vfs().is_none() {
                host.disk().create_private(path).map_err(failed)?;
            }
        }
        let connection = match host.vfs() {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs)?,
            None => Connection::open(path)?,
        };
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(SCHEMA)?;
        migrate(&connection)?;
        Ok(Self { host: host.clone(), connection: Mutex::new(connection) })
    }

    /// The platform: its clock, its disk, its threads.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes several changes that become durable together or, if one fails, none.
    ///
    /// # Errors
    /// The error of `work`, or the database fails.
    pub fn at_once<T, E: From<SandboxError>>(&self, work: impl FnOnce(&StoreTransaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.lock();
        let sql = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(SandboxError::from)?;
        let transaction = StoreTransaction { sql, now: self.host.now() };
        let done = work(&transaction)?;
        transaction.sql.commit().map_err(SandboxError::from)?;
        Ok(done)
    }

    /// Whether a system was given its first records.
    ///
    /// # Errors
    /// The database fails.
    pub fn is_seeded(&self, system: &str) -> Result<bool, SandboxError> {
        let known = self.lock().query_row("SELECT 1 FROM seeded WHERE system = ?", [system], |_| Ok(())).optional();
        known.map(|row| row.is_some()).map_err(SandboxError::from)
    }

    /// How often a system's refresh token was renewed; `reset` keeps the number, because clients store the last token elsewhere.
    pub(crate) fn renewals(&self, system: &str) -> Result<i64, SandboxError> {
        let times = self.lock().query_row("SELECT times FROM renewals WHERE system = ?", [system], |row| row.get(0)).optional();
        times.map(Option::unwrap_or_default).map_err(SandboxError::from)
    }

    /// Notes that it was renewed once more.
    pub(crate) fn renewed(&self, system: &str) -> Result<(), SandboxError> {
        let sql = "INSERT INTO renewals (system, times) VALUES (?, 1) ON CONFLICT (system) DO UPDATE SET times = times + 1";
        self.lock().execute(sql, [system]).map(drop).map_err(SandboxError::from)
    }

    /// Forgets all records, requests and effects.
    ///
    /// # Errors
    /// The database fails.
    pub fn reset(&self) -> Result<(), SandboxError> {
        self.at_once(|on| {
            on.execute_batch(
                "DELETE FROM records; DELETE FROM lookups; DELETE FROM requests; DELETE FROM effects; DELETE FROM seeded;
                 DELETE FROM merged; DELETE FROM discovered; DELETE FROM changes;",
            )
            .map_err(SandboxError::from)
        })
    }

    /// Notes a request that was answered.
    pub(crate) fn note(&self, system: &str, method: &str, path: &str, status: u16) {
        let sql = "INSERT INTO requests (at, system, method, path, status) VALUES (?, ?, ?, ?, ?)";
        let now = self.host.now().to_string();
        // The page of requests is a convenience: an answer is sent even if it could not be recorded.
        let _ = self.lock().execute(sql, params![now, system, method, path, status]);
    }

    /// The requests so far, the latest first, at most `limit`.
    ///
    /// # Errors
    /// The database fails.
    pub fn requests(&self, limit: u32) -> Result<Vec<Request>, SandboxError> {
        let connection = self.lock();
        let mut rows = connection.prepare_cached("SELECT at, system, method, path, status FROM requests ORDER BY id DESC LIMIT ?")?;
        let rows = rows.query_map([limit], request)?;
        rows.collect::<Result<_, _>>().map_err(SandboxError::from)
    }

    /// How many requests were made by methods that write, refused ones too.
    ///
    /// # Errors
    /// The database fails.
    pub fn writing_requests(&self) -> Result<i64, SandboxError> {
        let sql = "SELECT count(*) FROM requests WHERE method NOT IN ('GET', 'HEAD', 'OPTIONS')";
        self.lock().query_row(sql, [], |row| row.get(0)).map_err(SandboxError::from)
    }

    /// All effects so far, in order.
    ///
    /// # Errors
    /// The database fails.
    pub fn effects(&self) -> Result<Vec<Effect>, SandboxError> {
        let connection = self.lock();
        let mut rows = connection.prepare_cached("SELECT system || '.' || collection, key, effect FROM effects ORDER BY id")?;
        let rows = rows.query_map([], |row| Ok(Effect { collection: row.get(0)?, key: row.get(1)?, effect: row.get(2)? }))?;
        rows.collect::<Result<_, _>>().map_err(SandboxError::from)
    }

    /// All records of a collection, in order, as JSON.
    ///
    /// # Errors
    /// The database fails.
    pub fn records(&self, system: &str, collection: &str) -> Result<Vec<Json>, SandboxError> {
        let connection = self.lock();
        let mut rows = connection.prepare_cached("SELECT json FROM records WHERE system = ? AND collection = ? ORDER BY seq")?;
        let rows = rows.query_map([system, collection], |row| row.get::<_, String>(0))?;
        rows.map(|text| parsed(&text?)).collect()
    }
}

fn request(row: &rusqlite::Row<'_>) -> rusqlite::Result<Request> {
    let at: String = row.get(0)?;
    let at = at.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Request { at, system: row.get(1)?, method: row.get(2)?, path: row.get(3)?, status: row.get(4)? })
}

fn parsed(text: &str) -> Result<Json, SandboxError> {
    serde_json::from_str(text).map_err(SandboxError::Record)
}

/// Several changes that become durable together.
pub struct StoreTransaction<'a> {
    sql: Transaction<'a>,
    /// When it began: the time of each of its changes.
    pub now: Timestamp,
}

impl<'a> Deref for StoreTransaction<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Self::Target {
        &self.sql
    }
}

/// One collection, inside a transaction.
#[derive(Clone, Copy)]
pub struct CollectionStore<'a> {
    pub on: &'a StoreTransaction<'a>,
    pub system: &'a System,
    pub collection: &'a Collection,
}

impl<'a> CollectionStore<'a> {
    /// The records of a collection.
    pub const fn of(on: &'a StoreTransaction<'a>, system: &'a System, collection: &'a Collection) -> Self {
        Self { on, system, collection }
    }

    /// How many records there are.
    pub fn count(&self) -> Result<i64, SandboxError> {
        let sql = "SELECT count(*) FROM records WHERE system = ? AND collection = ?";
        self.one(sql, params![self.system.name, self.collection.name])
    }

    fn one<T: rusqlite::types::FromSql>(&self, sql: &str, with: impl rusqlite::Params) -> Result<T, SandboxError> {
        self.on.prepare_cached(sql).and_then(|mut query| query.query_row(with, |row| row.get(0))).map_err(SandboxError::from)
    }

    /// A page of the records, in order.
    pub fn page(&self, offset: i64, size: i64) -> Result<Vec<Record>, SandboxError> {
        let sql = "SELECT seq, json, version, changed FROM records WHERE system = ? AND collection = ? ORDER BY seq LIMIT ? OFFSET ?";
        self.query(sql, params![self.system.name, self.collection.name, size, offset])
    }

    /// The records below one of another collection, by its key.
    pub fn below(&self, parent: &str) -> Result<Vec<Record>, SandboxError> {
        let sql = "SELECT seq, json, version, changed FROM records WHERE system = ? AND collection = ? AND below = ? ORDER BY seq";
        self.query(sql, params![self.system.name, self.collection.name, parent])
    }

    /// How many records there are up to this one.
    pub fn position(&self, seq: i64) -> Result<i64, SandboxError> {
        let sql = "SELECT count(*) FROM records WHERE system = ? AND collection = ? AND seq <= ?";
        self.one(sql, params![self.system.name, self.collection.name, seq])
    }

    fn query(&self, sql: &str, with: impl rusqlite::Params) -> Result<Vec<Record>, SandboxError> {
        let mut query = self.on.prepare_cached(sql)?;
        let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get::<_, String>(3)?));
        let rows = query.query_map(with, columns)?;
        rows.map(|row| {
            let (seq, json, version, changed) = row?;
            Ok(Record { seq, json: parsed(&json)?, version, changed: changed.parse().unwrap_or(Timestamp::UNIX_EPOCH) })
        })
        .collect()
    }

    /// The records whose attribute has a value, compared as the attribute says.
    pub fn find(&self, attribute: &Attribute, value: &Value) -> Result<Vec<Record>, SandboxError> {
        let Some(canonical) = canonical::index_key(value, attribute.comparison) else { return Ok(Vec::new()) };
        let sql = "SELECT r.seq, r.json, r.version, r.changed FROM records r JOIN lookups l ON l.seq = r.seq
                   WHERE l.system = ? AND l.collection = ? AND l.attribute = ? AND l.value = ? ORDER BY r.seq";
        self.query(sql, params![self.system.name, self.collection.name, attribute.name, canonical.as_ref()])
    }

    /// The record with a key.
    pub fn by_key(&self, key: &str) -> Result<Option<Record>, SandboxError> {
        let sql = "SELECT seq, json, version, changed FROM records WHERE system = ? AND collection = ? AND key = ?";
        Ok(self.query(sql, params![self.system.name, self.collection.name, key])?.into_iter().next())
    }

    /// The record that another one names by its key.
    pub fn same_as(&self, record: &Json) -> Result<Option<Record>, SandboxError> {
        let key = &self.collection.key;
        if let Some(alone) = key.alone().map(|at| &self.collection.attributes[at]) {
            return Ok(self.find(alone, &read(alone, record))?.into_iter().next());
        }
        key_of(self.collection, record).map_or(Ok(None), |key| self.by_key(&key))
    }

    /// Creates a record, or replaces the one with its key.
    pub fn put(&self, key: &str, json: &Json) -> Result<(), SandboxError> {
        let sql =
            "INSERT INTO records (system, collection, key, json, changed) VALUES (?, ?, ?, ?, ?) ON CONFLICT (system, collection, key)
                   DO UPDATE SET json = excluded.json, version = version + 1, changed = excluded.changed RETURNING seq";
        let now = self.on.now.to_string();
        let seq: i64 = self.one(sql, params![self.system.name, self.collection.name, key, json.to_string(), now])?;
        self.note_change(key, None)?;
        self.index(seq, json)
    }

    /// Puts a record below one of another collection, by its key.
    pub fn put_below(&self, key: &str, parent: &str) -> Result<(), SandboxError> {
        let sql = "UPDATE records SET below = ? WHERE system = ? AND collection = ? AND key = ?";
        self.run(sql, params![parent, self.system.name, self.collection.name, key])
    }

    /// Notes that a record was merged into another, which is answered in its place.
    pub fn merge(&self, key: &str, into: &str) -> Result<(), SandboxError> {
        let sql = "INSERT OR REPLACE INTO merged (system, collection, key, into_key) VALUES (?, ?, ?, ?)";
        self.run(sql, params![self.system.name, self.collection.name, key, into])
    }

    /// The key of the record that another was merged into.
    pub fn merged_into(&self, key: &str) -> Result<Option<String>, SandboxError> {
        let sql = "SELECT into_key FROM merged WHERE system = ? AND collection = ? AND key = ?";
        let found = self.on.query_row(sql, params![self.system.name, self.collection.name, key], |row| row.get(0));
        found.optional().map_err(SandboxError::from)
    }

    /// Stores a discovered attribute, as the item that reports it.
    pub fn add_discovered(&self, part: &str, name: &str, item: &Json) -> Result<(), SandboxError> {
        let sql = "INSERT OR REPLACE INTO discovered (system, collection, part, name, json) VALUES (?, ?, ?, ?, ?)";
        self.run(sql, params![self.system.name, self.collection.name, part, name, item.to_string()])
    }

    /// The discovered attributes of a collection or one of its parts.
    pub fn discovered(&self, part: &str) -> Result<Vec<Json>, SandboxError> {
        let sql = "SELECT json FROM discovered WHERE system = ? AND collection = ? AND part = ? ORDER BY rowid";
        let mut query = self.on.prepare_cached(sql)?;
        let with = params![self.system.name, self.collection.name, part];
        let rows = query.query_map(with, |row| row.get::<_, String>(0))?;
        rows.map(|text| parsed(&text?)).collect()
    }

    fn index(&self, seq: i64, json: &Json) -> Result<(), SandboxError> {
        self.run("DELETE FROM lookups WHERE seq = ?", params![seq])?;
        for attribute in self.looked_up().into_iter().map(|at| &self.collection.attributes[at]) {
            if let Some(value) = canonical::index_key(&read(attribute, json), attribute.comparison) {
                let sql = "INSERT INTO lookups (system, collection, attribute, value, seq) VALUES (?, ?, ?, ?, ?)";
                self.run(sql, params![self.system.name, self.collection.name, attribute.name, value.as_ref(), seq])?;
            }
        }
        Ok(())
    }

    /// The attributes by which records are looked up: unique ones, those in the paths of calls, and the one that pages continue from.
    fn looked_up(&self) -> BTreeSet<usize> {
        let attributes = self.collection.attributes.iter().enumerate();
        let mut all: BTreeSet<_> = attributes.filter(|(_, attribute)| attribute.unique).map(|(at, _)| at).collect();
        all.extend(self.collection.key.attributes());
        for (action, call) in actions(self.collection) {
            call.path.names(&mut |name| all.extend(if let Name::Own(at) = name { Some(*at) } else { None }));
            all.extend(if let Action::Find(by) = action { Some(by) } else { None });
            all.extend(call.page.iter().filter_map(|page| if let PageBy::Last(by) = page.by { Some(by) } else { None }));
        }
        let children = self.system.collections.iter().flat_map(calls).filter(|call| self.is_above(call));
        children.for_each(|call| call.path.names(&mut |name| all.extend(if let Name::Parent(at) = name { Some(*at) } else { None })));
        all
    }

    /// Whether a list is nested in each record of this collection.
    fn is_above(&self, call: &Call) -> bool {
        call.for_each.is_some_and(|at| self.system.collections[at].name == self.collection.name)
    }

    fn run(&self, sql: &str, with: impl rusqlite::Params) -> Result<(), SandboxError> {
        self.on.prepare_cached(sql).and_then(|mut statement| statement.execute(with)).map(drop).map_err(SandboxError::from)
    }

    /// Notes that a record was written or, with what it was, removed. Only lists that give marks ask for it.
    fn note_change(&self, key: &str, removed: Option<&str>) -> Result<(), SandboxError> {
        if !self.collection.all_lists().any(|list| list.since.is_some()) {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO changes (system, collection, key, removed) VALUES (?, ?, ?, ?)";
        self.run(sql, params![self.system.name, self.collection.name, key, removed])
    }

    /// The number of the latest change.
    pub fn latest_change(&self) -> Result<i64, SandboxError> {
        self.one("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)", params![])
    }

    /// How many records were changed or removed after a change.
    pub fn count_changes(&self, after: i64) -> Result<i64, SandboxError> {
        let sql = "SELECT count(*) FROM changes WHERE system = ? AND collection = ? AND id > ?";
        self.one(sql, params![self.system.name, self.collection.name, after])
    }

    /// What was changed or removed after a change, each record once, in the order of its last change.
    pub fn changes(&self, after: i64, size: i64) -> Result<Vec<Change>, SandboxError> {
        let sql = "SELECT c.id, r.json, c.removed FROM changes c LEFT JOIN records r USING (system, collection, key)
                   WHERE c.system = ? AND c.collection = ? AND c.id > ? ORDER BY c.id LIMIT ?";
        let mut query = self.on.prepare_cached(sql)?;
        let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<String>>(2)?));
        let rows = query.query_map(params![self.system.name, self.collection.name, after, size], columns)?;
        let mut changes = Vec::new();
        for row in rows {
            let (id, record, removed) = row?;
            let is_removed = record.is_none();
            if let Some(text) = record.or(removed) {
                changes.push(Change { id, json: parsed(&text)?, is_removed });
            }
        }
        Ok(changes)
    }

    /// Removes a record.
    pub fn remove(&self, seq: i64) -> Result<(), SandboxError> {
        let gone =
            self.on.query_row("SELECT key, json FROM records WHERE seq = ?", [seq], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((key, json)) = gone {
            let (key, json): (String, String) = (key, json);
            self.note_change(&key, Some(&json))?;
        }
        self.run("DELETE FROM lookups WHERE seq = ?", params![seq])?;
        self.run("DELETE FROM records WHERE seq = ?", params![seq])
    }

    /// A number that was never the key of a record.
    pub fn next_number(&self) -> Result<i64, SandboxError> {
        let sql = "SELECT max(coalesce((SELECT max(CAST(key AS INTEGER)) FROM records WHERE system = ?1 AND collection = ?2), 0),
                           coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'records'), 0)) + 1";
        self.one(sql, params![self.system.name, self.collection.name])
    }

    /// Counts something that a write did to a person.
    pub fn effect(&self, key: &str, effect: &str) -> Result<(), SandboxError> {
        let sql = "INSERT INTO effects (at, system, collection, key, effect) VALUES (?, ?, ?, ?, ?)";
        self.run(sql, params![self.on.now.to_string(), self.system.name, self.collection.name, key, effect])
    }

    /// Notes that the system has its first records.
    pub fn seeded(&self) -> Result<(), SandboxError> {
        self.run("INSERT OR IGNORE INTO seeded (system, at) VALUES (?, ?)", params![self.system.name, self.on.now.to_string()])
    }
}

/// The value of an attribute in a record; missing where it can't be read.
pub fn read(attribute: &Attribute, json: &Json) -> Value {
    if let Kind::List(_) = attribute.ty.kind {
        let list = match attribute.path.find_all(json)[..] {
            [] => return attribute.codec.read(None).unwrap_or(Value::Absent),
            [list @ (Json::Array(_) | Json::Null)] => list.clone(),
            ref items => items.iter().map(|item| (*item).clone()).collect(),
        };
        return attribute.codec.read(Some(&list)).unwrap_or(Value::Null);
    }
    match attribute.path.find(json) {
        Found::One(found) => attribute.codec.read(Some(found)).unwrap_or(Value::Null),
        Found::Nothing => attribute.codec.read(None).unwrap_or(Value::Absent),
        Found::Several(_) => Value::Absent,
    }
}

/// A key as it is written in the database, in paths and in reports.
pub fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The key that a record has.
pub fn key_of(collection: &Collection, record: &Json) -> Option<String> {
    if let Some(key) = collection.key.alone() {
        return key_text(&read(&collection.attributes[key], record));
    }
    let id = collection.id_of(|at| Some(read(&collection.attributes[at], record)))?;
    key_text(&id)
}
