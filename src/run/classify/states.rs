//! The state of each record, of its link, and of linked records that were not read.

use super::classification::{Classification, Entry, Rejection, RowVerdict, Why, finding};
use super::references::Refs;
use super::{
    leavers::{self, LeaveReason},
    matching::{Accounts, Contest, MatchResult, rule_values},
    table::{LinkState, SourceState},
};
use crate::run::input::{Input, looked_up_key};
use crate::run::record_scope::{RecordScope, key_is_own, key_names_own, own_key};
use crate::{
    compile::{
        ExecutionPlan,
        program::{Name, Program},
    },
    diagnose::Span,
    run::{
        change_set::{Finding, Reason, Verdict},
        record_scope::cell_or_null,
    },
    state::link::{Life, Link},
    systems::End,
    value::{Fault, FaultCode, Text, Value, trie::Row},
};
use std::collections::{HashMap, HashSet};

impl Classification<'_> {
    pub(super) fn classify_row(&self, row: u32, key: Text) -> Entry {
        let link = self.link_of(&key);
        let account = link.and_then(|link| self.accounts.row_of(&link.target));
        let record = self.record_scope(Some(row), account);
        let (mut state, mut why) = self.source_state(&record);
        let mut found = MatchResult::Nobody;
        if link.is_none() && state != SourceState::OutOfScope {
            match self.accounts.find(&record, self.input.links) {
                Ok(answer) => found = answer,
                Err(_) if state == SourceState::Rejected => {}
                Err((fault, rule)) => (state, why) = faulty(fault, self.plan().rules[rule].span),
            }
        }
        let state_of_link = match link {
            Some(link) => self.link_state(link, account),
            None => self.match_state(&record, &found, state),
        };
        Entry { key, row: Some(row), state, why, found, link: state_of_link }
    }

    /// *Leaver before scope*: a leaver whose record no longer passes a filter still leaves.
    pub(super) fn source_state(&self, record: &RecordScope<'_>) -> (SourceState, Why) {
        match leavers::by_condition(self.plan(), record) {
            Ok(Some(_)) if self.input.is_broken() => return (SourceState::Unread, Why::Nothing),
            Ok(Some(_)) if self.sees_part_of_keys() => return (SourceState::Unread, Why::LeavesPerhaps),
            Ok(Some(because)) => return (SourceState::Leaver, Why::Leaver(because)),
            Ok(None) => {}
            Err((fault, because)) => return faulty(fault, because.condition(self.plan()).span),
        }
        for (scope, at) in self.plan().scope.iter().zip(0..).filter(|(scope, _)| !scope.before_key) {
            match scope.condition.holds(record) {
                Ok(holds) if holds == scope.include => {}
                Ok(_) => return (SourceState::OutOfScope, Why::Scope(at)),
                Err(fault) => return faulty(fault, scope.span),
            }
        }
        (SourceState::InScope, Why::Nothing)
    }

    /// Several records may have one key, and only those that changed were read.
    pub(super) fn sees_part_of_keys(&self) -> bool {
        self.input.source.delta.is_some() && !key_names_own(self.plan())
    }

    pub(super) fn match_state(&self, record: &RecordScope<'_>, found: &MatchResult, state: SourceState) -> LinkState {
        let asks = state == SourceState::InScope || (state == SourceState::Leaver && self.plan().one_by_one);
        if self.input.is_broken() || (asks && !self.is_proof(record, found)) {
            return LinkState::TargetUnread;
        }
        match found {
            MatchResult::Nobody => LinkState::NoMatch,
            MatchResult::One { rule: 0, .. } => LinkState::FreeByFirst,
            MatchResult::One { .. } => LinkState::FreeByLater,
            MatchResult::Contested(_) => LinkState::Contested,
        }
    }

    pub(super) fn link_state(&self, link: &Link, account: Option<u32>) -> LinkState {
        if self.input.is_stopped() {
            return LinkState::LinkedUnread;
        }
        let gone = account.is_none() && self.is_gone(&link.target);
        match (&link.life, account) {
            (Life::Retired { .. }, _) => LinkState::Retired,
            (Life::Open, Some(row)) if self.is_open(row) => LinkState::Open,
            (Life::Open, Some(_)) => LinkState::ClosedByHand,
            (Life::Left { .. }, Some(_)) => LinkState::Left,
            (Life::Open, None) if gone => LinkState::AccountMissing,
            (Life::Left { .. }, None) if gone => LinkState::LeftAccountMissing,
            (Life::Open | Life::Left { .. }, None) => LinkState::LinkedUnread,
        }
    }

    /// *Missing account*: its `get` says that it does not exist or, without a `get`, a complete list that contains closed
    /// accounts lacks it.
    pub(super) fn is_gone(&self, id: &str) -> bool {
        let by_list = self.input.target.end.is_complete() && self.input.lists_all() && self.plan().target.collection().get.is_none();
        by_list || self.input.proofs.gone.contains(id)
    }

    /// Whether an account gives access, if the target says.
    pub fn is_open(&self, account: u32) -> bool {
        let target = &self.plan().target;
        let Some((attribute, access)) = target.collection().access() else { return true };
        target.slot_of(attribute).is_none_or(|slot| access.is_open(cell_or_null(self.accounts.row(account), slot)))
    }

    /// Classifies linked records that were not read. After an unreadable key nobody counts as absent, because that record may
    /// be the missing one. An incremental read proves absence only for records that were asked for one by one.
    pub(super) fn classify_absent(&mut self) {
        let complete = matches!(self.input.source.end, End::Complete { .. }) && !self.input.is_broken() && !self.has_unreadable_key();
        let mut absent: Vec<&Link> = self.input.links.iter().filter(|link| !self.keys.contains_key(link.key.as_str())).collect();
        let delta = self.input.source.delta.as_ref();
        if let Some(delta) = delta {
            absent.retain(|link| delta.gone.contains(&link.key) && key_is_own(self.plan()) && !self.input.is_broken());
        }
        absent.sort_by(|left, right| left.key.cmp(&right.key));
        for link in absent {
            let account = self.accounts.row_of(&link.target);
            let state_of_link = self.link_state(link, account);
            let key = Text::from(link.key.as_str());
            let (state, why) = match (self.left_on_known_day(link), complete || delta.is_some()) {
                (Some(because), true) => (SourceState::Leaver, Why::Leaver(because)),
                (None, true) if delta.is_none() || matches!(link.life, Life::Left { .. }) => (SourceState::Missing, Why::Nothing),
                (_, true) => continue,
                (_, false) => (SourceState::Unread, Why::Nothing),
            };
            self.entries.push(Entry { key, row: None, state, why, found: MatchResult::Nobody, link: state_of_link });
        }
    }

    /// Whoever is missing once the day has passed on which a condition became true leaves by that condition; where
    /// the source can be asked, it has to say that this one is not there.
    pub(super) fn left_on_known_day(&self, link: &Link) -> Option<LeaveReason> {
        let passed = self.day_has_passed(link);
        let proofs = self.input.source.delta.as_ref().map_or(&self.input.proofs.source_gone, |delta| &delta.gone);
        let confirmed = !self.can_confirm_absence() || proofs.contains(&link.key);
        (passed && confirmed).then(|| leavers::on_a_day(self.plan())).flatten()
    }

    pub(super) fn day_has_passed(&self, link: &Link) -> bool {
        link.life == Life::Open && link.due.is_some_and(|day| day <= self.input.clock.today)
    }

    pub(super) fn has_unreadable_key(&self) -> bool {
        self.unkeyed.iter().any(|row| self.rows[*row as usize].verdict == Verdict::Rejected)
    }
}

/// A value that can't be made rejects its record, and one that was not read leaves it unread.
fn faulty(fault: Box<Fault>, span: Span) -> (SourceState, Why) {
    if fault.is_unread() {
        return (SourceState::Unread, Why::Nothing);
    }
    (SourceState::Rejected, Why::Rejected(Box::new(Rejection { fault, span })))
}
