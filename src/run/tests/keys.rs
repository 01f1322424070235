//! Several records with one key: which of them counts, when none does, and what is said where a key is not known.

use super::{
    fixture::Fixture,
    scenarios::{member, person},
};

const PREFER: &str = "one per key prefer employee.department == \"Sales\"";
const BOTH: &str = "one per key prefer employee.department == \"Sales\", then latest employee.contract_end";

const HELD: &str = "held 1 duplicate key: 2 records have this key [19]\nheld 1 duplicate key: 2 records have this key [19]\n2 read: 2 held";

/// A linked person who has several records: each with a name, a department and the day on which the contract ends.
fn judged(rule: &str, records: &[(&str, &str, &str)]) -> String {
    let json = |text: &str| if text.is_empty() { "null".to_owned() } else { format!("\"{text}\"") };
    let record = |(name, department, end): &(&str, &str, &str)| {
        let more = format!(r#""department": {}, "contract_end": {}"#, json(department), json(end));
        person("1", name, "a@x.com", &more)
    };
    let source: String = records.iter().map(record).collect();
    Fixture::new(&source, &member("m1", "1", "Old", "a@x.com", r#""division": "Sales""#), "1=m1").line(rule).verdicts()
}

/// What is said where the record of this name counts.
fn counts(name: &str, read: usize) -> String {
    format!("update 1 = m1 last_name:Old→{name}\n{read} read: 1 update, {} out of scope", read - 1)
}

#[test]
fn the_latest_of_several_records_counts_wherever_it_stands() {
    let (early, late, open) = (("Early", "", "2026-11-30"), ("Late", "", "2027-06-30"), ("Open", "", ""));
    assert_eq!(judged(BOTH, &[early, late]), counts("Late", 2));
    assert_eq!(judged(BOTH, &[late, early]), counts("Late", 2));
    assert_eq!(judged(BOTH, &[open, early, late]), counts("Late", 3));
    assert_eq!(judged(BOTH, &[open, early]), counts("Early", 2), "one without a day is the earliest");
}

#[test]
fn a_preferred_record_counts_before_a_later_one() {
    let (sales, late, other) = (("Sales", "Sales", "2026-11-30"), ("Late", "", "2027-06-30"), ("Other", "Sales", "2026-12-31"));
    assert_eq!(judged(BOTH, &[sales, late]), counts("Sales", 2));
    assert_eq!(judged(BOTH, &[sales, late, other]), counts("Other", 3), "the latest of those that are preferred");
    assert_eq!(judged(PREFER, &[sales, late]), counts("Sales", 2));
}

#[test]
fn in_a_tie_no_record_counts() {
    let (one, other) = (("One", "Sales", "2026-12-31"), ("Other", "Sales", "2026-12-31"));
    assert_eq!(judged(BOTH, &[one, other]), HELD);
    assert_eq!(judged(PREFER, &[one, other]), HELD);
    let (neither, nor) = (("Neither", "", ""), ("Nor", "", ""));
    assert_eq!(judged(PREFER, &[neither, nor]), HELD, "none is preferred");
}

/// One wrong row must not close an account.
#[test]
fn nobody_leaves_by_one_record_while_another_of_the_key_stays() {
    let (ended, before, open) = (("Ended", "", "2026-02-28"), ("Before", "", "2026-01-31"), ("Open", "", ""));
    assert_eq!(judged(BOTH, &[ended, open]), HELD);
    let leaves = judged(BOTH, &[ended, before]);
    assert!(leaves.starts_with("leave 1 = m1 (contract ended 2026-02-28) active:true→false\n"), "{leaves}");
    assert_eq!(judged(BOTH, &[("Stays", "", "2026-12-31"), before]), counts("Stays", 2), "who stays by the record that counts");
}

/// Whose record it is can't be told, so that nobody is missing.
#[test]
fn a_record_whose_key_was_not_read_is_named_and_nobody_is_missing_meanwhile() {
    let source = person("1", "A", "a@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let fixture = Fixture::new(&source, &target, "1=m1\n2=m2").leaver("when missing for 1 runs");
    assert!(fixture.verdicts().starts_with("leave 2 = m2 (missing for 1 run)"), "{}", fixture.verdicts());
    let fixture = fixture.with(|fixture| fixture.unshown = vec!["number"]);
    assert_eq!(
        fixture.verdicts(),
        "\
unread id 1050 not answered: its key is not known: is not shown by what shows only the changes [19]
unread 1 unread: was not read [21]
unread 2 unread: was not read [21]
1 read: 1 unread; not read: 2 unread"
    );
}
