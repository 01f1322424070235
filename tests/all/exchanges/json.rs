//! The vendors that speak plain JSON: Lucca, Reward Gateway, Sage People, Oomnitza.

use super::*;
use counterpart::systems::Effect;
use serde_json::json;

#[test]
fn lucca_lists_two_pages() {
    let lucca = opened("lucca.users", "lucca/list");
    let attributes = ["id", "first_name", "last_name", "email", "contract_end", "employee_number", "department", "manager_id", "badge"];
    let (end, users) = lucca.list("users", &attributes, None);
    lucca.script.content();
    assert_eq!(end, End::Complete { evidence: "the announced total of 3 was met".into() });
    assert_eq!(users.iter().map(|user| &user["id"]).collect::<Vec<_>>(), [416, 417, 418]);
}

#[test]
fn lucca_lists_what_has_changed() {
    let lucca = opened("lucca.users", "lucca/since");
    assert_eq!(lucca.list("users", &["id"], Some("2025-03-01T08:45:23Z")).0, End::Delta);
    lucca.script.content();
}

#[test]
fn lucca_gives_one_user() {
    let lucca = opened("lucca.users", "lucca/get");
    let GetResult::Record(user) = lucca.get("users", Value::Int(417), &["email", "badge"]).unwrap() else { panic!("it is there") };
    lucca.script.content();
    assert_eq!(serde_json::from_slice::<Json>(&user.json).unwrap()["extendedData"], json!({ "e_badge": "B-204" }));
    let gone = opened("lucca.users", "lucca/get_gone").get("users", Value::Int(9), &["email"]).unwrap();
    assert_eq!(gone, GetResult::Gone);
}

#[test]
fn lucca_ends_a_contract() {
    let lucca = opened("lucca.users", "lucca/update");
    lucca.update("users", Value::Int(417), &[("contract_end", date(2025, 3, 31)), ("badge", text("B-204"))]).unwrap();
    lucca.script.content();
}

#[test]
fn reward_gateway_lists_by_what_was_received() {
    let reward = opened("reward_gateway.members", "reward_gateway/list");
    let (end, members) = reward.list("members", &["id", "email"], None);
    reward.script.content();
    assert_eq!((end, members.len()), (End::Complete { evidence: "the announced total of 2 was met".into() }, 2));
}

#[test]
fn reward_gateway_finds_nobody_without_a_list() {
    let reward = opened("reward_gateway.members", "reward_gateway/find");
    assert_eq!(reward.find("members", "external_id", "00\"57", &[]).unwrap(), Vec::<Json>::new());
    assert_eq!(reward.find("members", "email", "jeanne.martin@example.com", &[]).unwrap()[0]["id"], "83021");
    reward.script.content();
}

#[test]
fn reward_gateway_creates_changes_and_closes() {
    let reward = opened("reward_gateway.members", "reward_gateway/write");
    let values = [
        ("external_id", text("00057")),
        ("user_name", text("00057")),
        ("first_name", text("Jeanne")),
        ("last_name", text("Martin")),
        ("email", text("jeanne.martin@example.com")),
        ("active", Value::Bool(true)),
    ];
    let made = reward.create("members", &values).unwrap();
    assert_eq!(made.id, Some(text("83021")));
    let changed = [("email", text("j.martin@example.com")), ("division", text("IT")), ("birth_date", date(1986, 7, 4))];
    reward.update("members", text("83021"), &changed).unwrap();
    reward.update("members", text("83021"), &[("active", Value::Bool(false))]).unwrap();
    reward.write("members", WriteKind::Delete, Some(text("83021")), &[], None).unwrap();
    reward.script.content();
}

#[test]
fn reward_gateway_says_what_is_taken() {
    let reward = opened("reward_gateway.members", "reward_gateway/taken");
    let taken = reward.create("members", &[("external_id", text("00057"))]).unwrap_err();
    reward.script.content();
    assert_eq!(
        (taken.status, taken.code.as_deref(), taken.message.as_str(), taken.effect),
        (Some(409), Some("uniqueness"), "userName is taken", Effect::None)
    );
}

