//! Two directions over the same people: one link in either is one in both.

use super::{
    super::{LinkSetIdentity, Store, agreed::Pair, link::Life},
    folder, link, now,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn out() -> LinkSetIdentity {
    let text = str::to_owned;
    LinkSetIdentity { pipeline: text("out"), key: text("person.id"), source: text("w people"), target: text("a contacts") }
}

fn back() -> LinkSetIdentity {
    let text = str::to_owned;
    LinkSetIdentity { pipeline: text("back"), key: text("contact.id"), source: text("a contacts"), target: text("w people") }
}

fn pair(store: &Store) {
    let transaction = store.transaction().unwrap();
    transaction.pair_link_sets(&out(), &back(), now()).unwrap();
    transaction.commit().unwrap();
}

fn put(store: &Store, identity: &LinkSetIdentity, link: &super::Link) {
    let transaction = store.transaction().unwrap();
    transaction.put_link(&identity.id(), link).unwrap();
    transaction.commit().unwrap();
}

/// Open pairs as seen from the people.
fn pairs(store: &Store, identity: &LinkSetIdentity, swapped: bool) -> BTreeSet<(String, String)> {
    let links = store.links(&identity.id()).unwrap();
    let open = links.iter().filter(|link| !link.is_retired());
    open.map(|link| if swapped { (link.target.clone(), link.key.clone()) } else { (link.key.clone(), link.target.clone()) }).collect()
}

#[test]
fn a_link_of_either_is_the_link_of_both() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    assert!(!store.are_paired(&out().id(), &back().id()).unwrap());
    pair(&store);
    assert!(store.are_paired(&out().id(), &back().id()).unwrap());
    put(&store, &out(), &link("w1", "53"));
    put(&store, &back(), &link("54", "w2"));
    assert_eq!(store.link(&back().id(), "53").unwrap().unwrap().target, "w1");
    assert_eq!(store.link(&out().id(), "w2").unwrap().unwrap().target, "54");
}

#[test]
fn links_from_before_the_second_direction_belong_to_both() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    let transaction = store.transaction().unwrap();
    transaction.ensure_link_set(&out(), now()).unwrap();
    transaction.commit().unwrap();
    put(&store, &out(), &link("w1", "53"));
    pair(&store);
    assert_eq!(store.link(&back().id(), "53").unwrap().unwrap().target, "w1");
}

#[test]
fn leaving_is_each_directions_own_and_what_agreed_is_one() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    pair(&store);
    put(&store, &out(), &link("w1", "53"));
    let mut left = store.link(&out().id(), "w1").unwrap().unwrap();
    left.life = Life::Left { stage: 1, done: now(), next: None, by_scope: false };
    left.agreed.insert(7, Pair { source: Some(1), target: Some(2), last_to_target: Some(3), last_from_target: None });
    left.agreed.target_written = Some(now());
    put(&store, &out(), &left);
    let other = store.link(&back().id(), "53").unwrap().unwrap();
    assert_eq!(other.life, Life::Open);
    assert_eq!(other.agreed.get(7), Some(Pair { source: Some(2), target: Some(1), last_to_target: None, last_from_target: Some(3) }));
    assert_eq!(other.agreed.source_written, Some(now()));
}

#[test]
fn a_new_counterpart_applies_to_both_directions() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    pair(&store);
    put(&store, &out(), &link("w1", "53"));
    put(&store, &out(), &link("w1", "99"));
    assert_eq!(pairs(&store, &back(), true), BTreeSet::from([("w1".into(), "99".into())]));
    let before = store.link(&back().id(), "53").unwrap().unwrap();
    assert!(before.is_retired(), "the key is kept");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn both_directions_see_the_same_pairs(steps in proptest::collection::vec((any::<bool>(), 0..4_u8, 0..4_u8), 1..12)) {
        let folder = folder();
        let store = Store::open(folder.path()).unwrap();
        pair(&store);
        for (forth, one, other) in steps {
            let (person, contact) = (format!("w{one}"), format!("c{other}"));
            let (identity, link) = if forth { (out(), link(&person, &contact)) } else { (back(), link(&contact, &person)) };
            let transaction = store.transaction().unwrap();
            // An account that belongs to somebody else is refused, and nothing is changed in either.
            if transaction.put_link(&identity.id(), &link).is_ok() {
                transaction.commit().unwrap();
            }
            prop_assert_eq!(pairs(&store, &out(), false), pairs(&store, &back(), true));
        }
    }
}
