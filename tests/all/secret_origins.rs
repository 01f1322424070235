//! Secrets are sent only where a person agreed to: another address gets nothing, by no command.

use super::{
    http::{StandIn, ok},
    project::TestProject,
};

fn crm() -> StandIn {
    StandIn::new(|path| match path {
        "/me" => ok("{}"),
        _ => ok(r#"{"total": 1, "items": [{"id": "1", "name": "A"}]}"#),
    })
}

/// A pipeline that was published with the address of `here`.
fn published(here: &StandIn) -> TestProject {
    let project = here.project();
    let id = project.counterpart(&["plan", "crm_to_files"]).keys("id")[0].clone();
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!(applied.code, 0, "{applied:?}");
    project
}

const COMMANDS: [&[&str]; 5] = [
    &["settings", "verify"],
    &["suggest", "crm_to_files"],
    &["plan", "crm_to_files"],
    &["run", "crm_to_files"],
    &["watch", "crm_to_files"],
];

/// Every command ends with 3, names the address, and sends nothing to it.
#[track_caller]
fn nothing_is_sent(project: &TestProject, there: &StandIn) {
    for command in COMMANDS {
        let answer = project.counterpart(command);
        let said = format!("{}{}", answer.out, answer.err);
        assert_eq!(answer.code, 3, "{command:?}: {answer:?}");
        assert!(said.contains("the secrets of `crm` would be sent to") && said.contains(&there.origin()), "{command:?}: {answer:?}");
        assert_eq!(there.asked(), [] as [String; 0], "{command:?}");
    }
}

#[test]
fn another_address_in_the_settings_waits_for_a_person() {
    let (here, there) = (crm(), crm());
    let project = published(&here);
    project.write("counterpart.toml", project.read("counterpart.toml").replace(&here.origin(), &there.origin()));
    let before = here.asked().len();
    nothing_is_sent(&project, &there);
    assert_eq!(here.asked().len(), before);
}

#[test]
fn another_origin_in_the_configuration_waits_for_a_person() {
    let (here, there) = (crm(), crm());
    let project = published(&here);
    project.write("counterpart.toml", format!("{}origin = \"{}\"\n", project.read("counterpart.toml"), there.origin()));
    nothing_is_sent(&project, &there);
}

#[test]
fn another_address_of_the_token_waits_for_a_person() {
    let (here, there) = (crm(), crm());
    let project = published(&here);
    let token =
        format!("    token POST \"{}/token\" {{ auth basic \"id\", secret.token }}\n    auth   bearer token.access_token", there.origin());
    project.write("crm_to_files.sync", project.read("crm_to_files.sync").replace("    auth   bearer secret.token", &token));
    nothing_is_sent(&project, &there);
}

/// A second pipeline of another system, which is at `there` and whose token is `reference`.
fn another_system(project: &TestProject, there: &StandIn, reference: &str) {
    let text = project.read("crm_to_files.sync").replace("pipeline crm_to_files", "pipeline second").replace("accounts", "others");
    project.write("second.sync", text.replace("system crm", "system evil").replace("crm.people", "evil.people")).write("others.jsonl", "");
    let section = format!("\n[env.production.evil]\nbase = \"{}\"\ntoken = {reference}\n", there.origin());
    project.write("counterpart.toml", project.read("counterpart.toml") + &section);
}

/// A command ends with 3 and says whose secret it is; nothing is sent.
#[track_caller]
fn is_of_another(project: &TestProject, command: &[&str], there: &StandIn, owner: &str) {
    let answer: super::project::Answer = project.command(command).env("CRM_TOKEN", "tok-5f1c7a90").output().unwrap().into();
    let said = format!("{}{}", answer.out, answer.err);
    assert_eq!(answer.code, 3, "{command:?}: {answer:?}");
    assert!(said.contains(&format!("one of them is a secret of {owner}, which goes to")), "{command:?}: {answer:?}");
    assert_eq!(there.asked(), [] as [String; 0], "{command:?}");
}

#[test]
fn a_new_system_with_the_secret_of_another_waits_for_a_person() {
    for reference in [r#"{ file = "token" }"#, r#"{ file = "./token" }"#, r#"{ file = "linked" }"#] {
        let (here, there) = (crm(), crm());
        let project = published(&here);
        std::os::unix::fs::symlink(project.file("token"), project.file("linked")).unwrap();
        another_system(&project, &there, reference);
        for command in ["suggest", "plan", "run", "watch"] {
            is_of_another(&project, &[command, "second"], &there, "`crm`");
        }
        is_of_another(&project, &["settings", "verify", "second"], &there, "`crm`");
        assert_eq!(project.counterpart(&["plan", "crm_to_files"]).code, 0, "the published one goes on");
        let agreed = project.counterpart(&["settings", "trust", "evil", &there.origin()]);
        assert_eq!((agreed.code, project.counterpart(&["plan", "second"]).code), (0, 0), "{agreed:?}");
    }
}

#[test]
fn a_new_system_with_a_secret_of_its_own_is_asked() {
    let (here, there) = (crm(), crm());
    let project = published(&here);
    another_system(project.write("other", "tok-of-another"), &there, r#"{ file = "other" }"#);
    let plan = project.counterpart(&["plan", "second"]);
    assert_eq!(plan.code, 0, "{plan:?}");
}

#[test]
fn a_new_system_at_the_origin_of_the_secret_is_asked() {
    let here = crm();
    let project = published(&here);
    another_system(&project, &here, r#"{ file = "token" }"#);
    let plan = project.counterpart(&["plan", "second"]);
    assert_eq!(plan.code, 0, "{plan:?}");
}

#[test]
fn another_environment_with_the_secret_of_this_one_waits_for_a_person() {
    for reference in [r#"{ file = "token" }"#, r#"{ env = "CRM_TOKEN" }"#] {
        let (here, there) = (crm(), crm());
        let project = here.project();
        let section =
            |environment: &str, base: &StandIn| format!("[env.{environment}.crm]\nbase = \"{}\"\ntoken = {reference}\n", base.origin());
        let both = format!("default = \"other\"\n{}{}", section("production", &here), section("other", &there));
        project.write("counterpart.toml", both);
        let given = |args: &[&str]| -> super::project::Answer {
            let args = [args, &["--env", "production"]].concat();
            project.command(&args).env("CRM_TOKEN", "tok-5f1c7a90").output().unwrap().into()
        };
        let applied = given(&["apply", &given(&["plan", "crm_to_files"]).keys("id")[0]]);
        assert_eq!(applied.code, 0, "{applied:?}");
        for command in ["suggest", "plan", "run", "watch"] {
            is_of_another(&project, &[command, "crm_to_files"], &there, "`crm` in `production`");
        }
        is_of_another(&project, &["settings", "verify"], &there, "`crm` in `production`");
    }
}

#[test]
fn a_system_that_takes_over_the_secret_of_another_waits_for_a_person() {
    let (here, there) = (crm(), crm());
    let project = published(&here);
    another_system(project.write("other", "tok-of-another"), &there, r#"{ file = "other" }"#);
    let id = project.counterpart(&["plan", "second"]).keys("id")[0].clone();
    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
    let before = there.asked().len();
    project.write("counterpart.toml", project.read("counterpart.toml").replace("\"other\"", "\"token\""));
    let held = project.counterpart(&["plan", "second"]);
    assert_eq!((held.code, there.asked().len()), (3, before), "{held:?}");
    assert!(held.err.contains("one of them is a secret of `crm`, which goes to"), "{held:?}");
}

#[test]
fn a_new_pipeline_over_the_same_system_waits_for_a_person_who_agrees_by_name() {
    let (here, there) = (crm(), crm());
    let project = published(&here);
    let text = project.read("crm_to_files.sync").replace("pipeline crm_to_files", "pipeline second").replace("accounts", "others");
    let text = text.replace("http setting.base", &format!("http \"{}\"", there.origin()));
    let text: String = text.lines().filter(|line| !line.contains("setting base")).map(|line| format!("{line}\n")).collect();
    project.write("second.sync", text).write("others.jsonl", "");
    let held = project.counterpart(&["plan", "second"]);
    assert_eq!((held.code, there.asked().len()), (3, 0), "{held:?}");
    assert_eq!(project.counterpart(&["plan", "crm_to_files"]).code, 0, "the published one goes on");

    let refused = project.counterpart(&["settings", "trust", "crm", "http://elsewhere.example.com"]);
    assert!(refused.code == 2 && refused.err.contains("is not an origin that secrets may be sent to"), "{refused:?}");
    let nobody = project.counterpart(&["settings", "trust", "crn", &there.origin()]);
    assert!(nobody.code == 2 && nobody.err.contains("no system with secrets is called `crn`"), "{nobody:?}");

    let trust = ["settings", "trust", "crm", &here.origin(), &there.origin()];
    let agreed = project.command(&trust).env("COUNTERPART_BY", "ada").output().unwrap();
    assert!(agreed.status.success(), "{agreed:?}");
    let listed = project.counterpart(&["settings", "trust", "crm"]);
    assert!(listed.out.contains(&format!("trusted crm {} by=\"ada\"", there.origin())), "{listed:?}");
    assert!(listed.out.contains(&format!("trusted crm {} by=\"somebody\"", here.origin())), "who published keeps the name: {listed:?}");
    assert_eq!(project.counterpart(&["plan", "second"]).code, 0);
    assert!(!there.asked().is_empty());
}
