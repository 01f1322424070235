//! Signing in to the stand-ins of the system files.

use super::systems::{Stage, reading};
use crate::{
    sandbox::Options,
    systems::encode::{base64, base64_url},
};
use ring::{hmac, rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::{Value as Json, json};

const SCOPE: (&str, &str) = ("scope", "openid profile offline_access read write all_claims");
const TOKEN: &str = "/services/oauth2/token";

fn sage(settings: &[(&str, &str)], options: &Options) -> Stage {
    Stage::set(&reading("sage_people", "employees", "id", settings, &[]), &[], options)
}

fn unsigned(algorithm: &str, claims: &Json) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT" }).to_string();
    format!("{}.{}", base64_url(header.as_bytes()), base64_url(claims.to_string().as_bytes()))
}

fn in_minutes(minutes: i64) -> i64 {
    jiff::Timestamp::now().as_second() + minutes * 60
}

#[test]
fn a_client_gets_a_token_that_says_where_to_go_and_not_how_long_it_lasts() {
    let stage = sage(&[], &Options::default());
    let client = [("grant_type", "client_credentials"), ("client_id", "client"), ("client_secret", stage.secret("client_secret"))];
    let got = stage.token(TOKEN, &client);
    let body = got.json();
    assert_eq!((got.status, &body["instance_url"], body.get("expires_in")), (200, &json!(stage.running.origin), None));
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    let stage = stage.with("/services/apexrest/spapi/v4", "Authorization", bearer);
    assert!(stage.get("/employees").status < 300);
    let refused = stage.send("GET", &format!("{}/employees", stage.base), &[("Authorization", "Bearer another")], "");
    assert_eq!((refused.status, &refused.json()[0]["errorCode"]), (401, &json!("INVALID_SESSION_ID")), "{}", refused.text);
}

#[test]
fn a_client_that_is_not_known_gets_none() {
    let stage = sage(&[], &Options::default());
    let refused = |form: &[(&str, &str)]| {
        let got = stage.token(TOKEN, form);
        (got.status, got.json()["error"].as_str().unwrap().to_owned())
    };
    let secret = stage.secret("client_secret");
    assert_eq!(
        refused(&[("grant_type", "client_credentials"), ("client_id", "client"), ("client_secret", "x")]),
        (401, "invalid_client".into())
    );
    let known = |grant| [("grant_type", grant), ("client_id", "client"), ("client_secret", secret)];
    assert_eq!(refused(&known("password")), (400, "unsupported_grant_type".into()));
    assert_eq!(refused(&known("client_credentials")[1..]), (400, "invalid_request".into()));
    assert_eq!(stage.send("GET", &format!("{}{TOKEN}", stage.running.origin), &[], "").status, 405);
}

#[test]
fn a_user_signs_in_by_name_and_password() {
    let stage = sage(&[("sign_in", "password")], &Options::default());
    let (secret, password) = (stage.secret("client_secret"), stage.secret("password"));
    let ask = |password| {
        let client = [("grant_type", "password"), ("client_id", "client"), ("client_secret", secret)];
        let user = [("username", "integration@example.com"), ("password", password)];
        stage.token(TOKEN, &[&client[..], &user[..]].concat()).status
    };
    assert_eq!((ask(password), ask("another")), (200, 400));
}

#[test]
fn a_token_ends_after_as_many_requests_as_a_test_says() {
    let stage = sage(&[], &Options { token_uses: Some(2), ..Options::default() });
    let client = [("grant_type", "client_credentials"), ("client_id", "client"), ("client_secret", stage.secret("client_secret"))];
    let token = || format!("Bearer {}", stage.token(TOKEN, &client).json()["access_token"].as_str().unwrap());
    let (first, second) = (token(), token());
    let ask = |token: &str| {
        let url = format!("{}/services/apexrest/spapi/v4/employees", stage.running.origin);
        stage.send("GET", &url, &[("Authorization", token)], "").status < 300
    };
    assert_eq!([ask(&first), ask(&first), ask(&first), ask(&second)], [true, true, false, true]);
}

#[test]
fn refresh_tokens_are_renewed_and_the_old_ones_end() {
    let stage = Stage::set(&reading("arlo", "contacts", "id", &[("sign_in", "oauth")], &[]), &[], &Options::default());
    let renew = |refresh: &str| {
        let client = [("client_id", "client"), ("client_secret", stage.secret("client_secret"))];
        stage.token("/oauth/connect/token", &[&[("grant_type", "refresh_token"), ("refresh_token", refresh), SCOPE], &client[..]].concat())
    };
    let next = |got: &super::Reply| got.json()["refresh_token"].as_str().unwrap().to_owned();
    let first = renew(stage.secret("refresh_token"));
    assert_eq!((first.status, &first.json()["expires_in"]), (200, &json!(1800)));
    let second = renew(&next(&first));
    let third = renew(&next(&second));
    assert_eq!((second.status, third.status), (200, 200));
    assert_eq!((renew(&next(&first)).status, renew(&next(&second)).status), (400, 200), "the last is good, and the one before it");
    let bearer = format!("Bearer {}", third.json()["access_token"].as_str().unwrap());
    let url = format!("{}/api/2012-02-01/auth/resources/contacts/", stage.running.origin);
    assert_eq!(stage.send("GET", &url, &[("Authorization", &bearer)], "").status, 200);
}

