//! Arlo's registrations to touchpoints of Wicket: exactly one for each state that is reached, however often it is read.

use super::{super::lines, Given, given};
use crate::vendors::server::{Answer as Response, Switch, Then};
use serde_json::{Value as Json, json};

pub(super) const PIPELINE: &str = "arlo_registrations_to_touchpoints";
const SETTINGS: &str = "[env.production.arlo_registrations_to_touchpoints]\nservice = \"9b1f4c0e-5c0d-4b3c-8f57-000000000001\"\n";

impl Given {
    /// A service, an event, an online activity, and contacts that are people of Wicket, too.
    pub(super) fn with_courses(contacts: u64) -> Self {
        let given = given(SETTINGS);
        given.wicket.vendor().store.insert("services", json!({ "name": "Arlo", "status": "active" }), None, Vec::new());
        {
            let mut arlo = given.arlo.vendor();
            arlo.store.insert("events", 12, &[("Code", "EVT-12"), ("Status", "Active")]);
            arlo.store.insert("onlineactivities", 30, &[("Code", "OA-30"), ("Status", "Active")]);
        }
        (53..53 + contacts).for_each(|id| given.contact(id, "P", "Martin", &format!("p{id}@example.com")));
        given.publish("arlo_contacts_to_wicket");
        given.wicket.forget();
        given
    }

    pub(super) fn registration(&self, id: u64, contact: u64, course: (&'static str, u64), own: &[(&str, &str)]) {
        let mut arlo = self.arlo.vendor();
        let one = arlo.store.insert("registrations", id, own);
        one.to = vec![("Contact", contact), course];
        one.created = "2025-02-01T08:00:00Z".parse().unwrap();
        one.modified = "2025-03-02T04:05:00Z".parse().unwrap();
    }

    /// The registration reaches its next state.
    pub(super) fn state(&self, id: u64, name: &str, value: &str) {
        let mut arlo = self.arlo.vendor();
        let one = arlo.store.get_mut("registrations", id).expect("a registration");
        one.own.set(name, value);
        one.modified = jiff::Timestamp::now();
    }

    /// The ids of the touchpoints in Wicket.
    pub(super) fn touchpoints(&self) -> Vec<String> {
        let id = |attributes: &Json| attributes["external_event_id"].as_str().expect("an id").replace("arlo-registration-", "");
        let mut ids: Vec<String> = self.wicket.vendor().touchpoints().iter().map(|one| id(&one.attributes)).collect();
        ids.sort();
        ids
    }
}

const SERVICE: &str = r#""service":{"data":{"type":"services","id":"9b1f4c0e-5c0d-4b3c-8f57-000000000001"}}"#;

/// Time, action, code of the course, details and data, of who it was: for an event as for an online activity.
#[test]
fn each_state_is_one_touchpoint() {
    let given = Given::with_courses(2);
    let completed =
        [("Attendance", "Attended"), ("Status", "Completed"), ("Grade", "A"), ("CompletedDateTime", "2025-03-02T17:00:00+13:00")];
    given.registration(987, 53, ("Event", 12), &completed);
    given.registration(988, 54, ("OnlineActivity", 30), &[("Status", "Approved")]);
    given.registration(989, 54, ("Event", 12), &[("Status", "PendingApproval")]);
    given.publish(PIPELINE);
    let expected = r#"
        POST touchpoints {"data":{"type":"touchpoints","attributes":{"external_event_id":"arlo-registration-987-completed","action":"Completed an event","code":"completed_an_event","details":"Completed an event: EVT-12","data":{"EventCode":"EVT-12","Grade":"A","OccurredAt":"2025-03-02T04:00:00Z"}},"relationships":{"person":{"data":{"type":"people","id":"p53"}},SERVICE}}}
        POST touchpoints {"data":{"type":"touchpoints","attributes":{"external_event_id":"arlo-registration-987-registered","action":"Registered for an event","code":"registered_for_an_event","details":"Registered for an event: EVT-12","data":{"EventCode":"EVT-12","Grade":"A","OccurredAt":"2025-02-01T08:00:00Z"}},"relationships":{"person":{"data":{"type":"people","id":"p53"}},SERVICE}}}
        POST touchpoints {"data":{"type":"touchpoints","attributes":{"external_event_id":"arlo-registration-988-registered","action":"Registered for an event","code":"registered_for_an_event","details":"Registered for an event: OA-30","data":{"EventCode":"OA-30","OccurredAt":"2025-02-01T08:00:00Z"}},"relationships":{"person":{"data":{"type":"people","id":"p54"}},SERVICE}}}
    "#;
    assert_eq!(given.to_wicket(), lines(&expected.replace("SERVICE", SERVICE)));
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_wicket()), (0, Vec::new()));
    given.state(988, "Status", "Cancelled");
    given.state(989, "Status", "Approved");
    given.run(PIPELINE);
    given.state(989, "Attendance", "Attended");
    given.state(988, "Grade", "B");
    given.run(PIPELINE);
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_wicket().len()), (0, 3));
    let reached = ["987-completed", "987-registered", "988-cancelled", "988-registered", "989-completed", "989-registered"];
    assert_eq!(given.touchpoints(), reached);
}

