//! The status of an event before it is sent. `mode append` identifies events by their keys.

use super::{
    classification::{Classification, Entry, EventsInTarget},
    table::SourceState,
};
use crate::run::{input::Input, proofs::looked_up_key, record_scope::cell};
use crate::{
    compile::{ExecutionPlan, Mapping, Mode},
    state::events::EventState,
    value::{Fault, FaultCode, Text, Value},
};

/// The status of an event before its record is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventStatus {
    /// Sent before, even if its record has changed since; or never to be sent.
    Sent,
    /// Sent, and it is unknown whether it arrived.
    Unknown,
    /// The target has it, although the state has no record of it.
    There,
    Nothing,
}

impl Input<'_> {
    pub(crate) fn sends_events(&self) -> bool {
        self.plan.mode == Mode::Append
    }

    /// Whether the state is uncertain about what was sent, so that the target is asked where it can be.
    fn events_are_doubtful(&self) -> bool {
        self.sends_events() && (self.adoption || self.events.in_doubt)
    }

    /// The events that look-ups have found in the target.
    pub(crate) fn events_in_target(&self) -> EventsInTarget {
        if !self.events_are_doubtful() {
            return EventsInTarget::new();
        }
        let slots = telling(self.plan).filter_map(|line| Some((line.attribute, self.plan.target.slot_of(line.attribute)?)));
        let of_slot =
            |(attribute, slot)| self.target.rows.iter().filter_map(move |row| looked_up_key(attribute, cell(row, slot).ok()?, self.plan));
        slots.flat_map(of_slot).collect()
    }
}

/// The lines of `map` that write a unique attribute by which the target can be asked.
fn telling(plan: &ExecutionPlan) -> impl Iterator<Item = &Mapping> {
    let collection = plan.target.collection();
    let is_unique = |at: usize| collection.attributes[at].unique || collection.key.alone() == Some(at);
    plan.map.iter().filter(move |line| is_unique(line.attribute) && plan.target.can_be_asked_by(line.attribute))
}

impl Classification<'_> {
    /// Whether an event has been dealt with, so that it may occur any number of times.
    pub fn is_sent(&self, key: &Text) -> bool {
        self.input.sends_events() && self.event_state(key).is_some_and(|state| state != EventState::Open)
    }

    fn event_state(&self, key: &Text) -> Option<EventState> {
        self.input.events.state(&self.input.digester.event(key))
    }

    pub(crate) fn known(&self, entry: &Entry) -> EventStatus {
        match self.event_state(&entry.key) {
            Some(EventState::Sent | EventState::Seen) => EventStatus::Sent,
            Some(EventState::Open) => EventStatus::Unknown,
            None if self.input.blocked.contains(entry.key.as_str()) => EventStatus::Unknown,
            None if self.is_there(entry) => EventStatus::There,
            None => EventStatus::Nothing,
        }
    }

    /// The attribute that identifies an event in the target and can be looked up.
    fn told_apart(&self, entry: &Entry) -> Vec<(usize, Value)> {
        if !self.input.events_are_doubtful() || entry.state != SourceState::InScope {
            return Vec::new();
        }
        let record = self.record_scope(entry.row, None);
        let value = |line: &Mapping| line.value.run(&record).ok().filter(|value| !value.is_missing()).map(|value| (line.attribute, value));
        telling(self.plan()).filter_map(value).collect()
    }

    /// Why it is unknown whether the target already has an event.
    pub(crate) fn unanswered(&self, entry: &Entry) -> Option<&str> {
        let (proofs, plan) = (&self.input.proofs, self.plan());
        self.told_apart(entry).iter().find_map(|look_up| proofs.failure(plan, look_up))
    }

    fn is_there(&self, entry: &Entry) -> bool {
        let keys = self.told_apart(entry).into_iter().filter_map(|(attribute, value)| looked_up_key(attribute, &value, self.plan()));
        keys.into_iter().any(|key| self.events_in_target.contains(&key))
    }

    /// The look-ups in the target that are needed before an event is sent.
    pub fn event_finds(&self, entry: &Entry) -> Vec<(usize, Value)> {
        let mut finds = self.told_apart(entry);
        if !finds.is_empty() && (self.is_old(entry) != Ok(false) || self.event_state(&entry.key).is_some()) {
            return Vec::new();
        }
        let open = |(attribute, value): &(usize, Value)| {
            let (proofs, key) = (&self.input.proofs, looked_up_key(*attribute, value, self.plan()));
            key.is_some_and(|key| !proofs.looked_up.contains(&key) && !proofs.unanswered.contains_key(&key))
        };
        finds.retain(open);
        finds
    }

    /// Whether an event is older than the day that the pipeline begins with, by when its record was changed last.
    pub(crate) fn is_old(&self, entry: &Entry) -> Result<bool, Box<Fault>> {
        let plan = self.plan();
        let Some(from) = plan.since.as_ref().and_then(|since| since.from) else { return Ok(false) };
        let changed = plan.source.collection().changed;
        let (Some(attribute), Some(slot), Some(row)) = (changed, changed.and_then(|changed| plan.source.slot_of(changed)), entry.row)
        else {
            return Ok(false);
        };
        match cell(self.row(row), slot).map_err(|fault| Box::new(fault.clone()))? {
            Value::DateTime(changed) => Ok(*changed < from),
            Value::Date(day) => Ok(*day < plan.day(from)),
            _ => {
                let name = &plan.source.collection().attributes[attribute].name;
                Err(Fault::new(FaultCode::NoEventTime, format!("is missing, and nothing tells whether this is before {}", plan.day(from)))
                    .at(name))
            }
        }
    }
}
