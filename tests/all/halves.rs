//! A record of a source file that holds half of a character is rejected alone, and the others are written.

use super::{
    http::{StandIn, ok},
    project::TestProject,
};
use std::sync::{Arc, Mutex};

pub const PIPELINE: &str = r#"system files {
  collection people {
    file "people.json" FORMAT
    key number
    attributes {
      number : text at $.number
      name   : text at $.name
    }
  }
  collection accounts {
    file  "accounts.jsonl" json_lines
    key   id
    lists all
    attributes {
      id     : text unique at $.id
      name   : text        at $.name
      active : bool opens  at $.active
    }
  }
}

pipeline club {
  zone "Europe/Paris"
  from files.people as person
  to   files.accounts
  key  person.number
  match { id = person.number }
  mode create and update
  map {
    id     = person.number
    name   = person.name
    active = true on create
  }
  leaver {
    when missing for 1 run
    set active = false
  }
  guard { leavers at most 100% }
}
"#;

/// Three people, the second with this name, as the format has them.
fn people(format: &str, second: &str) -> String {
    let records =
        [("1", "Anna"), ("2", second), ("3", "Eva")].map(|(number, name)| format!(r#"{{"number": "{number}", "name": "{name}"}}"#));
    match format {
        "json_lines" => records.join("\n") + "\n",
        _ => format!(r#"{{"people": [{}]}}"#, records.join(", ")),
    }
}

#[test]
fn half_of_a_character_in_a_file_rejects_its_record_alone() {
    for (format, written) in [("json_lines", "json_lines"), ("json", "json\n    items $.people")] {
        for half in [r"B\ud83d", r"\udc00B", r"\ud83d\ud83d\ude00"] {
            let project = TestProject::empty();
            project.write("club.sync", PIPELINE.replace("FORMAT", written)).write("accounts.jsonl", "");
            project.write("people.json", people(format, half));
            let plan = project.counterpart(&["plan", "club"]);
            assert_ne!(plan.code, 5, "{format} {half}: {plan:?}");
            assert_eq!(plan.keys("rejected"), ["2"], "{format} {half}: {plan:?}");
            assert!(plan.out.contains("R0218"), "{format} {half}: {plan:?}");
            let applied = project.counterpart(&["apply", &plan.keys("id")[0]]);
            assert_eq!(applied.count("result", "created"), 2, "{format} {half}: {applied:?}");
            project.write("people.json", people(format, "Bea"));
            assert_eq!(project.counterpart(&["run", "club"]).count("result", "created"), 1);
            project.write("people.json", people(format, half));
            project.counterpart(&["run", "club"]);
            let accounts = project.read("accounts.jsonl");
            assert!(accounts.contains("Bea") && !accounts.contains("\"active\":false"), "not missing: {accounts}");
        }
    }
}

const CRM: &str = r#"system crm {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {
    format FORMAT
    retry  1 times
  }
  collection people {
    key  number
    list GET "/people" { items ITEMS }
    attributes {
      number : text at $.number
      name   : text at $.name
    }
  }
}

"#;

/// The people of [`PIPELINE`] by HTTP, in a format and at a place.
fn over_http(format: &str, items: &str) -> String {
    let rest = PIPELINE.replace("FORMAT", "json").replace("from files.people", "from crm.people");
    // A list with a filter shows nobody missing.
    let rest = if items.contains('?') { rest.replace("when missing for 1 run", "when person.name == \"gone\"") } else { rest };
    CRM.replace("FORMAT", format).replace("ITEMS", items) + &rest
}

/// A tree of a whole page holds no half of a character: the record that has it is rejected, and not written with another text.
#[test]
fn half_of_a_character_in_an_answer_rejects_its_record_alone() {
    for (format, items) in [
        ("json", "$.data"),
        ("json", "$.data[?@.kind == \"a\"]"),
        ("json", "$.pages[0].data"),
        ("json", "$.others ?? $.data"),
        ("json_api", "$.data"),
        ("json_api", "$.data[?@.kind == \"a\"]"),
    ] {
        let body = |second: &str| {
            let record = |(number, name): (&str, &str)| {
                format!(r#"{{"type": "p", "id": "{number}", "kind": "a", "number": "{number}", "name": "{name}"}}"#)
            };
            let data = [("1", "Anna"), second.split_once(' ').unwrap(), ("3", "Eva")].map(record).join(", ");
            if items.contains("pages") { format!(r#"{{"pages": [{{"data": [{data}]}}]}}"#) } else { format!(r#"{{"data": [{data}]}}"#) }
        };
        let answer = Arc::new(Mutex::new(body("2 Bea")));
        let given = Arc::clone(&answer);
        let standing = StandIn::new(move |_| ok(&given.lock().unwrap()));
        let project = TestProject::empty();
        project.write("club.sync", over_http(format, items)).write("accounts.jsonl", "");
        project.write("counterpart.toml", format!("[env.production.crm]\nbase = \"{}\"\n", standing.origin()));
        let plan = project.counterpart(&["plan", "club"]);
        assert_eq!(plan.keys("create").len(), 3, "{format} {items}: {plan:?}");
        assert_eq!(project.counterpart(&["apply", &plan.keys("id")[0]]).code, 0);
        let accounts = project.read("accounts.jsonl");
        for broken in [r"2 B\ud83d", r"2 \udc00B"] {
            *answer.lock().unwrap() = body(broken);
            let plan = project.counterpart(&["plan", "club"]);
            assert_eq!(plan.keys("rejected"), ["2"], "{format} {items} {broken}: {plan:?}");
            assert!(plan.out.contains("R0218"), "{format} {items} {broken}: {plan:?}");
            project.counterpart(&["run", "club"]);
            assert_eq!(project.read("accounts.jsonl"), accounts, "{format} {items} {broken}");
        }
        // In its key: whose record it is can't be told, and nobody is missing.
        *answer.lock().unwrap() = body(r"2\ud83d Bea");
        let run = project.counterpart(&["run", "club"]);
        assert!(run.code != 5 && project.read("accounts.jsonl") == accounts, "{format} {items}: {run:?}");
    }
}

/// The forms of a list whose written values say less than the values of the source: what is written is compared, so nothing grows.
#[test]
fn a_list_that_loses_in_its_format_is_written_once() {
    for (ty, source, expected) in [
        ("list of datetime? at $.r format unix_seconds", r#"["2026-03-01T09:00:00.5Z"]"#, 1),
        (r#"list of datetime? at $.r format "%Y-%m-%dT%H:%M:%S" in "UTC""#, r#"["2026-03-01T09:00:00.5Z"]"#, 1),
        (r#"list of date? at $.r format "%d/%m/%y""#, r#"["2026-03-01", "2027-04-02"]"#, 2),
        ("list of decimal? at $.r", "[0.33333333333333333333333333, 0.1]", 2),
    ] {
        let project = TestProject::empty();
        let read = ty.split(" at ").next().unwrap();
        let pipeline = PIPELINE
            .replace("FORMAT", "json_lines")
            .replace("      name   : text at $.name\n", &format!("      name   : text at $.name\n      r      : {read} at $.r\n"))
            .replace("      active : bool", &format!("      r      : {ty}\n      active : bool"))
            .replace("    name   = person.name\n", "    name   = person.name\n    r      = person.r clear when missing\n");
        project.write("club.sync", pipeline).write("accounts.jsonl", "");
        project.write("people.json", format!(r#"{{"number": "1", "name": "Anna", "r": {source}}}"#) + "\n");
        let plan = project.counterpart(&["plan", "club"]);
        let id = plan.keys("id").first().unwrap_or_else(|| panic!("{ty}: {plan:?}")).clone();
        assert_eq!(project.counterpart(&["apply", &id]).code, 0, "{ty}");
        let written = project.read("accounts.jsonl");
        let json: serde_json::Value = serde_json::from_str(written.trim()).unwrap();
        assert_eq!(json["r"].as_array().unwrap().len(), expected, "{ty} {source}: {written}");
        for _ in 0..2 {
            let run = project.counterpart(&["run", "club"]);
            assert_eq!((run.code, run.count("result", "updated")), (0, 0), "{ty}: {run:?}");
            assert_eq!(project.read("accounts.jsonl"), written, "{ty}");
        }
    }
}
