//! The progress of reading pages: what has been counted, where to continue, and when the end is reached.

use super::{elements::Elements, last_page::is_in_last_element, seen::Seen};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Call, ErrorClass, Outcome, PageBy},
    },
    systems::{CallError, Effect, Mark, Removed, WeakEnd, scope::Position},
    value::{Text, Value},
};
use std::{
    borrow::Cow,
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};
use url::Url;

/// The maximum number of pages; a list with more is taken to be endless.
const MOST_PAGES: u64 = 100_000;

/// Pages in a row without a new record, after which a list is taken to be endless. One or two are usual: a system may filter a page after
/// it was cut.
const MOST_BARREN: u64 = 3;

/// The maximum number of records; a list with more is taken to be endless, before it fills the memory.
const MOST_RECORDS: u64 = 10_000_000;

/// Sizes to which systems cut a page that is asked to be larger.
const USUAL_PAGES: [u64; 20] = [10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 120, 150, 200, 250, 300, 400, 500, 1_000, 2_000, 5_000];

/// The fewest records to which systems cut a page.
const LEAST_PAGE: u64 = 10;

/// The weak end: an answer that was cut looks like a short page.
const SHORT: &str = "the last page was short";

/// The end of a list that is read until nothing comes.
const EMPTY: &str = "the last page was empty";

/// The progress of a read.
#[derive(Debug)]
pub struct Walk<'c> {
    call: &'c Call,
    pub position: Position,
    /// The address of the next page, if a link gave one.
    pub next: Option<Url>,
    pub page: u64,
    seen: Seen<'c>,
    /// How many of the last pages brought nothing new.
    barren: u64,
    pub total: Option<u64>,
    /// Of the pages so far.
    prints: HashSet<u64>,
    /// Why the end is no proof, if it is none.
    pub weak: Option<WeakEnd>,
    /// Links, cursors and last keys that have led to a page.
    followed: HashSet<String>,
    /// How many records were handed on.
    pub given: usize,
    pub removed: Vec<Removed>,
    /// Of the last page so far.
    pub mark: Option<Mark>,
    /// The system asks for a complete read.
    pub full: bool,
    /// An answer had no sign of its end.
    pub unframed: bool,
}

/// One page, taken apart.
pub struct PageContent<'a> {
    pub records: Vec<Cow<'a, [u8]>>,
    /// The keys of removed records, each with the number of records before it.
    pub removed: Vec<(Value, usize)>,
    pub total: Option<u64>,
    /// Whether the page has the declared sign of the end.
    pub said: bool,
    pub next_page: NextPage,
    pub mark: Option<Mark>,
    /// It has the mark of the next read, wanted or not.
    pub has_mark: bool,
}

impl<'a> PageContent<'a> {
    /// Elements of a page, of which nothing else counts.
    pub fn of(Elements { records, removed }: Elements<'a>) -> Self {
        Self { records, removed, total: None, said: false, next_page: NextPage::Nothing, mark: None, has_mark: false }
    }

    /// How many elements there are.
    pub fn count(&self) -> u64 {
        (self.records.len() + self.removed.len()) as u64
    }
}

/// What a page says about the next one.
#[derive(Clone, Debug, PartialEq)]
pub enum NextPage {
    /// Nothing: pages are counted, or this is the last.
    Nothing,
    /// There is nothing where the way to it is declared to be.
    Absent,
    /// Its address.
    Link(Url),
    Cursor(String),
    /// The attribute of its last record that the next page begins after.
    Last(Value),
}

impl<'c> Walk<'c> {
    pub fn begin(call: &'c Call, seen: Seen<'c>) -> Self {
        let (from, size) = call.page.as_ref().map_or((0, 0), |page| (page.from, page.size));
        let position = Position { offset: from, number: from, size, cursor: None };
        Self {
            call,
            position,
            next: None,
            page: 0,
            seen,
            barren: 0,
            total: None,
            prints: HashSet::new(),
            weak: None,
            followed: HashSet::new(),
            given: 0,
            removed: Vec::new(),
            mark: None,
            full: false,
            unframed: false,
        }
    }

    /// Notes the records of a page that were removed, and that the others are handed on.
    pub fn note_removed(&mut self, page: &PageContent<'_>) {
        let given = self.given;
        self.removed.extend(page.removed.iter().map(|(key, before)| Removed { key: key.clone(), after: given + before }));
        self.given += page.records.len();
    }

