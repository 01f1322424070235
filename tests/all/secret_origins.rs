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
