use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, people, person};
use crate::run::apply::{Moment, Stop, Watcher, error_rows};
use crate::{
    compile::{Action, system::ErrorClass},
    run::tests::fixture::{Fixture, T_EXTERNAL, T_LAST_NAME, delete_after, replaced, target_of},
    systems::WriteKind,
};
use serde_json::json;
use std::cell::Cell;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_change_set_is_carried_out_and_the_next_run_writes_nothing() {
    let folder = folder();
    let ended = r#""contract_end": "2026-02-27""#;
    let everybody = [person(1, ""), person(2, r#""department": "Sales""#), person(3, ended), person(4, "")].join("\n");
    let mut fixture = ApplyFixture::new(folder.path(), &everybody);
    fixture.members.put(&[member(2, &json!({"division": "Support"})), member(3, &json!({})), member(9, &json!({}))]);

    let first = fixture.run();
    assert_eq!(first.outcomes(), "update 00002 done\ncreate 00001 done\ncreate 00004 done");
    assert_eq!(fixture.life("00003"), "m3 open", "linked now, leaves in the next run");
    let counts = first.applied.counts;
    assert_eq!((counts.created, counts.updated, counts.left, counts.done()), (2, 1, 0, 3));
    assert_eq!(first.applied.effects["a welcome e-mail"], 2);

    let second = fixture.run();
    assert_eq!(second.outcomes(), "leave 00003 done");
    assert_eq!(fixture.life("00003"), "m3 left 1");
    assert_eq!(fixture.members.of("00003")["active"], false);
    assert_eq!(fixture.members.of("00002")["division"], "Sales");
    assert_eq!(fixture.members.of("00009"), member(9, &json!({})), "who is not ours is not touched");
    assert_eq!((fixture.members.mails("p1@example.com"), fixture.members.mails("p2@example.com")), (1, 0));

    let third = fixture.run();
    assert_eq!((third.outcomes().as_str(), third.writes), ("", 0));
    assert!(fixture.store.open_intents(&fixture.set()).unwrap().is_empty());
}

#[test]
fn stages_follow_one_another_and_the_key_outlives_the_account() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture.run();
    assert_eq!(fixture.life("00001"), "m1 left 1, next 2026-05-01");
    fixture.day("2026-04-30");
    assert_eq!(fixture.run().outcomes(), "");
    fixture.day("2026-05-01");
    assert_eq!(fixture.run().outcomes(), "stage 00001 done");
    assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 retired", 0));
    fixture.day("2026-05-02");
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn a_returning_person_is_opened_again() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture.run();
    fixture.planning.source = person(1, r#""department": "Sales""#);
    assert_eq!(fixture.run().outcomes(), "return 00001 done");
    assert_eq!(fixture.life("00001"), "m1 open");
    assert_eq!(
        (fixture.members.of("00001")["active"].clone(), fixture.members.of("00001")["division"].clone()),
        (json!(true), json!("Sales"))
    );
}

#[test]
fn references_wait_for_their_records_and_circles_are_closed_in_a_second_pass() {
    let folder = folder();
    let managed = |number, by| person(number, &format!(r#""manager": {by}"#));
    let mut fixture = ApplyFixture::new(folder.path(), &[managed(1, 2), managed(2, 3), managed(3, 2), person(4, "")].join("\n"));
    let ran = fixture.run();
    assert_eq!(ran.applied.counts.created, 4, "{}", ran.outcomes());
    let id = |key: &str| fixture.members.of(key)["id"].clone();
    for (key, manager) in [("00001", "00002"), ("00002", "00003"), ("00003", "00002")] {
        assert_eq!(fixture.members.of(key)["manager"], id(manager));
    }
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn an_optional_reference_to_a_failed_record_is_completed_later() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &[person(1, r#""manager": 2"#), person(2, ""), person(3, "")].join("\n"));
    refuse_two(&fixture);
    let ran = fixture.run();
    let mut outcomes: Vec<_> = ran.outcomes().lines().map(str::to_owned).collect();
    outcomes.sort();
    assert_eq!(outcomes, ["create 00001 done", "create 00002 failed invalid last_name: Last Name: letters only", "create 00003 done"]);
    let open: Vec<_> = ran.applied.open_references.iter().map(|open| (open.key.as_str(), &*open.attribute, open.names.as_str())).collect();
    assert_eq!(open, [("00001", "manager", "00002")]);
    assert!(fixture.members.of("00001")["manager"].is_null());
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
    fixture.day("2026-03-03");
    assert_eq!(fixture.run().outcomes(), "create 00002 done\nupdate 00001 done");
    assert_eq!(fixture.members.of("00001")["manager"], fixture.members.of("00002")["id"]);
    assert_eq!(fixture.run().writes, 0);
}

/// The account of a manager is gone and can't be made again: nobody gets the dead id.
#[test]
fn a_reference_to_an_account_that_can_not_be_made_again_is_pending() {
    let folder = folder();
    let mut fixture = without_two(folder.path(), "create again");
    fixture.planning.source = [person(1, r#""manager": 2"#), person(2, ""), person(3, "")].join("\n");
    refuse_two(&fixture);
    let ran = fixture.run();
    assert!(ran.outcomes().contains("create 00002 failed"), "{}", ran.outcomes());
    let open: Vec<_> = ran.applied.open_references.iter().map(|open| (open.key.as_str(), &*open.attribute, open.names.as_str())).collect();
    assert_eq!(open, [("00001", "manager", "00002")]);
    assert!(fixture.members.of("00001")["manager"].is_null(), "{:?}", fixture.members.of("00001"));
}

#[test]
fn who_is_unlinked_is_looked_for_as_if_never_linked() {
    let folder = folder();
    let mut fixture = without_two(folder.path(), "unlink");
    fixture.run();
    assert_eq!(fixture.life("00002"), "none");
    assert_eq!(fixture.run().outcomes(), "create 00002 done");
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn who_is_unlinked_is_linked_to_the_account_that_is_back_under_another_id() {
    let folder = folder();
    let mut fixture = without_two(folder.path(), "unlink");
    fixture.run();
    let mut all = fixture.members.all();
    all.push(member(2, &json!({ "id": "m77" })));
    fixture.members.put(&all);
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.created, fixture.life("00002").as_str()), (0, "m77 open"), "{}", ran.outcomes());
    assert_eq!((fixture.run().writes, fixture.members.all().len()), (0, 3));
}

/// Creates accounts for all, and deletes that of 00002 by hand.
fn without_two(folder: &std::path::Path, then: &str) -> ApplyFixture {
    let planning = Fixture::new(&people(1..=3), "", "").line(&format!("on lost counterpart {then}"));
    let mut fixture = ApplyFixture::of(folder, planning);
    fixture.run();
    fixture.planning.proofs.gone.extend(fixture.members.of("00002")["id"].as_str().map(str::to_owned));
    let rest: Vec<_> = fixture.members.all().into_iter().filter(|member| member["external_id"] != "00002").collect();
    fixture.members.put(&rest);
    fixture
}

fn refuse_two(fixture: &ApplyFixture) {
    *fixture.members.failure_rule.borrow_mut() = Box::new(|write, _| {
        let names_two = write.values.iter().any(|(at, value)| *at == T_EXTERNAL && value.as_text() == Some("00002"));
        names_two.then_some(Misbehaviour::Refused(ErrorClass::Invalid, "Last Name: letters only"))
    });
}

#[test]
fn a_required_reference_to_a_failed_record_waits() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(
        folder.path(),
        &[person(1, r#""manager": 2"#), person(2, r#""manager": 3"#), person(3, r#""manager": 3"#)].join("\n"),
    );
    fixture.members.put(&[member(3, &json!({}))]);
    let manager = target_of(&mut fixture.planning.plan).attributes.iter_mut().find(|attribute| attribute.name == "manager").unwrap();
    manager.ty.optional = false;
    refuse_two(&fixture);
    let ran = fixture.run();
    let mut outcomes: Vec<_> = ran.outcomes().lines().map(str::to_owned).collect();
    outcomes.sort();
    assert_eq!(
        outcomes,
        [
            "create 00001 not attempted: waits for 00002",
            "create 00002 failed invalid last_name: Last Name: letters only",
            "update 00003 done"
        ]
    );
    let rows = error_rows(&ran.change_set, &ran.applied);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.key.as_str(), row.code.as_str(), row.attribute.as_deref(), row.line), ("00002", "W0902", Some("last_name"), 30));
    assert_eq!(fixture.life("00002"), "none");
}

#[test]
fn an_account_that_was_changed_meanwhile_is_not_overwritten() {
    let folder = folder();
    let leaver = r#""contract_end": "2026-02-27""#;
    let mut fixture =
        ApplyFixture::new(folder.path(), &[person(1, leaver), person(2, leaver), person(3, leaver), person(4, "")].join("\n"));
    fixture.members.put(&[member(1, &json!({})), member(2, &json!({})), member(3, &json!({})), member(4, &json!({}))]);
    fixture.run();
    fixture.planning.source = replaced(&fixture.planning.source, "p4@", "new4@");
    fixture.meanwhile = Box::new(|members| {
        let mut all = members.all();
        all[1]["active"] = json!(false);
        all[3]["email"] = json!("by.hand@example.com");
        all.remove(2);
        members.put(&all);
    });
    let ran = fixture.run();
    assert_eq!(
        ran.outcomes(),
        "leave 00001 done\nleave 00002 done\nleave 00003 conflict: the account is missing\nupdate 00004 conflict: `email` was changed by somebody else meanwhile"
    );
    assert_eq!(ran.writes, 1, "who is closed already is not written again");
    assert_eq!((fixture.life("00002").as_str(), fixture.life("00003").as_str()), ("m2 left 1", "m3 open"));
    assert_eq!(fixture.members.of("00004")["email"], "by.hand@example.com");
}

#[test]
fn an_account_protected_since_the_plan_is_not_touched() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    let words = "protect when current.division == \"Admins\" as \"an administrator\"\n    on return";
    fixture.planning.plan.leavers = Fixture::new("", "", "").edit("on return", words).plan.pipeline.leavers;
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture.meanwhile = Box::new(|members| members.put(&[member(1, &json!({"division": "Admins"}))]));
    assert_eq!(fixture.run().outcomes(), "leave 00001 conflict: protected by now: an administrator");
    assert_eq!(fixture.members.of("00001")["active"], true);
}

#[test]
fn a_target_without_get_is_reported_as_unchecked() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    target_of(&mut fixture.planning.plan).get = None;
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.applied.counts.unchecked), ("leave 00001 done", 1));
}

#[test]
fn a_lost_answer_is_looked_up_and_adopted() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=3));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 2).then_some(Misbehaviour::LostAfter));
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.created, ran.writes), (3, 3));
    assert_eq!(fixture.members.all().len(), 3);
    assert!((1..=3).all(|number| fixture.members.mails(&format!("p{number}@example.com")) == 1));
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn a_lost_request_is_sent_once_more() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=3));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 2).then_some(Misbehaviour::LostBefore));
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.created, ran.writes), (3, 4));
    assert!((1..=3).all(|number| fixture.members.mails(&format!("p{number}@example.com")) == 1));
}

