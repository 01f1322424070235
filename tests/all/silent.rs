//! `show`, `plan` and `watch` send no writing request, counted at the stand-ins.

use super::{
    project::{INTEGRATION_A, TestProject},
    watch::Watching,
};

#[test]
fn show_plan_and_watch_write_nothing() {
    let project = TestProject::with_pipelines();
    let show = project.sandboxed(&["show", INTEGRATION_A]);
    assert_eq!(show.code, 0, "{show:?}");
    assert!(!project.file(".counterpart").exists(), "`show` is offline and leaves nothing behind");
    let plan = project.sandboxed(&["plan", INTEGRATION_A]);
    assert_eq!(plan.count("result", "to_write"), 52, "{plan:?}");
    assert_eq!(project.sandboxed(&["show", &plan.keys("id")[0]]).code, 0);
    let read = project.counted("SELECT count(*) FROM requests");
    assert!(read >= 2, "both sides were read");

    let mut watching = Watching::begin(&project, INTEGRATION_A);
    let text = project.read("lucca_to_reward_gateway.sync");
    for at_most in [400, 300, 200] {
        project.write("lucca_to_reward_gateway.sync", text.replace("at most 500", &format!("at most {at_most}")));
        assert!(watching.answer().starts_with("live "));
    }
    watching.end();
    assert!(project.counted("SELECT count(*) FROM requests") > read);
    assert_eq!(project.writing_requests(), 0);
    assert_eq!(project.counted("SELECT count(*) FROM effects"), 0);
}
