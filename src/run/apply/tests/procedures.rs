//! Procedures of leavers with later steps: accounts that are open again, identities, and calls that are made after all.

use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, person};
use crate::{
    compile::{Action, Stage, system::ErrorClass},
    run::tests::fixture::{Fixture, delete_after, render, replaced, target_of},
    state::{
        decisions::{Choice, Decision},
        link::{Bases, Link},
    },
    systems::WriteKind,
    value::Span,
};
use serde_json::json;

/// A leave that deletes at once.
const DELETES: (&str, &str) = ("    set  active = false\n    on return { set active = true }", "    delete");

const ENDED: &str = r#""contract_end": "2026-02-27""#;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A person whose account was made by the first run and closed by the second, with edits of the pipeline; a delete is due on 2026-05-01.
fn closed(folder: &std::path::Path, edits: &[(&str, &str)]) -> ApplyFixture {
    let mut fixture = ApplyFixture::of(folder, Fixture::new(&person(1, ""), "", "").edits(edits));
    if fixture.planning.plan.leavers[0].stages.is_empty() {
        fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    }
    assert_eq!(fixture.run().outcomes(), "create 00001 done");
    fixture.planning.source = person(1, ENDED);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    fixture
}

fn held(fixture: &mut ApplyFixture) -> String {
    let set = fixture.run().change_set;
    render(&set).lines().find(|line| line.starts_with("held")).unwrap_or_default().to_owned()
}

/// Changes what the target has of the only account.
fn changed(fixture: &ApplyFixture, more: &serde_json::Value) {
    let mut account = fixture.members.all().remove(0);
    account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fixture.members.put(&[account]);
}

#[test]
fn with_enforce_an_account_that_is_open_when_a_delete_is_due_is_closed_and_deleted_later() {
    let folder = folder();
    let mut fixture = closed(folder.path(), &[("    set  active = false", "    enforce\n    set  active = false")]);
    changed(&fixture, &json!({ "active": true }));
    fixture.day("2026-05-02");
    let ran = fixture.run();
    assert!(render(&ran.change_set).contains("(was opened again by somebody) active:true→false"), "{}", render(&ran.change_set));
    assert_eq!((fixture.members.all()[0]["active"].clone(), fixture.members.all().len()), (json!(false), 1));
    assert_eq!(fixture.run().outcomes(), "stage 00001 done");
    assert_eq!(fixture.members.all().len(), 0);
}

#[test]
fn with_enforce_it_is_closed_even_if_the_procedure_was_edited_or_who_left_is_out_of_scope() {
    let (edited, out_of_scope) = (folder(), folder());
    let enforce = ("    set  active = false", "    enforce\n    set  active = false");
    let mut fixture = closed(edited.path(), &[enforce]);
    changed(&fixture, &json!({ "active": true }));
    fixture.planning.plan.leavers[0].stages[0].actions =
        vec![Action::Call { call: 0, once: false, span: crate::diagnose::Span::default() }];
    target_of(&mut fixture.planning.plan).named = vec![("archive".into(), call("POST"))];
    assert_eq!(fixture.run().outcomes(), "stage 00001 done");
    assert_eq!(fixture.members.all()[0]["active"], json!(false));
    assert!(held(&mut fixture).contains("procedure changed"), "what follows still waits for a person");

    let by_scope = ("as \"contract ended\"", "as \"contract ended\"\n    when out of scope");
    let mut fixture = ApplyFixture::of(out_of_scope.path(), Fixture::new(&person(1, ""), "", "").edits(&[enforce, by_scope]));
    fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    fixture.run();
    fixture.planning.source = person(1, r#""department": "Contractors""#);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    for day in ["2026-03-20", "2026-05-02"] {
        changed(&fixture, &json!({ "active": true }));
        fixture.day(day);
        assert_eq!(fixture.run().outcomes(), "stage 00001 done", "{day}");
        assert_eq!((fixture.members.all()[0]["active"].clone(), fixture.members.all().len()), (json!(false), 1), "{day}");
    }
}