/// A registration whose contact is not yet a person in Wicket waits: the next incremental read does not contain it, and it is not lost.
#[test]
fn a_registration_waits_for_its_person() {
    let given = Given::with_courses(1);
    given.contact(99, "Late", "Comer", "");
    given.registration(987, 99, ("Event", 12), &[("Status", "Approved")]);
    given.registration(988, 53, ("Event", 12), &[("Status", "Approved")]);
    given.publish(PIPELINE);
    assert_eq!(given.touchpoints(), ["988-registered"]);
    given.run(PIPELINE);
    given.edit(99, "Email", "late@example.com");
    given.run("arlo_contacts_to_wicket");
    given.arlo.forget();
    given.run(PIPELINE);
    assert!(given.arlo.lines().iter().any(|line| line.contains("/registrations/987/?expand=")), "{:?}", given.arlo.lines());
    assert_eq!(given.touchpoints(), ["987-registered", "988-registered"]);
    given.wicket.forget();
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_wicket()), (0, Vec::new()));
}

/// After lost answers, events are sent again with the same id, and Wicket has each of them once.
#[test]
fn lost_answers_make_no_second_touchpoint() {
    let given = Given::with_courses(1);
    (1..=20).for_each(|id| given.registration(900 + id, 53, ("Event", 12), &[("Status", "Completed"), ("Attendance", "Attended")]));
    given.wicket.switch(Switch::next("POST /touchpoints", Then::Lose).after(7).times(3));
    let first = given.fixture.publish(PIPELINE);
    let again = given.run(PIPELINE);
    assert_eq!(given.touchpoints().len(), 40, "{first:?} {again:?}");
    given.wicket.forget();
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_wicket()), (0, Vec::new()));
}

/// Two of eighteen are not confirmed: they are sent again until they are, with the same id, so that Wicket has each of them once.
#[test]
fn what_was_not_confirmed_is_sent_again() {
    let nameless = |answer: Response| Response { body: json!({ "data": { "type": "touchpoints" } }).to_string(), ..answer };
    let another = |answer: Response| Response { body: answer.body.replace("arlo-registration-", "arlo-registration-7"), ..answer };
    for (then, there) in [(Then::Turn(nameless), 18), (Then::Turn(another), 18)] {
        let given = Given::with_courses(1);
        (1..=9).for_each(|id| given.registration(900 + id, 53, ("Event", 12), &[("Status", "Completed"), ("Attendance", "Attended")]));
        for event in ["arlo-registration-903-completed", "arlo-registration-905-registered"] {
            given.wicket.switch(Switch::next("POST /touchpoints", then.clone()).and(event).times(99));
        }
        let first = given.fixture.publish(PIPELINE);
        assert_eq!((first.code, first.count("result", "sent"), given.touchpoints().len()), (4, 16, there), "{then:?}: {first:?}");
        given.wicket.forget();
        given.run(PIPELINE);
        let mut touchpoints = given.touchpoints();
        touchpoints.dedup();
        assert_eq!((touchpoints.len(), given.touchpoints().len()), (18, 18), "{then:?}");
        given.wicket.forget();
        assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_wicket()), (0, Vec::new()), "{then:?}");
    }
}
