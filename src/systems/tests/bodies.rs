//! What is sent to the vendors' own formats, to the letter; the samples are those of their documentation.

use super::{
    shipped::{arlo, call, collection, connected, declared, oomnitza, part, wicket, write},
    *,
};
use insta::assert_snapshot;
use serde_json::{Value as Json, json};

const CONTACT: &str = r#"<Contact><ContactID>53</ContactID><FirstName>Jeanne</FirstName><Email>jeanne.martin@example.com</Email><PhoneHome>+33</PhoneHome><Link rel="related/Employment" href="https://acme.arlo.co/x/53/employment/"><Employment><Position>Analyst</Position></Employment></Link><Link rel="related/PostalAddress" href="https://acme.arlo.co/x/53/postaladdress/"><PostalAddress/></Link><Link rel="related/CustomFields" href="https://acme.arlo.co/x/53/customfields/"><CustomFields><Field><Name>Tier</Name><Value><String>Gold</String></Value><Link rel="related/FieldDescription" href="https://acme.arlo.co/f/1"/></Field><Field><Name>Club</Name><Value><String>Lions</String></Value><Link rel="related/FieldDescription" href="https://acme.arlo.co/f/3"/></Field></CustomFields></Link></Contact>"#;

/// As `arlo.contacts` discovers them.
const FIELDS: [(&str, &str, &str); 4] = [
    ("Tier", "String", r#"$.Field[?@.Name == "Tier" && @.Link["@href"] == "https://acme.arlo.co/f/1"].Value.String"#),
    ("WicketId", "String", r#"$.Field[?@.Name == "WicketId" && @.Link["@href"] == "https://acme.arlo.co/f/2"].Value.String"#),
    ("Club", "String", r#"$.Field[?@.Name == "Club" && @.Link["@href"] == "https://acme.arlo.co/f/3"].Value.String"#),
    ("It's", "String", r#"$.Field[?@.Name == "It's \"so\"" && @.Link["@href"] == "https://acme.arlo.co/f/4"].Value.String"#),
];

fn words(text: &str) -> Value {
    Value::text(text)
}

/// What was sent, without what every request has.
fn body_sent(standin: &StandIn) -> String {
    let plain = |seen: &standin::Seen| {
        let kept = ["accept:", "content-type:", "if-match:", "idempotency-key:"];
        let headers: Vec<_> =
            seen.headers.iter().filter(|line| kept.iter().any(|name| line.to_lowercase().starts_with(name))).cloned().collect();
        standin::Seen { headers, ..seen.clone() }.text()
    };
    standin.seen().iter().map(plain).collect::<Vec<_>>().join("\n---\n")
}

async fn sent(system: &Arc<System>, of: usize, write: Write, replies: impl Into<Vec<Reply>>) -> (String, Result<Written, CallError>) {
    let standin = StandIn::giving(replies);
    let outcome = connected(system, &standin.origin).write(of, &[write]).await.remove(0);
    (body_sent(&standin), outcome)
}

#[tokio::test]
async fn a_person_is_created_with_the_email_inline() {
    let system = wicket();
    let values = [
        ("last_name", words("Martin")),
        ("first_name", words("Jeanne")),
        ("language", words("en")),
        ("title", words("Analyst")),
        ("email.address", words("jeanne.martin@example.com")),
    ];
    let reply = Reply::new(201, r#"{"data": {"type": "people", "id": "9b1f", "attributes": {"given_name": "Jeanne"}}}"#);
    let (sent, outcome) = sent(&system, 0, write(&system, 0, WriteKind::Create, None, &values), [reply]).await;
    assert_snapshot!(sent, @r##"
    POST /people
    accept: application/vnd.api+json
    content-type: application/vnd.api+json

    {"data":{"type":"people","attributes":{"family_name":"Martin","given_name":"Jeanne","language":"en","job_title":"Analyst"},"relationships":{"emails":{"data":[{"type":"emails","attributes":{"primary":true,"unique":true,"type":"work","address":"jeanne.martin@example.com"}}]}}}}
    "##);
    assert_eq!(outcome.unwrap().id, Some(words("9b1f")));
    let body: Json = serde_json::from_str(sent.lines().last().unwrap()).unwrap();
    let email = json!({ "type": "emails", "attributes": { "address": "jeanne.martin@example.com", "primary": true, "unique": true, "type": "work" } });
    let attributes = json!({ "given_name": "Jeanne", "family_name": "Martin", "language": "en", "job_title": "Analyst" });
    assert_eq!(body, json!({ "data": { "type": "people", "attributes": attributes, "relationships": { "emails": { "data": [email] } } } }));
}

const PERSON: &str = r#"{"data": {"type": "people", "id": "9b1f", "attributes": {"given_name": "Jeanne", "full_name": "Jeanne Martin",
    "data_fields": [{"schema_slug": "dues", "value": {"paid": true}}, {"schema_slug": "profile", "version": 1, "value": {"chapter": "Paris", "shoe": 38}}]},
    "relationships": {"emails": {"data": [{"type": "emails", "id": "5d2a"}]}, "phones": {"data": []}}},
    "included": [{"type": "emails", "id": "5d2a", "attributes": {"address": "j@example.com", "primary": true}}]}"#;

#[tokio::test]
async fn what_the_vendor_replaces_is_read_merged_and_sent_whole() {
    let system = wicket();
    let values = [("title", Value::Null), ("chapter", words("Lyon"))];
    let update = write(&system, 0, WriteKind::Update, Some(words("9b1f")), &values);
    let (sent, _) = sent(&system, 0, update, [Reply::ok(PERSON)]).await;
    assert_snapshot!(sent, @r##"
    GET /people/9b1f
    accept: application/vnd.api+json
    ---
    PATCH /people/9b1f
    accept: application/vnd.api+json
    content-type: application/vnd.api+json

    {"data":{"type":"people","id":"9b1f","attributes":{"data_fields":[{"schema_slug":"dues","value":{"paid":true}},{"schema_slug":"profile","version":1,"value":{"chapter":"Lyon","shoe":38}}],"job_title":null}}}
    "##);
}

#[tokio::test]
async fn where_nothing_below_it_is_written_nothing_is_merged() {
    let system = wicket();
    let update = write(&system, 0, WriteKind::Update, Some(words("9b1f")), &[("title", words("Lead"))]);
    let (sent, _) = sent(&system, 0, update, [Reply::ok(PERSON)]).await;
    assert_snapshot!(sent.split("---\n").last().unwrap(), @r##"
    PATCH /people/9b1f
    accept: application/vnd.api+json
    content-type: application/vnd.api+json

    {"data":{"type":"people","id":"9b1f","attributes":{"job_title":"Lead"}}}
    "##);
}

#[tokio::test]
async fn a_part_is_created_where_it_is_not_there_and_updated_where_it_is() {
    let system = wicket();
    let phone = [("phone.kind", words("work")), ("phone.number", words("+33100000000"))];
    let create = write(&system, 0, part(&system, 0, "phone"), Some(words("9b1f")), &phone);
    assert_snapshot!(sent(&system, 0, create, [Reply::ok(PERSON)]).await.0, @r##"
    GET /people/9b1f?include=phones
    accept: application/vnd.api+json
    ---
    POST /people/9b1f/phones
    accept: application/vnd.api+json
    content-type: application/vnd.api+json

    {"data":{"type":"phones","attributes":{"primary":true,"type":"work","number":"+33100000000"}}}
    "##);
    let update = write(&system, 0, part(&system, 0, "email"), Some(words("9b1f")), &[("email.address", words("new@example.com"))]);
    assert_snapshot!(sent(&system, 0, update, [Reply::ok(PERSON)]).await.0, @r##"
    GET /people/9b1f?include=emails
    accept: application/vnd.api+json
    ---
    PATCH /emails/5d2a
    accept: application/vnd.api+json
    content-type: application/vnd.api+json

    {"data":{"type":"emails","id":"5d2a","attributes":{"address":"new@example.com"}}}
    "##);
}

#[tokio::test]
async fn a_record_that_was_read_is_not_read_again() {
    let system = arlo(&[]);
    let json = json!({ "ContactID": "53", "Email": "j@example.com" }).to_string().into_bytes().into();
    let update = write(&system, 0, WriteKind::Update, Some(Value::Int(53)), &[("phone_work", words("+33100000000"))]);
    let update = Write { record: Some(Snapshot { json, tag: Some("\"7\"".into()) }), ..update };
    assert_snapshot!(sent(&system, 0, update, [Reply::ok("<Contact><ContactID>53</ContactID></Contact>")]).await.0, @r##"
    PATCH /api/2012-02-01/auth/resources/contacts/53/
    accept: application/xml
    content-type: application/xml; charset=utf-8
    if-match: "7"

    <diff>
      <add sel="Contact"><PhoneWork>+33100000000</PhoneWork></add>
    </diff>
    "##);
}

#[tokio::test]
async fn a_touchpoint_as_the_vendor_shows_it() {
    let system = wicket();
    let of = collection(&system, "touchpoints");
    let values = [
        ("action", words("Registered for an event")),
        ("code", words("registered_for_an_event")),
        ("details", words("Registered for Safety 101")),
        ("course", words("EVT-12")),
        ("external_event_id", words("arlo-registration-987-approved")),
        ("person", words("9b1f4c0e-5c0d-4b3c-8f57-5a4a8f3f0d11")),
        ("service", words("6a90")),
    ];
    let reply = Reply::new(201, r#"{"data": {"type": "touchpoints", "id": "t1", "attributes": {}}}"#);
    let (sent, _) = sent(&system, of, write(&system, of, WriteKind::Create, None, &values), [reply]).await;
    assert_snapshot!(sent, @r##"
    POST /touchpoints
    accept: application/vnd.api+json
    content-type: application/vnd.api+json

    {"data":{"type":"touchpoints","attributes":{"action":"Registered for an event","code":"registered_for_an_event","details":"Registered for Safety 101","data":{"EventCode":"EVT-12"},"external_event_id":"arlo-registration-987-approved"},"relationships":{"person":{"data":{"type":"people","id":"9b1f4c0e-5c0d-4b3c-8f57-5a4a8f3f0d11"}},"service":{"data":{"type":"services","id":"6a90"}}}}}
    "##);
}

#[tokio::test]
async fn a_contact_is_created_in_the_order_of_the_documentation() {
    let system = arlo(&[]);
    let values = [
        ("email", words("jeanne.martin@example.com")),
        ("code", words("00057")),
        ("last_name", words("Martin")),
        ("phone_work", Value::Null),
        ("first_name", words("Jeanne")),
    ];
    let reply = Reply::new(201, "<Contact><ContactID>53</ContactID></Contact>");
    let (sent, outcome) = sent(&system, 0, write(&system, 0, WriteKind::Create, None, &values), [reply]).await;
    assert_eq!(
        sent.lines().last(),
        Some(
            "<Contact><FirstName>Jeanne</FirstName><LastName>Martin</LastName><Email>jeanne.martin@example.com</Email><CodePrimary>00057</CodePrimary></Contact>"
        )
    );
    assert!(sent.contains("content-type: application/xml; charset=utf-8"), "{sent}");
    assert_eq!(outcome.unwrap().id, Some(Value::Int(53)));
}

/// The diff of an update of the contact above, or of one of its parts.
async fn diff(kind: &str, values: &[(&str, Value)]) -> String {
    let system = arlo(&FIELDS);
    let kind = if kind.is_empty() { WriteKind::Update } else { part(&system, 0, kind) };
    let standin = StandIn::giving([Reply::ok(CONTACT)]);
    let outcome = connected(&system, &standin.origin).write(0, &[write(&system, 0, kind, Some(Value::Int(53)), values)]).await.remove(0);
    match (outcome, standin.seen().get(1)) {
        (Ok(_), Some(seen)) => format!("{}\n\n{}", seen.line(), seen.body),
        (Ok(_), None) => "nothing to send".to_owned(),
        (Err(error), _) => error.message,
    }
}

#[tokio::test]
async fn a_diff_is_made_from_the_record_as_it_is() {
    let values = [("phone_home", Value::Null), ("phone_work", words("+33100000000")), ("email", words("j.martin@example.com"))];
    assert_snapshot!(diff("", &values).await, @r##"
    PATCH /api/2012-02-01/auth/resources/contacts/53/

    <diff>
      <replace sel="Contact/Email/text()[1]">j.martin@example.com</replace>
      <add sel="Contact"><PhoneWork>+33100000000</PhoneWork></add>
      <remove sel="Contact/PhoneHome" />
    </diff>
    "##);
}

#[tokio::test]
async fn nothing_is_sent_where_nothing_differs() {
    let values = [("email", words("jeanne.martin@example.com")), ("phone_mobile", Value::Null), ("code", Value::Absent)];
    assert_eq!(diff("", &values).await, "nothing to send");
}

#[tokio::test]
async fn the_parts_of_a_contact_have_diffs_of_their_own() {
    let title = [("employment.title", words("Lead & <more>")), ("employment.branch", words("Paris"))];
    assert_snapshot!(diff("employment", &title).await, @r##"
    PATCH /api/2012-02-01/auth/resources/contacts/53/employment/

    <diff>
      <replace sel="Employment/Position/text()[1]">Lead &amp; &lt;more&gt;</replace>
      <add sel="Employment"><Branch>Paris</Branch></add>
    </diff>
    "##);
    assert_snapshot!(diff("address", &[("address.city", words("Lyon"))]).await, @r##"
    PATCH /api/2012-02-01/auth/resources/contacts/53/postaladdress/

    <diff>
      <add sel="PostalAddress"><City>Lyon</City></add>
    </diff>
    "##);
}

#[tokio::test]
async fn a_custom_field_is_found_by_its_name_and_brings_its_description() {
    let values = [("custom.Club", Value::Null), ("custom.WicketId", words("3f0a")), ("custom.Tier", words("Silver"))];
    assert_snapshot!(diff("custom", &values).await, @r##"
    PATCH /api/2012-02-01/auth/resources/contacts/53/customfields/

    <diff>
      <replace sel="CustomFields/Field[Name='Tier']/Value/String/text()[1]">Silver</replace>
      <add sel="CustomFields"><Field><Name>WicketId</Name><Value><String>3f0a</String></Value><Link href="https://acme.arlo.co/f/2"/></Field></add>
      <remove sel="CustomFields/Field[Name='Club']" />
    </diff>
    "##);
    let error = "`custom.It's` can only be distinguished by a text with both kinds of quotes, which no selector can contain";
    assert_eq!(diff("custom", &[("custom.It's", words("x"))]).await, error);
}

#[tokio::test]
async fn forms_and_tables() {
    let lines = |body: &str| {
        format!(
            "system shop {{\n  http \"https://shop.example.com\" {{ format json }}\n  collection people {{\n    key id\n    list GET \"/p\" {{ items $ }}\n    \
             create POST \"/p\" {{ body {body} = {{ kind = \"person\" }} + record }}\n    find by name GET \"/p/{{name}}\" {{ items $ }}\n    attributes {{\n      \
             id   : text read only at $.id\n      name : text unique at $.name\n      city : text? at $.address.city\n    }}\n  }}\n}}\n"
        )
    };
    for body in ["form", "csv"] {
        let system = declared(&lines(body), "shop.people", "id", &[]);
        let values = [("name", words("Ann, & Bob"))];
        let reply = Reply::new(201, "").with("Location", "https://shop.example.com/p/a%20b/?x=1");
        let (sent, outcome) = sent(&system, 0, write(&system, 0, WriteKind::Create, None, &values), [reply]).await;
        insta::allow_duplicates! { assert_eq!(outcome.unwrap().id, Some(words("a b"))); }
        match body {
            "form" => assert_snapshot!(sent, @r##"
            POST /p
            accept: application/json
            content-type: application/x-www-form-urlencoded

            kind=person&name=Ann%2C+%26+Bob
            "##),
            _ => assert_snapshot!(sent, @r##"
            POST /p
            accept: application/json
            content-type: text/csv

            kind,name
            person,"Ann, & Bob"
            "##),
        }
    }
}

#[tokio::test]
async fn many_people_in_one_call_each_with_an_outcome() {
    let system = oomnitza();
    let of = collection(&system, "saas_users");
    let kind = call(&system, of, "deactivate");
    let answer = json!([{ "saas_user_id": "a3" }, { "saas_user_id": "a2", "error": "SaaS user not found" }, { "saas_user_id": "a1", "error": null }, { "saas_user_id": "a2" }, { "saas_user_id": "a5" }, { "saas_user_id": "a5", "error": "locked" }]);
    let standin = StandIn::giving([Reply::ok(answer)]);
    let connection = connected(&system, &standin.origin);
    assert_eq!(connection.gathers(of, kind).map(|batch| batch.size), Some(100));
    let writes = ["a1", "a2", "a3", "a4", "a5"].map(|id| write(&system, of, kind, Some(words(id)), &[]));
    let outcomes: Vec<_> = connection.write(of, &writes).await.into_iter().map(|one| one.map(drop)).collect();
    assert_snapshot!(body_sent(&standin), @r##"
    PATCH /api/v3/saas_users/deactivate
    accept: application/json
    content-type: application/json

    {"saas_user_ids":["a1","a2","a3","a4","a5"]}
    "##);
    assert_eq!(outcomes[4].as_ref().map_err(|error| error.message.as_str()), Err("locked"), "of two answers the refusal counts");
    assert_eq!(outcomes[0], Ok(()));
    assert_eq!(outcomes[1].as_ref().map_err(|error| (error.message.as_str(), error.effect)), Err(("SaaS user not found", Effect::None)));
    assert_eq!(outcomes[2], Ok(()));
    assert_eq!(outcomes[3].as_ref().unwrap_err().effect, Effect::Unknown);
}

#[tokio::test]
async fn a_batch_goes_to_one_address_and_names_each_in_its_body() {
    let system = oomnitza();
    let of = collection(&system, "saas_users");
    let kind = call(&system, of, "assign");
    let standin = StandIn::new(|_, seen| {
        let body: Vec<Json> = serde_json::from_str(&seen.body).unwrap();
        Reply::ok(Json::from(body.iter().map(|one| json!({ "user_id": one["user_id"] })).collect::<Vec<_>>()))
    });
    let one = |id: &str, saas: &str, user: &str| {
        let mut one = write(&system, of, kind, Some(words(id)), &[]);
        let at = |name| system.collections[of].attribute(name).unwrap();
        one.current = vec![(at("saas_id"), words(saas)), (at("user_id"), words(user))];
        one.token = (id != "3").then(|| format!("run-1/op-{id}"));
        one
    };
    let outcomes = connected(&system, &standin.origin).write(of, &[one("1", "s1", "u1"), one("2", "s1", "u2"), one("3", "s2", "u3")]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_snapshot!(body_sent(&standin), @r##"
    POST /api/v3/saas/s1/users
    accept: application/json
    content-type: application/json
    idempotency-key: 2640b190618a359dce27260e834a709d

    [{"user_id":"u1","assign":true},{"user_id":"u2","assign":true}]
    ---
    POST /api/v3/saas/s2/users
    accept: application/json
    content-type: application/json

    [{"user_id":"u3","assign":true}]
    "##);
}

#[tokio::test]
async fn a_batch_that_is_refused_is_halved_until_the_bad_one_is_alone() {
    let system = oomnitza();
    let of = collection(&system, "saas_users");
    let kind = call(&system, of, "deactivate");
    let standin = StandIn::new(|_, seen| {
        let body: Json = serde_json::from_str(&seen.body).unwrap();
        let ids = body["saas_user_ids"].as_array().unwrap();
        if ids.iter().any(|id| id == "a6") {
            return Reply::new(400, r#"{"message": "a6 is no id"}"#);
        }
        Reply::ok(Json::from(ids.iter().map(|id| json!({ "saas_user_id": id })).collect::<Vec<_>>()))
    });
    let writes: Vec<_> = (0..10).map(|at| write(&system, of, kind, Some(words(&format!("a{at}"))), &[])).collect();
    let outcomes = connected(&system, &standin.origin).write(of, &writes).await;
    let failed: Vec<_> = outcomes.iter().enumerate().filter_map(|(at, one)| Some((at, one.as_ref().err()?.message.clone()))).collect();
    assert_eq!(failed, [(6, "a6 is no id".to_owned())]);
    assert_eq!(standin.count(), 7, "{:?}", standin.seen().iter().map(|seen| &seen.body).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_batch_without_an_answer_is_unknown_for_each() {
    let system = oomnitza();
    let of = collection(&system, "saas_users");
    let kind = call(&system, of, "deactivate");
    for reply in [Reply::ok("<html>"), Reply::ok(r#"{"done": true}"#)] {
        let standin = StandIn::giving([reply]);
        let writes = ["a1", "a2"].map(|id| write(&system, of, kind, Some(words(id)), &[]));
        let outcomes = connected(&system, &standin.origin).write(of, &writes).await;
        assert!(outcomes.iter().all(|one| one.as_ref().is_err_and(|error| error.effect == Effect::Unknown)), "{outcomes:?}");
    }
}

#[tokio::test]
async fn a_merged_record_is_followed_to_the_survivor_and_nowhere_else() {
    let system = arlo(&[]);
    let survivor = "<Contact><ContactID>77</ContactID><Email>s@example.com</Email></Contact>";
    let standin = StandIn::new(move |_, seen| match seen.target.split('?').next().unwrap().rsplit('/').nth(1).unwrap() {
        "53" => Reply::new(308, "").with("Location", "https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/60/"),
        "60" => Reply::new(308, "").with("Location", "../77/"),
        "54" => Reply::new(308, "").with("Location", "https://evil.example.com/contacts/77/"),
        "55" => Reply::new(308, ""),
        "56" => Reply::new(404, ""),
        _ => Reply::ok(survivor),
    });
    let connection = connected(&system, &standin.origin);
    let city = system.collections[0].attribute("address.city").unwrap();
    let get = async |id| connection.get(0, &Value::Int(id), &ReadRequest { attributes: vec![0, city], ..ReadRequest::default() }).await;
    let GetResult::Merged { id, record } = get(53).await.unwrap() else { panic!("not merged") };
    assert_eq!((id, String::from_utf8_lossy(&record.json).contains("s@example.com")), (Value::Int(77), true));
    assert_eq!(standin.lines(), [53, 60, 77].map(|id| format!("GET /api/2012-02-01/auth/resources/contacts/{id}/?expand=PostalAddress")));
    assert_eq!(
        get(54).await.unwrap_err().message,
        "`arlo` says that a record was merged and points to `evil.example.com`, which is not followed"
    );
    assert_eq!(get(55).await.unwrap_err().message, "`arlo` says that a record was merged and points to `nowhere`, which is not followed");
    assert_eq!(get(56).await.unwrap(), GetResult::Gone);
    assert!(matches!(get(77).await.unwrap(), GetResult::Record(_)));
}