/// What we wrote last is not somebody else's: the source may have other values by the day of the delete, or the leave may have set them.
#[test]
fn an_account_that_is_as_we_left_it_is_deleted() {
    let sets = |line: &'static str| ("    set  active = false", line);
    let cases: [&[(&str, &str)]; 3] = [
        &[],
        &[sets("    set  active = false\n    set  email = \"left@example.com\"")],
        &[sets("    set  active = false\n    set  external_id = \"left\"")],
    ];
    for (edits, by_email) in cases.iter().flat_map(|edits| [(*edits, true), (*edits, false)]) {
        let folder = folder();
        let by_number = "external_id = employee.number\n    email       = email and last_name = employee.last_name";
        let turned = (by_number, "email = email\n    external_id = employee.number");
        let edits: Vec<_> = edits.iter().copied().chain(by_email.then_some(turned)).collect();
        let mut fixture = closed(folder.path(), &edits);
        fixture.planning.source = replaced(&fixture.planning.source, "p1@example.com", "other@example.com");
        fixture.day("2026-05-01");
        let ran = fixture.run();
        assert_eq!(ran.outcomes(), "stage 00001 done", "{edits:?}: {}", render(&ran.change_set));
        assert_eq!(fixture.members.all().len(), 0, "{edits:?}");
    }
}

#[test]
fn an_account_whose_identity_somebody_changed_is_not_deleted() {
    for (attribute, value) in [("email", "somebody@example.com"), ("external_id", "00077")] {
        let folder = folder();
        let mut fixture = closed(folder.path(), &[]);
        changed(&fixture, &json!({ attribute: value }));
        fixture.day("2026-05-01");
        let held = held(&mut fixture);
        assert!(held.contains("account changed hands") && held.contains(attribute), "{held}");
        assert_eq!(fixture.members.all().len(), 1);
    }
}

