//! Rows of one read: what is dropped of records that were named as removed, or shown in several versions.

use super::{fixture::Fixture, scenarios::person};
use crate::{
    run::read::{
        details::needed,
        extract::{Extractor, is_missing},
    },
    run::record_scope::{Clock, own_key},
    systems::Removed,
    value::{Fault, FaultCode, Value},
};

/// The rows of records that a source has given, one after the other.
fn taken(plan: &Fixture, records: &str) -> Extractor {
    let mut extractor = Extractor::source(&plan.plan.source, false);
    extractor.take(&records.lines().map(str::as_bytes).collect::<Vec<_>>());
    extractor
}

fn names(plan: &Fixture, rows: &Extractor) -> String {
    let slot = plan.plan.source.slot_of(plan.plan.source.collection().attribute("last_name").unwrap()).unwrap();
    rows.rows().iter().map(|row| row[slot].as_ref().unwrap().to_text().unwrap().into_owned()).collect::<Vec<_>>().join(" ")
}

/// One that is shown after it was named as removed is there; one that was shown before is not.
#[test]
fn the_last_word_about_a_record_counts() {
    let plan = Fixture::new("", "", "");
    let records = person("1", "One", "", "") + &person("2", "Two", "", "") + &person("1", "Again", "", "") + &person("3", "Three", "", "");
    let id = |number: &str| own_key(&plan.plan.source, &taken(&plan, &person(number, "N", "", "")).rows()[0]).unwrap().to_string();
    let removed = |number: &str, after| Removed { key: Value::text(id(number)), after };
    let left = |removed: &[Removed]| {
        let mut rows = taken(&plan, &records);
        let gone = rows.without_removed(removed);
        (names(&plan, &rows), gone.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(left(&[]), ("One Two Again Three".into(), vec![]));
    assert_eq!(left(&[removed("1", 2)]), ("Two Again Three".into(), vec![]), "shown again after it was removed");
    assert_eq!(left(&[removed("1", 3), removed("1", 1)]), ("Two Three".into(), vec![id("1")]), "removed twice: the later one counts");
    assert_eq!(left(&[removed("2", 4), removed("9", 4)]), ("One Again Three".into(), vec![id("2"), id("9")]));
}

/// In a list that is ordered by change, a record moves while it is read.
#[test]
fn the_newest_version_of_a_record_is_kept_and_of_two_alike_the_later_one() {
    let plan = Fixture::new("", "", "");
    let slot = plan.plan.source.slot_of(plan.plan.source.collection().attribute("contract_end").unwrap()).unwrap();
    let kept = |versions: &[(&str, &str, &str)]| {
        let record = |(number, name, day): &(&str, &str, &str)| person(number, name, "", &format!(r#""contract_end": "{day}""#));
        let mut rows = taken(&plan, &versions.iter().map(record).collect::<String>());
        rows.keep_newest(&|row| own_key(&plan.plan.source, row), slot);
        names(&plan, &rows)
    };
    let (old, new, other) = (("1", "Old", "2026-01-01"), ("1", "New", "2026-02-01"), ("2", "Other", "2025-01-01"));
    assert_eq!(kept(&[old, other, new]), "Other New");
    assert_eq!(kept(&[new, other, old]), "New Other");
    assert_eq!(kept(&[new, ("1", "Same", "2026-02-01")]), "Same");
    assert_eq!(kept(&[old, new, ("1", "Older", "2025-06-01")]), "New");
}

#[test]
fn a_place_where_nothing_stands_is_missing_and_what_cannot_be_read_is_not() {
    assert!(is_missing(&Ok(Value::Absent)) && is_missing(&Err(Fault::new(FaultCode::Missing, "is missing"))));
    assert!(!is_missing(&Ok(Value::text("a"))) && !is_missing(&Err(Fault::unread("was not asked for"))));
}

/// Whom the list alone excludes nobody asks for.
#[test]
fn a_record_is_asked_for_unless_what_is_known_excludes_it() {
    let needs = |fixture: &Fixture, record: &str, unread: &[&str]| {
        let source = &fixture.plan.source;
        let mut row = taken(fixture, record).rows()[0].clone();
        for name in unread {
            row[source.slot_of(source.collection().attribute(name).unwrap()).unwrap()] = Err(Fault::unread("was not asked for"));
        }
        needed(&fixture.plan, Clock { now: fixture.now, today: fixture.day() }, &row)
    };
    let plain = Fixture::new("", "", "");
    let contractor = person("1", "A", "a@x.com", r#""department": "Contractors""#);
    assert!(needs(&plain, &person("1", "A", "a@x.com", ""), &["department"]), "its department may exclude it");
    assert!(needs(&plain, &person("1", "A", "a@x.com", ""), &["last_name"]), "nothing excludes it");
    assert!(needs(&plain, &contractor, &["email"]), "the first filter may decide");
    assert!(!needs(&plain, &contractor, &["last_name"]));
    assert!(!needs(&plain, &person("1", "A", "", ""), &["department"]), "no e-mail address: out of scope whatever the rest is");
    assert!(needs(&plain, &person("1", "A", "", ""), &["contract_end"]), "whether it leaves is not known");
    let ended = person("1", "A", "", r#""contract_end": "2026-02-01""#);
    assert!(needs(&plain, &ended, &["department"]), "whoever leaves is asked for");

    let filter = |words: &str| {
        Fixture::new("", "", "").edits(&[
            ("number       : text  at", "number       : text? at"),
            ("  key employee.number", &format!("  {words}\n  key employee.number")),
        ])
    };
    let keyless = "{\"id\": 7, \"number\": null, \"email\": \"a@x.com\", \"last_name\": \"X\"}";
    let named = [filter("include when employee.number is present"), filter("exclude when employee.number is missing as \"none\"")];
    for fixture in &named {
        assert!(!needs(fixture, keyless, &["department"]), "expected without a key");
        assert!(needs(fixture, &person("1", "A", "a@x.com", ""), &["department"]));
    }
    assert!(needs(&filter("exclude when employee.number starts with \"X\" as \"other\""), keyless, &["department"]));
    let (of_several, of_all) =
        (plain.line("one per key prefer employee.last_name == \"A\""), Fixture::new("", "", "").leaver("when out of scope"));
    assert!(needs(&of_several, &contractor, &["last_name"]), "it may be the one of its key that counts");
    assert!(needs(&of_all, &contractor, &["last_name"]), "whoever is out of scope leaves");
}
