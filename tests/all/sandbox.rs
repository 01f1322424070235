//! The sandbox of the pipelines in this repository: their own files, their own seed, real requests.

use crate::project::TestProject;
use counterpart::{
    check::check,
    compile::{
        ExecutionPlan,
        pipeline::{SettingValues, compile},
    },
    host::Host,
    reload::disk::DiskLoader,
    sandbox::{DATABASE, Options, Running, Sandbox, Store, start_for},
    value::Value,
};
use serde_json::{Value as Json, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub const TODAY: jiff::civil::Date = jiff::civil::date(2026, 3, 2);
const BASE: &str = "/11111111-2222-4333-8444-555555555555/scim/v2.0";

struct Settings;

impl SettingValues for Settings {
    fn setting(&self, system: Option<&str>, name: &str) -> Option<Value> {
        match (system?, name) {
            ("lucca", "domain") => Some(Value::text("acme.ilucca-demo.net")),
            ("reward_gateway", "base_url") => Some(Value::text(format!("https://api.rewardgateway.net{BASE}"))),
            _ => None,
        }
    }
}

pub fn pipelines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines")
}

fn plan(file: &Path, name: &str) -> ExecutionPlan {
    let checked = check(&DiskLoader::default(), file);
    let project = checked.project.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    compile(&project, name, &Settings, false).unwrap()
}

/// The plan of integration A.
pub fn integration_a_plan() -> ExecutionPlan {
    plan(&pipelines().join("lucca_to_reward_gateway.sync"), "lucca_to_reward_gateway")
}

/// Integration A, with its sandbox.
pub struct Played {
    pub folder: tempfile::TempDir,
    pub plan: ExecutionPlan,
    pub sandbox: Sandbox,
}

pub fn integration_a() -> Played {
    let folder = tempfile::tempdir().unwrap();
    let plan = integration_a_plan();
    let sandbox = start_for(&Host::real(), &plan, folder.path(), &pipelines().join("seed"), TODAY, &Options::default()).unwrap();
    Played { folder, plan, sandbox }
}

fn ask(side: Option<&Running>, method: &str, path: &str, body: Option<Json>) -> (u16, Json) {
    let running = side.unwrap();
    let credential = match running.secrets.get("api_key") {
        Some(key) => format!("lucca application={key}"),
        None => format!("Bearer {}", running.secrets["token"]),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let request = counterpart::host::http_client()
            .build()
            .unwrap()
            .request(method.parse().unwrap(), format!("{}{path}", running.origin))
            .header("Authorization", credential);
        let response = request.body(body.map_or_else(String::new, |body| body.to_string())).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    })
}

#[test]
fn everybody_of_the_seed_is_listed_with_what_was_asked_for() {
    let played = integration_a();
    let source = played.sandbox.stand_in("lucca");
    let path = "/api/v3/users?formerEmployees=true&orderBy=id,asc&fields=id,mail,department.name,collection.count&paging=0,1000";
    let (status, answer) = ask(source, "GET", path, None);
    assert_eq!((status, &answer["data"]["count"]), (200, &json!(320)));
    let items = answer["data"]["items"].as_array().unwrap();
    assert_eq!(
        (items.len(), items[1].clone()),
        (320, json!({ "id": 402, "mail": "paul.leveque@example.com", "department": { "name": "IT" } }))
    );
    let (_, one) = ask(source, "GET", "/api/v3/users/402?fields=employeeNumber,dtContractStart", None);
    assert_eq!(one, json!({ "data": { "employeeNumber": "00008", "dtContractStart": "2006-02-02T00:00:00.000" } }));
}

#[test]
fn members_come_a_hundred_a_page_and_are_found_by_filter() {
    let played = integration_a();
    let target = played.sandbox.stand_in("reward_gateway");
    let (_, page) = ask(target, "GET", &format!("{BASE}/Users?startIndex=201&count=1000"), None);
    assert_eq!((&page["totalResults"], page["Resources"].as_array().unwrap().len()), (&json!(271), 71));
    let filter = "filter=emails.value%20eq%20%22PAUL.LEVEQUE%40example.com%22";
    let (_, found) = ask(target, "GET", &format!("{BASE}/Users?{filter}"), None);
    assert_eq!((&found["totalResults"], &found["Resources"][0]["externalId"]), (&json!(1), &json!("00008")));
    assert_eq!(ask(target, "GET", &format!("{BASE}/Groups"), None).0, 404);
}

fn member(last_name: &str) -> Json {
    let schemas = ["core:2.0:User", "extension:enterprise:2.0:User", "extension:rewardgateway:2.0:User"];
    let schemas = schemas.map(|schema| format!("urn:ietf:params:scim:schemas:{schema}"));
    json!({ "schemas": schemas, "externalId": "00999", "userName": "00999", "active": true,
            "name": { "givenName": "Jeanne", "familyName": last_name }, "emails": [{ "type": "work", "value": "j.new@example.com" }],
            "urn:ietf:params:scim:schemas:extension:rewardgateway:2.0:User": { "sendWelcomeEmail": true } })
}

