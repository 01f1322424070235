//! *Same person*: no account is taken from a person while another current record claims it.

use super::unique_values::hash;
use crate::{
    run::{
        change_set::{Reason, Verdict},
        classify::{
            classification::{Entry, RowVerdict, StateReason, finding},
            matching::Buckets,
            table::SourceState,
        },
        plan::planner::Planner,
        record_scope::{RecordScope, cell_or_null},
    },
    value::Text,
};
use std::collections::{BTreeMap, HashMap};

/// What a record claims an account by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// A line of `match` finds the account.
    Found(usize),
    /// It wants the value of a `unique` attribute that the account holds, or that its record wants too.
    Wants(usize),
}

/// The drafts that take accounts away, by what claims could meet them.
struct Takers {
    /// By account.
    of_account: HashMap<u32, usize>,
    /// For each line of `match`.
    found: Vec<Buckets>,
    /// By attribute and hash of a value.
    wants: HashMap<(usize, u64), Vec<usize>>,
}

impl Planner<'_> {
    pub(super) fn hold_claimed(&mut self) {
        let collection = self.classification.plan().target.collection();
        let taking = self.drafts.iter().enumerate().filter(|(_, draft)| draft.operation.closes(collection));
        let of_account: HashMap<u32, usize> = taking.filter_map(|(at, draft)| Some((draft.account?, at))).collect();
        if of_account.is_empty() {
            return;
        }
        for (draft, claimants) in self.claims(&self.takers(of_account)) {
            self.same_person(draft, &claimants);
        }
    }

    fn takers(&self, of_account: HashMap<u32, usize>) -> Takers {
        let (accounts, target) = (&self.classification.accounts, &self.classification.plan().target);
        let rules = self.classification.plan().rules.iter();
        let found = rules.map(|rule| accounts.buckets(rule, |row| of_account.contains_key(&row))).collect();
        let mut wants: HashMap<(usize, u64), Vec<usize>> = HashMap::new();
        for (account, draft) in &of_account {
            let held = self.map.unique_attributes().filter_map(|at| Some((at, cell_or_null(accounts.row(*account), target.slot_of(at)?))));
            let held = held.filter_map(|(at, value)| Some((at, hash(value, target.attribute(at).comparison)?)));
            let own = self.drafts[*draft].row.map(|row| self.wanted(&self.classification.record_scope(Some(row), Some(*account))));
            for value in held.chain(own.into_iter().flatten()) {
                let drafts = wants.entry(value).or_default();
                if !drafts.contains(draft) {
                    drafts.push(*draft);
                }
            }
        }
        Takers { of_account, found, wants }
    }

    /// The unique values that `map` would write for a record, as hashes. What can't be worked out claims nothing.
    fn wanted(&self, record: &RecordScope<'_>) -> Vec<(usize, u64)> {
        let how = |at: usize| self.classification.plan().target.attribute(at).comparison;
        self.map.wanted_unique(record).filter_map(|(at, value)| Some((at, hash(&value, how(at))?))).collect()
    }

    /// By draft: the rows that claim its account, and by what.
    fn claims(&self, takers: &Takers) -> BTreeMap<usize, Vec<(u32, Claim)>> {
        let mut claims: BTreeMap<usize, Vec<(u32, Claim)>> = BTreeMap::new();
        for row in self.claimants() {
            for (draft, claim) in self.claims_of(row, takers) {
                let claimants = claims.entry(draft).or_default();
                if self.drafts[draft].row != Some(row) && !claimants.iter().any(|(known, _)| *known == row) {
                    claimants.push((row, claim));
                }
            }
        }
        claims.retain(|_, claimants| !claimants.is_empty());
        claims
    }

    fn claims_of(&self, row: u32, takers: &Takers) -> Vec<(usize, Claim)> {
        let accounts = &self.classification.accounts;
        let record = self.classification.record_scope(Some(row), None);
        let mut claims = Vec::new();
        for (at, rule) in self.classification.plan().rules.iter().enumerate() {
            // If a value can't be computed, only its line is skipped, so that the other lines still protect the account.
            let Ok(values) = rule.parts.iter().map(|part| part.value.run(&record)).collect::<Result<Vec<_>, _>>() else { continue };
            let found = accounts.candidates(&takers.found[at], at, &values);
            claims.extend(found.into_iter().map(|account| (takers.of_account[&account], Claim::Found(at))));
        }
        for value in self.wanted(&record) {
            let drafts = takers.wants.get(&value).into_iter().flatten();
            claims.extend(drafts.map(|draft| (*draft, Claim::Wants(value.0))));
        }
        claims
    }

    /// Rows that block a close: in scope, held, rejected or not read, and not leavers themselves.
    fn claimants(&self) -> impl Iterator<Item = u32> {
        let unread = |entry: &Entry| entry.state == SourceState::Unread && matches!(entry.why, StateReason::NotRead(_));
        let current = move |entry: &&Entry| matches!(entry.state, SourceState::InScope | SourceState::Rejected) || unread(entry);
        let entries = self.classification.entries.iter().filter(current).filter_map(|entry| entry.row);
        entries.chain(self.classification.unkeyed.iter().copied())
    }

    fn same_person(&mut self, at: usize, claimants: &[(u32, Claim)]) {
        let noun = self.classification.accounts.noun();
        let leaver = self.drafts[at].key().to_owned();
        let target = self.drafts[at].operation.target.clone().unwrap_or_default();
        let mut names = Vec::new();
        for (row, claim) in claimants {
            let claim = match claim {
                Claim::Found(rule) => format!("{} finds {target}", self.classification.accounts.rule_word(*rule)),
                Claim::Wants(attribute) => {
                    format!("{} is that of {target}", self.classification.plan().target.attribute(*attribute).name)
                }
            };
            names.push(self.hold_row(*row, Reason::SamePerson, &format!("{claim}, which {leaver} would close on leaving")));
        }
        let verb = match (claimants, names.len()) {
            ([(_, Claim::Wants(_)), ..], 1) => "wants a value of",
            ([(_, Claim::Wants(_)), ..], _) => "want a value of",
            (_, 1) => "still matches",
            _ => "still match",
        };
        self.hold_draft(at, Reason::SamePerson, format!("{} {verb} {noun} {target}", names.join(" and ")));
    }

    /// Holds a row, no matter what was decided about it; returns its key, or its row if it has none.
    fn hold_row(&mut self, row: u32, kind: Reason, detail: &str) -> String {
        let Some(key) = self.classification.key_of_row(row).map(Text::to_string) else { return format!("record {}", row + 1) };
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
        key
    }
}
