//! The stand-ins over real HTTP: one that lists by offset with fields and hidden totals, one that speaks SCIM.

#![expect(clippy::disallowed_methods, reason = "tests write files, and read the clock as clients do")]

mod batches;
mod codecs;
pub mod come_back;
mod corpus;
mod declared;
mod each;
mod kinds;
pub mod local;
mod made;
mod marks;
mod needs;
mod outcomes;
mod parts;
mod places;
mod sign_in;
mod systems;
mod token_calls;
mod vendors;

use super::*;
use declared::{ENTERPRISE, TODAY, hr, scim};
use serde_json::{Value as Json, json};
use std::fs;

struct Played {
    _folder: tempfile::TempDir,
    running: Running,
    store: Arc<Store>,
    base: String,
    credential: String,
}

fn played(system: &Arc<System>, seeds: &[(&str, &str)], options: &Options) -> Played {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in seeds {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let store = Arc::new(Store::open(&crate::host::Host::real(), &folder.path().join("held").join(DATABASE)).unwrap());
    seed::seed(&store, system, folder.path(), TODAY).unwrap();
    let running = start(system, &store, TODAY, options).unwrap();
    let (base, scheme) = if system.name == "hr" { ("", "Lucca application=") } else { ("/1111/scim/v2.0", "Bearer ") };
    let credential = format!("{scheme}{}", running.secrets.values().next().unwrap());
    Played { base: format!("{}{base}", running.origin), credential, _folder: folder, running, store }
}

#[derive(Debug)]
struct Reply {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Played {
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Json>) -> Reply {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut request = crate::host::http_client().build().unwrap().request(method.parse().unwrap(), format!("{}{path}", self.base));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            if let Some(body) = body {
                request = request.body(body.to_string());
            }
            let response = request.send().await.unwrap();
            Reply { status: response.status().as_u16(), headers: response.headers().clone(), text: response.text().await.unwrap() }
        })
    }

    fn ask(&self, method: &str, path: &str, body: Option<Json>) -> Reply {
        self.send(method, path, &[("Authorization", &self.credential)], body)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, None)
    }
}

const USERS: &str = r#"{"id":1,"mail":"a@example.com","department":{"id":7,"name":"Sales"},"extendedData":{"e_badge":"B1"},"end":"{today-3}T00:00:00"}
{"id":2,"mail":null,"department":null}

{"id":3,"mail":"c@example.com","department":{"id":8,"name":"IT"}}
{"id":4,"mail":"d@example.com"}
"#;

fn hr_played() -> Played {
    played(&hr(), &[("hr.users.jsonl", USERS)], &Options::default())
}

fn scim_played() -> Played {
    let one = json!({ "id": "83021", "externalId": "00057", "name": { "familyName": "Martin" }, "active": true,
                      "emails": [{ "type": "work", "value": "Jeanne@example.com" }, { "type": "home", "value": "home@example.com" }] });
    played(&scim(), &[("scim.members.jsonl", &format!("{one}\n"))], &Options::default())
}

#[test]
fn pages_are_cut_at_the_declared_size_and_hold_the_fields_asked_for() {
    let hr = hr_played();
    let first = hr.get("/api/v3/users?fields=id,mail,department.name,collection.count&paging=0,1000").json();
    assert_eq!(first["data"]["count"], json!(4));
    assert_eq!(first["data"]["items"][0], json!({ "id": 1, "mail": "a@example.com", "department": { "name": "Sales" } }));
    assert_eq!(first["data"]["items"][1], json!({ "id": 2, "mail": null, "department": null }));
    assert_eq!(first["data"]["items"].as_array().unwrap().len(), 3);
    let second = hr.get("/api/v3/users?fields=id&paging=3,3").json();
    assert_eq!(second, json!({ "data": { "items": [{ "id": 4 }] } }), "the total was not asked for");
    assert_eq!(
        hr.get("/api/v3/users?paging=0,1").json(),
        json!({ "data": { "items": [{ "id": 1 }] } }),
        "without fields, what names a record"
    );
}

