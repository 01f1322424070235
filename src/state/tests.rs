#![expect(clippy::disallowed_methods, reason = "tests damage files of their own, and measure time")]

mod cursors;
mod directions;
mod retention;
mod schema;

use super::{
    LinkSetIdentity, Store,
    change_sets::{ChangeSetRow, Status},
    decisions::{Choice, Decision},
    effects::EffectState,
    errors::{ErrorCode, ErrorRow, ErrorStep, RequestError},
    journal::{Intent, IntentKind, IntentOutcome},
    lease::LeaseError,
    link::{Absence, Base, Bases, Life, Link},
    missing::MissingAccounts,
    runs::{Approved, FinishedRun, NewRun, RunCounts, RunResult, Silence},
};
use jiff::{SignedDuration, Timestamp, civil::date};
use proptest::prelude::*;
use std::{fs, path::Path};

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

fn identity() -> LinkSetIdentity {
    LinkSetIdentity {
        pipeline: "lucca_to_rg".into(),
        key: "employee.employee_number".into(),
        source: "https://acme.ilucca.net users".into(),
        target: "https://rg.example.com Users".into(),
    }
}

fn link(key: &str, target: &str) -> Link {
    Link {
        key: key.into(),
        target: target.into(),
        life: Life::Open,
        by: "external_id".into(),
        since_run: 1,
        since: now(),
        absence: Absence::default(),
        due: None,
        bases: Bases::default(),
        agreed: Default::default(),
        added: Default::default(),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A state with one link set that has these links.
fn store_with(folder: &Path, links: &[Link]) -> (Store, String) {
    let store = Store::open(folder).unwrap();
    let transaction = store.transaction().unwrap();
    transaction.ensure_link_set(&identity(), now()).unwrap();
    let set = identity().id();
    for link in links {
        transaction.put_link(&set, link).unwrap();
    }
    transaction.commit().unwrap();
    (store, set)
}

fn run(store: &Store, at: Timestamp, result: RunResult, counts: RunCounts) -> i64 {
    let lease = store.lease("lucca_to_rg", "admin", at).unwrap();
    let identity = identity();
    let number = store.begin_run(&lease, &NewRun { identity: &identity, plan: "p-1", binding: "b-1", by: "admin", started: at }).unwrap();
    let present = [("$.mail".to_owned(), 310)];
    let finished = FinishedRun {
        finished: at,
        result,
        counts,
        change_set: None,
        present: &present,
        whole: true,
        approved: Approved::default(),
        reading: "",
        sentence: "",
    };
    store.finish_run(number, &finished).unwrap();
    store.release(lease, at).unwrap();
    number
}

#[test]
fn links_come_back_as_they_were_put() {
    let folder = folder();
    let mut left = link("00112", "83077");
    left.life = Life::Left { stage: 1, done: days(-3), next: Some((date(2026, 5, 1), u64::MAX - 7)), by_scope: true };
    left.absence = Absence { runs: 2, first: Some(days(-2)), last: Some(days(-1)) };
    left.due = Some(date(2026, 2, 28));
    left.bases.insert(9, Base { sent: 1, held: None, before: Some(7), tries: 2 });
    left.bases.insert(3, Base { sent: u64::MAX, held: Some(0), before: None, tries: 1 });
    let mut retired = link("00231", "83090");
    retired.life = Life::Retired { since: days(-9) };
    let all = [left, link("00045", "83021"), retired];
    let (store, set) = store_with(folder.path(), &all);

    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let links = store.links(&set).unwrap();
    assert_eq!(links.len(), 3);
    for link in &all {
        assert_eq!(links.of_key(&link.key), Some(link));
        assert_eq!(links.of_target(&link.target), Some(link));
        assert_eq!(store.link(&set, &link.key).unwrap().as_ref(), Some(link));
    }
    assert_eq!(store.link_of_target(&set, "83021").unwrap().unwrap().key, "00045");
    assert_eq!(store.link_of_target(&set, "83090").unwrap(), None, "gone for good: its id is free");
    assert_eq!(store.counterpart("lucca_to_rg", "00112").unwrap().as_deref(), Some("83077"));
    assert!(store.links("l-other").unwrap().is_empty());
}

#[test]
fn an_account_is_linked_to_one_person_until_it_is_gone_for_good() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[link("1", "a")]);
    let transaction = store.transaction().unwrap();
    assert!(transaction.put_link(&set, &link("2", "a")).is_err());
    transaction.retire(&set, "1", now()).unwrap();
    transaction.put_link(&set, &link("2", "a")).unwrap();
    transaction.commit().unwrap();
    let links = store.links(&set).unwrap();
    assert_eq!(links.of_target("a").unwrap().key, "2");
    assert_eq!(links.of_key("1").unwrap().life, Life::Retired { since: now() });
}

