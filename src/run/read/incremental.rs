//! Incremental reads: which records a read requests, and where the next one begins. Pure.

use super::partial::{Known, known};
use crate::run::{
    change_set::{NextRead, ReadAgain},
    record_scope::{Clock, key_equals_source_key},
};
use crate::{
    compile::{ExecutionPlan, Side, system::PageBy},
    state::{
        cursors::{Cursor, Pending},
        link::{Life, Link, Links},
    },
    systems::Mark,
    value::Span,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Which records a run requests from its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadScope {
    /// Records changed since then; `None`: all records.
    pub since: Option<Timestamp>,
    /// What the read begins with, where the source gives marks.
    pub mark: Option<Mark>,
    /// The next read is to begin with the mark of this one.
    pub wants_mark: bool,
    /// Of the records that are read again: those that the source named as removed.
    pub removed: Vec<String>,
    /// The source keys of records to read whether or not they changed: those that are pending, and those whose day has come.
    pub again: Vec<String>,
    /// The source keys of unfinished records that can't be read by key, which the read has to show again; empty for one that shows none.
    pub waiting: Vec<String>,
    /// The linked source keys that are asked for by `get` where the end of a full read is weak and its list leaves them out.
    pub linked: Vec<String>,
    /// Of a read of changes: the linked records, of which an element may leave out what has not changed.
    pub known: Known,
}

/// What the state has of earlier reads.
#[derive(Clone, Copy)]
pub struct ReadHistory<'a> {
    pub cursor: Option<&'a Cursor>,
    /// The mark of the cursor.
    pub mark: Option<&'a Mark>,
    pub pending: &'a [Pending],
    pub links: &'a Links,
    /// The most records that a full read has given lately.
    pub highest_read: Option<u64>,
}

/// What a run requests. Everything is read the first time, after an edit, when a full read is due, and if it needs no more calls.
#[must_use]
pub fn ask(plan: &ExecutionPlan, before: &ReadHistory<'_>, clock: Clock) -> ReadScope {
    let asked = || {
        let cursor = before.cursor.filter(|cursor| cursor.plan.as_deref() == Some(&plan.hash))?;
        let full_every = plan.since.as_ref()?.full_every;
        if full_every.is_some_and(|every| cursor.last_full.is_none_or(|last| last + span(every) <= clock.now)) {
            return None;
        }
        let mark = before.mark.filter(|_| gives_marks(plan));
        if gives_marks(plan) && mark.is_none() {
            return None;
        }
        let asked = |pending: &&Pending| pending.why == REMOVED && is_asked(plan, &pending.own_key);
        let removed = before.pending.iter().filter(asked).map(|pending| pending.own_key.clone()).collect();
        let waiting = before.pending.iter().filter(|pending| !is_asked(plan, &pending.own_key)).map(|pending| pending.own_key.clone());
        Some(ReadScope {
            since: Some(cursor.since?),
            mark: mark.cloned(),
            removed,
            again: again(plan, before, clock)?,
            waiting: waiting.collect(),
            known: known(before.links),
            // The source may ask for a complete read instead, and that one may end weakly.
            linked: linked(plan, before.links),
            ..ReadScope::default()
        })
    };
    let scope = asked().unwrap_or_else(|| ReadScope { linked: linked(plan, before.links), ..ReadScope::default() });
    ReadScope { wants_mark: gives_marks(plan), ..scope }
}

/// Why a record is read again that the source named as removed: it counts as missing as long as it is not there.
pub const REMOVED: &str = "removed";

/// Whether the reads of the source begin with a mark that the source gives.
fn gives_marks(plan: &ExecutionPlan) -> bool {
    plan.since.is_some() && plan.source.collection().list.as_ref().is_some_and(|list| list.since.is_some())
}

/// Whether the source can be asked for each linked record by the key of its link.
#[must_use]
pub fn asks_for_linked(plan: &ExecutionPlan) -> bool {
    plan.source.collection().get.is_some() && key_equals_source_key(plan)
}

/// The keys of open links, if the source can be asked for them.
#[must_use]
pub fn linked(plan: &ExecutionPlan, links: &Links) -> Vec<String> {
    let open = links.iter().filter(|link| asks_for_linked(plan) && link.life.is_untouched());
    open.map(|link| link.key.clone()).collect()
}

