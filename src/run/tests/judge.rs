//! The decision table as text, to be read beside the table in the source.

use super::*;

const LINKS: [(LinkState, &str); 12] = [
    (LinkState::NoMatch, "none, no match (proved)"),
    (LinkState::TargetUnread, "none, target unread"),
    (LinkState::FreeByFirst, "none, one free by the first line"),
    (LinkState::FreeByLater, "none, one free by a later line"),
    (LinkState::Contested, "none, ambiguous taken shared disagree"),
    (LinkState::Open, "linked, open"),
    (LinkState::ClosedByHand, "linked, closed by hand"),
    (LinkState::LinkedUnread, "linked, account unread"),
    (LinkState::Gone, "linked, gone (proved)"),
    (LinkState::Left, "left stage k, present"),
    (LinkState::LeftGone, "left stage k, gone"),
    (LinkState::Retired, "retired"),
];

const SOURCES: [(SourceState, &str); 6] = [
    (SourceState::InScope, "in scope"),
    (SourceState::OutOfScope, "out of scope"),
    (SourceState::Leaver, "leaver"),
    (SourceState::Rejected, "rejected"),
    (SourceState::Missing, "missing"),
    (SourceState::Unread, "unread"),
];

const fn words(cell: Cell) -> &'static str {
    match cell {
        Cell::Impossible => "cannot occur",
        Cell::Create => "create",
        Cell::Waiting => "waiting",
        Cell::OutOfScope => "out of scope",
        Cell::NeverLinked => "left, never linked",
        Cell::Rejected => "rejected",
        Cell::Unread => "unread",
        Cell::LinkAndCompare => "link, compare",
        Cell::LinkOnly => "link, unchanged",
        Cell::LinkLeaver => "link, leaves next run",
        Cell::LeaverWithAccount => "leaver with an account",
        Cell::HeldWhich => "held (which)",
        Cell::Compare => "compare",
        Cell::Unchanged => "unchanged",
        Cell::PerhapsLeaveByScope => "nothing | leave 1 if asked",
        Cell::Leave => "leave 1",
        Cell::Absent => "missing n of m | leave 1 at m",
        Cell::ClosedByHand => "held (closed by hand), compare others",
        Cell::HeldClosedByHand => "held (closed by hand)",
        Cell::LeaveWhatDiffers => "leave 1, what differs",
        Cell::AbsentWhatDiffers => "missing n of m | leave 1 at m, what differs",
        Cell::Lost => "held (target gone) | recreate | unlink",
        Cell::GoneNoted => "nothing, gone noted",
        Cell::Retire => "retire",
        Cell::AbsentRetire => "missing n of m | retire at m",
        Cell::Return => "return, update",
        Cell::ReturnOnly => "return",
        Cell::PausedOrStage => "paused | stage k+1 if left by scope",
        Cell::NextStage => "left | stage k+1 if due",
        Cell::Paused => "paused",
        Cell::RetireLeft => "retire, stages done",
        Cell::Rehire => "held (probable rehire) | create again",
        Cell::Nothing => "nothing",
    }
}

fn cells(source: SourceState, link: LinkState) -> String {
    let both = words(cell(source, link, Mode::CreateAndUpdate));
    let create = words(cell(source, link, Mode::Create));
    let update = words(cell(source, link, Mode::Update));
    match (both == create, both == update) {
        (true, true) => both.to_owned(),
        (true, false) => format!("CU C: {both}; U: {update}"),
        (false, true) => format!("CU U: {both}; C: {create}"),
        (false, false) => format!("CU: {both}; C: {create}; U: {update}"),
    }
}

fn table() -> String {
    let mut lines = Vec::new();
    for (link, name) in LINKS {
        lines.push(name.to_owned());
        for (source, word) in SOURCES {
            lines.push(format!("  {word:<13}{}", cells(source, link)));
        }
    }
    lines.join("\n")
}

