//! Arlo's registrations become touchpoints of Wicket: each state that one reaches is exactly one.

use super::{Given, given};
use crate::{
    desk::Answer,
    vendors::server::{Switch, Then},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::{Duration, Instant},
};

const CONTACTS: &str = "arlo_contacts_to_wicket";
const PIPELINE: &str = "arlo_registrations_to_touchpoints";

/// Contacts that are people of Wicket already, and the service that touchpoints belong to; both vendors allow many requests.
fn with_people(count: u64) -> Given {
    let given = given("");
    let service = given.wicket.vendor().store.insert("services", json!({ "name": "Arlo" }), None, Vec::new());
    let desk = &given.world.desk;
    let config = desk.read("counterpart.toml");
    desk.write("counterpart.toml", format!("{config}\n[env.production.{PIPELINE}]\nservice = \"{service}\"\n"));
    for system in ["arlo", "wicket"] {
        let file = format!("systems/{system}.sync");
        let unhurried = desk.read(&file).replace("limit  120 per minute", "limit  9000 per minute").replace("limit  300", "limit  9000");
        desk.write(&file, unhurried);
    }
    given.arlo.vendor().store.insert("events", 12, &[("Code", "EVT-12"), ("Status", "Active")]);
    for id in 1..=count {
        given.contact(id, "Ann", &format!("N{id}"), &format!("n{id}@example.com"));
        given.wicket.vendor().person("Ann", &format!("N{id}"), &format!("n{id}@example.com"));
    }
    given.publish(CONTACTS);
    given.wicket.forget();
    given
}

impl Given {
    /// Somebody registers, so long ago.
    fn register(&self, id: u64, contact: u64, hours_ago: i64) {
        let mut arlo = self.arlo.vendor();
        let registration = arlo.store.insert("registrations", id, &[("Status", "Approved"), ("Attendance", "Unknown")]);
        registration.to = vec![("Contact", contact), ("Event", 12)];
        registration.modified = Timestamp::now() - SignedDuration::from_hours(hours_ago);
    }

    /// The registration goes on.
    fn set(&self, id: u64, name: &str, value: &str) {
        let mut arlo = self.arlo.vendor();
        let registration = arlo.store.get_mut("registrations", id).expect("a registration");
        registration.own.set(name, value);
        registration.modified = Timestamp::now();
    }

