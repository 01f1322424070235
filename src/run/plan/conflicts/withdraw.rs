//! The order in which conflicts are resolved.

use crate::run::plan::planner::Planner;

impl Planner<'_> {
    /// Withdraws operations that conflict. Only references need a loop: a withdrawn create can take the account away from the
    /// records that refer to it, and so on. Claims and unique values are looked at once, against all operations, because
    /// withdrawing one makes no other of them possible.
    ///
    /// The order matters. A claimed account comes first, because both sides of a claim are held and neither may take a value from the
    /// other. Then unique values, then what the target refused before. References come last and again and again: to withdraw a create takes
    /// the counterpart away from whoever names it, which may withdraw another create. Each round withdraws one at least, so it ends.
    pub fn withdraw(&mut self) {
        self.hold_claimed();
        self.hold_taken_values();
        self.hold_refused();
        while self.drop_references() {}
    }
}
