//! Two directions over the same people.

use super::pair::{
    Both,
    Way::{Back, Out},
};
use crate::run::change_set::Outcome;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// One person on both sides, linked and at rest.
fn settled(folder: &std::path::Path) -> Both {
    let mut both = Both::new(folder);
    both.w.edit("w1", "email", "ann@example.com");
    both.w.edit("w1", "phone", "0412345678");
    both.a.edit("a1", "email", "Ann@Example.com");
    both.a.normalises.set(true);
    both.run(Back);
    both.run(Out);
    both.later(60);
    both
}

#[test]
fn a_value_written_by_one_direction_is_not_sent_back_by_the_other() {
    let folder = folder();
    let mut both = Both::new(folder.path());
    both.a.edit("a1", "email", "ann@example.com");
    both.a.edit("a1", "phone", "+61412345678");
    assert_eq!(both.run(Back).lines(), "create a1 email=ann@example.com phone=+61412345678\n1 read: 1 create");
    for way in [Out, Back, Out, Back] {
        both.later(15);
        both.run(way);
    }
    assert_eq!(both.written(), (1, 0));
    assert_eq!(both.store.link(&both.identity(Out).id(), "w1").unwrap().unwrap().target, "a1", "who came in is linked for the way out");
}

#[test]
fn a_target_with_its_own_form_settles_and_an_edit_on_each_side_goes_across_once() {
    let folder = folder();
    let mut both = settled(folder.path());
    assert_eq!((both.a.get("a1", "phone"), both.written()), ("+61412345678".into(), (0, 1)));
    for way in [Back, Out, Back, Out] {
        assert!(both.run(way).set.operations.is_empty());
        both.later(30);
    }
    both.w.edit("w1", "phone", "0499999999");
    both.later(5);
    assert_eq!(both.run(Back).set.head.changed_there.iter().map(|(name, _, count)| (name.as_str(), *count)).collect::<Vec<_>>(), []);
    both.run(Out);
    assert_eq!((both.a.get("a1", "phone"), both.written()), ("+61499999999".into(), (0, 1)));
    both.later(60);
    both.a.edit("a1", "phone", "+61411111111");
    for way in [Out, Back, Out, Back] {
        both.later(15);
        both.run(way);
    }
    assert_eq!((both.w.get("w1", "phone"), both.a.get("a1", "phone")), ("+61411111111".into(), "+61411111111".into()));
    assert_eq!(both.written(), (1, 0));
}

#[test]
fn the_line_decides_where_both_have_changed() {
    let folder = folder();
    let mut both = settled(folder.path());
    both.written();
    both.w.edit("w1", "phone", "0400000001");
    both.later(10);
    both.a.edit("a1", "phone", "+61400000002");
    both.later(10);
    let ran = both.run(Out);
    assert_eq!(ran.conflicts(), ["w1 phone: it is newer there"]);
    assert_eq!(both.run(Back).conflicts(), ["a1 phone: it is newer here"]);
    assert_eq!((both.w.get("w1", "phone"), both.written()), ("+61400000002".into(), (1, 0)));
    both.later(15);
    assert!(both.run(Out).conflicts().is_empty());
    assert_eq!(both.written(), (0, 0));
}

#[test]
fn times_that_are_too_close_are_decided_by_the_second_word() {
    let folder = folder();
    let mut both = settled(folder.path());
    both.written();
    both.a.ahead.set(jiff::SignedDuration::from_secs(30));
    both.w.edit("w1", "phone", "0400000001");
    both.at("2026-03-02T09:00:50Z");
    both.a.edit("a1", "phone", "+61400000002");
    both.later(15);
    let ran = both.run(Out);
    assert_eq!(ran.conflicts(), ["w1 phone: the times do not tell, so this direction wins"]);
    assert_eq!((both.a.get("a1", "phone"), both.written()), ("+61400000001".into(), (0, 1)));
    both.later(15);
    both.a.edit("a1", "title", "Dr");
    both.later(1);
    for way in [Back, Out, Back] {
        assert!(both.run(way).conflicts().is_empty());
    }
    assert_eq!(both.a.get("a1", "phone"), "+61400000001");
    assert_eq!(both.w.writes.take(), 0, "another attribute has moved its time");
}

#[test]
fn both_changed_to_the_same_is_no_write() {
    let folder = folder();
    let mut both = settled(folder.path());
    both.written();
    both.w.edit("w1", "phone", "+61400000009");
    both.a.edit("a1", "phone", "+61400000009");
    both.later(15);
    both.run(Out);
    both.run(Back);
    assert_eq!(both.written(), (0, 0));
    both.w.edit("w1", "phone", "+61400000010");
    both.later(15);
    both.run(Back);
    both.run(Out);
    assert_eq!((both.a.get("a1", "phone"), both.written()), ("+61400000010".into(), (0, 1)), "one side alone has changed since");
}

