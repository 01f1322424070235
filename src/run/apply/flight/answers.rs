//! What came back, and what follows from it.

use super::{Event, Flight, is_create};
use crate::{
    plan::system::ErrorClass,
    run::{
        apply::{
            Moment,
            precondition::{self, Stand},
            resolve::{Resolution, Why, moved},
            settle::Ended,
            target::Target,
        },
        changes::Step,
        person::Clock,
    },
    systems::{self, CallError, Effect, Got},
};
use jiff::tz::TimeZone;
use std::time::Duration;

impl<'f, T: Target> Flight<'f, T> {
    pub(super) fn take(&mut self, events: Vec<(usize, Event)>) {
        self.under_way -= events.len();
        for (at, event) in events {
            match event {
                Event::Looked(looked) => self.looked(at, looked),
                Event::Sent(answer) => {
                    self.work.watcher.at(Moment::Answered);
                    self.sent(at, answer);
                }
                Event::Resolved(resolution) => self.resolved(at, resolution),
            }
        }
    }

    fn looked(&mut self, at: usize, looked: Result<Got, CallError>) {
        let operation = self.operation(at);
        let row = match looked {
            Err(error) => return self.refused(at, &error),
            Ok(Got::Gone) if operation.steps.iter().all(|step| matches!(step, Step::Delete)) => return self.nothing_to_send(at),
            Ok(Got::Gone) => return self.conflict(at, "the account is gone".to_owned()),
            Ok(Got::Merged { .. }) => return self.conflict(at, "the account was merged into another".to_owned()),
            Ok(Got::Record(record)) => self.resolver.reader.row(&record.json),
        };
        let Some(row) = row else { return self.conflict(at, "the account can't be read".to_owned()) };
        let now = (self.work.clock)();
        let today = now.to_zoned(self.work.plan.zone.clone().unwrap_or(TimeZone::UTC)).date();
        if let Some(reason) = precondition::protected(&self.resolver.reader, &row, Clock { now, today }) {
            return self.conflict(at, format!("protected by now: {reason}"));
        }
        let only_values = operation.steps.iter().all(|step| matches!(step, Step::Update { .. }));
        match precondition::stand(&self.resolver.reader, operation, &row) {
            Stand::Moved(attribute) => self.conflict(at, moved(&attribute)),
            Stand::AlreadyDone if only_values => self.nothing_to_send(at),
            Stand::AlreadyDone | Stand::AsPlanned => {
                self.cases[at].row = Some(row);
                self.to_open.push(at);
            }
        }
    }

    fn sent(&mut self, at: usize, answer: Result<systems::Written, CallError>) {
        let creates = self.cases[at].filled.as_ref().is_some_and(is_create);
        let deletes = matches!(self.cases[at].filled, Some(Step::Delete));
        match answer {
            Ok(written) => {
                let row = written.record.and_then(|record| self.resolver.reader.row(&record));
                let id = written.id.and_then(|id| id.key_text()).map(String::from);
                let id = id.or_else(|| row.as_ref().and_then(|row| self.resolver.reader.id(row)));
                if creates && id.is_none() {
                    return self.resolve(at, Why::NoId);
                }
                self.step_done(at, Ended::Done { id: id.filter(|_| creates), row });
            }
            Err(error) if error.effect == Effect::Unknown => {
                let opened = self.cases[at].intent.as_ref().map_or_else(self.work.clock, |intent| intent.at);
                let ago = Duration::try_from((self.work.clock)().duration_since(opened)).unwrap_or_default();
                self.resolve(at, Why::Lost { ago });
            }
            Err(error) if deletes && error.class == ErrorClass::Missing => self.step_done(at, Ended::Done { id: None, row: None }),
            Err(error) if creates && error.class == ErrorClass::Conflict => {
                let again = self.cases[at].intent.as_ref().is_some_and(|intent| intent.attempt > 1);
                let why = if again { Why::Lost { ago: Duration::ZERO } } else { Why::Refused };
                self.resolve(at, why);
            }
            Err(error) => self.refused(at, &error),
        }
    }

    /// What a look-up told of a request without an answer. It is sent once more if it had no effect, and only once.
    fn resolved(&mut self, at: usize, resolution: Resolution) {
        match resolution {
            Resolution::Done { id, row } => self.step_done(at, Ended::Done { id, row }),
            Resolution::Perhaps => self.step_done(at, Ended::Perhaps),
            Resolution::Taken(message) => self.conflict(at, message),
            Resolution::ByRead => self.unknown(at, "the target gave no answer; the next complete read will tell".to_owned()),
            Resolution::Unknown(message) => self.unknown(at, message),
            Resolution::NotDone => match &mut self.cases[at].intent {
                Some(intent) if intent.attempt == 1 && self.applied.stopped.is_none() => {
                    intent.attempt += 1;
                    self.repeats.push(intent.id);
                    self.to_send.push_front(at);
                }
                _ => self.fail(at, "temporary", "the target gave no answer, and nothing was written".to_owned(), true),
            },
        }
    }
}
