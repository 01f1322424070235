//! No secret is shown or stored: every sign-in of the three integrations, against a server that returns whatever it receives.

use super::project::TestProject;
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json, json};
use std::{
    collections::BTreeSet,
    fs,
    sync::{Arc, Mutex},
};

/// The answer of the mirror to signed-in clients.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    RefusesSignIn,
    Unauthorized,
    BadRequest,
    AnswersNonsense,
    SendsElsewhere,
}

const WAYS: [Way; 5] = [Way::RefusesSignIn, Way::Unauthorized, Way::BadRequest, Way::AnswersNonsense, Way::SendsElsewhere];

/// A server whose answers contain everything that it received, and which remembers the credentials.
struct Mirror {
    origin: String,
    seen: Arc<Mutex<BTreeSet<String>>>,
    _runtime: tokio::runtime::Runtime,
}

type Shared = (Way, Arc<Mutex<BTreeSet<String>>>);

impl Mirror {
    fn that(way: Way) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let router = Router::new().fallback(mirrored).with_state((way, Arc::clone(&seen)));
        runtime.spawn(async { axum::serve(listener, router).await });
        Self { origin, seen, _runtime: runtime }
    }

    /// The credentials that it received, and those that it issued.
    fn seen(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn mirrored(State((way, seen)): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned();
    let headers: Vec<_> = parts.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default())).collect();
    let sent: Vec<String> = credentials(&headers, &body);
    seen.lock().unwrap().extend(sent.iter().cloned());
    let echo = format!("{} {} {} {body}", parts.method, parts.uri, headers.join(" "));
    let is_token = parts.uri.path().ends_with("token");
    match way {
        Way::RefusesSignIn if is_token => refusal(400, &json!({ "error": "invalid_grant", "error_description": echo })),
        _ if is_token => {
            seen.lock().unwrap().extend(["MARKED-access".to_owned(), "MARKED-rotated".to_owned()]);
            let origin = parts.headers.get("host").unwrap().to_str().unwrap();
            refusal(
                200,
                &json!({ "access_token": "MARKED-access", "refresh_token": "MARKED-rotated", "instance_url": format!("http://{origin}") }),
            )
        }
        Way::RefusesSignIn | Way::Unauthorized => told(401, &parts.uri, &echo),
        Way::BadRequest => told(400, &parts.uri, &echo),
        Way::AnswersNonsense => told(200, &parts.uri, &echo),
        Way::SendsElsewhere => {
            let place = format!("/elsewhere?token={}", sent.first().map(|sent| sent.replace([' ', '"'], "+")).unwrap_or_default());
            (StatusCode::FOUND, [("location", place)], echo).into_response()
        }
    }
}

fn refusal(status: u16, body: &Json) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body.to_string()).into_response()
}

/// In the shape of each vendor's error messages.
fn told(status: u16, uri: &axum::http::Uri, echo: &str) -> Response {
    if uri.path().starts_with("/api/2012-02-01") {
        let text = echo.replace('&', "&amp;").replace('<', "&lt;");
        let body = format!("<ApiException><Code>Wrong</Code><Message>{text}</Message></ApiException>");
        return (StatusCode::from_u16(status).unwrap(), [("content-type", "application/xml")], body).into_response();
    }
    let error = json!({ "message": echo, "innererror": { "code": "X" } });
    refusal(status, &json!({ "message": echo, "detail": echo, "error": error, "errors": [{ "title": echo, "detail": echo }] }))
}

/// The credential of a request: the value of a header, or of a form field.
fn credentials(headers: &[String], body: &str) -> Vec<String> {
    let header = headers.iter().filter_map(|header| header.split_once(": ")).filter(|(name, _)| name.starts_with("authorization"));
    let headers = header.map(|(_, value)| value.rsplit([' ', '=']).find(|part| !part.is_empty()).unwrap_or(value).to_owned());
    let secret = |name: &str| matches!(name, "client_secret" | "password" | "assertion" | "refresh_token");
    let form =
        body.split('&').filter_map(|field| field.split_once('=')).filter(|(name, _)| secret(name)).map(|(_, value)| value.to_owned());
    headers.chain(form).collect()
}

/// A sign-in: the pipeline that uses it, its configuration, and the secrets by their environment variables.
struct SignIn {
    pipeline: &'static str,
    config: &'static str,
    secrets: &'static [(&'static str, &'static str)],
}

