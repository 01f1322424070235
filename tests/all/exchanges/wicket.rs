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

#[test]
fn people_are_listed_since_a_time() {
    let wicket = opened("wicket.people", "wicket/since");
    assert_eq!(wicket.list("people", &["id"], Some("2025-03-02T09:00:00Z")).0, End::Delta);
    wicket.script.content();
}

#[test]
fn a_person_is_read_with_the_parts_that_are_asked_for() {
    let wicket = opened("wicket.people", "wicket/get");
    let GetResult::Record(person) = wicket.get("people", text(ID), &["email.address", "phone.number", "address.city"]).unwrap() else {
        panic!("it is there")
    };
    let person: Json = serde_json::from_slice(&person.json).unwrap();
    assert_eq!(person["relationships"]["emails"]["data"][0]["attributes"]["address"], "jeanne.martin@example.com");
    assert_eq!(wicket.get("people", text("9b1f4c0e-5c0d-4b3c-8f57-5a4a8f3f0d12"), &["email.address"]).unwrap(), GetResult::Gone);
    wicket.script.content();
}

#[test]
fn addresses_have_calls_of_their_own() {
    let wicket = opened("wicket.people", "wicket/points");
    let person = |points: Json| json!({ "type": "people", "id": ID, "attributes": {}, "relationships": points });
    let email = json!({ "type": "emails", "id": "5d2a0000-0000-4000-8000-0000000000e1", "attributes": { "address": "jeanne.martin@example.com", "primary": true } });
    let held = person(json!({ "emails": { "data": [email] } }));
    wicket.write_part("people", "email", text(ID), &[("email.address", text("j.martin@example.com"))], Some(&held));
    let values = ["kind", "line_1", "city", "postcode", "country"].into_iter().zip(["home", "1 rue Exemple", "Paris", "75001", "FR"]);
    let names: Vec<(String, Value)> = values.map(|(name, value)| (format!("address.{name}"), text(value))).collect();
    let values: Vec<(&str, Value)> = names.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    wicket.write_part("people", "address", text(ID), &values, Some(&person(json!({}))));
    let address = json!({ "type": "addresses", "id": "5d2a0000-0000-4000-8000-0000000000a1", "attributes": { "city": "Paris", "address2": "B", "primary": true } });
    let held = person(json!({ "addresses": { "data": [address] } }));
    let changed = [("address.city", text("Lyon")), ("address.line_2", Value::Null)];
    wicket.write_part("people", "address", text(ID), &changed, Some(&held));
    wicket.script.content();
}

#[test]
fn organisations_are_spelt_with_a_z_on_the_wire() {
    let wicket = opened("wicket.organisations", "wicket/organisations");
    let (end, all) = wicket.list("organisations", &["id", "name", "address.city"], None);
    assert_eq!(end, End::Complete { evidence: "the announced total of 1 was met".into() });
    assert_eq!(all[0]["relationships"]["addresses"]["data"][0]["attributes"]["city"], "Paris");
    assert!(matches!(wicket.get("organisations", text("3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77"), &["name"]).unwrap(), GetResult::Record(_)));
    wicket.script.content();
}

#[test]
fn a_service_is_made() {
    let wicket = opened("wicket.people", "wicket/service");
    let made = wicket.create("services", &[("name", text("Arlo"))]).unwrap();
    wicket.script.content();
    assert_eq!(made.id, Some(text("00006a90-0000-4000-8000-000000000001")));
}

/// Who it is for, for at most ten minutes, with an audience; an issuer where one is set, and never `nbf`, which clocks disagree about.
#[test]
fn tokens_claim_what_wicket_asks_for() {
    let claims = |settings| {
        let wicket = opened_with("wicket.people", "wicket/verify", settings);
        wicket.verified().unwrap();
        hs256_claims(wicket.script.heard()[0].bearer().unwrap(), SECRET).unwrap()
    };
    let expected = |claims: &Json| {
        let iat = claims["iat"].as_i64().unwrap();
        assert!((0..60).contains(&(jiff::Timestamp::now().as_second() - iat)), "it begins now: {iat}");
        json!({ "sub": "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77", "iat": iat, "exp": iat + 600, "aud": "https://acme-api.wicketcloud.com" })
    };
    let usual = claims(&[]);
    assert_eq!(usual, expected(&usual));
    let issued = claims(&[("issuer", "https://www.example.com")]);
    let mut with_issuer = expected(&issued);
    with_issuer["iss"] = "https://www.example.com".into();
    assert_eq!(issued, with_issuer);
}
