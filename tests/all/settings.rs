//! Settings and secrets: listed, set, refused, verified; secrets from wherever they are kept, and printed nowhere.

use super::project::{Answer, TestProject};
use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json, json};
use std::{fs, io::Write as _, process::Stdio};

const SECRET: &str = "MARKED-secret-7f1c";
const VAULT_TOKEN: &str = "MARKED-vault-token";

const PIPELINE: &str = r#"system crm {
  title   "CRM"
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  secret  token as "Token"
  http setting.base {
    auth   bearer secret.token
    limit  6000 per min, 4 concurrent
    verify GET "/me" { item $.name }
  }
  collection people {
    key id
    list GET "/people" { items $ }
    attributes {
      id   : text at $.id
      name : text at $.name
    }
  }
  collection teams {
    key   id
    label name
    list GET "/teams" { items $ }
    attributes {
      id   : text at $.id
      name : text at $.name
    }
  }
}

system files {
  collection accounts {
    file "accounts.jsonl" json_lines
    key  id
    attributes {
      id     : text unique at $.id
      name   : text        at $.name
      team   : text?       at $.team
      source : text?       at $.source
    }
  }
}

setting company : text = "Acme" as "Company, in all pipelines"

pipeline crm_to_files {
  zone "Europe/Paris"
  setting team   : text? one of crm.teams as "Team of new people"
  setting source : text = "crm" one of ["crm" as "the CRM", "hr" as "human resources"]
  setting limits : list of int? as "Steps"
  setting upto   : int? as "At most"
  setting from   : int? as "At least"
  require setting.upto is missing or setting.from is missing or setting.from <= setting.upto as "at least is not more than at most"
  from crm.people as person
  to   files.accounts
  key  person.id
  match { id = person.id }
  mode create and update
  map {
    id     = person.id
    name   = "{person.name}, {setting.company}"
    team   = setting.team on create
    source = setting.source
  }
}
"#;

/// The CRM, a vault, or both: each at its own paths, on one address.
struct Outside {
    origin: String,
    _runtime: tokio::runtime::Runtime,
}

fn outside() -> Outside {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async { axum::serve(listener, Router::new().fallback(answered)).await });
    Outside { origin, _runtime: runtime }
}

async fn answered(request: Request) -> Response {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let path = request.uri().path();
    if let Some(kept) = path.strip_prefix("/v1/") {
        return from_vault(kept, header("x-vault-token"), header("x-vault-namespace"));
    }
    if header(AUTHORIZATION.as_str()) != Some(&format!("Bearer {SECRET}")) {
        return said(401, json!({ "message": format!("{} is not known", header(AUTHORIZATION.as_str()).unwrap_or_default()) }));
    }
    match path {
        "/me" => said(200, json!({ "name": "sync" })),
        "/people" => said(200, json!([{ "id": "1", "name": "Jeanne" }])),
        "/teams" => said(200, json!([{ "id": "t1", "name": "Support" }, { "id": "t2", "name": "Sales" }])),
        _ => said(404, json!({})),
    }
}

/// As Vault answers: <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>.
fn from_vault(path: &str, token: Option<&str>, namespace: Option<&str>) -> Response {
    match (token, path) {
        (Some(VAULT_TOKEN), "secret/data/counterpart") if namespace == Some("people") => {
            said(200, json!({ "request_id": "1", "data": { "data": { "token": SECRET }, "metadata": { "version": 3 } } }))
        }
        (Some(VAULT_TOKEN), "kv/counterpart") => said(200, json!({ "data": { "token": SECRET } })),
        (Some(VAULT_TOKEN), "secret/data/gone") => {
            said(404, json!({ "data": { "data": null, "metadata": { "deletion_time": "2026-01-01" } } }))
        }
        (Some(VAULT_TOKEN), "secret/data/sealed") => said(503, json!({ "errors": ["Vault is sealed"] })),
        (Some(VAULT_TOKEN), _) => said(404, json!({ "errors": [] })),
        (token, _) => said(403, json!({ "errors": [format!("permission denied to {}", token.unwrap_or_default())] })),
    }
}

fn said(status: u16, body: Json) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body.to_string()).into_response()
}

