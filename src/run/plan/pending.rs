//! What earlier runs began and did not finish: calls that are still to be made for a record, and operations that the target refused.

use crate::run::{
    change_set::{Operation, Reason, Step, effect_of_call, hash::Digester},
    input::PendingWork,
};
use crate::{
    compile::{ExecutionPlan, On},
    state::{StateError, Store, pending_steps::Refused},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};

/// Loads it from the state.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn load(store: &Store, plan: &ExecutionPlan, set: &str) -> Result<PendingWork, StateError> {
    let steps = store.pending_steps(set)?.into_iter();
    let steps = steps.filter_map(|(key, steps)| Some((key, serde_json::from_str(&steps).ok()?))).collect();
    let mut called = HashMap::new();
    for call in plan.map_calls.iter().filter(|call| call.once) {
        let name = &plan.target.collection().named[call.call].0;
        called.insert(name.clone(), store.who_had(set, &effect_of_call(name, true, 0))?);
    }
    let mut perhaps: HashMap<String, HashSet<String>> = HashMap::new();
    for (key, effect) in store.perhaps(set)? {
        perhaps.entry(key).or_default().insert(effect);
    }
    Ok(PendingWork { steps, refused: store.refused(set)?, called, perhaps, claims: store.claims(set)?, decisions: store.decisions(set)? })
}

/// The steps that a comparison in the next run would not find: calls, and values that are written on create only.
#[must_use]
pub fn remaining_steps(plan: &ExecutionPlan, steps: &[Step]) -> Vec<Step> {
    let attributes = &plan.target.collection().attributes;
    let on_create = |name: &str| plan.map.iter().any(|mapping| mapping.on == On::Create && attributes[mapping.attribute].name == *name);
    let rest = |step: &Step| match step {
        Step::Call { .. } => Some(step.clone()),
        Step::Update { values } => {
            let values: Vec<_> = values.iter().filter(|value| !value.secret && on_create(&value.attribute)).cloned().collect();
            (!values.is_empty()).then_some(Step::Update { values })
        }
        Step::Create { .. } | Step::Delete => None,
    };
    steps.iter().filter_map(rest).collect()
}

/// Steps as they are stored; `None` if there are none.
pub(crate) fn as_json(steps: &[Step]) -> Option<String> {
    (!steps.is_empty()).then(|| serde_json::to_string(steps).expect("steps have no maps but those with text as keys"))
}

/// The longest wait before another try.
const MOST_DAYS: i64 = 8;
/// Tolerance: tomorrow's run may start a little earlier than today's.
const SLACK: SignedDuration = SignedDuration::from_hours(4);

/// When a refused operation is tried next: the same one after 1, 2, 4 and then 8 days, a different one after 1 day.
pub(crate) fn next_try(known: Option<&Refused>, operation: String, message: &str, now: Timestamp) -> Refused {
    let known = known.filter(|known| known.operation == operation);
    let tries = known.map_or(0, |known| known.tries).saturating_add(1);
    let days = 1_i64.checked_shl(tries - 1).unwrap_or(MOST_DAYS).min(MOST_DAYS);
    let next = now + (SignedDuration::from_hours(days * 24) - SLACK);
    Refused { operation, message: message.to_owned(), tries, since: known.map_or(now, |known| known.since), next }
}

/// When an operation is tried next that the target refused for good: not before something changes.
pub(crate) const NEVER: Timestamp = Timestamp::constant(253_370_764_800, 0);

/// A refused operation, under the execution plan that made it: another plan tries it at once.
pub(crate) fn refused_hash(digester: &Digester, operation: &Operation, binding: &str) -> String {
    format!("{} {binding}", digester.intent_hash(operation))
}

/// Why an operation is not tried now, in a word and in a sentence; `None` if it is.
#[must_use]
pub fn waits(known: &Refused, operation: &Operation, (digester, binding): (&Digester, &str), now: Timestamp) -> Option<(Reason, String)> {
    let same = now < known.next && known.operation == refused_hash(digester, operation, binding);
    same.then(|| refused_words(known))
}

/// Why an operation that was refused is not sent now, in a word and in a sentence.
#[must_use]
pub fn refused_words(known: &Refused) -> (Reason, String) {
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let times = if known.tries == 1 { "once".to_owned() } else { format!("{} times", known.tries) };
    let refused = format!("refused {times} since {}: {}", day(known.since), known.message);
    if known.next == NEVER {
        return (Reason::Exists, format!("{refused}; not sent again before something changes, or `retry` asks for it"));
    }
    (Reason::Failing, format!("{refused}; tried again on {}, or when it changes", day(known.next + SLACK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_tried_again_after_1_2_4_and_8_days() {
        let mut now: Timestamp = "2026-03-02T02:00:30Z".parse().unwrap();
        let mut known = None;
        let mut days = Vec::new();
        for _ in 0..6 {
            let refused = next_try(known.as_ref(), "o".into(), "no", now);
            let next = refused.next + SLACK;
            days.push(next.duration_since(now).as_hours() / 24);
            (now, known) = (next, Some(refused));
        }
        assert_eq!(days, [1, 2, 4, 8, 8, 8]);
        assert_eq!(known.as_ref().unwrap().since.to_string(), "2026-03-02T02:00:30Z");
        let other = next_try(known.as_ref(), "p".into(), "no", now);
        assert_eq!((other.tries, other.since), (1, now), "another operation starts over");
    }
}