#[test]
fn a_request_that_is_lost_twice_failed() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::LostBefore));
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes), ("create 00001 failed temporary: no answer, and nothing was written", 2));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
    assert_eq!(fixture.run().outcomes(), "create 00001 done");
    assert_eq!(fixture.members.mails("p1@example.com"), 1);
}

#[test]
fn a_lagging_index_causes_no_duplicate() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    let collection = target_of(&mut fixture.planning.plan);
    collection.attributes[T_EXTERNAL].unique = false;
    collection.finds = vec![(T_EXTERNAL, call("GET"))];
    collection.consistent_within = 1;
    fixture.members.lag.set(1);
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Misbehaviour::LostAfter));
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes, fixture.members.all().len()), ("create 00001 done", 1, 1));
    assert_eq!(fixture.members.mails("p1@example.com"), 1);
    assert_eq!((fixture.run().writes, fixture.members.mails("p1@example.com")), (0, 1));
}

#[test]
fn a_refused_create_does_not_wait_for_an_index() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
    let collection = target_of(&mut fixture.planning.plan);
    collection.consistent_within = 3600;
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Refused(ErrorClass::Conflict, "taken")));
    let started = std::time::Instant::now();
    let outcomes = fixture.run().outcomes();
    assert_eq!(outcomes.lines().filter(|line| line.contains("no account with the same values is found")).count(), 2, "{outcomes}");
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn an_answer_without_an_id_is_followed_by_a_look_up() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::NoId));
    assert_eq!(fixture.run().applied.counts.created, 2);
    assert_eq!(fixture.life("00001"), format!("{} open", fixture.members.of("00001")["id"].as_str().unwrap()));
}

