//! Answers made from expressions, read backwards.

use super::systems::Stage;
use crate::{compile::texts, sandbox::Options};
use serde_json::json;

const SYSTEM: &str = r#"
table roles {
  "direct_member" = "member"
  "admin"         = "admin"
}
system git {
  http "https://git.example.com" { }
  collection members {
    key login
    list GET "/members" {
      items $.users ?? []
      total $.total ?? $.count
      query "after" = page.cursor
      page by cursor $.users[-1].login size 2
    }
    get GET "/memberships/{login}" {
      item $ + { login = $.user.login, role = $.kind | lookup(roles) }
    }
    update PATCH "/memberships/{login}" { item $ + { login = $.user.login } }
    attributes {
      login : text  at $.login
      role  : text? at $.role
      note  : text? at $.note ?? $.remark missing as ""
    }
  }
}
"#;

fn stage() -> Stage {
    let plan = texts::reading(SYSTEM, "git.members", "login", &[], &[]);
    let seeds = json!([{ "login": "ada", "role": "member", "note": "x" }, { "login": "bob", "role": "admin" }, { "login": "eve" }]);
    Stage::set(&plan, &[("git.members.jsonl", seeds)], &Options::default())
}

#[test]
fn a_record_is_answered_where_each_of_its_members_is_read() {
    let stage = stage();
    assert_eq!(stage.get("/memberships/ada").json(), json!({ "note": "x", "user": { "login": "ada" }, "kind": "direct_member" }));
    assert_eq!(stage.get("/memberships/bob").json(), json!({ "user": { "login": "bob" }, "kind": "admin" }));
    let changed = stage.ask("PATCH", "/memberships/ada", &json!({ "note": "" }).to_string());
    assert_eq!(changed.json(), json!({ "role": "member", "note": "", "user": { "login": "ada" } }), "a cleared value is shown so");
}

#[test]
fn pages_go_on_after_the_last_record() {
    let stage = stage();
    let first = stage.get("/members").json();
    assert_eq!((first["total"].clone(), first["users"].as_array().unwrap().len()), (json!(3), 2));
    assert_eq!(first["users"][1]["login"], json!("bob"), "the cursor is the record's own key");
    let second = stage.get("/members?after=bob").json();
    assert_eq!(second["users"], json!([{ "login": "eve" }]));
}

const ZOOM: &str = r#"
system zoom {
  http "https://zoom.example.com" { }
  collection users {
    key id
    list for each s in ["active", "inactive"] GET "/users" where status == s {
      query "status" = s
      items $.users
    }
    list GET "/users" where status == "pending" {
      query "status" = "pending"
      items $.users
    }
    list GET "/invitations" where status == "invited" {
      items $.users
      done when $.kind == "invitations"
    }
    create POST "/users"
    attributes {
      id     : text at $.id
      status : text read only one of ["active", "inactive", "pending", "invited"] at $.status
    }
  }
}
"#;

#[test]
fn a_list_shows_what_it_is_declared_to_show() {
    let plan = texts::reading(ZOOM, "zoom.users", "id", &[], &[]);
    let user = |id: &str, status: &str| json!({ "id": id, "status": status });
    let seeds = json!([user("1", "active"), user("2", "inactive"), user("3", "pending"), user("4", "active"), user("5", "invited")]);
    let stage = Stage::set(&plan, &[("zoom.users.jsonl", seeds)], &Options::default());
    let ids = |path: &str| {
        let answer = stage.get(path).json();
        answer["users"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("/users?status=active"), ["1", "4"]);
    assert_eq!(ids("/users?status=inactive"), ["2"]);
    assert_eq!(ids("/users?status=pending"), ["3"]);
    assert_eq!((ids("/invitations"), stage.get("/invitations").json()["kind"].clone()), (vec!["5".to_owned()], json!("invitations")));
    let made = stage.ask("POST", "/users", &json!({ "id": "6" }).to_string());
    assert_eq!((made.status, ids("/users?status=active")), (201, vec!["1".to_owned(), "4".into(), "6".into()]), "in the first list");
}

const SHEET: &str = r#"
system sheets {
  http "https://sheets.example.com" { }
  collection people {
    key id
    list GET "/values/people" { items $.values | headed }
    attributes {
      id   : text  at $.id
      name : text? at $["Full name"]
      size : int?  at $.size
    }
  }
}
"#;

#[test]
fn a_sheet_answers_rows_below_the_names_of_its_columns() {
    let plan = texts::reading(SHEET, "sheets.people", "id", &[], &[]);
    let seeds = json!([{ "id": "1", "Full name": "Ann", "size": 7 }, { "id": "2", "size": 0 }, { "id": "3" }]);
    let stage = Stage::set(&plan, &[("sheets.people.jsonl", seeds)], &Options::default());
    let values = json!([["id", "Full name", "size"], ["1", "Ann", 7], ["2", "", 0], ["3"]]);
    assert_eq!(stage.get("/values/people").json(), json!({ "values": values }));
    let empty = Stage::set(&plan, &[("sheets.people.jsonl", json!([]))], &Options::default());
    assert_eq!(empty.get("/values/people").json(), json!({ "values": [["id", "Full name", "size"]] }));
}
