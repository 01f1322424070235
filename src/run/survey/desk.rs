//! The second half: one decision for each entry, compared and written down as a draft, a link or a finding.

use super::{
    drafts::Draft,
    sheet::{Entry, Rejection, RowVerdict, Sheet, Why, finding},
};
use crate::{
    plan::{Action, Line, Plan},
    run::{
        changes::{Coming, Finding, Left, NewLink, Observed, Operation, Step, Unsettled, Verdict, Written},
        compare::{Map, Refusal},
        guard::Limit,
        judge::{self, Decision, Hold, LinkState, Policy, SourceState},
        leave::{self, Because, Standing},
        match_up::{Found, left_on},
        person::Person,
    },
    state::link::{Absence, Life, Link},
    value::{Text, trie::Row},
};
use jiff::{civil::Date, tz::TimeZone};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};

/// Leaves that are known for a later day are announced this many days ahead.
const HORIZON_DAYS: i64 = 31;

/// Everybody, decided one after the other.
pub(super) struct Desk<'a> {
    pub sheet: &'a Sheet<'a>,
    pub map: Map<'a>,
    pub drafts: Vec<Draft>,
    pub findings: Vec<Finding>,
    pub rows: Vec<RowVerdict>,
    pub absent: BTreeMap<Verdict, u64>,
    pub links: Vec<NewLink>,
    pub retired: Vec<String>,
    pub left: Vec<Left>,
    pub absences: Vec<(String, Absence)>,
    pub observed: Vec<Observed>,
    pub unsettled: Vec<Unsettled>,
    pub coming: Vec<Coming>,
    pub doubts: Vec<String>,
    /// Open links whose account is protected.
    pub protected: u64,
    zone: TimeZone,
    gone_is_doubtful: bool,
}

