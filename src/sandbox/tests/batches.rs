//! Batched creates, updates and deletes: one result for each record, and one that is refused is refused alone.

use super::systems::Stage;
use crate::{compile::texts, sandbox::Options};
use serde_json::json;

fn stage(create: &str) -> Stage {
    let system = r#"
system shop {
  http "https://shop.example.com" { }
  collection items {
    key id
    list GET "/items" { items $.data }
    CREATE
    update PATCH "/items" {
      batch 3
      body = { rows = [{ id = id, item = changes } for each record] }
      items $.out by $.id = id {
        key   $.id
        error $.why when $.why is present
      }
    }
    delete DELETE "/items" {
      batch 3
      body = { ids = [id for each record] }
      items $.out by $.id = id { error $.why when $.why is present }
    }
    attributes {
      id    : text read only at $.id
      name  : text  up to 5   at $.name
      email : text? unique    at $.email
    }
  }
}
"#
    .replace("CREATE", create);
    let plan = texts::reading(&system, "shop.items", "id", &[], &[]);
    let seeds = json!([{ "id": "i1", "name": "One", "email": "one@example.com" }, { "id": "i2", "name": "Two" }]);
    Stage::set(&plan, &[("shop.items.jsonl", seeds)], &Options::default())
}

const NESTED: &str = "create POST \"/items/bulk\" {\nbatch 3\nbody = { rows = [{ item = record } for each record] }\nitems $.out by $.name = name {\nkey $.id\nerror $.why when $.why is present\n}\n}";

#[test]
fn a_batched_create_answers_for_each_record() {
    let stage = stage(NESTED);
    let body = json!({ "rows": [
        { "item": { "name": "Three" } },
        { "item": { "name": "too long" } },
        { "item": { "name": "Four", "email": "one@example.com" } },
    ] });
    let answer = stage.ask("POST", "/items/bulk", &body.to_string());
    let out = answer.json()["out"].as_array().expect("a list of results").clone();
    assert_eq!((answer.status, out.len()), (200, 3));
    assert!(out[0]["id"].is_string() && out[0]["why"].is_null(), "{out:?}");
    assert!(out[1]["why"].is_string() && out[2]["why"].is_string(), "{out:?}");
    let names: Vec<_> = stage.get("/items").json()["data"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, [json!("One"), json!("Two"), json!("Three")]);
}

#[test]
fn a_batch_without_lines_is_a_list_of_records() {
    let stage = stage("create POST \"/items/bulk\" {\nbatch 3\nitems $ by $.name = name { key $.id }\n}");
    let answer = stage.ask("POST", "/items/bulk", &json!([{ "name": "Three" }, { "name": "Four" }]).to_string());
    assert_eq!((answer.status, answer.json().as_array().map(Vec::len)), (200, Some(2)));
    let refused = |body: serde_json::Value| stage.ask("POST", "/items/bulk", &body.to_string()).status;
    assert_eq!(refused(json!({ "name": "Five" })), 400);
    assert_eq!(refused(json!([{}, {}, {}, {}])), 400, "more than the call takes");
    assert_eq!(stage.get("/items").json()["data"].as_array().map(Vec::len), Some(4));
}

#[test]
fn batched_updates_and_deletes_name_their_records() {
    let stage = stage(NESTED);
    let rows = json!({ "rows": [{ "id": "i1", "item": { "name": "Uno" } }, { "id": "i9", "item": { "name": "No" } }] });
    let out = stage.ask("PATCH", "/items", &rows.to_string()).json()["out"].clone();
    assert!(out[0]["why"].is_null() && out[0]["id"] == "i1" && out[1]["why"].is_string(), "{out}");
    assert_eq!(stage.get("/items").json()["data"][0], json!({ "id": "i1", "name": "Uno", "email": "one@example.com" }));
    let out = stage.ask("DELETE", "/items", &json!({ "ids": ["i2", "i9"] }).to_string()).json()["out"].clone();
    assert!(out[0]["why"].is_null() && out[1]["why"].is_string(), "{out}");
    assert_eq!(stage.get("/items").json()["data"].as_array().map(Vec::len), Some(1));
}

