//! Accounts of people who left that are open again: reported, and closed again only with `enforce`.

use super::hands::not_shown;
use crate::{
    compile::Leaver,
    run::{
        change_set::{Reason, Step, Verdict},
        classify::{classification::AccountAccess, leavers, table::SourceState},
        plan::planner::{Candidate, Planner},
    },
    state::link::Life,
    value::Fault,
};

impl Planner<'_> {
    /// Whether the person left and the account was reopened, or nobody can tell; what is to be done about it is then planned or reported.
    pub(crate) fn opened_again(&mut self, candidate: &Candidate<'_>) -> bool {
        let Some(&Life::Left { stage, .. }) = candidate.link.map(|link| &link.life) else { return self.is_there_again(candidate) };
        // An unread record does not show that its person is back.
        let account = candidate.account.filter(|_| self.is_still_gone(candidate) || candidate.entry.state == SourceState::Unread);
        let Some((account, (_, block))) = account.zip(self.leaver_status(candidate)) else { return false };
        let block = &self.plan().leavers[block];
        let closed = leavers::closed_by_call_until(self.plan(), block, stage) || leavers::closes_until(self.plan(), block, stage);
        if let Some(why) = self.why_access_is_unknown(account).filter(|_| closed) {
            let lines = block.actions.iter().map(|action| self.plan().line(action.span())).collect();
            self.hold(candidate, Reason::Unreadable, why, lines);
            return true;
        }
        let steps = self.steps_that_close_again(candidate, account, block, stage);
        if steps.is_empty() || self.classification.access(account).is_closed() {
            return false;
        }
        if let Some(detail) = self.still_held(candidate) {
            self.report(candidate, Verdict::AlreadyLeft, Reason::StillHeld, detail);
        } else if !self.is_left_open(candidate, account, block) {
            self.close_again(candidate, account, block, steps);
        }
        true
    }

    /// Whether an account that was shown to be gone is there again, and open: what deleted it perhaps did not, or somebody restored it.
    fn is_there_again(&mut self, candidate: &Candidate<'_>) -> bool {
        let is_gone = matches!(candidate.entry.state, SourceState::Leaver | SourceState::Missing);
        let retired = candidate.link.filter(|link| link.is_retired() && is_gone);
        let Some((account, link)) = candidate.account.zip(retired) else { return false };
        let links = &self.classification.input.links;
        let is_of_another = links.of_target(&link.target).is_some_and(|other| other.key != link.key);
        if is_of_another || self.classification.access(account).is_closed() {
            return false;
        }
        let detail =
            format!("{} {} was gone when this one left, and is there again", self.noun(), self.classification.accounts.id(account));
        self.hold(candidate, Reason::OpenedAgain, detail, Vec::new());
        self.leaves_open();
        true
    }

    /// Why it can't be told whether an account is open.
    fn why_access_is_unknown(&self, account: u32) -> Option<String> {
        match self.classification.access(account) {
            AccountAccess::Unreadable(attribute, fault) => Some(Fault::unreadable(attribute, fault).message),
            AccountAccess::NotShown(attribute) => Some(not_shown(&self.noun(), self.classification.accounts.id(account), attribute)),
            _ => None,
        }
    }

    fn steps_that_close_again(&self, candidate: &Candidate<'_>, account: u32, block: &Leaver, stage: u32) -> Vec<Step> {
        let done = leavers::actions_until(block, stage);
        let mut steps = self.steps(done, candidate, Some(self.classification.accounts.row(account))).unwrap_or_default();
        steps.retain(|step| self.closes_again(step, block, stage));
        steps
    }

    fn closes_again(&self, step: &Step, block: &Leaver, stage: u32) -> bool {
        let collection = self.plan().target.collection();
        match step {
            Step::Update { values } => values.iter().any(|written| written.closes(collection)),
            Step::Call { name, .. } => {
                leavers::closed_by_call_until(self.plan(), block, stage) && leavers::calls_to_close(self.plan(), block, name)
            }
            _ => false,
        }
    }

    /// Whether the account stays open, which is said on each day: it is closed only if nothing speaks for the person being back, and only
    /// if it is still the account of that person.
    fn is_left_open(&mut self, candidate: &Candidate<'_>, account: u32, block: &Leaver) -> bool {
        let (key, confirmed) = (&candidate.entry.key, self.leave_is_confirmed(candidate));
        let opened = format!("{} {} left and is open again", self.noun(), self.classification.accounts.id(account));
        if let Some(why) = self.classification.why_unconfirmed(key).filter(|_| block.enforce && !confirmed) {
            self.not_answered(candidate, &format!("{opened}, and {why}"));
            return true;
        }
        if !block.enforce || !confirmed {
            let waits = if block.enforce { ": it is closed once the source shows that this person is still gone" } else { "" };
            self.hold(candidate, Reason::OpenedAgain, format!("{opened}{waits}"), Vec::new());
            return true;
        }
        let deletes = leavers::may_delete(self.plan().target.collection(), &block.actions);
        let other = self.changed_hands(candidate, deletes, None);
        let is_another = other.is_some();
        if let Some((kind, why)) = other {
            self.hold(candidate, kind, why, Vec::new());
        }
        is_another
    }

    fn close_again(&mut self, candidate: &Candidate<'_>, account: u32, block: &Leaver, mut steps: Vec<Step>) {
        let Some(&Life::Left { stage, next, by_scope, .. }) = candidate.link.map(|link| &link.life) else { return };
        let pending = self.pending_calls(candidate).filter(|step| !self.closes_again(step, block, stage));
        steps.extend(pending.cloned());
        let mut operation = self.operation(candidate, Verdict::Stage, steps);
        operation.stage = stage;
        operation.reason = Some("was opened again by somebody".into());
        operation.by_scope = by_scope;
        operation.next = next.and_then(|_| leavers::next_stage(block, stage));
        operation.closes_by_call = leavers::closed_by_call_until(self.plan(), block, stage);
        self.draft(candidate, operation, Some(account));
    }
}
