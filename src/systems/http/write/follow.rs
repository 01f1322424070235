//! `follow`: asks what became of a job until a rule says it. Until then the outcome of the write is unknown.

use crate::{
    compile::system::{ErrorClass, Follow, Rules},
    systems::{
        CallError, Effect,
        http::{
            Client,
            answers::{Answer, Meaning, VendorError},
            failing::Look,
            judge::{Verdict, xml_tree},
            request::Request,
            send::RequestCount,
        },
        scope::{AnswerBody, Head, Scope},
    },
};
use std::{sync::Arc, time::Duration};

/// How a job has ended.
pub(super) enum JobEnd {
    /// The answer that tells the outcome of the write, and the request that it answers.
    Done(Answer, Box<Request>),
    /// A rule of the job says that it has failed: the answer, and its error.
    Failed(Answer, CallError),
}

impl Client {
    /// Asks until a job has ended.
    ///
    /// # Errors
    /// How it ends is not known: the write may have been made, so its effect is unknown.
    pub(super) async fn follow(&self, follow: &Follow, first: &Answer, write: &Request) -> Result<JobEnd, CallError> {
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
            let answer = self.send(&request, &mut RequestCount::default()).await;
            let answer = answer.map_err(|error| unknown(error, "could not be followed"))?;
            match &answer.meaning {
                Meaning::UnderWay => asked = answer.retry_after(self.host().now()),
                Meaning::Done => {
                    self.tells_no_failure(&request, &answer, write)?;
                    return Ok(JobEnd::Done(answer, Box::new(request)));
                }
                Meaning::Failed(error) => {
                    let error = self.job_error(&request, &answer, error.clone());
                    return Ok(JobEnd::Failed(answer, error));
                }
                Meaning::Gone(error) => return Err(unknown(self.gone(error, answer.status), "could not be followed")),
                _ => return Err(self.still_under_way(up_to)),
            }
        }
    }

    /// The request that asks for a job. An address that begins with a value of the answer is a link; other values are parts of one.
    fn job_request(&self, follow: &Follow, first: &Answer, write: &Request) -> Result<Request, CallError> {
        let head = Head { status: first.status, headers: &first.headers };
        let tree = xml_tree(first, std::iter::once(&follow.call.path), None);
        let body = AnswerBody::read(tree.as_ref(), &first.body);
        let scope = Scope { answer: body, head: Some(head), ..self.scope() };
        let link = follow.call.path.text(&scope, &str::to_owned).ok().flatten().filter(|link| !link.trim().is_empty());
        let link = link.ok_or_else(|| CallError::unsent(ErrorClass::Invalid, "its address is not in the answer"))?;
        let mut request = self.request(&follow.call, &scope, None)?;
        if follow.call.path.begins_with_a_value() {
            request.url = self.linked(&write.url, &link, "the job")?;
        }
        Ok(Request { reads: true, repeatable: true, polls: Some(Arc::clone(&follow.own)), look: Look::Nothing, ..request })
    }

    /// That a job of one write which is done says of no failure, as in `{"state": "completed", "failed": 1}`. What became of the elements
    /// of a batch is told by each of them.
    fn tells_no_failure(&self, request: &Request, answer: &Answer, write: &Request) -> Result<(), CallError> {
        if write.look == Look::Nothing {
            return Ok(());
        }
        let told = self.failure_of_done_job(&request.rules, &write.key, answer);
        let message = |words| format!("the job of `{}` is done, and tells of a failure: {words}", self.system.name);
        let error = |message| CallError { class: ErrorClass::Temporary, status: None, code: None, message, effect: Effect::Unknown };
        told.map_or(Ok(()), |words| Err(error(message(words))))
    }

    /// What the answer to a question means. The job is done, or has failed, only where a rule of its own says so, of a failure in an
    /// answer that succeeds: a question that is refused, or not answered, leaves the job as it is.
    pub(in crate::systems::http) fn of_job(&self, own: &Rules, answer: &Answer, verdict: Verdict) -> Verdict {
        let succeeds = (200..300).contains(&answer.status);
        match (verdict, self.judge(own, answer)) {
            (Verdict::Unproved(_), _) => Verdict::Means(Meaning::UnderWay),
            (Verdict::Means(Meaning::Done), own) if own != Verdict::Means(Meaning::Done) => Verdict::Means(Meaning::UnderWay),
            (Verdict::Error(error), Verdict::Error(_)) if succeeds && is_final(error.class) => Verdict::Means(Meaning::Failed(error)),
            (Verdict::Means(Meaning::Gone(error)), Verdict::Means(Meaning::Gone(_))) if succeeds => Verdict::Means(Meaning::Failed(error)),
            (verdict, _) => verdict,
        }
    }

    fn job_error(&self, request: &Request, answer: &Answer, error: VendorError) -> CallError {
        match error.class {
            ErrorClass::Gone => self.gone(&error, answer.status),
            _ => CallError { effect: Effect::None, ..self.refusal(request, answer, error).error },
        }
    }

    fn still_under_way(&self, up_to: Duration) -> CallError {
        let message = format!("the job of `{}` was not done within {} s", self.system.name, up_to.as_secs());
        CallError { class: ErrorClass::Temporary, status: None, code: None, message, effect: Effect::Unknown }
    }
}

/// Whether an error of this class is an outcome: a job that is busy, or refuses the question, may still end.
const fn is_final(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Invalid | ErrorClass::Conflict)
}

fn unknown(error: CallError, what: &str) -> CallError {
    CallError { effect: Effect::Unknown, message: format!("the job {what}: {}", error.message), class: ErrorClass::Temporary, ..error }
}
