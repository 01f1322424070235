//! Updates of existing accounts, and records that need none.

use super::build::add_values;
use crate::{
    compile::{Action, On, SourceLine},
    run::{
        change_set::{Agreement, Conflicted, Observed, Reason, Step, Unsettled, Verdict},
        classify::classification::AccountAccess,
        plan::{
            compare::{Difference, TRIES, WriteRefusal, difference::names_of},
            planner::{Candidate, Planner},
        },
    },
    state::agreed::Pair,
    value::{Fault, trie::Row},
};

/// What an update consists of in addition to its steps.
#[derive(Default)]
pub(super) struct Update {
    pub agreed: Vec<(u64, Pair)>,
    /// The attributes that both sides changed without a rule that decides, and the lines that write them.
    undecided: Option<String>,
    /// The attributes that the target does not keep, and are not written any more.
    unkept: Option<String>,
    /// Why attributes of the account can't be read.
    unreadable: Option<String>,
    /// Why values of the record are not known.
    unknown: Option<String>,
    lines: Vec<SourceLine>,
    /// It completes what an earlier run began.
    completes: bool,
}

impl Planner<'_> {
    /// Compares a record with its account; `closed` has the lines of `on closed by hand` if the account was closed by hand.
    pub(crate) fn compare(&mut self, candidate: &Candidate<'_>, closed: Option<&[Action]>) {
        let Some(account) = self.account_row(candidate) else { return self.unread(candidate) };
        let by_hand = closed.is_some()
            || (candidate.link.is_none() && candidate.account.is_some_and(|row| self.classification.access(row).is_closed()));
        let reopening = if by_hand { self.plan().on_closed_by_hand.as_deref() } else { None };
        let (steps, mut update) = match self.update_steps(candidate, account, reopening.unwrap_or(&[])) {
            Ok(steps) => steps,
            Err(refusal) => return self.refuse(candidate, refusal),
        };
        if !steps.is_empty() {
            return self.change(candidate, steps, update, by_hand, reopening.is_some());
        }
        self.link_now(candidate);
        let key = || candidate.entry.key.to_string();
        self.agreed.extend(std::mem::take(&mut update.agreed).into_iter().map(|(attribute, pair)| Agreement {
            key: key(),
            attribute,
            pair,
        }));
        if by_hand {
            return self.hold_closed(candidate);
        }
        match self.open_questions(&update) {
            Some((Reason::Unread, words)) => self.report_at(candidate, Verdict::Unread, Reason::Unread, words, update.lines),
            Some((reason, words)) => self.hold(candidate, reason, words, update.lines),
            None => self.unchanged(candidate),
        }
    }

    /// What a person has to look at although nothing is written: the first reason, with the words of all.
    fn open_questions(&self, update: &Update) -> Option<(Reason, String)> {
        let undecided = |names: &String| (Reason::BothChanged, format!("{names} changed on both sides, and nothing says who wins"));
        let mut all = update.undecided.iter().map(undecided).chain(self.left_as_they_are(update));
        let (reason, first) = all.next()?;
        Some((reason, std::iter::once(first).chain(all.map(|(_, words)| words)).collect::<Vec<_>>().join("; ")))
    }

    /// Why attributes are not written although they differ, or might.
    fn left_as_they_are(&self, update: &Update) -> impl Iterator<Item = (Reason, String)> {
        let unkept = update.unkept.as_ref().map(|names| (Reason::NotKept, self.unkept_words(names)));
        let unreadable = update.unreadable.clone().map(|words| (Reason::Unreadable, words));
        unkept.into_iter().chain(unreadable).chain(update.unknown.clone().map(|words| (Reason::Unread, words)))
    }

    /// `last_name is not kept by rewards.members, although it was written 3 times`
    fn unkept_words(&self, names: &str) -> String {
        format!("{names} is not kept by {}, although it was written {TRIES} times", self.plan().target.name())
    }

    fn change(&mut self, candidate: &Candidate<'_>, steps: Vec<Step>, update: Update, by_hand: bool, reopens: bool) {
        let verdict = if reopens { Verdict::Return } else { Verdict::Update };
        let mut operation = self.operation(candidate, verdict, steps);
        let undecided = update.undecided.iter().map(|names| format!("{names} changed on both sides, stays"));
        let left: Vec<String> = undecided.chain(self.left_as_they_are(&update).map(|(_, words)| words)).collect();
        operation.reason = match (by_hand, reopens) {
            (true, true) => Some("was closed by hand".into()),
            (true, false) => Some("closed by hand, stays closed".into()),
            (false, _) if !left.is_empty() => Some(left.join("; ")),
            (false, _) if operation.again => Some("was not kept when it was written before".into()),
            (false, _) => update.completes.then(|| "completes what an earlier run began".into()),
        };
        operation.agreed = update.agreed;
        self.draft(candidate, operation, candidate.account);
        self.announce(candidate);
    }

    /// The steps `first`, then the update, in as few requests as possible.
    pub(super) fn update_steps(
        &mut self,
        candidate: &Candidate<'_>,
        account: &Row,
        first: &[Action],
    ) -> Result<(Vec<Step>, Update), WriteRefusal> {
        let mut steps = self.steps(first, candidate, Some(account))?;
        if !self.plan().mode.updates() {
            let completes = self.finish(candidate, account, &mut steps);
            return Ok((steps, Update { completes, ..Update::default() }));
        }
        let mut difference = self.map.update(&candidate.record, account, candidate.link)?;
        if let Some(AccountAccess::Unreadable(attribute, fault)) = candidate.account.map(|account| self.classification.access(account)) {
            difference.leave_unreadable(Fault::unreadable(attribute, fault));
        }
        if self.classification.input.is_broken() {
            // It is said once, of the read.
            difference.unknown.clear();
        }
        let undecided = self.note(candidate, &mut difference);
        if undecided.is_some() || difference.is_open {
            self.again.extend(candidate.entry.row.map(|row| (row, "both changed")));
        }
        if !difference.unknown.is_empty() {
            self.again.extend(candidate.entry.row.map(|row| (row, "unread")));
        }
        let unkept = (!difference.unsettled.is_empty()).then(|| names_of(difference.unsettled.iter().map(|(name, _)| &**name)));
        let unreadable = difference.unreadable_words();
        let undecided_lines = difference.conflicts.iter().filter(|(.., why)| why.is_none()).map(|(_, line, _)| line);
        let unsettled_lines = difference.unsettled.iter().map(|(_, line)| line);
        let unknown_lines = difference.unknown.iter().map(|(_, line)| line);
        let lines = undecided_lines.chain(unsettled_lines).chain(unknown_lines).map(|line| (**line).clone()).collect();
        let unknown = difference.unknown_words();
        add_values(&mut steps, difference.written);
        if !steps.is_empty() {
            steps.extend(self.calls(candidate, On::Update)?);
        }
        let completes = self.finish(candidate, account, &mut steps);
        Ok((steps, Update { agreed: difference.agreed, undecided, unkept, unreadable, unknown, lines, completes }))
    }

    /// Records what the comparison found in addition to differences; returns the attributes that both sides changed without a rule.
    fn note(&mut self, candidate: &Candidate<'_>, difference: &mut Difference) -> Option<String> {
        let key = || candidate.entry.key.to_string();
        let observed = std::mem::take(&mut difference.observed).into_iter();
        self.observed.extend(observed.map(|(attribute, held)| Observed { key: key(), attribute: attribute.to_string(), held }));
        for (attribute, line) in &difference.unsettled {
            self.unsettled.push(Unsettled { key: key(), attribute: attribute.to_string(), line: (**line).clone() });
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

    pub(crate) fn unchanged(&mut self, candidate: &Candidate<'_>) {
        if self.has_perhaps(candidate) {
            self.announce(candidate);
            return self.hold_perhaps(candidate);
        }
        self.mark(candidate, Verdict::Unchanged, None);
        self.announce(candidate);
    }

    pub(crate) fn hold_closed(&mut self, candidate: &Candidate<'_>) {
        let target = candidate.account.map_or("", |row| self.classification.accounts.id(row)).to_owned();
        let shows = candidate.account.and_then(|row| self.classification.closed_by(row));
        let shows = shows.map(|(name, value)| format!(": `{name}` is {value}")).unwrap_or_default();
        self.hold(candidate, Reason::ClosedByHand, format!("{} {target} is closed, and not by us{shows}", self.noun()), Vec::new());
    }
}
