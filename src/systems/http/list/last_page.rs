//! What a page says about the next one, and the proof that there is none.

use super::{
    Listing,
    elements::Elements,
    evidence::{Leads, Onward},
    link,
    walk::{NextPage, PageContent, Walk, doubt, sends_page_size},
};
use crate::{
    compile::system::{Call, Collection, PageBy, Place},
    systems::{
        CallError, WeakEnd,
        http::{
            Client,
            answers::Meaning,
            items::BodyError,
            reading::{Reading, headers_of, named, paths_of},
            request::Request,
            send::RequestCount,
        },
        place::read_one,
        scope::{Position, Scope},
    },
    value::Value,
};

impl Client {
    /// What a page says about the next one; `last` is its last element.
    pub(super) fn next_page(
        &self,
        listing: &Listing<'_>,
        reading: &Reading<'_, '_>,
        last: Option<&[u8]>,
        request: &Request,
    ) -> Result<NextPage, CallError> {
        let Some(page) = &listing.call.page else { return Ok(NextPage::Nothing) };
        let (place, leads) = match &page.by {
            PageBy::Offset | PageBy::Number => return Ok(NextPage::Nothing),
            PageBy::Last(attribute) => {
                return last.map_or(Ok(NextPage::Nothing), |record| Ok(NextPage::Last(last_of(listing.collection, *attribute, record)?)));
            }
            PageBy::Link(place) => (place, Leads::Link),
            PageBy::Cursor(place) => (place, Leads::Cursor),
        };
        match self.onward(reading, place, leads, request)? {
            Onward::To(link) if leads == Leads::Link => Ok(NextPage::Link(self.linked(&request.url, &link, "the next page")?)),
            Onward::To(cursor) => Ok(NextPage::Cursor(cursor)),
            _ if last.is_some() && is_in_last_element(listing.call, place) => {
                Err(doubt(format!("the last record of a page has nothing at {}, which the next page begins after", named(place))))
            }
            end => {
                self.ends_here(reading, place, request)?;
                Ok(if end == Onward::End { NextPage::Nothing } else { NextPage::Absent })
            }
        }
    }

    /// That a `Link` header without a next page does not name another one as the last (RFC 8288).
    ///
    /// # Errors
    /// It does, so there is more than was given.
    fn ends_here(&self, reading: &Reading<'_, '_>, place: &Place, request: &Request) -> Result<(), CallError> {
        let elsewhere = |name: &&str| link::leads_elsewhere(&reading.answer.headers, name, &request.url);
        match headers_of(place).into_iter().find(elsewhere) {
            Some(name) => Err(doubt(format!(
                "header \"{name}\" names another page as the last one and none as the next: where this page is the last, say `last page when …`"
            ))),
            None => Ok(()),
        }
    }

    /// Proves that a total is not the number of records on the first page. Returns why the end stays weak, if nothing could be asked.
    ///
    /// A page that is not full may have been cut below the size that was asked for, and a system that cuts it may count its pages by
    /// that size: then the second one begins behind records that no page shows. So a smaller first page is asked for, of which only
    /// the total of the whole list stays the same. Where no smaller one can be had, and after a full page, one more page is asked for;
    /// that can't be done where the way to it is a link or a cursor, and there is none.
    ///
    /// # Errors
    /// It has records that the first page does not show, the total changes with the page, or the page is full and nothing leads on.
    pub(super) async fn prove_total(
        &self,
        listing: &Listing<'_>,
        walk: &Walk<'_>,
        taken: &PageContent<'_>,
        tally: &mut RequestCount,
    ) -> Result<Option<WeakEnd>, CallError> {
        let count = taken.count();
        if (!walk.is_counted() || !walk.is_full(count)) && count > 1 && sends_page_size(listing.call) {
            let smaller = Position { size: count / 2, ..walk.position.clone() };
            match self.other_page(listing, smaller, tally).await? {
                Some((page, _)) if page.total == Some(page.count()) && page.count() < count => {
                    return Err(total_of_page(count, "a smaller page announces fewer"));
                }
                Some((page, _)) if page.total == Some(count) && page.count() < count => return Ok(None),
                Some((_, true)) => return Ok(None),
                _ => {}
            }
        }
        if let Some(PageBy::Link(place) | PageBy::Cursor(place)) = listing.call.page.as_ref().map(|page| &page.by) {
            return nothing_asked(walk, place, count);
        }
        match self.other_page(listing, walk.position_after(taken), tally).await? {
            Some((page, _)) if walk.shows_new(&page) => Err(total_of_page(count, "another page has more")),
            _ => Ok(None),
        }
    }

