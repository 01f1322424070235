//! `from get` in whole runs: what lists leave out is asked for by one `get` each, and a `get` that fails takes nobody away.

use super::{
    http::{StandIn, ok, reply},
    project::{Answer, TestProject},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// A device management whose list shows ids alone.
const DEVICES: &str = r#"system devices {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {
    limit 6000 per min, 4 concurrent
    retry 1 times
  }
  collection computers {
    key   id
    lists all
    list GET "/computers" { items $.computers }
    get GET "/computers/{id}" { item $.computer }
    attributes {
      id      : int  at $.id
      site    : text at $.site
      name    : text from get at $.general.name
      managed : bool from get at $.general.managed
    }
  }
}

system files {
  collection accounts {
    file "accounts.jsonl" json_lines
    key  id
    attributes {
      id     : text unique at $.id
      name   : text        at $.name
      active : bool opens  at $.active
    }
  }
}

pipeline devices {
  zone "Europe/Paris"
  from devices.computers as computer
  to   files.accounts
  exclude when computer.site == "museum"
  include when computer.managed
  key  "{computer.id}"
  match { id = "{computer.id}" }
  mode create and update
  map {
    id     = "{computer.id}"
    name   = computer.name
    active = true on create
  }
  leaver {
    when missing for 1 runs
    set  active = false
  }
  guard { leavers at most 100% }
}
"#;

/// What the stand-in knows: by id the name, and by id the status that its `get` answers with.
#[derive(Default)]
struct Devices {
    names: BTreeMap<u32, &'static str>,
    refused: BTreeMap<u32, &'static str>,
}

fn devices() -> (Arc<Mutex<Devices>>, StandIn, TestProject) {
    let known = Devices { names: [(1, "Ada"), (2, "Bo"), (3, "Cy")].into(), ..Devices::default() };
    let known = Arc::new(Mutex::new(known));
    let answering = Arc::clone(&known);
    let standing = StandIn::new(move |path| answer(&answering.lock().unwrap(), path));
    let project = TestProject::empty();
    project.write("devices.sync", DEVICES).write("accounts.jsonl", "");
    project.write("counterpart.toml", format!("[env.production.devices]\nbase = \"{}\"\n", standing.origin()));
    (known, standing, project)
}

