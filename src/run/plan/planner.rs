//! Collects the decisions about all records: drafts of operations, updates of the state, and findings.

use super::{
    compare::{Map, WriteRefusal, difference::unknown_words, merge},
    draft::Draft,
};
use crate::{
    compile::{ExecutionPlan, SourceLine},
    run::{
        change_set::{
            Agreement, Coming, Conflicted, Finding, Identity, Left, NewLink, Observed, OpenReference, Reason, Unsettled, Verdict,
        },
        classify::{
            classification::{Classification, Entry, Rejection, RowVerdict, StateReason, finding},
            leavers::{self, LeaveReason, LeaverStatus},
        },
        record_scope::RecordScope,
    },
    state::{
        claims::Claim,
        link::{Absence, Link},
    },
};
use jiff::civil::Date;
use std::{cell::OnceCell, collections::BTreeMap};

/// Collects the decisions about all records.
pub(crate) struct Planner<'a> {
    pub classification: &'a Classification<'a>,
    pub map: Map<'a>,
    pub drafts: Vec<Draft>,
    pub findings: Vec<Finding>,
    pub rows: Vec<RowVerdict>,
    pub absent: BTreeMap<Verdict, u64>,
    /// Records that were asked for one by one and got no answer: none of the rows, and unread like some of them.
    pub unasked: u64,
    pub links: Vec<NewLink>,
    pub retired: Vec<String>,
    pub shown: Vec<String>,
    pub unlinked: Vec<String>,
    pub left: Vec<Left>,
    pub let_go: Vec<Left>,
    pub taken_back: Vec<String>,
    pub seen: Vec<String>,
    pub absences: Vec<(String, Absence)>,
    pub dues: Vec<(String, Option<Date>)>,
    pub observed: Vec<Observed>,
    pub identities: Vec<Identity>,
    pub agreed: Vec<Agreement>,
    pub conflicts: Vec<Conflicted>,
    /// By attribute: values that only the target changed.
    pub changed_there: BTreeMap<String, (SourceLine, u64)>,
    /// Rows that the next incremental read includes although their verdict does not require it, and why.
    pub again: Vec<(u32, &'static str)>,
    /// A record can only be decided on by a complete read, so the next read is complete.
    pub reads_everything: bool,
    pub unsettled: Vec<Unsettled>,
    pub open_references: Vec<OpenReference>,
    pub coming: Vec<Coming>,
    pub doubts: Vec<String>,
    pub claims: Vec<Claim>,
    /// Records of which a person said that everything stays as it is.
    pub kept: Vec<String>,
    /// Open links whose account is protected.
    pub protected: u64,
    pub gone_is_doubtful: bool,
}

/// One entry while it is decided on.
pub(crate) struct Candidate<'e> {
    pub entry: &'e Entry,
    pub record: RecordScope<'e>,
    pub link: Option<&'e Link>,
    pub account: Option<u32>,
    pub due: OnceCell<Option<(Date, LeaveReason)>>,
}

impl Candidate<'_> {
    /// The day on which a condition on `today` becomes true for this record, and the condition.
    pub fn due(&self, plan: &ExecutionPlan) -> Option<(Date, LeaveReason)> {
        *self.due.get_or_init(|| leavers::due(plan, &self.record))
    }
}

impl<'a> Planner<'a> {
    pub(crate) fn new(classification: &'a Classification<'a>, rows: Vec<RowVerdict>, findings: Vec<Finding>) -> Self {
        let plan = classification.plan();
        Self {
            classification,
            map: Map::new(
                plan,
                classification.input.digester,
                merge::slack(classification.input.source.clock, classification.input.target.clock),
                classification.input.is_edited(),
            ),
            // Reserved for all records: unused memory costs nothing, and growth would copy.
            drafts: Vec::with_capacity(classification.entries.len()),
            findings,
            rows,
            absent: BTreeMap::new(),
            unasked: classification.unasked,
            links: Vec::new(),
            retired: Vec::new(),
            shown: Vec::new(),
            unlinked: Vec::new(),
            left: Vec::new(),
            let_go: Vec::new(),
            taken_back: Vec::new(),
            seen: Vec::new(),
            absences: Vec::new(),
            dues: Vec::new(),
            observed: Vec::new(),
            identities: Vec::new(),
            agreed: Vec::new(),
            conflicts: Vec::new(),
            changed_there: BTreeMap::new(),
            again: Vec::new(),
            reads_everything: false,
            unsettled: Vec::new(),
            open_references: Vec::new(),
            coming: Vec::new(),
            doubts: Vec::new(),
            claims: Vec::new(),
            kept: Vec::new(),
            protected: 0,
            gone_is_doubtful: false,
        }
    }

