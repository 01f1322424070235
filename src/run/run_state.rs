//! The state that one run leaves to the next: loaded before a run, stored after it.

use super::{
    apply::Applied,
    change_set::{ChangeSet, Outcome, ReadAgain},
    input::RelatedState,
    read::incremental::{self, ReadHistory, ReadScope},
    record_scope::Clock,
};
use crate::systems::Mark;
use crate::{
    compile::{ExecutionPlan, Reference},
    state::{LinkSetIdentity, StateError, Store, Transaction, cursors::Pending},
};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};

/// Which records a run requests from its source.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn asked(store: &Store, plan: &ExecutionPlan, set: &str, clock: Clock) -> Result<ReadScope, StateError> {
    if plan.since.is_none() {
        return asked_for_all(store, plan, set);
    }
    let (cursor, links) = (store.cursor(set)?, store.links(set)?);
    let pending: Vec<Pending> = store.pending(set)?.into_iter().map(|(pending, _)| pending).collect();
    let highest_read = store.highest_read_lately(set, clock.now)?;
    let id = cursor.as_ref().and_then(|cursor| cursor.mark.as_deref());
    let mark = id.map(|id| store.mark(set, id)).transpose()?.flatten().map(Mark::new);
    let before = ReadHistory { cursor: cursor.as_ref(), mark: mark.as_ref(), pending: &pending, links: &links, highest_read };
    Ok(incremental::ask(plan, &before, clock))
}

/// What a read of everything requests: its list, and where a short page may have cut that, each linked record that it leaves out.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn asked_for_all(store: &Store, plan: &ExecutionPlan, set: &str) -> Result<ReadScope, StateError> {
    let linked = if incremental::asks_for_linked(plan) { incremental::linked(plan, &store.links(set)?) } else { Vec::new() };
    Ok(ReadScope { linked, ..ReadScope::default() })
}

/// Keeps the mark of a read, which the change set names by its id.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn keep_mark(store: &Store, set: &str, mark: Option<&Mark>, now: Timestamp) -> Result<(), StateError> {
    mark.map_or(Ok(()), |mark| store.keep_mark(set, &mark.id(), mark.text(), now))
}

/// The link set of the other direction, with source and target exchanged.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn other_direction(store: &Store, plan: &ExecutionPlan, identity: &LinkSetIdentity) -> Result<Option<LinkSetIdentity>, StateError> {
    let Some(twin) = &plan.twin else { return Ok(None) };
    let (source, target) = (identity.target.clone(), identity.source.clone());
    let other = LinkSetIdentity { pipeline: twin.pipeline.clone(), key: twin.key_text.clone(), source, target };
    store.as_stored(other, &twin.key_form).map(Some)
}

/// Merges the links of two directions: records that one of them linked before the other existed are linked in both.
///
/// # Errors
/// The links of the other direction belong elsewhere, or what SQLite says.
pub fn share_links(store: &Store, identity: &LinkSetIdentity, twin: &LinkSetIdentity, now: Timestamp) -> Result<(), StateError> {
    let other = store.link_set(twin)?;
    if store.are_paired(&identity.id(), &other.id)? {
        return Ok(());
    }
    let transaction = store.transaction()?;
    transaction.pair_link_sets(identity, twin, now)?;
    transaction.commit()
}

/// The links of other pipelines, and what the other direction has under way. `identities`: who the systems say that they are, by name.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn related_state(
    store: &Store,
    plan: &ExecutionPlan,
    twin: Option<&LinkSetIdentity>,
    identities: &BTreeMap<String, String>,
) -> Result<RelatedState, StateError> {
    let mut related = RelatedState { forgotten: store.forgotten()?, ..RelatedState::default() };
    for Reference { pipeline, source, target, .. } in plan.references.iter().filter(|reference| reference.pipeline != plan.name) {
        let end = |(system, collection): &(String, String)| Some(format!("{} {collection}", identities.get(system)?));
        let links = store.usable_links_between(pipeline, end(source).as_deref(), end(target).as_deref())?;
        related.links.insert(pipeline.clone(), links);
    }
    if let Some(twin) = twin {
        let open = store.open_intents(&twin.id())?;
        related.creating = open.iter().any(|open| open.creates());
        related.blocked = open.into_iter().map(|open| open.intent.key).collect();
    }
    Ok(related)
}

/// After the run of an incremental pipeline: moves the cursor, and stores the unfinished records, which the next run reads again. A read that
/// broke moves nothing.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn store_reads(
    store: &Store,
    transaction: &Transaction<'_>,
    plan: &ExecutionPlan,
    run: i64,
    set: &ChangeSet,
    applied: &Applied,
    now: Timestamp,
) -> Result<(), StateError> {
    let Some(next_read) = set.updates.next_read.as_ref().filter(|_| set.broken_reads().is_empty()) else { return Ok(()) };
    let open = set.operations.iter().zip(&applied.outcomes).filter(|(_, outcome)| **outcome != Outcome::Done);
    let referring = applied.open_references.iter().map(|open| open.key.as_str());
    let unproved = applied.unproved.iter().map(String::as_str);
    let open: HashSet<&str> = open.map(|(operation, _)| operation.key.as_str()).chain(referring).chain(unproved).collect();
    let failed = next_read.written.iter().filter(|written| open.contains(written.key.as_str()));
    let unsettled: Vec<&ReadAgain> = next_read.unsettled.iter().chain(failed).collect();
    let before = store.cursor(&set.head.link_set)?;
    let (cursor, pending) = incremental::next_cursor(plan, before.as_ref(), next_read, &unsettled, now);
    transaction.set_cursor(&set.head.link_set, &cursor)?;
    transaction.set_pending(&set.head.link_set, run, now, &pending, &next_read.unasked)
}
