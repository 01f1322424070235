//! The results of a batch in the lists that tell them, and a key at a place of its own.

use super::systems::Stage;
use crate::{compile::texts, sandbox::Options};
use serde_json::json;

fn stage(collection: &str) -> Stage {
    let system = r#"
system app {
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    create POST "/batch" {
      batch 3
      body = { inputs = [record for each record] }
      items $.results by $.properties.email = email { key $.id }
      items $.errors by $.context.ids[0] = email {
        error $.message code $.category {
          "CONFLICT" is conflict
        }
      }
    }
    delete POST "/$batch" {
      batch 3
      body = { requests = [{ id = id, method = "DELETE" } for each record] }
      items $.responses by $.id = id {
        status $.status
        error $.body.error.message
      }
    }
    attributes {
      id    : text read only at $.id
      email : text unique at $.email
    }
  }
  collection posts {
    key id
    list GET "/posts" { items $ }
    create POST "/posts" { key $.made.id }
    attributes {
      id   : text read only at $.id
      name : text at $.name
    }
  }
}
"#;
    let plan = texts::reading(system, &format!("app.{collection}"), "id", &[], &[]);
    Stage::set(&plan, &[("app.users.jsonl", json!([{ "id": "u1", "email": "p1@example.com" }]))], &Options::default())
}

#[test]
fn each_record_is_in_the_list_that_tells_its_outcome() {
    let stage = stage("users");
    let body = json!({ "inputs": [{ "email": "p2@example.com" }, { "email": "p1@example.com" }] });
    let answer = stage.ask("POST", "/batch", &body.to_string()).json();
    let (done, failed) = (&answer["results"], &answer["errors"]);
    assert!(done[0]["id"].is_string() && done[0]["properties"]["email"] == "p2@example.com" && done[1].is_null(), "{answer}");
    assert_eq!((&failed[0]["category"], &failed[0]["context"]["ids"][0]), (&json!("CONFLICT"), &json!("p1@example.com")), "{answer}");
    let body = json!({ "requests": [{ "id": "u1", "method": "DELETE" }, { "id": "u9", "method": "DELETE" }] });
    let answer = stage.ask("POST", "/$batch", &body.to_string()).json()["responses"].clone();
    assert_eq!((&answer[0]["id"], &answer[0]["status"]), (&json!("u1"), &json!(200)), "{answer}");
    assert_eq!((&answer[1]["status"], answer[1]["body"]["error"]["message"].is_string()), (&json!(404), true), "{answer}");
}

const DESK: &str = r#"
system desk {
  http "https://desk.example.com/v2" { }
  collection users {
    key id
    list GET "/users" { items $ }
    create POST "/users/create_many.json" {
      batch 3
      body = { users = [record for each record] }
      follow GET "{$.job_status.url}" {
        done when $.job_status.status == "completed"
        items $.job_status.results by $.external_id = number {
          key $.id
          error $.error when $.error is present
        }
      }
    }
    update PATCH "/users/{id}" {
      follow GET "/jobs/{$.job}?full=1" {
        done when $.state == "done"
        item $.user
      }
    }
    attributes {
      id     : text read only at $.id
      number : text unique at $.external_id
    }
  }
}
"#;

#[test]
fn a_job_says_not_done_once_and_then_what_came_of_it() {
    let plan = texts::reading(DESK, "desk.users", "id", &[], &[]);
    let stage = Stage::set(&plan, &[("desk.users.jsonl", json!([{ "id": "u1", "external_id": "1" }]))], &Options::default());
    let path = |url: &serde_json::Value| url::Url::parse(url.as_str().expect("an address")).unwrap().path().to_owned();
    let body = json!({ "users": [{ "external_id": "2" }, { "external_id": "1" }] });
    let first = stage.ask("POST", "/v2/users/create_many.json", &body.to_string());
    assert_eq!(first.status, 202);
    let job = path(&first.json()["job_status"]["url"]);
    assert_eq!(stage.get(&job).json(), json!({}), "not done once");
    let done = stage.get(&job).json()["job_status"].clone();
    assert_eq!(done["status"], "completed");
    assert!(done["results"][0]["id"].is_string() && done["results"][0]["external_id"] == "2", "{done}");
    assert!(done["results"][1]["error"].is_string() && done["results"][1].get("id").is_none(), "{done}");
    let first = stage.ask("PATCH", "/v2/users/u1", &json!({ "external_id": "9" }).to_string()).json();
    let job = format!("/v2/jobs/{}", first["job"].as_str().expect("a number"));
    assert_eq!(stage.get(&job).json(), json!({}));
    assert_eq!(stage.get(&job).json(), json!({ "state": "done", "user": { "id": "u1", "external_id": "9" } }));
    assert_eq!(stage.ask("PATCH", "/v2/users/u7", &json!({ "external_id": "9" }).to_string()).status, 404, "no job for nobody");
}

#[test]
fn a_list_shows_each_record_as_its_element() {
    let system = r#"
table roles {
  "direct_member" = "member"
  else = "admin"
}
system org {
  http "https://org.example.com" { }
  collection members {
    key login
    list GET "/invitations" where state == "pending" {
      items $.data[?@.login != null] {
        item { login = $.login, role = $.role | lookup(roles) }
        status $.code
        done when $.kind == "invitation"
      }
    }
    attributes {
      login : text at $.login
      role  : text at $.role
      state : text? at $.state
    }
  }
}
"#;
    let plan = texts::reading(system, "org.members", "login", &[], &[]);
    let members =
        json!([{ "login": "ann", "role": "member", "state": "pending" }, { "login": "bob", "role": "member", "state": "active" }]);
    let stage = Stage::set(&plan, &[("org.members.jsonl", members)], &Options::default());
    let shown = json!({ "data": [{ "login": "ann", "role": "direct_member", "kind": "invitation", "code": 200 }] });
    assert_eq!(stage.get("/invitations").json(), shown);
}

#[test]
fn a_create_answers_with_its_key_where_it_is_declared() {
    let stage = stage("posts");
    let answer = stage.ask("POST", "/posts", &json!({ "name": "x" }).to_string()).json();
    assert!(answer["made"]["id"].is_string() && answer.get("name").is_none(), "{answer}");
}
