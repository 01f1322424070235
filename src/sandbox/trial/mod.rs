//! Tries what a system declares: builds the answer of every outcome, of every record and of every result of a batch, and judges it as the
//! client does; and makes the body of every write.
//!
//! In: a compiled system. Out: a diagnostic for each answer that is taken for something else than it was made for.

mod absent;
mod bodies;
mod commonplace;
mod envelopes;
mod failures;
mod last_page;
#[cfg(test)]
mod random;
mod removed;
mod requests;
mod rules;
mod successes;
#[cfg(test)]
mod tests;

use super::answer::{Answer, render};
use crate::{
    check::{Checked, model::system as checked},
    compile::{
        alone,
        system::{ErrorClass, Outcome, Rules, System},
    },
    diagnose::Diagnostic,
    host::Host,
    systems::{
        Budgets, ConnectionConfig, Observer, StopSignal,
        http::{
            answers::{Answer as Received, Meaning},
            judge::{Unproved, Verdict, judge},
        },
        scope::Scope,
    },
};
use std::{path::PathBuf, sync::Arc};
use successes::Successes;

/// The systems that were tried in one check, each once, whatever the number of pipelines that use it.
#[derive(Debug)]
pub struct Trials {
    host: Host,
    known: Vec<(Arc<checked::System>, Vec<Diagnostic>)>,
}

impl Trials {
    #[must_use]
    pub const fn new(host: Host) -> Self {
        Self { host, known: Vec::new() }
    }

    /// Adds to a checked file what the trial of its systems finds. A system with an error is not tried.
    pub fn add_to(&mut self, checked: &mut Checked) {
        let mut found = Vec::new();
        for alone in alone::systems(checked.declared()) {
            let broken = checked.diagnostics.iter().any(|one| one.is_error() && one.span.file == alone.span().file);
            if !broken {
                found.extend(self.of(alone).iter().cloned());
            }
        }
        if !found.is_empty() {
            checked.add(found);
        }
    }

    fn of(&mut self, alone: alone::Alone<'_>) -> &[Diagnostic] {
        let at = self.known.iter().position(|(known, _)| Arc::ptr_eq(known, alone.system));
        let at = at.unwrap_or_else(|| {
            self.known.push((Arc::clone(alone.system), tried(&self.host, &alone.compiled())));
            self.known.len() - 1
        });
        &self.known[at].1
    }
}

/// What is wrong with the answers that a system declares.
fn tried(host: &Host, system: &System) -> Vec<Diagnostic> {
    if system.http().is_none() {
        return Vec::new();
    }
    let trial = Trial { system, config: config(host) };
    let Successes { taken, unproved } = trial.successes();
    let mut found = taken;
    found.extend(trial.failures());
    found.extend(trial.rules(&found));
    let refused = |one: &Diagnostic| found.iter().any(|known| known.span == one.span);
    let unproved: Vec<_> = unproved.into_iter().filter(|one| !refused(one)).collect();
    found.extend(unproved);
    found.extend(trial.requests());
    found.extend(trial.bodies());
    found
}

/// One system that is tried.
struct Trial<'s> {
    system: &'s System,
    config: ConnectionConfig,
}

/// What the client takes an answer for.
#[derive(Debug, PartialEq, Eq)]
enum Judged {
    As(Outcome),
    /// It has words where errors have theirs, and nothing says that it succeeded.
    Words,
    /// There are rules for `done`, and none holds.
    NoRule,
}

impl Trial<'_> {
    /// Judges an answer after its way over the wire.
    fn judged(&self, rules: &Rules, answer: Answer) -> Judged {
        let headers = answer.headers.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?))).collect();
        let body = render::rendered(render::format(self.system), answer.body).bytes;
        let received = Received { status: answer.status, headers, body, framed: true, meaning: Meaning::Done };
        match judge(rules, &received, Scope::new(&self.config)) {
            Verdict::Means(Meaning::Done) => Judged::As(Outcome::Done),
            Verdict::Means(Meaning::Gone(_)) => Judged::As(Outcome::Error(ErrorClass::Gone)),
            Verdict::Means(Meaning::Moved) => Judged::As(Outcome::Moved),
            Verdict::Means(Meaning::LastPage) => Judged::As(Outcome::LastPage),
            Verdict::Means(Meaning::Full) => Judged::As(Outcome::Full),
            Verdict::Error(error) | Verdict::Means(Meaning::Failed(error)) => Judged::As(Outcome::Error(error.class)),
            Verdict::Unproved(Unproved::Words(_)) => Judged::Words,
            Verdict::Unproved(Unproved::NoRule(_) | Unproved::Broken(_) | Unproved::Undecided(_)) | Verdict::Means(Meaning::UnderWay) => {
                Judged::NoRule
            }
        }
    }
}

struct Unwatched;

impl Observer for Unwatched {}

/// The configuration of a connection that sends nothing.
fn config(host: &Host) -> ConnectionConfig {
    let now = host.now();
    ConnectionConfig {
        secrets: std::collections::BTreeMap::new(),
        origin: None,
        folder: PathBuf::new(),
        roots: crate::host::Roots::default(),
        tokens: None,
        now,
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        observer: Arc::new(Unwatched),
        host: host.clone(),
        budgets: Budgets::default(),
        stop: StopSignal::default(),
    }
}
