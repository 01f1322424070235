//! The stand-ins of the system files, asked as their vendors are: by requests written out here.

use super::systems::{Stage, reading};
use crate::{
    sandbox::Options,
    systems::encode::{base64, base64_url},
};
use ring::hmac;
use serde_json::{Value as Json, json};

const TOKEN: &str = "/services/oauth2/token";

fn query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn ids(page: &Json, key: &str) -> Vec<String> {
    page.as_array().unwrap().iter().map(|one| one[key].as_str().map_or_else(|| one[key].to_string(), str::to_owned)).collect()
}

// Sage People, REST.

fn sage(seeds: Json) -> Stage {
    let stage =
        Stage::set(&reading("sage_people", "employees", "id", &[], &[]), &[("sage_people.employees.jsonl", seeds)], &Options::default());
    let client = [("grant_type", "client_credentials"), ("client_id", "client"), ("client_secret", stage.secret("client_secret"))];
    let token = stage.token(TOKEN, &client).json()["access_token"].as_str().unwrap().to_owned();
    stage.with("/services/apexrest/spapi/v4", "Authorization", format!("Bearer {token}"))
}

#[test]
fn sage_people_goes_on_after_the_last_id_and_ends_with_nothing() {
    let people: Vec<_> =
        (1..=130).map(|at| json!({ "id": format!("a2G{at:04}"), "emailAddress": null, "currentEmployment": null })).collect();
    let stage = sage(json!(people));
    let first = stage.get("/employees").json();
    let last = first["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!((first["data"].as_array().unwrap().len(), last.as_str()), (100, "a2G0100"));
    let second = stage.get(&format!("/employees?marker={last}")).json();
    assert_eq!((second["data"].as_array().unwrap().len(), &second["data"][0]["id"]), (30, &json!("a2G0101")));
    let end = stage.get("/employees?marker=a2G0130");
    assert_eq!((end.status, end.text.as_str()), (204, ""));
    let refused = stage.get("/employees?marker=x");
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (400, &json!({ "message": "Invalid marker", "innererror": { "code": "INVALID_MARKER" } }))
    );
    assert_eq!(stage.get("/employees/a2G0007").json(), json!({ "id": "a2G0007", "emailAddress": null, "currentEmployment": null }));
}

#[test]
fn sage_people_tells_json_to_those_who_take_it() {
    let stage = sage(json!([{ "id": "1" }]));
    let accept = |media: &str| {
        let url = format!("{}/employees", stage.base);
        stage.send("GET", &url, &[("Accept", media), ("Authorization", &stage.headers[0].1)], "").status
    };
    assert_eq!([accept("application/json"), accept("text/html, */*;q=0.1"), accept("application/xml")], [200, 200, 406]);
    assert_eq!(accept("application/vnd.github+json"), 200, "JSON by another name");
}

// Sage People, SOQL.

fn soql(seeds: Json) -> Stage {
    use ring::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
    use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
    let stage = Stage::set(
        &reading("sage_people_soql", "team_members", "id", &[], &[]),
        &[("sage_people_soql.team_members.jsonl", seeds)],
        &Options::default(),
    );
    let key = KeyPair::from_pkcs8(PrivateKeyDer::from_pem_slice(stage.secret("private_key").as_bytes()).unwrap().secret_der()).unwrap();
    let ends = jiff::Timestamp::now().as_second() + 180;
    let claims = json!({ "iss": "client", "sub": "integration@example.com", "aud": "https://login.salesforce.com", "exp": ends });
    let unsigned = format!("{}.{}", base64_url(br#"{"alg":"RS256"}"#), base64_url(claims.to_string().as_bytes()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), unsigned.as_bytes(), &mut signature).unwrap();
    let assertion = format!("{unsigned}.{}", base64_url(&signature));
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.as_str())];
    let token = stage.token(TOKEN, &form).json()["access_token"].as_str().unwrap().to_owned();
    stage.with("/services/data/v58.0", "Authorization", format!("Bearer {token}"))
}

