//! Writes: what their answers mean, and what is never sent twice.

use super::{build::*, golden::write, *};
use crate::compile::system::Repeat;
use serde_json::json;

fn create() -> Write {
    write(WriteKind::Create, None, &[(1, Value::text("00057"))], &[])
}

fn update() -> Write {
    write(WriteKind::Update, Some("83021"), &[(4, Value::Bool(false))], &[(4, Value::Bool(true))])
}

async fn written(standin: &StandIn, write: Write) -> Result<Written, CallError> {
    opened(&Arc::new(scim()), standin).write(0, &[write]).await.remove(0)
}

#[tokio::test]
async fn a_create_gives_its_key_and_record() {
    let record = json!({ "id": "83021", "externalId": "00057" });
    let standin = StandIn::giving([Reply::new(201, &record).with("Location", "https://x.example.com/Users/83021")]);
    let answer = written(&standin, create()).await.unwrap();
    assert_eq!(answer.id, Some(Value::text("83021")));
    assert_eq!(answer.record.as_deref(), Some(record.to_string().as_bytes()));
}

#[tokio::test]
async fn an_update_may_be_answered_by_nothing() {
    let standin = StandIn::giving([Reply::new(204, "")]);
    let answer = written(&standin, update()).await.unwrap();
    assert_eq!((answer.id, answer.record), (None, None));
}

#[tokio::test]
async fn what_is_as_it_should_be_is_not_sent() {
    let standin = StandIn::giving([Reply::new(500, "")]);
    let nothing = write(WriteKind::Update, Some("1"), &[(8, Value::Null)], &[(8, Value::Absent)]);
    assert!(written(&standin, nothing).await.is_ok());
    assert_eq!(standin.count(), 0);
}

#[tokio::test]
async fn refusals_have_a_class_a_code_and_no_effect() {
    let error = |status: u16, code: &str, detail: &str| {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
        Reply::new(status, json!({ "schemas": schemas, "status": status.to_string(), "scimType": code, "detail": detail }))
    };
    for (reply, class, message) in [
        (error(409, "uniqueness", "userName is taken"), ErrorClass::Conflict, "userName is taken"),
        (error(412, "", "the tag is stale"), ErrorClass::Conflict, "the tag is stale"),
        (error(400, "invalidValue", "emails: <bad>  value"), ErrorClass::Invalid, "emails: value"),
        (Reply::new(404, ""), ErrorClass::Gone, "`reward_gateway` answers 404 to PATCH"),
        (
            error(403, "", "read only token"),
            ErrorClass::Auth,
            "`reward_gateway` forbids this (403, \"read only token\"): check the secret `token`",
        ),
    ] {
        let standin = StandIn::giving([reply]);
        let error = written(&standin, update()).await.unwrap_err();
        assert_eq!((error.class, error.effect, standin.count()), (class, Effect::None, 1), "{error:?}");
        assert!(error.message.starts_with(message), "{error:?}");
    }
}

#[tokio::test]
async fn a_create_without_an_answer_is_not_repeated() {
    for reply in [Reply::silence(), Reply::new(500, ""), Reply::new(502, "<html>bad gateway"), Reply::new(201, "{\"id\":\"1\"}").cut(3)] {
        let standin = StandIn::giving([reply]);
        let error = written(&standin, create()).await.unwrap_err();
        assert_eq!((error.effect, error.class, standin.count()), (Effect::Unknown, ErrorClass::Temporary, 1), "{error:?}");
    }
}

#[tokio::test]
async fn a_create_that_times_out_is_not_repeated() {
    let standin = StandIn::giving([Reply::new(201, "{\"id\":\"1\"}").late(Duration::from_millis(400))]);
    let client = http::Client::impatient(&Arc::new(scim()), config(&standin.origin), Duration::from_millis(100));
    let error = client.write(0, &[create()]).await.remove(0).unwrap_err();
    assert_eq!((error.effect, standin.count()), (Effect::Unknown, 1));
    assert!(error.message.starts_with("`reward_gateway` did not answer in time at `127.0.0.1`"), "{}", error.message);
    let error = client.write(0, &[update()]).await.remove(0).unwrap_err();
    assert_eq!((error.effect, standin.count()), (Effect::Unknown, 3), "a PATCH is repeated once");
}

#[tokio::test]
async fn too_many_requests_are_repeated_for_a_create_too() {
    let standin = StandIn::giving([Reply::new(429, "").with("Retry-After", "0"), Reply::new(201, "{\"id\":\"1\"}")]);
    assert_eq!(written(&standin, create()).await.unwrap().id, Some(Value::text("1")));
    assert_eq!(standin.count(), 2);
}