/// A collection whose delete names its records in the address, and what is asked of it.
fn deleting(kind: &str, call: &str) -> Stage {
    let system = r#"
system shop {
  http "https://shop.example.com/v2" { }
  collection items {
    key id
    list GET "/items" { items $.data }
    DELETE
    attributes {
      id    : KIND read only at $.id
      name  : text           at $.name
    }
  }
}
"#
    .replace("KIND", kind)
    .replace("DELETE", call);
    let plan = texts::reading(&system, "shop.items", "id", &[], &[]);
    let id = |number: i64| if kind == "int" { json!(number) } else { json!(number.to_string()) };
    let seeds = json!([{ "id": id(1), "name": "One" }, { "id": id(2), "name": "Two" }, { "id": id(30), "name": "Three" }]);
    Stage::set(&plan, &[("shop.items.jsonl", seeds)], &Options::default())
}

#[test]
fn a_batch_names_its_records_in_a_query_or_in_the_address() {
    let answers = "items $.out by $.id = id { error $.why when $.why is present }";
    let cases = [
        ("int", "/items/many.json", "query \"ids\" = [id for each record] | join(\",\")", "/v2/items/many.json?ids=1%2C30%2C99"),
        ("text", "/items/many.json", "query \"ids\" = [id for each record] | join(\",\")", "/v2/items/many.json?ids=1,30,99"),
        ("text", "/items", "query \"filter\" = \"id:{[id for each record] | join(\" \")}\"", "/v2/items?filter=id:1+30+99"),
        ("int", "/items/{[id for each record] | join(\";\")}", "", "/v2/items/1%3B30%3B99"),
    ];
    for (kind, path, query, asked) in cases {
        let stage = deleting(kind, &format!("delete DELETE \"{path}\" {{\nbatch 3\n{query}\n{answers}\n}}"));
        let answer = stage.ask("DELETE", asked, "");
        let out = answer.json()["out"].clone();
        assert!(answer.status == 200 && out[0]["why"].is_null() && out[1]["why"].is_null() && out[2]["why"].is_string(), "{asked} {out}");
        let left: Vec<_> = stage.get("/v2/items").json()["data"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        assert_eq!(left, [json!("Two")], "{asked}");
    }
}

#[test]
fn a_batch_that_names_nothing_is_refused() {
    let stage = deleting(
        "int",
        "delete DELETE \"/items\" {\nbatch 3\nquery \"ids\" = [id for each record] | join(\",\")\nitems $.out by $.id = id\n}",
    );
    assert_eq!(stage.ask("DELETE", "/v2/items", "").status, 400);
    assert_eq!(stage.ask("DELETE", "/v2/items?ids=1,2,30,99", "").status, 400, "more than the call takes");
    assert_eq!(stage.get("/v2/items").json()["data"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_new_account_is_open_and_has_values_that_its_attributes_may_have() {
    let stands = |attributes: &str| {
        let system = r#"
system shop {
  http "https://shop.example.com" { }
  collection items {
    key id
    list GET "/items" { items $.data }
    create POST "/items" { body = record }
    attributes {
      id   : int read only at $.id
      name : text          at $.name
      ATTRIBUTES
    }
  }
}
"#
        .replace("ATTRIBUTES", attributes);
        let plan = texts::reading(&system, "shop.items", "id", &[], &[]);
        let stage = Stage::set(&plan, &[], &Options::default());
        stage.ask("POST", "/items", &json!({ "name": "One" }).to_string());
        stage.get("/items").json()["data"][0]["state"].clone()
    };
    assert_eq!(stands(r#"state : text opens when "on" read only one of ["off", "on"] at $.state"#), json!("on"));
    assert_eq!(stands(r#"state : text? opens when "on" read only at $.state"#), json!("on"));
    assert_eq!(stands(r#"state : text closes when "off" read only one of ["off", "on"] at $.state"#), json!("on"));
    assert_eq!(stands("state : bool opens read only at $.state"), json!(true));
    assert_eq!(stands("state : bool closes read only at $.state"), json!(false));
    assert_eq!(stands(r#"state : text read only one of ["free", "paid"] at $.state"#), json!("free"));
}
