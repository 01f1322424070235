//! New people who name each other, a part with calls of its own and a call beside each new record, in a process that is killed with SIGKILL
//! after any of its writes was done and before its answer came.

use super::{
    project::Answer,
    struck::{Records, Struck},
};
use serde_json::{Value as Json, json};

const PIPELINE: &str = r#"system staff {
  collection people {
    file "people.jsonl" json_lines
    key id
    attributes {
      id      : int   at $.id
      number  : text  at $.number
      manager : int?  at $.manager
      phone   : text? at $.phone
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
    update PATCH "/members/{id}"
    call invite POST "/members/{id}/invite" {
      body = { to = number }
    }
    attributes {
      id      : text read only at $.id
      number  : text unique    at $.number
      manager : text?          at $.manager
    }
    part phone {
      at     $.phone
      create POST "/members/{id}/phone"
      update PATCH "/members/{id}/phone/{phone.id}"
      attributes {
        id   : text read only at $.id
        text : text?          at $.text
      }
    }
  }
}

pipeline staff_to_club {
  zone "Europe/Paris"
  from staff.people as person
  to   club.members
  key  person.number
  match { number = person.number }
  mode create and update
  map {
    number  = person.number
    manager = person.manager | counterpart  clear when missing
    phone.text = person.phone                  keep when missing
    call invite on create once
  }
}
"#;

/// The records of the system.
#[derive(Default)]
struct Members {
    members: Vec<Json>,
    invited: Vec<String>,
}

impl Records for Members {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let at = segments.get(1).and_then(|id| self.members.iter().position(|member| member["id"] == **id));
        match (method, &segments[..], at) {
            ("GET", ["members"], _) => {
                let number = query.strip_prefix("number=");
                let items: Vec<&Json> = self.members.iter().filter(|one| number.is_none_or(|number| one["number"] == number)).collect();
                (200, json!({"total": items.len(), "items": items}))
            }
            ("GET", ["members", _], Some(at)) => (200, self.members[at].clone()),
            ("POST", ["members"], _) => {
                if self.members.iter().any(|member| member["number"] == body["number"]) {
                    return (409, json!({"message": "taken"}));
                }
                let mut member = body.clone();
                member["id"] = json!(format!("m{}", self.members.len() + 1));
                self.members.push(member.clone());
                (201, member)
            }
            ("PATCH", ["members", _], Some(at)) => {
                self.members[at].as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
                (200, self.members[at].clone())
            }
            ("POST", ["members", id, "phone"], Some(at)) => {
                assert!(self.members[at]["phone"].is_null(), "{id} has two phones");
                self.members[at]["phone"] = json!({"id": format!("p{id}"), "text": body["text"]});
                (201, self.members[at]["phone"].clone())
            }
            ("PATCH", ["members", _, "phone", _], Some(at)) => {
                self.members[at]["phone"]["text"] = body["text"].clone();
                (200, self.members[at]["phone"].clone())
            }
            ("POST", ["members", _, "invite"], Some(_)) => {
                self.invited.push(body["to"].as_str().unwrap_or_default().to_owned());
                (200, json!({}))
            }
            _ => (404, json!({"message": "no such thing"})),
        }
    }
}

impl Members {
    /// The manager and the phone of each person, without ids, which depend on the order.
    fn shown(&self) -> Vec<String> {
        let number =
            |id: &Json| self.members.iter().find(|member| member["id"] == *id).map_or("-", |member| member["number"].as_str().unwrap());
        let one = |member: &Json| {
            let phone = member["phone"]["text"].as_str().unwrap_or("-");
            format!("{} under {} at {phone}", member["number"].as_str().unwrap(), number(&member["manager"]))
        };
        let mut all: Vec<String> = self.members.iter().map(one).collect();
        all.sort();
        all
    }
}

struct Club(Struck<Members>);

impl Club {
    fn new() -> Self {
        Self(Struck::new("staff_to_club.sync", PIPELINE, "club"))
    }

    /// One person is linked, by a first change set that was published.
    fn published(self) -> Self {
        self.0.held().members.push(json!({"id": "m0", "number": "0"}));
        self.0.project.write("people.jsonl", "{\"id\": 10, \"number\": \"0\"}\n");
        self.0.publish("staff_to_club");
        self
    }

    /// Four new people: two name each other, one names one of them, and one names a person who is not in the file.
    fn four_come(&self) {
        let people = [
            json!({"id": 10, "number": "0", "manager": 11}),
            json!({"id": 11, "number": "1", "manager": 12, "phone": "+33 1"}),
            json!({"id": 12, "number": "2", "manager": 11, "phone": "+33 2"}),
            json!({"id": 13, "number": "3", "manager": 12}),
            json!({"id": 14, "number": "4", "manager": 99, "phone": "+33 4"}),
        ];
        self.0.project.write("people.jsonl", people.map(|person| format!("{person}\n")).concat());
    }

    fn run(&self) -> Answer {
        self.0.project.counterpart(&["run", "staff_to_club"])
    }
}

const WHOLE: [&str; 5] = ["0 under 1 at -", "1 under 2 at +33 1", "2 under 1 at +33 2", "3 under 2 at -", "4 under - at +33 4"];

#[test]
fn those_who_name_each_other_are_completed_in_the_same_run() {
    let club = Club::new().published();
    club.four_come();
    let plan = club.0.project.counterpart(&["plan", "staff_to_club"]);
    assert_eq!(plan.fact("reference", "names").as_deref(), Some("99"), "{plan:?}");
    let run = club.run();
    assert_eq!((run.code, run.count("result", "created")), (0, 4), "{run:?}");
    assert_eq!(club.0.held().shown(), WHOLE);
    let again = club.run();
    assert_eq!((again.code, again.count("result", "written")), (0, 0), "{again:?}");
    let mut invited = club.0.held().invited.clone();
    invited.sort();
    assert_eq!(invited, ["1", "2", "3", "4"]);
}

#[test]
fn killed_after_any_write_the_next_run_completes_what_is_left_and_makes_nobody_twice() {
    let mut strikes = 0;
    for write in 1.. {
        let club = Club::new().published();
        club.four_come();
        if !club.0.struck_at("staff_to_club", write) {
            break;
        }
        strikes += 1;
        let next = club.run();
        assert_eq!(next.code, 0, "killed after {write}: {next:?}");
        let held = club.0.held();
        assert_eq!(held.shown(), WHOLE, "killed after {write}");
        let mut invited = held.invited.clone();
        invited.sort();
        assert_eq!(invited, ["1", "2", "3", "4"], "killed after {write}");
        drop(held);
        let last = club.run();
        assert_eq!((last.code, last.count("result", "written")), (0, 0), "killed after {write}: {last:?}");
    }
    assert!(strikes >= 12, "four records, three phones, four invitations, a reference afterwards: only {strikes}");
}
