//! A part that is deleted once nothing is left of it.

use super::{systems::Stage, token_calls::client};
use crate::{
    compile::texts,
    sandbox::Options,
    systems::{CallError, Write, WriteKind, Written},
    value::Value,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;

const SYSTEM: &str = r#"
system crm {
  http "https://crm.example.com" { }
  collection people {
    key id
    lists all
    list GET "/people" { items $ }
    get GET "/people/{id}"
    attributes {
      id : text read only at $.id
    }
    part address {
      at $.address
      create POST "/people/{id}/address"
      update PATCH "/people/{id}/address/{address.id}"
      delete DELETE "/people/{id}/address/{address.id}"
      attributes {
        id     : text read only at $.id
        city   : text?          at $.city
        street : text?          at $.street
      }
    }
  }
}
"#;

/// Writes into the address of a person, and how the person is afterwards.
fn written(person: &str, values: &[(&str, Value)]) -> (Result<Written, CallError>, Json, Vec<String>) {
    let plan = texts::reading(SYSTEM, "crm.people", "id", &[], &[]);
    let people = json!([
        { "id": "both", "address": { "id": "a1", "city": "Paris", "street": "Rue X" } },
        { "id": "city", "address": { "id": "a2", "city": "Paris", "street": null } },
        { "id": "none" },
    ]);
    let stage = Stage::set(&plan, &[("crm.people.jsonl", people)], &Options::default());
    let system = Arc::clone(&plan.source.system);
    let at = |name: &str| system.collections[0].attribute(name).unwrap();
    let values = values.iter().map(|(name, value)| (at(name), value.clone())).collect();
    let write = Write { kind: WriteKind::Part(0), id: Some(Value::text(person)), values, current: Vec::new(), token: None, record: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(client(&system, &stage, stage.running.secrets.clone()).write(0, &[write])).remove(0);
    let methods = stage.store.requests(9).unwrap().iter().rev().map(|request| request.method.clone()).collect();
    (outcome, stage.get(&format!("/people/{person}")).json(), methods)
}

#[test]
fn a_part_is_deleted_once_its_last_value_is_cleared() {
    let (outcome, person, methods) = written("city", &[("address.city", Value::Null)]);
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!((person, methods), (json!({ "id": "city" }), vec!["GET".to_owned(), "DELETE".to_owned()]));
    let both = [("address.city", Value::Null), ("address.street", Value::Null)];
    assert_eq!(written("both", &both).1, json!({ "id": "both" }));
}

#[test]
fn a_part_that_has_something_else_is_changed() {
    let (outcome, person, methods) = written("both", &[("address.city", Value::Null)]);
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(person["address"]["street"], "Rue X");
    assert_eq!((&person["address"]["city"], methods.last().map(String::as_str)), (&Json::Null, Some("PATCH")));
    let (_, person, methods) = written("city", &[("address.city", Value::Null), ("address.street", Value::text("Rue Y"))]);
    assert_eq!((&person["address"]["street"], methods.last().map(String::as_str)), (&json!("Rue Y"), Some("PATCH")));
}

#[test]
fn what_is_not_there_is_not_deleted() {
    let (_, person, methods) = written("none", &[("address.city", Value::text("Lyon"))]);
    assert_eq!((&person["address"]["city"], methods.last().map(String::as_str)), (&json!("Lyon"), Some("POST")));
    let (_, _, methods) = written("none", &[("address.city", Value::Null)]);
    assert!(!methods.contains(&"DELETE".to_owned()), "{methods:?}");
}
