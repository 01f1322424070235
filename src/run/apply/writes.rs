//! Turns a step of an operation into a write.

use super::reader::Reader;
use crate::{
    compile::{ExecutionPlan, Mode},
    run::change_set::{Operation, Step, Stored, Verdict, Written},
    state::journal::IntentKind,
    systems::{Snapshot, Write, WriteKind},
    value::{Value, trie::Row},
};
use thiserror::Error;

/// Why a step can't be made into a write.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum WriteError {
    /// The declaration of the target has changed since the plan.
    #[error("the target has no attribute `{0}` any more")]
    NoAttribute(String),
    #[error("the target has no call `{0}` any more")]
    NoCall(String),
    /// The operation has no step, or no intent in the journal.
    #[error("nothing is to be sent")]
    NotReady,
}

/// The kind of a step in the journal.
pub(crate) fn intent_kind(reader: &Reader<'_>, step: &Step) -> IntentKind {
    match step {
        Step::Create { .. } => IntentKind::Create,
        Step::Update { values } => match part(reader, values) {
            Some(part) => IntentKind::UpdatePart(reader.collection().parts[part].name.clone()),
            None => IntentKind::Update,
        },
        Step::Delete => IntentKind::Delete,
        Step::Call { name, .. } => IntentKind::Call(name.clone()),
    }
}

/// The part that a step writes by the part's own calls; `None` if it writes the record.
fn part(reader: &Reader<'_>, values: &[Written]) -> Option<usize> {
    let collection = reader.collection();
    let mut parts =
        values.iter().map(|written| collection.attributes[reader.attribute(&written.attribute)?].part.as_ref().map(|own| own.part));
    let first = parts.next()??;
    let has_calls = collection.parts[first].create.is_some() || collection.parts[first].update.is_some();
    (has_calls && parts.all(|part| part == Some(first))).then_some(first)
}

/// The kind of write of a step.
///
/// # Errors
/// The target no longer has the call.
pub(crate) fn write_kind(reader: &Reader<'_>, step: &Step) -> Result<WriteKind, WriteError> {
    Ok(match step {
        Step::Create { .. } => WriteKind::Create,
        Step::Update { values } => part(reader, values).map_or(WriteKind::Update, WriteKind::Part),
        Step::Delete => WriteKind::Delete,
        Step::Call { name, .. } => WriteKind::Call(call(reader, name)?),
    })
}

/// The account as it was read last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    /// The values that the plan reads.
    pub row: Option<Row>,
    /// The whole record.
    pub record: Option<Snapshot>,
}

/// The request of a step. References are filled in already.
///
/// `earlier`: the steps of the operation that were carried out before.
pub(crate) fn write(
    reader: &Reader<'_>,
    (earlier, step): (&[Step], &Step),
    id: Option<&str>,
    looked: &Looked,
    token: &str,
) -> Result<Write, WriteError> {
    let values = step.values().iter().map(|written| Ok((attribute(reader, written)?, written.after.0.clone())));
    Ok(Write {
        kind: write_kind(reader, step)?,
        id: id.map(|id| reader.id_value(id)),
        values: values.collect::<Result<_, WriteError>>()?,
        current: current(reader, (earlier, step), id, looked.row.as_ref())?,
        token: Some(token.to_owned()),
        record: looked.record.clone(),
    })
}

/// The record as it was read last, else the values in the change set; updated with what was written since.
fn current(
    reader: &Reader<'_>,
    (earlier, step): (&[Step], &Step),
    id: Option<&str>,
    row: Option<&Row>,
) -> Result<Vec<(usize, Value)>, WriteError> {
    let held = |written: &Written| Ok::<_, WriteError>((attribute(reader, written)?, written.before.0.clone()));
    // A new record has no values of its own, and not the value "missing" either.
    let there = if matches!(step, Step::Create { .. }) { &[] } else { step.values() };
    let before = || there.iter().map(held).collect();
    let mut known: Vec<(usize, Value)> = row.map_or_else(before, |row| Ok(reader.values(row)))?;
    let mut set = |attribute: usize, value: Value| {
        known.retain(|(known, _)| *known != attribute);
        known.push((attribute, value));
    };
    for written in earlier.iter().flat_map(Step::values).filter(|written| !written.after.0.is_pending()) {
        set(attribute(reader, written)?, written.after.0.clone());
    }
    for (attribute, value) in id.iter().flat_map(|id| reader.collection().key_values(&reader.id_value(id))) {
        set(attribute, value);
    }
    Ok(known)
}

fn attribute(reader: &Reader<'_>, written: &Written) -> Result<usize, WriteError> {
    let name = &written.attribute;
    reader.attribute(name).ok_or_else(|| WriteError::NoAttribute(name.to_string()))
}

fn call(reader: &Reader<'_>, name: &str) -> Result<usize, WriteError> {
    let at = reader.collection().named.iter().position(|(each, _)| each == name);
    at.ok_or_else(|| WriteError::NoCall(name.to_owned()))
}

/// The operation for the journal: without secrets, and reduced to what a later look-up needs.
pub(crate) fn content(operation: &Operation) -> String {
    let mut copy = Operation { label: None, reason: None, lines: Vec::new(), after: Vec::new(), ..operation.clone() };
    for written in copy.written_mut().flatten().filter(|written| written.secret) {
        (written.before, written.after) = (Stored(Value::Null), Stored(Value::Null));
    }
    serde_json::to_string(&copy).expect("an operation has no maps but those with text as keys")
}

/// Whether a plan sends events.
pub(crate) fn sends_events(plan: &ExecutionPlan) -> bool {
    plan.mode == Mode::Append
}

/// Whether an operation is an event.
pub(crate) const fn is_event(operation: &Operation) -> bool {
    matches!(operation.verdict, Verdict::Send)
}
