//! Names, keys, ids and values of people that would steer a terminal, forge a line or give a command to a build server: in every column,
//! by every command, in every format.

use super::project::{Answer, TestProject};
use serde_json::{Value as Json, json};

/// Each has a word behind it that must never begin a line.
const HOSTILE: [&str; 24] = [
    "\n",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\n::error file=x::",
    "\n##[error]",
    " ##vso[task.complete]",
    "\u{1b}]0;title\u{7}",
    "\u{1b}[2J",
    "\u{9b}31m",
    "\u{7f}",
    "\u{8}\u{8}",
    "\u{61c}",
    "\u{200e}",
    "\u{200f}",
    "\u{202a}",
    "\u{202b}",
    "\u{202d}",
    "\u{202e}",
    "\u{2066}",
    "\u{2068}",
    "\u{2069}",
];

const PIPELINE: &str = r#"system files {
  collection people {
    file "people.jsonl" json_lines
    key id
    attributes {
      id      : text  at $.id
      number  : text? at $.number
      name    : text  at $.name
      boss    : text? at $.boss
      left_on : date? at $.left_on
    }
  }
  collection accounts {
    file "accounts.jsonl" json_lines
    key id
    lists all
    attributes {
      id     : text unique at $.id
      number : text unique at $.number
      name   : text  at $.name
      boss   : text? at $.boss
      active : bool opens at $.active
    }
  }
}

pipeline p {
  zone "Europe/Paris"
  from files.people as person
  to   files.accounts
  exclude when person.name == "outside" as "not of the company"
  key person.number
  match { number = person.number }
  mode create and update
  map {
    id     = person.number on create
    number = person.number
    name   = person.name
    boss   = person.boss clear when missing
    active = true on create
  }
  leaver {
    when person.left_on < today as "left the company"
    when missing for 2 runs
    set active = false
    after 60 days {
      delete
    }
  }
  guard { leavers at most 100% }
}
"#;

fn lines(records: &[Json]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// One person of each kind for a hostile text.
fn people(day: usize) -> Vec<Json> {
    // Enough others, so that those who are rejected are few.
    let mut all: Vec<Json> =
        (0..100).map(|n| json!({ "id": format!("plain{n}"), "number": format!("plain{n}"), "name": "Plain" })).collect();
    for (at, text) in HOSTILE.iter().enumerate() {
        let of = |kind: &str| format!("{kind}{at}{text}FORGED");
        let first = all.len();
        if day == 1 {
            all.push(json!({ "number": of("gone"), "name": of("Gone") }));
        }
        all.push(json!({ "number": of("new"), "name": of("New"), "boss": of("Boss") }));
        all.push(json!({ "number": of("linked"), "name": if day == 1 { of("Linked") } else { of("Other") } }));
        all.push(
            json!({ "number": of("leaver"), "name": of("Leaver"), "left_on": if day == 1 { Json::Null } else { "2020-01-01".into() } }),
        );
        all.push(json!({ "number": of("later"), "name": of("Later"), "left_on": "2099-01-01" }));
        all.push(json!({ "number": of("wrong"), "name": of("Wrong"), "left_on": of("day") }));
        all.push(json!({ "number": of("twice"), "name": of("Twice") }));
        all.push(json!({ "number": of("twice"), "name": of("Again") }));
        all.push(json!({ "number": null, "name": of("Keyless") }));
        for (each, person) in all[first..].iter_mut().enumerate() {
            person["id"] = of(&format!("own{each}-")).into();
        }
    }
    all
}

fn accounts() -> Vec<Json> {
    let account = |(at, text): (usize, &&str)| json!({ "id": format!("id{at}{text}FORGED"), "number": format!("linked{at}{text}FORGED"), "name": format!("Before{text}FORGED"), "active": true });
    HOSTILE.iter().enumerate().map(account).collect()
}

/// What steers a terminal or turns the direction of writing.
fn steers(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn is_harmless(args: &[&str], answer: &Answer) {
    for text in [&answer.out, &answer.err] {
        if let Some(at) = text.find(steers) {
            let begin = text[..at].rfind('\n').map_or(0, |begin| begin + 1);
            panic!("{args:?} steers: {:?}", text[begin..].lines().next());
        }
        for line in text.lines() {
            let begun = line.trim_start_matches([' ', '\'', '"']);
            assert!(!begun.starts_with("FORGED") && !begun.starts_with("::"), "{args:?} has a forged line: {line:?}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{args:?} has a command: {line:?}");
        }
    }
}

const FORMATS: [&str; 7] = ["text", "lines", "json", "jsonl", "markdown", "github", "csv"];

/// With names and values.
const FULL: [&str; 3] = ["--all", "--people", "full"];
/// With keys only.
const KEYS: [&str; 3] = ["--all", "--people", "keys"];

/// A command in each format, with each of some options. Returns the answers by format and last option.
fn shown(project: &TestProject, args: &[&str], options: &[&[&str]]) -> Vec<(String, Answer)> {
    let mut all = Vec::new();
    for format in FORMATS {
        for options in options {
            let args = [args, &["--format", format], options].concat();
            let mut command = project.command(&args);
            let answer = Answer::from(command.env("COLUMNS", "200").env("COUNTERPART_BY", "ada\n::error::x").output().unwrap());
            is_harmless(&args, &answer);
            if format == "json" && !answer.out.is_empty() {
                serde_json::from_str::<Json>(&answer.out).unwrap_or_else(|error| panic!("{args:?}: {error}"));
            }
            assert!(answer.code != 2 || answer.err.contains(&format!("has no {format}")), "{args:?}: {answer:?}");
            all.push((format!("{format} {}", options.last().unwrap_or(&"")), answer));
        }
    }
    all
}

/// The answer in a format.
fn of<'a>(all: &'a [(String, Answer)], format: &str) -> &'a Answer {
    &all.iter().find(|(name, _)| name == format).unwrap().1
}

