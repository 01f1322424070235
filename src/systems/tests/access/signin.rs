//! Signing in: tokens that are had, signed, kept, renewed once and for all, and refused in words.

use super::{build::*, *};
use crate::{
    compile::{
        program::{Name, Operator, Program},
        system::{Auth, AuthKind},
    },
    value::functions::Algorithm,
};
use insta::assert_snapshot;
use ring::{
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicUsize, Ordering};

const TOKEN: &str = "MARKED-access-token-1";
const PASSWORD: &str = "MARKED-pass word&1";
const REFRESH: &str = "MARKED-refresh-0";

fn secret(named: &str) -> Program {
    name(Name::Secret(named.to_owned()))
}

/// What is there beside a system without a stand-in for its address.
fn direct(secrets: &[(&str, &str)]) -> ConnectionConfig {
    let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ConnectionConfig { secrets, origin: None, ..config("") }
}

const SECRETS: [(&str, &str); 3] = [("client_secret", SECRET), ("password", PASSWORD), ("refresh_token", REFRESH)];

/// How a token call asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grant {
    ClientCredentials,
    Password,
    RefreshToken,
    JwtBearer,
}

impl Grant {
    const fn body(self) -> &'static str {
        match self {
            Self::ClientCredentials => {
                r#"grant_type = "client_credentials", client_id = "CLIENT.id", client_secret = secret.client_secret"#
            }
            Self::Password => {
                r#"grant_type = "password", client_id = "CLIENT.id", client_secret = secret.client_secret, username = "sync@example.com", password = secret.password"#
            }
            Self::RefreshToken => {
                r#"grant_type = "refresh_token", client_id = "CLIENT.id", client_secret = secret.client_secret, refresh_token = token.refresh_token ?? secret.refresh_token, scope = "offline_access read""#
            }
            Self::JwtBearer => {
                r#"grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion = { iss = "CLIENT.id", aud = "https://login.salesforce.com" } | jwt("RS256", secret.key), client_id = "CLIENT.id", client_secret = secret.client_secret"#
            }
        }
    }
}

/// `systems/sage_people.sync`, at an origin of its own: its base address comes with the token.
fn sage(origin: &str, grant: Grant) -> System {
    let text = format!(
        r#"
system sage_people {{
  secret client_secret?
  secret password?
  secret refresh_token?
  secret key?
  http "{{token.instance_url}}/services/apexrest/spapi/v4" {{
    token POST "{origin}/services/oauth2/token" {{
      body form = {{ {} }}
    }}
    auth bearer token.access_token
    limit 15000 per day, 8 concurrent
    retry 2 times
    error $.error.message code $.error.innererror.code {{ "MISSING_API_PERMISSION" is auth }}
    error $[0].message code $[0].errorCode {{
      "INVALID_SESSION_ID" is auth
      "REQUEST_LIMIT_EXCEEDED" is limit
    }}
  }}
  collection employees {{
    key id
    lists all
    list GET "/employees" {{ items $.data }}
    get GET "/employees/{{id}}"
    update PATCH "/employees/{{id}}"
    attributes {{ id : text at $.id }}
  }}
}}
"#,
        grant.body()
    );
    Arc::into_inner(crate::compile::texts::system(&text, "sage_people.employees", "id")).expect("nobody else holds it")
}

/// The answer of Salesforce: no `expires_in`.
fn granted(origin: &str, token: &str) -> Json {
    json!({ "access_token": token, "signature": "c2ln", "scope": "api", "instance_url": origin,
        "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA", "token_type": "bearer", "issued_at": "1735689600000" })
}

fn is_token(seen: &standin::Seen) -> bool {
    seen.target == "/services/oauth2/token"
}

/// Gives tokens that are numbered, and people to whoever has the newest one.
fn numbered(lasting: usize) -> (StandIn, Arc<AtomicUsize>) {
    let given = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&given);
    let mut served = 0;
    let standin = StandIn::new(move |_, seen| {
        if is_token(seen) {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            served = 0;
            return Reply::ok(granted(&seen.origin(), &format!("MARKED-access-token-{number}"))).late(Duration::from_millis(30));
        }
        let newest = format!("Bearer MARKED-access-token-{}", counter.load(Ordering::SeqCst));
        let is_newest = seen.header("authorization") == Some(&newest);
        served += usize::from(is_newest);
        if is_newest && served <= lasting {
            Reply::ok(json!({ "data": [{ "id": "a" }], "id": "a" }))
        } else {
            Reply::new(401, json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]))
        }
    });
    (standin, given)
}

