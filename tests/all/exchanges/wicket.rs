//! Wicket: JSON:API with a token that is signed here.

use super::*;
use serde_json::json;

#[test]
fn people_are_listed_by_absolute_links() {
    let wicket = opened("wicket.people", "wicket/list");
    let (end, people) = wicket.list("people", &["id", "email.address", "phone.number"], None);
    wicket.script.content();
    assert_eq!(end, End::Complete { evidence: "the announced total of 2 was met".into() });
    let email = &people[0]["relationships"]["emails"]["data"][0]["attributes"]["address"];
    assert_eq!(email, "jeanne.martin@example.com", "what is included stands where it is referred to: {}", people[0]);
}

#[test]
fn a_person_is_found_by_an_address_in_lower_case() {
    let wicket = opened("wicket.people", "wicket/find");
    let found = wicket.find("people", "email.address", "Jeanne.Martin@example.com", &["email.address"]).unwrap();
    wicket.script.content();
    assert_eq!(found[0]["id"], "9b1f4c0e-5c0d-4b3c-8f57-5a4a8f3f0d11");
}

#[test]
fn a_person_is_made_with_the_address_inline() {
    let wicket = opened("wicket.people", "wicket/create");
    let values = [
        ("first_name", text("Jeanne")),
        ("last_name", text("Martin")),
        ("language", text("en")),
        ("title", text("Analyst")),
        ("email.address", text("jeanne.martin@example.com")),
    ];
    assert_eq!(wicket.create("people", &values).unwrap().id, Some(text("9b1f4c0e-5c0d-4b3c-8f57-5a4a8f3f0d11")));
    let taken = wicket.create("people", &values[..2]).unwrap_err();
    wicket.script.content();
    let said = (taken.status, taken.code.as_deref(), taken.message.as_str());
    assert_eq!(said, (Some(422), Some("taken"), "address - has already been taken"));
}

const ID: &str = "9b1f4c0e-5c0d-4b3c-8f57-5a4a8f3f0d11";

#[test]
fn data_fields_are_read_merged_and_sent_whole() {
    let wicket = opened("wicket.people", "wicket/data_fields");
    wicket.update("people", text(ID), &[("title", text("Lead")), ("chapter", text("Lyon"))]).unwrap();
    wicket.script.content();
}

#[test]
fn phones_have_calls_of_their_own() {
    let wicket = opened("wicket.people", "wicket/phones");
    let part = wicket.system().collections[0].parts.iter().position(|part| part.name == "phone").unwrap();
    let phone = |record: Json, number: &str, kind: Option<&str>| {
        let kind = kind.map(|kind| ("phone.kind", text(kind)));
        let values: Vec<_> = [("phone.number", text(number))].into_iter().chain(kind).collect();
        wicket.write("people", WriteKind::Part(part), Some(text(ID)), &values, Some(&record)).unwrap();
    };
    phone(json!({ "type": "people", "id": ID, "attributes": {}, "relationships": {} }), "+33100000000", Some("work"));
    let held = json!({ "type": "phones", "id": "5d2a0000-0000-4000-8000-0000000000e1", "attributes": { "number": "+33100000000", "type": "work", "primary": true } });
    phone(json!({ "type": "people", "id": ID, "attributes": {}, "relationships": { "phones": { "data": [held] } } }), "+33100000001", None);
    wicket.script.content();
}

#[test]
fn memberships_are_asked_for_with_a_body() {
    let wicket = opened("wicket.people", "wicket/memberships");
    let (end, memberships) = wicket.list("person_memberships", &["id", "person_id", "tier"], None);
    wicket.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(memberships[0]["relationships"]["membership"]["data"]["attributes"]["name"], "Fellow");
}

#[test]
fn a_touchpoint_has_an_id_of_ours() {
    let wicket = opened("wicket.people", "wicket/touchpoint");
    let values = [
        ("external_event_id", text("arlo-registration-987-completed")),
        ("action", text("Completed an event")),
        ("code", text("completed_an_event")),
        ("details", text("Completed an event: Safety 101")),
        ("course", text("EVT-12")),
        ("occurred_at", Value::DateTime("2025-03-02T04:00:00Z".parse().unwrap())),
        ("person", text(ID)),
        ("service", text("00006a90-0000-4000-8000-000000000001")),
    ];
    wicket.create("touchpoints", &values).unwrap();
    wicket.script.content();
}

#[test]
fn services_are_listed() {
    let wicket = opened("wicket.people", "wicket/services");
    let (end, services) = wicket.list("services", &["id", "name"], None);
    wicket.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(services[0]["attributes"]["name"], "Arlo");
}
