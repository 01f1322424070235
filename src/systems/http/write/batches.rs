//! One call for many records, and the result of each.

use crate::{
    compile::system::{Batch, Call, Collection, ErrorClass, Follow, Repeat},
    systems::{
        CallError, Effect, Write, WriteKind, Written,
        http::{
            Client,
            bodies::{BodyInput, Content, batch},
            request::{Request, header_value},
            send::RequestCount,
            write::{
                each::without_result,
                follow::JobEnd,
                keys_of,
                needs::{Known, lacking, uncarried},
                without_secrets,
            },
        },
        scope::{MadeSecrets, RecordValues, Scope},
    },
    value::Value,
};
use std::collections::{HashSet, VecDeque};

type Outcome = Result<Written, CallError>;

impl Client {
    /// How many records a call takes, if it takes many.
    pub fn gathers(&self, collection: usize, kind: WriteKind) -> Option<Batch> {
        batched(self.collection(collection), kind).and_then(|call| call.batch.clone())
    }

    /// How many of these writes, from the first on, go into one call.
    pub(crate) fn together(&self, collection: &Collection, writes: &[Write]) -> usize {
        let Some(first) = writes.first() else { return 0 };
        let Some(call) = batched(collection, first.kind) else { return 1 };
        let Some(batch) = &call.batch else { return 1 };
        let by = |write: &Write| batch.by.and_then(|by| value_of(collection, write, by)).and_then(|value| value.canonical_key());
        let alike = |write: &&Write| write.kind == first.kind && by(write) == by(first);
        let mut named = HashSet::new();
        // An element proves one record, so two writes that one name stands for go into different calls.
        let own_name = |write: &&Write| self.names(call, collection, write).into_iter().all(|name| named.insert(name));
        writes.iter().take(batch.size.max(1)).take_while(alike).take_while(own_name).count()
    }

    /// What names the result of a write, in each list of results that the call has.
    fn names(&self, call: &Call, collection: &Collection, write: &Write) -> Vec<(usize, String)> {
        let lists = call.each.iter().chain(call.follow.iter().flat_map(|follow| &follow.call.each));
        lists.enumerate().filter_map(|(at, list)| Some((at, self.name_in(list, collection, write)?))).collect()
    }

    /// Makes writes with one call. One that names a value which is missing is left out, and fails alone.
    pub(crate) async fn write_many(&self, collection: &Collection, writes: &[Write]) -> Vec<Outcome> {
        let lacking: Vec<_> = writes.iter().map(|write| self.lacking(collection, write)).collect();
        let whole: Vec<Write> = writes.iter().zip(&lacking).filter(|(_, error)| error.is_none()).map(|(write, _)| write.clone()).collect();
        let mut outcomes = self.write_whole(collection, &whole).await.into_iter();
        let outcome = |error: Option<CallError>| error.map_or_else(|| outcomes.next().unwrap_or_else(|| Err(without_result(None))), Err);
        lacking.into_iter().map(outcome).collect()
    }

    fn lacking(&self, collection: &Collection, write: &Write) -> Option<CallError> {
        let call = batched(collection, write.kind)?;
        let (id, new) = (keys_of(collection, write), write.kind == WriteKind::Create);
        let known = Known::of(write, new, &id, &[]);
        let (there, sent) = (Scope { own: known.there, ..self.scope() }, Scope { own: known.sent, ..self.scope() });
        uncarried(call, collection, write, new).or_else(|| lacking(call, collection, write.kind, &there, &sent))
    }