fn answer(known: &Devices, path: &str) -> String {
    let Some(id) = path.strip_prefix("/computers/").and_then(|id| id.parse::<u32>().ok()) else {
        let ids = known.names.keys().map(|id| format!(r#"{{"id": {id}, "site": "{}"}}"#, if *id == 9 { "museum" } else { "office" }));
        return ok(&format!(r#"{{"computers": [{}]}}"#, ids.collect::<Vec<_>>().join(", ")));
    };
    match (known.refused.get(&id), known.names.get(&id)) {
        (Some(status), _) => reply(status, "application/json", "{}"),
        (None, Some(name)) => ok(&format!(r#"{{"computer": {{"id": {id}, "general": {{"name": "{name}", "managed": true}}}}}}"#)),
        (None, None) => reply("404 Not Found", "application/json", "{}"),
    }
}

fn published(project: &TestProject, pipeline: &str) -> Answer {
    let plan = project.counterpart(&["plan", pipeline]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!(applied.code, 0, "{applied:?}");
    plan
}

fn open(project: &TestProject) -> usize {
    project.read("accounts.jsonl").matches("\"active\":true").count()
}

#[test]
fn one_get_for_each_record_and_nothing_written_the_second_time() {
    let (known, standing, project) = devices();
    known.lock().unwrap().names.insert(9, "Engine");
    let plan = published(&project, "devices");
    assert!(plan.out.contains("gets=3"), "the one in the museum is excluded by what the list shows: {}", plan.out);
    let accounts = project.read("accounts.jsonl");
    assert!(["Ada", "Bo", "Cy"].iter().all(|name| accounts.contains(name)) && !accounts.contains("Engine"), "{accounts}");
    let before = standing.asked().len();
    let again = project.counterpart(&["run", "devices"]);
    assert_eq!((again.code, again.count("result", "written")), (0, 0), "{again:?}");
    let asked = standing.asked().split_off(before);
    assert_eq!(asked.iter().filter(|line| line.contains("/computers/")).count(), 3, "{asked:?}");
}

#[test]
fn a_get_that_fails_or_finds_nothing_leaves_its_record_unread_and_nobody_leaves() {
    let (known, _standing, project) = devices();
    published(&project, "devices");
    for status in ["500 Internal Server Error", "404 Not Found", "400 Bad Request"] {
        known.lock().unwrap().refused.insert(2, status);
        for _ in 0..2 {
            let run = project.counterpart(&["run", "devices"]);
            assert_eq!((run.count("result", "written"), open(&project)), (0, 3), "{status}: {run:?}");
            assert_eq!((run.code, run.count("result", "needs_attention")), (4, 1), "{status}: {run:?}");
        }
    }
    known.lock().unwrap().refused.clear();
    known.lock().unwrap().names.insert(2, "Bob");
    let run = project.counterpart(&["run", "devices"]);
    assert_eq!((run.code, run.count("result", "updated")), (0, 1), "{run:?}");
}

#[test]
fn an_outage_of_get_creates_nobody_and_takes_nobody_away() {
    let (known, _standing, project) = devices();
    published(&project, "devices");
    known.lock().unwrap().names.insert(4, "Di");
    known.lock().unwrap().refused = (1..5).map(|id| (id, "503 Service Unavailable")).collect();
    let run = project.counterpart(&["run", "devices"]);
    assert_eq!((run.count("result", "written"), open(&project)), (0, 3), "{run:?}");
    known.lock().unwrap().refused.clear();
    known.lock().unwrap().names.remove(&3);
    let run = project.counterpart(&["run", "devices"]);
    assert_eq!((run.count("result", "created"), run.count("result", "left"), open(&project)), (1, 1, 3), "{run:?}");
}

/// A video service whose list leaves out the number that people are matched by, and a manager that is a part of its own.
const VIDEO: &str = r#"system staff {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text  at $.number
      email  : text  at $.email
      first  : text  at $.first
      boss   : text? at $.boss
    }
  }
}

system video {
  http "https://video.example.com/v2" {
    limit 600 per min, 4 concurrent
  }
  collection users {
    key   id
    lists all
    list GET "/users" {
      query "next_page_token" = page.cursor
      page by cursor $.next_page_token size 300
      items $.users
    }
    get GET "/users/{id}"
    find by number GET "/users" {
      query "employee" = number
      items $.users
    }
    create POST "/users" { body = { action = "create", user_info = record } }
    update PATCH "/users/{id}"
    attributes {
      id     : text read only at $.id
      email  : text unique at $.email
      first  : text at $.first_name
      number : text? unique from get at $.employee_unique_id
    }
    part manager {
      at $.manager
      attributes {
        id : text? from get at $.id
      }
    }
  }
}

pipeline video {
  zone "Europe/Paris"
  from staff.people as person
  to   video.users
  key  person.number
  match { number = person.number }
  mode create and update
  map {
    number     = person.number
    email      = person.email
    first      = person.first
    manager.id = person.boss keep when missing
  }
}
"#;

#[test]
fn what_the_target_shows_by_get_alone_is_compared_truthfully() {
    let project = TestProject::empty();
    let people = r#"{"number": "7", "email": "ada@example.com", "first": "Ada", "boss": "u9"}
{"number": "8", "email": "bo@example.com", "first": "Bo"}
{"number": "9", "email": "cy@example.com", "first": "Cy"}
"#;
    let users = r#"{"id": "u1", "email": "ada@example.com", "first_name": "Ada", "employee_unique_id": "7", "manager": {"id": "u9"}}
{"id": "u2", "email": "bo@example.com", "first_name": "Bobby", "employee_unique_id": "8"}
"#;
    project.write("video.sync", VIDEO).write("people.jsonl", people).write("seed/video.users.jsonl", users);
    let first = project.sandboxed(&["run", "video"]);
    let written = ["created", "updated", "failed"].map(|what| first.count("result", what));
    assert_eq!((first.code, written), (0, [1, 1, 0]), "{first:?}");
    let second = project.sandboxed(&["run", "video"]);
    assert_eq!((second.code, second.count("result", "written")), (0, 0), "{second:?}");
    let shown = "SELECT count(*) FROM requests WHERE method = 'GET' AND path LIKE '%/users/%'";
    assert!(project.counted(shown) >= 5, "each account is asked for in each run");
}

#[test]
fn show_says_what_the_calls_cost() {
    let project = TestProject::empty();
    project.write("video.sync", VIDEO).write("people.jsonl", "");
    let plan = project.counterpart(&["show", "video", "--sandbox", "--format", "text"]);
    let words = plan.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("one get for each record, for number manager.id: 1000 records take 1 min 40 s at 600 requests"), "{plan:?}");
    let lines = project.counterpart(&["show", "video", "--sandbox"]);
    assert!(lines.out.contains("attributes=id,email,first,number,manager.id from_get=number,manager.id"), "{lines:?}");
    let users = project.counterpart(&["explain", "video.users"]);
    let said = users.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("`number`, `manager.id`: one call for each record where a pipeline uses it"), "{users:?}");
}

/// What the pipeline uses is asked for, so it pairs accounts and is compared; else it is said that nothing was.
#[test]
fn suggest_compares_what_get_shows_where_the_pipeline_uses_it() {
    let project = TestProject::empty();
    project.write("people.jsonl", "{\"number\":\"7\",\"email\":\"a@example.com\",\"first\":\"Ada\"}\n");
    project.write("video.sync", VIDEO);
    let first = project.counterpart(&["run", "video", "--sandbox"]);
    assert_eq!(first.count("result", "written"), 1, "{first:?}");
    project.write("video.sync", VIDEO.replace("    number     = person.number\n", ""));
    let used = project.counterpart(&["suggest", "video", "--sandbox", "--format", "text"]);
    assert!(used.out.contains("equal in 1 of 1") && !used.out.contains("not compared"), "{used:?}");
    let none = VIDEO.replace("    number     = person.number\n", "").replace("    manager.id = person.boss keep when missing\n", "");
    project.write("video.sync", none.replace("match { number = person.number }", "match { email = person.email }"));
    let unused = project.counterpart(&["suggest", "video", "--sandbox", "--format", "text"]);
    assert!(unused.out.contains("not compared: only `get` shows it"), "{unused:?}");
}

const HOLDERS: &str = r#"system staff {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text at $.number
      device : text at $.device
    }
  }
}

