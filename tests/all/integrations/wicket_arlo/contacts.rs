//! Arlo's contacts to people of Wicket.

use super::{super::lines, given};
use crate::vendors::server::{Switch, Then};
use serde_json::json;

const PIPELINE: &str = "arlo_contacts_to_wicket";

#[test]
fn contacts_make_and_change_people_once() {
    let given = given("");
    let jeanne = given.wicket.vendor().person("Jeanne", "Martin", "jeanne.martin@example.com");
    given.wicket.vendor().person("Paul", "Durand", "paul.durand@example.com");
    given.contact(53, "Jeanne", "Roux", "Jeanne.Martin@example.com");
    given.contact(54, "Ann", "Lee", "Ann.Lee@Example.com");
    given.contact(55, "Nobody", "Mail", "");
    given.contact(56, "Leo", "Petit", "leo.petit@example.com");
    given.arlo.vendor().store.get_mut("contacts", 54).unwrap().own.set("PhoneWork", "04 1234 5678");
    given.arlo.vendor().store.get_mut("contacts", 56).unwrap().own.set("Status", "Inactive");
    let first = given.publish(PIPELINE);
    assert_eq!(["joined", "changed", "out_of_scope"].map(|name| first.count("result", name)), [1, 1, 2], "{first:?}");
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
    let _ = (jeanne, json!(0), Switch::next("", Then::Break));
}
