//! Accounts that were merged in the target: links that move, and records that are held.

use super::fixture::Fixture;
use crate::run::proofs::Proofs;

fn person(number: &str, last_name: &str) -> String {
    format!(r#"{{"id": 1, "number": "{number}", "email": "{number}@x.com", "last_name": "{last_name}"}}"#) + "\n"
}

fn member(id: &str, last_name: &str) -> String {
    format!(r#"{{"id": "{id}", "last_name": "{last_name}", "email": "{id}@x.com", "active": true}}"#) + "\n"
}

const CALLS: &str = r#"
    find by external_id GET "/members?external_id={external_id}" { items $.items }
    list GET "/members" { items $.items }
    get GET "/members/{id}"
    find by email GET "/members?email={email}" { items $.items }
    create POST "/members" { body = record }
    update PATCH "/members/{id}" { body = changes }"#;

/// The members behind an API that can be asked for one.
fn fixture(source: &str, target: &str, links: &str) -> Fixture {
    Fixture::new(source, target, links).edits(&[
        ("title \"Rewards\"", "title \"Rewards\"\n  http \"https://rewards.example.com\" { format json }"),
        ("file  \"members.jsonl\" json_lines", CALLS),
    ])
}

/// The verdicts where look-ups found these merges, and the links that went over.
fn judged(people: &[&str], members: &[&str], links: &str, merged: &[(&str, &str)]) -> (String, Vec<String>) {
    let source: String = people.iter().map(|number| person(number, "New")).collect();
    let target: String = members.iter().map(|id| member(id, "Old")).collect();
    let mut proofs = Proofs::default();
    for (from, into) in merged {
        proofs.asked.insert((*from).to_owned());
        proofs.merged.insert((*from).to_owned(), (*into).to_owned());
    }
    let fixture = fixture(&source, &target, links).with(|fixture| {
        fixture.links = proofs.follow(&fixture.links).into_owned();
        fixture.proofs = proofs;
    });
    let set = fixture.plan_changes();
    (fixture.verdicts(), set.updates.rekeys.iter().map(|rekey| format!("{} {}", rekey.key, rekey.words("arlo.contacts"))).collect())
}

#[test]
fn a_link_moves_to_the_survivor_and_is_shown() {
    let (verdicts, moved) = judged(&["00001"], &["m7"], "00001=m1", &[("m1", "m7")]);
    assert_eq!(
        verdicts,
        "update 00001 = m7 external_id:-→00001 email:m7@x.com→00001@x.com last_name:Old→New\nexceeded rekeys 1 of 1, at most 10% or 5\n1 read: 1 update"
    );
    assert_eq!(moved, ["00001 re-keyed m1 -> m7: merged in arlo"]);
}

#[test]
fn a_survivor_linked_to_another_record_is_not_taken() {
    let (verdicts, moved) = judged(&["00001", "00002"], &["m2"], "00001=m1\n00002=m2", &[("m1", "m2")]);
    assert!(verdicts.contains("held 00001 merged: member m1 was merged into m2, which is linked to 00002"), "{verdicts}");
    assert!(verdicts.contains("update 00002 = m2"), "{verdicts}");
    assert_eq!(moved, [""; 0]);
}

#[test]
fn a_survivor_of_two_linked_accounts_goes_to_neither_record() {
    let merged = [("m1", "m7"), ("m2", "m7")];
    let (verdicts, moved) = judged(&["00001", "00002"], &["m7"], "00001=m1\n00002=m2", &merged);
    assert_eq!(
        verdicts,
        "held 00001 merged: member m1 was merged into m7, and so was m2, which is linked to 00002\n\
         held 00002 merged: member m2 was merged into m7, and so was m1, which is linked to 00001\n2 read: 2 held"
    );
    assert_eq!(moved, [""; 0]);
}

#[test]
fn a_survivor_whose_own_link_is_retired_is_free() {
    let (verdicts, moved) = judged(&["00001"], &["m7"], "00001=m1\n00009=m7 retired 2026-01-31", &[("m1", "m7")]);
    assert!(verdicts.contains("update 00001 = m7"), "{verdicts}");
    assert_eq!(moved.len(), 1);
}

#[test]
fn a_record_whose_look_up_failed_is_unread_with_the_reason() {
    let why = "`arlo` says that a record was merged and points to GET /contacts/53/, which leads back to itself";
    let fixture =
        fixture(&person("00001", "A"), "", "00001=m1").with(|fixture| drop(fixture.proofs.failed.insert("m1".into(), why.into())));
    assert_eq!(fixture.verdicts(), format!("unread 00001 not answered: member m1 was not read: {why} [21]\n1 read: 1 unread"));
}
