//! Token calls: what they send, what their answers are kept for, and when they are made again.

use super::{
    super::{declared, shipped::connected},
    *,
};
use crate::compile::system::ErrorClass;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A system with some lines in `http`, and a list of people.
fn api(http: &str) -> Arc<System> {
    let text = format!(
        r#"
system api {{
  setting account : text = "ACC-1"
  secret id
  secret password
  secret key?
  http "https://api.example.com/v2" {{
{http}
    retry 2 times
  }}
  collection people {{
    key id
    lists all
    list GET "/people" {{
      query "page" = page.number
      page by number size 1
      last page when $.last == true
      items $.people
    }}
    get GET "/people/{{id}}"
    attributes {{ id : text at $.id }}
  }}
}}
"#
    );
    declared::system(&text, "api", "people")
}

fn is_token(seen: &standin::Seen) -> bool {
    !seen.target.contains("/people")
}

fn people(last: bool) -> Reply {
    Reply::ok(json!({ "id": "b", "people": [{ "id": if last { "b" } else { "a" } }], "last": last }))
}

/// The request for a token and the first one after it, with an answer for the token.
async fn sent(http: &str, token: Reply) -> String {
    let standin = StandIn::new(move |_, seen| if is_token(seen) { token.clone() } else { people(true) });
    let read = taken(&connected(&api(http), &standin.origin), &ReadRequest::default()).await;
    assert!(read.read.end.is_complete(), "{}", read.reason());
    standin.seen().iter().map(|seen| seen.text()).collect::<Vec<_>>().join("\n---\n")
}