#[test]
fn sage_people_lists_until_204() {
    let sage = opened("sage_people.employees", "sage_people/list");
    let (end, employees) = sage.list("employees", &["id", "email"], None);
    sage.script.content();
    assert_eq!(end, End::Complete { evidence: "the declared status came".into() });
    assert_eq!((employees.len(), &employees[2]["currentEmployment"]), (3, &Json::Null));
}

#[test]
fn sage_people_has_another_token_given_once() {
    let sage = opened("sage_people.employees", "sage_people/expired");
    let (end, employees) = sage.list("employees", &["id"], None);
    sage.script.content();
    assert_eq!((end.is_complete(), employees.len()), (true, 1));
}

#[test]
fn sage_people_by_soql() {
    let sage = opened("sage_people_soql.team_members", "sage_people/soql");
    let (end, members) = sage.list("team_members", &["id", "unique_id", "manager"], None);
    sage.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!((members.len(), &members[1]["fHCM2__Manager__r"]), (2, &Json::Null));
}

#[test]
fn sage_people_by_soql_since() {
    let sage = opened("sage_people_soql.team_members", "sage_people/soql_since");
    assert_eq!(sage.list("team_members", &["id"], Some("2025-03-02T00:00:00Z")).0, End::Delta);
    sage.script.content();
}

#[test]
fn oomnitza_lists_to_the_total_of_its_header() {
    let oomnitza = opened("oomnitza.users", "oomnitza/list");
    let (end, users) = oomnitza.list("users", &["user_id"], None);
    oomnitza.script.content();
    assert_eq!((end, users.len()), (End::Complete { evidence: "the announced total of 2 was met".into() }, 2));
}

#[test]
fn oomnitza_finds_creates_and_suspends() {
    let oomnitza = opened("oomnitza.users", "oomnitza/write");
    let found = oomnitza.find("users", "email", "jeanne.martin@example.com", &[]).unwrap();
    assert_eq!(found.len(), 1);
    let refused = oomnitza.find("users", "email", "o'neill@example.com", &[]).unwrap_err();
    assert_eq!((refused.status, refused.effect), (None, Effect::None), "a quote can't be written, so nothing is asked: {refused}");
    let values = [
        ("username", text("jeanne.martin@example.com")),
        ("email", text("jeanne.martin@example.com")),
        ("first_name", text("Jeanne")),
        ("last_name", text("Martin")),
        ("position", text("Employee")),
        ("role", Value::Int(25)),
    ];
    let id = oomnitza.create("users", &values).unwrap().id.unwrap();
    assert_eq!(id, text("7d2c0f3e9a6b4f6c8e1a2b3c4d5e6f70"));
    oomnitza.update("users", id.clone(), &[("suspended", Value::Bool(true))]).unwrap();
    oomnitza.update("users", id, &[("phone", Value::Null)]).unwrap();
    oomnitza.script.content();
}

#[test]
fn oomnitza_says_of_each_saas_user_what_became_of_it() {
    let oomnitza = opened("oomnitza.users", "oomnitza/deactivate");
    let outcomes = oomnitza.call("saas_users", "deactivate", &[("a1", &[]), ("a2", &[])]);
    oomnitza.script.content();
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert_eq!(outcomes[1].as_ref().unwrap_err().message, "SaaS user not found");
}

#[test]
fn oomnitza_gives_finds_and_removes_one_user() {
    let oomnitza = opened("oomnitza.users", "oomnitza/one");
    let id = "7d2c0f3e9a6b4f6c8e1a2b3c4d5e6f70";
    let GetResult::Record(user) = oomnitza.get("users", text(id), &["email"]).unwrap() else { panic!("it is there") };
    assert_eq!(serde_json::from_slice::<Json>(&user.json).unwrap()["role"], 25);
    assert_eq!(oomnitza.find("users", "username", "jeanne.martin@example.com", &[]).unwrap().len(), 1);
    for id in [id, "8d2c0f3e9a6b4f6c8e1a2b3c4d5e6f70"] {
        oomnitza.write("users", WriteKind::Delete, Some(text(id)), &[], None).unwrap();
    }
    oomnitza.script.content();
}

