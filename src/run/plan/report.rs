//! Records for which nothing is written: their verdict in the ledger, and what is said of them.

use super::decide::{Candidate, Planner};
use super::operations::pending_ops::Draft;
use super::{
    guard::Limit,
    operations::{
        compare::{Map, Refusal},
        merge,
    },
};
use crate::run::classify::classification::{Classification, Entry, Rejection, RowVerdict, Why, finding};
use crate::{
    compile::{ExecutionPlan, SourceLine},
    run::{
        change_set::{Agreement, Coming, Conflicted, Finding, Left, NewLink, Observed, OpenReference, Reason, Unsettled, Verdict},
        classify::{
            leavers::{self, LeaveReason, LeaverStatus},
            matching::{MatchResult, left_on},
            table::{self, Decision, Hold, LinkState, Policy, SourceState},
        },
        record_scope::RecordScope,
    },
    state::link::{Absence, Life, Link},
    value::Text,
};
use jiff::{civil::Date, tz::TimeZone};
use rust_decimal::Decimal;
use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap},
};

impl Planner<'_> {
    pub(super) fn nobody_found(&self) -> String {
        format!("no {} has been found, and this pipeline creates none", self.noun())
    }

    // ---- what each row of the ledger says ----

    pub(crate) fn mark(&mut self, candidate: &Candidate<'_>, verdict: Verdict, scope: Option<u16>) {
        match candidate.entry.row {
            Some(row) => self.rows[row as usize] = RowVerdict { verdict, scope },
            None => *self.absent.entry(verdict).or_default() += 1,
        }
    }

    pub(crate) fn report(&mut self, candidate: &Candidate<'_>, verdict: Verdict, kind: Reason, detail: String) {
        self.report_at(candidate, verdict, kind, detail, Vec::new());
    }

    pub(super) fn report_at(&mut self, candidate: &Candidate<'_>, verdict: Verdict, kind: Reason, detail: String, lines: Vec<SourceLine>) {
        self.mark(candidate, verdict, None);
        let mut finding = finding(verdict, &candidate.entry.key, candidate.record.label(), kind, detail);
        finding.lines = lines;
        finding.target = candidate.link.map(|link| link.target.clone());
        self.findings.push(finding);
    }

    pub(crate) fn hold(&mut self, candidate: &Candidate<'_>, kind: Reason, detail: String, lines: Vec<SourceLine>) {
        self.report_at(candidate, Verdict::Held, kind, detail, lines);
    }

    pub(super) fn held(&mut self, candidate: &Candidate<'_>, hold: Hold) {
        let noun = self.noun();
        let target = candidate.link.map_or("", |link| link.target.as_str());
        let left = candidate.link.and_then(|link| left_on(self.plan(), link)).map(|day| day.to_string()).unwrap_or_default();
        match (hold, &candidate.entry.found) {
            (Hold::Which, MatchResult::Contested(contest)) => {
                let lines = contest.rules.iter().map(|rule| self.plan().line(self.plan().rules[*rule].span)).collect();
                self.hold(candidate, contest.kind.clone(), contest.detail.clone(), lines);
            }
            (Hold::Which, _) => self.hold(candidate, Reason::Ambiguous, String::new(), Vec::new()),
            (Hold::AccountMissing, _) => {
                self.hold(candidate, Reason::AccountMissing, format!("{noun} {target} is no longer there"), Vec::new())
            }
            (Hold::Return, _) => self.hold(
                candidate,
                Reason::Return,
                format!("{noun} {target} left {left}, and no `on return` says what comes back"),
                Vec::new(),
            ),
            (Hold::Rehire, _) => self.hold(
                candidate,
                Reason::ProbableRehire,
                format!("{noun} {target} left {left}"),
                vec![self.plan().line(self.plan().key_span)],
            ),
        }
    }

    pub(crate) fn rejected(&mut self, candidate: &Candidate<'_>) {
        if let Why::Rejected(rejection) = &candidate.entry.why {
            self.reject(candidate, rejection);
        }
    }

    pub(crate) fn reject(&mut self, candidate: &Candidate<'_>, rejection: &Rejection) {
        let place = self.plan().source.slots.iter().find(|slot| Some(slot.name.as_str()) == rejection.fault.at.as_deref());
        let line = self.plan().line(place.map_or(rejection.span, |slot| slot.span));
        self.report_at(candidate, Verdict::Rejected, Reason::Fault(rejection.fault.code), rejection.fault.to_string(), vec![line]);
        if let Some(finding) = self.findings.last_mut() {
            finding.attribute = rejection.fault.at.as_deref().map(str::to_owned);
        }
    }

    pub(crate) fn refuse(&mut self, candidate: &Candidate<'_>, refusal: Refusal) {
        if refusal.fault.is_unread() {
            return self.unread(candidate);
        }
        self.reject(candidate, &Rejection { fault: refusal.fault, span: refusal.span });
    }

    pub(crate) fn unread(&mut self, candidate: &Candidate<'_>) {
        if self.classification.input.is_stopped() {
            return self.mark(candidate, Verdict::Unread, None);
        }
        let (what, why) = match candidate.link {
            Some(_) if matches!(candidate.entry.why, Why::LeavesPerhaps) => {
                self.reads_everything = true;
                let why = "leaves, unless another record of this key denies it: the next run reads everything";
                return self.report(candidate, Verdict::Unread, Reason::Unread, why.to_owned());
            }
            Some(link) if candidate.account.is_none() => {
                let why = self.classification.input.proofs.failed.get(&link.target).cloned();
                (format!("{} {} was not read", self.noun(), link.target), why)
            }
            Some(_) => return self.report(candidate, Verdict::Unread, Reason::Unread, "was not read".to_owned()),
            None => (format!("whether there is a {} could not be read", self.noun()), self.classification.why_unread(&candidate.record)),
        };
        match why {
            Some(why) => self.not_answered(candidate, &format!("{what}: {why}")),
            None if candidate.link.is_some() => {
                self.report(candidate, Verdict::Unread, Reason::Unread, format!("{what}, and nothing proves that it was deleted"))
            }
            None => self.report(candidate, Verdict::Unread, Reason::Unread, what),
        }
    }

    /// Reports a record about which nothing is known because a look-up failed.
    pub(crate) fn not_answered(&mut self, candidate: &Candidate<'_>, what: &str) {
        self.report(candidate, Verdict::Unread, Reason::NotAnswered, what.to_owned());
    }

    pub(super) fn missing(&mut self, candidate: &Candidate<'_>) {
        let absence = self.absence_now(candidate);
        let words = leavers::absence_words(self.plan(), &absence);
        let detail = words.map_or_else(|| "no rule acts on it".to_owned(), |words| format!("for {words}"));
        self.report(candidate, Verdict::Missing, Reason::Missing, detail);
    }

    pub(super) fn gone(&mut self, candidate: &Candidate<'_>) {
        if self.opened_again(candidate) {
            return;
        }
        self.mark(candidate, Verdict::AlreadyLeft, None);
    }

    pub(crate) fn unchanged(&mut self, candidate: &Candidate<'_>) {
        self.mark(candidate, Verdict::Unchanged, None);
        self.announce(candidate);
    }

    pub(crate) fn out_of_scope(&mut self, candidate: &Candidate<'_>) {
        let scope = if let Why::Scope(scope) = candidate.entry.why { Some(scope) } else { None };
        self.mark(candidate, Verdict::OutOfScope, scope);
    }

    pub(super) fn leaver_with_account(&mut self, candidate: &Candidate<'_>) {
        let detail = match &candidate.entry.found {
            MatchResult::One { row, rule } => {
                format!("{} finds {}", self.classification.accounts.rule_word(*rule), self.classification.accounts.id(*row))
            }
            MatchResult::Contested(contest) => contest.detail.clone(),
            MatchResult::Nobody => String::new(),
        };
        self.report(candidate, Verdict::AlreadyLeft, Reason::LeaverWithAccount, detail);
    }

    pub(crate) fn hold_closed(&mut self, candidate: &Candidate<'_>) {
        let target = candidate.account.map_or("", |row| self.classification.accounts.id(row)).to_owned();
        self.hold(candidate, Reason::ClosedByHand, format!("{} {target} is closed, and not by us", self.noun()), Vec::new());
    }

    pub(super) fn retire(&mut self, candidate: &Candidate<'_>, verdict: Verdict) {
        self.retired.push(candidate.entry.key.to_string());
        match verdict {
            Verdict::Waiting => self.report(candidate, verdict, Reason::AccountMissing, "the link is given up".into()),
            _ => self.mark(candidate, verdict, None),
        }
    }
}
