//! A signal in the middle of writes: what is under way is finished and remembered, and the next run goes on.

use super::{
    project::Answer,
    struck::{Records, Struck},
};
use serde_json::{Value as Json, json};
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const PIPELINE: &str = r#"system staff {
  collection people {
    file "people.jsonl" json_lines
    key id
    attributes {
      id : text at $.id
    }
  }
}

system club {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {
    limit 60000 per min, 1 concurrent
  }
  collection members {
    key id
    lists all
    list GET "/members" {
      items $.items
      total $.total
    }
    get GET "/members/{id}"
    find by number GET "/members" {
      query "number" = number
      items $.items
    }
    create POST "/members"
    attributes {
      id     : text read only at $.id
      number : text unique    at $.number
    }
  }
}

pipeline staff_to_club {
  zone "Europe/Paris"
  from staff.people as person
  to   club.members
  key  person.id
  match { number = person.id }
  mode create
  map { number = person.id }
}
"#;

#[derive(Default)]
struct Club {
    members: Vec<Json>,
    /// Requests of this method get this status.
    fails: Option<(&'static str, u16)>,
    failed: usize,
}

impl Records for Club {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        if let Some((_, status)) = self.fails.filter(|(fails, _)| *fails == method) {
            self.failed += 1;
            return (status, json!({}));
        }
        match method {
            "POST" => {
                let member = json!({ "id": format!("m{}", self.members.len()), "number": body["number"] });
                self.members.push(member.clone());
                (201, member)
            }
            _ => {
                let wanted = path.split_once("number=").map(|(_, number)| number);
                let fits = |member: &&Json| wanted.is_none_or(|wanted| member["number"] == wanted);
                let items: Vec<_> = self.members.iter().filter(fits).collect();
                (200, json!({ "total": items.len(), "items": items }))
            }
        }
    }
}

fn count(club: &Struck<Club>, sql: &str) -> i64 {
    let database = rusqlite::Connection::open(club.project.file(".counterpart/production/state.db")).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_signal_in_the_middle_of_writes_leaves_no_open_intent() {
    for (signal, code) in [(libc::SIGTERM, 143), (libc::SIGHUP, 129), (libc::SIGINT, 130)] {
        let club = Struck::<Club>::new("staff_to_club.sync", PIPELINE, "club");
        club.project.write("people.jsonl", "{\"id\": \"first\"}\n");
        club.publish("staff_to_club");
        let people: String = (0..12).map(|n| format!("{{\"id\": \"p{n}\"}}\n")).collect();
        club.project.write("people.jsonl", format!("{{\"id\": \"first\"}}\n{people}"));
        assert_eq!(club.signalled_at("staff_to_club", 4, signal), Some(code));
        assert_eq!(count(&club, "SELECT count(*) FROM intents WHERE outcome IS NULL"), 0, "{signal}");
        assert_eq!(count(&club, "SELECT count(*) FROM runs WHERE finished IS NULL"), 0, "{signal}");
        let written = club.held().members.len();
        assert!((5..13).contains(&written), "it stopped in the middle: {written}");
        let next = club.project.counterpart(&["run", "staff_to_club"]);
        assert_eq!((next.code, next.count("result", "created")), (0, 13 - written as u64), "{next:?}");
        assert_eq!(club.held().members.len(), 13);
    }
}

/// The answer of a command that is signalled while it waits before a repeat; it ends at once.
fn ended_by(club: &Struck<Club>, signal: i32, child: Child) -> Answer {
    let begun = Instant::now();
    // After three failures the next wait takes four seconds.
    while club.held().failed < 3 {
        assert!(begun.elapsed() < Duration::from_secs(60), "never asked");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(200));
    let signalled = Instant::now();
    assert!(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success());
    let answer = Answer::from(child.wait_with_output().unwrap());
    assert!(signalled.elapsed() < Duration::from_secs(2), "it took {:?}: {answer:?}", signalled.elapsed());
    answer
}

/// The target fails, and the run waits before it repeats its request; the longest of these waits takes a quarter of an hour.
#[test]
fn a_signal_ends_the_wait_before_a_repeat() {
    for (fails, signal, code) in [
        (("GET", 503), libc::SIGTERM, 143),
        (("GET", 429), libc::SIGINT, 130),
        (("POST", 429), libc::SIGTERM, 143),
        (("POST", 429), libc::SIGHUP, 129),
    ] {
        let club = Struck::<Club>::new("staff_to_club.sync", PIPELINE, "club");
        club.project.write("people.jsonl", "{\"id\": \"first\"}\n");
        club.publish("staff_to_club");
        club.project.write("people.jsonl", "{\"id\": \"first\"}\n{\"id\": \"second\"}\n");
        club.held().fails = Some(fails);
        let mut command = club.project.command(&["run", "staff_to_club", "--format", "json"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let Answer { code: ended, out, err } = ended_by(&club, signal, child);
        assert_eq!(ended, code, "{fails:?}: {out}{err}");
        let result: Json = serde_json::from_str(&out).unwrap();
        let said = if fails.0 == "GET" { &result["error"]["exit"] } else { &result["exit"] };
        assert_eq!(said, code, "{fails:?}: {out}");
        assert_eq!(club.held().failed, 3, "{fails:?}: nothing more was sent");
        assert_eq!(count(&club, "SELECT count(*) FROM runs WHERE result = 'interrupted'"), 1, "{fails:?}");
        assert_eq!(count(&club, "SELECT count(*) FROM intents WHERE outcome IS NULL"), 0, "{fails:?}");
        club.held().fails = None;
        let next = club.project.counterpart(&["run", "staff_to_club"]);
        assert_eq!((next.code, next.count("result", "created"), club.held().members.len()), (0, 1, 2), "{next:?}");
    }
}

/// The change set that is applied is read again, and that read fails.
#[test]
fn a_signal_ends_an_apply_that_waits() {
    let club = Struck::<Club>::new("staff_to_club.sync", PIPELINE, "club");
    club.project.write("people.jsonl", "{\"id\": \"first\"}\n");
    let id = club.project.counterpart(&["plan", "staff_to_club"]).keys("id")[0].clone();
    club.held().fails = Some(("POST", 429));
    let child = club.project.command(&["apply", &id]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let Answer { code, out, err } = ended_by(&club, libc::SIGTERM, child);
    assert_eq!(code, 143, "{out}{err}");
    assert!(out.contains("exit=143"), "{out}");
}