/// What `counterpart.toml` says of the CRM, with where its token is kept.
fn config(outside: &Outside, token: &str) -> String {
    format!(
        "# ours\n[vault]\naddress = \"{}\"\nnamespace = \"people\"\ntoken = {{ env = \"TOKEN_OF_VAULT\" }}\n\n[env.production.crm]\nbase  = \"{}\" # the stand-in\ntoken = {token}\n",
        outside.origin, outside.origin
    )
}

fn project(outside: &Outside, token: &str) -> TestProject {
    let project = TestProject::empty();
    project.write("crm_to_files.sync", PIPELINE).write("accounts.jsonl", "").write("counterpart.toml", config(outside, token));
    project
}

/// Runs with these variables, and what is given on standard input.
fn with(project: &TestProject, args: &[&str], variables: &[(&str, &str)], input: &str) -> Answer {
    let mut command = project.command(args);
    command.envs(variables.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let answer = Answer::from(child.wait_with_output().unwrap());
    assert!(!answer.out.contains("MARKED") && !answer.err.contains("MARKED"), "a secret in {answer:?}");
    answer
}

/// A keyring's tool that keeps what it is given in a folder, as `secret-tool` keeps it by its attributes.
#[cfg(unix)]
fn keyring(project: &TestProject) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let script = r#"#!/bin/sh
verb="$1"; shift
[ "$1" = "--label" ] && shift 2
[ "$1 $2 $3" = "service counterpart account" ] || exit 2
file="$KEYRING/$(printf %s "$4" | tr / _)"
case "$verb" in
  store) cat > "$file" ;;
  lookup) [ -f "$file" ] && cat "$file" ;;
esac
"#;
    project.write("bin/secret-tool", script).write("kept/.here", "");
    fs::set_permissions(project.file("bin/secret-tool"), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", project.file("bin").display(), std::env::var("PATH").unwrap())
}

#[cfg(unix)]
#[test]
fn a_secret_comes_from_wherever_it_is_kept() {
    let outside = outside();
    for token in [
        "{ env = \"CRM_TOKEN\" }",
        "{ file = \"keys/crm\" }",
        "{ keyring = \"production/crm.token\" }",
        "{ vault = \"secret/data/counterpart#token\" }",
        "{ vault = \"kv/counterpart#token\" }",
    ] {
        let project = project(&outside, token);
        let path = keyring(&project);
        project.write("keys/crm", format!("{SECRET}\n")).write("kept/production_crm.token", SECRET);
        let kept = project.file("kept");
        let variables =
            [("CRM_TOKEN", SECRET), ("PATH", path.as_str()), ("KEYRING", kept.to_str().unwrap()), ("TOKEN_OF_VAULT", VAULT_TOKEN)];
        let ask = |args: &[&str]| with(&project, args, &variables, "");
        let verified = ask(&["settings", "verify", "-v"]);
        assert_eq!(verified.code, 0, "{token}: {verified:?}");
        assert!(
            verified.out.starts_with("verified crm ok ms=") && verified.out.contains("\nverified files ok not_asked\n"),
            "{verified:?}"
        );
        let listed = ask(&["settings"]);
        assert!(listed.out.contains("setting crm.token ok type=\"secret\" value=\"••••\" source=\""), "{listed:?}");
        let planned = ask(&["plan", "--people", "full", "-vv"]);
        assert!(planned.code == 0 && planned.out.contains("Jeanne, Acme"), "{planned:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_secret_that_can_t_be_fetched_says_why() {
    let outside = outside();
    for (token, variables, why) in [
        ("{ env = \"CRM_TOKEN\" }", vec![], "the environment variable `CRM_TOKEN` is not set"),
        ("{ file = \"keys/none\" }", vec![], "the file `keys/none` can't be read"),
        ("{ keyring = \"nobody\" }", vec![], "the keyring has no secret for the account `nobody`"),
        ("{ keyring = \"nobody\" }", vec![("PATH", "/nowhere")], "which is not installed"),
        ("{ vault = \"secret/data/counterpart#token\" }", vec![], "the environment variable `TOKEN_OF_VAULT` is not set"),
        (
            "{ vault = \"secret/data/counterpart#token\" }",
            vec![("TOKEN_OF_VAULT", "MARKED-wrong")],
            "forbids `secret/data/counterpart` (403, 'permission denied to ••••')",
        ),
        ("{ vault = \"secret/data/counterpart#other\" }", vec![("TOKEN_OF_VAULT", VAULT_TOKEN)], "has no key `other`"),
        ("{ vault = \"secret/counterpart#token\" }", vec![("TOKEN_OF_VAULT", VAULT_TOKEN)], "`data/` comes after its name"),
        ("{ vault = \"secret/data/gone#token\" }", vec![("TOKEN_OF_VAULT", VAULT_TOKEN)], "was deleted or destroyed"),
        ("{ vault = \"secret/data/sealed#token\" }", vec![("TOKEN_OF_VAULT", VAULT_TOKEN)], "is sealed"),
        ("{ vault = \"secret/data/counterpart\" }", vec![], "names no key"),
        ("{ aws = \"x\" }", vec![], "is no place for one"),
        ("\"MARKED-in-the-file\"", vec![], "is in `counterpart.toml` as a value"),
    ] {
        let project = project(&outside, token);
        let path = keyring(&project);
        let kept = project.file("kept");
        let mut all = vec![("PATH", path.as_str()), ("KEYRING", kept.to_str().unwrap())];
        all.extend(variables);
        let verified = with(&project, &["settings", "verify"], &all, "");
        assert_eq!(verified.code, 2, "no secret, as in `plan`: {token}: {verified:?}");
        assert!(verified.out.contains("verified crm failed") && verified.out.contains(why), "{token}: {verified:?}");
        let listed = with(&project, &["settings"], &all, "");
        assert!(listed.out.contains("setting crm.token wrong") && listed.out.contains(why), "{token}: {listed:?}");
    }
}

#[test]
fn a_refused_sign_in_is_told_by_verify() {
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    let verified = with(&project, &["settings", "verify"], &[("CRM_TOKEN", "MARKED-wrong")], "");
    assert_eq!(verified.code, 5, "{verified:?}");
    assert!(
        verified.out.contains(
            "verified crm failed reason=\"`crm` refuses the credentials (401, 'Bearer •••• is not known'): check the secret `token`\""
        ),
        "{verified:?}"
    );
    let json = with(&project, &["settings", "verify", "--format", "json"], &[("CRM_TOKEN", "MARKED-wrong")], "");
    let json: Json = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&json["systems"][0]["ok"], &json["systems"][1]["ok"]), (&json!(false), &json!(true)));
}

