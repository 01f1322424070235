//! Leavers: the leave itself, its later stages, and calls that are made after all.

use crate::{
    compile::{Action, Leaver, SourceLine},
    run::{
        change_set::{CALLED_TO_CLOSE, ComingWhen, DELETED, Left, NextStage, Operation, Reason, ScopeRule, Step, Verdict},
        classify::{
            classification::StateReason,
            leavers::{self, LeaveReason, LeaverStatus},
            matching::{MatchResult, left_on},
            table::SourceState,
        },
        plan::{
            draft::Draft,
            planner::{Candidate, Planner, because},
        },
    },
    state::{decisions::Choice, link::Life},
};

impl Planner<'_> {
    pub(crate) fn leave(&mut self, candidate: &Candidate<'_>) {
        let Some(because) = self.why_leaves(candidate) else { return self.out_of_scope(candidate) };
        if self.classification.input.adoption {
            return self.leaves_next(candidate, because);
        }
        let block = &self.plan().leavers[because.block];
        if let Some((kind, why)) = self.changed_hands(candidate, self.may_delete(&block.actions), None) {
            return self.hold(candidate, kind, why, vec![self.plan().line(because.condition(self.plan()).span)]);
        }
        match self.steps(&block.actions, candidate, self.account_row(candidate)) {
            // An earlier run closed it, and only now it is seen: the person has approved that leave already.
            Ok(steps) if steps.is_empty() && candidate.link.is_some_and(|link| link.life.has_let_go()) => {
                self.left_already(candidate, leavers::next_stage(block, 1));
            }
            Ok(steps) if steps.is_empty() && self.was_closed_by_us(candidate, &block.actions) || self.was_closed_by_call(candidate) => {
                self.shown.push(candidate.entry.key.to_string());
                self.left_already(candidate, leavers::next_stage(block, 1));
            }
            Ok(steps) => {
                let mut operation = self.operation(candidate, Verdict::Leave, steps);
                operation.stage = 1;
                operation.reason = Some(self.reason(candidate, because));
                operation.lines = std::iter::once(self.plan().line(because.condition(self.plan()).span))
                    .chain(block.actions.iter().map(|action| self.plan().line(action.span())))
                    .collect();
                operation.next = leavers::next_stage(block, 1);
                operation.by_scope = candidate.entry.state == SourceState::OutOfScope;
                self.closes_by_call(candidate, &mut operation, block);
                if operation.steps.is_empty() && operation.next.is_none() {
                    return self.draft_of_nothing(candidate, operation);
                }
                self.draft_unless_held(candidate, operation);
            }
            Err(refusal) => {
                self.refuse(candidate, refusal);
                self.stays_as_it_is(candidate);
            }
        }
    }

    /// The account is closed already, by somebody else: the leave writes nothing, and a claim speaks against it like against any other.
    fn draft_of_nothing(&mut self, candidate: &Candidate<'_>, operation: Operation) {
        self.mark(candidate, operation.verdict, None);
        self.drafts.push(Draft { row: candidate.entry.row, account: candidate.account, operation, withdrawn: false });
    }

    /// Of a step of a leave that can't be done: no run ends well as long as the account may be open.
    pub(super) fn stays_as_it_is(&mut self, candidate: &Candidate<'_>) {
        if self.may_be_open(candidate) {
            self.leaves_open();
        }
    }

    /// The account is already as the leave would make it: the person is remembered as left, without an operation that somebody would have
    /// to review. `next`: the step that follows, if an earlier run has closed the account.
    fn left_already(&mut self, candidate: &Candidate<'_>, next: Option<NextStage>) {
        let by_scope = candidate.entry.state == SourceState::OutOfScope;
        self.left.push(Left { key: candidate.entry.key.to_string(), by_scope, next });
        self.mark(candidate, Verdict::AlreadyLeft, None);
    }

    fn was_closed_by_us(&self, candidate: &Candidate<'_>, actions: &[Action]) -> bool {
        let Some((link, account)) = candidate.link.zip(self.account_row(candidate)) else { return false };
        actions.iter().any(|action| matches!(action, Action::Set { attribute, .. } if self.map.was_sent(link, *attribute, account)))
    }

    /// Whether calls of an earlier run were to close the account, and it is seen closed now.
    fn was_closed_by_call(&self, candidate: &Candidate<'_>) -> bool {
        let is_closed = || candidate.account.is_some_and(|account| self.classification.access(account).is_closed());
        self.was_called_to_close(candidate) && is_closed()
    }

    /// Whether an earlier run has sent what deletes or closes an account, and nothing has shown it since.
    pub(crate) fn was_to_be_gone(&self, candidate: &Candidate<'_>) -> bool {
        let deleted = self.classification.input.digester.attribute(DELETED);
        let is_open = candidate.link.is_some_and(|link| link.life == Life::Open);
        is_open && (self.was_called_to_close(candidate) || candidate.link.is_some_and(|link| link.bases.get(&deleted).is_some()))
    }

    fn was_called_to_close(&self, candidate: &Candidate<'_>) -> bool {
        let name = self.classification.input.digester.attribute(CALLED_TO_CLOSE);
        candidate.link.and_then(|link| link.bases.get(&name)).is_some_and(|base| base.held.is_none())
    }

    fn may_delete(&self, actions: &[Action]) -> bool {
        leavers::may_delete(self.plan().target.collection(), actions)
    }

    /// Notes that the calls of a step are to close the account, so that they count only when it is seen closed.
    fn closes_by_call(&self, candidate: &Candidate<'_>, operation: &mut Operation, block: &Leaver) {
        operation.closes_by_call = leavers::closes_by_call(self.plan(), block, operation.stage);
        operation.again |= operation.closes_by_call && self.was_called_to_close(candidate);
    }

    fn why_leaves(&self, candidate: &Candidate<'_>) -> Option<LeaveReason> {
        match candidate.entry.state {
            SourceState::OutOfScope => leavers::by_scope(self.plan()),
            SourceState::Missing => leavers::by_absence(self.plan(), &self.absence_now(candidate)),
            _ => because(candidate.entry),
        }
    }

    /// Whether somebody leaves, or has left, whose account is linked and may be open. One that was closed, and is not listed, is not.
    pub(crate) fn is_open_leaver(&self, candidate: &Candidate<'_>) -> bool {
        let may_be_open = match candidate.link.map(|link| &link.life) {
            Some(Life::Open | Life::Left { stage: 0, .. }) => self.may_be_open(candidate),
            Some(Life::Left { .. }) => candidate.account.is_some() && self.may_be_open(candidate),
            Some(Life::Retired { .. }) | None => false,
        };
        may_be_open && self.why_left(candidate).is_some()
    }

    /// Why somebody leaves or has left; `None` of whoever is here.
    pub(super) fn why_left(&self, candidate: &Candidate<'_>) -> Option<LeaveReason> {
        let left = candidate.link.filter(|_| candidate.entry.state != SourceState::InScope);
        let block = || leavers::block_of_left(self.plan(), None, left?);
        self.why_leaves(candidate).or_else(|| block().map(|block| LeaveReason { block, condition: 0 }))
    }

    fn reason(&self, candidate: &Candidate<'_>, because: LeaveReason) -> String {
        match (candidate.entry.state, &candidate.entry.why) {
            (SourceState::OutOfScope, StateReason::Scope(scope)) => {
                let scope = &self.plan().scope[*scope as usize];
                format!("out of scope: {}", ScopeRule::of_line(scope.include).words(&scope.reason))
            }
            (SourceState::Missing, _) => {
                let words = leavers::absence_words(self.plan(), &self.absence_now(candidate));
                words.map_or_else(|| "missing".to_owned(), |words| format!("missing for {words}"))
            }
            _ => leavers::reason(self.plan(), because, &candidate.record),
        }
    }

    pub(crate) fn next_stage(&mut self, candidate: &Candidate<'_>) {
        let leaver_status = self.leaver_status(candidate).filter(|_| !self.classification.input.adoption);
        let Some((leaver_status, block)) = leaver_status else { return self.mark(candidate, Verdict::AlreadyLeft, None) };
        let block = &self.plan().leavers[block];
        if block.enforce && self.opened_again(candidate) {
            return;
        }
        if self.pending_calls(candidate).next().is_some() {
            return self.finish_leave(candidate);
        }
        let Some((stage, changed)) = self.stage_that_is_due(candidate, &leaver_status, block) else { return };
        let actions = leavers::actions(block, stage);
        let was_closed = leavers::closes_until(self.plan(), block, stage - 1);
        if let Some((kind, why)) = self.question_of_stage(candidate, self.may_delete(actions), was_closed, changed) {
            let lines = if kind == Reason::ProcedureChanged { self.line_of_stages(block) } else { Vec::new() };
            return self.hold(candidate, kind, why, lines);
        }
        match self.steps(actions, candidate, self.account_row(candidate)) {
            Ok(mut steps) => {
                if leavers::closes_by_call(self.plan(), block, stage) && self.was_closed_by_call(candidate) {
                    steps.retain(|step| !matches!(step, Step::Call { .. }));
                }
                let mut operation = self.operation(candidate, Verdict::Stage, steps);
                operation.stage = stage;
                self.closes_by_call(candidate, &mut operation, block);
                operation.reason = candidate.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                operation.lines = actions.iter().map(|action| self.plan().line(action.span())).collect();
                operation.next = leavers::next_stage(block, stage);
                operation.by_scope = matches!(candidate.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. }));
                operation.was_closed = was_closed;
                self.draft_unless_held(candidate, operation);
            }
            Err(refusal) => {
                self.refuse(candidate, refusal);
                self.stays_as_it_is(candidate);
            }
        }
    }

    /// The number of the step that may be done today, and how it differs from the one that was announced.
    fn stage_that_is_due(&mut self, candidate: &Candidate<'_>, status: &LeaverStatus, block: &Leaver) -> Option<(u32, Option<String>)> {
        if let LeaverStatus::Due(stage) = status {
            return Some((*stage, None));
        }
        let changed = leavers::changed_words(self.plan(), block, candidate.link?);
        match leavers::changed_stage(self.plan(), block, candidate.link?) {
            Some((stage, due)) if due <= self.today() => return Some((stage, Some(changed))),
            Some(_) if self.answers(candidate, Choice::Leave, (&Reason::ProcedureChanged, &changed)) => {
                if !self.opened_again(candidate) {
                    self.mark(candidate, Verdict::AlreadyLeft, None);
                }
            }
            _ => self.hold(candidate, Reason::ProcedureChanged, changed, self.line_of_stages(block)),
        }
        None
    }

    fn line_of_stages(&self, block: &Leaver) -> Vec<SourceLine> {
        block.stages.first().map(|stage| self.plan().line(stage.span)).into_iter().collect()
    }

    /// What a person has to decide before a step is done: another one than was announced waits until somebody says that this very one is
    /// done, with this account. It is one question about all of it: an answer to a part of it would take back the answer to the other.
    fn question_of_stage(
        &self,
        candidate: &Candidate<'_>,
        deletes: bool,
        was_closed: bool,
        changed: Option<String>,
    ) -> Option<(Reason, String)> {
        let question = match (changed, self.why_changed_hands(candidate, deletes, Some(was_closed))) {
            (Some(changed), None) => Some((Reason::ProcedureChanged, changed)),
            (Some(changed), Some((Reason::ChangedHands, why))) => Some((Reason::ChangedHands, format!("{changed}; {why}"))),
            (_, other) => other,
        };
        question.filter(|(reason, detail)| !self.answers(candidate, Choice::Leave, (reason, detail)))
    }

    /// Calls of a leave that a person wants to be made after all.
    pub(crate) fn pending_calls(&self, candidate: &Candidate<'_>) -> impl Iterator<Item = &Step> {
        self.pending_steps(candidate).filter(|step| candidate.account.is_some() && matches!(step, Step::Call { .. }))
    }

    /// Calls that a person wants to be made are made only for somebody who is still gone: whoever is back without being in scope, is
    /// rejected or not read, and whoever one list alone leaves out, waits.
    pub(crate) fn finish_leave_if_gone(&mut self, candidate: &Candidate<'_>) {
        let leaving = self.is_still_gone(candidate);
        if leaving && self.leave_is_confirmed(candidate) {
            return self.finish_leave(candidate);
        }
        if let Some(why) = self.classification.why_unconfirmed(&candidate.entry.key).filter(|_| leaving) {
            return self.not_answered(candidate, &format!("a call of the leave is to be made, and {why}"));
        }
        let detail = "a call of the leave is to be made: it waits until the source shows that this person is still gone";
        self.hold(candidate, Reason::CallWaits, detail.to_owned(), Vec::new());
    }

    /// Whether nothing shows that somebody who has left is back.
    pub(super) fn is_still_gone(&self, candidate: &Candidate<'_>) -> bool {
        match candidate.entry.state {
            SourceState::Leaver | SourceState::Missing => true,
            SourceState::OutOfScope => matches!(candidate.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. })),
            _ => false,
        }
    }

    /// Makes them, before the next step if that is due, too.
    pub(crate) fn finish_leave(&mut self, candidate: &Candidate<'_>) {
        let Some(link) = candidate.link else { return };
        let Life::Left { stage, by_scope, .. } = link.life else { return };
        let was_closed = leavers::block_of_left(self.plan(), None, link)
            .is_some_and(|block| leavers::closes_until(self.plan(), &self.plan().leavers[block], stage));
        let collection = self.plan().target.collection();
        let deletes = self.pending_calls(candidate).any(|step| step.may_delete(collection));
        if let Some((kind, why)) = self.changed_hands(candidate, deletes, Some(was_closed).filter(|_| deletes)) {
            self.hold(candidate, kind, why, Vec::new());
            if !was_closed {
                self.stays_as_it_is(candidate);
            }
            return;
        }
        let calls = self.pending_calls(candidate).cloned().collect();
        let mut operation = self.operation(candidate, Verdict::Stage, calls);
        operation.stage = stage;
        operation.by_scope = by_scope;
        operation.reason = Some("asked for by `resend`".into());
        operation.was_closed = was_closed;
        self.draft_unless_held(candidate, operation);
    }

    pub(crate) fn link_only(&mut self, candidate: &Candidate<'_>, leaves_next: bool) {
        self.link_now(candidate);
        match because(candidate.entry).filter(|_| leaves_next) {
            Some(because) => self.leaves_next(candidate, because),
            None => self.mark(candidate, Verdict::Unchanged, None),
        }
    }

    /// A record that this run links leaves in the next run, so that a person sees the link first. If its account is closed already, it has
    /// left: if the person comes back, that is a return, and not an account closed by hand.
    fn leaves_next(&mut self, candidate: &Candidate<'_>, because: LeaveReason) {
        let block = &self.plan().leavers[because.block];
        let found =
            if let MatchResult::One { row, .. } = &candidate.entry.found { Some(self.classification.accounts.row(*row)) } else { None };
        let nothing = self.steps(&block.actions, candidate, self.account_row(candidate).or(found)).is_ok_and(|steps| steps.is_empty());
        if nothing && block.stages.is_empty() {
            return self.left_already(candidate, None);
        }
        self.mark(candidate, Verdict::Unchanged, None);
        self.again.extend(candidate.entry.row.map(|row| (row, "leaves in the next run")));
        let reason = self.reason(candidate, because);
        self.come(candidate, (self.today(), ComingWhen::NextRun), reason, because);
    }
}