pipeline holders {
  zone "Europe/Paris"
  from staff.people as person
  join devices.computers as computer on computer.name == person.device
  to   files.accounts
  key  person.number
  match { id = person.number }
  mode create and update
  map {
    id     = person.number
    name   = person.device
    active = true on create
  }
  leaver {
    when computer.id is missing as "holds no device"
    set  active = false
  }
  guard { leavers at most 100% }
}
"#;

/// Which record is joined is not known while the value that it is joined by is not read.
#[test]
fn a_joined_record_that_get_does_not_show_is_not_missing() {
    let (known, _standing, project) = devices();
    let system = DEVICES.split_once("pipeline devices").unwrap().0;
    project.write("devices.sync", system).write("holders.sync", format!("use \"devices.sync\"\n{HOLDERS}"));
    project.write("people.jsonl", "{\"number\": \"7\", \"device\": \"Ada\"}\n{\"number\": \"8\", \"device\": \"Bo\"}\n");
    published(&project, "holders");
    known.lock().unwrap().refused.insert(1, "500 Internal Server Error");
    let run = project.counterpart(&["run", "holders"]);
    assert_eq!((run.count("result", "written"), open(&project)), (0, 2), "{run:?}");
    known.lock().unwrap().refused.clear();
    known.lock().unwrap().names.insert(1, "Eve");
    let run = project.counterpart(&["run", "holders"]);
    assert_eq!((run.count("result", "left"), open(&project)), (1, 1), "{run:?}");
}