    /// A page that is asked for to prove an end, and whether it leads to another one by its link or cursor; none where it is no page, or
    /// where the system says that there is no such page.
    async fn other_page(
        &self,
        listing: &Listing<'_>,
        position: Position,
        tally: &mut RequestCount,
    ) -> Result<Option<(PageContent<'static>, bool)>, CallError> {
        let scope = Scope { page: Some(&position), ..listing.scope.clone() };
        let (request, answer) = match self.send_made(&|| self.list_request(listing.call, &scope, None), tally).await {
            Ok(sent) => sent,
            Err(error) if is_beyond_the_end(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if answer.meaning != Meaning::Done || !self.is_page(&listing.call.rules, &answer) {
            return Ok(None);
        }
        let document = self.document(&answer, &listing.lists, &request)?;
        let reading = Reading { answer: &answer, document: &document, scope: self.scope() };
        let unfit = |why: &BodyError| self.unfit(&answer, why, &request.name());
        let elements = reading.records(listing.call.items.as_ref()).map_err(|why| unfit(&why))?.unwrap_or_default();
        self.stands_alone(listing, &document).map_err(|why| unfit(&why))?;
        let leads_on = match listing.call.page.as_ref().map(|page| &page.by) {
            Some(PageBy::Link(place) | PageBy::Cursor(place)) => {
                matches!(self.onward(&reading, place, Leads::Cursor, &request)?, Onward::To(_))
            }
            _ => false,
        };
        let Elements { records, removed } = self.of_elements(listing.collection, listing.call, &answer, elements)?;
        let records = listing.as_shown(records)?.into_iter().map(|record| record.into_owned().into()).collect();
        let total = reading.total_of(listing.call).and_then(Result::ok);
        Ok(Some((PageContent { total, ..PageContent::of(Elements { records, removed }) }, leads_on)))
    }

    /// What the place of a cursor, a link or a mark has.
    pub(super) fn onward(&self, reading: &Reading<'_, '_>, place: &Place, leads: Leads, request: &Request) -> Result<Onward, CallError> {
        reading.next(place, leads).map_err(|unfit| self.unfit(reading.answer, &unfit, &request.name()))
    }

    /// Proves that a page was the last although none ever had anything where the next one is declared to be: asked for a smaller page,
    /// the system has to say that there is another. Returns why the end stays weak, if it can't be asked or gives no smaller one.
    ///
    /// # Errors
    /// The page is full, or a smaller one leads nowhere either: the place may be a wrong one.
    pub(super) async fn prove_end(
        &self,
        listing: &Listing<'_>,
        walk: &Walk<'_>,
        count: u64,
        tally: &mut RequestCount,
    ) -> Result<Option<WeakEnd>, CallError> {
        let Some(PageBy::Link(place) | PageBy::Cursor(place)) = listing.call.page.as_ref().map(|page| &page.by) else {
            return Ok(None);
        };
        let asked = if sends_page_size(listing.call) && count > 1 && listing.marks.begin.is_none() {
            let smaller = Position { size: count - 1, cursor: None, ..walk.position.clone() };
            self.other_page(listing, smaller, tally).await?
        } else {
            None
        };
        match asked {
            Some((_, true)) => Ok(None),
            Some((page, false)) if page.count() < count => Err(no_way_on(place)),
            _ => nothing_asked(walk, place, count),
        }
    }
}

/// What a first page proves without a way on, of which no smaller one tells more.
///
/// # Errors
/// It is full.
fn nothing_asked(walk: &Walk<'_>, place: &Place, records: u64) -> Result<Option<WeakEnd>, CallError> {
    match walk.is_full(records) {
        true => Err(no_way_on(place)),
        false => Ok(Some(WeakEnd::NoWayOn { place: named(place), records })),
    }
}

/// A total that is the number of records on the page.
fn total_of_page(count: u64, why: &str) -> CallError {
    doubt(format!(
        "announced {count} and gave that many, and {why}: the total seems to be the number of records on the page, so declare the one of \
         the whole list"
    ))
}

/// Whether a system refuses a page because there is none: its status is one of a request, and not of a sign-in or a limit.
fn is_beyond_the_end(error: &CallError) -> bool {
    error.status.is_some_and(|status| (400..500).contains(&status) && !matches!(status, 401 | 403 | 407 | 408 | 425 | 429))
}

/// A page that looks full, and a place that may be a wrong one.
fn no_way_on(place: &Place) -> CallError {
    doubt(format!(
        "the page is full, and no page ever had anything at {}, where the next one is declared to be: if the place is right, declare a \
         `total`, `last page when …`, or another page size",
        named(place)
    ))
}

/// An attribute of the last record of a page.
fn last_of(collection: &Collection, attribute: usize, record: &[u8]) -> Result<Value, CallError> {
    let attribute = &collection.attributes[attribute];
    let value = read_one(attribute, record);
    value.ok_or_else(|| doubt(format!("the last record of a page has no `{}`, which the next page begins after", attribute.name)))
}

/// Whether a cursor is a part of the last element: `page by cursor $.rows[-1].id`.
pub(super) fn is_in_last_element(call: &Call, place: &Place) -> bool {
    let Some(cursor) = place.path() else { return false };
    let items = call.items.as_ref().map_or_else(|| vec!["$"], paths_of);
    items.iter().any(|items| cursor.text.strip_prefix(*items).is_some_and(|rest| rest.starts_with("[-1]")))
}