async fn sent(grant: Grant, secrets: &[(&str, &str)]) -> String {
    let standin = StandIn::new(|_, seen| match is_token(seen) {
        true => Reply::ok(granted(&seen.origin(), TOKEN)),
        false => Reply::ok(json!({ "data": [] })),
    });
    let connection = Connection::open(&Arc::new(sage(&standin.origin, grant)), direct(secrets)).unwrap();
    assert!(taken(&connection, &ReadRequest::default()).await.read.end.is_complete());
    standin.seen().iter().map(|seen| seen.text()).collect::<Vec<_>>().join("\n---\n")
}

#[tokio::test]
async fn client_credentials_to_the_letter() {
    assert_snapshot!(sent(Grant::ClientCredentials, &SECRETS).await, @r##"
    POST /services/oauth2/token
    accept: application/json
    content-type: application/x-www-form-urlencoded
    user-agent: counterpart/0.1.0

    grant_type=client_credentials&client_id=CLIENT.id&client_secret=MARKED-00000000-0000-4000-8000-000000000001
    ---
    GET /services/apexrest/spapi/v4/employees
    accept: application/json
    authorization: Bearer MARKED-access-token-1
    user-agent: counterpart/0.1.0
    "##);
}

#[tokio::test]
async fn password_to_the_letter() {
    let sent = sent(Grant::Password, &SECRETS).await;
    assert_snapshot!(sent.lines().nth(5).unwrap(), @r##"grant_type=password&client_id=CLIENT.id&client_secret=MARKED-00000000-0000-4000-8000-000000000001&username=sync%40example.com&password=MARKED-pass%20word%261"##);
}

#[tokio::test]
async fn refresh_token_to_the_letter() {
    let sent = sent(Grant::RefreshToken, &SECRETS).await;
    assert_snapshot!(sent.lines().nth(5).unwrap(), @r##"grant_type=refresh_token&client_id=CLIENT.id&client_secret=MARKED-00000000-0000-4000-8000-000000000001&refresh_token=MARKED-refresh-0&scope=offline_access%20read"##);
}

/// The sandbox's key in the two forms that vendors hand out.
fn keys() -> (KeyPair, [String; 2]) {
    let der = PrivateKeyDer::from_pem_slice(include_bytes!("../../../sandbox/key.pem")).unwrap();
    let pkcs8 = der.secret_der().to_vec();
    let key = KeyPair::from_pkcs8(&pkcs8).unwrap();
    // PKCS#8 wraps PKCS#1: what it wraps begins where the innermost sequence of the same end begins.
    let inner = (1..pkcs8.len()).find(|at| KeyPair::from_der(&pkcs8[*at..]).is_ok()).unwrap();
    let pem = |label: &str, der: &[u8]| {
        let lines: Vec<String> = encode::base64(der).as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let forms = [pem("PRIVATE KEY", &pkcs8), pem("RSA PRIVATE KEY", &pkcs8[inner..])];
    (key, forms)
}

/// One as most vendors hand it out.
pub fn private_key() -> String {
    let (_, [pkcs8, _]) = keys();
    pkcs8
}

#[tokio::test]
async fn an_assertion_is_signed_with_the_private_key() {
    let (key, [pkcs8, pkcs1]) = keys();
    let escaped = pkcs8.replace('\n', "\\n");
    for pem in [pkcs8, pkcs1, escaped] {
        let sent = sent(Grant::JwtBearer, &[SECRETS[0], ("key", &pem)]).await;
        let form: Vec<(String, String)> = url::form_urlencoded::parse(sent.lines().nth(5).unwrap().as_bytes()).into_owned().collect();
        let names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["grant_type", "assertion", "client_id", "client_secret"]);
        assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
        let (unsigned, signature) = form[1].1.rsplit_once('.').unwrap();
        let (header, claims) = unsigned.split_once('.').unwrap();
        assert_eq!(unbase64(header), br#"{"alg":"RS256","typ":"JWT"}"#);
        assert_eq!(unbase64(claims), br#"{"iss":"CLIENT.id","aud":"https://login.salesforce.com"}"#);
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
        public.verify(unsigned.as_bytes(), &unbase64(signature)).unwrap();
    }
}

fn unbase64(text: &str) -> Vec<u8> {
    let digit =
        |letter: u8| (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain([b'-', b'_']).position(|known| known == letter).unwrap();
    let bits: Vec<u32> = text.bytes().map(|letter| digit(letter) as u32).collect();
    let four = |chunk: &[u32]| {
        let bits = chunk.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - chunk.len()));
        bits.to_be_bytes()[1..chunk.len()].to_vec()
    };
    bits.chunks(4).flat_map(four).collect()
}

/// The sign-in of `systems/wicket.sync`.
fn wicket(claims: Vec<(String, Program)>) -> Arc<System> {
    but(scim(), |http, _| {
        let token = Program::Jwt { algorithm: Algorithm::Hs256, claims: claims.into(), key: Box::new(secret("token")) };
        http.auth = vec![Auth { when: None, kind: AuthKind::Bearer { token } }];
    })
}

fn ten_minutes_from_now() -> Program {
    let span = Program::Constant(Value::Duration(crate::value::Span::Seconds(600)));
    Program::Arithmetic(Operator::Add, Box::new((name(Name::Now), span)))
}

fn claims_in(seen: &standin::Seen) -> Json {
    let token = seen.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap();
    serde_json::from_slice(&unbase64(token.split('.').nth(1).unwrap())).unwrap()
}

#[tokio::test]
async fn a_token_that_is_signed_here_is_used_again_until_it_ends() {
    let standin = StandIn::giving([Reply::ok(json!({ "totalResults": 0 }))]);
    let missing = Program::Constant(Value::Null);
    let claims = vec![
        ("sub".into(), text("3f0a8c52")),
        ("iat".into(), name(Name::Now)),
        ("exp".into(), ten_minutes_from_now()),
        ("iss".into(), missing),
    ];
    let connection = opened(&wicket(claims), &standin);
    for _ in 0..2 {
        connection.identity().await.unwrap();
        taken(&connection, &ReadRequest::default()).await;
        tokio::time::sleep(Duration::from_millis(1_010)).await;
    }
    let seen = standin.seen();
    let claims = claims_in(&seen[0]);
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["sub", "iat", "exp"]);
    let (signed, ends) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert!(ends - signed == 600 && (jiff::Timestamp::now().as_second() - signed) < 30, "signed by the clock: {claims}");
    assert!(seen.iter().all(|one| one.headers == seen[0].headers || one.header("authorization") == seen[0].header("authorization")));
}

#[tokio::test]
async fn a_token_that_is_over_is_signed_anew_and_a_wrong_key_is_one_request() {
    let ended = |at: i64| Program::Constant(Value::Int(at));
    let standin = StandIn::giving([Reply::ok(json!({ "totalResults": 0, "Resources": [] }))]);
    let now = jiff::Timestamp::now().as_second();
    let connection = opened(&wicket(vec![("iat".into(), name(Name::Now)), ("exp".into(), ended(now + 1))]), &standin);
    taken(&connection, &ReadRequest::default()).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    taken(&connection, &ReadRequest::default()).await;
    assert_ne!(claims_in(&standin.seen()[0])["iat"], claims_in(&standin.seen()[1])["iat"]);

    let standin = StandIn::giving([Reply::new(401, json!({ "detail": "signature is wrong" }))]);
    let connection = opened(&wicket(vec![("iat".into(), name(Name::Now))]), &standin);
    let said = taken(&connection, &ReadRequest::default()).await;
    assert_eq!(said.reason(), "`reward_gateway` refuses the credentials (401, \"signature is wrong\"): check the secret `token`");
    taken(&connection, &ReadRequest::default()).await;
    assert_eq!(standin.count(), 1);
}

#[tokio::test]
async fn eight_at_once_are_refused_and_the_token_is_had_once_anew() {
    let (standin, given) = numbered(8);
    let connection = Arc::new(Connection::open(&Arc::new(sage(&standin.origin, Grant::ClientCredentials)), direct(&SECRETS)).unwrap());
    let all_at_once = async || {
        let asked = (0..8).map(|_| {
            let connection = Arc::clone(&connection);
            tokio::spawn(async move { connection.get(0, &Value::text("a"), &ReadRequest::default()).await })
        });
        futures_util::future::join_all(asked).await.into_iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    assert!(all_at_once().await.iter().all(Result::is_ok));
    assert_eq!(given.load(Ordering::SeqCst), 1, "all waited for the first one");
    assert!(all_at_once().await.iter().all(Result::is_ok), "each was repeated with the new one");
    assert_eq!(given.load(Ordering::SeqCst), 2);
    assert_eq!(standin.count(), 8 + 8 + 8 + 2);
}

#[tokio::test]
async fn a_write_that_is_refused_for_its_token_is_made_once() {
    let (standin, given) = numbered(1);
    let connection = Connection::open(&Arc::new(sage(&standin.origin, Grant::Password)), direct(&SECRETS)).unwrap();
    let write = golden::write(WriteKind::Update, Some("a"), &[(0, Value::text("b"))], &[]);
    for _ in 0..2 {
        assert!(connection.write(0, std::slice::from_ref(&write)).await[0].is_ok());
    }
    assert_eq!(given.load(Ordering::SeqCst), 2);
    let patches: Vec<_> = standin.seen().into_iter().filter(|seen| !is_token(seen)).collect();
    assert_eq!(patches.len(), 3, "one refused, and repeated");
    assert_eq!((&patches[1].target, &patches[1].body), (&patches[2].target, &patches[2].body));
}

#[tokio::test]
async fn a_new_token_that_is_refused_ends_it() {
    let (standin, given) = numbered(0);
    let connection = Connection::open(&Arc::new(sage(&standin.origin, Grant::ClientCredentials)), direct(&SECRETS)).unwrap();
    let said = taken(&connection, &ReadRequest::default()).await;
    assert_eq!(
        said.reason(),
        "`sage_people` refuses a token that it has just given (401, \"Session expired or invalid\"): check what the application and its user may do"
    );
    assert!(matches!(said.read.end, End::Broken { class: Some(ErrorClass::Auth), .. }));
    taken(&connection, &ReadRequest::default()).await;
    assert_eq!((given.load(Ordering::SeqCst), standin.count()), (2, 4));
}

#[tokio::test]
async fn a_token_with_a_lifetime_is_had_anew_before_it_ends() {
    let standin = StandIn::new(|at, seen| match is_token(seen) {
        true => Reply::ok(
            json!({ "access_token": format!("MARKED-{at}"), "token_type": "BEARER", "expires_in": "1", "instance_url": seen.origin() }),
        ),
        false => Reply::ok(json!({ "data": [] })),
    });
    let connection = Connection::open(&Arc::new(sage(&standin.origin, Grant::ClientCredentials)), direct(&SECRETS)).unwrap();
    for wait in [0, 10, 1_000] {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        taken(&connection, &ReadRequest::default()).await;
    }
    let tokens: Vec<_> = standin.seen().iter().map(is_token).collect();
    assert_eq!(tokens, [true, false, false, true, false]);
}

/// Renews the refresh token each time, and knows only the last.
fn rotating() -> StandIn {
    let mut number = 0;
    StandIn::new(move |_, seen| {
        if !is_token(seen) {
            return Reply::ok(json!({ "data": [] }));
        }
        if !seen.body.contains(&format!("refresh_token=MARKED-refresh-{number}&")) {
            return Reply::new(400, json!({ "error": "invalid_grant" }));
        }
        number += 1;
        let answer = json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 1, "instance_url": seen.origin(),
            "refresh_token": format!("MARKED-refresh-{number}") });
        Reply::ok(answer)
    })
}

#[tokio::test]
async fn a_renewed_refresh_token_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let standin = rotating();
    let system = Arc::new(sage(&standin.origin, Grant::RefreshToken));
    let run = async |refresh: &str| {
        let connection_config =
            ConnectionConfig { tokens: Some(folder.path().join("tokens")), ..direct(&[SECRETS[0], ("refresh_token", refresh)]) };
        taken(&Connection::open(&system, connection_config).unwrap(), &ReadRequest::default()).await
    };
    for _ in 0..3 {
        assert!(run(REFRESH).await.read.end.is_complete());
    }
    assert_eq!(
        run("MARKED-another").await.reason(),
        "`sage_people` refuses the sign-in (400, \"invalid_grant\"): its refresh token has ended or was withdrawn: give consent again, and store the new one as the secret `refresh_token`"
    );
    assert!(run("MARKED-refresh-3").await.read.end.is_complete(), "a new consent, stored, wins over what was kept");
}

#[tokio::test]
async fn without_a_place_a_renewed_refresh_token_lives_as_long_as_the_connection() {
    let standin = rotating();
    let connection = Connection::open(&Arc::new(sage(&standin.origin, Grant::RefreshToken)), direct(&SECRETS)).unwrap();
    taken(&connection, &ReadRequest::default()).await;
    tokio::time::sleep(Duration::from_millis(950)).await;
    assert!(taken(&connection, &ReadRequest::default()).await.read.end.is_complete());
}

#[tokio::test]
async fn what_is_renewed_is_kept_before_anything_else_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("tokens");
    let watched = place.clone();
    let kept_at_first_request = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&kept_at_first_request);
    let standin = StandIn::new(move |_, seen| {
        if is_token(seen) {
            return Reply::ok(json!({ "access_token": TOKEN, "refresh_token": "MARKED-refresh-1", "instance_url": seen.origin() }));
        }
        let files = std::fs::read_dir(&watched).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
        *kept.lock().unwrap() = Some(files.collect::<String>());
        Reply::ok(json!({ "data": [] }))
    });
    let connection_config = ConnectionConfig { tokens: Some(place), ..direct(&SECRETS) };
    taken(&Connection::open(&Arc::new(sage(&standin.origin, Grant::RefreshToken)), connection_config).unwrap(), &ReadRequest::default())
        .await;
    assert!(kept_at_first_request.lock().unwrap().as_ref().unwrap().contains("MARKED-refresh-1"));
}

