//! Requests written by hand, and what the vendor's pages say of their answers.

use super::{super::server::StandIn, *};

const XML: &str = "Accept: application/xml\nContent-Type: application/xml; charset=utf-8";

fn basic() -> String {
    format!("HTTP/1.1\nAuthorization: Basic {}\n{XML}", base64(format!("{}:{}", ACCOUNT.0, ACCOUNT.1).as_bytes()))
}

fn standing() -> StandIn<Arlo> {
    let mut arlo = Arlo::new();
    let jeanne = [
        ("FirstName", "Jeanne"),
        ("LastName", "Martin"),
        ("Email", "jeanne.martin@example.com"),
        ("CodePrimary", "00057"),
        ("Status", "Active"),
    ];
    let contact = arlo.store.insert("contacts", 53, &jeanne);
    contact.created = "2024-09-07T10:20:06.583Z".parse().unwrap();
    contact.modified = "2025-03-02T09:00:00Z".parse().unwrap();
    StandIn::new(arlo)
}

fn ask(standing: &StandIn<Arlo>, line: &str, body: &str) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    standing.say(&format!("{method} {BASE}{path} {}\n\n{body}", basic()))
}

#[test]
fn a_collection_of_links() {
    let standing = standing();
    standing.vendor().store.insert("contacts", 54, &[("FirstName", "Paul"), ("LastName", "Durand")]);
    let page = ask(&standing, "GET contacts/?top=1&expand=Contact", "");
    let expected = r#"<?xml version="1.0" encoding="utf-8"?>
<Contacts>
  <Link rel="http://schemas.arlo.co/api/2012/02/auth/Contact" type="application/xml" title="Contact"
        href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/53/">
    <Contact>
      <ContactID>53</ContactID>
      <UniqueIdentifier>5f1c2a8e-51b8-4d33-9b0e-000800000035</UniqueIdentifier>
      <FirstName>Jeanne</FirstName>
      <LastName>Martin</LastName>
      <Email>jeanne.martin@example.com</Email>
      <CodePrimary>00057</CodePrimary>
      <Status>Active</Status>
      <CreatedDateTime>2024-09-07T10:20:06.583Z</CreatedDateTime>
      <LastModifiedDateTime>2025-03-02T09:00:00.000Z</LastModifiedDateTime>
      <Link rel="self" type="application/xml" href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/53/" />
      <Link rel="http://schemas.arlo.co/api/2012/02/auth/related/Employment" type="application/xml" title="Employment"
            href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/53/employment/" />
      <Link rel="http://schemas.arlo.co/api/2012/02/auth/related/PostalAddress" type="application/xml" title="PostalAddress"
            href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/53/postaladdress/" />
      <Link rel="http://schemas.arlo.co/api/2012/02/auth/related/CustomFields" type="application/xml" title="CustomFields"
            href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/53/customfields/" />
    </Contact>
  </Link>
  <Link rel="self" type="application/xml" href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/?top=1&amp;expand=Contact" />
  <Link rel="next" type="application/xml" href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/?top=1&amp;skip=1&amp;expand=Contact" />
</Contacts>"#;
    assert_eq!((page.header("Content-Type"), Element::parse(&page.body)), (Some(MEDIA), Element::parse(expected)));
    let last = ask(&standing, "GET contacts/?top=1&skip=1&expand=Contact", "").body;
    assert!(
        !last.contains("rel=\"next\"") && !last.contains("<Email"),
        "the end has no next link, and empty properties are left out: {last}"
    );
    assert!(!ask(&standing, "GET contacts/", "").body.contains("<Contact>"));
}

#[test]
fn xml_or_nothing() {
    let standing = standing();
    let status = |head: &str| standing.say(&format!("GET {BASE}contacts/ HTTP/1.1\n{head}")).status;
    let signed = basic().lines().nth(1).unwrap().to_owned();
    assert_eq!(
        [status(&format!("{signed}\nAccept: application/json")), status(&signed), status("Accept: application/xml")],
        [406, 406, 401]
    );
    let json = format!("POST {BASE}contacts/ HTTP/1.1\n{signed}\nAccept: application/xml\nContent-Type: application/json\n\n{{}}");
    assert_eq!(standing.say(&json).status, 415);
}

