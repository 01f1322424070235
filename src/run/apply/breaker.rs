//! Circuit breaker: aborts a run whose target keeps failing, before every record has failed.

use crate::{compile::system::ErrorClass, run::change_set::Outcome};

const IN_A_ROW: u32 = 20;
const ENOUGH: u32 = 50;

/// Counts the outcomes of operations.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    attempted: u32,
    failed: u32,
    invalid: u32,
    in_a_row: u32,
}

impl Breaker {
    /// Counts an outcome, and returns the reason to stop if it is one failure too many.
    pub fn count(&mut self, outcome: &Outcome) -> Option<String> {
        let (failed, invalid, ill) = weigh(outcome)?;
        self.attempted += 1;
        self.failed += u32::from(failed);
        self.invalid += u32::from(invalid);
        self.in_a_row = if ill { self.in_a_row + 1 } else { 0 };
        self.verdict()
    }

    fn verdict(&self) -> Option<String> {
        let Self { attempted, failed, invalid, in_a_row } = *self;
        if in_a_row >= IN_A_ROW {
            return Some(format!("stopped after {in_a_row} failures in a row"));
        }
        if attempted < ENOUGH {
            return None;
        }
        if failed * 10 > attempted {
            return Some(format!("stopped: {failed} of {attempted} failed, more than 10 %"));
        }
        (invalid * 2 > attempted).then(|| {
            format!("stopped: {invalid} of {attempted} were refused as invalid or in conflict, not kept or not made, more than half")
        })
    }
}

/// Whether it failed, was refused as invalid, and points to a failing target; `None` if it was not attempted. A refusal as
/// invalid is the fault of a record, not of the target, so it counts separately; so do a conflict, such as a create that is refused
/// as not unique, a value that was not kept, and a request that could not be made.
fn weigh(outcome: &Outcome) -> Option<(bool, bool, bool)> {
    match outcome {
        Outcome::Done | Outcome::NotShown { .. } => Some((false, false, false)),
        Outcome::Failed { class: ErrorClass::Invalid, .. }
        | Outcome::NotMade { .. }
        | Outcome::NotKept { .. }
        | Outcome::Conflict { .. } => Some((false, true, false)),
        Outcome::Failed { class, .. } => Some((true, false, *class == ErrorClass::Temporary)),
        Outcome::Unknown { .. } | Outcome::Perhaps { .. } => Some((true, false, true)),
        Outcome::NotAttempted { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(class: ErrorClass) -> Outcome {
        Outcome::Failed { class, message: String::new(), attribute: None }
    }

    /// After how many outcomes it stops.
    fn stops(outcomes: impl Iterator<Item = Outcome>) -> Option<usize> {
        let mut breaker = Breaker::default();
        outcomes.take(1000).position(|outcome| breaker.count(&outcome).is_some()).map(|at| at + 1)
    }

    #[test]
    fn a_failing_target_is_left_alone_after_20_failures_in_a_row() {
        assert_eq!(stops(std::iter::repeat_with(|| failed(ErrorClass::Temporary))), Some(20));
        let unknown = || Outcome::Unknown { message: String::new() };
        assert_eq!(stops((0..).map(|at| if at < 10 { Outcome::Done } else { unknown() })), Some(30));
    }

    #[test]
    fn more_than_a_tenth_of_fifty_is_too_much() {
        let one_in = |n: usize, class: ErrorClass| (0..).map(move |at: usize| if at % n == n - 1 { failed(class) } else { Outcome::Done });
        assert_eq!(stops(one_in(9, ErrorClass::Conflict)), Some(54));
        assert_eq!(stops(one_in(4, ErrorClass::Conflict)), Some(50));
        assert_eq!(stops(one_in(11, ErrorClass::Conflict)), None);
        assert_eq!(stops((0..).map(|at| if at % 2 == 1 { failed(ErrorClass::Invalid) } else { Outcome::Done })), None);
    }

    #[test]
    fn invalid_records_count_above_one_half_and_what_was_not_attempted_not_at_all() {
        assert_eq!(stops(std::iter::repeat_with(|| failed(ErrorClass::Invalid))), Some(50));
        for waits in [false, true] {
            assert_eq!(stops(std::iter::repeat_with(|| Outcome::Conflict { message: String::new(), waits })), Some(50));
        }
        assert_eq!(stops(std::iter::repeat_with(|| Outcome::NotAttempted { why: String::new() })), None);
    }
}
