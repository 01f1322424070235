//! Incremental reads: no unfinished record is left behind, and a record that was not read is not absent.

use super::pair::{
    Both,
    Way::{Back, Notes, Out},
};
use crate::{
    run::{apply::NoWatcher, tests::fixture::replaced},
    state::{cursors::Cursor, link::Life},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

const NO_GET: (&str, &str) = ("    get GET \"/people/{id}\"\n", "");
const LEAVER: (&str, &str) = (
    "    title = person.title   keep when missing\n  }",
    "    title = person.title   keep when missing\n  }\n  leaver {\n    when person.ends < today\n    set open = false\n  }",
);

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn at(time: &str) -> Timestamp {
    format!("2026-03-02T{time}:00Z").parse().unwrap()
}

fn cursor(both: &Both) -> Cursor {
    both.store.cursor(&both.identity(Out).id()).unwrap().unwrap()
}

/// People on both sides, linked and at rest at nine o'clock.
fn settled(folder: &std::path::Path, edits: &[(&str, &str)], people: usize) -> Both {
    let mut both = Both::edited(folder, edits);
    for number in 1..=people {
        let mail = format!("p{number}@example.com");
        both.w.edit(&format!("w{number}"), "email", mail.clone());
        both.a.edit(&format!("a{number}"), "email", mail);
        both.a.edit(&format!("a{number}"), "open", true);
    }
    both.run(Out);
    both.at("2026-03-02T08:45:00Z");
    both.run(Out);
    both.at("2026-03-02T09:00:00Z");
    both.written();
    both
}

#[test]
fn a_read_begins_where_the_last_one_began_minus_the_lookback() {
    let folder = folder();
    let mut both = settled(folder.path(), &[], 2);
    let first = both.run(Out);
    assert_eq!(first.asked.since, Some(at("08:35")), "ten minutes before the read that began last");
    assert_eq!((first.set.ledger.read, cursor(&both).since), (0, Some(at("08:50"))));
    both.w.edit("w1", "title", "Dr");
    both.later(30);
    let second = both.run(Out);
    assert_eq!((second.asked.since, second.set.ledger.read, both.written()), (Some(at("08:50")), 1, (0, 1)));
    both.later(5);
    let third = both.run(Out);
    assert_eq!((third.set.ledger.read, both.written()), (0, (0, 0)));
}

/// What is looked back is read twice and written once.
#[test]
fn reads_that_overlap_write_once() {
    let folder = folder();
    let mut both = settled(folder.path(), &[], 1);
    both.w.edit("w1", "title", "Dr");
    let mut read = Vec::new();
    for _ in 0..4 {
        both.later(3);
        read.push(both.run(Out).set.ledger.read);
    }
    assert_eq!((read, both.written()), (vec![1, 1, 1, 1], (0, 1)));
}

/// The time is the source's: what it dates by a clock that differs is missed by no read.
#[test]
fn clocks_that_differ_hide_nothing() {
    for ahead in [-45, -5, 5, 45] {
        let folder = folder();
        let mut both = settled(folder.path(), &[("lookback 10 min", "lookback 1 min")], 1);
        both.w.ahead.set(SignedDuration::from_mins(ahead));
        both.run(Out);
        for number in 0..6 {
            both.later(10);
            both.w.edit("w1", "title", format!("T{number}"));
            both.later(1);
            let ran = both.run(Out);
            assert_eq!((both.a.get("a1", "title"), both.written()), (format!("T{number}"), (0, 1)), "{ahead} minutes ahead");
            assert!(ran.asked.since.is_some());
        }
    }
}

/// A number that is too long is rejected, a refused one fails, one that both changed is held, and who has no account waits.
#[test]
fn unfinished_records_are_read_again() {
    type Action = fn(&Both);
    let cases: [(&str, Action, Action); 4] = [
        ("w1 held", |both| two_numbers(both), |both| both.a.edit("a1", "phone", "1")),
        ("w1 failed", |both| refused(both), |both| both.a.refuses.set(false)),
        ("w1 rejected", |both| both.w.edit("w1", "ends", "never"), |both| both.w.edit("w1", "ends", Json::Null)),
        (
            "w99 waiting",
            |both| both.w.edit("w99", "email", "p99@example.com"),
            |both| {
                both.a.edit("a99", "email", "p99@example.com");
                both.a.edit("a99", "open", true);
            },
        ),
    ];
    for (pending, spoil, fix) in cases {
        let folder = folder();
        let edits = [LEAVER, ("on conflict newest then this", "on conflict hold")];
        let mut both = settled(folder.path(), &edits, 12);
        spoil(&both);
        for minutes in [5, 15] {
            both.later(minutes);
            both.run(Out);
            assert_eq!(both.pending(Out), [pending], "{pending}");
        }
        let key = pending.split(' ').next().unwrap();
        for _ in 0..3 {
            both.later(60);
            let ran = both.run(Out);
            assert!(ran.asked.since.is_some_and(|since| since > at("08:40")), "{pending}: the cursor moves on for the others");
            assert_eq!((ran.asked.again, both.w.gets.take()), (vec![key.to_owned()], vec![key.to_owned()]), "{pending}");
            assert_eq!(both.pending(Out), [pending], "{pending}");
        }
        fix(&both);
        both.later(60);
        both.run(Out);
        assert_eq!(both.pending(Out), [""; 0], "{pending}");
        both.later(60);
        assert_eq!(both.run(Out).asked.again, [""; 0], "{pending}");
    }
}

fn two_numbers(both: &Both) {
    both.w.edit("w1", "phone", "1");
    both.a.edit("a1", "phone", "2");
}

fn refused(both: &Both) {
    both.w.edit("w1", "title", "Dr");
    both.a.refuses.set(true);
}

#[test]
fn without_a_get_the_cursor_stays_before_the_oldest_unfinished_record() {
    let folder = folder();
    let mut both = settled(folder.path(), &[NO_GET], 2);
    both.later(15);
    both.w.edit("w9", "email", "p9@example.com");
    for minutes in [5, 60, 600] {
        both.later(minutes);
        let ran = both.run(Out);
        assert!(ran.asked.again.is_empty() && both.w.gets.take().is_empty());
        let since = cursor(&both).since.unwrap();
        assert!(since < at("09:15") && since >= at("09:10"), "{since}");
    }
    both.a.edit("a9", "email", "p9@example.com");
    both.w.edit("w9", "title", "Dr");
    both.later(60);
    both.run(Out);
    assert_eq!(both.a.get("a9", "title"), "Dr");
    assert!(cursor(&both).since.unwrap() > at("18:00"), "and then it moves");
}

/// The source stops showing it, or shows it only to who asks for everything: what becomes of it, the next read tells, of everything.
#[test]
fn an_unfinished_record_that_an_increment_leaves_out_is_not_passed() {
    for comes_back in [true, false] {
        let folder = folder();
        let mut both = settled(folder.path(), &[NO_GET], 2);
        both.later(15);
        both.w.edit("w9", "email", "p9@example.com");
        both.w.edit("w9", "title", "Dr");
        both.later(5);
        both.run(Out);
        assert_eq!(both.pending(Out), ["w9 waiting"]);
        let hidden = both.w.all.borrow_mut().remove("w9");
        both.later(60);
        let without = both.run(Out);
        assert!(without.asked.since.is_some() && without.set.ledger.read == 0, "the increment shows nobody");
        if comes_back {
            both.a.edit("a9", "email", "p9@example.com");
            both.a.edit("a9", "open", true);
            both.w.all.borrow_mut().extend(hidden.map(|one| ("w9".to_owned(), one)));
        }
        both.later(60);
        assert_eq!(both.run(Out).asked.since, None, "everything is read");
        assert_eq!((both.pending(Out), both.a.get("a9", "title") == "Dr"), (vec![], comes_back));
        both.later(60);
        assert!(both.run(Out).asked.since.is_some_and(|since| since > at("10:00")), "and then it moves");
    }
}

/// A run that was killed before its end, or whose read broke, moves nothing: all of it is read again.
#[test]
fn a_broken_read_moves_no_cursor() {
    let folder = folder();
    let mut both = settled(folder.path(), &[], 2);
    both.run(Out);
    let before = cursor(&both);
    both.w.edit("w1", "title", "Dr");
    both.later(60);
    both.run_watched(Out, &NoWatcher, Some("cut"));
    assert_eq!((cursor(&both), both.written()), (before, (0, 0)));
    both.later(60);
    both.run(Out);
    assert_eq!(both.a.get("a1", "title"), "Dr");
}

/// An end date that was entered long before takes effect on its day, without any change.
#[test]
fn a_leave_day_comes_without_a_change_of_the_record() {
    let folder = folder();
    let mut both = settled(folder.path(), &[LEAVER], 4);
    both.w.edit("w1", "ends", "2026-03-04");
    for _ in 0..2 {
        both.later(15);
        both.run(Out);
    }
    for day in ["03", "04"] {
        both.at(&format!("2026-03-{day}T09:00:00Z"));
        let ran = both.run(Out);
        assert_eq!((ran.asked.again, ran.set.ledger.read), (vec![], 0), "the last day is still to come on {day}");
    }
    both.at("2026-03-05T09:00:00Z");
    let ran = both.run(Out);
    assert_eq!(
        (ran.asked.again.clone(), ran.lines().lines().next()),
        (vec!["w1".to_owned()], Some("leave w1 = a1 (person.ends < today 2026-03-04) open:true→false"))
    );
    assert!(both.a.all.borrow()["a1"]["open"] == Json::Bool(false));
    both.at("2026-03-06T09:00:00Z");
    assert_eq!(both.run(Out).asked.again, [""; 0]);
}

/// A date that was taken back meanwhile is seen on the day, at the latest.
#[test]
fn a_leave_day_that_was_cancelled_does_not_come() {
    let folder = folder();
    let mut both = settled(folder.path(), &[LEAVER], 4);
    both.w.edit("w1", "ends", "2026-03-04");
    both.later(5);
    both.run(Out);
    // Its system does not say that this is a change.
    both.w.all.borrow_mut().get_mut("w1").unwrap().insert("ends".into(), Json::Null);
    both.at("2026-03-05T09:00:00Z");
    let ran = both.run(Out);
    assert_eq!((ran.asked.again, ran.set.operations.len()), (vec!["w1".to_owned()], 0));
    assert_eq!(both.store.link(&both.identity(Out).id(), "w1").unwrap().unwrap().life, Life::Open);
}

#[test]
fn everything_is_read_as_often_as_the_line_says_and_after_an_edit() {
    let folder = folder();
    let edits = [("lookback 10 min", "lookback 10 min, full every 7 days")];
    let mut both = settled(folder.path(), &edits, 3);
    let mut full = Vec::new();
    for day in 3..=20 {
        both.at(&format!("2026-03-{day:02}T09:00:00Z"));
        // One of those that are due breaks: it is due again in the next run.
        let broken = (day == 9).then_some("cut");
        let ran = both.run_watched(Out, &NoWatcher, broken);
        full.extend(ran.asked.since.is_none().then_some(day));
    }
    assert_eq!(full, [9, 10, 17]);
    drop(both);
    let mut edited = Both::edited(folder.path(), &[edits[0], ("keep when missing\n  }", "clear when missing\n  }")]);
    for number in 1..=3 {
        edited.w.edit(&format!("w{number}"), "email", format!("p{number}@example.com"));
        edited.a.edit(&format!("a{number}"), "email", format!("p{number}@example.com"));
        edited.a.edit(&format!("a{number}"), "title", "Dr");
    }
    edited.at("2026-03-20T10:00:00Z");
    assert_eq!(edited.run(Out).asked.since, None, "another `map` was judged by nobody yet");
    assert_eq!(edited.written(), (0, 3));
    edited.later(60);
    assert!(edited.run(Out).asked.since.is_some());
}

/// An unchanged record is not in the response, and yet not absent.
#[test]
fn a_record_outside_a_delta_is_not_absent() {
    let folder = folder();
    let missing = replaced(LEAVER.1, "when person.ends < today", "when missing for 2 runs at least 1 h apart");
    let edits = [(LEAVER.0, missing.as_str()), ("lookback 10 min", "lookback 10 min, full every 1 day")];
    let mut both = settled(folder.path(), &edits, 4);
    let absence = |both: &Both, key: &str| both.store.link(&both.identity(Out).id(), key).unwrap().unwrap().absence;
    both.w.all.borrow_mut().remove("w4");
    for _ in 0..5 {
        both.later(120);
        let ran = both.run(Out);
        assert_eq!((ran.asked.since.is_some(), ran.set.ledger.read, ran.set.operations.len()), (true, 0, 0));
    }
    assert_eq!([1, 4].map(|number| absence(&both, &format!("w{number}")).runs), [0, 0]);
    both.at("2026-03-03T09:00:00Z");
    assert!(both.run(Out).set.operations.is_empty());
    assert_eq!([1, 4].map(|number| absence(&both, &format!("w{number}")).runs), [0, 1], "a full read shows it");
    both.at("2026-03-04T10:00:00Z");
    assert!(both.run(Out).lines().starts_with("leave w4 = a4"));
}

/// A held record that no longer exists is not absent, and is not requested forever.
#[test]
fn a_pending_record_that_no_longer_exists_is_left_alone() {
    let folder = folder();
    let mut both = settled(folder.path(), &[("on conflict newest then this", "on conflict hold")], 4);
    two_numbers(&both);
    both.later(5);
    both.run(Out);
    both.w.all.borrow_mut().remove("w1");
    both.later(60);
    let ran = both.run(Out);
    assert_eq!((ran.asked.again, ran.set.operations.len(), both.pending(Out)), (vec!["w1".to_owned()], 0, vec![]));
    assert_eq!(both.store.link(&both.identity(Out).id(), "w1").unwrap().unwrap().life, Life::Open);
}

/// Asking for many one by one may cost more than reading all.
#[test]
fn with_many_pending_records_everything_is_read() {
    let folder = folder();
    let mut both = settled(folder.path(), &[], 3);
    for number in 10..13 {
        both.w.edit(&format!("w{number}"), "email", format!("p{number}@example.com"));
    }
    both.later(5);
    both.run(Out);
    assert_eq!(both.pending(Out).len(), 3);
    both.later(5);
    let ran = both.run(Out);
    assert_eq!((ran.asked.since, both.w.gets.take().len()), (None, 0), "one page has them all");
}

/// An event whose person is linked days later is written then, and once.
#[test]
fn an_event_waits_for_its_person() {
    let folder = folder();
    let mut both = Both::new(folder.path());
    both.a.edit("a1", "email", "p1@example.com");
    both.run(Back);
    both.events.edit("e1", "contact", "a1");
    both.events.edit("e2", "contact", "a2");
    both.later(5);
    both.run(Notes);
    assert_eq!((both.touchpoints.all.borrow().len(), both.pending(Notes)), (1, vec!["e2 waiting".to_owned()]));
    both.at("2026-03-05T09:00:00Z");
    both.run(Notes);
    assert_eq!(both.touchpoints.all.borrow().len(), 1);
    both.a.edit("a2", "email", "p2@example.com");
    both.later(5);
    both.run(Back);
    for _ in 0..3 {
        both.later(60);
        both.run(Notes);
    }
    let people: Vec<String> = both.touchpoints.all.borrow().values().map(|one| one["person"].to_string()).collect();
    assert_eq!((people, both.pending(Notes)), (vec!["\"w1\"".to_owned(), "\"w2\"".to_owned()], vec![]));
}

/// Notes by the number of their event, which two events may share.
const NUMBERED: [(&str, &str); 5] = [
    (
        "      contact     : text                at $.contact\n",
        "      contact     : text                at $.contact\n      number      : text?               at $.number\n      ends        : date?               at $.ends\n",
    ),
    ("    create POST \"/touchpoints\"\n", "    create POST \"/touchpoints\"\n    update PATCH \"/touchpoints/{id}\"\n"),
    ("      person : text           at $.person\n", "      person : text           at $.person\n      open   : bool? opens    at $.open\n"),
    ("pipeline notes {\n", "pipeline notes {\n  key  event.number\n"),
    (
        "  match {\n    event = event.id\n  }\n  mode create\n  map {\n    event  = event.id\n    person = event.contact | counterpart(back)\n  }\n",
        "  match {\n    event = event.number\n  }\n  mode create and update\n  map {\n    event  = event.number\n    person = event.contact\n    open   = true on create\n  }\n  leaver {\n    when event.ends < today\n    set open = false\n  }\n  guard {\n    leavers at most 100%\n  }\n",
    ),
];

#[test]
fn no_leave_by_one_record_of_a_key_while_others_were_not_read() {
    let folder = folder();
    let mut both = Both::edited(folder.path(), &NUMBERED);
    for number in ["7", "8"] {
        both.events.edit(&format!("e{number}"), "number", number);
        both.events.edit(&format!("e{number}"), "contact", "c");
    }
    assert_eq!(both.run(Notes).set.operations.len(), 2);
    both.later(30);
    both.run(Notes);
    both.later(30);
    // An old one of number 7 is entered late, and number 8 has ended.
    both.events.edit("e7old", "number", "7");
    both.events.edit("e7old", "contact", "c");
    both.events.edit("e7old", "ends", "2025-12-31");
    both.events.edit("e8", "ends", "2026-03-01");
    let part = both.run(Notes);
    assert!(part.asked.since.is_some() && part.set.operations.is_empty(), "{}", part.lines());
    assert!(
        part.lines().contains("unread 7 read again: leaves, unless another record of this key denies it: the next run reads everything")
    );
    both.later(5);
    let whole = both.run(Notes);
    assert_eq!(whole.asked.since, None);
    let left: Vec<_> = whole.set.operations.iter().map(|operation| operation.key.as_str()).collect();
    assert_eq!(left, ["8"], "{}", whole.lines());
    assert!(both.store.cursor(&both.identity(Notes).id()).unwrap().unwrap().since.is_some(), "the next one need not be whole");
}