#[tokio::test]
async fn refusals_of_a_token_say_what_to_check() {
    let said = async |grant, reply: Reply| {
        let standin = StandIn::giving([reply]);
        let connection = Connection::open(&Arc::new(sage(&standin.origin, grant)), direct(&SECRETS)).unwrap();
        let error = connection.identity().await.unwrap_err();
        assert_eq!((error.effect, standin.lines().iter().all(|line| line == "POST /services/oauth2/token")), (Effect::None, true));
        format!("{:?} {}: {}", error.class, standin.count(), error.message)
    };
    let refusal = |code: &str, words: &str| Reply::new(400, json!({ "error": code, "error_description": words }));
    use Grant::{ClientCredentials, Password};
    let said = [
        said(Password, refusal("invalid_grant", "authentication failure")).await,
        said(Password, refusal("invalid_client_id", &format!("client identifier invalid {PASSWORD}"))).await,
        said(ClientCredentials, refusal("invalid_client", "invalid client credentials")).await,
        said(ClientCredentials, refusal("invalid_grant", "no client credentials user enabled")).await,
        said(ClientCredentials, refusal("unauthorized_client", "")).await,
        said(ClientCredentials, refusal("invalid_scope", "unknown")).await,
        said(ClientCredentials, Reply::new(401, "")).await,
        said(ClientCredentials, Reply::ok(json!({ "error": "bad_verification_code" }))).await,
        said(ClientCredentials, Reply::ok(json!({ "token": SECRET }))).await,
        said(ClientCredentials, Reply::ok("<html><title>Log in</title></html>")).await,
        said(ClientCredentials, Reply::ok(json!({ "access_token": TOKEN, "token_type": "mac" }))).await,
        said(ClientCredentials, Reply::ok(format!(r#"{{"access_token": "{TOKEN}", "access_token": "MARKED-other-token"}}"#))).await,
        said(ClientCredentials, Reply::ok(format!(r#"{{"access_token": "{TOKEN}", "more": [{{"a": 1, "\u0061": 2}}]}}"#))).await,
        said(ClientCredentials, Reply::ok(json!({ "access_token": TOKEN })).with("Content-Type", "application/json; charset=x-unknown"))
            .await,
        said(ClientCredentials, Reply::new(404, "not found")).await,
        said(ClientCredentials, Reply::new(302, "").with("Location", "https://elsewhere.example.com/token")).await,
        said(ClientCredentials, Reply::new(503, "<html><title>Down for maintenance</title></html>")).await,
        said(ClientCredentials, Reply::new(429, "").with("Retry-After", "0")).await,
    ];
    assert!(!said.join("").contains("MARKED"), "{said:?}");
    assert_snapshot!(said.join("\n"), @r##"
    Auth 1: `sage_people` refuses the sign-in (400, "authentication failure"): check the user and the secret `password`
    Auth 1: `sage_people` refuses the sign-in (400, "client identifier invalid ••••"): check the client ID and the secret `client_secret`
    Auth 1: `sage_people` refuses the sign-in (400, "invalid client credentials"): check the client ID and the secret `client_secret`
    Auth 1: `sage_people` refuses the sign-in (400, "no client credentials user enabled"): check that the application may sign in by itself, and as whom
    Auth 1: `sage_people` refuses the sign-in (400, "unauthorized_client"): the application is not allowed to sign in this way: allow it there
    Auth 1: `sage_people` refuses the sign-in (400, "unknown"): check `scope` in the body of the token call
    Auth 1: `sage_people` refuses the sign-in (401): check the secret `client_secret`
    Auth 1: `sage_people` refuses the sign-in (200, "bad_verification_code"): check the secret `client_secret`
    Invalid 1: the token address of `sage_people` answers 200 without `access_token`: check it
    Invalid 1: the token address of `sage_people` answers 200 with a web page: check it
    Invalid 1: the token address of `sage_people` answers 200 with a token of the type `mac`, and only `Bearer` can be used: check it
    Invalid 1: the token address of `sage_people` answers 200 with the member `access_token` more than once: check it
    Invalid 1: the token address of `sage_people` answers 200 with the member `a` more than once: check it
    Invalid 1: the token address of `sage_people` answers 200 and text in the character set `x-unknown`, which is not read: ask for it in UTF-8: check it
    Invalid 1: `sage_people` gives no token at POST /services/oauth2/token (404, "not found"): check the token address
    Invalid 1: `sage_people` answers 302 and points to `elsewhere.example.com`, which is not followed: check the token address, and whether a sign-in page is in front of it
    Temporary 3: `sage_people` gives no token for now (503, "Down for maintenance") (tried 3 times)
    Limit 3: `sage_people` gives no token for now (429) (tried 3 times)
    "##);
}

#[tokio::test]
async fn a_base_address_from_an_answer_is_not_believed_blindly() {
    for (instance, why) in [
        (
            json!("https://evil.example.com"),
            "came with the token as `evil.example.com`, outside the domain of `127.0.0.1`, and is not trusted",
        ),
        (json!("http://127.0.0.1@evil.example.com"), "holds credentials"),
        (json!(null), "has a part that is missing"),
        (json!("/relative"), "is no address"),
    ] {
        let standin = StandIn::giving([Reply::ok(json!({ "access_token": TOKEN, "instance_url": instance }))]);
        let connection = Connection::open(&Arc::new(sage(&standin.origin, Grant::ClientCredentials)), direct(&SECRETS)).unwrap();
        let error = connection.identity().await.unwrap_err();
        assert!(error.message.starts_with("the base address of `sage_people` ") && error.message.contains(why), "{}", error.message);
        assert_eq!((standin.count(), error.class), (1, ErrorClass::Auth));
    }
}

#[tokio::test]
async fn where_people_are_is_known_after_the_token_and_the_same_with_a_stand_in() {
    let standin = StandIn::new(|_, seen| Reply::ok(granted(&seen.origin(), TOKEN)));
    let system = Arc::new(sage("https://acme.my.salesforce.com", Grant::ClientCredentials));
    let connection_config = ConnectionConfig { origin: Some(standin.origin.clone()), ..direct(&SECRETS) };
    let connection = Connection::open(&system, connection_config).unwrap();
    assert_eq!(connection.identity().await.unwrap(), "https://acme.my.salesforce.com/services/apexrest/spapi/v4");
    let answered_with_the_token = connection.get(0, &Value::text("a"), &ReadRequest::default()).await.is_err();
    assert!(answered_with_the_token, "which has an `id` of its own");
    assert_eq!(standin.lines(), ["POST /services/oauth2/token", "GET /services/apexrest/spapi/v4/employees/a"]);
}

#[test]
fn a_token_address_in_the_clear_is_refused() {
    let open = |origin: &str| {
        let address = text(&format!("{origin}/services/oauth2/token"));
        let sage = sage("https://acme.my.salesforce.com", Grant::ClientCredentials);
        let system = but(sage, |http, _| http.tokens[0].call.path = address);
        Connection::open(&system, direct(&SECRETS)).err()
    };
    assert_eq!(
        open("http://acme.my.salesforce.com").unwrap().to_string(),
        "the token address of `sage_people` would get the credentials in the clear: begin it with `https://`"
    );
    assert_eq!(open("https://acme.my.salesforce.com"), None);
}

/// `check` does not know the value of a setting, so the address is refused before anything is sent.
#[test]
fn a_base_address_in_the_clear_that_a_setting_gives_is_refused() {
    let open = |base: &str| {
        let system = but(scim(), |http, _| http.base = text(base));
        Connection::open(&system, direct(&[("token", SECRET)])).err().map(|error| error.to_string())
    };
    for base in ["http://api.example.com", "http://10.0.0.7:8080/scim", "http://127.0.0.1.example.com"] {
        let refused = "the base address of `reward_gateway` would get the credentials in the clear: begin it with `https://`";
        assert_eq!(open(base).as_deref(), Some(refused), "{base}");
    }
    for base in ["https://api.example.com", "http://127.0.0.1:8080/scim"] {
        assert_eq!(open(base), None, "{base}");
    }
}

#[tokio::test]
async fn the_first_way_that_holds_is_taken() {
    let way = |holds: bool, token: &str| Auth {
        when: Some(Program::Constant(Value::Bool(holds))),
        kind: AuthKind::Bearer { token: text(token) },
    };
    let standin = StandIn::giving([Reply::ok(json!({ "totalResults": 0 }))]);
    let system = but(scim(), |http, _| http.auth = vec![way(false, "one"), way(true, "two"), way(true, "three")]);
    taken(&opened(&system, &standin), &ReadRequest::default()).await;
    assert_eq!(standin.seen()[0].header("authorization"), Some("Bearer two"));
}

#[tokio::test]
async fn a_spent_daily_limit_stops_without_a_storm() {
    let standin = StandIn::new(|_, seen| match is_token(seen) {
        true => Reply::ok(granted(&seen.origin(), TOKEN)),
        false => Reply::new(403, json!([{ "message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED" }])),
    });
    let mut system = sage("https://acme.my.salesforce.com", Grant::ClientCredentials);
    if let system::Connection::Http(http) = &mut system.connection {
        http.retries = 2;
    }
    let connection_config = ConnectionConfig { origin: Some(standin.origin.clone()), ..direct(&SECRETS) };
    let connection = Connection::open(&Arc::new(system), connection_config).unwrap();
    for number in 0..5 {
        let error = connection.get(0, &Value::text("a"), &ReadRequest::default()).await.unwrap_err();
        let effect = if number == 0 { Effect::None } else { Effect::Unsent };
        assert_eq!(
            error.message,
            "`sage_people` says that its limit is spent (403, \"TotalRequests Limit exceeded.\"): run again when it is renewed (tried 3 times)"
        );
        assert_eq!((error.class, error.effect, error.code.as_deref()), (ErrorClass::Limit, effect, Some("REQUEST_LIMIT_EXCEEDED")));
    }
    assert_eq!(standin.count(), 1 + 3, "a token, one request and two repeats, whoever else asks");
}
