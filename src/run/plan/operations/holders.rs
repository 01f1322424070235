//! Accounts that another pipeline holds by an open link: a leave here does nothing to them until the last pipeline lets go.

use crate::{
    run::{
        change_set::{Left, Operation, Reason, Verdict},
        classify::table::SourceState,
        plan::planner::{Candidate, Planner},
    },
    state::{decisions::Choice, holders::Holder},
};

impl Planner<'_> {
    /// Drafts a step of a leave. While another pipeline holds the account, the person is only remembered as left, so that this pipeline
    /// holds it no longer.
    pub(super) fn draft_unless_held(&mut self, candidate: &Candidate<'_>, operation: Operation) {
        let ends = operation.ends_use(self.plan().target.collection());
        let Some(detail) = self.still_held(candidate).filter(|_| ends) else {
            return self.draft(candidate, operation, candidate.account);
        };
        let before = candidate.link.map(|link| &link.life);
        if operation.verdict == Verdict::Leave && before.is_some_and(|life| !life.has_let_go()) {
            let by_scope = candidate.entry.state == SourceState::OutOfScope;
            self.let_go.push(Left { key: candidate.entry.key.to_string(), by_scope, next: None });
        }
        // Of an incremental source, the record is read again until the account is closed.
        self.again.extend(candidate.entry.row.map(|row| (row, "its account is still held")));
        self.report(candidate, Verdict::AlreadyLeft, Reason::StillHeld, detail);
    }

    /// Which other pipelines hold the account, in words. A person may decide that it is closed whoever holds it.
    pub(super) fn still_held(&self, candidate: &Candidate<'_>) -> Option<String> {
        let target = &candidate.link?.target;
        let holders = self.classification.input.related.holders.of(target);
        let held = || format!("{} {target} is still held by {}", self.noun(), words(holders));
        let held = (!holders.is_empty()).then(held)?;
        let of_this_account = self.classification.input.chose(&candidate.entry.key, Choice::Leave, Some(target));
        let decided = of_this_account && self.answers(candidate, Choice::Leave, (&Reason::StillHeld, &held));
        (!decided).then_some(held)
    }

    /// Withdraws operations that are no leave, and would close or delete an account that another pipeline holds.
    pub(in crate::run::plan) fn hold_held_elsewhere(&mut self) {
        let (collection, holders) = (self.plan().target.collection(), &self.classification.input.related.holders);
        for at in 0..self.drafts.len() {
            let operation = &self.drafts[at].operation;
            let Some(target) = operation.target.as_deref().filter(|_| matches!(operation.verdict, Verdict::Update | Verdict::Return))
            else {
                continue;
            };
            let held = holders.of(target);
            if !held.is_empty() && operation.ends_use(collection) {
                let detail = format!("{} {target} is still held by {}", self.noun(), words(held));
                self.hold_draft(at, Reason::StillHeld, detail);
            }
        }
    }
}

/// `b and c, which is no longer in the folder`
fn words(holders: &[Holder]) -> String {
    let one = |holder: &Holder| {
        let removed = if holder.removed { ", which is no longer in the folder" } else { "" };
        format!("{}{removed}", holder.pipeline)
    };
    holders.iter().map(one).collect::<Vec<_>>().join(" and ")
}
