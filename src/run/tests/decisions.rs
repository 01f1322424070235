//! *Decisions by name*: what a person said about one record holds for this one, and for nobody else.

use super::{
    fixture::*,
    scenarios::{many, member, person},
};
use crate::{
    state::{
        decisions::{Choice, Decision, Decisions},
        link::{Base, Life},
    },
    value::Value,
};

const BY_NUMBER: (&str, &str) = ("    email       = email and last_name = employee.last_name\n", "");

/// The fixture after a person has answered what it asks about a record.
fn decided(fixture: Fixture, key: &str, choice: Choice, account: Option<&str>) -> Fixture {
    let asked = fixture.plan_changes().findings.into_iter().find(|finding| finding.key == key);
    let question = asked.map(|asked| digester().question(asked.kind.word(), &asked.detail));
    let decision = Decision {
        key: key.into(),
        choice,
        account: account.map(str::to_owned),
        question,
        by: "ada".into(),
        made: fixture.now,
        why: String::new(),
    };
    let before: Vec<Decision> = fixture.pending_work.decisions.all().into_iter().cloned().collect();
    let all: Decisions = before.into_iter().chain([decision]).collect();
    fixture.with(|fixture| fixture.pending_work.decisions = all)
}

/// Two accounts have Ann's address.
fn ambiguous() -> Fixture {
    let source = person("1", "A", "a@x.com", "") + &person("2", "B", "b@x.com", "");
    let target = member("m1", "", "A", "a@x.com", "") + &member("m2", "", "A", "a@x.com", "");
    Fixture::new(&source, &target, "")
}

/// Carl ends as a contractor and begins as an employee, under another number.
fn hired() -> Fixture {
    let source = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#) + &person("E-204", "A", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "") + &member("502", "X", "X", "x@x.com", "");
    Fixture::new(&source, &target, "C-17=501").edits(&[BY_NUMBER])
}

#[test]
fn whoever_is_new_gets_an_account_although_others_match() {
    let fixture = ambiguous();
    assert!(fixture.verdicts().contains("held 1 ambiguous"), "{}", fixture.verdicts());
    let fixture = decided(fixture, "1", Choice::New, None).edit("text unique ignoring", "text ignoring");
    let verdicts = fixture.verdicts();
    assert!(verdicts.contains("create 1 external_id=1") && !verdicts.contains("held"), "{verdicts}");
}

/// The decision says which account it is; whether a unique value is free is still asked.
#[test]
fn whoever_is_new_takes_no_value_that_another_account_has() {
    let verdicts = decided(ambiguous(), "1", Choice::New, None).verdicts();
    assert!(verdicts.contains("held 1 value taken"), "{verdicts}");
}

#[test]
fn of_two_that_find_one_account_the_one_that_is_new_leaves_it_to_the_other() {
    let source = person("1", "A", "a@x.com", "") + &person("2", "A", "a@x.com", "");
    let fixture = Fixture::new(&source, &member("m1", "", "A", "a@x.com", ""), "").edit("text unique ignoring", "text ignoring");
    assert!(fixture.verdicts().ends_with("2 read: 2 held"), "{}", fixture.verdicts());
    let verdicts = decided(fixture, "2", Choice::New, None).verdicts();
    assert!(verdicts.contains("create 2 ") && verdicts.contains("1 = m1 linked by email"), "{verdicts}");
}

#[test]
fn a_leave_that_a_person_decided_is_done_whoever_claims_the_account() {
    let before = hired();
    assert!(before.verdicts().ends_with("2 read: 2 held"), "{}", before.verdicts());
    let verdicts = decided(before, "C-17", Choice::Leave, Some("501")).verdicts();
    assert!(verdicts.contains("leave C-17 = 501 (contract ended 2026-02-28) active:true→false"), "{verdicts}");
    let other = decided(hired(), "C-17", Choice::Leave, Some("502")).verdicts();
    assert!(other.ends_with("2 read: 2 held"), "it was about another account: {other}");
    let nobody = decided(hired(), "E-204", Choice::Leave, Some("501")).verdicts();
    assert!(nobody.ends_with("2 read: 2 held"), "it was about another record: {nobody}");
}