/// An account that was linked without a write to what tells people apart: found by `match` as it should be or with a division to write,
/// linked by a decision, or linked by a version that remembered nothing.
fn linked(folder: &std::path::Path, how: &str) -> ApplyFixture {
    let mut fixture = ApplyFixture::of(folder, Fixture::new(&person(1, r#""department": "Sales""#), "", ""));
    let division = if how == "with a write" { json!("Old") } else { json!("Sales") };
    fixture.members.put(&[member(1, &json!({ "division": division }))]);
    let (set, now, identity) = (fixture.set(), fixture.planning.now, fixture.identity());
    if how == "decided" {
        let transaction = fixture.store.transaction().unwrap();
        transaction.ensure_link_set(&identity, now).unwrap();
        let (key, account) = ("00001".to_owned(), Some("m1".to_owned()));
        let (by, why) = ("anna".to_owned(), String::new());
        let decision = Decision { key, choice: Choice::Link, account, question: None, by, made: now, why };
        transaction.link_by_decision(&set, &decision).unwrap();
        transaction.commit().unwrap();
    }
    assert_eq!(fixture.run().outcomes(), if how == "with a write" { "update 00001 done" } else { "" }, "{how}");
    if how == "of an earlier version" {
        let link = fixture.store.link(&set, "00001").unwrap().unwrap();
        let transaction = fixture.store.transaction().unwrap();
        transaction.put_link(&set, &Link { bases: Bases::default(), ..link }).unwrap();
        transaction.commit().unwrap();
        assert_eq!(fixture.run().outcomes(), "");
    }
    fixture
}

const LINKED: [&str; 4] = ["found", "with a write", "decided", "of an earlier version"];

#[test]
fn an_account_that_was_linked_without_a_write_and_given_to_somebody_else_is_not_closed() {
    let cases = [
        (
            json!({ "last_name": "Else", "email": "else@example.com" }),
            "held 00001 account changed hands: member m1 belongs to another person now",
        ),
        (json!({ "external_id": "00077" }), "held 00001 account changed hands: member m1 has the external_id 00077 now"),
        (json!({ "email": "married@example.com" }), ""),
        (json!({ "last_name": "Married" }), ""),
        (json!({ "last_name": "Former", "external_id": null }), ""),
        (json!({}), ""),
    ];
    for (how, (given, expected)) in LINKED.iter().flat_map(|how| cases.iter().map(move |case| (how, case))) {
        let folder = folder();
        let mut fixture = linked(folder.path(), how);
        changed(&fixture, given);
        fixture.planning.source = person(1, ENDED);
        let said = held(&mut fixture);
        assert!(said.starts_with(expected) && said.is_empty() == expected.is_empty(), "{how}, {given}: {said}");
        assert_eq!(fixture.members.all()[0]["active"], json!(!expected.is_empty()), "{how}, {given}");
    }
}

#[test]
fn an_account_that_was_linked_without_a_write_and_given_away_after_it_was_closed_is_not_deleted() {
    for (how, given) in LINKED.iter().flat_map(|how| ["last_name", "email"].map(|attribute| (how, attribute))) {
        let folder = folder();
        let mut fixture = linked(folder.path(), how);
        fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
        fixture.planning.source = person(1, ENDED);
        assert_eq!(fixture.run().outcomes(), "leave 00001 done", "{how}");
        changed(&fixture, &json!({ given: "else@example.com" }));
        fixture.day("2026-05-02");
        let said = held(&mut fixture);
        // What is neither unique nor compared alone is no other person.
        assert_eq!(
            said.contains("account changed hands: member m1 belongs to another person now"),
            given == "email",
            "{how}, {given}: {said}"
        );
        assert_eq!(fixture.members.all().len(), usize::from(given == "email"), "{how}, {given}");
    }
}

/// The person has married: the record and, by hand, the account have another name and address before the next run, and then the person leaves.
#[test]
fn an_account_that_changes_together_with_its_record_is_closed() {
    for how in LINKED {
        let folder = folder();
        let mut fixture = linked(folder.path(), how);
        changed(&fixture, &json!({ "last_name": "Married", "email": "married@example.com" }));
        let married = |more: &str| replaced(&replaced(&person(1, more), "N1", "Married"), "p1@", "married@");
        fixture.planning.source = married("");
        assert_eq!(fixture.run().outcomes(), "", "{how}");
        fixture.planning.source = married(ENDED);
        assert_eq!(fixture.run().outcomes(), "leave 00001 done", "{how}");
    }
}

/// Somebody gave the account to another person before its first one leaves: with the other's number, or with another name and address. What
/// deletes at once is asked no less than what only closes.
#[test]
fn an_account_that_was_given_to_somebody_else_is_not_closed() {
    let cases = [
        (json!({ "external_id": "00077" }), "held 00001 account changed hands: member m1 has the external_id 00077 now"),
        (
            json!({ "last_name": "Else", "email": "else@example.com" }),
            "held 00001 account changed hands: member m1 belongs to another person now: it has the email else@example.com and the \
             last_name Else",
        ),
        (json!({ "email": "married@example.com" }), ""),
        (json!({ "last_name": "Married" }), ""),
        (json!({ "last_name": "Former", "external_id": null }), ""),
    ];
    for (given, expected) in cases {
        for edits in [&[][..], &[DELETES]] {
            let folder = folder();
            let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&person(1, ""), "", "").edits(edits));
            assert_eq!(fixture.run().outcomes(), "create 00001 done");
            changed(&fixture, &given);
            fixture.planning.source = person(1, ENDED);
            let ran = fixture.run().change_set;
            let said = render(&ran).lines().find(|line| line.starts_with("held")).unwrap_or_default().to_owned();
            assert!(said.starts_with(expected) && said.is_empty() == expected.is_empty(), "{given} {edits:?}: {said}");
            let left = fixture.members.all().first().map_or(json!(false), |account| account["active"].clone());
            assert_eq!(left, json!(!expected.is_empty()), "{given} {edits:?}");
            assert!(ran.findings.iter().all(|finding| finding.leaves_open), "no run ends well while it is open: {given} {edits:?}");
        }
    }
}

/// The leave closed it, and somebody has opened it for another person: neither `enforce` nor a call that is to be made after all touches it.
#[test]
fn an_account_that_was_closed_and_given_to_somebody_else_is_not_closed_again() {
    let enforce = [("    set  active = false", "    enforce\n    set  active = false")];
    let folders = [folder(), folder()];
    let mut enforced = closed(folders[0].path(), &enforce);
    let mut called = in_doubt(folders[1].path(), &[], Vec::new());
    lose(&called, None);
    resend(&called, "farewell");
    let cases = [
        (&mut enforced, json!({ "active": true, "last_name": "Else", "email": "else@example.com" }), "belongs to another person now"),
        (&mut called, json!({ "external_id": "00077" }), "has the external_id 00077 now"),
    ];
    for (fixture, given, expected) in cases {
        changed(fixture, &given);
        let before = fixture.members.all();
        for _ in 0..2 {
            let ran = fixture.run();
            let said = render(&ran.change_set);
            assert_eq!((ran.outcomes().as_str(), ran.writes), ("", 0), "{said}");
            assert!(said.contains(&format!("held 00001 account changed hands: member m1 {expected}")), "{said}");
        }
        assert_eq!(fixture.members.all(), before);
    }
    // Whoever has married since is still closed again.
    changed(&enforced, &json!({ "email": "p1@example.com" }));
    assert_eq!(enforced.run().outcomes(), "stage 00001 done");
}

/// The account is given away between the plan and the write: the look just before the write sees it.
#[test]
fn an_account_that_is_given_away_after_the_plan_is_neither_closed_nor_deleted() {
    for given in [json!({ "external_id": "00077" }), json!({ "last_name": "Else", "email": "else@example.com" })] {
        for edits in [&[][..], &[DELETES]] {
            let folder = folder();
            let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&person(1, ""), "", "").edits(edits));
            assert_eq!(fixture.run().outcomes(), "create 00001 done");
            fixture.planning.source = person(1, ENDED);
            let moved = given.clone();
            fixture.meanwhile = Box::new(move |members| {
                let mut account = members.all().remove(0);
                account.as_object_mut().unwrap().extend(moved.as_object().unwrap().clone());
                members.put(&[account]);
            });
            let outcomes = fixture.run().outcomes();
            assert!(outcomes.starts_with("leave 00001 conflict"), "{given} {edits:?}: {outcomes}");
            assert_eq!(fixture.members.all()[0]["active"], json!(true), "{given} {edits:?}");
            fixture.meanwhile = Box::new(|_| {});
            assert!(held(&mut fixture).contains("account changed hands"), "{given} {edits:?}");
        }
    }
}

