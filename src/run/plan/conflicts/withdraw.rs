//! The order in which conflicts are resolved.

use crate::run::{
    change_set::{Left, Operation, Verdict},
    plan::{draft::Draft, planner::Planner},
};

impl Planner<'_> {
    /// Withdraws operations that conflict.
    ///
    /// Claims come first, and are resolved once: both sides of a claim are held, and claims are made by records, whatever becomes of their
    /// operations. The rest needs a loop, because a withdrawn operation may have been what others wait for: one that gives up a
    /// unique value, or that creates an account which others refer to. Each round but the last withdraws at least one operation, so the
    /// loop ends.
    pub fn withdraw(&mut self) {
        self.hold_left_out();
        self.hold_claimed();
        self.remember_left();
        self.hold_held_elsewhere();
        loop {
            let before = self.withdrawn();
            self.hold_not_given_up();
            self.hold_taken_values();
            self.hold_same_keys();
            self.hold_refused();
            while self.drop_references() {}
            if self.withdrawn() == before {
                break;
            }
        }
    }

    /// Remembers as left those whose leave writes nothing, without an operation that somebody would have to review.
    fn remember_left(&mut self) {
        let writes_nothing = |draft: &Draft| {
            let Operation { verdict, steps, next, .. } = &draft.operation;
            !draft.withdrawn && *verdict == Verdict::Leave && steps.is_empty() && next.is_none()
        };
        let (left, rest): (Vec<Draft>, Vec<Draft>) = std::mem::take(&mut self.drafts).into_iter().partition(writes_nothing);
        self.drafts = rest;
        for Draft { row, operation, .. } in left {
            self.change_verdict(row, Verdict::Leave, Verdict::AlreadyLeft);
            self.left.push(Left { key: operation.key, by_scope: operation.by_scope, next: None });
        }
    }

    fn withdrawn(&self) -> usize {
        self.drafts.iter().filter(|draft| draft.withdrawn).count()
    }
}
