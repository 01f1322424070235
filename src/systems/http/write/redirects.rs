//! Merged records: the system redirects to the surviving record, and the link moves there.

use crate::{
    compile::system::{Call, Collection, ErrorClass},
    systems::{
        CallError, GetResult, ReadRequest,
        formats::lists::Lists,
        http::{
            Client,
            answers::{Answer, Meaning},
            request::Request,
            send::RequestCount,
        },
        keys::{contradiction, id_of, shown_by},
    },
    value::{Value, trie::Trie},
};
use reqwest::header::LOCATION;
use url::Url;

/// A surviving record may have been merged itself; the limit ends circles.
const HOPS: usize = 5;

impl Client {
    /// The record at the `Location` of an answer.
    ///
    /// # Errors
    /// It points nowhere, elsewhere or to no record of the collection, or the survivor can't be read.
    pub(crate) async fn survivor(
        &self,
        collection: &Collection,
        call: &Call,
        (lists, ask): (&Lists, &ReadRequest),
        mut request: Request,
        mut answer: Answer,
    ) -> Result<GetResult, CallError> {
        let mut been = Vec::new();
        for _ in 0..HOPS {
            let (next, key) = self.pointed_at(collection, call, &request.url, &answer)?;
            been.push(std::mem::replace(&mut request.url, next));
            if been.contains(&request.url) {
                return Err(self.lost(&request, "which leads back to itself"));
            }
            answer = self.send(&request, &mut RequestCount::default()).await?;
            if answer.meaning == Meaning::Moved {
                continue;
            }
            self.whole(call, &answer, &request, "record")?;
            let record = self.snapshot(call, lists, &answer, &request)?;
            let id = id_of(collection, &record.json, &[]).ok_or_else(|| self.lost(&request, "and the record there has no key"))?;
            if let Some(what) = contradiction(collection, &shown_by(collection, &record.json), &collection.key_values(&key)) {
                return Err(self.lost(&request, &format!("and the record there {what}")));
            }
            if let Some(lacks) = lacking(collection, &record.json, ask) {
                return Err(
                    self.lost(&request, &format!("and what is there has no `{lacks}`, so it is no record of `{}`", collection.name))
                );
            }
            return Ok(GetResult::Merged { id, record });
        }
        Err(self.lost(&request, &format!("and that to another, more than {HOPS} times")))
    }

    /// The redirect target, with the query of the request unless it has its own, and the key of the record there. Never another origin,
    /// because the credentials are sent along, and never another address than that of a record of the collection: an account that is not
    /// the survivor may be anybody's.
    fn pointed_at(&self, collection: &Collection, call: &Call, from: &Url, answer: &Answer) -> Result<(Url, Value), CallError> {
        let elsewhere = |to: &str| {
            let message = format!("`{}` says that a record was merged and points to `{to}`, which is not followed", self.system.name);
            CallError { status: Some(answer.status), ..CallError::unsent(ErrorClass::Invalid, message) }
        };
        let location = answer.header(LOCATION).ok_or_else(|| elsewhere("nowhere"))?;
        let to = from.join(location).map_err(|_| elsewhere("nowhere"))?;
        let mut to = self.at_home(to).map_err(|to| elsewhere(to.host_str().unwrap_or_default()))?;
        let key = self.key_in(collection, call, &to).ok_or_else(|| {
            let path = self.redactor.redact(to.path());
            let message = format!(
                "`{}` says that a record was merged and points to `{path}`, which is not the address of a record of `{}`",
                self.system.name, collection.name
            );
            CallError { status: Some(answer.status), ..CallError::unsent(ErrorClass::Invalid, message) }
        })?;
        if to.query().is_none() {
            to.set_query(from.query());
        }
        Ok((to, key))
    }

    fn lost(&self, request: &Request, what: &str) -> CallError {
        let name = self.redactor.redact(&request.name());
        CallError::unsent(ErrorClass::Invalid, format!("`{}` says that a record was merged and points to {name}, {what}", self.system.name))
    }
}

/// The first of the attributes that each record of a collection has and were asked for that this one has not.
fn lacking<'c>(collection: &'c Collection, record: &[u8], ask: &ReadRequest) -> Option<&'c str> {
    let asked = ask.attributes.iter().map(|at| &collection.attributes[*at]);
    // What a part has is there with the part, and what no answer shows is in none.
    let mut shown = asked.filter(|one| !one.ty.optional && !one.unshown && one.part.is_none() && one.is_read());
    let has = |path, codec| Trie::new(&[(path, codec)]).read(record).is_ok_and(|row| row.iter().all(Result::is_ok));
    shown.find(|one| !has(one.path.clone(), one.codec.clone())).map(|one| one.name.as_str())
}
