//! The result of a classification: the state of each record and of its link. Nothing is decided, and no value is compared with an
//! account.

use super::{
    given_up::WaitsByKey,
    leavers::LeaveReason,
    matching::{Accounts, MatchResult},
    references::Refs,
    table::{LinkState, SourceState},
};
use crate::{
    compile::ExecutionPlan,
    diagnose::Span,
    run::{
        change_set::{Finding, Reason, Verdict},
        input::Input,
        record_scope::{RecordScope, cell, key_equals_source_key},
    },
    state::link::Link,
    value::{Fault, Text, Value, show::shown, trie::Row},
};
use std::collections::{HashMap, HashSet};

/// Values that the target was asked for and has: attribute and canonical value.
pub(crate) type EventsInTarget = HashSet<(usize, Box<[u8]>)>;

/// All records, before anything is decided.
pub(crate) struct Classification<'a> {
    pub input: &'a Input<'a>,
    pub accounts: Accounts<'a>,
    pub refs: Refs<'a>,
    /// Of events: the values that were found in the target.
    pub events_in_target: EventsInTarget,
    pub entries: Vec<Entry>,
    /// One for each row of the source; those of entries are filled in later.
    pub rows: Vec<RowVerdict>,
    pub findings: Vec<Finding>,
    /// Rows whose key can't be read or occurs twice: never classified, but they still block closing the accounts they match.
    pub unkeyed: Vec<u32>,
    /// The key of a row can't be read or was not, so that it may be anybody's.
    pub(super) nameless: bool,
    /// Keys that occur more than once, and for which no row was chosen.
    pub doubled: Vec<Text>,
    /// How many records without a link were asked for and got no answer.
    pub unasked: u64,
    /// Records that find nobody else's account because others give up values in this run.
    pub waits: WaitsByKey,
    /// How often each key occurs.
    pub(super) keys: HashMap<Text, u32>,
}

/// Where the ledger counts a row of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowVerdict {
    pub verdict: Verdict,
    /// Index of the scope line, where out of scope; the number of lines where it is an event from before the first day.
    pub scope: Option<u16>,
}

/// One key, with the state of its record and of its link.
pub(crate) struct Entry {
    pub key: Text,
    /// None: linked, and not among the rows.
    pub row: Option<u32>,
    pub state: SourceState,
    pub why: StateReason,
    pub found: MatchResult,
    pub link: LinkState,
}

/// Why the record is in its state.
pub(crate) enum StateReason {
    Nothing,
    Scope(u16),
    Leaver(LeaveReason),
    /// Leaves, unless another record of the same key denies it. A read of changed records may not contain that one.
    LeavesPerhaps,
    Rejected(Box<Rejection>),
    /// A value of it was not read.
    NotRead(Box<Fault>),
}

/// Whether an account gives access.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AccountAccess<'a> {
    Open,
    Closed,
    /// The attribute that says so is missing.
    NotShown(&'a str),
    /// The attribute that says so can't be read, and why.
    Unreadable(&'a str, &'a Fault),
}

impl AccountAccess<'_> {
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }
}

/// A fault, and the line that needed the value.
pub(crate) struct Rejection {
    pub fault: Box<Fault>,
    pub span: Span,
}

impl<'a> Classification<'a> {
    /// Takes out the verdicts of rows, and the findings about records that need no decision.
    pub fn take_verdicts(&mut self) -> (Vec<RowVerdict>, Vec<Finding>) {
        (std::mem::take(&mut self.rows), std::mem::take(&mut self.findings))
    }

    /// The key of a row: entries are in the order of their rows, absent ones last.
    pub fn key_of_row(&self, row: u32) -> Option<&Text> {
        let at = self.entries.binary_search_by_key(&row, |entry| entry.row.unwrap_or(u32::MAX)).ok()?;
        Some(&self.entries[at].key)
    }

    pub fn plan(&self) -> &'a ExecutionPlan {
        self.input.plan
    }

    pub fn row(&self, at: u32) -> &'a Row {
        &self.input.source.rows[at as usize]
    }

    pub fn record_scope(&self, row: Option<u32>, account: Option<u32>) -> RecordScope<'_> {
        let current = account.map(|at| self.accounts.row(at));
        RecordScope::new(self.plan(), self.input.clock, &self.refs, row.map(|at| self.row(at)), current)
    }

    pub fn link_of(&self, key: &str) -> Option<&'a Link> {
        self.input.links.of_key(key)
    }

    /// Whether an account gives access. It does where the target does not say.
    pub fn access(&self, account: u32) -> AccountAccess<'a> {
        let target = &self.plan().target;
        let Some((attribute, access)) = target.collection().access() else { return AccountAccess::Open };
        let Some(slot) = target.slot_of(attribute) else { return AccountAccess::Open };
        match cell(self.accounts.row(account), slot) {
            Ok(value) if !access.is_shown(value) => AccountAccess::NotShown(&target.attribute(attribute).name),
            Ok(value) if access.is_open(value) => AccountAccess::Open,
            Ok(_) => AccountAccess::Closed,
            Err(fault) => AccountAccess::Unreadable(&target.attribute(attribute).name, fault),
        }
    }

    /// The attribute by which an account is open or closed, and its value in words.
    pub fn closed_by(&self, account: u32) -> Option<(&str, String)> {
        let target = &self.plan().target;
        let (attribute, _) = target.collection().access()?;
        let words = match cell(self.accounts.row(account), target.slot_of(attribute)?).ok()? {
            value if matches!(value, Value::Text(_)) => format!("\"{}\"", shown(value)),
            value => shown(value),
        };
        Some((&target.attribute(attribute).name, words))
    }

    /// Whether a link's key is what the source's `get` takes.
    pub fn can_confirm_absence(&self) -> bool {
        self.plan().source.collection().get.is_some() && key_equals_source_key(self.plan())
    }

    /// Whether a record that this read lacks counts as absent: the source has answered that it does not exist or, where it can't be
    /// asked, its list was read to a proved end.
    pub fn absence_is_confirmed(&self, key: &str) -> bool {
        if self.can_confirm_absence() { self.input.proofs.source_gone.contains(key) } else { !self.may_be_cut() }
    }

    /// Whether somebody whom the source does not show may be on a page that was cut. What a read of changes does not show was named as
    /// removed.
    pub fn may_be_cut(&self) -> bool {
        self.input.source.weak.is_some() && self.input.source.delta.is_none()
    }

    /// Why it can't be told whether somebody is gone whom the source does not show.
    pub fn why_unconfirmed(&self, key: &str) -> Option<String> {
        if let Some(why) = self.input.proofs.source_failed.get(key) {
            return Some(format!("asking whether it is gone failed: {why}"));
        }
        self.why_weak()
    }

    /// Why the list of the source proves no absence, where it can't be asked for a record either.
    pub(crate) fn why_weak(&self) -> Option<String> {
        let weak = self.input.source.weak.as_ref().filter(|_| self.may_be_cut() && !self.can_confirm_absence());
        weak.map(|weak| weak.of(&self.plan().source.name()))
    }
}

/// The finding for a record for which nothing is written.
pub(crate) fn finding(verdict: Verdict, key: &str, label: Option<String>, kind: Reason, detail: String) -> Finding {
    Finding {
        verdict,
        key: key.to_owned(),
        label,
        kind,
        detail,
        attribute: None,
        lines: Vec::new(),
        target: None,
        accounts: Vec::new(),
        leaves_open: false,
    }
}