/// What the leave sets is nothing that the target takes: the account is open by that.
#[test]
fn no_run_ends_well_while_a_value_that_a_leave_sets_is_refused() {
    let folder = folder();
    let sets = ("    set  active = false", "    set  active = false\n    set  division = \"former people\"");
    let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&person(1, ""), "", "").edits(&[sets]));
    fixture.run();
    let division = target_of(&mut fixture.planning.plan).attribute("division").unwrap();
    target_of(&mut fixture.planning.plan).attributes[division].up_to = Some(8);
    fixture.planning.source = person(1, ENDED);
    for _ in 0..2 {
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), ("", 0));
        assert!(ran.change_set.findings.iter().any(|finding| finding.key == "00001" && finding.leaves_open), "{}", render(&ran.change_set));
    }
    changed(&fixture, &json!({ "active": false }));
    assert!(fixture.run().change_set.findings.iter().all(|finding| !finding.leaves_open), "it is closed");
}

/// The line of `match` says how it compares, and the attribute does not.
#[test]
fn a_value_is_another_only_by_the_comparison_of_its_line() {
    for (line, deleted) in [("external_id = employee.number ignoring case", true), ("external_id = employee.number", false)] {
        let folder = folder();
        let match_and_map =
            [("external_id = employee.number\n    email", &*format!("{line}\n    email")), ("    external_id  = employee.number\n", "")];
        let ended = replaced(&person(1, ENDED), "00001", "e-1");
        let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&ended, "", "").edits(&match_and_map));
        fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
        fixture.members.put(&[member(1, &json!({ "external_id": "E-1" }))]);
        fixture.run();
        fixture.run();
        fixture.day("2026-05-01");
        fixture.run();
        assert_eq!(fixture.members.all().is_empty(), deleted, "{line}: {}", fixture.life("e-1"));
    }
}