/// The records that are read in addition; `None` if everything has to be read.
fn again(plan: &ExecutionPlan, before: &ReadHistory<'_>, clock: Clock) -> Option<Vec<String>> {
    let due: Vec<&Link> = before.links.iter().filter(|link| is_due(link, clock)).collect();
    let can_get = plan.source.collection().get.is_some();
    if !due.is_empty() && (!can_get || !key_equals_source_key(plan)) {
        return None;
    }
    let pending = before.pending.iter().map(|pending| pending.own_key.clone()).filter(|own_key| is_asked(plan, own_key));
    let again: BTreeSet<String> = pending.chain(due.into_iter().map(|link| link.key.clone())).collect();
    let cheaper = before.highest_read.is_none_or(|records| again.len() as u64 <= calls_of_full_read(&plan.source, records));
    cheaper.then(|| again.into_iter().collect())
}

/// Whether a condition on the day may have become true, or a later stage of a leave is due, although the record has not changed.
fn is_due(link: &Link, clock: Clock) -> bool {
    match &link.life {
        Life::Open | Life::Left { stage: 0, .. } => link.due.is_some_and(|day| day <= clock.today),
        Life::Left { next, .. } => next.is_some_and(|(day, _)| day <= clock.today),
        Life::Retired { .. } => false,
    }
}

fn calls_of_full_read(source: &Side, records: u64) -> u64 {
    let size = source.collection().list.as_ref().and_then(|list| list.page.as_ref()).map(|page| page.size);
    size.map_or(1, |size| records.div_ceil(size.max(1)))
}

fn span(span: Span) -> SignedDuration {
    SignedDuration::from_secs(span.seconds())
}

/// Whether a read may return one record twice, in an old and a new version: in a list ordered by change, a record moves when it changes.
#[must_use]
pub fn may_repeat(side: &Side, since: bool) -> bool {
    let page = side.collection().list.as_ref().and_then(|list| list.page.as_ref());
    since || page.is_some_and(|page| matches!(page.by, PageBy::Link(_) | PageBy::Cursor(_) | PageBy::Last(_)))
}

/// Where the next read begins, by the source's clock: where this one began, minus the lookback.
#[must_use]
pub fn next_read_from(plan: &ExecutionPlan, began: Timestamp) -> Option<Timestamp> {
    let lookback = plan.since.as_ref()?.lookback.map_or(SignedDuration::ZERO, span);
    began.checked_sub(lookback).ok()
}

/// Whether the source can be asked for a record with this key.
fn is_asked(plan: &ExecutionPlan, own_key: &str) -> bool {
    plan.source.collection().get.is_some() && !own_key.is_empty()
}

/// The cursor after a run, and the records that the next run reads again. A record that can't be requested by key keeps the cursor at
/// a position before it, so that the next incremental read contains it.
#[must_use]
pub fn next_cursor(
    plan: &ExecutionPlan,
    before: Option<&Cursor>,
    next_read: &NextRead,
    unsettled: &[&ReadAgain],
    now: Timestamp,
) -> (Cursor, Vec<Pending>) {
    let waited: Vec<&ReadAgain> = unsettled.iter().copied().filter(|again| !is_asked(plan, &again.own_key)).collect();
    let pending = |again: &ReadAgain| Pending { key: again.key.clone(), own_key: again.own_key.clone(), why: again.why.clone() };
    // A record without a time of change is contained in a read from the same position again.
    let reach = |again: &&ReadAgain| again.changed.and_then(|at| at.checked_sub(SignedDuration::from_secs(1)).ok()).or(next_read.since);
    let since = waited.iter().map(reach).fold(Some(next_read.next), Option::min).filter(|_| !next_read.everything);
    let last_full = if next_read.since.is_none() { Some(now) } else { before.and_then(|before| before.last_full) };
    let mut pending: Vec<Pending> = unsettled.iter().copied().map(pending).collect();
    pending.sort();
    (Cursor { since, last_full, plan: Some(plan.hash.clone()), mark: next_mark(plan, before, next_read, waited.is_empty()) }, pending)
}

/// The mark of the next read. While a record waits that can't be requested by key, it is the one that this read began with, so that the
/// next read contains the record; a read of everything began with none.
fn next_mark(plan: &ExecutionPlan, before: Option<&Cursor>, next_read: &NextRead, settled: bool) -> Option<String> {
    if next_read.everything {
        return None;
    }
    let began = before.filter(|before| next_read.since.is_some() && before.plan.as_deref() == Some(&plan.hash));
    if settled { next_read.mark.clone() } else { began.and_then(|before| before.mark.clone()) }
}
