//! The second half: one decision for each entry, compared and written down as a draft, a link or a finding.

use super::operations::pending_ops::Draft;
use super::{
    guard::Limit,
    operations::{
        compare::{Map, Refusal},
        merge,
    },
};
use crate::run::classify::classification::{Entry, Rejection, RowVerdict, Sheet, Why, finding};
use crate::{
    compile::{ExecutionPlan, Line},
    run::{
        change_set::{Agreement, Coming, Conflicted, Finding, Left, NOT_ANSWERED, NewLink, Observed, OpenReference, Unsettled, Verdict},
        classify::{
            leavers::{self, Because, Standing},
            matching::{Found, left_on},
            record_scope::Person,
            table::{self, Decision, Hold, LinkState, Policy, SourceState},
        },
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

/// Everybody, decided one after the other.
pub(crate) struct Desk<'a> {
    pub sheet: &'a Sheet<'a>,
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
    pub changed_there: BTreeMap<String, (Line, u64)>,
    /// Rows that are read again by the next incremental read although their verdict does not say so, and why.
    pub again: Vec<(u32, &'static str)>,
    /// Somebody can only be judged by a read of everything.
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

/// One entry on the desk.
pub(crate) struct Case<'e> {
    pub entry: &'e Entry,
    pub person: Person<'e>,
    pub link: Option<&'e Link>,
    pub account: Option<u32>,
    due: OnceCell<Option<(Date, Because)>>,
}

impl Case<'_> {
    /// The day a condition on `today` becomes true for this one, and which condition.
    pub fn due(&self, plan: &ExecutionPlan) -> Option<(Date, Because)> {
        *self.due.get_or_init(|| leavers::due(plan, &self.person))
    }
}

impl<'a> Desk<'a> {
    /// Decides on everybody; `rows` and `findings` are what the sheet has settled already.
    pub fn settle(sheet: &'a Sheet<'a>, rows: Vec<RowVerdict>, findings: Vec<Finding>) -> Self {
        let mut desk = Self::new(sheet, rows, findings);
        sheet.refs.link(fresh_links(sheet));
        desk.doubt_many_gone();
        for entry in &sheet.entries {
            desk.decide(entry);
        }
        desk.withdraw();
        desk
    }

    fn new(sheet: &'a Sheet<'a>, rows: Vec<RowVerdict>, findings: Vec<Finding>) -> Self {
        let plan = sheet.plan();
        Self {
            sheet,
            map: Map::new(plan, sheet.input.digester, merge::slack(sheet.input.source.clock, sheet.input.target.clock)),
            // Room for everybody; memory that is not touched costs nothing.
            drafts: Vec::with_capacity(sheet.entries.len()),
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
        self.sheet.plan()
    }

    pub(crate) fn today(&self) -> Date {
        self.sheet.input.clock.today
    }

    /// Many accounts gone at once: rather a permission lost than accounts deleted.
    fn doubt_many_gone(&mut self) {
        let gone = self.sheet.entries.iter().filter(|entry| entry.link == LinkState::AccountMissing).count() as u64;
        let open = self.sheet.input.links.iter().filter(|link| link.life == Life::Open).count() as u64;
        let limit = Limit { percent: Some(Decimal::TEN), number: Some(5) };
        if gone > limit.allowed(open).max(1) {
            self.gone_is_doubtful = true;
            self.doubts
                .push(format!("{gone} of {open} linked accounts are missing at once: look whether the credential may still see them"));
        }
    }

    fn decide(&mut self, entry: &'a Entry) {
        let sheet = self.sheet;
        let link = sheet.link_of(&entry.key);
        let account = match (link, &entry.found) {
            (Some(link), _) => sheet.accounts.row_of(&link.target),
            (None, Found::One { row, .. }) => Some(*row),
            (None, _) => None,
        };
        self.count_absence(entry, link);
        let person = sheet.person(entry.row, account);
        let case = Case { entry, person, link, account, due: OnceCell::new() };
        if sheet.input.sends_events() {
            return self.event(&case);
        }
        self.note_due(&case);
        if link.is_some_and(|link| link.life == Life::Open) && leavers::protected(self.plan(), &case.person).is_some() {
            self.protected += 1;
        }
        if let Some(why) = self.is_blocked(&case) {
            return self.hold(&case, "unknown", why.into(), Vec::new());
        }
        if let Some(why) = self.merged_away(link) {
            return self.hold(&case, "merged", why, Vec::new());
        }
        let decision = table::decide(table::cell(entry.state, self.link_state(&case), self.plan().mode), self.policy(&case));
        self.act(&case, decision);
    }

    /// Another record has a claim on the account that this one's was merged into.
    fn merged_away(&self, link: Option<&Link>) -> Option<String> {
        let input = self.sheet.input;
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
    fn is_blocked(&self, case: &Case<'_>) -> Option<&'static str> {
        let input = self.sheet.input;
        let id = case.link.map(|link| link.target.as_str()).or_else(|| case.account.map(|row| self.sheet.accounts.id(row)));
        if input.blocked.contains(case.entry.key.as_str()) {
            return Some("an earlier write has no known outcome yet");
        }
        let there = id.is_some_and(|id| input.beside.blocked.contains(id));
        there.then_some("an earlier write of the other direction has no known outcome yet")
    }

    fn link_state(&self, case: &Case<'_>) -> LinkState {
        match case.entry.link {
            LinkState::AccountMissing | LinkState::LeftAccountMissing if self.gone_is_doubtful => LinkState::LinkedUnread,
            state => state,
        }
    }

    fn policy(&self, case: &Case<'_>) -> Policy {
        let plan = self.plan();
        let block = case.link.and_then(|link| leavers::block_of_left(plan, because(case.entry), link)).map(|block| &plan.leavers[block]);
        let any_block = block.or_else(|| plan.leavers.first());
        Policy {
            mode: plan.mode,
            leaves_out_of_scope: leavers::by_scope(plan).is_some() && !self.sheet.input.is_broken(),
            absence_reached: self.absence_reached(case),
            left_by_scope: matches!(case.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. })),
            stage_due: self.standing(case).is_some_and(|(standing, _)| matches!(standing, Standing::Due(_) | Standing::ProcedureChanged)),
            has_return: any_block.is_some_and(|block| block.on_return.is_some()),
            create_again: plan.leavers.iter().any(|block| block.create_again),
            on_lost: plan.on_lost,
            reopens: plan.on_closed_by_hand.is_some(),
        }
    }

    pub(crate) fn standing(&self, case: &Case<'_>) -> Option<(Standing, usize)> {
        let block = leavers::block_of_left(self.plan(), because(case.entry), case.link?)?;
        Some((leavers::standing(&self.plan().leavers[block], case.link?, self.today(), &self.zone), block))
    }

    fn act(&mut self, case: &Case<'_>, decision: Decision) {
        match decision {
            Decision::Create | Decision::CreateAnew if self.sheet.input.beside.creating => {
                let why = "the other direction has created a record, and nobody knows yet whether it is this one";
                self.hold(case, "unknown", why.into(), Vec::new());
            }
            Decision::Create => self.create(case, None),
            Decision::CreateAnew => self.create_anew(case),
            Decision::Compare => self.compare(case, None),
            Decision::CompareClosed => self.compare(case, Some(self.plan().on_closed_by_hand.as_deref().unwrap_or(&[]))),
            Decision::HeldClosed => self.hold_closed(case),
            Decision::Return { update } => self.take_back(case, update),
            Decision::Leave => self.leave(case),
            Decision::Stage => self.next_stage(case),
            Decision::Link { leaves_next } => self.link_only(case, leaves_next),
            Decision::Retire => self.retire(case, Verdict::AlreadyLeft),
            Decision::RetireAndWait => self.retire(case, Verdict::Waiting),
            Decision::Held(hold) => self.held(case, hold),
            Decision::Rejected => self.rejected(case),
            Decision::Waiting => self.report(case, Verdict::Waiting, "no counterpart", self.nobody_found()),
            Decision::Missing => self.missing(case),
            Decision::Unread => self.unread(case),
            Decision::Unchanged if case.account.is_some() && self.owed(case).next().is_some() => self.compare(case, None),
            Decision::Unchanged => self.unchanged(case),
            Decision::AlreadyLeft => self.gone(case),
            Decision::LeaverWithAccount => self.leaver_with_account(case),
            Decision::OutOfScope => self.out_of_scope(case),
        }
    }

    pub(crate) fn noun(&self) -> String {
        self.sheet.accounts.noun()
    }

    fn nobody_found(&self) -> String {
        format!("no {} has been found, and this pipeline creates none", self.noun())
    }

    // ---- what each row of the ledger says ----

    pub(crate) fn mark(&mut self, case: &Case<'_>, verdict: Verdict, scope: Option<u16>) {
        match case.entry.row {
            Some(row) => self.rows[row as usize] = RowVerdict { verdict, scope },
            None => *self.absent.entry(verdict).or_default() += 1,
        }
    }

    pub(crate) fn report(&mut self, case: &Case<'_>, verdict: Verdict, kind: &str, detail: String) {
        self.report_at(case, verdict, kind, detail, Vec::new());
    }

    fn report_at(&mut self, case: &Case<'_>, verdict: Verdict, kind: &str, detail: String, lines: Vec<Line>) {
        self.mark(case, verdict, None);
        let mut finding = finding(verdict, &case.entry.key, case.person.label(), kind, detail);
        finding.lines = lines;
        finding.target = case.link.map(|link| link.target.clone());
        self.findings.push(finding);
    }

    pub(crate) fn hold(&mut self, case: &Case<'_>, kind: &str, detail: String, lines: Vec<Line>) {
        self.report_at(case, Verdict::Held, kind, detail, lines);
    }

    fn held(&mut self, case: &Case<'_>, hold: Hold) {
        let noun = self.noun();
        let target = case.link.map_or("", |link| link.target.as_str());
        let left = case.link.and_then(|link| left_on(self.plan(), link)).map(|day| day.to_string()).unwrap_or_default();
        match (hold, &case.entry.found) {
            (Hold::Which, Found::Contested(contest)) => {
                let lines = contest.rules.iter().map(|rule| self.plan().rules[*rule].line.clone()).collect();
                self.hold(case, contest.kind, contest.detail.clone(), lines);
            }
            (Hold::Which, _) => self.hold(case, "ambiguous", String::new(), Vec::new()),
            (Hold::AccountMissing, _) => self.hold(case, "account missing", format!("{noun} {target} is no longer there"), Vec::new()),
            (Hold::Return, _) => {
                self.hold(case, "return", format!("{noun} {target} left {left}, and no `on return` says what comes back"), Vec::new())
            }
            (Hold::Rehire, _) => {
                self.hold(case, "probable rehire", format!("{noun} {target} left {left}"), vec![self.plan().key_line.clone()])
            }
        }
    }

    pub(crate) fn rejected(&mut self, case: &Case<'_>) {
        if let Why::Rejected(rejection) = &case.entry.why {
            self.reject(case, rejection);
        }
    }

    pub(crate) fn reject(&mut self, case: &Case<'_>, rejection: &Rejection) {
        let place = self.plan().source.slots.iter().find(|slot| Some(slot.name.as_str()) == rejection.fault.at.as_deref());
        let line = place.map_or(&rejection.line, |slot| &slot.line).clone();
        self.report_at(case, Verdict::Rejected, rejection.fault.code, rejection.fault.to_string(), vec![line]);
        if let Some(finding) = self.findings.last_mut() {
            finding.attribute = rejection.fault.at.as_deref().map(str::to_owned);
        }
    }

    pub(crate) fn refuse(&mut self, case: &Case<'_>, refusal: Refusal) {
        if refusal.fault.is_unread() {
            return self.unread(case);
        }
        self.reject(case, &Rejection { fault: refusal.fault, line: refusal.line });
    }

    pub(crate) fn unread(&mut self, case: &Case<'_>) {
        if self.sheet.input.is_stopped() {
            return self.mark(case, Verdict::Unread, None);
        }
        let (what, why) = match case.link {
            Some(_) if matches!(case.entry.why, Why::LeavesPerhaps) => {
                self.reads_everything = true;
                let why = "leaves, unless another record of this key denies it: the next run reads everything";
                return self.report(case, Verdict::Unread, "unread", why.to_owned());
            }
            Some(link) if case.account.is_none() => {
                let why = self.sheet.input.proofs.failed.get(&link.target).cloned();
                (format!("{} {} was not read", self.noun(), link.target), why)
            }
            Some(_) => return self.report(case, Verdict::Unread, "unread", "was not read".to_owned()),
            None => (format!("whether there is a {} could not be read", self.noun()), self.sheet.why_unread(&case.person)),
        };
        match why {
            Some(why) => self.not_answered(case, &format!("{what}: {why}")),
            None if case.link.is_some() => {
                self.report(case, Verdict::Unread, "unread", format!("{what}, and nothing proves that it was deleted"))
            }
            None => self.report(case, Verdict::Unread, "unread", what),
        }
    }

    /// Somebody of whom nothing is known because a look-up failed.
    pub(crate) fn not_answered(&mut self, case: &Case<'_>, what: &str) {
        self.report(case, Verdict::Unread, NOT_ANSWERED, what.to_owned());
    }

    fn missing(&mut self, case: &Case<'_>) {
        let absence = self.absence_now(case);
        let words = leavers::absence_words(self.plan(), &absence);
        let detail = words.map_or_else(|| "no rule acts on it".to_owned(), |words| format!("for {words}"));
        self.report(case, Verdict::Missing, "missing", detail);
    }

    fn gone(&mut self, case: &Case<'_>) {
        if self.opened_again(case) {
            return;
        }
        self.mark(case, Verdict::AlreadyLeft, None);
    }

    pub(crate) fn unchanged(&mut self, case: &Case<'_>) {
        self.mark(case, Verdict::Unchanged, None);
        self.announce(case);
    }

    pub(crate) fn out_of_scope(&mut self, case: &Case<'_>) {
        let scope = if let Why::Scope(scope) = case.entry.why { Some(scope) } else { None };
        self.mark(case, Verdict::OutOfScope, scope);
    }

    fn leaver_with_account(&mut self, case: &Case<'_>) {
        let detail = match &case.entry.found {
            Found::One { row, rule } => format!("{} finds {}", self.sheet.accounts.rule_word(*rule), self.sheet.accounts.id(*row)),
            Found::Contested(contest) => contest.detail.clone(),
            Found::Nobody => String::new(),
        };
        self.report(case, Verdict::AlreadyLeft, "leaver with an account", detail);
    }

    pub(crate) fn hold_closed(&mut self, case: &Case<'_>) {
        let target = case.account.map_or("", |row| self.sheet.accounts.id(row)).to_owned();
        self.hold(case, "closed by hand", format!("{} {target} is closed, and not by us", self.noun()), Vec::new());
    }

    fn retire(&mut self, case: &Case<'_>, verdict: Verdict) {
        self.retired.push(case.entry.key.to_string());
        match verdict {
            Verdict::Waiting => self.report(case, verdict, "account missing", "the link is given up".into()),
            _ => self.mark(case, verdict, None),
        }
    }
}

/// For references: links that this run makes are there; accounts that are gone are not, nor is a record that nobody can tell from another.
fn fresh_links(sheet: &Sheet<'_>) -> HashMap<Text, Option<Text>> {
    let fresh = |entry: &Entry| match (&entry.found, entry.link, entry.state) {
        (Found::One { row, .. }, LinkState::FreeByFirst, SourceState::InScope | SourceState::Leaver)
        | (Found::One { row, .. }, LinkState::FreeByLater, SourceState::InScope) => Some(Some(Text::from(sheet.accounts.id(*row)))),
        (_, LinkState::AccountMissing | LinkState::LeftAccountMissing, _) => Some(None),
        _ => None,
    };
    let fresh = sheet.entries.iter().filter_map(|entry| Some((entry.key.clone(), fresh(entry)?)));
    fresh.chain(sheet.doubled.iter().map(|key| (key.clone(), None))).collect()
}

pub(crate) fn because(entry: &Entry) -> Option<Because> {
    if let Why::Leaver(because) = entry.why { Some(because) } else { None }
}
