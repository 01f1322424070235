//! Reads a list page by page to its proved end.

pub(crate) mod another_page;
pub(crate) mod beside;
pub(crate) mod columns;
pub(crate) mod elements;
mod ends_alone;
pub(crate) mod evidence;
pub(crate) mod last_page;
pub(crate) mod link;
pub(crate) mod marks;
pub(crate) mod nested_lists;
pub(crate) mod overlap;
pub(crate) mod seen;
pub(crate) mod shown;
pub(crate) mod walk;
use super::{
    Client,
    answers::{Answer, Meaning},
    bodies, charset,
    document::Document,
    failing::{self, Look},
    items::BodyError,
    list::{
        another_page::EndOf,
        beside::ListPlace,
        elements::Elements,
        marks::Marks,
        overlap::Overlap,
        seen::{Repeats, Seen},
        walk::{NextPage, PageContent, Walk, doubt},
    },
    reading::{Reading, named},
    request::Request,
    requested::{Requested, in_answer},
    send::RequestCount,
};
use crate::{
    compile::{
        program::Program,
        system::{Call, Collection, Outcome, Place, Repeat},
    },
    systems::{
        CallError, End, Mark, Read, ReadFor, ReadRequest, Removed, Sink, WeakEnd,
        formats::lists::Lists,
        keys::id_of,
        scope::{Head, Position, Scope, asks_since},
    },
    value::{Fault, Value, path::JsonPath},
};
use url::Url;

/// The evidence that a read was complete.
#[derive(Debug)]
pub struct CompleteRead {
    pub evidence: String,
    pub total: Option<u64>,
    /// A short page is all that shows the end.
    pub weak: Option<WeakEnd>,
    /// What the next incremental read begins with.
    pub mark: Option<Mark>,
    pub removed: Vec<Removed>,
    pub read_for: ReadFor,
}

/// Why a read broke off.
#[derive(Debug)]
pub struct ReadFailure {
    pub error: CallError,
    pub total: Option<u64>,
    /// The page it stopped at.
    pub page: u64,
    /// Which of several lists it was: that for a value, or below a record of another collection.
    pub below: Option<String>,
    /// The system asks for a complete read.
    pub full: bool,
}

/// A list that is being read, and the names that its calls may use.
pub struct Listing<'a> {
    pub collection: &'a Collection,
    pub call: &'a Call,
    pub lists: Lists,
    pub scope: Scope<'a>,
    /// What the read begins with, and whether the next one needs its mark.
    pub marks: Marks<'a>,
    /// Which records may be on two of its pages.
    pub repeats: Repeats,
}

impl Listing<'_> {
    /// Whether this is a look-up, whose answer may be one record without a list.
    fn looks_up(&self) -> bool {
        self.collection.finds.iter().any(|(_, call)| std::ptr::eq(call, self.call))
    }

    /// The one record at the place of the records. What has no key is none: it may be an error that nothing declares.
    fn one_record(&self, reading: &Reading<'_, '_>) -> Option<Vec<u8>> {
        let record = reading.record(self.call.items.as_ref()).ok().filter(|_| self.call.element.is_none())?;
        id_of(self.collection, &record, &[]).map(|_| record.into_vec())
    }
}

impl From<CallError> for ReadFailure {
    fn from(error: CallError) -> Self {
        Self { error, total: None, page: 0, below: None, full: false }
    }
}

impl Client {
    /// Reads a collection by its list.
    pub async fn read(&self, index: usize, ask: &ReadRequest, sink: Sink<'_>) -> Read {
        let mut tally = RequestCount::default();
        let mut records = 0;
        let mut count = |page: &[&[u8]], total: Option<u64>| {
            records += page.len() as u64;
            self.note_listed(index, page);
            sink(page, total);
        };
        // Of several lists all have to ask for changes, or what the others leave out would count as missing.
        let collection = self.collection(index);
        let by_mark = collection.list.as_ref().is_some_and(|list| list.since.is_some());
        let by_time = !by_mark && collection.all_lists().all(asks_since);
        let ask = ask.of_lists(collection);
        let ask = ReadRequest { since: ask.since.filter(|_| by_time), mark: ask.mark.filter(|_| by_mark), ..ask };
        let delta = ask.since.is_some() || ask.mark.is_some();
        let walked = self.read_all(index, &ask, &mut count, &mut tally).await;
        let read = match walked {
            Ok(CompleteRead { evidence, total, weak, mark, removed, read_for }) => {
                let end = if delta { End::Delta } else { End::Complete { evidence } };
                Read { total, weak, mark, removed, read_for, ..Read::of(end, records) }
            }
            Err(stop) => {
                let end = End::Broken { reason: stop.reason(), class: Some(stop.error.class) };
                Read { total: stop.total, full: stop.full && delta, ..Read::of(end, records) }
            }
        };
        Read { requests: tally.requests, clock: tally.clock, ..read }
    }