#[test]
fn an_existing_account_is_named_and_not_taken_over() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    fixture.meanwhile = Box::new(|members| members.put(&[member(1, &json!({"id": "m77"}))]));
    let ran = fixture.run();
    assert_eq!(ran.outcomes(), "create 00001 conflict: exists: m77 of rewards.members has the same values");
    assert_eq!(fixture.life("00001"), "none");
}

#[test]
fn a_lost_update_is_sent_once_more_if_it_had_no_effect() {
    for (misbehaviour, writes) in [(Misbehaviour::LostAfter, 1), (Misbehaviour::LostBefore, 2)] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""department": "Sales""#));
        fixture.members.put(&[member(1, &json!({}))]);
        *fixture.members.failure_rule.borrow_mut() = Box::new(move |_, number| (number == 1).then(|| misbehaviour.clone()));
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 done", writes));
        assert_eq!(fixture.members.of("00001")["division"], "Sales");
    }
}

#[test]
fn a_call_marked_once_is_never_sent_twice() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    target_of(&mut fixture.planning.plan).named = vec![("farewell".into(), call("POST"))];
    fixture.planning.plan.leavers[0].actions.push(Action::Call { call: 0, once: true, span: crate::diagnose::Span::default() });
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    *fixture.members.failure_rule.borrow_mut() =
        Box::new(|write, _| matches!(write.kind, WriteKind::Call(_)).then_some(Misbehaviour::LostAfter));
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.applied.perhaps), ("leave 00001 perhaps not sent: farewell", 1));
    assert_eq!(fixture.members.of("00001")["called"], 1);
    assert_eq!(fixture.store.perhaps(&fixture.set()).unwrap(), [("00001".to_owned(), "call farewell".to_owned())]);
    // Comes back and leaves again: still once in a life.
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
    let leaver = std::mem::replace(&mut fixture.planning.source, people(1..=1));
    fixture.run();
    fixture.planning.source = leaver;
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    assert_eq!(fixture.members.of("00001")["called"], 1);
}

