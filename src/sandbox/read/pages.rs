//! The range of a list that makes a page, and the link to the next one.

use super::{list::ending, marks};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Call, Outcome, Page, PageBy, Place, WireFormat},
    },
    sandbox::{
        answer::{Answer, Refusal, asks_body, place, search, solve},
        request::RequestContext,
        store::CollectionStore,
    },
    value::{Value, path::JsonPath},
};
use serde_json::{Value as Json, json};

/// The parameter of our own links that says where the page begins.
const OFFSET: &str = "_offset";

/// The prefix of our own cursors: `after-200`, or `after-200-57` where the list began after change 57.
pub const CURSOR: &str = "after-";

/// The range of a list that makes one page.
pub struct Window {
    pub offset: i64,
    pub size: i64,
    /// As the client counts.
    pub first: i64,
    /// The latest change when the first page was asked for, where the list gives marks.
    pub mark: Option<i64>,
}

/// The records of a page, and how many there are on all pages.
pub struct Cut {
    pub total: i64,
    pub records: Vec<Json>,
}

impl Window {
    /// What the page parameters ask for: never more than the declared size, from its beginning if they are not given.
    ///
    /// # Errors
    /// 400: a page, a cursor or a last record that there is not.
    pub fn of(context: &RequestContext<'_>) -> Result<Self, Refusal> {
        let mark = marks::began(context)?;
        let Some(page) = &context.call.page else { return Ok(Self { offset: 0, size: i64::MAX, first: 0, mark }) };
        let largest = i64::try_from(page.size).unwrap_or(i64::MAX);
        let size = number(context, &Name::PageSize)?.unwrap_or(largest).clamp(0, largest);
        let offset = begin(context, page, size)?;
        let from = i64::try_from(page.from).unwrap_or(i64::MAX);
        Ok(Self { offset, size, first: offset + from, mark })
    }

    /// The part of these records that belongs to the page.
    pub fn cut(&self, records: Vec<Json>) -> Cut {
        let position = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let total = i64::try_from(records.len()).unwrap_or(i64::MAX);
        Cut { total, records: records.into_iter().skip(position(self.offset)).take(position(self.size)).collect() }
    }

    /// Adds the link to the next page to an answer, or the mark of the last page.
    pub fn lead_on(&self, context: &RequestContext<'_>, received: usize, total: i64, answer: &mut Answer) {
        let next = self.offset.saturating_add(i64::try_from(received).unwrap_or(i64::MAX));
        let last = next >= total && (received == 0 || !ends_without_records(context.call));
        let mark = self.mark;
        match context.call.page.as_ref().map(|page| &page.by) {
            Some(PageBy::Link(at)) if !last => {
                let more = [(OFFSET, next)].into_iter().chain(mark.map(|mark| (marks::BEGAN, mark)));
                place(at, json!(linked(at, context, more)), answer);
            }
            Some(PageBy::Cursor(at)) if !last => {
                let began = mark.map(|mark| format!("-{mark}")).unwrap_or_default();
                place(at, json!(format!("{CURSOR}{next}{began}")), answer);
            }
            _ => {}
        }
        if let (true, Some(mark)) = (last, mark) {
            marks::leave(context, mark, answer);
        }
        sign_end(context.call, last, answer);
    }
}

/// Makes the `last page` rules hold for the last page, and for no other one. The place that leads to the next page stays as it is, unless a
/// rule names it.
pub fn sign_end(call: &Call, last: bool, answer: &mut Answer) {
    let is_shown = |sign: &&Program| sign.uses(|name| matches!(name, Name::Answer(_) | Name::Header(_)));
    let signs = call.rules.of(Outcome::LastPage).filter(is_shown).filter(|sign| ending(sign).is_none());
    for sign in signs.filter(|sign| !asks_records(call, sign)) {
        if search::holds(answer, sign) != last || !last && !names_any(answer, sign) {
            solve::make(answer, sign, last);
        }
    }
}

