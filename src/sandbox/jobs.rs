//! Jobs: a write with `follow` is answered by the address of its job. The job says once that it is not done, and then what came of it.

use super::{
    answer::{Answer, inverse, solve},
    route::Action,
    scope::Scope,
};
use crate::{
    compile::{
        program::{Name, Names, Program, TemplatePart},
        system::{Call, Follow, Outcome},
    },
    value::{Fault, Value},
};
use serde_json::json;
use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

/// The jobs that were begun since a stand-in was started.
#[derive(Debug, Default)]
pub struct Jobs(Mutex<Vec<Job>>);

#[derive(Debug)]
struct Job {
    method: String,
    path: String,
    done: Answer,
    /// The call that began it, and the index of its collection.
    of: (usize, Action),
    /// Whether it has said that it is not done.
    asked: bool,
}

impl Jobs {
    /// What the job at an address says; none if there is no job.
    pub fn answer(&self, method: &str, path: &str) -> Option<Answer> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let job = jobs.iter_mut().rev().find(|job| job.method == method && job.path == path)?;
        let asked = std::mem::replace(&mut job.asked, true);
        Some(if asked { job.done.clone() } else { Answer::json(200, json!({})) })
    }

    /// The call that began the job at an address, and the index of its collection.
    pub fn call(&self, method: &str, path: &str) -> Option<(usize, Action)> {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.iter().rev().find(|job| job.method == method && job.path == path).map(|job| job.of)
    }

    /// Keeps what came of a write for its job, and answers with the job's address.
    pub fn begin(&self, follow: &Follow, of: (usize, Action), mut done: Answer, base: &str, scope: &Scope<'_>) -> Answer {
        if let Some(when) = follow.call.rules.of(Outcome::Done).next() {
            solve::make(&mut done, when, true);
        }
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = (jobs.len() + 1).to_string();
        let is_link = follow.call.path.begins_with_a_value();
        let own = format!("{base}/jobs/{number}");
        let written = || follow.call.path.text(&Numbered { number: &number, scope }, &str::to_owned).ok().flatten().unwrap_or_default();
        let path = if is_link { own.clone() } else { format!("{base}{}", written().split('?').next().unwrap_or_default()) };
        let value = if is_link { format!("{}{own}", scope.origin) } else { number.clone() };
        let mut first = Answer::json(202, json!({}));
        holes(&follow.call.path).into_iter().for_each(|hole| inverse::give(&mut first, hole, json!(value)));
        jobs.push(Job { method: follow.call.method.to_string(), path, done, of, asked: false });
        first
    }
}

/// The call of a write whose answer is that of its job.
pub fn of_job(call: &Call, follow: &Follow) -> Call {
    let copy = |program: &Program| program.clone();
    let (call, job) = (call.map(&copy), follow.call.map(&copy));
    Call { item: job.item, key: job.key, each: job.each, rules: job.rules, follow: None, ..call }
}

fn holes(path: &Program) -> Vec<&Program> {
    match path {
        Program::Template(parts) => {
            parts.iter().filter_map(|part| if let TemplatePart::Program(program) = part { Some(program) } else { None }).collect()
        }
        Program::Constant(_) => Vec::new(),
        other => vec![other],
    }
}

/// The names of a job's address: what the answer gives is its number.
struct Numbered<'a> {
    number: &'a str,
    scope: &'a Scope<'a>,
}

impl Names for Numbered<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        match name {
            Name::Answer(_) | Name::Header(_) => Ok(Cow::Owned(Value::text(self.number))),
            other => self.scope.value(other),
        }
    }
}
