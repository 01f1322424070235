//! `mode append`: each record is an event, identified by its key and sent once.

use crate::run::{
    change_set::{Reason, Step, Verdict},
    classify::{classification::Rejection, events::EventStatus, table::SourceState},
    plan::planner::{Candidate, Planner},
};

impl Planner<'_> {
    /// Decides about an event. An event that was sent is never changed, even if its record changes.
    pub(crate) fn event(&mut self, candidate: &Candidate<'_>) {
        match self.classification.known(candidate.entry) {
            EventStatus::Sent => self.mark(candidate, Verdict::AlreadySent, None),
            EventStatus::Unknown => {
                self.hold(candidate, Reason::Unknown, "it was sent, and it is not known yet whether it arrived".into(), Vec::new())
            }
            _ if self.classification.input.is_broken() => self.unread(candidate),
            EventStatus::There => {
                self.seen.push(candidate.entry.key.to_string());
                self.mark(candidate, Verdict::AlreadySent, None);
            }
            EventStatus::Nothing if self.hold_forgotten(candidate) => {}
            EventStatus::Nothing => match self.classification.unanswered(candidate.entry) {
                Some(why) => self.not_answered(candidate, &format!("whether it was sent could not be read: {why}")),
                None => self.new_event(candidate),
            },
        }
    }

    fn new_event(&mut self, candidate: &Candidate<'_>) {
        let in_scope = candidate.entry.state == SourceState::InScope;
        match (self.classification.is_old(candidate.entry), candidate.entry.state) {
            (_, SourceState::OutOfScope) => self.out_of_scope(candidate),
            (Ok(true), _) => {
                self.seen.extend(in_scope.then(|| candidate.entry.key.to_string()));
                self.mark(candidate, Verdict::OutOfScope, u16::try_from(self.plan().scope.len()).ok());
            }
            (Err(fault), _) => {
                let span = self.plan().since.as_ref().map_or(self.plan().span, |since| since.span);
                self.reject(candidate, &Rejection { fault, span });
            }
            (Ok(false), SourceState::InScope) => self.append(candidate),
            (Ok(false), SourceState::Rejected) => self.rejected(candidate),
            (Ok(false), _) => self.unread(candidate),
        }
    }

    /// An event can't be completed later, so it waits for a reference without an account, required or not.
    fn append(&mut self, candidate: &Candidate<'_>) {
        let values = match self.map.create(&candidate.record) {
            Ok(values) => values,
            Err(refusal) => return self.refuse(candidate, refusal),
        };
        if let Some((value, pending)) = values.iter().find_map(|value| Some((value, value.after.0.pending().next()?))) {
            return self.report(candidate, Verdict::Waiting, Reason::Reference, self.lacks(value, pending));
        }
        let operation = self.operation(candidate, Verdict::Send, vec![Step::Create { values }]);
        self.draft(candidate, operation, None);
    }

    /// Why an event is out of scope, if no line of the pipeline excludes it: `before 2026-03-01`.
    pub(crate) fn before_words(&self) -> String {
        let from = self.plan().since.as_ref().and_then(|since| since.from);
        from.map_or_else(String::new, |from| format!("before {}", self.plan().day(from)))
    }

    /// Adds a doubt if the state is uncertain about which events were sent, so that a person has to agree.
    pub(crate) fn doubt_events(&mut self, events: usize) {
        if self.classification.input.events.in_doubt && events > 0 {
            self.doubts.push(format!(
                "the state is older than what was done with it, or its key was lost: which of {events} events were sent is not certain"
            ));
        }
    }
}