/// Somebody else who claims the account later is another question.
#[test]
fn a_leave_that_a_person_decided_answers_one_doubt_and_no_other() {
    let answered = decided(hired(), "C-17", Choice::Leave, Some("501"));
    let more = person("E-300", "A", "a@x.com", "");
    let verdicts = answered.with(|fixture| fixture.source += &more).verdicts();
    assert!(verdicts.contains("held C-17 same person?: E-204 and E-300 want a value of member 501"), "{verdicts}");
}

/// What was said about somebody is no answer about whoever comes later.
#[test]
fn a_decision_ends_with_its_question() {
    let settled = |fixture: Fixture| fixture.plan_changes().updates.settled;
    assert_eq!(settled(decided(hired(), "C-17", Choice::Leave, Some("501"))), [""; 0], "it is about to be done");
    assert_eq!(settled(decided(hired(), "C-17", Choice::Keep, None)), [""; 0], "nobody is asked as long as it is so");
    let here = |choice: Choice| {
        decided(hired(), "C-17", choice, Some("501")).with(|fixture| {
            fixture.source = replaced(&fixture.source, "2026-02-28", "2026-12-31");
        })
    };
    assert_eq!([settled(here(Choice::Leave)), settled(here(Choice::Keep))], [["C-17"]; 2], "the person is here");
    let gone = |choice: Choice| decided(hired(), "E-204", choice, None).with(|fixture| fixture.source = person("C-17", "A", "a@x.com", ""));
    assert_eq!([settled(gone(Choice::New)), settled(gone(Choice::Keep))], [["E-204"]; 2], "nobody has this key");
    let broken = gone(Choice::New).with(|fixture| fixture.source = "not JSON\n".to_owned());
    assert_eq!(settled(broken), [""; 0], "nothing shows that it is gone");
    for stays in [Choice::Wait, Choice::Unlink, Choice::Link] {
        assert_eq!(settled(here(stays)), [""; 0], "{stays} is in force until another decision");
    }
}

/// What is deleted is found by nobody any more, so that nothing is left for the next run.
#[test]
fn who_claimed_an_account_that_a_person_has_deleted_gets_another_one_in_the_same_run() {
    let deletes = ("    set  active = false\n    on return { set active = true }", "    delete");
    let found_by_mail = (" and last_name = employee.last_name", "");
    let source = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#) + &person("E-204", "A", "a@x.com", "");
    let fixture = |others: &str, edits: &[(&str, &str)]| {
        let target = member("501", "C-17", "A", "a@x.com", "") + others;
        let fixture = Fixture::edited(&[&[deletes, found_by_mail], edits].concat(), &source, &target, "C-17=501");
        decided(fixture, "C-17", Choice::Leave, Some("501"))
    };
    for edits in [&[][..], &[("text unique ignoring", "text ignoring")]] {
        let set = fixture("", edits).plan_changes();
        let verdicts = render(&set);
        assert!(verdicts.starts_with("leave C-17 = 501 (contract ended 2026-02-28) delete\ncreate E-204"), "{verdicts}");
        assert_eq!(set.operations[1].after, ["C-17"], "the new account waits until the other one is gone");
    }
    let own = fixture(&member("502", "E-204", "A", "b@x.com", ""), &[]).verdicts();
    assert!(own.contains("update E-204 = 502 linked by external_id email:b@x.com→a@x.com"), "{own}");
    // One that is only closed is still somebody's.
    let closed = Fixture::edited(&[found_by_mail], &source, &member("501", "C-17", "A", "a@x.com", ""), "C-17=501");
    let closed = decided(closed, "C-17", Choice::Leave, Some("501")).verdicts();
    assert!(closed.contains("leave C-17 = 501") && closed.contains("held E-204 taken"), "{closed}");
}

