//! Wicket's people to contacts of Arlo: only people who have an account there.

use super::{super::lines, Given, given};
use serde_json::{Value as Json, json};

const PIPELINE: &str = "wicket_people_to_arlo";
const ALL: &str = "[env.production.wicket_people_to_arlo]\nperson_fields = [\"address\", \"phone\", \"membership\", \"title\"]\nmembership_field = \"MemberTier\"\n";

impl Given {
    /// A person with a phone, an address, a title and a membership.
    fn member(&self, given: &str, family: &str, email: &str) -> String {
        let mut wicket = self.wicket.vendor();
        let id = wicket.person(given, family, email);
        wicket.store.change(&id, |own| own["job_title"] = "Analyst".into());
        wicket.point("phones", &id, json!({ "type": "work", "number": "+33100000000", "primary": true }));
        let address = json!({ "type": "work", "address1": "1 rue Exemple", "address2": null, "city": "Paris", "state_name": "IDF",
            "zip_code": "75001", "country_code": "FR", "primary": true, "mailing": true });
        wicket.point("addresses", &id, address);
        drop(wicket);
        self.membership(&id, "Fellow", Json::Null);
        id
    }

    fn membership(&self, person: &str, tier: &str, ends_at: Json) {
        let mut wicket = self.wicket.vendor();
        let tier = wicket.store.insert("memberships", json!({ "name": tier }), None, Vec::new());
        let to = vec![("person", "people", person.to_owned()), ("membership", "memberships", tier)];
        wicket.store.insert("person_memberships", json!({ "starts_at": "2025-01-01T00:00:00.000Z", "ends_at": ends_at }), None, to);
    }
}

impl Given {
    /// The writes to Arlo; `TIER` replaces the link to the definition of the field.
    fn told(&self) -> Vec<String> {
        let href = self.arlo.vendor().store.description("contacts", "MemberTier").map(|one| one.href()).unwrap_or_default();
        let link = format!(r#"<Link rel="http://schemas.arlo.co/api/2012/02/auth/related/FieldDescription" href="{href}"/>"#);
        self.to_arlo().iter().map(|line| line.replace(&link, "TIER")).collect()
    }
}

/// All values of a person are written to the contact with the primary address; a person without an account waits, and none is created.
#[test]
fn who_has_an_account_is_brought_up_to_date() {
    let given = given(ALL);
    given.member("Jeanne", "Martin", "jeanne.martin@example.com");
    given.member("Paul", "Durand", "paul.durand@example.com");
    given.contact(53, "Jeanne", "Martin", "Jeanne.Martin@example.com");
    let first = given.publish(PIPELINE);
    assert_eq!((first.count("result", "updated"), first.count("result", "written")), (1, 1), "{first:?}");
    let expected = r#"
        PATCH contacts/53/ <diff><add sel="Contact"><PhoneWork>+33100000000</PhoneWork></add></diff>
        PATCH contacts/53/customfields/ <diff><add sel="CustomFields"><Field><Name>MemberTier</Name><Value><String>Fellow</String></Value>TIER</Field></add></diff>
        PATCH contacts/53/employment/ <diff><add sel="Employment"><Position>Analyst</Position></add></diff>
        PATCH contacts/53/postaladdress/ <diff><add sel="PostalAddress"><StreetLine1>1 rue Exemple</StreetLine1></add><add sel="PostalAddress"><City>Paris</City></add><add sel="PostalAddress"><StateOrProvince>IDF</StateOrProvince></add><add sel="PostalAddress"><PostCode>75001</PostCode></add><add sel="PostalAddress"><Country>FR</Country></add></diff>
    "#;
    assert_eq!(given.told(), lines(expected));
    let second = given.fixture.counterpart(&["plan", PIPELINE]);
    assert_eq!((second.code, second.keys("waiting").len(), second.keys("update")), (0, 1, Vec::new()), "{second:?}");
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_arlo(), given.to_wicket()), (0, Vec::new(), Vec::new()));
    given.contact(54, "Paul", "Durand", "paul.durand@example.com");
    let third = given.run(PIPELINE);
    assert_eq!((third.count("result", "updated"), given.told().len()), (1, 4), "who has signed in is found: {third:?}");
}

