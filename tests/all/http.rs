//! A system that answers badly: unreachable, refusing, not JSON, cut short. Real sockets, each request counted.

use super::{bad_input::refused, project::TestProject};
use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

const SECRET: &str = "tok-5f1c7a90";
const PIPELINE: &str = r#"system crm {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  secret  token as "Token"
  http setting.base {
    auth   bearer secret.token
    limit  6000 per min, 4 concurrent
    retry  1 times
    verify GET "/me"
  }
  collection people {
    key id
    list GET "/people" {
      query "page" = page.number
      page  by number from 1 size 2
      items $.items
      total $.total
    }
    attributes {
      id   : text at $.id
      name : text at $.name
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
    }
  }
}

pipeline crm_to_files {
  zone "Europe/Paris"
  from crm.people as person
  to   files.accounts
  key  person.id
  match { id = person.id }
  mode create and update
  map {
    id   = person.id
    name = person.name
  }
}
"#;

/// What a stand-in answers to a path: the whole response, byte for byte.
type Answering = Arc<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

/// A system on loopback that counts what it is asked.
pub struct StandIn {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl StandIn {
    pub fn new<A: Into<Vec<u8>>>(answer: impl Fn(&str) -> A + Send + Sync + 'static) -> Self {
        let answer: Answering = Arc::new(move |path| answer(path).into());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (asked, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let standing = Self { address, asked: Arc::clone(&asked), stop: Arc::clone(&stop) };
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
                std::thread::spawn(move || serve(connection, &asked, &*answer));
            }
        });
        standing
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// A folder with the pipeline that reads from it.
    pub fn project(&self) -> TestProject {
        desk_at(&self.origin())
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}

fn serve(mut connection: TcpStream, asked: &Mutex<Vec<String>>, answer: &(dyn Fn(&str) -> Vec<u8> + Send + Sync)) {
    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(first);
    let _ = connection.write_all(&answer(&path));
}

fn desk_at(base: &str) -> TestProject {
    let project = TestProject::empty();
    project.write("crm_to_files.sync", PIPELINE).write("accounts.jsonl", "").write("token", SECRET);
    project.write("counterpart.toml", format!("[env.production.crm]\nbase = \"{base}\"\ntoken = {{ file = \"token\" }}\n"));
    project
}

pub fn reply(status: &str, kind: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

pub fn ok(body: &str) -> String {
    reply("200 OK", "application/json", body)
}

/// `plan` and `run` stop with 5 and say so; the secret is not shown, the target is as it was.
#[track_caller]
fn stopped(project: &TestProject, says: &[&str]) {
    for command in ["plan", "run"] {
        refused(project, &[command, "crm_to_files"], 5, says);
        let verbose = project.counterpart(&[command, "crm_to_files", "-v"]);
        assert_eq!(verbose.code, 5, "{verbose:?}");
        assert!(!format!("{}{}", verbose.out, verbose.err).contains(SECRET), "the secret is never shown: {}", verbose.err);
    }
    assert_eq!(project.read("accounts.jsonl"), "");
    assert!(!project.file(".counterpart/production/changes").exists(), "no change set is made of a broken read");
}

#[test]
fn a_system_that_answers_well() {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        "/people?page=1" => ok(r#"{"total": 3, "items": [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]}"#),
        "/people?page=2" => ok(r#"{"total": 3, "items": [{"id": "3", "name": "C"}]}"#),
        _ => reply("404 Not Found", "application/json", "{}"),
    });
    let project = standing.project();
    let plan = project.counterpart(&["plan", "crm_to_files"]);
    assert_eq!((plan.code, plan.keys("create")), (0, vec!["1".into(), "2".into(), "3".into()]), "{plan:?}");
    let verbose = project.counterpart(&["plan", "crm_to_files", "-v"]);
    assert!(verbose.err.contains("/people?page  200") && !verbose.err.contains(SECRET), "{}", verbose.err);
}

/// The pages that a plan asks of the stand-in, where the pipeline goes from people to a collection of the same system.
fn pages_asked(target: &str) -> (super::project::Answer, Vec<String>) {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        "/people?page=1" | "/teams?page=1" => ok(r#"{"total": 3, "items": [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]}"#),
        "/people?page=2" | "/teams?page=2" => ok(r#"{"total": 3, "items": [{"id": "3", "name": "c"}]}"#),
        _ => reply("404 Not Found", "application/json", "{}"),
    });
    let project = standing.project();
    let text = PIPELINE.replace(
        "    attributes {\n      id   : text at $.id",
        "    update PATCH \"/people/{id}\"\n    attributes {\n      id   : text at $.id",
    );
    let begin = text.find("  collection people {").unwrap();
    let people = text[begin..text.find("\n}\n\nsystem files").unwrap()].to_owned();
    let teams = people.replace("collection people", "collection teams").replace("/people", "/teams");
    let text = text.replace(&people, &format!("{people}\n{teams}")).replace("to   files.accounts", &format!("to   {target}"));
    let text = text
        .replace("mode create and update", "mode update")
        .replace("    id   = person.id\n", "")
        .replace("= person.name", "= person.name | upper");
    project.write("crm_to_files.sync", text);
    let plan = project.counterpart(&["plan", "crm_to_files"]);
    let mut asked: Vec<_> = standing.asked().into_iter().filter(|line| line.contains("page=")).collect();
    asked.sort();
    (plan, asked)
}

#[test]
fn a_list_that_is_source_and_target_is_read_once() {
    let (plan, asked) = pages_asked("crm.people");
    assert_eq!(asked, ["GET /people?page=1 HTTP/1.1", "GET /people?page=2 HTTP/1.1"], "{plan:?}");
    assert_eq!((plan.code, plan.keys("update")), (0, vec!["3".to_owned()]), "{plan:?}");
}

#[test]
fn two_lists_of_one_system_are_both_read() {
    let (plan, asked) = pages_asked("crm.teams");
    let wanted = ["GET /people?page=1", "GET /people?page=2", "GET /teams?page=1", "GET /teams?page=2"];
    assert_eq!(asked, wanted.map(|line| format!("{line} HTTP/1.1")), "{plan:?}");
    assert_eq!((plan.code, plan.keys("update")), (0, vec!["3".to_owned()]), "{plan:?}");
}

#[test]
fn nobody_at_the_address() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    stopped(&desk_at(&format!("http://{free}")), &["crm", "nothing was"]);
}

#[test]
fn wrong_credentials_cost_one_request() {
    let standing = StandIn::new(|_| reply("401 Unauthorized", "application/json", r#"{"message": "bad token"}"#));
    let project = standing.project();
    refused(&project, &["run", "crm_to_files"], 5, &["`crm` refuses the credentials (401"]);
    assert_eq!(standing.asked(), ["GET /me HTTP/1.1"]);
    stopped(&project, &["`crm` refuses the credentials (401"]);
}

#[test]
fn credentials_that_expire_while_reading() {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        "/people?page=1" => ok(r#"{"total": 9000, "items": [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]}"#),
        _ => reply("401 Unauthorized", "application/json", "{}"),
    });
    let project = standing.project();
    refused(&project, &["run", "crm_to_files"], 5, &["401", "nothing was written"]);
    assert!(standing.asked().len() <= 6, "not one for each page: {:?}", standing.asked());
    stopped(&project, &["401"]);
}

#[test]
fn a_page_of_html_with_a_200() {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        _ => reply("200 OK", "text/html", "<!doctype html><html><body>Sign in</body></html>"),
    });
    stopped(&standing.project(), &["with a web page: check the base address", "nothing was written"]);
}

