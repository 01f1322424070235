//! Creates, updates, deletes, parts and named calls.

pub(crate) mod batches;
mod each;
mod follow;
mod needs;
pub(crate) mod redirects;
pub(crate) mod sent_back;
use self::follow::JobEnd;
use super::{
    Client,
    answers::{Answer, Meaning, VendorError, tidy},
    bodies::{BodyInput, Content, holds_whole_record, part_of},
    items,
    judge::{Verdict, by_rule, xml_tree},
    request::{Request, header_value, unsendable},
    send::RequestCount,
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Attribute, BodyFormat, Call, Collection, Direction, ErrorClass, Repeat},
    },
    systems::{
        CallError, Effect, GetResult, ReadRequest, Snapshot, Write, WriteKind, Written,
        keys::{completed, contradiction, id_of, key_value, sent_key, shown_by},
        place::read_one,
        scope::{AnswerBody, MadeSecrets, Scope},
    },
    value::{Value, trie::Trie},
};
use reqwest::header::IF_MATCH;
use serde_json::Value as Json;

impl Client {
    /// Makes writes, one after the other; those of a call that takes many go together.
    pub async fn write(&self, collection: usize, writes: &[Write]) -> Vec<Result<Written, CallError>> {
        let mut outcomes = Vec::with_capacity(writes.len());
        let mut rest = writes;
        while let Some(first) = rest.first() {
            let (now, later) = rest.split_at(self.together(self.collection(collection), rest));
            match self.gathers(collection, first.kind) {
                Some(_) => outcomes.extend(self.write_many(self.collection(collection), now).await),
                None => outcomes.push(self.write_one(collection, first).await),
            }
            rest = later;
        }
        outcomes
    }

    async fn write_one(&self, at: usize, write: &Write) -> Result<Written, CallError> {
        let made = MadeSecrets::default();
        let outcome = self.write_with(at, write, &made).await;
        without_secrets(outcome, &made)
    }

    async fn write_with(&self, at: usize, write: &Write, made: &MadeSecrets) -> Result<Written, CallError> {
        let collection = self.collection(at);
        let whole = is_read_whole(collection, write.kind) || clears_part(collection, write);
        let fetched =
            if (whole || write.record.is_none()) && self.needs_record(collection, write) { self.fetch(at, write).await? } else { None };
        let snapshot = fetched.as_ref().or(write.record.as_ref());
        let record: Option<Json> = snapshot.and_then(|snapshot| serde_json::from_slice(&snapshot.json).ok());
        self.ready().await?;
        let (call, new) = self.call_of(collection, write, record.as_ref())?;
        if !new {
            self.is_whole(at, call, write, snapshot)?;
        }
        let input = BodyInput { call, collection, write, record: record.as_ref(), new, scim: self.scim };
        if let Some(error) = needs::uncarried(call, collection, write, new).filter(|_| !input.deletes()) {
            return Err(error);
        }
        let Some(request) = self.write_request(&input, snapshot, made)? else { return Ok(Written::default()) };
        let make = || self.write_request(&input, snapshot, made)?.ok_or_else(|| unsendable("nothing differs any more"));
        let (request, answer) = self.send_again(request, &make, &mut RequestCount::default()).await?;
        if let (Some(follow), Meaning::Done) = (&call.follow, &answer.meaning) {
            return match self.follow(follow, &answer, &request).await? {
                JobEnd::Done(answer, asked) => self.written_by_job(&BodyInput { call: &follow.call, ..input }, &answer, &asked),
                JobEnd::Failed(_, error) => Err(error),
            };
        }
        match &answer.meaning {
            Meaning::Moved if write.kind == WriteKind::Create => Err(self.moved_create(&answer)),
            Meaning::Moved => Err(CallError { status: Some(answer.status), ..merged() }),
            // The part may be gone, or a record that it names: of the record itself it says nothing.
            Meaning::Gone(error) if matches!(write.kind, WriteKind::Part(_)) => {
                let message = self.own_words(error).unwrap_or_else(|| "the part, or what it names, is not there".to_owned());
                Err(CallError { class: ErrorClass::Invalid, message, ..self.gone(error, answer.status) })
            }
            Meaning::Gone(error) => Err(self.gone(error, answer.status)),
            _ => self.written(&input, &answer, &request),
        }
    }