/// The account has the number of somebody else when its person leaves.
#[test]
fn an_account_that_changed_hands_is_closed_once_a_person_says_that_it_did_not() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2026-02-28""#) + &person("2", "B", "b@x.com", "");
    let target = member("m1", "77", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let fixture = || Fixture::new(&source, &target, "1=m1\n2=m2");
    let held = fixture().verdicts();
    assert!(held.starts_with("held 1 account changed hands: member m1 has the external_id 77 now"), "{held}");
    let verdicts = decided(fixture(), "1", Choice::Leave, Some("m1")).verdicts();
    assert!(verdicts.starts_with("leave 1 = m1"), "{verdicts}");
    let other = decided(fixture(), "1", Choice::Leave, Some("m1")).with(|fixture| fixture.target = replaced(&target, "77", "78"));
    assert!(other.verdicts().starts_with("held 1 account changed hands"), "it was about another number: {}", other.verdicts());
    // A link that a person made is to this account, whatever number it has.
    let named = fixture().with(|fixture| {
        let link = fixture.links.of_key("1").unwrap().clone();
        fixture.links.insert(crate::state::link::Link { since_run: 0, ..link });
    });
    assert!(named.verdicts().starts_with("leave 1 = m1"), "{}", named.verdicts());
}

#[test]
fn a_record_that_is_new_claims_no_account() {
    let verdicts = decided(hired(), "E-204", Choice::New, None).edit("text unique ignoring", "text ignoring").verdicts();
    assert!(verdicts.contains("leave C-17 = 501") && verdicts.contains("create E-204"), "{verdicts}");
}

#[test]
fn a_leaver_that_a_later_line_finds_is_linked_and_leaves_in_the_next_run() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2026-02-28""#) + &person("2", "B", "b@x.com", "");
    let target = member("m1", "", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let fixture = Fixture::new(&source, &target, "2=m2");
    assert!(fixture.verdicts().contains("already left 1 leaver with an account: email finds m1"), "{}", fixture.verdicts());
    let verdicts = decided(fixture, "1", Choice::Leave, Some("m1")).verdicts();
    assert!(verdicts.contains("link 1 = m1") && verdicts.contains("leaves in the next run"), "{verdicts}");
    // If the record is no leaver any more, the decision is none about it.
    let back = Fixture::new(&replaced(&source, "2026-02-28", "2027-02-28"), &target, "2=m2");
    let alone = back.verdicts();
    assert_eq!(decided(back, "1", Choice::Leave, Some("m1")).verdicts(), alone);
}

#[test]
fn whoever_was_taken_off_an_account_gets_neither_it_nor_a_new_one() {
    let (source, target) = (person("1", "A", "a@x.com", ""), member("m1", "1", "A", "a@x.com", ""));
    let verdicts = decided(Fixture::new(&source, &target, ""), "1", Choice::Unlink, Some("m1")).verdicts();
    assert_eq!(verdicts, "held 1 unlinked: a person took it off member m1, and nothing else is decided\n1 read: 1 held");
    let other = target + &member("m2", "", "A", "a@x.com", "");
    let verdicts = decided(Fixture::new(&source, &other, ""), "1", Choice::Unlink, Some("m1")).verdicts();
    assert!(verdicts.contains("1 = m2 linked by email"), "another account is found as ever: {verdicts}");
}

#[test]
fn a_missing_account_is_created_again_for_the_one_of_whom_it_was_decided() {
    let (source, target, links) = many(6);
    let target: String = target.lines().skip(2).map(|line| format!("{line}\n")).collect();
    let fixture = || Fixture::new(&source, &target, &links);
    assert!(fixture().verdicts().contains("held 00001 account missing"), "{}", fixture().verdicts());
    let verdicts = decided(fixture(), "00001", Choice::Recreate, Some("m1")).verdicts();
    assert!(verdicts.contains("create 00001 (again: the earlier account is missing)"), "{verdicts}");
    assert!(verdicts.contains("held 00002 account missing"), "{verdicts}");
    let other = decided(fixture(), "00001", Choice::Recreate, Some("m9")).verdicts();
    assert!(other.contains("held 00001 account missing"), "{other}");
}

