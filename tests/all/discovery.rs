//! Attributes that a system itself tells: asked before a file is compiled, kept, asked again, offered and checked.

use super::{
    project::{Answer, TestProject},
    watch::Watching,
};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};

const SYSTEMS: &str = r#"system crm {
  setting base : text as "Address"
  secret  token as "Token"
  http setting.base {
    retry 1 times
    auth  bearer secret.token
    limit 6000 per min, 4 concurrent
  }
  collection contacts {
    key    id
    list   GET "/contacts" { items $ }
    update PATCH "/contacts/{id}"
    attributes {
      id   : text read only at $.id
      name : text?          at $.name
    }
    part extra {
      at $.extra
      attributes from GET "/fields" {
        items $.fields
        name  $.name
        type $.kind {
          "text"   is text at $[{$.name}]
          "number" is int  at $[{$.name}]
        }
      }
    }
  }
}

system files {
  collection people {
    file "people.jsonl" json_lines
    key  id
    attributes {
      id   : text  at $.id
      tier : text? at $.tier
    }
  }
}
"#;

/// By a setting that chooses the field.
const CHOSEN: &str = r#"use "systems.sync"

pipeline chosen {
  setting field : text attribute of crm.contacts as "Field for the tier"
  from files.people as person
  to   crm.contacts
  match { id = person.id }
  mode update
  map { [setting.field] = person.tier keep when missing }
}
"#;

/// By the name of the field.
const NAMED: &str = r#"use "systems.sync"

pipeline named {
  from files.people as person
  to   crm.contacts
  match { id = person.id }
  mode update
  map { extra.Tier = person.tier keep when missing }
}
"#;

/// A CRM whose fields can be changed, and which can be switched off.
struct Crm {
    origin: String,
    shared: Arc<Mutex<Shared>>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Shared {
    fields: Vec<(&'static str, &'static str)>,
    down: bool,
    asked: Vec<String>,
}

impl Crm {
    fn with(fields: &[(&'static str, &'static str)]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared { fields: fields.to_vec(), ..Shared::default() }));
        let router = Router::new().fallback(answered).with_state(Arc::clone(&shared));
        runtime.spawn(async { axum::serve(listener, router).await });
        Self { origin, shared, _runtime: runtime }
    }

    fn set(&self, fields: &[(&'static str, &'static str)]) {
        self.shared.lock().unwrap().fields = fields.to_vec();
    }

    fn down(&self, down: bool) {
        self.shared.lock().unwrap().down = down;
    }

    /// How often it was asked for its fields since the last time.
    fn asked(&self) -> usize {
        std::mem::take(&mut self.shared.lock().unwrap().asked).iter().filter(|path| *path == "/fields").count()
    }
}