#[test]
fn a_new_member_is_welcomed_once_and_a_refused_one_never() {
    let played = integration_a();
    let target = played.sandbox.stand_in("reward_gateway");
    let users = format!("{BASE}/Users");
    let (status, refused) = ask(target, "POST", &users, Some(member("Durand 2")));
    assert_eq!((status, &refused["scimType"], &refused["status"]), (400, &json!("invalidValue"), &json!("400")));
    assert_eq!(ask(target, "POST", &users, Some(member("Durand"))).0, 201);
    let (status, refused) = ask(target, "POST", &users, Some(member("Durand")));
    assert_eq!((status, &refused["scimType"]), (409, &json!("uniqueness")));
    let effects: Vec<_> = played.sandbox.store.effects().unwrap().into_iter().map(|effect| effect.effect).collect();
    assert_eq!(effects, ["a welcome e-mail"]);
    assert_eq!(played.sandbox.store.writing_requests().unwrap(), 3);
}

#[test]
fn what_was_written_outlives_a_restart_and_a_reset_forgets_it() {
    let Played { folder, plan, sandbox } = integration_a();
    assert_eq!(ask(sandbox.stand_in("reward_gateway"), "POST", &format!("{BASE}/Users"), Some(member("Durand"))).0, 201);
    drop(sandbox);
    let members = |store: &Store| store.records("reward_gateway", "members").unwrap().len();
    assert_eq!(members(&Store::open(&Host::real(), &folder.path().join(DATABASE)).unwrap()), 272);
    let again = start_for(&Host::real(), &plan, folder.path(), &pipelines().join("seed"), TODAY, &Options::default()).unwrap();
    assert_eq!((again.generated, members(&again.store)), (0, 272));
    again.reset(&plan, TODAY).unwrap();
    assert_eq!((members(&again.store), again.store.effects().unwrap().len(), again.store.requests(9).unwrap().len()), (271, 0, 0));
}

#[test]
fn the_next_day_is_loaded_by_its_name() {
    let played = integration_a();
    assert_eq!(played.sandbox.load("next_day", TODAY).unwrap(), 23);
    assert_eq!(played.sandbox.store.records("lucca", "users").unwrap().len(), 324);
    let unknown = played.sandbox.load("next_year", TODAY).unwrap_err().to_string();
    assert!(unknown.starts_with("there is no seed `next_year`") && unknown.ends_with("there is `next_day`"), "{unknown}");
}

#[test]
fn a_source_without_a_seed_is_given_people() {
    let Played { plan, .. } = integration_a();
    let folder = tempfile::tempdir().unwrap();
    let sandbox = start_for(&Host::real(), &plan, folder.path(), &folder.path().join("none"), TODAY, &Options::default()).unwrap();
    let members = sandbox.store.records("reward_gateway", "members").unwrap();
    assert_eq!((sandbox.generated, sandbox.store.records("lucca", "users").unwrap().len(), members.len()), (24, 24, 0));
}

#[test]
fn files_are_copied_and_the_real_ones_stay_as_they_are() {
    let project = tempfile::tempdir().unwrap();
    for name in ["quickstart.sync", "people.csv", "accounts.jsonl"] {
        fs::copy(pipelines().join(name), project.path().join(name)).unwrap();
    }
    let plan = plan(&project.path().join("quickstart.sync"), "quickstart");
    let folder = project.path().join(".counterpart/sandbox");
    let start = || start_for(&Host::real(), &plan, &folder, &project.path().join("seed"), TODAY, &Options::default()).unwrap();
    let sandbox = start();
    assert!(sandbox.running.is_empty());
    let copied = |name: &str| sandbox.files.join(name);
    fs::write(copied("accounts.jsonl"), "written").unwrap();
    fs::write(project.path().join("people.csv"), "changed").unwrap();
    start();
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    assert_eq!((read(copied("accounts.jsonl")).as_str(), read(copied("people.csv")).as_str()), ("written", "changed"));
    assert_eq!(read(project.path().join("accounts.jsonl")), read(pipelines().join("accounts.jsonl")));
    sandbox.reset(&plan, TODAY).unwrap();
    assert_eq!(read(copied("accounts.jsonl")), read(pipelines().join("accounts.jsonl")));
}

#[test]
fn what_only_the_sandbox_has_is_found_from_outside() {
    let project = TestProject::quickstart("Number;First name;Last name;Email;Left on;Manager\n1;Anna;Berg;anna@example.com;;no\n", "");
    let plan = project.sandboxed(&["plan", "quickstart"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    let none = project.sandboxed(&["history"]);
    assert!(none.err.contains("there was no run in the sandbox yet"), "{none:?}");
    let id = plan.keys("id")[0].clone();
    for args in [["show", &id], ["apply", &id]] {
        let refused = project.counterpart(&args);
        assert!(refused.code == 2 && refused.err.contains("the sandbox has one: select it with `--sandbox`"), "{refused:?}");
    }
    project.sandboxed(&["run", "quickstart"]);
    let history = project.counterpart(&["history"]);
    assert_eq!((history.code, history.out.as_str()), (0, ""), "{history:?}");
    assert!(history.err.contains("there was no run in the environment `production` yet; the sandbox has"), "{history:?}");
}
