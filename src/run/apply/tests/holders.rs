//! Accounts that another pipeline has linked: looked for before each request that ends their use.

use super::apply_fixture::{ApplyFixture, member, person};
use crate::{
    run::tests::fixture::{delete_after, link},
    state::LinkSetIdentity,
};
use serde_json::json;

const LEAVER: &str = r#""contract_end": "2026-02-27""#;

/// The link set of another pipeline that writes to the same accounts.
fn other(fixture: &ApplyFixture) -> LinkSetIdentity {
    LinkSetIdentity { pipeline: "contractors".into(), key: "number".into(), source: "agency".into(), ..fixture.identity() }
}

fn linked_by_other(fixture: &ApplyFixture, words: &str) {
    let (identity, now) = (other(fixture), fixture.planning.now);
    let transaction = fixture.store.transaction().unwrap();
    transaction.ensure_link_set(&identity, now).unwrap();
    transaction.put_link(&identity.id(), &link(words)).unwrap();
    transaction.commit().unwrap();
}

/// The plan knows nothing of the other link, as if it were made since.
#[test]
fn a_link_that_was_made_since_the_plan_keeps_the_account_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, LEAVER));
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    linked_by_other(&fixture, "C-1=m1");
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes), ("leave 00001 conflict: the account is still held by contractors", 0));
    assert_eq!((fixture.life("00001").as_str(), &fixture.members.of("00001")["active"]), ("m1 open", &json!(true)));
    linked_by_other(&fixture, "C-1=m1 left 2026-02-28");
    assert_eq!(fixture.run().outcomes(), "leave 00001 done", "the other one has let go");
}

#[test]
fn a_later_step_deletes_nothing_that_somebody_else_has_linked() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, LEAVER));
    fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture.run();
    linked_by_other(&fixture, "C-1=m1");
    fixture.day("2026-05-01");
    assert_eq!(fixture.run().outcomes(), "stage 00001 conflict: the account is still held by contractors");
    assert_eq!(fixture.members.all().len(), 1);
}
