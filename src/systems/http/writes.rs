//! Creates, updates, deletes and named calls.

use super::{
    Client,
    answers::Answer,
    bodies::{self, Content},
    items,
    request::{Request, header_value},
    send::Tally,
};
use crate::{
    plan::system::{Call, Collection, Repeat},
    systems::{CallError, Effect, Write, WriteKind, Written, scope::Scope},
    value::{Value, trie::Trie},
};

impl Client {
    /// Makes writes, one after the other.
    pub async fn write(&self, collection: usize, writes: &[Write]) -> Vec<Result<Written, CallError>> {
        let mut outcomes = Vec::with_capacity(writes.len());
        for write in writes {
            outcomes.push(self.write_one(collection, write).await);
        }
        outcomes
    }

    async fn write_one(&self, collection: usize, write: &Write) -> Result<Written, CallError> {
        let collection = self.collection(collection);
        let call = self.call_of(collection, write.kind)?;
        self.ready().await?;
        let Some(request) = self.write_request(call, collection, write)? else { return Ok(Written::default()) };
        let answer = self.send(&request, &mut Tally::default()).await?;
        self.written(call, collection, &answer, &request)
    }

    fn call_of<'a>(&self, collection: &'a Collection, kind: WriteKind) -> Result<&'a Call, CallError> {
        let (what, call) = match kind {
            WriteKind::Create => ("create", collection.create.as_ref()),
            WriteKind::Update => ("update", collection.update.as_ref()),
            WriteKind::Delete => ("delete", collection.delete.as_ref()),
            WriteKind::Call(index) => ("call", collection.named.get(index).map(|(_, call)| call)),
        };
        self.declared(collection, what, call)
    }

    /// None where nothing is left to be changed.
    fn write_request(&self, call: &Call, collection: &Collection, write: &Write) -> Result<Option<Request>, CallError> {
        let id: Vec<_> = collection.key.into_iter().zip(write.id.clone()).collect();
        let sent = Scope { own: vec![&write.values, &write.current, &id], ..self.scope() };
        let body = match bodies::content(call, collection, write, &sent)? {
            Content::Nothing => return Ok(None),
            Content::None => None,
            Content::Json(body) => Some(body.to_string().into_bytes()),
        };
        // An address names the record as it is, a body as it will be.
        let there = Scope { own: vec![&id, &write.current, &write.values], ..self.scope() };
        let mut request = self.request(call, &there, body)?;
        if let (Repeat::Declared(None), Some(token)) = (call.repeat.clone(), &write.token) {
            request.headers.insert("idempotency-key", header_value("Idempotency-Key", token)?);
        }
        Ok(Some(request))
    }

    /// The record in the answer, if there is one. Done is done, even where the answer can't be understood.
    fn written(&self, call: &Call, collection: &Collection, answer: &Answer, request: &Request) -> Result<Written, CallError> {
        if answer.body.trim_ascii().is_empty() {
            return Ok(Written::default());
        }
        let record = self.one_record(call, answer, &request.name()).ok();
        let id = record.as_deref().and_then(|record| id_of(collection, record));
        if id.is_none() && (answer.is_html() || answer.looks_like_an_error(&self.http().errors)) {
            return Err(CallError { effect: Effect::Unknown, ..self.unfit(answer, &items::Unfit::NoRecord, &request.name()) });
        }
        Ok(Written { id, record })
    }
}

fn id_of(collection: &Collection, record: &[u8]) -> Option<Value> {
    let key = &collection.attributes[collection.key?];
    let row = Trie::new(&[(key.path.clone(), key.codec.clone())]).read(record).ok()?;
    row.first()?.as_ref().ok().filter(|id| !id.is_missing()).cloned()
}