#[test]
fn changes_by_diff_are_strict_and_a_put_blanks() {
    let standing = standing();
    let diff = r#"<diff><replace sel="Contact/Email/text()[1]">j.martin@example.com</replace><add sel="Contact"><PhoneWork>+33100000000</PhoneWork></add></diff>"#;
    let done = ask(&standing, "PATCH contacts/53/", diff);
    assert!(done.status == 200 && done.body.contains("<Email>j.martin@example.com</Email>") && done.body.contains("+33100000000"));
    for wrong in [
        r#"<diff><remove sel="Contact/PhoneHome" /></diff>"#,
        r#"<diff><add sel="Contact"><PhoneWork>1</PhoneWork></add></diff>"#,
        r#"<diff><replace sel="Contact/ContactID/text()[1]">9</replace></diff>"#,
        r#"<diff><remove sel="Contact/LastName" /></diff>"#,
        r#"<diff><add sel="Contact"><Shoe>42</Shoe></add></diff>"#,
        "<diff><add",
    ] {
        let answer = ask(&standing, "PATCH contacts/53/", wrong);
        assert!(answer.status == 400 && answer.body.contains("<ApiException><Code>BadRequest</Code><Message>"), "{wrong} {answer:?}");
    }
    let put = ask(&standing, "PUT contacts/53/", "<Contact><FirstName>Jeanne</FirstName><LastName>Roux</LastName></Contact>");
    assert!(put.status == 200 && !put.body.contains("<Email>") && put.body.contains("<LastName>Roux</LastName>"), "{put:?}");
    let made = ask(
        &standing,
        "POST contacts/",
        "<Contact><FirstName>Ann</FirstName><LastName>Lee</LastName><Email>ann@example.com</Email></Contact>",
    );
    assert_eq!((made.status, made.header("Location")), (201, Some("https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/54/")));
    assert_eq!(ask(&standing, "DELETE contacts/54/", "").status, 405);
}

#[test]
fn sub_resources_are_read_expanded_and_changed_alone() {
    let standing = standing();
    let add = "<diff><add sel=\"PostalAddress\"><City>Perth</City><PostCode>6000</PostCode></add></diff>";
    assert_eq!(ask(&standing, "PATCH contacts/53/postaladdress/", add).status, 200);
    let long = "<diff><replace sel=\"PostalAddress/PostCode/text()[1]\">12345678901234567</replace></diff>";
    assert_eq!(ask(&standing, "PATCH contacts/53/postaladdress/", long).status, 400);
    assert!(ask(&standing, "GET contacts/53/?expand=PostalAddress", "").body.contains("<City>Perth</City>"));
    assert!(ask(&standing, "GET contacts/?expand=Contact,Contact/PostalAddress", "").body.contains("<City>Perth</City>"));
    let without_step = ask(&standing, "GET contacts/?expand=Contact/PostalAddress", "").body;
    assert!(!without_step.contains("Perth"), "each step must be expanded: {without_step}");
    assert_eq!(
        ask(&standing, "PATCH contacts/53/employment/", "<diff><add sel=\"Employment\"><Position>Lead</Position></add></diff>").status,
        200
    );
    assert!(ask(&standing, "GET contacts/53/employment/", "").body.contains("<Position>Lead</Position>"));
}