#[test]
fn salesforce_links_relatively_until_it_is_done() {
    let member = |at: usize| {
        json!({ "Id": format!("a{at:03}"), "fHCM2__Surname__c": "Martin", "fHCM2__Email__c": "x@example.com",
                "fHCM2__Manager__r": { "fHCM2__Unique_Id__c": "00012", "Name": "no" }, "SystemModstamp": format!("2025-03-{:02}T09:00:00.000+0000", at % 28 + 1) })
    };
    let stage = soql(json!((0..120).map(member).collect::<Vec<_>>()));
    let asked = "SELECT Id,fHCM2__Manager__r.fHCM2__Unique_Id__c FROM fHCM2__Team_Member__c ORDER BY Id";
    let first = stage.get(&format!("/query?q={}", query(asked))).json();
    assert_eq!((&first["totalSize"], &first["done"], first["records"].as_array().unwrap().len()), (&json!(120), &json!(false), 100));
    assert_eq!(first["records"][0], json!({ "Id": "a000", "fHCM2__Manager__r": { "fHCM2__Unique_Id__c": "00012" } }));
    let next = first["nextRecordsUrl"].as_str().unwrap();
    assert!(next.starts_with("/services/data/v58.0/query?"), "{next}");
    let second = stage.get(&format!("{}{next}", stage.running.origin)).json();
    assert_eq!((&second["done"], second["records"].as_array().unwrap().len(), second.get("nextRecordsUrl")), (&json!(true), 20, None));
    let since =
        "SELECT Id,SystemModstamp FROM fHCM2__Team_Member__c WHERE SystemModstamp >= 2025-03-27T00:00:00Z ORDER BY SystemModstamp, Id";
    let changed = stage.get(&format!("/query?q={}", query(since))).json();
    assert_eq!(ids(&changed["records"], "Id"), ["a026", "a054", "a082", "a110", "a027", "a055", "a083", "a111"]);
    let refused = stage.get(&format!("/query?q={}", query("SELECT Id FROM Account")));
    assert_eq!((refused.status, &refused.json()[0]["errorCode"]), (400, &json!("MALFORMED_QUERY")));
}

// Oomnitza.

fn oomnitza() -> Stage {
    let users = json!([
        { "user_id": "u1", "username": "Ann@example.com", "email": "Ann@example.com", "role": 25, "suspended": false, "version": 3, "external_id": "" },
        { "user_id": "u2", "username": "bob@example.com", "email": "bob@example.com", "role": 25, "suspended": false, "external_id": "00012" }
    ]);
    let accounts =
        json!([{ "saas_user_id": "a1", "saas_id": "s1", "user_id": "u1" }, { "saas_user_id": "a2", "saas_id": "s1", "user_id": "u2" }]);
    let seeds = [("oomnitza.users.jsonl", users), ("oomnitza.saas_users.jsonl", accounts)];
    let stage = Stage::set(&reading("oomnitza", "users", "user_id", &[], &[]), &seeds, &Options::default());
    let token = stage.secret("token").to_owned();
    stage.with("/api/v3", "Authorization2", token)
}

#[test]
fn oomnitza_lists_with_its_total_in_a_header_and_finds_by_filter() {
    let stage = oomnitza();
    let page = stage.get("/users?limit=1&skip=1&sortby=creation_date+asc");
    assert_eq!((page.header("x-total-count"), ids(&page.json(), "user_id")), (Some("2"), vec!["u2".to_owned()]));
    let found = |filter: &str| stage.get(&format!("/users?filter={}&limit=2", query(filter)));
    assert_eq!(ids(&found("email eq 'ann@EXAMPLE.com'").json(), "user_id"), ["u1"]);
    assert_eq!((found("username eq 'nobody'").json(), found("phone eq '1'").status), (json!([]), 400));
}