#[test]
fn oomnitza_lists_activates_and_assigns_saas_users() {
    let oomnitza = opened("oomnitza.users", "oomnitza/saas_users");
    let (end, users) = oomnitza.list("saas_users", &["id", "saas_id", "active"], None);
    assert_eq!((end, users.len()), (End::Complete { evidence: "the announced total of 2 was met".into() }, 2));
    let outcomes = oomnitza.call("saas_users", "activate", &[("a1", &[]), ("a2", &[])]);
    assert_eq!((outcomes[0].is_ok(), outcomes[1].as_ref().unwrap_err().message.as_str()), (true, "SaaS user not found"));
    let user = text("7d2c0f3e9a6b4f6c8e1a2b3c4d5e6f70");
    let outcomes = oomnitza.call("saas_users", "assign", &[("a1", &[("saas_id", text("s1")), ("user_id", user)])]);
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    oomnitza.script.content();
}

/// The cheapest call that needs the credentials, of each vendor.
#[test]
fn credentials_are_tried() {
    for (ends, file) in [
        ("lucca.users", "lucca/verify"),
        ("reward_gateway.members", "reward_gateway/verify"),
        ("oomnitza.users", "oomnitza/verify"),
        ("wicket.people", "wicket/verify"),
        ("arlo.contacts", "arlo/verify"),
        ("github.members", "github/verify"),
        ("graph.users", "graph/verify"),
        ("sage_people_soql.team_members", "sage_people/soql_verify"),
    ] {
        let vendor = opened(ends, file);
        vendor.verified().unwrap_or_else(|error| panic!("{file}: {error}"));
        vendor.script.content();
    }
}

#[test]
fn reward_gateway_gives_one_member() {
    let reward = opened("reward_gateway.members", "reward_gateway/get");
    assert!(matches!(reward.get("members", text("83021"), &["email"]).unwrap(), GetResult::Record(_)));
    assert_eq!(reward.get("members", text("83022"), &["email"]).unwrap(), GetResult::Gone);
    assert_eq!(reward.find("members", "user_name", "00057", &[]).unwrap()[0]["id"], "83021");
    reward.script.content();
}

#[test]
fn sage_people_gives_one_employee_to_who_signs_in_with_a_password() {
    let settings: &[(&str, &str)] = &[("sign_in", "password"), ("user_name", "sync@example.com")];
    let sage = opened_with("sage_people.employees", "sage_people/get", settings);
    let GetResult::Record(employee) = sage.get("employees", text("a2G000000000002AAA"), &["email"]).unwrap() else { panic!("it is there") };
    sage.script.content();
    assert_eq!(serde_json::from_slice::<Json>(&employee.json).unwrap()["fullName"], "Paul Durand");
}

/// RFC 7523, as Salesforce wants it: who, whom for, until when, and nothing else.
#[test]
fn sage_people_is_shown_an_assertion_signed_by_the_key() {
    let sage = opened("sage_people_soql.team_members", "sage_people/soql_verify");
    sage.verified().unwrap();
    let form = sage.script.heard()[0].form("assertion").unwrap();
    let claims = rs256_claims(&form, &sage.public_key).expect("a signature that holds");
    let exp = claims["exp"].as_i64().unwrap();
    assert_eq!(claims, json!({ "iss": "sage-client", "sub": "sync@example.com", "aud": "https://login.salesforce.com", "exp": exp }));
    assert!((120..=180).contains(&(exp - jiff::Timestamp::now().as_second())), "it ends in three minutes: {exp}");
}
