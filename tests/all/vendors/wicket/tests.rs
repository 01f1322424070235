//! Requests written by hand, and what the vendor's clients expect of their answers.

use super::{
    super::{server::StandIn, tools::base64},
    *,
};
use ring::hmac;

fn signed(claims: &Json) -> String {
    let coded = |bytes: &[u8]| base64(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_");
    let text = format!("{}.{}", coded(br#"{"alg":"HS256","typ":"JWT"}"#), coded(claims.to_string().as_bytes()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), text.as_bytes());
    format!("{text}.{}", coded(signature.as_ref()))
}

fn head_of(claims: &Json) -> String {
    format!("HTTP/1.1\nAccept-Language: en\nContent-Type: application/vnd.api+json\nAuthorization: Bearer {}", signed(claims))
}

fn claims() -> Json {
    let now = Timestamp::now().as_second();
    json!({ "sub": PERSON, "iat": now, "exp": now + 600, "aud": HOST })
}

fn ask(standing: &StandIn<Wicket>, line: &str, body: Option<Json>) -> Answer {
    standing.say(&format!("{line} {}\n\n{}", head_of(&claims()), body.map(|body| body.to_string()).unwrap_or_default()))
}

fn jeanne(email: &str) -> Json {
    json!({ "data": { "type": "people", "attributes": { "given_name": "Jeanne", "family_name": "Martin", "language": "en", "job_title": "Analyst" },
        "relationships": { "emails": { "data": [{ "type": "emails",
            "attributes": { "address": email, "primary": true, "unique": true, "type": "work" } }] } } } })
}

#[test]
fn tokens_are_held_to_their_claims() {
    let standing = StandIn::new(Wicket::new());
    let status = |claims: &Json| standing.say(&format!("GET /people {}", head_of(claims))).status;
    assert_eq!(status(&claims()), 200);
    let now = Timestamp::now().as_second();
    for (name, value) in [("exp", json!(now - 1)), ("exp", Json::Null), ("sub", json!("nobody")), ("aud", Json::Null), ("nbf", json!(now))]
    {
        let mut wrong = claims();
        wrong[name] = value;
        assert_eq!(status(&wrong), 401, "{wrong}");
    }
    standing.vendor().wants_audience = false;
    assert_eq!(status(&json!({ "sub": PERSON, "exp": now + 60 })), 200);
    assert_eq!(standing.say("GET /people HTTP/1.1\nAuthorization: Bearer a.b.c").status, 401);
}

#[test]
fn a_person_is_made_with_an_address_inline() {
    let standing = StandIn::new(Wicket::new());
    let made = ask(&standing, "POST /people", Some(jeanne("Jeanne.Martin@example.com")));
    let data = &made.read()["data"];
    assert_eq!((made.status, &data["attributes"]["primary_email_address"]), (201, &json!("jeanne.martin@example.com")));
    let found = |address: &str| {
        let line = format!("GET /people?filter[emails_primary_eq]=true&filter[emails_address_eq]={address}&include=emails");
        ask(&standing, &line, None).read()
    };
    let people = found("jeanne.martin%40example.com");
    assert_eq!((&people["meta"]["page"]["total_items"], &people["data"][0]["id"]), (&json!(1), &data["id"]));
    assert_eq!(people["included"][0]["attributes"]["address"], "jeanne.martin@example.com");
    assert_eq!(people["data"][0]["relationships"]["emails"]["data"][0]["id"], people["included"][0]["id"]);
    assert_eq!(found("Jeanne.Martin%40example.com")["meta"]["page"]["total_items"], 0);
    let again = ask(&standing, "POST /people", Some(jeanne("jeanne.martin@example.com")));
    let expected = json!({ "errors": [{ "status": "422", "title": "has already been taken", "detail": "address - has already been taken",
        "source": { "pointer": "/data/attributes/address" }, "meta": { "field": "address", "error": "taken" } }] });
    assert_eq!((again.status, again.read()), (422, expected));
}

#[test]
fn pages_are_linked_absolutely() {
    let standing = StandIn::new(Wicket::new());
    ["a", "b", "c"].iter().for_each(|name| drop(standing.vendor().person(name, "X", &format!("{name}@example.com"))));
    let page = ask(&standing, "GET /people?page[number]=1&page[size]=2&sort=created_at", None).read();
    assert_eq!(page["meta"]["page"], json!({ "number": 1, "size": 2, "total_items": 3, "total_pages": 2 }));
    let next = page["links"]["next"].as_str().unwrap();
    assert_eq!(next, "https://acme-api.wicketcloud.com/people?page%5Bnumber%5D=2&page%5Bsize%5D=2&sort=created_at");
    let last = ask(&standing, &format!("GET {}", next.strip_prefix(HOST).unwrap()), None).read();
    assert_eq!((last["data"].as_array().unwrap().len(), &last["links"]["next"]), (1, &Json::Null));
    assert_eq!(ask(&standing, "GET /people?filter[uuid_in][0]=a", None).status, 400);
    let id = page["data"][1]["id"].as_str().unwrap();
    assert_eq!(ask(&standing, &format!("GET /people?filter[uuid_in][]={id}"), None).read()["meta"]["page"]["total_items"], 1);
    let query = json!({ "filter": { "uuid_in": [id] }, "page": { "number": 1, "size": 50 } });
    assert_eq!(ask(&standing, "POST /people/query", Some(query)).read()["data"][0]["id"], id);
}

#[test]
fn what_is_read_only_or_empty_is_refused() {
    let standing = StandIn::new(Wicket::new());
    let id = standing.vendor().person("Jeanne", "Martin", "jeanne@example.com");
    let patch = |attributes: Json| {
        let body = json!({ "data": { "type": "people", "id": id, "attributes": attributes } });
        ask(&standing, &format!("PATCH /people/{id}"), Some(body))
    };
    assert_eq!(patch(json!({ "job_title": "Lead" })).read()["data"]["attributes"]["job_title"], "Lead");
    for (wrong, status) in
        [(json!({ "uuid": "x" }), 422), (json!({ "full_name": "x" }), 422), (json!({ "job_title": "" }), 422), (json!([]), 403)]
    {
        assert_eq!(patch(wrong.clone()).status, status, "{wrong}");
    }
    let email = standing.vendor().store.owned("emails", &id).next().unwrap().id.clone();
    let body = json!({ "data": { "type": "emails", "id": email, "attributes": { "address": "Other@example.com", "email": "x" } } });
    assert_eq!(ask(&standing, &format!("PATCH /emails/{email}"), Some(body)).read()["errors"][0]["meta"]["field"], "email");
    let phone = |number: &str| {
        let body = json!({ "data": { "type": "phones", "attributes": { "type": "work", "number": number, "primary": true } } });
        ask(&standing, &format!("POST /people/{id}/phones"), Some(body)).status
    };
    assert_eq!([phone("0412 345 678"), phone("+61412345678")], [422, 201]);
    let own = standing.vendor().point("phones", &id, json!({ "type": "home", "number": "+61400000000", "primary": false }));
    let body = json!({ "data": { "type": "phones", "id": own, "attributes": { "number": "+61411111111" } } });
    assert_eq!(ask(&standing, &format!("PATCH /phones/{own}"), Some(body)).status, 200);
}

#[test]
fn data_fields_are_replaced_for_each_schema() {
    let standing = StandIn::new(Wicket::new());
    let id = standing.vendor().person("Jeanne", "Martin", "jeanne@example.com");
    let patch = |fields: Json| {
        let body = json!({ "data": { "type": "people", "id": id, "attributes": { "data_fields": fields } } });
        ask(&standing, &format!("PATCH /people/{id}"), Some(body)).read()["data"]["attributes"]["data_fields"].clone()
    };
    patch(
        json!([{ "schema_slug": "profile", "value": { "chapter": "Paris", "since": 2020 } }, { "schema_slug": "other", "value": { "a": 1 } }]),
    );
    let fields = patch(json!([{ "schema_slug": "profile", "value": { "chapter": "Lyon" } }]));
    assert_eq!(
        fields,
        json!([{ "schema_slug": "other", "value": { "a": 1 } }, { "schema_slug": "profile", "value": { "chapter": "Lyon" } }])
    );
}

#[test]
fn a_touchpoint_is_made_once() {
    let standing = StandIn::new(Wicket::new());
    let person = standing.vendor().person("Jeanne", "Martin", "jeanne@example.com");
    let service = json!({ "data": { "type": "services", "attributes": { "name": "Arlo", "description": "x", "status": "active", "integration_type": "custom" } } });
    let service = ask(&standing, "POST /services", Some(service)).read()["data"]["id"].clone();
    assert_eq!(ask(&standing, "GET /services?filter[name_eq]=Arlo", None).read()["data"][0]["id"], service);
    let touchpoint = |person: &str| {
        let body = json!({ "data": { "type": "touchpoints",
            "attributes": { "action": "Registered for an event", "code": "registered_for_an_event", "details": "Registered for Safety 101",
                "data": { "EventCode": "EVT-12" }, "external_event_id": "arlo-registration-987-approved" },
            "relationships": { "person": { "data": { "type": "people", "id": person } }, "service": { "data": { "type": "services", "id": service } } } } });
        ask(&standing, "POST /touchpoints", Some(body))
    };
    let both = [touchpoint(&person), touchpoint(&person)];
    assert_eq!((both[0].status, both[1].status, &both[0].read()["data"]["id"]), (201, 201, &both[1].read()["data"]["id"]));
    assert_eq!(ask(&standing, &format!("GET /people/{person}/touchpoints?page[size]=100"), None).read()["meta"]["page"]["total_items"], 1);
    let held: Vec<String> = standing.vendor().touchpoints().iter().map(|one| one.id.clone()).collect();
    assert_eq!(held.len(), 1);
    standing.vendor().store.remove(&held[0]);
    assert_eq!(touchpoint("nobody").read()["errors"][0]["meta"]["field"], "person");
}

#[test]
fn memberships_end_after_they_start() {
    let standing = StandIn::new(Wicket::new());
    let person = standing.vendor().person("Jeanne", "Martin", "jeanne@example.com");
    let id = {
        let mut wicket = standing.vendor();
        let tier = wicket.store.insert("memberships", json!({ "name": "Fellow" }), None, Vec::new());
        let to = vec![("person", "people", person), ("membership", "memberships", tier)];
        wicket.store.insert("person_memberships", json!({ "starts_at": "2025-01-01T00:00:00.000Z", "ends_at": null }), None, to)
    };
    let page = |at: &str| {
        let body = json!({ "filter": { "active_at": at }, "page": { "number": 1, "size": 50 } });
        ask(&standing, "POST /person_memberships/query?include=membership", Some(body)).read()
    };
    assert_eq!(page("now")["included"][0]["attributes"]["name"], "Fellow");
    assert_eq!(page("2024-01-01T00:00:00Z")["meta"]["page"]["total_items"], 0);
    let end = |at: &str| {
        let body = json!({ "data": { "type": "person_memberships", "id": id, "attributes": { "ends_at": at } } });
        ask(&standing, &format!("PATCH /person_memberships/{id}"), Some(body))
    };
    assert!(end("2024-01-01T00:00:00.000Z").read()["errors"][0]["title"].as_str().unwrap().starts_with("must be after"));
    assert_eq!((end("2025-06-01T00:00:00.000Z").status, page("now")["meta"]["page"]["total_items"].as_i64()), (200, Some(0)));
}
