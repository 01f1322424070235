//! Operations that the target refused as invalid: stored, so that they are not tried again too soon.

use super::Applied;
use crate::{
    compile::system::ErrorClass,
    run::{
        change_set::{ChangeSet, Outcome, hash::Digester},
        plan::pending::next_try,
    },
    state::{StateError, Transaction, pending_steps::Refused},
};
use jiff::Timestamp;
use std::collections::HashMap;

/// Stores what the target refused as invalid, and deletes what it accepted.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn store(
    transaction: &Transaction<'_>,
    set: &ChangeSet,
    applied: &Applied,
    before: &HashMap<String, Refused>,
    digester: &Digester,
    now: Timestamp,
) -> Result<(), StateError> {
    for (operation, outcome) in set.operations.iter().zip(&applied.outcomes) {
        let known = before.get(&operation.key);
        match outcome {
            Outcome::Failed { class: ErrorClass::Invalid, message, .. } => {
                let refused = next_try(known, digester.intent_hash(operation), message, now);
                transaction.set_refused(&set.head.link_set, &operation.key, Some(&refused))?;
            }
            Outcome::Done if known.is_some() => transaction.set_refused(&set.head.link_set, &operation.key, None)?,
            _ => {}
        }
    }
    Ok(())
}
