//! Decides on each classified record, compares it with its account, and records a draft, a link or a finding.

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

/// Collects the decisions about all records.
pub(crate) struct Planner<'a> {
    pub classification: &'a Classification<'a>,
    pub map: Map<'a>,
    pub drafts: Vec<Draft>,
    pub findings: Vec<Finding>,
    pub rows: Vec<RowVerdict>,
    pub absent: BTreeMap<Verdict, u64>,
    pub links: Vec<NewLink>,
    pub retired: Vec<String>,
    pub left: Vec<Left>,
    pub seen: Vec<String>,
    pub absences: Vec<(String, Absence)>,
    pub dues: Vec<(String, Option<Date>)>,
    pub observed: Vec<Observed>,
    pub agreed: Vec<Agreement>,
    pub conflicts: Vec<Conflicted>,
    /// By attribute: values that only the target changed.
    pub changed_there: BTreeMap<String, (SourceLine, u64)>,
    /// Rows that are read again by the next incremental read although their verdict does not say so, and why.
    pub again: Vec<(u32, &'static str)>,
    /// A record can only be judged by a complete read, so the next one is complete.
    pub reads_everything: bool,
    pub unsettled: Vec<Unsettled>,
    pub open_references: Vec<OpenReference>,
    pub coming: Vec<Coming>,
    pub doubts: Vec<String>,
    /// Open links whose account is protected.
    pub protected: u64,
    pub zone: TimeZone,
    gone_is_doubtful: bool,
}

/// One entry on the planner.
pub(crate) struct Candidate<'e> {
    pub entry: &'e Entry,
    pub record: RecordScope<'e>,
    pub link: Option<&'e Link>,
    pub account: Option<u32>,
    due: OnceCell<Option<(Date, LeaveReason)>>,
}

impl Candidate<'_> {
    /// The day a condition on `today` becomes true for this one, and which condition.
    pub fn due(&self, plan: &ExecutionPlan) -> Option<(Date, LeaveReason)> {
        *self.due.get_or_init(|| leavers::due(plan, &self.record))
    }
}

impl<'a> Planner<'a> {
    /// Decides on everybody; `rows` and `findings` are what the classification has settled already.
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

    fn new(classification: &'a Classification<'a>, rows: Vec<RowVerdict>, findings: Vec<Finding>) -> Self {
        let plan = classification.plan();
        Self {
            classification,
            map: Map::new(
                plan,
                classification.input.digester,
                merge::slack(classification.input.source.clock, classification.input.target.clock),
            ),
            // Reserved for everybody: unused memory costs nothing, and growing would copy.
            drafts: Vec::with_capacity(classification.entries.len()),
            findings,
            rows,
            absent: BTreeMap::new(),
            links: Vec::new(),
            retired: Vec::new(),
            left: Vec::new(),
            seen: Vec::new(),
            absences: Vec::new(),
            dues: Vec::new(),
            observed: Vec::new(),
            agreed: Vec::new(),
            conflicts: Vec::new(),
            changed_there: BTreeMap::new(),
            again: Vec::new(),
            reads_everything: false,
            unsettled: Vec::new(),
            open_references: Vec::new(),
            coming: Vec::new(),
            doubts: Vec::new(),
            protected: 0,
            zone: plan.zone.clone().unwrap_or(TimeZone::UTC),
            gone_is_doubtful: false,
        }
    }