#[test]
fn an_undecided_conflict_changes_neither_side_and_is_reported() {
    let folder = folder();
    let mut both = Both::edited(folder.path(), &[("on conflict newest then this", "on conflict hold")]);
    both.w.edit("w1", "email", "ann@example.com");
    both.w.edit("w1", "phone", "1");
    both.a.edit("a1", "email", "ann@example.com");
    both.a.edit("a1", "phone", "2");
    both.a.edit("a1", "open", true);
    let held = "held w1 both changed: phone changed on both sides, and nothing says who wins";
    assert!(both.run(Out).lines().starts_with(&format!("link w1 = a1 by email\n{held}")), "{}", both.run(Out).lines());
    both.later(60);
    assert!(both.run(Out).lines().starts_with(held), "it is read again, though nothing has changed");
    both.w.edit("w1", "title", "Dr");
    both.later(60);
    let ran = both.run(Out);
    assert!(ran.lines().starts_with("update w1 = a1 (phone changed on both sides, stays) title:-→Dr"), "{}", ran.lines());
    assert_eq!(both.pending(Out), ["w1 both changed"]);
    both.a.edit("a1", "phone", "1");
    both.later(60);
    assert!(both.run(Out).set.operations.is_empty());
    assert!(both.pending(Out).is_empty());
}

/// In the plan that shows the change, too, and from the first comparison on.
#[test]
fn conflicts_beside_a_change_are_all_named() {
    let folder = folder();
    let title = "title = person.title   keep when missing";
    let first_name = format!("{title}\n    first_name = person.first_name   keep when missing   on conflict hold");
    let mut both = Both::edited(folder.path(), &[("on conflict newest then this", "on conflict hold"), (title, &first_name)]);
    for (attribute, here, there) in [("email", "ann@example.com", "ann@example.com"), ("phone", "1", "2"), ("first_name", "Ann", "Anna")] {
        both.w.edit("w1", attribute, here);
        both.a.edit("a1", attribute, there);
    }
    both.a.edit("a1", "open", true);
    both.w.edit("w1", "title", "Dr");
    for (run, operations) in [(1, 1), (2, 0), (3, 0)] {
        let ran = both.run(Out);
        assert_eq!(ran.set.operations.len(), operations, "{run}: {}", ran.lines());
        for attribute in ["phone", "first_name"] {
            assert!(ran.lines().contains(attribute), "{run}: {attribute} in {}", ran.lines());
        }
        assert!(both.pending(Out).len() == 1 && both.pending(Out)[0].starts_with("w1 "), "{run}: {:?}", both.pending(Out));
        both.later(60);
    }
    assert_eq!((both.a.get("a1", "title"), both.a.get("a1", "phone")), ("Dr".into(), "2".into()));
}

#[test]
fn a_blank_is_filled_from_either_side_and_a_cleared_value_clears_the_other() {
    let folder = folder();
    let mut both = Both::new(folder.path());
    both.w.edit("w1", "email", "ann@example.com");
    both.a.edit("a1", "email", "ann@example.com");
    both.a.edit("a1", "phone", "+61411111111");
    both.later(5);
    assert!(both.run(Out).set.operations.is_empty(), "the other direction fills it");
    both.later(60);
    both.run(Back);
    assert_eq!((both.w.get("w1", "phone"), both.written()), ("+61411111111".into(), (1, 0)));
    both.later(60);
    both.w.edit("w1", "phone", serde_json::Value::Null);
    both.later(5);
    both.run(Back);
    both.run(Out);
    assert_eq!((both.a.get("a1", "phone"), both.written()), ("-".into(), (0, 1)));
}

/// With `clear when missing` in both directions, what is emptied on either side is emptied on the other one.
#[test]
fn a_value_that_the_other_side_has_emptied_is_cleared_here() {
    let folder = folder();
    let clears = ("= contact.phone         keep", "= contact.phone         clear");
    let mut both = Both::edited(folder.path(), &[clears]);
    both.w.edit("w1", "email", "ann@example.com");
    both.a.edit("a1", "email", "ann@example.com");
    both.run(Out);
    both.run(Back);
    for number in ["+61422222222".into(), serde_json::Value::Null] {
        both.later(60);
        both.a.edit("a1", "phone", number);
        both.later(5);
        both.run(Out);
        both.run(Back);
    }
    assert_eq!((both.w.get("w1", "phone"), both.written()), ("-".into(), (2, 0)));
}

