//! Decides on each classified record by the decision table, and records a draft, a link or a finding.

use super::{
    guard::Limit,
    planner::{Candidate, Planner, because},
};
use crate::{
    compile::OnLost,
    run::{
        change_set::{DELETED, Finding, Reason, Verdict},
        classify::{
            classification::{Classification, Entry, RowVerdict, StateReason},
            leavers,
            matching::{MatchResult, left_on},
            table::{self, Decision, Hold, LinkState, Policy, SourceState},
        },
    },
    state::{
        decisions::Choice,
        link::{Life, Link},
    },
    value::{Fault, Text},
};
use std::{cell::OnceCell, collections::HashMap};

impl<'a> Planner<'a> {
    /// Decides on all records; `rows` and `findings` are the verdicts that the classification has given already.
    pub fn decide_all(classification: &'a Classification<'a>, rows: Vec<RowVerdict>, findings: Vec<Finding>) -> Self {
        let mut planner = Self::new(classification, rows, findings);
        classification.refs.link(fresh_links(classification));
        planner.doubt_many_gone();
        for entry in &classification.entries {
            planner.decide(entry);
        }
        planner.withdraw();
        planner
    }

    /// If many accounts are missing at once, a lost permission is more likely than the deletion of all of them, but for those that an
    /// earlier run has deleted and no answer has shown to be gone.
    fn doubt_many_gone(&mut self) {
        let deleted = self.classification.input.digester.attribute(DELETED);
        let by_us = |entry: &&Entry| self.classification.link_of(&entry.key).is_some_and(|link| link.bases.get(&deleted).is_some());
        let missing = self.classification.entries.iter().filter(|entry| entry.link == LinkState::AccountMissing);
        let gone = missing.filter(|entry| !by_us(entry)).count() as u64;
        let open = self.open_links();
        if gone > Limit::NO_CHANCE.allowed(open).max(1) {
            self.gone_is_doubtful = true;
            self.doubts
                .push(format!("{gone} of {open} linked accounts are missing at once: look whether the credential may still see them"));
        }
    }

    fn decide(&mut self, entry: &'a Entry) {
        let classification = self.classification;
        let link = classification.link_of(&entry.key);
        let account = match (link, &entry.found) {
            (Some(link), _) => classification.accounts.row_of(&link.target),
            (None, MatchResult::One { row, .. }) => Some(*row),
            (None, _) => None,
        };
        self.count_absence(entry, link);
        let record = classification.record_scope(entry.row, account);
        let candidate = Candidate { entry, record, link, account, due: OnceCell::new() };
        if classification.input.sends_events() {
            return self.event(&candidate);
        }
        self.note_due(&candidate);
        if entry.state == SourceState::InScope && link.is_some_and(|link| link.life.has_let_go()) {
            self.taken_back.push(entry.key.to_string());
        }
        if link.is_some_and(|link| link.life == Life::Open) && leavers::protected(self.plan(), &candidate.record).is_some() {
            self.protected += 1;
        }
        if let Some(why) = self.is_blocked(&candidate) {
            return self.hold(&candidate, Reason::Unknown, why.into(), Vec::new());
        }
        if self.hold_forgotten(&candidate) {
            return;
        }
        if let Some(why) = self.merged_away(link) {
            return self.hold(&candidate, Reason::Merged, why, Vec::new());
        }
        if let Some(fault) = self.not_read(entry) {
            let detail = fault.message.to_string();
            return self.not_answered(&candidate, &detail);
        }
        let decision = table::decide(table::cell(entry.state, self.link_state(&candidate), self.plan().mode), self.policy(&candidate));
        match candidate.account.and_then(|account| self.classification.accounts.is_doubled(account)) {
            Some(why) if decision.is_about_the_account() => self.hold(&candidate, Reason::DuplicateKey, why, Vec::new()),
            _ if decision == Decision::Create && self.hold_unlinked(&candidate) => {}
            // Somebody else with a key that was used before.
            _ if matches!(decision, Decision::Return { .. }) && self.plan().mode.creates() && self.is_decided_again(&candidate) => {
                self.act(&candidate, Decision::CreateAgain);
            }
            _ => {
                self.remember_identity(&candidate);
                self.act(&candidate, decision);
            }
        }
    }

