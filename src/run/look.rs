//! Looking at both systems: read, look up what the judgement asks for, judge. Sends no writing request.

use super::{
    changes::ChangeSet,
    extract::{Extractor, Table},
    survey::{Input, Proofs, Wanted, survey, wanted},
};
use crate::{
    plan::{Plan, Side},
    systems::{Ask, Connection, End},
};
use std::time::Instant;

/// Hears how far a read is.
pub trait Progress: Sync {
    /// Records received of a collection, and how many were announced.
    fn received(&self, collection: &str, records: u64, total: Option<u64>);
    /// A read has ended.
    fn ended(&self, collection: &str, table: &Table);
}

/// What both reads gave.
pub struct Reads {
    pub source: Table,
    pub target: Table,
    pub proofs: Proofs,
}

/// What a plan asks a side for: the attributes in its slots, and raw paths besides.
#[must_use]
pub fn ask(side: &Side) -> Ask {
    let attributes = side.slots.iter().filter_map(|slot| slot.attribute).collect();
    let paths = side.slots.iter().filter(|slot| slot.attribute.is_none()).map(|slot| slot.path.dotted()).filter(|path| !path.is_empty()).collect();
    Ask { attributes, paths, since: None }
}

/// Reads both sides, at the same time where they are two systems.
pub async fn read(plan: &Plan, source: &Connection, target: &Connection, keep_raw: bool, progress: &dyn Progress) -> Reads {
    let from = read_side(source, &plan.source, Extractor::source(&plan.source, keep_raw), progress);
    let to = async {
        if plan.one_by_one { Table::asked() } else { read_side(target, &plan.target, Extractor::target(&plan.target, keep_raw), progress).await }
    };
    let (source, target) = tokio::join!(from, to);
    Reads { source, target, proofs: Proofs::default() }
}

async fn read_side(connection: &Connection, side: &Side, mut extractor: Extractor, progress: &dyn Progress) -> Table {
    let (name, begun, mut received) = (side.name(), Instant::now(), 0);
    let read = {
        let mut sink = |records: &[&[u8]], total: Option<u64>| {
            extractor.take(records);
            received += records.len() as u64;
            progress.received(&name, received, total);
        };
        connection.read(side.collection, &ask(side), &mut sink).await
    };
    let table = extractor.finish(read.end, read.requests, begun.elapsed().as_millis() as u64);
    progress.ended(&name, &table);
    table
}

/// How many rounds of look-ups one judgement may ask for: what one finds can ask for another, not for ever.
const ROUNDS: usize = 8;

/// Looks up what the judgement asks for, and judges.
pub async fn judge(input: impl Fn(&Reads) -> Input<'_>, reads: &mut Reads, source: &Connection, target: &Connection) -> ChangeSet {
    for _ in 0..ROUNDS {
        let (plan, asked) = {
            let input = input(reads);
            (std::ptr::from_ref(input.plan), wanted(&input))
        };
        if asked.is_empty() {
            break;
        }
        let _ = plan;
        look_up(&asked, reads, &input, source, target).await;
    }
    survey(&input(reads))
}

async fn look_up(_asked: &Wanted, _reads: &mut Reads, _input: &impl Fn(&Reads) -> Input<'_>, _source: &Connection, _target: &Connection) {}

/// Why a read can't be used, if it can't: one sentence for each side.
#[must_use]
pub fn broken(set: &ChangeSet) -> Vec<String> {
    let why = |report: &super::changes::ReadReport| match &report.end {
        End::Broken { reason, .. } => Some(format!("{}: {reason}", report.collection)),
        End::Complete { .. } | End::Delta => None,
    };
    [&set.source, &set.target].into_iter().filter_map(why).collect()
}