#[tokio::test]
async fn a_grant_of_a_vendors_own_with_basic() {
    let http = r#"
    token POST "https://zoom.example.com/oauth/token" {
      auth basic secret.id, secret.password
      body form = { grant_type = "account_credentials", account_id = setting.account }
    }
    auth bearer token.access_token
    header "X-Own" = "only of calls""#;
    insta::assert_snapshot!(sent(http, Reply::ok(json!({ "access_token": "TOKEN-1", "expires_in": 3600 }))).await, @r##"
    POST /oauth/token
    accept: application/json
    authorization: Basic U0VDUkVUOlNFQ1JFVA==
    content-type: application/x-www-form-urlencoded
    user-agent: counterpart/0.1.0

    grant_type=account_credentials&account_id=ACC-1
    ---
    GET /v2/people?page=1
    accept: application/json
    authorization: Bearer TOKEN-1
    user-agent: counterpart/0.1.0
    x-own: only of calls
    "##);
}

#[tokio::test]
async fn a_login_of_json_whose_token_is_elsewhere_and_goes_into_a_query() {
    let http = r#"
    token POST "/login" { body = { user = secret.id, password = secret.password } }
    query "auth" = token.data.session.id
    header "X-Tenant" = token.data.tenant"#;
    let answer = json!({ "data": { "session": { "id": "SESSION/1" }, "tenant": 7 } });
    let sent = sent(http, Reply::ok(answer)).await;
    assert!(sent.starts_with("POST /v2/login\n") && sent.contains(r#"{"user":"SECRET","password":"SECRET"}"#), "{sent}");
    assert!(
        sent.contains("GET /v2/people?auth=SESSION%2F1&page=1") && sent.contains("x-tenant: 7") && !sent.contains("authorization"),
        "{sent}"
    );
}

#[tokio::test]
async fn a_session_is_its_cookies() {
    let http = r#"
    token POST "https://api.example.com/session" { body form = { user = secret.id, password = secret.password } }
    header "Cookie" = token.cookies"#;
    let answer = Reply::ok("<html>welcome</html>").with("Set-Cookie", "sid=COOKIE-1; Path=/; HttpOnly").with("Set-Cookie", "lang=en");
    let sent = sent(http, answer).await;
    assert!(sent.contains("cookie: sid=COOKIE-1; lang=en") && !sent[..sent.find("---").unwrap()].contains("cookie:"), "{sent}");
}

const CLIENT: &str = r#"
    token POST "https://id.example.com/token" { body form = { grant_type = "client_credentials", client_secret = secret.password } }
    auth bearer token.access_token
    header "X-Session" = token.session"#;

/// Numbered tokens, each good for so many requests; the refusal of an old one.
fn numbered(uses: usize, refusal: impl Fn() -> Reply + Send + 'static) -> (StandIn, Arc<AtomicUsize>) {
    let given = Arc::new(AtomicUsize::new(0));
    let (counter, mut served) = (Arc::clone(&given), 0);
    let standin = StandIn::new(move |_, seen| {
        if is_token(seen) {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            served = 0;
            return Reply::ok(json!({ "access_token": format!("TOKEN-{number}"), "session": format!("S{number}") }))
                .late(Duration::from_millis(30));
        }
        let number = counter.load(Ordering::SeqCst);
        let newest = seen.header("authorization") == Some(&format!("Bearer TOKEN-{number}"))
            && seen.header("x-session") == Some(&format!("S{number}"));
        served += usize::from(newest);
        if !newest || served > uses { refusal() } else { people(seen.target.contains("page=2") || seen.target.contains("/people/")) }
    });
    (standin, given)
}

#[tokio::test]
async fn a_token_that_ends_within_a_list_is_fetched_again_and_the_page_made_again() {
    for refusal in [Reply::new(401, ""), Reply::new(403, json!({ "message": "session over" }))] {
        let (standin, given) = numbered(1, move || refusal.clone());
        let read = taken(&connected(&api(CLIENT), &standin.origin), &ReadRequest::default()).await;
        assert!(read.read.end.is_complete(), "{}", read.reason());
        assert_eq!((given.load(Ordering::SeqCst), standin.count()), (2, 5), "two tokens, a page, a refused page, and that page again");
    }
}

#[tokio::test]
async fn a_class_of_a_rule_renews_the_token_and_two_at_once_share_it() {
    let http = format!("{CLIENT}\n    auth when $.error == \"session over\"");
    let (standin, given) = numbered(2, || Reply::ok(json!({ "error": "session over" })));
    let connection = Arc::new(connected(&api(&http), &standin.origin));
    for _ in 0..2 {
        let asked = (0..2).map(|_| {
            let connection = Arc::clone(&connection);
            tokio::spawn(async move { connection.get(0, &Value::text("b"), &ReadRequest::default()).await })
        });
        let answers = futures_util::future::join_all(asked).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().is_ok()));
    }
    assert_eq!(given.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_is_forbidden_to_every_token_renews_it_once() {
    let standin = StandIn::new(|at, seen| match is_token(seen) {
        true => Reply::ok(json!({ "access_token": format!("TOKEN-{at}"), "session": "S" })),
        false if seen.target.contains("/people/x") => Reply::new(403, json!({ "message": "not yours" })),
        false => people(true),
    });
    let connection = connected(&api(CLIENT), &standin.origin);
    assert!(taken(&connection, &ReadRequest::default()).await.read.end.is_complete());
    for _ in 0..3 {
        let error = connection.get(0, &Value::text("x"), &ReadRequest::default()).await.unwrap_err();
        assert_eq!((error.class, error.status), (ErrorClass::Auth, Some(403)));
    }
    assert_eq!(standin.seen().iter().filter(|seen| is_token(seen)).count(), 2);
}

#[tokio::test]
async fn an_outage_at_the_token_call_is_believed_nothing() {
    let said = async |reply: Reply| {
        let standin = StandIn::giving([reply]);
        let error = connected(&api(CLIENT), &standin.origin).identity().await.unwrap_err();
        assert!(standin.seen().iter().all(is_token) && !error.message.contains("MARKED"), "{error}");
        format!("{:?} {}: {}", error.class, standin.count(), error.message)
    };
    let said = [
        said(Reply::new(401, "")).await,
        said(Reply::new(429, "").with("Retry-After", "0")).await,
        said(Reply::new(500, "")).await,
        said(Reply::ok("<html><title>Log in</title></html>")).await,
        said(Reply::ok("")).await,
        said(Reply::ok("{}")).await,
        said(Reply::ok(json!({ "access_token": "MARKED-token-1", "session": "S" })).cut(20)).await,
        said(Reply::ok(json!({ "access_token": "MARKED-token-1", "error": "MARKED-token-1 is blocked" }))).await,
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn rules_judge_a_token_call_like_any_other() {
    let http = |rules: &str| {
        format!("    token POST \"/login\" {{\n body = {{ key = secret.password }}\n {rules}\n }}\n    auth bearer token.key")
    };
    let error = async |rules: &str, reply: Reply| {
        let standin = StandIn::giving([reply]);
        let error = connected(&api(&http(rules)), &standin.origin).identity().await.unwrap_err();
        (error.class, standin.count(), error.message)
    };
    let (class, count, message) =
        error("error $.text code $.code { \"locked\" is temporary }", Reply::ok(json!({ "code": "locked", "text": "try later" }))).await;
    assert_eq!((class, count), (ErrorClass::Temporary, 3), "{message}");
    let (class, _, message) = error("done when $.ok == true", Reply::ok(json!({ "key": "K", "ok": false }))).await;
    assert_eq!(class, ErrorClass::Invalid, "{message}");
    assert!(message.contains("none of the rules of the token call takes for done"), "{message}");
}

#[tokio::test]
async fn it_lasts_as_long_as_is_said() {
    for (lasts, answer) in [
        ("lasts 1 s", json!({ "access_token": "T", "session": "S" })),
        ("lasts $.ttl", json!({ "access_token": "T", "session": "S", "ttl": 1, "expires_in": 3600 })),
        ("", json!({ "access_token": "T", "session": "S", "expires_in": "1" })),
    ] {
        let standin = StandIn::new(move |_, seen| if is_token(seen) { Reply::ok(&answer) } else { people(true) });
        let connection = connected(&api(&CLIENT.replace("body form", &format!("{lasts}\n      body form"))), &standin.origin);
        for wait in [0, 10, 1_000] {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            taken(&connection, &ReadRequest::default()).await;
        }
        let tokens: Vec<_> = standin.seen().iter().map(is_token).collect();
        assert_eq!(tokens, [true, false, false, true, false], "{lasts}");
    }
}

#[tokio::test]
async fn one_that_lasts_longer_than_a_clock_can_tell_has_no_end() {
    for life in [json!(i64::MAX), json!(u64::MAX), json!("9223372036854775807"), json!(1e300)] {
        let answer = json!({ "access_token": "T", "session": "S", "expires_in": life });
        let standin = StandIn::new(move |_, seen| if is_token(seen) { Reply::ok(&answer) } else { people(true) });
        let connection = connected(&api(CLIENT), &standin.origin);
        for _ in 0..2 {
            taken(&connection, &ReadRequest::default()).await;
        }
    }
}