#[test]
fn oomnitza_creates_changes_and_suspends() {
    let stage = oomnitza();
    let new = json!({ "username": "c@example.com", "email": "c@example.com", "role": 25, "position": "Employee" });
    let made = stage.ask("POST", "/users", &new.to_string());
    let id = made.json()["user_id"].as_str().unwrap().to_owned();
    assert_eq!((made.status, made.header("location").unwrap().ends_with(&id)), (201, true));
    assert_eq!(stage.ask("POST", "/users", &new.to_string()).status, 409);
    let mut wrong = new;
    wrong["username"] = json!("d@example.com");
    wrong["email"] = json!("d@example.com");
    wrong["position"] = json!("King");
    let refused = stage.ask("POST", "/users", &wrong.to_string());
    assert_eq!((refused.status, &refused.json()["message"]), (400, &json!("position is not on the list of what it may be")));
    assert_eq!(stage.ask("PATCH", "/users/u1", r#"{"suspended":true}"#).json()["suspended"], json!(true));
    assert_eq!((stage.ask("DELETE", "/users/u2", "").status, stage.get("/users/u2").status), (200, 404));
}

#[test]
fn oomnitza_answers_a_batch_for_each_of_its_items() {
    let stage = oomnitza();
    let answer = stage.ask("PATCH", "/saas_users/deactivate", r#"{"saas_user_ids":["a1","a9"]}"#);
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!([{ "saas_user_id": "a1" }, { "saas_user_id": "a9", "error": "`a9` is not known here" }]))
    );
    assert_eq!(stage.store.effects().unwrap()[0].effect, "call deactivate");
    let assigned = stage.ask("POST", "/saas/s1/users", r#"[{"user_id":"u2","assign":true},{"user_id":"u9","assign":true}]"#);
    assert_eq!(assigned.json(), json!([{ "user_id": "u2" }, { "user_id": "u9", "error": "`u9` is not known here" }]));
    let many = json!({ "saas_user_ids": (0..101).map(|at| at.to_string()).collect::<Vec<_>>() });
    assert_eq!(stage.ask("PATCH", "/saas_users/activate", &many.to_string()).status, 400);
}

// Wicket.

fn wicket(seeds: &[(&str, Json)]) -> Stage {
    let stage = Stage::set(&reading("wicket", "people", "id", &[], &[]), seeds, &Options::default());
    let claims = json!({ "sub": "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77", "iat": jiff::Timestamp::now().as_second(),
                         "exp": jiff::Timestamp::now().as_second() + 600, "aud": "https://acme-api.wicketcloud.com" });
    let unsigned = format!("{}.{}", base64_url(br#"{"alg":"HS256"}"#), base64_url(claims.to_string().as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, stage.secret("api_secret").as_bytes());
    let signature = base64_url(hmac::sign(&key, unsigned.as_bytes()).as_ref());
    stage.with("", "Authorization", format!("Bearer {unsigned}.{signature}"))
}

fn person(id: &str, mail: &str) -> Json {
    json!({ "type": "people", "id": id, "attributes": { "given_name": "Ann", "family_name": "Lee", "updated_at": "2025-03-02T09:00:00.000Z",
                "data_fields": [{ "schema_slug": "profile", "value": { "chapter": "Paris" } }] },
            "relationships": {
                "emails": { "data": [{ "type": "emails", "id": format!("e{id}"), "attributes": { "address": mail, "primary": true } }] },
                "phones": { "data": [{ "type": "phones", "id": format!("f{id}"), "attributes": { "number": "+33100000001", "type": "work", "primary": true } }] } } })
}

fn people() -> Stage {
    let all: Vec<_> = (1..=60).map(|at| person(&at.to_string(), &format!("p{at}@example.com"))).collect();
    wicket(&[("wicket.people.jsonl", json!(all))])
}

#[test]
fn wicket_links_absolutely_and_includes_what_is_asked_for() {
    let stage = people();
    let first = stage.get("/people?page[number]=1&page[size]=50&include=emails&sort=created_at");
    assert_eq!(first.header("content-type"), Some("application/vnd.api+json"));
    let page = first.json();
    assert_eq!(
        (&page["meta"]["page"]["total_items"], page["data"].as_array().unwrap().len(), page["included"].as_array().unwrap().len()),
        (&json!(60), 50, 50)
    );
    assert_eq!(page["data"][0]["relationships"]["emails"], json!({ "data": [{ "type": "emails", "id": "e1" }] }));
    assert_eq!(
        page["included"][0],
        json!({ "type": "emails", "id": "e1", "attributes": { "address": "p1@example.com", "primary": true } })
    );
    let next = page["links"]["next"].as_str().unwrap();
    assert!(next.starts_with(&stage.running.origin), "{next}");
    let second = stage.get(next).json();
    assert_eq!(
        (second["data"].as_array().unwrap().len(), second["included"].as_array().unwrap().len(), second.get("links")),
        (10, 10, None)
    );
    let one = stage.get("/people/7").json();
    assert_eq!((one["data"]["id"].as_str(), one.get("included")), (Some("7"), None));
}

#[test]
fn wicket_finds_by_its_primary_address_and_by_time() {
    let stage = people();
    let found = |mail: &str| {
        stage.get(&format!("/people?filter[emails_primary_eq]=true&filter[emails_address_eq]={}&include=emails", query(mail))).json()
    };
    assert_eq!((ids(&found("P3@example.com")["data"], "id"), found("x@example.com")["data"].clone()), (vec!["3".to_owned()], json!([])));
    let since = |at: &str| stage.get(&format!("/people?page[size]=50&filter[updated_at_gteq]={}", query(at))).json();
    assert_eq!(since("2025-03-03T00:00:00Z")["data"], json!([]));
    assert_eq!(since("2025-03-01T00:00:00Z")["meta"]["page"]["total_items"], json!(60));
}

#[test]
fn wicket_creates_with_an_address_inline_and_refuses_one_that_is_taken() {
    let stage = people();
    let new = json!({ "data": { "type": "people", "attributes": { "given_name": "Jeanne", "family_name": "Martin" },
        "relationships": { "emails": { "data": [{ "type": "emails", "attributes": { "address": "j@example.com", "primary": true, "unique": true, "type": "work" } }] } } } });
    let made = stage.ask("POST", "/people", &new.to_string());
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!((made.status, &made.json()["data"]["attributes"]["given_name"]), (201, &json!("Jeanne")), "{}", made.text);
    let whole = stage.get(&format!("/people/{id}?include=emails")).json();
    let email = &whole["included"][0];
    assert_eq!((&email["attributes"]["address"], email["id"].is_string()), (&json!("j@example.com"), true), "{whole}");
    let refused = stage.ask("POST", "/people", &new.to_string());
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]),
        (409, &json!({ "detail": "email.address is taken", "meta": { "error": "taken" } }))
    );
    let empty = json!({ "data": { "type": "people", "attributes": { "given_name": "X" } } });
    assert_eq!(stage.ask("POST", "/people", &empty.to_string()).status, 422);
    assert_eq!(stage.ask("POST", "/people", r#"{"data":{"type":"dogs","attributes":{}}}"#).status, 422);
}

#[test]
fn wicket_replaces_data_fields_whole_and_merges_the_rest() {
    let stage = people();
    let change = json!({ "data": { "type": "people", "id": "1", "attributes": { "job_title": "Lead", "data_fields": [{ "schema_slug": "other", "value": {} }] } } });
    let attributes = stage.ask("PATCH", "/people/1", &change.to_string()).json()["data"]["attributes"].clone();
    assert_eq!((&attributes["job_title"], &attributes["family_name"]), (&json!("Lead"), &json!("Lee")));
    assert_eq!(attributes["data_fields"], json!([{ "schema_slug": "other", "value": {} }]));
    assert_ne!(attributes["updated_at"], json!("2025-03-02T09:00:00.000Z"));
}

#[test]
fn wicket_changes_the_parts_of_a_person_by_their_own_calls() {
    let stage = people();
    let phone = |id: Option<&str>, number: &str, primary: bool| {
        let mut data = json!({ "type": "phones", "attributes": { "number": number, "primary": primary } });
        id.into_iter().for_each(|id| data["id"] = json!(id));
        json!({ "data": data }).to_string()
    };
    let changed = stage.ask("PATCH", "/phones/f2", &phone(Some("f2"), "+33100000002", true));
    assert_eq!(
        (changed.status, &changed.json()["data"]["attributes"]),
        (200, &json!({ "number": "+33100000002", "type": "work", "primary": true }))
    );
    let made = stage.ask("POST", "/people/2/phones", &phone(None, "+33100000003", true));
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!((made.status, id == "f2"), (201, false));
    let whole = stage.get("/people/2?include=phones").json();
    let primary: Vec<_> = whole["included"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["attributes"]["primary"] == true))
        .collect();
    assert_eq!(primary, [("f2", false), (id.as_str(), true)]);
    assert_eq!(stage.ask("PATCH", &format!("/phones/{id}"), &phone(Some(&id), "nonsense", true)).status, 422);
    let address = json!({ "data": { "type": "addresses", "attributes": { "city": "Lyon", "primary": true } } }).to_string();
    assert_eq!(stage.ask("POST", "/people/3/addresses", &address).status, 201);
    assert_eq!(stage.get("/people/3?include=addresses").json()["included"][0]["attributes"]["city"], json!("Lyon"));
    assert_eq!(stage.ask("PATCH", "/phones/nobody", &phone(None, "+33100000003", true)).status, 404);
}

#[test]
fn wicket_lists_by_post_and_includes_the_membership() {
    let membership = |at: i64| {
        json!({ "type": "person_memberships", "id": format!("m{at}"), "attributes": {}, "relationships": {
        "person": { "data": { "type": "people", "id": "1" } },
        "membership": { "data": { "type": "memberships", "id": "gold", "attributes": { "name": "Gold" } } } } })
    };
    let stage = wicket(&[("wicket.person_memberships.jsonl", json!((1..=60).map(membership).collect::<Vec<_>>()))]);
    let body = json!({ "filter": { "active_at": "now" }, "page": { "number": 2, "size": 50 } });
    let page = stage.ask("POST", "/person_memberships/query?include=membership", &body.to_string()).json();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["data"][0]["id"]), (10, &json!("m51")));
    assert_eq!(page["included"], json!([{ "type": "memberships", "id": "gold", "attributes": { "name": "Gold" } }]));
    assert_eq!(page["data"][0]["relationships"]["person"], json!({ "data": { "type": "people", "id": "1" } }));
}

