//! Token calls of a client and a stand-in with one declaration: what signs in there is taken here, and nothing else is.

use super::systems::Stage;
use crate::{
    compile::texts,
    sandbox::Options,
    systems::{Connection, ConnectionConfig, End, Observer, ReadRequest, Write, WriteKind},
    value::Value,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

struct Silent;

impl Observer for Silent {}

fn stage(http: &str, options: &Options) -> (Arc<crate::compile::system::System>, Stage) {
    staged(http, "", options)
}

/// With a line of the list's own; one with a body asks by POST.
fn staged(http: &str, line: &str, options: &Options) -> (Arc<crate::compile::system::System>, Stage) {
    let method = if line.starts_with("body") { "POST" } else { "GET" };
    let text = format!(
        r#"
system api {{
  setting account : text = "ACC-1"
  secret id
  secret password
  secret key
  secret certificate
  http "https://api.example.com/v2" {{
{http}
    retry 1 times
  }}
  collection people {{
    key id
    lists all
    list {method} "/people" {{
      {line}
      query "page" = page.number
      page by number size 1
      items $.people
      total $.total
    }}
    attributes {{ id : text at $.id }}
  }}
}}
"#
    );
    let plan = texts::reading(&text, "api.people", "id", &[], &[]);
    let stage = Stage::set(&plan, &[("api.people.jsonl", json!([{ "id": "a" }, { "id": "b" }, { "id": "c" }]))], options);
    (Arc::clone(&plan.source.system), stage)
}

pub(super) fn client(system: &Arc<crate::compile::system::System>, stage: &Stage, secrets: BTreeMap<String, String>) -> Connection {
    let config = ConnectionConfig {
        secrets,
        origin: Some(stage.running.origin.clone()),
        folder: ".".into(),
        roots: crate::host::Roots::default(),
        tokens: None,
        now: jiff::Timestamp::now(),
        today: super::TODAY,
        observer: Arc::new(Silent),
        host: crate::host::Host::real(),
        budgets: crate::systems::Budgets::default(),
        stop: crate::systems::StopSignal::default(),
    };
    Connection::open(system, config).unwrap()
}

/// How many people a client reads, or why it reads none.
async fn read(connection: &Connection) -> Result<usize, String> {
    let mut count = 0;
    let read = connection.read(0, &ReadRequest::default(), &mut |records, _| count += records.len()).await;
    match read.end {
        End::Broken { reason, .. } => Err(reason),
        _ => Ok(count),
    }
}

const WAYS: [&str; 6] = [
    r#"
    token POST "https://zoom.example.com/oauth/token" {
      auth basic secret.id, secret.password
      body form = { grant_type = "account_credentials", account_id = setting.account }
    }
    auth bearer token.access_token"#,
    r#"
    token POST "https://id.example.com/token" {
      auth certificate secret.certificate, secret.key
      body form = { grant_type = "client_credentials", client_assertion = { iss = secret.id, exp = now + 5 min } | jwt("RS256", secret.key) }
    }
    auth certificate secret.certificate, secret.key
    auth bearer token.access_token"#,
    r#"
    token POST "/session" {
      body form = { user = secret.id, password = secret.password }
      done when status == 201
    }
    header "Cookie" = token.cookies"#,
    r#"
    token POST "/login" {
      body = { user = secret.id, password = secret.password }
      lasts $.data.ttl
    }
    query "auth" = token.data.session.id"#,
    r#"
    token POST "https://id.example.com/token" {
      header "X-Key" = secret.password
      body form = { grant_type = "refresh_token", refresh_token = token.refresh_token ?? secret.id }
    }
    auth bearer token.access_token"#,
    r#"
    token GET "https://id.example.com/token" {
      query "key" = secret.password
      lasts 1 s
    }
    header "X-Token" = "Session {token.id}""#,
];

#[test]
fn a_client_signs_in_with_its_own_secrets_and_with_no_others() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for http in WAYS {
        let (system, stage) = stage(http, &Options::default());
        let secrets = stage.running.secrets.clone();
        assert_eq!(runtime.block_on(read(&client(&system, &stage, secrets.clone()))), Ok(3), "{http}");
        let wrong = BTreeMap::from_iter(secrets.into_iter().map(|(name, value)| match name.as_str() {
            "key" | "certificate" => (name, value),
            _ => (name, "another".to_owned()),
        }));
        let refused = runtime.block_on(read(&client(&system, &stage, wrong)));
        assert!(refused.as_ref().is_err_and(|why| why.contains("refuses the sign-in (40")), "{http}\n{refused:?}");
        let stranger = stage.send("GET", &format!("{}/v2/people?page=1", stage.running.origin), &[("Authorization", "Bearer x")], "");
        assert_eq!(stranger.status, 401, "{http}");
        let tried = stage.running.curl.clone();
        assert!(tried.contains("sandbox-token-by-hand") || http.contains("query \"auth\""), "{tried}");
    }
}

