//! `from get`: asks for the records of a list one by one, for the values that lists leave out.
//!
//! A call that fails adds no value and takes no record away: the record is unread in this run, and the read stays as complete as it was.

use super::{extract::Extractor, joins::NoLinks, sides::id_value};
use crate::{
    compile::{ExecutionPlan, Mode, Side, program::Program, system::ErrorClass},
    run::{
        classify::leavers,
        proofs::Proofs,
        read::extract::Table,
        record_scope::{Clock, RecordScope, own_key},
    },
    systems::{CallError, Connection, End, GetResult, ReadRequest},
    value::{Fault, Text, trie::Row},
};
use futures_util::{StreamExt, stream};
use std::cell::Cell;

/// Whether what lists leave out has to be known of a record.
pub(crate) type Needs<'a> = &'a dyn Fn(&Row) -> bool;

/// After this many failures in a row no more records are asked for.
const IN_A_ROW: u32 = 20;

/// What asking for single records came to.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// How many calls were made.
    pub gets: u64,
    /// The sign-in was refused, so nothing more can be read.
    pub broken: Option<End>,
}

/// Completes the rows of a list, as many at once as the system's budget allows.
pub(crate) async fn complete(
    connection: &Connection,
    side: &Side,
    ask: &ReadRequest,
    extractor: &mut Extractor,
    needs: Needs<'_>,
) -> Asked {
    let mut asked = Asked::default();
    if side.from_get().is_empty() {
        return asked;
    }
    let (wanted, keyless) = wanted(side, extractor, needs);
    for at in keyless {
        extractor.complete(at, &Text::default(), Err(Fault::unread("has no key to ask for it by `get`")));
    }
    let in_a_row = &Cell::new(0);
    let gets = wanted.into_iter().map(|(at, key)| async move {
        if in_a_row.get() >= IN_A_ROW {
            return (at, key, None);
        }
        let answer = connection.get(side.collection, &id_value(side, &key), ask).await;
        let ill = answer.as_ref().is_err_and(|error| matches!(error.class, ErrorClass::Temporary | ErrorClass::Limit));
        in_a_row.set(if ill { in_a_row.get() + 1 } else { 0 });
        (at, key, Some(answer))
    });
    let mut gets = stream::iter(gets).buffered(connection.at_once());
    while let Some((at, key, answer)) = gets.next().await {
        asked.gets += u64::from(answer.is_some());
        if let Some(Err(error)) = answer.as_ref().filter(|answer| answer.as_ref().is_err_and(|error| error.class == ErrorClass::Auth)) {
            asked.broken = Some(End::Broken { reason: error.message.clone(), class: Some(error.class) });
            return asked;
        }
        let shown = shown(answer).and_then(|record| of_the_same(side, extractor, &key, record));
        extractor.complete(at, &key, shown.as_deref().map_err(Clone::clone));
    }
    asked
}

/// The rows to ask for, with their keys, and those that have none.
fn wanted(side: &Side, extractor: &Extractor, needs: Needs<'_>) -> (Vec<(usize, Text)>, Vec<usize>) {
    let (mut wanted, mut keyless) = (Vec::new(), Vec::new());
    for (at, row) in extractor.rows().iter().enumerate().filter(|(_, row)| not_read(side, row).is_some() && needs(row)) {
        match own_key(side, row) {
            Some(key) => wanted.push((at, key)),
            None => keyless.push(at),
        }
    }
    (wanted, keyless)
}

/// The record, or why there is none. One that is gone by now was there when it was listed.
fn shown(answer: Option<Result<GetResult, CallError>>) -> Result<Box<[u8]>, Box<Fault>> {
    match answer {
        Some(Ok(GetResult::Record(record))) => Ok(record.json),
        Some(Ok(GetResult::Gone)) => Err(Fault::unread("was listed, and is gone by its `get`")),
        Some(Ok(GetResult::Merged { .. })) => Err(Fault::unread("was listed, and its `get` leads to another record")),
        Some(Err(error)) => Err(Fault::unread(format!("was not shown by its `get`: {}", error.message))),
        None => Err(Fault::unread(format!("was not asked for by `get`, because {IN_A_ROW} calls in a row failed"))),
    }
}

/// The record, if it doesn't name itself by another key.
fn of_the_same(side: &Side, extractor: &Extractor, key: &Text, record: Box<[u8]>) -> Result<Box<[u8]>, Box<Fault>> {
    let collection = side.collection();
    let own = extractor.row(&record).ok().and_then(|row| own_key(side, &row));
    let named_by = || collection.key.attributes().map(|at| &collection.attributes[at]);
    let ignoring_case = named_by().all(|attribute| attribute.comparison.ignoring_case);
    let alike = |own: &Text| own == key || ignoring_case && own.to_lowercase() == key.to_lowercase();
    // One place of several may show a name in a list and a number in `get`.
    let told = named_by().all(|attribute| attribute.path.alternatives().count() == 1);
    match own.filter(|own| told && !alike(own)) {
        Some(_) => Err(Fault::unread("was asked for by `get`, which showed another record")),
        None => Ok(record),
    }
}

/// Why what lists leave out is not known of a record.
pub(crate) fn not_read<'r>(side: &Side, row: &'r Row) -> Option<&'r Fault> {
    let mut faults = side.from_get().iter().filter_map(|slot| row.get(*slot)?.as_ref().err());
    faults.find(|fault| fault.is_unread()).map(|fault| &**fault)
}

/// The accounts that `get` did not show: they are not asked for again in this run.
pub(crate) fn not_shown(side: &Side, table: &Table) -> Proofs {
    let mut proofs = Proofs::default();
    for row in &table.rows {
        if let (Some(fault), Some(id)) = (not_read(side, row), own_key(side, row)) {
            proofs.asked.insert(id.to_string());
            proofs.failed.insert(id.to_string(), fault.message.to_string());
        }
    }
    proofs
}

/// Whether a record of the source has to be asked for: not if what its list shows excludes it already.
pub(crate) fn needed(plan: &ExecutionPlan, clock: Clock, row: &Row) -> bool {
    if plan.mode == Mode::Append || plan.one_per_key.is_some() || leavers::by_scope(plan).is_some() {
        return true;
    }
    let mut wide = row.to_vec();
    wide.resize_with(plan.source.slots.len(), || Err(Fault::unread("is not joined yet")));
    let wide: Row = wide.into();
    let record = RecordScope::new(plan, clock, &NoLinks, Some(&wide), None);
    let excludes = |include: bool, condition: &Program| condition.holds(&record).is_ok_and(|holds| holds != include);
    let key = plan.key.run(&record);
    let has_key = key.as_ref().is_ok_and(|key| key.canonical_key().is_some());
    if !has_key && plan.scope.iter().any(|scope| scope.before_key && excludes(scope.include, &scope.condition)) {
        return false;
    }
    let leaves = !matches!(leavers::by_condition(plan, &record), Ok(None));
    let keyless = key.is_err();
    // The first filter whose answer is not known yet may be the one that decides.
    let undecided = || plan.scope.iter().find(|scope| scope.condition.holds(&record) != Ok(scope.include));
    leaves || keyless || undecided().is_none_or(|scope| scope.condition.holds(&record).is_err())
}
