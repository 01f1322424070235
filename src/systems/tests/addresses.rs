//! The addresses that answers name: a record is only what is at an address of its collection.

use super::{
    declared::{opened, system},
    shipped::write,
    *,
};
use serde_json::{Value as Json, json};

const CALLS: &str = "get GET \"/users/{id}\" {\n item $.data\n moved when status == 308\n }\n create POST \"/users\" { item $.data }\n \
                     update PATCH \"/users/{id}\" { item $.data }";

/// A collection with these calls, below a path of its own; its key is a text or a number.
fn users(calls: &str, key: &str) -> Arc<System> {
    let text = format!(
        "system crm {{ http \"https://crm.example.com/v1\" {{ retry 1 times }}\n collection users {{\n key id\n list GET \"/users\" {{ items $.data }}\n \
         find by number GET \"/find\" {{\n query \"n\" = number\n items $.data\n }}\n {calls}\n attributes {{\n id : {key} at $.id\n \
         number : text unique at $.number\n name : text? at $.name\n }} }} }}\n"
    );
    system(&text, "crm", "users")
}

/// All that a plan reads.
fn all() -> ReadRequest {
    ReadRequest { attributes: vec![0, 1, 2], ..ReadRequest::default() }
}

fn user(id: &str) -> Json {
    json!({ "data": { "id": id, "number": "900", "name": "Other" } })
}

/// What a get of 101 comes to if the record is said to have moved there, and what is asked.
async fn merged(location: &str, there: Json) -> (Result<GetResult, CallError>, Vec<String>) {
    let location = location.to_owned();
    let standin = StandIn::new(move |at, _| match at {
        0 => Reply::new(308, "").with("Location", &location),
        _ => Reply::ok(&there),
    });
    let got = opened(&users(CALLS, "text"), &standin).get(0, &Value::text("101"), &all()).await;
    (got, standin.lines())
}

#[tokio::test]
async fn a_merge_leads_to_a_record_of_the_same_collection() {
    for location in ["/v1/users/150", "/v1/users/150/", "150", "https://crm.example.com/v1/users/150", "/v1/users/150?view=all"] {
        let (got, _) = merged(location, user("150")).await;
        assert!(matches!(got, Ok(GetResult::Merged { ref id, .. }) if *id == Value::text("150")), "{location}: {got:?}");
    }
    for location in [
        "/v1/groups/150",
        "/groups/150",
        "/users/150",
        "/v2/users/150",
        "/v1/users/150/edit",
        "/v1/users",
        "/v1/users/",
        "/v1/login?next=/v1/users/150",
        "https://evil.example.com/v1/users/150",
    ] {
        let (got, asked) = merged(location, user("150")).await;
        assert_eq!((got.is_err(), asked.len()), (true, 1), "{location}: {got:?}");
    }
    let (got, _) = merged("/v1/groups/150", user("150")).await;
    assert_eq!(
        got.unwrap_err().message,
        "`crm` says that a record was merged and points to `/v1/groups/150`, which is not the address of a record of `users`"
    );
}

#[tokio::test]
async fn what_is_read_after_a_merge_is_the_record_at_its_address() {
    for (there, said) in [
        (json!({ "data": { "id": "150", "title": "Admins" } }), "has no `number`"),
        (json!({ "data": { "id": "150", "number": null } }), "has no `number`"),
        (user("151"), "shows `id` 151 where 150 was expected"),
        (json!({ "data": { "number": "900" } }), "has no key"),
    ] {
        let error = merged("/v1/users/150", there).await.0.unwrap_err();
        assert!(error.message.contains(said), "{}", error.message);
    }
}

/// The key that a create is believed to have got, by an answer without a record.
async fn created_at(calls: &str, key: &str, status: u16, location: &str) -> Option<Value> {
    let system = users(calls, key);
    let standin = StandIn::giving([Reply::new(status, "").with("Location", location)]);
    let one = write(&system, 0, WriteKind::Create, None, &[("number", Value::text("020"))]);
    let written = opened(&system, &standin).write(0, &[one]).await.remove(0).unwrap();
    assert_eq!(standin.count(), 1, "the address is not visited");
    written.id
}

