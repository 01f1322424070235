//! The seed data of integration C: members and organisations of Wicket, contacts, organisations and registrations of Arlo.

use super::lines;
use serde_json::{Value as Json, json};

const RELATED: &str = "http://schemas.arlo.co/api/2012/02/auth/related";

/// The part that a person plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// In both systems, with equal values.
    Settled,
    /// In both; Arlo lacks the phone and has an old address.
    Behind,
    /// Only in Wicket: waits for the first sign-in.
    Waiting,
    /// Only in Arlo: becomes a person of Wicket.
    Learner,
    /// Only in Arlo, and archived.
    Archived,
    /// In Wicket without an e-mail address.
    NoAddress,
    /// Inactive in Wicket, with an Arlo contact.
    Inactive,
}

use Part as P;

const PARTS: &[(Part, usize)] =
    &[(P::Settled, 10), (P::Behind, 4), (P::Waiting, 5), (P::Learner, 3), (P::Archived, 1), (P::NoAddress, 1), (P::Inactive, 1)];

const FIRST: &[&str] = &["Aroha", "Ben", "Caitlin", "Dev", "Emma", "Finn", "Georgia", "Hemi", "Isla", "Jack", "Kiri"];
const LAST: &[&str] = &["Anderson", "Brown", "Clarke", "Davis", "Evans", "Fraser", "Green", "Harris", "Ihaka"];
const TITLES: &[&str] = &["Nurse", "Engineer", "Teacher", "Planner"];
const CITIES: &[(&str, &str, &str)] =
    &[("Auckland", "Auckland", "1010"), ("Wellington", "Wellington", "6011"), ("Christchurch", "Canterbury", "8011")];

/// One person.
#[derive(Clone, Debug)]
struct Person {
    number: usize,
    part: Part,
    /// Another number and another street than on the first day.
    moved: bool,
    married: bool,
    /// The time of the last change of the record in either system.
    changed: &'static str,
}

fn people() -> Vec<Person> {
    let parts = PARTS.iter().flat_map(|(part, count)| std::iter::repeat_n(*part, *count));
    parts.enumerate().map(|(at, part)| Person::new(at + 1, part)).collect()
}

/// The change of the next day in Wicket: a person has moved.
fn moved_in_wicket() -> Person {
    Person { moved: true, ..Person::new(1, P::Settled).now() }
}

/// The changes of the next day in Arlo: a new number, a new name, a first sign-in of a person who waited, and a new person.
fn changed_in_arlo() -> [Json; 4] {
    let married = Person { married: true, ..Person::new(21, P::Learner).now() };
    let mut moved = Person::new(20, P::Learner).now().arlo();
    moved["PhoneWork"] = json!("+6421199999");
    let mut signed_in = Person::new(15, P::Waiting).now().arlo();
    signed_in["Link"] = json!([signed_in["Link"][0].take()]);
    signed_in.as_object_mut().expect("a record").remove("PhoneWork");
    [moved, married.arlo(), signed_in, Person::new(26, P::Learner).now().arlo()]
}

