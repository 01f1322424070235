//! Looking at both systems: read, look up what the judgement asks for, judge. Sends no writing request.

use super::{Wanted, pending::PendingWork, plan_changes, wanted};
use crate::run::input::{Identity, Input, Proofs, RelatedState};
use crate::run::{
    change_set::{ChangeSet, hash::Digester},
    classify::record_scope::{Clock, own_key},
    read::{
        extract::{Delta, Extractor, Table, cell_or_null, key_value},
        incremental::{Asked, may_repeat},
        joins::{Joined, relate},
    },
};
use crate::{
    compile::{
        ExecutionPlan, Mode, Origin, Side,
        system::{Direction, ErrorClass},
    },
    state::{baselines::Baselines, events::Events, link::Links},
    systems::{Ask, CallError, Connection, End, Got},
    value::{Text, Value},
};
use futures_util::{StreamExt, stream};
use std::{cell::Cell, collections::HashSet, sync::Arc};

/// Hears how far a read is.
pub trait Progress: Sync {
    /// Records received of a collection, and how many were announced.
    fn received(&self, collection: &str, records: u64, total: Option<u64>);
    /// A read has ended.
    fn ended(&self, collection: &str, table: &Table);
}

/// What both reads gave.
pub struct Reads {
    /// The rows that are judged.
    pub source: Table,
    pub target: Table,
    /// What the source is joined with.
    pub joined: Vec<Joined>,
    pub proofs: Proofs,
}

/// What a plan asks a side for: the attributes in its slots, and raw paths besides.
#[must_use]
pub fn ask(side: &Side) -> Ask {
    let own = || side.slots.iter().filter(|slot| slot.origin == Origin::Record);
    let attributes = own().filter_map(|slot| slot.attribute).collect();
    let paths = own().filter(|slot| slot.attribute.is_none()).map(|slot| slot.path.clone()).collect();
    Ask { attributes, paths, ..Ask::default() }
}

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// What the plan uses.
    Used,
    /// Everything that an edit of the pipeline could ask for; the records are kept.
    Everything,
}

impl Breadth {
    fn ask(self, side: &Side) -> Ask {
        let mut ask = ask(side);
        if self == Self::Everything {
            let attributes = &side.collection().attributes;
            ask.attributes = (0..attributes.len()).filter(|at| attributes[*at].direction != Direction::WriteOnly).collect();
        }
        ask
    }
}

/// The systems of a plan, open.
#[derive(Clone, Copy)]
pub struct Open<'a> {
    pub source: &'a Connection,
    pub target: &'a Connection,
    /// Of the joins, in their order.
    pub joins: &'a [Arc<Connection>],
}

/// Reads both sides and what is joined, at the same time.
pub async fn read(plan: &ExecutionPlan, open: Open<'_>, breadth: Breadth, asked: &Asked, clock: Clock, progress: &dyn Progress) -> Reads {
    let Open { source, target, joins } = open;
    let keep = breadth == Breadth::Everything;
    let ask = Ask { since: asked.since, ..breadth.ask(&plan.source) };
    let from = read_side(source, &plan.source, ask, &asked.again, Extractor::source(&plan.source, keep), progress);
    let to = async {
        if plan.one_by_one || plan.mode == Mode::Append {
            return Table::asked();
        }
        let ask = Ask { may_be_new: true, ..breadth.ask(&plan.target) };
        read_side(target, &plan.target, ask, &[], Extractor::target(&plan.target, keep), progress).await
    };
    let beside = plan.joins.iter().zip(joins).map(|(join, connection)| async move {
        let side = &join.side;
        let table = read_side(connection, side, breadth.ask(side), &[], Extractor::target(side, keep), progress).await;
        Joined { collection: side.name(), table }
    });
    let (source, target, joined) = tokio::join!(from, to, futures_util::future::join_all(beside));
    Reads { source: relate(plan, source, &joined, clock), target, joined, proofs: Proofs::default() }
}

async fn read_side(
    connection: &Connection,
    side: &Side,
    ask: Ask,
    again: &[String],
    mut extractor: Extractor,
    progress: &dyn Progress,
) -> Table {
    let (name, mut received) = (side.name(), 0);
    let read = {
        let mut sink = |records: &[&[u8]], total: Option<u64>| {
            extractor.take(records);
            received += records.len() as u64;
            progress.received(&name, received, total);
        };
        connection.read(side.collection, &ask, &mut sink).await
    };
    // A list that can't ask for changes gives everything.
    let since = ask.since.filter(|_| !read.end.is_complete());
    if let Some(changed) = side.collection().changed.and_then(|changed| side.slot_of(changed)).filter(|_| may_repeat(side, since.is_some()))
    {
        extractor.keep_newest(&|row| own_key(side, row), changed);
    }
    let mut delta = since.map(|since| Delta { since, ..Delta::default() });
    let mut end = read.end;
    if let (Some(delta), End::Delta) = (&mut delta, &end) {
        end = read_again(connection, side, &ask, again, &mut extractor, delta).await;
    }
    let table = extractor.finish(end, read.requests, read.took.as_millis() as u64);
    let table = Table { records: received, delta, clock: read.clock, ..table };
    progress.ended(&name, &table);
    table
}