#[test]
fn an_uncommitted_transaction_has_no_effect() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[link("1", "a")]);
    let transaction = store.transaction().unwrap();
    transaction.put_link(&set, &link("2", "b")).unwrap();
    transaction.retire(&set, "1", now()).unwrap();
    drop(transaction);
    assert_eq!(store.links(&set).unwrap().len(), 1);
    assert_eq!(store.link(&set, "1").unwrap().unwrap().life, Life::Open);
}

#[test]
fn a_hundred_thousand_links_are_written_and_loaded_in_moments() {
    let folder = folder();
    let bases: Bases = (0..8).map(|at| (at * 77, Base { sent: at, held: Some(at), before: None, tries: 1 })).collect();
    let links: Vec<_> = (0..100_000).map(|at| Link { bases: bases.clone(), ..link(&format!("{at:06}"), &format!("t{at}")) }).collect();
    let (store, set) = store_with(folder.path(), &links);
    let begun = std::time::Instant::now();
    let loaded = store.links(&set).unwrap();
    let took = begun.elapsed();
    assert_eq!(loaded.len(), 100_000);
    assert_eq!(loaded.of_key("099999").unwrap().bases, bases);
    assert!(took.as_secs_f64() < 5.0, "{took:?}");
}

#[test]
fn the_links_of_a_pipeline_belong_to_two_systems_and_a_key() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[link("1", "a")]);
    assert_eq!(store.link_set(&identity()).unwrap().id, set);
    let moved = LinkSetIdentity { target: "https://rg-test.example.com Users".into(), ..identity() };
    let error = store.link_set(&moved).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "the links of `lucca_to_rg` belong elsewhere: its target was `https://rg.example.com Users` and is `https://rg-test"
        ),
        "{error}"
    );
    assert!(error.contains("nothing runs until"), "{error}");
    let other = LinkSetIdentity { pipeline: "another".into(), ..moved };
    assert!(store.link_set(&other).unwrap().new);
}

#[test]
fn a_link_set_is_new_until_a_run_of_it_was_applied() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    assert!(store.link_set(&identity()).unwrap().new);
    run(&store, now(), RunResult::Held, RunCounts::default());
    assert!(store.link_set(&identity()).unwrap().new);
    run(&store, now(), RunResult::Done, RunCounts::default());
    assert!(!store.link_set(&identity()).unwrap().new);
}

/// Its process ended in the middle of the first change set that a person applied.
#[test]
fn a_link_set_is_not_new_once_a_person_has_applied_a_part_of_its_first_change_set() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let number = run(&store, now(), RunResult::Interrupted, RunCounts::default());
    let row = ChangeSetRow {
        id: "c-1".into(),
        hash: "h".into(),
        pipeline: "p".into(),
        link_set: identity().id(),
        file: "c-1.json".into(),
        status: Status::Applying,
        made: now(),
        run: Some(number),
    };
    store.save_change_set(&row).unwrap();
    assert!(store.link_set(&identity()).unwrap().new, "nothing was sent");
    store
        .connection
        .execute(
            "INSERT INTO intents (link_set, run, lease, batch, key, step, kind, operation, attempt, token, opened)
             VALUES ((SELECT number FROM link_sets WHERE id = ?1), ?2, 1, 1, '1', 0, 'create', 'o', 1, 't', '2026-03-01')",
            rusqlite::params![identity().id(), number],
        )
        .unwrap();
    for (status, new) in [(Status::Applying, false), (Status::Interrupted, false), (Status::Ready, true)] {
        store.set_status("c-1", status, Some(number)).unwrap();
        assert_eq!(store.link_set(&identity()).unwrap().new, new);
    }
}

#[test]
fn one_run_at_a_time_and_a_dead_one_is_taken_over() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let second = Store::open(folder.path()).unwrap();
    let lease = store.lease("p", "admin", now()).unwrap();
    let LeaseError::Held(holder) = second.lease("p", "schedule", days(1)).unwrap_err() else { panic!() };
    assert_eq!((holder.by.as_str(), holder.pid, holder.since), ("admin", std::process::id(), now()));
    assert_eq!(second.running("p").unwrap().unwrap().by, "admin");
    assert!(second.lease("q", "admin", now()).is_ok());

    drop(lease);
    assert_eq!(store.running("p").unwrap(), None);
    let next = second.lease("p", "schedule", days(1)).unwrap();
    assert_eq!(next.number, 2);
    assert!(second.transaction().unwrap().holds(&next).unwrap());
    second.release(next, days(1)).unwrap();
    assert_eq!(store.lease("p", "admin", days(2)).unwrap().number, 3);
}

