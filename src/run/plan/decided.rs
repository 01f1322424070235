//! *Decisions by name*: what a person decided about single records, shown with the change set that it has an effect on.

use super::planner::{Candidate, Planner};
use crate::{
    run::{
        change_set::{Decided, Finding, Operation, Reason, Verdict},
        classify::{classification::RowVerdict, table::SourceState},
    },
    state::{
        decisions::{Choice, Decision},
        link::Life,
    },
    value::key::form,
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

impl Planner<'_> {
    /// Whether a person answered this very question with this choice. One with other words was not asked yet.
    pub(crate) fn answers(&self, candidate: &Candidate<'_>, choice: Choice, (reason, detail): (&Reason, &str)) -> bool {
        self.is_answer(&candidate.entry.key, choice, reason, detail)
    }

    pub(super) fn is_answer(&self, key: &str, choice: Choice, reason: &Reason, detail: &str) -> bool {
        let input = self.classification.input;
        let question = || input.digester.question(reason.word(), detail);
        let decided = input.decided(key).filter(|decision| decision.choice == choice);
        decided.is_some_and(|decision| decision.answers(&question()))
    }

    /// Holds what a person left out, until somebody decides otherwise.
    pub(super) fn hold_left_out(&mut self) {
        let all = self.classification.input.pending_work.decisions.all();
        for decision in all.into_iter().filter(|decision| decision.choice == Choice::Wait) {
            self.links.retain(|link| form(&link.key) != form(&decision.key));
            self.left.retain(|left| form(&left.key) != form(&decision.key));
            self.let_go.retain(|left| form(&left.key) != form(&decision.key));
            for at in 0..self.drafts.len() {
                if form(self.drafts[at].key()) == form(&decision.key) && !self.drafts[at].withdrawn {
                    self.hold_draft(at, Reason::LeftOut, decision.left_out_words());
                }
            }
        }
    }

    /// Whether a draft is a step of a leave, of an account that nothing shows closed.
    pub(super) fn would_close(&self, at: usize) -> bool {
        let draft = &self.drafts[at];
        let is_closed = draft.account.is_some_and(|account| self.classification.access(account).is_closed());
        matches!(draft.operation.verdict, Verdict::Leave | Verdict::Stage) && !is_closed
    }

    /// Takes away findings of which a person said that everything stays as it is.
    pub(super) fn keep_decided(&mut self) {
        let kept: Vec<Finding> = {
            let is_kept = |finding: &Finding| self.is_answer(&finding.key, Choice::Keep, &finding.kind, &finding.detail);
            self.findings.iter().filter(|finding| is_kept(finding)).cloned().collect()
        };
        self.kept = kept.iter().map(|finding| finding.key.clone()).collect();
        for finding in kept {
            self.findings.retain(|other| other.key != finding.key || other.kind != finding.kind);
            if finding.verdict == Verdict::Held
                && !self.findings.iter().any(|other| other.key == finding.key && other.verdict == Verdict::Held)
            {
                self.mark_unchanged(&finding.key);
            }
        }
    }

    /// The decisions that no question is left for: the person is here, with the account that is linked, or was never linked and is no
    /// longer there. What comes later is a new question, and not answered by what was said about somebody else.
    pub(super) fn settled(&self, operations: &[Operation]) -> Vec<String> {
        let mut all = self.classification.input.pending_work.decisions.all();
        all.retain(|decision| !matches!(decision.choice, Choice::Link | Choice::Unlink | Choice::Wait));
        if all.is_empty() {
            return Vec::new();
        }
        let operations = operations.iter().map(|operation| form(&operation.key));
        let asked = operations.chain(self.findings.iter().map(|finding| form(&finding.key))).chain(self.kept.iter().map(|kept| form(kept)));
        let asked: HashSet<Cow<'_, str>> = asked.collect();
        let states: HashMap<Cow<'_, str>, SourceState> =
            self.classification.entries.iter().map(|entry| (form(&entry.key), entry.state)).collect();
        let is_settled = |decision: &&Decision| {
            let key = form(&decision.key);
            !asked.contains(&key) && self.is_settled_now(&key, states.get(&key).copied())
        };
        all.into_iter().filter(is_settled).map(|decision| decision.key.clone()).collect()
    }

    /// `state`: of the record, where it was read or is known.
    fn is_settled_now(&self, key: &str, state: Option<SourceState>) -> bool {
        let (of, link) = (self.classification, self.classification.input.links.of_key(key));
        match state {
            Some(state) => {
                let is_here = state == SourceState::InScope && !of.input.is_broken();
                is_here && link.is_some_and(|link| link.life == Life::Open && of.accounts.row_of(&link.target).is_some())
            }
            None => link.is_none() && of.input.source.delta.is_none() && of.shows_absence() && !of.may_be_cut(),
        }
    }

    fn mark_unchanged(&mut self, key: &str) {
        let Some(entry) = self.classification.entries.iter().find(|entry| entry.key == key) else { return };
        match entry.row {
            Some(row) if self.rows[row as usize].verdict == Verdict::Held => {
                self.rows[row as usize] = RowVerdict { verdict: Verdict::Unchanged, scope: None };
            }
            Some(_) => {}
            None => {
                if let Some(held) = self.absent.get_mut(&Verdict::Held).filter(|held| **held > 0) {
                    *held -= 1;
                    *self.absent.entry(Verdict::Unchanged).or_default() += 1;
                }
            }
        }
    }

    /// The decisions in force, with the records as the screens name them.
    pub(super) fn decided(&self) -> Vec<Decided> {
        let one = |decision: &Decision| Decided {
            key: decision.key.clone(),
            choice: decision.words(),
            by: decision.by.clone(),
            made: decision.made,
            why: decision.why.clone(),
        };
        self.classification.input.pending_work.decisions.all().into_iter().map(one).collect()
    }
}