#[test]
fn a_malformed_page_is_refused() {
    let hr = hr_played();
    assert_eq!(hr.get("/api/v3/users?paging=0").status, 400);
    assert_eq!(hr.get("/api/v3/users?paging=a,b").status, 400);
}

#[test]
fn the_key_is_asked_for_by_its_scheme_in_any_case() {
    let hr = hr_played();
    assert_eq!(hr.send("GET", "/api/v3/users?paging=0,1", &[], None).status, 401);
    assert_eq!(hr.send("GET", "/api/v3/users?paging=0,1", &[("Authorization", "lucca application=wrong")], None).status, 401);
    assert_eq!(hr.get("/api/v3/users?paging=0,1").status, 200);
    let refused = scim_played().send("GET", "/Users", &[("Authorization", "Bearer no")], None);
    assert_eq!(
        (refused.status, refused.json()["status"].clone(), refused.header("content-type")),
        (401, json!("401"), Some("application/scim+json"))
    );
}

#[test]
fn past_the_budget_the_answer_says_when_to_come_back() {
    let hr = played(&hr(), &[], &Options::strict());
    let statuses: Vec<_> = (0..41).map(|_| hr.get("/api/v3/users?paging=0,1")).collect();
    assert!(statuses[..40].iter().all(|got| got.status == 200));
    let wait: u64 = statuses[40].header("retry-after").unwrap().parse().unwrap();
    assert_eq!(statuses[40].status, 429);
    assert!((1..=60).contains(&wait), "{wait}");
}

#[test]
fn unknown_paths_and_methods_are_told_apart() {
    let hr = hr_played();
    assert_eq!(hr.get("/api/v3/groups").status, 404);
    assert_eq!(hr.get("/api/v3/users/1/more").status, 404);
    assert_eq!(hr.get("/api/v3/users/99").status, 404);
    let refused = hr.ask("DELETE", "/api/v3/users/1", None);
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, PUT")));
    let head = hr.ask("HEAD", "/api/v3/users/1", None);
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}

