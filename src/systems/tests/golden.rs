//! Requests, to the letter.

use super::{build::*, *};
use insta::assert_snapshot;
use serde_json::json;

async fn sent(system: System, send: impl AsyncFnOnce(&Connection)) -> String {
    let standin = StandIn::giving([Reply::ok(json!({ "totalResults": 0, "data": { "count": 0, "items": [] } }))]);
    let connection = opened(&Arc::new(system), &standin);
    send(&connection).await;
    standin.seen().iter().map(|seen| seen.text().replace(SECRET, "SECRET")).collect::<Vec<_>>().join("\n---\n")
}

pub fn write(kind: WriteKind, id: Option<&str>, values: &[(usize, Value)], current: &[(usize, Value)]) -> Write {
    Write { kind, id: id.map(Value::text), values: values.to_vec(), current: current.to_vec(), token: None, record: None }
}

#[tokio::test]
async fn lucca_list() {
    let sent = sent(lucca(), async |connection| {
        taken(connection, &ReadRequest { attributes: vec![0, 1, 2, 3, 4, 5], ..ReadRequest::default() }).await;
    });
    assert_snapshot!(sent.await, @r##"
    GET /api/v3/users?formerEmployees=true&orderBy=id,asc&fields=id,employeeNumber,mail,dtContractEnd,department.name,extendedData.e_badge,collection.count&paging=0,2
    accept: application/json
    authorization: lucca application=SECRET
    user-agent: counterpart/0.1.0
    "##);
}

#[tokio::test]
async fn lucca_update() {
    let end = Value::Date(jiff::civil::date(2025, 3, 31));
    let values = [(3, end), (5, Value::text("B-204")), (2, Value::Null)];
    let sent = sent(lucca(), async |connection| {
        connection.write(0, &[write(WriteKind::Update, Some("417"), &values, &[])]).await.remove(0).unwrap();
    });
    assert_snapshot!(sent.await, @r##"
    PUT /api/v3/users/417
    accept: application/json
    authorization: lucca application=SECRET
    content-type: application/json
    user-agent: counterpart/0.1.0

    {"dtContractEnd":"2025-03-31T00:00:00","e_badge":"B-204","mail":null}
    "##);
}

#[tokio::test]
async fn reward_gateway_list_and_find() {
    let sent = sent(scim(), async |connection| {
        taken(connection, &ReadRequest::default()).await;
        connection.find(0, 1, &Value::text("00057"), &ReadRequest::default()).await.unwrap();
    });
    assert_snapshot!(sent.await, @r##"
    GET /11111111-2222-4333-8444-555555555555/scim/v2.0/Users?startIndex=1&count=100
    accept: application/scim+json, application/json
    authorization: Bearer SECRET
    user-agent: counterpart/0.1.0
    ---
    GET /11111111-2222-4333-8444-555555555555/scim/v2.0/Users?filter=externalId%20eq%20%2200057%22
    accept: application/scim+json, application/json
    authorization: Bearer SECRET
    user-agent: counterpart/0.1.0
    "##);
}

#[tokio::test]
async fn reward_gateway_create() {
    let values = [
        (1, Value::text("00057")),
        (3, Value::text("Martin")),
        (2, Value::text("jeanne.martin@example.com")),
        (4, Value::Bool(true)),
        (5, Value::text("Sales")),
        (6, Value::Date(jiff::civil::date(1986, 7, 4))),
        (8, Value::Null),
    ];
    let sent = sent(scim(), async |connection| {
        connection.write(0, &[write(WriteKind::Create, None, &values, &[])]).await.remove(0).unwrap();
    });
    assert_snapshot!(sent.await, @r##"
    POST /11111111-2222-4333-8444-555555555555/scim/v2.0/Users
    accept: application/scim+json, application/json
    authorization: Bearer SECRET
    content-type: application/scim+json
    user-agent: counterpart/0.1.0

    {"externalId":"00057","name":{"familyName":"Martin"},"emails":[{"type":"work","value":"jeanne.martin@example.com"}],"active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales"},"birthDate":"04/07/1986","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}
    "##);
}

#[tokio::test]
async fn reward_gateway_patch() {
    let current = [
        (0, Value::text("83021")),
        (2, Value::text("old@example.com")),
        (5, Value::text("HR")),
        (7, Value::text("W/\"3\"")),
        (8, Value::Absent),
    ];
    let values = [
        (4, Value::Bool(false)),
        (2, Value::text("new@example.com")),
        (5, Value::Null),
        (8, Value::text("home@example.com")),
        (3, Value::text("Roux")),
    ];
    let sent = sent(scim(), async |connection| {
        connection.write(0, &[write(WriteKind::Update, Some("83021"), &values, &current)]).await.remove(0).unwrap();
    });
    assert_snapshot!(sent.await, @r##"
    PATCH /11111111-2222-4333-8444-555555555555/scim/v2.0/Users/83021
    accept: application/scim+json, application/json
    authorization: Bearer SECRET
    content-type: application/scim+json
    if-match: W/"3"
    user-agent: counterpart/0.1.0

    {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false},{"op":"replace","path":"emails[type eq \"work\"].value","value":"new@example.com"},{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"},{"op":"replace","path":"name.familyName","value":"Roux"},{"op":"add","path":"emails","value":[{"type":"home","value":"home@example.com"}]}]}
    "##);
}

#[tokio::test]
async fn reward_gateway_delete_and_call() {
    let current = [(2, Value::text("a@example.com"))];
    let call = Write { token: Some("run-1/op-7".into()), ..write(WriteKind::Call(0), Some("83021"), &[], &current) };
    let sent = sent(scim(), async |connection| {
        connection.write(0, &[write(WriteKind::Delete, Some("83021"), &[], &[])]).await.remove(0).unwrap();
        connection.write(0, &[call]).await.remove(0).unwrap();
    });
    assert_snapshot!(sent.await, @r##"
    DELETE /11111111-2222-4333-8444-555555555555/scim/v2.0/Users/83021
    accept: application/scim+json, application/json
    authorization: Bearer SECRET
    user-agent: counterpart/0.1.0
    ---
    POST /11111111-2222-4333-8444-555555555555/scim/v2.0/Users/83021/invite
    accept: application/scim+json, application/json
    authorization: Bearer SECRET
    content-type: application/scim+json
    idempotency-key: run-1/op-7
    user-agent: counterpart/0.1.0

    {"to":"a@example.com"}
    "##);
}
