//! Writes that are answered with a redirect: whatever its status says, nothing is sent a second time before the target was looked at.

use super::{
    http::{StandIn, ok},
    project::{Answer, TestProject},
};
use std::sync::{Arc, Mutex};

/// A CRM that can only be listed, and one that can be asked for each number.
const CRM: &str = r#"system crm {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {
    limit 6000 per min, 4 concurrent
    retry 2 times
  }
  collection people {
    key   id
    lists all
    consistent within 0 s
    list GET "/people" { items $.people }
    create POST "/people/new" { item $ }
    attributes {
      id     : text read only   at $.id
      number : text unique at $.number
    }
  }
}

system files {
  collection staff {
    file "staff.csv" csv
    key  number
    attributes { number : text at $.number }
  }
}

pipeline staff {
  zone "Europe/Paris"
  from files.staff as person
  to   crm.people
  key  person.number
  match { number = person.number }
  mode create
  map { number = person.number }
}
"#;

/// What the stand-in does with a create, and whom it has.
struct Crm {
    /// The status of the redirect, and whether the create was done all the same.
    redirects: Option<(u16, bool)>,
    people: Vec<String>,
}

impl Crm {
    fn person(number: &str) -> String {
        format!(r#"{{"id": "p{number}", "number": "{number}"}}"#)
    }

    fn answer(&mut self, path: &str) -> String {
        if path != "/people/new" {
            let listed = path.split_once("number=").map(|(_, number)| number);
            let people = self.people.iter().filter(|number| listed.is_none_or(|listed| listed == *number));
            return ok(&format!(r#"{{"people": [{}]}}"#, people.map(|number| Self::person(number)).collect::<Vec<_>>().join(", ")));
        }
        let (status, done) = self.redirects.unwrap_or((201, true));
        if done {
            self.people.push("1".to_owned());
        }
        match status {
            201 => ok(&Self::person("1")),
            _ => format!("HTTP/1.1 {status} Elsewhere\r\nLocation: /people\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        }
    }
}

fn staged(crm: &str, status: u16, done: bool) -> (Arc<Mutex<Crm>>, StandIn, TestProject) {
    let known = Arc::new(Mutex::new(Crm { redirects: Some((status, done)), people: Vec::new() }));
    let answering = Arc::clone(&known);
    let standing = StandIn::new(move |path| answering.lock().unwrap().answer(path));
    let project = TestProject::empty();
    project.write("crm.sync", crm).write("staff.csv", "number\n1\n");
    project.write("counterpart.toml", format!("[env.production.crm]\nbase = \"{}\"\n", standing.origin()));
    (known, standing, project)
}

/// The first run, which a person applies.
fn publish(project: &TestProject) -> Answer {
    let plan = project.counterpart(&["plan", "staff"]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    project.counterpart(&["apply", &id])
}

/// What was sent, in order: `L` a list, `F` a look-up, `C` a create.
fn sent(standing: &StandIn) -> String {
    let letter = |line: &String| match line {
        line if line.starts_with("POST") => 'C',
        line if line.contains("number=") => 'F',
        _ => 'L',
    };
    standing.asked().iter().map(letter).collect()
}

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// Without a look-up by its values, a complete read of the target is what tells, and not before it can show a new record.
#[test]
fn a_create_that_cannot_be_looked_up_waits_for_a_read_that_shows_it() {
    for (status, done) in STATUSES.into_iter().flat_map(|status| [(status, true), (status, false)]) {
        let (known, standing, project) = staged(CRM, status, done);
        let first = publish(&project);
        assert_eq!((first.code, sent(&standing).as_str()), (4, "LC"), "{status}: {first:?}");
        known.lock().unwrap().redirects = None;
        let second = project.counterpart(&["run", "staff"]);
        let wanted = if done { (0, "LCL", 1) } else { (0, "LCLC", 1) };
        assert_eq!((second.code, sent(&standing).as_str(), known.lock().unwrap().people.len()), wanted, "{status} {done}: {second:?}");
    }
}

#[test]
fn a_create_that_no_read_may_show_yet_is_held_and_listed() {
    let slow = CRM.replace("    consistent within 0 s\n", "");
    for status in STATUSES {
        let (known, standing, project) = staged(&slow, status, false);
        assert_eq!(publish(&project).code, 4, "{status}");
        known.lock().unwrap().redirects = None;
        for _ in 0..2 {
            let again = project.counterpart(&["run", "staff"]);
            assert_eq!((again.code, again.count("result", "needs_attention")), (4, 1), "{status}: {again:?}");
        }
        assert_eq!(sent(&standing), "LCLL", "{status}: once");
        let held = project.counterpart(&["plan", "staff"]);
        assert!(held.out.contains("held 1 reason=\"unknown\""), "{status}: {held:?}");
    }
}

/// What is never repeated stays with a person, however long ago it was.
#[test]
fn a_create_that_is_never_repeated_stays_unknown() {
    let never = CRM.replace("{ item $ }", "{\n      item $\n      never repeat\n    }");
    for status in [303, 308] {
        let (known, standing, project) = staged(&never, status, false);
        assert_eq!(publish(&project).code, 4, "{status}");
        known.lock().unwrap().redirects = None;
        let again = project.counterpart(&["run", "staff"]);
        assert_eq!((again.code, sent(&standing).matches('C').count()), (4, 1), "{status}: {again:?}");
    }
}

/// Where it can be looked up, it is, before anything else is sent.
#[test]
fn a_create_is_looked_up_before_it_is_sent_again() {
    let find = "    find by number GET \"/people\" {\n      query \"number\" = number\n      items $.people\n    }\n    create";
    let asked = CRM.replace("    create", find);
    for (status, done) in STATUSES.into_iter().flat_map(|status| [(status, true), (status, false)]) {
        let (known, standing, project) = staged(&asked, status, done);
        publish(&project);
        known.lock().unwrap().redirects = None;
        let second = project.counterpart(&["run", "staff"]);
        let sent = sent(&standing);
        let before_each = sent.match_indices('C').all(|(at, _)| sent[..at].ends_with(['F', 'L']));
        assert!(before_each && second.code == 0 && known.lock().unwrap().people.len() == 1, "{status} {done}: {sent} {second:?}");
    }
}
