//! `explain SYSTEM.COLLECTION`: what its lists prove, and what it sends.

use super::project::TestProject;

const SYSTEM: &str = r#"system rpc {
  title   "RPC"
  setting tenant : text as "Tenant"
  secret  key    as "API key"
  http "https://rpc.example.com" {
    token POST "https://id.example.com/{setting.tenant}/token" {
      auth basic setting.tenant, secret.key
      body form = { grant_type = "client_credentials" }
    }
    auth  bearer token.access_token
    limit 120 per min, 2 concurrent
    # Goes around the `body` of each call.
    body = {
      method = "call"
      params = { args = [setting.tenant] + body }
    }
    error $.error.message when $.error is present
  }
  collection users {
    key   id
    lists all
    list for each s in ["open", "closed"] POST "/list" where state == s {
      body  = ["list", s, page.offset]
      page  by offset size 200
      items $.result
      total $.total
    }
    create POST "/make" {
      body = ["make", record]
      key  $.result
    }
    part mail {
      update POST "/mail" { body = ["mail", id, changes] }
      attributes { work : text? at $.mail }
    }
    attributes {
      id    : text read only at $.id
      state : text one of ["open", "closed"] at $.state
    }
  }
}
"#;

#[test]
fn a_collection_is_explained_with_what_no_call_shows() {
    let project = TestProject::empty();
    project.write("rpc.sync", SYSTEM);
    let said = project.command(&["explain", "rpc.users", "--format", "text"]).env("COLUMNS", "80").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let expected = r#"
  attributes
         mail.work  text?  at $.mail
         id         text   at $.id, read only
         state      text   at $.state

  calls  list for each s in ["open", "closed"] POST "/list" where state == s
         create POST "/make"
         part mail: update POST "/mail"

  auth   token POST "https://id.example.com/{setting.tenant}/token" {
           auth basic setting.tenant, secret.key
           body form = { grant_type = "client_credentials" }
         }
         auth bearer token.access_token

  pace   `limit 120 per min, 2 concurrent`
         what fails with `limit` or `temporary` is sent again, 6 times at most

  body   goes around the body of each call, which it names as `body`:
         body = {
           method = "call"
           params = { args = [setting.tenant] + body }
         }
"#;
    assert!(said.contains(expected), "{said}");
    for word in ["  end    ", "  shape  ", "  cover  ", "  walk   "] {
        assert!(said.contains(word), "{said}");
    }
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
}

#[test]
fn a_system_that_no_pipeline_uses_is_explained_too() {
    let project = TestProject::empty();
    project.write("systems/rpc.sync", SYSTEM).write("other.sync", "table t {\n  \"a\" = \"b\"\n}\n");
    assert_eq!(project.counterpart(&["explain", "rpc.users"]).code, 0);
    assert_eq!(project.counterpart(&["explain", "rpc.groups"]).code, 2);
}

#[test]
fn elements_that_a_list_leaves_out_are_told() {
    let project = TestProject::empty();
    let list = |items: &str, shows: &str| {
        format!(
            "system hr {{\n  http \"https://hr.example.com\" {{ }}\n  collection people {{\n    key id\n    lists all\n    list GET \"/p\"{shows} {{ items {items} }}\n    \
             attributes {{\n      id   : text at $.id\n      live : bool at $.live\n    }}\n  }}\n}}\n"
        )
    };
    let explained = |text: String| {
        project.write("hr.sync", &text);
        let said = project.command(&["explain", "hr.people", "--format", "text"]).env("COLUMNS", "300").output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    };
    let filtered = explained(list("$.data[?@.live == true]", ""));
    assert!(filtered.contains("elements that `$.data[?@.live == true]` does not select are left out"), "{filtered}");
    assert!(!filtered.contains("no element is skipped"), "{filtered}");
    for (items, shows) in [("$.data[?@.live == true]", " where live == true"), ("$.data", "")] {
        let whole = explained(list(items, shows));
        assert!(whole.contains("no element is skipped") && !whole.contains("left out"), "{whole}");
    }
}

#[test]
fn a_weak_end_is_explained_by_whether_there_is_a_get() {
    let project = TestProject::empty();
    let explained = |format: &str, page: &str, get: &str| {
        let text = format!(
            "system hr {{\n  http \"https://hr.example.com\" {{\n    format {format}\n  }}\n  collection people {{\n    key id\n    lists all\n    \
             list GET \"/p\" {{\n      items $\n      {page}\n    }}\n    {get}\n    attributes {{\n      id : text at $.id\n    }}\n  }}\n}}\n"
        );
        project.write("hr.sync", &text);
        let said = project.command(&["explain", "hr.people", "--format", "json"]).env("COLUMNS", "300").output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        json["entries"][0]["lists"][0].clone()
    };
    let paged = "query \"page\" = page.number\n      page by number size 10";
    for (format, page) in [("csv", ""), ("json_lines", ""), ("json", paged)] {
        for (get, says) in [("get GET \"/p/{id}\"", "is asked for by `get`"), ("", "without a `get`, nobody leaves by being missing")] {
            let list = explained(format, page, get);
            assert!(list["end"].as_str().is_some_and(|end| end.contains(says)), "{format} {get}: {list}");
            assert_eq!(list["weak"], true, "{format} {get}: {list}");
        }
    }
    assert_eq!(explained("json", "", "")["weak"], false);
}
