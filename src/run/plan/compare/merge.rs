//! Merges an attribute that two directions share: which side changed it since they last agreed, and which one wins if both did.
//! Pure.

use crate::{
    compile::{Conflict, OnConflict},
    state::agreed::Pair,
};
use jiff::{SignedDuration, Timestamp};

/// Times that are closer than this, plus the difference of the clocks, do not show which side is newer.
const CLOSE: SignedDuration = SignedDuration::from_secs(60);

/// How close two times of two systems may be before they count as the same.
#[must_use]
pub fn slack(source: Option<Timestamp>, target: Option<Timestamp>) -> SignedDuration {
    let skew = source.zip(target).map_or(SignedDuration::ZERO, |(source, target)| source.duration_since(target).abs());
    CLOSE + skew
}

/// The value of one of the two records.
#[derive(Clone, Copy, Debug)]
pub struct SideState {
    /// Keyed hash of its present value.
    pub now: u64,
    pub missing: bool,
    /// When the record was changed last, if the system says so.
    pub changed: Option<Timestamp>,
    /// When we last wrote it.
    pub written: Option<Timestamp>,
}

impl SideState {
    /// The time of its last change, unless that was our own write.
    fn time(&self, slack: SignedDuration) -> Option<Timestamp> {
        let ours = |changed: &Timestamp| self.written.is_some_and(|written| changed.duration_since(written) <= slack);
        self.changed.filter(|changed| !ours(changed))
    }

    /// Its value when both sides last agreed. A value that we sent is not an edit, even if the system shows it late.
    /// After a write whose answer did not contain the value, the current value counts, unless the time of change shows a later
    /// edit.
    fn base(&self, known: Option<u64>, sent: Option<u64>, slack: SignedDuration) -> Option<u64> {
        if sent == Some(self.now) {
            return sent;
        }
        known.or_else(|| self.time(slack).is_none().then_some(self.now))
    }
}

/// The input of a merge: both values, and those on which both sides last agreed.
#[derive(Clone, Copy, Debug)]
pub struct MergeInput {
    pub pair: Option<Pair>,
    pub source: SideState,
    pub target: SideState,
    /// Keyed hash of the line's result for the source's value; `None` where the line leaves the attribute alone.
    pub wanted: Option<u64>,
    /// The target already has the wanted value.
    pub same: bool,
    pub rule: OnConflict,
    pub slack: SignedDuration,
}

/// The result of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Nothing to do.
    Stay,
    Write,
    /// Only the target changed: the other direction transfers it, if there is one.
    ChangedThere,
    /// Both changed, and the line's rule decided: why, and whether this side wins.
    Decided {
        wins: bool,
        why: &'static str,
    },
    /// Both changed, and no rule decides.
    Held,
}

/// Merges an attribute, and returns the pair of values to store for the next merge.
/// "Here" is a change of the source, "there" one of the target, "edited" a different result of the line for an unchanged
/// source. One change flows if this direction may write it. Equal values on both sides are an agreement, no matter which side changed. Two
/// changes are a conflict, but an edit of the line alone does not overrule what a person changed in the target.
#[must_use]
pub fn merge(input: &MergeInput) -> (Flow, Option<Pair>) {
    let Some(known) = input.pair else { return first(input) };
    let pair = Pair {
        source: input.source.base(known.source, known.last_from_target, input.slack),
        target: input.target.base(known.target, known.last_to_target, input.slack),
        ..known
    };
    let here = pair.source != Some(input.source.now);
    let there = pair.target != Some(input.target.now);
    let edited = pair.last_to_target.zip(input.wanted).is_some_and(|(before, now)| before != now);
    // The order of the arms decides. Neither side changed: only the result of the line is stored. Both have the same value: that is the
    // new base, so it is tested before any conflict. One side changed: its value is transferred. Both changed: a conflict, but only if
    // the source's record changed, because an edit of the file alone must not overwrite an edit in the target. The rest writes nothing,
    // because the line leaves the attribute alone.
    match (here || edited, there) {
        (false, false) => (Flow::Stay, Some(Pair { last_to_target: pair.last_to_target.or(input.wanted), ..pair })),
        (_, _) if input.same => (Flow::Stay, Some(agreed(input))),
        (true, false) if input.wanted.is_some() => (Flow::Write, Some(pair)),
        (false, true) => (Flow::ChangedThere, Some(pair)),
        (true, true) if here && input.wanted.is_some() => (conflict(input), Some(pair)),
        // An edit of the line alone does not overrule an edit in the target.
        (true, true) if !here => (Flow::ChangedThere, Some(pair)),
        (true, _) => (Flow::Stay, Some(pair)),
    }
}

