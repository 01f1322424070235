//! Who is whom, as far as it is known: by the links of earlier runs, else by the lines of `match`.

use super::{Two, everything};
use crate::{
    plan::{Plan, Side},
    run::{
        extract::{Extractor, Table},
        match_up::{Accounts, Found},
        person::{Clock, Person, Refer},
    },
    state::link::Links,
    value::{Fault, Value},
};

/// More pairs prove no more.
const MOST: usize = 2_000;

/// Records that belong together, with every attribute that can be read.
#[derive(Debug)]
pub struct Pairs {
    pub source: Side,
    pub target: Side,
    pub rows: Vec<Two>,
    /// How many there are, of whom at most some thousands were taken.
    pub all: usize,
    /// Whether links of earlier runs say so; else the lines of `match`.
    pub by_links: bool,
}

/// Links of other records are not asked.
struct NoLinks;

impl Refer for NoLinks {
    fn refer(&self, _pipeline: &str, _key: &Value) -> Result<Value, Box<Fault>> {
        Ok(Value::Null)
    }
}

/// Pairs the records of two reads that were kept as they came.
#[must_use]
pub fn pair(plan: &Plan, source: &Table, target: &Table, links: &Links, clock: Clock) -> Pairs {
    let (from, to) = (Extractor::source(&plan.source, false), Extractor::target(&plan.target, false));
    let (all_from, all_to) = (everything(&plan.source), everything(&plan.target));
    let wide_from = Extractor::target(&all_from, false);
    let wide_to = Extractor::target(&all_to, false);
    let accounts = Table::complete(target.raw.iter().filter_map(|record| to.row(record).ok()).collect());
    let index = Accounts::new(plan, &accounts);
    let mut found: Vec<(usize, u32)> = Vec::new();
    for (at, record) in source.raw.iter().enumerate() {
        let Ok(row) = from.row(record) else { continue };
        let person = Person::new(plan, clock, &NoLinks, Some(&row), None);
        let key = plan.key.run(&person).ok().and_then(|key| key.key_text());
        let account = match key.and_then(|key| links.of_key(&key)) {
            Some(link) => index.row_of(&link.target),
            None if links.is_empty() => matched(&index, &person),
            None => None,
        };
        found.extend(account.map(|account| (at, account)));
    }
    let step = found.len().div_ceil(MOST).max(1);
    let wide =
        |(at, account): &(usize, u32)| Some((wide_from.row(&source.raw[*at]).ok()?, wide_to.row(&target.raw[*account as usize]).ok()?));
    let rows = found.iter().step_by(step).filter_map(wide).collect();
    Pairs { source: all_from, target: all_to, rows, all: found.len(), by_links: !links.is_empty() }
}

fn matched(index: &Accounts<'_>, person: &Person<'_>) -> Option<u32> {
    match index.find(person, &Links::default()) {
        Ok(Found::One { row, .. }) => Some(row),
        _ => None,
    }
}
