//! Answers that speak of another record than the one that was written, or of none.

use super::apply_fixture::{ApplyFixture, Misbehaviour, member, people, person};
use crate::{
    compile::system::{ErrorClass, Lists},
    run::{
        apply::error_rows,
        tests::fixture::{T_EMAIL, delete_after, target_of},
    },
    systems::{Write, WriteKind},
};
use serde_json::{Value as Json, json};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn creates_are(fixture: &ApplyFixture, misbehaviour: impl Fn(usize) -> Option<Misbehaviour> + 'static) {
    let rule = move |write: &Write, number| if write.kind == WriteKind::Create { misbehaviour(number) } else { None };
    *fixture.members.failure_rule.borrow_mut() = Box::new(rule);
}

fn without_calls(fixture: &mut ApplyFixture) {
    let collection = target_of(&mut fixture.planning.plan);
    (collection.get, collection.finds) = (None, Vec::new());
}

/// Somebody whom no line of `match` finds.
fn stranger() -> Json {
    json!({"id": "x9", "external_id": null, "email": null, "last_name": "Somebody else", "active": true})
}

#[test]
fn an_answer_that_names_an_account_that_was_there_links_nobody() {
    for known in [stranger(), json!({"id": "x9", "external_id": "00700", "email": "else@example.com", "last_name": "N1", "active": true})] {
        for finds in [true, false] {
            let folder = folder();
            let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
            fixture.members.at_once = 1;
            if !finds {
                without_calls(&mut fixture);
            }
            fixture.members.put(std::slice::from_ref(&known));
            let shown = known.clone();
            creates_are(&fixture, move |number| (number == 1).then(|| Misbehaviour::ShowsOnly(shown.clone())));
            let ran = fixture.run();
            let said = "create 00001 conflict: answered with another record: x9 of rewards.members was there before\ncreate 00002 done";
            assert_eq!(ran.outcomes(), said);
            assert_eq!(fixture.life("00001"), "none");
            let held = fixture.run();
            assert_eq!((held.writes, held.change_set.findings[0].kind.word()), (0, "exists"), "{}", held.outcomes());
            assert!(held.change_set.findings[0].detail.ends_with("; not sent again before something changes, or `retry` asks for it"));
        }
    }
}

#[test]
fn an_answer_that_repeats_what_was_sent_beside_the_id_of_an_account_that_was_there_links_nobody() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    without_calls(&mut fixture);
    fixture.members.put(&[stranger()]);
    let parroted = json!({"id": "x9", "external_id": "00001", "email": "p1@example.com", "last_name": "N1", "active": true});
    creates_are(&fixture, move |_| Some(Misbehaviour::ShowsOnly(parroted.clone())));
    let said = "create 00001 conflict: answered with another record: x9 of rewards.members was there before";
    assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00001").as_str()), (said, "none"));
    assert_eq!(fixture.members.all(), [stranger()]);
}

/// An account that the list leaves out has the address, and no line of `match` asks for it.
#[test]
fn a_unique_value_that_no_read_shows_is_asked_for_before_a_create() {
    for lists_all in [false, true] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
        fixture.members.unique = false;
        let collection = target_of(&mut fixture.planning.plan);
        (collection.lists, collection.file) = (lists_all.then_some(Lists::All), None);
        collection.attributes[T_EMAIL].unique = true;
        fixture.planning.plan.rules.retain(|rule| rule.parts.iter().all(|part| part.attribute != T_EMAIL));
        let closed = json!({"id": "x9", "external_id": "00700", "email": "p1@example.com", "last_name": "Else", "active": false});
        fixture.meanwhile = Box::new(move |members| members.put(std::slice::from_ref(&closed)));
        let outcomes = fixture.run().outcomes();
        let held = "create 00001 conflict: exists: x9 of rewards.members has the same values, which nobody had when it was planned";
        assert_eq!(outcomes.starts_with(held), !lists_all, "{outcomes}");
        assert!(outcomes.ends_with("create 00002 done"), "{outcomes}");
    }
}