    /// A record that a person took off its account gets no new one unasked; returns whether it is one.
    fn hold_unlinked(&mut self, candidate: &Candidate<'_>) -> bool {
        let Some(account) = self.classification.not_its_account(&candidate.entry.key) else { return false };
        let detail = format!("a person took it off {} {account}, and nothing else is decided", self.noun());
        self.hold(candidate, Reason::Unlinked, detail, Vec::new());
        true
    }

    /// Holds a record that a person asked to forget; returns whether it is one.
    pub(crate) fn hold_forgotten(&mut self, candidate: &Candidate<'_>) -> bool {
        let forgotten = self.classification.input.is_forgotten(candidate.entry.key.as_str());
        if forgotten {
            let why = "a person asked that it is forgotten: `counterpart forget KEY --lift` lets it be planned again";
            self.hold(candidate, Reason::Forgotten, why.into(), Vec::new());
        }
        forgotten
    }

    /// Why a record is unread, where its source was read to the end.
    fn not_read(&self, entry: &'a Entry) -> Option<&'a Fault> {
        match &entry.why {
            StateReason::NotRead(fault) if !self.classification.input.is_broken() => Some(fault),
            _ => None,
        }
    }

    /// Whether another record has a claim on the account that this record's account was merged into; the claim in words.
    fn merged_away(&self, link: Option<&Link>) -> Option<String> {
        let input = self.classification.input;
        let (from, to) = input.proofs.merged.get_key_value(&link?.target)?;
        let (noun, heir) = (self.noun(), input.proofs.other_heir(input.links, from, to));
        Some(match heir {
            Some(heir) if heir.target != *to => {
                format!("{noun} {from} was merged into {to}, and so was {}, which is linked to {}", heir.target, heir.key)
            }
            heir => {
                format!("{noun} {from} was merged into {to}, which is linked to {}", heir.map_or("somebody else", |heir| heir.key.as_str()))
            }
        })
    }

    /// Whether an earlier write to this record, by this direction or the other, has no known outcome yet; in words.
    fn is_blocked(&self, candidate: &Candidate<'_>) -> Option<&'static str> {
        let input = self.classification.input;
        let id =
            candidate.link.map(|link| link.target.as_str()).or_else(|| candidate.account.map(|row| self.classification.accounts.id(row)));
        if input.blocked.contains(candidate.entry.key.as_str()) {
            return Some("an earlier write has no known outcome yet");
        }
        let there = id.is_some_and(|id| input.related.blocked.contains(id));
        there.then_some("an earlier write of the other direction has no known outcome yet")
    }

    fn link_state(&self, candidate: &Candidate<'_>) -> LinkState {
        match candidate.entry.link {
            LinkState::AccountMissing | LinkState::LeftAccountMissing if self.gone_is_doubtful => LinkState::LinkedUnread,
            state => state,
        }
    }

    fn policy(&self, candidate: &Candidate<'_>) -> Policy {
        let plan = self.plan();
        let block =
            candidate.link.and_then(|link| leavers::block_of_left(plan, because(candidate.entry), link)).map(|block| &plan.leavers[block]);
        let any_block = block.or_else(|| plan.leavers.first());
        let again = self.is_decided_again(candidate);
        Policy {
            mode: plan.mode,
            leaves_out_of_scope: leavers::by_scope(plan).is_some() && !self.classification.input.is_broken(),
            absence_reached: self.absence_reached(candidate),
            left_by_scope: matches!(candidate.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. })),
            stage_due: candidate.link.is_some_and(|link| leavers::stage_is_due(plan, because(candidate.entry), link, self.today()))
                && self.leave_is_confirmed(candidate),
            has_return: any_block.is_some_and(|block| block.on_return.is_some()),
            // Whoever wrote the id of an account wrongly is asked first.
            on_lost: match plan.on_lost {
                _ if again => OnLost::CreateAgain,
                _ if candidate.link.is_some_and(is_only_named) => OnLost::Hold,
                declared => declared,
            },
            create_again: again || plan.leavers.iter().any(|block| block.create_again),
            reopens: plan.on_closed_by_hand.is_some(),
        }
    }