/// The account is opened between the plan and the delete; another block deletes without closing first.
#[test]
fn a_delete_looks_whether_its_own_block_closed_the_account() {
    const OTHER: (&str, &str) = (
        "  guard {",
        "  leaver {\n    when employee.last_name == \"Temp\" as \"temporary\"\n    set division = \"left\"\n    after 10 days { delete }\n  }\n  guard {",
    );
    const LATER: (&str, &str) = (
        "    set  active = false\n",
        "    set division = \"left\"\n    after 10 days { set active = false }\n    after 20 days { delete }\n",
    );
    for edits in [&[][..], &[OTHER], &[LATER]] {
        let folder = folder();
        let mut fixture = closed(folder.path(), edits);
        if edits == [LATER] {
            fixture.day("2026-03-20");
            assert_eq!(fixture.run().outcomes(), "stage 00001 done");
        }
        fixture.day("2026-05-01");
        fixture.meanwhile = Box::new(|members| {
            let mut account = members.all().remove(0);
            account["active"] = json!(true);
            members.put(&[account]);
        });
        let outcomes = fixture.run().outcomes();
        assert!(outcomes.starts_with("stage 00001 conflict") && fixture.members.all().len() == 1, "{edits:?}: {outcomes}");
        fixture.meanwhile = Box::new(|_| {});
        assert!(held(&mut fixture).contains("is open again"), "{edits:?}");
    }
    // A block that never closes deletes an open account, as it says.
    let folder = folder();
    let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&person(1, ""), "", "").edits(&[OTHER]));
    fixture.run();
    fixture.planning.source = replaced(&person(1, ""), "N1", "Temp");
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    fixture.day("2026-05-01");
    assert_eq!(fixture.run().outcomes(), "stage 00001 done");
    assert_eq!(fixture.members.all().len(), 0);
}

fn lose(fixture: &ApplyFixture, how: Option<Misbehaviour>) {
    *fixture.members.failure_rule.borrow_mut() = Box::new(move |write, _| how.clone().filter(|_| matches!(write.kind, WriteKind::Call(_))));
}

/// `set active = false, call farewell`, and then whatever; the farewell was never answered.
fn in_doubt(folder: &std::path::Path, edits: &[(&str, &str)], then: Vec<Stage>) -> ApplyFixture {
    let mut fixture = ApplyFixture::of(folder, Fixture::new(&person(1, ENDED), "", "").edits(edits));
    target_of(&mut fixture.planning.plan).named = vec![("farewell".into(), call("POST")), ("archive".into(), call("POST"))];
    fixture.planning.plan.leavers[0].actions.push(Action::Call { call: 0, once: false, span: crate::diagnose::Span::default() });
    fixture.planning.plan.leavers[0].stages = then;
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    lose(&fixture, Some(Misbehaviour::LostBefore));
    assert_eq!(fixture.run().outcomes(), "leave 00001 perhaps not sent: farewell");
    fixture
}

fn archive_after(days: i64) -> Stage {
    let span = crate::diagnose::Span::default();
    Stage { delay: Span::Days(days), actions: vec![Action::Call { call: 1, once: false, span }], span }
}

fn resend(fixture: &ApplyFixture, call: &str) {
    assert!(fixture.store.resend("fixture", "00001", call, false).unwrap(), "{call}");
}

#[test]
fn two_calls_of_one_person_are_both_made_after_all() {
    for refused in [false, true] {
        let folder = folder();
        let mut fixture = in_doubt(folder.path(), &[], vec![archive_after(1)]);
        fixture.day("2026-03-04");
        assert_eq!(fixture.run().outcomes(), "stage 00001 perhaps not sent: archive");
        resend(&fixture, "farewell");
        resend(&fixture, "archive");
        let calls = std::cell::Cell::new(0);
        *fixture.members.failure_rule.borrow_mut() = Box::new(move |write, _| {
            let second = matches!(write.kind, WriteKind::Call(_)) && calls.replace(calls.get() + 1) == 1;
            (second && refused).then_some(Misbehaviour::Refused(ErrorClass::Temporary, "later"))
        });
        for _ in 0..3 {
            fixture.run();
        }
        assert_eq!((fixture.members.of("00001")["called"].clone(), fixture.life("00001").as_str()), (json!(2), "m1 left 2"), "{refused}");
        assert_eq!(fixture.run().writes, 0);
    }
}