    /// The call that makes a write, and whether it creates something.
    fn call_of<'a>(&self, collection: &'a Collection, write: &Write, record: Option<&Json>) -> Result<(&'a Call, bool), CallError> {
        let (what, call) = match write.kind {
            WriteKind::Create => ("create", collection.create.as_ref()),
            WriteKind::Update => ("update", collection.update.as_ref()),
            WriteKind::Delete => ("delete", collection.delete.as_ref()),
            WriteKind::Call(index) => ("call", collection.named.get(index).map(|(_, call)| call)),
            WriteKind::Part(part) => return self.call_of_part(collection, part, write, record),
        };
        self.declared(collection, what, call).map(|call| (call, write.kind == WriteKind::Create))
    }

    /// A part that is not there is created; one that can't be created is there already, empty. One that nothing is left of is deleted.
    fn call_of_part<'a>(
        &self,
        collection: &'a Collection,
        at: usize,
        write: &Write,
        record: Option<&Json>,
    ) -> Result<(&'a Call, bool), CallError> {
        let is_there = record.and_then(|record| part_of(collection, at, record)).is_some();
        let part = &collection.parts[at];
        if let (Some(delete), Some(record)) = (&part.delete, record)
            && is_there
            && clears_part(collection, write)
            && nothing_is_left(collection, at, write, record)
        {
            return Ok((delete, false));
        }
        match (&part.create, &part.update) {
            (Some(create), _) if !is_there => Ok((create, true)),
            (_, Some(update)) => Ok((update, false)),
            _ => {
                let message =
                    format!("`{}.{}` has a `{}`, and nothing says how to change it", self.system.name, collection.name, part.name);
                Err(CallError::unsent(ErrorClass::Invalid, message))
            }
        }
    }

    /// Whether a write is computed from the current record.
    fn needs_record(&self, collection: &Collection, write: &Write) -> bool {
        write.id.is_some() && collection.get.is_some() && made_from_record(collection, write.kind)
    }

    /// The current record.
    async fn fetch(&self, collection: usize, write: &Write) -> Result<Option<Snapshot>, CallError> {
        let Some(id) = &write.id else { return Ok(None) };
        // What is sent whole is read whole, so that nothing is lost that the plan does not read.
        let back = self.collection(collection).update.as_ref().filter(|_| is_read_whole(self.collection(collection), write.kind));
        let written = || write.values.iter().map(|(index, _)| *index);
        let attributes = if back.is_some_and(sends_whole) {
            (0..self.collection(collection).attributes.len()).collect()
        } else if let Some(call) = back {
            written().chain(sent_back::attributes_of(self.collection(collection), call)).collect()
        } else if let (WriteKind::Part(part), true) = (write.kind, clears_part(self.collection(collection), write)) {
            attributes_of(self.collection(collection), part).map(|(at, _)| at).collect()
        } else {
            written().collect()
        };
        match self.get(collection, id, &ReadRequest { attributes, ..ReadRequest::default() }).await? {
            GetResult::Record(snapshot) => Ok(Some(snapshot)),
            GetResult::Gone => Err(not_there("the account is no longer there")),
            GetResult::Merged { .. } => Err(merged()),
        }
    }

    /// `None` if nothing has to be changed.
    fn write_request(&self, input: &BodyInput<'_>, snapshot: Option<&Snapshot>, made: &MadeSecrets) -> Result<Option<Request>, CallError> {
        let (call, collection, write) = (input.call, input.collection, input.write);
        let id = keys_of(collection, write);
        let fresh = input.record.map(|record| named_in(call, collection, record)).unwrap_or_default();
        let known = needs::Known::of(write, input.new, &id, &fresh);
        let secrets = self.call_secrets(call, made)?;
        let scope = Scope { made: Some(made), secrets: &secrets, ..self.scope() };
        let sent = Scope { own: known.sent, ..scope.clone() };
        let there = Scope { own: known.there, ..scope };
        if let Some(error) = needs::lacking(call, collection, write.kind, &there, &sent) {
            return Err(error);
        }
        let body = match input.content(&sent)? {
            Content::Nothing => return Ok(None),
            Content::None => None,
            Content::Some(payload) => Some(payload),
        };
        // What a write changes of the key may be shown as it was, or as it is.
        let mut own = id.clone();
        own.retain(|(at, _)| write.values.iter().all(|(written, _)| written != at));
        let mut request = self.request(call, &there, body)?.about(collection, &own);
        if let (Repeat::Declared(None), Some(token)) = (call.repeat.clone(), &write.token) {
            request.headers.insert("idempotency-key", header_value("Idempotency-Key", token)?);
        }
        self.condition(&mut request, write.kind, snapshot)?;
        Ok(Some(request))
    }

    /// The secrets that a call makes for itself, new each time.
    fn call_secrets(&self, call: &Call, made: &MadeSecrets) -> Result<Vec<(String, Value)>, CallError> {
        let scope = Scope { made: Some(made), ..self.scope() };
        let one = |(name, program): &(String, Program)| {
            let fault = |fault| CallError::unsent(ErrorClass::Invalid, format!("`secret.{name}`: {fault}"));
            Ok((name.clone(), program.run(&scope).map_err(fault)?))
        };
        call.secrets.iter().map(one).collect()
    }

    /// An update applies only to the record that was read (RFC 9110, 13.1.1). A weak tag would match nothing there.
    fn condition(&self, request: &mut Request, kind: WriteKind, snapshot: Option<&Snapshot>) -> Result<(), CallError> {
        let tag = snapshot.and_then(|snapshot| snapshot.tag.as_deref()).filter(|tag| tag.starts_with('"'));
        if let (Some(tag), WriteKind::Update, false) = (tag, kind, request.headers.contains_key(IF_MATCH)) {
            request.headers.insert(IF_MATCH, header_value("If-Match", tag)?);
        }
        Ok(())
    }

    /// The record in the answer, if there is one. The write counts as done even if the answer can't be understood.
    fn written(&self, input: &BodyInput<'_>, answer: &Answer, request: &Request) -> Result<Written, CallError> {
        let collection = input.collection;
        let accepted_only = self.is_accepted_only(input.call, answer, request);
        // What a record will be is not what it is.
        let names_new = input.write.kind == WriteKind::Create && (input.call.key.is_some() || input.call.item.is_some());
        if accepted_only && !names_new {
            return Ok(Written::default());
        }
        let creates = input.write.kind == WriteKind::Create && !accepted_only;
        let elsewhere = || if creates { self.key_of_created(collection, answer, request) } else { None };
        if let Some(key) = &input.call.key {
            return self.written_key(input, key, answer, request);
        }
        // A key that was chosen here needs no answer to be known.
        let sent = || sent_key(collection, &input.write.values).filter(|_| !accepted_only);
        if answer.body.trim_ascii().is_empty() {
            let id = elsewhere();
            let proves = id.is_some() || answer.status != 200 || !(input.write.kind == WriteKind::Create || input.call.item.is_some());
            return if proves { Ok(Written { id: sent().or(id), record: None }) } else { Err(self.no_content(answer, request)) };
        }
        if answer.is_html() && serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_err() {
            return Err(self.no_content(answer, request));
        }
        let lists = self.lists(
            collection,
            input.call,
            &ReadRequest { attributes: (0..collection.attributes.len()).collect(), ..ReadRequest::default() },
        );
        let record = match self.one_record(input.call, &lists, answer, request) {
            Ok(record) => Some(record),
            // The record may be nowhere, but not missing where it is declared to be.
            Err(_) if input.call.item.is_none() => None,
            Err(error) => return Err(CallError { effect: Effect::Unknown, ..error }),
        };
        if matches!(input.write.kind, WriteKind::Part(_)) && record.is_some() {
            return Ok(Written::default());
        }
        tells_of(input, record.as_deref())?;
        let known = [input.write.values.clone(), keys_of(collection, input.write)].concat();
        let record = record.map(|record| completed(collection, &record, &known).into_owned().into_boxed_slice());
        confirmed(collection, input.write, None, record.as_deref().filter(|_| is_of_the_record(input)))?;
        let record = record.filter(|record| shows_the_record(input, record));
        let id = record.as_deref().and_then(|record| id_of(collection, record, &known)).or_else(sent).or_else(elsewhere);
        Ok(Written { id, record })
    }
}