#[test]
fn refused_credentials_stop_at_once() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=50));
    *fixture.members.failure_rule.borrow_mut() =
        Box::new(|_, number| (number == 5).then_some(Misbehaviour::Refused(ErrorClass::Auth, "token expired")));
    let ran = fixture.run();
    assert_eq!(ran.applied.stopped, Some(Stop::Auth("token expired".into())));
    assert!(ran.writes <= 5 + fixture.members.at_once, "{}", ran.writes);
    let counts = ran.applied.counts;
    assert_eq!((counts.failed, counts.created + counts.not_attempted), (1, 49));
    assert!(ran.outcomes().contains("not attempted: the target refuses the credentials: token expired"));
    assert!(fixture.store.open_intents(&fixture.set()).unwrap().is_empty(), "what was not sent is known not to be");
}

/// The client sends nothing more after a 401: whoever waited at that moment was not attempted, whatever order the answers come in.
#[test]
fn who_was_not_sent_since_another_was_refused_is_not_attempted() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=3));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| {
        Some(if number == 2 { Misbehaviour::Refused(ErrorClass::Auth, "token expired") } else { Misbehaviour::Unsent(ErrorClass::Auth) })
    });
    let ran = fixture.run();
    assert_eq!(ran.applied.stopped, Some(Stop::Auth("token expired".into())));
    assert_eq!((ran.applied.counts.failed, ran.applied.counts.not_attempted), (1, 2), "{}", ran.outcomes());
    assert!(fixture.store.open_intents(&fixture.set()).unwrap().is_empty());
}

#[test]
fn a_failing_target_is_left_alone() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=100));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Refused(ErrorClass::Temporary, "503")));
    let ran = fixture.run();
    assert_eq!(ran.applied.stopped, Some(Stop::Failures("stopped after 20 failures in a row".into())));
    assert!(ran.writes < 20 + 2 * fixture.members.at_once, "{}", ran.writes);
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
    assert_eq!(fixture.run().applied.counts.created, 100);
    assert!((1..=100).all(|number| fixture.members.mails(&format!("p{number}@example.com")) == 1));
}

#[test]
fn one_bad_record_fails_alone() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=60));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|write, _| {
        let bad = write.values.iter().any(|(at, value)| *at == T_LAST_NAME && value.as_text() == Some("N7"));
        bad.then_some(Misbehaviour::Refused(ErrorClass::Invalid, "no"))
    });
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.created, ran.applied.counts.failed), (59, 1));
    assert_eq!(ran.applied.stopped, None);
}