/// The next step is due as well: the call belongs before it.
#[test]
fn a_call_that_is_made_after_all_comes_before_the_next_step() {
    let folder = folder();
    let mut fixture = in_doubt(folder.path(), &[], vec![archive_after(1), delete_after(30)]);
    lose(&fixture, None);
    resend(&fixture, "farewell");
    fixture.day("2026-03-04");
    let made = fixture.run().change_set;
    assert!(render(&made).contains("stage 00001 = m1 (asked for by `resend`) call farewell"), "{}", render(&made));
    assert_eq!(fixture.life("00001"), "m1 left 1, next 2026-03-03");
    assert_eq!(fixture.run().outcomes(), "stage 00001 done");
    assert_eq!(fixture.members.of("00001")["called"], json!(2));
    assert_eq!(fixture.life("00001"), "m1 left 2, next 2026-04-03");
}

/// Whoever is back without being in scope, or is rejected, is not gone.
#[test]
fn a_call_that_is_to_be_made_after_all_waits_while_its_person_is_not_gone() {
    for back in [r#""department": "Contractors""#, r#""contract_end": "soon""#] {
        let folder = folder();
        let mut fixture = in_doubt(folder.path(), &[], Vec::new());
        lose(&fixture, None);
        resend(&fixture, "farewell");
        fixture.planning.source = person(1, back);
        let waits = fixture.run();
        assert_eq!((waits.outcomes().as_str(), waits.writes), ("", 0), "{back}");
        let said = render(&waits.change_set);
        assert!(
            said.contains("held 00001 call waits: a call of the leave is to be made: it waits until the source shows"),
            "{back}: {said}"
        );
        fixture.planning.source = person(1, ENDED);
        assert_eq!(fixture.run().outcomes(), "stage 00001 done", "{back}");
        assert_eq!(fixture.members.of("00001")["called"], json!(1), "{back}");
    }
}

#[test]
fn closing_an_account_again_forgets_no_call_that_is_to_be_made() {
    let folder = folder();
    let enforce = ("    set  active = false", "    enforce\n    set  active = false");
    let mut fixture = in_doubt(folder.path(), &[enforce], vec![delete_after(60)]);
    lose(&fixture, None);
    resend(&fixture, "farewell");
    changed(&fixture, &json!({ "active": true }));
    fixture.run();
    fixture.run();
    let account = fixture.members.of("00001");
    assert_eq!((account["active"].clone(), account["called"].clone()), (json!(false), json!(1)));
    assert_eq!(fixture.run().writes, 0);
}

/// The reads without a person count from the last time that the person was seen, wherever that was.
#[test]
fn whoever_returned_is_missing_for_the_first_time_again() {
    for seen in ["here", "out of scope"] {
        let folder = folder();
        let edits = [("as \"contract ended\"", "as \"contract ended\"\n    when missing for 2 runs at least 1 h apart")];
        let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&(person(1, "") + "\n" + &person(2, "")), "", "").edits(&edits));
        assert_eq!(fixture.run().outcomes(), "create 00001 done\ncreate 00002 done");
        let (alone, both) = (person(2, ""), person(1, "") + "\n" + &person(2, ""));
        let mut day = 3;
        let mut run = |fixture: &mut ApplyFixture, people: &str| {
            fixture.planning.source = people.to_owned();
            fixture.day(&format!("2026-03-{day:02}"));
            day += 1;
            fixture.run();
            fixture.life("00001").split_once(' ').unwrap().1.to_owned()
        };
        assert_eq!(run(&mut fixture, &alone), "open");
        assert_eq!(run(&mut fixture, &alone), "left 1");
        if seen == "here" {
            assert_eq!(run(&mut fixture, &both), "open", "returned");
        } else {
            let contractor = person(1, r#""department": "Contractors""#) + "\n" + &person(2, "");
            assert_eq!(run(&mut fixture, &contractor), "left 1", "seen, and paused");
            assert_eq!(run(&mut fixture, &both), "open", "returned");
        }
        assert_eq!(run(&mut fixture, &alone), "open", "{seen}: missing once");
        assert_eq!(run(&mut fixture, &alone), "left 1", "{seen}: missing twice");
    }
}

