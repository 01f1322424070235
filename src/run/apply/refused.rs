//! Operations that the target refused as invalid: stored, so that they are not tried again too soon.

use super::Applied;
use crate::{
    compile::system::ErrorClass,
    run::{
        change_set::{ChangeSet, Outcome, hash::Digester},
        plan::pending::{NEVER, next_try, refused_hash},
    },
    state::{StateError, Transaction, pending_steps::Refused},
};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

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
                let refused = next_try(known, refused_hash(digester, operation, &set.head.binding), message, now);
                transaction.set_refused(&set.head.link_set, &operation.key, Some(&refused))?;
            }
            Outcome::Conflict { message, waits: true } => {
                let refused = next_try(known, refused_hash(digester, operation, &set.head.binding), message, now);
                let refused = Refused { next: NEVER, ..refused };
                transaction.set_refused(&set.head.link_set, &operation.key, Some(&refused))?;
            }
            Outcome::Done if known.is_some() => transaction.set_refused(&set.head.link_set, &operation.key, None)?,
            _ => {}
        }
    }
    forget_settled(transaction, set, before)
}

/// A refusal of what a complete read no longer asks for has no cause any more.
fn forget_settled(transaction: &Transaction<'_>, set: &ChangeSet, before: &HashMap<String, Refused>) -> Result<(), StateError> {
    if before.is_empty() || !set.head.source.end.is_complete() || !set.head.target.end.is_complete() {
        return Ok(());
    }
    let operations = set.operations.iter().map(|operation| operation.key.as_str());
    let open: HashSet<&str> = operations.chain(set.findings.iter().map(|finding| finding.key.as_str())).collect();
    for key in before.keys().filter(|key| !open.contains(key.as_str())) {
        transaction.set_refused(&set.head.link_set, key, None)?;
    }
    Ok(())
}