/// Asks for records by their keys that were not among what has changed. One that can't be asked for stays unread; a refused sign-in ends the read.
async fn read_again(
    connection: &Connection,
    side: &Side,
    ask: &Ask,
    again: &[String],
    extractor: &mut Extractor,
    delta: &mut Delta,
) -> End {
    let mut known: HashSet<Text> = extractor.rows().iter().filter_map(|row| own_key(side, row)).collect();
    let open: Vec<&String> = again.iter().filter(|key| !known.contains(key.as_str())).collect();
    let gets = open.into_iter().map(|key| async move { (key, connection.get(side.collection, &id_value(side, key), ask).await) });
    let gets: Vec<_> = stream::iter(gets).buffered(connection.at_once()).collect().await;
    for (key, answer) in gets {
        match answer {
            Ok(Got::Record(record) | Got::Merged { record, .. }) => {
                // Two that were merged are one.
                let own = extractor.row(&record.json).ok().and_then(|row| own_key(side, &row));
                if own.is_none_or(|own| known.insert(own)) {
                    extractor.take(&[&record.json]);
                    delta.again += 1;
                }
            }
            Ok(Got::Gone) => drop(delta.gone.insert(key.clone())),
            Err(error) if error.class == ErrorClass::Auth => return End::Broken { reason: error.message, class: Some(error.class) },
            Err(_) => delta.unasked.push(key.clone()),
        }
    }
    End::Delta
}

/// How many rounds of look-ups one judgement may ask for: what one finds can ask for another, but not for ever.
const ROUNDS: usize = 8;

/// What is remembered of earlier runs, as one judgement needs it.
pub struct Memory {
    pub links: Links,
    pub baselines: Baselines,
    /// Keys with an earlier write whose outcome is not known.
    pub blocked: HashSet<String>,
    /// Of `mode append`: what was sent.
    pub events: Events,
    pub identity: Identity,
    pub digester: Digester,
    /// No run of this link set has been applied.
    pub adoption: bool,
    pub clock: Clock,
    pub related: RelatedState,
    pub pending_work: PendingWork,
}

impl Memory {
    fn input<'a>(&'a self, plan: &'a ExecutionPlan, reads: &'a Reads, links: &'a Links) -> Input<'a> {
        Input {
            plan,
            source: &reads.source,
            target: &reads.target,
            joined: &reads.joined,
            links,
            proofs: &reads.proofs,
            blocked: &self.blocked,
            events: &self.events,
            baseline: &self.baselines,
            clock: self.clock,
            identity: self.identity.clone(),
            adoption: self.adoption,
            digester: &self.digester,
            related: &self.related,
            pending_work: &self.pending_work,
        }
    }
}

/// Looks up what the judgement asks for, and judges.
pub async fn judge(plan: &ExecutionPlan, reads: &mut Reads, memory: &Memory, source: &Connection, target: &Connection) -> ChangeSet {
    let mut links = reads.proofs.follow(&memory.links);
    for _ in 0..ROUNDS {
        let asked = wanted(&memory.input(plan, reads, &links));
        if asked.is_empty() {
            break;
        }
        look_up(plan, &asked, reads, source, target).await;
        links = reads.proofs.follow(&memory.links);
    }
    plan_changes(&memory.input(plan, reads, &links))
}

/// One round of look-ups. One that fails proves nothing: what it was for stays unread; a refused sign-in ends them all.
async fn look_up(plan: &ExecutionPlan, asked: &Wanted, reads: &mut Reads, source: &Connection, target: &Connection) {
    let (from, to) = (&ask(&plan.source), &ask(&plan.target));
    let mut known: HashSet<Text> = reads.target.rows.iter().filter_map(|row| own_key(&plan.target, row)).collect();
    let gets = asked.gets.iter().map(|id| async move {
        let value = id_value(&plan.target, id);
        (id, target.get(plan.target.collection, &value, to).await)
    });
    let gets: Vec<_> = stream::iter(gets).buffered(target.at_once()).collect().await;
    for (id, answer) in gets {
        reads.proofs.asked.insert(id.clone());
        match answer {
            Ok(Got::Record(record)) => add(&mut reads.target, &plan.target, &mut known, &record.json),
            Ok(Got::Gone) => drop(reads.proofs.gone.insert(id.clone())),
            Ok(Got::Merged { id: survivor, record }) => {
                add(&mut reads.target, &plan.target, &mut known, &record.json);
                reads.proofs.merged.extend(survivor.key_text().map(|survivor| (id.clone(), survivor.to_string())));
            }
            Err(error) => {
                give_up(&mut reads.target, &error);
                reads.proofs.failed.insert(id.clone(), error.message);
            }
        }
    }
    find(plan, asked, reads, target, &mut known).await;
    let confirmed = asked.source_gets.iter().map(|key| async move {
        let value = id_value(&plan.source, key);
        (key, source.get(plan.source.collection, &value, from).await)
    });
    let confirmed: Vec<_> = stream::iter(confirmed).buffered(source.at_once()).collect().await;
    for (key, answer) in confirmed {
        reads.proofs.source_asked.insert(key.clone());
        match answer {
            Ok(Got::Gone) => drop(reads.proofs.source_gone.insert(key.clone())),
            Ok(Got::Record(_) | Got::Merged { .. }) => {}
            Err(error) => give_up(&mut reads.source, &error),
        }
    }
}

