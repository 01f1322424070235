//! The systems of the integrations, read as their vendors answer. Bodies in the shapes that the vendors document.

use super::{
    declared::{ask, collection, opened, read, shown, vendor},
    *,
};
use serde_json::{Value as Json, json};

const ARLO: &str = "https://acme.arlo.co/api/2012-02-01/auth/resources";

/// A page of Arlo's contacts (developer.arlo.co, `resources/contacts`): items and links side by side.
fn contacts(ids: &[u64], next: Option<&str>) -> String {
    let contact = |id: &u64| {
        format!(
            r#"<Link rel="http://schemas.arlo.co/api/2012/02/auth/Contact" type="application/xml" title="Contact" href="{ARLO}/contacts/{id}/">
    <Contact>
      <ContactID>{id}</ContactID>
      <UniqueIdentifier>5f1c2a8e-51b8-4d33-9b0e-9c55a0d7a901</UniqueIdentifier>
      <FirstName>Jeanne</FirstName>
      <LastName>Martin &amp; Cie</LastName>
      <Email>jeanne.martin@example.com</Email>
      <CodePrimary>00057</CodePrimary>
      <Status>Active</Status>
      <CreatedDateTime>2024-09-07T10:20:06.583Z</CreatedDateTime>
      <LastModifiedDateTime>2025-03-02T09:00:00.000+13:00</LastModifiedDateTime>
      <Link rel="self" type="application/xml" href="{ARLO}/contacts/{id}/" />
      <Link rel="http://schemas.arlo.co/api/2012/02/auth/related/PostalAddress" type="application/xml" title="PostalAddress" href="{ARLO}/contacts/{id}/postaladdress/">
        <PostalAddress><StreetLine1>1 rue Exemple</StreetLine1><City>Lyon</City></PostalAddress>
      </Link>
    </Contact>
  </Link>"#
        )
    };
    let items: String = ids.iter().map(contact).collect();
    let next = next.map(|href| format!(r#"<Link rel="next" type="application/xml" href="{href}" />"#)).unwrap_or_default();
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<Contacts>
  {items}
  <Link rel="self" type="application/xml" href="{ARLO}/contacts/?top=100&amp;expand=Contact" />
  {next}
</Contacts>"#
    )
}

#[tokio::test]
async fn arlo_contacts_by_the_links_among_them() {
    let arlo = vendor("arlo", "contacts");
    let next = format!("{ARLO}/contacts/?top=250&amp;skip=250&amp;expand=Contact");
    let standin = StandIn::new(move |at, _| Reply::ok(if at == 0 { contacts(&[53, 54], Some(&next)) } else { contacts(&[55], None) }));
    let names =
        ["id", "last_name", "email", "code", "phone_work", "status", "created_at", "last_modified", "address.city", "employment.title"];
    let pair = format!("api@example.com:{}", build::SECRET);
    let got = read(&arlo, &standin, "contacts", &ask(&arlo, "contacts", &names)).await;
    assert_eq!((got.evidence(), got.records.len(), got.read.requests), ("there was no link to another page", 3, 2));
    let sent: Vec<_> =
        standin.seen().iter().map(|seen| seen.text().replace(&crate::systems::encode::base64(pair.as_bytes()), "PAIR")).collect();
    insta::assert_snapshot!(sent.join("\n---\n"), @r##"
    GET /api/2012-02-01/auth/resources/contacts/?top=250&expand=Contact,Contact%2FEmployment,Contact%2FPostalAddress&orderby=LastModifiedDateTime%20ASC,ContactID%20ASC
    accept: application/xml
    authorization: Basic PAIR
    user-agent: counterpart/0.1.0
    ---
    GET /api/2012-02-01/auth/resources/contacts/?top=250&skip=250&expand=Contact
    accept: application/xml
    authorization: Basic PAIR
    user-agent: counterpart/0.1.0
    "##);
    let expected = [
        "53",
        "Martin & Cie",
        "jeanne.martin@example.com",
        "00057",
        "-",
        "Active",
        "2024-09-07T10:20:06.583Z",
        "2025-03-01T20:00:00Z",
        "Lyon",
        "-",
    ];
    assert_eq!(shown(&arlo, "contacts", &names, &got.records[0]), expected);
}

#[tokio::test]
async fn arlo_asks_only_for_the_parts_in_use() {
    let arlo = vendor("arlo", "contacts");
    let standin = StandIn::giving([Reply::ok(contacts(&[], None))]);
    let plain = read(&arlo, &standin, "contacts", &ask(&arlo, "contacts", &["id", "email"])).await;
    assert_eq!((plain.evidence(), plain.records.len()), ("there was no link to another page", 0));
    read(&arlo, &standin, "contacts", &ask(&arlo, "contacts", &["id", "address.city", "address.country", "employment.title"])).await;
    let expands: Vec<_> = standin.seen().iter().filter_map(|seen| seen.query("expand")).collect();
    assert_eq!(expands, ["Contact", "Contact,Contact/Employment,Contact/PostalAddress"]);
}

#[tokio::test]
async fn arlo_since_is_a_delta() {
    let arlo = vendor("arlo", "contacts");
    let standin = StandIn::giving([Reply::ok(contacts(&[53], None))]);
    let since = ReadRequest { since: Some("2025-03-02T09:00:00.123456Z".parse().unwrap()), ..ask(&arlo, "contacts", &["id"]) };
    let got = read(&arlo, &standin, "contacts", &since).await;
    assert_eq!(got.read.end, End::Delta);
    assert_eq!(standin.seen()[0].query("filter").unwrap(), "LastModifiedDateTime ge datetime('2025-03-02T09:00:00.123Z')");
}

#[tokio::test]
async fn arlo_links_that_are_not_filled_are_no_empty_list() {
    let arlo = vendor("arlo", "contacts");
    let hollow = r#"<Contacts><Link rel="http://schemas.arlo.co/api/2012/02/auth/Contact" href="x"/></Contacts>"#;
    let got = read(&arlo, &StandIn::giving([Reply::ok(hollow)]), "contacts", &ReadRequest::default()).await;
    assert!(got.reason().contains("1 of them without a record"), "{}", got.reason());
    let error = "<ApiException><Code>x</Code><Message>No such thing</Message></ApiException>";
    for (other, why) in [("<Organisations/>", "no list at"), (error, "no rule says that it was done: it says \"No such thing\"")] {
        let got = read(&arlo, &StandIn::giving([Reply::ok(other)]), "contacts", &ReadRequest::default()).await;
        assert!(got.reason().contains(why), "{}", got.reason());
    }
}

#[tokio::test]
async fn arlo_one_contact_by_its_id_and_by_its_e_mail() {
    let arlo = vendor("arlo", "contacts");
    let one = "<Contact><ContactID>53</ContactID><Email>a@example.com</Email><Link rel=\"x\"><PostalAddress><City>Lyon</City></PostalAddress></Link></Contact>";
    let found = || contacts(&[53], None).replace("jeanne.martin@", "o'neill@");
    let standin = StandIn::new(move |at, _| Reply::ok(if at == 0 { one.to_owned() } else { found() }));
    let connection = opened(&arlo, &standin);
    let wanted = ask(&arlo, "contacts", &["id", "address.city"]);
    let record = connection.get(0, &Value::Int(53), &wanted).await.unwrap().record().unwrap();
    assert_eq!(shown(&arlo, "contacts", &["id", "address.city"], std::str::from_utf8(&record).unwrap()), ["53", "Lyon"]);
    let by = arlo.collections[0].attribute("email").unwrap();
    let found = connection.find(0, by, &Value::text("o'neill@example.com"), &wanted).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(standin.seen()[1].query("filter").as_deref(), Some("Email eq 'o''neill@example.com'"), "{:?}", standin.lines());
    assert_eq!(standin.lines()[0], "GET /api/2012-02-01/auth/resources/contacts/53/?expand=PostalAddress");
}

#[tokio::test]
async fn arlo_tells_its_custom_fields() {
    let arlo = vendor("arlo", "contacts");
    let field = |name: &str, ty: &str, guid: &str| {
        format!(
            r#"<Link rel="http://schemas.arlo.co/api/2012/02/auth/FieldDescription" href="x"><FieldDescription><Name>{name}</Name>
            <ValueType><TypeName>{ty}</TypeName><IsArray>false</IsArray></ValueType>
            <Link rel="self" href="{ARLO}/fielddescriptions/{guid}/"/></FieldDescription></Link>"#
        )
    };
    let fields = [
        field("WicketOrgId", "String", "8c3a"),
        field("Say &quot;hi&quot;", "Integer", "1"),
        field("Photo", "Image", "2"),
        field("WicketOrgId", "String", "3"),
    ];
    let standin = StandIn::giving([Reply::ok(format!("<FieldDescriptions>{}</FieldDescriptions>", fields.concat()))]);
    let part = arlo.collections[0].parts.iter().position(|part| part.name == "custom").unwrap();
    let found = opened(&arlo, &standin).discover(0, Some(part)).await.unwrap();
    let discovered: Vec<_> = found.attributes.iter().map(|one| format!("{} {} {}", one.name, one.ty, one.path)).collect();
    let relation = r#"@.Link["@rel"] == "http://schemas.arlo.co/api/2012/02/auth/related/FieldDescription""#;
    assert_eq!(
        discovered,
        [
            format!(
                r#"WicketOrgId String $.Field[?@.Name == "WicketOrgId" && {relation} && @.Link["@href"] == "{ARLO}/fielddescriptions/8c3a/"].Value.String"#
            ),
            format!(
                r#"Say "hi" Integer $.Field[?@.Name == "Say \"hi\"" && {relation} && @.Link["@href"] == "{ARLO}/fielddescriptions/1/"].Value.Integer"#
            ),
        ]
    );
    assert!(found.attributes.iter().all(|one| crate::value::path::JsonPath::parse(&one.path).unwrap().is_writable()));
    let left_out: Vec<_> = found.left_out.iter().map(|(name, why)| format!("{name} {why}")).collect();
    assert_eq!(left_out, ["Photo is of the type `Image`, which the declaration does not name", "WicketOrgId is reported twice"]);
    assert_eq!(standin.lines(), ["GET /api/2012-02-01/auth/resources/contacts/describe/customfields?expand=FieldDescription"]);
    let none = opened(&arlo, &standin).discover(collection(&arlo, "registrations"), None).await.unwrap_err();
    assert_eq!(none.message, "`arlo.registrations` declares no `attributes from`");
}

/// A page of Wicket's people, as its clients read it.
fn people(ids: &[u64], total: u64, next: Option<&str>) -> Json {
    let person = |id: &u64| {
        json!({ "type": "people", "id": format!("p{id}"),
            "attributes": { "uuid": format!("p{id}"), "given_name": "Jeanne", "family_name": "Martin", "status": "active", "tags": ["a", "b"],
                "updated_at": "2025-03-02T09:00:00.000Z",
                "data_fields": [ { "schema_slug": "profile", "version": 1, "value": { "chapter": "Paris" } } ] },
            "relationships": { "emails": { "data": [ { "type": "emails", "id": format!("old{id}") }, { "type": "emails", "id": format!("e{id}") } ] },
                "phones": { "data": [] } } })
    };
    let email = |id: &u64, name: &str, primary: bool| json!({ "type": "emails", "id": format!("{name}{id}"), "attributes": { "address": format!("{name}{id}@example.com"), "primary": primary } });
    json!({ "data": ids.iter().map(person).collect::<Vec<_>>(),
        "included": ids.iter().flat_map(|id| [email(id, "old", false), email(id, "e", true)]).collect::<Vec<_>>(),
        "meta": { "page": { "number": 1, "size": 50, "total_items": total, "total_pages": 2 } },
        "links": { "self": "https://acme-api.wicketcloud.com/people?page%5Bnumber%5D=1", "next": next } })
}

#[tokio::test]
async fn wicket_people_with_their_primary_addresses() {
    let wicket = vendor("wicket", "people");
    let next = "https://acme-api.wicketcloud.com/people?page%5Bnumber%5D=2&page%5Bsize%5D=50&include=emails";
    let standin = StandIn::new(move |at, _| Reply::ok(if at == 0 { people(&[1, 2], 3, Some(next)) } else { people(&[3], 3, None) }));
    let names = ["id", "first_name", "tags", "chapter", "updated_at", "email.id", "email.address", "phone.number"];
    let got = read(&wicket, &standin, "people", &ask(&wicket, "people", &names)).await;
    assert_eq!((got.evidence(), got.read.total, got.records.len()), ("the announced total of 3 was met", Some(3), 3));
    assert_eq!(
        standin.lines(),
        [
            "GET /people?page%5Bnumber%5D=1&page%5Bsize%5D=50&include=emails,phones&sort=created_at",
            "GET /people?page%5Bnumber%5D=2&page%5Bsize%5D=50&include=emails",
        ]
    );
    assert!(standin.seen().iter().all(|seen| seen.headers.contains(&"accept: application/vnd.api+json".to_owned())));
    let list = shown(
        &wicket,
        "people",
        &["id", "first_name", "chapter", "updated_at", "email.id", "email.address", "phone.number"],
        &got.records[2],
    );
    assert_eq!(list, ["p3", "Jeanne", "Paris", "2025-03-02T09:00:00Z", "e3", "e3@example.com", "-"]);
}

#[tokio::test]
async fn wicket_that_announces_more_than_it_links_to_is_broken() {
    let wicket = vendor("wicket", "people");
    let got = read(&wicket, &StandIn::giving([Reply::ok(people(&[1, 2], 3, None))]), "people", &ReadRequest::default()).await;
    assert!(got.reason().starts_with("announced 3 and gave 2"), "{}", got.reason());
    let got = read(&wicket, &StandIn::giving([Reply::ok(people(&[], 3, None))]), "people", &ReadRequest::default()).await;
    assert!(got.reason().starts_with("announced 3 and gave 0"), "{}", got.reason());
}

#[tokio::test]
async fn wicket_memberships_are_asked_by_post_page_by_page() {
    let wicket = vendor("wicket", "person_memberships");
    let page = |ids: std::ops::Range<u64>| {
        let one = |id: u64| {
            json!({ "type": "person_memberships", "id": format!("m{id}"), "attributes": { "starts_at": "2025-01-01T00:00:00Z", "ends_at": null },
            "relationships": { "person": { "data": { "type": "people", "id": "p1" } }, "membership": { "data": { "type": "memberships", "id": "gold" } } } })
        };
        json!({ "data": ids.map(one).collect::<Vec<_>>(), "included": [{ "type": "memberships", "id": "gold", "attributes": { "name": "Gold" } }],
            "meta": { "page": { "total_items": 51 } } })
    };
    let standin = StandIn::new(move |at, _| match at {
        0 => Reply::new(503, "busy"),
        1 => Reply::ok(page(0..50)),
        _ => Reply::ok(page(50..51)),
    });
    let names = ["id", "person_id", "tier", "starts_at", "ends_at"];
    let got = read(&wicket, &standin, "person_memberships", &ask(&wicket, "person_memberships", &names)).await;
    assert_eq!((got.evidence(), got.records.len()), ("the announced total of 51 was met", 51));
    let bodies: Vec<_> = standin.seen().iter().map(|seen| format!("{} {}", seen.line(), seen.body)).collect();
    let body = |page: u64| {
        format!(
            r#"POST /person_memberships/query?include=membership {{"filter":{{"active_at":"now"}},"page":{{"number":{page},"size":50}}}}"#
        )
    };
    // The list only asks, so it may be asked again.
    assert_eq!(bodies, [body(1), body(1), body(2)]);
    assert!(standin.seen()[1].headers.contains(&"content-type: application/json".to_owned()));
    assert_eq!(shown(&wicket, "person_memberships", &names, &got.records[50]), ["m50", "p1", "Gold", "2025-01-01T00:00:00Z", "-"]);
}

/// Sage People's employees behind a token: markers, then 204.
fn sage(pages: Vec<Reply>) -> StandIn {
    StandIn::new(move |_, seen| {
        if seen.target.starts_with("/services/oauth2/token") {
            let origin = "https://acme.my.salesforce.com";
            return Reply::ok(
                json!({ "access_token": "TOKEN", "instance_url": origin, "token_type": "Bearer", "issued_at": "1735689600000" }),
            );
        }
        let marker = seen.query("marker");
        let at = marker.map_or(0, |marker| marker[1..].parse::<usize>().unwrap());
        pages[at.min(pages.len() - 1)].clone()
    })
}

fn employees(ids: &[u64]) -> Reply {
    let one = |id: &u64| {
        json!({ "id": format!("a{id}"), "fullName": "Paul Durand", "firstName": "Paul", "lastName": "Durand", "emailAddress": null,
            "hrDepartment": null, "currentEmployment": if *id == 1 { json!({ "name": "2019.02 #35", "active": true, "startDate": "2018-01-02", "endDate": null, "jobTitle": "Analyst" }) } else { Json::Null },
            "workAddress": null, "additionalFields": [] })
    };
    Reply::ok(json!({ "data": ids.iter().map(one).collect::<Vec<_>>(), "version": "4.8" }))
}

#[tokio::test]
async fn sage_people_from_marker_to_marker_until_204() {
    let system = vendor("sage_people", "employees");
    let standin = sage(vec![employees(&[1]), employees(&[2]), Reply::new(204, "")]);
    let names = ["id", "email", "employment_active", "employment_start", "job_title", "city"];
    let got = read(&system, &standin, "employees", &ask(&system, "employees", &names)).await;
    assert_eq!((got.evidence(), got.records.len()), ("the declared status came", 2));
    let path = "/services/apexrest/spapi/v4/employees";
    assert_eq!(standin.lines()[1..], [format!("GET {path}"), format!("GET {path}?marker=a1"), format!("GET {path}?marker=a2")]);
    assert_eq!(shown(&system, "employees", &names, &got.records[0]), ["a1", "-", "true", "2018-01-02", "Analyst", "-"]);
    assert_eq!(shown(&system, "employees", &names, &got.records[1]), ["a2", "-", "-", "-", "-", "-"]);
}

#[tokio::test]
async fn sage_people_ends_on_an_empty_page_and_doubts_a_marker_that_comes_again() {
    let system = vendor("sage_people", "employees");
    let got = read(&system, &sage(vec![employees(&[1]), employees(&[])]), "employees", &ReadRequest::default()).await;
    assert_eq!((got.evidence(), got.records.len()), ("the system said that it was the end", 1));
    let got = read(&system, &sage(vec![employees(&[3, 1]), employees(&[2, 1])]), "employees", &ReadRequest::default()).await;
    assert!(got.reason().starts_with("`a1` is on page 1 and again on page 2"), "{}", got.reason());
    let got = read(&system, &sage(vec![Reply::new(204, "")]), "employees", &ReadRequest::default()).await;
    assert_eq!((got.evidence(), got.records.len()), ("the declared status came", 0));
}

#[tokio::test]
async fn oomnitza_counts_by_the_header() {
    let system = vendor("oomnitza", "saas_users");
    let users = |ids: std::ops::Range<u64>| json!(ids.map(|id| json!({ "saas_user_id": format!("u{id}") })).collect::<Vec<_>>());
    let standin = StandIn::new(move |at, _| Reply::ok(users([0..200, 200..203][at.min(1)].clone())).with("X-Total-Count", "203"));
    let got = read(&system, &standin, "saas_users", &ReadRequest::default()).await;
    // 200 where 500 were asked for is no end.
    assert_eq!((got.evidence(), got.records.len()), ("the announced total of 203 was met", 203));
    assert_eq!(standin.lines(), ["GET /api/v3/saas_users?limit=500&skip=0", "GET /api/v3/saas_users?limit=500&skip=200"]);
    let bare = StandIn::new(move |_, _| Reply::ok(users(0..3)));
    let got = read(&system, &bare, "saas_users", &ReadRequest::default()).await;
    assert!(got.reason().contains("nothing at header \"X-Total-Count\", where the total is declared to be"), "{}", got.reason());
}

/// A field that holds several values is no text: written as one, it would lose the others.
#[tokio::test]
async fn arlo_offers_no_field_of_several_values_as_one() {
    let field = |name: &str, ty: &str, array: &str| {
        format!(
            r#"<Link><FieldDescription><Name>{name}</Name><ValueType><TypeName>{ty}</TypeName>{array}</ValueType>
            <Link rel="self" href="{ARLO}/fielddescriptions/{name}/"/></FieldDescription></Link>"#
        )
    };
    let (one, several) = ("<IsArray>false</IsArray>", "<IsArray>true</IsArray>");
    let fields = [
        field("Tier", "String", one),
        field("Sectors", "String", several),
        field("Years", "Integer", several),
        field("Topics", "StringArray", several),
        field("Unsaid", "String", ""),
    ];
    for (of, expected) in [("contacts", &["Tier String", "Topics StringArray"][..]), ("organisations", &["Tier String"])] {
        let arlo = vendor("arlo", of);
        let index = collection(&arlo, of);
        let part = arlo.collections[index].parts.iter().position(|part| part.name == "custom");
        let offered = async |fields: String| {
            let standin = StandIn::giving([Reply::ok(format!("<FieldDescriptions>{fields}</FieldDescriptions>"))]);
            let found = opened(&arlo, &standin).discover(index, part).await.unwrap();
            found.attributes.iter().map(|one| format!("{} {}", one.name, one.ty)).collect::<Vec<_>>()
        };
        assert_eq!(offered(fields.concat()).await, expected, "{of}");
        assert_eq!(offered(fields[0].clone()).await, ["Tier String"], "{of}");
        assert_eq!(offered(fields[1].clone()).await, [] as [&str; 0], "{of}");
    }
}
