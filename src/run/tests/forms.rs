//! One form of a key on all sides: what differs in what nobody sees is one person.

use super::{
    fixture::*,
    scenarios::{member, person},
};

/// Spellings of the key `1é`.
const WRITTEN: [&str; 8] = [" 1é", "1é ", "1é\u{a0}", "\u{feff}1é", "1e\u{301}", "1é\u{200b}", "\t1é\r\n", "\u{3000}1é"];

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[test]
fn a_key_in_another_spelling_is_the_same_person() {
    for written in WRITTEN {
        let fixture = |source: &str, target: &str, link: &str| {
            let people = person("1é", "Ng", "a@x.com", "").replace("\"number\": \"1é\"", &format!("\"number\": \"{}\"", json(source)));
            let members = member("m1", "1é", "Ng", "a@x.com", "")
                .replace("\"external_id\": \"1é\"", &format!("\"external_id\": \"{}\"", json(target)));
            let absence = "when missing for 1 runs";
            Fixture::new(&people, &members, "").leaver(absence).with(|fixture| {
                let mut linked = self::link("x=m1");
                linked.key = link.to_owned();
                fixture.links.insert(linked);
            })
        };
        for (source, target, link) in [(written, "1é", "1é"), ("1é", written, "1é"), ("1é", "1é", written)] {
            assert_eq!(fixture(source, target, link).verdicts(), "1 read: 1 unchanged", "{source:?} {target:?} {link:?}");
        }
    }
}

#[test]
fn an_account_is_found_whatever_the_spelling() {
    for written in WRITTEN {
        let people = person("1é", "Ng", "a@x.com", "").replace("\"number\": \"1é\"", &format!("\"number\": \"{}\"", json(written)));
        let verdicts = Fixture::new(&people, &member("m1", "1é", "Ng", "other@x.com", ""), "").verdicts();
        assert!(verdicts.contains("linked by external_id"), "{written:?}: {verdicts}");
        assert!(verdicts.starts_with("update 1é = m1"), "the link has the one form: {verdicts}");
    }
}

#[test]
fn two_spellings_of_one_key_are_a_duplicate() {
    for written in WRITTEN {
        let other = person("1é", "Roux", "b@x.com", "").replace("\"number\": \"1é\"", &format!("\"number\": \"{}\"", json(written)));
        let verdicts = Fixture::new(&(person("1é", "Ng", "a@x.com", "") + &other), "", "").verdicts();
        assert_eq!(verdicts.matches("duplicate key: 2 records have this key").count(), 2, "{written:?}: {verdicts}");
        assert_eq!(verdicts.matches("which they write as").count(), 2, "how they differ is said: {verdicts}");
    }
    let same = Fixture::new(&(person("1é", "Ng", "a@x.com", "") + &person("1é", "Roux", "b@x.com", "")), "", "").verdicts();
    assert!(same.contains("duplicate key: 2 records have this key [") && !same.contains("which they write as"), "{same}");
}

#[test]
fn a_key_of_which_nothing_is_seen_is_none() {
    for written in ["\u{feff}", " \u{200b} ", "\u{a0}"] {
        let people = person("1", "Ng", "a@x.com", "").replace("\"number\": \"1\"", &format!("\"number\": \"{}\"", json(written)));
        let verdicts = Fixture::new(&people, "", "").verdicts();
        assert!(verdicts.contains("1 rejected"), "{written:?}: {verdicts}");
    }
}

#[test]
fn keys_that_differ_in_what_is_seen_are_two_people() {
    for (one, other) in [("1", "2"), ("A1", "a1"), ("1 2", "12"), ("01", "1")] {
        let people = person(one, "Ng", "a@x.com", "") + &person(other, "Roux", "b@x.com", "").replace("\"id\": ", "\"id\": 9");
        let verdicts = Fixture::new(&people, "", "").verdicts();
        assert!(verdicts.contains("2 create"), "{one} {other}: {verdicts}");
    }
}

#[test]
fn an_account_whose_id_two_records_have_is_held() {
    let two = member("m1", "1", "Ng", "a@x.com", "") + &member("m1", "7", "Second", "b@x.com", "");
    let held = "held 1 duplicate key: 2 records of `rewards.members` have the id m1\n";
    let linked = Fixture::new(&person("1", "New", "a@x.com", ""), &two, "1=m1").verdicts();
    assert!(linked.starts_with(held), "{linked}");
    let leaver = person("1", "Ng", "a@x.com", r#""contract_end": "2026-02-27""#);
    let leaves = Fixture::new(&leaver, &two, "1=m1").verdicts();
    assert!(leaves.starts_with(held), "{leaves}");
    for order in [two.clone(), member("m1", "7", "Second", "b@x.com", "") + &member("m1", "1", "Ng", "a@x.com", "")] {
        let found = Fixture::new(&person("1", "Ng", "a@x.com", ""), &order, "").verdicts();
        assert!(found.starts_with(held), "{found}");
    }
    let spelt = member("m1", "1", "Ng", "a@x.com", "") + &member(" m1", "7", "Second", "b@x.com", "");
    let spelt = Fixture::new(&person("1", "Ng", "a@x.com", ""), &spelt, "1=m1").verdicts();
    assert!(spelt.starts_with("held 1 duplicate key: 2 records of `rewards.members` have the id"), "{spelt}");
}

/// Of a service the same record twice is one account; in a file both lines would have to be written.
#[test]
fn the_same_record_twice_is_one_account_of_a_service_and_none_of_a_file() {
    let calls = r#"
    list GET "/members" { items $.items }
    find by external_id GET "/members?external={external_id}" { items $.items }
    find by email GET "/members?email={email}" { items $.items }
    create POST "/members" { body = record }
    update PATCH "/members/{id}" { body = changes }"#;
    let service = [
        ("title \"Rewards\"", "title \"Rewards\"\n  http \"https://rewards.example.com\" { format json }"),
        ("file  \"members.jsonl\" json_lines", calls),
        ("external_id  : text?  ", "external_id  : text? unique  "),
    ];
    let judged = |edits: &[(&str, &str)], second: &str| {
        let target = member("m1", "1", "Ng", "a@x.com", "") + &member("m1", "1", second, "a@x.com", "");
        Fixture::edited(edits, &person("1", "New", "a@x.com", ""), &target, "1=m1").verdicts()
    };
    let held = "held 1 duplicate key: 2 records of `rewards.members` have the id m1\n";
    assert!(judged(&[], "Ng").starts_with(held), "{}", judged(&[], "Ng"));
    assert!(judged(&service, "Ng").starts_with("update 1 = m1 last_name:Ng→New"), "{}", judged(&service, "Ng"));
    assert!(judged(&service, "Second").starts_with(held), "{}", judged(&service, "Second"));
}
