//! Arlo's contacts to people of Wicket.

use super::{super::lines, given};
use crate::vendors::server::{Switch, Then};

const PIPELINE: &str = "arlo_contacts_to_wicket";

#[test]
fn contacts_make_and_change_people_once() {
    let given = given("");
    given.wicket.vendor().person("Jeanne", "Martin", "jeanne.martin@example.com");
    given.wicket.vendor().person("Paul", "Durand", "paul.durand@example.com");
    given.contact(53, "Jeanne", "Roux", "Jeanne.Martin@example.com");
    given.contact(54, "Ann", "Lee", "Ann.Lee@Example.com");
    given.contact(55, "Nobody", "Mail", "");
    given.contact(56, "Leo", "Petit", "leo.petit@example.com");
    given.arlo.vendor().store.get_mut("contacts", 54).unwrap().own.set("PhoneWork", "04 1234 5678");
    given.arlo.vendor().store.get_mut("contacts", 56).unwrap().own.set("Status", "Inactive");
    let first = given.publish(PIPELINE);
    assert_eq!(["created", "updated", "out_of_scope"].map(|name| first.count("result", name)), [1, 1, 2], "{first:?}");
    let expected = r#"
        PATCH people/jeanne.martin {"data":{"type":"people","id":"jeanne.martin","attributes":{"family_name":"Roux"}}}
        POST people {"data":{"type":"people","attributes":{"given_name":"Ann","family_name":"Lee","language":"en"},"relationships":{"emails":{"data":[{"type":"emails","attributes":{"primary":true,"unique":true,"type":"work","address":"ann.lee@example.com"}}]}}}}
        POST people/ann.lee/phones {"data":{"type":"phones","attributes":{"primary":true,"number":"+64412345678","type":"work"}}}
    "#;
    assert_eq!(given.to_wicket(), lines(expected));
    let asked = given.arlo.lines().join("\n");
    assert!(!asked.contains("organisations") && !asked.contains("CustomFields"), "neither organisations nor memberships come in: {asked}");
    given.arlo.forget();
    let second = given.run(PIPELINE);
    assert_eq!((second.count("result", "written"), given.to_wicket()), (0, Vec::new()), "{second:?}");
    let asked = given.arlo.lines().join("\n");
    assert!(asked.contains("filter=LastModifiedDateTime%20ge%20datetime"), "only what has changed: {asked}");
}

/// Only changes are written, and a number that Wicket would refuse is left alone.
#[test]
fn a_day_of_changes_in_arlo() {
    let given = given("");
    (53..)
        .zip(["Jeanne", "Paul", "Nina", "Ann"])
        .for_each(|(id, first)| given.contact(id, first, "Martin", &format!("{first}@example.com")));
    given.publish(PIPELINE);
    assert_eq!(given.to_wicket().len(), 4);
    given.edit(53, "LastName", "Roux");
    given.edit(53, "PhoneWork", "04 1234 5678");
    given.edit(54, "PhoneWork", "no number");
    given.edit(55, "Status", "Inactive");
    given.edit(56, "Email", "");
    given.contact(57, "Leo", "Petit", "leo@example.com");
    given.edit(57, "PhoneHome", "04 9999 9999");
    let run = given.run(PIPELINE);
    assert_eq!(["created", "updated", "out_of_scope"].map(|name| run.count("result", name)), [1, 1, 2], "{run:?}");
    let expected = r#"
        PATCH people/jeanne {"data":{"type":"people","id":"jeanne","attributes":{"family_name":"Roux"}}}
        POST people {"data":{"type":"people","attributes":{"given_name":"Leo","family_name":"Petit","language":"en"},"relationships":{"emails":{"data":[{"type":"emails","attributes":{"primary":true,"unique":true,"type":"work","address":"leo@example.com"}}]}}}}
        POST people/jeanne/phones {"data":{"type":"phones","attributes":{"primary":true,"number":"+64412345678","type":"work"}}}
    "#;
    assert_eq!(given.to_wicket(), lines(expected));
    given.edit(53, "PhoneWork", "04 1234 0000");
    let run = given.run(PIPELINE);
    let expected = r#"PATCH phones/of-jeanne {"data":{"type":"phones","id":"of-jeanne","attributes":{"number":"+64412340000"}}}"#;
    assert_eq!((run.count("result", "updated"), given.to_wicket()), (1, lines(expected)));
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_wicket(), given.to_arlo()), (0, Vec::new(), Vec::new()));
}

/// A failed look-up is not "no match": no person is created because of it.
#[test]
fn a_look_up_that_fails_makes_nobody() {
    let given = given("");
    let system = crate::project::hasty(&given.fixture.project.read("systems/wicket.sync"));
    given.fixture.project.write("systems/wicket.sync", system);
    given.contact(53, "Jeanne", "Martin", "jeanne@example.com");
    given.contact(54, "Paul", "Durand", "paul@example.com");
    given.wicket.vendor().person("Jeanne", "Roux", "jeanne@example.com");
    given.wicket.switch(Switch::next("emails_address_eq%5D=jeanne", Then::Break).times(100));
    let first = given.fixture.publish(PIPELINE);
    let made = given.to_wicket();
    assert!(first.code == 4 && made.len() == 1 && made[0].contains("paul@example.com"), "{first:?} {made:?}");
    let second = given.run(PIPELINE);
    let expected = r#"PATCH people/jeanne {"data":{"type":"people","id":"jeanne","attributes":{"family_name":"Martin"}}}"#;
    assert_eq!(given.to_wicket(), lines(expected), "it is asked for again: {second:?}");
}

/// Wicket reports that an address is taken: its owner is looked up, and no person is created twice.
#[test]
fn an_address_that_is_taken_meanwhile() {
    for status in [422, 409] {
        let given = given("");
        given.contact(53, "Jeanne", "Martin", "jeanne@example.com");
        given.wicket.vendor().taken = status;
        let set = given.fixture.plan(PIPELINE);
        given.wicket.vendor().person("Jeanne", "Martin", "jeanne@example.com");
        let first = given.fixture.counterpart(&["apply", &set]);
        assert!(first.code == 4 && first.out.contains("exists:") && first.out.contains("of wicket.people"), "{first:?}");
        let again = given.run(PIPELINE);
        assert_eq!((again.count("result", "nothing_to_do"), given.wicket.vendor().store.of("people").count()), (1, 1), "{again:?}");
    }
}