#[test]
fn the_next_read_supplies_a_value_that_the_response_lacks() {
    let folder = folder();
    let mut both = Both::new(folder.path());
    both.a.tells.set(false);
    both.a.normalises.set(true);
    both.w.edit("w1", "email", "ann@example.com");
    both.w.edit("w1", "phone", "0412345678");
    both.a.edit("a1", "email", "ann@example.com");
    both.later(5);
    both.run(Out);
    for way in [Back, Out, Back] {
        both.later(15);
        both.run(way);
    }
    assert_eq!(both.written(), (0, 1));
    both.w.edit("w1", "phone", "0499999999");
    both.later(15);
    both.run(Out);
    both.later(15);
    both.a.edit("a1", "phone", "+61400000007");
    both.later(1);
    both.run(Back);
    assert_eq!(both.w.get("w1", "phone"), "+61400000007", "somebody came after our write, and was not taken for it");
}

#[test]
fn leaving_and_being_away_never_travel() {
    let folder = folder();
    let leaver = "    title = person.title   keep when missing\n  }\n  leaver {\n    when person.ends < today\n    set open = false\n  }";
    let edits = [("    title = person.title   keep when missing\n  }", leaver)];
    let mut both = Both::edited(folder.path(), &edits);
    for number in 1..=4 {
        both.w.edit(&format!("w{number}"), "email", format!("p{number}@example.com"));
        both.a.edit(&format!("a{number}"), "email", format!("p{number}@example.com"));
        both.a.edit(&format!("a{number}"), "open", true);
    }
    both.run(Out);
    both.run(Back);
    both.later(60);
    both.w.edit("w1", "ends", "2026-01-31");
    both.later(1);
    assert!(both.run(Out).lines().starts_with("leave w1 = a1"), "its own line");
    let life = |way, key| both.store.link(&both.identity(way).id(), key).unwrap().unwrap().life;
    assert!(matches!(life(Out, "w1"), crate::state::link::Life::Left { .. }));
    assert_eq!(life(Back, "a1"), crate::state::link::Life::Open);
    assert!(both.run(Back).set.operations.is_empty());
    both.a.all.borrow_mut().remove("a2");
    both.run(Back);
    both.run(Out);
    assert_eq!(both.w.all.borrow().len(), 4, "who is gone there is there here");
}

#[test]
fn an_unknown_outcome_of_one_direction_is_not_acted_upon_by_the_other() {
    let folder = folder();
    let mut both = Both::new(folder.path());
    both.a.edit("a1", "email", "ann@example.com");
    both.w.edit("w9", "email", "zoe@example.com");
    both.a.edit("a9", "email", "zoe@example.com");
    both.run(Back);
    both.later(60);
    // A write of the way out to a9 whose answer was never seen.
    let (set, lease) = (both.identity(Out).id(), both.store.lease("out", "test", "2026-03-02T09:00:00Z".parse().unwrap()).unwrap());
    let run = crate::state::runs::NewRun {
        identity: &both.identity(Out),
        plan: "p-1",
        binding: "b-1",
        by: "test",
        started: "2026-03-02T09:00:00Z".parse().unwrap(),
    };
    let number = both.store.begin_run(&lease, &run).unwrap();
    let intent = crate::state::journal::Intent {
        run: number,
        lease: lease.number,
        batch: 1,
        key: "w9".into(),
        step: 0,
        kind: crate::state::journal::IntentKind::Update,
        operation: "h".into(),
        attempt: 1,
        token: "t".into(),
        content: String::new(),
        opened: "2026-03-02T09:00:00Z".parse().unwrap(),
    };
    let transaction = both.store.transaction().unwrap();
    transaction.open_intent(&set, &intent).unwrap();
    transaction.commit().unwrap();
    both.a.edit("a9", "first_name", "Zoe");
    both.later(1);
    let held = "held a9 unknown: an earlier write of the other direction has no known outcome yet";
    assert!(both.run(Back).lines().starts_with(held));
}

/// Training does not return the number in its stored form, and the number is edited in the same minute.
#[test]
fn an_edit_right_after_our_write_is_not_taken_for_a_reformatted_value() {
    let folder = folder();
    let mut both = settled(folder.path());
    both.a.tells.set(false);
    both.w.edit("w1", "phone", "0499999999");
    both.later(15);
    both.run(Out);
    assert_eq!(both.a.get("a1", "phone"), "+61499999999");
    both.a.edit("a1", "phone", "+61400000007");
    for way in [Back, Out, Back] {
        both.later(15);
        both.run(way);
    }
    assert_eq!((both.w.get("w1", "phone"), both.a.get("a1", "phone")), ("+61400000007".into(), "+61400000007".into()));
}