impl Client {
    /// Whether an answer says no more of a write than that it was accepted (RFC 9110, 15.3.3): the record may come later or never, so
    /// neither what was sent nor an address is its key. What a rule takes for done is done.
    fn is_accepted_only(&self, call: &Call, answer: &Answer, request: &Request) -> bool {
        let by_rule = || by_rule(&call.rules, answer, self.scope()) == Some(Verdict::Means(Meaning::Done));
        answer.status == 202 && request.polls.is_none() && !by_rule()
    }

    /// The record of a write that a job has made: only where the call says that the answer has it or its key.
    fn written_by_job(&self, input: &BodyInput<'_>, answer: &Answer, asked: &Request) -> Result<Written, CallError> {
        match input.call.key.is_some() || input.call.item.is_some() {
            true => self.written(input, answer, asked),
            false => Ok(Written { id: sent_key(input.collection, &input.write.values), record: None }),
        }
    }

    /// No record is there yet that could have been merged, so nothing is known of a create that is answered so.
    fn moved_create(&self, answer: &Answer) -> CallError {
        let (class, message) = (ErrorClass::Temporary, self.redirected(answer));
        CallError { class, status: Some(answer.status), code: None, message, effect: Effect::Unknown }
    }

    /// A 200 without the record that it should bring proves nothing.
    fn no_content(&self, answer: &Answer, request: &Request) -> CallError {
        CallError { effect: Effect::Unknown, ..self.unfit(answer, &items::BodyError::NoRecord, &request.name()) }
    }

