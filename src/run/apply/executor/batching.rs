//! Collects operations of several people that share one request.

use super::{BATCH, Executor};
use crate::{
    compile::system::Batch,
    run::apply::{target::Target, writes},
    systems::WriteKind,
};
use std::{collections::BTreeMap, mem};

/// The most operations that wait to share a request.
const WAITING: usize = 1000;

impl<'f, T: Target> Executor<'f, T> {
    /// Whether so many operations are waiting that no further one is started.
    pub(crate) fn has_full_batch(&self) -> bool {
        self.batching.len() >= WAITING
    }

    /// Its intent is opened next, or as soon as its batch is complete.
    pub(crate) fn is_ready(&mut self, at: usize) {
        if self.batch_of(at).is_some() {
            self.batching.push(at);
        } else {
            self.to_open.push(at);
        }
    }

    /// Releases full batches, and incomplete ones once no further operation can join them. Releases no more requests than can be under
    /// way at once, because each has an open intent from then on.
    pub(crate) fn form_batches(&mut self) {
        if self.batching.is_empty() || !self.to_send.is_empty() {
            return;
        }
        let mut room = self.context.target.at_once().max(1);
        let none_can_join = self.under_way == 0 && self.to_open.is_empty() && (self.schedule.is_still() || self.has_full_batch());
        let mut groups: BTreeMap<String, (usize, Vec<usize>)> = BTreeMap::new();
        for at in mem::take(&mut self.batching) {
            let size = self.batch_of(at).map_or(1, |(_, batch)| batch.size.max(1));
            groups.entry(self.alike(at).unwrap_or_default()).or_insert((size, Vec::new())).1.push(at);
        }
        for (size, group) in groups.into_values() {
            for together in group.chunks(size) {
                if room == 0 || together.len() < size && !none_can_join {
                    self.batching.extend(together);
                } else {
                    room -= 1;
                    self.go_together(together);
                }
            }
        }
    }

    fn go_together(&mut self, together: &[usize]) {
        self.batches += 1;
        let before = u32::try_from(self.states.len() / BATCH + 1).unwrap_or(u32::MAX);
        for at in together {
            self.states[*at].batch = Some(before.saturating_add(self.batches));
            self.to_open.push(*at);
        }
    }

    /// How many operations are sent next: those that can share a request, or any if the target accepts mixed requests.
    pub(crate) fn together(&self) -> usize {
        let Some(first) = self.to_send.front() else { return 0 };
        match self.batch_of(*first) {
            Some((_, batch)) => {
                let alike = self.alike(*first);
                self.to_send.iter().take(batch.size.max(1)).take_while(|at| self.alike(**at) == alike).count()
            }
            None => {
                let alone = self.to_send.iter().take_while(|at| self.batch_of(**at).is_none());
                alone.take(self.context.target.batch().max(1)).count()
            }
        }
    }

    fn batch_of(&self, at: usize) -> Option<(WriteKind, Batch)> {
        let kind = writes::write_kind(&self.resolver.reader, self.states[at].filled.as_ref()?).ok()?;
        self.context.target.gathers(kind).map(|batch| (kind, batch))
    }

    /// What operations in one request must have in common: the call, and the value of the attribute in its URL.
    fn alike(&self, at: usize) -> Option<String> {
        let (kind, batch) = self.batch_of(at)?;
        let state = &self.states[at];
        let by = batch.by.and_then(|by| {
            let written = state.filled.as_ref()?.values().iter();
            let mut written =
                written.filter(|written| self.resolver.reader.attribute(&written.attribute) == Some(by)).map(|written| &written.after.0);
            let held = state.looked.row.as_ref().and_then(|row| self.resolver.reader.value(row, by));
            held.filter(|value| !value.is_missing()).or_else(|| written.next_back())?.canonical_key()
        });
        Some(format!("{kind:?} {}", by.as_deref().unwrap_or_default()))
    }
}