    /// How often each event was sent, whatever Wicket made of it.
    fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for request in self.wicket.writes() {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            *sent.entry(body["data"]["attributes"]["external_event_id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        sent
    }

    fn touchpoints(&self) -> Vec<String> {
        let wicket = self.wicket.vendor();
        let mut all: Vec<String> =
            wicket.touchpoints().iter().map(|one| one.attributes["external_event_id"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    }

    /// These events, each once.
    #[track_caller]
    fn assert_once(&self, expected: &BTreeSet<String>) {
        let all = self.touchpoints();
        let there: BTreeSet<_> = all.iter().cloned().collect();
        let missing: Vec<_> = expected.difference(&there).take(5).collect();
        let others: Vec<_> = there.difference(expected).take(5).collect();
        assert!(
            missing.is_empty() && others.is_empty() && all.len() == there.len(),
            "missing {missing:?}, others {others:?}, {} in all",
            all.len()
        );
    }

    /// Begins a command and kills it once so many touchpoints are there.
    fn killed(&self, args: &[&str], touchpoints: usize) {
        let mut run = self.world.desk.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while self.wicket.vendor().touchpoints().len() < touchpoints {
            assert!(run.try_wait().unwrap().is_none(), "it ended before it was killed");
            assert!(begun.elapsed() < Duration::from_secs(120), "{} of {touchpoints}", self.wicket.vendor().touchpoints().len());
            std::thread::sleep(Duration::from_millis(1));
        }
        run.kill().unwrap();
        assert_eq!(run.wait().unwrap().code(), None, "killed");
    }
}

fn event(id: u64, state: &str) -> String {
    format!("arlo-registration-{id}-{state}")
}

fn counts(answer: &Answer) -> (u64, u64, u64) {
    (answer.count("result", "sent"), answer.count("result", "failed"), answer.count("result", "nothing_to_do"))
}

/// Read three times with overlaps, and killed twice in the middle.
#[test]
fn of_a_thousand_registrations_each_state_reached_is_exactly_one_touchpoint() {
    let given = with_people(20);
    for id in 1..=1000 {
        given.register(id, id % 20 + 1, if id <= 700 { 3 } else { 0 });
    }
    let mut expected: BTreeSet<String> = (1..=1000).map(|id| event(id, "registered")).collect();
    let first = given.world.plan(PIPELINE);
    given.killed(&["apply", &first], 400);
    let after = given.touchpoints().len();
    assert!((400..1000).contains(&after), "{after}");
    let again = given.publish(PIPELINE);
    let known = again.count("result", "nothing_to_do") + again.count("result", "need_you");
    assert!((after as u64..after as u64 + 8).contains(&known), "{after} {again:?}");
    // A plan looks, and resolves nothing: what was under way was held in it.
    given.run(PIPELINE);
    given.assert_once(&expected);

    for id in (1..=1000).step_by(5) {
        given.set(id, "Attendance", "Attended");
        expected.insert(event(id, "completed"));
    }
    for id in (2..=1000).step_by(10) {
        given.set(id, "Status", "Cancelled");
        expected.insert(event(id, "cancelled"));
    }
    given.arlo.forget();
    given.killed(&["run", PIPELINE], 1150);
    let third = given.run(PIPELINE);
    assert!((1..170).contains(&third.count("result", "sent")), "{third:?}");
    given.assert_once(&expected);
    let since = given.arlo.lines().iter().filter(|line| line.contains("/registrations/")).all(|line| line.contains("filter=LastModified"));
    assert!(since, "only what has changed was read: {:?}", given.arlo.lines());

    // The vendor drops doubles; ours are those alone whose answer the killed process never saw.
    let twice: Vec<_> = given.sent().into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(twice.len() <= 16 && twice.iter().all(|(_, times)| *times == 2), "{twice:?}");
    let last = given.run(PIPELINE);
    assert_eq!((last.count("result", "written"), given.touchpoints().len()), (0, expected.len()), "{last:?}");
}

/// To the letter, once for each state; the next run sends nothing.
#[test]
fn a_registration_becomes_touchpoints() {
    let given = with_people(1);
    given.register(987, 1, 0);
    given.register(988, 1, 0);
    given.set(988, "Status", "PendingApproval");
    let first = given.publish(PIPELINE);
    assert_eq!((counts(&first), first.count("result", "out_of_scope")), ((1, 0, 0), 1), "{first:?}");
    let (created, service) = {
        let (arlo, wicket) = (given.arlo.vendor(), given.wicket.vendor());
        let service = wicket.store.of("services").next().unwrap().id.clone();
        (arlo.store.get("registrations", 987).unwrap().created, service)
    };
    let body = &given.wicket.writes()[0].body;
    let wicket = given.wicket.vendor();
    let person = wicket.store.of("people").next().unwrap().id.clone();
    drop(wicket);
    let sent: serde_json::Value = serde_json::from_str(body).unwrap();
    let occurred: Timestamp = sent["data"]["attributes"]["data"]["OccurredAt"].as_str().unwrap().parse().unwrap();
    assert!((occurred - created).total(jiff::Unit::Second).unwrap().abs() < 1.0, "{body}");
    let expected = json!({ "data": { "type": "touchpoints",
        "attributes": { "external_event_id": "arlo-registration-987-registered", "action": "Registered for an event", "code": "registered_for_an_event",
            "data": { "EventCode": "EVT-12", "OccurredAt": sent["data"]["attributes"]["data"]["OccurredAt"] } },
        "relationships": { "person": { "data": { "type": "people", "id": person } }, "service": { "data": { "type": "services", "id": service } } } } });
    assert_eq!(sent, expected);
    given.set(987, "Status", "Completed");
    given.set(988, "Status", "Approved");
    let second = given.run(PIPELINE);
    assert_eq!(counts(&second), (2, 0, 1), "{second:?}");
    given.set(987, "Grade", "A");
    assert_eq!(counts(&given.run(PIPELINE)), (0, 0, 3), "what was sent stays as it was");
    assert_eq!(given.touchpoints(), [event(987, "completed"), event(987, "registered"), event(988, "registered")]);
}

/// A contact that has no person yet: the registration waits, and is sent once there is one, though it does not change any more.
#[test]
fn who_has_no_person_yet_waits() {
    let given = with_people(1);
    given.register(1, 1, 0);
    given.contact(2, "Leo", "Petit", "leo@example.com");
    given.register(2, 2, 3);
    let first = given.publish(PIPELINE);
    assert_eq!((counts(&first), first.count("result", "sent")), ((1, 0, 1), 1), "{first:?}");
    assert_eq!(counts(&given.run(PIPELINE)).0, 0);
    given.edit(2, "LastName", "Petit-Roux");
    given.run(CONTACTS);
    given.arlo.forget();
    assert_eq!(counts(&given.run(PIPELINE)).0, 1);
    assert!(given.arlo.lines().iter().any(|line| line.contains("/registrations/2/?expand=")), "{:?}", given.arlo.lines());
    assert_eq!(given.touchpoints(), [event(1, "registered"), event(2, "registered")]);
}

/// An answer that is lost: Wicket gets the same event once more, and has one.
#[test]
fn a_lost_answer_makes_no_second_touchpoint() {
    let given = with_people(1);
    (1..=5).for_each(|id| given.register(id, 1, 0));
    given.wicket.switch(Switch::next("POST /touchpoints", Then::Lose).after(1).times(2));
    let first = given.publish(PIPELINE);
    assert_eq!(counts(&first), (5, 0, 0), "{first:?}");
    assert_eq!((given.touchpoints().len(), given.sent().values().sum::<usize>()), (5, 7));
}
