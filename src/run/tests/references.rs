//! `x | counterpart` where the other record has no counterpart yet: what is written without it, what waits, and what is said.

use super::fixture::{Fixture, render, replaced};

fn person(number: &str, more: &str) -> String {
    format!(r#"{{"id": 1{number}, "number": "{number}", "email": "{number}@x.com", "last_name": "N"{more}}}"#) + "\n"
}

fn member(number: &str, more: &str) -> String {
    format!(r#"{{"id": "m{number}", "external_id": "{number}", "email": "{number}@x.com", "last_name": "N", "active": true{more}}}"#) + "\n"
}

/// What is said of the references, and what is written of them.
fn about(fixture: &Fixture, attribute: &str) -> Vec<String> {
    let all = render(&fixture.plan_changes());
    let word = |line: &str| {
        let own = line.split(' ').filter(|word| word.contains(attribute)).collect::<Vec<_>>().join(" ");
        let head = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        if own.is_empty() || ["later", "waiting"].iter().any(|word| line.starts_with(word)) {
            line.to_owned()
        } else {
            format!("{head} {own}")
        }
    };
    all.lines().filter(|line| line.contains(attribute) || line.contains(" read:")).map(word).collect()
}

#[test]
fn a_missing_reference_is_cleared_and_an_unlinked_one_is_left_as_it_is() {
    let target = member("1", r#", "manager": "m9""#) + &member("2", r#", "manager": "m9""#);
    let source = person("1", "") + &person("2", r#", "manager": 17"#);
    assert_eq!(
        about(&Fixture::new(&source, &target, "1=m1\n2=m2"), "manager"),
        ["update 1 manager:m9→-", "later manager of 2 names 17", "2 read: 1 update, 1 unchanged"]
    );
}

#[test]
fn a_record_that_is_held_out_of_scope_or_rejected_has_no_counterpart_yet() {
    let named = |other: &str, target: &str| {
        let source = person("1", r#", "manager": 12"#) + other;
        about(&Fixture::new(&source, &(member("1", r#", "manager": "m9""#) + target), "1=m1"), "manager")
    };
    let left = |verdict: &str| ["later manager of 1 names 2".to_owned(), format!("2 read: 1 {verdict}")];
    let out = named(&person("2", r#", "department": "Contractors""#), "");
    assert_eq!(out, left("unchanged, 1 out of scope"));
    let rejected = named(&replaced(&person("2", ""), r#""last_name": "N""#, r#""last_name": [], "x": []"#), "");
    assert_eq!(rejected, left("rejected, 1 unchanged"));
    let twins = member("2", "") + &replaced(&replaced(&member("2", ""), "m2", "m3"), "2@", "3@");
    assert_eq!(named(&person("2", ""), &twins), left("held, 1 unchanged"));
}

#[test]
fn a_linked_record_with_a_duplicate_key_is_no_reference() {
    let target = member("1", r#", "manager": "m9""#) + &member("2", "");
    let source = person("1", r#", "manager": 12"#) + &person("2", "") + &person("2", "");
    assert_eq!(
        about(&Fixture::new(&source, &target, "1=m1\n2=m2"), "manager"),
        ["later manager of 1 names 2", "3 read: 2 held, 1 unchanged"]
    );
}

const REQUIRED: [(&str, &str); 2] = [
    ("manager      : text?  ", "manager      : text   "),
    ("employee.manager | counterpart   clear when missing", "employee.manager ?? employee.id | counterpart"),
];

fn required(source: &str, target: &str, links: &str) -> Vec<String> {
    about(&Fixture::edited(&REQUIRED, source, target, links), "manager")
}

#[test]
fn a_required_reference_waits_and_so_do_records_that_require_the_waiting_one() {
    let source = person("1", r#", "manager": 12"#) + &person("2", r#", "manager": 19"#) + &person("3", r#", "manager": 14"#);
    let target = member("4", r#", "manager": "m4""#);
    let fourth = person("4", "");
    let verdicts = required(&(source + &fourth), &target, "4=m4");
    assert_eq!(
        verdicts,
        [
            "create 3 manager=m4",
            "waiting 2 reference: manager needs the counterpart of 19, which has none yet [25]",
            "waiting 1 reference: manager needs the counterpart of 2, which has none yet [25]",
            "4 read: 1 create, 2 waiting, 1 unchanged"
        ]
    );
}

#[test]
fn a_circle_of_required_references_is_held() {
    let circle = person("1", r#", "manager": 12"#) + &person("2", r#", "manager": 11"#);
    assert_eq!(
        Fixture::edited(&REQUIRED, &circle, "", "").verdicts(),
        "held 1 cycle: waits for 2, which waits for this one [25]\nheld 2 cycle: waits for 1, which waits for this one [25]\n2 read: 2 held"
    );
}

const MENTORS: [(&str, &str); 3] = [
    ("      manager      : int?  at $.manager", "      manager      : int?  at $.manager\n      mentors      : list of int at $.mentors"),
    (
        "      manager      : text?                           at $.manager",
        "      manager      : text?                           at $.manager\n      mentors      : list of text  at $.mentors",
    ),
    (
        "    active       = true                             on create\n",
        "    active       = true                             on create\n    mentors      = employee.mentors | counterpart\n",
    ),
];

fn mentored(list: &str, held: &str, others: &str) -> Vec<String> {
    let source = person("1", &format!(r#", "mentors": {list}"#)) + others;
    let target = member("1", &format!(r#", "mentors": {held}"#)) + &member("2", "");
    about(&Fixture::edited(&MENTORS, &source, &target, "1=m1\n2=m2"), "mentors")
}

#[test]
fn usable_references_of_a_list_are_written_and_the_rest_follows() {
    let two = person("2", r#", "mentors": []"#);
    let three = person("3", r#", "mentors": []"#);
    let later = "later mentors of 1 names 17".to_owned();
    let with = |change: &str, read: &str| [change.to_owned(), later.clone(), read.to_owned()];
    assert_eq!(mentored("[12, 17]", r#"["x"]"#, &two), with("update 1 mentors:x→x,m2", "2 read: 1 update, 1 unchanged"));
    assert_eq!(mentored("[12, 17]", r#"["m2"]"#, &two), [later.clone(), "2 read: 2 unchanged".to_owned()]);
    assert_eq!(mentored("[12, 13]", r#"["m2"]"#, &(two + &three))[1], "update 1 mentors:m2→m2,new_3");
}

#[test]
fn a_list_that_is_owned_as_a_whole_waits_for_all_references() {
    let source = person("1", r#", "mentors": [12, 17]"#) + &person("2", r#", "mentors": []"#);
    let target = member("1", r#", "mentors": ["m7"]"#) + &member("2", "");
    let fixture = Fixture::edited(&MENTORS, &source, &target, "1=m1\n2=m2").edit("mentors | counterpart", "mentors | counterpart  exactly");
    assert_eq!(about(&fixture, "mentors"), ["later mentors of 1 names 17", "2 read: 2 unchanged"]);
}
