//! How the reads of an incremental pipeline go on: who is not settled, and who may turn out not to be.

use super::decide::Desk;
use crate::{
    run::{
        change_set::{Again, Onward, Operation, Verdict},
        classify::record_scope::own_key,
        read::{extract::held, incremental::onward_from},
    },
    value::Value,
};
use std::collections::HashMap;

impl Desk<'_> {
    pub(crate) fn onward(&self, operations: &[Operation]) -> Option<Onward> {
        let (input, plan) = (self.sheet.input, self.sheet.plan());
        let next = onward_from(plan, input.source.clock.unwrap_or(input.clock.now))?;
        let delta = input.source.delta.as_ref();
        let rows: HashMap<&str, u32> = self.sheet.entries.iter().filter_map(|entry| Some((entry.key.as_str(), entry.row?))).collect();
        let written = operations.iter().filter_map(|operation| rows.get(operation.key.as_str()));
        Some(Onward {
            since: delta.map(|delta| delta.since),
            next,
            unsettled: self.unsettled_rows().chain(self.again.iter().copied()).map(|(row, why)| self.read_again(row, why)).collect(),
            written: written.map(|row| self.read_again(*row, "failed")).collect(),
            everything: self.reads_everything,
            unasked: delta.map(|delta| delta.unasked.clone()).unwrap_or_default(),
        })
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

    fn read_again(&self, row: u32, why: &str) -> Again {
        let source = &self.sheet.plan().source;
        let record = self.sheet.row(row);
        let own_key = own_key(source, record).map(String::from).unwrap_or_default();
        let key = self.sheet.key_of_row(row).map_or_else(|| own_key.clone(), ToString::to_string);
        let changed = source.collection().changed.and_then(|changed| source.slot_of(changed)).map(|slot| held(record, slot));
        let changed = if let Some(Value::DateTime(changed)) = changed { Some(*changed) } else { None };
        Again { key, own_key, changed, why: why.to_owned() }
    }
}
