//! Records of which a read of what changed shows only that: what it leaves out clears nothing, and nobody leaves or comes back by it.

use super::{
    fixture::*,
    scenarios::{member, person},
};
use crate::{run::read::extract::Delta, systems::End};

/// Somebody who was renamed, where the account has a division; these attributes are left out.
fn renamed(edits: &[(&str, &str)], unshown: &[&'static str]) -> Fixture {
    let source = person("1", "Brown", "a@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", r#""division": "Sales""#);
    Fixture::edited(edits, &source, &target, "1=m1").with(|fixture| {
        fixture.source_end = End::Delta;
        fixture.delta = Some(Delta::default());
        fixture.unshown = unshown.to_vec();
    })
}

const CLEAR: (&str, &str) =
    ("division     = employee.department              keep when missing", "division = employee.department clear when missing");
const ELSE: (&str, &str) =
    ("division     = employee.department              keep when missing", "division = employee.department ?? \"none\"");
const ENDED: (&str, &str) = ("when employee.contract_end < today as", "when employee.contract_end is missing as");

fn written(fixture: &Fixture) -> Vec<String> {
    let set = fixture.plan_changes();
    set.operations.iter().flat_map(|operation| operation.written()).map(|written| written.attribute.to_string()).collect()
}

#[test]
fn what_is_left_out_is_neither_cleared_nor_replaced() {
    for line in [CLEAR, ELSE] {
        assert_eq!(written(&renamed(&[line], &["department"])), ["last_name"], "{line:?}");
        assert_eq!(written(&renamed(&[line], &[])), ["last_name", "division"], "{line:?}");
    }
}

#[test]
fn nobody_leaves_by_what_is_left_out() {
    // Only a part of the records of a key is read here, so that the next run confirms a leave.
    assert!(renamed(&[ENDED], &[]).verdicts().starts_with("unread 1 read again: leaves"));
    let verdicts = renamed(&[ENDED], &["contract_end"]).verdicts();
    assert!(verdicts.starts_with("update 1"), "{verdicts}");
    let outside = ("exclude when employee.department == \"Contractors\"", "exclude when employee.department is missing");
    let verdicts = renamed(&[outside], &["department"]).verdicts();
    assert!(verdicts.starts_with("update 1"), "{verdicts}");
}

/// The day that was known of a leave stays.
#[test]
fn a_day_that_is_left_out_stays_as_it_was() {
    let known = |unshown: &[&'static str]| {
        let fixture = renamed(&[], unshown).with(|fixture| {
            let mut link = fixture.links.of_key("1").unwrap().clone();
            link.due = Some("2026-04-01".parse().unwrap());
            fixture.links.insert(link);
        });
        fixture.plan_changes().updates.dues
    };
    assert_eq!(known(&["contract_end"]), []);
    assert_eq!(known(&[]), [("1".to_owned(), None)]);
}