#[test]
fn nothing_of_a_record_steers_a_screen_or_forges_a_line() {
    let project = TestProject::empty();
    project.write("p.sync", PIPELINE).write("people.jsonl", lines(&people(1))).write("accounts.jsonl", lines(&accounts()));
    let plan = shown(&project, &["plan", "p", "-v"], &[&FULL, &KEYS]);
    let parsed: Json = serde_json::from_str(&of(&plan, "json full").out).unwrap();
    let all = parsed["operations"].to_string();
    for text in HOSTILE {
        let quoted = Json::from(text).to_string();
        assert!(all.contains(quoted.trim_matches('"')), "JSON has the text itself: {quoted}");
    }

    let id = of(&plan, "lines keys").keys("id")[0].clone();
    shown(&project, &["show", &id], &[&FULL, &KEYS]);
    let applied = project.counterpart(&["apply", &id]);
    is_harmless(&["apply"], &applied);
    assert_eq!(applied.count("result", "failed"), 0, "{}", applied.err);

    project.write("people.jsonl", lines(&people(2)));
    shown(&project, &["plan", "p"], &[&FULL, &KEYS]);
    shown(&project, &["run", "p"], &[&FULL, &KEYS]);
    for command in [
        &["history"][..],
        &["show", "1"],
        &["show", "2"],
        &["settings"],
        &["settings", "verify"],
        &["settings", "trust", "files"],
        &["suggest", "p"],
        &["restage", "p"],
        &[],
    ] {
        shown(&project, command, &[&[]]);
    }
    let held = shown(&project, &["held"], &[&FULL[1..], &KEYS[1..]]);
    for (kind, word) in [("twice", "held"), ("wrong", "rejected")] {
        let named = of(&held, "lines full").out.lines().filter(|line| line.starts_with(&format!("{word} ")) && line.contains(kind)).count();
        assert!(named >= HOSTILE.len(), "{word}: {}", of(&held, "lines full").out);
    }
    let errors = shown(&project, &["errors"], &[&FULL, &KEYS]);
    assert!(of(&errors, "lines full").out.lines().count() >= HOSTILE.len(), "one line for each error");
    for file in ["run-2.csv", "run-2.jsonl"] {
        let text = project.read(&format!(".counterpart/production/errors/{file}"));
        is_harmless(&[file], &Answer { code: 0, out: text, err: String::new() });
    }
}