#[test]
fn one_id_in_two_answers_links_one_person_and_the_run_goes_on() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=4));
    fixture.members.at_once = 1;
    without_calls(&mut fixture);
    creates_are(&fixture, |number| (number == 2).then(|| Misbehaviour::Shows(json!({"id": "m1"}))));
    let ran = fixture.run();
    let said = "create 00002 conflict: answered with another record: m1 of rewards.members is linked to 00001";
    assert_eq!(ran.outcomes(), format!("create 00001 done\n{said}\ncreate 00003 done\ncreate 00004 done"));
    assert_eq!((fixture.life("00001").as_str(), fixture.life("00002").as_str()), ("m1 open", "none"));
    fixture.run();
    assert_eq!(fixture.life("00002"), "m2 open", "the next read shows the account that was made");
}

#[test]
fn the_account_of_somebody_linked_is_never_linked_twice() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    fixture.run();
    fixture.planning.source = people(1..=2);
    creates_are(&fixture, |_| Some(Misbehaviour::ShowsOnly(member(1, &json!({})))));
    let said = "create 00002 conflict: answered with another record: m1 of rewards.members is linked to 00001";
    assert_eq!(fixture.run().outcomes(), said);
    assert_eq!((fixture.life("00001").as_str(), fixture.run().writes), ("m1 open", 0));
}

#[test]
fn an_answer_with_another_number_is_about_another_record_and_one_in_other_letters_is_not() {
    for (shown, linked) in [
        (json!({"id": "m1", "external_id": "00009", "email": "p1@example.com"}), false),
        (json!({"id": "m1", "external_id": "1", "email": "P1@Example.com"}), true),
        (json!({"id": "m1", "external_id": "00001", "email": "p2@example.com"}), false),
        (json!({"id": "m1", "last_name": "n1 (new)"}), true),
    ] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
        without_calls(&mut fixture);
        let answer = shown.clone();
        creates_are(&fixture, move |_| Some(Misbehaviour::Shows(answer.clone())));
        let ran = fixture.run().outcomes();
        assert_eq!(ran == "create 00001 done", linked, "{shown}: {ran}");
        fixture.run();
        assert_eq!(fixture.life("00001"), "m1 open");
    }
}

#[test]
fn a_create_whose_answer_proves_nothing_is_never_sent_twice_in_a_run() {
    for unique in [true, false] {
        for done in [true, false] {
            let folder = folder();
            let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
            fixture.members.unique = false;
            target_of(&mut fixture.planning.plan).attributes.iter_mut().for_each(|attribute| attribute.unique &= unique);
            // The index shows the account after three look-ups.
            fixture.members.lag.set(3);
            creates_are(&fixture, move |_| Some(Misbehaviour::Babbled(done)));
            let ran = fixture.run();
            assert_eq!(
                (ran.outcomes().as_str(), ran.writes),
                ("create 00001 unknown: answers with a web page; it is not to be found yet", 1)
            );
            fixture.members.lag.set(0);
            creates_are(&fixture, |_| None);
            assert_eq!(fixture.run().writes, usize::from(!done));
            assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 open", 1));
        }
    }
}

#[test]
fn a_declared_delay_is_waited_for_even_where_the_value_is_unique() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    fixture.members.unique = false;
    let collection = target_of(&mut fixture.planning.plan);
    (collection.consistent_within, collection.declares_consistency) = (1, true);
    fixture.members.lag.set(1);
    creates_are(&fixture, |_| Some(Misbehaviour::LostAfter));
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes, fixture.members.all().len()), ("create 00001 done", 1, 1));
}

