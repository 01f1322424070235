//! The results of a batch and the key of a new record, where a call says that the answer has them.

use super::{
    shipped::{connected, write},
    *,
};
use serde_json::{Value as Json, json};

const APP: &str = r#"
system app {
  secret api_key
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    create POST "/batch" {
      batch 100
      body = { inputs = [record for each record] }
      items $.results by $.properties.email = email { key $.id }
      items $.errors by $.context.ids[0] = email {
        error $.message code $.category {
          "CONFLICT" is conflict
        }
        invalid when $.message is present
      }
    }
    delete POST "/$batch" {
      batch 20
      idempotent
      body = { requests = [{ id = id, method = "DELETE", url = "/users/{id}" } for each record] }
      items $.responses by $.id = id {
        status $.status
        error $.body.error.message code $.body.error.code
      }
    }
    attributes {
      id    : text read only at $.id
      email : text at $.email
    }
  }
  collection members {
    key id
    list GET "/Users" { items $.Resources }
    create POST "/Bulk" {
      batch 50
      body = { Operations = [{ method = "POST", path = "/Users", bulkId = email, data = record } for each record] }
      items $.Operations by $.bulkId = email {
        status $.status
        key    $.response.id
        error  $.response.detail code $.response.scimType {
          "uniqueness" is conflict
        }
      }
    }
    attributes {
      id    : text read only at $.id
      email : text at $.userName
    }
  }
  collection posts {
    key id
    list GET "/posts" { items $ }
    create POST "/posts" { key $.user_id }
    attributes {
      id   : int read only at $.id
      name : text at $.name
    }
  }
  collection named {
    key id
    list GET "/named" { items $ }
    create POST "/named" {
      batch 10
      body = { inputs = [record for each record] }
      items $.results by $.name = name { key $.id }
    }
    attributes {
      id   : text read only at $.id
      name : text at $.name
    }
  }
  collection chosen {
    key id
    list GET "/chosen" { items $ }
    create POST "/chosen" {
      batch 10
      body = { inputs = [record for each record] }
      items $.results by $.name = name { key $.key }
    }
    attributes {
      id   : text create only at $.id
      name : text at $.name
    }
  }
  collection own {
    key id
    list GET "/own" { items $ }
    create POST "/own" {
      batch 10
      body = { inputs = [record for each record] }
      items $.results by $.id = id
    }
    attributes {
      id   : text create only at $.id
      name : text at $.name
    }
  }
  collection bare {
    key id
    list GET "/bare" { items $ }
    create POST "/bare" {
      key  $.result
      item $.record
    }
    attributes {
      id   : text read only at $.id
      name : text at $.name
    }
  }
}
"#;

async fn outcomes(of: &str, kind: WriteKind, keys: &[&str], reply: Reply) -> Vec<String> {
    let system = declared::system(APP, "app", of);
    let at = declared::collection(&system, of);
    let standin = StandIn::giving([reply]);
    let own = |key: &&str| match kind {
        WriteKind::Create => {
            let attribute = if matches!(of, "users" | "members") { "email" } else { "name" };
            write(&system, at, kind, None, &[(attribute, Value::text(*key))])
        }
        _ => write(&system, at, kind, Some(Value::text(*key)), &[]),
    };
    let writes: Vec<_> = keys.iter().map(own).collect();
    let said = |outcome: Result<Written, CallError>| match outcome {
        Ok(Written { id, record }) => {
            let id = id.and_then(|id| id.to_text().map(|text| text.into_owned())).unwrap_or_else(|| "?".to_owned());
            format!("done {id}{}", if record.is_some() { " with its record" } else { "" })
        }
        Err(error) => format!("{} {:?}: {}", error.class, error.effect, error.message),
    };
    let made = connected(&system, &standin.origin).write(at, &writes).await;
    assert_eq!(standin.count(), 1);
    made.into_iter().map(said).collect()
}

const UNKNOWN: &str = "temporary Unknown: the answer does not say what became of this record";