#[test]
fn custom_fields_have_their_descriptions() {
    let standing = standing();
    {
        let mut arlo = standing.vendor();
        arlo.store.insert("organisations", 7, &[("Name", "Acme")]);
        arlo.describe("organisations", "WicketOrgId", "String");
        arlo.describe("organisations", "Sectors", "StringArray");
        arlo.set_custom("organisations", 7, "Sectors", &["Health", "Care"]);
    }
    let fields = Element::parse(&ask(&standing, "GET organisations/describe/customfields?expand=FieldDescription", "").body).unwrap();
    let first = fields.children[0].first("FieldDescription").unwrap();
    assert_eq!((first.text_of("Name"), first.first("ValueType").unwrap().text_of("TypeName")), ("WicketOrgId", "String"));
    let href = first.all("Link").next().unwrap().get("href").unwrap().to_owned();
    let one = ask(&standing, &format!("GET {}", href.strip_prefix("https://acme.arlo.co").unwrap().strip_prefix(BASE).unwrap()), "").body;
    assert_eq!(Element::parse(&one).unwrap(), *first);
    let field = |link: &str| {
        format!(
            "<diff><add sel=\"CustomFields\"><Field><Name>WicketOrgId</Name><Value><String>3f0a</String></Value>{link}</Field></add></diff>"
        )
    };
    assert_eq!(ask(&standing, "PATCH organisations/7/customfields/", &field("")).status, 400);
    let link = format!(r#"<Link rel="{SCHEMA}/related/FieldDescription" type="application/xml" title="FieldDescription" href="{href}" />"#);
    assert_eq!(ask(&standing, "PATCH organisations/7/customfields/", &field(&link)).status, 200);
    let change =
        |value: &str| format!("<diff><replace sel=\"CustomFields/Field[Name='WicketOrgId']/Value/{value}/text()[1]\">9</replace></diff>");
    assert_eq!(["String", "Integer"].map(|ty| ask(&standing, "PATCH organisations/7/customfields/", &change(ty)).status), [200, 400]);
    let all = ask(&standing, "GET organisations/7/customfields/", "").body;
    assert!(all.contains("<StringArray><String>Health</String><String>Care</String></StringArray>") && all.contains("<String>9</String>"));
}

#[test]
fn filters_find_by_mail_and_go_on_by_time_and_id() {
    let standing = standing();
    for id in [54, 55] {
        let contact = [("FirstName", "A"), ("LastName", "B"), ("Email", "o'neill@example.com")];
        standing.vendor().store.insert("contacts", id, &contact).modified = "2025-03-02T09:00:00Z".parse().unwrap();
    }
    let ids = |query: &str| {
        let page = Element::parse(&ask(&standing, &format!("GET contacts/?{query}"), "").body).unwrap();
        page.all("Link").filter_map(|link| link.first("Contact")).map(|contact| contact.text_of("ContactID").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("filter=Email%20eq%20%27jeanne.martin%40example.com%27&expand=Contact"), ["53"]);
    assert_eq!(ids("filter=Email%20eq%20%27o%27%27neill%40example.com%27&expand=Contact"), ["54", "55"]);
    let after = "(LastModifiedDateTime gt datetime('2025-03-02T09:00:00.000Z')) OR (LastModifiedDateTime eq datetime('2025-03-02T09:00:00.000Z') AND ContactID gt 53)";
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("filter", after)
        .append_pair("orderby", "LastModifiedDateTime ASC,ContactID DESC")
        .append_pair("expand", "Contact")
        .finish();
    assert_eq!(ids(&query), ["55", "54"]);
    for wrong in ["filter=Email%20eq%20%27o%27neill%27", "filter=Shoe%20eq%201", "$filter=x", "orderby=Shoe"] {
        assert_eq!(ask(&standing, &format!("GET contacts/?{wrong}"), "").status, 400, "{wrong}");
    }
}

#[test]
fn a_merged_contact_points_to_the_one_that_is_left() {
    let standing = standing();
    standing.vendor().store.insert("contacts", 54, &[("FirstName", "J."), ("LastName", "Martin")]);
    standing.vendor().merge(54, 53);
    for line in ["GET contacts/54/", "PATCH contacts/54/"] {
        let answer = ask(&standing, line, "<diff />");
        assert_eq!(
            (answer.status, answer.header("Location")),
            (308, Some("https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/53/"))
        );
    }
    let merges = ask(&standing, "GET contactmergerequests/", "").body;
    assert!(merges.contains("<SourceContactInfo><ContactID>54</ContactID></SourceContactInfo>") && merges.contains("+00:00"), "{merges}");
}

#[test]
fn registrations_lead_to_contact_and_event() {
    let standing = standing();
    {
        let mut arlo = standing.vendor();
        arlo.store.insert("events", 12, &[("Code", "EVT-12"), ("StartDateTime", "2025-03-02T09:00:00+13:00"), ("Status", "Completed")]);
        let registration = [("Attendance", "Attended"), ("Status", "Completed"), ("CompletedDateTime", "2025-03-02T17:00:00+13:00")];
        arlo.store.insert("registrations", 987, &registration).to = vec![("Contact", 53), ("Event", 12)];
    }
    let page =
        ask(&standing, "GET registrations/?expand=Registration,Registration/Contact,Registration/Event,Registration/OnlineActivity", "")
            .body;
    for part in ["<RegistrationID>987</RegistrationID>", "<ContactID>53</ContactID>", "<Code>EVT-12</Code>", "2025-03-02T17:00:00+13:00"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn too_many_requests_are_answered_in_json() {
    let standing = standing();
    standing.vendor().per_minute = Some(1);
    let answers = [1, 2].map(|_| ask(&standing, "GET contacts/", ""));
    let body = r#"{"error":"rate_limit_exceeded","message":"Too many requests.","retryAfter":60}"#;
    assert_eq!(
        (answers[0].status, answers[1].status, answers[1].header("Retry-After"), answers[1].body.as_str()),
        (200, 429, Some("60"), body)
    );
}

#[test]
fn refresh_tokens_change_with_each_use() {
    let standing = standing();
    let form = |refresh: &str| {
        let form = format!("grant_type=refresh_token&refresh_token={refresh}&client_id=arlo-client&client_secret=SECRET-arlo-client");
        standing.say(&format!("POST /oauth/connect/token HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n\n{form}"))
    };
    let first = form(REFRESH).read();
    assert_eq!(form(REFRESH).read()["error"], "invalid_grant");
    assert_eq!(form(first["refresh_token"].as_str().unwrap()).status, 200);
    let bearer = |token: &str| standing.say(&format!("GET {BASE}contacts/ HTTP/1.1\nAuthorization: Bearer {token}\n{XML}")).status;
    let token = first["access_token"].as_str().unwrap();
    assert_eq!([bearer(token), bearer("x")], [200, 401]);
    standing.vendor().expire_tokens();
    assert_eq!(bearer(token), 401);
}

/// The vendor's example, and one more.
#[test]
fn deliveries_are_signed() {
    let vendors = "ssDoykuhYoBGW2ABhRhldOMgSEQT5bhH2IH7zHmZ+UT9CimRC7elmvqOE0H+htYiVTjCIM/KIKoLy/2dZij3pQ==";
    assert_eq!(Arlo::signature("webhooksecretkey", "{events: {}}"), vendors);
    let own = "602bUHBCG/OLPrz8rBiw9ff3ymnPDCsC/VFrU9F2bGbABKvYoyo4V6cEtsi0uW2pGQD3LK+AwscnBJrPI5pa8g==";
    assert_eq!(Arlo::signature("c3RhbmQtaW4tc2VjcmV0", r#"{"events":[{"resourceType":"Registration","resourceId":"987"}]}"#), own);
    let standing = standing();
    let endpoint = "<WebhookEndpoint><Name>Sync</Name><Endpoint>https://hooks.example.com/arlo</Endpoint></WebhookEndpoint>";
    assert!(ask(&standing, "POST webhookendpoints/", endpoint).body.contains("<Key>c3RhbmQtaW4tc2VjcmV0</Key>"));
}