#[test]
fn what_is_kept_is_asked_again_when_the_question_changes() {
    let kept = decided(ambiguous(), "1", Choice::Keep, None);
    let verdicts = kept.verdicts();
    assert!(!verdicts.contains("held") && verdicts.ends_with("1 create, 1 unchanged"), "{verdicts}");
    let third = kept.target.clone() + &member("m3", "", "A", "a@x.com", "");
    let verdicts = kept.with(|fixture| fixture.target = third).verdicts();
    assert!(verdicts.contains("held 1 ambiguous: email finds m1, m2, m3"), "{verdicts}");
}

#[test]
fn a_changed_procedure_goes_on_as_the_person_agreed_and_no_other() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2026-01-01""#) + &person("2", "B", "b@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", r#""active": false"#) + &member("m2", "2", "B", "b@x.com", "");
    let fixture = |days: i64| {
        let mut fixture = Fixture::new(&source, &target, "1=m1 left 2026-01-02\n2=m2");
        fixture.plan.leavers[0].stages = vec![delete_after(days)];
        fixture
    };
    let asked = fixture(6).verdicts();
    assert!(asked.contains("held 1 procedure changed: the step after the leave is now `delete` after 6 days"), "{asked}");
    let agreed = decided(fixture(6), "1", Choice::Leave, Some("m1"));
    assert!(agreed.verdicts().starts_with("stage 2 1 = m1 (left 2026-01-02) delete"), "{}", agreed.verdicts());
    let decisions = agreed.pending_work.decisions.clone();
    let other = fixture(7).with(|fixture| fixture.pending_work.decisions = decisions).verdicts();
    assert!(other.contains("held 1 procedure changed") && other.contains("after 7 days"), "{other}");
    let later = decided(fixture(90), "1", Choice::Leave, Some("m1")).verdicts();
    assert!(!later.contains("held") && !later.contains("delete"), "not before its day: {later}");
    let opened = decided(fixture(90), "1", Choice::Leave, Some("m1")).with(|fixture| fixture.target = replaced(&target, "false", "true"));
    assert!(opened.verdicts().contains("held 1 opened again: member m1 left and is open again"), "{}", opened.verdicts());
    // The account has a history of its own: one answer is enough, because a second one would take back the first.
    let opened = fixture(6).with(|fixture| fixture.target = replaced(&target, "false", "true"));
    let asked = opened.verdicts();
    assert!(asked.contains("was another when this one left; member m1 was closed when 1 left, and is open again"), "{asked}");
    let agreed = decided(opened, "1", Choice::Leave, Some("m1")).verdicts();
    assert!(agreed.starts_with("stage 2 1 = m1 (left 2026-01-02) delete"), "{agreed}");
}

