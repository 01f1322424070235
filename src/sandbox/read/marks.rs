//! Lists that give marks: what changed since a mark, with an element for each record that was removed.
//!
//! A mark is the number of the latest change when a read began. A page of an increment leads on from its own last change, so a record that
//! is written meanwhile comes once more, and none is passed over.

use super::{
    list::{Listed, listed},
    pages::{CURSOR, linked, sign_end},
};
use crate::{
    compile::{
        program::Name,
        system::{Call, Outcome, PageBy, SinceBy},
    },
    sandbox::{
        answer::{Answer, Refusal, build, place, solve},
        request::RequestContext,
        route::{RequestParams, RouteRequest},
        store::Change,
    },
};
use serde_json::json;

/// The parameters of our own links: after which change a page of an increment begins, how many changes the increment has, and after which
/// change a read of everything began.
const SINCE: &str = "_since";
const TOTAL: &str = "_total";
pub const BEGAN: &str = "_began";
pub const OWN: [&str; 3] = [SINCE, TOTAL, BEGAN];

/// The prefix of our own marks: `mark-57`, or `mark-57-12` for a further page of 12 changes in all.
const MARK: &str = "mark-";

/// Where a page of an increment begins.
struct Begin {
    after: i64,
    total: Option<i64>,
}

/// The answer to a request that brings a mark; none if it asks for everything.
///
/// # Errors
/// The database fails.
pub fn increment(context: &RequestContext<'_>) -> Result<Option<Answer>, Refusal> {
    let Some(begin) = begin(context.call, context.params, context.request) else { return Ok(None) };
    match begin {
        Some(begin) if begin.after <= context.store.latest_change()? => page(context, &begin).map(Some),
        _ => Ok(Some(unknown(context))),
    }
}

/// Whether a request asks for what changed since a mark.
pub fn brings_mark(call: &Call, params: &RequestParams, request: &RouteRequest<'_>) -> bool {
    begin(call, params, request).is_some()
}

/// The mark in a request; `Some(None)` if there is one that was never given.
fn begin(call: &Call, params: &RequestParams, request: &RouteRequest<'_>) -> Option<Option<Begin>> {
    match call.since.as_ref()? {
        SinceBy::Link(_) => {
            let number = |name: &str| request.query(name).and_then(|text| text.parse().ok());
            request.query(SINCE).map(|_| Some(Begin { after: number(SINCE)?, total: number(TOTAL) }))
        }
        SinceBy::Cursor(_) => {
            let given = |name: &Name| params.get(name).filter(|text| !text.is_empty());
            // A page of a complete read has a cursor too.
            let cursor = given(&Name::PageCursor).filter(|cursor| !cursor.starts_with(CURSOR));
            cursor.or_else(|| given(&Name::Since)).map(read)
        }
    }
}

fn read(mark: &str) -> Option<Begin> {
    let mut numbers = mark.strip_prefix(MARK)?.split('-').map(str::parse);
    Some(Begin { after: numbers.next()?.ok()?, total: numbers.next().and_then(Result::ok) })
}

fn page(context: &RequestContext<'_>, begin: &Begin) -> Result<Answer, Refusal> {
    let total = begin.total.map_or_else(|| context.store.count_changes(begin.after), Ok)?;
    let by = context.call.page.as_ref().map(|page| &page.by);
    let size = match (by, &context.call.page) {
        (Some(PageBy::Link(_) | PageBy::Cursor(_)), Some(page)) => i64::try_from(page.size).unwrap_or(i64::MAX),
        _ => i64::MAX,
    };
    let changes = context.store.changes(begin.after, size)?;
    let after = changes.last().map_or(begin.after, |change| change.id);
    let last = context.store.count_changes(after)? == 0;
    let records = changes.into_iter().map(|change| element(context, change)).collect();
    let mut answer = listed(context, 0, total, records);
    match by {
        Some(PageBy::Link(at)) if !last => place(at, json!(linked(at, context, [(SINCE, after), (TOTAL, total)].into_iter())), &mut answer),
        Some(PageBy::Cursor(at)) if !last => place(at, json!(format!("{MARK}{after}-{total}")), &mut answer),
        _ => leave(context, after, &mut answer),
    }
    sign_end(context.call, last, &mut answer);
    Ok(context.proved(answer))
}

/// A record, or no more than the key of one that was removed.
fn element(context: &RequestContext<'_>, change: Change) -> Listed {
    let collection = context.collection();
    if !change.is_removed || collection.key.is_none() {
        return Listed::Record(change.json);
    }
    let mut named = json!({});
    for attribute in collection.key.attributes().map(|at| &collection.attributes[at]).filter(|attribute| !attribute.unshown) {
        if let Some(found) = attribute.path.find_all(&change.json).first() {
            build::put(&attribute.path, &mut named, (*found).clone());
        }
    }
    Listed::Removed(named)
}

/// The answer to a mark that is not known: what the rule for a complete read asks for, or else 410.
fn unknown(context: &RequestContext<'_>) -> Answer {
    let mut answer = Answer::json(410, json!({}));
    if let Some(when) = context.call.rules.of(Outcome::Full).next() {
        solve::make(&mut answer, when, true);
    }
    answer
}

/// The change after which a read of everything began: now, if this is its first page.
///
/// # Errors
/// The database fails.
pub fn began(context: &RequestContext<'_>) -> Result<Option<i64>, Refusal> {
    if context.call.since.is_none() {
        return Ok(None);
    }
    let cursor = context.params.get(&Name::PageCursor).and_then(|cursor| cursor.strip_prefix(CURSOR)?.split_once('-'));
    let given = context.request.query(BEGAN).or(cursor.map(|(_, began)| began)).and_then(|text| text.parse().ok());
    given.map_or_else(|| Ok(Some(context.store.latest_change()?)), |began| Ok(Some(began)))
}

/// Puts the mark into the last page.
pub fn leave(context: &RequestContext<'_>, after: i64, answer: &mut Answer) {
    match &context.call.since {
        Some(SinceBy::Link(at)) => place(at, json!(linked(at, context, [(SINCE, after)].into_iter())), answer),
        Some(SinceBy::Cursor(at)) => place(at, json!(format!("{MARK}{after}")), answer),
        None => {}
    }
}
