//! The client and its stand-in, from the same declaration, over real HTTP.

use crate::sandbox::{Played, TODAY, integration_a};
use counterpart::{
    compile::{Side, system::ErrorClass},
    sandbox::Running,
    systems::{Connection, ConnectionConfig, End, GetResult, Observer, ReadRequest, Write, WriteKind, Written},
    value::Value,
};
use serde_json::{Value as Json, json};
use std::{future::Future, sync::Arc};

struct Silent;

impl Observer for Silent {}

fn client(played: &Played, side: &Side, running: &Running) -> Connection {
    let config = ConnectionConfig {
        secrets: running.secrets.clone(),
        origin: Some(running.origin.clone()),
        folder: played.sandbox.files.clone(),
        roots: counterpart::host::Roots::default(),
        tokens: None,
        now: jiff::Timestamp::UNIX_EPOCH,
        today: TODAY,
        observer: Arc::new(Silent),
        host: counterpart::host::Host::real(),
        budgets: counterpart::systems::Budgets::default(),
        stop: counterpart::systems::StopSignal::default(),
    };
    Connection::open(&side.system, config).unwrap()
}

fn target(played: &Played) -> Connection {
    client(played, &played.plan.target, played.sandbox.stand_in("reward_gateway").unwrap())
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn everybody(connection: &Connection, ask: &ReadRequest) -> (End, Vec<Json>) {
    let mut records = Vec::new();
    let read =
        wait(connection.read(0, ask, &mut |page: &[&[u8]], _| {
            records.extend(page.iter().map(|record| serde_json::from_slice::<Json>(record).unwrap()))
        }));
    (read.end, records)
}

/// A write by attributes' names.
fn write(
    played: &Played,
    connection: &Connection,
    kind: WriteKind,
    id: Option<&str>,
    values: &[(&str, Value)],
) -> Result<Written, counterpart::systems::CallError> {
    let collection = played.plan.target.collection();
    let values = values.iter().map(|(name, value)| (collection.attribute(name).unwrap(), value.clone())).collect();
    let one = Write { kind, id: id.map(Value::text), values, current: Vec::new(), token: None, record: None };
    wait(connection.write(0, &[one])).remove(0)
}

fn member(number: &str, mail: &str) -> Vec<(&'static str, Value)> {
    let names = [
        ("external_id", number),
        ("user_name", number),
        ("email", mail),
        ("first_name", "Jeanne"),
        ("last_name", "Durand"),
        ("division", "People"),
    ];
    let texts = names.map(|(name, text)| (name, Value::text(text)));
    texts.into_iter().chain([("active", Value::Bool(true)), ("welcome_mail", Value::Bool(true))]).collect()
}

#[test]
fn both_sides_are_read_to_the_end() {
    let played = integration_a();
    let source = client(&played, &played.plan.source, played.sandbox.stand_in("lucca").unwrap());
    let attributes = ["id", "email", "department"].map(|name| played.plan.source.collection().attribute(name).unwrap()).to_vec();
    let (end, people) = everybody(&source, &ReadRequest { attributes, ..ReadRequest::default() });
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(
        (people.len(), &people[1]),
        (320, &json!({ "id": 402, "mail": "paul.leveque@example.com", "department": { "name": "IT" } }))
    );
    let (end, members) = everybody(&target(&played), &ReadRequest::default());
    assert!(end.is_complete() && members.len() == 271, "{end:?}, {}", members.len());
    assert_eq!(played.sandbox.store.writing_requests().unwrap(), 0);
}

#[test]
fn a_member_is_made_found_changed_closed_and_deleted() {
    let played = integration_a();
    let target = target(&played);
    let made = write(&played, &target, WriteKind::Create, None, &member("00999", "j.new@example.com")).unwrap();
    let id = made.id.and_then(|id| id.as_text().map(str::to_owned)).unwrap();
    let by = played.plan.target.collection().attribute("external_id").unwrap();
    assert_eq!(wait(target.find(0, by, &Value::text("00999"), &ReadRequest::default())).unwrap().len(), 1);
    let changes = [("email", Value::text("j.newer@example.com")), ("active", Value::Bool(false)), ("division", Value::Null)];
    write(&played, &target, WriteKind::Update, Some(&id), &changes).unwrap();
    let record = wait(target.get(0, &Value::text(&id), &ReadRequest::default())).unwrap().record().unwrap();
    let record: Json = serde_json::from_slice(&record).unwrap();
    assert_eq!((&record["emails"][0]["value"], &record["active"]), (&json!("j.newer@example.com"), &json!(false)));
    assert_eq!(record.get("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User").and_then(|part| part.get("department")), None);
    write(&played, &target, WriteKind::Delete, Some(&id), &[]).unwrap();
    assert_eq!(wait(target.get(0, &Value::text(&id), &ReadRequest::default())).unwrap(), GetResult::Gone);
    assert_eq!(played.sandbox.store.effects().unwrap().len(), 1, "welcomed once");
}

#[test]
fn refusals_are_understood_as_what_they_are() {
    let played = integration_a();
    let target = target(&played);
    let taken = write(&played, &target, WriteKind::Create, None, &member("00008", "j.new@example.com")).unwrap_err();
    assert_eq!((taken.class, taken.code.as_deref()), (ErrorClass::Conflict, Some("uniqueness")));
    let missing = write(&played, &target, WriteKind::Create, None, &member("00999", "j.new@example.com")[..3]).unwrap_err();
    assert_eq!((missing.class, missing.code.as_deref()), (ErrorClass::Invalid, Some("invalidValue")));
    let gone = write(&played, &target, WriteKind::Update, Some("1"), &[("active", Value::Bool(false))]).unwrap_err();
    assert_eq!(gone.class, ErrorClass::Gone);
    let mut wrong = played.sandbox.stand_in("reward_gateway").unwrap().secrets.clone();
    wrong.insert("token".to_owned(), "wrong".to_owned());
    let origin = played.sandbox.stand_in("reward_gateway").unwrap().origin.clone();
    let config = ConnectionConfig {
        secrets: wrong,
        origin: Some(origin),
        folder: played.sandbox.files.clone(),
        roots: counterpart::host::Roots::default(),
        tokens: None,
        now: jiff::Timestamp::UNIX_EPOCH,
        today: TODAY,
        observer: Arc::new(Silent),
        host: counterpart::host::Host::real(),
        budgets: counterpart::systems::Budgets::default(),
        stop: counterpart::systems::StopSignal::default(),
    };
    let stranger = Connection::open(&played.plan.target.system, config).unwrap();
    let refused = wait(stranger.get(0, &Value::text("83002"), &ReadRequest::default())).unwrap_err();
    assert_eq!(refused.class, ErrorClass::Auth);
}