/// One entry on the desk.
struct Case<'e> {
    entry: &'e Entry,
    person: Person<'e>,
    link: Option<&'e Link>,
    account: Option<u32>,
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
            map: Map::new(plan, sheet.input.digester),
            // Room for everybody; memory that is not touched costs nothing.
            drafts: Vec::with_capacity(sheet.entries.len()),
            findings,
            rows,
            absent: BTreeMap::new(),
            links: Vec::new(),
            retired: Vec::new(),
            left: Vec::new(),
            absences: Vec::new(),
            observed: Vec::new(),
            unsettled: Vec::new(),
            coming: Vec::new(),
            doubts: Vec::new(),
            protected: 0,
            zone: plan.zone.clone().unwrap_or(TimeZone::UTC),
            gone_is_doubtful: false,
        }
    }

    fn plan(&self) -> &'a Plan {
        self.sheet.plan()
    }

    fn today(&self) -> Date {
        self.sheet.input.clock.today
    }

    /// Many accounts gone at once: rather a permission lost than accounts deleted (semantics.md, rule 11).
    fn doubt_many_gone(&mut self) {
        let gone = self.sheet.entries.iter().filter(|entry| entry.link == LinkState::Gone).count() as u64;
        let open = self.sheet.input.links.iter().filter(|link| link.life == Life::Open).count() as u64;
        let limit = Limit { percent: Some(Decimal::TEN), number: Some(5) };
        if gone > limit.allowed(open).max(1) {
            self.gone_is_doubtful = true;
            self.doubts.push(format!("{gone} of {open} linked accounts are gone at once: look whether the credential may still see them"));
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
        let case = Case { entry, person, link, account };
        if link.is_some_and(|link| link.life == Life::Open) && leave::protected(self.plan(), &case.person).is_some() {
            self.protected += 1;
        }
        if sheet.input.blocked.contains(entry.key.as_str()) {
            return self.hold(&case, "unknown", "an earlier write has no known outcome yet".into(), Vec::new());
        }
        let decision = judge::decide(judge::cell(entry.state, self.link_state(&case), self.plan().mode), self.policy(&case));
        self.act(&case, decision);
    }

    fn link_state(&self, case: &Case<'_>) -> LinkState {
        match case.entry.link {
            LinkState::Gone | LinkState::LeftGone if self.gone_is_doubtful => LinkState::LinkedUnread,
            state => state,
        }
    }

    fn policy(&self, case: &Case<'_>) -> Policy {
        let plan = self.plan();
        let block = case.link.and_then(|link| leave::block_of_left(plan, because(case.entry), link)).map(|block| &plan.leavers[block]);
        let any_block = block.or_else(|| plan.leavers.first());
        Policy {
            mode: plan.mode,
            leaves_out_of_scope: leave::by_scope(plan).is_some() && !self.sheet.input.is_broken(),
            absence_reached: self.absence_reached(case),
            left_by_scope: matches!(case.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. })),
            stage_due: self.standing(case).is_some_and(|(standing, _)| matches!(standing, Standing::Due(_) | Standing::ProcedureChanged)),
            has_return: any_block.is_some_and(|block| block.on_return.is_some()),
            create_again: plan.leavers.iter().any(|block| block.create_again),
            on_lost: plan.on_lost,
            reopens: plan.on_closed_by_hand.is_some(),
        }
    }

    fn standing(&self, case: &Case<'_>) -> Option<(Standing, usize)> {
        let block = leave::block_of_left(self.plan(), because(case.entry), case.link?)?;
        Some((leave::standing(&self.plan().leavers[block], case.link?, self.today(), &self.zone), block))
    }

    fn act(&mut self, case: &Case<'_>, decision: Decision) {
        match decision {
            Decision::Create => self.create(case, None),
            Decision::CreateAnew => self.create_anew(case),
            Decision::Compare => self.compare(case, None),
            Decision::CompareClosed => self.compare(case, Some(self.plan().on_closed_by_hand.as_deref().unwrap_or(&[]))),
            Decision::HeldClosed => self.hold_closed(case),
            Decision::Return { update } => self.take_back(case, update),
            Decision::Leave => self.leave(case),
            Decision::Stage => self.next_stage(case),
            Decision::Link { leaves_next } => self.link_only(case, leaves_next),
            Decision::Retire => self.retire(case, Verdict::Gone),
            Decision::RetireAndWait => self.retire(case, Verdict::Waiting),
            Decision::Held(hold) => self.held(case, hold),
            Decision::Rejected => self.rejected(case),
            Decision::Waiting => self.report(case, Verdict::Waiting, "no counterpart", self.nobody_found()),
            Decision::Missing => self.missing(case),
            Decision::Unread => self.unread(case),
            Decision::Unchanged => self.unchanged(case),
            Decision::Gone => self.gone(case),
            Decision::LeaverWithAccount => self.leaver_with_account(case),
            Decision::OutOfScope => self.out_of_scope(case),
        }
    }

    fn noun(&self) -> String {
        self.sheet.accounts.noun()
    }

    fn nobody_found(&self) -> String {
        format!("no {} has been found, and this pipeline creates none", self.noun())
    }

    // ---- what each row of the ledger says ----

    fn mark(&mut self, case: &Case<'_>, verdict: Verdict, scope: Option<u16>) {
        match case.entry.row {
            Some(row) => self.rows[row as usize] = RowVerdict { verdict, scope },
            None => *self.absent.entry(verdict).or_default() += 1,
        }
    }

    fn report(&mut self, case: &Case<'_>, verdict: Verdict, kind: &str, detail: String) {
        self.report_at(case, verdict, kind, detail, Vec::new());
    }

    fn report_at(&mut self, case: &Case<'_>, verdict: Verdict, kind: &str, detail: String, lines: Vec<Line>) {
        self.mark(case, verdict, None);
        let mut finding = finding(verdict, &case.entry.key, case.person.label(), kind, detail);
        finding.lines = lines;
        finding.target = case.link.map(|link| link.target.clone());
        self.findings.push(finding);
    }

    fn hold(&mut self, case: &Case<'_>, kind: &str, detail: String, lines: Vec<Line>) {
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
            (Hold::TargetGone, _) => self.hold(case, "target gone", format!("{noun} {target} is no longer there"), Vec::new()),
            (Hold::Return, _) => {
                self.hold(case, "return", format!("{noun} {target} left {left}, and no `on return` says what comes back"), Vec::new())
            }
            (Hold::Rehire, _) => {
                self.hold(case, "probable rehire", format!("{noun} {target} left {left}"), vec![self.plan().key_line.clone()])
            }
        }
    }

    fn rejected(&mut self, case: &Case<'_>) {
        if let Why::Rejected(rejection) = &case.entry.why {
            self.reject(case, rejection);
        }
    }

    fn reject(&mut self, case: &Case<'_>, rejection: &Rejection) {
        let place = self.plan().source.slots.iter().find(|slot| Some(slot.name.as_str()) == rejection.fault.at.as_deref());
        let line = place.map_or(&rejection.line, |slot| &slot.line).clone();
        self.report_at(case, Verdict::Rejected, rejection.fault.code, rejection.fault.to_string(), vec![line]);
        if let Some(finding) = self.findings.last_mut() {
            finding.attribute = rejection.fault.at.as_deref().map(str::to_owned);
        }
    }

    fn refuse(&mut self, case: &Case<'_>, refusal: Refusal) {
        self.reject(case, &Rejection { fault: refusal.fault, line: refusal.line });
    }

    fn unread(&mut self, case: &Case<'_>) {
        if self.sheet.input.is_stopped() {
            return self.mark(case, Verdict::Unread, None);
        }
        let detail = match case.link {
            Some(link) if case.account.is_none() => {
                format!("{} {} was not read, and nothing proves that it is gone", self.noun(), link.target)
            }
            Some(_) => "was not read".to_owned(),
            None => format!("whether there is a {} could not be read", self.noun()),
        };
        self.report(case, Verdict::Unread, "unread", detail);
    }

    fn missing(&mut self, case: &Case<'_>) {
        let absence = self.absence_now(case);
        let words = leave::absence_words(self.plan(), &absence);
        let detail = words.map_or_else(|| "no rule acts on it".to_owned(), |words| format!("for {words}"));
        self.report(case, Verdict::Missing, "missing", detail);
    }

    fn gone(&mut self, case: &Case<'_>) {
        if self.opened_again(case) {
            return;
        }
        self.mark(case, Verdict::Gone, None);
    }

    fn unchanged(&mut self, case: &Case<'_>) {
        self.mark(case, Verdict::Unchanged, None);
        self.announce(case);
    }

    fn out_of_scope(&mut self, case: &Case<'_>) {
        let scope = if let Why::Scope(scope) = case.entry.why { Some(scope) } else { None };
        self.mark(case, Verdict::OutOfScope, scope);
    }

    fn leaver_with_account(&mut self, case: &Case<'_>) {
        let detail = match &case.entry.found {
            Found::One { row, rule } => format!("{} finds {}", self.sheet.accounts.rule_word(*rule), self.sheet.accounts.id(*row)),
            Found::Contested(contest) => contest.detail.clone(),
            Found::Nobody => String::new(),
        };
        self.report(case, Verdict::Gone, "leaver with an account", detail);
    }

    fn hold_closed(&mut self, case: &Case<'_>) {
        let target = case.account.map_or("", |row| self.sheet.accounts.id(row)).to_owned();
        self.hold(case, "closed by hand", format!("{} {target} is closed, and not by us", self.noun()), Vec::new());
    }

    fn retire(&mut self, case: &Case<'_>, verdict: Verdict) {
        self.retired.push(case.entry.key.to_string());
        match verdict {
            Verdict::Waiting => self.report(case, verdict, "target gone", "the link is given up".into()),
            _ => self.mark(case, verdict, None),
        }
    }

    // ---- writing ----

    fn create(&mut self, case: &Case<'_>, life: Option<&str>) {
        match self.map.create(&case.person) {
            Ok(values) => {
                let mut operation = self.operation(case, Verdict::Join, vec![Step::Create { values }]);
                operation.target = None;
                operation.linked_by = Some("created".into());
                operation.reason = life.map(str::to_owned);
                self.draft(case, operation, None);
            }
            Err(refusal) => self.refuse(case, refusal),
        }
    }

    /// The account is gone for good: match anew, then create or link.
    fn create_anew(&mut self, case: &Case<'_>) {
        match self.sheet.accounts.find(&case.person, self.sheet.input.links) {
            Ok(Found::Nobody) => self.create(case, Some("again: the earlier account is gone")),
            Ok(Found::One { row, .. }) => {
                let detail = format!("{} {} could take the place of the one that is gone", self.noun(), self.sheet.accounts.id(row));
                self.hold(case, "probable rehire", detail, Vec::new());
            }
            Ok(Found::Contested(contest)) => self.hold(case, contest.kind, contest.detail.clone(), Vec::new()),
            Err((fault, rule)) => self.refuse(case, Refusal { fault, line: self.plan().rules[rule].line.clone() }),
        }
    }

    fn account_row(&self, case: &Case<'_>) -> Option<&'a Row> {
        case.account.map(|row| self.sheet.accounts.row(row))
    }

    /// Compares; `closed` holds the lines of `on closed by hand` where somebody else closed the account.
    fn compare(&mut self, case: &Case<'_>, closed: Option<&[Action]>) {
        let Some(account) = self.account_row(case) else { return self.unread(case) };
        let by_hand = closed.is_some() || (case.link.is_none() && case.account.is_some_and(|row| !self.sheet.is_open(row)));
        let reopening = if by_hand { self.plan().on_closed_by_hand.as_deref() } else { None };
        let steps = match self.update_steps(case, account, reopening.unwrap_or(&[])) {
            Ok(steps) => steps,
            Err(refusal) => return self.refuse(case, refusal),
        };
        match steps.is_empty() {
            true if by_hand => {
                self.link_now(case);
                self.hold_closed(case);
            }
            true => {
                self.link_now(case);
                self.unchanged(case);
            }
            false => self.change(case, steps, by_hand, reopening.is_some()),
        }
    }

    fn change(&mut self, case: &Case<'_>, steps: Vec<Step>, by_hand: bool, reopens: bool) {
        let verdict = if reopens { Verdict::Return } else { Verdict::Change };
        let mut operation = self.operation(case, verdict, steps);
        operation.reason = match (by_hand, reopens) {
            (true, true) => Some("was closed by hand".into()),
            (true, false) => Some("closed by hand, stays closed".into()),
            (false, _) => None,
        };
        self.draft(case, operation, case.account);
        self.announce(case);
    }

    /// The update, with what comes before it, as few requests as can be.
    fn update_steps(&mut self, case: &Case<'_>, account: &Row, first: &[Action]) -> Result<Vec<Step>, Refusal> {
        let mut steps = self.steps(first, case, Some(account))?;
        if !self.plan().mode.updates() {
            return Ok(steps);
        }
        let difference = self.map.update(&case.person, account, case.link)?;
        let key = || case.entry.key.to_string();
        self.observed.extend(difference.observed.into_iter().map(|(attribute, held)| Observed {
            key: key(),
            attribute: attribute.to_string(),
            held,
        }));
        let unsettled = difference.unsettled.into_iter();
        self.unsettled.extend(unsettled.map(|(attribute, line)| Unsettled {
            key: key(),
            attribute: attribute.to_string(),
            line: (*line).clone(),
        }));
        add_values(&mut steps, difference.written);
        Ok(steps)
    }

    /// The requests of some lines of a leaver block; values that the account holds already are left out.
    fn steps(&self, actions: &[Action], case: &Case<'_>, account: Option<&Row>) -> Result<Vec<Step>, Refusal> {
        let empty: Row = Box::default();
        let mut steps = Vec::new();
        for action in actions {
            match action {
                Action::Set { .. } => {
                    add_values(&mut steps, self.map.set(action, &case.person, account.unwrap_or(&empty))?.into_iter().collect())
                }
                Action::Call { call, once, .. } => {
                    steps.push(Step::Call { name: self.plan().target.collection().named[*call].0.clone(), once: *once });
                }
                Action::Delete { .. } => steps.push(Step::Delete),
            }
        }
        Ok(steps)
    }

    fn take_back(&mut self, case: &Case<'_>, update: bool) {
        let Some(account) = self.account_row(case) else { return self.unread(case) };
        let block = case.link.and_then(|link| leave::block_of_left(self.plan(), because(case.entry), link)).unwrap_or(0);
        let actions = self.plan().leavers[block].on_return.as_deref().unwrap_or(&[]);
        let steps = if update { self.update_steps(case, account, actions) } else { self.steps(actions, case, Some(account)) };
        match steps {
            Ok(steps) => {
                let mut operation = self.operation(case, Verdict::Return, steps);
                operation.lines = actions.iter().map(|action| action_line(action).clone()).chain(lines_of(&operation)).collect();
                operation.reason = case.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                self.draft(case, operation, case.account);
            }
            Err(refusal) => self.refuse(case, refusal),
        }
    }

    fn leave(&mut self, case: &Case<'_>) {
        let Some(because) = self.why_leaves(case) else { return self.out_of_scope(case) };
        if self.sheet.input.adoption {
            return self.leaves_next(case, because);
        }
        let block = &self.plan().leavers[because.block];
        match self.steps(&block.actions, case, self.account_row(case)) {
            Ok(steps) if steps.is_empty() && block.stages.is_empty() => self.left_already(case),
            Ok(steps) => {
                let mut operation = self.operation(case, Verdict::Leave, steps);
                operation.stage = 1;
                operation.reason = Some(self.reason(case, because));
                operation.lines = std::iter::once(because.condition(self.plan()).line.clone())
                    .chain(block.actions.iter().map(|action| action_line(action).clone()))
                    .collect();
                operation.next = leave::next_stage(block, 1);
                operation.by_scope = case.entry.state == SourceState::OutOfScope;
                self.draft(case, operation, case.account);
            }
            Err(refusal) => self.refuse(case, refusal),
        }
    }

    /// The account is as the leave would make it, and nothing comes after: that is remembered, and nobody is bothered.
    fn left_already(&mut self, case: &Case<'_>) {
        let by_scope = case.entry.state == SourceState::OutOfScope;
        self.left.push(Left { key: case.entry.key.to_string(), by_scope });
        self.mark(case, Verdict::Gone, None);
    }

    fn why_leaves(&self, case: &Case<'_>) -> Option<Because> {
        match case.entry.state {
            SourceState::OutOfScope => leave::by_scope(self.plan()),
            SourceState::Missing => leave::by_absence(self.plan(), &self.absence_now(case)),
            _ => because(case.entry),
        }
    }

    fn reason(&self, case: &Case<'_>, because: Because) -> String {
        match (case.entry.state, &case.entry.why) {
            (SourceState::OutOfScope, Why::Scope(scope)) => format!("out of scope: {}", self.plan().scope[*scope as usize].reason),
            (SourceState::Missing, _) => {
                let words = leave::absence_words(self.plan(), &self.absence_now(case));
                words.map_or_else(|| "missing".to_owned(), |words| format!("missing for {words}"))
            }
            _ => leave::reason(self.plan(), because, &case.person),
        }
    }

    fn next_stage(&mut self, case: &Case<'_>) {
        let standing = self.standing(case).filter(|_| !self.sheet.input.adoption);
        let Some((standing, block)) = standing else { return self.mark(case, Verdict::Gone, None) };
        let block = &self.plan().leavers[block];
        let Standing::Due(stage) = standing else {
            let detail = "what comes after the leave is not what the file said when this one left".to_owned();
            return self.hold(case, "procedure changed", detail, block.stages.iter().map(|stage| stage.line.clone()).take(1).collect());
        };
        let actions = leave::actions(block, stage);
        match self.steps(actions, case, self.account_row(case)) {
            Ok(steps) => {
                let mut operation = self.operation(case, Verdict::Stage, steps);
                operation.stage = stage;
                operation.reason = case.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                operation.lines = actions.iter().map(|action| action_line(action).clone()).collect();
                operation.next = leave::next_stage(block, stage);
                operation.by_scope = matches!(case.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. }));
                self.draft(case, operation, case.account);
            }
            Err(refusal) => self.refuse(case, refusal),
        }
    }

    /// Left, and somebody opened the account again: reported, and closed again only with `enforce`.
    fn opened_again(&mut self, case: &Case<'_>) -> bool {
        let left = matches!(case.link.map(|link| &link.life), Some(Life::Left { .. }));
        let leaving = matches!(case.entry.state, SourceState::Leaver | SourceState::Missing);
        let Some((account, (_, block))) = case.account.filter(|_| left && leaving).zip(self.standing(case)) else { return false };
        let block = &self.plan().leavers[block];
        let closes = |step: &Step| matches!(step, Step::Update { values } if values.iter().any(|written| self.closes(written)));
        let Ok(mut steps) = self.steps(&block.actions, case, Some(self.sheet.accounts.row(account))) else { return false };
        steps.retain(closes);
        if steps.is_empty() || !self.sheet.is_open(account) {
            return false;
        }
        if !block.enforce {
            self.report(
                case,
                Verdict::Gone,
                "opened again",
                format!("{} {} left and is open again", self.noun(), self.sheet.accounts.id(account)),
            );
            return true;
        }
        let Some(Life::Left { stage, next, by_scope, .. }) = case.link.map(|link| link.life.clone()) else { return false };
        let mut operation = self.operation(case, Verdict::Stage, steps);
        operation.stage = stage;
        operation.reason = Some("opened again by hand".into());
        operation.by_scope = by_scope;
        operation.next = next.and_then(|_| leave::next_stage(block, stage));
        self.draft(case, operation, Some(account));
        true
    }

    fn closes(&self, written: &Written) -> bool {
        let access = self.plan().target.collection().access();
        access.is_some_and(|(at, access)| {
            *self.plan().target.collection().attributes[at].name == *written.attribute && !access.is_open(&written.after.0)
        })
    }

    fn link_only(&mut self, case: &Case<'_>, leaves_next: bool) {
        self.link_now(case);
        match because(case.entry).filter(|_| leaves_next) {
            Some(because) => self.leaves_next(case, because),
            None => self.mark(case, Verdict::Unchanged, None),
        }
    }

    /// Linked by this run: leaves in the next one, which announces itself if it will write anything.
    fn leaves_next(&mut self, case: &Case<'_>, because: Because) {
        let block = &self.plan().leavers[because.block];
        let found = if let Found::One { row, .. } = &case.entry.found { Some(self.sheet.accounts.row(*row)) } else { None };
        let nothing = self.steps(&block.actions, case, self.account_row(case).or(found)).is_ok_and(|steps| steps.is_empty());
        if nothing && block.stages.is_empty() {
            return self.mark(case, Verdict::Gone, None);
        }
        self.mark(case, Verdict::Unchanged, None);
        let reason = format!("{}: leaves in the next run", self.reason(case, because));
        self.come(case, self.today(), reason, because);
    }

    fn link_now(&mut self, case: &Case<'_>) {
        if let (None, Found::One { row, rule }) = (case.link, &case.entry.found) {
            let target = self.sheet.accounts.id(*row).to_owned();
            let by = self.plan().rules[*rule].name.clone();
            self.links.push(NewLink { key: case.entry.key.to_string(), target, by });
        }
    }

    // ---- drafts ----

    fn operation(&self, case: &Case<'_>, verdict: Verdict, steps: Vec<Step>) -> Operation {
        let found = match &case.entry.found {
            Found::One { row, rule } if case.link.is_none() => {
                Some((self.sheet.accounts.id(*row).to_owned(), self.plan().rules[*rule].name.clone()))
            }
            _ => None,
        };
        let (found, linked_by) = found.unzip();
        let mut operation = Operation {
            verdict,
            key: case.entry.key.to_string(),
            label: case.person.label(),
            target: case.link.map(|link| link.target.clone()).or(found),
            stage: 0,
            steps,
            reason: None,
            lines: Vec::new(),
            links_now: linked_by.is_some(),
            hash: String::new(),
            effects: Vec::new(),
            due: leave::due(self.plan(), &case.person).map(|(day, _)| day),
            linked_by,
            next: None,
            by_scope: false,
            after: Vec::new(),
        };
        if verdict == Verdict::Join {
            operation.lines = vec![self.plan().mode_line.clone()];
        } else {
            operation.lines = lines_of(&operation).collect();
        }
        operation.effects = self.map.effects(super::drafts::written(&operation));
        operation
    }

    fn draft(&mut self, case: &Case<'_>, operation: Operation, account: Option<u32>) {
        if account.is_some()
            && let Some(protect) = leave::protected(self.plan(), &case.person)
        {
            return self.hold(case, "protected", protect.reason.clone(), vec![protect.line.clone()]);
        }
        self.mark(case, operation.verdict, None);
        self.drafts.push(Draft { row: case.entry.row, account, operation, withdrawn: false });
    }

    // ---- what is remembered, and what is coming ----

    /// A sighting resets the counter; a complete read without the person moves it.
    fn count_absence(&mut self, entry: &Entry, link: Option<&Link>) {
        let Some(link) = link.filter(|link| link.life == Life::Open && leave::counts_absence(self.plan())) else { return };
        let after = match entry.state {
            SourceState::Unread => return,
            SourceState::Missing => leave::missing_again(self.plan(), &link.absence, self.sheet.input.clock.now),
            _ => Absence::default(),
        };
        if after != link.absence {
            self.absences.push((link.key.clone(), after));
        }
    }

    fn absence_now(&self, case: &Case<'_>) -> Absence {
        case.link.map(|link| leave::missing_again(self.plan(), &link.absence, self.sheet.input.clock.now)).unwrap_or_default()
    }

    fn absence_reached(&self, case: &Case<'_>) -> bool {
        let missing = case.entry.state == SourceState::Missing;
        let confirmed = || !self.sheet.can_confirm_absence() || self.sheet.input.proofs.source_gone.contains(case.entry.key.as_str());
        missing && leave::by_absence(self.plan(), &self.absence_now(case)).is_some() && confirmed()
    }

    fn announce(&mut self, case: &Case<'_>) {
        let due = leave::due(self.plan(), &case.person).filter(|(day, _)| *day > self.today());
        if let Some((day, because)) = due.filter(|(day, _)| *day <= leave::days_after(self.today(), HORIZON_DAYS)) {
            let reason = leave::reason(self.plan(), because, &case.person);
            self.come(case, day, reason, because);
        }
    }

    fn come(&mut self, case: &Case<'_>, day: Date, reason: String, because: Because) {
        let line = because.condition(self.plan()).line.clone();
        self.coming.push(Coming { key: case.entry.key.to_string(), label: case.person.label(), day, reason, line });
    }
}