#[test]
fn a_day_of_changes_in_wicket() {
    let given = given(ALL);
    let people = (53..).zip(["Jeanne", "Ann", "Leo", "Mia"]).map(|(id, first)| {
        let mail = format!("{first}@example.com");
        given.contact(id, first, "Martin", &mail);
        given.member(first, "Martin", &mail)
    });
    let people: Vec<String> = people.collect();
    given.publish(PIPELINE);
    given.arlo.forget();
    let owned = |person: &str, kind: &str| given.wicket.vendor().store.owned(kind, person).next().expect("one").id.clone();
    // Jeanne has another number, a street with two lines, a code that is too long, another title, and one more membership.
    given.membership(&people[0], "Chartered", Json::Null);
    let (phone, address) = (owned(&people[0], "phones"), owned(&people[0], "addresses"));
    let change = |id: &str, name: &str, value: Json| given.wicket.vendor().store.change(id, |own| own[name] = value);
    change(&phone, "number", "+33100000001".into());
    change(&address, "address2", "Bâtiment B & C".into());
    change(&address, "zip_code", "CEDEX 75001 PARIS FRANCE".into());
    change(&people[0], "job_title", "Lead".into());
    // Ann has no phone and, from today on, no membership; a missing address or title in Wicket removes none in Arlo.
    let gone = [owned(&people[1], "phones"), owned(&people[1], "addresses")];
    gone.iter().for_each(|id| given.wicket.vendor().store.remove(id));
    change(&people[1], "job_title", Json::Null);
    let membership = given.wicket.vendor().store.of("person_memberships").nth(1).expect("Ann's").id.clone();
    change(&membership, "ends_at", "2025-06-30T00:00:00.000Z".into());
    // Leo is inactive; Mia has two accounts now.
    change(&people[2], "status", "inactive".into());
    change(&people[2], "job_title", "Lead".into());
    given.contact(57, "Mia", "Martin", "mia@example.com");
    let run = given.run(PIPELINE);
    assert_eq!(["updated", "out_of_scope", "written"].map(|name| run.count("result", name)), [2, 1, 2], "{run:?}");
    let expected = r#"
        PATCH contacts/53/ <diff><replace sel="Contact/PhoneWork/text()[1]">+33100000001</replace></diff>
        PATCH contacts/53/customfields/ <diff><replace sel="CustomFields/Field[Name='MemberTier']/Value/String/text()[1]">Chartered, Fellow</replace></diff>
        PATCH contacts/53/employment/ <diff><replace sel="Employment/Position/text()[1]">Lead</replace></diff>
        PATCH contacts/53/postaladdress/ <diff><add sel="PostalAddress"><StreetLine2>Bâtiment B &amp; C</StreetLine2></add><replace sel="PostalAddress/PostCode/text()[1]">CEDEX 75001 PARI</replace></diff>
        PATCH contacts/54/ <diff><remove sel="Contact/PhoneWork" /></diff>
        PATCH contacts/54/customfields/ <diff><remove sel="CustomFields/Field[Name='MemberTier']" /></diff>
    "#;
    assert_eq!(given.told(), lines(expected));
    assert_eq!((given.run(PIPELINE).count("result", "written"), given.to_arlo(), given.to_wicket()), (0, Vec::new(), Vec::new()));
}

/// Two contacts with one address: a person decides which one is meant.
#[test]
fn an_address_that_two_contacts_have_holds_the_person() {
    let given = given(ALL);
    given.member("Jeanne", "Martin", "jeanne@example.com");
    [53, 54].iter().for_each(|id| given.contact(*id, "Jeanne", "Martin", "jeanne@example.com"));
    let first = given.publish(PIPELINE);
    assert_eq!((first.count("result", "needs_attention"), given.to_arlo()), (1, Vec::new()), "{first:?}");
}

