//! Where the next incremental read begins, and which records it includes because they are unfinished.

use super::planner::Planner;
use crate::{
    run::{
        change_set::{NextRead, Operation, ReadAgain, Verdict},
        classify::leavers::counts_absence,
        read::incremental::{REMOVED, next_read_from},
        record_scope::{cell, key_equals_source_key, own_key},
    },
    systems::{Mark, WeakEnd},
    value::Value,
};
use std::collections::HashMap;

impl Planner<'_> {
    pub(crate) fn next_read(&self, operations: &[Operation]) -> Option<NextRead> {
        let (input, plan) = (self.classification.input, self.classification.plan());
        let next = next_read_from(plan, input.source.clock.unwrap_or(input.clock.now))?;
        let delta = input.source.delta.as_ref();
        let rows: HashMap<&str, u32> =
            self.classification.entries.iter().filter_map(|entry| Some((entry.key.as_str(), entry.row?))).collect();
        let written = operations.iter().filter_map(|operation| rows.get(operation.key.as_str()));
        Some(NextRead {
            since: delta.map(|delta| delta.since),
            next,
            unsettled: self
                .unsettled_rows()
                .chain(self.again.iter().copied())
                .map(|(row, why)| self.read_again(row, why))
                .chain(self.removed())
                .filter(|record| !self.classification.input.is_forgotten(&record.key))
                .collect(),
            written: written.map(|row| self.read_again(*row, "failed")).collect(),
            everything: self.reads_everything
                || self.removed_nobody_knows()
                || delta.is_some_and(|delta| delta.lost_sight)
                // What changed on a page that was not read would be behind the place where the next read begins.
                || input.source.weak.as_ref().is_some_and(WeakEnd::may_lack_pages),
            mark: input.source.mark.as_ref().map(Mark::id),
            unasked: delta.map(|delta| delta.unasked.keys().cloned().collect()).unwrap_or_default(),
        })
    }

    /// Records that the source named as removed: where absence counts, they are missing until they have left. Without a rule for it
    /// nobody waits for them. They are asked for again if nobody could confirm it.
    fn removed(&self) -> impl Iterator<Item = ReadAgain> {
        let input = self.classification.input;
        let delta = input.source.delta.as_ref();
        let counts = counts_absence(self.classification.plan());
        let open = move |key: &&String| counts && input.links.of_key(key).is_some_and(|link| link.life.is_untouched());
        let removed = delta.into_iter().flat_map(move |delta| delta.removed.iter().filter(open).chain(&delta.unconfirmed));
        removed.map(|key| ReadAgain { key: key.clone(), own_key: key.clone(), changed: None, why: REMOVED.to_owned() })
    }

    /// The links don't have the key by which the source names a removed record, so only a read of everything shows whose it was.
    fn removed_nobody_knows(&self) -> bool {
        let delta = self.classification.input.source.delta.as_ref();
        let plan = self.classification.plan();
        delta.is_some_and(|delta| !delta.removed.is_empty() && !key_equals_source_key(plan) && counts_absence(plan))
    }

    fn unsettled_rows(&self) -> impl Iterator<Item = (u32, &'static str)> {
        let why = |verdict: Verdict| match verdict {
            Verdict::Held => Some("held"),
            Verdict::Rejected => Some("rejected"),
            Verdict::Waiting => Some("waiting"),
            Verdict::Unread => Some("unread"),
            _ => None,
        };
        self.rows.iter().zip(0..).filter_map(move |(row, at)| Some((at, why(row.verdict)?)))
    }

    fn read_again(&self, row: u32, why: &str) -> ReadAgain {
        let source = &self.classification.plan().source;
        let record = self.classification.row(row);
        let own_key = own_key(source, record).map(String::from).unwrap_or_default();
        let key = self.classification.key_of_row(row).map_or_else(|| own_key.clone(), ToString::to_string);
        let changed = source.collection().changed.and_then(|changed| source.slot_of(changed)).and_then(|slot| cell(record, slot).ok());
        let changed = if let Some(Value::DateTime(changed)) = changed { Some(*changed) } else { None };
        ReadAgain { key, own_key, changed, why: why.to_owned() }
    }
}
