//! Records that are sent back whole: what `get` shows of them is believed, or nothing is written.

use super::{
    declared::{ask, collection, opened, system},
    golden::write,
    *,
};
use serde_json::json;

fn app(update: &str) -> Arc<System> {
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
    let list = json!({ "data": [{ "id": "7", "name": "Ann", "phone": "123", "note": "keep", "score": 5, "home": { "zip": "1", "door": null } }, { "id": "8", "name": "Bob" }], "total": 2 });
    let standin = StandIn::new(move |_, seen| match (seen.method.as_str(), seen.target.as_str()) {
        ("GET", "/users") => Reply::ok(&list),
        ("GET", _) => Reply::ok(got),
        _ => Reply::ok(&seen.body),
    });
    let connection = opened(&app, &standin);
    let ask = ask(&app, "users", &["id", "name"]);
    assert!(connection.read(collection(&app, "users"), &ask, &mut |_, _| ()).await.end.is_complete());
    let id = if got.contains("\"7\"") { "7" } else { "8" };
    let rename = write(WriteKind::Update, Some(id), &[(1, Value::text("Anna"))], &[(1, Value::text("Ann"))]);
    let outcome = connection.write(collection(&app, "users"), &[rename]).await.remove(0);
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