#[test]
fn a_run_that_never_ended_was_interrupted() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let identity = identity();
    let new = NewRun { identity: &identity, plan: "p-1", binding: "b-1", by: "schedule", started: now() };
    let lease = store.lease("lucca_to_rg", "schedule", now()).unwrap();
    let killed = store.begin_run(&lease, &new).unwrap();
    assert_eq!(store.run(killed).unwrap().unwrap().result, RunResult::Running);
    drop(lease);
    let counts = RunCounts { read: 317, created: 12, updated: 40, left: 3, ..RunCounts::default() };
    let next = run(&store, days(1), RunResult::Done, counts);
    assert_eq!(next, killed + 1);
    let rows = store.runs(Some("lucca_to_rg"), 10).unwrap();
    assert_eq!(rows.iter().map(|row| row.result).collect::<Vec<_>>(), [RunResult::Done, RunResult::Interrupted]);
    assert_eq!(rows[0].counts, counts);
    assert_eq!(store.last_applied("lucca_to_rg").unwrap().unwrap().number, next);
}

#[test]
fn baselines_come_from_applied_runs_of_the_last_month() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let read = |read, left| RunCounts { read, left, open_links: 255, ..RunCounts::default() };
    run(&store, days(-40), RunResult::Done, read(900, 9));
    run(&store, days(-6), RunResult::Done, read(317, 3));
    run(&store, days(-3), RunResult::NothingToDo, read(310, 0));
    run(&store, days(-2), RunResult::Stopped, read(600, 2));
    run(&store, days(-1), RunResult::Held, read(500, 0));
    let baselines = store.baselines(&identity().id(), now(), days(-7)).unwrap();
    assert_eq!(baselines.highest_read, Some(317));
    assert_eq!(baselines.binding.as_deref(), Some("b-1"));
    let (last, present) = baselines.present.unwrap();
    assert_eq!((last, present["$.mail"]), (310, 310));
    assert_eq!(baselines.runs.iter().map(|run| (run.left, run.open)).collect::<Vec<_>>(), [(3, 255), (0, 255), (2, 255)]);
}

/// `state.db` of an earlier day is put back.
#[test]
fn an_old_copy_and_a_clock_that_is_behind_are_said_until_a_person_has_approved_a_run() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let recovery = |store: &Store, now: Timestamp| store.baselines(&identity().id(), now, days(-7)).unwrap().recovery;
    run(&store, days(-1), RunResult::Done, RunCounts::default());
    assert_eq!(recovery(&store, now()), [""; 0]);
    assert_eq!(recovery(&store, days(-1) - SignedDuration::from_mins(4)), [""; 0], "two machines may differ");
    let behind =
        "the clock of this machine says 2026-02-28 09:00 UTC, and the last run began 2026-03-01 09:00 UTC: one of the two is wrong";
    assert_eq!(recovery(&store, days(-2)), [behind]);

    fs::write(folder.path().join("epoch"), "7\n").unwrap();
    let old = ["the state is an older copy: what was done after it was made is not known"];
    assert_eq!(recovery(&store, now()), old);
    run(&store, now(), RunResult::Held, RunCounts::default());
    assert_eq!(recovery(&store, now()), old, "a run that was held has raised the epoch, and changes nothing");
    run(&store, now(), RunResult::Done, RunCounts::default());
    assert_eq!(recovery(&store, now()), old, "nor does one that nobody had to approve");
    let transaction = store.transaction().unwrap();
    transaction.end_recovery(&identity().id()).unwrap();
    transaction.commit().unwrap();
    assert_eq!(recovery(&store, now()), [""; 0]);
}

#[test]
fn claims_are_kept_as_they_are() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    run(&store, now(), RunResult::Done, RunCounts::default());
    let set = identity().id();
    let absence = Absence { runs: 2, first: Some(days(-2)), last: Some(days(-1)) };
    let claim = |key: &str, absence| super::claims::Claim { key: key.into(), target: "501".into(), absence };
    for claims in [vec![claim("E-204", absence.clone()), claim("E-9", Absence::default())], vec![claim("E-9", absence)], Vec::new()] {
        let transaction = store.transaction().unwrap();
        transaction.set_claims(&set, &claims).unwrap();
        transaction.commit().unwrap();
        assert_eq!(store.claims(&set).unwrap(), claims);
    }
}

