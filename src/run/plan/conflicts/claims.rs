//! *Same person*: no account is closed while another current record matches it.

use crate::{
    run::{
        change_set::{Reason, Verdict},
        classify::{
            classification::{Entry, RowVerdict, StateReason, finding},
            matching::Buckets,
            table::SourceState,
        },
        plan::planner::Planner,
    },
    value::Text,
};
use std::collections::{BTreeMap, HashMap};

impl Planner<'_> {
    pub(super) fn hold_claimed(&mut self) {
        let leaving: HashMap<u32, usize> = self
            .drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.leaves())
            .filter_map(|(at, draft)| Some((draft.account?, at)))
            .collect();
        if leaving.is_empty() {
            return;
        }
        let claims = self.claims(&leaving);
        for (draft, claimants) in claims {
            self.same_person(draft, &claimants);
        }
    }

    /// By draft: the rows that claim its account, and the line that matches.
    fn claims(&self, leaving: &HashMap<u32, usize>) -> BTreeMap<usize, Vec<(u32, usize)>> {
        let accounts = &self.classification.accounts;
        let rules = &self.classification.plan().rules;
        let index: Vec<Buckets> = rules.iter().map(|rule| accounts.buckets(rule, |row| leaving.contains_key(&row))).collect();
        let mut claims: BTreeMap<usize, Vec<(u32, usize)>> = BTreeMap::new();
        for row in self.claimants() {
            let record = self.classification.record_scope(Some(row), None);
            for (at, rule) in rules.iter().enumerate() {
                // If a value can't be computed, only its line is skipped, so that the other lines still protect the account.
                let Ok(values) = rule.parts.iter().map(|part| part.value.run(&record)).collect::<Result<Vec<_>, _>>() else { continue };
                for account in accounts.candidates(&index[at], at, &values) {
                    let draft = leaving[&account];
                    let claimants = claims.entry(draft).or_default();
                    if self.drafts[draft].row != Some(row) && !claimants.iter().any(|(known, _)| *known == row) {
                        claimants.push((row, at));
                    }
                }
            }
        }
        claims.retain(|_, claimants| !claimants.is_empty());
        claims
    }

    /// Rows that block a close: in scope, held, rejected or not read, and not leavers themselves.
    fn claimants(&self) -> impl Iterator<Item = u32> {
        let unread = |entry: &Entry| entry.state == SourceState::Unread && matches!(entry.why, StateReason::NotRead(_));
        let current = move |entry: &&Entry| matches!(entry.state, SourceState::InScope | SourceState::Rejected) || unread(entry);
        let entries = self.classification.entries.iter().filter(current).filter_map(|entry| entry.row);
        entries.chain(self.classification.unkeyed.iter().copied())
    }

    fn same_person(&mut self, at: usize, claimants: &[(u32, usize)]) {
        let noun = self.classification.accounts.noun();
        let leaver = self.drafts[at].key().to_owned();
        let target = self.drafts[at].operation.target.clone().unwrap_or_default();
        let mut names = Vec::new();
        for (row, rule) in claimants {
            let word = self.classification.accounts.rule_word(*rule).to_owned();
            let detail = format!("{word} finds {target}, which {leaver} would close on leaving");
            names.push(self.hold_row(*row, Reason::SamePerson, &detail));
        }
        let detail = format!("{} still {} {noun} {target}", names.join(" and "), if names.len() == 1 { "matches" } else { "match" });
        self.hold_draft(at, Reason::SamePerson, detail);
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
