//! Absence from a list whose end is weak evidence: nothing shows that a page which is not full was not cut.

use super::{
    fixture::*,
    scenarios::{many, person},
};
use crate::{
    run::change_set::Verdict,
    state::{claims::Claim, link::Life},
    systems::WeakEnd,
};

/// Three people, of whom the first is not among those read, from a list that may have been cut.
fn cut() -> Fixture {
    let (_, target, links) = many(3);
    let source = person("00002", "N", "p2@x.com", "") + &person("00003", "N", "p3@x.com", "");
    Fixture::new(&source, &target, &links).with(|fixture| fixture.source_weak = Some(WeakEnd::ShortPage))
}

fn link_of_first(fixture: &mut Fixture, change: impl FnOnce(&mut crate::state::link::Link)) {
    let mut link = fixture.links.of_key("00001").unwrap().clone();
    change(&mut link);
    fixture.links.insert(link);
}

const NO_PROOF: &str = "the list of hr.people ends with a page that is not full, which does not prove that it is complete";

/// The last day of a contract has passed, and may have been put off since the record was read.
#[test]
fn the_day_of_somebody_whom_a_weak_list_leaves_out_closes_nothing() {
    for (day, weak, expected) in [
        ("2026-03-01", false, "leave 00001 = m1".to_owned()),
        ("2026-03-01", true, format!("unread 00001 not answered: is missing, and {NO_PROOF}")),
        ("2026-04-01", true, "missing 00001 missing: no rule acts on it".to_owned()),
    ] {
        let fixture = cut().with(|fixture| {
            fixture.source_weak = weak.then_some(WeakEnd::ShortPage);
            link_of_first(fixture, |link| link.due = Some(day.parse().unwrap()));
        });
        let verdicts = fixture.verdicts();
        assert!(verdicts.contains(&expected), "{day} {weak}: {verdicts}");
        assert_eq!(verdicts.contains("leave 00001"), !weak, "{verdicts}");
        let unread = fixture.plan_changes().ledger.absent.get(&Verdict::Unread).copied();
        assert_eq!(unread.is_some(), verdicts.contains("unread 00001"), "{verdicts}");
    }
}

fn delete() -> u64 {
    crate::run::change_set::hash::words(&["delete".to_owned()])
}

/// Who left may be back, on the page that was cut.
#[test]
fn a_later_step_of_somebody_whom_a_weak_list_leaves_out_waits_and_says_so() {
    let due = |weak: bool, day: &str| {
        cut().leaver("").edit("    on return", "    after 30 days { delete }\n    on return").with(|fixture| {
            fixture.source_weak = weak.then_some(WeakEnd::ShortPage);
            link_of_first(fixture, |link| {
                let next = Some((day.parse().unwrap(), delete()));
                link.life = Life::Left { stage: 1, done: "2026-01-30T02:00:00Z".parse().unwrap(), next, by_scope: false };
            });
            fixture.target = fixture.target.replacen("true", "false", 1);
        })
    };
    let proved = due(false, "2026-03-01").verdicts();
    assert!(proved.contains("stage 2 00001 = m1") && proved.contains("delete"), "{proved}");
    let weak = due(true, "2026-03-01").verdicts();
    let expected = format!("unread 00001 not answered: the next step of the leave is due, and {NO_PROOF}");
    assert!(weak.contains(&expected) && !weak.contains("delete"), "{weak}");
    let later = due(true, "2026-03-09").verdicts();
    assert!(later.ends_with("not read: 1 already left") && !later.contains("unread"), "{later}");
}

/// Somebody claimed an account, and the weak list does not show them any more.
#[test]
fn a_weak_list_ends_no_claim() {
    for weak in [false, true] {
        let claim = Claim { key: "99".into(), target: "m2".into(), absence: Default::default() };
        let fixture = cut().with(|fixture| {
            fixture.source_weak = weak.then_some(WeakEnd::ShortPage);
            fixture.pending_work.claims = vec![claim];
        });
        let absence = &fixture.plan_changes().updates.claims[0].absence;
        assert_eq!(absence.runs, u32::from(!weak), "only a read that shows who is not there counts");
    }
}

/// What changed on a page that was not read lies behind the place where the next read of changes would begin.
#[test]
fn a_read_that_may_lack_pages_is_followed_by_a_complete_one() {
    let no_way_on = WeakEnd::NoWayOn { place: "$.next".to_owned(), records: 37 };
    for (weak, complete) in [(None, false), (Some(WeakEnd::ShortPage), false), (Some(WeakEnd::Unframed), true), (Some(no_way_on), true)] {
        for delta in [false, true] {
            let fixture = cut().with(|fixture| {
                let span = fixture.plan.key_span;
                fixture.plan.since = Some(crate::compile::Since { lookback: None, full_every: None, from: None, span });
                fixture.source_weak.clone_from(&weak);
                fixture.delta = delta.then(crate::run::read::extract::Delta::default);
            });
            assert_eq!(fixture.plan_changes().updates.next_read.unwrap().everything, complete, "{weak:?} {delta}");
        }
    }
}
