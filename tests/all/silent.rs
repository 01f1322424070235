//! `show`, `plan` and `watch` send no writing request, counted at the stand-ins.

use super::{
    desk::{Desk, INTEGRATION_A},
    watch::Watching,
};

#[test]
fn show_plan_and_watch_write_nothing() {
    let desk = Desk::with_pipelines();
    let show = desk.sandboxed(&["show", INTEGRATION_A]);
    assert_eq!(show.code, 0, "{show:?}");
    assert!(!desk.file(".counterpart").exists(), "`show` is offline and leaves nothing behind");
    let plan = desk.sandboxed(&["plan", INTEGRATION_A]);
    assert_eq!(plan.count("result", "to_write"), 52, "{plan:?}");
    assert_eq!(desk.sandboxed(&["show", &plan.keys("id")[0]]).code, 0);
    let read = desk.counted("SELECT count(*) FROM requests");
    assert!(read >= 2, "both sides were read");

    let mut watching = Watching::begin(&desk, INTEGRATION_A);
    let text = desk.read("lucca_to_reward_gateway.sync");
    for at_most in [400, 300, 200] {
        desk.write("lucca_to_reward_gateway.sync", text.replace("at most 500", &format!("at most {at_most}")));
        assert!(watching.answer().starts_with("live "));
    }
    watching.end();
    assert!(desk.counted("SELECT count(*) FROM requests") > read);
    assert_eq!(desk.writing_requests(), 0);
    assert_eq!(desk.counted("SELECT count(*) FROM effects"), 0);
}