#[test]
fn wicket_drops_a_touchpoint_that_it_has() {
    let stage = people();
    let touchpoint = json!({ "data": { "type": "touchpoints", "attributes": { "external_event_id": "arlo-1-approved", "action": "Registered", "code": "registered" },
        "relationships": { "person": { "data": { "type": "people", "id": "1" } }, "service": { "data": { "type": "services", "id": "s" } } } } });
    let (first, second) =
        (stage.ask("POST", "/touchpoints", &touchpoint.to_string()), stage.ask("POST", "/touchpoints", &touchpoint.to_string()));
    assert_eq!((first.status, second.status), (201, 200));
    assert_eq!(first.json()["data"]["id"], second.json()["data"]["id"]);
    assert_eq!(stage.store.records("wicket", "touchpoints").unwrap().len(), 1);
}

// Arlo.

const RESOURCES: &str = "/api/2012-02-01/auth/resources";

fn arlo_with(seeds: &[(&str, Json)], collection: &str, discovered: &[(&str, &str, &str)]) -> Stage {
    let stage = Stage::set(&reading("arlo", collection, "id", &[], discovered), seeds, &Options::default());
    let basic = format!("Basic {}", base64(format!("api@example.com:{}", stage.secret("password")).as_bytes()));
    stage.with(RESOURCES, "Authorization", basic)
}

