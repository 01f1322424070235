//! Merged records: the system redirects to the surviving record, and the link moves there.

use crate::{
    compile::system::{Call, Collection, ErrorClass},
    systems::{
        CallError, GetResult,
        formats::lists::Lists,
        http::{
            Client,
            answers::{Answer, Meaning},
            request::Request,
            send::RequestCount,
        },
        keys::id_of,
    },
};
use reqwest::header::LOCATION;
use url::Url;

/// A surviving record may have been merged itself; the limit ends circles.
const HOPS: usize = 5;

impl Client {
    /// The record at the `Location` of an answer.
    ///
    /// # Errors
    /// It points nowhere or elsewhere, or the survivor can't be read.
    pub(crate) async fn survivor(
        &self,
        collection: &Collection,
        call: &Call,
        lists: &Lists,
        mut request: Request,
        mut answer: Answer,
    ) -> Result<GetResult, CallError> {
        let mut been = Vec::new();
        for _ in 0..HOPS {
            let next = self.pointed_at(&request.url, &answer)?;
            been.push(std::mem::replace(&mut request.url, next));
            if been.contains(&request.url) {
                return Err(self.lost(&request, "which leads back to itself"));
            }
            answer = self.send(&request, &mut RequestCount::default()).await?;
            if answer.meaning == Meaning::Moved {
                continue;
            }
            let record = self.snapshot(call, lists, &answer, &request)?;
            let id = id_of(collection, &record.json, &[]).ok_or_else(|| self.lost(&request, "and the record there has no key"))?;
            return Ok(GetResult::Merged { id, record });
        }
        Err(self.lost(&request, &format!("and that to another, more than {HOPS} times")))
    }

    /// The redirect target, with the query of the request unless it has its own. Never another origin, because the credentials
    /// are sent along.
    fn pointed_at(&self, from: &Url, answer: &Answer) -> Result<Url, CallError> {
        let elsewhere = |to: &str| {
            let message = format!("`{}` says that a record was merged and points to `{to}`, which is not followed", self.system.name);
            CallError { status: Some(answer.status), ..CallError::unsent(ErrorClass::Invalid, message) }
        };
        let location = answer.header(LOCATION).ok_or_else(|| elsewhere("nowhere"))?;
        let to = from.join(location).map_err(|_| elsewhere("nowhere"))?;
        let mut to = self.at_home(to).map_err(|to| elsewhere(to.host_str().unwrap_or_default()))?;
        if to.query().is_none() {
            to.set_query(from.query());
        }
        Ok(to)
    }

    fn lost(&self, request: &Request, what: &str) -> CallError {
        let name = self.redactor.redact(&request.name());
        CallError::unsent(ErrorClass::Invalid, format!("`{}` says that a record was merged and points to {name}, {what}", self.system.name))
    }
}