/// Ann left, and a record with her key is back.
fn returning(name: &str, email: &str) -> Fixture {
    let fixture =
        Fixture::new(&person("1", name, email, ""), &member("m1", "1", "Ann", "a@x.com", r#""active": false"#), "1=m1 left 2026-02-28");
    let mut link = fixture.links.of_key("1").unwrap().clone();
    for (name, value) in [("last_name", "Ann"), ("email", "a@x.com")] {
        let at = fixture.plan.target.collection().attribute(name).unwrap();
        let sent = digester().value(&Value::text(value), fixture.plan.comparison(at));
        link.bases.insert(digester().attribute(name), Base { sent, held: Some(sent), ..Base::default() });
    }
    fixture.with(|fixture| fixture.links.insert(link))
}

#[test]
fn a_key_that_comes_back_with_another_name_and_another_address_is_somebody_else() {
    for (name, email) in [("Ann", "b@x.com"), ("Bea", "a@x.com"), ("Ann", "A@x.com")] {
        let verdicts = returning(name, email).verdicts();
        assert!(verdicts.starts_with("return 1 = m1"), "married, or a new address: {verdicts}");
    }
    let fixture = || returning("Bea", "b@x.com");
    assert!(fixture().verdicts().starts_with("held 1 key reused: member m1 was that of another person"), "{}", fixture().verdicts());
    let same = decided(fixture(), "1", Choice::Link, Some("m1")).verdicts();
    assert!(same.starts_with("return 1 = m1"), "{same}");
    let new = decided(fixture(), "1", Choice::New, Some("m1")).verdicts();
    assert!(new.starts_with("create 1 (a person decided on a new account)"), "{new}");
    let with_step = decided(fixture(), "1", Choice::New, Some("m1")).with(|fixture| {
        let mut link = fixture.links.of_key("1").unwrap().clone();
        if let Life::Left { next, .. } = &mut link.life {
            *next = Some(("2026-05-01".parse().unwrap(), 7));
        }
        fixture.links.insert(link);
    });
    let ends = "create 1 (a person decided on a new account; no further step of the leave is made for member m1)";
    assert!(with_step.verdicts().starts_with(ends), "{}", with_step.verdicts());
}

/// Whoever wrote its id wrongly would get a second account.
#[test]
fn an_account_that_only_a_decision_named_is_not_created_again() {
    let fixture = || Fixture::new(&person("1", "A", "a@x.com", ""), "", "1=m1").line("on lost counterpart create again");
    assert!(fixture().verdicts().starts_with("create 1 (again"), "{}", fixture().verdicts());
    let named = fixture().with(|fixture| {
        let link = fixture.links.of_key("1").unwrap().clone();
        fixture.links.insert(crate::state::link::Link { since_run: 0, by: "decided by ada".into(), ..link });
    });
    assert!(
        named.verdicts().starts_with("held 1 account missing: there is no member m1, which was decided by ada"),
        "{}",
        named.verdicts()
    );
    let again = decided(named, "1", Choice::Recreate, Some("m1")).verdicts();
    assert!(again.starts_with("create 1 (again"), "{again}");
}

/// Without a `label`, the attributes that are called a name are what people are called by.
#[test]
fn somebody_else_is_known_without_a_label() {
    let without = |name: &str, email: &str| returning(name, email).edit("    label last_name\n", "").verdicts();
    assert!(without("Bea", "b@x.com").starts_with("held 1 key reused"), "{}", without("Bea", "b@x.com"));
    assert!(without("Ann", "b@x.com").starts_with("return 1 = m1"));
    assert!(without("Bea", "a@x.com").starts_with("return 1 = m1"));
}

/// What is left out is not linked, not remembered as left and not given up; the same of others goes on.
#[test]
fn whoever_is_left_out_stays_as_they_are_and_the_others_do_not() {
    let two = |more: &str| person("1", "A", "a@x.com", more) + &person("2", "B", "b@x.com", more);
    let members = |more: &str| member("m1", "1", "A", "a@x.com", more) + &member("m2", "2", "B", "b@x.com", more);
    let wait = |fixture: Fixture| decided(fixture, "1", Choice::Wait, None).plan_changes().updates;
    let linked = wait(Fixture::new(&two(""), &members(""), ""));
    assert_eq!(linked.links.iter().map(|link| link.key.as_str()).collect::<Vec<_>>(), ["2"]);
    let ended = Fixture::new(&two(r#""contract_end": "2026-02-28""#), &members(r#""active": false"#), "1=m1\n2=m2");
    assert_eq!(wait(ended).left.iter().map(|left| left.key.as_str()).collect::<Vec<_>>(), ["2"]);
}

/// Somebody who is not in the read has no place among the rows.
#[test]
fn a_leave_by_absence_that_a_person_says_is_none_is_counted_as_unchanged() {
    let deletes = ("    set  active = false\n    on return { set active = true }", "    delete");
    let fixture = || {
        let source = person("E-204", "A", "a@x.com", "");
        let target = member("501", "C-17", "A", "a@x.com", "");
        Fixture::new(&source, &target, "C-17=501").edits(&[BY_NUMBER, deletes]).leaver("when missing for 1 runs")
    };
    let ledger = |fixture: &Fixture| fixture.verdicts().lines().last().unwrap().to_owned();
    assert_eq!(ledger(&fixture()), "1 read: 1 held; not read: 1 held");
    assert_eq!(ledger(&decided(fixture(), "C-17", Choice::Keep, None)), "1 read: 1 held; not read: 0 held, 1 unchanged");
}
