//! Doubts that hold a change set: other lists than before, a state that is too old, and clocks that are wrong.

use super::{
    fixture::*,
    scenarios::{many, member, person},
};
use crate::state::link::Absence;

/// Twelve are linked, and the first, who was missing twice, is missing for the third time.
fn missing_again(reading: impl FnOnce(&Fixture) -> Option<String>) -> Fixture {
    let (source, target, links) = many(12);
    let read: String = source.lines().skip(1).map(|line| format!("{line}\n")).collect();
    Fixture::new(&read, &target, &links).leaver("when missing for 3 runs").with(|fixture| {
        let (first, last) = (Some("2026-02-28T02:00:00Z".parse().unwrap()), Some("2026-03-01T02:00:00Z".parse().unwrap()));
        let link = fixture.links.of_key("00001").unwrap().clone();
        fixture.links.insert(crate::state::link::Link { absence: Absence { runs: 2, first, last }, ..link });
        fixture.baseline.reading = reading(fixture);
    })
}

#[test]
fn other_lists_or_another_credential_restart_the_count_of_absence() {
    let leaves = "leave 00001 = m1 (missing for 3 of 3 runs)";
    for known in [None, Some("one")] {
        let fixture = missing_again(|fixture| known.map(|credential| format!("{} {credential}", fixture.plan.source_basis)));
        assert!(fixture.verdicts().starts_with(leaves), "{}", fixture.verdicts());
    }
    let rotated = missing_again(|fixture| Some(format!("{} two", fixture.plan.source_basis)));
    assert_eq!(
        rotated.verdicts(),
        "missing 00001 missing: for 1 of 3 runs, counted once in 20 h\n11 read: 11 unchanged; not read: 1 missing"
    );
    let edited = missing_again(|_| Some("another one".into())).verdicts();
    assert!(
        edited.starts_with(
            "missing 00001 missing: for 1 of 3 runs, counted once in 20 h\ndoubt population changed: what `hr.people` lists was edited"
        ),
        "{edited}"
    );
    assert!(edited.contains("and 1 linked records are missing"), "{edited}");
    let all_there = Fixture { source: many(12).0, ..missing_again(|_| Some("another one".into())) };
    assert_eq!(all_there.verdicts(), "12 read: 12 unchanged");
}

#[test]
fn what_a_source_lists_depends_on_its_calls_and_their_settings_alone() {
    let basis = |from: &str, to: &str| Fixture::new("", "", "").edit(from, to).plan.source_basis.clone();
    let before = basis("title \"HR\"", "title \"HR\"");
    assert_ne!(before, basis("\"people.jsonl\"", "\"staff.jsonl\""));
    for (from, to) in [
        ("division     = employee.department", "division     = employee.last_name "),
        ("department   : text? at $.department", "department   : text? at $.unit"),
        ("\"members.jsonl\"", "\"others.jsonl\""),
        ("  exclude when employee.department == \"Contractors\" as \"contractor\"\n", ""),
    ] {
        assert_eq!(before, basis(from, to), "{to}");
    }
}

#[test]
fn nobody_leaves_by_an_old_state_or_a_wrong_clock() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2026-01-01""#) + &person("2", "B", "b@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "2", "Bee", "b@x.com", "");
    let old = |fixture: &mut Fixture| fixture.baseline.recovery = vec!["the state is an older copy".into()];
    let fixture = Fixture::new(&source, &target, "1=m1\n2=m2").with(old);
    assert!(fixture.verdicts().contains("doubt the state is an older copy; 1 operation can't be taken back"), "{}", fixture.verdicts());
    let nobody = Fixture { source: person("1", "A", "a@x.com", "") + &person("2", "B", "b@x.com", ""), ..fixture };
    assert!(!nobody.verdicts().contains("doubt"), "an update may be repeated: {}", nobody.verdicts());
    let welcome = Fixture { source: nobody.source.clone() + &person("3", "C", "c@x.com", ""), ..nobody };
    assert!(
        welcome.verdicts().contains("doubt the state is an older copy; 1 operation can't"),
        "a welcome e-mail can't: {}",
        welcome.verdicts()
    );

    let clock = |minutes: i64| {
        let fixture = Fixture::new(&source, &target, "1=m1\n2=m2");
        let says = fixture.now + jiff::SignedDuration::from_mins(minutes);
        Fixture { source_clock: Some(says), ..fixture }.verdicts()
    };
    assert!(
        clock(-90).contains("doubt the clock of `hr` is 90 min from this machine's; 1 operation can't be taken back"),
        "{}",
        clock(-90)
    );
    assert!(clock(61).contains("doubt the clock of `hr` is 61 min") && !clock(-59).contains("doubt"));
}

/// Links that were imported, or bound to another key, and people whom no line of `match` finds.
#[test]
fn people_who_may_be_linked_under_other_keys_are_created_by_nobody_unasked() {
    let people = |from: usize| (from..from + 12).map(|at| person(&format!("K{at}"), "N", &format!("k{at}@x.com"), "")).collect::<String>();
    let (_, target, links) = many(12);
    let doubtful = |adoption: bool, source: &str| {
        let fixture = Fixture::new(source, &target, &links).with(|fixture| fixture.adoption = adoption);
        fixture.plan_changes().head.doubts.iter().any(|doubt| doubt.starts_with("12 of 12 linked people are not among those read, and 12"))
    };
    assert!(doubtful(true, &people(1)));
    assert!(!doubtful(false, &people(1)), "later, whoever is missing is missing");
    assert!(!doubtful(true, &(many(12).0 + &people(1))), "everybody is there");
}