#[test]
fn a_baseline_is_not_forgotten_by_time_and_restarts_where_a_person_approves_it() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let read = |read, left| RunCounts { read, left, open_links: 255, ..RunCounts::default() };
    let highest = |store: &Store| store.highest_read_lately(&identity().id(), now()).unwrap();
    run(&store, days(-90), RunResult::Done, read(900, 0));
    run(&store, days(-50), RunResult::Done, read(300, 0));
    run(&store, days(-40), RunResult::Done, read(0, 0));
    assert_eq!(highest(&store), Some(300), "the last that read anything, however old");
    run(&store, days(-20), RunResult::Done, read(280, 0));
    let shrunk = run(&store, days(-10), RunResult::Done, read(100, 60));
    run(&store, days(-5), RunResult::Done, read(101, 2));
    assert_eq!(highest(&store), Some(280));
    store.connection.execute("UPDATE runs SET source_approved = 1, leaves_approved = 1 WHERE number = ?1", [shrunk]).unwrap();
    assert_eq!(highest(&store), Some(101));
    let left = store.baselines(&identity().id(), now(), days(-30)).unwrap().runs;
    assert_eq!(left.iter().map(|run| run.left).collect::<Vec<_>>(), [0, 0, 2], "what was approved is in no window");
    let approved = Approved { leaves: true, source: true };
    let finished = FinishedRun {
        finished: now(),
        result: RunResult::Done,
        counts: read(90, 9),
        change_set: None,
        present: &[],
        whole: true,
        approved,
        reading: "",
        sentence: "",
    };
    store.finish_run(shrunk + 1, &finished).unwrap();
    assert_eq!(highest(&store), Some(90));
}

#[test]
fn who_left_in_a_run_that_was_killed_has_left() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let identity = identity();
    let new = NewRun { identity: &identity, plan: "p-1", binding: "b-1", by: "schedule", started: days(-1) };
    let lease = store.lease("lucca_to_rg", "schedule", days(-1)).unwrap();
    let killed = store.begin_run(&lease, &new).unwrap();
    let leave = |key: &str, settled: &str, done: &str| {
        let links = "INSERT INTO links (link_set, key, target, life, made_by, since_run, since, stage, stage_done)
                     VALUES (1, ?1, ?1, iif(?2 = '', 'open', 'left'), 'email', 1, ?2, 1, ?2)";
        store.connection.execute(links, [key, done]).unwrap();
        let intents =
            "INSERT INTO intents (link_set, run, lease, batch, key, step, kind, operation, attempt, token, opened, outcome, settled)
                       VALUES (1, ?1, 1, 1, ?2, 0, 'update', 'h', 1, 't', '', 'done', ?3)";
        store.connection.execute(intents, rusqlite::params![killed, key, settled]).unwrap();
    };
    let (then, later) = ("2026-03-01T09:00:05.000000Z", "2026-03-02T08:00:00.000000Z");
    leave("1", then, then);
    leave("2", then, "");
    leave("3", then, later);
    leave("4", later, later);
    drop(lease);
    let runs = store.baselines(&identity.id(), now(), days(-7)).unwrap().runs;
    assert_eq!(runs.iter().map(|run| run.left).collect::<Vec<_>>(), [2], "1, and 4, which the next run found out");
}

#[test]
fn an_error_is_fixed_by_the_first_applied_run_without_it() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let error = |key: &str| ErrorRow {
        key: key.into(),
        label: None,
        step: ErrorStep::Apply,
        attribute: None,
        code: ErrorCode::Request(RequestError::Invalid),
        message: "invalid".into(),
        file: String::new(),
        line: 30,
    };
    let add = |run, keys: &[&str]| {
        let transaction = store.transaction().unwrap();
        transaction.add_errors(run, &keys.iter().map(|key| error(key)).collect::<Vec<_>>()).unwrap();
        transaction.commit().unwrap();
    };
    let first = run(&store, now(), RunResult::SomeFailed, RunCounts::default());
    add(first, &["00318", "00288"]);
    add(first, &["00264", ""]);
    run(&store, now(), RunResult::Held, RunCounts::default());
    let second = run(&store, now(), RunResult::SomeFailed, RunCounts::default());
    add(second, &["00288"]);
    let third = run(&store, now(), RunResult::Done, RunCounts::default());
    let wrote = |run: i64, key: &str| {
        let sql = "INSERT INTO intents (link_set, run, lease, batch, key, step, kind, operation, attempt, token, opened, outcome)
                   VALUES (1, ?1, 1, 1, ?2, 0, 'update', 'x', 1, 'x', '2026', 'done')";
        store.connection.execute(sql, rusqlite::params![run, key]).unwrap();
    };
    wrote(third, "00318");
    wrote(second, "00264");
    wrote(third, "00288");
    let fixed: Vec<_> = store.errors(first).unwrap().into_iter().map(|row| (row.error.key, row.fixed)).collect();
    let expected = [("00318", Some(third)), ("00288", Some(third)), ("00264", Some(second)), ("", None)];
    assert_eq!(fixed, expected.map(|(key, run)| (key.to_owned(), run)));
}