    /// Whether a person decided that the account which this link had is created again.
    fn is_decided_again(&self, candidate: &Candidate<'_>) -> bool {
        let (input, key) = (self.classification.input, candidate.entry.key.as_str());
        let account = candidate.link.map(|link| link.target.as_str());
        account.is_some() && (input.chose(key, Choice::Recreate, account) || input.chose(key, Choice::New, account))
    }

    fn act(&mut self, candidate: &Candidate<'_>, decision: Decision) {
        match decision {
            Decision::Create | Decision::CreateAgain if self.classification.input.related.creating => {
                let why = "the other direction has created a record, and it is not known yet whether it is this one";
                self.hold(candidate, Reason::Unknown, why.into(), Vec::new());
            }
            Decision::Create => self.create(candidate, None),
            Decision::CreateAgain => self.create_again_or_hold(candidate),
            Decision::Compare => self.compare(candidate, None),
            Decision::CompareClosed => self.compare(candidate, Some(self.plan().on_closed_by_hand.as_deref().unwrap_or(&[]))),
            Decision::HeldClosed => self.hold_closed(candidate),
            Decision::Return { update } => self.return_account(candidate, update),
            Decision::Leave => self.leave(candidate),
            Decision::Stage => self.next_stage(candidate),
            Decision::Link { leaves_next } => self.link_only(candidate, leaves_next),
            Decision::Retire => self.retire(candidate),
            Decision::Unlink => self.unlink(candidate),
            Decision::Held(hold) => self.hold_by_table(candidate, hold),
            Decision::Rejected => self.rejected(candidate),
            Decision::Waiting => self.report(candidate, Verdict::Waiting, Reason::NoCounterpart, self.nobody_found()),
            Decision::Missing => self.missing(candidate),
            Decision::Unread => self.unread(candidate),
            Decision::Unchanged if candidate.account.is_some() && self.pending_steps(candidate).next().is_some() => {
                self.compare(candidate, None)
            }
            Decision::Unchanged => self.unchanged(candidate),
            Decision::AlreadyLeft => self.already_left(candidate),
            Decision::LeaverWithAccount => self.leaver_with_account(candidate),
            Decision::OutOfScope => self.out_of_scope(candidate),
        }
    }

    fn nobody_found(&self) -> String {
        format!("no {} has been found, and this pipeline creates none", self.noun())
    }

    fn hold_by_table(&mut self, candidate: &Candidate<'_>, hold: Hold) {
        let noun = self.noun();
        let target = candidate.link.map_or("", |link| link.target.as_str());
        let left = candidate.link.and_then(|link| left_on(self.plan(), link)).map(|day| day.to_string()).unwrap_or_default();
        match (hold, &candidate.entry.found) {
            (Hold::Which, MatchResult::Contested(contest)) => {
                let lines = contest.rules.iter().map(|rule| self.plan().line(self.plan().rules[*rule].span)).collect();
                self.hold(candidate, contest.kind.clone(), contest.detail.clone(), lines);
                self.name_accounts(&contest.rows);
            }
            (Hold::Which, _) => self.hold(candidate, Reason::Ambiguous, String::new(), Vec::new()),
            (Hold::AccountMissing, _) => {
                let named = candidate.link.filter(|link| is_only_named(link));
                let detail = named.map_or_else(
                    || format!("{noun} {target} is no longer there"),
                    |link| format!("there is no {noun} {target}, which was {}", link.by),
                );
                self.hold(candidate, Reason::AccountMissing, detail, Vec::new())
            }
            (Hold::Return, _) => self.hold(
                candidate,
                Reason::Return,
                format!("{noun} {target} left {left}, and no `on return` says what comes back"),
                Vec::new(),
            ),
            (Hold::Rehire, _) if self.hold_reused(candidate) => {}
            (Hold::Rehire, _) => self.hold(
                candidate,
                Reason::ProbableRehire,
                format!("{noun} {target} left {left}"),
                vec![self.plan().line(self.plan().key_span)],
            ),
        }
    }

    fn missing(&mut self, candidate: &Candidate<'_>) {
        let asked = self.classification.input.proofs.source_failed.contains_key(candidate.entry.key.as_str());
        if let Some(why) = self.classification.why_unconfirmed(&candidate.entry.key).filter(|_| asked || self.would_leave(candidate)) {
            return self.not_answered(candidate, &format!("is missing, and {why}"));
        }
        let absence = self.absence_now(candidate);
        let words = leavers::absence_so_far(self.plan(), &absence);
        let detail = words.map_or_else(|| "no rule acts on it".to_owned(), |words| format!("for {words}"));
        self.report(candidate, Verdict::Missing, Reason::Missing, detail);
    }

