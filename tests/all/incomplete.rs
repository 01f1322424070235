//! A pipeline that continues after a broken read updates what was read, and treats nothing unread as missing.

use super::project::TestProject;

const PIPELINE: &str = r#"system files {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text  at $.number
      name   : text  at $.name
    }
  }
  collection tiers {
    file "tiers.jsonl" json_lines
    attributes {
      member : text? at $.member
      name   : text? at $.name
    }
  }
  collection accounts {
    file  "accounts.jsonl" json_lines
    key   id
    lists all
    attributes {
      id     : text unique at $.id
      name   : text        at $.name
      tier   : text?       at $.tier
      kind   : text?       at $.kind
      active : bool opens  at $.active
    }
  }
}

pipeline club {
  zone "Europe/Paris"
  from files.people as person
  join files.tiers  as tier on tier.member == person.number
  to   files.accounts

  field kind = if tier.name is present then "member" else "guest"

  key  person.number
  match { id = person.number }
  mode create and update
  map {
    id     = person.number
    name   = person.name
    tier   = tier.name        clear when missing
    kind   = kind
    active = true             on create
  }
  on incomplete read continue
  leaver {
    when person.name == "Former" as "membership ended"
    set  active = false
  }
  guard {
    leavers at most 100%
    updates at most 100%
    clears  at most 100%
    updates of name at most 100%
    updates of tier at most 100%
    updates of kind at most 100%
  }
}
"#;

const TIERS: &str = "{\"member\": \"1\", \"name\": \"Fellow\"}\n{\"member\": \"2\", \"name\": \"Student\"}\n";

fn people(names: [&str; 2]) -> String {
    format!("{{\"number\": \"1\", \"name\": \"{}\"}}\n{{\"number\": \"2\", \"name\": \"{}\"}}\n", names[0], names[1])
}

fn published(pipeline: &str) -> TestProject {
    let project = TestProject::empty();
    project
        .write("club.sync", pipeline)
        .write("people.jsonl", people(["Ann", "Bo"]))
        .write("tiers.jsonl", TIERS)
        .write("accounts.jsonl", "");
    let plan = project.counterpart(&["plan", "club"]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "created")), (0, 2), "{applied:?}");
    project
}

#[test]
fn a_join_that_broke_clears_nothing_and_closes_nobody() {
    let project = published(PIPELINE);
    project.write("people.jsonl", people(["Anna", "Bo"])).write("tiers.jsonl", "no JSON at all");
    let run = project.counterpart(&["run", "club"]);
    let accounts = project.read("accounts.jsonl");
    assert_eq!((run.code, run.count("result", "updated")), (4, 1), "what was read goes on, and it is no success: {run:?}");
    assert!(
        accounts.contains("Anna") && accounts.contains("Fellow") && accounts.contains("Student") && !accounts.contains("guest"),
        "{accounts} {run:?}"
    );
    assert_eq!(accounts.matches("\"active\":true").count(), 2);
    project.write("tiers.jsonl", TIERS.lines().next().unwrap());
    project.counterpart(&["run", "club"]);
    let accounts = project.read("accounts.jsonl");
    assert!(
        accounts.contains("Anna") && accounts.contains("Fellow") && accounts.contains("guest"),
        "a read that is whole says who has none: {accounts}"
    );
}

#[test]
fn who_leaves_by_a_join_that_broke_is_not_judged() {
    let project = published(&PIPELINE.replace("person.name == \"Former\"", "tier.name is missing"));
    let before = project.read("accounts.jsonl");
    project.write("people.jsonl", people(["Anna", "Bo"])).write("tiers.jsonl", "no JSON at all");
    let run = project.counterpart(&["run", "club"]);
    assert_eq!((run.code, project.read("accounts.jsonl") == before), (4, true), "{run:?}");
    project.write("tiers.jsonl", TIERS.lines().next().unwrap());
    assert_eq!(project.counterpart(&["run", "club"]).count("result", "left"), 1);
}