/// A run was killed: two people were made, one was updated and one left; one was refused, and of one there was no answer.
#[test]
fn an_interrupted_run_counts_what_was_done() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let (identity, set) = (identity(), identity().id());
    let new = NewRun { identity: &identity, plan: "p-1", binding: "b-1", by: "schedule", started: now() };
    let lease = store.lease("lucca_to_rg", "schedule", now()).unwrap();
    let killed = store.begin_run(&lease, &new).unwrap();
    store.release(lease, now()).unwrap();
    let later = now() + SignedDuration::from_secs(5);
    let transaction = store.transaction().unwrap();
    let mut left = link("4", "83004");
    left.life = Life::Left { stage: 1, done: later, next: None, by_scope: false };
    transaction.put_link(&set, &left).unwrap();
    let made = [
        ("1", IntentKind::Create, Some(IntentOutcome::Done)),
        ("1", IntentKind::Call("welcome".into()), Some(IntentOutcome::Done)),
        ("2", IntentKind::Create, Some(IntentOutcome::Done)),
        ("3", IntentKind::Update, Some(IntentOutcome::Done)),
        ("4", IntentKind::Update, Some(IntentOutcome::Done)),
        ("5", IntentKind::Update, Some(IntentOutcome::Failed)),
        ("6", IntentKind::Create, None),
    ];
    for (key, kind, outcome) in made {
        let id = transaction.open_intent(&set, &Intent { kind, ..intent(killed, key) }).unwrap();
        outcome.into_iter().for_each(|outcome| transaction.close_intent(id, outcome, None, later).unwrap());
    }
    transaction.commit().unwrap();

    let lease = store.lease("lucca_to_rg", "schedule", days(1)).unwrap();
    let next = store.begin_run(&lease, &NewRun { started: days(1), ..new }).unwrap();
    let counts = || store.run(killed).unwrap().unwrap().counts;
    let known = RunCounts { created: 2, updated: 1, left: 1, failed: 1, not_known: 1, ..RunCounts::default() };
    assert_eq!(counts(), known);

    let open = store.open_intents(&set).unwrap()[0].id;
    let transaction = store.transaction().unwrap();
    transaction.close_intent(open, IntentOutcome::Done, None, days(1)).unwrap();
    transaction.commit().unwrap();
    store.count_interrupted(next).unwrap();
    assert_eq!(counts(), RunCounts { created: 3, not_known: 0, ..known }, "the next run has looked it up");

    // What the journal forgets stays counted.
    let transaction = store.transaction().unwrap();
    transaction.prune_intents(days(30)).unwrap();
    transaction.commit().unwrap();
    store.count_interrupted(next).unwrap();
    store.release(lease, days(1)).unwrap();
    run(&store, days(40), RunResult::Done, RunCounts::default());
    assert_eq!(counts().created, 3);
}

/// The window of a guard counts leaves that nobody answered for.
#[test]
fn a_leave_that_a_person_decided_by_name_is_not_in_the_window() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[]);
    let settled = days(-1) + SignedDuration::from_secs(5);
    let counts = RunCounts { left: 3, open_links: 60, ..RunCounts::default() };
    let number = run(&store, days(-1), RunResult::Done, counts);
    let transaction = store.transaction().unwrap();
    for key in ["1", "2", "3"] {
        let life = Life::Left { stage: 1, done: settled, next: None, by_scope: false };
        transaction.put_link(&set, &Link { life, ..link(key, &format!("m{key}")) }).unwrap();
        let id = transaction.open_intent(&set, &Intent { kind: IntentKind::Update, ..intent(number, key) }).unwrap();
        transaction.close_intent(id, IntentOutcome::Done, None, settled).unwrap();
    }
    for (key, choice, made) in [("1", Choice::Leave, days(-2)), ("2", Choice::Keep, days(-2)), ("3", Choice::Leave, now())] {
        let (key, by, why) = (key.to_owned(), "ada".to_owned(), String::new());
        transaction.decide(&set, &Decision { key, choice, account: None, question: None, by, made, why }).unwrap();
    }
    transaction.commit().unwrap();
    let runs = store.baselines(&set, now(), days(-7)).unwrap().runs;
    assert_eq!(runs.iter().map(|run| run.left).collect::<Vec<_>>(), [2], "one was decided before, one after the leave");
}

fn intent(run: i64, key: &str) -> Intent {
    Intent {
        run,
        lease: 1,
        batch: 1,
        key: key.into(),
        step: 0,
        kind: IntentKind::Create,
        operation: "ab".into(),
        attempt: 1,
        token: "t".into(),
        content: "{\"email\": \"a@example.com\"}".into(),
        opened: now(),
    }
}