#[tokio::test]
async fn a_repeat_that_meets_its_own_effect_says_so() {
    let standin = StandIn::giving([Reply::silence(), Reply::new(412, "")]);
    let error = written(&standin, update()).await.unwrap_err();
    assert_eq!((error.class, error.effect, standin.count()), (ErrorClass::Conflict, Effect::Unknown, 2));
}

#[tokio::test]
async fn once_is_once_and_repeatable_is_repeatable() {
    let with = |repeat: Repeat| but(scim(), |_, members| members.named[0].1.repeat = repeat);
    let call = || write(WriteKind::Call(0), Some("1"), &[], &[(2, Value::text("ann@example.com"))]);
    for (repeat, requests) in [(Repeat::Never, 1), (Repeat::Safe, 1), (Repeat::Declared(None), 3)] {
        let standin = StandIn::giving([Reply::new(503, "")]);
        opened(&with(repeat), &standin).write(0, &[call()]).await.remove(0).unwrap_err();
        assert_eq!(standin.count(), requests);
    }
}

/// A call by POST that was not answered, or with a status that tells nothing, was perhaps made; a refusal proves that it was not.
#[tokio::test]
async fn a_call_that_was_not_answered_was_perhaps_made() {
    let call = || write(WriteKind::Call(0), Some("1"), &[], &[(2, Value::text("ann@example.com"))]);
    let once = but(scim(), |_, members| members.named[0].1.repeat = Repeat::Never);
    let unanswered = [Reply::new(500, ""), Reply::new(502, ""), Reply::new(503, ""), Reply::silence()];
    for reply in unanswered {
        let standin = StandIn::new(move |_, _| reply.clone());
        let error = opened(&once, &standin).write(0, &[call()]).await.remove(0).unwrap_err();
        assert_eq!((error.effect, standin.count()), (Effect::Unknown, 1), "{error:?}");
    }
    for status in [400, 403, 422] {
        let standin = StandIn::giving([Reply::new(status, "{}")]);
        let error = opened(&once, &standin).write(0, &[call()]).await.remove(0).unwrap_err();
        assert_eq!(error.effect, Effect::None, "{status}: {error:?}");
    }
}

#[tokio::test]
async fn a_web_page_in_answer_to_a_create_proves_nothing() {
    let standin = StandIn::giving([Reply::ok("<html><title>Maintenance</title>")]);
    let error = written(&standin, create()).await.unwrap_err();
    assert_eq!(error.effect, Effect::Unknown);
    assert!(error.message.contains("web page, \"Maintenance\""), "{}", error.message);
}

#[tokio::test]
async fn nothing_leaves_once_the_credentials_are_refused() {
    let standin = StandIn::giving([Reply::new(401, "")]);
    let connection = opened(&Arc::new(scim()), &standin);
    let outcomes = connection.write(0, &[create(), update(), create()]).await;
    let errors: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().unwrap_err()).map(|error| (error.class, error.effect)).collect();
    assert_eq!(errors, [(ErrorClass::Auth, Effect::None), (ErrorClass::Auth, Effect::Unsent), (ErrorClass::Auth, Effect::Unsent)]);
    assert_eq!(standin.count(), 1);
}

#[tokio::test]
async fn a_value_that_can_t_be_written_fails_alone() {
    let standin = StandIn::giving([Reply::new(204, "")]);
    let bad = write(WriteKind::Update, Some("1"), &[(4, Value::text("perhaps"))], &[]);
    let outcomes = opened(&Arc::new(scim()), &standin).write(0, &[bad, update()]).await;
    let error = outcomes[0].as_ref().unwrap_err();
    assert_eq!((error.class, error.message.as_str()), (ErrorClass::Invalid, "`active` is not true or false"));
    assert!(outcomes[1].is_ok());
    assert_eq!(standin.count(), 1);
}

#[tokio::test]
async fn elements_that_are_not_there_are_added_in_one_operation() {
    let system = but(scim(), |_, members| {
        members.attributes.push(attribute(
            "home_label",
            crate::value::Type::optional(crate::value::Kind::Text),
            r#"$.emails[?@.type == "home"].display"#,
        ));
    });
    let standin = StandIn::giving([Reply::new(204, "")]);
    let none = [(2, Value::Null), (8, Value::Null), (9, Value::Null)];
    let values = [(8, Value::text("h@example.com")), (2, Value::text("w@example.com")), (9, Value::text("Home"))];
    opened(&system, &standin).write(0, &[write(WriteKind::Update, Some("1"), &values, &none)]).await.remove(0).unwrap();
    let body: serde_json::Value = serde_json::from_str(&standin.seen()[0].body).unwrap();
    let elements = json!([{ "type": "home", "value": "h@example.com", "display": "Home" }, { "type": "work", "value": "w@example.com" }]);
    assert_eq!(body["Operations"], json!([{ "op": "add", "path": "emails", "value": elements }]));
}

