//! The mark that an incremental read begins with, the one that its last page has for the next, and the records it names as removed.

use super::{
    Listing,
    evidence::{Leads, Onward},
    walk::{Walk, doubt},
};
use crate::{
    compile::system::SinceBy,
    systems::{
        CallError, Mark,
        http::{
            Client,
            reading::{Reading, named},
            request::Request,
        },
        scope::asks_since,
    },
    value::Text,
};
use url::{Position, Url};

/// The marks of one read.
#[derive(Clone, Copy, Default)]
pub struct Marks<'a> {
    /// What the read begins with; without one it is of everything.
    pub begin: Option<&'a Mark>,
    /// The next read is to begin with the mark of this one.
    pub wanted: bool,
}

impl Marks<'_> {
    /// What the next read begins with. A mark that is declared and not there is an error; one that led to records and is given again
    /// leads nowhere, so the next read is of everything.
    ///
    /// # Errors
    /// The last page has no mark.
    pub fn next(&self, walk: &mut Walk<'_>) -> Result<Option<Mark>, CallError> {
        let Some(place) = walk.call().since.as_ref().filter(|_| self.wanted).map(SinceBy::place) else { return Ok(None) };
        let Some(mark) = walk.mark.take() else {
            let message = format!("the last page has nothing at `{}`, which the next read is to begin with", named(place));
            return Err(doubt(message));
        };
        let moved = self.begin != Some(&mark) || walk.given == 0 && walk.removed.is_empty();
        Ok(Some(mark).filter(|_| moved))
    }
}

impl Client {
    /// Puts the mark of the last read into the first request.
    ///
    /// # Errors
    /// It leads to another system.
    pub(super) fn begin_with_mark(&self, listing: &Listing<'_>, walk: &mut Walk<'_>) -> Result<(), CallError> {
        let (Some(mark), Some(since)) = (listing.marks.begin, &listing.call.since) else { return Ok(()) };
        self.hide(mark);
        match since {
            SinceBy::Link(_) => {
                let url = self.linked(&self.base()?.url, mark.text(), "the mark of the last read")?;
                walk.follow("link", url.as_str())?;
                walk.next = Some(url);
            }
            SinceBy::Cursor(_) if asks_since(listing.call) => {}
            SinceBy::Cursor(_) => {
                walk.follow("cursor", mark.text())?;
                walk.position.cursor = Some(Text::from(mark.text()));
            }
        }
        Ok(())
    }

    /// Whether the place of the mark has one: a page that has it is the last.
    pub(super) fn has_mark(&self, listing: &Listing<'_>, reading: &Reading<'_, '_>) -> bool {
        let since = listing.call.since.as_ref();
        since.is_some_and(|since| matches!(reading.next(since.place(), leads_of(since)), Ok(Onward::To(_))))
    }

    /// Nothing of a mark is printed: of an address, what comes after the path.
    fn hide(&self, mark: &Mark) {
        let secret = mark.text().split_once('?').map_or(mark.text(), |(_, query)| query);
        self.redactor.learn(secret);
    }

    /// The mark of a page, if it has one.
    pub(super) fn mark_of(&self, listing: &Listing<'_>, reading: &Reading<'_, '_>, request: &Request) -> Result<Option<Mark>, CallError> {
        let Some(since) = listing.call.since.as_ref().filter(|_| listing.marks.wanted) else { return Ok(None) };
        let Onward::To(text) = self.onward(reading, since.place(), leads_of(since), request)? else { return Ok(None) };
        Ok(Some(Mark::new(match since {
            // Without its origin: a stand-in may have another one in the next run.
            SinceBy::Link(_) => without_origin(&self.linked(&request.url, &text, "the mark")?),
            SinceBy::Cursor(_) => text,
        })))
    }
}

const fn leads_of(since: &SinceBy) -> Leads {
    match since {
        SinceBy::Link(_) => Leads::Link,
        SinceBy::Cursor(_) => Leads::Cursor,
    }
}

fn without_origin(url: &Url) -> String {
    url[Position::BeforePath..].to_owned()
}
