//! Leavers: the leave itself, its later stages, and accounts that are open again.

use crate::{
    compile::{Action, Leaver},
    run::{
        change_set::{CALLED_TO_CLOSE, ComingWhen, Left, NextStage, Operation, Reason, ScopeRule, Step, Verdict},
        classify::{
            classification::{AccountAccess, StateReason},
            leavers::{self, LeaveReason, LeaverStatus},
            matching::{MatchResult, left_on},
            table::SourceState,
        },
        plan::planner::{Candidate, Planner, because},
        record_scope::cell,
    },
    state::{
        decisions::Choice,
        link::{Life, Link},
    },
    value::{Fault, canonical::same, trie::Row},
};

impl Planner<'_> {
    pub(crate) fn leave(&mut self, candidate: &Candidate<'_>) {
        let Some(because) = self.why_leaves(candidate) else { return self.out_of_scope(candidate) };
        if self.classification.input.adoption {
            return self.leaves_next(candidate, because);
        }
        let block = &self.plan().leavers[because.block];
        if let Some((kind, why)) = self.changed_hands(candidate, &block.actions, None) {
            self.hold(candidate, kind, why, vec![self.plan().line(because.condition(self.plan()).span)]);
            return self.stays_as_it_is(candidate);
        }
        match self.steps(&block.actions, candidate, self.account_row(candidate)) {
            Ok(steps) if steps.is_empty() && block.stages.is_empty() => self.left_already(candidate, None),
            // An earlier run closed it, and only now it is seen: the person has approved that leave already.
            Ok(steps) if steps.is_empty() && candidate.link.is_some_and(|link| link.life.has_let_go()) => {
                self.left_already(candidate, leavers::next_stage(block, 1));
            }
            Ok(steps) if steps.is_empty() && self.was_closed_by_us(candidate, &block.actions) || self.was_closed_by_call(candidate) => {
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
                self.draft_unless_held(candidate, operation);
            }
            Err(refusal) => {
                self.refuse(candidate, refusal);
                self.stays_as_it_is(candidate);
            }
        }
    }

    /// Of a step of a leave that can't be done: no run ends well as long as the account may be open.
    fn stays_as_it_is(&mut self, candidate: &Candidate<'_>) {
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

    fn was_called_to_close(&self, candidate: &Candidate<'_>) -> bool {
        let name = self.classification.input.digester.attribute(CALLED_TO_CLOSE);
        candidate.link.and_then(|link| link.bases.get(&name)).is_some_and(|base| base.held.is_none())
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

    /// Why somebody leaves or has left; `None` of whoever is here.
    pub(super) fn why_gone(&self, candidate: &Candidate<'_>) -> Option<LeaveReason> {
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
        let Some(stage) = self.stage_that_is_due(candidate, &leaver_status, block) else { return };
        let actions = leavers::actions(block, stage);
        let was_closed = leavers::closes_until(self.plan(), block, stage - 1);
        if let Some((kind, why)) = self.changed_hands(candidate, actions, Some(was_closed)) {
            self.hold(candidate, kind, why, Vec::new());
            // One that was closed and is open again was opened by somebody, which is only reported.
            if !was_closed {
                self.stays_as_it_is(candidate);
            }
            return;
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

    /// The number of the step to do. Another one than was announced waits until a person has decided that this very one is done.
    fn stage_that_is_due(&mut self, candidate: &Candidate<'_>, status: &LeaverStatus, block: &Leaver) -> Option<u32> {
        if let LeaverStatus::Due(stage) = status {
            return Some(*stage);
        }
        let detail = leavers::changed_words(self.plan(), block, candidate.link?);
        match leavers::changed_stage(self.plan(), block, candidate.link?) {
            Some((stage, due)) if self.answers(candidate, Choice::Leave, (&Reason::ProcedureChanged, &detail)) => {
                if due > self.today() {
                    self.mark(candidate, Verdict::AlreadyLeft, None);
                }
                (due <= self.today()).then_some(stage)
            }
            _ => {
                let line = block.stages.iter().map(|stage| self.plan().line(stage.span)).take(1).collect();
                self.hold(candidate, Reason::ProcedureChanged, detail, line);
                None
            }
        }
    }

    /// Why an account is neither closed nor deleted: it is somebody else's by now, or, before a delete, it is open again. A person may decide
    /// that the leave goes on. `was_closed`: in a later step of a leave, whether an earlier one closed the account; `None` in the first step.
    fn changed_hands(&self, candidate: &Candidate<'_>, actions: &[Action], was_closed: Option<bool>) -> Option<(Reason, String)> {
        let (account, link) = (candidate.account?, candidate.link?);
        let deletes = actions.iter().any(|action| matches!(action, Action::Delete { .. }));
        let why = if deletes {
            self.not_to_delete(candidate, account, was_closed)
        } else {
            self.given_to_somebody(candidate, account, link).map(|why| (Reason::ChangedHands, why))
        };
        why.filter(|(reason, detail)| !self.answers(candidate, Choice::Leave, (reason, detail)))
    }

    /// Why an account that would be closed is another person's: somebody has given it the key of another record, or another name and other
    /// values by which people are told apart. An address alone may have been changed by its person, who leaves all the same.
    fn given_to_somebody(&self, candidate: &Candidate<'_>, account: u32, link: &Link) -> Option<String> {
        let (accounts, noun, key) = (&self.classification.accounts, self.noun(), &candidate.entry.key);
        let (row, id) = (accounts.row(account), accounts.id(account));
        // A link that a person made may be to an account that has always had another key, and that of a record which is not there may have
        // the form of another key than is read now.
        let is_uncertain = link.since_run == 0 || candidate.entry.row.is_none();
        let is_ours = |at: usize| self.map.is_as_written(link, at, row) || is_uncertain && !self.map.is_known(link, at);
        if let Some((attribute, other)) = accounts.key_of_another(account, key, &is_ours) {
            return Some(format!("{noun} {id} has the {attribute} {other} now"));
        }
        let given = self.map.is_given_to_somebody(link, row);
        given
            .then(|| format!("{noun} {id} is somebody else's by now: it has another name, and other values by which people are told apart"))
    }

    fn not_to_delete(&self, candidate: &Candidate<'_>, account: u32, was_closed: Option<bool>) -> Option<(Reason, String)> {
        let (accounts, noun, key) = (&self.classification.accounts, self.noun(), &candidate.entry.key);
        let id = accounts.id(account);
        let moved = |why: String| Some((Reason::ChangedHands, why));
        if let Some(fault) = self.unreadable_identity(account, was_closed == Some(true)) {
            return Some((Reason::Unreadable, fault.message));
        }
        match self.classification.access(account) {
            AccountAccess::NotShown(attribute) if was_closed == Some(true) => {
                return Some((Reason::Unreadable, not_shown(&noun, id, attribute)));
            }
            access if was_closed == Some(true) && !access.is_closed() => {
                return moved(format!("{noun} {id} was closed when {key} left, and is open again"));
            }
            _ => {}
        }
        let row = accounts.row(account);
        let is_ours = |attribute: usize| candidate.link.is_some_and(|link| self.map.is_as_written(link, attribute, row));
        if let Some((attribute, other)) = accounts.key_of_another(account, key, &is_ours) {
            return moved(format!("{noun} {id} has the {attribute} {other} now"));
        }
        let link = candidate.link.filter(|_| was_closed.is_some())?;
        let name = self.other_identity(candidate, row, &is_ours).or_else(|| self.map.changed_identity(link, row))?;
        moved(format!("{noun} {id} is somebody else's by now: it has another `{name}`"))
    }

    /// Why it can't be told whose account it is, or whether it is closed: what says so can't be read.
    fn unreadable_identity(&self, account: u32, was_closed: bool) -> Option<Box<Fault>> {
        let (plan, row) = (self.plan(), self.classification.accounts.row(account));
        let access = plan.target.collection().access().map(|(at, _)| at);
        let access = access.filter(|_| was_closed);
        let parts = plan.rules.iter().flat_map(|rule| &rule.parts).map(|part| part.attribute);
        parts.chain(self.map.unique_attributes()).chain(access).find_map(|at| {
            let fault = cell(row, plan.target.slot_of(at)?).err()?;
            Some(Fault::unreadable(&plan.target.attribute(at).name, fault))
        })
    }

    /// The person left, and the account was reopened: reported, and closed again only with `enforce`.
    pub(crate) fn opened_again(&mut self, candidate: &Candidate<'_>) -> bool {
        let Some(Life::Left { stage, next, by_scope, .. }) = candidate.link.map(|link| link.life.clone()) else { return false };
        let leaving = match candidate.entry.state {
            SourceState::Leaver | SourceState::Missing => true,
            SourceState::OutOfScope => by_scope,
            _ => false,
        };
        let Some((account, (_, block))) = candidate.account.filter(|_| leaving).zip(self.leaver_status(candidate)) else { return false };
        let block = &self.plan().leavers[block];
        let by_call = leavers::closed_by_call_until(self.plan(), block, stage);
        if let (AccountAccess::Unreadable(attribute, fault), true) =
            (self.classification.access(account), by_call || leavers::closes_until(self.plan(), block, stage))
        {
            let why = Fault::unreadable(attribute, fault).message;
            let lines = block.actions.iter().map(|action| self.plan().line(action.span())).collect();
            self.hold(candidate, Reason::Unreadable, why, lines);
            return true;
        }
        let closed = by_call || leavers::closes_until(self.plan(), block, stage);
        if let (AccountAccess::NotShown(attribute), true) = (self.classification.access(account), closed) {
            let why = not_shown(&self.noun(), self.classification.accounts.id(account), attribute);
            self.hold(candidate, Reason::Unreadable, why, Vec::new());
            return true;
        }
        let collection = self.plan().target.collection();
        let closes = |step: &Step| match step {
            Step::Update { values } => values.iter().any(|written| written.closes(collection)),
            Step::Call { name, .. } => by_call && leavers::calls_to_close(self.plan(), block, name),
            _ => false,
        };
        let done = leavers::actions_until(block, stage);
        let Ok(mut steps) = self.steps(done, candidate, Some(self.classification.accounts.row(account))) else { return false };
        steps.retain(closes);
        if steps.is_empty() || self.classification.access(account).is_closed() {
            return false;
        }
        if let Some(detail) = self.still_held(candidate) {
            self.report(candidate, Verdict::AlreadyLeft, Reason::StillHeld, detail);
            return true;
        }
        // It is said on each day, and closed only if nothing speaks for the person being back.
        let key = &candidate.entry.key;
        let confirmed = self.leave_is_confirmed(candidate);
        if let Some(why) = self.classification.why_unconfirmed(key).filter(|_| block.enforce && !confirmed) {
            let account = self.classification.accounts.id(account);
            self.not_answered(candidate, &format!("{} {account} left and is open again, and {why}", self.noun()));
            return true;
        }
        if !block.enforce || !confirmed {
            let waits = if block.enforce { ": it is closed once the source shows that this person is still gone" } else { "" };
            let account = self.classification.accounts.id(account);
            let detail = format!("{} {account} left and is open again{waits}", self.noun());
            self.report(candidate, Verdict::Held, Reason::OpenedAgain, detail);
            return true;
        }
        let pending: Vec<Step> = self.pending_calls(candidate).filter(|step| !by_call || !closes(step)).cloned().collect();
        steps.extend(pending);
        let mut operation = self.operation(candidate, Verdict::Stage, steps);
        operation.stage = stage;
        operation.reason = Some("was opened again by somebody".into());
        operation.by_scope = by_scope;
        operation.next = next.and_then(|_| leavers::next_stage(block, stage));
        operation.closes_by_call = by_call;
        self.draft(candidate, operation, Some(account));
        true
    }

    /// The attribute by which an account is no longer the one that the first line of `match` looks for. What we wrote is nobody else's:
    /// the record may have changed since the leave, and the leave may have set another value.
    fn other_identity(&self, candidate: &Candidate<'_>, account: &Row, is_ours: &dyn Fn(usize) -> bool) -> Option<&str> {
        candidate.entry.row?;
        let rule = self.plan().rules.first()?;
        let target = &self.plan().target;
        rule.parts.iter().filter(|part| !is_ours(part.attribute)).find_map(|part| {
            let (wanted, slot) = (part.value.run(&candidate.record).ok()?, target.slot_of(part.attribute)?);
            let now = cell(account, slot).ok()?;
            let differs = !wanted.is_missing() && !same(&wanted, now, part.comparison);
            differs.then(|| target.attribute(part.attribute).name.as_str())
        })
    }

    /// Calls of a leave that a person wants to be made after all.
    pub(crate) fn pending_calls(&self, candidate: &Candidate<'_>) -> impl Iterator<Item = &Step> {
        self.pending_steps(candidate).filter(|step| candidate.account.is_some() && matches!(step, Step::Call { .. }))
    }

    /// Calls that a person wants to be made are made only for somebody who is still gone: whoever is back without being in scope, is rejected or
    /// not read, and whoever one list alone leaves out, waits.
    pub(crate) fn finish_leave_if_gone(&mut self, candidate: &Candidate<'_>) {
        let by_scope = matches!(candidate.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. }));
        let leaving = match candidate.entry.state {
            SourceState::Leaver | SourceState::Missing => true,
            SourceState::OutOfScope => by_scope,
            _ => false,
        };
        if leaving && self.leave_is_confirmed(candidate) {
            return self.finish_leave(candidate);
        }
        if let Some(why) = self.classification.why_unconfirmed(&candidate.entry.key).filter(|_| leaving) {
            return self.not_answered(candidate, &format!("a call of the leave is to be made, and {why}"));
        }
        let detail = "a call of the leave is to be made: it waits until the source shows that this person is still gone";
        self.hold(candidate, Reason::PerhapsNotSent, detail.to_owned(), Vec::new());
    }

    /// Makes them, before the next step if that is due, too.
    pub(crate) fn finish_leave(&mut self, candidate: &Candidate<'_>) {
        let Some(Life::Left { stage, by_scope, .. }) = candidate.link.map(|link| link.life.clone()) else { return };
        let calls = self.pending_calls(candidate).cloned().collect();
        let mut operation = self.operation(candidate, Verdict::Stage, calls);
        operation.stage = stage;
        operation.by_scope = by_scope;
        operation.reason = Some("asked for by `resend`".into());
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

/// `member 83021 does not show whether it is closed: `active` is missing`
fn not_shown(noun: &str, account: &str, attribute: &str) -> String {
    format!("{noun} {account} does not show whether it is closed: `{attribute}` is missing")
}
