//! A list, walked page by page to its proved end.

use super::{Client, answers::Answer, items, requested, send::Tally};
use crate::{
    plan::system::{Call, Ends, Page, PageBy, Place},
    systems::{
        Ask, CallError, Effect, End, Read, Sink,
        scope::{Position, Scope, asks_since},
    },
};
use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

/// A list that has more pages never ends.
const MOST_PAGES: u64 = 100_000;

/// Where a walk stands.
#[derive(Debug)]
struct Walk {
    position: Position,
    page: u64,
    received: u64,
    total: Option<u64>,
    /// Of the page before.
    print: Option<u64>,
}

/// How a walk ended well.
#[derive(Debug)]
pub struct Walked {
    evidence: String,
    total: Option<u64>,
}

/// Why a walk stopped.
#[derive(Debug)]
pub struct Stop {
    pub error: CallError,
    total: Option<u64>,
    /// The page it stopped at.
    page: u64,
}

/// One page, taken apart.
struct Taken<'a> {
    records: Vec<Cow<'a, [u8]>>,
    total: Option<u64>,
    /// That the declaration says this is the end.
    said: Option<&'static str>,
}

impl Client {
    /// Reads a collection by its list.
    pub async fn read(&self, index: usize, ask: &Ask, sink: Sink<'_>) -> Read {
        let collection = self.collection(index);
        let mut tally = Tally::default();
        let mut records = 0;
        let walked = match self.declared(collection, "list", collection.list.as_ref()) {
            Err(error) => Err(Stop { error, total: None, page: 0 }),
            Ok(_) if let Err(error) = self.ready().await => Err(Stop { error, total: None, page: 0 }),
            Ok(call) => {
                let fields = requested(collection, ask);
                let scope = Scope { fields: &fields, since: ask.since, ..self.scope() };
                let mut count = |page: &[&[u8]], total: Option<u64>| {
                    records += page.len() as u64;
                    sink(page, total);
                };
                self.walk(call, scope, &mut count, &mut tally).await
            }
        };
        let delta = ask.since.is_some() && collection.list.as_ref().is_some_and(asks_since);
        let (end, total) = match walked {
            Ok(walked) if delta => (End::Delta, walked.total),
            Ok(walked) => (End::Complete { evidence: walked.evidence }, walked.total),
            Err(stop) => (End::Broken { reason: stop.reason(), class: Some(stop.error.class) }, stop.total),
        };
        Read { end, records, requests: tally.requests, took: Duration::ZERO, total, clock: tally.clock }
    }

    /// Walks a list to its end.
    pub(super) async fn walk(&self, call: &Call, scope: Scope<'_>, sink: Sink<'_>, tally: &mut Tally) -> Result<Walked, Stop> {
        let mut walk = Walk::begin(call.page.as_ref());
        loop {
            match self.step(call, &scope, &mut walk, sink, tally).await {
                Ok(Some(evidence)) => return Ok(Walked { evidence, total: walk.total }),
                Ok(None) => {}
                Err(error) => return Err(Stop { error, total: walk.total, page: walk.page }),
            }
        }
    }

    /// Reads one page; the evidence if it was the last.
    async fn step(
        &self,
        call: &Call,
        scope: &Scope<'_>,
        walk: &mut Walk,
        sink: Sink<'_>,
        tally: &mut Tally,
    ) -> Result<Option<String>, CallError> {
        walk.page += 1;
        if walk.page > MOST_PAGES {
            return Err(doubt(format!("after {MOST_PAGES} pages there is still another: the page parameters seem to change nothing")));
        }
        let scope = Scope { page: call.page.as_ref().map(|_| walk.position), own: scope.own.clone(), ..*scope };
        let request = self.request(call, &scope, None)?;
        let answer = match self.send(&request, tally).await {
            Err(error) if ends_on(call, error.status) => return walk.natural_end("the declared status came").map(Some),
            answer => answer?,
        };
        if ends_on(call, Some(answer.status)) {
            return walk.natural_end("the declared status came").map(Some);
        }
        let taken = self.take(call, &scope, &answer).map_err(|unfit| self.unfit(&answer, &unfit, &request.name()))?;
        walk.take(call.page.as_ref(), &taken)?;
        let records: Vec<_> = taken.records.iter().map(|record| &**record).collect();
        sink(&records, walk.total);
        walk.end_after(call, taken.records.len() as u64, taken.said)
    }

    fn take<'a>(&self, call: &Call, scope: &Scope<'_>, answer: &'a Answer) -> Result<Taken<'a>, items::Unfit> {
        let body = items::json(&answer.body)?;
        let total = match &call.total {
            Some(Place::Path(path)) => items::at(body, path).and_then(|text| items::count(&text)),
            Some(Place::Header(name)) => answer.header(name.as_str()).and_then(items::count),
            None => None,
        };
        let records = match items::records(body, call.items.as_ref())? {
            Some(records) => records,
            None if total == Some(0) => Vec::new(),
            None => return Err(items::Unfit::NoList(call.items.as_ref().map_or_else(|| "$".to_owned(), |path| path.text.clone()))),
        };
        let said = ends_when(call, scope, body.get()).then_some("the system said that it was the end");
        Ok(Taken { records, total, said })
    }
}

