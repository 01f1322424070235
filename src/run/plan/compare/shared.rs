//! Attributes that two directions write: prepares the input of a merge, and carries out its result.

use super::{
    difference::Difference,
    map::{Map, WriteRefusal},
    merge::{self, Flow, MergeInput, SideState},
};
use crate::{
    compile::{Conflict, Mapping, OnConflict, Shared, Side},
    run::{
        change_set::SharedWrite,
        record_scope::{RecordScope, cell},
    },
    state::{agreed::Agreed, link::Link},
    value::{Value, canonical::same, trie::Row},
};
use jiff::Timestamp;

impl Map<'_> {
    /// Compares an attribute that both directions write. What decides is which side changed since both agreed, not which value differs.
    pub(super) fn merge_shared(
        &self,
        at: usize,
        shared: &Shared,
        value: Option<Value>,
        (record, account, before, link): (&RecordScope<'_>, &Row, &Value, Option<&Link>),
        out: &mut Difference,
    ) -> Result<(), WriteRefusal> {
        let mapping = &self.plan.map[at];
        // A value of the source that can't be read has refused the record, unless the line does not apply to it.
        let Ok(source) = record.source_attribute(shared.attribute) else { return Ok(()) };
        let nothing = Agreed::default();
        let agreed = link.map_or(&nothing, |link| &link.agreed);
        let name = self.pair(mapping, shared);
        let wanted = value.as_ref().filter(|value| !value.is_pending());
        let input = MergeInput {
            pair: agreed.get(name),
            source: self.side_state(source, &self.plan.source, |slot| record.source_value(slot).ok(), agreed.source_written),
            target: self.side_state(before, &self.plan.target, |slot| cell(account, slot).ok(), agreed.target_written),
            wanted: wanted.map(|value| self.hash(value)),
            same: wanted.is_some_and(|value| same(value, before, mapping.comparison)),
            rule: mapping.on_conflict.unwrap_or(OnConflict { first: Conflict::Hold, then: None }),
            slack: self.slack,
        };
        let (flow, pair) = match input.pair {
            // The value from before our last write is no edit of theirs: the write was not kept.
            Some(pair) if pair.target.is_none() && self.is_unkept(mapping, input.wanted.and(value.as_ref()), before, link) => {
                (Flow::Write, None)
            }
            _ => merge::merge(&input),
        };
        let writes = matches!(flow, Flow::Write | Flow::Decided { wins: true, .. });
        out.agreed.extend(pair.filter(|pair| !writes && agreed.get(name) != Some(*pair)).map(|pair| (name, pair)));
        out.is_open |= matches!(flow, Flow::Decided { wins: false, .. });
        let (named, line) = (self.names[mapping.attribute].clone(), self.lines[at].clone());
        match flow {
            Flow::Stay | Flow::Write => {}
            Flow::ChangedThere => out.changed_there.push((named, line)),
            Flow::Decided { why, .. } => out.conflicts.push((named, line, Some(why))),
            Flow::Held => out.conflicts.push((named, line, None)),
        }
        if let (true, Some(value)) = (writes, value) {
            if self.is_given_up(mapping, &value, before, link) {
                out.unsettled.push((self.names[mapping.attribute].clone(), self.lines[at].clone()));
                return Ok(());
            }
            self.admit(mapping.attribute, &value, mapping.span)?;
            let mut written = self.write(mapping.attribute, before.clone(), value, &self.lines[at]);
            written.shared = self.shared_write(mapping, record);
            out.written.push(written);
        }
        Ok(())
    }

    fn side_state<'v>(&self, value: &Value, side: &Side, at: impl Fn(usize) -> Option<&'v Value>, written: Option<Timestamp>) -> SideState {
        let changed = side.collection().changed.and_then(|changed| side.slot_of(changed)).and_then(at);
        let changed = if let Some(Value::DateTime(changed)) = changed { Some(*changed) } else { None };
        SideState { now: self.hash(value), missing: value.is_missing(), changed, written }
    }

    pub(super) fn shared_write(&self, mapping: &Mapping, record: &RecordScope<'_>) -> Option<SharedWrite> {
        let shared = mapping.shared.as_ref()?;
        Some(SharedWrite { pair: self.pair(mapping, shared), source: self.hash(record.source_attribute(shared.attribute).ok()?) })
    }

    fn hash(&self, value: &Value) -> u64 {
        self.digester.plain_value(value)
    }

    /// The hash of both names of an attribute: the same from either end.
    fn pair(&self, mapping: &Mapping, shared: &Shared) -> u64 {
        let name = |side: &Side, attribute: usize| format!("{}.{}", side.name(), side.collection().attributes[attribute].name);
        let mut names = [name(&self.plan.source, shared.attribute), name(&self.plan.target, mapping.attribute)];
        names.sort();
        self.digester.attribute(&names.join(" = "))
    }
}
