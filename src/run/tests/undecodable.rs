//! One record that can't be decoded concerns itself alone.

use super::{
    fixture::*,
    scenarios::{many, member, person},
};

/// Half of a character, as programs write it that cut a text, and a number that nothing holds.
const HALVES: [&str; 3] = [r"B\ud83d", r"\udE00", r"a\ud83d\ud83d\ude00"];

#[test]
fn half_of_a_character_rejects_its_record_alone_by_its_key() {
    for half in HALVES {
        let source = person("1", "Ng", "a@x.com", "") + &person("2", half, "b@x.com", "") + &person("3", "Roux", "c@x.com", "");
        let verdicts = Fixture::new(&source, "", "").verdicts();
        assert!(verdicts.contains("rejected 2 R0218 last_name: has half of a character"), "{half}: {verdicts}");
        assert!(verdicts.ends_with("3 read: 2 create, 1 rejected"), "{half}: {verdicts}");
    }
}

#[test]
fn half_of_a_character_in_what_nobody_asks_for_rejects_nothing() {
    let source = person("1", "Ng", "a@x.com", r#""note": "B\ud83d""#);
    assert!(Fixture::new(&source, "", "").verdicts().ends_with("1 read: 1 create"));
}

#[test]
fn a_record_without_a_readable_key_is_named_by_its_place_and_nobody_is_missing() {
    let (source, target, links) = many(3);
    for broken in [r"\ud83d", r"0000\udc00"] {
        let source = source.replace("\"number\": \"00002\"", &format!("\"number\": \"{broken}\"")).replace("\"id\": 1244", "\"id\": null");
        let verdicts = Fixture::new(&source, &target, &links).leaver("when missing for 1 runs").verdicts();
        assert!(verdicts.contains("R0218 number: has half of a character"), "{verdicts}");
        assert!(!verdicts.contains("leave") && verdicts.contains("1 rejected"), "{verdicts}");
    }
    let endless = source.replace("\"id\": 1246", "\"id\": 1e999");
    let verdicts = Fixture::new(&endless, &target, &links).leaver("when missing for 1 runs").verdicts();
    assert!(!verdicts.contains("leave"), "{verdicts}");
}

/// A day of another century than was meant, and one that stands for none: the person is rejected, and neither leaves nor is missing.
#[test]
fn a_day_that_is_none_closes_nobody() {
    let (source, target, links) = many(3);
    for (day, format) in [
        ("31/12/27", r#" format "%d/%m/%Y""#),
        ("31/12/0027", r#" format "%d/%m/%Y""#),
        ("01/01/0001", r#" format "%d/%m/%Y""#),
        ("0001-01-01", ""),
        ("0000-01-01", ""),
        ("1753-01-01", ""),
        ("-0001-12-31", ""),
        ("-0001-12-31", r#" format "%Y-%m-%d""#),
        ("27-12-31", r#" format "%Y-%m-%d""#),
    ] {
        let source = source.replace("\"number\": \"00002\"", &format!("\"number\": \"00002\", \"contract_end\": \"{day}\""));
        let column = format!("contract_end : date? at $.contract_end{format}\n");
        for absence in ["", "when missing for 1 runs"] {
            let fixture = Fixture::new(&source, &target, &links).edits(&[("contract_end : date? at $.contract_end\n", &column)]);
            let verdicts = if absence.is_empty() { fixture.verdicts() } else { fixture.leaver(absence).verdicts() };
            assert!(verdicts.contains("rejected 00002 R0204 contract_end"), "{day}{format}: {verdicts}");
            assert!(verdicts.ends_with("3 read: 1 rejected, 2 unchanged"), "{day}{format}: {verdicts}");
        }
    }
}

#[test]
fn a_member_that_is_there_twice_rejects_its_record_where_it_is_needed() {
    let twice = |more: &str| Fixture::new(&(person("1", "Ng", "a@x.com", "") + &person("2", "Roux", "b@x.com", more)), "", "").verdicts();
    let verdicts = twice(r#""last_name": "Rouxel""#);
    assert!(verdicts.contains("rejected 2 R0219 last_name: is unknown: the member"), "{verdicts}");
    assert!(twice(r#""note": 1, "note": 2"#).ends_with("2 read: 2 create"));
}

#[test]
fn a_key_that_is_there_twice_is_nobodys_and_nobody_is_missing() {
    let (source, target, links) = many(3);
    let twice = source.replace("\"number\": \"00002\"", "\"number\": \"00002\", \"number\": \"00009\"");
    assert_ne!(twice, source);
    let verdicts = Fixture::new(&twice, &target, &links).leaver("when missing for 1 runs").verdicts();
    assert!(verdicts.contains("R0219 number: is unknown") && verdicts.contains("1 rejected"), "{verdicts}");
    assert!(!verdicts.contains("leave") && !verdicts.contains("create"), "{verdicts}");
}

#[test]
fn an_account_that_cant_be_decoded_is_not_missing_and_keeps_its_value() {
    let name = Fixture::new(&person("1", "Ng", "a@x.com", ""), &member("m1", "1", r"B\ud83d", "a@x.com", ""), "1=m1").verdicts();
    assert!(name.starts_with("held 1 unreadable: `last_name` of the account can't be read (has half of a character"), "{name}");
    let id = Fixture::new(&person("1", "Ng", "a@x.com", ""), &member(r"m\ud83d", "1", "Ng", "a@x.com", ""), "1=m1").verdicts();
    assert!(!id.contains("account missing") && id.contains("unread"), "{id}");
}

/// Each field of a record is within its own bound; together they are not.
#[test]
fn a_record_whose_fields_are_too_large_together_is_rejected_alone() {
    let verdicts = |form: &str, count: usize| {
        let fields = ["a", "b", "c", "d", "e"].map(|name| format!("  field {name} = {form}\n"));
        let fields = format!("  field email = employee.email | trim | lower\n{}", fields.concat());
        let used = ["a", "b", "c", "d", "e"][..count].iter().map(|name| format!("{name} is present and ")).collect::<String>();
        let edits =
            [("  field email = employee.email | trim | lower\n", &*fields), ("include when email", &*format!("include when {used}email"))];
        let source = person("1", &"x".repeat(15 << 20), "a@x.com", "") + &person("2", "Roux", "b@x.com", "");
        Fixture::edited(&edits, &source, "", "").verdicts()
    };
    let text = "\"{employee.last_name}-{employee.id}\"";
    let four = verdicts(text, 4);
    assert!(four.ends_with("2 read: 2 create"), "{:?}", four.lines().last());
    for form in [text, "[employee.last_name, employee.number]"] {
        let five = verdicts(form, 5);
        assert!(five.contains("rejected 1 R0213") && five.contains("the fields of one record would be larger than 64 MB"), "{form}");
        assert!(five.ends_with("2 read: 1 create, 1 rejected"), "{form}: {:?}", five.lines().last());
    }
}
