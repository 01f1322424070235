//! What a decision writes: the steps of an operation, or the link that needs none.

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
    decide::{Case, Desk, because},
    operations::pending_ops::Draft,
};
use crate::run::classify::classification::Why;
use crate::{
    compile::{Action, Line, On},
    run::{
        change_set::{Agreement, Conflicted, Left, NewLink, Observed, Operation, Step, Unsettled, Verdict, Written},
        classify::{
            leavers::{self, Because, Standing},
            matching::{Found, left_on},
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
    lines: Vec<Line>,
    /// An earlier run began it.
    completes: bool,
}

impl<'a> Desk<'a> {
    pub(crate) fn create(&mut self, case: &Case<'_>, life: Option<&str>) {
        match self.create_steps(case) {
            Ok(steps) => {
                let mut operation = self.operation(case, Verdict::Create, steps);
                operation.target = None;
                operation.linked_by = Some("created".into());
                operation.reason = life.map(str::to_owned);
                self.draft(case, operation, None);
            }
            Err(refusal) => self.refuse(case, refusal),
        }
    }

    fn create_steps(&self, case: &Case<'_>) -> Result<Vec<Step>, Refusal> {
        let mut steps = vec![Step::Create { values: self.map.create(&case.person)? }];
        steps.extend(self.calls(case, On::Create)?);
        Ok(steps)
    }

    /// The account is gone for good: match anew, then create or link.
    pub(crate) fn create_anew(&mut self, case: &Case<'_>) {
        match self.sheet.accounts.find(&case.person, self.sheet.input.links) {
            Ok(Found::Nobody) => self.create(case, Some("again: the earlier account is missing")),
            Ok(Found::One { row, .. }) => {
                let detail = format!("{} {} could take the place of the missing one", self.noun(), self.sheet.accounts.id(row));
                self.hold(case, "probable rehire", detail, Vec::new());
            }
            Ok(Found::Contested(contest)) => self.hold(case, contest.kind, contest.detail.clone(), Vec::new()),
            Err((fault, rule)) => self.refuse(case, Refusal { fault, line: self.plan().rules[rule].line.clone() }),
        }
    }

    /// Remembers what the comparison found besides what differs; gives the reason why a record is not as both sides want it.
    fn note(&mut self, case: &Case<'_>, difference: &mut Difference) -> Option<String> {
        let key = || case.entry.key.to_string();
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

    fn account_row(&self, case: &Case<'_>) -> Option<&'a Row> {
        case.account.map(|row| self.sheet.accounts.row(row))
    }

    /// Compares; `closed` holds the lines of `on closed by hand` where somebody else closed the account.
    pub(crate) fn compare(&mut self, case: &Case<'_>, closed: Option<&[Action]>) {
        let Some(account) = self.account_row(case) else { return self.unread(case) };
        let by_hand = closed.is_some() || (case.link.is_none() && case.account.is_some_and(|row| !self.sheet.is_open(row)));
        let reopening = if by_hand { self.plan().on_closed_by_hand.as_deref() } else { None };
        let (steps, update) = match self.update_steps(case, account, reopening.unwrap_or(&[])) {
            Ok(steps) => steps,
            Err(refusal) => return self.refuse(case, refusal),
        };
        if !steps.is_empty() {
            return self.change(case, steps, update, by_hand, reopening.is_some());
        }
        self.link_now(case);
        let key = || case.entry.key.to_string();
        self.agreed.extend(update.agreed.into_iter().map(|(attribute, pair)| Agreement { key: key(), attribute, pair }));
        match update.undecided {
            _ if by_hand => self.hold_closed(case),
            Some(names) => {
                self.hold(case, "both changed", format!("{names} changed on both sides, and nothing says who wins"), update.lines)
            }
            None => self.unchanged(case),
        }
    }

    fn change(&mut self, case: &Case<'_>, steps: Vec<Step>, update: Update, by_hand: bool, reopens: bool) {
        let verdict = if reopens { Verdict::Return } else { Verdict::Update };
        let mut operation = self.operation(case, verdict, steps);
        operation.agreed = update.agreed;
        operation.reason = match (by_hand, reopens, update.undecided) {
            (true, true, _) => Some("was closed by hand".into()),
            (true, false, _) => Some("closed by hand, stays closed".into()),
            (false, _, Some(names)) => Some(format!("{names} changed on both sides, stays")),
            (false, _, None) => update.completes.then(|| "completes what an earlier run began".into()),
        };
        self.draft(case, operation, case.account);
        self.announce(case);
    }

    /// The update, with what comes before it, as few requests as can be.
    fn update_steps(&mut self, case: &Case<'_>, account: &Row, first: &[Action]) -> Result<(Vec<Step>, Update), Refusal> {
        let mut steps = self.steps(first, case, Some(account))?;
        if !self.plan().mode.updates() {
            let completes = self.finish(case, account, &mut steps);
            return Ok((steps, Update { completes, ..Update::default() }));
        }
        let mut difference = self.map.update(&case.person, account, case.link)?;
        let undecided = self.note(case, &mut difference);
        if undecided.is_some() || difference.is_open {
            self.again.extend(case.entry.row.map(|row| (row, "both changed")));
        }
        let lines = difference.conflicts.iter().filter(|(.., why)| why.is_none()).map(|(_, line, _)| (**line).clone()).collect();
        add_values(&mut steps, difference.written);
        if !steps.is_empty() {
            steps.extend(self.calls(case, On::Update)?);
        }
        let completes = self.finish(case, account, &mut steps);
        Ok((steps, Update { agreed: difference.agreed, undecided, lines, completes }))
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

    pub(crate) fn take_back(&mut self, case: &Case<'_>, update: bool) {
        let Some(account) = self.account_row(case) else { return self.unread(case) };
        let block = case.link.and_then(|link| leavers::block_of_left(self.plan(), because(case.entry), link)).unwrap_or(0);
        let actions = self.plan().leavers[block].on_return.as_deref().unwrap_or(&[]);
        let steps = match update {
            true => self.update_steps(case, account, actions),
            false => self.steps(actions, case, Some(account)).map(|steps| (steps, Update::default())),
        };
        match steps {
            Ok((steps, update)) => {
                let mut operation = self.operation(case, Verdict::Return, steps);
                operation.agreed = update.agreed;
                operation.lines = actions.iter().map(|action| action_line(action).clone()).chain(lines_of(&operation)).collect();
                operation.reason = case.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                self.draft(case, operation, case.account);
            }
            Err(refusal) => self.refuse(case, refusal),
        }
    }

    pub(crate) fn leave(&mut self, case: &Case<'_>) {
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
                operation.next = leavers::next_stage(block, 1);
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
        self.mark(case, Verdict::AlreadyLeft, None);
    }

    fn why_leaves(&self, case: &Case<'_>) -> Option<Because> {
        match case.entry.state {
            SourceState::OutOfScope => leavers::by_scope(self.plan()),
            SourceState::Missing => leavers::by_absence(self.plan(), &self.absence_now(case)),
            _ => because(case.entry),
        }
    }

    fn reason(&self, case: &Case<'_>, because: Because) -> String {
        match (case.entry.state, &case.entry.why) {
            (SourceState::OutOfScope, Why::Scope(scope)) => format!("out of scope: {}", self.plan().scope[*scope as usize].reason),
            (SourceState::Missing, _) => {
                let words = leavers::absence_words(self.plan(), &self.absence_now(case));
                words.map_or_else(|| "missing".to_owned(), |words| format!("missing for {words}"))
            }
            _ => leavers::reason(self.plan(), because, &case.person),
        }
    }

    pub(crate) fn next_stage(&mut self, case: &Case<'_>) {
        let standing = self.standing(case).filter(|_| !self.sheet.input.adoption);
        let Some((standing, block)) = standing else { return self.mark(case, Verdict::AlreadyLeft, None) };
        let block = &self.plan().leavers[block];
        let Standing::Due(stage) = standing else {
            let detail = "what comes after the leave is not what the file said when this one left".to_owned();
            return self.hold(case, "procedure changed", detail, block.stages.iter().map(|stage| stage.line.clone()).take(1).collect());
        };
        let actions = leavers::actions(block, stage);
        match self.steps(actions, case, self.account_row(case)) {
            Ok(steps) => {
                let mut operation = self.operation(case, Verdict::Stage, steps);
                operation.stage = stage;
                operation.reason = case.link.and_then(|link| left_on(self.plan(), link)).map(|day| format!("left {day}"));
                operation.lines = actions.iter().map(|action| action_line(action).clone()).collect();
                operation.next = leavers::next_stage(block, stage);
                operation.by_scope = matches!(case.link.map(|link| &link.life), Some(Life::Left { by_scope: true, .. }));
                self.draft(case, operation, case.account);
            }
            Err(refusal) => self.refuse(case, refusal),
        }
    }

    /// Left, and somebody opened the account again: reported, and closed again only with `enforce`.
    pub(crate) fn opened_again(&mut self, case: &Case<'_>) -> bool {
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
                Verdict::AlreadyLeft,
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
        operation.next = next.and_then(|_| leavers::next_stage(block, stage));
        self.draft(case, operation, Some(account));
        true
    }

    fn closes(&self, written: &Written) -> bool {
        let access = self.plan().target.collection().access();
        access.is_some_and(|(at, access)| {
            *self.plan().target.collection().attributes[at].name == *written.attribute && !access.is_open(&written.after.0)
        })
    }

    pub(crate) fn link_only(&mut self, case: &Case<'_>, leaves_next: bool) {
        self.link_now(case);
        match because(case.entry).filter(|_| leaves_next) {
            Some(because) => self.leaves_next(case, because),
            None => self.mark(case, Verdict::Unchanged, None),
        }
    }

    /// Linked by this run: leaves in the next one, which announces itself if it will write anything. Whose account is closed
    /// already has left, so that coming back is a return and not an account closed by hand.
    fn leaves_next(&mut self, case: &Case<'_>, because: Because) {
        let block = &self.plan().leavers[because.block];
        let found = if let Found::One { row, .. } = &case.entry.found { Some(self.sheet.accounts.row(*row)) } else { None };
        let nothing = self.steps(&block.actions, case, self.account_row(case).or(found)).is_ok_and(|steps| steps.is_empty());
        if nothing && block.stages.is_empty() {
            return self.left_already(case);
        }
        self.mark(case, Verdict::Unchanged, None);
        self.again.extend(case.entry.row.map(|row| (row, "leaves in the next run")));
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

    pub(crate) fn operation(&self, case: &Case<'_>, verdict: Verdict, steps: Vec<Step>) -> Operation {
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
            due: case.due(self.plan()).map(|(day, _)| day),
            linked_by,
            next: None,
            by_scope: false,
            after: Vec::new(),
            agreed: Vec::new(),
        };
        if matches!(verdict, Verdict::Create | Verdict::Send) {
            operation.lines = vec![self.plan().mode_line.clone()];
        } else {
            operation.lines = lines_of(&operation).chain(self.call_lines(&operation)).collect();
        }
        operation.effects = self.map.effects(super::operations::pending_ops::written(&operation));
        operation
    }

    pub(crate) fn draft(&mut self, case: &Case<'_>, operation: Operation, account: Option<u32>) {
        if account.is_some()
            && let Some(protect) = leavers::protected(self.plan(), &case.person)
        {
            return self.hold(case, "protected", protect.reason.clone(), vec![protect.line.clone()]);
        }
        self.mark(case, operation.verdict, None);
        self.drafts.push(Draft { row: case.entry.row, account, operation, withdrawn: false });
    }
}

const fn action_line(action: &Action) -> &Line {
    match action {
        Action::Set { line, .. } | Action::Call { line, .. } | Action::Delete { line } => line,
    }
}

/// The lines of the values that an operation writes, each once.
fn lines_of(operation: &Operation) -> impl Iterator<Item = Line> + use<> {
    let mut lines: Vec<Line> = super::operations::pending_ops::written(operation).map(|written| (*written.line).clone()).collect();
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
