//! A secret that a call makes for itself: new in each call, and in nothing that comes back.

use super::{
    shipped::{connected, write},
    *,
};
use serde_json::Value as Json;

const APP: &str = r#"
system app {
  http "https://app.example.com" { error $.error }
  collection users {
    key id
    list GET "/users" { items $ }
    create POST "/users" {
      secret password = 24 | random_text
      body = record + { password = secret.password, password_confirmation = secret.password }
    }
    call invite POST "/users/{id}/invite" { body = { code = 8 | random_text } }
    attributes {
      id   : text read only at $.id
      name : text at $.name
    }
  }
}
"#;

fn create(system: &System, name: &str) -> Write {
    write(system, 0, WriteKind::Create, None, &[("name", Value::text(name))])
}

fn bodies(standin: &StandIn) -> Vec<Json> {
    standin.seen().iter().map(|seen| serde_json::from_str(seen.text().rsplit("\n\n").next().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn each_call_has_a_secret_of_its_own() {
    let system = declared::system(APP, "app", "users");
    let standin = StandIn::giving([Reply::new(201, r#"{"id": "1"}"#)]);
    let invite = write(&system, 0, shipped::call(&system, 0, "invite"), Some(Value::text("1")), &[]);
    connected(&system, &standin.origin).write(0, &[create(&system, "Ann"), create(&system, "Bob"), invite]).await;
    let sent = bodies(&standin);
    let password = |at: usize| sent[at]["password"].as_str().unwrap().to_owned();
    assert_eq!(password(0), sent[0]["password_confirmation"], "one secret in one call");
    assert_ne!(password(0), password(1));
    assert!(password(0).len() == 24 && password(0).bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", password(0));
    assert_eq!(sent[2]["code"].as_str().map(str::len), Some(8));
}

#[tokio::test]
async fn no_secret_comes_back() {
    let system = declared::system(APP, "app", "users");
    let standin = StandIn::new(|at, seen| {
        let body: Json = serde_json::from_str(seen.text().rsplit("\n\n").next().unwrap()).unwrap();
        let password = body["password"].as_str().unwrap();
        match at {
            0 => Reply::new(201, format!(r#"{{"id": "1", "initial": "{password}"}}"#)),
            _ => Reply::new(400, format!(r#"{{"error": "'{password}' is too plain"}}"#)),
        }
    });
    let outcomes = connected(&system, &standin.origin).write(0, &[create(&system, "Ann"), create(&system, "Bob")]).await;
    let record = outcomes[0].as_ref().unwrap().record.clone().unwrap();
    assert_eq!(String::from_utf8(record.to_vec()).unwrap(), r#"{"id": "1", "initial": "••••"}"#);
    assert_eq!(outcomes[1].as_ref().unwrap_err().message, "'••••' is too plain");
}

/// Inside of a record, in a form, and in a header.
#[tokio::test]
async fn a_secret_in_any_place_is_new_in_each_call() {
    for (lines, place) in [
        ("body = record + { profile = { password = 24 | random_text } }", "\"password\":\""),
        ("secret first = 24 | random_text\n body form = record + { password = secret.first }", "&password="),
        ("secret first = 24 | random_text\n header \"X-Initial\" = secret.first", "x-initial: "),
    ] {
        let text = APP
            .replace("secret password = 24 | random_text", lines)
            .replace("      body = record + { password = secret.password, password_confirmation = secret.password }\n", "");
        let system = declared::system(&text, "app", "users");
        let standin = StandIn::giving([Reply::new(201, r#"{"id": "1"}"#)]);
        connected(&system, &standin.origin).write(0, &[create(&system, "Ann"), create(&system, "Bob")]).await;
        let seen = standin.seen();
        let secret = |at: usize| seen[at].text().split_once(place).expect(lines).1[..24].to_owned();
        assert_ne!(secret(0), secret(1), "{lines}");
        assert!(secret(0).len() == 24 && secret(0).bytes().all(|byte| byte.is_ascii_alphanumeric()), "{lines}: {}", secret(0));
    }
}