/// What names a result is not the key of the account.
#[tokio::test]
async fn the_key_of_a_result_is_read_at_its_own_path() {
    let create = |reply: &'static str| outcomes("users", WriteKind::Create, &["p1@example.com", "p2@example.com"], Reply::ok(reply));
    let both = create(
        r#"{"results": [{"id": "u2", "properties": {"email": "p2@example.com"}}, {"id": "u1", "properties": {"email": "p1@example.com"}}]}"#,
    );
    assert_eq!(both.await, ["done u1", "done u2"]);
    let keyless =
        create(r#"{"results": [{"properties": {"email": "p1@example.com"}}, {"id": 7, "properties": {"email": "p2@example.com"}}]}"#);
    assert_eq!(keyless.await, ["done ?", "done 7"], "the next read tells the key");
    let untold = create(r#"{"results": [{"id": "u1", "properties": {"email": "p1@example.com"}}]}"#);
    assert_eq!(untold.await, ["done u1", UNKNOWN]);
    let elsewhere = create(r#"{"data": [{"id": "u1", "properties": {"email": "p1@example.com"}}]}"#);
    assert_eq!(elsewhere.await, [UNKNOWN, UNKNOWN], "a list that is not there proves nothing");
}

#[tokio::test]
async fn results_with_a_member_twice_prove_no_write() {
    for reply in [
        r#"{"results": [{"id": "u1", "id": "u2", "properties": {"email": "p1@example.com"}}]}"#,
        r#"{"results": [{"id": "u1", "properties": {"email": "p1@example.com"}}], "results": []}"#,
        r#"{"results": [], "results": [{"id": "u1", "properties": {"email": "p1@example.com"}}]}"#,
    ] {
        assert_eq!(outcomes("users", WriteKind::Create, &["p1@example.com"], Reply::ok(reply)).await, [UNKNOWN], "{reply}");
    }
}

/// Failures in a list of their own, and success by a status.
#[tokio::test]
async fn the_rules_of_a_list_judge_its_elements() {
    let create = |reply: &'static str| outcomes("users", WriteKind::Create, &["p1@example.com", "p2@example.com"], Reply::ok(reply));
    let mixed = create(
        r#"{"results": [{"id": "u1", "properties": {"email": "p1@example.com"}}],
            "errors": [{"category": "CONFLICT", "message": "taken", "context": {"ids": ["p2@example.com"]}}]}"#,
    );
    assert_eq!(mixed.await, ["done u1", "conflict None: taken"]);
    let refused = create(
        r#"{"errors": [{"category": "OTHER", "message": "bad mail", "context": {"ids": ["p1@example.com"]}},
                       {"context": {"ids": ["p3@example.com"]}}]}"#,
    );
    assert_eq!(refused.await, ["invalid None: bad mail", UNKNOWN]);
    let told = create(
        r#"{"results": [{"id": "u1", "success": false, "properties": {"email": "p1@example.com"}},
                        {"id": "u2", "errors": ["quota"], "properties": {"email": "p2@example.com"}}]}"#,
    );
    let unknown = |words: &str| format!("{UNKNOWN}: it says \"{words}\"");
    assert_eq!(told.await, [unknown("success: false"), unknown("something in `errors`")]);
    let delete = |reply: &'static str| outcomes("users", WriteKind::Delete, &["u1", "u2", "u3"], Reply::ok(reply));
    let statuses = delete(
        r#"{"responses": [{"id": "u3", "status": 429, "body": {"error": {"message": "slow down", "code": "x"}}}, {"id": "u1", "status": 204},
            {"id": "u2", "status": 404, "body": {"error": {"message": "no such user", "code": "Request_ResourceNotFound"}}}]}"#,
    );
    assert_eq!(statuses.await, ["done ?", "gone None: no such user", "limit None: slow down"]);
    let statusless = delete(r#"{"responses": [{"id": "u1"}, {"id": "u2", "status": "204"}, {"id": "u3", "status": 503}]}"#);
    let statusless = statusless.await;
    assert_eq!(statusless[..2], [UNKNOWN.to_owned(), "done ?".to_owned()], "a declared status that is not there proves nothing");
    assert!(statusless[2].starts_with("temporary Unknown"), "{statusless:?}");
}

#[tokio::test]
async fn an_element_that_says_that_its_record_was_not_written_proves_nothing() {
    let of = async |more: Json| {
        let mut result = json!({ "id": "u1", "properties": { "email": "p1@example.com" } });
        result.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        outcomes("users", WriteKind::Create, &["p1@example.com"], Reply::ok(json!({ "results": [result] }))).await.remove(0)
    };
    for (more, words) in [
        (json!({ "status": "failed" }), "status: failed"),
        (json!({ "status": "rejected" }), "status: rejected"),
        (json!({ "status": "skipped" }), "status: skipped"),
        (json!({ "status": "not_found" }), "status: not_found"),
        (json!({ "result": "failed" }), "result: failed"),
        (json!({ "accepted": false }), "accepted: false"),
        (json!({ "updated": false }), "updated: false"),
        (json!({ "body": { "error": "x" } }), "something in `error` in `body`"),
        (json!({ "response": { "status": 400 } }), "status: 400 in `response`"),
        (json!({ "code": "INVALID", "message": "x" }), "code: INVALID"),
        (json!({ "validationErrors": ["x"] }), "something in `validationErrors`"),
    ] {
        assert_eq!(of(more).await, format!("{UNKNOWN}: it says \"{words}\""));
    }
    for fine in [
        json!({ "status": "active", "code": "SUCCESS", "message": "saved" }),
        json!({ "status": "inactive", "result": "noop", "errors": [], "warnings": ["x"] }),
        json!({ "status": 204, "code": "00", "description": "ok", "failed": false, "validationErrors": [] }),
        json!({ "status": "S", "seq": 404, "row": 500, "response": { "status": 200 }, "body": { "id": "u1", "status": "failed?" } }),
    ] {
        assert_eq!(of(fine.clone()).await, "done u1", "{fine}");
    }
}

