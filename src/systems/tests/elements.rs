//! `items EXPR { … }` of a list: how the record is made from an element, and what an element means.

use super::{
    declared::{read, system},
    *,
};
use serde_json::{Value as Json, json};

const ORG: &str = r#"
table roles {
  "direct_member" = "member"
  else = "admin"
}
system org {
  http "https://org.example.com" { error $.message }
  collection members {
    key id
    list GET "/invitations" {
      items $[?@.login != null] {
        item { id = $.login, role = $.role | lookup(roles) }
      }
    }
    attributes {
      id   : text at $.id
      role : text at $.role
    }
  }
  collection people {
    key id
    list GET "/people" {
      query "after" = page.cursor
      page by cursor $.rows[-1].no size 2
      items $.rows {
        item $.user + { id = $.no }
        status $.code
        error $.why code $.reason when $.why is present { "LOCKED" is temporary }
        done when $.state == "ok"
      }
    }
    attributes {
      id   : text at $.id
      name : text at $.name
    }
  }
}
"#;

async fn got(of: &str, answers: &[Json]) -> ReadRecords {
    let system = system(ORG, "org", of);
    let standin = StandIn::giving(answers.iter().map(|answer| Reply::ok(answer.clone())).collect::<Vec<_>>());
    read(&system, &standin, of, &ReadRequest::default()).await
}

fn row(no: &str, name: &str) -> Json {
    json!({ "no": no, "user": { "name": name, "id": "other" }, "code": 200, "state": "ok" })
}

#[tokio::test]
async fn a_record_is_made_from_its_element() {
    let invited = json!([
        { "login": "ann", "role": "direct_member", "message": "welcome" },
        { "login": null, "email": "x@example.com", "role": "admin" },
        { "login": "bob", "role": "billing_manager" }
    ]);
    let got = got("members", &[invited]).await;
    assert_eq!(got.records, [r#"{"id":"ann","role":"member"}"#, r#"{"id":"bob","role":"admin"}"#]);
    got.evidence();
}

#[tokio::test]
async fn a_cursor_is_read_in_the_answer_and_not_in_the_record() {
    let got = got("people", &[json!({ "rows": [row("1", "Ann"), row("2", "Bob")] }), json!({ "rows": [] })]).await;
    assert_eq!(got.records, [r#"{"name":"Ann","id":"1"}"#, r#"{"name":"Bob","id":"2"}"#]);
    got.evidence();
}

#[tokio::test]
async fn an_element_that_is_an_error_or_proves_nothing_breaks_the_read() {
    let with = |name: &str, value: Json| {
        let mut row = row("2", "Bob");
        row[name] = value;
        json!({ "rows": [self::row("1", "Ann"), row] })
    };
    for (answer, words) in [
        (with("why", json!("not yet")), "element 2 of a page is an error, and no record: \"not yet\""),
        (with("state", json!("loading")), "element 2 of a page is an error, and no record"),
        (with("state", json!(null)), "element 2 of a page is an error, and no record"),
        (with("code", json!(null)), "element 2 of a page has no status where it is declared to be"),
        (with("user", json!(null)), "element 2 of a page gives nothing that `item` can take"),
    ] {
        let got = got("people", std::slice::from_ref(&answer)).await;
        assert!(got.reason().contains(words), "{answer}: {}", got.reason());
        assert_eq!(got.records, [""; 0], "{answer}");
    }
}