/// How the secrets of the CRM are judged by a file: in lines, and by the signs of the text.
fn judged(outside: &Outside, text: &str, token: &str) -> (Vec<String>, String) {
    let more = if text.contains("secret signing") { "\nsigning = { env = \"CRM_SIGNING\" }" } else { "" };
    let project = project(outside, &format!("{{ env = \"CRM_TOKEN\" }}{more}"));
    project.write("crm_to_files.sync", text);
    let secrets = [("CRM_TOKEN", token), ("CRM_SIGNING", "MARKED-signing")];
    let verified = with(&project, &["settings", "verify"], &secrets, "");
    let lines = verified.out.lines().filter_map(|line| line.strip_prefix("judged crm.")).filter(|line| !line.starts_with("base"));
    let lines = lines.map(str::to_owned).collect();
    (lines, with(&project, &["settings", "verify", "--format", "text"], &secrets, "").out)
}

/// Whether a setting has a check mark.
fn is_checked(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.contains('✓') && line.split_whitespace().any(|word| word == name))
}

#[test]
fn a_secret_that_the_request_did_not_carry_was_not_tried() {
    let outside = outside();
    let declared = "  secret  token as \"Token\"\n";
    for (line, own) in [
        // In another call alone.
        (
            "    attributes {\n      id   : text at $.id\n",
            "    create POST \"/people\" { header \"X-Signature\" = secret.signing }\n    attributes {\n      id   : text at $.id\n",
        ),
        // In a header that these settings do not send.
        ("    limit  6000 per min", "    header \"X-Signature\" = secret.signing when setting.base == \"other\"\n    limit  6000 per min"),
        // In a way to sign in that these settings do not take.
        (
            "    auth   bearer secret.token\n",
            "    auth   bearer secret.signing when setting.base == \"other\"\n    auth   bearer secret.token\n",
        ),
    ] {
        let file = PIPELINE.replacen(declared, &format!("{declared}  secret signing\n"), 1).replacen(line, own, 1);
        assert!(file.contains(own), "{file}");
        let (lines, text) = judged(&outside, &file, SECRET);
        assert_eq!(lines, ["token ok", "signing not_tried"], "{own}: {text}");
        assert!(is_checked(&text, "crm.token") && !is_checked(&text, "crm.signing") && text.contains("set, not tried"), "{text}");
    }
}

