//! Systems that are shipped without an integration, each in a pipeline of `tests/fixtures/shelf`: run in the sandbox until nothing
//! is left to do, and then with somebody who has left.

use super::project::{Answer, TestProject};
use std::{fs, path::Path};

/// The shipped systems and their seed, with the pipelines of the fixtures.
fn shelf() -> TestProject {
    let project = TestProject::with_pipelines();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/shelf")).unwrap() {
        let path = entry.unwrap().path();
        project.write(path.file_name().unwrap().to_str().unwrap(), fs::read(&path).unwrap());
    }
    project
}

/// What a run did: created, updated, left, returned.
#[track_caller]
fn did(run: &Answer) -> [u64; 4] {
    assert_eq!((run.code, run.count("result", "needs_attention")), (0, 0), "{run:?}");
    ["created", "updated", "left", "returned"].map(|what| run.count("result", what))
}

/// What a run does, and that the next one does nothing and leaves every record of the stand-ins as it was.
#[track_caller]
fn settles(project: &TestProject, pipeline: &str) -> [u64; 4] {
    let records =
        || project.told("SELECT json_group_array(system || key || version || json) FROM (SELECT * FROM records ORDER BY system, key)");
    let first = did(&project.sandboxed(&["run", pipeline]));
    let written = records();
    assert_eq!(did(&project.sandboxed(&["run", pipeline])), [0; 4], "{pipeline} has nothing to do the second time");
    assert!(records() == written, "{pipeline} writes nothing the second time");
    first
}

/// The same after a day: one archived by Odoo or left, one new.
#[track_caller]
fn next_day(project: &TestProject, pipeline: &str) -> [u64; 4] {
    let loaded = project.sandboxed(&["sandbox", pipeline, "--load", "next_day"]);
    assert_eq!(loaded.code, 0, "{loaded:?}");
    settles(project, pipeline)
}

#[test]
fn the_pipelines_of_the_fixtures_have_no_errors() {
    let checked = shelf().counterpart(&["check"]);
    assert_eq!((checked.code, checked.out.lines().count()), (0, 1), "{checked:?}");
}

#[test]
fn employees_of_odoo_become_users_of_snipeit() {
    let project = shelf();
    assert_eq!(settles(&project, "odoo_to_snipeit"), [3, 2, 0, 0], "three joiners; two were renamed");
    assert_eq!(next_day(&project, "odoo_to_snipeit"), [1, 0, 2, 0], "a newcomer, and two who were archived");
    let closed = project.counted("SELECT count(*) FROM records WHERE system = 'snipeit' AND json_extract(json, '$.activated') = 0");
    assert_eq!(closed, 3, "with the one who had left before");
}

#[test]
fn people_of_a_list_become_employees_of_odoo() {
    let project = shelf();
    let pipeline = "people_to_odoo";
    assert_eq!(settles(&project, pipeline), [1, 1, 0, 0]);
    let people = project.read("people.csv").replace("ccastro,", "ccastro,2026-03-01");
    project.write("people.csv", people);
    assert_eq!(settles(&project, pipeline), [0, 0, 1, 0]);
    let one = "SELECT json FROM records WHERE system = 'odoo' AND json_extract(json, '$.barcode') = '00002'";
    let clara = project.told(one);
    assert_eq!((&clara["active"], &clara["departure_date"]), (&false.into(), &"2026-03-01".into()));
    let people = project.read("people.csv").replace("ccastro,2026-03-01", "ccastro,");
    project.write("people.csv", people);
    assert_eq!(settles(&project, pipeline), [0, 0, 0, 1]);
}

#[test]
fn employees_of_odoo_become_users_of_microsoft() {
    let project = shelf();
    assert_eq!(settles(&project, "odoo_to_graph"), [3, 2, 0, 0]);
    assert_eq!(next_day(&project, "odoo_to_graph"), [1, 0, 2, 0]);
    let closed = project.counted("SELECT count(*) FROM records WHERE system = 'graph' AND json_extract(json, '$.accountEnabled') = 0");
    assert_eq!(closed, 2);
    let signed_out = project.counted("SELECT count(*) FROM requests WHERE path LIKE '%/revokeSignInSessions' AND status < 300");
    assert_eq!(signed_out, 2, "everywhere at once");
}

/// A call closes an account that no attribute can close.
#[test]
fn employees_of_odoo_become_users_of_zoom() {
    let project = shelf();
    assert_eq!(settles(&project, "odoo_to_zoom"), [3, 2, 0, 0]);
    assert_eq!(next_day(&project, "odoo_to_zoom"), [1, 0, 2, 0]);
    let closed =
        project.counted("SELECT count(*) FROM requests WHERE method = 'PUT' AND path LIKE '/v2/users/zoom-%/status' AND status < 300");
    assert_eq!(closed, 2);
}

/// A member is invited, an invitation is a membership already, and a leaver is removed and comes back.
#[test]
fn people_of_a_list_become_members_of_an_organisation() {
    let project = shelf();
    let pipeline = "people_to_github";
    let logins = || project.told("SELECT json_group_array(key) FROM (SELECT key FROM records WHERE system = 'github' ORDER BY key)");
    assert_eq!(settles(&project, pipeline), [1, 0, 0, 0], "one was invited before");
    let people = project.read("people.csv").replace("ccastro,", "ccastro,2026-03-01");
    project.write("people.csv", people);
    assert_eq!(settles(&project, pipeline), [0, 0, 1, 0]);
    assert_eq!(logins(), serde_json::json!(["bberg", "ddahl", "nlind", "octavia"]));
    let people = project.read("people.csv").replace("ccastro,2026-03-01", "ccastro,");
    project.write("people.csv", people);
    assert_eq!(settles(&project, pipeline), [1, 0, 0, 0]);
}