fn uuid(kind: u32, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

impl Person {
    const fn new(number: usize, part: Part) -> Self {
        Self { number, part, moved: false, married: false, changed: "2025-03-02T09:00:00.000Z" }
    }

    /// Changed when the record is loaded.
    fn now(self) -> Self {
        Self { changed: "{now}", ..self }
    }

    fn first(&self) -> &'static str {
        FIRST[self.number % FIRST.len()]
    }

    fn last(&self) -> &'static str {
        if self.married { "Tane" } else { LAST[self.number % LAST.len()] }
    }

    fn email(&self) -> String {
        format!("{}.{}{}@example.com", self.first(), LAST[self.number % LAST.len()], self.number).to_lowercase()
    }

    fn phone(&self) -> String {
        format!("+6421{:06}", if self.moved { 200_000 } else { 100_000 } + self.number * 37)
    }

    fn street(&self) -> String {
        format!("{} {} Street", self.number, if self.moved { "King" } else { "Queen" })
    }

    fn in_wicket(&self) -> bool {
        !matches!(self.part, P::Learner | P::Archived)
    }

    fn in_arlo(&self) -> bool {
        !matches!(self.part, P::Waiting | P::NoAddress)
    }

    fn tier(&self) -> Option<&'static str> {
        [Some("Fellow"), Some("Member"), None][self.number % 3]
    }

    fn contact_id(&self) -> usize {
        50 + self.number
    }

    /// As Wicket's API returns it, with included resources in place.
    fn wicket(&self) -> Json {
        let (city, state, code) = CITIES[self.number % CITIES.len()];
        let emails = json!([{ "type": "emails", "id": uuid(0xe0, self.number),
            "attributes": { "address": self.email(), "primary": true, "unique": true, "type": "work" } }]);
        json!({
            "type": "people", "id": uuid(0x9b1f, self.number),
            "attributes": {
                "given_name": self.first(), "family_name": self.last(), "full_name": format!("{} {}", self.first(), self.last()),
                "job_title": TITLES[self.number % TITLES.len()], "language": "en",
                "status": if self.part == P::Inactive { "inactive" } else { "active" }, "tags": [],
                "created_at": "2024-09-07T10:20:06.000Z", "updated_at": self.changed,
                "data_fields": [{ "schema_slug": "profile", "version": 1, "value": { "chapter": city } }],
            },
            "relationships": {
                "emails": { "data": if self.part == P::NoAddress { json!([]) } else { emails } },
                "phones": { "data": [{ "type": "phones", "id": uuid(0xf0, self.number), "attributes": { "number": self.phone(), "primary": true, "type": "work" } }] },
                "addresses": { "data": [{ "type": "addresses", "id": uuid(0xad, self.number), "attributes": {
                    "type": "work", "address1": self.street(), "city": city, "state_name": state, "zip_code": code, "country_code": "NZ", "primary": true } }] },
            },
        })
    }

    /// As Arlo's API returns it, with XML read as JSON.
    fn arlo(&self) -> Json {
        let (city, state, code) = CITIES[self.number % CITIES.len()];
        let here = format!("https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/{}/", self.contact_id());
        let behind = self.part == P::Behind;
        let street = if behind { "Old Road 1".to_owned() } else { self.street() };
        let mut contact = json!({
            "ContactID": self.contact_id().to_string(), "UniqueIdentifier": uuid(0x5f1c, self.number), "FirstName": self.first(), "LastName": self.last(),
            "Email": self.email(), "CodePrimary": format!("{:05}", self.number), "Status": if self.part == P::Archived { "Inactive" } else { "Active" },
            "CreatedDateTime": "2024-09-07T10:20:06.583Z", "LastModifiedDateTime": self.changed,
            "Link": [
                { "@rel": "self", "@type": "application/xml", "@href": here },
                { "@rel": format!("{RELATED}/PostalAddress"), "@type": "application/xml", "@title": "PostalAddress", "@href": format!("{here}postaladdress/"),
                    "PostalAddress": { "StreetLine1": street, "City": city, "StateOrProvince": state, "PostCode": code, "Country": "NZ" } },
                { "@rel": format!("{RELATED}/Employment"), "@type": "application/xml", "@title": "Employment", "@href": format!("{here}employment/"), "Employment": {} },
                { "@rel": format!("{RELATED}/CustomFields"), "@type": "application/xml", "@title": "CustomFields", "@href": format!("{here}customfields/"), "CustomFields": {} },
            ],
        });
        if !behind {
            contact["PhoneWork"] = json!(self.phone());
        }
        contact
    }

    fn membership(&self, at: u32, tier: &str, ends: Json) -> Json {
        json!({ "type": "person_memberships", "id": uuid(0x3e00 + at, self.number), "attributes": { "starts_at": "2024-01-01T00:00:00Z", "ends_at": ends },
            "relationships": { "person": { "data": { "type": "people", "id": uuid(0x9b1f, self.number) } },
                "membership": { "data": { "type": "memberships", "id": tier.to_lowercase(), "attributes": { "name": tier } } } } })
    }

    fn memberships(&self) -> Vec<Json> {
        let mut all: Vec<Json> = self.tier().map(|tier| self.membership(1, tier, Json::Null)).into_iter().collect();
        if self.number.is_multiple_of(5) {
            all.push(self.membership(2, "Student", json!("2024-12-31T00:00:00Z")));
        }
        all
    }
}

const ORGANISATIONS: usize = 6;

fn organisation(number: usize, street: &str) -> Json {
    let (city, state, code) = CITIES[number % CITIES.len()];
    json!({
        "type": "organizations", "id": uuid(0x3f0a, number), "attributes": { "legal_name": format!("Example Hospital {number}"), "slug": format!("example-{number}"), "type": "employer" },
        "relationships": {
            "phones": { "data": [{ "type": "phones", "id": uuid(0xf1, number), "attributes": { "number": format!("+649555{number:04}"), "primary": true } }] },
            "addresses": { "data": [{ "type": "addresses", "id": uuid(0xae, number), "attributes": {
                "address1": format!("{number} {street}"), "city": city, "state_name": state, "zip_code": code, "country_code": "NZ", "primary": true } }] },
        },
    })
}

/// The last one of Wicket's is not in Arlo, and one of Arlo's has no UUID.
fn arlo_organisation(number: usize) -> Json {
    let (city, state, code) = CITIES[number % CITIES.len()];
    let here = format!("https://acme.arlo.co/api/2012-02-01/auth/resources/organisations/{}/", 500 + number);
    let field = json!({ "Field": [{ "Name": "WicketOrgId", "Value": { "String": uuid(0x3f0a, number) }, "Link": { "@rel": "http://schemas.arlo.co/api/2012/02/auth/related/FieldDescription", "@type": "application/xml", "@title": "FieldDescription", "@href": FIELD } }] });
    let street = if number == 2 { "Old Road 2".to_owned() } else { format!("{number} Hospital Road") };
    json!({
        "OrganisationID": (500 + number).to_string(), "UniqueIdentifier": uuid(0x0a00, number), "Name": format!("Example Hospital {number}"),
        "PhonePrimary": if number == 3 { "0800 000".to_owned() } else { format!("+649555{number:04}") },
        "Link": [
            { "@rel": "self", "@type": "application/xml", "@href": here },
            { "@rel": format!("{RELATED}/PostalAddress"), "@type": "application/xml", "@title": "PostalAddress", "@href": format!("{here}postaladdress/"),
                "PostalAddress": { "StreetLine1": street, "City": city, "StateOrProvince": state, "PostCode": code, "Country": "NZ" } },
            { "@rel": format!("{RELATED}/CustomFields"), "@type": "application/xml", "@title": "CustomFields", "@href": format!("{here}customfields/"),
                "CustomFields": if number == 5 { json!({}) } else { field } },
        ],
    })
}

