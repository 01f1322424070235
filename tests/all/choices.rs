//! The settings of the three integrations have their effect, in the sandbox.

use super::project::{INTEGRATION_A, TestProject};

/// Sets a setting in the sandbox, as the guides describe.
#[track_caller]
fn set(project: &TestProject, args: &[&str]) {
    let answer = project.sandboxed(&[&["settings", "set"], args].concat());
    assert_eq!(answer.code, 0, "{answer:?}");
}

#[track_caller]
fn planned(project: &TestProject, pipeline: &str) -> super::project::Answer {
    let plan = project.sandboxed(&["plan", pipeline]);
    assert_eq!(plan.code, 0, "{plan:?}");
    plan
}

#[test]
fn new_members_get_the_welcome_e_mail_or_none() {
    for (chosen, mails) in [("true", 12), ("false", 0)] {
        let project = TestProject::with_pipelines();
        set(&project, &[INTEGRATION_A, "welcome_mail", chosen]);
        let run = project.sandboxed(&["run", INTEGRATION_A]);
        assert_eq!((run.code, run.count("result", "created")), (0, 12), "{run:?}");
        assert_eq!(project.counted("SELECT count(*) FROM effects"), mails);
        assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).count("result", "written"), 0);
        assert_eq!(project.counted("SELECT count(*) FROM effects"), mails, "never twice");
    }
}

#[test]
fn of_an_organisation_flows_what_is_chosen() {
    let organisations = "wicket_organisations_to_arlo";
    for (chosen, changed) in [(&["address", "phone"][..], 2), (&["address"], 1), (&["phone"], 1)] {
        let project = TestProject::with_pipelines();
        set(&project, &[&[organisations, "organisation_fields"], chosen].concat());
        let plan = planned(&project, organisations);
        assert_eq!(plan.count("count", "update"), changed, "{chosen:?}: {}", plan.out);
        for field in ["address", "phone"].iter().filter(|field| !chosen.contains(field)) {
            assert!(!plan.out.contains(&format!(" {field}")), "{field} does not flow: {}", plan.out);
        }
    }
}

#[test]
fn only_people_with_a_region_or_all() {
    let users = "sage_people_to_oomnitza";
    let project = TestProject::with_pipelines();
    let all = planned(&project, users).count("count", "out_of_scope");
    set(&project, &["region_only", "true"]);
    let plan = planned(&project, users);
    assert!(plan.count("count", "out_of_scope") > all && plan.out.contains("not 'has a region'"), "{}", plan.out);
}

/// The form of paths that Sage People's other integrations use.
#[test]
fn a_path_may_be_written_as_a_response() {
    let (users, file) = ("sage_people_to_oomnitza", "sage_people_to_oomnitza.sync");
    let project = TestProject::with_pipelines();
    let (before, text) = (planned(&project, users), project.read(file));
    project.write(file, text.replace("= $.emailAddress", "= {{response.emailAddress}}"));
    let after = planned(&project, users);
    let counts = |answer: &super::project::Answer| answer.out.lines().find(|line| line.starts_with("count ")).map(str::to_owned);
    assert_eq!(counts(&after), counts(&before));
    assert_eq!(project.counterpart(&["fmt", file]).code, 0);
    assert_eq!(project.read(file), text, "`fmt` writes the path itself");
}

#[test]
fn inbound_stays_on_while_single_sign_on_relies_on_it() {
    let project = TestProject::with_pipelines();
    set(&project, &["single_sign_on", "true"]);
    let refused = project.sandboxed(&["settings", "set", "inbound", "false"]);
    assert!(refused.code == 2 && refused.err.contains("inbound stays on while single sign-on relies on it"), "{refused:?}");
    set(&project, &["outbound", "false"]);
    let off = project.sandboxed(&["run", "wicket_people_to_arlo"]);
    assert!(off.code == 0 && off.err.contains("it is paused, nothing was read or written, and nobody leaves"), "{off:?}");
    assert_eq!(project.sandboxed(&["run", "arlo_contacts_to_wicket"]).count("result", "created"), 3);
}
