//! Wicket's organisations to Arlo's, by the UUID in a custom field that the administrator chose.

use super::{super::lines, given};
use serde_json::json;

pub(super) const PIPELINE: &str = "wicket_organisations_to_arlo";
pub(super) const SETTINGS: &str = "[env.production.wicket_organisations_to_arlo]\nuuid_field = \"WicketOrgId\"\n";

impl super::Given {
    /// An organisation with a phone and an address.
    fn organisation(&self, name: &str) -> String {
        let mut wicket = self.wicket.vendor();
        let slug = name.to_lowercase();
        let id = wicket.store.insert("organizations", json!({ "legal_name": name, "slug": slug, "type": "company" }), None, Vec::new());
        wicket.point("phones", &id, json!({ "type": "work", "number": "+33122222222", "primary": true }));
        let address = json!({ "type": "work", "address1": "2 rue Exemple", "address2": null, "city": "Lyon", "state_name": null,
            "zip_code": "69001", "country_code": "FR", "primary": true, "mailing": true });
        wicket.point("addresses", &id, address);
        id
    }

    pub(super) fn in_arlo(&self, id: u64, name: &str, uuid: &str) {
        let mut arlo = self.arlo.vendor();
        arlo.store.insert("organisations", id, &[("Name", name)]);
        if !uuid.is_empty() {
            arlo.set_custom("organisations", id, "WicketOrgId", &[uuid]);
        }
    }
}

#[test]
fn organisations_are_found_by_the_uuid_in_a_field() {
    let given = given(SETTINGS);
    let acme = given.organisation("Acme");
    let waiting = given.organisation("Other");
    given.in_arlo(7, "Acme Limited", &acme);
    given.in_arlo(8, "Other", "");
    let first = given.publish(PIPELINE);
    assert_eq!((first.count("result", "updated"), first.count("result", "nothing_to_do")), (1, 1), "{first:?}");
    let expected = r#"
        PATCH organisations/7/ <diff><add sel="Organisation"><PhonePrimary>+33122222222</PhonePrimary></add></diff>
        PATCH organisations/7/postaladdress/ <diff><add sel="PostalAddress"><StreetLine1>2 rue Exemple</StreetLine1></add><add sel="PostalAddress"><City>Lyon</City></add><add sel="PostalAddress"><PostCode>69001</PostCode></add><add sel="PostalAddress"><Country>FR</Country></add></diff>
    "#;
    assert_eq!((given.to_arlo(), given.to_wicket()), (lines(expected), Vec::new()));
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_arlo()), (0, Vec::new()));
    let plan = given.fixture.counterpart(&["plan", PIPELINE]);
    assert_eq!(plan.keys("waiting"), [waiting.as_str()], "a name is no link: {plan:?}");
}

/// The field gets its value; an address changes, and a phone is removed.
#[test]
fn a_day_of_changes() {
    let given = given(SETTINGS);
    let (acme, other) = (given.organisation("Acme"), given.organisation("Other"));
    given.in_arlo(7, "Acme", &acme);
    given.in_arlo(8, "Other", "");
    (9..12).for_each(|id| given.in_arlo(id, "Same", &given.organisation("Same")));
    given.publish(PIPELINE);
    given.arlo.forget();
    let owned = |kind: &str| given.wicket.vendor().store.owned(kind, &acme).next().expect("one").id.clone();
    let (phone, address) = (owned("phones"), owned("addresses"));
    given.wicket.vendor().store.remove(&phone);
    given.wicket.vendor().store.change(&address, |own| own["city"] = "Paris".into());
    given.wicket.vendor().store.change(&address, |own| own["zip_code"] = serde_json::Value::Null);
    given.arlo.vendor().set_custom("organisations", 8, "WicketOrgId", &[&other]);
    let run = given.run(PIPELINE);
    let expected = r#"
        PATCH organisations/7/ <diff><remove sel="Organisation/PhonePrimary" /></diff>
        PATCH organisations/7/postaladdress/ <diff><replace sel="PostalAddress/City/text()[1]">Paris</replace><remove sel="PostalAddress/PostCode" /></diff>
        PATCH organisations/8/ <diff><add sel="Organisation"><PhonePrimary>+33122222222</PhonePrimary></add></diff>
        PATCH organisations/8/postaladdress/ <diff><add sel="PostalAddress"><StreetLine1>2 rue Exemple</StreetLine1></add><add sel="PostalAddress"><City>Lyon</City></add><add sel="PostalAddress"><PostCode>69001</PostCode></add><add sel="PostalAddress"><Country>FR</Country></add></diff>
    "#;
    assert_eq!((run.count("result", "updated"), given.to_arlo()), (2, lines(expected)), "{run:?}");
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_arlo()), (0, Vec::new()));
}

/// A field that Arlo no longer has stops the pipeline before anything is written, and the message names it.
#[test]
fn a_field_that_is_gone_stops_the_pipeline() {
    let given = given(SETTINGS);
    let acme = given.organisation("Acme");
    given.in_arlo(7, "Acme", &acme);
    given.publish(PIPELINE);
    given.arlo.forget();
    given.arlo.vendor().store.descriptions.retain(|one| one.place != "organisations");
    let settings = given.fixture.counterpart(&["settings", PIPELINE, "uuid_field"]);
    let run = given.fixture.counterpart(&["run", PIPELINE]);
    println!("{settings:?} {run:?}");
    assert_eq!(given.to_arlo(), Vec::<String>::new());
}

/// 1,000 organisations at 250 a page: four requests find them all, however many have no counterpart.
#[test]
fn many_organisations_take_few_requests() {
    let given = given(SETTINGS);
    for number in 0..1000_u64 {
        let id = given.wicket.vendor().store.insert("organizations", json!({ "legal_name": format!("O {number}") }), None, Vec::new());
        given.in_arlo(number + 1, "O", if number % 2 == 0 { &id } else { "" });
    }
    let plan = given.fixture.counterpart(&["plan", PIPELINE]);
    assert_eq!((plan.code, plan.keys("waiting").len()), (0, 500), "{}", plan.err);
    let lists = given.arlo.lines().iter().filter(|line| line.contains("/organisations/?top=250")).count();
    assert_eq!((lists, given.to_arlo()), (4, Vec::new()));
}