/// A target that fails so many look-ups in a row is ill, and is not asked any more.
const IN_A_ROW: u32 = 20;

/// The look-ups by a value. One that fails, or whose answer can't be compared, proves nothing.
async fn find(plan: &ExecutionPlan, asked: &Wanted, reads: &mut Reads, target: &Connection, known: &mut HashSet<Text>) {
    let (side, to, in_a_row) = (&plan.target, &ask(&plan.target), &Cell::new(0));
    let finds = asked.finds.iter().map(|(attribute, value)| async move {
        if in_a_row.get() >= IN_A_ROW {
            return (*attribute, value, None);
        }
        let answer = target.find(side.collection, *attribute, value, to).await;
        let ill = answer.as_ref().is_err_and(|error| matches!(error.class, ErrorClass::Temporary | ErrorClass::Limit));
        in_a_row.set(if ill { in_a_row.get() + 1 } else { 0 });
        (*attribute, value, Some(answer))
    });
    let finds: Vec<_> = stream::iter(finds).buffered(target.at_once()).collect().await;
    for (attribute, value, answer) in finds {
        let found = match answer {
            None => continue,
            Some(Ok(records)) => comparable(side, attribute, &records).map(|()| records),
            Some(Err(error)) => {
                give_up(&mut reads.target, &error);
                if in_a_row.get() >= IN_A_ROW {
                    let reason = format!("{} look-ups in a row failed: {}", in_a_row.get(), error.message);
                    reads.target.end = End::Broken { reason, class: Some(error.class) };
                }
                Err(error.message)
            }
        };
        match found {
            Ok(records) => {
                reads.proofs.note_look_up(plan, attribute, value);
                records.iter().for_each(|record| add(&mut reads.target, side, known, record));
            }
            Err(why) => reads.proofs.note_failure(plan, attribute, value, why),
        }
    }
}

/// Whether what a look-up found can be told apart and compared with what was asked for; else it may well be the one.
fn comparable(side: &Side, attribute: usize, records: &[Box<[u8]>]) -> Result<(), String> {
    let (extractor, name) = (Extractor::target(side, false), side.name());
    let attributes = &side.collection().attributes;
    for record in records {
        let row = extractor.row(record).map_err(|why| format!("`{name}` was looked up, and {why}"))?;
        let key = side.collection().key.filter(|_| own_key(side, &row).is_none());
        let blank = side.slot_of(attribute).filter(|slot| cell_or_null(&row, *slot).is_missing()).map(|_| attribute);
        if let Some(lacks) = key.or(blank) {
            let (by, lacks) = (&attributes[attribute].name, &attributes[lacks].name);
            return Err(format!("`{name}` was looked up by `{by}`, and what was found has no `{lacks}` that can be read"));
        }
    }
    Ok(())
}

/// The key of a collection from its text in a link.
fn id_value(side: &Side, text: &str) -> Value {
    let collection = side.collection();
    collection.key.map_or_else(|| Value::text(text), |key| key_value(&collection.attributes[key].ty.kind, text))
}

/// A record that a look-up found joins those that were read, once.
fn add(table: &mut Table, side: &Side, known: &mut HashSet<Text>, record: &[u8]) {
    let Ok(row) = Extractor::target(side, false).row(record) else { return };
    if own_key(side, &row).is_some_and(|id| known.insert(id)) {
        table.rows.push(row);
    }
}

fn give_up(table: &mut Table, error: &CallError) {
    if error.class == ErrorClass::Auth {
        table.end = End::Broken { reason: error.message.clone(), class: Some(error.class) };
    }
}

/// Why a read can't be used, if it can't: one sentence for each side.
#[must_use]
pub fn broken(set: &ChangeSet) -> Vec<String> {
    let why = |report: &crate::run::change_set::ReadReport| match &report.end {
        End::Broken { reason, .. } => Some(format!("{}: {reason}", report.collection)),
        End::Complete { .. } | End::Delta => None,
    };
    [&set.source, &set.target].into_iter().filter_map(why).collect()
}