/// Somebody left, is there again, and waits for a person: one list without the record neither closes nor deletes the account.
#[test]
fn whoever_is_there_again_and_waits_is_not_closed_by_one_list() {
    let edits = [
        ("as \"contract ended\"", "as \"contract ended\"\n    when missing for 2 runs at least 1 h apart"),
        (
            "    set  active = false\n    on return { set active = true }",
            "    enforce\n    set  active = false\n    after 5 days { delete }",
        ),
    ];
    let folder = folder();
    let (alone, both) = (person(2, ""), person(1, "") + "\n" + &person(2, ""));
    let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&both, "", "").edits(&edits));
    fixture.run();
    let run = |fixture: &mut ApplyFixture, people: &str, day: &str| {
        fixture.planning.source = people.to_owned();
        fixture.day(day);
        fixture.run().outcomes()
    };
    assert_eq!(run(&mut fixture, &alone, "2026-03-03"), "");
    assert!(run(&mut fixture, &alone, "2026-03-04").starts_with("leave 00001 done"));
    let mut account = fixture.members.of("00001");
    account["active"] = json!(true);
    let others = fixture.members.all().into_iter().filter(|one| one["external_id"] != "00001");
    let all: Vec<_> = others.chain([account]).collect();
    fixture.members.put(&all);
    assert_eq!(run(&mut fixture, &both, "2026-03-20"), "", "the return waits for a person, and so does the delete");
    assert_eq!(run(&mut fixture, &alone, "2026-03-21"), "", "missing once");
    assert_eq!(run(&mut fixture, &alone, "2026-03-22"), "stage 00001 done", "missing twice");
    assert_eq!(fixture.members.of("00001")["active"], json!(false), "closed again");
    assert_eq!(run(&mut fixture, &alone, "2026-03-28"), "stage 00001 done", "and deleted later");
    assert_eq!(fixture.members.all().len(), 1);
}

/// `set active = false`, and `call purge` after 60 days: a DELETE at the address of the account.
fn purged_later(folder: &std::path::Path) -> ApplyFixture {
    let mut fixture = ApplyFixture::of(folder, Fixture::new(&person(1, ""), "", ""));
    target_of(&mut fixture.planning.plan).named = vec![("purge".into(), call("DELETE"))];
    let span = crate::diagnose::Span::default();
    let purge = vec![Action::Call { call: 0, once: false, span }];
    fixture.planning.plan.leavers[0].stages = vec![Stage { actions: purge, ..delete_after(60) }];
    fixture.members.purges.set(true);
    assert_eq!(fixture.run().outcomes(), "create 00001 done");
    fixture.planning.source = person(1, ENDED);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    fixture
}

#[test]
fn a_call_that_deletes_spares_an_account_of_somebody_else() {
    let cases = [
        (json!({ "external_id": "00900", "last_name": "Else", "email": "else@example.com" }), "account changed hands"),
        (json!({ "email": "else@example.com" }), "account changed hands"),
        (json!({ "active": true }), "is open again"),
        (json!({ "active": null }), "does not show whether it is closed"),
        (json!({ "active": "perhaps" }), "unreadable"),
    ];
    for (given, expected) in cases {
        let folder = folder();
        let mut fixture = purged_later(folder.path());
        changed(&fixture, &given);
        fixture.day("2026-05-02");
        let ran = fixture.run();
        let said = render(&ran.change_set);
        assert_eq!((ran.writes, fixture.members.all().len()), (0, 1), "{given}: {said}");
        assert!(said.contains("held 00001") && said.contains(expected), "{given}: {said}");
    }
    let folder = folder();
    let mut fixture = purged_later(folder.path());
    fixture.day("2026-05-02");
    assert_eq!((fixture.run().outcomes().as_str(), fixture.members.all().len()), ("stage 00001 done", 0));
}

/// It is opened, or given to somebody else, between the plan and the call.
#[test]
fn a_call_that_deletes_looks_at_the_account_just_before() {
    for given in [json!({ "active": true }), json!({ "external_id": "00077" })] {
        let folder = folder();
        let mut fixture = purged_later(folder.path());
        fixture.day("2026-05-02");
        let moved = given.clone();
        fixture.meanwhile = Box::new(move |members| {
            let mut account = members.all().remove(0);
            account.as_object_mut().unwrap().extend(moved.as_object().unwrap().clone());
            members.put(&[account]);
        });
        let ran = fixture.run();
        assert!(ran.outcomes().starts_with("stage 00001 conflict") && ran.writes == 0, "{given}: {}", ran.outcomes());
    }
}