#[test]
fn an_old_read_closes_no_account() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture.planning.source.push_str(&format!("\n{}", person(2, "")));
    fixture.later = jiff::SignedDuration::from_hours(7);
    let ran = fixture.run();
    assert_eq!(ran.outcomes(), "leave 00001 not attempted: what was read is 7 h old, and that is too old for it\ncreate 00002 done");
    fixture.later = jiff::SignedDuration::from_hours(25);
    fixture.planning.source = people(2..=3);
    let old = "not attempted: what was read is 25 h old, and that is too old for it";
    assert_eq!(fixture.run().outcomes(), format!("leave 00001 {old}\ncreate 00003 {old}"));
}

/// Asks to stop after so many outcomes.
struct Impatient<'w> {
    cancel: &'w tokio::sync::watch::Sender<bool>,
    after: usize,
}

impl Watcher for Impatient<'_> {
    fn settled(&self, _: &crate::run::change_set::Operation, _: &crate::run::change_set::Outcome, number: usize, _: usize) {
        if number == self.after {
            self.cancel.send_replace(true);
        }
    }
}

#[test]
fn an_interrupt_waits_for_requests_under_way_and_the_next_run_continues() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=40));
    let cancel = fixture.cancel.clone();
    let ran = fixture.run_watched(&Impatient { cancel: &cancel, after: 10 });
    assert_eq!(ran.applied.stopped, Some(Stop::Cancelled));
    let joined = ran.applied.counts.created;
    assert!((10..=10 + 4).contains(&joined), "{joined}");
    assert_eq!(fixture.members.all().len() as u64, joined, "everything sent has its outcome");
    assert!(fixture.store.open_intents(&fixture.set()).unwrap().is_empty());
    cancel.send_replace(false);
    assert_eq!(fixture.run().applied.counts.created, 40 - joined);
}

/// Looks into the journal whenever something is durable.
struct Auditor<'w> {
    fixture: &'w std::path::Path,
    set: String,
    most: Cell<usize>,
}

impl Watcher for Auditor<'_> {
    fn at(&self, moment: Moment) {
        if moment == Moment::Intended {
            let store = crate::state::Store::open(self.fixture).unwrap();
            self.most.set(self.most.get().max(store.open_intents(&self.set).unwrap().len()));
        }
    }
}

#[test]
fn few_intents_are_open_and_few_requests_under_way() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=100));
    let auditor = Auditor { fixture: folder.path(), set: fixture.set(), most: Cell::new(0) };
    assert_eq!(fixture.run_watched(&auditor).applied.counts.created, 100);
    assert_eq!(fixture.members.most_under_way.get(), 4, "as many as the target takes");
    assert!((4..=8).contains(&auditor.most.get()), "{}", auditor.most.get());
}

#[test]
fn a_target_that_takes_many_gets_them_together() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=300));
    fixture.members.batch = usize::MAX;
    fixture.members.at_once = 1;
    assert_eq!(fixture.run().applied.counts.created, 300);
    assert_eq!(fixture.members.calls.get(), 1);
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn a_run_that_was_taken_over_sends_nothing_more() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=40));
    struct Thief<'f>(&'f std::path::Path, Cell<u32>);
    impl Watcher for Thief<'_> {
        fn at(&self, moment: Moment) {
            self.1.set(self.1.get() + u32::from(moment == Moment::Intended));
            if self.1.get() == 2 && moment == Moment::Intended {
                std::fs::remove_file(self.0.join("fixture.lock")).unwrap();
                let store = crate::state::Store::open(self.0).unwrap();
                std::mem::forget(store.lease("fixture", "thief", "2026-03-02T10:00:00Z".parse().unwrap()).unwrap());
            }
        }
    }
    let ran = fixture.run_watched(&Thief(folder.path(), Cell::new(0)));
    assert_eq!(ran.applied.stopped, Some(Stop::LeaseLost));
    assert!(ran.writes < 40, "{}", ran.writes);
    assert_eq!(fixture.members.all().len() as u64, ran.applied.counts.created);
}

#[test]
fn the_journal_holds_no_secret() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    let collection = target_of(&mut fixture.planning.plan);
    collection.attributes[T_LAST_NAME].secret = true;
    fixture.planning.source = replaced(&fixture.planning.source, "N1", "hunter2");
    struct Reader<'f>(&'f std::path::Path, String, Cell<bool>);
    impl Watcher for Reader<'_> {
        fn at(&self, moment: Moment) {
            if moment == Moment::Intended {
                let open = crate::state::Store::open(self.0).unwrap().open_intents(&self.1).unwrap();
                assert!(open.iter().all(|open| open.intent.content.contains("p1@example.com") && !open.intent.content.contains("hunter2")));
                self.2.set(!open.is_empty());
            }
        }
    }
    let reader = Reader(folder.path(), fixture.set(), Cell::new(false));
    fixture.run_watched(&reader);
    assert!(reader.2.get());
    assert_eq!(fixture.members.of("00001")["last_name"], "hunter2");
}