/// What both agree on is known although another value of the same person was refused: taking it away later is no blank to be filled.
#[test]
fn an_agreement_outlives_a_write_that_failed() {
    for linked_before in [false, true] {
        let folder = folder();
        let mut both = Both::new(folder.path());
        both.w.edit("w1", "email", "ann@example.com");
        both.a.edit("a1", "email", "ann@example.com");
        if linked_before {
            both.run(Out);
            both.later(60);
        }
        both.w.edit("w1", "phone", "1");
        both.a.edit("a1", "phone", "1");
        both.w.edit("w1", "title", "Dr");
        both.a.refuses.set(true);
        assert!(matches!(both.run(Out).outcomes[..], [Outcome::Failed { .. }]));
        assert_eq!(both.pending(Out), ["w1 failed"]);
        both.a.refuses.set(false);
        both.a.edit("a1", "phone", serde_json::Value::Null);
        both.later(15);
        both.run(Out);
        assert_eq!((both.a.get("a1", "phone"), both.a.get("a1", "title")), ("-".into(), "Dr".into()), "{linked_before}");
    }
}

/// A system that shows a write late: what comes then is our own.
#[test]
fn what_a_system_shows_late_is_not_sent_back() {
    for order in [[Out, Back], [Back, Out]] {
        let folder = folder();
        let mut both = settled(folder.path());
        both.a.normalises.set(false);
        both.a.tells.set(false);
        both.a.lags.set(true);
        both.w.edit("w1", "phone", "0499999999");
        both.later(15);
        both.run(Out);
        both.a.lags.set(false);
        both.written();
        for way in order {
            both.later(15);
            both.run(way);
        }
        assert_eq!((both.a.get("a1", "phone"), both.written()), ("0499999999".into(), (0, 0)), "{order:?}");
        both.a.edit("a1", "phone", "0400000007");
        both.later(15);
        both.run(Back);
        assert_eq!(both.w.get("w1", "phone"), "0400000007");
    }
}

#[test]
fn agreements_of_a_record_held_for_another_reason_are_stored() {
    let folder = folder();
    let edits = [
        ("    title = person.title   keep when missing\n", "    title = person.title   keep when missing\n    email = person.email\n"),
        ("    updates of title at most 100%\n", "    updates of title at most 100%\n    updates of email at most 100%\n"),
    ];
    let mut both = Both::edited(folder.path(), &edits);
    for (id, mail) in [("1", "ann@example.com"), ("2", "bo@example.com")] {
        both.w.edit(&format!("w{id}"), "email", mail);
        both.a.edit(&format!("a{id}"), "email", mail);
    }
    both.run(Out);
    let identity = both.identity(Out).id();
    let link = both.store.link(&identity, "w1").unwrap().unwrap();
    let transaction = both.store.transaction().unwrap();
    transaction.put_link(&identity, &crate::state::link::Link { agreed: Default::default(), ..link }).unwrap();
    transaction.commit().unwrap();
    both.later(60);
    both.w.edit("w1", "email", "bo@example.com");
    both.w.edit("w2", "title", "x");
    let held = both.run(Out).lines();
    assert!(held.contains("held w1 value taken"), "{held}");
    assert_ne!(both.store.link(&identity, "w1").unwrap().unwrap().agreed, Default::default());
}

/// The value that lost the first comparison wins if it is the only one left, although it was not edited since.
#[test]
fn the_loser_of_the_first_comparison_fills_a_later_blank() {
    let folder = folder();
    let mut both = Both::new(folder.path());
    both.w.edit("w1", "email", "ann@example.com");
    both.w.edit("w1", "phone", "0412345678");
    both.later(11);
    both.a.edit("a1", "email", "ann@example.com");
    both.a.edit("a1", "phone", "0499999999");
    both.open("a1");
    assert_eq!(both.run(Out).conflicts(), ["w1 phone: it is newer there"]);
    assert_eq!(both.pending(Out), ["w1 both changed"]);
    both.a.edit("a1", "phone", serde_json::Value::Null);
    for way in [Out, Back, Out, Back] {
        both.later(30);
        both.run(way);
    }
    assert_eq!((both.w.get("w1", "phone"), both.a.get("a1", "phone")), ("0412345678".into(), "0412345678".into()));
    assert!(both.pending(Out).is_empty() && both.pending(Back).is_empty());
}

/// Our own write of another attribute replaces the time by which the other side would have won, so the second rule decides.
#[test]
fn a_side_without_a_time_is_decided_by_the_second_rule() {
    let folder = folder();
    let mut both = Both::new(folder.path());
    both.w.edit("w1", "email", "ann@example.com");
    both.a.edit("a1", "email", "ann@example.com");
    both.open("a1");
    both.a.tells.set(false);
    both.run(Back);
    both.w.edit("w1", "phone", "0400000001");
    both.w.edit("w1", "title", "Dr");
    both.later(2);
    both.a.edit("a1", "phone", "0400000002");
    both.later(60 * 24);
    for way in [Out, Back, Out, Back] {
        both.later(30);
        both.run(way);
    }
    assert_eq!(both.w.get("w1", "phone"), both.a.get("a1", "phone"));
}