/// The description of the custom field with the UUID.
const FIELD: &str = "https://acme.arlo.co/api/2012-02-01/auth/resources/fielddescriptions/8c3a0000-0000-4000-8000-000000000001/";

/// The contact, the status, the attendance, and whether it is an event or an online activity.
type Booking = (usize, &'static str, &'static str, bool);

/// A registration and its state.
const REGISTRATIONS: &[Booking] = &[
    (1, "Approved", "Unknown", true),
    (2, "Completed", "Attended", true),
    (3, "Approved", "Attended", true),
    (4, "Cancelled", "Unknown", true),
    (5, "PendingApproval", "Unknown", true),
    (20, "Completed", "Attended", false),
    (21, "Approved", "DidNotAttended", true),
];

/// The registrations of the next day: one was attended, and one was cancelled.
const NEXT_DAY: &[(usize, Booking)] = &[
    (980, (1, "Completed", "Attended", true)),
    (986, (21, "Cancelled", "DidNotAttended", true)),
    (987, (15, "Approved", "Unknown", true)),
];

fn registration((person, status, attendance, event): Booking, number: usize, changed: &str) -> Json {
    let resources = "https://acme.arlo.co/api/2012-02-01/auth/resources";
    let what = if event { "Event" } else { "OnlineActivity" };
    let mut record = json!({
        "RegistrationID": number.to_string(), "UniqueIdentifier": uuid(0xb80d, number), "Attendance": attendance, "Outcome": if status == "Completed" { "Pass" } else { "Unknown" },
        "Status": status, "CreatedDateTime": "2025-02-01T08:00:00.000Z", "LastModifiedDateTime": changed,
        "Link": [
            { "@rel": format!("{RELATED}/Contact"), "@type": "application/xml", "@title": "Contact", "@href": format!("{resources}/contacts/{}/", 50 + person),
                "Contact": { "ContactID": (50 + person).to_string() } },
            { "@rel": format!("{RELATED}/{what}"), "@type": "application/xml", "@title": what, "@href": format!("{resources}/{}/12/", what.to_lowercase()),
                what: { "Code": if event { "EVT-12" } else { "ONL-3" }, "Name": if event { "Safety 101" } else { "Privacy Basics" } } },
        ],
    });
    if status == "Completed" {
        record["CompletedDateTime"] = json!("2025-03-02T17:00:00+13:00");
        record["Grade"] = json!("A");
    }
    record
}

/// The files of integration C by their path in the seed's folder.
pub fn files() -> Vec<(&'static str, String)> {
    let all = people();
    let registrations = REGISTRATIONS
        .iter()
        .zip(980..)
        .map(|(one, number)| registration(*one, number, &format!("2025-03-02T04:{:02}:00.000Z", number % 60)));
    let service = json!({ "type": "services", "id": uuid(0x6a90, 1), "attributes": { "name": "Training", "status": "active" } });
    vec![
        ("wicket.people.jsonl", lines(all.iter().filter(|one| one.in_wicket()).map(Person::wicket))),
        ("wicket.person_memberships.jsonl", lines(all.iter().filter(|one| one.in_wicket()).flat_map(Person::memberships))),
        ("wicket.organisations.jsonl", lines((1..=ORGANISATIONS).map(|number| organisation(number, "Hospital Road")))),
        ("wicket.services.jsonl", lines(std::iter::once(service))),
        ("arlo.contacts.jsonl", lines(all.iter().filter(|one| one.in_arlo()).map(Person::arlo))),
        ("arlo.organisations.jsonl", lines((1..ORGANISATIONS).map(arlo_organisation))),
        ("arlo.registrations.jsonl", lines(registrations)),
        ("next_day/wicket.people.jsonl", lines(std::iter::once(moved_in_wicket().wicket()))),
        ("next_day/wicket.person_memberships.jsonl", lines(std::iter::once(all[2].membership(1, "Fellow", json!("{today-1}T00:00:00Z"))))),
        ("next_day/wicket.organisations.jsonl", lines(std::iter::once(organisation(1, "Harbour Road")))),
        ("next_day/arlo.contacts.jsonl", lines(changed_in_arlo().into_iter())),
        ("next_day/arlo.registrations.jsonl", lines(NEXT_DAY.iter().map(|(number, one)| registration(*one, *number, "{now}")))),
    ]
}