#[test]
fn an_assertion_is_taken_for_its_signature_and_its_claims() {
    let stage = Stage::set(&reading("sage_people_soql", "team_members", "id", &[], &[]), &[], &Options::default());
    let der = PrivateKeyDer::from_pem_slice(stage.secret("private_key").as_bytes()).unwrap();
    let key = KeyPair::from_pkcs8(der.secret_der()).unwrap();
    let claims = json!({ "iss": "client", "sub": "integration@example.com", "aud": "https://login.salesforce.com", "exp": in_minutes(3) });
    let ask = |change: Json| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let unsigned = unsigned("RS256", &claims);
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), unsigned.as_bytes(), &mut signature).unwrap();
        let assertion = format!("{unsigned}.{}", base64_url(&signature));
        stage.token(TOKEN, &[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)])
    };
    assert_eq!(ask(json!({})).status, 200);
    let refused = ask(json!({ "aud": "https://test.salesforce.com" }));
    assert_eq!(
        (refused.status, refused.json()),
        (400, json!({ "error": "invalid_grant", "error_description": "the claim `aud` is not `https://login.salesforce.com`" }))
    );
    assert_eq!((ask(json!({ "exp": in_minutes(-10) })).status, ask(json!({ "iss": "x" })).status), (400, 400));
    let forged = format!("{}.{}", unsigned("RS256", &claims), base64_url(b"forged"));
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", forged.as_str())];
    assert_eq!(stage.token(TOKEN, &form).status, 400);
}

#[test]
fn a_token_signed_by_the_client_is_checked() {
    let stage = Stage::set(&reading("wicket", "people", "id", &[], &[]), &[], &Options::default());
    let person = "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77";
    let ask = |secret: &str, aud: &str, minutes: i64| {
        let claims = json!({ "sub": person, "iat": in_minutes(0), "exp": in_minutes(minutes), "aud": aud });
        let unsigned = unsigned("HS256", &claims);
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), unsigned.as_bytes());
        let bearer = format!("Bearer {unsigned}.{}", base64_url(signature.as_ref()));
        stage.send("GET", &format!("{}/people?page[number]=1&page[size]=1", stage.running.origin), &[("Authorization", &bearer)], "").status
    };
    let (secret, aud) = (stage.secret("api_secret"), "https://acme-api.wicketcloud.com");
    assert_eq!(ask(secret, aud, 10), 200);
    assert_eq!([ask("another", aud, 10), ask(secret, "https://x.example.com", 10), ask(secret, aud, -10), ask(secret, aud, 30)], [401; 4]);
}

#[test]
fn a_service_account_signs_in_by_basic_and_a_token_in_its_own_header() {
    let arlo = Stage::set(&reading("arlo", "contacts", "id", &[], &[]), &[], &Options::default());
    let url = format!("{}/api/2012-02-01/auth/resources/contacts/?top=1", arlo.running.origin);
    let basic = |pair: &str| format!("Basic {}", base64(pair.as_bytes()));
    let ask = |header: &str| arlo.send("GET", &url, &[("Authorization", header)], "").status;
    assert_eq!(ask(&basic(&format!("api@example.com:{}", arlo.secret("password")))), 200);
    assert_eq!(ask(&basic("api@example.com:x")), 401);
    let oomnitza = Stage::set(&reading("oomnitza", "users", "user_id", &[], &[]), &[], &Options::default());
    let url = format!("{}/api/v3/users?limit=1", oomnitza.running.origin);
    let ask = |name: &str| oomnitza.send("GET", &url, &[(name, oomnitza.secret("token"))], "").status;
    assert_eq!((ask("Authorization2"), ask("Authorization")), (200, 401));
}

/// A stand-in accepts its own credentials, whatever the rules of the vendor look at to refuse others.
#[test]
fn the_verifying_call_is_answered_as_its_rules_accept_it() {
    let rules = [
        "auth when $.user.id is missing",
        "done when $.user.id is present",
        "auth when $.user.role == \"end-user\"\n done when $.user.id is present",
        "error $.message when $.ok == false",
    ];
    for rules in rules {
        let system = format!(
            "system app {{\n http \"https://app.example.com\" {{ verify GET \"/me\" {{ {rules} }} }}\n collection users {{\n key id\n list GET \"/users\" {{ items $ }}\n attributes {{ id : text at $.id }}\n }}\n}}\n"
        );
        let plan = crate::compile::texts::reading(&system, "app.users", "id", &[], &[]);
        let stage = super::systems::Stage::set(&plan, &[], &crate::sandbox::Options::default());
        let accepted = |json: &serde_json::Value| {
            let user = &json["user"];
            !user["id"].is_null() || rules.contains("role") && user["role"] != "end-user" || rules.contains("ok") && json["ok"] != false
        };
        let answer = stage.ask("GET", "/me", "");
        assert!(answer.status == 200 && accepted(&answer.json()), "{rules}: {}", answer.json());
    }
}

/// Rules of `http` that ask for a status, and mean something else than success, leave the status of a success.
#[test]
fn the_verifying_call_succeeds_beside_rules_about_statuses() {
    for rules in [
        "conflict when status == 400 and $.message == \"x\"",
        "invalid when status >= 400 and status < 500\n    temporary when status >= 500",
        "limit when status == 200 and $.slow == true",
        "error $.message code $.code when status != 200 {\n \"busy\" is limit\n }",
        "auth when status in [401, 405]\n    gone when status == 410",
    ] {
        let system = format!(
            "system app {{\n http \"https://app.example.com\" {{\n verify GET \"/me\" {{ item $.id }}\n {rules}\n }}\n collection users {{\n key id\n list GET \"/users\" {{ items $ }}\n attributes {{ id : text at $.id }}\n }}\n}}\n"
        );
        let plan = crate::compile::texts::reading(&system, "app.users", "id", &[], &[]);
        let stage = super::systems::Stage::set(&plan, &[], &crate::sandbox::Options::default());
        let answer = stage.ask("GET", "/me", "");
        assert_eq!((answer.status, answer.json()["id"].as_str()), (200, Some("sandbox")), "{rules}");
    }
}
