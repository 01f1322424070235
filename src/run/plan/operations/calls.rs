//! The calls of `map`, and steps that an earlier run left unfinished.

use super::build::add_values;
use crate::{
    compile::{Action, MapCall, On, SourceLine},
    run::{
        change_set::{Operation, Step, Written},
        plan::{
            compare::WriteRefusal,
            planner::{Candidate, Planner},
        },
        record_scope::cell,
    },
    value::{
        canonical::{Comparison, same},
        trie::Row,
    },
};

impl<'a> Planner<'a> {
    fn name(&self, call: &MapCall) -> &'a str {
        &self.plan().target.collection().named[call.call].0
    }

    /// The calls that go with a write, without those that are made once and have been made.
    pub(crate) fn calls(&self, candidate: &Candidate<'_>, on: On) -> Result<Vec<Step>, WriteRefusal> {
        let mut steps = Vec::new();
        for call in self.plan().map_calls.iter().filter(|call| call.on == on || call.on == On::Both) {
            let holds = call.when.as_ref().map_or(Ok(true), |when| when.holds(&candidate.record));
            if holds.map_err(|fault| WriteRefusal { fault, span: call.span })? && !self.was_made(candidate, call) {
                steps.push(Step::Call { name: self.name(call).to_owned(), once: call.once });
            }
        }
        Ok(steps)
    }

    fn was_made(&self, candidate: &Candidate<'_>, call: &MapCall) -> bool {
        let called = self.classification.input.pending_work.called.get(self.name(call));
        candidate.link.is_some() && called.is_some_and(|keys| call.once && keys.contains(candidate.entry.key.as_str()))
    }

    /// The steps that an earlier run left unfinished, if the file still contains them.
    pub(crate) fn pending_steps(&self, candidate: &Candidate<'_>) -> impl Iterator<Item = &'a Step> + use<'a> {
        let plan = self.plan();
        let actions =
            plan.leavers.iter().flat_map(|leaver| leaver.actions.iter().chain(leaver.stages.iter().flat_map(|stage| &stage.actions)));
        let of_leavers = actions.filter_map(|action| if let Action::Call { call, .. } = action { Some(*call) } else { None });
        let calls: Vec<usize> = plan.map_calls.iter().map(|call| call.call).chain(of_leavers).collect();
        let is_there = move |name: &str| calls.iter().any(|call| plan.target.collection().named[*call].0 == *name);
        let steps = self.classification.input.pending_work.steps.get(candidate.entry.key.as_str()).into_iter().flatten();
        steps.filter(move |step| if let Step::Call { name, .. } = step { is_there(name) } else { true })
    }

    /// Adds unfinished steps of an earlier run; returns whether there were any.
    pub(crate) fn finish(&self, candidate: &Candidate<'_>, account: &Row, steps: &mut Vec<Step>) -> bool {
        let before = steps.len();
        for step in self.pending_steps(candidate) {
            match step {
                Step::Call { name, .. } if !calls(steps, name) => steps.push(step.clone()),
                Step::Update { values } => {
                    add_values(steps, values.iter().filter(|value| self.is_without(account, value)).cloned().collect())
                }
                _ => {}
            }
        }
        steps.len() > before
    }

    /// Whether an account has another value, or is not read for it. One that can't be read is left as it is.
    fn is_without(&self, account: &Row, value: &Written) -> bool {
        let target = &self.plan().target;
        let slot = target.collection().attribute(&value.attribute).and_then(|at| target.slot_of(at));
        slot.is_none_or(|slot| cell(account, slot).is_ok_and(|held| !same(held, &value.after.0, Comparison::default())))
    }

    /// The lines of the calls that an operation makes.
    pub(crate) fn call_lines(&self, operation: &Operation) -> Vec<SourceLine> {
        let made = self.plan().map_calls.iter().filter(|call| calls(&operation.steps, self.name(call)));
        made.map(|call| self.plan().line(call.span)).collect()
    }
}

fn calls(steps: &[Step], name: &str) -> bool {
    steps.iter().any(|step| matches!(step, Step::Call { name: each, .. } if each == name))
}