    fn already_left(&mut self, candidate: &Candidate<'_>) {
        if self.opened_again(candidate) {
            return;
        }
        if self.has_perhaps(candidate) {
            return self.hold_perhaps(candidate);
        }
        if self.pending_calls(candidate).next().is_some() {
            return self.finish_leave_if_gone(candidate);
        }
        match self.why_step_waits(candidate) {
            Some(why) => self.not_answered(candidate, &format!("the next step of the leave is due, and {why}")),
            None => self.mark(candidate, Verdict::AlreadyLeft, None),
        }
    }

    /// Why the next step of a leave is not made although its day has come: nothing tells whether the person is still gone.
    fn why_step_waits(&self, candidate: &Candidate<'_>) -> Option<String> {
        let due = |link| leavers::stage_is_due(self.plan(), because(candidate.entry), link, self.today());
        let waits = candidate.entry.state == SourceState::Missing && candidate.link.is_some_and(due);
        self.classification.why_unconfirmed(&candidate.entry.key).filter(|_| waits)
    }

    /// The account of somebody else is none that this leaver could take along.
    fn leaver_with_account(&mut self, candidate: &Candidate<'_>) {
        let (detail, rows) = match &candidate.entry.found {
            MatchResult::One { row, rule } => {
                let detail = format!("{} finds {}", self.classification.accounts.rule_word(*rule), self.classification.accounts.id(*row));
                (detail, vec![*row])
            }
            MatchResult::Contested(contest) if contest.kind == Reason::Taken => return self.mark(candidate, Verdict::AlreadyLeft, None),
            MatchResult::Contested(contest) => (contest.detail.clone(), contest.rows.clone()),
            MatchResult::Nobody => Default::default(),
        };
        self.report(candidate, Verdict::AlreadyLeft, Reason::LeaverWithAccount, detail);
        self.name_accounts(&rows);
    }

    /// Adds to the last finding which accounts it is about.
    pub(super) fn name_accounts(&mut self, rows: &[u32]) {
        let ids: Vec<String> = rows.iter().map(|row| self.classification.accounts.id(*row).to_owned()).collect();
        if let Some(finding) = self.findings.last_mut() {
            finding.target = finding.target.take().or_else(|| if let [one] = &ids[..] { Some(one.clone()) } else { None });
            finding.accounts = ids;
        }
    }

    fn retire(&mut self, candidate: &Candidate<'_>) {
        if self.was_to_be_gone(candidate) {
            self.shown.push(candidate.entry.key.to_string());
        }
        self.retired.push(candidate.entry.key.to_string());
        self.mark(candidate, Verdict::AlreadyLeft, None);
    }

    fn unlink(&mut self, candidate: &Candidate<'_>) {
        self.unlinked.push(candidate.entry.key.to_string());
        self.report(candidate, Verdict::Waiting, Reason::AccountMissing, "the link is given up".into());
    }
}

/// Links as references see them: links that this run makes count; missing accounts, and records whose key occurs twice, do not.
fn fresh_links(classification: &Classification<'_>) -> HashMap<Text, Option<Text>> {
    let fresh = |entry: &Entry| match (&entry.found, entry.link, entry.state) {
        (MatchResult::One { row, .. }, LinkState::FreeByFirst, SourceState::InScope | SourceState::Leaver)
        | (MatchResult::One { row, .. }, LinkState::FreeByLater, SourceState::InScope) => {
            Some(Some(Text::from(classification.accounts.id(*row))))
        }
        (_, LinkState::AccountMissing | LinkState::LeftAccountMissing, _) => Some(None),
        _ => None,
    };
    let fresh = classification.entries.iter().filter_map(|entry| Some((entry.key.clone(), fresh(entry)?)));
    fresh.chain(classification.doubled.iter().map(|key| (key.clone(), None))).collect()
}

/// Whether a person named the account, and nobody has seen it since: it was perhaps never there.
fn is_only_named(link: &Link) -> bool {
    link.since_run == 0 && link.bases.is_empty()
}