#[test]
fn an_intent_is_open_until_its_outcome_and_then_holds_no_values() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let number = run(&store, now(), RunResult::Done, RunCounts::default());
    let set = identity().id();
    let transaction = store.transaction().unwrap();
    let first = transaction.open_intent(&set, &intent(number, "1")).unwrap();
    let second = transaction.open_intent(&set, &intent(number, "2")).unwrap();
    transaction.commit().unwrap();
    assert_eq!(
        store.open_intents(&set).unwrap().into_iter().map(|open| open.intent).collect::<Vec<_>>(),
        [intent(number, "1"), intent(number, "2")]
    );
    let later = days(9);
    assert_eq!(store.wrote_since(&set, now(), (0, later)).unwrap(), Some(number));
    assert_eq!(store.wrote_since(&set, now(), (number, later)).unwrap(), None, "a run that the change set knew");
    assert_eq!(store.wrote_since(&set, days(1), (0, later)).unwrap(), None);

    let late = Intent { opened: days(2), ..intent(number, "3") };
    let transaction = store.transaction().unwrap();
    let late = transaction.open_intent(&set, &late).unwrap();
    transaction.close_intent(late, IntentOutcome::Done, None, days(2)).unwrap();
    transaction.commit().unwrap();
    assert_eq!(store.wrote_since(&set, days(1), (0, later)).unwrap(), Some(number), "it began before, and went on");

    let transaction = store.transaction().unwrap();
    transaction.close_intent(first, IntentOutcome::Done, None, now()).unwrap();
    transaction.commit().unwrap();
    assert_eq!(store.open_keys(&set).unwrap(), ["2"]);
    let contents: Vec<Option<String>> = store
        .connection
        .prepare("SELECT content FROM intents ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(contents, [None, Some(intent(number, "2").content), None]);

    let transaction = store.transaction().unwrap();
    transaction.prune_intents(days(30)).unwrap();
    transaction.commit().unwrap();
    assert_eq!(store.open_intents(&set).unwrap()[0].id, second, "an open intent is never forgotten");
}

#[test]
fn an_effect_happens_once_in_a_life() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[]);
    let transaction = store.transaction().unwrap();
    let had = || transaction.had_effect(&set, "1", "a welcome e-mail").unwrap();
    transaction.open_effect(&set, "1", "a welcome e-mail", true, 1).unwrap();
    assert!(had());
    transaction.give_effect_back(&set, "1", "a welcome e-mail").unwrap();
    assert!(!had());
    transaction.open_effect(&set, "1", "a welcome e-mail", true, 1).unwrap();
    transaction.open_effect(&set, "1", "stage 1 call notify", false, 1).unwrap();
    transaction.set_effect(&set, "1", "a welcome e-mail", EffectState::Perhaps).unwrap();
    transaction.give_effect_back(&set, "1", "a welcome e-mail").unwrap();
    transaction.forget_repeatable_effects(&set, "1").unwrap();
    assert!(had());
    assert!(!transaction.had_effect(&set, "1", "stage 1 call notify").unwrap());
    transaction.begin_life(&set, "1").unwrap();
    assert!(!had());
    transaction.commit().unwrap();
    assert_eq!(store.perhaps(&set).unwrap(), [("1".to_owned(), "a welcome e-mail".to_owned())]);
}

#[test]
fn a_newer_change_set_takes_the_place_of_one_that_is_held() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let row = |id: &str, status, at| ChangeSetRow {
        id: id.into(),
        hash: format!("{id}-hash"),
        pipeline: "p".into(),
        link_set: "l".into(),
        file: format!("{id}.json"),
        status,
        made: days(at),
        run: None,
    };
    store.save_change_set(&row("c-1", Status::Ready, 0)).unwrap();
    store.save_change_set(&row("c-2", Status::Held, 1)).unwrap();
    assert_eq!(store.held_change_set("p").unwrap().unwrap().id, "c-2");
    store.save_change_set(&row("c-23", Status::Held, 2)).unwrap();
    let status = |id: &str| store.change_sets_like(id).unwrap().pop().unwrap().status;
    assert_eq!((status("c-1"), status("c-2"), status("c-23")), (Status::Ready, Status::Superseded, Status::Held));
    assert_eq!(store.change_sets_like("c-2").unwrap().len(), 2);
    store.set_status("c-23", Status::Done, Some(7)).unwrap();
    let last = store.last_change_set("p").unwrap().unwrap();
    assert_eq!((last.status, last.run, last.file.as_str()), (Status::Done, Some(7), "c-23.json"));
}

#[test]
fn a_state_recognizes_an_old_copy_by_its_epoch() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let lineage = store.lineage().unwrap();
    assert_eq!(lineage.len(), 16);
    assert_eq!(Store::open(folder.path()).unwrap().lineage().unwrap(), lineage);
    let other = self::folder();
    assert_ne!(Store::open(other.path()).unwrap().lineage().unwrap(), lineage);
    assert_eq!((store.epoch().unwrap(), store.epoch_beside()), (0, None));
    store.raise_epoch().unwrap();
    assert_eq!((store.raise_epoch().unwrap(), store.epoch_beside()), (2, Some(2)));
    for (file, old) in [
        ("2\n", false),
        ("1\n", false),
        ("0\n", true),
        ("9\n", true),
        ("", true),
        ("x", true),
        ("-5", true),
        ("99999999999999999999999", true),
    ] {
        fs::write(folder.path().join("epoch"), file).unwrap();
        assert_eq!(store.is_old_copy().unwrap(), old, "{file}");
    }
    fs::remove_file(folder.path().join("epoch")).unwrap();
    assert!(store.is_old_copy().unwrap(), "without the file");
    fs::write(folder.path().join("epoch"), "2\n").unwrap();
}

