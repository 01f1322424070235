//! The decision table as the rules of judgement show it, and what must hold in every cell under every policy.

use super::*;

const LINKS: [(LinkState, &str); 13] = [
    (LinkState::NoMatch, "no link, and proved to have no match"),
    (LinkState::TargetUnread, "no link, target not read far enough"),
    (LinkState::FreeByFirst, "no link, one free account by the first line"),
    (LinkState::FreeByLater, "no link, one free account by a later line"),
    (LinkState::Contested, "no link, several accounts, or one that is not free"),
    (LinkState::Open, "linked, account open"),
    (LinkState::ClosedByHand, "linked, account closed by hand"),
    (LinkState::LinkedUnread, "linked, account not read"),
    (LinkState::AccountMissing, "linked, account missing (proved)"),
    (LinkState::Left, "left, account there"),
    (LinkState::LeftUnlisted, "left, account not listed because it is closed"),
    (LinkState::LeftAccountMissing, "left, account missing"),
    (LinkState::Retired, "link ended"),
];

const SOURCES: [(SourceState, &str); 6] = [
    (SourceState::InScope, "in scope"),
    (SourceState::OutOfScope, "out of scope"),
    (SourceState::Leaver, "leaver"),
    (SourceState::Rejected, "rejected"),
    (SourceState::Missing, "missing in a complete read"),
    (SourceState::Unread, "unread"),
];

const fn words(cell: Cell) -> &'static str {
    match cell {
        Cell::Impossible => "cannot occur",
        Cell::Create => "create",
        Cell::Waiting => "waiting",
        Cell::OutOfScope | Cell::MissingNoted => "out of scope",
        Cell::NeverLinked => "already left: never created",
        Cell::Rejected => "rejected",
        Cell::Unread => "unread",
        Cell::LinkAndCompare => "link, and update what differs",
        Cell::LinkOnly => "link",
        Cell::LinkLeaver => "link, leaves in the next run",
        Cell::LeaverWithAccount => "listed as leaver with an account",
        Cell::HeldWhich => "held (which account)",
        Cell::Compare => "update what differs",
        Cell::Unchanged => "unchanged",
        Cell::PerhapsLeaveByScope => "out of scope; with `when out of scope`, leave",
        Cell::Leave => "leave",
        Cell::Absent => "counted as missing; leave when the count is reached",
        Cell::ClosedByHand => "held (closed by hand), other values are updated",
        Cell::HeldClosedByHand => "held (closed by hand)",
        Cell::LeaveWhatDiffers => "leave, writing what differs",
        Cell::AbsentWhatDiffers => "counted as missing; leave when the count is reached, writing what differs",
        Cell::Lost => "`on lost counterpart`: held, create again or unlink",
        Cell::Retire => "the link ends, nothing is written",
        Cell::AbsentRetire => "counted as missing; the link ends when the count is reached",
        Cell::Return => "return and update",
        Cell::ReturnOnly => "return",
        Cell::PausedOrStage => "paused; the next step if it left by scope",
        Cell::NextStage => "already left; the next step if it is due",
        Cell::PausedUnlisted => "paused; unread if it left by scope and the next step is due",
        Cell::Unlisted => "already left; unread if the next step is due",
        Cell::Paused => "paused",
        Cell::RetireLeft => "the link ends, later steps are void",
        Cell::Rehire => "held (probable rehire), or `create again`",
        Cell::Nothing => "nothing",
    }
}

fn cells(source: SourceState, link: LinkState) -> String {
    let both = words(cell(source, link, Mode::CreateAndUpdate));
    let create = words(cell(source, link, Mode::Create));
    let update = words(cell(source, link, Mode::Update));
    match (both == create, both == update) {
        (true, true) => both.to_owned(),
        (true, false) => format!("{both}; in mode update: {update}"),
        (false, true) => format!("{both}; in mode create: {create}"),
        (false, false) => format!("{both}; in mode create: {create}; in mode update: {update}"),
    }
}

fn table() -> String {
    let heads: String = (1..).zip(SOURCES).map(|(number, (_, word))| format!(" {number} {word} |")).collect();
    let mut lines = vec![format!("| |{heads}"), format!("|---|{}", "---|".repeat(SOURCES.len()))];
    for (number, (link, name)) in (1..).zip(LINKS) {
        let row = SOURCES.map(|(source, _)| cells(source, link)).join(" | ");
        lines.push(format!("| **{number} {name}** | {row} |"));
    }
    lines.join("\n")
}

/// The table is reviewed as a document: a change of a cell needs the same change in `docs/semantics.md`.
#[test]
fn the_table_is_the_one_in_the_rules_of_judgement() {
    let rules = include_str!("../../../docs/semantics.md");
    let (_, below) = rules.split_once("<!-- table: decisions -->\n").unwrap();
    let (documented, _) = below.split_once("\n<!-- end of table -->").unwrap();
    assert_eq!(documented, table(), "the table should be\n{}", table());
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
fn only_linked_records_leave() {
    every_case(|source, link, _, decision| {
        let leaves = matches!(decision, Decision::Leave | Decision::Stage | Decision::Retire);
        assert!(!leaves || was_linked(link), "{source:?} {link:?} {decision:?}");
    });
}

#[test]
fn an_unread_side_causes_no_leave_and_no_create() {
    every_case(|source, link, _, decision| {
        let acts = matches!(decision, Decision::Leave | Decision::Stage | Decision::Create | Decision::CreateAgain);
        let unread = source == SourceState::Unread || matches!(link, LinkState::TargetUnread | LinkState::LinkedUnread);
        assert!(!(acts && unread), "{source:?} {link:?} {decision:?}");
    });
}

#[test]
fn a_rejected_record_is_left_alone() {
    every_case(|source, link, _, decision| {
        let alone = matches!(decision, Decision::Rejected | Decision::AlreadyLeft);
        assert!(source != SourceState::Rejected || alone, "{link:?} {decision:?}");
    });
}

#[test]
fn update_never_creates_and_create_never_updates() {
    every_case(|source, link, policy, decision| {
        let creates = matches!(decision, Decision::Create | Decision::CreateAgain);
        assert!(policy.mode != Mode::Update || !creates, "{source:?} {link:?}");
        let updates = matches!(decision, Decision::Compare | Decision::Return { update: true });
        assert!(policy.mode != Mode::Create || !updates, "{source:?} {link:?}");
    });
}
