//! `file newest`: after a run has applied a file, an older one is held until a person approves it.

use super::{
    project::{Answer, TestProject},
    terminal::TerminalSession,
};
use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

const PIPELINE: &str = r#"system hr {
  collection people {
    file newest "drop/people-*.csv" csv
    key id
    attributes {
      id   : text at $.id
      name : text at $.name
    }
  }
  collection teams {
    file newest "drop/teams-*.jsonl" json_lines
    key id
    attributes {
      id   : text at $.id
      team : text at $.team
    }
  }
}

system files {
  collection accounts {
    file "accounts.jsonl" json_lines
    key  id
    attributes {
      id   : text unique at $.id
      name : text        at $.name
      team : text?       at $.team
    }
  }
}

pipeline people {
  from hr.people as person
  join hr.teams as team on person.id == team.id
  to   files.accounts
  key  person.id
  match { id = person.id }
  mode create and update
  map {
    id   = person.id
    name = person.name
    team = team.team keep when missing
  }
  guard {
    updates at most 100%
    updates of name at most 100%
    updates of team at most 100%
  }
}
"#;

/// Puts a file into the folder that was changed so many hours ago.
fn put(project: &TestProject, name: &str, hours: u64, text: &str) {
    let path = project.path().join("drop").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600 - hours * 3_600);
    File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

fn people(name: &str) -> String {
    format!("id,name\n1,{name}\n2,Bo\n")
}

fn team(name: &str) -> String {
    format!("{{\"id\":\"1\",\"team\":\"{name}\"}}\n")
}

/// Ann is in the first files and Anna in the second, which were read last.
fn published() -> TestProject {
    let project = TestProject::empty();
    project.write("people.sync", PIPELINE).write("accounts.jsonl", "").write("counterpart.toml", "");
    put(&project, "people-1.csv", 48, &people("Ann"));
    put(&project, "people-2.csv", 24, &people("Anna"));
    put(&project, "teams-1.jsonl", 48, &team("red"));
    put(&project, "teams-2.jsonl", 24, &team("blue"));
    let applied = approve(&project);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(project.read("accounts.jsonl").contains("Anna"));
    project
}

fn approve(project: &TestProject) -> Answer {
    let plan = project.counterpart(&["plan", "people"]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    project.counterpart(&["apply", &id])
}

fn take_away(project: &TestProject, name: &str) {
    fs::remove_file(project.path().join("drop").join(name)).unwrap();
}

#[track_caller]
fn held(project: &TestProject, doubt: &str) {
    let before = project.read("accounts.jsonl");
    for _ in 0..2 {
        let run = project.counterpart(&["run", "people"]);
        assert_eq!(run.code, 3, "{run:?}");
        assert!((run.out.clone() + &run.err).contains(doubt), "{run:?}");
    }
    assert_eq!(project.read("accounts.jsonl"), before);
}

#[test]
fn an_older_file_than_the_one_that_was_read_is_held() {
    let doubt = |kind: &str, end: &str| {
        format!(
            "`drop/{kind}-1.{end}` of 2025-12-30 00:00:00 UTC is older than `drop/{kind}-2.{end}` of 2025-12-31 00:00:00 UTC, which the last applied \
             run read: put that one back, or `apply` this at a terminal to go on from the older one"
        )
    };
    for (kind, end) in [("people", "csv"), ("teams", "jsonl")] {
        let project = published();
        take_away(&project, &format!("{kind}-2.{end}"));
        held(&project, &doubt(kind, end));
        // The next one that is newer goes on as if nothing had happened.
        put(&project, &format!("{kind}-3.{end}"), 1, &if kind == "people" { people("Anne") } else { team("green") });
        let run = project.counterpart(&["run", "people"]);
        assert_eq!((run.code, run.count("result", "updated")), (0, 1), "{run:?}");
    }
}

#[test]
fn a_person_goes_on_from_the_older_file() {
    let project = published();
    take_away(&project, "people-2.csv");
    held(&project, "is older than `drop/people-2.csv`");
    let plan = project.counterpart(&["plan", "people"]);
    let mut terminal = TerminalSession::start(&project, &["apply", &plan.keys("id")[0]]);
    terminal.wait_for("is older than `drop/people-2.csv`").wait_for("how many").answer("1");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(project.read("accounts.jsonl").contains("\"Ann\""));
    let run = project.counterpart(&["run", "people"]);
    assert_eq!((run.code, run.count("result", "nothing_to_do")), (0, 2), "the older one is the last now: {run:?}");
}

#[test]
fn the_same_file_and_another_of_its_time_with_a_later_name_are_no_older_ones() {
    let project = published();
    assert_eq!(project.counterpart(&["run", "people"]).code, 0);
    // Of one time the last by name is the newest.
    put(&project, "people-2b.csv", 24, &people("Anne"));
    assert_eq!(project.counterpart(&["run", "people"]).count("result", "updated"), 1);
    take_away(&project, "people-2b.csv");
    held(&project, "`drop/people-2.csv` of 2025-12-31 00:00:00 UTC is older than `drop/people-2b.csv` of 2025-12-31 00:00:00 UTC");
}