#[test]
fn bases_under_a_lost_key_are_forgotten() {
    let folder = folder();
    let mut with_bases = link("1", "a");
    with_bases.bases.insert(5, Base { sent: 1, held: None, before: None, tries: 1 });
    let (store, set) = store_with(folder.path(), std::slice::from_ref(&with_bases));
    let key = store.key();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.key(), key);
    assert_eq!(store.link(&set, "1").unwrap().unwrap(), with_bases);
    drop(store);
    fs::remove_file(folder.path().join("state.key")).unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_ne!(store.key(), key);
    assert!(store.link(&set, "1").unwrap().unwrap().bases.is_empty());
}

/// Without the hashes it can't be seen whose account changed hands.
#[test]
fn a_key_that_was_lost_or_replaced_is_said_until_a_person_has_approved_a_run() {
    let said = ["`state.key` is not the one that this state was written with: which accounts changed hands is not known"];
    for replacement in [None, Some("00".repeat(32)), Some("17".repeat(32))] {
        let folder = folder();
        let (store, set) = store_with(folder.path(), &[link("1", "a")]);
        let recovery = |store: &Store| store.baselines(&set, now(), days(-7)).unwrap().recovery;
        assert_eq!(recovery(&store), [""; 0]);
        drop(store);
        let path = folder.path().join("state.key");
        replacement.map_or_else(|| fs::remove_file(&path).unwrap(), |text| fs::write(&path, text).unwrap());
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(recovery(&store), said);
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        run(&store, now(), RunResult::Done, RunCounts::default());
        assert_eq!(recovery(&store), said, "nobody had to approve it");
        let transaction = store.transaction().unwrap();
        transaction.end_recovery(&set).unwrap();
        transaction.commit().unwrap();
        assert_eq!(recovery(&store), [""; 0]);
    }
}

/// A run that was held has ended as well, so that nobody looks at the time alone.
#[test]
fn that_no_run_ended_for_long_is_said_until_a_person_has_approved_a_run() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[link("1", "a")]);
    assert_eq!(store.last_ended(&set).unwrap(), None);
    run(&store, now(), RunResult::Done, RunCounts::default());
    run(&store, days(1), RunResult::Held, RunCounts::default());
    assert_eq!(store.last_ended(&set).unwrap(), Some(days(1)), "held ones included");
    let silence = Silence { from: days(1), until: days(32) };
    store.remember_silence(&set, silence).unwrap();
    let said = ["no run ended between 2026-03-03 09:00 UTC and 2026-04-03 09:00 UTC: the state may be an older copy that was put back"];
    let recovery = |store: &Store| store.baselines(&set, days(32), days(1)).unwrap().recovery;
    for result in [RunResult::Held, RunResult::Done] {
        assert_eq!(recovery(&store), said);
        run(&store, days(32), result, RunCounts::default());
    }
    store.remember_silence(&set, Silence { from: days(32), until: days(99) }).unwrap();
    assert_eq!(recovery(&store), said, "the first silence is what a person has to know of");
    assert!(store.events(&set).unwrap().in_doubt);
    let transaction = store.transaction().unwrap();
    transaction.end_recovery(&set).unwrap();
    transaction.trust_events(&set).unwrap();
    transaction.commit().unwrap();
    assert_eq!((recovery(&store), store.events(&set).unwrap().in_doubt), (Vec::new(), false));
}

#[test]
fn references_do_not_name_accounts_that_are_missing() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[link("1", "a"), link("2", "b"), link("3", "c")]);
    let missing: MissingAccounts = [("1", "a"), ("3", "another")].map(|(key, account)| (key.into(), account.into())).into();
    let transaction = store.transaction().unwrap();
    transaction.set_missing_accounts(&set, &missing).unwrap();
    transaction.commit().unwrap();
    assert_eq!(store.missing_accounts(&set).unwrap(), missing);
    let usable = store.usable_links_between("lucca_to_rg", None, None).unwrap().unwrap();
    let of = |key: &str| (usable.of_key(key).unwrap().is_retired(), store.counterpart("lucca_to_rg", key).unwrap());
    assert_eq!(of("1"), (true, None));
    assert_eq!(of("2"), (false, Some("b".into())));
    assert_eq!(of("3"), (false, Some("c".into())), "the link has another account by now");
    assert!(store.links(&set).unwrap().iter().all(|link| !link.is_retired()), "the link itself stays as it is");
    let transaction = store.transaction().unwrap();
    transaction.forget_missing("lucca_to_rg", "3").unwrap();
    transaction.commit().unwrap();
    assert_eq!(store.missing_accounts(&set).unwrap().keys().collect::<Vec<_>>(), ["1"]);
}