    /// Reads a collection to its end: its list, or one list below each record of another collection.
    pub async fn read_all(
        &self,
        index: usize,
        ask: &ReadRequest,
        sink: Sink<'_>,
        tally: &mut RequestCount,
    ) -> Result<CompleteRead, ReadFailure> {
        let collection = self.collection(index);
        let first = self.declared(collection, "list", collection.list.as_ref())?;
        self.ready().await?;
        if collection.more_lists.is_empty() && first.loop_values.is_empty() {
            return self.read_list(first, None, index, ask, sink, tally).await;
        }
        let (mut count, mut total, mut weak, mut read_for) = (0, Some(0), None, Vec::new());
        let mut overlap = Overlap::of(collection, ask);
        for call in collection.all_lists() {
            for value in self.loop_values(call)? {
                // The total of one list is not that of all.
                overlap.begin(call, &Scope { each: value.as_ref(), ..self.scope() });
                let mut hand_on = |page: &[&[u8]], _: Option<u64>| {
                    overlap.take(page);
                    sink(page, None);
                };
                let read = self.read_list(call, value.as_ref(), index, ask, &mut hand_on, tally).await;
                let read = read.map_err(|stop| ReadFailure { total: None, ..stop.of(value.as_ref()) })?;
                overlap.checked()?;
                count += 1;
                weak = weak.or(read.weak);
                read_for.push(read.read_for);
                total = total.zip(read.total).map(|(all, one): (u64, u64)| all + one);
            }
        }
        let evidence = format!("each of its {count} lists was read to its end");
        // What one of several lists named as removed may be in another, so none of them does (E0561).
        Ok(CompleteRead { evidence, total, weak, mark: None, removed: Vec::new(), read_for: ReadFor::of_all(read_for) })
    }

    /// The values that a list is read for; none but one for a list that is read once.
    fn loop_values(&self, call: &Call) -> Result<Vec<Option<Value>>, CallError> {
        if call.loop_values.is_empty() {
            return Ok(vec![None]);
        }
        let scope = self.scope();
        let value = |program: &Program| program.run(&scope).map(Some).map_err(|fault| doubt(format!("the values of `for each`: {fault}")));
        call.loop_values.iter().map(value).collect()
    }

    /// Reads one list to its end, for one value of its `for each`.
    async fn read_list(
        &self,
        call: &Call,
        each: Option<&Value>,
        index: usize,
        ask: &ReadRequest,
        sink: Sink<'_>,
        tally: &mut RequestCount,
    ) -> Result<CompleteRead, ReadFailure> {
        let collection = self.collection(index);
        if let Some(parent) = call.for_each {
            return self.read_below((parent, call), index, ask, sink, tally).await;
        }
        let requested = Requested::of(collection, call, ask);
        let mark = ask.mark.as_ref().filter(|_| asks_since(call)).map(Mark::text);
        let scope = Scope { since: ask.since, mark, each, ..requested.scope(self.scope()) };
        let marks = Marks { begin: ask.mark.as_ref(), wanted: ask.wants_mark };
        let listing = Listing {
            collection,
            call,
            lists: self.lists(collection, call, ask),
            scope,
            marks,
            repeats: Repeats::of(collection, call, ask),
        };
        self.walk(&listing, sink, tally).await
    }

    /// Reads a list to its end.
    pub async fn walk(&self, listing: &Listing<'_>, sink: Sink<'_>, tally: &mut RequestCount) -> Result<CompleteRead, ReadFailure> {
        let mut walk = Walk::begin(listing.call, Seen::of(listing.collection, listing.repeats));
        self.begin_with_mark(listing, &mut walk)?;
        loop {
            match self.step(listing, &mut walk, sink, tally).await {
                Ok(Some(evidence)) => {
                    let mark = listing.marks.next(&mut walk)?;
                    let read_for = ReadFor::default();
                    return Ok(CompleteRead { evidence, total: walk.total, weak: walk.weak, mark, removed: walk.removed, read_for });
                }
                Ok(None) => {}
                Err(error) => return Err(ReadFailure { error, total: walk.total, page: walk.page, below: None, full: walk.full }),
            }
        }
    }

