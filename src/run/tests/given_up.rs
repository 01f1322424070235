//! A record finds the account of another by a value that this account gives up in the same run.

use super::{
    fixture::{Fixture, render},
    scenarios::{member, person},
};

/// `match` finds accounts by the e-mail address alone, too.
fn fixture(source: &[String], target: &[String], links: &str) -> Fixture {
    Fixture::edited(&[(" and last_name = employee.last_name", "")], &source.concat(), &target.concat(), links)
}

/// The verdicts, without what every new account is given.
fn verdicts(fixture: &Fixture) -> Vec<String> {
    let set = fixture.plan_changes();
    let lines = render(&set);
    lines.lines().map(|line| line.split(" last_name").next().unwrap_or_default().to_owned()).collect()
}

fn new(number: &str, email: &str) -> String {
    person(number, "N", email, "")
}

fn account(id: &str, number: &str, email: &str) -> String {
    member(id, number, "N", email, "")
}

#[test]
fn an_address_that_an_account_gives_up_is_given_to_a_new_account_in_the_same_run() {
    let target = [account("m1", "1", "a@x.com")];
    let created = ["update 1 = m1 email:a@x.com→c@x.com", "create 2 external_id=2 email=a@x.com", "2 read: 1 create, 1 update"];
    assert_eq!(verdicts(&fixture(&[new("1", "c@x.com"), new("2", "a@x.com")], &target, "1=m1")), created);
    // The order of the records and whether the target calls the address unique change nothing.
    let plain = fixture(&[new("2", "a@x.com"), new("1", "c@x.com")], &target, "1=m1").edit("text unique ignoring", "text ignoring");
    assert_eq!(verdicts(&plain), created);
    let set = plain.plan_changes();
    assert_eq!(set.operations[1].after, ["1"], "the new account waits for the address");
    // The account that gives it up is linked in the same run.
    let found = verdicts(&fixture(&[new("1", "c@x.com"), new("2", "a@x.com")], &target, ""));
    assert!(found[0].starts_with("update 1 = m1 linked by external_id") && found[1].starts_with("create 2"), "{found:?}");
}

#[test]
fn who_returns_with_another_address_gives_up_the_old_one_in_the_same_run() {
    let target = [member("m1", "1", "N", "a@x.com", r#""active": false"#)];
    let found = verdicts(&fixture(&[new("1", "c@x.com"), new("2", "a@x.com")], &target, "1=m1 left 2026-02-01"));
    assert!(found[0].starts_with("return 1 = m1") && found[1].starts_with("create 2"), "{found:?}");
}

#[test]
fn an_account_of_ones_own_takes_an_address_that_is_given_up_in_the_same_run() {
    let target = [account("m1", "1", "a@x.com"), account("m2", "2", "b@x.com")];
    let found = verdicts(&fixture(&[new("1", "c@x.com"), new("2", "a@x.com")], &target, "1=m1"));
    let expected = ["update 1 = m1 email:a@x.com→c@x.com", "update 2 = m2 linked by external_id email:b@x.com→a@x.com", "2 read: 2 update"];
    assert_eq!(found, expected);
}

#[test]
fn an_address_that_is_kept_stays_taken() {
    let target = [account("m1", "1", "a@x.com"), account("m9", "9", "c@x.com")];
    let taken = "held 2 taken: email finds m1, which belongs to 1";
    let held = |source: &[String]| verdicts(&fixture(source, &target, "1=m1")).iter().any(|line| line.starts_with(taken));
    assert!(held(&[new("1", "a@x.com"), new("2", "a@x.com")]), "it is the same");
    assert!(held(&[new("1", "A@x.com"), new("2", "a@x.com")]), "it differs in case only");
    assert!(held(&[person("1", "M", "a@x.com", ""), new("2", "a@x.com")]), "something else changes");
    assert!(held(&[new("1", "c@x.com"), new("2", "a@x.com")]), "another account has the new one, so that nothing is given up");
    let unread =
        fixture(&[new("1", "d@x.com"), new("2", "a@x.com")], &target, "1=m1").with(|fixture| _ = fixture.blocked.insert("1".into()));
    assert!(verdicts(&unread).iter().any(|line| line.starts_with(taken)), "an earlier write of it has no known outcome");
}

#[test]
fn who_gives_up_a_value_and_names_the_one_who_waits_for_it_does_not_wait_in_a_circle() {
    let boss = |number: &str, id: u32, email: &str, manager: u32| {
        format!(r#"{{"id": {id}, "number": "{number}", "email": "{email}", "last_name": "N", "manager": {manager}}}"#) + "\n"
    };
    let source = [boss("1", 11, "c@x.com", 12), boss("2", 12, "a@x.com", 12)];
    let found = verdicts(&fixture(&source, &[account("m1", "1", "a@x.com")], "1=m1"));
    assert!(found[0].starts_with("update 1 = m1 email:a@x.com→c@x.com"), "{found:?}");
    assert!(found.iter().any(|line| line.starts_with("held 2 taken")), "{found:?}");
}

#[test]
fn two_who_want_the_value_that_is_given_up_wait_for_a_person() {
    let source = [new("1", "c@x.com"), new("2", "a@x.com"), new("3", "a@x.com")];
    let found = verdicts(&fixture(&source, &[account("m1", "1", "a@x.com")], "1=m1"));
    assert!(found.iter().any(|line| line.starts_with("held 2 value taken")), "{found:?}");
    assert!(found.iter().any(|line| line.starts_with("held 3 value taken")), "{found:?}");
}

/// Nothing has to be written for the one who waits: the link is stored once the value was given up, and not before.
#[test]
fn who_only_has_to_be_linked_waits_for_the_value_too() {
    let target = [account("m1", "1", "a@x.com"), account("m2", "2", "a@x.com")];
    let source = [new("1", "c@x.com"), new("2", "a@x.com")];
    let fixture = fixture(&source, &target, "1=m1");
    let set = fixture.plan_changes();
    let lines = render(&set);
    assert!(!set.updates.links.iter().any(|link| link.key == "2"), "stored before the request of the one who gives it up: {lines}");
    assert!(lines.contains("held 2 ambiguous: external_id finds m2, email finds m1, m2"), "{lines}");
    // Once it has been given up, it is linked.
    let after = Fixture { target: [account("m1", "1", "c@x.com"), account("m2", "2", "a@x.com")].concat(), ..fixture };
    assert!(after.plan_changes().updates.links.iter().any(|link| link.key == "2"));
}
