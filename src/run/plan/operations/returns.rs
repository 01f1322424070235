//! People who left and come back.

use super::{build::lines_of, updates::Update};
use crate::run::{
    change_set::{Reason, Verdict},
    classify::{leavers, matching::left_on},
    plan::planner::{Candidate, Planner, because},
};
use crate::state::decisions::Choice;

impl Planner<'_> {
    /// Holds a record with the key of somebody else who left; returns whether it is one.
    pub(crate) fn hold_reused(&mut self, candidate: &Candidate<'_>) -> bool {
        let Some(link) = candidate.link.filter(|link| self.map.is_somebody_else(link, &candidate.record)) else { return false };
        if self.classification.input.chose(&candidate.entry.key, Choice::Link, Some(&link.target)) {
            return false;
        }
        let target = &link.target;
        let detail = format!(
            "{} {target} was that of another person: the record has another name, and other values by which people are found",
            self.noun()
        );
        self.hold(candidate, Reason::KeyReused, detail, Vec::new());
        true
    }

    pub(crate) fn return_account(&mut self, candidate: &Candidate<'_>, update: bool) {
        let Some(account) = self.account_row(candidate) else { return self.unread(candidate) };
        let block = candidate.link.and_then(|link| leavers::block_of_left(self.plan(), because(candidate.entry), link)).unwrap_or(0);
        if self.hold_reused(candidate) {
            return;
        }
        let actions = self.plan().leavers[block].on_return.as_deref().unwrap_or(&[]);
        let steps = match update {
            true => self.update_steps(candidate, account, actions),
            false => self.steps(actions, candidate, Some(account)).map(|steps| (steps, Update::default())),
        };
        match steps {
            Ok((steps, update)) => {
                let mut operation = self.operation(candidate, Verdict::Return, steps);
                operation.agreed = update.agreed;
                operation.lines = actions.iter().map(|action| self.plan().line(action.span())).chain(lines_of(&operation)).collect();
                operation.reason = candidate.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                self.draft(candidate, operation, candidate.account);
            }
            Err(refusal) => self.refuse(candidate, refusal),
        }
    }
}
