//! The decision table: the state of a record and the state of its link select a cell, and what the pipeline says about that
//! cell gives the decision. Pure, total, and the only place where this is decided. `docs/semantics.md` shows the table, and a
//! test compares the two.

use crate::compile::{Mode, OnLost};

/// The state of one key in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceState {
    InScope,
    OutOfScope,
    /// A `leaver { when … }` holds.
    Leaver,
    /// A value that the verdict needs failed; the key is readable.
    Rejected,
    /// Linked, and not in a complete read.
    Missing,
    /// Linked, and not in a read that proves no absence.
    Unread,
}

/// The state of the link and of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LinkState {
    /// No link, and proved to have no match.
    NoMatch,
    /// No link, and the target was not read far enough to say.
    TargetUnread,
    /// No link; the first line of `match` alone finds one free account.
    FreeByFirst,
    /// No link; a later line finds one free account.
    FreeByLater,
    /// No link: ambiguous, taken, shared, or lines that disagree.
    Contested,
    /// Linked; the account is there and open.
    Open,
    /// Linked; the account is closed, but not by us.
    ClosedByHand,
    /// Linked; the account was not read, and nothing proves that it was deleted.
    LinkedUnread,
    /// Linked; the account is proved to be missing from the target.
    AccountMissing,
    /// Left before; the account is there.
    Left,
    /// Left before; the account was not read, because the target does not list closed accounts, or is not listed at all.
    LeftUnlisted,
    /// Left before; the account is missing from the target.
    LeftAccountMissing,
    /// The link was ended by an earlier run, because the account was deleted.
    Retired,
}

/// One cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cell {
    /// Cannot occur: no key is known.
    Impossible,
    Create,
    Waiting,
    OutOfScope,
    /// Left, never linked: nothing, never created.
    NeverLinked,
    Rejected,
    Unread,
    /// Linked in this change set, then compared.
    LinkAndCompare,
    /// Linked, no write.
    LinkOnly,
    /// A leaver with an account: linked now, leaves in the next run.
    LinkLeaver,
    /// A leaver found only by a later line: listed.
    LeaverWithAccount,
    HeldWhich,
    Compare,
    Unchanged,
    /// Out of scope; leaves if `leaver when out of scope`.
    PerhapsLeaveByScope,
    Leave,
    /// `missing (n of m)`; at m a leave.
    Absent,
    /// Held as closed by hand; other attributes are compared.
    ClosedByHand,
    /// As [`Cell::ClosedByHand`] where nothing is updated.
    HeldClosedByHand,
    /// Leaves, writing only what differs: the account was closed by hand.
    LeaveWhatDiffers,
    /// As [`Cell::Absent`]; writes only what differs.
    AbsentWhatDiffers,
    /// `on lost counterpart`
    Lost,
    /// Nothing; the report says that the account is missing.
    MissingNoted,
    /// The link ends, no write.
    Retire,
    /// `missing (n of m)`; at m the link ends, no write.
    AbsentRetire,
    /// `on return`, with the update.
    Return,
    /// `on return` alone.
    ReturnOnly,
    /// Paused, but a record that left by being out of scope goes on to the next stage.
    PausedOrStage,
    /// The next stage if it is due.
    NextStage,
    /// As [`Cell::PausedOrStage`], but a stage that is due needs the account.
    PausedUnlisted,
    /// As [`Cell::NextStage`], but a stage that is due needs the account.
    Unlisted,
    /// Neither a stage nor a return; the due day is kept.
    Paused,
    /// The link ends; remaining stages count as done.
    RetireLeft,
    /// Probable rehire; `create again` makes a new account.
    Rehire,
    Nothing,
}

/// The table itself.
#[must_use]
pub fn cell(source: SourceState, link: LinkState, mode: Mode) -> Cell {
    match link {
        LinkState::NoMatch => no_match(source, mode),
        LinkState::TargetUnread => target_unread(source),
        LinkState::FreeByFirst => free(source, mode, Cell::LinkLeaver),
        LinkState::FreeByLater => free(source, mode, Cell::LeaverWithAccount),
        LinkState::Contested => contested(source),
        LinkState::Open => open(source, mode),
        LinkState::ClosedByHand => closed_by_hand(source, mode),
        LinkState::LinkedUnread => linked_unread(source),
        LinkState::AccountMissing => account_missing(source),
        LinkState::Left => left(source, mode),
        LinkState::LeftUnlisted => left_unlisted(source),
        LinkState::LeftAccountMissing => left_account_missing(source),
        LinkState::Retired => retired(source),
    }
}

const fn no_match(source: SourceState, mode: Mode) -> Cell {
    match source {
        SourceState::InScope if mode.creates() => Cell::Create,
        SourceState::InScope => Cell::Waiting,
        SourceState::OutOfScope => Cell::OutOfScope,
        SourceState::Leaver => Cell::NeverLinked,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Missing => Cell::Impossible,
        SourceState::Unread => Cell::Nothing,
    }
}