#[cfg(unix)]
#[test]
fn the_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    Store::open(folder.path()).unwrap();
    let mode = fs::metadata(folder.path().join("state.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn refused(folder: &Path) -> String {
    Store::open(folder).err().expect("refused").to_string()
}

#[test]
fn a_newer_state_is_left_as_it_is() {
    let folder = folder();
    drop(Store::open(folder.path()).unwrap());
    let path = folder.path().join("state.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = refused(folder.path());
    let says = format!("was written by a newer version of counterpart (schema 99, this one knows {})", super::schema::MIGRATIONS.len());
    assert!(error.contains(&says), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_not_a_state_is_left_as_it_is() {
    let folder = folder();
    let path = folder.path().join("state.db");
    fs::write(&path, "these are the notes of somebody, long enough to be read as a header of something, and no database at all").unwrap();
    assert!(refused(folder.path()).contains("is not a state of Counterpart"));
    assert!(fs::read_to_string(&path).unwrap().starts_with("these are"));

    let other = self::folder();
    rusqlite::Connection::open(other.path().join("state.db")).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    assert!(refused(other.path()).contains("is not a state of Counterpart"));
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = refused(&file.join("state"));
    assert!(error.contains("can't be written"), "{error}");
}

#[test]
fn a_full_disk_is_reported_in_a_sentence_and_changes_nothing() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[link("1", "a")]);
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages).unwrap();
    let transaction = store.transaction().unwrap();
    let failure = (0..20_000).find_map(|at| transaction.put_link(&set, &link(&format!("k{at}"), &format!("t{at}"))).err());
    assert!(failure.expect("no room").to_string().starts_with("the disk of `.counterpart` is full"));
    drop(transaction);
    assert_eq!(store.links(&set).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn bases_survive_packing(bases in proptest::collection::btree_map(any::<u64>(), (any::<u64>(), any::<Option<u64>>(), any::<Option<u64>>(), 0u8..64), 0..20)) {
        let bases: Bases = bases.into_iter().map(|(at, (sent, held, before, tries))| {
            (at, Base { sent, held, before: before.filter(|_| held.is_none()), tries })
        }).collect();
        prop_assert_eq!(Bases::unpack(&bases.pack()), bases);
    }
}

/// A word that another version or another hand wrote is an error, and not the result that comes next to it.
#[test]
fn an_unknown_word_of_the_history_is_an_error() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let number = run(&store, now(), RunResult::Done, RunCounts::default());
    store.connection.execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE runs SET result = 'finished'").unwrap();
    let error = store.run(number).unwrap_err().to_string();
    assert!(error.contains("`finished` is not a result of a run"), "{error}");
    drop(store);
    let (store, set) = store_with(folder.path(), &[link("00112", "83021")]);
    store.connection.execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE links SET life = 'paused'").unwrap();
    let error = store.links(&set).err().unwrap().to_string();
    assert!(error.contains("`paused` is not a life of a link"), "{error}");
    for result in [RunResult::Done, RunResult::Held, RunResult::Incomplete, RunResult::Interrupted] {
        assert_eq!(result.word().parse(), Ok(result));
    }
}

/// A call that is made once is made once for an account, whichever of the pipelines that link it comes first.
#[test]
fn what_happens_once_happens_once_for_an_account_of_two_pipelines() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let of = |pipeline: &str, target: &str| LinkSetIdentity {
        pipeline: pipeline.to_owned(),
        key: "e.number".to_owned(),
        source: "hr people".to_owned(),
        target: target.to_owned(),
    };
    let (a, b, c) = (of("a", "app users"), of("b", "app users"), of("c", "other users"));
    let transaction = store.transaction().unwrap();
    for set in [&a, &b, &c] {
        transaction.ensure_link_set(set, now()).unwrap();
    }
    transaction.put_link(&b.id(), &crate::run::tests::fixture::link("21=u1")).unwrap();
    transaction.open_effect(&b.id(), "21", "call mail", true, 1).unwrap();
    transaction.open_effect(&b.id(), "21", "stage 1 call notify", false, 1).unwrap();
    let had = |set: &LinkSetIdentity, account: &str, effect: &str| transaction.had_effect_elsewhere(&set.id(), account, effect).unwrap();
    assert!(had(&a, "u1", "call mail"));
    assert!(!had(&a, "u1", "stage 1 call notify"), "what may be repeated is the business of each");
    assert!(!had(&a, "u2", "call mail") && !had(&c, "u1", "call mail") && !had(&b, "u1", "call mail"));
    transaction.begin_life(&b.id(), "21").unwrap();
    assert!(!had(&a, "u1", "call mail"), "a new account is another life");
}
