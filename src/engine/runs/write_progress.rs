//! Reports the progress of the writes of a run.

use crate::{
    engine::{Event, Stage, StageEnd, events::Counts, session::Session},
    run::{
        apply::{Applied, Watcher},
        change_set::{ChangeSet, Operation, Outcome, Verdict},
    },
};
use std::sync::{Mutex, PoisonError};

/// Reports each outcome to the listener of the project.
pub(super) struct Writes<'a> {
    session: &'a Session,
    stage: Option<Stage>,
    total: u64,
    counts: Mutex<Counts>,
}

impl<'a> Writes<'a> {
    pub fn begin(session: &'a Session, set: &ChangeSet) -> Self {
        let total = set.operations.len() as u64;
        let stage = (total > 0).then(|| Stage::Write(set.head.target.collection.clone()));
        if let Some(stage) = &stage {
            session.workspace.listener.on_event(Event::Begun(stage.clone()));
        }
        Self { session, stage, total, counts: Mutex::default() }
    }

    pub fn end(self, applied: &Applied) {
        let Some(stage) = self.stage else { return };
        let done = applied.counts.done();
        let end = if done == self.total { StageEnd::Complete } else { StageEnd::Unfinished(self.total - done) };
        self.session.workspace.listener.on_event(Event::Ended { stage, done, end });
    }
}

impl Watcher for Writes<'_> {
    fn settled(&self, operation: &Operation, outcome: &Outcome, number: usize, of: usize) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *count(&mut counts, operation.verdict, outcome) += 1;
        if let Some(stage) = self.stage.clone() {
            let (done, of, counts) = (number as u64, Some(of as u64), *counts);
            self.session.workspace.listener.on_event(Event::Progress { stage, done, of, counts });
        }
    }
}

const fn count<'c>(counts: &'c mut Counts, verdict: Verdict, outcome: &Outcome) -> &'c mut u64 {
    match (outcome, verdict) {
        (Outcome::Done, Verdict::Send) => &mut counts.sent,
        (Outcome::Done, Verdict::Create) => &mut counts.created,
        (Outcome::Done, Verdict::Leave | Verdict::Stage) => &mut counts.left,
        (Outcome::Done, _) => &mut counts.updated,
        (outcome, _) if outcome.is_not_known() => &mut counts.not_known,
        _ => &mut counts.failed,
    }
}
