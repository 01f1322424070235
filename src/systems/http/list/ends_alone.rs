//! That what is taken for the end of a list says nothing of another page.

use super::{
    Listing,
    another_page::{EndOf, ListEnd},
    walk::Walk,
};
use crate::{
    compile::{
        program::Name,
        system::{Call, Place},
    },
    systems::{
        CallError,
        http::{Client, answers::Answer, document::Document, items::BodyError, request::Request, requested::in_answer},
    },
};
use serde_json::Value as Json;

impl Client {
    /// Refuses the last page of a list, and a look-up that found nobody, where the answer says that there are more records.
    pub(super) fn ends_alone(
        &self,
        listing: &Listing<'_>,
        walk: &Walk<'_>,
        (answer, document, request): (&Answer, &Document<'_>, &Request),
    ) -> Result<(), CallError> {
        let (call, shown) = (listing.call, (walk.given + walk.removed.len()) as u64);
        // The total of an incremental read may count what has not changed.
        let is_whole = listing.scope.since.is_none() && listing.marks.begin.is_none();
        let end = match (listing.looks_up(), &call.page) {
            (true, _) if shown == 0 => EndOf::LookUp,
            (false, Some(_)) => EndOf::Pages,
            _ => return Ok(()),
        };
        let alone = self.announces_no_more((call, end, is_whole.then_some(shown)), answer, document, request);
        alone.map_err(|why| self.unfit(answer, &why, &request.name()))
    }

    /// Refuses what is taken for the end of a list and says that there are more records, where no line of the call reads that.
    pub(super) fn announces_no_more(
        &self,
        (call, end, count): (&Call, EndOf, Option<u64>),
        answer: &Answer,
        document: &Document<'_>,
        request: &Request,
    ) -> Result<(), BodyError> {
        let mut read = Vec::new();
        in_answer(call, &mut |path| read.extend(path.outline().into_iter().flatten().map(str::to_owned)));
        call.rules.expressions().for_each(|rule| {
            rule.names(&mut |name| match name {
                Name::Answer(path) => read.extend(path.outline().into_iter().flatten().map(str::to_owned)),
                Name::Header(name) => read.push(name.to_lowercase()),
                _ => {}
            });
        });
        let is_read = |name: &str| read.iter().any(|known| known == name);
        let items = call.items.as_ref().and_then(Place::path);
        let is_echo = |name: &str, value: &Json| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            request.url.query_pairs().any(|(sent, with)| sent == name && with == text)
        };
        ListEnd { end, headers: &answer.headers, document, items, count, is_read: &is_read, is_echo: &is_echo }.announces_no_more()
    }
}
