//! Reads the sides of a plan: source, target and what is joined, at the same time. Sends no writing request.

use super::{
    details,
    extract::{Delta, Extractor, Table},
    incremental::{ReadScope, may_repeat},
    joins::{Joined, relate},
    partial::{self, Partial},
};
use crate::run::{
    proofs::Proofs,
    record_scope::{Clock, own_key},
};
use crate::{
    compile::{
        ExecutionPlan, Mode, Origin, Side,
        system::{Direction, ErrorClass},
    },
    systems::{Connection, End, GetResult, Read, ReadRequest, WeakEnd},
    value::{Text, Value, trie::Row},
};
use futures_util::{StreamExt, stream};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

/// Receives the progress of a read.
pub trait Progress: Sync {
    /// Records received of a collection, and how many were announced.
    fn received(&self, collection: &str, records: u64, total: Option<u64>);
    /// A read has ended.
    fn ended(&self, collection: &str, table: &Table);
}

/// The results of both reads.
pub struct Reads {
    /// The rows to classify.
    pub source: Table,
    pub target: Table,
    /// The joined collections.
    pub joined: Vec<Joined>,
    pub proofs: Proofs,
}

/// What a plan requests of a side: the attributes in its slots, and raw paths in addition.
#[must_use]
pub fn ask(side: &Side) -> ReadRequest {
    let own = || side.slots.iter().filter(|slot| slot.origin == Origin::Record);
    let attributes = own().filter_map(|slot| slot.attribute).collect();
    let paths = own().filter(|slot| slot.attribute.is_none()).map(|slot| slot.path.clone()).collect();
    ReadRequest { attributes, paths, ..ReadRequest::default() }
}

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBreadth {
    /// What the plan uses.
    Used,
    /// Everything that an edit of the pipeline could use; the records are kept.
    Everything,
}