#[tokio::test]
async fn an_answer_about_another_record_proves_nothing() {
    let other = json!({ "id": "99999", "externalId": "00058", "active": false });
    let standin = StandIn::giving([Reply::ok(&other)]);
    let error = written(&standin, update()).await.unwrap_err();
    assert_eq!(error.effect, Effect::Unknown);
    let words = "the answer does not say what became of this record: it shows `id` 99999 where 83021 was expected";
    assert_eq!(error.message, words);
    let looked = opened(&Arc::new(scim()), &standin).get(0, &Value::text("83021"), &ReadRequest::default()).await.unwrap_err();
    assert!(looked.message.ends_with("with another record: it shows `id` 99999 where 83021 was expected"), "{}", looked.message);
    // A call and a delete are answered with what they like.
    for kind in [WriteKind::Call(0), WriteKind::Delete] {
        let write = write(kind, Some("83021"), &[], &[(2, Value::text("ann@example.com"))]);
        assert!(written(&standin, write).await.is_ok(), "{kind:?}");
    }
}

/// An envelope may have members that are called like attributes: what has not the key of the record shows nothing of it.
#[tokio::test]
async fn an_answer_is_the_record_where_it_has_its_key() {
    let own = json!({ "id": "83021", "active": false });
    let mail = || [(2, Value::text("ann@example.com"))];
    let kinds = || [update(), write(WriteKind::Call(0), Some("83021"), &[], &mail()), write(WriteKind::Delete, Some("83021"), &[], &[])];
    for (reply, shows) in [
        (Reply::ok(&own), true),
        (Reply::ok(json!({ "active": false, "message": "done" })), false),
        (Reply::ok(json!({ "status": "ok" })), false),
        (Reply::new(202, &own), false),
    ] {
        for write in kinds() {
            let standin = StandIn::giving([reply.clone()]);
            assert_eq!(written(&standin, write).await.unwrap().record.is_some(), shows, "{reply:?}");
        }
    }
    for kind in kinds().into_iter().skip(1) {
        let standin = StandIn::giving([Reply::ok(json!({ "id": "job-9001", "active": false }))]);
        assert!(written(&standin, kind).await.unwrap().record.is_none(), "that of something else");
    }
}

#[tokio::test]
async fn answers_to_an_update_without_its_record_settle_it_for_now_and_a_web_page_does_not() {
    for body in ["", "{}", "null", "[]", "\"ok\""] {
        let standin = StandIn::giving([Reply::ok(body)]);
        assert!(written(&standin, update()).await.is_ok(), "{body}");
    }
    for write in [update(), write(WriteKind::Delete, Some("83021"), &[], &[])] {
        let standin = StandIn::giving([Reply::ok("<!DOCTYPE html><title>Sign in</title>")]);
        let error = written(&standin, write).await.unwrap_err();
        assert_eq!(error.effect, Effect::Unknown);
        assert!(error.message.contains("web page, \"Sign in\""), "{}", error.message);
    }
    let json = StandIn::giving([Reply::ok("{\"id\":\"83021\"}").with("Content-Type", "text/html; charset=utf-8")]);
    assert!(written(&json, update()).await.unwrap().record.is_some(), "JSON under another name");
}

/// The create of a collection by a system's file, with values by the names of attributes.
async fn created(standin: &StandIn, extra: &str, values: &[(&str, &str)]) -> Result<Written, CallError> {
    let list = format!("list GET \"/things\" {{ items $ }}\n    create POST \"/things\" {{ {extra} }}");
    let api = declared::api("", &list);
    let values: Vec<_> = values.iter().map(|(name, value)| (api.collections[0].attribute(name).unwrap(), Value::text(value))).collect();
    declared::opened(&api, standin).write(0, &[write(WriteKind::Create, None, &values, &[])]).await.remove(0)
}

#[tokio::test]
async fn a_create_that_may_be_repeated_is_done_once_its_answer_shows_which_one_it_was() {
    let event = [("id", "e-1"), ("name", "Ann")];
    let idempotent = "item $.data\n      idempotent by id";
    let shown = StandIn::giving([Reply::new(201, json!({ "data": { "id": "e-1" } }))]);
    created(&shown, idempotent, &event).await.unwrap();
    for body in
        [json!({ "data": {} }), json!({ "data": { "name": "Ann" } }), json!({ "data": { "id": null } }), json!({}), json!({ "data": [] })]
    {
        for status in [200, 201] {
            let standin = StandIn::giving([Reply::new(status, &body)]);
            let error = created(&standin, idempotent, &event).await.unwrap_err();
            assert_eq!(error.effect, Effect::Unknown, "{status} {body}: {error:?}");
        }
    }
    let another = StandIn::giving([Reply::new(201, json!({ "data": { "id": "e-2" } }))]);
    assert_eq!(created(&another, idempotent, &event).await.unwrap_err().effect, Effect::Unknown);
    let silent = StandIn::giving([Reply::new(204, "")]);
    created(&silent, idempotent, &event).await.unwrap();
    let once = StandIn::giving([Reply::new(201, json!({ "data": { "name": "Ann" } }))]);
    created(&once, "item $.data", &event).await.unwrap();
}

