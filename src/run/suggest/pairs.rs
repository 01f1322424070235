//! Pairs of records and accounts: by the links of earlier runs, else by the lines of `match`.

use crate::{
    compile::{
        ExecutionPlan, Side,
        system::{Attribute, Direction},
    },
    run::{
        classify::matching::{Accounts, MatchResult},
        read::{
            extract::{Extractor, Table},
            joins,
            sides::Reads,
        },
        record_scope::{Clock, RecordScope, Refer},
    },
    state::link::Links,
    value::{Fault, Value, trie::Row},
};

/// A record of each side that belong together.
pub type RowPair = (Row, Row);

/// The most pairs that are compared; more would prove no more.
const MOST: usize = 2_000;

/// Records that belong together, with every attribute that can be read.
#[derive(Debug)]
pub struct Pairs {
    pub source: Side,
    pub target: Side,
    pub rows: Vec<RowPair>,
    /// The fields of the pipeline, for each row.
    pub fields: Vec<Vec<Value>>,
    /// How many pairs there are; only the first [`MOST`] are compared.
    pub all: usize,
    /// Whether links of earlier runs say so; else the lines of `match`.
    pub by_links: bool,
    /// Whether what `get` alone shows was asked for: of the source, and of the target. It is where the pipeline uses any of it.
    pub asked: (bool, bool),
}

/// Links of other records are not asked.
struct NoLinks;

impl Refer for NoLinks {
    fn refer(&self, _pipeline: &str, _key: &Value) -> Result<Value, Box<Fault>> {
        Ok(Value::Null)
    }
}

/// Pairs the records of reads that were kept as they came.
#[must_use]
pub fn pair(plan: &ExecutionPlan, reads: &Reads, links: &Links, clock: Clock) -> Pairs {
    let (source, target) = (&reads.source, &reads.target);
    let (all_from, all_to) = (everything(&plan.source), everything(&plan.target));
    let (mut wide_from, mut wide_to) = (Extractor::target(&all_from, false), Extractor::target(&all_to, false));
    let (places, accounts) = kept(Extractor::target(&plan.target, false), target);
    let accounts = Table::complete(accounts);
    let index = Accounts::new(plan, &accounts);
    let mut found: Vec<(usize, usize, Vec<Value>)> = Vec::new();
    for (at, row) in people(plan, reads, clock) {
        let record = RecordScope::new(plan, clock, &NoLinks, Some(&row), None);
        let key = plan.key.run(&record).ok().and_then(|key| key.canonical_key());
        let account = match key.and_then(|key| links.of_key(&key)) {
            Some(link) => index.row_of(&link.target),
            None if links.is_empty() => matched(&index, &record),
            None => None,
        };
        let Some(account) = account else { continue };
        let fields = plan.fields.iter().map(|field| field.value.run(&record).unwrap_or(Value::Null)).collect();
        found.push((at, places[account as usize], fields));
    }
    let all = found.len();
    let step = all.div_ceil(MOST).max(1);
    let mut fields = Vec::new();
    for (at, account, of_fields) in found.into_iter().step_by(step) {
        let (from, to) = (&*source.raw[at], &*target.raw[account]);
        if wide_from.listed(from).is_ok() && wide_to.listed(to).is_ok() {
            wide_from.take(&[from]);
            wide_to.take(&[to]);
            fields.push(of_fields);
        }
    }
    wide_from.complete_from(&source.details);
    wide_to.complete_from(&target.details);
    let rows = wide_from.rows().iter().cloned().zip(wide_to.rows().iter().cloned()).collect();
    let asked = (!source.details.is_empty(), !target.details.is_empty());
    Pairs { source: all_from, target: all_to, rows, fields, all, by_links: !links.is_empty(), asked }
}

/// The rows of records that were kept, with what `get` showed of them, each with its place among all.
fn kept(mut extractor: Extractor, table: &Table) -> (Vec<usize>, Vec<Row>) {
    let mut places = Vec::new();
    for (at, record) in table.raw.iter().enumerate() {
        let before = extractor.rows().len();
        extractor.take(&[record]);
        places.extend((extractor.rows().len() > before).then_some(at));
    }
    extractor.complete_from(&table.details);
    (places, extractor.rows().to_vec())
}

/// The records of the source that can be read, each with its place among those that were kept; joined where each has one row. With
/// `for each` there are none: a row is an element, and says nothing of the place of its record.
fn people(plan: &ExecutionPlan, reads: &Reads, clock: Clock) -> Vec<(usize, Row)> {
    if plan.each.is_some() {
        return Vec::new();
    }
    let taken = |table: &Table, extractor: Extractor| Table::complete(kept(extractor, table).1);
    let (places, rows) = kept(Extractor::source(&plan.source, false), &reads.source);
    let joined = joins::again(plan, &reads.joined, taken);
    let related = joins::relate(plan, Table::complete(rows), &joined, clock);
    if related.rows.len() == places.len() { places.into_iter().zip(related.rows).collect() } else { Vec::new() }
}

fn matched(index: &Accounts<'_>, record: &RecordScope<'_>) -> Option<u32> {
    match index.find(record, &Links::default(), None) {
        Ok(MatchResult::One { row, .. }) => Some(row),
        _ => None,
    }
}

/// A side that reads every attribute there is.
fn everything(side: &Side) -> Side {
    let attributes = side.collection().attributes.iter().enumerate().filter(|(_, attribute)| attribute.direction != Direction::WriteOnly);
    let slot = |(at, attribute): (usize, &Attribute)| crate::compile::Slot {
        origin: crate::compile::Origin::Record,
        attribute: Some(at),
        name: attribute.name.clone(),
        path: attribute.path.clone(),
        codec: crate::value::format::Codec { required: false, ..attribute.codec.clone() },
        span: attribute.span,
    };
    Side::new(std::sync::Arc::clone(&side.system), side.collection, side.alias.clone(), attributes.map(slot).collect(), side.span)
}
