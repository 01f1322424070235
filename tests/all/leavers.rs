//! Guards on leavers over several runs: what the history keeps for them, and what a person has to confirm.

use super::project::TestProject;
use counterpart::{
    engine::{Cancel, Engine, IgnoreEvents, Ran, Workspace},
    host::Host,
    project::ProjectOptions,
    run::change_set::Guarded,
    state::runs::RunCounts,
};
use std::{ops::Range, sync::Arc};

/// So many people, some of whom left long ago, and some of whom have no e-mail address.
fn people(all: usize, left: Range<usize>, without_email: Range<usize>) -> String {
    let person = |n: usize| {
        let email = if without_email.contains(&n) { String::new() } else { format!("p{n}@example.com") };
        format!("{n:05};Anna;Berg;{email};{};no\n", if left.contains(&n) { "31/12/2020" } else { "" })
    };
    "Number;First name;Last name;Email;Left on;Manager\n".to_owned() + &(0..all).map(person).collect::<String>()
}

/// The quickstart pipeline with these edits over these people, published.
async fn published(people: &str, edits: &[(&str, &str)]) -> (TestProject, Workspace) {
    let project = TestProject::quickstart(people, "");
    let edited = edits.iter().fold(project.read("quickstart.sync"), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    project.write("quickstart.sync", edited);
    let options = ProjectOptions { folder: Some(project.path().to_path_buf()), ..ProjectOptions::default() };
    let mut workspace = Engine::new(Host::real()).open(options, Arc::new(IgnoreEvents)).unwrap();
    let planned = workspace.plan(None, None).await.unwrap();
    let (row, set, session) = workspace.publish(&planned.set.head.id).await.unwrap();
    session.prepare(&row, set, "anna", Cancel::never()).await.unwrap().apply(&[], false).await.unwrap();
    (project, workspace)
}

/// What the history keeps of a run that is carried out.
async fn counts_of_run(workspace: &mut Workspace) -> RunCounts {
    let ran = workspace.run(None, "schedule", Cancel::never(), &|_| ()).await.unwrap();
    assert!(matches!(ran, Ran::Carried(_)), "{ran:?}");
    workspace.history(None, 1).unwrap()[0].counts
}

const GUARD: &str = "    leavers at most 10% or 5\n";

/// Of 50 people 20 have an account: neither the records that were read nor those linked a week ago are the open links.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_history_keeps_the_accounts_that_were_linked_when_the_run_began() {
    let guards = ["    source at least 50% of last run\n", "    leavers at most 20% or 10 over 7 days\n", ""];
    for guard in guards {
        let guard = if guard.is_empty() { "    creates at most 500\n" } else { guard };
        let (project, mut workspace) = published(&people(50, 0..0, 20..50), &[(GUARD, guard)]).await;
        assert_eq!(counts_of_run(&mut workspace).await.open_links, 20, "{guard}");
        project.write("people.csv", people(50, 0..2, 20..50));
        let left = counts_of_run(&mut workspace).await;
        assert_eq!((left.open_links, left.left), (20, 2), "{guard}");
        assert_eq!(counts_of_run(&mut workspace).await.open_links, 18, "{guard}");
    }
}

/// An account that loses what nobody else may have is left by its owner, although it is an update.
const BLANKS: [(&str, &str); 4] = [
    ("  include when email is present as \"has an e-mail address\"\n", ""),
    ("email   : text unique", "email   : text? unique"),
    ("    email   = email\n", "    email   = email clear when missing\n"),
    ("  guard {\n", "  guard {\n    clears at most 100%\n"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_history_keeps_what_a_guard_on_leavers_counts() {
    let (project, mut workspace) = published(&people(20, 0..0, 0..0), &BLANKS).await;
    project.write("people.csv", people(20, 0..0, 0..2));
    let counts = counts_of_run(&mut workspace).await;
    assert_eq!((counts.updated, counts.left, counts.open_links), (2, 2, 20));
    project.write("people.csv", people(25, 0..0, 0..2));
    let counts = counts_of_run(&mut workspace).await;
    assert_eq!((counts.created, counts.open_links), (5, 25), "20 at its start");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_number_to_confirm_is_the_one_that_the_guard_counts() {
    let (project, mut workspace) = published(&people(20, 0..0, 0..0), &BLANKS).await;
    project.write("people.csv", people(20, 0..1, 1..8));
    let planned = workspace.plan(None, None).await.unwrap();
    let (row, set, session) = workspace.publish(&planned.set.head.id).await.unwrap();
    let prepared = session.prepare(&row, set, "anna", Cancel::never()).await.unwrap();
    let needed = prepared.needs().expect("8 of 20 are too many");
    assert_eq!(needed.asked, [(Guarded::LEAVERS, 8)], "{}", needed.why);
    assert!(prepared.apply(&needed.answers(), true).await.is_ok());
}
