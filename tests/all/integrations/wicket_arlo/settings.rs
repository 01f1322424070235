//! The choices of an administrator are fetched from the vendor at that moment.

use super::{Given, given};
use serde_json::{Value as Json, json};

impl Given {
    fn settings(&self, args: &[&str]) -> crate::project::Answer {
        self.fixture.counterpart(&[&["settings"], args].concat())
    }

    /// The choices of a setting, with their names.
    fn choices(&self, pipeline: &str, name: &str) -> Vec<(String, String)> {
        let answer = self.settings(&[pipeline, name, "--format", "json"]);
        let all: Json = serde_json::from_str(&answer.out).unwrap_or_else(|_| panic!("{answer:?}"));
        let text = |one: &Json| one.as_str().unwrap_or_default().to_owned();
        let choices = all["settings"][0]["choices"].as_array().unwrap();
        choices.iter().map(|choice| (text(&choice["value"]), text(&choice["words"]))).collect()
    }
}

fn both(value: &str, words: &str) -> (String, String) {
    (value.to_owned(), words.to_owned())
}

#[test]
fn a_field_is_picked_from_those_that_arlo_has_at_that_moment() {
    let given = given("");
    given.arlo.vendor().describe("contacts", "Visits", "Integer");
    let people = "wicket_people_to_arlo";
    assert_eq!(given.choices(people, "membership_field"), [both("MemberTier", "String"), both("Visits", "Integer")]);
    assert_eq!(given.choices("wicket_organisations_to_arlo", "uuid_field"), [both("WicketOrgId", "String")]);

    let set = |name: &str| given.settings(&["set", people, "membership_field", name]);
    for (name, why) in [("Tier", "there is `MemberTier` and `Visits`"), ("Visits", "its type is int")] {
        let refused = set(name);
        assert!(refused.code == 2 && refused.err.contains(why), "{refused:?}");
    }
    given.arlo.vendor().describe("contacts", "Tier", "String");
    assert_eq!(set("Tier").code, 0, "Arlo has it now");
    let verify = || given.settings(&["verify", people]);
    let verified = verify();
    assert!(verified.code == 0 && verified.out.contains("judged wicket_people_to_arlo.membership_field ok\n"), "{verified:?}");

    given.arlo.vendor().store.descriptions.retain(|field| field.name != "Tier");
    let verified = verify();
    assert_eq!(verified.code, 2, "{verified:?}");
    assert!(
        verified.out.contains("membership_field wrong reason=\"can't be `Tier`: `arlo.contacts` has no such attribute"),
        "{verified:?}"
    );
    let planned = given.fixture.counterpart(&["plan", people]);
    assert!(planned.code == 2 && planned.err.contains("nothing was read or written"), "{planned:?}");
}

#[test]
fn a_service_is_picked_from_those_that_wicket_has_at_that_moment() {
    let given = given("");
    let service = |name: &str| {
        let about = json!({ "name": name, "description": name, "status": "active", "integration_type": "custom" });
        given.wicket.vendor().store.insert("services", about, None, Vec::new())
    };
    let (training, events) = (service("Training"), service("Events"));
    let touchpoints = "arlo_registrations_to_touchpoints";
    assert_eq!(given.choices(touchpoints, "service"), [both(&training, "Training"), both(&events, "Events")]);
    let refused = given.settings(&["set", touchpoints, "service", "training"]);
    assert!(refused.code == 2 && refused.err.contains(&format!("there is `{training}` (Training), `{events}` (Events)")), "{refused:?}");
    assert_eq!(given.settings(&["set", touchpoints, "service", &training]).code, 0);
    assert_eq!(given.settings(&["verify", touchpoints]).code, 0);
    given.wicket.vendor().store.remove(&training);
    let verified = given.settings(&["verify", touchpoints]);
    assert!(verified.code == 2 && verified.out.contains(&format!("service wrong reason=\"there is no `{training}`")), "{verified:?}");
}