#[tokio::test]
async fn a_new_record_has_the_key_in_an_address_of_its_collection() {
    let other = "get GET \"/people/{id}/profile\" { item $.data }\n create POST \"/users/id/0\"";
    let by_query =
        "get GET \"/person\" {\n query \"kind\" = \"user\"\n query \"of\" = \"id:{id}\"\n item $.data\n }\n create POST \"/users\"";
    for (calls, key, location, id) in [
        (CALLS, "text", "/v1/users/77", Value::text("77")),
        (CALLS, "text", "users/77", Value::text("77")),
        (CALLS, "text", "https://crm.example.com/v1/users/a%20b/?x=1#top", Value::text("a b")),
        (CALLS, "int", "/v1/users/77", Value::Int(77)),
        ("create POST \"/users/\"", "text", "/v1/users/77", Value::text("77")),
        (other, "text", "/v1/people/77/profile", Value::text("77")),
        (by_query, "text", "/v1/person?of=id:77&kind=user", Value::text("77")),
        (by_query, "text", "/v1/person?of=id%3A77", Value::text("77")),
    ] {
        assert_eq!(created_at(calls, key, 201, location).await, Some(id), "{location} by {calls}");
    }
    for (calls, key, location) in [
        (CALLS, "text", "/v1/users"),
        (CALLS, "text", "/v1/users/"),
        (CALLS, "text", "/v1/users/77/edit"),
        (CALLS, "text", "/v1/jobs/55"),
        (CALLS, "text", "/v1/login?next=users"),
        (CALLS, "text", "/v1/login?next=/v1/users/77"),
        (CALLS, "text", "/users/77"),
        (CALLS, "text", "/v1/users/..%2F77/.."),
        (CALLS, "text", "https://evil.example.com/v1/users/77"),
        (CALLS, "text", "//evil.example.com/v1/users/77"),
        (CALLS, "int", "/v1/users/new"),
        (other, "text", "/v1/people/77"),
        (by_query, "text", "/v1/person?of=77"),
        (by_query, "text", "/v1/person?of=id:77&kind=group"),
        (by_query, "text", "/v1/person"),
    ] {
        assert_eq!(created_at(calls, key, 201, location).await, None, "{location} by {calls}");
    }
}

/// Accepted is not done: the record may come later, or never.
#[tokio::test]
async fn what_was_only_accepted_has_no_key_unless_the_file_says_that_it_is_done() {
    let ruled = "get GET \"/users/{id}\"\n create POST \"/users\" { done when status in [201, 202] }";
    assert_eq!(created_at(ruled, "text", 202, "/v1/users/77").await, Some(Value::text("77")));
    let plain = "get GET \"/users/{id}\"\n create POST \"/users\"";
    assert_eq!(created_at(plain, "text", 201, "/v1/users/77").await, Some(Value::text("77")));
    assert_eq!(created_at(plain, "text", 202, "/v1/users/77").await, None);
    // The key that was sent is none either, nor what looks like a record.
    let system = users(plain, "text");
    for body in ["", "{}", r#"{ "id": "job-55", "number": "020" }"#] {
        let standin = StandIn::giving([Reply::new(202, body)]);
        let one = write(&system, 0, WriteKind::Create, None, &[("id", Value::text("77")), ("number", Value::text("020"))]);
        let written = opened(&system, &standin).write(0, &[one]).await.remove(0).unwrap();
        assert_eq!((written.id, written.record), (None, None), "{body}");
    }
}

#[tokio::test]
async fn a_redirect_is_no_fault_of_the_record() {
    let system = users(CALLS, "text");
    let create = || write(&system, 0, WriteKind::Create, None, &[("number", Value::text("020"))]);
    let update = || write(&system, 0, WriteKind::Update, Some(Value::text("77")), &[("name", Value::text("Ann"))]);
    for status in [301, 302, 303, 307, 308] {
        for one in [create(), update()] {
            let standin = StandIn::giving([Reply::new(status, "").with("Location", "/login?next=/v1/users")]);
            let error = opened(&system, &standin).write(0, &[one]).await.remove(0).unwrap_err();
            assert_eq!(
                (error.class, error.effect, standin.count()),
                (ErrorClass::Temporary, Effect::Unknown, 1),
                "{status}: {}",
                error.message
            );
            assert!(error.message.ends_with("check the base address, and whether a sign-in page is in front of it"), "{}", error.message);
        }
    }
}