    /// The key of a new record, where the call says that the answer has it. Only a declared `item` is a record then.
    fn written_key(&self, input: &BodyInput<'_>, key: &Program, answer: &Answer, request: &Request) -> Result<Written, CallError> {
        let tree = xml_tree(answer, std::iter::once(key), None);
        let body = AnswerBody::read(tree.as_ref(), &answer.body);
        let found = key.run(&Scope { answer: body, ..self.scope() }).ok();
        let id = found.and_then(|found| key_value(input.collection, &found)).ok_or_else(|| {
            let message = format!("`{}` answers {} without the key of the new record", self.system.name, request.name());
            CallError { class: ErrorClass::Temporary, status: Some(answer.status), code: None, message, effect: Effect::Unknown }
        })?;
        let lists = self.lists(input.collection, input.call, &ReadRequest::default());
        let record = input.call.item.as_ref().and_then(|_| self.one_record(input.call, &lists, answer, request).ok());
        confirmed(input.collection, input.write, Some(&id), record.as_deref())?;
        Ok(Written { id: Some(id), record })
    }

    /// The error of a write whose record does not exist, by a rule.
    pub(crate) fn gone(&self, error: &VendorError, status: u16) -> CallError {
        let code = error.code.as_deref().map(|code| tidy(&self.redactor.redact(code)));
        let message = self.own_words(error).unwrap_or_else(|| "the account is not there".to_owned());
        CallError { status: Some(status), code, ..CallError::unsent(ErrorClass::Gone, message) }
    }

    /// The vendor's own words, as they may be shown.
    fn own_words(&self, error: &VendorError) -> Option<String> {
        error.message.as_deref().map(|words| tidy(&self.redactor.redact(words))).filter(|words| !words.is_empty())
    }
}

/// Whether a write may leave nothing of a part that can be deleted. What else the part has is read first.
fn clears_part(collection: &Collection, write: &Write) -> bool {
    let WriteKind::Part(part) = write.kind else { return false };
    let can_tell = collection.parts[part].delete.is_some() && collection.get.is_some();
    can_tell && write.values.iter().all(|(_, value)| value.is_missing())
}