    pub const fn call(&self) -> &'c Call {
        self.call
    }

    /// Counts one more page.
    ///
    /// # Errors
    /// There are too many.
    pub fn turn(&mut self) -> Result<(), CallError> {
        self.page += 1;
        if self.page > MOST_PAGES {
            return Err(doubt(format!(
                "after {MOST_PAGES} pages there is still another, so the list may never end: check that what the request sends changes the \
                 page, ask for larger pages by `size`, or divide the list by `for each`"
            )));
        }
        Ok(())
    }

    /// Counts a page, and refuses one that is implausible.
    pub fn count(&mut self, taken: &PageContent<'_>) -> Result<(), CallError> {
        if let (Some(before), Some(now)) = (self.total, taken.total)
            && before != now
        {
            return Err(doubt(format!(
                "the total moved from {before} to {now} while it was read, so somebody may have been passed over: run it again"
            )));
        }
        self.total = self.total.or(taken.total);
        if print(&taken.records).is_some_and(|print| !self.prints.insert(print)) {
            return Err(doubt("the same page came twice: the page parameters seem to change nothing"));
        }
        let new = self.seen.take(taken, self.page)?;
        self.barren = if new { 0 } else { self.barren + 1 };
        self.bounded(self.given as u64 + taken.count())
    }

    /// Refuses more records than a list may have.
    fn bounded(&self, records: u64) -> Result<(), CallError> {
        if records > MOST_RECORDS {
            return Err(doubt(format!(
                "after {MOST_RECORDS} records there is still another, so the list may never end: ask for fewer by a `query`, or divide the \
                 list by `for each`"
            )));
        }
        Ok(())
    }

    /// The evidence that this was the last page; `None` if there is a next one, to which the progress then points.
    pub fn go_on(&mut self, taken: &PageContent<'_>) -> Result<Option<String>, CallError> {
        let count = taken.count();
        if let Some(evidence) = self.end_after(count, taken)? {
            self.weak = self.weak_end(taken);
            return self.natural_end(evidence).map(Some);
        }
        if self.barren >= MOST_BARREN {
            return Err(doubt(format!(
                "{MOST_BARREN} pages in a row brought no new record, and there is still another: the list may never end"
            )));
        }
        self.position = self.position_after(taken);
        match &taken.next_page {
            NextPage::Nothing | NextPage::Absent => {}
            NextPage::Link(url) => {
                self.follow("link", url.as_str())?;
                self.next = Some(url.clone());
            }
            NextPage::Cursor(cursor) => {
                self.follow("cursor", cursor)?;
            }
            NextPage::Last(last) => {
                self.follow("last key", &last.canonical_key().unwrap_or_default())?;
            }
        }
        Ok(None)
    }

    /// Where the page after this one begins.
    pub fn position_after(&self, taken: &PageContent<'_>) -> Position {
        let before = &self.position;
        let cursor = match &taken.next_page {
            NextPage::Nothing | NextPage::Absent | NextPage::Link(_) => before.cursor.clone(),
            NextPage::Cursor(cursor) => Some(Text::from(cursor.as_str())),
            NextPage::Last(last) => last.to_text().map(|text| Text::from(&*text)),
        };
        Position { offset: before.offset + taken.count(), number: before.number + 1, cursor, ..before.clone() }
    }

    /// Why an end that was reached is no proof; none where the announced total agrees.
    fn weak_end(&self, taken: &PageContent<'_>) -> Option<WeakEnd> {
        let by_count = if taken.said { self.call.ends_short } else { self.ends_by_count() };
        let by_emptiness = || self.page > 1 && taken.count() == 0 && !taken.said && !taken.has_mark && leads_by_answer(self.call);
        match () {
            () if self.total.is_some() => None,
            () if self.unframed => Some(WeakEnd::Unframed),
            () if by_count => Some(WeakEnd::ShortPage),
            () => by_emptiness().then_some(WeakEnd::EmptyPage),
        }
    }

    /// Whether the announced total, which the first page meets, may be the number of records on it: many systems call that a count.
    ///
    /// A page that is not full may be one that the system cut below the size it was asked for, to any number: so only one with fewer
    /// records than systems cut a page to needs no proof. A look-up ends nobody's access, and is asked for many people: there, a page
    /// counts as cut at the usual numbers alone.
    pub fn total_is_doubtful(&self, taken: &PageContent<'_>, looks_up: bool) -> bool {
        let count = taken.count();
        // A place of a link that has nothing may be a wrong one.
        let leads_nowhere = self.is_counted() || taken.next_page == NextPage::Absent && !taken.has_mark;
        let is_whole = self.page == 1 && count > 0 && self.total == Some(count) && !taken.said;
        let may_be_cut = if looks_up { self.may_be_cut(count) } else { count >= LEAST_PAGE };
        leads_nowhere && self.call.page.is_some() && is_whole && (self.is_full(count) || may_be_cut)
    }

    /// Whether another page can be asked for without its address.
    pub fn is_counted(&self) -> bool {
        self.call.page.as_ref().is_some_and(|page| matches!(page.by, PageBy::Offset | PageBy::Number | PageBy::Last(_)))
    }

    /// Whether a page that was asked for after the end has a record that none of the pages showed.
    pub fn shows_new(&self, more: &PageContent<'_>) -> bool {
        print(&more.records).is_some_and(|print| !self.prints.contains(&print)) && self.seen.lacks_one_of(&more.records)
    }

    pub(super) fn follow(&mut self, what: &str, next: &str) -> Result<(), CallError> {
        if self.followed.insert(next.to_owned()) {
            return Ok(());
        }
        Err(doubt(format!("page {} ends with the same {what} as a page before it, so the list would never end", self.page)))
    }

    fn end_after(&self, count: u64, taken: &PageContent<'_>) -> Result<Option<&'static str>, CallError> {
        let Some(page) = &self.call.page else { return Ok(Some("one answer holds all")) };
        let short = count == 0 || count < page.size;
        if taken.said {
            return Ok(Some("the system said that it was the end"));
        }
        let met = self.total.is_some_and(|total| self.seen.distinct >= total);
        if self.total == Some(0) && count == 0 && self.leads_on(taken) {
            return Err(doubt("the answer announces no record at all, and says that there is another page"));
        }
        match (&page.by, &taken.next_page) {
            (PageBy::Link(_), NextPage::Nothing | NextPage::Absent) => self.no_next_page("there was no link to another page"),
            (PageBy::Cursor(_), NextPage::Nothing | NextPage::Absent) => self.no_next_page("there was no cursor for another page"),
            // A link beyond the announced total is followed once, because the total may be too low.
            (PageBy::Link(_) | PageBy::Cursor(_), _) => Ok((met && count == 0).then_some("")),
            (PageBy::Last(_) | PageBy::Offset | PageBy::Number, _) if met => Ok(Some("")),
            (PageBy::Last(_), _) if count == 0 => self.no_next_page(EMPTY),
            (PageBy::Offset | PageBy::Number, _) if count == 0 && self.total.is_some() => Ok(Some(EMPTY)),
            // A page shorter than requested, or empty, is not the end as long as the total is not reached, or the declared sign lacks.
            (PageBy::Offset | PageBy::Number, _) if self.total.is_none() && short && !self.declares_last() => {
                Ok(Some(if count == 0 { EMPTY } else { SHORT }))
            }
            (PageBy::Last(_) | PageBy::Offset | PageBy::Number, _) => Ok(None),
        }
    }

    /// Whether only the absence of a link or a cursor shows the end of a page that looks full, and none has ever been found there.
    pub fn end_is_doubtful(&self, taken: &PageContent<'_>) -> bool {
        let count = taken.count();
        let absent = taken.next_page == NextPage::Absent && self.total.is_none() && !taken.has_mark && !taken.said;
        absent && self.page == 1 && (self.is_full(count) || self.may_be_cut(count))
    }

    /// Whether a page has as many elements as were asked for, by the words of the file or by the request.
    pub fn is_full(&self, count: u64) -> bool {
        count > 0 && self.is_sized() && count >= self.position.size
    }

    /// Whether a system may have cut a page here. What a page has at most is known where the file says it and the request asks for it; and
    /// a system cuts it to a round number.
    fn may_be_cut(&self, count: u64) -> bool {
        let known = self.call.page.as_ref().is_some_and(|page| page.sized) && sends_page_size(self.call);
        if known { USUAL_PAGES.contains(&count) } else { count >= LEAST_PAGE }
    }

    fn is_sized(&self) -> bool {
        self.position.size > 0 && (sends_page_size(self.call) || self.call.page.as_ref().is_some_and(|page| page.sized))
    }

    /// Whether pages are counted, so that without a declared sign the first one that is not full ends the list.
    fn ends_by_count(&self) -> bool {
        self.call.page.as_ref().is_some_and(|page| matches!(page.by, PageBy::Offset | PageBy::Number))
    }

    /// Whether a page leads to another one, or lacks the declared sign that it does not.
    fn leads_on(&self, taken: &PageContent<'_>) -> bool {
        matches!(taken.next_page, NextPage::Link(_) | NextPage::Cursor(_)) || self.declares_last()
    }

    /// If the declaration names a sign for the end and it did not come, a missing link means a broken read.
    fn no_next_page(&self, evidence: &'static str) -> Result<Option<&'static str>, CallError> {
        if self.declares_last() {
            return Err(doubt(format!("{evidence}, and the system did not say that it was the end")));
        }
        Ok(Some(evidence))
    }

    /// Whether a rule about pages says which is the last; one about a status alone may never be met.
    fn declares_last(&self) -> bool {
        self.call.rules.of(Outcome::LastPage).any(|when| !asks_status_alone(when))
    }

    /// An end that the announced total must agree with.
    pub fn natural_end(&self, evidence: &str) -> Result<String, CallError> {
        let given = self.seen.distinct;
        match (self.total, &self.seen.twin) {
            (Some(total), Some(twin)) if total != given => {
                Err(doubt(format!("announced {total} and gave {given}, and `{twin}` more than once: run it again")))
            }
            (Some(total), None) if total != given => {
                let hint = if given < total { "ask for smaller pages, or for fewer records" } else { "the pages overlap" };
                Err(doubt(format!("announced {total} and gave {given}: {hint}, or run it again")))
            }
            (Some(total), _) => Ok(format!("the announced total of {total} was met")),
            (None, _) => Ok(evidence.to_owned()),
        }
    }
}

/// Whether an answer itself says what leads on, and not the last record in it, after which an empty page is the end.
fn leads_by_answer(call: &Call) -> bool {
    call.page.as_ref().is_some_and(|page| match &page.by {
        PageBy::Link(place) | PageBy::Cursor(place) => !is_in_last_element(call, place),
        PageBy::Last(_) | PageBy::Offset | PageBy::Number => false,
    })
}

/// A digest of a page, to recognise one that comes again; `None` for an empty page.
fn print(records: &[Cow<'_, [u8]>]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    records.hash(&mut hasher);
    (!records.is_empty()).then(|| hasher.finish())
}

fn asks_status_alone(when: &Program) -> bool {
    !when.uses(|name| *name != Name::Status)
}

/// Whether the request of a list says how many records a page is to have.
pub fn sends_page_size(call: &Call) -> bool {
    call.sent().any(|program| program.uses(|name| *name == Name::PageSize))
}

/// A read that can't be trusted.
pub fn doubt(message: impl Into<String>) -> CallError {
    CallError { class: ErrorClass::Temporary, status: None, code: None, message: message.into(), effect: Effect::None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compile::texts, systems::http::list::seen::Repeats};

    const ENDLESS: &str = r#"
system api {
  http "https://api.example.com" { }
  collection things {
    key id
    list GET "/things" {
      items $.data
      query "after" = page.cursor
      page by cursor $.next size 2
    }
    attributes {
      id : text at $.id
    }
  }
}
"#;

    /// Each page brings new records, and leads to another one.
    #[test]
    fn a_list_that_goes_on_for_ever_ends_at_a_bound_and_says_what_to_do() {
        let system = texts::system(ENDLESS, "api.things", "id");
        let collection = &system.collections[0];
        let begun = || Walk::begin(collection.list.as_ref().unwrap(), Seen::of(collection, Repeats::Any));
        let page = |id: u64| {
            PageContent::of(Elements { records: vec![Cow::Owned(format!("{{\"id\": \"{id}\"}}").into_bytes())], removed: Vec::new() })
        };
        let mut walk = Walk { page: MOST_PAGES - 1, ..begun() };
        assert!(walk.turn().is_ok());
        let why = walk.turn().unwrap_err().message;
        assert!(why.starts_with("after 100000 pages there is still another") && why.contains("larger pages by `size`"), "{why}");
        let mut walk = Walk { given: usize::try_from(MOST_RECORDS).unwrap() - 1, ..begun() };
        assert!(walk.count(&page(1)).is_ok());
        walk.note_removed(&page(1));
        let why = walk.count(&page(2)).unwrap_err().message;
        assert!(why.starts_with("after 10000000 records there is still another") && why.contains("divide the list by `for each`"), "{why}");
    }
}