#[test]
fn a_create_refused_as_not_unique_waits_until_something_changes() {
    let refused = Misbehaviour::Refused(ErrorClass::Conflict, "taken");
    for finds in [true, false] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
        target_of(&mut fixture.planning.plan).consistent_within = 60;
        if !finds {
            without_calls(&mut fixture);
        }
        let refusal = refused.clone();
        creates_are(&fixture, move |_| Some(refusal.clone()));
        let ran = fixture.run();
        assert!(ran.outcomes().starts_with("create 00001 conflict: refused as not unique (taken)"), "{}", ran.outcomes());
        for day in ["2026-03-03", "2026-04-03"] {
            fixture.day(day);
            let held = fixture.run();
            assert_eq!((held.writes, held.change_set.findings[0].kind.word()), (0, "exists"));
        }
        creates_are(&fixture, |_| None);
        fixture.planning.source = person(1, r#""department": "Sales""#);
        assert_eq!(fixture.run().outcomes(), "create 00001 done", "another create");
    }
}

#[test]
fn another_execution_plan_tries_what_was_refused() {
    for refusal in [Misbehaviour::Refused(ErrorClass::Conflict, "taken"), Misbehaviour::Refused(ErrorClass::Invalid, "no")] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
        creates_are(&fixture, move |_| Some(refusal.clone()));
        fixture.run();
        creates_are(&fixture, |_| None);
        assert_eq!(fixture.run().writes, 0);
        fixture.planning.plan.hash = "another".to_owned();
        assert_eq!(fixture.run().outcomes(), "create 00001 done");
    }
}

/// What never left is no refusal: no account of the target has been asked, and mending the file or the value may be done at once.
#[test]
fn a_write_that_could_not_be_made_is_no_refusal_and_does_not_wait() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    for _ in 0..3 {
        creates_are(&fixture, |_| Some(Misbehaviour::NotMade("`email` holds a control character, which XML can't hold")));
        let ran = fixture.run();
        assert_eq!(ran.outcomes(), "create 00001 not made email: `email` holds a control character, which XML can't hold");
        assert_eq!((ran.writes, ran.applied.counts.failed), (1, 1));
        let rows = error_rows(&ran.change_set, &ran.applied);
        assert_eq!((rows[0].code.as_str(), rows[0].attribute.as_deref()), ("W0910", Some("email")));
        assert!(rows[0].line > 0);
    }
    creates_are(&fixture, |_| None);
    assert_eq!(fixture.run().outcomes(), "create 00001 done", "on the same day");
}

/// The same account a day after the target itself has refused it: then it waits.
#[test]
fn what_could_not_be_made_after_a_refusal_waits_no_longer_than_the_refusal() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    creates_are(&fixture, |_| Some(Misbehaviour::Refused(ErrorClass::Invalid, "no")));
    assert_eq!(fixture.run().writes, 1);
    creates_are(&fixture, |_| Some(Misbehaviour::NotMade("`email` has no form")));
    assert_eq!(fixture.run().writes, 0, "refused today");
    fixture.day("2026-03-04");
    assert_eq!((fixture.run().writes, fixture.run().writes), (1, 1));
}

fn leaving(folder: &std::path::Path) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder, &person(1, r#""contract_end": "2026-02-27""#));
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture
}

#[test]
fn a_close_that_was_refused_is_tried_in_the_next_run() {
    for delete in [false, true] {
        let folder = folder();
        let mut fixture = leaving(folder.path());
        if delete {
            fixture.planning.plan.leavers[0].actions = delete_after(1).actions;
        }
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Refused(ErrorClass::Invalid, "no")));
        for _ in 0..3 {
            assert_eq!(fixture.run().applied.counts.failed, 1);
        }
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
        assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    }
}

