//! Turns a decision into the steps of an operation, or into a link that needs none.

pub(crate) mod calls;
pub mod compare;
pub(crate) mod events;
pub mod lists;
pub mod merge;
pub(crate) mod order;
pub(crate) mod parts;
pub(crate) mod pending_ops;
use super::operations::compare::{Difference, Refusal};
use super::{
    decide::{Candidate, Planner, because},
    operations::pending_ops::Draft,
};
use crate::run::classify::classification::Why;
use crate::{
    compile::{Action, On, SourceLine},
    run::{
        change_set::{Agreement, Conflicted, Left, NewLink, Observed, Operation, Reason, Step, Unsettled, Verdict, Written},
        classify::{
            leavers::{self, LeaveReason, LeaverStatus},
            matching::{MatchResult, left_on},
            table::SourceState,
        },
    },
    state::{agreed::Pair, link::Life},
    value::trie::Row,
};

/// What an update knows beside its steps.
#[derive(Default)]
struct Update {
    agreed: Vec<(u64, Pair)>,
    /// What both sides changed and nothing decides, and the lines that write it.
    undecided: Option<String>,
    lines: Vec<SourceLine>,
    /// An earlier run began it.
    completes: bool,
}

impl<'a> Planner<'a> {
    pub(crate) fn create(&mut self, candidate: &Candidate<'_>, life: Option<&str>) {
        match self.create_steps(candidate) {
            Ok(steps) => {
                let mut operation = self.operation(candidate, Verdict::Create, steps);
                operation.target = None;
                operation.linked_by = Some("created".into());
                operation.reason = life.map(str::to_owned);
                self.draft(candidate, operation, None);
            }
            Err(refusal) => self.refuse(candidate, refusal),
        }
    }

    fn create_steps(&self, candidate: &Candidate<'_>) -> Result<Vec<Step>, Refusal> {
        let mut steps = vec![Step::Create { values: self.map.create(&candidate.record)? }];
        steps.extend(self.calls(candidate, On::Create)?);
        Ok(steps)
    }

    /// The account is gone for good: match again, then create or link.
    pub(crate) fn create_anew(&mut self, candidate: &Candidate<'_>) {
        match self.classification.accounts.find(&candidate.record, self.classification.input.links) {
            Ok(MatchResult::Nobody) => self.create(candidate, Some("again: the earlier account is missing")),
            Ok(MatchResult::One { row, .. }) => {
                let detail = format!("{} {} could take the place of the missing one", self.noun(), self.classification.accounts.id(row));
                self.hold(candidate, Reason::ProbableRehire, detail, Vec::new());
            }
            Ok(MatchResult::Contested(contest)) => self.hold(candidate, contest.kind.clone(), contest.detail.clone(), Vec::new()),
            Err((fault, rule)) => self.refuse(candidate, Refusal { fault, span: self.plan().rules[rule].span }),
        }
    }

    /// Remembers what the comparison found in addition to what differs; gives the reason why a record is not as both sides want it.
    fn note(&mut self, candidate: &Candidate<'_>, difference: &mut Difference) -> Option<String> {
        let key = || candidate.entry.key.to_string();
        let observed = std::mem::take(&mut difference.observed).into_iter();
        self.observed.extend(observed.map(|(attribute, held)| Observed { key: key(), attribute: attribute.to_string(), held }));
        for (attribute, line) in std::mem::take(&mut difference.unsettled) {
            self.unsettled.push(Unsettled { key: key(), attribute: attribute.to_string(), line: (*line).clone() });
        }
        for (attribute, line) in &difference.changed_there {
            self.changed_there.entry(attribute.to_string()).or_insert_with(|| ((**line).clone(), 0)).1 += 1;
        }
        for (attribute, line, why) in &difference.conflicts {
            let (attribute, why) = (attribute.to_string(), why.map(str::to_owned));
            self.conflicts.push(Conflicted { key: key(), attribute, line: (**line).clone(), why });
        }
        difference.undecided()
    }

