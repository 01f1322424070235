//! The order in which conflicts are resolved.

use crate::run::plan::planner::Planner;

impl Planner<'_> {
    /// Withdraws operations that conflict. Claims and unique values are resolved once, against all operations, because to withdraw one
    /// operation makes no other one possible.
    ///
    /// The order matters. Claims come first: both sides of a claim are held, so neither may take a value from the other. Then unique
    /// values, then operations that the target refused before. References come last, and need a loop: a withdrawn create takes the
    /// account away from the records that refer to it, whose creates may have to be withdrawn in turn. Each round withdraws at least
    /// one operation, so the loop ends.
    pub fn withdraw(&mut self) {
        self.hold_claimed();
        self.hold_taken_values();
        self.hold_same_keys();
        self.hold_refused();
        while self.drop_references() {}
    }
}