const fn target_unread(source: SourceState) -> Cell {
    match source {
        SourceState::InScope => Cell::Unread,
        SourceState::OutOfScope => Cell::OutOfScope,
        SourceState::Leaver => Cell::NeverLinked,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Missing => Cell::Impossible,
        SourceState::Unread => Cell::Nothing,
    }
}

const fn free(source: SourceState, mode: Mode, leaver: Cell) -> Cell {
    match source {
        SourceState::InScope if mode.updates() => Cell::LinkAndCompare,
        SourceState::InScope => Cell::LinkOnly,
        SourceState::OutOfScope => Cell::OutOfScope,
        SourceState::Leaver => leaver,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Missing => Cell::Impossible,
        SourceState::Unread => Cell::Nothing,
    }
}

const fn contested(source: SourceState) -> Cell {
    match source {
        SourceState::InScope => Cell::HeldWhich,
        SourceState::OutOfScope => Cell::OutOfScope,
        SourceState::Leaver => Cell::LeaverWithAccount,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Missing => Cell::Impossible,
        SourceState::Unread => Cell::Nothing,
    }
}

const fn open(source: SourceState, mode: Mode) -> Cell {
    match source {
        SourceState::InScope if mode.updates() => Cell::Compare,
        SourceState::InScope => Cell::Unchanged,
        SourceState::OutOfScope => Cell::PerhapsLeaveByScope,
        SourceState::Leaver => Cell::Leave,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Missing => Cell::Absent,
        SourceState::Unread => Cell::Unread,
    }
}

const fn closed_by_hand(source: SourceState, mode: Mode) -> Cell {
    match source {
        SourceState::InScope if mode.updates() => Cell::ClosedByHand,
        SourceState::InScope => Cell::HeldClosedByHand,
        SourceState::OutOfScope => Cell::OutOfScope,
        SourceState::Leaver => Cell::LeaveWhatDiffers,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Missing => Cell::AbsentWhatDiffers,
        SourceState::Unread => Cell::Unread,
    }
}

const fn linked_unread(source: SourceState) -> Cell {
    match source {
        SourceState::OutOfScope => Cell::OutOfScope,
        SourceState::Rejected => Cell::Rejected,
        SourceState::InScope | SourceState::Leaver | SourceState::Missing | SourceState::Unread => Cell::Unread,
    }
}

const fn account_missing(source: SourceState) -> Cell {
    match source {
        SourceState::InScope => Cell::Lost,
        SourceState::OutOfScope => Cell::MissingNoted,
        SourceState::Leaver => Cell::Retire,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Missing => Cell::AbsentRetire,
        SourceState::Unread => Cell::Nothing,
    }
}

const fn left(source: SourceState, mode: Mode) -> Cell {
    match source {
        SourceState::InScope if mode.updates() => Cell::Return,
        SourceState::InScope => Cell::ReturnOnly,
        SourceState::OutOfScope => Cell::PausedOrStage,
        SourceState::Leaver | SourceState::Missing => Cell::NextStage,
        SourceState::Rejected | SourceState::Unread => Cell::Paused,
    }
}

const fn left_unlisted(source: SourceState) -> Cell {
    match source {
        SourceState::InScope => Cell::Unread,
        SourceState::OutOfScope => Cell::PausedUnlisted,
        SourceState::Leaver | SourceState::Missing => Cell::Unlisted,
        SourceState::Rejected | SourceState::Unread => Cell::Paused,
    }
}

const fn left_account_missing(source: SourceState) -> Cell {
    match source {
        SourceState::InScope => Cell::Rehire,
        SourceState::OutOfScope => Cell::MissingNoted,
        SourceState::Leaver | SourceState::Missing => Cell::RetireLeft,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Unread => Cell::Nothing,
    }
}

const fn retired(source: SourceState) -> Cell {
    match source {
        SourceState::InScope => Cell::Rehire,
        SourceState::OutOfScope => Cell::OutOfScope,
        SourceState::Rejected => Cell::Rejected,
        SourceState::Leaver | SourceState::Missing | SourceState::Unread => Cell::Nothing,
    }
}

/// What the pipeline and the day decide in cells with several outcomes.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent question of the table")]
pub struct Policy {
    pub mode: Mode,
    /// A `leaver` block has `when out of scope`.
    pub leaves_out_of_scope: bool,
    /// A `when missing` has been reached, and where the source can be asked, it confirmed it.
    pub absence_reached: bool,
    /// The link left by being out of scope.
    pub left_by_scope: bool,
    /// The next stage's day has come.
    pub stage_due: bool,
    /// There is an `on return`.
    pub has_return: bool,
    /// `on return { create again }`
    pub create_again: bool,
    pub on_lost: OnLost,
    /// `on closed by hand { set … }`
    pub reopens: bool,
}

