//! Records that are sent back whole: what `get` shows of them is believed, or nothing is written.

use super::{
    declared::{ask, collection, opened, system},
    golden::write,
    *,
};
use serde_json::json;

fn app(update: &str) -> Arc<System> {
    app_with(update, "")
}

fn app_with(update: &str, attribute: &str) -> Arc<System> {
    let text = format!(
        r#"
system app {{
  http "https://app.example.com" {{
    retry 1 times
  }}
  collection users {{
    key id
    lists all
    list GET "/users" {{
      items $.data
      total $.total
    }}
    get GET "/users/{{id}}"
    update PUT "/users/{{id}}" {{
      {update}
    }}
    attributes {{
      id    : text read only at $.id
      name  : text at $.name
      phone : text? at $.phone
      score : int? read only at $.score
      {attribute}
    }}
  }}
}}
"#
    );
    system(&text, "app", "users")
}

/// Reads the list, and renames somebody of whom `get` answers so; what came of it, and what was sent.
async fn renamed(update: &str, got: &'static str) -> (Option<String>, Vec<String>) {
    let app = app(update);
    let ann = json!({
        "id": "7", "name": "Ann", "phone": "123", "note": "keep", "score": 5, "home": { "zip": "1", "door": null },
    });
    written_back(&app, json!([ann, { "id": "8", "name": "Bob" }]), got).await
}

/// As [`renamed`], of an application and of what its list shows.
async fn written_back(app: &Arc<System>, people: serde_json::Value, got: &'static str) -> (Option<String>, Vec<String>) {
    let total = people.as_array().unwrap().len();
    let list = json!({ "data": people, "total": total });
    let standin = StandIn::new(move |_, seen| match (seen.method.as_str(), seen.target.as_str()) {
        ("GET", "/users") => Reply::ok(&list),
        ("GET", _) => Reply::ok(got),
        _ => Reply::ok(&seen.body),
    });
    let connection = opened(app, &standin);
    let ask = ask(app, "users", &["id", "name"]);
    assert!(connection.read(collection(app, "users"), &ask, &mut |_, _| ()).await.end.is_complete());
    let id = if got.contains("\"7\"") { "7" } else { "8" };
    let rename = write(WriteKind::Update, Some(id), &[(1, Value::text("Anna"))], &[(1, Value::text("Ann"))]);
    let outcome = connection.write(collection(app, "users"), &[rename]).await.remove(0);
    let sent = standin.seen().iter().filter(|seen| seen.method == "PUT").map(|seen| seen.body.clone()).collect();
    (outcome.err().map(|error| error.message), sent)
}

const UPDATES: [&str; 2] = ["body = changes\n replaces $", "body = record"];

#[tokio::test]
async fn a_record_is_sent_back_as_it_is() {
    for update in UPDATES {
        let whole = r#"{"id":"7","name":"Ann","phone":"123","note":"keep","home":{"zip":"1"}}"#;
        let (error, sent) = renamed(update, whole).await;
        let kept = r#"{"name":"Anna","phone":"123","note":"keep","home":{"zip":"1"}}"#;
        assert_eq!((error, sent), (None, vec![kept.to_owned()]), "{update}");
        // What the list does not show either is not left out.
        let (error, sent) = renamed(update, r#"{"id":"8","name":"Bob"}"#).await;
        assert_eq!((error, sent.len()), (None, 1), "{update}");
        // It was cleared since.
        let (error, sent) = renamed(update, r#"{"id":"7","name":"Ann","phone":null,"note":"keep","home":null}"#).await;
        assert_eq!((error, sent.len()), (None, 1), "{update}");
    }
}

#[tokio::test]
async fn a_value_that_is_written_at_another_place_is_compared_there() {
    let boss = "boss : text? at $.manager.id, written at $.managerId";
    let seen = "seen : text? read only at $.audit.seen";
    let people = || json!([{ "id": "7", "name": "Ann", "manager": { "id": "3" }, "audit": { "seen": "today" } }]);
    for update in UPDATES {
        let app = app_with(update, &format!("{boss}\n      {seen}"));
        let (error, sent) = written_back(&app, people(), r#"{"id":"7","name":"Ann","manager":{"id":"3"}}"#).await;
        assert_eq!((error, sent.len()), (None, 1), "{update}");
        assert!(sent[0].contains(r#""managerId":"3""#), "{update}: {}", sent[0]);
        let (error, sent) = written_back(&app, people(), r#"{"id":"7","name":"Ann"}"#).await;
        assert!(error.is_some_and(|error| error.contains("leaves out `boss`")) && sent.is_empty(), "{update}");
    }
}

#[tokio::test]
async fn a_member_without_a_value_may_be_left_out() {
    let blank = json!({ "a": "", "b": " ", "c": [], "d": {}, "e": { "f": { "g": null } } });
    for update in UPDATES {
        let app = app_with(update, "seen : text? read only at $.audit.seen");
        let ann = json!({ "id": "7", "name": "Ann", "phone": "", "note": blank, "x": "", "tags": [], "audit": { "seen": "today" } });
        let (error, sent) = written_back(&app, json!([ann]), r#"{"id":"7","name":"Ann"}"#).await;
        assert_eq!((error, sent.len()), (None, 1), "{update}");
        // False, zero and an element are values.
        for (name, value) in [("x", json!(false)), ("x", json!(0)), ("x", json!(["a"])), ("x", json!({ "y": { "z": 0 } }))] {
            let ann = json!({ "id": "7", "name": "Ann", name: value });
            let (error, sent) = written_back(&app, json!([ann]), r#"{"id":"7","name":"Ann"}"#).await;
            assert!(error.is_some_and(|error| error.contains("leaves out `$.x")) && sent.is_empty(), "{update} {value}");
        }
    }
}

#[tokio::test]
async fn what_can_not_be_sent_back_as_it_is_is_not_written() {
    for update in UPDATES {
        for (got, why) in [
            (r#"{"id":"7","name":"Ann","phone":"1","phone":null}"#, "has the member `phone` more than once (R0219), so it is not written"),
            (r#"{"id":"7","name":"Ann","phone":"123","note":"1","note":"2"}"#, "has the member `note` more than once (R0219)"),
            (r#"{"id":"7","name":"Ann","note":"keep"}"#, "leaves out `phone`, which the list showed, so it is not written"),
            (r#"{"id":"7","name":"Ann"}"#, "leaves out `phone`, which the list showed"),
            (
                r#"{"id":"7","name":"Ann","phone":"123","home":{"zip":"1"}}"#,
                "leaves out `$.note`, which the list showed (if the system sets",
            ),
            (r#"{"id":"7","name":"Ann","phone":"123","note":"n","home":{}}"#, "leaves out `$.home.zip`, which the list showed"),
        ] {
            let (error, sent) = renamed(update, got).await;
            let error = error.unwrap_or_default();
            assert!(error.starts_with(&format!("the record is sent back whole, and its `get` {why}")), "{update} {got}: {error}");
            assert_eq!(sent, [""; 0], "{update} {got}");
        }
    }
}