#[test]
fn what_flows_is_a_setting() {
    let fields = |fields: &str, more: &str| format!("[env.production.wicket_people_to_arlo]\nperson_fields = {fields}\n{more}");
    let wrote = |setting: &str| {
        let given = given(setting);
        given.member("Jeanne", "Martin", "jeanne@example.com");
        given.contact(53, "Jeanne", "Martin", "jeanne@example.com");
        given.publish(PIPELINE);
        given.to_arlo().iter().map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(wrote(&fields(r#"["phone"]"#, "")), ["contacts/53/"]);
    assert_eq!(wrote(&fields(r#"["title", "address"]"#, "")), ["contacts/53/employment/", "contacts/53/postaladdress/"]);
    assert_eq!(wrote(&fields(r#"["membership"]"#, "membership_field = \"MemberTier\"\n")), ["contacts/53/customfields/"]);
    let refused = |setting: &str, says: &str| {
        let given = given(setting);
        let plan = given.fixture.counterpart(&["plan", PIPELINE]);
        assert!(plan.code == 2 && plan.err.contains(says), "{plan:?}");
        assert_eq!(given.to_arlo(), Vec::<String>::new());
    };
    refused(&fields(r#"["membership"]"#, ""), "choose an Arlo field for the membership");
    refused(&fields(r#"["membership"]"#, "membership_field = \"Nothing\"\n"), "`arlo.contacts` has no such attribute");
    refused(&fields(r#"["shoe size"]"#, ""), "shoe size");
}

/// A field that is no longer chosen keeps its value. When it is chosen again, later edits are left alone.
#[test]
fn a_field_that_is_no_longer_chosen_is_left_alone() {
    let chosen = |fields: &str| format!("person_fields = [{fields}]");
    let given = given(&format!("[env.production.wicket_people_to_arlo]\n{}\n", chosen("\"phone\"")));
    let choose = |from: &str, to: &str| {
        let config = given.fixture.project.read("counterpart.toml").replacen(&chosen(from), &chosen(to), 1);
        given.fixture.project.write("counterpart.toml", config);
    };
    let phone = || given.arlo.vendor().store.get_mut("contacts", 53).expect("a contact").own.text_of("PhoneWork").to_owned();
    given.member("Jeanne", "Martin", "jeanne@example.com");
    given.contact(53, "Jeanne", "Martin", "jeanne@example.com");
    given.publish(PIPELINE);
    given.to_arlo();
    choose("\"phone\"", "\"title\"");
    given.publish(PIPELINE);
    assert_eq!((given.to_arlo().len(), phone().as_str()), (1, "+33100000000"), "the title alone");
    given.edit(53, "PhoneWork", "+33222222222");
    choose("\"title\"", "\"phone\", \"title\"");
    given.publish(PIPELINE);
    assert_eq!((given.to_arlo(), phone().as_str()), (Vec::<String>::new(), "+33222222222"));
}

#[test]
fn each_half_is_switched_off_by_itself() {
    let off = |settings: &str, paused: &str| {
        let given = given("");
        let config = given.fixture.project.read("counterpart.toml").replacen("integration = true\n", settings, 1);
        given.fixture.project.write("counterpart.toml", config);
        given.contact(53, "Jeanne", "Martin", "jeanne@example.com");
        let run = given.fixture.counterpart(&["run", paused]);
        let asked = given.wicket.lines().len() + given.arlo.lines().len();
        (run.err, asked)
    };
    for (settings, paused) in [
        ("integration = true\noutbound = false\n", PIPELINE),
        ("integration = true\ninbound = false\n", "arlo_contacts_to_wicket"),
        ("integration = false\n", PIPELINE),
        ("integration = false\n", "arlo_contacts_to_wicket"),
    ] {
        let (said, asked) = off(settings, paused);
        assert!(said.contains("switched off by a setting") && asked == 0, "{settings} {paused}: {said}");
    }
    let (said, _) = off("integration = true\ninbound = false\nsingle_sign_on = true\n", "arlo_contacts_to_wicket");
    assert!(said.contains("inbound stays on while single sign-on relies on it"), "{said}");
}
