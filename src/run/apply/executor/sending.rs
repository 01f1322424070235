//! Sends requests.

use super::{Completion, Executor};
use crate::{
    compile::system::ErrorClass,
    run::apply::{
        resolve::Why,
        target::Target,
        writes::{self, WriteError},
    },
    systems::{self, CallError, Effect, cancelled},
};

impl<'f, T: Target> Executor<'f, T> {
    pub(crate) fn launch(&mut self) {
        while self.in_flight.len() < self.context.target.at_once().max(1) && !self.to_send.is_empty() {
            let count = self.together();
            let batch: Vec<usize> = self.to_send.drain(..count).collect();
            self.send(&batch);
        }
    }

    fn send(&mut self, batch: &[usize]) {
        let (mut sent, mut requests) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for at in batch {
            match self.request(*at) {
                Ok(request) => {
                    sent.push(*at);
                    requests.push(request);
                }
                Err(why) => self.refused(*at, &CallError::unsent(ErrorClass::Invalid, why.to_string())),
            }
        }
        if sent.is_empty() {
            return;
        }
        self.under_way += sent.len();
        let target = self.context.target;
        let cancel = self.has_job(&sent).then(|| self.context.cancel.clone());
        self.in_flight.push(Box::pin(async move {
            let answers = tokio::select! {
                biased;
                answers = target.write(&requests) => answers,
                () = cancelled(cancel) => requests.iter().map(|_| Err(still_under_way())).collect(),
            };
            sent.into_iter().zip(answers.into_iter().map(Completion::Sent)).collect()
        }));
    }

    fn has_job(&self, sent: &[usize]) -> bool {
        sent.iter().filter_map(|at| self.states[*at].filled.as_ref()).any(|step| self.resolver.job_of(step).is_some())
    }

    fn request(&self, at: usize) -> Result<systems::Write, WriteError> {
        let state = &self.states[at];
        let (Some(step), Some(intent)) = (&state.filled, &state.intent) else { return Err(WriteError::NotReady) };
        let earlier = &self.operation(at).steps[..state.step];
        writes::write(&self.resolver.reader, (earlier, step), self.id(at).as_deref(), &state.looked, &intent.token)
    }

    pub(crate) fn resolve(&mut self, at: usize, why: Why) {
        let Some(step) = self.states[at].filled.clone() else { return };
        let (resolver, key, id) = (self.resolver, &self.operation(at).key, self.id(at));
        self.under_way += 1;
        self.in_flight
            .push(Box::pin(async move { vec![(at, Completion::Resolved(resolver.resolve(key, &step, id.as_deref(), why).await))] }));
    }
}

fn still_under_way() -> CallError {
    let message = "the run was stopped while the job was under way".to_owned();
    CallError { class: ErrorClass::Temporary, status: None, code: None, message, effect: Effect::Unknown }
}