/// For references: links that this run makes are there, and accounts that are gone are not.
fn fresh_links(sheet: &Sheet<'_>) -> HashMap<Text, Option<Text>> {
    let fresh = |entry: &Entry| match (&entry.found, entry.link, entry.state) {
        (Found::One { row, .. }, LinkState::FreeByFirst, SourceState::InScope | SourceState::Leaver)
        | (Found::One { row, .. }, LinkState::FreeByLater, SourceState::InScope) => Some(Some(Text::from(sheet.accounts.id(*row)))),
        (_, LinkState::Gone | LinkState::LeftGone, _) => Some(None),
        _ => None,
    };
    sheet.entries.iter().filter_map(|entry| Some((entry.key.clone(), fresh(entry)?))).collect()
}

fn because(entry: &Entry) -> Option<Because> {
    if let Why::Leaver(because) = entry.why { Some(because) } else { None }
}

const fn action_line(action: &Action) -> &Line {
    match action {
        Action::Set { line, .. } | Action::Call { line, .. } | Action::Delete { line } => line,
    }
}

/// The lines of the values that an operation writes, each once.
fn lines_of(operation: &Operation) -> impl Iterator<Item = Line> + use<> {
    let mut lines: Vec<Line> = super::drafts::written(operation).map(|written| (*written.line).clone()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter()
}

/// Values that follow one another are one request; of two for one attribute the later counts.
fn add_values(steps: &mut Vec<Step>, values: Vec<Written>) {
    if values.is_empty() {
        return;
    }
    match steps.last_mut() {
        Some(Step::Update { values: before }) => {
            for value in values {
                before.retain(|written| written.attribute != value.attribute);
                before.push(value);
            }
        }
        _ => steps.push(Step::Update { values }),
    }
}
