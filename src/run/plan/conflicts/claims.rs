//! *Same person*: no account is taken from a person while another current record claims it.

use super::unique_values::hash;
use crate::{
    run::{
        change_set::{Reason, Verdict, WOULD_CLOSE},
        classify::{
            classification::{Entry, RowVerdict, StateReason, finding},
            leavers,
            table::SourceState,
        },
        plan::planner::Planner,
        record_scope::{RecordScope, cell},
    },
    state::{
        claims::Claim,
        decisions::Choice,
        link::{Absence, Life},
    },
    value::Text,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a record claims an account by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClaimBy {
    /// A line of `match` finds the account.
    Found(usize),
    /// It wants the value of a `unique` attribute that the account holds, or that its record wants too.
    Wants(usize),
}

/// By attribute and hash of a value: the accounts that hold it, or whose records want it.
type Holders = HashMap<(usize, u64), Vec<u32>>;

/// The claim of a row on an account.
type ClaimOf = (u32, u32, ClaimBy);

impl Planner<'_> {
    pub(super) fn hold_claimed(&mut self) {
        let collection = self.classification.plan().target.collection();
        let taking = self.drafts.iter().enumerate().filter(|(_, draft)| draft.operation.closes(collection));
        let taking: HashMap<u32, usize> = taking.filter_map(|(at, draft)| Some((draft.account?, at))).collect();
        let claims = self.claims_now(&taking);
        self.remember_claims(&claims);
        let mut of_draft: BTreeMap<usize, Vec<(u32, ClaimBy)>> = BTreeMap::new();
        for (row, account, claim) in claims {
            let Some(draft) = taking.get(&account).filter(|draft| self.drafts[**draft].row != Some(row)) else { continue };
            let claimants = of_draft.entry(*draft).or_default();
            if !claimants.iter().any(|(known, _)| *known == row) {
                claimants.push((row, claim));
            }
        }
        let key = |row: u32| self.classification.key_of_row(row).cloned();
        let asked = of_draft.iter().flat_map(|(draft, claimants)| claimants.iter().filter_map(|(row, _)| Some((*draft, key(*row)?))));
        let asked: HashSet<(usize, Text)> = asked.collect();
        for (draft, claimants) in of_draft {
            self.same_person(draft, &claimants);
        }
        self.hold_unreadable(&taking);
        self.hold_for_absent(&asked, &taking);
    }

    /// Holds closes of people who are not in the read, if it can't be read whose account it is, as long as there is somebody without an
    /// account: it may be the same person with another key, whose claim can't be seen.
    fn hold_unreadable(&mut self, taking: &HashMap<u32, usize>) {
        let of_absent = taking.iter().filter(|(_, draft)| self.drafts[**draft].row.is_none());
        let unreadable = of_absent.filter_map(|(account, draft)| Some((*draft, self.unreadable_identity(*account, false)?.message)));
        let mut unreadable: Vec<(usize, String)> = unreadable.collect();
        unreadable.sort_unstable();
        if unreadable.is_empty() || !self.claimants().any(|row| self.has_no_account(row)) {
            return;
        }
        for (draft, why) in unreadable {
            let detail = format!("{why}, and it may be of somebody who has no account yet");
            self.hold_unless_decided(draft, Reason::Unreadable, detail);
        }
    }

    /// Whether a record has no account of its own, and this change set finds it none, or something is in doubt about it.
    fn has_no_account(&self, row: u32) -> bool {
        let is_linked_now =
            || self.classification.key_of_row(row).is_some_and(|key| self.links.iter().any(|link| link.key == key.as_str()));
        !self.is_settled(row) && !is_linked_now()
    }

    /// The claims of records on accounts. If an operation takes an account from somebody, every record may claim it; else only those
    /// records are asked that have no open link or are held, because they may claim the account of another person.
    fn claims_now(&self, taking: &HashMap<u32, usize>) -> Vec<ClaimOf> {
        let claimants: Vec<u32> = self.claimants().filter(|row| !taking.is_empty() || !self.is_settled(*row)).collect();
        let input = self.classification.input;
        if claimants.is_empty() || input.links.is_empty() && input.related.holders.is_empty() {
            return Vec::new();
        }
        let holders = self.holders(taking);
        claimants.into_iter().flat_map(|row| self.claims_of(row, &holders)).collect()
    }

    /// Whether a record has an account of its own, and nothing is in doubt about it.
    fn is_settled(&self, row: u32) -> bool {
        let link = self.classification.key_of_row(row).and_then(|key| self.classification.link_of(key));
        link.is_some_and(|link| link.life == Life::Open) && self.rows[row as usize].verdict != Verdict::Held
    }

    /// Of all accounts that are linked, here or by another pipeline, and of those that somebody loses.
    fn holders(&self, taking: &HashMap<u32, usize>) -> Holders {
        let (accounts, target) = (&self.classification.accounts, &self.classification.plan().target);
        let mut holders = Holders::new();
        let linked = self.classification.input.links.iter().filter_map(|link| accounts.row_of(&link.target));
        let elsewhere = self.classification.input.related.holders.accounts().filter_map(|id| accounts.row_of(id));
        for account in linked.chain(elsewhere).chain(taking.keys().copied()) {
            let held = self.map.unique_attributes().filter_map(|at| Some((at, cell(accounts.row(account), target.slot_of(at)?).ok()?)));
            let held = held.filter_map(|(at, value)| Some((at, hash(value, target.attribute(at).comparison)?)));
            let own = taking.get(&account).and_then(|draft| self.drafts[*draft].row);
            let own = own.map(|row| self.wanted(&self.classification.record_scope(Some(row), Some(account))));
            for value in held.chain(own.into_iter().flatten()) {
                let rows = holders.entry(value).or_default();
                if !rows.contains(&account) {
                    rows.push(account);
                }
            }
        }
        holders
    }

    /// The unique values that `map` would write for a record, as hashes. What can't be worked out claims nothing.
    fn wanted(&self, record: &RecordScope<'_>) -> Vec<(usize, u64)> {
        let how = |at: usize| self.classification.plan().target.attribute(at).comparison;
        self.map.wanted_unique(record).filter_map(|(at, value)| Some((at, hash(&value, how(at))?))).collect()
    }

    fn claims_of(&self, row: u32, holders: &Holders) -> Vec<ClaimOf> {
        let record = self.classification.record_scope(Some(row), None);
        let rules = 0..self.classification.plan().rules.len();
        // If a value can't be computed, only its line is skipped, so that the other lines still protect the account.
        let found = rules.flat_map(|at| self.classification.accounts.found_by(at, &record).into_iter().map(move |account| (account, at)));
        let mut claims: Vec<ClaimOf> = found.map(|(account, at)| (row, account, ClaimBy::Found(at))).collect();
        for value in self.wanted(&record) {
            let accounts = holders.get(&value).into_iter().flatten();
            claims.extend(accounts.map(|account| (row, *account, ClaimBy::Wants(value.0))));
        }
        claims
    }

    /// What the next runs have to know, in case that a list leaves one of these records out.
    fn remember_claims(&mut self, claims: &[ClaimOf]) {
        let (of, accounts) = (&self.classification, &self.classification.accounts);
        if of.input.is_broken() {
            self.claims.clone_from(&of.input.pending_work.claims);
            return;
        }
        let fresh = claims.iter().filter_map(|(row, account, _)| {
            let (key, target) = (of.key_of_row(*row)?, accounts.id(*account));
            let held = || !of.input.related.holders.of(target).is_empty() && !self.links_now_to(*row, key, target);
            let other = of.input.links.of_target(target).map_or_else(held, |link| link.key.as_str() != key.as_str());
            other.then(|| Claim { key: key.to_string(), target: target.to_owned(), absence: Absence::default() })
        });
        let all = fresh.chain(self.claims_before());
        let mut all: Vec<Claim> = all.filter(|claim| !of.input.is_forgotten(&claim.key)).collect();
        all.sort_by(|left, right| (&left.key, &left.target, left.absence.runs).cmp(&(&right.key, &right.target, right.absence.runs)));
        all.dedup_by(|left, right| left.key == right.key && left.target == right.target);
        self.claims = all;
    }

    /// Whether this change set links a record with an account, which is more than a claim.
    fn links_now_to(&self, row: u32, key: &str, target: &str) -> bool {
        let draft = self.drafts.binary_search_by_key(&row, |draft| draft.row.unwrap_or(u32::MAX)).ok().map(|at| &self.drafts[at]);
        let drafted = draft.is_some_and(|draft| !draft.withdrawn && draft.operation.target.as_deref() == Some(target));
        drafted || self.links.iter().any(|link| link.key == key && link.target == target)
    }

    /// Claims of earlier runs whose records are not shown to be gone, and have said nothing else in this run.
    fn claims_before(&self) -> Vec<Claim> {
        let of = &self.classification;
        let before = &of.input.pending_work.claims;
        if before.is_empty() {
            return Vec::new();
        }
        let here: HashMap<&str, SourceState> =
            of.entries.iter().filter(|entry| entry.row.is_some()).map(|entry| (entry.key.as_str(), entry.state)).collect();
        let kept = |claim: &Claim| match here.get(claim.key.as_str()) {
            _ if of.input.chose(&claim.key, Choice::New, None) => None,
            _ if of.input.links.of_target(&claim.target).is_some_and(|link| link.key == claim.key) => None,
            _ if of.input.links.of_target(&claim.target).is_none() && of.input.related.holders.of(&claim.target).is_empty() => None,
            _ if of.doubled.iter().any(|key| key.as_str() == claim.key.as_str()) => Some(claim.clone()),
            Some(SourceState::Rejected | SourceState::Unread) => Some(claim.clone()),
            Some(_) => None,
            None => self.still_claims(claim),
        };
        before.iter().filter_map(kept).collect()
    }

    /// The claim of a record that is not in this read; `None` if it is shown to be gone.
    fn still_claims(&self, claim: &Claim) -> Option<Claim> {
        let (of, input) = (&self.classification, self.classification.input);
        if input.proofs.source_gone.contains(&claim.key) {
            return None;
        }
        let shown = input.source.delta.is_none() && of.shows_absence() && !of.may_be_cut();
        let counts = shown && !input.proofs.source_asked.contains(&claim.key);
        if !counts {
            return Some(claim.clone());
        }
        let absence = leavers::claimant_missing_again(of.plan(), &claim.absence, input.clock.now);
        (!leavers::claimant_is_gone(of.plan(), &absence)).then(|| Claim { absence, ..claim.clone() })
    }

    /// Holds leaves for records that claimed the account and are not in this read.
    fn hold_for_absent(&mut self, asked: &HashSet<(usize, Text)>, taking: &HashMap<u32, usize>) {
        let noun = self.classification.accounts.noun();
        for Claim { key, target, .. } in self.claims.clone() {
            let draft = self.draft_of(taking, &target);
            if let Some(draft) = draft.filter(|draft| !asked.contains(&(*draft, Text::from(key.as_str())))) {
                let detail = format!("{key} claimed {noun} {target}, and nothing shows that {key} is gone");
                self.hold_unless_decided(draft, Reason::SamePerson, detail);
            }
        }
        self.hold_for_others(taking);
    }

    /// Holds leaves for records that claim the account in other pipelines, as the last run of each has left it.
    fn hold_for_others(&mut self, taking: &HashMap<u32, usize>) {
        let (of, noun) = (self.classification, self.classification.accounts.noun());
        for (pipeline, Claim { key, target, .. }) in &of.input.related.claims {
            let own = |draft: &usize| self.drafts[*draft].key() == key.as_str();
            if let Some(draft) = self.draft_of(taking, target).filter(|draft| !own(draft)) {
                let detail = format!("{key} of {pipeline} wants {noun} {target}, or a value of it");
                self.hold_unless_decided(draft, Reason::SamePerson, detail);
            }
        }
    }

    /// The operation that takes an account from somebody.
    fn draft_of(&self, taking: &HashMap<u32, usize>, target: &str) -> Option<usize> {
        taking.get(&self.classification.accounts.row_of(target)?).copied()
    }

    fn hold_unless_decided(&mut self, draft: usize, reason: Reason, detail: String) {
        if !self.is_decided_leave(draft, &reason, &detail) {
            self.hold_draft(draft, reason, detail);
        }
    }

    /// Whether a person decided that an account is closed although just this speaks against it.
    fn is_decided_leave(&self, draft: usize, reason: &Reason, detail: &str) -> bool {
        let (key, account) = (self.drafts[draft].key(), self.drafts[draft].operation.target.as_deref());
        self.classification.input.chose(key, Choice::Leave, account) && self.is_answer(key, Choice::Leave, reason, detail)
    }

    /// Rows that block a close: in scope, held, rejected or not read, and not leavers themselves, nor people of whom a person said that they
    /// have none of these accounts.
    fn claimants(&self) -> impl Iterator<Item = u32> {
        let unread = |entry: &Entry| entry.state == SourceState::Unread && matches!(entry.why, StateReason::NotRead(_));
        let current = move |entry: &&Entry| matches!(entry.state, SourceState::InScope | SourceState::Rejected) || unread(entry);
        let entries = self.classification.entries.iter().filter(current).filter_map(|entry| entry.row);
        let input = self.classification.input;
        let is_new = |row: &u32| self.classification.key_of_row(*row).is_some_and(|key| input.chose(key, Choice::New, None));
        entries.filter(move |row| !is_new(row)).chain(self.classification.unkeyed.iter().copied())
    }

    fn same_person(&mut self, at: usize, claimants: &[(u32, ClaimBy)]) {
        let noun = self.classification.accounts.noun();
        let leaver = self.drafts[at].key().to_owned();
        let target = self.drafts[at].operation.target.clone().unwrap_or_default();
        let mut names: Vec<String> = claimants.iter().map(|(row, _)| self.name_of_row(*row)).collect();
        names.sort_unstable();
        let verb = match (claimants, names.len()) {
            ([(_, ClaimBy::Wants(_)), ..], 1) => "wants a value of",
            ([(_, ClaimBy::Wants(_)), ..], _) => "want a value of",
            (_, 1) => "still matches",
            _ => "still match",
        };
        let detail = format!("{} {verb} {noun} {target}", names.join(" and "));
        if self.is_decided_leave(at, &Reason::SamePerson, &detail) {
            return;
        }
        for (row, claim) in claimants {
            let claim = match claim {
                ClaimBy::Found(rule) => format!("{} finds {target}", self.classification.accounts.rule_word(*rule)),
                ClaimBy::Wants(attribute) => {
                    format!("{} is that of {target}", self.classification.plan().target.attribute(*attribute).name)
                }
            };
            self.hold_row(*row, Reason::SamePerson, &format!("{claim}, which {leaver} {WOULD_CLOSE}"));
        }
        self.hold_draft(at, Reason::SamePerson, detail);
    }

    /// The key of a row; its number where it has none.
    fn name_of_row(&self, row: u32) -> String {
        self.classification.key_of_row(row).map_or_else(|| format!("record {}", row + 1), Text::to_string)
    }

    /// Holds a row that has a key, no matter what was decided about it.
    pub(super) fn hold_row(&mut self, row: u32, kind: Reason, detail: &str) {
        let Some(key) = self.classification.key_of_row(row).map(Text::to_string) else { return };
        // Drafts are in the order of their rows, too.
        let draft = self.drafts.binary_search_by_key(&row, |draft| draft.row.unwrap_or(u32::MAX));
        if let Some(at) = draft.ok().filter(|at| !self.drafts[*at].withdrawn) {
            self.hold_draft(at, kind, detail.to_owned());
        } else if !matches!(self.rows[row as usize].verdict, Verdict::Held | Verdict::Rejected) {
            self.rows[row as usize] = RowVerdict { verdict: Verdict::Held, scope: None };
            let label = self.classification.record_scope(Some(row), None).label();
            self.findings.push(finding(Verdict::Held, &key, label, kind, detail.to_owned()));
            self.links.retain(|link| link.key != key);
        }
    }
}
