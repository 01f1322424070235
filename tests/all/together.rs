//! Two runs at once, and a run that is killed.

use super::{
    http::{StandIn, ok},
    project::{INTEGRATION_A, TestProject},
};
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20), "never {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A system with one person that takes two seconds to list it.
fn slow() -> StandIn {
    StandIn::new(|path| {
        if path != "/me" {
            std::thread::sleep(Duration::from_secs(2));
        }
        ok(r#"{"total": 1, "items": [{"id": "1", "name": "A"}]}"#)
    })
}

#[test]
fn the_second_of_two_runs_is_told_who_runs_since_when() {
    let standing = slow();
    let project = standing.project();
    let mut first = project
        .command(&["run", "crm_to_files"])
        .env("COUNTERPART_BY", "schedule")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("reading", || standing.asked().len() > 1);
    let second = project.counterpart(&["run", "crm_to_files"]);
    assert_eq!((second.code, second.out.as_str()), (5, ""), "{second:?}");
    for words in ["nothing was written", "schedule", &format!("process {}", first.id()), "since 20"] {
        assert!(second.err.contains(words), "{words}: {}", second.err);
    }
    assert_eq!(first.wait().unwrap().code(), Some(3), "the first one ends as it would have");
    assert_eq!(project.counterpart(&["run", "crm_to_files"]).code, 3, "and the next may begin");
}

/// Another pipeline that writes to the accounts of the first.
const NOTES: &str = r#"
pipeline notes {
  from crm.people as person
  to   files.accounts
  key  person.id
  match { id = person.id }
  mode update
  map { note = person.name }
}
"#;

#[test]
fn a_run_of_another_pipeline_waits_for_the_one_that_writes_to_its_target() {
    let standing = slow();
    let project = standing.project();
    let pipeline = project
        .read("crm_to_files.sync")
        .replace("name : text        at $.name", "name : text        at $.name\n      note : text?       at $.note");
    project.write("crm_to_files.sync", pipeline + NOTES);
    let mut first = project.command(&["run", "crm_to_files"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("reading", || standing.asked().len() > 1);
    let second = project.counterpart(&["run", "notes"]);
    assert_eq!(second.code, 5, "{second:?}");
    for words in ["another run writes to `files.accounts`", "with crm_to_files", &format!("process {}", first.id())] {
        assert!(second.err.contains(words), "{words}: {}", second.err);
    }
    first.wait().unwrap();
    assert_eq!(project.counterpart(&["run", "notes"]).code, 3, "a first run, which a person applies");
}

/// Kills a first run once so many writes have arrived. Whether there were more to come.
fn killed_after(project: &TestProject, writes: u64) -> bool {
    // The stand-ins are there before the run, so that their requests can be counted from outside.
    assert_eq!(project.sandboxed(&["plan", INTEGRATION_A]).code, 0);
    let mut run = project.command(&["run", INTEGRATION_A, "--sandbox"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("writing", || project.writing_requests() >= writes || run_ended(project));
    run.kill().unwrap();
    run.wait().unwrap();
    project.writing_requests() < 52
}

fn run_ended(project: &TestProject) -> bool {
    project.writing_requests() >= 52
}

#[test]
fn a_killed_run_is_completed_by_the_next_without_a_twin_or_a_second_welcome() {
    let mut cut = 0;
    for writes in [1, 4, 20, 40] {
        let project = TestProject::with_pipelines();
        cut += u64::from(killed_after(&project, writes));
        let next = project.sandboxed(&["run", INTEGRATION_A]);
        assert_eq!(next.code, 0, "killed after {writes}: {next:?}");
        let welcomed = |what: &str| project.counted(&format!("SELECT count({what}) FROM effects WHERE effect = 'a welcome e-mail'"));
        assert_eq!((welcomed("*"), welcomed("DISTINCT key")), (12, 12), "killed after {writes}");
        let members = "SELECT count(*) FROM records WHERE system = 'reward_gateway'";
        assert_eq!(project.counted(members), 283, "killed after {writes}: 271 members and 12 created");
        let last = project.sandboxed(&["run", INTEGRATION_A]);
        assert_eq!((last.code, last.count("result", "written")), (0, 0), "killed after {writes}: {last:?}");
    }
    println!("{cut} of 4 runs were killed in the middle of their writes");
    assert!(cut > 0, "no run was killed before its end");
}

/// Two pipelines, each for a part of the people, with accounts in one file.
const TWO_TO_ONE_FILE: &str = r#"system hr {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text  at $.number
      name   : text? at $.name
      status : text? at $.status
    }
  }
}
system app {
  collection users {
    file "users.FORMAT" FORMAT_WORD
    key  id
    attributes {
      id   : text unique at $.id
      name : text?       at $.name
    }
  }
}
"#;

fn pipeline_of(name: &str, status: &str) -> String {
    format!(
        "pipeline {name} {{\n  from hr.people as e\n  to   app.users\n  include when e.status == \"{status}\" as \"{status}\"\n  key  e.number\n  \
         match {{ id = e.number }}\n  mode create and update\n  map {{\n    id   = e.number\n    name = e.name keep when missing\n  }}\n  \
         guard {{ creates at most 9000 }}\n}}\n"
    )
}

fn people(count: usize) -> String {
    let one = |at: usize| format!("{{\"number\": \"{at}\", \"name\": \"N{at}\", \"status\": \"{}\"}}\n", ["a", "b"][at % 2]);
    (0..count).map(one).collect()
}

/// Each has a state of its own, so that neither knows of the other.
#[test]
fn two_runs_that_write_one_file_lose_nothing() {
    for (format, word, empty) in [("jsonl", "json_lines", ""), ("csv", "csv", "id,name,note\nx9,Zoe,\" kept \"\n"), ("json", "json", "[]")]
    {
        let project = TestProject::empty();
        let systems = TWO_TO_ONE_FILE.replace("FORMAT_WORD", word).replace("FORMAT", format);
        project.write("p.sync", systems + &pipeline_of("a", "a") + &pipeline_of("b", "b"));
        let users = format!("users.{format}");
        project.write("people.jsonl", people(40)).write(&users, empty).write("counterpart.toml", "[env.production]\n[env.second]\n");
        for (name, place) in [("a", "production"), ("b", "second")] {
            let plan = project.counterpart(&["plan", name, "--env", place]);
            let set = plan.out.split_whitespace().find(|word| word.starts_with("c-")).map(str::to_owned);
            let set = set.unwrap_or_else(|| panic!("{plan:?}"));
            let set = set.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
            let applied = project.counterpart(&["apply", set, "--env", place]);
            assert_eq!(applied.code, 0, "{format}: {applied:?}");
        }
        for round in 1..4 {
            project.write("people.jsonl", people(40 + 600 * round));
            let both = [("a", "production"), ("b", "second")];
            let both = both.map(|(name, place)| {
                project.command(&["run", name, "--env", place]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
            });
            for mut run in both {
                assert_eq!(run.wait().unwrap().code(), Some(0), "{format}, round {round}");
            }
            let text = project.read(&users);
            let found =
                (0..40 + 600 * round).filter(|at| text.contains(&format!("\"N{at}\"")) || text.contains(&format!(",N{at},"))).count();
            assert_eq!(found, 40 + 600 * round, "{format}, round {round}");
            assert_eq!(
                text.matches("x9,Zoe,\" kept \"\n").count(),
                usize::from(format == "csv"),
                "a row that nobody wrote keeps its bytes"
            );
        }
    }
}
