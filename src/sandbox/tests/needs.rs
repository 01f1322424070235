//! Requests that are made of the values of their record.

use super::systems::Stage;
use crate::{compile::texts, sandbox::Options};
use serde_json::json;

fn stage() -> Stage {
    let system = r#"
system app {
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    create PUT "/users/{id}"
    delete DELETE "/users" { query "group" = grp }
    attributes {
      id   : text create only unique at $.id
      grp  : text? unique at $.grp
      mail : text? at $.mail
    }
  }
}
"#;
    let plan = texts::reading(system, "app.users", "id", &[], &[]);
    Stage::set(&plan, &[("app.users.jsonl", json!([{ "id": "p1", "grp": "g1" }, { "id": "p2", "grp": "g2" }]))], &Options::default())
}

#[test]
fn a_create_takes_what_its_address_names() {
    let stage = stage();
    let put = |path: &str, mail: &str| stage.ask("PUT", path, &json!({ "mail": mail }).to_string());
    let made = put("/users/p3", "p3@example.com");
    assert_eq!((made.status, made.json()["id"].clone()), (201, json!("p3")));
    let again = put("/users/p3", "new@example.com");
    assert_eq!((again.status, again.json()["mail"].clone()), (200, json!("new@example.com")));
    assert_eq!(put("/users/p%2F4", "p4@example.com").json()["id"], json!("p/4"));
    assert_eq!(stage.get("/users").json().as_array().map(Vec::len), Some(4));
}

#[test]
fn a_delete_without_what_it_names_is_refused() {
    let stage = stage();
    assert_eq!(stage.ask("DELETE", "/users", "").status, 400);
    assert_eq!(stage.ask("DELETE", "/users?group=g9", "").status, 404);
    assert_eq!(stage.ask("DELETE", "/users?group=g1", "").status, 204);
    assert_eq!(stage.get("/users").json().as_array().map(Vec::len), Some(1));
}