const KEY: &str = include_str!("../../src/sandbox/key.pem");

/// Integration A.
const LUCCA_TO_REWARD_GATEWAY: SignIn = SignIn {
    pipeline: "lucca_to_reward_gateway",
    config: "[env.production.lucca]\ndomain = \"acme.ilucca.net\"\napi_key = { env = \"ONE\" }\norigin = ORIGIN\n\n[env.production.reward_gateway]\n\
                 base_url = \"https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0\"\ntoken = { env = \"TWO\" }\norigin = ORIGIN\n",
    secrets: &[("ONE", "MARKED-lucca-key"), ("TWO", "MARKED.gateway+token/7")],
};

/// Integration B, as a client.
const CLIENT_CREDENTIALS: SignIn = SignIn {
    pipeline: "sage_people_to_oomnitza",
    config: "[env.production.sage_people]\nhostname = \"acme.my.salesforce.com\"\nclient_id = \"client\"\nclient_secret = { env = \"ONE\" }\n\
                 origin = ORIGIN\n\n[env.production.oomnitza]\norganisation = \"acme\"\ntoken = { env = \"TWO\" }\norigin = ORIGIN\n",
    secrets: &[("ONE", "MARKED+client/secret=&\"7"), ("TWO", "MARKED-oomnitza")],
};

/// Integration B, as a user.
const USER_AND_PASSWORD: SignIn = SignIn {
    pipeline: "sage_people_to_oomnitza",
    config: "[env.production.sage_people]\nhostname = \"acme.my.salesforce.com\"\nclient_id = \"client\"\nclient_secret = { env = \"ONE\" }\n\
                 sign_in = \"password\"\nuser_name = \"sync@example.com\"\npassword = { env = \"THREE\" }\norigin = ORIGIN\n\n\
                 [env.production.oomnitza]\norganisation = \"acme\"\ntoken = { env = \"TWO\" }\norigin = ORIGIN\n",
    secrets: &[("ONE", "MARKED-client-secret"), ("TWO", "MARKED-oomnitza"), ("THREE", "MARKED pass&word%TOKEN")],
};

/// Integration B, by SOQL.
const ASSERTION: SignIn = SignIn {
    pipeline: "sage_people_soql_to_oomnitza",
    config: "[env.production]\nroute = \"SOQL\"\n\n[env.production.sage_people_soql]\nhostname = \"acme.my.salesforce.com\"\nclient_id = \"client\"\n\
                 user_name = \"sync@example.com\"\nprivate_key = { env = \"ONE\" }\norigin = ORIGIN\n\n[env.production.oomnitza]\norganisation = \"acme\"\n\
                 token = { env = \"TWO\" }\norigin = ORIGIN\n",
    secrets: &[("ONE", KEY), ("TWO", "MARKED-oomnitza")],
};

/// Integration C, with a service account.
const SIGNED_HERE: SignIn = SignIn {
    pipeline: "arlo_contacts_to_wicket",
    config: "[env.production]\nintegration = true\n\n[env.production.wicket]\ntenant = \"acme\"\nperson = \"3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77\"\n\
                 api_secret = { env = \"ONE\" }\norigin = ORIGIN\n\n[env.production.arlo]\nplatform = \"acme\"\nuser = \"sync@example.com\"\n\
                 password = { env = \"TWO\" }\norigin = ORIGIN\n",
    secrets: &[("ONE", "MARKED-wicket-api-secret"), ("TWO", "MARKED:pass\\word")],
};

/// Integration C, by OAuth.
const REFRESH_TOKEN: SignIn = SignIn {
    pipeline: "wicket_people_to_arlo",
    config: "[env.production]\nintegration = true\n\n[env.production.wicket]\ntenant = \"acme\"\nperson = \"3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77\"\n\
                 api_secret = { env = \"ONE\" }\norigin = ORIGIN\n\n[env.production.arlo]\nplatform = \"acme\"\nsign_in = \"oauth\"\nclient_id = \"client\"\n\
                 client_secret = { env = \"TWO\" }\nrefresh_token = { env = \"THREE\" }\norigin = ORIGIN\n",
    secrets: &[("ONE", "MARKED-wicket-api-secret"), ("TWO", "MARKED-arlo-client"), ("THREE", "MARKED-refresh")],
};

