//! Records whose target has a key of several attributes: one that is there is not made a second time.

use super::{
    fixture::{Fixture, link, render},
    scenarios::{member, person},
};
use crate::{run::change_set::Verdict, state::link::Link};

/// Members whose key is their number in a group and their name; they are found by their address.
fn fixture(source: &str, target: &str, links: &str) -> Fixture {
    let edits = [
        (
            "    key   id\n    label last_name\n    attributes {\n      id           : text read only ",
            "    key   external_id, last_name\n    label last_name\n    attributes {\n      id           : text? read only ",
        ),
        ("external_id  : text?  ", "external_id  : text   "),
        ("    external_id = employee.number\n    email       = email and last_name = employee.last_name", "    email = email"),
        ("external_id  = employee.number", "external_id  = employee.department"),
        ("    manager      = employee.manager | counterpart   clear when missing\n", ""),
        ("  include when email", "  include when employee.department is present as \"in a group\"\n  include when email"),
        ("    set  active = false\n    on return { set active = true }", "    delete"),
    ];
    Fixture::edited(&edits, source, target, links)
}

fn of_group(number: &str, email: &str, more: &str) -> String {
    person(number, "A", email, &format!(r#""department": "7"{more}"#))
}

#[test]
fn a_key_that_is_there_is_not_made_a_second_time() {
    let there = fixture(&of_group("1", "a@x.com", ""), &member("m1", "7", "A", "b@x.com", ""), "");
    assert_eq!(there.verdicts(), "held 1 value taken: there is a member external_id=7 last_name=A [25]\n1 read: 1 held");
}

/// The one that has the key is deleted in the same run: the new one waits for that, and for nobody else's delete.
#[test]
fn a_key_that_is_given_up_is_made_again_afterwards() {
    let ended = |number: &str, name: &str, group: &str| {
        let more = format!(r#""department": "{group}", "contract_end": "2026-02-01""#);
        person(number, name, &format!("p{number}@x.com"), &more)
    };
    let target = member("m0", "8", "B", "p0@x.com", "") + &member("m1", "7", "A", "p1@x.com", "");
    let source = ended("0", "B", "8") + &ended("1", "A", "7") + &of_group("2", "b@x.com", "");
    let linked = |number: &str, key: &str| Link { target: key.into(), ..link(&format!("{number}=m")) };
    let set = fixture(&source, &target, "").with(|fixture| {
        fixture.links.insert(linked("0", "external_id=8 last_name=B"));
        fixture.links.insert(linked("1", "external_id=7 last_name=A"));
    });
    let set = set.plan_changes();
    let (made, after) =
        set.operations.iter().find(|operation| operation.key == "2").map(|made| (made.verdict, made.after.concat())).unwrap();
    assert_eq!((made, after.as_str()), (Verdict::Create, "1"), "{}", render(&set));
}

#[test]
fn two_of_one_key_are_both_held() {
    let both = fixture(&(of_group("1", "a@x.com", "") + &of_group("2", "b@x.com", "")), "", "");
    assert_eq!(
        both.verdicts(),
        "\
held 1 value taken: external_id=7 last_name=A is wanted by 2 too [25]
held 2 value taken: external_id=7 last_name=A is wanted by 1 too [25]
2 read: 2 held"
    );
}
