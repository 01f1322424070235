//! A signal in the middle of writes: what is under way is finished and remembered, and the next run goes on.

use super::struck::{Records, Struck};
use serde_json::{Value as Json, json};

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
struct Club(Vec<Json>);

impl Records for Club {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        match method {
            "POST" => {
                let member = json!({ "id": format!("m{}", self.0.len()), "number": body["number"] });
                self.0.push(member.clone());
                (201, member)
            }
            _ => {
                let wanted = path.split_once("number=").map(|(_, number)| number);
                let fits = |member: &&Json| wanted.is_none_or(|wanted| member["number"] == wanted);
                let items: Vec<_> = self.0.iter().filter(fits).collect();
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
        let written = club.held().0.len();
        assert!((5..13).contains(&written), "it stopped in the middle: {written}");
        let next = club.project.counterpart(&["run", "staff_to_club"]);
        assert_eq!((next.code, next.count("result", "created")), (0, 13 - written as u64), "{next:?}");
        assert_eq!(club.held().0.len(), 13);
    }
}