#[test]
fn days_in_the_seed_are_made_fresh_and_a_bad_line_is_named() {
    let hr_system = hr();
    let hr = hr_played();
    assert_eq!(hr.store.records("hr", "users").unwrap()[0]["end"], json!("2026-02-26T00:00:00"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hr.users.jsonl"), "{\"id\":9}\n{\"id\":\n").unwrap();
    let error = seed::load(&hr.store, &hr_system, folder.path(), TODAY).unwrap_err();
    assert!(error.to_string().starts_with("seed file `hr.users.jsonl`, line 2: not JSON"), "{error}");
    assert_eq!(hr.store.records("hr", "users").unwrap().len(), 4, "all of it or nothing");
}

#[test]
fn the_next_day_replaces_adds_and_takes_away() {
    let system = hr();
    let hr = hr_played();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hr.users.jsonl"), "{\"id\":2,\"mail\":\"b@example.com\"}\n{\"id\":5}\n{\"id\":1,\"_gone\":true}\n")
        .unwrap();
    assert_eq!(seed::load(&hr.store, &system, folder.path(), TODAY).unwrap(), 3);
    let ids: Vec<_> = hr.store.records("hr", "users").unwrap().into_iter().map(|record| record["id"].clone()).collect();
    assert_eq!(ids, [2, 3, 4, 5]);
    assert_eq!(seed::seed(&hr.store, &system, folder.path(), TODAY).unwrap(), 0, "a system is seeded once");
}

#[test]
fn a_put_writes_some_members_each_where_it_is_read() {
    let hr = hr_played();
    let body = json!({ "mail": "new@example.com", "e_badge": "B2", "department": { "name": "Board" }, "id": 77 });
    let answer = hr.ask("PUT", "/api/v3/users/1", Some(body));
    let wanted = json!({ "id": 1, "mail": "new@example.com", "department": { "id": 7, "name": "Sales" }, "extendedData": { "e_badge": "B2" }, "end": "2026-02-26T00:00:00" });
    assert_eq!((answer.status, answer.json()), (200, json!({ "data": wanted })));
    assert_eq!(hr.ask("PUT", "/api/v3/users/1", Some(json!([]))).status, 400);
}

fn person(external_id: &str, mail: &str, last_name: &str) -> Json {
    json!({ "externalId": external_id, "emails": [{ "type": "work", "value": mail }], "name": { "familyName": last_name }, "active": "True", "welcome": true })
}

#[test]
fn a_create_gives_an_id_and_welcomes_once() {
    let scim = scim_played();
    let answer = scim.ask("POST", "/Users", Some(person("00112", "paul@example.com", "Durand")));
    let record = answer.json();
    assert_eq!((answer.status, &record["active"], record.get("welcome")), (201, &json!(true), None));
    let id = record["id"].as_str().unwrap();
    assert!(id.parse::<u32>().unwrap() > 83021, "{id}");
    assert_eq!(answer.header("location"), Some(format!("{}/Users/{id}", scim.base).as_str()));
    assert_eq!(answer.header("etag"), Some("W/\"1\""));
    let effects = scim.store.effects().unwrap();
    assert_eq!(effects, [Effect { collection: "scim.members".to_owned(), key: id.to_owned(), effect: "a welcome e-mail".to_owned() }]);
    let mut quiet = person("00113", "q@example.com", "Durand");
    quiet["welcome"] = json!(false);
    assert_eq!(scim.ask("POST", "/Users", Some(quiet)).status, 201);
    assert_eq!(scim.store.effects().unwrap().len(), 1);
}

#[test]
fn a_create_is_refused_by_the_rules_of_the_declaration() {
    let scim = scim_played();
    let refused = |body: Json| {
        let answer = scim.ask("POST", "/Users", Some(body));
        let error = answer.json();
        (answer.status, error["scimType"].as_str().unwrap().to_owned(), error["detail"].as_str().unwrap().to_owned())
    };
    let said = |status, code: &str, detail: &str| (status, code.to_owned(), detail.to_owned());
    assert_eq!(refused(person("00057", "x@example.com", "Durand")), said(409, "uniqueness", "external_id is taken"));
    assert_eq!(refused(person("00200", "JEANNE@example.com", "Durand")), said(409, "uniqueness", "email is taken"));
    assert_eq!(
        refused(person("00200", "x@example.com", "Durand 2")),
        said(400, "invalidValue", "last_name has characters that are not allowed")
    );
    assert_eq!(
        refused(person("00200", "x@example.com", "Durand Durand")),
        said(400, "invalidValue", "last_name is longer than 10 characters")
    );
    assert_eq!(refused(person("", "x@example.com", "Durand")), said(400, "invalidValue", "external_id is missing, and must be there"));
    assert_eq!(scim.store.records("scim", "members").unwrap().len(), 1);
    assert_eq!(scim.store.effects().unwrap(), []);
}

#[test]
fn filters_find_by_what_they_quote_and_others_are_refused() {
    let scim = scim_played();
    let found =
        |filter: &str| scim.get(&format!("/Users?filter={}", url::form_urlencoded::byte_serialize(filter.as_bytes()).collect::<String>()));
    let one = found(r#"externalId eq "00057""#).json();
    assert_eq!((&one["totalResults"], &one["Resources"][0]["id"]), (&json!(1), &json!("83021")));
    assert_eq!(found(r#"emails.value eq "jeanne@EXAMPLE.com""#).json()["totalResults"], json!(1));
    assert_eq!(found(r#"externalId eq "57""#).json()["Resources"], json!([]));
    let refused = found(r#"nickName sw "x""#);
    assert_eq!(refused.status, 400);
}

#[test]
fn a_list_counts_from_one() {
    let scim = scim_played();
    for number in 0..4 {
        let mail = format!("p{number}@example.com");
        assert_eq!(scim.ask("POST", "/Users", Some(person(&format!("N{number}"), &mail, "Durand"))).status, 201);
    }
    let page = scim.get("/Users?startIndex=3&count=2").json();
    assert_eq!((&page["totalResults"], &page["startIndex"], &page["itemsPerPage"]), (&json!(5), &json!(3), &json!(2)));
    assert_eq!((&page["Resources"][0]["externalId"], &page["Resources"][1]["externalId"]), (&json!("N1"), &json!("N2")));
    assert_eq!(scim.get("/Users?startIndex=0&count=1").json()["Resources"][0]["externalId"], json!("00057"));
    let counted = scim.get("/Users?count=0").json();
    assert_eq!((&counted["totalResults"], &counted["Resources"]), (&json!(5), &json!([])));
}

fn patch(path: &str, value: Json) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "path": path, "value": value }] })
}

#[test]
fn a_patch_changes_what_it_names_and_is_checked() {
    let scim = scim_played();
    let answer = scim.ask("PATCH", "/Users/83021", Some(patch(&format!("{ENTERPRISE}:department"), json!("IT"))));
    assert_eq!((answer.status, &answer.json()[ENTERPRISE]["department"]), (200, &json!("IT")));
    let answer = scim.ask("PATCH", "/Users/83021", Some(patch("emails[type eq \"work\"].value", json!("j@example.com"))));
    assert_eq!(
        answer.json()["emails"],
        json!([{ "type": "work", "value": "j@example.com" }, { "type": "home", "value": "home@example.com" }])
    );
    assert_eq!(scim.ask("PATCH", "/Users/83021", Some(patch("name.familyName", json!("R2D2")))).json()["scimType"], json!("invalidValue"));
    assert_eq!(scim.ask("PATCH", "/Users/83021", Some(patch("welcome", json!(true)))).json()["scimType"], json!("mutability"));
    assert_eq!(scim.ask("PATCH", "/Users/83021", Some(patch("id", json!("1")))).json()["id"], json!("83021"));
    assert_eq!(scim.ask("PATCH", "/Users/1", Some(patch("active", json!(false)))).status, 404);
}

#[test]
fn a_stale_tag_is_refused() {
    let scim = scim_played();
    let first = scim.ask("PATCH", "/Users/83021", Some(patch("active", json!(false))));
    let tag = first.header("etag").unwrap().to_owned();
    let with = |tag: &str| {
        scim.send("PATCH", "/Users/83021", &[("Authorization", &scim.credential), ("If-Match", tag)], Some(patch("active", json!(true))))
    };
    assert_eq!(with(&tag).status, 200);
    assert_eq!(with(&tag).status, 412);
}

#[test]
fn what_is_deleted_is_gone_and_its_address_free() {
    let scim = scim_played();
    assert_eq!(scim.ask("DELETE", "/Users/83021", None).status, 204);
    assert_eq!(scim.ask("DELETE", "/Users/83021", None).status, 404);
    assert_eq!(scim.get("/Users/83021").status, 404);
    let again = scim.ask("POST", "/Users", Some(person("00057", "jeanne@example.com", "Martin")));
    assert_eq!(again.status, 201);
    assert_ne!(again.json()["id"], json!("83021"), "a number is given once");
}

#[test]
fn requests_are_counted_and_shown_without_credentials() {
    let scim = scim_played();
    scim.get("/Users?startIndex=1");
    scim.ask("POST", "/Users", Some(json!({})));
    assert_eq!(scim.store.writing_requests().unwrap(), 1);
    let requests = scim.store.requests(10).unwrap();
    assert_eq!((requests.len(), requests[0].method.as_str(), requests[0].status, requests[0].writes()), (2, "POST", 400, true));
    let page = Played { base: scim.running.page(), ..scim };
    let shown = page.send("GET", "", &[], None);
    assert!(shown.text.contains("/1111/scim/v2.0/Users?startIndex=1") && !shown.text.contains("Bearer"), "{}", shown.text);
}

#[test]
fn a_source_without_a_seed_gets_people_that_its_declaration_can_read() {
    let system = hr();
    let hr = played(&system, &[], &Options::default());
    assert_eq!(fake_data::fill(&hr.store, &system, &system.collections[0], TODAY).unwrap(), 24);
    let answer = hr.get("/api/v3/users?fields=id,mail,department.name,collection.count&paging=0,3").json();
    assert_eq!(answer["data"]["count"], json!(24));
    assert_eq!(answer["data"]["items"][1], json!({ "id": 2, "mail": "bruno.berger1@example.com", "department": { "name": "Finance" } }));
}