/// A pipeline over a list whose end a short page alone shows.
const SHORT: &str = r#"system hr {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base { retry 1 times }
  collection people {
    key id
    list GET "/people" {
      query "offset" = page.offset
      page by offset size 4
      items $.data
    }
    get GET "/people/{id}"
    attributes {
      id   : text  at $.id
      name : text  at $.name
      end  : date? at $.end
    }
  }
}

system files {
  collection accounts {
    file "accounts.jsonl" json_lines
    key  id
    attributes {
      id     : text unique at $.id
      name   : text        at $.name
      active : bool opens  at $.active
    }
  }
}

pipeline people {
  zone "Europe/Paris"
  from hr.people as person
  to   files.accounts
  key  person.id
  match { id = person.id }
  mode create and update
  map {
    id     = person.id
    name   = person.name
    active = true on create
  }
  leaver {
    when person.end < today
    MISSING
    set  active = false
  }
  guard { leavers at most 100% }
}
"#;

/// Who a cut list leaves out is asked for, and judged like those that it shows.
#[test]
fn whom_a_short_page_leaves_out_is_judged_by_get() {
    for missing in ["when missing for 1 runs", ""] {
        let (cut, gone) = (Arc::new(Mutex::new(9_usize)), Arc::new(Mutex::new("200 OK")));
        let (listed, status) = (Arc::clone(&cut), Arc::clone(&gone));
        let standing = StandIn::new(move |path| {
            let shown = *listed.lock().unwrap();
            let person = |id: usize| match (id, shown < 9) {
                (7, true) => r#"{"id": "7", "name": "Changed"}"#.to_owned(),
                (8, true) => r#"{"id": "8", "name": "N8", "end": "2020-01-01"}"#.to_owned(),
                _ => format!(r#"{{"id": "{id}", "name": "N{id}"}}"#),
            };
            if let Some(id) = path.strip_prefix("/people/").and_then(|id| id.parse().ok()) {
                let status = if id == 9 { *status.lock().unwrap() } else { "200 OK" };
                return reply(status, "application/json", &person(id));
            }
            let offset: usize = path.split_once("offset=").map_or(0, |(_, at)| at.parse().unwrap());
            let page: Vec<_> = (1..=shown).skip(offset).take(4).map(person).collect();
            ok(&format!(r#"{{"data": [{}]}}"#, page.join(", ")))
        });
        let project = TestProject::empty();
        project.write("people.sync", SHORT.replace("MISSING", missing)).write("accounts.jsonl", "");
        project.write("counterpart.toml", format!("[env.production.hr]\nbase = \"{}\"\n", standing.origin()));
        published(&project, "people");
        *cut.lock().unwrap() = 5;
        for bad in ["500 Internal Server Error", "206 Partial Content"] {
            *gone.lock().unwrap() = bad;
            let run = project.counterpart(&["run", "people"]);
            assert_eq!((run.code, open(&project)), (5, 9), "one that can't be asked for breaks the read: {bad} {run:?}");
        }
        *gone.lock().unwrap() = "200 OK";
        let run = project.counterpart(&["run", "people"]);
        let counts = ["updated", "left"].map(|what| run.count("result", what));
        assert_eq!((run.code, counts, open(&project)), (0, [1, 1], 8), "{run:?}");
        assert!(run.err.contains("hr.people 9 complete") && project.read("accounts.jsonl").contains("Changed"), "{run:?}");
    }
}
