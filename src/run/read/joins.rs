//! Turns records into the rows that are classified: joined values are added, and each element of a list gets its own row. Pure.
//!
//! In: the source's table and those of its joins. Out: the table that is classified. If a join was not read to its end, the source's read counts as
//! broken too, because values that depend on the join can't be distinguished from others.

use super::extract::{Extractor, Table};
use crate::run::record_scope::{Clock, RecordScope, Refer};
use crate::{
    compile::{
        Each, ExecutionPlan, Join, Origin,
        program::{Name, Program},
    },
    systems::End,
    value::{
        Fault, FaultCode, Value,
        canonical::{Comparison, index_key},
        trie::{Cell, Row},
    },
};
use std::collections::HashMap;

/// A joined collection, as it was read.
#[derive(Debug)]
pub struct Joined {
    /// `wicket.person_memberships`
    pub collection: String,
    pub table: Table,
}

/// Links of other records are not known before there are rows.
pub(crate) struct NoLinks;

impl Refer for NoLinks {
    fn refer(&self, _pipeline: &str, _key: &Value) -> Result<Value, Box<Fault>> {
        Err(Fault::new(FaultCode::LinksUnavailable, "needs links, which are not asked where records are joined"))
    }
}

/// The rows to classify, from the source's records and the joined ones.
#[must_use]
pub fn relate(plan: &ExecutionPlan, source: Table, joined: &[Joined], clock: Clock) -> Table {
    if plan.joins.is_empty() && plan.each.is_none() {
        return source;
    }
    let mut table = source;
    let width = plan.source.slots.len();
    let mut rows: Vec<Vec<Cell>> = table.rows.into_iter().map(|row| widened(row, width)).collect();
    for (at, join) in plan.joins.iter().enumerate() {
        match joined.iter().find(|one| one.collection == join.end.name()) {
            Some(one) if matches!(one.table.end, End::Broken { .. }) => {
                leave_open(plan, at, join, &mut rows);
                table.end = worse(table.end, &one.table.end, &one.collection);
            }
            Some(one) => Joining::new(plan, at, join, &one.table, clock).fill(&mut rows),
            None => {
                leave_open(plan, at, join, &mut rows);
                table.end = unread(&join.end.name());
            }
        }
    }
    if let Some(each) = &plan.each {
        rows = rows.into_iter().flat_map(|row| elements(plan, each, row, clock)).collect();
    }
    // Elements of what was cut from a joined list are as absent as records that were cut from the list itself.
    let of_joined = joined.iter().filter(|_| plan.each.is_some()).find_map(|one| one.table.weak.clone());
    let weak = table.weak.take().or(of_joined);
    Table { rows: rows.into_iter().map(Vec::into_boxed_slice).collect(), weak, ..table }
}

/// A joined collection, taken from records that were kept.
#[must_use]
pub fn again(plan: &ExecutionPlan, joined: &[Joined], take: impl Fn(&Table, Extractor) -> Table) -> Vec<Joined> {
    let one = |join: &Join| {
        let kept = joined.iter().find(|one| one.collection == join.end.name())?;
        Some(Joined { collection: kept.collection.clone(), table: take(&kept.table, Extractor::target(&join.end, true)) })
    };
    plan.joins.iter().filter_map(one).collect()
}

/// The slots of a join in the source's row.
fn places(plan: &ExecutionPlan, at: usize, join: &Join) -> std::ops::Range<usize> {
    let first = plan.source.slots.iter().position(|slot| slot.origin == Origin::Join(at)).unwrap_or(plan.source.slots.len());
    first..first + join.end.slots.len()
}

/// The values of a broken join are unknown, which is different from missing: missing values could clear attributes.
fn leave_open(plan: &ExecutionPlan, at: usize, join: &Join, rows: &mut [Vec<Cell>]) {
    let fault = Fault::unread(format!("`{}` was not read to its end", join.end.alias));
    for row in rows {
        places(plan, at, join).for_each(|slot| row[slot] = Err(fault.clone()));
    }
}

fn widened(row: Row, width: usize) -> Vec<Cell> {
    let mut row = row.into_vec();
    row.resize_with(width, || Ok(Value::Null));
    row
}

fn worse(source: End, joined: &End, collection: &str) -> End {
    match (source, joined) {
        (End::Broken { reason, class }, _) => End::Broken { reason, class },
        (_, End::Broken { reason, class }) => {
            End::Broken { reason: format!("what it is joined with, {collection}: {reason}"), class: *class }
        }
        (source, _) => source,
    }
}