#[test]
fn without_a_request_no_secret_was_tried() {
    let outside = outside();
    let (lines, text) = judged(&outside, &PIPELINE.replace("    verify GET \"/me\" { item $.name }\n", ""), SECRET);
    assert_eq!(lines, ["token not_tried"]);
    assert!(!is_checked(&text, "crm.token") && text.contains("set, not tried"), "{text}");
    let (lines, text) = judged(&outside, &PIPELINE.replace("\"/me\"", "\"/nobody\""), SECRET);
    assert_eq!(lines, ["token not_tried"], "a system that does not answer proves nothing");
    assert!(!is_checked(&text, "crm.token"), "{text}");
    let (lines, text) = judged(&outside, PIPELINE, "MARKED-wrong");
    assert_eq!(lines, ["token not_tried"], "neither does a refusal");
    assert!(!is_checked(&text, "crm.token"), "{text}");
}

#[test]
fn a_value_is_set_where_it_belongs_and_a_wrong_one_nowhere() {
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    let set = |args: &[&str]| with(&project, &[&["settings", "set"], args].concat(), &[("CRM_TOKEN", SECRET)], "");
    for (args, why) in [
        (
            &["source", "excel"][..],
            "`crm_to_files.source` stays as it was: can't be `excel`: it is one of `crm`, `hr` (`crm` is the CRM, `hr` is human resources)",
        ),
        (&["upto", "many"], "`crm_to_files.upto` stays as it was: must be a whole number"),
        (&["crm.base", "https://elsewhere.example.com"], "does not match `^http://127"),
        (&["limits", "1", "two"], "must be a list of int"),
        (&["team", "t3"], "there is no `t3`; there is `t1` (Support), `t2` (Sales)"),
        (&["limits", "1,2"], "several values are written one after the other: 1 2"),
        (&["crm", "base"], "say what `crm.base` is to be"),
        (&["crm", "bsae", "x"], "did you mean `base`"),
        (&["crm"], "is a system: say which of its settings"),
        (&["sorce", "crm"], "did you mean `source`"),
        (&["crm_to_files", "sorce", "crm"], "did you mean `source`"),
        (&["crm_to_files"], "is a pipeline: say which of its settings"),
        (&["source"], "say what `crm_to_files.source` is to be"),
        (&["crm.token", "MARKED-on-the-command-line"], "a secret is never given as an argument"),
        (&["source", "hr", "--in", "file"], "is not a secret"),
    ] {
        let before = project.everything();
        let answer = set(args);
        assert_eq!(answer.code, 2, "{args:?}: {answer:?}");
        assert!(answer.err.contains(why), "{args:?}: {answer:?}");
        assert_eq!(project.everything(), before, "{args:?} changed something");
    }
    for args in [
        &["source", "hr"][..],
        &["team", "t2"],
        &["limits", "1", "2"],
        &["crm_to_files.upto", "8"],
        &["crm_to_files", "upto", "7"],
        &["crm", "base", &outside.origin],
        &["from", "-3"],
        &["company", "Initech"],
    ] {
        let answer = set(args);
        assert_eq!(answer.code, 0, "{args:?}: {answer:?}");
    }
    let refused = set(&["from", "8"]);
    assert!(refused.err.contains("would not go together: at least is not more than at most (line 5"), "{refused:?}");
    let written = format!(
        "{}\n[env.production.crm_to_files]\nsource = \"hr\"\nteam = \"t2\"\nlimits = [1, 2]\nupto = 7\nfrom = -3\n\n[env.production]\ncompany = \"Initech\"\n",
        config(&outside, "{ env = \"CRM_TOKEN\" }")
    );
    let values = |text: &str| text.parse::<toml::Table>().unwrap();
    assert_eq!(values(&project.read("counterpart.toml")), values(&written), "{}", project.read("counterpart.toml"));
    assert!(project.read("counterpart.toml").contains("# the stand-in\n"), "what somebody wrote stays");
}

