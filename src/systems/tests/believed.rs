//! Answers that succeed by their status, and say by what is in them that they do not: none of them is believed, and honest ones that look
//! alike are.

use super::{
    declared::ask,
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
    list GET "/users" {
      query "page" = page.number
      query "size" = page.size
      page by number size 2
      items $.items
    }
    get GET "/users/{id}"
    find by email GET "/users" {
      query "email" = email
      items $.items
    }
    create POST "/users"
    update PATCH "/users/{id}"
    call deactivate POST "/users/{id}/deactivate"
    attributes {
      id    : text read only at $.id
      email : text? at $.email
    }
  }
}
"#;

fn app() -> Arc<System> {
    declared::system(APP, "app", "users")
}

fn with(body: &Json, more: &Json) -> Json {
    let mut body = body.clone();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// What a look-up of nobody comes to, whose answer says more than that its list is empty.
async fn looked_up(more: &Json) -> String {
    let (system, standin) = (app(), StandIn::giving([Reply::ok(with(&json!({ "items": [] }), more))]));
    let found = connected(&system, &standin.origin).find(0, 1, &Value::text("a@example.com"), &ask(&system, "users", &["id"])).await;
    found.map_or_else(|error| error.message, |found| format!("{} found", found.len()))
}

/// Signs that an answer with an empty list is none of a list that has been searched to its end.
fn signs() -> Vec<Json> {
    let told = r#"
        {"incomplete_results": true}
        {"_shards": {"total": 5, "failed": 3}}
        {"partialResults": true}
        {"is_partial": true}
        {"results_degraded": true}
        {"queryStatus": "TIMEOUT"}
        {"state": "INCOMPLETE"}
        {"status": "failed"}
        {"search_status": "timed out"}
        {"code": "INTERNAL", "message": "x"}
        {"status": 0, "message": "db down"}
        {"meta": {"status": "error"}}
        {"meta": {"errors": ["x"]}}
        {"meta": {"partial": true}}
        {"response": {"error": "x"}}
        {"responseHeader": {"failedShards": null, "errors": {"node": "x"}}}
        {"warnings": ["partial results"]}
        {"message": "search unavailable"}
        {"authenticated": false}
        {"login_required": true}
        {"failed_count": 2}
        {"shardErrors": ["x"]}
        {"diagnostics": [{"severity": "error", "text": "x"}]}
        {"next": "/users?x=2"}
        {"has_more": true}
        {"truncated": true}
        {"complete": false}
        {"isComplete": false}
        {"last": false}
        {"meta": {"has_more": true}}
        {"total": 5}
    "#;
    told.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What honest answers have beside an empty list.
fn honest() -> Vec<Json> {
    let told = r#"
        {"total": 0, "count": 0, "has_more": false, "next": null, "truncated": false, "complete": true}
        {"status": "ok", "code": 0, "message": "success"}
        {"status": "not_found", "message": "No users found"}
        {"code": "NO_RESULTS", "message": "0 users"}
        {"_shards": {"total": 5, "successful": 5, "failed": 0}, "timed_out": false}
        {"meta": {"status": "ok", "errors": [], "warnings": ["sort is deprecated"]}}
        {"warnings": ["sort is deprecated"], "messages": [{"type": "info", "text": "cached"}]}
        {"counts": {"active": 0, "rejected": 3, "failed": 1}, "rejected": 3}
        {"email": "a@example.com", "limit": 100, "page": 1, "two_factor_required": true}
        {"authenticated": true, "partial": false, "max_errors": 10}
    "#;
    told.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_empty_look_up_that_tells_of_a_failure_or_of_more_records_is_not_believed() {
    for sign in signs().into_iter().chain([json!({ "count": 1 }), json!({ "found": "2" })]) {
        let came = looked_up(&sign).await;
        assert!(!came.ends_with("found"), "{sign} was believed");
    }
    for fine in honest() {
        assert_eq!(looked_up(&fine).await, "0 found", "{fine}");
    }
    let announced = looked_up(&json!({ "has_more": true })).await;
    assert!(announced.contains("says in `$.has_more` that there are more records, and has none: if it says something else"), "{announced}");
}

/// A list of three on two pages, whose last answer has something beside its records.
async fn listed(of: &Json) -> String {
    let page = |from: u64, upto: u64| json!({ "items": (from..upto).map(|id| json!({ "id": format!("u{id}") })).collect::<Vec<_>>() });
    let standin = StandIn::giving([Reply::ok(page(0, 2)), Reply::ok(with(&page(2, 3), of))]);
    let system = app();
    match declared::read(&system, &standin, "users", &ask(&system, "users", &["id"])).await.read.end {
        End::Broken { reason, .. } => reason,
        end => format!("{end:?}"),
    }
}

#[tokio::test]
async fn the_last_page_of_a_list_is_not_believed_where_its_answer_says_that_there_is_more() {
    for sign in signs() {
        let came = listed(&sign).await;
        assert!(!came.starts_with("Complete"), "{sign} was believed");
    }
    for fine in honest().into_iter().chain([json!({ "total": 3 }), json!({ "count": 1, "total": "3", "found": 9 })]) {
        let came = listed(&fine).await;
        assert!(came.starts_with("Complete"), "{fine}: {came}");
    }
    let announced = listed(&json!({ "total": 7 })).await;
    assert!(
        announced.contains("`$.total` (7) that there are more records, while this page ends the list by the lines of the call"),
        "{announced}"
    );
}

/// A place that was mistyped, beside the one that has the way on.
#[tokio::test]
async fn what_leads_on_beside_the_place_that_is_read_ends_no_list() {
    let list = "list GET \"/things\" { items $.data\n page by link $.meta.nxt size 9\n }";
    let standin = StandIn::giving([Reply::ok(json!({ "data": [{ "id": "t1" }], "meta": { "next": "/things?page=2", "total": 1 } }))]);
    let came = declared::came_to(&declared::api("", list), &standin, &ReadRequest::default()).await;
    assert!(came.contains("says in `$.meta.next` that there are more records"), "{came}");
}

/// A page before the last one leads on, and may say so.
#[tokio::test]
async fn a_page_that_others_follow_may_say_that_there_is_more() {
    let page = |ids: &[&str], more: bool| {
        let items: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
        Reply::ok(json!({ "items": items, "has_more": more, "complete": !more, "next": more.then_some("/users?page=2"), "total": 3 }))
    };
    let standin = StandIn::giving([page(&["u1", "u2"], true), page(&["u3"], false)]);
    let system = app();
    let read = declared::read(&system, &standin, "users", &ask(&system, "users", &["id"])).await.read;
    assert!(read.end.is_complete(), "{:?}", read.end);
}

/// What a write comes to, of which the answer is this.
async fn written(kind: WriteKind, reply: Reply) -> String {
    let (system, standin) = (app(), StandIn::giving([reply]));
    let id = (kind != WriteKind::Create).then(|| Value::text("u1"));
    let write = write(&system, 0, kind, id, &[("email", Value::text("a@example.com"))]);
    match connected(&system, &standin.origin).write(0, &[write]).await.remove(0) {
        Ok(_) => "done".to_owned(),
        Err(error) => format!("{:?}: {}", error.effect, error.message),
    }
}

#[tokio::test]
async fn a_write_is_unknown_where_its_answer_says_that_it_was_not_done() {
    let json = |body: &str| Reply::ok(body).with("Content-Type", "application/json");
    let text = |body: &str| Reply::ok(body).with("Content-Type", "text/plain");
    let fault = "<Envelope><Body><Fault><faultstring>no such user</faultstring></Fault></Body></Envelope>";
    let told = [
        (json(r#"{"status": "failed"}"#), "it says \"status: failed\""),
        (json(r#"{"data": {"updateUser": {"userErrors": ["x"]}}}"#), "it says \"something in `userErrors` in `updateUser` in `data`\""),
        (json(r#"{"success": fal"#), "and a body that was cut: it is not JSON"),
        (text(r#"{"success": fal"#), "and a body that was cut: it is not JSON"),
        (json("[{\"id\": \"u1\"}"), "and a body that was cut: it is not JSON"),
        (text("ERROR: invalid user"), "it says \"ERROR: invalid user\""),
        (json("\"Request failed\""), "it says \"Request failed\""),
        (text("KO"), "it says \"KO\""),
        (json("false"), "it says \"false\""),
        (json("-1"), "it says \"-1\""),
        (Reply::ok(fault).with("Content-Type", "text/xml"), "it says \"something in `Fault` in `Body`\""),
    ];
    for kind in [WriteKind::Create, WriteKind::Update, WriteKind::Call(0)] {
        for (reply, words) in &told {
            let came = written(kind, reply.clone()).await;
            assert!(came.starts_with("Unknown: `app` answers") && came.contains(words), "{kind:?} {words}: {came}");
        }
    }
    for kind in [WriteKind::Update, WriteKind::Call(0)] {
        for fine in ["", "ok", "OK", "{}", "null", "1", "\"updated\"", r#"{"status": "ok"}"#, r#"{"id": "u1", "status": "failed"}"#] {
            assert_eq!(written(kind, json(fine)).await, "done", "{kind:?} {fine}");
        }
        for fine in ["Done", "User u1 was updated", "[info] saved", "0 errors"] {
            assert_eq!(written(kind, text(fine)).await, "done", "{kind:?} {fine}");
        }
    }
}

/// What a `get` comes to that is answered with a 404.
async fn got(reply: Reply) -> String {
    let (system, standin) = (app(), StandIn::giving([reply]));
    let got = connected(&system, &standin.origin).get(0, &Value::text("u1"), &ask(&system, "users", &["id"])).await;
    got.map_or_else(|error| error.message, |got| format!("{got:?}"))
}

#[tokio::test]
async fn a_404_of_an_outage_or_of_something_on_the_way_shows_nobody_gone() {
    let advice = "add `gone when status == 404`";
    for text in ["404 page not found", "no healthy upstream", "Not Found", "default backend - 404"] {
        let came = got(Reply::new(404, text).with("Content-Type", "text/plain")).await;
        assert!(came.contains(advice), "{text}: {came}");
    }
    for body in [
        r#"{"error": "service unavailable"}"#,
        r#"{"error": "Unauthorized"}"#,
        r#"{"error": "maintenance"}"#,
        r#"{"message": "API rate limit exceeded for user 7"}"#,
        r#"{"message": "Too many requests"}"#,
        r#"{"error": {"message": "Your account has been suspended"}}"#,
        r#"{"message": "tenant not found"}"#,
        r#"{"message": "Application not found"}"#,
        r#"{"message": "Missing Authentication Token"}"#,
        r#"{"error": "API version not supported"}"#,
        r#"{"ok": false, "error": "unknown_method"}"#,
        r#"{"fault": {"faultstring": "Unable to identify proxy for host: default and url: /x"}}"#,
        r#"{"Code": "NoSuchBucket", "Message": "The specified bucket does not exist"}"#,
        r#"{"error": "Service Not Found"}"#,
        "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>",
    ] {
        let came = got(Reply::new(404, body)).await;
        assert!(came.contains(advice), "{body}: {came}");
    }
    for body in [
        "",
        "{}",
        r#"{"error": "Not Found"}"#,
        r#"{"code": "user_not_found", "message": "Not found in database"}"#,
        r#"{"message": "No user with this id in tenant 7"}"#,
        r#"{"error": "Not Found", "status": 404, "path": "/api/v1/users/u1", "instance": "/server/7"}"#,
        r#"{"error": {"code": "Request_ResourceNotFound", "message": "Resource 'u1' does not exist", "request-id": "service"}}"#,
        r#"{"errors": [{"status": "404", "title": "Record not found", "code": "404"}]}"#,
        r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "User u1 not found", "status": "404"}"#,
        r#"{"code": "REQUEST_ERROR", "message": "no such resource"}"#,
        r#"{"message": "Not Found", "documentation_url": "https://docs.example.com/rest/method"}"#,
    ] {
        assert_eq!(got(Reply::new(404, body)).await, "Gone", "{body}");
    }
}