/// Lines of one call, each with something of a token or a secret that no line of `http` has; and how a stranger sends it.
const OWN_LINES: [(&str, &str, &str); 5] = [
    ("header \"X-Session\" = token.session", "X-Session", ""),
    ("header \"X-Session\" = \"Session {token.data.id}\"", "X-Session", ""),
    ("query \"session\" = token.session", "", "&session=x"),
    ("header \"X-Key\" = secret.key", "X-Key", ""),
    ("query \"key\" = secret.key", "", "&key=x"),
];

#[test]
fn a_call_carries_what_its_own_lines_say() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (line, header, query) in OWN_LINES {
        let http = "    token POST \"/session\" { body form = { user = secret.id } }";
        let (system, stage) = staged(http, line, &Options::default());
        assert_eq!(runtime.block_on(read(&client(&system, &stage, stage.running.secrets.clone()))), Ok(3), "{line}");
        let ask = |query: &str, headers: &[(&str, &str)]| {
            stage.send("GET", &format!("{}/v2/people?page=1{query}", stage.running.origin), headers, "").status
        };
        assert_eq!(ask("", &[]), 401, "{line}: nothing is sent");
        let headers: Vec<_> = Some((header, "x")).filter(|(name, _)| !name.is_empty()).into_iter().collect();
        assert_eq!(ask(query, &headers), 401, "{line}: another is sent");
    }
}

#[test]
fn a_body_carries_what_it_names_of_a_token_and_of_secrets() {
    for (body, key) in [
        ("{ key = secret.key, session = token.session, where = [\"all\"] }", "json"),
        ("{ auth = { key = secret.key, session = token.session } }", "nested"),
        ("[secret.key, token.session, \"search\"]", "list"),
    ] {
        let http = "    token POST \"/session\" { body form = { user = secret.id } }";
        let (system, stage) = staged(http, &format!("body = {body}"), &Options::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(read(&client(&system, &stage, stage.running.secrets.clone()))), Ok(3), "{key}");
        let secret = stage.secret("key");
        let session = stage.token("/v2/session", &[("user", stage.secret("id"))]).json()["session"].clone();
        let sent = |secret: &str, session: serde_json::Value| {
            let body = match key {
                "json" => json!({ "key": secret, "session": session, "where": ["all"] }),
                "nested" => json!({ "auth": { "key": secret, "session": session } }),
                _ => json!([secret, session, "search"]),
            };
            stage.send("POST", &format!("{}/v2/people?page=1", stage.running.origin), &[], &body.to_string()).status
        };
        assert_eq!((sent(secret, session.clone()), sent("x", session), sent(secret, json!("x"))), (200, 401, 401), "{key}");
    }
}

