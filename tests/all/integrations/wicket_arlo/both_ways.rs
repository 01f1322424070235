//! Contacts in and people out, over the same people: what came from one side does not go back to it.

use super::{super::lines, Given, given};
use serde_json::json;

const IN: &str = "arlo_contacts_to_wicket";
const OUT: &str = "wicket_people_to_arlo";
const SETTINGS: &str = "[env.production.wicket_people_to_arlo]\nperson_fields = [\"address\", \"phone\", \"title\"]\n";

impl Given {
    /// Jeanne is in both systems, Ann and Leo in Arlo alone, Paul in Wicket alone; both directions have run once.
    #[track_caller]
    fn in_step() -> Self {
        let given = given(SETTINGS);
        let jeanne = given.wicket.vendor().person("Jeanne", "Martin", "jeanne@example.com");
        given.wicket.vendor().point("phones", &jeanne, json!({ "type": "mobile", "number": "+64411111111", "primary": true }));
        given.wicket.vendor().person("Paul", "Durand", "paul@example.com");
        (53..).zip(["Jeanne", "Ann", "Leo"]).for_each(|(id, first)| given.contact(id, first, "Martin", &format!("{first}@Example.com")));
        given.arlo.vendor().store.get_mut("contacts", 53).unwrap().own.set("PhoneWork", "04 1111 1111");
        given.arlo.vendor().store.get_mut("contacts", 54).unwrap().own.set("PhoneWork", "04 2222 2222");
        given.arlo.vendor().store.get_mut("contacts", 55).unwrap().own.set("PhoneWork", "switchboard");
        given.publish(IN);
        assert_eq!((given.to_wicket().len(), given.to_arlo()), (3, Vec::new()), "two people and a phone");
        given.publish(OUT);
        assert_eq!((given.to_wicket(), given.to_arlo()), (Vec::new(), Vec::new()), "nothing goes back");
        given
    }

    /// A run of each direction, and what they wrote to Wicket and to Arlo.
    #[track_caller]
    fn there_and_back(&self) -> (Vec<String>, Vec<String>) {
        self.run(IN);
        self.run(OUT);
        (self.to_wicket(), self.to_arlo())
    }

    fn phone(&self, first: &str, number: &str) {
        let mut wicket = self.wicket.vendor();
        let person = wicket.store.of("people").find(|one| one.attributes["given_name"] == first).expect("a person").id.clone();
        let phone = wicket.store.owned("phones", &person).next().expect("a phone").id.clone();
        wicket.store.change(&phone, |own| own["number"] = number.into());
    }
}

/// A number that is written in two ways is no difference, and one that Wicket could not take is not taken away.
#[test]
fn contacts_in_people_out_contacts_in() {
    let given = Given::in_step();
    for round in 1..=3 {
        assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()), "round {round}");
    }
    assert_eq!(given.arlo.vendor().store.get("contacts", 53).unwrap().own.text_of("PhoneWork"), "04 1111 1111");
    assert_eq!(given.arlo.vendor().store.get("contacts", 55).unwrap().own.text_of("PhoneWork"), "switchboard");
}

#[test]
fn an_edit_on_each_side_crosses_once() {
    let given = Given::in_step();
    given.phone("Jeanne", "+64499999999");
    given.edit(54, "PhoneWork", "04 3333 3333");
    given.edit(54, "LastName", "Roux");
    let to_wicket = r#"
        PATCH people/ann {"data":{"type":"people","id":"ann","attributes":{"family_name":"Roux"}}}
        PATCH phones/of-ann {"data":{"type":"phones","id":"of-ann","attributes":{"number":"+64433333333"}}}
    "#;
    let to_arlo = r#"PATCH contacts/53/ <diff><replace sel="Contact/PhoneWork/text()[1]">+64499999999</replace></diff>"#;
    assert_eq!(given.there_and_back(), (lines(to_wicket), lines(to_arlo)));
    assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()));
    given.phone("Ann", "+64455555555");
    let to_arlo = r#"PATCH contacts/54/ <diff><replace sel="Contact/PhoneWork/text()[1]">+64455555555</replace></diff>"#;
    assert_eq!(given.there_and_back(), (Vec::new(), lines(to_arlo)));
    assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()));
}

/// Both sides were edited, Arlo ten minutes before: the newer goes over, once.
#[test]
fn of_two_edits_the_newer_goes_over() {
    let given = Given::in_step();
    given.edit(53, "PhoneWork", "04 3333 3333");
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
    given.arlo.vendor().store.get_mut("contacts", 53).unwrap().modified = before;
    given.phone("Jeanne", "+64455555555");
    let to_arlo = r#"PATCH contacts/53/ <diff><replace sel="Contact/PhoneWork/text()[1]">+64455555555</replace></diff>"#;
    assert_eq!(given.there_and_back(), (Vec::new(), lines(to_arlo)));
    assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()));
}