/// An edit names a collection that the kept data lacks.
fn unread(collection: &str) -> End {
    End::Broken { reason: format!("{collection} has not been read yet: read again"), class: None }
}

/// How the two sides of a pair are compared: in the form of a key, and without case where an attribute on either side says so.
fn comparison(plan: &ExecutionPlan, (left, right): &(Program, Program)) -> Comparison {
    let ignoring_case = |side: &Program| {
        let Program::Name(Name::Source(slot)) = side else { return false };
        let Some(slot) = plan.source.slots.get(*slot) else { return false };
        let collection = match slot.origin {
            Origin::Record => plan.source.collection(),
            Origin::Join(join) => plan.joins[join].end.collection(),
            Origin::Each => return false,
        };
        slot.attribute.is_some_and(|attribute| collection.attributes[attribute].comparison.ignoring_case)
    };
    Comparison { as_key: true, ignoring_case: ignoring_case(left) || ignoring_case(right), ..Comparison::default() }
}

/// One join over all rows.
struct Joining<'a> {
    plan: &'a ExecutionPlan,
    join: &'a Join,
    clock: Clock,
    table: &'a Table,
    /// How the values of each pair are compared.
    how: Vec<Comparison>,
    /// Its slots in the source's row.
    slots: std::ops::Range<usize>,
    /// The joined rows by what must be equal.
    index: HashMap<Box<[u8]>, Vec<u32>>,
    /// A joined row whose key was not read: it may be the one that any row is joined with.
    unread: Option<Box<Fault>>,
    /// A joined row that tells nobody what it belongs to: it may be the one of any row that none is found for.
    unplaced: Option<Box<Fault>>,
}

impl<'a> Joining<'a> {
    fn new(plan: &'a ExecutionPlan, at: usize, join: &'a Join, table: &'a Table, clock: Clock) -> Self {
        let slots = places(plan, at, join);
        let how = join.on.keys.iter().map(|pair| comparison(plan, pair)).collect();
        let mut joining = Self { plan, join, clock, table, how, slots, index: HashMap::new(), unread: None, unplaced: None };
        let mut blank = widened(Row::default(), plan.source.slots.len());
        for (row, number) in table.rows.iter().zip(0..) {
            joining.place(&mut blank, row);
            match joining.key(&blank, |(_, joined)| joined) {
                Ok(Some(key)) => joining.index.entry(key).or_default().push(number),
                Err(fault) if fault.is_unread() => drop(joining.unread.get_or_insert(fault)),
                Err(fault) => joining.leave_unplaced(&fault),
                Ok(None) => {
                    if let Some(fault) = joining.lacking(row) {
                        joining.leave_unplaced(&fault);
                    }
                }
            }
        }
        joining
    }

    /// Notes a joined row whose key can't be read.
    fn leave_unplaced(&mut self, why: &Fault) {
        let (alias, place) = (&self.join.end.alias, why.at.as_deref().map(|at| format!("`{at}` ")).unwrap_or_default());
        let why = format!("is not known: a record of `{alias}` does not tell what it belongs to ({place}{})", why.message);
        self.unplaced.get_or_insert_with(|| Fault::unread(why));
    }

    /// That a joined row has nothing where it is joined although its attribute is always there.
    fn lacking(&self, joined: &Row) -> Option<Box<Fault>> {
        let mut fault = None;
        for (_, own) in &self.join.on.keys {
            own.names(&mut |name| {
                let Name::Source(slot) = name else { return };
                let Some(at) = slot.checked_sub(self.slots.start).filter(|_| self.slots.contains(slot)) else { return };
                let (slot, cell) = (&self.join.end.slots[at], joined.get(at));
                if slot.codec.required && cell.is_none_or(|cell| cell.as_ref().is_ok_and(Value::is_missing)) {
                    fault.get_or_insert_with(|| Fault::new(FaultCode::Missing, "is missing, and must be there").at(&slot.name));
                }
            });
        }
        fault
    }

    /// Puts a joined record's values into a row.
    fn place(&self, row: &mut [Cell], joined: &Row) {
        for (at, cell) in self.slots.clone().zip(joined.iter()) {
            row[at] = cell.clone();
        }
    }

