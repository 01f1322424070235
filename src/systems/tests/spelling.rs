//! Names of members and keys in other letters than the file has them.

use super::{
    build::scim,
    declared::{opened, system},
    *,
};
use serde_json::json;

fn ask() -> ReadRequest {
    ReadRequest { attributes: (0..9).collect(), ..ReadRequest::default() }
}

/// RFC 7643, 2.1: of names, case does not count.
#[tokio::test]
async fn members_of_scim_are_found_in_any_case() {
    let person = json!({ "ID": "7", "EXTERNALID": "00057", "Emails": [{ "Type": "work", "VALUE": "a@example.com" }], "NAME": { "familyname": "Ng" }, "Active": true });
    let page = json!({ "totalresults": 1, "RESOURCES": [person] });
    let system = Arc::new(scim());
    let read = taken(&opened(&system, &StandIn::giving([Reply::ok(&page)])), &ask()).await;
    assert!(read.read.end.is_complete(), "{:?}", read.read.end);
    for name in ["\"externalId\"", "\"emails\"", "\"type\"", "\"familyName\"", "\"active\""] {
        assert!(read.records[0].contains(name), "{name}: {}", read.records[0]);
    }
    let got = opened(&system, &StandIn::giving([Reply::ok(&person)])).get(0, &Value::text("7"), &ask()).await;
    assert!(matches!(got, Ok(GetResult::Record(_))), "{got:?}");
}

/// Two spellings are a member that is there twice.
#[tokio::test]
async fn two_spellings_in_one_object_are_not_believed() {
    let system = Arc::new(scim());
    let page = r#"{"totalResults": 1, "totalresults": 2, "Resources": [{"id": "7"}]}"#;
    let read = taken(&opened(&system, &StandIn::giving([Reply::ok(page)])), &ask()).await;
    assert!(format!("{:?}", read.read.end).contains("totalResults"), "{:?}", read.read.end);
    let got = opened(&system, &StandIn::giving([Reply::ok(r#"{"id": "7", "Id": "8"}"#)])).get(0, &Value::text("7"), &ask()).await;
    assert!(got.is_err(), "{got:?}");
}

/// What `get` shows of `abc` as `ABC` is the same record where the key says that case does not count, and another one elsewhere.
#[tokio::test]
async fn a_key_in_other_letters_is_the_one_that_was_asked_for_if_case_does_not_count() {
    let got = async |key: &str, shown: &str| {
        let text = format!(
            "system crm {{ http \"https://crm.example.com/v1\" {{ retry 1 times }}\n collection users {{\n key id\n list GET \"/users\" {{ items $.data }}\n \
             get GET \"/users/{{id}}\"\n attributes {{\n id : {key} at $.id\n name : text? at $.name\n }} }} }}\n"
        );
        let standin = StandIn::giving([Reply::ok(json!({ "id": shown, "name": "Ann" }))]);
        opened(&system(&text, "crm", "users"), &standin)
            .get(0, &Value::text("abc"), &ReadRequest { attributes: vec![0, 1], ..ReadRequest::default() })
            .await
    };
    let shown = |got: Result<GetResult, CallError>| match got {
        Ok(GetResult::Record(record)) => String::from_utf8(record.json.to_vec()).unwrap(),
        other => format!("{other:?}"),
    };
    assert_eq!(shown(got("text ignoring case", "ABC").await), r#"{"id":"abc","name":"Ann"}"#, "known by the key that links have");
    assert_eq!(shown(got("text ignoring case", "Abc ").await), r#"{"id":"abc","name":"Ann"}"#);
    assert!(shown(got("text", "ABC").await).contains("another record"));
    assert!(shown(got("text ignoring case", "abd").await).contains("another record"));
}