impl SignIn {
    fn project(&self, mirror: &Mirror) -> TestProject {
        let project = TestProject::with_pipelines();
        // The other direction belongs to it.
        let both =
            |name: &str| self.pipeline.contains("arlo") && matches!(name, "wicket_people_to_arlo.sync" | "arlo_contacts_to_wicket.sync");
        let needed = |name: &str| name == format!("{}.sync", self.pipeline) || name.contains("_and_") || both(name);
        for file in fs::read_dir(project.path()).unwrap().map(|file| file.unwrap()) {
            let name = file.file_name().into_string().unwrap();
            if name.ends_with(".sync") && !needed(&name) {
                fs::remove_file(file.path()).unwrap();
            }
        }
        project.write("counterpart.toml", self.config.replace("ORIGIN", &format!("\"{}\"", mirror.origin)));
        project
    }

    /// The texts that must not appear: the secrets, the lines of a key.
    fn secrets(&self) -> impl Iterator<Item = String> + '_ {
        let lines = self.secrets.iter().flat_map(|(_, secret)| secret.lines());
        lines.map(str::trim).filter(|line| line.len() > 10 && !line.starts_with("-----")).map(str::to_owned)
    }

    fn said(&self, project: &TestProject, args: &[&str]) -> String {
        let mut command = project.command(args);
        command.envs(self.secrets.iter().copied()).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
        let output = command.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }
}

/// The stored files. An exchanged token is stored, readable only by the owner of the folder.
fn stored(project: &TestProject) -> String {
    let mut all = String::new();
    for (path, content) in project.everything() {
        if path.components().any(|part| part.as_os_str() == "tokens") {
            #[cfg(unix)]
            assert!(
                content.is_empty() || std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o077 == 0,
                "{}",
                path.display()
            );
            continue;
        }
        all.push_str(&String::from_utf8_lossy(&content));
    }
    all
}

#[track_caller]
fn holds_none(text: &str, forbidden: &BTreeSet<String>, what: &str) {
    for secret in forbidden {
        assert!(!text.contains(secret.as_str()), "{what} tells {secret:?}:\n{text}");
    }
    assert!(!text.contains("MARKED"), "{what} tells part of a secret:\n{text}");
}

/// Every kind of answer of a server, and every command that people run afterwards.
fn shows_and_stores_none(sign_in: &SignIn) {
    let mut masked = 0;
    for way in WAYS {
        let mirror = Mirror::that(way);
        let project = sign_in.project(&mirror);
        let pipeline = sign_in.pipeline;
        let commands = [
            &["settings", "verify", pipeline, "-vv", "--format", "json"][..],
            &["plan", pipeline, "-vv", "--format", "json", "--people", "full"],
            &["run", pipeline, "-v", "--people", "full"],
            &["settings", pipeline, "-vv"],
            &["errors", "--format", "jsonl"],
            &["history", "--format", "json"],
        ];
        // The output of the last commands does not depend on the server's answer.
        let asked = if way == Way::Unauthorized { 6 } else { 3 };
        let said: Vec<_> = commands.into_iter().take(asked).map(|args| (args.join(" "), sign_in.said(&project, args))).collect();
        let seen = mirror.seen();
        assert!(!seen.is_empty(), "it was never tried: {said:?}");
        let forbidden: BTreeSet<String> = sign_in.secrets().chain(seen).collect();
        for (args, text) in &said {
            masked += text.matches("••••").count();
            holds_none(text, &forbidden, &format!("{way:?}: `counterpart {args}`"));
        }
        holds_none(&stored(&project), &forbidden, &format!("{way:?}: a file"));
    }
    assert!(masked > 0, "the mirror's words were never shown");
}

#[test]
fn a_key_in_a_header_and_a_bearer_token() {
    shows_and_stores_none(&LUCCA_TO_REWARD_GATEWAY);
}

#[test]
fn client_credentials_and_a_header_of_its_own() {
    shows_and_stores_none(&CLIENT_CREDENTIALS);
}

#[test]
fn a_user_name_and_a_password() {
    shows_and_stores_none(&USER_AND_PASSWORD);
}

#[test]
fn an_assertion_signed_with_a_key() {
    shows_and_stores_none(&ASSERTION);
}

#[test]
fn tokens_signed_here_and_a_service_account() {
    shows_and_stores_none(&SIGNED_HERE);
}

#[test]
fn a_refresh_token_that_is_exchanged() {
    shows_and_stores_none(&REFRESH_TOKEN);
}
