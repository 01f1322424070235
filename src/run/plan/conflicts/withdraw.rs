//! The order in which conflicts are resolved.

use crate::run::plan::planner::Planner;

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

    fn withdrawn(&self) -> usize {
        self.drafts.iter().filter(|draft| draft.withdrawn).count()
    }
}