fn ends_on(call: &Call, status: Option<u16>) -> bool {
    call.ends.iter().any(|ends| matches!(ends, Ends::OnStatus(on) if Some(*on) == status))
}

/// A condition that can't be worked out is no end: the other proofs decide.
fn ends_when(call: &Call, scope: &Scope<'_>, body: &str) -> bool {
    let conditions = call.ends.iter().filter_map(|ends| if let Ends::When(condition) = ends { Some(condition) } else { None });
    let mut conditions = conditions.peekable();
    if conditions.peek().is_none() {
        return false;
    }
    let answer = serde_json::from_str(body).ok();
    let scope = Scope { answer: answer.as_ref(), own: scope.own.clone(), ..*scope };
    conditions.any(|condition| condition.holds(&scope).unwrap_or(false))
}

impl Walk {
    fn begin(page: Option<&Page>) -> Self {
        let (from, size) = page.map_or((0, 0), |page| (page.from, page.size));
        Self { position: Position { offset: from, number: from, size }, page: 0, received: 0, total: None, print: None }
    }

    /// Counts a page, and doubts one that can't be right.
    fn take(&mut self, page: Option<&Page>, taken: &Taken<'_>) -> Result<(), CallError> {
        if let (Some(before), Some(now)) = (self.total, taken.total)
            && before != now
        {
            return Err(doubt(format!(
                "the total moved from {before} to {now} while it was read, so somebody may have been passed over: run it again"
            )));
        }
        self.total = self.total.or(taken.total);
        let print = print(&taken.records);
        if print.is_some() && print == self.print {
            return Err(doubt("the same page came twice: the page parameters seem to change nothing"));
        }
        self.print = print;
        self.received += taken.records.len() as u64;
        match page.map(|page| &page.by) {
            Some(PageBy::Offset) => self.position.offset += taken.records.len() as u64,
            Some(PageBy::Number) => self.position.number += 1,
            Some(PageBy::Link(_) | PageBy::Cursor(_) | PageBy::Last(_)) | None => {}
        }
        Ok(())
    }

    /// The evidence that this was all, if it was.
    fn end_after(&self, call: &Call, count: u64, said: Option<&str>) -> Result<Option<String>, CallError> {
        let Some(page) = &call.page else { return self.natural_end("one answer holds all").map(Some) };
        let declared = |wanted: fn(&Ends) -> bool| call.ends.iter().any(wanted);
        let short = count < page.size;
        match self.total {
            _ if said.is_some() => self.natural_end(said.unwrap_or_default()).map(Some),
            Some(total) if self.received >= total || count == 0 => self.natural_end("").map(Some),
            // A page that the system cut shorter than asked is no end while the total is not reached.
            Some(_) => Ok(None),
            None if count == 0 => self.natural_end("the last page was empty").map(Some),
            None if short
                && (declared(|ends| matches!(ends, Ends::OnShortPage)) || !declared(|ends| !matches!(ends, Ends::OnStatus(_)))) =>
            {
                self.natural_end("the last page was short").map(Some)
            }
            None => Ok(None),
        }
    }

    /// An end that the announced total must agree with.
    fn natural_end(&self, evidence: &str) -> Result<String, CallError> {
        match self.total {
            Some(total) if total != self.received => {
                let hint = if self.received < total { "ask for smaller pages, or for fewer records" } else { "the pages overlap" };
                Err(doubt(format!("announced {total} and gave {}: {hint}, or run it again", self.received)))
            }
            Some(total) => Ok(format!("the announced total of {total} was met")),
            None => Ok(evidence.to_owned()),
        }
    }
}

/// What a page holds, in a few bytes; none for an empty one.
fn print(records: &[Cow<'_, [u8]>]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    records.hash(&mut hasher);
    (!records.is_empty()).then(|| hasher.finish())
}

fn doubt(message: impl Into<String>) -> CallError {
    CallError { class: crate::plan::system::ErrorClass::Temporary, status: None, code: None, message: message.into(), effect: Effect::None }
}

impl Stop {
    /// One sentence. Whoever shows it names the collection.
    fn reason(&self) -> String {
        match self.error.status {
            Some(status) if self.page > 1 => format!("page {} was not given ({status}): {}", self.page, self.error.message),
            Some(status) if status >= 400 && !self.error.message.contains(&status.to_string()) => {
                format!("the first page was not given ({status}): {}", self.error.message)
            }
            _ => self.error.message.clone(),
        }
    }
}
