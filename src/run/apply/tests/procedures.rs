//! Procedures of leavers with later steps: accounts that are open again, identities, and calls that are made after all.

use super::apply_fixture::{ApplyFixture, call, person};
use crate::{
    compile::Action,
    run::tests::fixture::{Fixture, delete_after, render, target_of},
};
use serde_json::json;

const ENDED: &str = r#""contract_end": "2026-02-27""#;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A person whose account was made by the first run and closed by the second, with edits of the pipeline; a delete is due on 2026-05-01.
fn closed(folder: &std::path::Path, edits: &[(&str, &str)]) -> ApplyFixture {
    let mut fixture = ApplyFixture::of(folder, Fixture::new(&person(1, ""), "", "").edits(edits));
    if fixture.planning.plan.leavers[0].stages.is_empty() {
        fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    }
    assert_eq!(fixture.run().outcomes(), "create 00001 done");
    fixture.planning.source = person(1, ENDED);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    fixture
}

fn held(fixture: &mut ApplyFixture) -> String {
    let set = fixture.run().change_set;
    render(&set).lines().find(|line| line.starts_with("held")).unwrap_or_default().to_owned()
}

/// Changes what the target has of the only account.
fn changed(fixture: &ApplyFixture, more: &serde_json::Value) {
    let mut account = fixture.members.all().remove(0);
    account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fixture.members.put(&[account]);
}

#[test]
fn with_enforce_an_account_that_is_open_when_a_delete_is_due_is_closed_and_deleted_later() {
    let folder = folder();
    let mut fixture = closed(folder.path(), &[("    set  active = false", "    enforce\n    set  active = false")]);
    changed(&fixture, &json!({ "active": true }));
    fixture.day("2026-05-02");
    let ran = fixture.run();
    assert!(render(&ran.change_set).contains("(was opened again by somebody) active:true→false"), "{}", render(&ran.change_set));
    assert_eq!((fixture.members.all()[0]["active"].clone(), fixture.members.all().len()), (json!(false), 1));
    assert_eq!(fixture.run().outcomes(), "stage 00001 done");
    assert_eq!(fixture.members.all().len(), 0);
}

#[test]
fn with_enforce_it_is_closed_even_if_the_procedure_was_edited_or_who_left_is_out_of_scope() {
    let (edited, out_of_scope) = (folder(), folder());
    let enforce = ("    set  active = false", "    enforce\n    set  active = false");
    let mut fixture = closed(edited.path(), &[enforce]);
    changed(&fixture, &json!({ "active": true }));
    fixture.planning.plan.leavers[0].stages[0].actions =
        vec![Action::Call { call: 0, once: false, span: crate::diagnose::Span::default() }];
    target_of(&mut fixture.planning.plan).named = vec![("archive".into(), call("POST"))];
    assert_eq!(fixture.run().outcomes(), "stage 00001 done");
    assert_eq!(fixture.members.all()[0]["active"], json!(false));
    assert!(held(&mut fixture).contains("procedure changed"), "what follows still waits for a person");

    let by_scope = ("as \"contract ended\"", "as \"contract ended\"\n    when out of scope");
    let mut fixture = ApplyFixture::of(out_of_scope.path(), Fixture::new(&person(1, ""), "", "").edits(&[enforce, by_scope]));
    fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    fixture.run();
    fixture.planning.source = person(1, r#""department": "Contractors""#);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    for day in ["2026-03-20", "2026-05-02"] {
        changed(&fixture, &json!({ "active": true }));
        fixture.day(day);
        assert_eq!(fixture.run().outcomes(), "stage 00001 done", "{day}");
        assert_eq!((fixture.members.all()[0]["active"].clone(), fixture.members.all().len()), (json!(false), 1), "{day}");
    }
}
