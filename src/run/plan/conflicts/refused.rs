//! Operations that the target refused before, and would refuse again.

use crate::run::plan::{draft::Draft, pending, planner::Planner};

impl Planner<'_> {
    /// Holds operations that the target refused, until they may be tried again. One that closes or deletes an account is tried in every
    /// run, because the account of a leaver must not stay open for longer than necessary.
    pub(super) fn hold_refused(&mut self) {
        let input = self.classification.input;
        let collection = input.plan.target.collection();
        let waits = |draft: &Draft| {
            let known = input.pending_work.refused.get(draft.key()).filter(|_| !draft.withdrawn && !draft.operation.closes(collection))?;
            pending::waits(known, &draft.operation, (input.digester, input.plan.hash.as_str()), input.clock.now)
        };
        let waiting: Vec<_> = self.drafts.iter().enumerate().filter_map(|(at, draft)| Some((at, waits(draft)?))).collect();
        for (at, (reason, detail)) in waiting {
            self.hold_draft(at, reason, detail);
        }
    }
}
