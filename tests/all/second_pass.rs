//! New people who name each other, a part with calls of its own and a call beside each new record, in a process that is killed with SIGKILL
//! after any of its writes was done and before its answer came.

use super::project::{Answer, TestProject};
use serde_json::{Value as Json, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

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
    limit 60000 per minute, 1 concurrent
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

/// The records of the system, and the writes that it received.
#[derive(Default)]
struct Held {
    members: Vec<Json>,
    invited: Vec<String>,
    writes: usize,
    /// The client is killed after this write was done and before it gets the answer.
    strike_at: usize,
    child: Option<Child>,
}

impl Held {
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

struct Club {
    project: TestProject,
    held: Arc<Mutex<Held>>,
}

impl Club {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let held = Arc::new(Mutex::new(Held::default()));
        let shared = Arc::clone(&held);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(connection, &shared));
            }
        });
        let project = TestProject::empty();
        project.write("staff_to_club.sync", PIPELINE).write("counterpart.toml", format!("[env.production.club]\nbase = \"{base}\"\n"));
        Self { project, held }
    }

    /// One person is linked, by a first change set that was published.
    fn published(self) -> Self {
        self.held.lock().unwrap().members.push(json!({"id": "m0", "number": "0"}));
        self.project.write("people.jsonl", "{\"id\": 10, \"number\": \"0\"}\n");
        let plan = self.project.counterpart(&["plan", "staff_to_club"]);
        let applied = self.project.counterpart(&["apply", &plan.keys("id")[0]]);
        assert_eq!(applied.code, 0, "{plan:?} {applied:?}");
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
        self.project.write("people.jsonl", people.map(|person| format!("{person}\n")).concat());
    }

    fn run(&self) -> Answer {
        self.project.counterpart(&["run", "staff_to_club"])
    }

    /// Runs until the write of this number is done. Returns whether there was one.
    fn struck_at(&self, write: usize) -> bool {
        self.held.lock().unwrap().strike_at = write;
        let child = self.project.command(&["run", "staff_to_club"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.held.lock().unwrap().child = Some(child);
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < Duration::from_secs(30), "never ended");
            let mut held = self.held.lock().unwrap();
            let ended = held.child.as_mut().and_then(|child| child.try_wait().unwrap());
            if let Some(status) = ended {
                held.strike_at = 0;
                return status.code().is_none();
            }
            drop(held);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn serve(connection: TcpStream, held: &Mutex<Held>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(|length| length.trim().to_owned()));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let mut words = head[0].split(' ');
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
    let mut held = held.lock().unwrap();
    let (status, answer) = held.answer(&method, &path, &body);
    if method != "GET" {
        held.writes += 1;
        if held.writes == held.strike_at {
            held.child.as_mut().unwrap().kill().unwrap();
            return;
        }
    }
    drop(held);
    let text = answer.to_string();
    let head =
        format!("HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    let _ = (&connection).write_all((head + &text).as_bytes());
}

const WHOLE: [&str; 5] = ["0 under 1 at -", "1 under 2 at +33 1", "2 under 1 at +33 2", "3 under 2 at -", "4 under - at +33 4"];

#[test]
fn those_who_name_each_other_are_completed_in_the_same_run() {
    let club = Club::new().published();
    club.four_come();
    let plan = club.project.counterpart(&["plan", "staff_to_club"]);
    assert_eq!(plan.fact("reference", "names").as_deref(), Some("99"), "{plan:?}");
    let run = club.run();
    assert_eq!((run.code, run.count("result", "created")), (0, 4), "{run:?}");
    assert_eq!(club.held.lock().unwrap().shown(), WHOLE);
    let again = club.run();
    assert_eq!((again.code, again.count("result", "written")), (0, 0), "{again:?}");
    let mut invited = club.held.lock().unwrap().invited.clone();
    invited.sort();
    assert_eq!(invited, ["1", "2", "3", "4"]);
}

#[test]
fn killed_after_any_write_the_next_run_completes_what_is_left_and_makes_nobody_twice() {
    let mut strikes = 0;
    for write in 1.. {
        let club = Club::new().published();
        club.four_come();
        if !club.struck_at(write) {
            break;
        }
        strikes += 1;
        let next = club.run();
        assert_eq!(next.code, 0, "killed after {write}: {next:?}");
        let held = club.held.lock().unwrap();
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