/// Whether a part has none of the values that are written in it, once a write has cleared some.
fn nothing_is_left(collection: &Collection, part: usize, write: &Write, record: &Json) -> bool {
    let is_cleared = |at: usize| write.values.iter().any(|(written, _)| *written == at);
    let has = |attribute: &Attribute| match attribute.path.find_all(record)[..] {
        [] => false,
        // What can't be read is something.
        [one] => attribute.codec.read(Some(one)).map_or(true, |value| !value.is_missing()),
        _ => true,
    };
    !attributes_of(collection, part).any(|(at, attribute)| attribute.is_written() && !is_cleared(at) && has(attribute))
}

fn attributes_of(collection: &Collection, part: usize) -> impl Iterator<Item = (usize, &Attribute)> {
    collection.attributes.iter().enumerate().filter(move |(_, attribute)| attribute.part.as_ref().is_some_and(|own| own.part == part))
}

/// Whether the answer to a write is the record: to a call or a delete only where the call says that it has one.
const fn is_of_the_record(input: &BodyInput<'_>) -> bool {
    match input.write.kind {
        WriteKind::Create | WriteKind::Update => true,
        WriteKind::Part(_) | WriteKind::Delete | WriteKind::Call(_) => input.call.item.is_some(),
    }
}

/// Whether what a write brings back is the record that was written: it is where the call says that a record is, or it has the key of that
/// one. Whatever else answers may have members that are called like attributes: a `status` of the call, an `id` of the request.
fn shows_the_record(input: &BodyInput<'_>, record: &[u8]) -> bool {
    if input.write.kind == WriteKind::Create || input.call.item.is_some() {
        return true;
    }
    let mut own = keys_of(input.collection, input.write);
    own.retain(|(at, _)| input.write.values.iter().all(|(written, _)| written != at));
    let shown = shown_by(input.collection, record);
    !shown.is_empty() && contradiction(input.collection, &shown, &own).is_none()
}

/// That the record which answers a create shows the value by which the target tells a repeat: without it nothing says that this one was
/// taken, and it can be sent again without harm.
///
/// # Errors
/// It does not show it, so the outcome is unknown.
fn tells_of(input: &BodyInput<'_>, record: Option<&[u8]>) -> Result<(), CallError> {
    let (Repeat::Declared(Some(by)), WriteKind::Create, Some(record)) = (&input.call.repeat, input.write.kind, record) else {
        return Ok(());
    };
    let attribute = &input.collection.attributes[*by];
    let is_shown = read_one(attribute, record).is_some();
    let is_expected = input.call.item.is_some() && attribute.direction != Direction::WriteOnly;
    if is_shown || !is_expected { Ok(()) } else { Err(without_proof(format!(": it does not show its `{}`", attribute.name))) }
}

/// That what a write brings back has the key of its record: of a new one, the key that was sent, where the client chose it.
///
/// # Errors
/// It has another one: the answer may be about another record, so the outcome is unknown.
pub(crate) fn confirmed(collection: &Collection, write: &Write, told: Option<&Value>, record: Option<&[u8]>) -> Result<(), CallError> {
    let mut own = keys_of(collection, write);
    // A write may give the record another key.
    own.retain(|(at, _)| write.values.iter().all(|(written, _)| written != at));
    let own = if write.kind == WriteKind::Create { &write.values } else { &own };
    let told = told.and_then(|told| Some((collection.key.alone()?, told.clone())));
    let shown: Vec<_> = told.into_iter().chain(record.into_iter().flat_map(|record| shown_by(collection, record))).collect();
    contradiction(collection, &shown, own).map_or(Ok(()), |what| Err(without_proof(format!(": it {what}"))))
}

/// The error of a write that was answered, and not in a way that says what became of it. Its status says no more than that
/// there was an answer.
pub(crate) fn without_proof(words: String) -> CallError {
    let message = format!("the answer does not say what became of this record{words}");
    CallError { class: ErrorClass::Temporary, status: Some(200), code: None, message, effect: Effect::Unknown }
}