impl ReadBreadth {
    fn ask(self, side: &Side) -> ReadRequest {
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
pub async fn read(
    plan: &ExecutionPlan,
    open: Open<'_>,
    breadth: ReadBreadth,
    asked: &ReadScope,
    clock: Clock,
    progress: &dyn Progress,
) -> Reads {
    let Open { source, target, joins } = open;
    let keep = breadth == ReadBreadth::Everything;
    let nothing = ReadScope::default();
    let (nothing, all) = (&nothing, |_: &Row| true);
    let marks = (asked.mark.clone(), asked.wants_mark);
    let ask = ReadRequest {
        since: asked.since,
        mark: marks.0,
        wants_mark: marks.1,
        several_per_key: plan.one_per_key.is_some(),
        ..breadth.ask(&plan.source)
    };
    let needs = |row: &Row| keep || details::needed(plan, clock, row);
    let link_of = |row: &Row| partial::link_of(plan, clock, &asked.known, row);
    let delicate = if asked.since.is_some() { partial::delicate(plan) } else { BTreeSet::new() };
    let partial = Partial { delicate, link_of: &link_of };
    let (of_source, of_target): (Extent<'_>, Extent<'_>) = ((asked, &needs, Some(&partial)), (nothing, &all, None));
    let extractors = || (Extractor::source(&plan.source, keep), Extractor::target(&plan.target, keep));
    let wants_target = !plan.one_by_one && plan.mode != Mode::Append;
    let both = async {
        let target_ask = ReadRequest { may_be_new: true, ..breadth.ask(&plan.target) };
        let (from, to) = extractors();
        if wants_target && is_one_list(plan, open, &ask) {
            let ask = together(ask, &target_ask);
            return read_once(source, (&plan.source, from, of_source), (&plan.target, to, of_target), ask, progress).await;
        }
        let target = async {
            if wants_target { read_side(target, &plan.target, target_ask, of_target, to, progress).await } else { Table::asked() }
        };
        tokio::join!(read_side(source, &plan.source, ask, of_source, from, progress), target)
    };
    let beside = plan.joins.iter().zip(joins).map(|(join, connection)| async move {
        let side = &join.end;
        let table = read_side(connection, side, breadth.ask(side), (nothing, &all, None), Extractor::target(side, keep), progress).await;
        Joined { collection: side.name(), table: joinable(table) }
    });
    let ((source, target), joined) = tokio::join!(both, futures_util::future::join_all(beside));
    let mut proofs = details::not_shown(&plan.target, &target);
    for key in source.delta.iter().filter(|_| plan.source.collection().get.is_some()).flat_map(|delta| &delta.removed) {
        proofs.source_gone.insert(key.clone());
        proofs.source_asked.insert(key.clone());
    }
    Reads { source: relate(plan, source, &joined, clock), target, joined, proofs }
}

/// How much is wanted of a side: the scope, the records that need what lists leave out, and what a partial read completes.
type Extent<'a> = (&'a ReadScope, details::Needs<'a>, Option<&'a Partial<'a>>);

/// Whether source and target are one list, and the source reads all of it: one read shows both. A file is read twice, because a target
/// may lack columns that a source needs.
fn is_one_list(plan: &ExecutionPlan, open: Open<'_>, ask: &ReadRequest) -> bool {
    let is_same = std::ptr::eq(open.source, open.target) && plan.source.collection == plan.target.collection;
    is_same && !open.source.is_file() && ask.since.is_none() && ask.mark.is_none() && !ask.wants_mark && !ask.several_per_key
}

/// What two requests of one list ask for.
fn together(mut ask: ReadRequest, other: &ReadRequest) -> ReadRequest {
    let attributes: Vec<_> = other.attributes.iter().copied().filter(|at| !ask.attributes.contains(at)).collect();
    let paths: Vec<_> = other.paths.iter().filter(|path| !ask.paths.contains(path)).cloned().collect();
    ask.attributes.extend(attributes);
    ask.paths.extend(paths);
    ask
}

/// Reads the list that is source and target once, and extracts the rows of each.
async fn read_once(
    connection: &Connection,
    (source, mut from, of_source): (&Side, Extractor, Extent<'_>),
    (target, mut to, of_target): (&Side, Extractor, Extent<'_>),
    ask: ReadRequest,
    progress: &dyn Progress,
) -> (Table, Table) {
    let read = take_list(connection, source, &ask, &mut [&mut from, &mut to], progress).await;
    let again = Read { requests: 0, took: Duration::ZERO, ..read.clone() };
    let from = end_side(connection, source, (ask.clone(), read), of_source, from, progress);
    let to = end_side(connection, target, (ask, again), of_target, to, progress);
    tokio::join!(from, to)
}

async fn read_side(
    connection: &Connection,
    side: &Side,
    ask: ReadRequest,
    extent: Extent<'_>,
    mut extractor: Extractor,
    progress: &dyn Progress,
) -> Table {
    let mut ask = ask;
    let mut read = take_list(connection, side, &ask, &mut [&mut extractor], progress).await;
    if read.full {
        // The system knows the mark no more, so everything is read, in this run.
        extractor.forget();
        (ask.since, ask.mark) = (None, None);
        let requests = read.requests;
        read = take_list(connection, side, &ask, &mut [&mut extractor], progress).await;
        read.requests += requests;
    }
    end_side(connection, side, (ask, read), extent, extractor, progress).await
}

/// Asks for what a list that was read leaves out.
async fn end_side(
    connection: &Connection,
    side: &Side,
    (ask, read): (ReadRequest, Read),
    (asked, needs, partial): Extent<'_>,
    mut extractor: Extractor,
    progress: &dyn Progress,
) -> Table {
    let name = side.name();
    let mut received = read.records;
    let removed = extractor.without_removed(&read.removed);
    // A list that can't ask for changes gives everything.
    let since = ask.since.filter(|_| !read.end.is_complete());
    if let Some(changed) = side.collection().changed.and_then(|changed| side.slot_of(changed)).filter(|_| may_repeat(side, since.is_some()))
    {
        extractor.keep_newest(&|row| own_key(side, row), changed);
    }
    let mut delta = since.map(|since| Delta { since, ..Delta::default() });
    let mut end = named(side, &extractor, read.end.clone());
    let mut gets = 0;
    if let (Some(partial), Some(_), End::Delta) = (partial, &delta, &end) {
        gets += partial::complete(connection, side, &ask, &mut extractor, partial).await;
    }
    if let (Some(delta), End::Delta) = (&mut delta, &end) {
        end = read_again(connection, side, &ask, &keys_again(asked, &removed), &mut extractor, delta).await;
        delta.lost_sight = loses_sight(side, &extractor, &asked.waiting, &removed);
        delta.name_removed(removed.into_iter().chain(asked.removed.iter().cloned()), side.collection().get.is_some());
    }
    if let Some(weak) = read.weak.as_ref().filter(|_| end.is_complete() && !asked.linked.is_empty()) {
        let found;
        (end, found) = ask_for_missing(connection, side, &ask, (&asked.linked, weak), &mut extractor).await;
        // A list that shows nobody stays an empty one.
        received += if received == 0 { 0 } else { found };
    }
    if !matches!(end, End::Broken { .. }) {
        let shown = details::complete(connection, side, &ask, &mut extractor, needs).await;
        (gets, end) = (gets + shown.gets, shown.broken.unwrap_or(end));
    }
    let table = extractor.finish(end, read.requests + gets, read.took.as_millis() as u64);
    let Read { clock, mark, file, read_for, weak, .. } = read;
    let table = Table { records: received, delta, clock, gets, mark, file, read_for, weak, ..table };
    progress.ended(&name, &table);
    table
}

/// Of a joined list nobody can be asked for one by one, so one that may lack pages is not read to its end.
fn joinable(table: Table) -> Table {
    match &table.weak {
        Some(weak) if weak.may_lack_pages() && table.end.is_complete() => {
            Table { end: End::Broken { reason: weak.to_string(), class: Some(ErrorClass::Temporary) }, ..table }
        }
        _ => table,
    }
}

/// A list of which no record has its key shows no record of the collection, however complete it is.
fn named(side: &Side, extractor: &Extractor, end: End) -> End {
    let Some(slot) = extractor.lacks_key().filter(|_| end.is_complete()).map(|at| &side.slots[at]) else { return end };
    let reason = format!("no record has anything at `{}`, the place of the key `{}`", slot.path.text, slot.name);
    End::Broken { reason, class: None }
}

/// Reads the list into the extractors.
async fn take_list(
    connection: &Connection,
    side: &Side,
    ask: &ReadRequest,
    extractors: &mut [&mut Extractor],
    progress: &dyn Progress,
) -> Read {
    let (name, mut received) = (side.name(), 0);
    let mut sink = |records: &[&[u8]], total: Option<u64>| {
        extractors.iter_mut().for_each(|extractor| extractor.take(records));
        received += records.len() as u64;
        progress.received(&name, received, total);
    };
    connection.read(side.collection, ask, &mut sink).await
}

/// Whether a read of what changed leaves out an unfinished record that it should show again.
pub(crate) fn loses_sight(side: &Side, extractor: &Extractor, waiting: &[String], removed: &BTreeSet<String>) -> bool {
    if waiting.is_empty() {
        return false;
    }
    let shown: HashSet<Text> = extractor.rows().iter().map(|row| own_key(side, row).unwrap_or_default()).collect();
    waiting.iter().any(|key| !shown.contains(key.as_str()) && !removed.contains(key))
}

/// The records to request by key: those that are unfinished, and those that the source names as removed, which its `get` confirms.
fn keys_again(asked: &ReadScope, removed: &BTreeSet<String>) -> Vec<String> {
    let new = removed.iter().filter(|key| !asked.again.contains(key));
    asked.again.iter().chain(new).cloned().collect()
}

/// Requests, by key, records that were not among the changed ones. A record whose request fails remains unread; a refused sign-in ends
/// the read.
async fn read_again(
    connection: &Connection,
    side: &Side,
    ask: &ReadRequest,
    again: &[String],
    extractor: &mut Extractor,
    delta: &mut Delta,
) -> End {
    let mut known: HashSet<Text> = extractor.rows().iter().filter_map(|row| own_key(side, row)).collect();
    let can_get = side.collection().get.is_some();
    let open: Vec<&String> = again.iter().filter(|key| can_get && !known.contains(key.as_str())).collect();
    let gets = open.into_iter().map(|key| async move { (key, connection.get(side.collection, &id_value(side, key), ask).await) });
    let gets: Vec<_> = stream::iter(gets).buffered(connection.at_once()).collect().await;
    for (key, answer) in gets {
        match answer {
            Ok(GetResult::Record(record) | GetResult::Merged { record, .. }) => {
                // Two keys may lead to one record after a merge.
                let own = extractor.row(&record.json).ok().and_then(|row| own_key(side, &row));
                if own.is_none_or(|own| known.insert(own)) {
                    extractor.take_shown(&record.json);
                    delta.again += 1;
                }
            }
            Ok(GetResult::Gone) => drop(delta.gone.insert(key.clone())),
            Err(error) if error.class == ErrorClass::Auth => return End::Broken { reason: error.message, class: Some(error.class) },
            Err(error) => drop(delta.unasked.insert(key.clone(), error.message)),
        }
    }
    End::Delta
}

/// Where the end of a list is weak: requests each linked record that seems missing. One that is there is taken
/// in; one that can't be asked for leaves the read without proof. Returns how many are there as well.
async fn ask_for_missing(
    connection: &Connection,
    side: &Side,
    ask: &ReadRequest,
    (linked, weak): (&[String], &WeakEnd),
    extractor: &mut Extractor,
) -> (End, u64) {
    let mut delta = Delta::default();
    if let broken @ End::Broken { .. } = read_again(connection, side, ask, linked, extractor, &mut delta).await {
        return (broken, delta.again);
    }
    let end = match (delta.unasked.len(), delta.again, delta.gone.len()) {
        (0, there, gone) => End::Complete {
            evidence: format!(
                "the list may have been cut; `get` was asked for the linked records that it left out: {there} there, {gone} gone"
            ),
        },
        (unasked, ..) => End::Broken {
            reason: format!("{weak}; and {unasked} linked records that it does not show could not be asked for by `get`"),
            class: Some(ErrorClass::Temporary),
        },
    };
    (end, delta.again)
}

/// The key of a collection from its text in a link.
pub(crate) fn id_value(side: &Side, text: &str) -> Value {
    side.collection().id_value(text)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests run in a runtime of their own")]
mod tests {
    use super::*;
    use crate::{
        compile::texts,
        systems::tests::{
            build::config,
            standin::{Reply, StandIn},
        },
    };

    struct Quiet;

    impl Progress for Quiet {
        fn received(&self, _: &str, _: u64, _: Option<u64>) {}
        fn ended(&self, _: &str, _: &Table) {}
    }

    const PEOPLE: &str = r#"
system api {
  http "https://api.example.com" { retry 1 times }
  collection people {
    key id
    list GET "/people" {
      items $.data
      query "page" = page.number
      page by number size 3
    }
    get GET "/people/{id}"
    attributes {
      id : text at $.id
    }
  }
}
"#;

    /// Reads a list that gives `a` alone, on a short page, where `a`, `b` and `c` are linked.
    async fn read_short(c: Reply) -> (Table, Vec<String>) {
        let plan = texts::reading(PEOPLE, "api.people", "id", &[], &[]);
        let c = std::sync::Mutex::new(Some(c));
        let standin = StandIn::new(move |_, seen| match seen.line().as_str() {
            "GET /people/b" => Reply::ok(r#"{"id":"b"}"#),
            "GET /people/c" => c.lock().unwrap().take().unwrap_or_else(|| Reply::new(500, "")),
            _ => Reply::ok(r#"{"data":[{"id":"a"}]}"#),
        });
        let connection = Connection::open(&plan.source.system, config(&standin.origin)).unwrap();
        let asked = ReadScope { linked: ["a", "b", "c"].map(str::to_owned).into(), ..ReadScope::default() };
        let extractor = Extractor::source(&plan.source, false);
        let table = read_side(&connection, &plan.source, ask(&plan.source), (&asked, &|_| true, None), extractor, &Quiet).await;
        (table, standin.lines())
    }

    /// A short page is weak: each linked record that it does not show is asked for.
    #[tokio::test]
    async fn what_a_short_page_leaves_out_is_asked_for() {
        let (table, lines) = read_short(Reply::new(404, "{}")).await;
        assert_eq!(lines, ["GET /people?page=1", "GET /people/b", "GET /people/c"]);
        assert!(table.end.is_complete(), "{:?}", table.end);
        assert_eq!(table.rows.len(), 2, "`b` is there, although the list does not show it");
    }

    /// Reads a list of one page, of people whose key is their `id`.
    async fn read_whole(page: &'static str) -> Table {
        let plan = texts::reading(
            &PEOPLE.replace("page by number size 3", "").replace("query \"page\" = page.number", ""),
            "api.people",
            "id",
            &[],
            &[],
        );
        let standin = StandIn::new(move |_, _| Reply::ok(page));
        let connection = Connection::open(&plan.source.system, config(&standin.origin)).unwrap();
        let extractor = Extractor::target(&plan.source, false);
        let ask = ask(&plan.source);
        read_side(&connection, &plan.source, ask, (&ReadScope::default(), &|_| true, None), extractor, &Quiet).await
    }

    /// The place of the key is named wrongly, or the list is one of something else.
    #[tokio::test]
    async fn a_list_of_records_without_their_key_is_broken() {
        for page in [r#"{"data":[{"user_id":1},{"user_id":2}]}"#, r#"{"data":[{"id":null}]}"#, r#"{"data":[{"id":""},{}]}"#] {
            let end = read_whole(page).await.end;
            let End::Broken { reason, .. } = end else { panic!("{page}: {end:?}") };
            assert_eq!(reason, "no record has anything at `$.id`, the place of the key `id`");
        }
        for page in [r#"{"data":[]}"#, r#"{"data":[{"id":"a"}]}"#, r#"{"data":[{"user_id":1},{"id":"a"}]}"#] {
            assert!(read_whole(page).await.end.is_complete(), "{page}");
        }
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_asked_for_leaves_no_proof() {
        for reply in [Reply::new(500, ""), Reply::new(200, "<html>"), Reply::new(400, "{}")] {
            let (table, _) = read_short(reply).await;
            assert!(!table.end.is_complete(), "{:?}", table.end);
        }
    }

    /// Of a joined list nobody is asked for one by one.
    #[test]
    fn a_joined_list_that_may_lack_pages_is_broken() {
        let joined = |weak: Option<WeakEnd>, end: End| joinable(Table { weak, end, ..Table::complete(Vec::new()) }).end;
        let complete = || Table::complete(Vec::new()).end;
        let lacking = WeakEnd::NoWayOn { place: "$.next".to_owned(), records: 37 };
        let End::Broken { reason, class } = joined(Some(lacking.clone()), complete()) else { panic!("it may lack pages") };
        assert_eq!((reason, class), (lacking.to_string(), Some(ErrorClass::Temporary)));
        assert!(joined(None, complete()).is_complete());
        assert!(joined(Some(WeakEnd::ShortPage), complete()).is_complete(), "a page may leave somebody out, and lists of these are joined");
        let broken = End::Broken { reason: "page 7 was answered with 500".to_owned(), class: None };
        let End::Broken { reason, .. } = joined(Some(lacking), broken) else { panic!("it was broken before") };
        assert_eq!(reason, "page 7 was answered with 500");
    }
}