    pub(crate) fn plan(&self) -> &'a ExecutionPlan {
        self.classification.plan()
    }

    pub(crate) fn today(&self) -> Date {
        self.classification.input.clock.today
    }

    pub(crate) fn noun(&self) -> String {
        self.classification.accounts.noun()
    }

    pub(crate) fn leaver_status(&self, candidate: &Candidate<'_>) -> Option<(LeaverStatus, usize)> {
        let block = leavers::block_of_left(self.plan(), because(candidate.entry), candidate.link?)?;
        Some((leavers::leaver_status(self.plan(), &self.plan().leavers[block], candidate.link?, self.today()), block))
    }

    pub(crate) fn mark(&mut self, candidate: &Candidate<'_>, verdict: Verdict, scope: Option<u16>) {
        match candidate.entry.row {
            Some(row) => self.rows[row as usize] = RowVerdict { verdict, scope },
            None if matches!(candidate.entry.why, StateReason::NotRead(_)) => self.unasked += 1,
            None => *self.absent.entry(verdict).or_default() += 1,
        }
    }

    pub(crate) fn report(&mut self, candidate: &Candidate<'_>, verdict: Verdict, kind: Reason, detail: String) {
        self.report_at(candidate, verdict, kind, detail, Vec::new());
    }

    pub(crate) fn report_at(&mut self, candidate: &Candidate<'_>, verdict: Verdict, kind: Reason, detail: String, lines: Vec<SourceLine>) {
        self.mark(candidate, verdict, None);
        let mut finding = finding(verdict, &candidate.entry.key, candidate.record.label(), kind, detail);
        finding.lines = lines;
        finding.target = candidate.link.map(|link| link.target.clone());
        self.findings.push(finding);
    }

    /// Holds a record for a person to decide. No run ends well as long as the account of somebody who leaves is open by it, unless the file
    /// protects that account.
    pub(crate) fn hold(&mut self, candidate: &Candidate<'_>, kind: Reason, detail: String, lines: Vec<SourceLine>) {
        let leaves_open = kind != Reason::Protected && self.is_open_leaver(candidate);
        self.report_at(candidate, Verdict::Held, kind, detail, lines);
        if leaves_open {
            self.leaves_open();
        }
    }

    pub(crate) fn rejected(&mut self, candidate: &Candidate<'_>) {
        if let StateReason::Rejected(rejection) = &candidate.entry.why {
            self.reject(candidate, rejection);
        }
    }

    pub(crate) fn reject(&mut self, candidate: &Candidate<'_>, rejection: &Rejection) {
        if rejection.fault.is_unreadable() {
            // No fault of the record: it is its account that can't be read.
            return self.hold(candidate, Reason::Unreadable, rejection.fault.message.clone(), vec![self.plan().line(rejection.span)]);
        }
        let place = self.plan().source.slots.iter().find(|slot| Some(slot.name.as_str()) == rejection.fault.at.as_deref());
        let line = self.plan().line(place.map_or(rejection.span, |slot| slot.span));
        self.report_at(candidate, Verdict::Rejected, Reason::Fault(rejection.fault.code), rejection.fault.to_string(), vec![line]);
        if let Some(finding) = self.findings.last_mut() {
            finding.attribute = rejection.fault.at.as_deref().map(str::to_owned);
        }
    }

    pub(crate) fn refuse(&mut self, candidate: &Candidate<'_>, refusal: WriteRefusal) {
        if refusal.fault.is_unread() {
            return self.not_known(candidate, &refusal);
        }
        self.reject(candidate, &Rejection { fault: refusal.fault, span: refusal.span });
    }

    /// Of a record something was not read by which its account would be written.
    fn not_known(&mut self, candidate: &Candidate<'_>, refusal: &WriteRefusal) {
        if self.classification.input.is_broken() {
            return self.unread(candidate);
        }
        let lines = vec![self.plan().line(refusal.span)];
        self.report_at(candidate, Verdict::Unread, Reason::Unread, unknown_words(&refusal.fault), lines);
    }

    pub(crate) fn unread(&mut self, candidate: &Candidate<'_>) {
        if self.classification.input.is_stopped() {
            return self.mark(candidate, Verdict::Unread, None);
        }
        let (what, why) = match candidate.link {
            Some(_) if matches!(candidate.entry.why, StateReason::LeavesPerhaps) => {
                self.reads_everything = true;
                let why = "leaves, unless another record of this key denies it: the next run reads everything";
                return self.report(candidate, Verdict::Unread, Reason::ReadAgain, why.to_owned());
            }
            Some(link) if candidate.account.is_none_or(|account| self.classification.accounts.not_read(account).is_some()) => {
                let why = self.classification.input.proofs.failed.get(&link.target).cloned();
                (format!("{} {} was not read", self.noun(), link.target), why)
            }
            Some(_) => return self.not_judged(candidate, "was not read".to_owned()),
            None if self.not_shown(candidate).is_some() => {
                let (id, why) = self.not_shown(candidate).unwrap_or_default();
                (format!("{} {id} was not read", self.noun()), Some(why))
            }
            None => ("cannot tell whether an account exists".to_owned(), self.classification.why_unread(&candidate.record)),
        };
        match why {
            Some(why) => self.not_answered(candidate, &format!("{what}: {why}")),
            None if self.classification.leave_waits(candidate.entry) => {
                self.not_answered(
                    candidate,
                    &format!("{what}, and nothing proves that it was deleted: the leave waits, because it can't be looked up"),
                );
            }
            None if candidate.link.is_some() => {
                self.not_judged(candidate, format!("{what}, and nothing proves that it was deleted"));
            }
            None => match self.classification.why_unprovable() {
                Some((why, line)) => self.report_at(candidate, Verdict::Unread, Reason::Unread, format!("{what}: {why}"), vec![line]),
                None => self.not_judged(candidate, what),
            },
        }
    }

    fn not_judged(&mut self, candidate: &Candidate<'_>, why: String) {
        let lines = self.line_of_match();
        self.report_at(candidate, Verdict::Unread, Reason::Unread, why, lines);
    }

    /// Where the pipeline says how an account is found: what can't be told depends on that.
    fn line_of_match(&self) -> Vec<SourceLine> {
        let plan = self.plan();
        vec![plan.line(plan.rules.first().map_or(plan.key_span, |rule| rule.span))]
    }

    /// The account that `match` found, if its values were not read: its id, and why.
    fn not_shown(&self, candidate: &Candidate<'_>) -> Option<(String, String)> {
        let accounts = &self.classification.accounts;
        let fault = accounts.not_read(candidate.account?)?;
        Some((accounts.id(candidate.account?).to_owned(), fault.message.to_string()))
    }

    /// Reports a record about which nothing is known because a look-up failed.
    pub(crate) fn not_answered(&mut self, candidate: &Candidate<'_>, what: &str) {
        let lines = self.line_of_match();
        self.report_at(candidate, Verdict::Unread, Reason::NotAnswered, what.to_owned(), lines);
    }

    pub(crate) fn out_of_scope(&mut self, candidate: &Candidate<'_>) {
        let scope = if let StateReason::Scope(scope) = candidate.entry.why { Some(scope) } else { None };
        self.mark(candidate, Verdict::OutOfScope, scope);
    }
}

pub(crate) fn because(entry: &Entry) -> Option<LeaveReason> {
    if let StateReason::Leaver(because) = entry.why { Some(because) } else { None }
}