/// SCIM Bulk writes the status of each operation as a text (RFC 7644, 3.7.3).
#[tokio::test]
async fn the_operations_of_a_bulk_have_a_status_each() {
    let create = |reply: &'static str| outcomes("members", WriteKind::Create, &["p1@example.com", "p2@example.com"], Reply::ok(reply));
    let mixed = create(
        r#"{"Operations": [{"bulkId": "p2@example.com", "status": "409", "response": {"scimType": "uniqueness", "detail": "taken"}},
                           {"bulkId": "p1@example.com", "status": "201", "response": {"id": "u1"}}]}"#,
    );
    assert_eq!(mixed.await, ["done u1", "conflict None: taken"]);
    let broken = create(
        r#"{"Operations": [{"bulkId": "p1@example.com", "response": {"id": "u1"}},
                           {"bulkId": "p2@example.com", "status": "500", "response": {"detail": "no database"}}]}"#,
    );
    assert_eq!(broken.await, [UNKNOWN, "temporary Unknown: no database"]);
}

/// The key of a new record at another place, bare, or nowhere.
#[tokio::test]
async fn the_key_of_a_new_record_is_where_the_call_says() {
    let create = |of: &'static str, reply: &'static str| outcomes(of, WriteKind::Create, &["x"], Reply::new(201, reply));
    assert_eq!(create("posts", r#"{"success": true, "user_id": 7}"#).await, ["done 7"]);
    assert_eq!(create("posts", r#"{"user_id": "7"}"#).await, ["done 7"]);
    assert_eq!(create("posts", r#"{"id": 7}"#).await, ["temporary Unknown: `app` answers POST /posts without the key of the new record"]);
    assert_eq!(create("bare", r#"{"result": 12}"#).await, ["done 12"]);
    assert_eq!(create("bare", r#"{"result": "b", "record": {"id": "b", "name": "x"}}"#).await, ["done b with its record"]);
}

/// An element proves one record: two of one name are not made by one call.
#[tokio::test]
async fn two_of_one_name_go_into_different_calls() {
    let system = declared::system(APP, "app", "named");
    let at = declared::collection(&system, "named");
    let standin = StandIn::giving([
        Reply::ok(r#"{"results": [{"name": "Ann Smith", "id": 7}, {"name": "Bob", "id": 8}]}"#),
        Reply::ok(r#"{"results": [{"name": "Ann Smith", "id": 9}]}"#),
    ]);
    let writes = ["Ann Smith", "Bob", "Ann Smith"].map(|name| write(&system, at, WriteKind::Create, None, &[("name", Value::text(name))]));
    let made = connected(&system, &standin.origin).write(at, &writes).await;
    let keys: Vec<_> = made.into_iter().map(|outcome| outcome.unwrap().id.unwrap()).collect();
    assert_eq!(keys, ["7", "8", "9"].map(Value::text));
    assert_eq!(standin.count(), 2);
}

/// The key that was sent is the key: a result with another one is about something else.
#[tokio::test]
async fn a_result_with_another_key_than_was_sent_proves_nothing() {
    let system = declared::system(APP, "app", "chosen");
    let at = declared::collection(&system, "chosen");
    let standin = StandIn::giving([Reply::ok(r#"{"results": [{"name": "Ann", "key": "a1"}, {"name": "Bob", "key": "991"}]}"#)]);
    let values = |id: &str, name: &str| [("id", Value::text(id)), ("name", Value::text(name))];
    let writes = [values("a1", "Ann"), values("b2", "Bob")].map(|values| write(&system, at, WriteKind::Create, None, &values));
    let mut made = connected(&system, &standin.origin).write(at, &writes).await;
    let bob = made.remove(1).unwrap_err();
    assert_eq!(
        (bob.effect, bob.message.as_str()),
        (Effect::Unknown, &*format!("{}: it shows `id` 991 where b2 was expected", &UNKNOWN[19..]))
    );
    assert_eq!(made.remove(0).unwrap().id, Some(Value::text("a1")));
}

/// Results that are found by the key which was sent show it.
#[tokio::test]
async fn a_result_that_is_found_by_its_key_tells_it() {
    let system = declared::system(APP, "app", "own");
    let at = declared::collection(&system, "own");
    let standin = StandIn::giving([Reply::ok(r#"{"results": [{"id": "b2", "ok": true}, {"id": "a1", "ok": true}]}"#)]);
    let values = |id: &str| [("id", Value::text(id)), ("name", Value::text("Ann"))];
    let writes = ["a1", "b2", "c3"].map(|id| write(&system, at, WriteKind::Create, None, &values(id)));
    let made = connected(&system, &standin.origin).write(at, &writes).await;
    let keys: Vec<_> = made.iter().map(|outcome| outcome.as_ref().ok().and_then(|written| written.id.clone())).collect();
    assert_eq!(keys, [Some(Value::text("a1")), Some(Value::text("b2")), None]);
    assert_eq!(made[2].as_ref().unwrap_err().effect, Effect::Unknown, "what has no result is unknown");
}