/// Whether an answer has something at a place that a rule names.
fn names_any(answer: &Answer, sign: &Program) -> bool {
    sign.uses(|name| matches!(name, Name::Answer(path) if answer.has(path)))
}

/// Whether only a page after the last record shows the end: by its records, or by a status beside words in its body.
fn ends_without_records(call: &Call) -> bool {
    let by_status = |sign: &Program| asks_body(sign) && ending(sign).is_some();
    call.rules.of(Outcome::LastPage).any(|sign| asks_records(call, sign) || by_status(sign))
}

/// Whether a rule asks for the list itself, such as `$.data == []`.
fn asks_records(call: &Call, sign: &Program) -> bool {
    let Some(items) = call.items_path() else { return false };
    let is_of_it = |path: &JsonPath| match path.text.strip_prefix(&*items.text) {
        Some("") => true,
        Some(rest) => items.text != "$" && rest.starts_with(['.', '[']),
        None => false,
    };
    sign.uses(|name| matches!(name, Name::Answer(path) if is_of_it(path)))
}

fn begin(context: &RequestContext<'_>, page: &Page, size: i64) -> Result<i64, Refusal> {
    let from = i64::try_from(page.from).unwrap_or(i64::MAX);
    match &page.by {
        PageBy::Offset => Ok(number(context, &Name::PageOffset)?.map_or(0, |offset| (offset - from).max(0))),
        PageBy::Number => Ok(number(context, &Name::PageNumber)?.map_or(0, |page| (page - from).max(0).saturating_mul(size))),
        PageBy::Link(_) => context.request.query(OFFSET).map_or(Ok(0), whole),
        PageBy::Cursor(_) => {
            let cursor = context.params.get(&Name::PageCursor).filter(|cursor| !cursor.is_empty());
            let offset = |cursor: &str| cursor.split('-').next().map_or(Ok(0), whole);
            cursor.map_or(Ok(0), |cursor| offset(cursor.strip_prefix(CURSOR).unwrap_or(cursor)))
        }
        PageBy::Last(attribute) => after(context.store, *attribute, context.params.get(&Name::PageCursor)),
    }
}

/// The number of records up to the last one that a client received.
fn after(store: CollectionStore<'_>, attribute: usize, last: Option<&str>) -> Result<i64, Refusal> {
    let Some(last) = last.filter(|last| !last.is_empty()) else { return Ok(0) };
    let attribute = &store.collection.attributes[attribute];
    let value = attribute.codec.read(Some(&json!(last))).unwrap_or_else(|_| last.parse().map_or(Value::Null, Value::Int));
    match store.find(attribute, &value)?.first() {
        Some(record) => Ok(store.position(record.seq)?),
        None => Err(Refusal::invalid("invalidMarker", "Invalid marker")),
    }
}

fn number(context: &RequestContext<'_>, name: &Name) -> Result<Option<i64>, Refusal> {
    context.params.get(name).map(whole).transpose()
}

fn whole(text: &str) -> Result<i64, Refusal> {
    text.trim().parse().map_err(|_| Refusal::invalid("invalidSyntax", format!("`{text}` is not a page number")))
}

/// The address of the next page: this one's with another beginning. As vendors do, absolute in JSON:API and XML, else a path.
pub fn linked(at: &Place, context: &RequestContext<'_>, more: impl Iterator<Item = (&'static str, i64)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(context.request.queries.iter().filter(|(name, _)| name != OFFSET && !marks::OWN.contains(&name.as_str())));
    query.extend_pairs(more.map(|(name, number)| (name, number.to_string())));
    let path = format!("{}?{}", context.request.path, query.finish());
    let absolute = matches!(context.format(), WireFormat::JsonApi | WireFormat::Xml) || matches!(at, Place::Header(_));
    let link = if absolute { format!("{}{path}", context.scope.origin) } else { path };
    match at {
        // RFC 8288.
        Place::Header(name) if name.eq_ignore_ascii_case("link") => format!("<{link}>; rel=\"next\""),
        _ => link,
    }
}
