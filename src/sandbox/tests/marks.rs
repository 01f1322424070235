//! Stand-ins of systems that give marks: what changed since one, and what was removed.

use super::systems::Stage;
use crate::{
    compile::texts,
    sandbox::{Options, forced::ForcedAnswer},
};
use serde_json::{Value as Json, json};

fn stage(list: &str) -> Stage {
    stage_with(list, &Options::default())
}

fn stage_with(list: &str, options: &Options) -> Stage {
    let system = format!(
        r#"
system directory {{
  http "https://directory.example.com" {{ }}
  collection users {{
    key id
    lists all
    list GET "/users" {{
{list}
    }}
    get GET "/users/{{id}}"
    create POST "/users"
    update PATCH "/users/{{id}}"
    delete DELETE "/users/{{id}}"
    attributes {{
      id    : text unique at $.id
      name  : text at $.name
      badge : text? from get at $.extra.badge
    }}
  }}
}}
"#
    );
    let plan = texts::reading(&system, "directory.users", "id", &[], &[]);
    let users = json!([
        { "id": "a", "name": "A", "extra": { "badge": "1" } },
        { "id": "b", "name": "B" },
        { "id": "c", "name": "C" },
    ]);
    Stage::set(&plan, &[("directory.users.jsonl", users)], options)
}

const BY_LINK: &str = r#"
      page by link $.next size 2
      since by link $["@delta"]
      full when status == 410 and $.error == "resync"
      items $.value { removed when $["@removed"] is present }"#;

const BY_CURSOR: &str = r#"
      query "sync" = since
      query "page" = page.cursor
      page by cursor $.next size 2
      since by cursor $.sync
      items $.value { removed when $.status == "cancelled" }"#;

fn change(stage: &Stage) {
    assert_eq!(stage.ask("PATCH", "/users/a", r#"{"name": "Anna"}"#).status, 200);
    assert!(stage.ask("DELETE", "/users/b", "").status < 300);
    assert!(stage.ask("POST", "/users", r#"{"id": "d", "name": "D"}"#).status < 300);
}

fn ids(page: &Json) -> Vec<&str> {
    page["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn a_link_leads_to_what_changed_since_the_read_began() {
    let stage = stage(BY_LINK);
    let first = stage.get("/users").json();
    assert_eq!((ids(&first), first.get("@delta")), (vec!["a", "b"], None));
    // What is written while the pages are read belongs to the increment.
    change(&stage);
    let mut page = stage.get(first["next"].as_str().unwrap()).json();
    let mark = page["@delta"].as_str().unwrap().to_owned();
    page = stage.get(&mark).json();
    assert_eq!(ids(&page), ["a", "b"], "{page}");
    assert!(page["value"][1]["@removed"].is_string() || !page["value"][1]["@removed"].is_null(), "{page}");
    assert!(page["value"][1].get("name").is_none() && page["value"][0]["name"] == "Anna", "{page}");
    let last = stage.get(page["next"].as_str().unwrap()).json();
    assert_eq!(ids(&last), ["d"], "{last}");
    let nothing = stage.get(last["@delta"].as_str().unwrap()).json();
    assert!(ids(&nothing).is_empty() && nothing["@delta"].is_string(), "{nothing}");
    let unknown = stage.get("/users?_since=999999");
    assert_eq!((unknown.status, &unknown.json()["error"]), (410, &json!("resync")));
}

#[test]
fn a_cursor_is_taken_as_the_mark_of_the_last_page() {
    let stage = stage(BY_CURSOR);
    let first = stage.get("/users").json();
    let second = stage.get(&format!("/users?page={}", first["next"].as_str().unwrap())).json();
    let mark = second["sync"].as_str().unwrap().to_owned();
    change(&stage);
    let page = stage.get(&format!("/users?sync={mark}")).json();
    assert_eq!((ids(&page), &page["value"][1]["status"]), (vec!["a", "b"], &json!("cancelled")), "{page}");
    let last = stage.get(&format!("/users?sync={mark}&page={}", page["next"].as_str().unwrap())).json();
    assert_eq!(ids(&last), ["d"], "{last}");
    assert!(last["sync"].is_string() && last["sync"] != json!(mark), "{last}");
    assert_eq!(stage.get("/users?sync=nonsense").status, 410);
}

#[test]
fn lists_leave_out_what_get_alone_shows() {
    let stage = stage(BY_LINK);
    let listed = stage.get("/users").json();
    assert!(listed["value"][0].get("extra").is_none(), "{listed}");
    assert_eq!(stage.get("/users/a").json()["extra"]["badge"], "1");
}

/// Only a mark can be unknown, so the complete read that follows is answered.
#[test]
fn on_request_no_mark_is_known_any_more() {
    let answers = vec![ForcedAnswer::parse("list full").unwrap()];
    let stage = stage_with(BY_LINK, &Options { answers, ..Options::default() });
    let first = stage.get("/users").json();
    let second = stage.get(first["next"].as_str().unwrap()).json();
    assert_eq!(stage.get(second["@delta"].as_str().unwrap()).status, 410, "{second}");
}

/// What is said of a page or of its elements is answered with the page.
#[test]
fn on_request_a_page_is_the_last_and_its_elements_are_removed() {
    let on_request = |list: &str, asked: &str| {
        let answers = vec![ForcedAnswer::parse(asked).unwrap()];
        stage_with(list, &Options { answers, ..Options::default() }).get("/users")
    };
    let removed = "items $.value { removed when $.gone == true }";
    for asked in ["list removed", "users.list removed", "directory.list removed"] {
        let answer = on_request(removed, asked).json();
        let all = answer["value"].as_array().unwrap();
        assert!(!all.is_empty() && all.iter().all(|one| one["gone"] == json!(true) && one["id"].is_string()), "{asked}: {answer}");
    }
    let pages = "query \"page\" = page.number\n page by number size 2\n items $.value\n last page when $.more == false";
    let answer = on_request(pages, "list last page").json();
    assert_eq!((answer["more"].clone(), answer["value"].as_array().unwrap().len()), (json!(false), 2), "{answer}");
}