/// The lines of a job sign the questions in, where those of `http` do not.
#[test]
fn the_questions_of_a_job_carry_what_its_own_lines_say() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (line, header, query) in OWN_LINES {
        let text = format!(
            r#"
system desk {{
  secret id
  secret key
  http "https://desk.example.com/v2" {{
    token POST "/session" {{ body form = {{ user = secret.id }} }}
  }}
  collection users {{
    key id
    lists all
    list GET "/users" {{ items $ }}
    update PATCH "/users/{{id}}" {{
      follow GET "/jobs/{{$.job}}" every 1 s {{
        {line}
        done when $.state == "done"
        item $.user
      }}
    }}
    attributes {{
      id   : text read only at $.id
      name : text at $.name
    }}
  }}
}}
"#
        );
        let plan = texts::reading(&text, "desk.users", "id", &[], &[]);
        let stage = Stage::set(&plan, &[("desk.users.jsonl", json!([{ "id": "u1", "name": "Ada" }]))], &Options::default());
        let system = Arc::clone(&plan.source.system);
        let name = system.collections[0].attribute("name").unwrap();
        let write = Write {
            kind: WriteKind::Update,
            id: Some(Value::text("u1")),
            values: vec![(name, Value::text("Ada L."))],
            current: Vec::new(),
            token: None,
            record: None,
        };
        let connection = client(&system, &stage, stage.running.secrets.clone());
        let written = runtime.block_on(connection.write(0, &[write])).remove(0).expect(line);
        assert!(written.record.is_some_and(|record| String::from_utf8_lossy(&record).contains("Ada L.")), "{line}");
        let ask = |query: &str, headers: &[(&str, &str)]| {
            stage.send("GET", &format!("{}/v2/jobs/1?{query}", stage.running.origin), headers, "").status
        };
        assert_eq!(ask("", &[]), 401, "{line}: nothing is sent");
        let headers: Vec<_> = Some((header, "x")).filter(|(name, _)| !name.is_empty()).into_iter().collect();
        assert_eq!(ask(query, &headers), 401, "{line}: another is sent");
    }
}

/// A header of one call takes the place of one of `http`, for the client and the stand-in alike.
#[test]
fn a_header_of_a_call_takes_the_place_of_one_of_http() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (system, stage) = staged("    header \"X-Key\" = secret.password", "header \"x-key\" = secret.key", &Options::default());
    assert_eq!(runtime.block_on(read(&client(&system, &stage, stage.running.secrets.clone()))), Ok(3));
    let ask = |key: &str| stage.send("GET", &format!("{}/v2/people?page=1", stage.running.origin), &[("X-Key", key)], "").status;
    assert_eq!((ask(stage.secret("key")), ask(stage.secret("password"))), (200, 401));
}

/// The header of `http` is sent where a setting switches that of the call off, and may be left out where a page decides.
#[test]
fn a_header_of_http_is_asked_for_where_that_of_the_call_is_not_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (when, own, of_http) in [
        ("setting.account == \"ACC-1\"", 200, 401),
        ("setting.account == \"ACC-2\"", 401, 200),
        ("setting.account == \"ACC-2\" or page.number == 1", 200, 200),
    ] {
        let line = format!("header \"x-key\" = secret.key when {when}");
        let (system, stage) = staged("    header \"X-Key\" = secret.password", &line, &Options::default());
        assert_eq!(runtime.block_on(read(&client(&system, &stage, stage.running.secrets.clone()))), Ok(3), "{when}");
        let ask = |key: &str| stage.send("GET", &format!("{}/v2/people?page=1", stage.running.origin), &[("X-Key", key)], "").status;
        assert_eq!((ask(stage.secret("key")), ask(stage.secret("password"))), (own, of_http), "{when}");
    }
}

#[test]
fn a_token_that_is_used_up_or_over_is_fetched_again_within_a_list() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for http in WAYS {
        let (system, stage) = stage(http, &Options { token_uses: Some(2), ..Options::default() });
        assert_eq!(runtime.block_on(read(&client(&system, &stage, stage.running.secrets.clone()))), Ok(3), "{http}");
    }
    let (system, stage) = stage(WAYS[5], &Options::default());
    let connection = client(&system, &stage, stage.running.secrets.clone());
    assert_eq!(runtime.block_on(read(&connection)), Ok(3));
    let asked = stage.send("GET", &format!("{}/token?key={}", stage.running.origin, stage.secret("password")), &[], "").json();
    let header = format!("Session {}", asked["id"].as_str().unwrap());
    let ask = || stage.send("GET", &format!("{}/v2/people?page=1", stage.running.origin), &[("X-Token", &header)], "").status;
    assert_eq!(ask(), 200);
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(ask(), 401, "its second is over");
}
