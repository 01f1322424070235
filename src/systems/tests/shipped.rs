//! The system files of the repository, compiled.

use super::build::config;
use crate::{
    compile::{system::System, texts},
    systems::{Connection, ConnectionConfig, Write, WriteKind},
    value::Value,
};
use std::sync::Arc;

/// A system declared in these lines, or in the file that they use; `from` is read by what it is called.
pub fn declared(lines: &str, from: &str, key: &str, discovered: &[(&str, &str, &str)]) -> Arc<System> {
    Arc::clone(&texts::reading(lines, from, key, discovered, &[]).source.system)
}

pub fn arlo(discovered: &[(&str, &str, &str)]) -> Arc<System> {
    declared("use \"systems/arlo.sync\"", "arlo.contacts", "id", discovered)
}

pub fn wicket() -> Arc<System> {
    declared("use \"systems/wicket.sync\"", "wicket.people", "id", &[])
}

pub fn oomnitza() -> Arc<System> {
    declared("use \"systems/oomnitza.sync\"", "oomnitza.users", "user_id", &[])
}

/// A connection with all secrets given.
pub fn connected(system: &Arc<System>, origin: &str) -> Connection {
    let secrets = system.secrets().map(|(name, _)| (name.to_owned(), "SECRET".to_owned())).collect();
    Connection::open(system, ConnectionConfig { secrets, ..config(origin) }).unwrap()
}

pub fn collection(system: &System, name: &str) -> usize {
    system.collections.iter().position(|collection| collection.name == name).unwrap()
}

/// A write by the names of attributes.
pub fn write(system: &System, collection: usize, kind: WriteKind, id: Option<Value>, values: &[(&str, Value)]) -> Write {
    let of = &system.collections[collection];
    let values = values.iter().map(|(name, value)| (of.attribute(name).unwrap_or_else(|| panic!("{name}")), value.clone())).collect();
    Write { kind, id, values, current: Vec::new(), token: None, record: None }
}

pub fn part(system: &System, collection: usize, name: &str) -> WriteKind {
    WriteKind::Part(system.collections[collection].parts.iter().position(|part| part.name == name).unwrap())
}

pub fn call(system: &System, collection: usize, name: &str) -> WriteKind {
    WriteKind::Call(system.collections[collection].named.iter().position(|(known, _)| known == name).unwrap())
}

/// RFC 7643, 2.2: the filters of a system that speaks SCIM compare texts without case; those of others with it.
#[test]
fn filters_of_scim_systems_ignore_case() {
    let email = |system: &System| system.collections[0].attributes.iter().find(|one| one.name == "email").unwrap().path.clone();
    let record = serde_json::json!({ "emails": [{ "type": "Work", "value": "a@example.com" }] });
    assert_eq!(email(&super::build::scim()).find_all(&record).len(), 1);
}
