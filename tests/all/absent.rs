//! Who is no longer in the source counts everywhere like who is.

use super::project::{Answer, TestProject};

const FILES: &str = r#"system hr {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text  at $.number
      name   : text  at $.name
      ends   : text? at $.ends
    }
  }
}
system app {
  collection users {
    file "users.jsonl" json_lines
    key  id
    attributes {
      id     : text unique  at $.id
      name   : text         at $.name
      active : bool opens   at $.active
    }
  }
}
pipeline staff {
  from hr.people as e
  to   app.users
  key  e.number
  match { id = e.number }
  mode create and update
  map {
    id = e.number on create
    name = e.name
    active = true on create
  }
  leaver {
    when e.ends is present as "ended"
    when missing for RUNS runs
    set active = false
    on return { set active = true }
  }
  guard { leavers at most 50% or 9 }
}
"#;

fn person(n: u32) -> String {
    format!("{{\"number\": \"{n}\", \"name\": \"N{n}\"}}\n")
}

/// Thirty people and their accounts, all linked.
fn linked(runs: u32) -> TestProject {
    let project = TestProject::empty();
    let users = (1..=30).map(|n| format!("{{\"id\": \"{n}\", \"name\": \"N{n}\", \"active\": true}}\n")).collect::<String>();
    project.write("staff.sync", FILES.replace("RUNS", &runs.to_string())).write("users.jsonl", users);
    project.write("people.jsonl", (1..=30).map(person).collect::<String>());
    let plan = project.counterpart(&["plan"]);
    assert_eq!(project.counterpart(&["apply", &plan.keys("id")[0]]).code, 0);
    project
}

/// The people without the first `gone`, of whom one has ended if asked.
fn without(project: &TestProject, gone: u32, ended: bool) {
    let mut people: String = (gone + 1..=30).map(person).collect();
    if ended {
        people = people.replace("\"N30\"}", "\"N30\", \"ends\": \"yes\"}");
    }
    project.write("people.jsonl", people);
}

fn said(project: &TestProject, format: &str) -> Answer {
    project.counterpart(&["plan", "--format", format])
}

#[test]
fn who_leaves_by_absence_counts_in_every_format() {
    for (ended, leave) in [(false, 2), (true, 3)] {
        let project = linked(1);
        without(&project, 2, ended);
        let plan = project.counterpart(&["plan", "--exit-code"]);
        assert_eq!(plan.code, 10, "{plan:?}");
        assert_eq!((plan.count("count", "leave"), plan.count("result", "to_write")), (leave, leave), "{plan:?}");
        let text = said(&project, "text").out;
        let headline = text.lines().nth(2).unwrap();
        assert!(headline.contains(&format!("{leave} leave")), "{text}");
        assert!(text.lines().any(|line| line.trim_start().starts_with(&format!("{leave}  to write"))), "{text}");
        let markdown = said(&project, "markdown").out;
        assert!(markdown.starts_with(&format!("### {leave} leave")) && markdown.contains("Next: `counterpart apply"), "{markdown}");
        assert!(markdown.contains(&format!("| {leave} | to write | {leave} leave |")), "{markdown}");
        let json: serde_json::Value = serde_json::from_str(&said(&project, "json").out).unwrap();
        assert_eq!(json["operations"].as_array().unwrap().len() as u64, leave);
        let run = project.counterpart(&["run"]);
        assert_eq!((run.count("result", "written"), run.count("result", "left")), (leave, leave), "{run:?}");
    }
}

#[test]
fn who_is_held_and_no_longer_read_needs_attention() {
    let project = linked(1);
    without(&project, 2, false);
    assert_eq!(project.counterpart(&["run"]).count("result", "left"), 2);
    let opened = project.read("users.jsonl").replacen("false", "true", 1);
    project.write("users.jsonl", opened);
    let plan = project.counterpart(&["plan"]);
    assert_eq!((plan.count("result", "needs_attention"), plan.count("count", "held")), (1, 1), "{plan:?}");
    for format in ["text", "lines", "markdown", "json"] {
        let plan = said(&project, format);
        assert!(plan.out.contains("opened again"), "{format}: {}", plan.out);
        if format == "markdown" {
            continue;
        }
        let run = project.counterpart(&["run", "--format", format]);
        assert!(run.out.contains("opened again") && !run.out.contains("nothing differs"), "{format}: {}", run.out);
    }
    let history = project.counterpart(&["history"]);
    assert!(history.out.contains("needs_attention=1"), "{history:?}");
}

#[test]
fn who_is_counted_as_missing_is_told_with_what_is_counted() {
    let project = linked(2);
    without(&project, 2, false);
    for (command, formats) in [("plan", &["text", "lines", "markdown"][..]), ("run", &["text", "lines"])] {
        for format in formats {
            let told = project.counterpart(&[command, "--format", format]).out;
            let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains("1 of 2 runs, counted once in 20 h"), "{command} {format}: {told}");
        }
    }
}

/// The account was closed by hand, and the rest of it is written.
#[test]
fn why_an_update_leaves_something_is_told_in_every_format() {
    let project = linked(2);
    project.write("users.jsonl", project.read("users.jsonl").replacen("true", "false", 1));
    project.write("people.jsonl", project.read("people.jsonl").replacen("N1", "New", 1));
    for format in ["text", "lines", "markdown", "json"] {
        let told = said(&project, format).out;
        assert!(told.contains("closed by hand, stays closed"), "{format}: {told}");
    }
    for format in ["text", "lines", "json"] {
        let told = project.counterpart(&["run", "--format", format]).out;
        assert!(told.contains("closed by hand"), "{format}: {told}");
        project.write("people.jsonl", project.read("people.jsonl").replacen("\"name\": \"New", "\"name\": \"NewNew", 1));
    }
}