/// The decision about one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    Create,
    /// Match again, then create or link.
    CreateAgain,
    Compare,
    /// Compare, with the closed account left closed and held, or opened if the pipeline asks for it.
    CompareClosed,
    HeldClosed,
    Return {
        update: bool,
    },
    Leave,
    Stage,
    /// Linked, no write; with `leaves_next`, announced as leaving in the next run.
    Link {
        leaves_next: bool,
    },
    Retire,
    Unlink,
    Held(Hold),
    Rejected,
    Waiting,
    Missing,
    Unread,
    Unchanged,
    /// Left before, or never linked.
    AlreadyLeft,
    /// A leaver found only by a later line.
    LeaverWithAccount,
    OutOfScope,
}

impl Decision {
    /// Whether it depends on which account it is: it writes to it, links it, or says something of it.
    #[must_use]
    pub const fn is_about_the_account(self) -> bool {
        match self {
            Self::Compare | Self::CompareClosed | Self::HeldClosed | Self::Return { .. } | Self::Leave | Self::Stage => true,
            Self::Link { .. } | Self::Unchanged | Self::LeaverWithAccount => true,
            Self::Create | Self::CreateAgain | Self::Retire | Self::Unlink | Self::Held(_) | Self::Rejected | Self::Waiting => false,
            Self::Missing | Self::Unread | Self::AlreadyLeft | Self::OutOfScope => false,
        }
    }
}

/// Why a record is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// Several accounts match, or none can be chosen: the match has the reason.
    Which,
    AccountMissing,
    Return,
    Rehire,
}

/// One decision for a cell.
#[must_use]
pub const fn decide(cell: Cell, policy: Policy) -> Decision {
    match cell {
        Cell::Create => Decision::Create,
        Cell::Waiting => Decision::Waiting,
        Cell::OutOfScope | Cell::MissingNoted => Decision::OutOfScope,
        Cell::NeverLinked | Cell::Nothing | Cell::Impossible => Decision::AlreadyLeft,
        Cell::Rejected => Decision::Rejected,
        Cell::Unread => Decision::Unread,
        Cell::LinkAndCompare | Cell::Compare => Decision::Compare,
        Cell::LinkOnly => Decision::Link { leaves_next: false },
        Cell::LinkLeaver => Decision::Link { leaves_next: true },
        Cell::LeaverWithAccount => Decision::LeaverWithAccount,
        Cell::HeldWhich => Decision::Held(Hold::Which),
        Cell::Unchanged => Decision::Unchanged,
        Cell::Leave | Cell::LeaveWhatDiffers => Decision::Leave,
        Cell::Retire | Cell::RetireLeft => Decision::Retire,
        Cell::Paused => Decision::AlreadyLeft,
        Cell::ClosedByHand => Decision::CompareClosed,
        Cell::HeldClosedByHand if policy.reopens => Decision::CompareClosed,
        Cell::HeldClosedByHand => Decision::HeldClosed,
        Cell::PerhapsLeaveByScope if policy.leaves_out_of_scope => Decision::Leave,
        Cell::PerhapsLeaveByScope => Decision::OutOfScope,
        Cell::Absent | Cell::AbsentWhatDiffers if policy.absence_reached => Decision::Leave,
        Cell::AbsentRetire if policy.absence_reached => Decision::Retire,
        Cell::Absent | Cell::AbsentWhatDiffers | Cell::AbsentRetire => Decision::Missing,
        Cell::Lost => lost(policy),
        Cell::Return | Cell::ReturnOnly if !policy.has_return => Decision::Held(Hold::Return),
        Cell::Return => Decision::Return { update: true },
        Cell::ReturnOnly => Decision::Return { update: false },
        Cell::PausedOrStage if policy.left_by_scope && policy.stage_due => Decision::Stage,
        Cell::NextStage if policy.stage_due => Decision::Stage,
        Cell::PausedUnlisted if policy.left_by_scope && policy.stage_due => Decision::Unread,
        Cell::Unlisted if policy.stage_due => Decision::Unread,
        Cell::PausedOrStage | Cell::NextStage | Cell::PausedUnlisted | Cell::Unlisted => Decision::AlreadyLeft,
        Cell::Rehire if !policy.create_again => Decision::Held(Hold::Rehire),
        Cell::Rehire if policy.mode.creates() => Decision::CreateAgain,
        Cell::Rehire => Decision::Waiting,
    }
}

const fn lost(policy: Policy) -> Decision {
    match policy.on_lost {
        OnLost::Hold => Decision::Held(Hold::AccountMissing),
        OnLost::CreateAgain if policy.mode.creates() => Decision::CreateAgain,
        OnLost::CreateAgain => Decision::Waiting,
        OnLost::Unlink => Decision::Unlink,
    }
}

#[cfg(test)]
#[path = "../tests/judge.rs"]
mod tests;