fn contact(id: i64) -> Json {
    json!({ "ContactID": id, "UniqueIdentifier": format!("u{id}"), "FirstName": "Ann", "LastName": "O'Brien & Co", "Email": format!("O'Brien{id}@example.com"),
            "Status": "Active", "LastModifiedDateTime": "2025-03-02T09:00:00.000Z", "PhoneHome": "+331",
            "Link": [{ "@rel": "self", "@href": "x" },
                     { "@rel": "employment", "Employment": { "Position": "Nurse" } },
                     { "@rel": "custom", "CustomFields": { "Field": [{ "Name": "Badge", "Value": { "String": "B1" }, "Link": { "@href": "https://x/fields/badge/" } }] } }] })
}

fn arlo() -> Stage {
    let mut all: Vec<_> = (1..=300).map(contact).collect();
    all.push(json!({ "ContactID": 900, "_merged_into": 7 }));
    arlo_with(&[("arlo.contacts.jsonl", json!(all))], "contacts", &[])
}

/// `<diff>` with operations.
fn diff(operations: &str) -> String {
    format!("<diff>{operations}</diff>")
}

#[test]
fn arlo_puts_the_next_link_among_the_items() {
    let stage = arlo();
    let first = stage.get("/contacts/?top=250&expand=Contact");
    assert_eq!(first.header("content-type"), Some("application/xml; charset=utf-8"));
    let item = r#"<Link rel="http://schemas.arlo.co/api/2012/02/auth/Contact"><Contact><ContactID>1</ContactID><UniqueIdentifier>u1</UniqueIdentifier><FirstName>Ann</FirstName><LastName>O'Brien &amp; Co</LastName>"#;
    assert!(first.text.contains(item), "{}", &first.text[..900]);
    assert_eq!(first.text.matches("<Contact>").count(), 250);
    assert!(!first.text.contains("Employment>") && !first.text.contains("CustomFields"), "parts were not asked for");
    let next = regex::Regex::new(r#"<Link rel="next" href="([^"]+)"/></Contacts>$"#).unwrap();
    let next = next.captures(&first.text).unwrap()[1].replace("&amp;", "&");
    let second = stage.get(&next);
    assert_eq!((second.text.matches("<Contact>").count(), second.text.contains(r#"rel="next""#)), (50, false));
    let parts = stage.get("/contacts/5/?expand=Contact/Employment").text;
    assert!(
        parts.contains(r#"<Link rel="employment"><Employment><Position>Nurse</Position></Employment></Link>"#)
            && !parts.contains("CustomFields"),
        "{parts}"
    );
}

#[test]
fn arlo_understands_its_filters() {
    let stage = arlo();
    let found = |filter: &str| stage.get(&format!("/contacts/?filter={}&expand=Contact", query(filter)));
    let one = found("Email eq 'o''brien7@example.com'");
    assert_eq!((one.text.matches("<Contact>").count(), one.text.contains("<ContactID>7</ContactID>")), (1, true), "{}", one.text);
    let none = found("Email eq 'nobody@example.com'");
    assert_eq!((none.status, none.text.ends_with("<Contacts/>")), (200, true), "{}", none.text);
    let since = |at: &str| found(&format!("LastModifiedDateTime ge datetime('{at}')")).text.matches("<Contact>").count();
    assert_eq!((since("2025-03-02T09:00:00.000Z"), since("2025-03-02T09:00:00.001Z")), (250, 0));
    assert_eq!(found("City eq 'Lyon'").status, 400);
}

#[test]
fn arlo_creates_and_takes_a_strict_diff() {
    let stage = arlo();
    let body = "<Contact><FirstName>Jeanne</FirstName><LastName>Martin</LastName><Email>j@example.com</Email></Contact>";
    let made = stage.ask("POST", "/contacts/", body);
    let id = regex::Regex::new("<ContactID>([0-9]+)</ContactID>").unwrap().captures(&made.text).unwrap()[1].to_owned();
    assert_eq!((made.status, made.text.contains("<UniqueIdentifier>")), (201, true), "{}", made.text);
    assert_eq!(made.header("location"), Some(format!("{}/contacts/{id}/", stage.base).as_str()));
    let patch = |operations: &str| stage.ask("PATCH", &format!("/contacts/{id}/"), &diff(operations));
    let changed =
        patch(r#"<replace sel="Contact/Email/text()[1]">m@example.com</replace><add sel="Contact"><PhoneWork>+331</PhoneWork></add>"#);
    assert_eq!(changed.status, 200, "{}", changed.text);
    let now = stage.get(&format!("/contacts/{id}/")).text;
    assert!(now.contains("<Email>m@example.com</Email>") && now.contains("<PhoneWork>+331</PhoneWork>"), "{now}");
    let refused = patch(r#"<add sel="Contact"><PhoneWork>+332</PhoneWork></add>"#);
    assert_eq!(
        (
            refused.status,
            refused.text.contains("<ApiException><Message>the diff can't be applied: `Contact` has a `PhoneWork` already</Message>")
        ),
        (400, true),
        "{}",
        refused.text
    );
    assert_eq!(patch(r#"<remove sel="Contact/PhoneHome"/>"#).status, 400);
    assert_eq!(patch(r#"<remove sel="Contact/PhoneWork"/>"#).status, 200);
    assert_eq!(patch(r#"<replace sel="Contact/Status/text()[1]">Gone</replace>"#).status, 400, "it has none yet");
    let long = format!("<replace sel=\"Contact/FirstName/text()[1]\">{}</replace>", "x".repeat(33));
    assert!(patch(&long).text.contains("first_name is longer than 32 characters"));
    assert_eq!(stage.ask("POST", "/contacts/", "<Contact><FirstName>x</Contact>").status, 400);
}

#[test]
fn arlo_changes_parts_at_addresses_of_their_own() {
    let stage = arlo();
    let employment = |operations: &str| stage.ask("PATCH", "/contacts/3/employment/", &diff(operations));
    let changed =
        employment(r#"<replace sel="Employment/Position/text()[1]">Doctor</replace><add sel="Employment"><Branch>North</Branch></add>"#);
    assert_eq!(
        (changed.status, changed.text.ends_with("<Employment><Position>Doctor</Position><Branch>North</Branch></Employment>")),
        (200, true),
        "{}",
        changed.text
    );
    let address = stage.ask("PATCH", "/contacts/3/postaladdress/", &diff(r#"<add sel="PostalAddress"><City>Lyon</City></add>"#));
    assert_eq!(address.status, 200, "it was empty, and is there all the same: {}", address.text);
    let whole = stage.get("/contacts/3/?expand=Employment,PostalAddress").text;
    assert!(whole.contains("<Branch>North</Branch>") && whole.contains("<PostalAddress><City>Lyon</City></PostalAddress>"), "{whole}");
    let post_code =
        stage.ask("PATCH", "/contacts/3/postaladdress/", &diff(r#"<add sel="PostalAddress"><PostCode>12345678901234567</PostCode></add>"#));
    assert!(post_code.status == 400 && post_code.text.contains("address.postcode is longer than 16 characters"), "{}", post_code.text);
}

#[test]
fn arlo_tells_its_custom_fields_and_takes_their_values() {
    let stage = arlo();
    let described = stage.get("/contacts/describe/customfields");
    let item = r#"<FieldDescriptions><Link><FieldDescription><Name>Badge</Name><Link href="https://x/fields/badge/"/><ValueType><TypeName>String</TypeName><IsArray>false</IsArray></ValueType></FieldDescription></Link></FieldDescriptions>"#;
    assert!(described.text.ends_with(item), "{}", described.text);
    let set = r#"<replace sel="CustomFields/Field[Name='Badge']/Value/String/text()[1]">B2</replace>
        <add sel="CustomFields"><Field><Name>Chapter</Name><Link href="https://x/fields/chapter/"/><Value><String>Paris</String></Value></Field></add>"#;
    let changed = stage.ask("PATCH", "/contacts/4/customfields/", &diff(set));
    assert_eq!(changed.status, 200, "{}", changed.text);
    let whole = stage.get("/contacts/4/?expand=CustomFields").text;
    assert!(whole.contains("<String>B2</String>") && whole.contains("<Name>Chapter</Name>"), "{whole}");
    assert!(stage.get("/contacts/describe/customfields").text.contains("<Name>Chapter</Name>"));
}

#[test]
fn arlo_tells_the_custom_fields_of_a_seed() {
    let field = json!({ "Name": "WicketOrgId", "ValueType": { "TypeName": "String" }, "Link": [{ "@href": "https://x/fields/org/" }] });
    let stage = arlo_with(
        &[("arlo.organisations.custom.jsonl", json!([field])), ("arlo.organisations.jsonl", json!([{ "OrganisationID": 1, "Name": "A" }]))],
        "organisations",
        &[],
    );
    assert!(stage.get("/organisations/describe/customfields").text.contains("<Name>WicketOrgId</Name>"));
    let add = r#"<add sel="CustomFields"><Field><Name>WicketOrgId</Name><Link href="https://x/fields/org/"/><Value><String>o1</String></Value></Field></add>"#;
    assert_eq!(stage.ask("PATCH", "/organisations/1/customfields/", &diff(add)).status, 200);
    let listed = stage.get("/organisations/?top=250&expand=Organisation,Organisation/CustomFields").text;
    assert!(listed.contains("<Value><String>o1</String></Value>"), "{listed}");
}

#[test]
fn arlo_sends_on_from_a_merged_contact_and_takes_xml_alone() {
    let stage = arlo();
    for method in ["GET", "PATCH"] {
        let moved = stage.ask(method, "/contacts/900/", &diff(""));
        assert_eq!((moved.status, moved.header("location")), (308, Some(format!("{}/contacts/7/", stage.base).as_str())));
    }
    assert_eq!(stage.get("/contacts/901/").status, 404);
    let json = stage.send(
        "GET",
        &format!("{}/contacts/", stage.base),
        &[("Accept", "application/json"), ("Authorization", &stage.headers[0].1)],
        "",
    );
    assert_eq!(json.status, 406);
}

#[test]
fn arlo_says_in_json_that_it_was_asked_too_often() {
    let plan = reading("arlo", "contacts", "id", &[], &[]);
    let stage = Stage::set(&plan, &[], &Options::strict());
    let basic = format!("Basic {}", base64(format!("api@example.com:{}", stage.secret("password")).as_bytes()));
    let stage = stage.with(RESOURCES, "Authorization", basic);
    let ask = || stage.get("/contacts/?top=1");
    (0..300).for_each(|_| drop(ask()));
    let last = ask();
    assert_eq!(
        (last.status, last.json()["error"].clone(), last.header("retry-after").is_some()),
        (429, json!("rate_limit_exceeded"), true)
    );
}

// Lucca and SCIM.

#[test]
fn lucca_tells_the_fields_and_changes_that_are_asked_for() {
    let users = json!([
        { "id": 1, "lastName": "MARTIN", "mail": "J@example.com", "department": { "name": "Sales" }, "extendedData": { "e_badge": "B1" }, "modifiedAt": "2024-09-07T10:20:06.583" },
        { "id": 2, "lastName": "DURAND", "mail": null, "department": null, "modifiedAt": "2025-03-02T16:01:44.03" }
    ]);
    let stage = Stage::set(&reading("lucca", "users", "id", &[], &[]), &[("lucca.users.jsonl", users)], &Options::default());
    let key = format!("lucca application={}", stage.secret("api_key"));
    let stage = stage.with("", "Authorization", key);
    let list =
        |more: &str| stage.get(&format!("/api/v3/users?formerEmployees=true&orderBy=id,asc&paging=0,1000{more}")).json()["data"].clone();
    assert_eq!(
        list("&fields=id,department.name,collection.count"),
        json!({ "items": [{ "id": 1, "department": { "name": "Sales" } }, { "id": 2, "department": null }], "count": 2 })
    );
    assert_eq!(list("&fields=id&modifiedAt=since,2025-01-01T08:45:23"), json!({ "items": [{ "id": 2 }] }));
    let put = stage.ask("PUT", "/api/v3/users/1", r#"{"dtContractEnd":"2025-03-31T00:00:00","e_badge":"B2"}"#).json();
    assert_eq!((&put["data"]["extendedData"]["e_badge"], &put["data"]["lastName"]), (&json!("B2"), &json!("MARTIN")));
    assert_ne!(put["data"]["modifiedAt"], json!("2024-09-07T10:20:06.583"));
}

#[test]
fn scim_changes_by_patch_and_finds_what_changed() {
    let stage = Stage::set(
        &reading("scim", "users", "id", &[("base_url", "https://scim.example.com/scim/v2")], &[]),
        &[("scim.users.jsonl", json!([{ "id": "1", "userName": "ann", "active": true }]))],
        &Options::default(),
    );
    let token = format!("Bearer {}", stage.secret("token"));
    let stage = stage.with("/scim/v2", "Authorization", token);
    let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let changed = stage.ask("PATCH", "/Users/1", &patch.to_string());
    assert_eq!(
        (changed.status, &changed.json()["active"], changed.header("content-type")),
        (200, &json!(false), Some("application/scim+json"))
    );
    let since = |at: &str| {
        stage.get(&format!("/Users?startIndex=1&count=100&filter={}", query(&format!("meta.lastModified ge \"{at}\"")))).json()["totalResults"].clone()
    };
    assert_eq!((since("2020-01-01T00:00:00Z"), since("2999-01-01T00:00:00Z")), (json!(1), json!(0)));
    assert_eq!(stage.get("/Users?startIndex=1&count=1").status, 200);
    assert_eq!(stage.get("/Groups").status, 404);
}