#[test]
fn a_body_that_is_cut_short() {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        _ => ok(r#"{"total": 3, "items": [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]}"#).replace("\"B\"}]}", ""),
    });
    stopped(&standing.project(), &["crm.people", "nothing was written"]);
}

#[test]
fn json_that_is_cut_short_without_a_word() {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        _ => ok(r#"{"total": 3, "items": [{"id": "1", "name": "A"}, {"id": "2", "na"#),
    });
    stopped(&standing.project(), &["crm.people", "nothing was written"]);
}

#[test]
fn fewer_people_than_were_announced() {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        "/people?page=1" => ok(r#"{"total": 30, "items": [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]}"#),
        _ => ok(r#"{"total": 30, "items": []}"#),
    });
    stopped(&standing.project(), &["30", "nobody counts as missing"]);
}

#[test]
fn a_system_that_fails_again_and_again() {
    let standing = StandIn::new(|path| match path {
        "/me" => ok("{}"),
        _ => reply("503 Service Unavailable", "text/plain", "down for maintenance"),
    });
    let project = standing.project();
    refused(&project, &["run", "crm_to_files"], 5, &["503", "down for maintenance", "nothing was written"]);
    assert_eq!(standing.asked().len(), 3, "one to say who we are, one to read, one more as the file says: {:?}", standing.asked());
}