async fn answered(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let mut shared = shared.lock().unwrap();
    let path = request.uri().path().to_owned();
    shared.asked.push(path.clone());
    let said = |status: u16, body: Json| (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response();
    match path.as_str() {
        _ if shared.down => said(500, json!({})),
        "/fields" => {
            let field = |(name, kind): &(&str, &str)| json!({ "name": name, "kind": kind });
            said(200, json!({ "fields": shared.fields.iter().map(field).collect::<Vec<_>>() }))
        }
        "/contacts" => said(200, json!([{ "id": "1", "name": "Jeanne Martin", "extra": { "Tier": "Gold" } }])),
        _ => said(404, json!({})),
    }
}

fn project(crm: &Crm, pipeline: (&str, &str), field: &str) -> TestProject {
    let project = TestProject::empty();
    let config =
        format!("[env.production.crm]\nbase = \"{}\"\ntoken = {{ env = \"CRM_TOKEN\" }}\n\n[env.production.chosen]\n{field}", crm.origin);
    project.write("systems.sync", SYSTEMS).write(&format!("{}.sync", pipeline.0), pipeline.1).write("counterpart.toml", config);
    project.write("people.jsonl", "{\"id\": \"1\", \"tier\": \"Silver\"}\n");
    project
}

fn with(project: &TestProject, args: &[&str]) -> Answer {
    project.command(args).env("CRM_TOKEN", "MARKED-token").output().unwrap().into()
}

fn kept(project: &TestProject) -> Json {
    serde_json::from_str(&project.read(".counterpart/production/discovered.json")).unwrap()
}

/// Makes the cached answer an hour older.
fn grow_old(project: &TestProject) {
    let mut all = kept(project);
    let at: jiff::Timestamp = all["asked"]["crm.contacts.extra"]["at"].as_str().unwrap().parse().unwrap();
    all["asked"]["crm.contacts.extra"]["at"] = json!((at - jiff::SignedDuration::from_hours(1)).to_string());
    project.write(".counterpart/production/discovered.json", all.to_string());
}

#[test]
fn a_plan_asks_once_and_again_when_what_was_told_is_old() {
    for (pipeline, line) in [(("chosen", CHOSEN), "extra.Tier"), (("named", NAMED), "extra.Tier")] {
        let crm = Crm::with(&[("Tier", "text"), ("Visits", "number")]);
        let project = project(&crm, pipeline, "field = \"Tier\"\n");
        let planned = with(&project, &["plan", pipeline.0]);
        assert!(planned.code == 0 && planned.out.contains(line), "{}: {planned:?}", pipeline.0);
        assert_eq!(crm.asked(), 1);
        assert_eq!(with(&project, &["plan", pipeline.0]).code, 0);
        assert_eq!(crm.asked(), 0, "it is kept");
        grow_old(&project);
        assert_eq!(with(&project, &["plan", pipeline.0]).code, 0);
        assert_eq!(crm.asked(), 1, "it is old");
        let told = &kept(&project)["asked"]["crm.contacts.extra"]["attributes"];
        assert_eq!(told[0], json!({ "name": "Tier", "ty": "text", "path": "$[\"Tier\"]" }));
        assert!(!project.read(".counterpart/production/discovered.json").contains("MARKED"));
    }
}

#[test]
fn a_field_that_is_new_is_found_at_once_and_moves_no_plan() {
    let crm = Crm::with(&[("Tier", "text")]);
    let project = project(&crm, ("chosen", CHOSEN), "field = \"Tier\"\n");
    let id = |answer: &Answer| answer.fact("id", "execution_plan").unwrap();
    let before = id(&with(&project, &["plan"]));
    crm.set(&[("Badge", "text"), ("Tier", "text")]);
    assert_eq!(with(&project, &["settings", "field"]).code, 0);
    assert_eq!(id(&with(&project, &["plan"])), before, "a field that the pipeline does not use is nothing to it");
    crm.asked();
    crm.set(&[("Badge", "text"), ("Tier", "text"), ("Level", "text")]);
    project.write("chosen.sync", CHOSEN.replace("[setting.field]", "extra.Level"));
    let planned = with(&project, &["plan"]);
    assert!(planned.code == 0 && planned.out.contains("extra.Level"), "{planned:?}");
    assert_eq!(crm.asked(), 1, "what is named and not known is asked for, however fresh the rest is");
}

#[test]
fn the_check_is_offline_and_knows_what_was_told() {
    let crm = Crm::with(&[("Tier", "text"), ("Visits", "number")]);
    let project = project(&crm, ("named", NAMED), "");
    project.write("named.sync", NAMED.replace("extra.Tier", "extra.Anything"));
    let never = with(&project, &["check", "--format", "lines", "named.sync"]);
    assert_eq!((never.code, crm.asked()), (0, 0), "nothing is known, so nothing is wrong: {never:?}");
    project.write("named.sync", NAMED);
    assert_eq!(with(&project, &["plan", "named"]).code, 0);
    assert_eq!((with(&project, &["check", "named.sync"]).code, crm.asked()), (0, 1));
    crm.down(true);
    for (line, words) in [
        ("extra.Tire = person.tier keep when missing", "did you mean `extra.Tier`"),
        ("extra.Visits = person.tier keep when missing", "int"),
    ] {
        project.write("named.sync", NAMED.replace("extra.Tier = person.tier keep when missing", line));
        let wrong = with(&project, &["check", "--format", "text", "named.sync"]);
        assert!(wrong.code == 1 && wrong.out.contains(words), "{line}: {wrong:?}");
    }
    assert_eq!(crm.asked(), 0);
}

#[test]
fn a_field_that_is_not_there_is_refused_with_those_that_are() {
    let crm = Crm::with(&[("Tier", "text"), ("Visits", "number")]);
    let project = project(&crm, ("chosen", CHOSEN), "field = \"Tire\"\n");
    let planned = with(&project, &["plan"]);
    assert_eq!(planned.code, 2, "{planned:?}");
    assert!(planned.err.contains("`crm.contacts` has no such attribute; there is `Tier` and `Visits`"), "{planned:?}");

    let before = project.read("counterpart.toml");
    for (value, words) in [("Tire", "there is `Tier` and `Visits`"), ("Visits", "its type is int")] {
        let refused = with(&project, &["settings", "set", "chosen", "field", value]);
        assert!(refused.code == 2 && refused.err.contains(words), "{refused:?}");
        assert_eq!(project.read("counterpart.toml"), before);
    }
    let verified = with(&project, &["settings", "verify"]);
    assert_eq!(verified.code, 2, "{verified:?}");
    assert!(verified.out.contains("verified crm ok") && verified.out.contains("judged chosen.field wrong reason="), "{verified:?}");

    crm.set(&[("Tier", "text"), ("Tire", "text")]);
    let verified = with(&project, &["settings", "verify"]);
    assert!(verified.code == 0 && verified.out.contains("judged chosen.field ok\n"), "{verified:?}");
    assert_eq!(with(&project, &["settings", "set", "chosen", "field", "Tier", "--env", "production"]).code, 0);
    assert_eq!(project.read("counterpart.toml"), before.replace("Tire", "Tier"));
    crm.set(&[("Tier", "text"), ("Tire", "text"), ("Photo", "picture")]);
    let listed = with(&project, &["settings", "chosen", "field"]);
    assert!(listed.err.contains("`Photo` of `crm.contacts` can't be chosen: it is of the type `picture`"), "{listed:?}");
    assert!(
        listed.out.contains("choice chosen.field \"Tier\" words=\"text\"\nchoice chosen.field \"Tire\" words=\"text\"\n"),
        "{listed:?}"
    );
}

#[test]
fn who_can_t_be_asked_leaves_what_is_known() {
    let crm = Crm::with(&[("Tier", "text")]);
    let project = project(&crm, ("chosen", CHOSEN), "field = \"Tier\"\n");
    crm.down(true);
    let never = with(&project, &["plan"]);
    assert_eq!(never.code, 5, "{never:?}");
    assert!(never.err.contains("`crm.contacts.extra` could not be asked which attributes it has: "), "{never:?}");
    assert!(never.err.contains("nothing was read or written"), "{never:?}");
    let unknown = with(&project, &["settings", "verify"]);
    assert!(unknown.code == 5 && unknown.out.contains("judged chosen.field cannot_tell reason="), "{unknown:?}");
    let taken = with(&project, &["settings", "set", "field", "Level"]);
    assert!(taken.code == 0 && taken.err.contains("not looked up: "), "{taken:?}");

    crm.down(false);
    assert_eq!(with(&project, &["settings", "set", "field", "Tier"]).code, 0);
    assert_eq!(with(&project, &["plan"]).code, 0);
    let before = kept(&project);
    grow_old(&project);
    let fields = json!([{ "name": "Tier", "ty": "text", "path": "$[\"Tier\"]" }]);
    crm.down(true);
    let old = with(&project, &["plan"]);
    assert!(old.err.contains("the ones that it reported before are used"), "{old:?}");
    assert_eq!(
        (&kept(&project)["asked"]["crm.contacts.extra"]["attributes"], &before["asked"]["crm.contacts.extra"]["attributes"]),
        (&fields, &fields)
    );
}

#[test]
fn another_account_is_asked_for_its_own() {
    let (one, other) = (Crm::with(&[("Tier", "text")]), Crm::with(&[("Rank", "text")]));
    let project = project(&one, ("chosen", CHOSEN), "field = \"Tier\"\n");
    assert_eq!(with(&project, &["plan"]).code, 0);
    project.write("counterpart.toml", project.read("counterpart.toml").replace(&one.origin, &other.origin));
    let planned = with(&project, &["plan"]);
    assert!(planned.code == 2 && planned.err.contains("there is `Rank`"), "{planned:?}");
    assert_eq!(other.asked(), 1);
}

#[test]
fn who_is_switched_off_is_not_asked() {
    let crm = Crm::with(&[("Tier", "text")]);
    let off = CHOSEN.replace("  from files", "  setting on : bool = false as \"On\"\n  enabled when setting.on\n  from files");
    let project = project(&crm, ("chosen", &off), "field = \"Tier\"\n");
    let planned = with(&project, &["plan"]);
    assert!(planned.code == 0 && planned.err.contains("is switched off by a setting"), "{planned:?}");
    assert_eq!(crm.asked(), 0);
}

#[test]
fn watch_knows_what_was_told_meanwhile() {
    let crm = Crm::with(&[("Tier", "text")]);
    let project = project(&crm, ("named", NAMED), "");
    let mut watching = Watching::of(project.command(&["watch", "named"]).env("CRM_TOKEN", "MARKED-token"));
    assert!(watching.first.starts_with("live "), "{}", watching.first);
    project.write("named.sync", NAMED.replace("extra.Tier", "extra.Level"));
    let refused = watching.answer();
    assert!(refused.starts_with("refused "), "{refused}");
    crm.set(&[("Tier", "text"), ("Level", "text")]);
    assert_eq!(with(&project, &["settings", "verify"]).code, 0);
    let live = watching.answer();
    assert!(live.starts_with("live "), "{live}");
    watching.end();
}

#[test]
fn the_sandbox_tells_them_too() {
    let project = TestProject::with_pipelines();
    let planned = project.sandboxed(&["plan", "wicket_organisations_to_arlo"]);
    assert!(planned.code == 0 && planned.out.contains("read arlo.organisations"), "{planned:?}");
    let listed = project.sandboxed(&["settings", "wicket_organisations_to_arlo", "uuid_field"]);
    assert!(listed.out.contains("choice wicket_organisations_to_arlo.uuid_field \"WicketOrgId\" words=\"String\"\n"), "{listed:?}");
}
