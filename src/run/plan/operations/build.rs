//! Builds operations out of steps, and drafts out of operations.

use crate::{
    compile::{Action, SourceLine},
    run::{
        change_set::{DELETED, Identity, NewLink, Operation, Reason, Step, Verdict, Written, effect_of_call},
        classify::{leavers, matching::MatchResult, table::SourceState},
        plan::{
            compare::WriteRefusal,
            draft::Draft,
            planner::{Candidate, Planner},
        },
    },
    state::link::Life,
    value::trie::Row,
};

impl<'a> Planner<'a> {
    pub(crate) fn account_row(&self, candidate: &Candidate<'_>) -> Option<&'a Row> {
        candidate.account.map(|row| self.classification.accounts.row(row))
    }

    /// The steps of some lines of a leaver block; values that the account already has are left out.
    pub(crate) fn steps<'s>(
        &self,
        actions: impl IntoIterator<Item = &'s Action>,
        candidate: &Candidate<'_>,
        account: Option<&Row>,
    ) -> Result<Vec<Step>, WriteRefusal> {
        let empty: Row = Box::default();
        let mut steps = Vec::new();
        for action in actions {
            match action {
                Action::Set { .. } => {
                    add_values(&mut steps, self.map.set(action, &candidate.record, account.unwrap_or(&empty))?.into_iter().collect())
                }
                Action::Call { call, once, .. } => {
                    steps.push(Step::Call { name: self.plan().target.collection().named[*call].0.clone(), once: *once });
                }
                Action::Delete { .. } => steps.push(Step::Delete),
            }
        }
        Ok(steps)
    }

    pub(crate) fn link_now(&mut self, candidate: &Candidate<'_>) {
        if let (None, MatchResult::One { row, rule }) = (candidate.link, &candidate.entry.found) {
            let target = self.classification.accounts.id(*row).to_owned();
            let by = self.plan().rule_name(&self.plan().rules[*rule]);
            self.identities.push(Identity { key: candidate.entry.key.to_string(), target: target.clone(), seen: self.seen_of(candidate) });
            self.links.push(NewLink { key: candidate.entry.key.to_string(), target, by });
        }
    }

    /// What the account that a record was found to have shows of all that tells people apart.
    fn seen_of(&self, candidate: &Candidate<'_>) -> Vec<(u64, u64)> {
        match &candidate.entry.found {
            MatchResult::One { row, .. } if candidate.link.is_none() => self.identity(candidate, *row),
            _ => Vec::new(),
        }
    }

    fn identity(&self, candidate: &Candidate<'_>, account: u32) -> Vec<(u64, u64)> {
        let accounts = &self.classification.accounts;
        let other = || Some(accounts.key_of_another(account, &candidate.entry.key, &|_| false)?.0);
        self.map.identity(candidate.link, &candidate.record, accounts.row(account), other)
    }

    /// Remembers what a linked account shows of all that tells people apart, where its person is here and it is in step with the record.
    pub(crate) fn remember_identity(&mut self, candidate: &Candidate<'_>) {
        let Some((link, account)) = candidate.link.zip(candidate.account) else { return };
        if candidate.entry.state != SourceState::InScope || link.life != Life::Open {
            return;
        }
        let seen = self.identity(candidate, account);
        if !seen.is_empty() {
            self.identities.push(Identity { key: link.key.clone(), target: link.target.clone(), seen });
        }
    }

    pub(crate) fn operation(&self, candidate: &Candidate<'_>, verdict: Verdict, steps: Vec<Step>) -> Operation {
        let found = match &candidate.entry.found {
            MatchResult::One { row, rule } if candidate.link.is_none() => {
                Some((self.classification.accounts.id(*row).to_owned(), self.plan().rule_name(&self.plan().rules[*rule])))
            }
            _ => None,
        };
        let (found, linked_by) = found.unzip();
        let mut operation = Operation {
            verdict,
            key: candidate.entry.key.to_string(),
            label: candidate.record.label(),
            target: candidate.link.map(|link| link.target.clone()).or(found),
            stage: 0,
            steps,
            reason: None,
            lines: Vec::new(),
            links_now: linked_by.is_some(),
            hash: String::new(),
            effects: Vec::new(),
            due: candidate.due(self.plan()).map(|(day, _)| day),
            linked_by,
            next: None,
            by_scope: false,
            was_closed: false,
            closes_by_call: false,
            after: Vec::new(),
            waiting: Vec::new(),
            again: false,
            agreed: Vec::new(),
            seen: self.seen_of(candidate),
            whose: Vec::new(),
        };
        operation.again = candidate.link.is_some_and(|link| {
            let deletes = || operation.deletes(self.plan().target.collection());
            let deleted = || deletes() && link.bases.get(&self.classification.input.digester.attribute(DELETED)).is_some();
            self.map.was_not_kept(link, operation.written()) || deleted()
        });
        if matches!(verdict, Verdict::Create | Verdict::Send) {
            operation.lines = vec![self.plan().line(self.plan().mode_span)];
        } else {
            operation.lines = lines_of(&operation).chain(self.call_lines(&operation)).collect();
        }
        operation.effects = self.map.effects(operation.written());
        operation
    }

