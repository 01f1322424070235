//! Elements of an increment that show only what has changed of a record (a delta): what such an element leaves out is not missing.
//!
//! Where it matters, the record is asked for by `get`, once. Where it can't be, what the increment leaves out is not known, and what the
//! target has stays until the next complete read.

use super::{extract::Extractor, joins::NoLinks, sides::id_value};
use crate::{
    compile::{
        ExecutionPlan, LeaverKind, Missing, On, Origin, Side,
        program::{Name, Program},
    },
    run::record_scope::{Clock, RecordScope, own_key},
    state::link::{Life, Links},
    systems::{Connection, GetResult, ReadRequest},
    value::{Fault, Text, Value, trie::Row},
};
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

/// The linked records of a pipeline, by the keys of their links, and whether each of them has left.
pub type Known = BTreeMap<String, bool>;

/// The links whose records may be in an increment.
pub(crate) fn known(links: &Links) -> Known {
    let there = links.iter().filter(|link| !link.is_retired());
    there.map(|link| (link.key.clone(), matches!(link.life, Life::Left { .. }))).collect()
}

/// The slots of the source in which a value that is left out could clear, remove or decide something.
pub(crate) fn delicate(plan: &ExecutionPlan) -> BTreeSet<usize> {
    let mut slots = BTreeSet::new();
    let kept = |missing| matches!(missing, Missing::Keep | Missing::KeepAbsent);
    for line in plan.map.iter().filter(|line| line.on != On::Create) {
        let alone = matches!(line.value, Program::Name(Name::Source(_)));
        if !(alone && kept(line.missing)) {
            name(plan, &line.value, &mut slots);
        }
        line.when.iter().for_each(|when| name(plan, when, &mut slots));
    }
    plan.scope.iter().for_each(|scope| name(plan, &scope.condition, &mut slots));
    for condition in plan.leavers.iter().flat_map(|leaver| &leaver.conditions) {
        if let LeaverKind::When(when) = &condition.kind {
            name(plan, when, &mut slots);
        }
    }
    slots.retain(|at| plan.source.slots[*at].origin == Origin::Record);
    slots
}

/// Adds the slots that an expression names, by itself or by a field.
fn name(plan: &ExecutionPlan, program: &Program, slots: &mut BTreeSet<usize>) {
    let mut fields = Vec::new();
    program.names(&mut |name| match name {
        Name::Source(at) => drop(slots.insert(*at)),
        Name::Field(at) => fields.push(*at),
        _ => {}
    });
    fields.into_iter().for_each(|at| name(plan, &plan.fields[at].value, slots));
}

/// Whether the record of a row is linked, and has left; one whose key is not known yet may be.
pub(crate) fn link_of(plan: &ExecutionPlan, clock: Clock, known: &Known, row: &Row) -> Option<bool> {
    let mut wide = row.to_vec();
    wide.resize_with(plan.source.slots.len(), || Err(Fault::unread("is not joined yet")));
    let wide: Row = wide.into();
    match plan.key.run(&RecordScope::new(plan, clock, &NoLinks, Some(&wide), None)) {
        Ok(key) => known.get(&*key.canonical_key()?).copied(),
        Err(_) => Some(true),
    }
}

/// What an increment is completed by.
pub(crate) struct Partial<'a> {
    /// The slots that count.
    pub delicate: BTreeSet<usize>,
    /// Whether the record of a row is linked, and has left.
    pub link_of: &'a (dyn Fn(&Row) -> Option<bool> + Sync),
}

/// Completes the rows of an increment; returns how many calls it took.
pub(crate) async fn complete(
    connection: &Connection,
    side: &Side,
    ask: &ReadRequest,
    extractor: &mut Extractor,
    partial: &Partial<'_>,
) -> u64 {
    let left_out = |row: &Row| partial.delicate.iter().copied().filter(|at| matches!(row.get(*at), Some(Ok(Value::Absent)))).collect();
    let rows = extractor.rows().iter().enumerate().filter_map(|(at, row)| {
        let slots: Vec<usize> = left_out(row);
        let left = if slots.is_empty() { None } else { (partial.link_of)(row) }?;
        Some((at, own_key(side, row), slots, left))
    });
    let rows: Vec<_> = rows.collect();
    let can_get = side.collection().get.is_some();
    let gets = rows.into_iter().map(|(at, key, slots, left)| async move {
        let asked = key.filter(|_| can_get);
        let answer = match &asked {
            Some(key) => Some(connection.get(side.collection, &id_value(side, key), ask).await),
            None => None,
        };
        (at, asked, answer, slots, left)
    });
    let gets: Vec<_> = stream::iter(gets).buffered(connection.at_once()).collect().await;
    let mut asked_for = 0;
    for (at, key, answer, slots, left) in gets {
        asked_for += u64::from(answer.is_some());
        let shown = match (answer, key) {
            (Some(Ok(GetResult::Record(record))), Some(key)) => shown_again(side, extractor, &key, &record.json),
            _ => None,
        };
        match shown {
            Some(row) => extractor.replace(at, row),
            None => {
                slots.into_iter().for_each(|slot| extractor.hide(at, slot, if left { Fault::unread(HIDDEN) } else { Fault::unshown() }))
            }
        }
    }
    asked_for
}

/// Why a record that has left and is changed again waits.
const HIDDEN: &str = "is left out by what shows only the changes";

/// The row of a record that `get` showed, if it is the same record.
fn shown_again(side: &Side, extractor: &Extractor, key: &Text, record: &[u8]) -> Option<Row> {
    extractor.row(record).ok().filter(|row| own_key(side, row).is_some_and(|own| own == *key))
}