/// What a look-up of `a20` comes to with this answer.
async fn looked_up(records: Json) -> Result<usize, String> {
    let standin = StandIn::giving([Reply::ok(json!({ "data": records }))]);
    let found = opened(&users(CALLS, "text"), &standin).find(0, 1, &Value::text("a20"), &all()).await;
    found.map(|found| found.len()).map_err(|error| error.message)
}

#[tokio::test]
async fn a_look_up_that_brings_other_records_only_is_none() {
    let one = |id: &str, number: &str| json!({ "id": id, "number": number });
    let ignored = "`crm` answers `find by number` of `users` with records of which none has the `number` that was asked for, so it seems \
                   to ignore the filter: write the query as the system wants it";
    for records in [json!([one("1", "001"), one("2", "002")]), json!([one("1", "001")]), json!([one("1", "a200")]), json!([one("1", "a2")])]
    {
        assert_eq!(looked_up(records.clone()).await, Err(ignored.to_owned()), "{records}");
    }
    // A search that is too wide has found what was asked for, and one in other letters is for the plan to compare.
    assert_eq!(looked_up(json!([one("1", "a200"), one("2", "a20")])).await, Ok(2));
    assert_eq!(looked_up(json!([one("1", "A20")])).await, Ok(1));
    assert_eq!(looked_up(json!([])).await, Ok(0));
}

/// What a look-up that is asked in this way comes to for a value, and what is asked.
async fn asked(call: &str, value: &str) -> (Result<usize, String>, Vec<String>) {
    let text = format!(
        "system crm {{ http \"https://crm.example.com/v1\" {{ retry 1 times }}\n collection users {{\n key id\n list GET \"/users\" {{ items $.data }}\n \
         find by number {call}\n items $.data\n }}\n attributes {{\n id : text at $.id\n number : text unique at $.number\n }} }} }}\n"
    );
    let standin = StandIn::giving([Reply::ok(json!({ "data": [] }))]);
    let ask = ReadRequest { attributes: vec![0, 1], ..ReadRequest::default() };
    let found = opened(&system(&text, "crm", "users"), &standin).find(0, 1, &Value::text(value), &ask).await;
    (found.map(|found| found.len()).map_err(|error| error.message), standin.lines())
}

/// Without the value the answer is that of everybody, or of nobody.
#[tokio::test]
async fn a_look_up_that_would_send_nothing_of_its_value_is_not_made() {
    let unsent = "`find by number` would send nothing of the value that it looks for, so nothing was asked";
    for call in [
        "GET \"/find\" {\n query \"q\" = number | digits",
        "GET \"/find\" {\n query \"q\" = number | replace(\"PX\", \"\")",
        "GET \"/find\" {\n query \"q\" = number | digits ?? \"none\"",
        "GET \"/find\" {\n query \"q\" = \"number:{number | digits}\"",
        "GET \"/find\" {\n query \"q\" = \"number:{number | replace(\\\"PX\\\", \\\" \\\")}\"",
        "GET \"/find\" {\n query \"q\" = if number is present then number | digits else number",
        "GET \"/find\" {\n header \"x-number\" = number | digits",
        "GET \"/find/{number | digits ?? \\\"all\\\"}\" {",
        "POST \"/find\" {\n body = { where = [{ number = number | digits }] }",
    ] {
        let call = call.replace("\\\"", "\"");
        assert_eq!(asked(&call, "PX").await, (Err(unsent.to_owned()), vec![]), "{call}");
        let (found, lines) = asked(&call, "PX7").await;
        assert_eq!((found, lines.len()), (Ok(0), 1), "{call}");
    }
    for fine in
        ["query \"q\" = number | digits ?? number", "query \"q\" = number\n query \"d\" = number | digits when number matches \"[0-9]\""]
    {
        assert_eq!(asked(&format!("GET \"/find\" {{\n {fine}"), "PX").await.0, Ok(0), "{fine}");
    }
}