    /// The step of an operation that an earlier run has perhaps made.
    fn stops_at(&self, operation: &Operation) -> Option<usize> {
        let perhaps = self.classification.input.pending_work.perhaps.get(&operation.key)?;
        operation.steps.iter().position(|step| match step {
            Step::Call { name, once } => perhaps.contains(&effect_of_call(name, *once, operation.stage)),
            _ => false,
        })
    }

    /// Whether a call for this record was sent and not answered.
    pub(crate) fn has_perhaps(&self, candidate: &Candidate<'_>) -> bool {
        self.classification.input.pending_work.perhaps.contains_key(candidate.entry.key.as_str())
    }

    pub(crate) fn hold_perhaps(&mut self, candidate: &Candidate<'_>) {
        let leaves = self.why_left(candidate).filter(|_| self.may_be_open(candidate));
        let lines = leaves.map(|leaves| self.plan().line(leaves.condition(self.plan()).span)).into_iter().collect();
        let known = self.classification.input.pending_work.perhaps.get(candidate.entry.key.as_str());
        let mut calls: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        calls.sort_unstable();
        let detail = format!("sent and never answered: {}; `resend` says whether it was made", calls.join(" and "));
        self.hold(candidate, Reason::PerhapsNotSent, detail, lines);
        // Also of an account that is not listed any more: the call in doubt may be what was to close it.
        if leaves.is_some() {
            self.leaves_open();
        }
    }

    /// Whether nothing shows that the account of a record is closed.
    pub(crate) fn may_be_open(&self, candidate: &Candidate<'_>) -> bool {
        candidate.account.is_none_or(|account| !self.classification.access(account).is_closed())
    }

    /// Notes that an account stays open by what was found last, although its person leaves.
    pub(crate) fn leaves_open(&mut self) {
        if let Some(finding) = self.findings.last_mut() {
            finding.leaves_open = true;
        }
    }

    pub(crate) fn draft(&mut self, candidate: &Candidate<'_>, mut operation: Operation, account: Option<u32>) {
        if let Some(at) = self.stops_at(&operation) {
            operation.waiting = operation.steps.split_off(at);
            if operation.steps.is_empty() {
                return self.hold_perhaps(candidate);
            }
        }
        if account.is_some()
            && let Some(protect) = leavers::protected(self.plan(), &candidate.record)
        {
            return self.hold(candidate, Reason::Protected, protect.reason.clone(), vec![self.plan().line(protect.span)]);
        }
        if let Some(account) = account.filter(|_| operation.closes(self.plan().target.collection())) {
            operation.whose = self.map.whose(self.classification.accounts.row(account), &operation);
        }
        self.mark(candidate, operation.verdict, None);
        self.drafts.push(Draft { row: candidate.entry.row, account, operation, withdrawn: false });
    }
}

/// The lines of the values that an operation writes, each once.
pub(super) fn lines_of(operation: &Operation) -> impl Iterator<Item = SourceLine> + use<> {
    let mut lines: Vec<SourceLine> = operation.written().map(|written| (*written.line).clone()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter()
}

/// Adds values to the last update, so that consecutive values are one request. Of two values for one attribute the later one is used.
pub(super) fn add_values(steps: &mut Vec<Step>, values: Vec<Written>) {
    if values.is_empty() {
        return;
    }
    match steps.last_mut() {
        Some(Step::Update { values: before }) => {
            for value in values {
                before.retain(|written| written.attribute != value.attribute);
                before.push(value);
            }
        }
        _ => steps.push(Step::Update { values }),
    }
}
