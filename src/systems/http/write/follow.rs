//! `follow`: asks what became of a job until a rule says it. Until then the outcome of the write is unknown.

use crate::{
    compile::system::{ErrorClass, Follow},
    systems::{
        CallError, Effect,
        http::{
            Client,
            answers::{Answer, Meaning},
            request::Request,
            send::RequestCount,
        },
        scope::{AnswerBody, Head, Scope},
    },
};
use std::time::Duration;

impl Client {
    /// The answer that tells the outcome of a job, and the request that it answers.
    ///
    /// # Errors
    /// A rule tells that the job has failed. In every other case the write may have been made, so its effect is unknown.
    pub(super) async fn follow(&self, follow: &Follow, first: &Answer, write: &Request) -> Result<(Answer, Request), CallError> {
        let request = self.job_request(follow, first, write).map_err(|error| unknown(error, "cannot be asked for"))?;
        let (every, up_to) = (Duration::from_secs(follow.every_seconds), Duration::from_secs(follow.up_to_seconds));
        let began = self.host().instant();
        let mut asked = first.retry_after(self.host().now());
        loop {
            let left = up_to.saturating_sub(self.host().since(began));
            let wait = asked.map_or_else(|| every.min(left), |asked| asked.max(every));
            if left.is_zero() || wait > left {
                return Err(self.still_under_way(up_to));
            }
            self.config.observer.waiting(&self.system.name, wait, "a job is under way");
            self.host().sleep(wait).await;
            let answer = self.send(&request, &mut RequestCount::default()).await.map_err(of_job)?;
            match &answer.meaning {
                Meaning::UnderWay => asked = answer.retry_after(self.host().now()),
                Meaning::Done => return Ok((answer, request)),
                Meaning::Gone(error) => return Err(of_job(self.gone(error, answer.status))),
                _ => return Err(self.still_under_way(up_to)),
            }
        }
    }

    /// The request that asks for a job. An address that begins with a value of the answer is a link; other values are parts of one.
    fn job_request(&self, follow: &Follow, first: &Answer, write: &Request) -> Result<Request, CallError> {
        let head = Head { status: first.status, headers: &first.headers };
        let scope = Scope { answer: AnswerBody::of(&first.body), head: Some(head), ..self.scope() };
        let link = follow.call.path.text(&scope, &str::to_owned).ok().flatten().filter(|link| !link.trim().is_empty());
        let link = link.ok_or_else(|| CallError::unsent(ErrorClass::Invalid, "its address is not in the answer"))?;
        let mut request = self.request(&follow.call, &scope, None)?;
        if follow.call.path.begins_with_a_value() {
            request.url = self.linked(&write.url, &link, "the job")?;
        }
        Ok(Request { reads: true, repeatable: true, polls: true, ..request })
    }

    fn still_under_way(&self, up_to: Duration) -> CallError {
        let message = format!("the job of `{}` was not done within {} s", self.system.name, up_to.as_secs());
        CallError { class: ErrorClass::Temporary, status: None, code: None, message, effect: Effect::Unknown }
    }
}

/// What an error in the questions says about the write: it failed only where a rule says so of an answer that succeeds. A question that
/// is refused, or not answered, leaves the job as it is.
fn of_job(error: CallError) -> CallError {
    let told = error.status.is_some_and(|status| (200..300).contains(&status));
    match error.class {
        ErrorClass::Invalid | ErrorClass::Conflict | ErrorClass::Gone if told => CallError { effect: Effect::None, ..error },
        _ => unknown(error, "could not be followed"),
    }
}

fn unknown(error: CallError, what: &str) -> CallError {
    CallError { effect: Effect::Unknown, message: format!("the job {what}: {}", error.message), class: ErrorClass::Temporary, ..error }
}