#[test]
fn what_is_missing_says_how_to_set_it() {
    let project = TestProject::empty();
    project.write("crm_to_files.sync", PIPELINE).write("accounts.jsonl", "");
    let answer = with(&project, &["plan"], &[], "");
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(
        answer.err.contains("setting `crm.base`: has no value") && answer.err.contains("counterpart settings set crm.base VALUE"),
        "{answer:?}"
    );
    let listed = with(&project, &["settings"], &[], "");
    assert!(listed.out.contains("setting crm.base missing type=\"text\" value=\"not set\""), "{listed:?}");
    assert!(
        listed.out.contains("setting company ok type=\"text\" value=\"Acme\" source=\"default\" words=\"Company, in all pipelines\""),
        "{listed:?}"
    );
    assert!(listed.out.contains("choice crm_to_files.source \"hr\" words=\"human resources\""), "{listed:?}");
}

#[cfg(unix)]
#[test]
fn a_secret_is_set_from_standard_input_and_only_its_place_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    let path = keyring(&project);
    let kept = project.file("kept");
    let variables = [("PATH", path.as_str()), ("KEYRING", kept.to_str().unwrap())];
    let set = |args: &[&str], variables: &[(&str, &str)], input: &str| {
        let answer = with(&project, &[&["settings", "set", "crm.token"], args].concat(), variables, input);
        assert!(!project.read("counterpart.toml").contains("MARKED"), "{}", project.read("counterpart.toml"));
        answer
    };
    assert_eq!(set(&[], &variables, &format!("{SECRET}\n")).code, 0);
    assert!(
        project.read("counterpart.toml").contains("token = { keyring = \"production/crm.token\" }"),
        "{}",
        project.read("counterpart.toml")
    );
    assert_eq!(with(&project, &["settings", "verify"], &variables, "").code, 0);

    let without_keyring = set(&[], &[("PATH", "/nowhere")], SECRET);
    assert!(
        without_keyring.code == 0 && without_keyring.err.contains("kept in a file, because the keyring is asked by"),
        "{without_keyring:?}"
    );
    assert!(project.read("counterpart.toml").contains("token = { file = \"secrets/production/crm.token\" }"));
    assert_eq!(fs::metadata(project.file("secrets/production/crm.token")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(project.read("secrets/.gitignore"), "*\n");
    assert_eq!(with(&project, &["settings", "verify"], &[], "").code, 0);

    assert_eq!(set(&["--in", "vault:secret/data/counterpart#token"], &[], "").code, 0);
    assert_eq!(with(&project, &["settings", "verify"], &[("TOKEN_OF_VAULT", VAULT_TOKEN)], "").code, 0);

    let before = project.read("counterpart.toml");
    assert_eq!(set(&["--in", "file"], &[], "  \n").code, 2, "nothing came");
    assert_eq!(set(&["--in", "pocket"], &[], SECRET).code, 2);
    assert_eq!(set(&["--in", "keyring"], &[("PATH", "/nowhere")], SECRET).code, 5);
    assert_eq!(project.read("counterpart.toml"), before);
}

#[test]
fn choices_are_asked_of_the_system_that_has_them() {
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    for one in [&["team"][..], &["crm_to_files", "team"], &["crm_to_files.team"], &["crm_to_files"]] {
        let asked = with(&project, &[&["settings"], one].concat(), &[("CRM_TOKEN", SECRET)], "");
        assert_eq!(asked.code, 0);
        assert!(
            asked.out.contains("choice crm_to_files.team \"t1\" words=\"Support\"\nchoice crm_to_files.team \"t2\" words=\"Sales\"\n"),
            "{one:?}: {asked:?}"
        );
    }
    let unreachable = with(&project, &["settings", "team"], &[], "");
    assert!(unreachable.out.contains("not_asked crm_to_files.team reason="), "{unreachable:?}");
    let json = with(&project, &["settings", "--live", "--format", "json"], &[("CRM_TOKEN", SECRET)], "");
    let json: Json = serde_json::from_str(&json.out).unwrap();
    let team = json["settings"].as_array().unwrap().iter().find(|one| one["name"] == "crm_to_files.team").unwrap();
    assert_eq!(team["choices"], json!([{ "value": "t1", "words": "Support" }, { "value": "t2", "words": "Sales" }]));
}

#[test]
fn the_sandbox_is_verified_too() {
    let project = TestProject::with_pipelines();
    let verified = project.sandboxed(&["settings", "verify", "lucca_to_reward_gateway"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.out.contains("verified lucca ok") && verified.out.contains("verified reward_gateway ok"), "{verified:?}");
}

/// A default in place of what somebody meant to set would send what they meant to keep.
#[test]
fn a_mistyped_name_in_the_file_is_refused_and_not_a_default() {
    let outside = outside();
    let right = config(&outside, "{ env = \"CRM_TOKEN\" }");
    for (wrong, why) in [
        (format!("{right}[env.production.crm_to_files]\nsorce = \"hr\"\n"), "`crm_to_files` has no such setting; did you mean `source`"),
        (
            format!("{right}orign = \"https://proxy.example.com\"\n"),
            "sets `orign` in [env.production.crm], and `crm` has no such setting; did you mean `origin`",
        ),
        (format!("{right}nonsense = 1\n"), "sets `nonsense` in [env.production.crm]"),
        (
            format!("{right}[env.production.crm_to_file]\n"),
            "no system or pipeline here is called `crm_to_file`; did you mean `crm_to_files`",
        ),
        (
            format!("{right}[env.production]\ncompani = \"Initech\"\n"),
            "sets `compani` in [env.production], and no setting of pipelines is called so; did you mean `company`",
        ),
    ] {
        let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
        project.write("counterpart.toml", &wrong);
        for command in [&["plan"][..], &["run", "crm_to_files"]] {
            let refused = with(&project, command, &[("CRM_TOKEN", SECRET)], "");
            assert_eq!(refused.code, 2, "{wrong}: {refused:?}");
            assert!(refused.err.contains(why) && refused.err.contains("nothing was read or written"), "{refused:?}");
        }
        let verified = with(&project, &["settings", "verify"], &[("CRM_TOKEN", SECRET)], "");
        assert!(verified.code == 2 && verified.err.contains(why), "{verified:?}");
        let listed = with(&project, &["settings"], &[], "");
        assert!(listed.code == 0 && listed.err.contains(why), "{listed:?}");
    }
}

#[test]
fn what_belongs_to_others_is_no_mistake() {
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    let text = project.read("counterpart.toml");
    project.write("other.sync", PIPELINE.replace("crm", "crn").replace("company", "companies"));
    project.write(
        "counterpart.toml",
        format!("{text}[env.production.crn]\nbase = \"{}\"\n[env.production.gone]\n[env.production]\ncompanies = \"X\"\n", outside.origin),
    );
    let planned = with(&project, &["plan", "crm_to_files"], &[("CRM_TOKEN", SECRET)], "");
    assert_eq!((planned.code, planned.err.contains("counterpart.toml")), (0, false), "{planned:?}");
    let listed = with(&project, &["settings"], &[], "");
    assert!(listed.err.contains("no system or pipeline here is called `gone`"), "{listed:?}");
    let of_system = with(&project, &["settings", "crn"], &[], "");
    assert!(of_system.out.lines().all(|line| line.starts_with("setting crn.")) && of_system.out.contains("crn.token"), "{of_system:?}");
}

#[test]
fn a_wrong_setting_is_told_by_the_status_and_by_verify() {
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    let text = project.read("counterpart.toml").replace("http://127.0.0.1", "ftp://127.0.0.1");
    project.write("counterpart.toml", text);
    let verified = with(&project, &["settings", "verify"], &[("CRM_TOKEN", SECRET)], "");
    assert!(verified.code == 2 && verified.out.contains("(Address)"), "{verified:?}");
    let status = with(&project, &["--format", "text"], &[], "");
    assert!(status.out.contains("setting `crm.base`: `ftp://127.0.0.1"), "{status:?}");
}

const EVERY_TYPE: &str = r#"system files {
  collection people {
    file "people.jsonl" json_lines
    key  id
    attributes {
      id   : text      at $.id
      wait : duration? at $.wait
      from : date?     at $.from
      tags : json?     at $.tags
    }
  }
  collection accounts {
    file  "accounts.jsonl" json_lines
    key   id
    lists all
    attributes {
      id    : text unique at $.id
      wait  : duration?   at $.wait
      days  : int?        at $.days
      words : text?       at $.words
    }
  }
}

pipeline times {
  zone "Europe/Paris"
  setting delay : duration
  setting extra : json
  setting when  : schedule
  schedule setting.when
  from files.people as person
  to   files.accounts
  include when person.tags != "a" and person.tags != []
  key  person.id
  match { id = person.id }
  mode create and update
  map {
    id    = person.id
    wait  = person.wait + setting.delay                    keep when missing
    days  = (2026-03-08 - person.from) / 1 day | round     keep when missing
    words = "{2026-03-08 - person.from} after {setting.extra | at($.name)}"  keep when missing
  }
}
"#;

#[test]
fn a_length_of_time_raw_json_and_a_schedule_are_set_read_and_written() {
    let project = TestProject::empty();
    let people = [
        json!({"id": "1", "wait": "P2D", "from": "2026-03-01", "tags": {"x": 1}}),
        json!({"id": "2", "wait": "1 day", "from": "2026-03-07", "tags": ["a"]}),
        json!({"id": "3", "wait": null, "from": "2026-03-08"}),
        json!({"id": "4", "tags": []}),
        json!({"id": "5", "tags": "a"}),
    ];
    let lines: String = people.iter().map(|person| format!("{person}\n")).collect();
    project.write("times.sync", EVERY_TYPE).write("people.jsonl", lines).write("accounts.jsonl", "");
    let set = |args: &[&str]| with(&project, &[&["settings", "set"], args].concat(), &[], "");
    let unset = with(&project, &["plan"], &[], "");
    assert!(unset.err.contains("setting `times.delay`: has no value") && unset.err.contains("settings set NAME VALUE"), "{unset:?}");
    for (args, why) in [
        (&["times.delay", "604800"][..], "must be a length of time, such as `7 days` or `P7D`"),
        (&["times.delay", "P1M"], "must be a length of time"),
        (&["times.extra", "{"], "must be JSON"),
        (&["times.when", "every", "30", "s"], "a schedule is never shorter than a minute"),
        (&["times.when", "cron \"61 2 * * *\""], "is not a cron line"),
    ] {
        let answer = set(args);
        assert!(answer.code == 2 && answer.err.contains(why), "{args:?} {answer:?}");
    }
    for args in [
        &["times.delay", "7", "days"][..],
        &["times.delay", "P1W"],
        &["times.extra", "{\"name\": \"start\"}"],
        &["times.when", "daily at 02:00"],
    ] {
        let answer = set(args);
        assert_eq!(answer.code, 0, "{args:?} {answer:?}");
    }
    let planned = with(&project, &["plan"], &[], "");
    let change_set = planned.out.split_whitespace().find(|word| word.starts_with("c-")).unwrap_or_else(|| panic!("{planned:?}"));
    let applied = with(&project, &["apply", change_set.trim_end_matches([',', '.', ')'])], &[], "");
    assert_eq!(applied.code, 0, "{planned:?} {applied:?}");
    let mut accounts: Vec<Json> = project.read("accounts.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    accounts.sort_by_key(|account| account["id"].as_str().map(str::to_owned));
    let expected = [
        json!({"id": "1", "wait": "9 days", "days": 7, "words": "7 days after start"}),
        json!({"id": "2", "wait": "8 days", "days": 1, "words": "1 day after start"}),
        json!({"id": "3", "days": 0, "words": "0 days after start"}),
    ];
    assert_eq!(accounts, expected, "{planned:?}");
}

/// `origin` moves the requests of a system; the account is still the one of its own address.
#[test]
fn verify_names_the_address_that_was_called() {
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    project.write("crm_to_files.sync", PIPELINE.replace("http setting.base {", "http \"https://crm.example.com\" {"));
    let moved = format!("{}origin = \"{}\"\n", project.read("counterpart.toml"), outside.origin);
    project.write("counterpart.toml", moved);
    let verify = |format: &str| with(&project, &["settings", "verify", "--format", format], &[("CRM_TOKEN", SECRET)], "");
    let called = format!("{} in place of https://crm.example.com as sync", outside.origin);
    let text = verify("text");
    assert!(text.code == 0 && text.out.contains(&called), "{text:?}");
    let json: Json = serde_json::from_str(&verify("json").out).unwrap();
    assert_eq!(json["systems"][0]["identity"], called);
}

#[test]
fn what_talks_to_nobody_needs_no_environment() {
    let outside = outside();
    let project = project(&outside, "{ env = \"CRM_TOKEN\" }");
    assert_eq!(project.counterpart(&["fmt"]).code, 0);
    project.write("counterpart.toml", "[env.staging.crm]\nbase = \"http://127.0.0.1:1\"\n");
    for args in [&["check"][..], &["fmt", "--check"], &["explain", "crm.people"]] {
        let answer = project.counterpart(args);
        assert_eq!(answer.code, 0, "{args:?}: {answer:?}");
    }
    let plan = project.counterpart(&["plan"]);
    assert!(plan.code == 2 && plan.err.contains("has no environment `production`; it has `staging`"), "{plan:?}");
    let named = project.counterpart(&["check", "--env", "prod"]);
    assert!(named.code == 2 && named.err.contains("has no environment `prod`"), "{named:?}");
}

/// Where a system is and who signs in is made up for the sandbox; what its stand-in answers by is asked for.
#[test]
fn the_sandbox_asks_for_no_setting_that_any_value_serves() {
    let project = TestProject::empty();
    let args =
        ["new", "p", "--source", "lucca", "--target", "reward_gateway", "--match", "employee_number=external_id", "--leavers", "none"];
    assert_eq!(project.counterpart(&args).code, 0);
    let plan = project.sandboxed(&["plan", "p"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    let listed = project.sandboxed(&["settings"]);
    assert!(listed.out.contains("setting lucca.domain ok type=\"text\"") && listed.out.contains("source=\"sandbox\""), "{listed:?}");
    assert_eq!(project.counterpart(&["plan", "p"]).code, 2, "outside of it both are needed");
    let system = project.read("systems/lucca.sync");
    project.write(
        "systems/lucca.sync",
        system
            .replace("  setting domain", "  setting region : text as \"Region\"\n  setting domain")
            .replace("\"/api/v3/users\"", "\"/api/v3/users/{setting.region}\""),
    );
    let plan = project.sandboxed(&["plan", "p"]);
    assert!(plan.code == 2 && plan.err.contains("setting `lucca.region`: has no value"), "{plan:?}");
}

/// A person who sets up a pipeline is told everything that is missing at once.
#[test]
fn all_that_is_missing_is_named_at_once() {
    let system = |name: &str, lines: &str, auth: &str| {
        format!(
            "system {name} {{\n{lines}  http \"https://{name}.example.com\" {{\n    {auth}\n  }}\n  collection people {{\n    key id\n    lists all\n    \
             list GET \"/people\" {{ items $ }}\n    get GET \"/people/{{id}}\"\n    create POST \"/people\"\n    update PATCH \"/people/{{id}}\"\n    \
             find by number GET \"/people\" {{\n      query \"number\" = number\n      items $\n    }}\n    attributes {{\n      id     : text read only at $.id\n      \
             number : text unique at $.number\n    }}\n  }}\n}}\n"
        )
    };
    let pipeline = "pipeline p {\n  from hr.people as one\n  to portal.people\n  key one.id\n  match { number = one.number }\n  mode create\n  map {\n    number = one.number\n  }\n}\n";
    let texts = |hr: &str, region: &str| {
        let hr = system("hr", &format!("{hr}  secret user\n  secret password\n"), "auth basic secret.user, secret.password");
        let portal = system("portal", &format!("{region}  secret token\n"), "auth bearer secret.token");
        hr + &portal + pipeline
    };
    let project = TestProject::empty();
    project.write("p.sync", texts("", ""));
    let plan = project.counterpart(&["plan"]);
    assert_eq!(plan.code, 2, "{plan:?}");
    for named in [
        "secrets `hr.user`, `hr.password` and `portal.token` are missing",
        "under [env.production.hr]: user = { env = \"",
        ", password = { env = \"",
        "under [env.production.portal]: token = { env = \"",
    ] {
        assert!(plan.err.contains(named), "{named}: {}", plan.err);
    }
    let used = texts("  setting zone : text\n", "  setting region : text\n");
    let used = used.replace("https://hr.", "https://{setting.zone}.hr.").replace("https://portal.", "https://{setting.region}.portal.");
    project.write("p.sync", used);
    let plan = project.counterpart(&["plan"]);
    for named in [
        "setting `hr.zone`: has no value",
        "setting `portal.region`: has no value",
        "Set each by",
        "[env.production.hr], [env.production.portal]",
    ] {
        assert!(plan.code == 2 && plan.err.contains(named), "{named}: {plan:?}");
    }
}