    pub(crate) fn plan(&self) -> &'a ExecutionPlan {
        self.classification.plan()
    }

    pub(crate) fn today(&self) -> Date {
        self.classification.input.clock.today
    }

    /// If many accounts are missing at once, a permission was lost rather than that they were all deleted.
    fn doubt_many_gone(&mut self) {
        let gone = self.classification.entries.iter().filter(|entry| entry.link == LinkState::AccountMissing).count() as u64;
        let open = self.classification.input.links.iter().filter(|link| link.life == Life::Open).count() as u64;
        let limit = Limit { percent: Some(Decimal::TEN), number: Some(5) };
        if gone > limit.allowed(open).max(1) {
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
        if link.is_some_and(|link| link.life == Life::Open) && leavers::protected(self.plan(), &candidate.record).is_some() {
            self.protected += 1;
        }
        if let Some(why) = self.is_blocked(&candidate) {
            return self.hold(&candidate, Reason::Unknown, why.into(), Vec::new());
        }
        if let Some(why) = self.merged_away(link) {
            return self.hold(&candidate, Reason::Merged, why, Vec::new());
        }
        let decision = table::decide(table::cell(entry.state, self.link_state(&candidate), self.plan().mode), self.policy(&candidate));
        self.act(&candidate, decision);
    }

    /// Another record has a claim on the account that this one's was merged into.
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

    /// An earlier write to this one, by this direction or the other, has no known outcome yet.
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
        Policy {
            mode: plan.mode,
            leaves_out_of_scope: leavers::by_scope(plan).is_some() && !self.classification.input.is_broken(),
            absence_reached: self.absence_reached(candidate),
            left_by_scope: matches!(candidate.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. })),
            stage_due: self
                .leaver_status(candidate)
                .is_some_and(|(leaver_status, _)| matches!(leaver_status, LeaverStatus::Due(_) | LeaverStatus::ProcedureChanged)),
            has_return: any_block.is_some_and(|block| block.on_return.is_some()),
            create_again: plan.leavers.iter().any(|block| block.create_again),
            on_lost: plan.on_lost,
            reopens: plan.on_closed_by_hand.is_some(),
        }
    }

    pub(crate) fn leaver_status(&self, candidate: &Candidate<'_>) -> Option<(LeaverStatus, usize)> {
        let block = leavers::block_of_left(self.plan(), because(candidate.entry), candidate.link?)?;
        Some((leavers::leaver_status(&self.plan().leavers[block], candidate.link?, self.today(), &self.zone), block))
    }

    fn act(&mut self, candidate: &Candidate<'_>, decision: Decision) {
        match decision {
            Decision::Create | Decision::CreateAnew if self.classification.input.related.creating => {
                let why = "the other direction has created a record, and it is not known yet whether it is this one";
                self.hold(candidate, Reason::Unknown, why.into(), Vec::new());
            }
            Decision::Create => self.create(candidate, None),
            Decision::CreateAnew => self.create_anew(candidate),
            Decision::Compare => self.compare(candidate, None),
            Decision::CompareClosed => self.compare(candidate, Some(self.plan().on_closed_by_hand.as_deref().unwrap_or(&[]))),
            Decision::HeldClosed => self.hold_closed(candidate),
            Decision::Return { update } => self.take_back(candidate, update),
            Decision::Leave => self.leave(candidate),
            Decision::Stage => self.next_stage(candidate),
            Decision::Link { leaves_next } => self.link_only(candidate, leaves_next),
            Decision::Retire => self.retire(candidate, Verdict::AlreadyLeft),
            Decision::RetireAndWait => self.retire(candidate, Verdict::Waiting),
            Decision::Held(hold) => self.held(candidate, hold),
            Decision::Rejected => self.rejected(candidate),
            Decision::Waiting => self.report(candidate, Verdict::Waiting, Reason::NoCounterpart, self.nobody_found()),
            Decision::Missing => self.missing(candidate),
            Decision::Unread => self.unread(candidate),
            Decision::Unchanged if candidate.account.is_some() && self.pending_steps(candidate).next().is_some() => {
                self.compare(candidate, None)
            }
            Decision::Unchanged => self.unchanged(candidate),
            Decision::AlreadyLeft => self.gone(candidate),
            Decision::LeaverWithAccount => self.leaver_with_account(candidate),
            Decision::OutOfScope => self.out_of_scope(candidate),
        }
    }

    pub(crate) fn noun(&self) -> String {
        self.classification.accounts.noun()
    }

    fn nobody_found(&self) -> String {
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

    fn report_at(&mut self, candidate: &Candidate<'_>, verdict: Verdict, kind: Reason, detail: String, lines: Vec<SourceLine>) {
        self.mark(candidate, verdict, None);
        let mut finding = finding(verdict, &candidate.entry.key, candidate.record.label(), kind, detail);
        finding.lines = lines;
        finding.target = candidate.link.map(|link| link.target.clone());
        self.findings.push(finding);
    }

    pub(crate) fn hold(&mut self, candidate: &Candidate<'_>, kind: Reason, detail: String, lines: Vec<SourceLine>) {
        self.report_at(candidate, Verdict::Held, kind, detail, lines);
    }

    fn held(&mut self, candidate: &Candidate<'_>, hold: Hold) {
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
            None => ("cannot tell whether an account exists".to_owned(), self.classification.why_unread(&candidate.record)),
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

    fn missing(&mut self, candidate: &Candidate<'_>) {
        let absence = self.absence_now(candidate);
        let words = leavers::absence_words(self.plan(), &absence);
        let detail = words.map_or_else(|| "no rule acts on it".to_owned(), |words| format!("for {words}"));
        self.report(candidate, Verdict::Missing, Reason::Missing, detail);
    }

    fn gone(&mut self, candidate: &Candidate<'_>) {
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

    fn leaver_with_account(&mut self, candidate: &Candidate<'_>) {
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

    fn retire(&mut self, candidate: &Candidate<'_>, verdict: Verdict) {
        self.retired.push(candidate.entry.key.to_string());
        match verdict {
            Verdict::Waiting => self.report(candidate, verdict, Reason::AccountMissing, "the link is given up".into()),
            _ => self.mark(candidate, verdict, None),
        }
    }
}

/// For references: links that this run makes are there; accounts that are gone are not, nor is a record that nobody can tell from another.
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

pub(crate) fn because(entry: &Entry) -> Option<LeaveReason> {
    if let Why::Leaver(because) = entry.why { Some(because) } else { None }
}