/// What is protected until some day is so on the day of the write.
#[test]
fn an_account_protected_until_a_day_or_an_hour_is_not_touched() {
    let attributes = "welcome_mail : bool? write only effect \"a welcome e-mail\" at $.welcome_mail";
    let with_ends = format!("{attributes}\n      day : date? at $.day\n      hour : datetime? at $.hour");
    for (condition, change) in
        [("current.day >= today", json!({"day": "2026-03-02"})), ("current.hour > now", json!({"hour": "2026-03-02T09:00:01Z"}))]
    {
        let folder = folder();
        let words = format!("protect when {condition} as \"an administrator\"\n    on return");
        let edits = [(attributes, with_ends.as_str()), ("on return", words.as_str())];
        let planning = Fixture::edited(&edits, &person(1, r#""contract_end": "2026-02-27""#), "", "");
        let mut fixture = ApplyFixture::of(folder.path(), planning);
        fixture.members.put(&[member(1, &json!({}))]);
        fixture.run();
        fixture.meanwhile = Box::new(move |members| members.put(&[member(1, &change)]));
        assert_eq!(fixture.run().outcomes(), "leave 00001 conflict: protected by now: an administrator", "{condition}");
        assert_eq!(fixture.members.of("00001")["active"], true);
    }
}

/// A value that one account gives up is free only once it is given up.
#[test]
fn whoever_takes_a_value_waits_for_the_account_that_gives_it_up() {
    let source = |number: usize, email: &str| person(number, "").replacen(&format!("p{number}@example.com"), email, 1);
    for refused in [false, true] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &[source(1, "new@example.com"), source(2, "p1@example.com")].join("\n"));
        fixture.members.put(&[member(1, &json!({})), member(2, &json!({}))]);
        if refused {
            *fixture.members.failure_rule.borrow_mut() = Box::new(|write, _| {
                let new = write.values.iter().any(|(_, value)| value.as_text() == Some("new@example.com"));
                new.then_some(Misbehaviour::Refused(ErrorClass::Invalid, "Email: unknown host"))
            });
        }
        let ran = fixture.run();
        let expected = if refused {
            "update 00001 failed invalid email: Email: unknown host\nupdate 00002 not attempted: waits for 00001"
        } else {
            "update 00001 done\nupdate 00002 done"
        };
        assert_eq!(ran.outcomes(), expected);
        assert_eq!(fixture.members.of("00002")["email"], if refused { "p2@example.com" } else { "p1@example.com" });
    }
}

/// The delete never arrived: it is sent a second time, and no third.
#[test]
fn a_delete_that_got_lost_is_looked_up_and_sent_again() {
    for (lost, writes) in [(Misbehaviour::LostBefore, 2), (Misbehaviour::LostAfter, 1)] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
        fixture.planning.plan.leavers[0].actions = delete_after(0).actions;
        fixture.members.put(&[member(1, &json!({}))]);
        fixture.run();
        *fixture.members.failure_rule.borrow_mut() = Box::new(move |_, number| (number == 1).then(|| lost.clone()));
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), ("leave 00001 done", writes));
        assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 retired", 0));
    }
}

/// Somebody edits the new account before its answer is lost: by what the first line of `match` compares it is still ours.
#[test]
fn a_new_account_that_was_edited_meanwhile_is_known_by_its_key() {
    for (field, value, outcome) in [
        ("division", json!("Support"), "create 00001 done"),
        ("last_name", json!("Edited"), "create 00001 done"),
        ("external_id", json!("00700"), "create 00001 conflict: "),
    ] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""department": "Sales""#));
        let file = folder.path().join("members.json");
        *fixture.members.struck.borrow_mut() = Box::new(move |_| {
            let mut all: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            all[0][field] = value.clone();
            std::fs::write(&file, serde_json::to_vec(&all).unwrap()).unwrap();
        });
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Misbehaviour::LostAfter));
        let ran = fixture.run();
        assert!(ran.outcomes().starts_with(outcome), "{field}: {}", ran.outcomes());
        assert_eq!(fixture.members.all().len(), 1, "{field}");
    }
}