/// The first comparison, without stored values: equal values become the base, a blank is filled from the other side, and
/// different values are a conflict that the line decides.
fn first(input: &MergeInput) -> (Flow, Option<Pair>) {
    match (input.source.missing, input.target.missing) {
        (true, true) => (Flow::Stay, Some(agreed(input))),
        _ if input.same => (Flow::Stay, Some(agreed(input))),
        _ if input.wanted.is_none() => (Flow::Stay, None),
        (_, true) => (Flow::Write, None),
        (true, false) => (Flow::Stay, None),
        (false, false) => (conflict(input), None),
    }
}

const fn agreed(input: &MergeInput) -> Pair {
    Pair { source: Some(input.source.now), target: Some(input.target.now), last_to_target: input.wanted, last_from_target: None }
}

fn conflict(input: &MergeInput) -> Flow {
    match input.rule.first {
        Conflict::This => Flow::Decided { wins: true, why: "this direction wins" },
        Conflict::Other => Flow::Decided { wins: false, why: "the other direction wins" },
        Conflict::Hold => Flow::Held,
        Conflict::Newest => newest(input),
    }
}

fn newest(input: &MergeInput) -> Flow {
    let times = input.source.time(input.slack).zip(input.target.time(input.slack));
    let apart = times.map(|(source, target)| source.duration_since(target));
    match apart {
        Some(apart) if apart > input.slack => Flow::Decided { wins: true, why: "it is newer here" },
        Some(apart) if -apart > input.slack => Flow::Decided { wins: false, why: "it is newer there" },
        _ => match input.rule.then {
            Some(Conflict::This) => Flow::Decided { wins: true, why: "the times do not tell, so this direction wins" },
            Some(Conflict::Other) => Flow::Decided { wins: false, why: "the times do not tell, so the other direction wins" },
            Some(Conflict::Newest | Conflict::Hold) | None => Flow::Held,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST_THEN_THIS: OnConflict = OnConflict { first: Conflict::Newest, then: Some(Conflict::This) };

    fn at(time: &str) -> Option<Timestamp> {
        Some(format!("2026-03-02T{time}Z").parse().unwrap())
    }

    fn held(now: u64) -> SideState {
        SideState { now, missing: now == 0, changed: None, written: None }
    }

    fn input(pair: Option<Pair>, source: u64, target: u64) -> MergeInput {
        MergeInput {
            pair,
            source: held(source),
            target: held(target),
            wanted: Some(source),
            same: source == target,
            rule: NEWEST_THEN_THIS,
            slack: slack(None, None),
        }
    }

    /// Both held 1 when they agreed.
    fn base() -> Option<Pair> {
        Some(Pair { source: Some(1), target: Some(1), last_to_target: Some(1), last_from_target: Some(1) })
    }

    #[test]
    fn the_first_comparison_fills_blanks_and_lets_the_line_decide_the_rest() {
        assert_eq!(merge(&input(None, 1, 1)), (Flow::Stay, Some(Pair { last_from_target: None, ..base().unwrap() })));
        assert_eq!(merge(&input(None, 1, 0)), (Flow::Write, None));
        assert_eq!(merge(&input(None, 0, 1)), (Flow::Stay, None), "the other direction fills it");
        let tie = Flow::Decided { wins: true, why: "the times do not tell, so this direction wins" };
        assert_eq!(merge(&input(None, 1, 2)), (tie, None));
    }

    #[test]
    fn a_change_on_one_side_is_transferred() {
        assert_eq!(merge(&input(base(), 1, 1)).0, Flow::Stay);
        assert_eq!(merge(&input(base(), 2, 1)).0, Flow::Write);
        assert_eq!(merge(&input(base(), 1, 2)).0, Flow::ChangedThere);
    }

    #[test]
    fn the_same_change_on_both_sides_is_a_new_base() {
        let (flow, pair) = merge(&input(base(), 2, 2));
        assert_eq!(
            (flow, pair),
            (Flow::Stay, Some(Pair { source: Some(2), target: Some(2), last_to_target: Some(2), last_from_target: None }))
        );
    }

    #[test]
    fn a_target_that_reformats_a_value_is_unchanged() {
        let pair = Pair { source: Some(1), target: Some(91), last_to_target: Some(1), last_from_target: None };
        assert_eq!(merge(&input(Some(pair), 1, 91)).0, Flow::Stay);
        let unknown = Pair { target: None, ..pair };
        assert_eq!(merge(&input(Some(unknown), 1, 91)), (Flow::Stay, Some(pair)), "the answer did not tell, the next read does");
    }

    #[test]
    fn an_edit_after_our_write_counts_as_an_edit() {
        let unknown = Some(Pair { source: Some(1), target: None, last_to_target: Some(1), last_from_target: None });
        let after = |changed| {
            let input = input(unknown, 1, 7);
            MergeInput { target: SideState { changed: at(changed), written: at("10:00:00"), ..input.target }, ..input }
        };
        assert_eq!(merge(&after("10:00:30")).0, Flow::Stay);
        assert_eq!(merge(&after("10:05:00")).0, Flow::ChangedThere);
    }

    #[test]
    fn newest_needs_two_times_that_are_far_enough_apart() {
        let both = |here, there, skew: i64| {
            let input = input(base(), 2, 3);
            let clock = at("12:00:00").unwrap();
            let slack = slack(Some(clock), Some(clock + SignedDuration::from_secs(skew)));
            MergeInput {
                source: SideState { changed: here, ..input.source },
                target: SideState { changed: there, ..input.target },
                slack,
                ..input
            }
        };
        let wins = |input: MergeInput| match merge(&input).0 {
            Flow::Decided { wins, why } => (wins, why.contains("times")),
            other => panic!("{other:?}"),
        };
        assert_eq!(wins(both(at("10:05:00"), at("10:00:00"), 0)), (true, false));
        assert_eq!(wins(both(at("10:00:00"), at("10:05:00"), 0)), (false, false));
        assert_eq!(wins(both(at("10:00:00"), at("10:00:20"), 0)), (true, true));
        assert_eq!(wins(both(at("10:00:00"), at("10:01:20"), 30)), (true, true), "clocks that differ tell less");
        assert_eq!(wins(both(None, at("10:05:00"), 0)), (true, true));
        let mut ours = both(at("10:00:00"), at("10:05:00"), 0);
        ours.target.written = at("10:05:00");
        assert_eq!(wins(ours), (true, true), "what we wrote ourselves has no time");
    }

    #[test]
    fn a_conflict_without_a_deciding_rule_is_held() {
        let rule = OnConflict { first: Conflict::Newest, then: None };
        assert_eq!(merge(&MergeInput { rule, ..input(base(), 2, 3) }).0, Flow::Held);
        let rule = OnConflict { first: Conflict::Other, then: None };
        assert_eq!(merge(&MergeInput { rule, ..input(base(), 2, 3) }).0, Flow::Decided { wins: false, why: "the other direction wins" });
    }

    #[test]
    fn an_edit_of_the_line_is_written() {
        assert_eq!(merge(&MergeInput { wanted: Some(5), ..input(base(), 1, 1) }).0, Flow::Stay, "the target has it already");
        assert_eq!(merge(&MergeInput { wanted: Some(5), same: false, ..input(base(), 1, 1) }).0, Flow::Write);
        assert_eq!(merge(&MergeInput { wanted: Some(5), same: false, ..input(base(), 1, 2) }).0, Flow::ChangedThere);
    }

    #[test]
    fn a_line_that_leaves_it_alone_writes_nothing() {
        for pair in [None, base()] {
            assert_eq!(merge(&MergeInput { wanted: None, same: false, ..input(pair, 2, 1) }).0, Flow::Stay);
        }
    }
}
