//! Arlo: XML, links that may be expanded, changes by diff.

use super::*;

#[test]
fn contacts_are_listed_by_the_next_link_among_the_items() {
    let arlo = opened("arlo.contacts", "arlo/list");
    let (end, contacts) = arlo.list("contacts", &["id", "email", "address.city"], None);
    arlo.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!((contacts.len(), &contacts[0]["Email"]), (2, &Json::from("jeanne.martin@example.com")));
}

#[test]
fn registrations_are_listed_since_a_time() {
    let arlo = opened("arlo.contacts", "arlo/since");
    let (end, registrations) = arlo.list("registrations", &["id"], Some("2025-03-02T09:00:00Z"));
    arlo.script.content();
    assert_eq!((end, registrations.len()), (End::Delta, 1));
}

#[test]
fn a_contact_is_found_with_its_quotes_doubled() {
    let arlo = opened("arlo.contacts", "arlo/find");
    assert_eq!(arlo.find("contacts", "email", "o'neill@example.com", &[]).unwrap(), Vec::<Json>::new());
    arlo.script.content();
}

#[test]
fn a_merged_contact_is_the_one_that_is_left() {
    let arlo = opened("arlo.contacts", "arlo/merged");
    let got = arlo.get("contacts", Value::Int(54), &["email"]).unwrap();
    arlo.script.content();
    let GetResult::Merged { id, record } = got else { panic!("{got:?}") };
    assert_eq!(id, Value::Int(53));
    assert_eq!(serde_json::from_slice::<Json>(&record.json).unwrap()["FirstName"], "Jeanne");
}

#[test]
fn a_contact_is_made() {
    let arlo = opened("arlo.contacts", "arlo/create");
    let values = [
        ("first_name", text("Jeanne")),
        ("last_name", text("Martin & Roux")),
        ("email", text("jeanne.martin@example.com")),
        ("code", text("00057")),
    ];
    assert_eq!(arlo.create("contacts", &values).unwrap().id, Some(Value::Int(53)));
    arlo.script.content();
}

/// An existing element is replaced or removed, and a missing one is added.
#[test]
fn a_contact_is_changed_by_a_diff_of_what_it_is() {
    let arlo = opened("arlo.contacts", "arlo/update");
    let values = [
        ("email", text("j.martin@example.com")),
        ("phone_work", text("+33100000000")),
        ("phone_home", Value::Null),
        ("phone_mobile", Value::Null),
    ];
    arlo.update("contacts", Value::Int(53), &values).unwrap();
    arlo.script.content();
}

#[test]
fn sub_resources_are_changed_alone() {
    let arlo = opened("arlo.contacts", "arlo/parts");
    let part = |name: &str| arlo.system().collections[0].parts.iter().position(|part| part.name == name).unwrap();
    let write = |name: &str, values: &[(&str, Value)]| {
        arlo.write("contacts", WriteKind::Part(part(name)), Some(Value::Int(53)), values, None).unwrap()
    };
    write("address", &[("address.city", text("Perth")), ("address.postcode", text("6000")), ("address.line_2", Value::Null)]);
    write("custom", &[("custom.MemberTier", text("Fellow"))]);
    write("custom", &[("custom.MemberTier", text("Member"))]);
    arlo.script.content();
}

#[test]
fn organisations_are_read_whole() {
    let arlo = opened("arlo.organisations", "arlo/organisations");
    let (end, all) = arlo.list("organisations", &["id", "name", "custom.WicketOrgId"], None);
    arlo.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(all.len(), 1);
}

#[test]
fn contacts_are_listed_since_a_time() {
    let arlo = opened("arlo.contacts", "arlo/contacts_since");
    let (end, contacts) = arlo.list("contacts", &["id", "email"], Some("2025-03-02T09:00:00Z"));
    arlo.script.content();
    assert_eq!((end, contacts.len()), (End::Delta, 1));
}

/// A single contact is expanded by the end of the path alone.
#[test]
fn a_contact_is_read_with_what_hangs_on_it() {
    let arlo = opened("arlo.contacts", "arlo/get");
    let asked = ["email", "employment.title", "address.city", "custom.MemberTier"];
    let GetResult::Record(contact) = arlo.get("contacts", Value::Int(53), &asked).unwrap() else { panic!("it is there") };
    let contact = String::from_utf8(contact.json.to_vec()).unwrap();
    assert!(contact.contains("Lead") && contact.contains("Paris") && contact.contains("Fellow"), "{contact}");
    assert_eq!(arlo.get("contacts", Value::Int(99), &["email"]).unwrap(), GetResult::Gone);
    arlo.script.content();
}

#[test]
fn an_employment_is_changed_alone() {
    let arlo = opened("arlo.contacts", "arlo/employment");
    let values = [("employment.title", text("Lead")), ("employment.department", text("R & D")), ("employment.branch", Value::Null)];
    arlo.write_part("contacts", "employment", Value::Int(53), &values, None);
    arlo.script.content();
}

#[test]
fn an_organisation_and_what_hangs_on_it_are_changed() {
    let arlo = opened("arlo.organisations", "arlo/organisation");
    let address = [("address.postcode", text("69001")), ("address.line_1", text("1 rue Exemple")), ("address.city", text("Lyon"))];
    arlo.write_part("organisations", "address", Value::Int(7), &address, None);
    arlo.update("organisations", Value::Int(7), &[("name", text("Acme <France>")), ("phone", Value::Null)]).unwrap();
    arlo.write_part("organisations", "custom", Value::Int(7), &[("custom.WicketOrgId", Value::Null)], None);
    arlo.script.content();
}

#[test]
fn the_fields_of_a_platform_are_described() {
    let arlo = opened("arlo.contacts", "arlo/describe");
    for collection in ["contacts", "organisations"] {
        let found = arlo.discover(collection);
        assert_eq!(found.attributes.iter().map(|one| (one.name.as_str(), one.ty.as_str())).collect::<Vec<_>>(), [("MemberTier", "String")]);
        assert_eq!(found.left_out[0].0, "Photo");
    }
    arlo.script.content();
}

#[test]
fn a_registration_is_read_with_contact_and_event() {
    let arlo = opened("arlo.registrations", "arlo/registration");
    let GetResult::Record(registration) = arlo.get("registrations", Value::Int(987), &["status", "event_code"]).unwrap() else {
        panic!("it is there")
    };
    arlo.script.content();
    assert!(String::from_utf8(registration.json.to_vec()).unwrap().contains("EVT-12"));
}

/// After a person's consent: a token from the refresh token, then the same requests with it.
#[test]
fn a_refresh_token_signs_in() {
    let settings: &[(&str, &str)] = &[("sign_in", "oauth"), ("client_id", "arlo-client")];
    let arlo = opened_with("arlo.contacts", "arlo/oauth", settings);
    arlo.verified().unwrap();
    arlo.script.content();
}