#[tokio::test]
async fn a_conflict_is_a_success_only_where_a_rule_says_so() {
    let event = [("id", "e-1"), ("name", "Ann")];
    let conflict = || StandIn::giving([Reply::new(409, json!({ "error": "exists" }))]);
    let refused = created(&conflict(), "idempotent by id", &event).await.unwrap_err();
    assert_eq!((refused.class, refused.effect), (ErrorClass::Conflict, Effect::None));
    created(&conflict(), "idempotent by id\n      done when status == 409", &event).await.unwrap();
}

/// A second answer that is lost would be no better proof than the first: the record is read then.
#[tokio::test]
async fn a_write_whose_answer_is_lost_is_repeated_once() {
    let standin = StandIn::new(|_, _| Reply::silence());
    let error = written(&standin, update()).await.unwrap_err();
    assert_eq!((standin.count(), error.effect), (2, Effect::Unknown), "{error:?}");
    let overloaded = StandIn::giving([Reply::new(503, ""), Reply::new(503, ""), Reply::new(204, "")]);
    assert!(written(&overloaded, update()).await.is_ok(), "what says that it is overloaded is waited for");
    let then_lost = StandIn::new(|at, _| match at {
        0 => Reply::new(503, ""),
        1 => Reply::silence(),
        _ => Reply::new(204, ""),
    });
    assert!(written(&then_lost, update()).await.is_ok(), "an answer that says so is not a lost one");
    assert_eq!(then_lost.count(), 3);
    let reads = StandIn::new(|at, _| if at < 2 { Reply::silence() } else { Reply::new(404, "") });
    let _ = opened(&Arc::new(scim()), &reads).get(0, &Value::text("1"), &ReadRequest::default()).await;
    assert_eq!(reads.count(), 3, "a read is repeated as before");
}

/// What a rule says of a 404 is not weighed against its words.
#[tokio::test]
async fn a_record_that_is_gone_by_a_rule_is_gone_whatever_the_answer_says() {
    let calls = "list GET \"/things\" { items $ }\n    delete DELETE \"/things/{id}\" { gone when status == 404 }";
    let api = declared::api("", calls);
    for reply in [
        Reply::new(404, "Error: user 7 not found"),
        Reply::new(404, "User 7 not found").with("Content-Type", "application/json"),
        Reply::new(404, ""),
    ] {
        let standin = StandIn::giving([reply]);
        let write = write(WriteKind::Delete, Some("7"), &[], &[]);
        let error = declared::opened(&api, &standin).write(0, &[write]).await.remove(0).unwrap_err();
        assert_eq!((error.class, error.effect), (ErrorClass::Gone, Effect::None), "{}", error.message);
    }
}

/// The target says in a 200 that it was asked too often: nothing was written, and the same is sent again after the time that it names.
#[tokio::test]
async fn a_write_that_a_200_refuses_by_the_class_limit_is_sent_again() {
    let lines = "error $.errors[0].message code $.errors[0].code {\n      \"THROTTLED\" is limit\n      \"BAD_VALUE\" is invalid\n    }";
    let calls = "list GET \"/things\" { items $ }\n    update PATCH \"/things/{id}\"";
    let system = but_patiently(super::declared::api(lines, calls));
    let change = || write(WriteKind::Update, Some("1"), &[(1, Value::text("new"))], &[(1, Value::text("old"))]);
    let refused = |code: &str| Reply::ok(json!({ "errors": [{ "code": code, "message": "not now" }] })).with("Retry-After", "1");
    let throttled = refused("THROTTLED");
    let standin = StandIn::new(move |at, _| if at < 2 { throttled.clone() } else { Reply::ok(json!({ "id": "1", "name": "new" })) });
    let began = std::time::Instant::now();
    let answer = super::declared::opened(&system, &standin).write(0, &[change()]).await.remove(0);
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(standin.count(), 3);
    assert!(began.elapsed() >= Duration::from_secs(2), "it waits as long as it is asked to");

    let other = StandIn::giving([refused("BAD_VALUE")]);
    let error = super::declared::opened(&system, &other).write(0, &[change()]).await.remove(0).unwrap_err();
    assert_eq!((error.class, error.effect, other.count()), (ErrorClass::Invalid, Effect::None, 1), "{error:?}");
}

fn but_patiently(mut system: Arc<System>) -> Arc<System> {
    let changed = Arc::get_mut(&mut system).expect("nobody else holds it yet");
    let system::Connection::Http(http) = &mut changed.connection else { panic!("an HTTP system") };
    http.retries = 3;
    system
}