    /// If all are refused at once because of one of them, they are halved until that one is alone. A job that was accepted is never begun
    /// a second time: its error is an outcome.
    async fn write_whole(&self, collection: &Collection, writes: &[Write]) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = writes.iter().map(|_| None).collect();
        let mut open: VecDeque<_> = std::iter::once(0..writes.len()).filter(|all| !all.is_empty()).collect();
        while let Some(range) = open.pop_front() {
            match self.write_batch(collection, &writes[range.clone()]).await {
                Ok(results) => outcomes[range].iter_mut().zip(results).for_each(|(outcome, result)| *outcome = Some(result)),
                Err(error) if range.len() > 1 && one_may_be_bad(&error) => {
                    let middle = range.start + range.len() / 2;
                    open.push_front(middle..range.end);
                    open.push_front(range.start..middle);
                }
                Err(error) => outcomes[range].iter_mut().for_each(|outcome| *outcome = Some(Err(error.clone()))),
            }
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(without_result(None)))).collect()
    }

    async fn write_batch(&self, collection: &Collection, writes: &[Write]) -> Result<Vec<Outcome>, CallError> {
        self.ready().await?;
        let call = writes.first().and_then(|write| batched(collection, write.kind));
        let call = self.declared(collection, "call for many", call)?;
        let made = MadeSecrets::default();
        let make = || self.batch_request(collection, call, writes, &made);
        let (request, answer) = match self.send_made(&make, &mut RequestCount::default()).await {
            Ok(sent) => sent,
            Err(error) => return Err(CallError { message: made.redacted(&error.message), ..error }),
        };
        let outcomes = match &call.follow {
            Some(follow) => self.results_of_job(collection, follow, writes, self.follow(follow, &answer, &request).await),
            None => self.results(collection, call, writes, &answer),
        };
        Ok(outcomes.into_iter().map(|outcome| without_secrets(outcome, &made)).collect())
    }

    /// A job that has failed may have made some of the records: one without a result of its own is unknown.
    fn results_of_job(&self, collection: &Collection, follow: &Follow, writes: &[Write], end: Result<JobEnd, CallError>) -> Vec<Outcome> {
        match end {
            Ok(JobEnd::Done(answer, _)) => self.results(collection, &follow.call, writes, &answer),
            Ok(JobEnd::Failed(answer, error)) => {
                let told = |outcome: &Outcome| outcome.as_ref().err().is_none_or(|error| error.effect != Effect::Unknown);
                let outcome = |told_of: Outcome| {
                    if told(&told_of) { told_of } else { Err(CallError { effect: Effect::Unknown, ..error.clone() }) }
                };
                self.results(collection, &follow.call, writes, &answer).into_iter().map(outcome).collect()
            }
            Err(error) => writes.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn batch_request(&self, collection: &Collection, call: &Call, writes: &[Write], made: &MadeSecrets) -> Result<Request, CallError> {
        let ids: Vec<Vec<(usize, Value)>> = writes.iter().map(|write| keys_of(collection, write)).collect();
        let known: Vec<Known<'_>> =
            writes.iter().zip(&ids).map(|(write, id)| Known::of(write, write.kind == WriteKind::Create, id, &[])).collect();
        let sent: Vec<Vec<RecordValues<'_>>> = known.iter().map(|one| one.sent.clone()).collect();
        let there = known.first().map(|one| one.there.clone()).unwrap_or_default();
        let scope = Scope { own: there, batch: &sent, made: Some(made), ..self.scope() };
        let input = |write| BodyInput { call, collection, write, record: None, new: write.kind == WriteKind::Create, scim: self.scim };
        let sheets: Vec<_> = writes.iter().map(input).collect();
        let body = if let Content::Some(payload) = batch::content(&sheets, &scope)? { Some(payload) } else { None };
        let mut request = self.request(call, &scope, body)?;
        if let (Repeat::Declared(None), Some(token)) = (call.repeat.clone(), token(writes)) {
            request.headers.insert("idempotency-key", header_value("Idempotency-Key", &token)?);
        }
        Ok(request)
    }
}

/// The call of a kind of write.
fn batched(collection: &Collection, kind: WriteKind) -> Option<&Call> {
    match kind {
        WriteKind::Create => collection.create.as_ref(),
        WriteKind::Update => collection.update.as_ref(),
        WriteKind::Delete => collection.delete.as_ref(),
        WriteKind::Call(index) => collection.named.get(index).map(|(_, call)| call),
        WriteKind::Part(_) => None,
    }
    .filter(|call| call.batch.is_some())
}

/// A refusal that had no effect on any record, and may be caused by a single one.
fn one_may_be_bad(error: &CallError) -> bool {
    error.effect != Effect::Unknown && matches!(error.class, ErrorClass::Invalid | ErrorClass::Conflict | ErrorClass::Gone)
}

fn value_of<'w>(collection: &Collection, write: &'w Write, attribute: usize) -> Option<&'w Value> {
    let known =
        write.current.iter().chain(&write.values).find(|(at, value)| *at == attribute && !value.is_missing()).map(|(_, value)| value);
    if collection.key.alone() == Some(attribute) { write.id.as_ref().or(known) } else { known }
}

/// One idempotency key for the batch: the same for the same writes, `None` if one of them has no key.
fn token(writes: &[Write]) -> Option<String> {
    if let [one] = writes {
        return one.token.clone();
    }
    let mut hasher = blake3::Hasher::new();
    for write in writes {
        hasher.update(write.token.as_ref()?.as_bytes());
    }
    Some(hasher.finalize().to_hex()[..32].to_owned())
}