#[test]
fn the_table_is_the_sheet() {
    assert_eq!(
        table(),
        "\
none, no match (proved)
  in scope     CU C: create; U: waiting
  out of scope out of scope
  leaver       left, never linked
  rejected     rejected
  missing      cannot occur
  unread       nothing
none, target unread
  in scope     unread
  out of scope out of scope
  leaver       left, never linked
  rejected     rejected
  missing      cannot occur
  unread       nothing
none, one free by the first line
  in scope     CU U: link, compare; C: link, unchanged
  out of scope out of scope
  leaver       link, leaves next run
  rejected     rejected
  missing      cannot occur
  unread       nothing
none, one free by a later line
  in scope     CU U: link, compare; C: link, unchanged
  out of scope out of scope
  leaver       leaver with an account
  rejected     rejected
  missing      cannot occur
  unread       nothing
none, ambiguous taken shared disagree
  in scope     held (which)
  out of scope out of scope
  leaver       leaver with an account
  rejected     rejected
  missing      cannot occur
  unread       nothing
linked, open
  in scope     CU U: compare; C: unchanged
  out of scope nothing | leave 1 if asked
  leaver       leave 1
  rejected     rejected
  missing      missing n of m | leave 1 at m
  unread       unread
linked, closed by hand
  in scope     CU U: held (closed by hand), compare others; C: held (closed by hand)
  out of scope out of scope
  leaver       leave 1, what differs
  rejected     rejected
  missing      missing n of m | leave 1 at m, what differs
  unread       unread
linked, account unread
  in scope     unread
  out of scope out of scope
  leaver       unread
  rejected     rejected
  missing      unread
  unread       unread
linked, gone (proved)
  in scope     held (target gone) | recreate | unlink
  out of scope nothing, gone noted
  leaver       retire
  rejected     rejected
  missing      missing n of m | retire at m
  unread       nothing
left stage k, present
  in scope     CU U: return, update; C: return
  out of scope paused | stage k+1 if left by scope
  leaver       left | stage k+1 if due
  rejected     paused
  missing      left | stage k+1 if due
  unread       paused
left stage k, gone
  in scope     held (probable rehire) | create again
  out of scope nothing, gone noted
  leaver       retire, stages done
  rejected     rejected
  missing      retire, stages done
  unread       nothing
retired
  in scope     held (probable rehire) | create again
  out of scope out of scope
  leaver       nothing
  rejected     rejected
  missing      nothing
  unread       nothing"
    );
}

fn policies() -> Vec<Policy> {
    let mut all = Vec::new();
    for bits in 0..128_u32 {
        let bit = |at: u32| bits & (1 << at) != 0;
        for on_lost in [OnLost::Hold, OnLost::CreateAgain, OnLost::Unlink] {
            for mode in [Mode::CreateAndUpdate, Mode::Create, Mode::Update] {
                all.push(Policy {
                    mode,
                    leaves_out_of_scope: bit(0),
                    absence_reached: bit(1),
                    left_by_scope: bit(2),
                    stage_due: bit(3),
                    has_return: bit(4),
                    create_again: bit(5),
                    on_lost,
                    reopens: bit(6),
                });
            }
        }
    }
    all
}

fn every_case(mut check: impl FnMut(SourceState, LinkState, Policy, Decision)) {
    for policy in policies() {
        for (link, _) in LINKS {
            for (source, _) in SOURCES {
                check(source, link, policy, decide(cell(source, link, policy.mode), policy));
            }
        }
    }
}

const fn was_linked(link: LinkState) -> bool {
    !matches!(link, LinkState::NoMatch | LinkState::TargetUnread | LinkState::FreeByFirst | LinkState::FreeByLater | LinkState::Contested)
}

#[test]
fn nobody_leaves_who_was_not_linked_before() {
    every_case(|source, link, _, decision| {
        let leaves = matches!(decision, Decision::Leave | Decision::Stage | Decision::Retire);
        assert!(!leaves || was_linked(link), "{source:?} {link:?} {decision:?}");
    });
}

#[test]
fn nobody_leaves_or_is_created_on_an_unread_side() {
    every_case(|source, link, _, decision| {
        let acts = matches!(decision, Decision::Leave | Decision::Stage | Decision::Create | Decision::CreateAnew);
        let unread = source == SourceState::Unread || matches!(link, LinkState::TargetUnread | LinkState::LinkedUnread);
        assert!(!(acts && unread), "{source:?} {link:?} {decision:?}");
    });
}

#[test]
fn a_rejected_record_is_left_alone() {
    every_case(|source, link, _, decision| {
        let alone = matches!(decision, Decision::Rejected | Decision::Gone);
        assert!(source != SourceState::Rejected || alone, "{link:?} {decision:?}");
    });
}

#[test]
fn update_never_creates_and_create_never_updates() {
    every_case(|source, link, policy, decision| {
        let creates = matches!(decision, Decision::Create | Decision::CreateAnew);
        assert!(policy.mode != Mode::Update || !creates, "{source:?} {link:?}");
        let updates = matches!(decision, Decision::Compare | Decision::Return { update: true });
        assert!(policy.mode != Mode::Create || !updates, "{source:?} {link:?}");
    });
}