/// What came back of a write, without the secrets that were made for it.
pub(crate) fn without_secrets(outcome: Result<Written, CallError>, made: &MadeSecrets) -> Result<Written, CallError> {
    match outcome {
        Ok(Written { id, record: Some(record) }) => {
            let text = String::from_utf8_lossy(&record);
            let kept = made.redacted(&text);
            let record = if kept == text { record } else { kept.into_bytes().into() };
            Ok(Written { id, record: Some(record) })
        }
        Ok(done) => Ok(done),
        Err(error) => Err(CallError { message: made.redacted(&error.message), code: error.code.map(|code| made.redacted(&code)), ..error }),
    }
}

pub(crate) fn not_there(message: &str) -> CallError {
    CallError { status: Some(404), ..CallError::unsent(ErrorClass::Gone, message) }
}

fn merged() -> CallError {
    not_there("the account was merged into another: the next run goes on with that one")
}

/// Whether such a write is sent as a diff, which fits one state of the record alone.
pub(crate) fn is_diff(collection: &Collection, kind: WriteKind) -> bool {
    let call = match kind {
        WriteKind::Update => collection.update.as_ref(),
        WriteKind::Part(part) => collection.parts[part].update.as_ref(),
        WriteKind::Create | WriteKind::Delete | WriteKind::Call(_) => None,
    };
    call.is_some_and(sends_diff)
}

fn sends_diff(call: &Call) -> bool {
    call.body.as_ref().is_some_and(|body| matches!(body.format, BodyFormat::XmlDiff(_)))
}

fn sends_whole(call: &Call) -> bool {
    call.body.as_ref().is_some_and(holds_whole_record)
}

/// Whether the record of such a write is read with all that it has, because what was read of it is sent back: a `get` may show only what
/// it is asked for.
fn is_read_whole(collection: &Collection, kind: WriteKind) -> bool {
    let asks = |call: &Call| call.sent().any(|program| program.uses(|name| *name == Name::RequestedFields));
    let shows_what_is_asked = || collection.get.as_ref().is_some_and(asks);
    let update = collection.update.as_ref().filter(|_| kind == WriteKind::Update);
    update.is_some_and(|call| sends_whole(call) || !call.replaces.is_empty() && shows_what_is_asked())
}

/// Whether such a write of a collection is made from the record as it is: a diff, a merge, a part, or a path that names more than its key.
pub(crate) fn made_from_record(collection: &Collection, kind: WriteKind) -> bool {
    match kind {
        WriteKind::Part(_) => true,
        WriteKind::Update => collection
            .update
            .as_ref()
            .is_some_and(|call| !call.replaces.is_empty() || sends_diff(call) || sends_whole(call) || names_more(collection, &call.path)),
        WriteKind::Create | WriteKind::Delete | WriteKind::Call(_) => false,
    }
}

fn names_more(collection: &Collection, path: &Program) -> bool {
    path.uses(|name| matches!(name, Name::Own(attribute) if !collection.key.has(*attribute)))
}

/// The current values of the attributes that a call names.
fn named_in(call: &Call, collection: &Collection, record: &Json) -> Vec<(usize, Value)> {
    let mut named: Vec<usize> = Vec::new();
    for program in call.sent() {
        program.names(&mut |name| {
            if let Name::Own(attribute) = name {
                named.push(*attribute);
            }
        });
    }
    named.sort_unstable();
    named.dedup();
    let slots: Vec<_> =
        named.iter().map(|at| (collection.attributes[*at].path.clone(), collection.attributes[*at].codec.clone())).collect();
    let row = Trie::new(&slots).read_value(record);
    named.into_iter().zip(row).filter_map(|(at, cell)| Some((at, cell.ok()?))).collect()
}

/// The values of the attributes of the key, where the record of a write has one.
pub(crate) fn keys_of(collection: &Collection, write: &Write) -> Vec<(usize, Value)> {
    write.id.iter().flat_map(|id| collection.key_values(id)).collect()
}
