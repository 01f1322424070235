//! Whether an account still belongs to its person: what is asked before a leave closes or deletes one, or makes a call for it.

use crate::{
    compile::system::Attribute,
    run::{
        change_set::Reason,
        classify::classification::AccountAccess,
        plan::planner::{Candidate, Planner},
        record_scope::cell,
    },
    state::{decisions::Choice, link::Link},
    value::{Fault, canonical::same, trie::Row},
};

impl Planner<'_> {
    /// Why an account is neither closed nor deleted, as [`Self::why_changed_hands`]. A person may decide that the leave goes on.
    pub(super) fn changed_hands(&self, candidate: &Candidate<'_>, deletes: bool, was_closed: Option<bool>) -> Option<(Reason, String)> {
        let why = self.why_changed_hands(candidate, deletes, was_closed);
        why.filter(|(reason, detail)| !self.answers(candidate, Choice::Leave, (reason, detail)))
    }

    /// Why an account is neither closed nor deleted: it belongs to another person now, or, before a delete, it is open again. `deletes`:
    /// whether what follows deletes the account, or may. `was_closed`: in a later step of a leave, whether an earlier one closed the
    /// account; `None` in the first step.
    pub(super) fn why_changed_hands(&self, candidate: &Candidate<'_>, deletes: bool, was_closed: Option<bool>) -> Option<(Reason, String)> {
        let (account, link) = (candidate.account?, candidate.link?);
        let unreadable = || self.unreadable_before_delete(account, was_closed == Some(true)).map(|why| (Reason::Unreadable, why));
        deletes.then(unreadable).flatten().or_else(|| {
            let opened = deletes.then(|| self.is_open_again(candidate, account, was_closed)).flatten();
            let other = deletes.then(|| self.not_to_delete(candidate, account, was_closed.is_some())).flatten();
            let other = other.or_else(|| self.given_to_somebody(candidate, account, link));
            // One question about all of it: an answer to a part of it would take back the answer to the other.
            let all: Vec<String> = opened.into_iter().chain(other).collect();
            (!all.is_empty()).then(|| (Reason::ChangedHands, all.join("; ")))
        })
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
        let given = self.map.given_to_somebody(link, row)?;
        let held: Vec<String> = given.into_iter().map(|at| self.held_words(at, row)).collect();
        Some(format!("{noun} {id} belongs to another person now: it has {}", held.join(" and ")))
    }

    /// `the email ada@example.com`: a question names the values, so that its answer holds for this person and for no third one.
    fn held_words(&self, attribute: usize, account: &Row) -> String {
        let target = &self.plan().target;
        let Attribute { name, secret, .. } = target.attribute(attribute);
        let held = target.slot_of(attribute).filter(|_| !secret).and_then(|slot| cell(account, slot).ok()?.to_text());
        held.map_or_else(|| format!("another {name}"), |held| format!("the {name} {held}"))
    }

    fn is_open_again(&self, candidate: &Candidate<'_>, account: u32, was_closed: Option<bool>) -> Option<String> {
        let is_open = was_closed == Some(true) && !self.classification.access(account).is_closed();
        let (noun, id, key) = (self.noun(), self.classification.accounts.id(account), &candidate.entry.key);
        is_open.then(|| format!("{noun} {id} was closed when {key} left, and is open again"))
    }

    /// Why an account that would be deleted is another person's by one value alone: a delete can't be taken back.
    fn not_to_delete(&self, candidate: &Candidate<'_>, account: u32, is_later: bool) -> Option<String> {
        let (accounts, noun, key) = (&self.classification.accounts, self.noun(), &candidate.entry.key);
        let (row, id) = (accounts.row(account), accounts.id(account));
        let is_ours = |attribute: usize| candidate.link.is_some_and(|link| self.map.is_as_written(link, attribute, row));
        if let Some((attribute, other)) = accounts.key_of_another(account, key, &is_ours) {
            return Some(format!("{noun} {id} has the {attribute} {other} now"));
        }
        let link = candidate.link.filter(|_| is_later)?;
        let changed = self.other_identity(candidate, row, &is_ours).or_else(|| self.map.changed_identity(link, row))?;
        Some(format!("{noun} {id} belongs to another person now: it has {}", self.held_words(changed, row)))
    }

    /// Why it can't be told whose account it is, or whether it is closed: what says so can't be read.
    fn unreadable_before_delete(&self, account: u32, was_closed: bool) -> Option<String> {
        if let Some(fault) = self.unreadable_identity(account, was_closed) {
            return Some(fault.message);
        }
        match self.classification.access(account) {
            AccountAccess::NotShown(attribute) if was_closed => {
                Some(not_shown(&self.noun(), self.classification.accounts.id(account), attribute))
            }
            _ => None,
        }
    }

    /// Why it can't be told whose account it is: what says so can't be read.
    pub(in crate::run::plan) fn unreadable_identity(&self, account: u32, was_closed: bool) -> Option<Box<Fault>> {
        let (plan, row) = (self.plan(), self.classification.accounts.row(account));
        let access = plan.target.collection().access().map(|(at, _)| at);
        let access = access.filter(|_| was_closed);
        let parts = plan.rules.iter().flat_map(|rule| &rule.parts).map(|part| part.attribute);
        parts.chain(self.map.unique_attributes()).chain(access).find_map(|at| {
            let fault = cell(row, plan.target.slot_of(at)?).err()?;
            Some(Fault::unreadable(&plan.target.attribute(at).name, fault))
        })
    }

    /// The attribute by which an account is no longer the one that the first line of `match` looks for. What we wrote is nobody else's:
    /// the record may have changed since the leave, and the leave may have set another value.
    fn other_identity(&self, candidate: &Candidate<'_>, account: &Row, is_ours: &dyn Fn(usize) -> bool) -> Option<usize> {
        candidate.entry.row?;
        let rule = self.plan().rules.first()?;
        let target = &self.plan().target;
        rule.parts.iter().filter(|part| !is_ours(part.attribute)).find_map(|part| {
            let (wanted, slot) = (part.value.run(&candidate.record).ok()?, target.slot_of(part.attribute)?);
            let now = cell(account, slot).ok()?;
            let differs = !wanted.is_missing() && !same(&wanted, now, part.comparison);
            differs.then_some(part.attribute)
        })
    }
}

/// `member 83021 does not show whether it is closed: `active` is missing`
pub(super) fn not_shown(noun: &str, account: &str, attribute: &str) -> String {
    format!("{noun} {account} does not show whether it is closed: `{attribute}` is missing")
}