#[test]
fn a_delete_that_does_not_find_what_was_just_read_proves_nothing() {
    for has_get in [true, false] {
        let folder = folder();
        let mut fixture = leaving(folder.path());
        fixture.planning.plan.leavers[0].actions = delete_after(1).actions;
        if !has_get {
            target_of(&mut fixture.planning.plan).get = None;
        }
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Refused(ErrorClass::Gone, "no such page")));
        for _ in 0..2 {
            let ran = fixture.run();
            assert_eq!(ran.applied.counts.failed + ran.applied.counts.unknown, 1, "{}", ran.outcomes());
            assert_eq!(fixture.life("00001"), "m1 open");
        }
        fixture.members.put(&[]);
        if has_get {
            fixture.planning.proofs.gone.insert("m1".into());
        }
        fixture.run();
        assert_eq!(fixture.life("00001"), "m1 retired", "the next read shows that it is gone");
    }
}

#[test]
fn what_get_does_not_find_and_the_list_shows_is_not_deleted_yet() {
    let folder = folder();
    let mut fixture = leaving(folder.path());
    fixture.planning.plan.leavers[0].actions = delete_after(1).actions;
    fixture.meanwhile = Box::new(|members| members.put(&[]));
    let ran = fixture.run();
    assert_eq!((ran.writes, ran.applied.counts.unknown), (0, 1));
    assert_eq!(fixture.life("00001"), "m1 open");
    fixture.planning.proofs.gone.insert("m1".into());
    assert_eq!(fixture.run().outcomes(), "");
    assert_eq!(fixture.life("00001"), "m1 retired");
}

/// A wrong `match` or a target with accounts of its own: each create is refused as not unique, and a thousand would be.
#[test]
fn many_creates_refused_as_not_unique_stop_the_run() {
    for finds in [true, false] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &people(1..=200));
        if !finds {
            without_calls(&mut fixture);
        }
        creates_are(&fixture, |_| Some(Misbehaviour::Refused(ErrorClass::Conflict, "taken")));
        let ran = fixture.run();
        assert!((20..100).contains(&ran.writes), "{} writes", ran.writes);
        assert!(ran.outcomes().contains("not attempted"), "{}", ran.outcomes());
    }
}

/// What has the values of a new account was there before anybody could know of it.
#[test]
fn a_create_refused_as_not_unique_says_whose_the_account_is() {
    let mail =
        |id: &str, number: &str| json!({"id": id, "external_id": number, "email": "p2@example.com", "last_name": "N2", "active": true});
    for (others, said) in [
        (vec![mail("m1", "00001")], "create 00002 conflict: exists: m1 of rewards.members has the same values and is linked to 00001"),
        (vec![mail("m8", "00008")], "create 00002 conflict: exists: m8 of rewards.members has the same values"),
        (vec![mail("m8", "00008"), mail("m9", "00009")], "create 00002 conflict: several of rewards.members have the same values: m9, m8"),
    ] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
        fixture.planning.source = people(1..=1);
        fixture.members.put(&[member(1, &json!({}))]);
        fixture.run();
        fixture.planning.source = people(1..=2);
        fixture.meanwhile = Box::new(move |members| members.put(&others));
        assert_eq!(fixture.run().outcomes(), said);
    }
}

/// Two records of one id are one account; who stands behind them in the list was read all the same.
#[test]
fn an_account_behind_two_records_of_one_id_was_there_before() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    without_calls(&mut fixture);
    fixture.members.put(&[member(7, &json!({})), member(7, &json!({})), stranger()]);
    creates_are(&fixture, |_| Some(Misbehaviour::ShowsOnly(stranger())));
    let said = "create 00001 conflict: answered with another record: x9 of rewards.members was there before";
    assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00001").as_str()), (said, "none"));
}

#[test]
fn an_answer_that_names_nobody_says_what_is_lacking() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=1));
    without_calls(&mut fixture);
    creates_are(&fixture, |_| Some(Misbehaviour::NoId));
    assert_eq!(
        fixture.run().outcomes(),
        "create 00001 unknown: rewards.members answered, and nothing in its answer is the `id` of the new record: the next complete read \
         will tell. Correct where the answer has it (`item`, or the key's `at`), or add a `find by`"
    );
}