    /// Reads one page; the evidence if it was the last.
    async fn step(
        &self,
        listing: &Listing<'_>,
        walk: &mut Walk<'_>,
        sink: Sink<'_>,
        tally: &mut RequestCount,
    ) -> Result<Option<String>, CallError> {
        let (request, answer) = self.ask_for_page(listing, walk, tally).await?;
        if let Some(evidence) = self.end_by_rule(listing, walk, &answer)? {
            return Ok(Some(evidence));
        }
        self.whole(listing.call, &answer, &request, "page")?;
        let document = self.document(&answer, &listing.lists, &request)?;
        let said = walk.page > 1 && self.says_last(listing, &answer, &document, None)?;
        listing.has_columns(self.http().format, &answer, &document, said).map_err(|why| self.unfit(&answer, &why, &request.name()))?;
        let taken = self.take(listing, &answer, &document, &request)?;
        walk.unframed |= !answer.framed && matches!(document, Document::Rows(_));
        walk.count(&taken)?;
        let records: Vec<_> = taken.records.iter().map(|record| &**record).collect();
        walk.note_removed(&taken);
        sink(&records, walk.total);
        walk.mark.clone_from(&taken.mark);
        let end = walk.go_on(&taken)?;
        if end.is_some() {
            self.ends_alone(listing, walk, (&answer, &document, &request))?;
            self.prove(listing, walk, &taken, tally).await?;
        }
        Ok(end)
    }

    /// Asks for the page that a walk has come to.
    async fn ask_for_page(
        &self,
        listing: &Listing<'_>,
        walk: &mut Walk<'_>,
        tally: &mut RequestCount,
    ) -> Result<(Request, Answer), CallError> {
        walk.turn()?;
        let position = walk.position.clone();
        let scope = Scope { page: listing.call.page.as_ref().map(|_| &position), ..listing.scope.clone() };
        let next = walk.next.take();
        let make = || self.list_request(listing.call, &scope, next.clone());
        let lacking = || self.left_out_of(&self.list_request(listing.call, &scope, None).ok()?.url, next.as_ref()?);
        self.send_made(&make, tally).await.map_err(|error| match lacking().filter(|_| matches!(error.status, Some(400 | 401 | 403))) {
            Some(lacks) => CallError { message: format!("{}; {lacks}", error.message), ..error },
            None => error,
        })
    }

    /// That a link, which is followed unchanged, leaves out what the first request sends in its query.
    fn left_out_of(&self, first: &Url, link: &Url) -> Option<String> {
        let has = |name: &str| link.query_pairs().any(|(known, _)| known == name);
        let lacking: Vec<String> = first.query_pairs().filter(|(name, _)| !has(name)).map(|(name, _)| format!("`{name}`")).collect();
        let lacks = self.redactor.redact(&lacking.join(" and "));
        (!lacking.is_empty()).then(|| {
            format!(
                "the link to this page lacks the query {lacks}, which the first request sends: if it needs it, send it in a header, or \
                 read the pages by `page.number` or `page.cursor`"
            )
        })
    }

    /// The evidence of an answer that is the end of a list by a rule about it.
    fn end_by_rule(&self, listing: &Listing<'_>, walk: &mut Walk<'_>, answer: &Answer) -> Result<Option<String>, CallError> {
        match &answer.meaning {
            Meaning::Done => Ok(None),
            Meaning::LastPage => {
                walk.weak = (walk.unframed && walk.total.is_none()).then_some(WeakEnd::Unframed);
                walk.natural_end("the declared status came").map(Some)
            }
            // Of a look-up, a rule says that there is nobody. A list that is gone shows nothing.
            Meaning::Gone(error) if listing.scope.own.is_empty() => Err(self.gone(error, answer.status)),
            Meaning::Gone(_) => walk.natural_end("there is nobody").map(Some),
            Meaning::Moved | Meaning::Full | Meaning::UnderWay | Meaning::Failed(_) => {
                walk.full = answer.meaning == Meaning::Full;
                Err(doubt("the system asks for a complete read"))
            }
        }
    }

    /// Asks for another page where an end may be none, and notes why it is no proof.
    async fn prove(
        &self,
        listing: &Listing<'_>,
        walk: &mut Walk<'_>,
        taken: &PageContent<'_>,
        tally: &mut RequestCount,
    ) -> Result<(), CallError> {
        if walk.end_is_doubtful(taken) {
            walk.weak = self.prove_end(listing, walk, taken.count(), tally).await?.or(walk.weak.take());
        }
        if walk.total_is_doubtful(taken, listing.looks_up()) {
            walk.weak = self.prove_total(listing, walk, taken, tally).await?.or(walk.weak.take());
        }
        Ok(())
    }