    fn account_row(&self, candidate: &Candidate<'_>) -> Option<&'a Row> {
        candidate.account.map(|row| self.classification.accounts.row(row))
    }

    /// Compares; `closed` holds the lines of `on closed by hand` where somebody else closed the account.
    pub(crate) fn compare(&mut self, candidate: &Candidate<'_>, closed: Option<&[Action]>) {
        let Some(account) = self.account_row(candidate) else { return self.unread(candidate) };
        let by_hand =
            closed.is_some() || (candidate.link.is_none() && candidate.account.is_some_and(|row| !self.classification.is_open(row)));
        let reopening = if by_hand { self.plan().on_closed_by_hand.as_deref() } else { None };
        let (steps, update) = match self.update_steps(candidate, account, reopening.unwrap_or(&[])) {
            Ok(steps) => steps,
            Err(refusal) => return self.refuse(candidate, refusal),
        };
        if !steps.is_empty() {
            return self.change(candidate, steps, update, by_hand, reopening.is_some());
        }
        self.link_now(candidate);
        let key = || candidate.entry.key.to_string();
        self.agreed.extend(update.agreed.into_iter().map(|(attribute, pair)| Agreement { key: key(), attribute, pair }));
        match update.undecided {
            _ if by_hand => self.hold_closed(candidate),
            Some(names) => {
                self.hold(candidate, Reason::BothChanged, format!("{names} changed on both sides, and nothing says who wins"), update.lines)
            }
            None => self.unchanged(candidate),
        }
    }

    fn change(&mut self, candidate: &Candidate<'_>, steps: Vec<Step>, update: Update, by_hand: bool, reopens: bool) {
        let verdict = if reopens { Verdict::Return } else { Verdict::Update };
        let mut operation = self.operation(candidate, verdict, steps);
        operation.agreed = update.agreed;
        operation.reason = match (by_hand, reopens, update.undecided) {
            (true, true, _) => Some("was closed by hand".into()),
            (true, false, _) => Some("closed by hand, stays closed".into()),
            (false, _, Some(names)) => Some(format!("{names} changed on both sides, stays")),
            (false, _, None) => update.completes.then(|| "completes what an earlier run began".into()),
        };
        self.draft(candidate, operation, candidate.account);
        self.announce(candidate);
    }

    /// The update, with what comes before it, as few requests as can be.
    fn update_steps(&mut self, candidate: &Candidate<'_>, account: &Row, first: &[Action]) -> Result<(Vec<Step>, Update), Refusal> {
        let mut steps = self.steps(first, candidate, Some(account))?;
        if !self.plan().mode.updates() {
            let completes = self.finish(candidate, account, &mut steps);
            return Ok((steps, Update { completes, ..Update::default() }));
        }
        let mut difference = self.map.update(&candidate.record, account, candidate.link)?;
        let undecided = self.note(candidate, &mut difference);
        if undecided.is_some() || difference.is_open {
            self.again.extend(candidate.entry.row.map(|row| (row, "both changed")));
        }
        let lines = difference.conflicts.iter().filter(|(.., why)| why.is_none()).map(|(_, line, _)| (**line).clone()).collect();
        add_values(&mut steps, difference.written);
        if !steps.is_empty() {
            steps.extend(self.calls(candidate, On::Update)?);
        }
        let completes = self.finish(candidate, account, &mut steps);
        Ok((steps, Update { agreed: difference.agreed, undecided, lines, completes }))
    }

    /// The requests of some lines of a leaver block; values that the account holds already are left out.
    fn steps(&self, actions: &[Action], candidate: &Candidate<'_>, account: Option<&Row>) -> Result<Vec<Step>, Refusal> {
        let empty: Row = Box::default();
        let mut steps = Vec::new();
        for action in actions {
            match action {
                Action::Set { .. } => {
                    add_values(&mut steps, self.map.set(action, &candidate.record, account.unwrap_or(&empty))?.into_iter().collect())
                }
                Action::Call { call, once, .. } => {
                    steps.push(Step::Call { name: self.plan().target.collection().named[*call].0.clone(), once: *once });
                }
                Action::Delete { .. } => steps.push(Step::Delete),
            }
        }
        Ok(steps)
    }

    pub(crate) fn take_back(&mut self, candidate: &Candidate<'_>, update: bool) {
        let Some(account) = self.account_row(candidate) else { return self.unread(candidate) };
        let block = candidate.link.and_then(|link| leavers::block_of_left(self.plan(), because(candidate.entry), link)).unwrap_or(0);
        let actions = self.plan().leavers[block].on_return.as_deref().unwrap_or(&[]);
        let steps = match update {
            true => self.update_steps(candidate, account, actions),
            false => self.steps(actions, candidate, Some(account)).map(|steps| (steps, Update::default())),
        };
        match steps {
            Ok((steps, update)) => {
                let mut operation = self.operation(candidate, Verdict::Return, steps);
                operation.agreed = update.agreed;
                operation.lines = actions.iter().map(|action| self.plan().line(action.span())).chain(lines_of(&operation)).collect();
                operation.reason = candidate.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                self.draft(candidate, operation, candidate.account);
            }
            Err(refusal) => self.refuse(candidate, refusal),
        }
    }

    pub(crate) fn leave(&mut self, candidate: &Candidate<'_>) {
        let Some(because) = self.why_leaves(candidate) else { return self.out_of_scope(candidate) };
        if self.classification.input.adoption {
            return self.leaves_next(candidate, because);
        }
        let block = &self.plan().leavers[because.block];
        match self.steps(&block.actions, candidate, self.account_row(candidate)) {
            Ok(steps) if steps.is_empty() && block.stages.is_empty() => self.left_already(candidate),
            Ok(steps) => {
                let mut operation = self.operation(candidate, Verdict::Leave, steps);
                operation.stage = 1;
                operation.reason = Some(self.reason(candidate, because));
                operation.lines = std::iter::once(self.plan().line(because.condition(self.plan()).span))
                    .chain(block.actions.iter().map(|action| self.plan().line(action.span())))
                    .collect();
                operation.next = leavers::next_stage(block, 1);
                operation.by_scope = candidate.entry.state == SourceState::OutOfScope;
                self.draft(candidate, operation, candidate.account);
            }
            Err(refusal) => self.refuse(candidate, refusal),
        }
    }

    /// The account is already as the leave would make it, and no later step follows: the person is remembered as left, without
    /// an operation that somebody would have to review.
    fn left_already(&mut self, candidate: &Candidate<'_>) {
        let by_scope = candidate.entry.state == SourceState::OutOfScope;
        self.left.push(Left { key: candidate.entry.key.to_string(), by_scope });
        self.mark(candidate, Verdict::AlreadyLeft, None);
    }

    fn why_leaves(&self, candidate: &Candidate<'_>) -> Option<LeaveReason> {
        match candidate.entry.state {
            SourceState::OutOfScope => leavers::by_scope(self.plan()),
            SourceState::Missing => leavers::by_absence(self.plan(), &self.absence_now(candidate)),
            _ => because(candidate.entry),
        }
    }

    fn reason(&self, candidate: &Candidate<'_>, because: LeaveReason) -> String {
        match (candidate.entry.state, &candidate.entry.why) {
            (SourceState::OutOfScope, Why::Scope(scope)) => format!("out of scope: {}", self.plan().scope[*scope as usize].reason),
            (SourceState::Missing, _) => {
                let words = leavers::absence_words(self.plan(), &self.absence_now(candidate));
                words.map_or_else(|| "missing".to_owned(), |words| format!("missing for {words}"))
            }
            _ => leavers::reason(self.plan(), because, &candidate.record),
        }
    }

    pub(crate) fn next_stage(&mut self, candidate: &Candidate<'_>) {
        let leaver_status = self.leaver_status(candidate).filter(|_| !self.classification.input.adoption);
        let Some((leaver_status, block)) = leaver_status else { return self.mark(candidate, Verdict::AlreadyLeft, None) };
        let block = &self.plan().leavers[block];
        let LeaverStatus::Due(stage) = leaver_status else {
            let detail = "what comes after the leave is not what the file said when this one left".to_owned();
            return self.hold(
                candidate,
                Reason::ProcedureChanged,
                detail,
                block.stages.iter().map(|stage| self.plan().line(stage.span)).take(1).collect(),
            );
        };
        let actions = leavers::actions(block, stage);
        match self.steps(actions, candidate, self.account_row(candidate)) {
            Ok(steps) => {
                let mut operation = self.operation(candidate, Verdict::Stage, steps);
                operation.stage = stage;
                operation.reason = candidate.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                operation.lines = actions.iter().map(|action| self.plan().line(action.span())).collect();
                operation.next = leavers::next_stage(block, stage);
                operation.by_scope = matches!(candidate.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. }));
                self.draft(candidate, operation, candidate.account);
            }
            Err(refusal) => self.refuse(candidate, refusal),
        }
    }

    /// The person left, and somebody reopened the account: reported, and closed again only with `enforce`.
    pub(crate) fn opened_again(&mut self, candidate: &Candidate<'_>) -> bool {
        let left = matches!(candidate.link.map(|link| &link.life), Some(Life::Left { .. }));
        let leaving = matches!(candidate.entry.state, SourceState::Leaver | SourceState::Missing);
        let Some((account, (_, block))) = candidate.account.filter(|_| left && leaving).zip(self.leaver_status(candidate)) else {
            return false;
        };
        let block = &self.plan().leavers[block];
        let closes = |step: &Step| matches!(step, Step::Update { values } if values.iter().any(|written| self.closes(written)));
        let Ok(mut steps) = self.steps(&block.actions, candidate, Some(self.classification.accounts.row(account))) else { return false };
        steps.retain(closes);
        if steps.is_empty() || !self.classification.is_open(account) {
            return false;
        }
        if !block.enforce {
            self.report(
                candidate,
                Verdict::AlreadyLeft,
                Reason::OpenedAgain,
                format!("{} {} left and is open again", self.noun(), self.classification.accounts.id(account)),
            );
            return true;
        }
        let Some(Life::Left { stage, next, by_scope, .. }) = candidate.link.map(|link| link.life.clone()) else { return false };
        let mut operation = self.operation(candidate, Verdict::Stage, steps);
        operation.stage = stage;
        operation.reason = Some("was opened again by somebody".into());
        operation.by_scope = by_scope;
        operation.next = next.and_then(|_| leavers::next_stage(block, stage));
        self.draft(candidate, operation, Some(account));
        true
    }

    fn closes(&self, written: &Written) -> bool {
        let access = self.plan().target.collection().access();
        access.is_some_and(|(at, access)| {
            *self.plan().target.collection().attributes[at].name == *written.attribute && !access.is_open(&written.after.0)
        })
    }

    pub(crate) fn link_only(&mut self, candidate: &Candidate<'_>, leaves_next: bool) {
        self.link_now(candidate);
        match because(candidate.entry).filter(|_| leaves_next) {
            Some(because) => self.leaves_next(candidate, because),
            None => self.mark(candidate, Verdict::Unchanged, None),
        }
    }

    /// Linked by this run: leaves in the next one, which announces itself if it will write anything. Whose account is closed
    /// already has left, so that coming back is a return and not an account closed by hand.
    fn leaves_next(&mut self, candidate: &Candidate<'_>, because: LeaveReason) {
        let block = &self.plan().leavers[because.block];
        let found =
            if let MatchResult::One { row, .. } = &candidate.entry.found { Some(self.classification.accounts.row(*row)) } else { None };
        let nothing = self.steps(&block.actions, candidate, self.account_row(candidate).or(found)).is_ok_and(|steps| steps.is_empty());
        if nothing && block.stages.is_empty() {
            return self.left_already(candidate);
        }
        self.mark(candidate, Verdict::Unchanged, None);
        self.again.extend(candidate.entry.row.map(|row| (row, "leaves in the next run")));
        let reason = format!("{}: leaves in the next run", self.reason(candidate, because));
        self.come(candidate, self.today(), reason, because);
    }

    fn link_now(&mut self, candidate: &Candidate<'_>) {
        if let (None, MatchResult::One { row, rule }) = (candidate.link, &candidate.entry.found) {
            let target = self.classification.accounts.id(*row).to_owned();
            let by = self.plan().rule_name(&self.plan().rules[*rule]);
            self.links.push(NewLink { key: candidate.entry.key.to_string(), target, by });
        }
    }

    pub(crate) fn operation(&self, candidate: &Candidate<'_>, verdict: Verdict, steps: Vec<Step>) -> Operation {
        let found = match &candidate.entry.found {
            MatchResult::One { row, rule } if candidate.link.is_none() => {
                Some((self.classification.accounts.id(*row).to_owned(), self.plan().rule_name(&self.plan().rules[*rule])))
            }
            _ => None,
        };
        let (found, linked_by) = found.unzip();
        let mut operation = Operation {
            verdict,
            key: candidate.entry.key.to_string(),
            label: candidate.record.label(),
            target: candidate.link.map(|link| link.target.clone()).or(found),
            stage: 0,
            steps,
            reason: None,
            lines: Vec::new(),
            links_now: linked_by.is_some(),
            hash: String::new(),
            effects: Vec::new(),
            due: candidate.due(self.plan()).map(|(day, _)| day),
            linked_by,
            next: None,
            by_scope: false,
            after: Vec::new(),
            agreed: Vec::new(),
        };
        if matches!(verdict, Verdict::Create | Verdict::Send) {
            operation.lines = vec![self.plan().line(self.plan().mode_span)];
        } else {
            operation.lines = lines_of(&operation).chain(self.call_lines(&operation)).collect();
        }
        operation.effects = self.map.effects(operation.written());
        operation
    }

    pub(crate) fn draft(&mut self, candidate: &Candidate<'_>, operation: Operation, account: Option<u32>) {
        if account.is_some()
            && let Some(protect) = leavers::protected(self.plan(), &candidate.record)
        {
            return self.hold(candidate, Reason::Protected, protect.reason.clone(), vec![self.plan().line(protect.span)]);
        }
        self.mark(candidate, operation.verdict, None);
        self.drafts.push(Draft { row: candidate.entry.row, account, operation, withdrawn: false });
    }
}

/// The lines of the values that an operation writes, each once.
fn lines_of(operation: &Operation) -> impl Iterator<Item = SourceLine> + use<> {
    let mut lines: Vec<SourceLine> = operation.written().map(|written| (*written.line).clone()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter()
}

/// Values that follow one another are one request; of two for one attribute the later counts.
pub(crate) fn add_values(steps: &mut Vec<Step>, values: Vec<Written>) {
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
