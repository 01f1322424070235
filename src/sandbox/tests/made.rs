//! `body = EXPR`, read backwards: another constant is a 400, and what is named is taken from where it was put.

use super::systems::Stage;
use crate::{compile::texts, sandbox::Options};
use serde_json::{Value as Json, json};

fn stage(system: &str, collection: &str, seeds: Json) -> Stage {
    let plan = texts::reading(system, collection, "id", &[], &[]);
    Stage::set(&plan, &[(&format!("{collection}.jsonl"), seeds)], &Options::default())
}

const APP: &str = r#"
system app {
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    create POST "/users" { body = record + { profile = { kind = "person" }, source = "sync" } }
    update PATCH "/users/{id}" { body = { role = role } }
    delete POST "/batch" {
      batch 2
      body = { requests = [{ id = id, method = "DELETE" } for each record] }
      items $.out by $.id = id { error $.why when $.why is present }
    }
    call lock POST "/lock" { body form { lists = "numbered" } = { users = [{ id = id }] } }
    attributes {
      id   : text read only at $.id
      name : text? at $.name
      role : text? at $.role
    }
  }
}
"#;

fn app() -> Stage {
    stage(APP, "app.users", json!([{ "id": "u1", "name": "One" }, { "id": "u2", "name": "Two" }]))
}

#[test]
fn a_constant_that_differs_is_refused() {
    let stage = app();
    let post = |body: Json| stage.ask("POST", "/users", &body.to_string());
    let made = post(json!({ "name": "Three", "profile": { "kind": "person" }, "source": "sync" }));
    assert_eq!((made.status, made.json()["name"].clone(), made.json()["source"].clone()), (201, json!("Three"), json!("sync")));
    assert_eq!(post(json!({ "name": "Four", "profile": { "kind": "robot" }, "source": "sync" })).status, 400);
    assert_eq!(post(json!({ "name": "Four", "profile": { "kind": "person" } })).status, 400);
    assert_eq!(stage.get("/users").json().as_array().map(Vec::len), Some(3));
}

#[test]
fn a_value_that_is_named_is_taken_from_its_place() {
    let stage = app();
    let patched = stage.ask("PATCH", "/users/u1", &json!({ "role": "admin" }).to_string());
    assert_eq!((patched.status, patched.json()["role"].clone()), (200, json!("admin")));
    assert_eq!(stage.ask("PATCH", "/users/u1", "{}").status, 400);
    let body = json!({ "requests": [{ "id": "u2", "method": "DELETE" }, { "id": "u9", "method": "DELETE" }] });
    let out = stage.ask("POST", "/batch", &body.to_string()).json()["out"].clone();
    assert!(out[0]["why"].is_null() && out[0]["id"] == "u2" && out[1]["why"].is_string(), "{out}");
    assert_eq!(stage.get("/users").json().as_array().map(Vec::len), Some(1));
    let wrong = json!({ "requests": [{ "id": "u1", "method": "GET" }] });
    assert_eq!(stage.ask("POST", "/batch", &wrong.to_string()).status, 400);
}

const RPC: &str = r#"
system erp {
  http "https://erp.example.com" {
    body = { method = "call", params = { model = "hr", args = ["main"] + body } }
  }
  collection employees {
    key id
    list POST "/rpc" {
      body = ["search_read", { offset = page.offset, limit = page.size }]
      page by offset size 2
      items $.result
    }
    get POST "/rpc" {
      body = ["read", [id]]
      item $.result[0]
    }
    create POST "/rpc" {
      body = ["create", [record]]
      item $.result
    }
    update POST "/rpc" {
      body = ["write", [id], changes]
      item $.result
    }
    attributes {
      id   : text read only at $.id
      name : text? at $.name
    }
  }
}
"#;

/// All calls go to one address, and their bodies tell them apart.
#[test]
fn the_envelope_of_a_system_tells_calls_apart() {
    let stage = stage(RPC, "erp.employees", json!([{ "id": "e1", "name": "One" }, { "id": "e2", "name": "Two" }, { "id": "e3" }]));
    let rpc = |args: Json| {
        let body = json!({ "method": "call", "params": { "model": "hr", "args": args } });
        stage.ask("POST", "/rpc", &body.to_string())
    };
    let page = |offset: u64| rpc(json!(["main", "search_read", { "offset": offset, "limit": 2 }])).json()["result"].clone();
    assert_eq!((page(0).as_array().map(Vec::len), page(2).as_array().map(Vec::len)), (Some(2), Some(1)));
    assert_eq!(rpc(json!(["main", "read", ["e2"]])).json()["result"][0]["name"], json!("Two"));
    assert_eq!(rpc(json!(["main", "write", ["e2"], { "name": "Deux" }])).status, 200);
    assert_eq!(rpc(json!(["main", "read", ["e2"]])).json()["result"][0]["name"], json!("Deux"));
    assert_eq!(rpc(json!(["main", "create", [{ "name": "Four" }]])).json()["result"]["name"], json!("Four"));
    assert_eq!(rpc(json!(["other", "read", ["e2"]])).status, 400);
    assert_eq!(rpc(json!(["main", "unlink", ["e2"]])).status, 400);
}