    /// Refuses an answer whose status says that there is more, or that it is not the system's own: 202, 203, 206.
    pub(in crate::systems::http) fn whole(&self, call: &Call, answer: &Answer, request: &Request, what: &str) -> Result<(), CallError> {
        // That there is no content is told better where the list or the record is looked for.
        if matches!(answer.status, 204 | 205) || self.is_page(&call.rules, answer) {
            return Ok(());
        }
        let (system, name, status) = (&self.system.name, self.redactor.redact(&request.name()), answer.status);
        Err(doubt(format!(
            "`{system}` answers {name} with {status}, which is not taken for a whole {what}: where it is one, say `done when status in [200, {status}]`"
        )))
    }

    /// The request of a page. A link is followed unchanged, without the queries.
    fn list_request(&self, call: &Call, scope: &Scope<'_>, next: Option<Url>) -> Result<Request, CallError> {
        let body = bodies::asking(call, scope, self.scim)?;
        let request = self.request(call, scope, body)?;
        let url = next.unwrap_or_else(|| request.url.clone());
        Ok(Request { url, reads: true, look: Look::Verdicts, repeatable: call.repeat != Repeat::Never, ..request })
    }

    /// The body of an answer that must have one.
    pub fn document<'a>(&self, answer: &'a Answer, lists: &Lists, request: &Request) -> Result<Document<'a>, CallError> {
        let name = request.name();
        let read = match (answer.status, charset::unreadable(&answer.headers, &answer.body)) {
            (204 | 205, _) => Err(BodyError::NoContent),
            (_, Some(label)) => Err(BodyError::Charset(label)),
            _ => Document::read(self.http().format, &answer.body, lists, &name),
        };
        read.map_err(|unfit| self.unfit(answer, &unfit, &name))
    }

    fn take<'d>(
        &self,
        listing: &Listing<'_>,
        answer: &Answer,
        document: &'d Document<'_>,
        request: &Request,
    ) -> Result<PageContent<'d>, CallError> {
        let call = listing.call;
        let reading = Reading { answer, document, scope: self.scope() };
        let unfit = |unfit: &BodyError| self.unfit(answer, unfit, &request.name());
        let total = reading.total_of(call);
        let no_list = || BodyError::NoList(call.items.as_ref().map_or_else(|| "$".to_owned(), named));
        let elements = match reading.records(call.items.as_ref()) {
            Ok(Some(records)) => Ok(records),
            Ok(None) if listing.looks_up() => listing.one_record(&reading).map(|record| vec![record.into()]).ok_or_else(no_list),
            Ok(None) => Err(no_list()),
            Err(unfit) => Err(unfit),
        };
        let elements = elements.map_err(|why| unfit(&why))?;
        self.stands_alone(listing, document).map_err(|why| unfit(&why))?;
        // The last element leads on, even if it names a record that was removed.
        let last = elements.last().cloned();
        let Elements { records, removed } = self.of_elements(listing.collection, call, answer, elements)?;
        if call.page.is_none() && total.is_none() && !listing.looks_up() {
            let count = (records.len() + removed.len()) as u64;
            self.announces_no_more((call, EndOf::OnePage, Some(count)), answer, document, request).map_err(|why| unfit(&why))?;
        }
        let records = listing.as_shown(records)?;
        let total = total.transpose().map_err(|why| unfit(&why))?;
        let said = self.says_last(listing, answer, document, Some(records.len() + removed.len()))?;
        let next_page = if said { NextPage::Nothing } else { self.next_page(listing, &reading, last.as_deref(), request)? };
        let mark = self.mark_of(listing, &reading, request)?;
        Ok(PageContent { records, removed, total, said, next_page, mark, has_mark: self.has_mark(listing, &reading) })
    }

    /// Refuses a list with an error beside it, or of XML with something else between its elements, unless a line of the call or of the
    /// system reads it.
    pub(super) fn stands_alone(&self, listing: &Listing<'_>, document: &Document<'_>) -> Result<(), BodyError> {
        let (call, mut settled) = (listing.call, listing.lists.clone());
        in_answer(call, &mut |path| settled.add(path));
        let mut read = settled.clone();
        let rules = call.rules.expressions().chain(self.http().rules.expressions());
        rules.for_each(|rule| rule.answer_paths(&mut |path| read.add(path)));
        let alone = |settled: &Lists| {
            let mut alone = Ok(());
            let mut see = |path: &JsonPath| {
                if alone.is_ok() {
                    alone = ListPlace::of(path, &read, settled).stands_alone(document);
                }
            };
            match &call.items {
                Some(Place::Path(path)) => see(path),
                Some(Place::Made(value)) => value.answer_paths(&mut see),
                Some(Place::Header(_)) | None => {}
            }
            alone
        };
        // Few answers have anything beside their list that has to be looked for in the rules.
        alone(&settled).or_else(|_| {
            self.add_settled(call, document, &mut settled);
            alone(&settled)
        })
    }

    /// Adds what a rule decides by. An `error` without `when` would have taken the words at its places for an error: whatever else is
    /// there, it has said nothing of it. So it is with a condition whose place is not there: an error may be of another shape.
    fn add_settled(&self, call: &Call, document: &Document<'_>, settled: &mut Lists) {
        for rules in [&call.rules, &self.http().rules] {
            let conditional = || rules.errors.iter().filter_map(|rule| Some((rule, rule.when.as_ref()?)));
            let conditions = conditional().map(|(_, when)| when).chain(rules.outcomes.iter().map(|rule| &rule.when));
            conditions.for_each(|condition| {
                condition.answer_paths(&mut |path| {
                    if !path.is_singular() || !matches!(document.look(path), Ok(None)) {
                        settled.add(path);
                    }
                });
            });
            // A condition on something else says when it is an error at all.
            for (rule, when) in conditional() {
                let mut asked = Vec::new();
                when.answer_paths(&mut |path| asked.extend(error_in(path)));
                let mut add = |path: &JsonPath| {
                    if error_in(path).is_none_or(|error| !asked.contains(&error)) {
                        settled.add(path);
                    }
                };
                [&rule.message, &rule.code].into_iter().flatten().for_each(|place| place.answer_paths(&mut add));
            }
        }
    }

    /// Whether a rule says that a page is the last; without a count, one that asks for it says nothing. One that can't be worked out says nothing, and the other evidence decides.
    ///
    /// # Errors
    /// A member that a rule names is there more than once, or can't be built.
    fn says_last(&self, listing: &Listing<'_>, answer: &Answer, document: &Document<'_>, count: Option<usize>) -> Result<bool, CallError> {
        let size = listing.call.page.as_ref().map_or(0, |page| page.size);
        let position = Position::of_size(size);
        let head = Head { status: answer.status, headers: &answer.headers };
        let scope = Scope {
            answer: document.body(),
            head: Some(head),
            count: count.map(|count| count as u64),
            page: Some(&position),
            ..self.scope()
        };
        for condition in listing.call.rules.of(Outcome::LastPage) {
            let holds = match count {
                // By something else than the count: whatever it were.
                None => holds_for_any_count(condition, &scope, size),
                Some(_) => condition.holds(&scope),
            };
            match holds {
                Ok(true) => return Ok(true),
                Err(fault) if fault.is_unclear() => return Err(doubt(format!("whether a page is the last {fault}"))),
                _ => {}
            }
        }
        Ok(false)
    }
}