/// What is asked about one person is harmless too: the choices of a decision, what is forgotten, and the steps that a shorter delay moves.
#[test]
fn what_is_asked_about_one_person_forges_no_line() {
    let project = TestProject::empty();
    project.write("p.sync", PIPELINE).write("people.jsonl", lines(&people(1))).write("accounts.jsonl", lines(&accounts()));
    let id = project.counterpart(&["plan", "p"]).keys("id")[0].clone();
    assert_eq!(project.counterpart(&["apply", &id]).count("result", "failed"), 0);
    project.write("people.jsonl", lines(&people(2)));
    project.counterpart(&["run", "p"]);
    let formats = ["text", "lines"];
    let harmless = |args: &[&str]| {
        let answer = project.counterpart(args);
        is_harmless(args, &answer);
        format!("{}{}", answer.out, answer.err)
    };
    project.write("p.sync", PIPELINE.replace("after 60 days", "after 10 days"));
    for format in formats {
        harmless(&["restage", "p", "--format", format]);
    }
    for (at, text) in HOSTILE.iter().enumerate().filter(|(_, text)| text.contains([':', '#', '\u{1b}', '\u{202e}', '\u{85}'])) {
        for kind in ["twice", "wrong", "linked", "nobody"] {
            let key = format!("{kind}{at}{text}FORGED");
            for format in formats {
                let said = harmless(&["decide", &key, "--format", format]);
                assert!(said.contains(&format!("{kind}{at}")), "{said}");
                harmless(&["decide", &key, "keep", "--why", &key, "--format", format]);
                harmless(&["retry", &key, "--format", format]);
            }
            for format in formats {
                let said = harmless(&["forget", &key, "--format", format]);
                assert!(said.contains(&format!("{kind}{at}")), "{said}");
            }
        }
    }
    for format in ["text", "lines", "json"] {
        harmless(&["history", "--format", format]);
        harmless(&["held", "--format", format]);
    }
}

#[test]
fn what_no_longer_holds_is_listed_without_forged_lines() {
    let project = TestProject::empty();
    project.write("p.sync", PIPELINE).write("people.jsonl", lines(&people(1))).write("accounts.jsonl", lines(&accounts()));
    let first = project.counterpart(&["plan", "p"]).keys("id")[0].clone();
    assert_eq!(project.counterpart(&["apply", &first]).count("result", "failed"), 0);
    project.write("people.jsonl", lines(&people(2)));
    let second = project.counterpart(&["plan", "p"]).keys("id")[0].clone();
    project.write("people.jsonl", lines(&people(1)));
    for format in ["text", "lines", "json", "jsonl"] {
        let refused = project.counterpart(&["apply", &second, "--format", format]);
        assert_eq!(refused.code, 6, "{refused:?}");
        is_harmless(&["apply", format], &refused);
    }
}

#[test]
fn a_cell_of_an_error_file_is_no_formula() {
    let project = TestProject::empty();
    let people =
        ["=1+1", "+1", "-1", "@x", "\t=1", "plain"].map(|key| json!({ "id": key, "number": key, "name": "=A1", "left_on": "=never" }));
    project.write("p.sync", PIPELINE).write("people.jsonl", lines(&people)).write("accounts.jsonl", "");
    let run = project.counterpart(&["run", "p"]);
    assert_eq!(run.code, 3, "{run:?}");
    let csv = project.counterpart(&["errors", "--format", "csv", "--people", "full"]).out;
    let cells: Vec<_> = csv.lines().skip(1).map(|line| line.split(',').next().unwrap_or_default()).collect();
    assert_eq!(cells, ["'=1+1", "'+1", "'-1", "'@x", "'=1", "plain"], "{csv}");
    assert!(!csv.contains(",=") && !csv.contains("\n="), "{csv}");
    let file = project.read(".counterpart/production/errors/run-1.csv");
    assert!(file.contains("\n'=1+1,"), "{file}");
}
