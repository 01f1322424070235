//! A plan and its apply on a simulated machine: the disk, the clock and the randomness are those of the host alone.

#![expect(clippy::disallowed_methods, reason = "tests run in a runtime of their own")]

mod outages;

use super::{Cancel, Engine, IgnoreEvents, RunEnd, Workspace};
use crate::{host::simulation::Simulation, project::ProjectOptions};
use std::sync::Arc;

const PIPELINE: &str = include_str!("../../pipelines/quickstart.sync");
const PEOPLE: &str = "Number;First name;Last name;Email;Left on;Manager\n1;Ann;Lee;ann@example.com;;no\n2;Ben;Ray;ben@example.com;;no\n";

fn machine() -> (Simulation, Workspace) {
    let machine = Simulation::at("2026-03-02T09:00:00Z");
    machine.write("quickstart.sync", PIPELINE);
    machine.write("people.csv", PEOPLE);
    machine.write("accounts.jsonl", "");
    let options = ProjectOptions { folder: Some(machine.folder().to_path_buf()), ..ProjectOptions::default() };
    let workspace = Engine::new(machine.host()).open(options, Arc::new(IgnoreEvents)).unwrap();
    machine.keep_database(&workspace.project.state_folder().join("state.db"));
    machine.accesses();
    (machine, workspace)
}

/// The id of the change set, and how many operations it has.
async fn publish(workspace: &mut Workspace) -> (String, usize) {
    let planned = workspace.plan(None, None).await.unwrap();
    let (row, set, session) = workspace.publish(&planned.set.head.id).await.unwrap();
    let report = session.prepare(&row, set, "anna", Cancel::never()).await.unwrap().apply(&[], false).await.unwrap();
    assert_eq!(report.end, RunEnd::Done);
    (planned.set.head.id.clone(), planned.set.operations.len())
}

#[tokio::test]
async fn a_plan_and_its_apply_use_the_disk_of_their_host_alone() {
    let (machine, mut workspace) = machine();
    assert_eq!(publish(&mut workspace).await.1, 2);
    assert_eq!(machine.text("accounts.jsonl").lines().count(), 2);
    let accesses = machine.accesses();
    let state = workspace.project.state_folder().strip_prefix(machine.folder()).unwrap().display().to_string();
    for (operation, path) in [
        ("read", "quickstart.sync".to_owned()),
        ("read", "people.csv".to_owned()),
        ("publish", "accounts.jsonl".to_owned()),
        ("publish new", format!("{state}/state.key")),
        ("lock", format!("{state}/quickstart.lock")),
        ("replace", format!("{state}/epoch")),
    ] {
        assert!(accesses.contains(&(operation, path.clone())), "{operation} {path}: {accesses:#?}");
    }
    assert!(!crate::host::Host::real().disk().is_taken(machine.folder()), "nothing reached the disk of this machine");
    assert_eq!(workspace.plan(None, None).await.unwrap().set.operations.len(), 0, "the state is in memory, too");
}

#[tokio::test]
async fn two_machines_that_start_alike_end_alike() {
    let ((first, mut one), (second, mut other)) = (machine(), machine());
    assert_eq!(publish(&mut one).await, publish(&mut other).await);
    assert_eq!(first.text("accounts.jsonl"), second.text("accounts.jsonl"));
    let key = |machine: &Simulation, workspace: &Workspace| {
        let path = workspace.project.state_folder().join("state.key");
        machine.text(&path.strip_prefix(machine.folder()).unwrap().display().to_string())
    };
    assert_eq!(key(&first, &one), key(&second, &other));
}