/// The first member of a path that tells of an error beside a list, with what leads to it.
fn error_in(path: &JsonPath) -> Option<String> {
    let outline = path.outline();
    let at = outline.iter().position(|step| step.is_some_and(failing::tells_beside_list))?;
    Some(outline[..=at].iter().map(|step| step.unwrap_or("*")).collect::<Vec<_>>().join("."))
}

/// Whether a condition holds for a page with no record, with some and with all, so that the count does not decide.
fn holds_for_any_count(condition: &Program, scope: &Scope<'_>, size: u64) -> Result<bool, Box<Fault>> {
    for count in [0, 1, size.saturating_sub(1), size, size.saturating_add(1)] {
        if !condition.holds(&Scope { count: Some(count), ..scope.clone() })? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl ReadFailure {
    /// The same of a list that is read for a value.
    fn of(self, value: Option<&Value>) -> Self {
        let below = value.map(|value| format!("the list for `{}`", crate::value::show::shown(value)));
        Self { below: below.or(self.below), ..self }
    }

    /// One sentence, without the name of the collection.
    pub fn reason(&self) -> String {
        let reason = match self.error.status {
            Some(status) if self.page > 1 => format!("page {} was not given ({status}): {}", self.page, self.error.message),
            Some(status) if status >= 400 && !self.error.message.contains(&status.to_string()) => {
                format!("the first page was not given ({status}): {}", self.error.message)
            }
            _ => self.error.message.clone(),
        };
        self.below.as_ref().map_or(reason.clone(), |below| format!("{below}: {reason}"))
    }
}