    /// The values that must be equal, as bytes; `None` if one is missing, because a missing value matches no record.
    ///
    /// # Errors
    /// The fault of a part that can't be read.
    fn key(&self, row: &[Cell], side: impl Fn(&(Program, Program)) -> &Program) -> Result<Option<Box<[u8]>>, Box<Fault>> {
        let mut bytes = Vec::new();
        self.asking(row, |record| {
            for (pair, how) in self.join.on.keys.iter().zip(&self.how) {
                let value = side(pair).run(record)?;
                // Keys are read in their form, and what names one is not.
                let Some(part) = index_key(&value, *how) else { return Ok(None) };
                bytes.extend((part.len() as u64).to_le_bytes());
                bytes.extend_from_slice(&part);
            }
            Ok(Some(()))
        })
        .map(|all| all.map(|()| bytes.into()))
    }

    fn asking<T>(&self, row: &[Cell], ask: impl FnOnce(&RecordScope<'_>) -> T) -> T {
        // A record scope needs the row as a boxed slice.
        let row: Row = row.into();
        ask(&RecordScope::new(self.plan, self.clock, &NoLinks, Some(&row), None))
    }

    fn fill(&self, rows: &mut [Vec<Cell>]) {
        for row in rows {
            match self.fits(row) {
                Ok(fits) if self.join.many => self.put_lists(row, &fits),
                Ok(fits) => self.put_one(row, &fits),
                Err(fault) => self.slots.clone().for_each(|at| row[at] = Err(fault.clone())),
            }
        }
    }

    /// The joined rows that fit a row. Overwrites the row's slots of this join; the caller fills them.
    ///
    /// # Errors
    /// The fault of a value in the condition: it is unknown then which rows fit.
    fn fits(&self, row: &mut [Cell]) -> Result<Vec<u32>, Box<Fault>> {
        if let Some(fault) = &self.unread {
            return Err(fault.clone());
        }
        let Some(key) = self.key(row, |(own, _)| own)? else { return Ok(Vec::new()) };
        let fits = self.index.get(&key).map_or(Ok(Vec::new()), |candidates| self.of_candidates(candidates, row))?;
        self.all_of(fits)
    }

    fn of_candidates(&self, candidates: &[u32], row: &mut [Cell]) -> Result<Vec<u32>, Box<Fault>> {
        let Some(rest) = &self.join.on.rest else { return Ok(candidates.to_vec()) };
        let mut fits = Vec::new();
        for number in candidates {
            self.place(row, &self.table.rows[*number as usize]);
            if self.asking(row, |record| rest.holds(record))? {
                fits.push(*number);
            }
        }
        Ok(fits)
    }

    /// The rows that fit, where these are all: one that tells nobody what it belongs to may be the one that seems to lack.
    fn all_of(&self, fits: Vec<u32>) -> Result<Vec<u32>, Box<Fault>> {
        match &self.unplaced {
            Some(fault) if self.join.many || fits.is_empty() => Err(fault.clone()),
            _ => Ok(fits),
        }
    }

    fn put_one(&self, row: &mut [Cell], fits: &[u32]) {
        match fits {
            [one] => self.place(row, &self.table.rows[*one as usize]),
            [] => self.slots.clone().for_each(|at| row[at] = Ok(Value::Null)),
            several => {
                let alias = &self.join.end.alias;
                let fault = Fault::new(FaultCode::SeveralJoined, format!("{} records of `{alias}` fit where one is wanted", several.len()))
                    .at(alias);
                self.slots.clone().for_each(|at| row[at] = Err(fault.clone()));
            }
        }
    }

    fn put_lists(&self, row: &mut [Cell], fits: &[u32]) {
        for (slot, at) in self.slots.clone().enumerate() {
            let values: Result<Vec<Value>, _> = fits.iter().map(|number| self.table.rows[*number as usize][slot].clone()).collect();
            row[at] = values.map(Value::list);
        }
    }
}

/// A row for each element; a single row with the fault if the list can't be computed.
fn elements(plan: &ExecutionPlan, each: &Each, row: Vec<Cell>, clock: Clock) -> Vec<Vec<Cell>> {
    let row: Row = row.into();
    let list = each.list.run(&RecordScope::new(plan, clock, &NoLinks, Some(&row), None));
    let with = |last: Cell| {
        let mut own = row.to_vec();
        if let Some(slot) = own.last_mut() {
            *slot = last;
        }
        own
    };
    match list {
        Ok(Value::List(items)) => items.into_iter().map(|item| with(Ok(item))).collect(),
        Ok(value) if value.is_missing() => Vec::new(),
        Ok(value) => vec![with(Ok(value))],
        Err(fault) => vec![with(Err(fault))],
    }
}
