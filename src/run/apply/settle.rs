//! Writes an outcome together with everything that follows from it (link, bases, step, effects) in one transaction, so that a
//! crash can't separate them.

use super::{
    ApplyContext, executor::proof::is_proved_by_list, precondition::is_closing, reader::Reader, recover::drop_steps_of_creates,
    writes::is_event,
};
use crate::{
    run::{
        change_set::{
            Agreement, CALLED_TO_CLOSE, ChangeSet, DELETED, Identity, Left, NewLink, Operation, Rekey, Step, Verdict, Written,
            effect_of_call, hash::Digester,
        },
        plan::{
            compare::lists::{self, Ours},
            pending,
        },
    },
    state::{
        StateError, Transaction,
        added::Added,
        agreed::{Agreed, Pair},
        effects::EffectState,
        events::EventState,
        journal::IntentOutcome,
        link::{Absence, Base, Bases, Life, Link},
    },
    value::{Kind, Value, trie::Row},
};
use jiff::{Timestamp, ToSpan, civil::Date};

/// Stores the updates that don't depend on a request: new links, links that end, absences, and values found in the target.
pub(crate) fn begin<T>(context: &ApplyContext<'_, T>, change_set: &ChangeSet) -> Result<(), StateError> {
    let now = (context.clock)();
    let digester = Digester::new(context.store.key());
    let transaction = context.store.transaction()?;
    for Rekey { key, from, to } in &change_set.updates.rekeys {
        transaction.rekey_link(context.link_set, key, from, to)?;
    }
    for key in &change_set.updates.retired {
        transaction.retire(context.link_set, key, now)?;
    }
    for key in &change_set.updates.unlinked {
        transaction.unlink(context.link_set, key)?;
    }
    let mut links: Vec<_> = change_set.updates.links.iter().collect();
    links.sort_by(|left, right| left.key.cmp(&right.key));
    for NewLink { key, target, by } in links {
        transaction.put_link(context.link_set, &new_link(key, target, by, context.run, now))?;
    }
    let today = context.plan.day(now);
    for Left { key, by_scope, next } in &change_set.updates.left {
        if let Some(mut link) = transaction.link(context.link_set, key)? {
            let next = next.map(|next| (today.saturating_add(next.days.days()), next.hash));
            link.life = Life::Left { stage: 1, done: now, next, by_scope: *by_scope };
            transaction.put_link(context.link_set, &link)?;
        }
    }
    for Left { key, by_scope, .. } in &change_set.updates.let_go {
        set_life(&transaction, context.link_set, key, Life::Left { stage: 0, done: now, next: None, by_scope: *by_scope })?;
    }
    for key in &change_set.updates.taken_back {
        set_life(&transaction, context.link_set, key, Life::Open)?;
    }
    for key in &change_set.updates.seen {
        let event = digester.event(key);
        if transaction.event(context.link_set, &event)?.is_none() {
            transaction.set_event(context.link_set, &event, EventState::Seen, context.run)?;
        }
    }
    drop_steps_of_creates(&transaction, context.link_set, change_set)?;
    transaction.set_claims(context.link_set, &change_set.updates.claims)?;
    if let Some(missing) = &change_set.updates.missing {
        transaction.set_missing_accounts(context.link_set, missing)?;
    }
    for (key, absence) in &change_set.updates.absences {
        transaction.set_absence(context.link_set, key, absence)?;
    }
    for (key, due) in &change_set.updates.dues {
        transaction.set_due(context.link_set, key, *due)?;
    }
    for Agreement { key, attribute, pair } in &change_set.updates.agreed {
        transaction.set_agreed(context.link_set, key, *attribute, *pair)?;
    }
    // Both sides agree on these values even if the operation fails.
    for operation in &change_set.operations {
        for (attribute, pair) in &operation.agreed {
            transaction.set_agreed(context.link_set, &operation.key, *attribute, *pair)?;
        }
    }
    for observed in &change_set.updates.observed {
        let attribute = digester.attribute(&observed.attribute);
        transaction.set_held(context.link_set, &observed.key, attribute, observed.held)?;
    }
    for Identity { key, target, seen } in &change_set.updates.identities {
        transaction.set_seen(context.link_set, (key, target), seen)?;
    }
    transaction.commit()
}

fn set_life(transaction: &Transaction<'_>, set: &str, key: &str, life: Life) -> Result<(), StateError> {
    match transaction.link(set, key)?.filter(|link| link.life.is_untouched()) {
        Some(link) => transaction.put_link(set, &Link { life, ..link }),
        None => Ok(()),
    }
}

fn new_link(key: &str, target: &str, by: &str, run: i64, now: Timestamp) -> Link {
    Link {
        key: key.to_owned(),
        target: target.to_owned(),
        life: Life::Open,
        by: by.to_owned(),
        since_run: run,
        since: now,
        absence: Absence::default(),
        due: None,
        bases: Bases::default(),
        agreed: Default::default(),
        added: Default::default(),
    }
}

/// The outcome of one step.
#[derive(Debug)]
pub(crate) enum StepOutcome {
    /// It had its effect: the account's id, and the record where it is known.
    Done { id: Option<String>, row: Option<Row> },
    /// It deleted the account: a look shows that there is none.
    Gone,
    /// Unknown, and it is not sent again.
    Perhaps,
    /// Nothing had to be sent.
    Nothing,
    /// The account has all values already, so no step is sent.
    AsWanted,
    /// It was sent, and the target shows what was there before: the record, where it is known, and why.
    NotKept { row: Option<Row>, message: String },
    /// The outcome for the journal, the reason, and whether it is proved that nothing was sent.
    Failed { outcome: IntentOutcome, message: String, unsent: bool },
}

/// The end of a step, with its intent if it had one.
#[derive(Debug)]
pub(crate) struct StepEnd {
    pub intent: Option<i64>,
    pub step: usize,
    pub ended: StepOutcome,
    /// It is the last step of the operation.
    pub last: bool,
}

/// Writes the ends of steps into a transaction.
pub(crate) struct Settler<'a> {
    pub reader: &'a Reader<'a>,
    /// The target is files, which have what was written.
    pub files: bool,
    pub digester: Digester,
    pub link_set: &'a str,
    pub run: i64,
    pub now: Timestamp,
    pub today: Date,
}

impl Settler<'_> {
    /// Writes the end of one step.
    pub fn settle(&self, transaction: &Transaction<'_>, operation: &Operation, ending: &StepEnd) -> Result<(), StateError> {
        self.close(transaction, ending)?;
        let step = operation.steps.get(ending.step);
        match (&ending.ended, step) {
            (StepOutcome::Done { .. } | StepOutcome::Gone | StepOutcome::Nothing | StepOutcome::AsWanted | StepOutcome::Perhaps, _) => {
                self.remember(transaction, operation, step, ending)?
            }
            (StepOutcome::NotKept { row, .. }, Some(step)) => self.not_kept(transaction, operation, step, row.as_ref())?,
            (StepOutcome::NotKept { .. }, None) => {}
            (StepOutcome::Failed { unsent, .. }, step) => {
                if *unsent {
                    self.give_back(transaction, operation, step)?;
                } else if matches!(step, Some(Step::Create { .. })) && !is_event(operation) {
                    self.keep_steps(transaction, operation, ending.step)?;
                }
                self.link_only(transaction, operation)?;
            }
        }
        Ok(())
    }

    fn close(&self, transaction: &Transaction<'_>, ending: &StepEnd) -> Result<(), StateError> {
        let Some(intent) = ending.intent else { return Ok(()) };
        let (outcome, message) = match &ending.ended {
            StepOutcome::Done { .. } | StepOutcome::Gone | StepOutcome::Nothing | StepOutcome::AsWanted => (IntentOutcome::Done, None),
            StepOutcome::NotKept { message, .. } => (IntentOutcome::NotKept, Some(message.as_str())),
            StepOutcome::Perhaps => (IntentOutcome::Perhaps, None),
            StepOutcome::Failed { outcome, message, .. } => (*outcome, Some(message.as_str())),
        };
        transaction.close_intent(intent, outcome, message, self.now)
    }

    fn remember(
        &self,
        transaction: &Transaction<'_>,
        operation: &Operation,
        step: Option<&Step>,
        ending: &StepEnd,
    ) -> Result<(), StateError> {
        let (id, row) = if let StepOutcome::Done { id, row } = &ending.ended { (id.as_deref(), row.as_ref()) } else { (None, None) };
        if let (Some(step), true) = (step, ending.intent.is_some()) {
            let state = if matches!(ending.ended, StepOutcome::Perhaps) { EffectState::Perhaps } else { EffectState::Sent };
            for (effect, _) in effects(self.reader, operation, step) {
                transaction.set_effect(self.link_set, &operation.key, &effect, state)?;
            }
        }
        if is_event(operation) {
            return self.settle_event(transaction, operation, ending);
        }
        let Some(mut link) = self.link(transaction, operation, id)? else { return Ok(()) };
        if let (Some(step), true) = (step, ending.intent.is_some()) {
            self.set_bases(&mut link.bases, step.values(), row);
            self.set_added(&mut link.added, step.values());
            self.set_agreed(&mut link.agreed, step.values(), row);
        }
        operation.agreed.iter().for_each(|(attribute, pair)| link.agreed.insert(*attribute, *pair));
        let rest = self.rest(&link, operation, ending);
        self.set_pending_steps(transaction, &operation.key, &rest)?;
        if ending.last && operation.waiting.is_empty() {
            let proved = self.is_proved(&mut link, operation, ending);
            if proved {
                self.move_on(&mut link, operation, &ending.ended);
            }
            if proved || operation.closes_by_call || operation.deletes(self.reader.collection()) {
                transaction.forget_repeatable_effects(self.link_set, &operation.key)?;
            }
        }
        transaction.put_link(self.link_set, &link)
    }

    /// The steps that remain for the next run: those after the one that ended, and that one too if it is a call that perhaps was not made.
    /// Nothing remains of a leave whose stage is not done, because it is planned again as a whole; of one that is done, the calls remain.
    fn rest(&self, link: &Link, operation: &Operation, ending: &StepEnd) -> Vec<Step> {
        let leaves = matches!(operation.verdict, Verdict::Leave | Verdict::Stage);
        if leaves && !is_at_stage(link, operation) || ending.last && matches!(ending.ended, StepOutcome::AsWanted) {
            return Vec::new();
        }
        let done = if matches!(ending.ended, StepOutcome::Perhaps) { ending.step } else { ending.step + 1 };
        let steps = operation.steps.iter().skip(done).chain(&operation.waiting);
        let steps: Vec<Step> = steps.filter(|step| !leaves || matches!(step, Step::Call { .. })).cloned().collect();
        pending::remaining_steps(self.reader.plan(), &steps)
    }

    /// What a create has made is perhaps found by a later read: the run that links it makes the steps that remained.
    fn keep_steps(&self, transaction: &Transaction<'_>, operation: &Operation, create: usize) -> Result<(), StateError> {
        let steps: Vec<Step> = operation.steps.iter().skip(create + 1).chain(&operation.waiting).cloned().collect();
        self.set_pending_steps(transaction, &operation.key, &pending::remaining_steps(self.reader.plan(), &steps))
    }

    /// Whether an operation that closes, opens or deletes an account was seen to have its effect. Until it is, the link stays as it is,
    /// and the next read decides.
    fn is_proved(&self, link: &mut Link, operation: &Operation, ending: &StepEnd) -> bool {
        if !is_closing(self.reader, operation) || matches!(ending.ended, StepOutcome::AsWanted) {
            return true;
        }
        let bases = &link.bases;
        let is_seen = |written: &Written| {
            let base = bases.get(&self.digester.attribute(&written.attribute));
            !self.reader.can_be_seen(written) || base.is_none_or(|base| base.held.is_some())
        };
        let seen = operation.written().all(is_seen);
        let (collection, gone) = (self.reader.collection(), matches!(ending.ended, StepOutcome::Gone));
        let deleted = gone || !operation.deletes(collection) || self.files || !is_proved_by_list(collection);
        if !deleted {
            let name = self.digester.attribute(DELETED);
            link.bases.insert(name, Base::after_write(link.bases.get(&name), 0, Some(1), None));
        }
        let row = if let StepOutcome::Done { row, .. } = &ending.ended { row.as_ref() } else { None };
        // With nothing to send, the account was seen closed before.
        let was_closed = matches!(ending.ended, StepOutcome::Nothing);
        let closed = !operation.closes_by_call || gone || was_closed || self.reader.is_closed(row) == Some(true);
        if !closed {
            self.called_to_close(link);
        }
        deleted && seen && closed
    }

    fn called_to_close(&self, link: &mut Link) {
        let name = self.digester.attribute(CALLED_TO_CLOSE);
        link.bases.insert(name, Base::after_write(link.bases.get(&name), 0, Some(1), None));
    }

    /// The target has taken a write and not kept it: it counts as one more try, and nothing else follows from it.
    fn not_kept(&self, transaction: &Transaction<'_>, operation: &Operation, step: &Step, row: Option<&Row>) -> Result<(), StateError> {
        let Some(mut link) = self.link(transaction, operation, None)? else { return Ok(()) };
        self.set_bases(&mut link.bases, step.values(), row);
        if operation.closes_by_call {
            self.called_to_close(&mut link);
        }
        if operation.closes_by_call || step.deletes(self.reader.collection()) {
            for (effect, _) in effects(self.reader, operation, step) {
                transaction.set_effect(self.link_set, &operation.key, &effect, EffectState::Sent)?;
            }
            transaction.forget_repeatable_effects(self.link_set, &operation.key)?;
        }
        transaction.put_link(self.link_set, &link)
    }

    /// An event has no link. It is recorded as sent, so that it is never sent again.
    fn settle_event(&self, transaction: &Transaction<'_>, operation: &Operation, ending: &StepEnd) -> Result<(), StateError> {
        if ending.step > 0 || matches!(ending.ended, StepOutcome::Nothing) {
            return Ok(());
        }
        transaction.set_event(self.link_set, &self.digester.event(&operation.key), EventState::Sent, self.run)
    }

    /// The existing link, or a new one. An account that was created again gets a new link, so that it inherits no values of the old one.
    fn link(&self, transaction: &Transaction<'_>, operation: &Operation, created: Option<&str>) -> Result<Option<Link>, StateError> {
        let before = transaction.link(self.link_set, &operation.key)?;
        let target = created.or(operation.target.as_deref());
        let by = operation.linked_by.as_deref().unwrap_or("created");
        Ok(match (before, target) {
            (Some(link), None) => Some(link),
            (Some(link), Some(target)) if link.target == target && !link.is_retired() && created.is_none() => Some(link),
            (_, Some(target)) => {
                let mut link = new_link(&operation.key, target, by, self.run, self.now);
                operation.seen.iter().filter(|_| created.is_none()).for_each(|(name, value)| link.bases.see(*name, *value));
                Some(link)
            }
            (None, None) => None,
        })
    }

    fn set_pending_steps(&self, transaction: &Transaction<'_>, key: &str, rest: &[Step]) -> Result<(), StateError> {
        transaction.set_pending_steps(self.link_set, key, pending::as_json(rest).as_deref())
    }

    fn set_bases(&self, bases: &mut Bases, values: &[Written], row: Option<&Row>) {
        for written in values {
            let Some(attribute) = self.reader.attribute(&written.attribute) else { continue };
            let how = self.reader.comparison(attribute);
            let name = self.digester.attribute(&written.attribute);
            let held = self.reader.written_value(row, written);
            let held = held.map(|value| self.digester.value(value, how));
            let sent = self.digester.value(&written.after.0, how);
            let before = self.digester.value(&written.before.0, how);
            bases.insert(name, Base::after_write(bases.get(&name), sent, Some(before).filter(|_| !written.secret), held));
        }
    }

    /// Of lists: stores which items are ours from now on.
    fn set_added(&self, added: &mut Added, values: &[Written]) {
        for written in values {
            let Some(attribute) = self.reader.attribute(&written.attribute) else { continue };
            if matches!(self.reader.collection().attributes[attribute].ty.kind, Kind::List(_)) {
                let name = self.digester.attribute(&written.attribute);
                let ours = Ours { digester: &self.digester, added: added.get(name), how: self.reader.comparison(attribute) };
                let now = lists::added(&written.before.0, &written.after.0, ours);
                added.insert(name, now);
            }
        }
    }

    /// Of attributes that two directions share: stores the sent value and the value that the target has now. If the response does not
    /// contain it, the next read supplies it. The result of the other direction's line is not known yet.
    fn set_agreed(&self, agreed: &mut Agreed, values: &[Written], row: Option<&Row>) {
        if self.reader.plan().twin.is_none() {
            return;
        }
        agreed.target_written = Some(row.and_then(|row| self.reader.changed(row)).unwrap_or(self.now));
        for written in values {
            let Some(shared) = written.shared else { continue };
            let target = self.reader.written_value(row, written).map(|value| self.digester.plain_value(value));
            let last_to_target = Some(self.digester.plain_value(&written.after.0));
            agreed.insert(shared.pair, Pair { source: Some(shared.source), target, last_to_target, last_from_target: None });
        }
    }

    /// What a call deletes is retired only if it is seen gone: the same request of another vendor closes the account, which then has left.
    fn move_on(&self, link: &mut Link, operation: &Operation, ended: &StepOutcome) {
        link.due = operation.due.or(link.due);
        let called = self.digester.attribute(CALLED_TO_CLOSE);
        if let Some(base) = link.bases.get(&called).copied() {
            link.bases.insert(called, base.seen(0));
        }
        let is_gone = match ended {
            StepOutcome::Gone => true,
            StepOutcome::AsWanted => operation.deletes(self.reader.collection()),
            _ => operation.steps.iter().any(|step| matches!(step, Step::Delete)),
        };
        if is_gone {
            link.life = Life::Retired { since: self.now };
            return;
        }
        match operation.verdict {
            Verdict::Return => link.life = Life::Open,
            Verdict::Leave | Verdict::Stage => self.stage(link, operation),
            _ => {}
        }
    }

    /// A stage that is repeated because the account was reopened does not restart its period.
    fn stage(&self, link: &mut Link, operation: &Operation) {
        if is_at_stage(link, operation) {
            return;
        }
        let next = operation.next.map(|next| (self.today.saturating_add(next.days.days()), next.hash));
        link.life = Life::Left { stage: operation.stage, done: self.now, next, by_scope: operation.by_scope };
    }

    /// A link that `match` found is kept even if the write failed, and so are values on which both sides agree.
    fn link_only(&self, transaction: &Transaction<'_>, operation: &Operation) -> Result<(), StateError> {
        match self.link(transaction, operation, None)? {
            Some(mut link) if operation.links_now => {
                operation.agreed.iter().for_each(|(attribute, pair)| link.agreed.insert(*attribute, *pair));
                transaction.put_link(self.link_set, &link)
            }
            _ => Ok(()),
        }
    }

    fn give_back(&self, transaction: &Transaction<'_>, operation: &Operation, step: Option<&Step>) -> Result<(), StateError> {
        if is_event(operation) {
            transaction.give_event_back(self.link_set, &self.digester.event(&operation.key))?;
        }
        for (effect, _) in step.into_iter().flat_map(|step| effects(self.reader, operation, step)) {
            transaction.give_effect_back(self.link_set, &operation.key, &effect)?;
        }
        Ok(())
    }
}

/// Whether the step of a leave that an operation makes was done before.
const fn is_at_stage(link: &Link, operation: &Operation) -> bool {
    matches!(link.life, Life::Left { stage, .. } if stage == operation.stage)
}

/// The effects of a step on a person, and whether only once in a life: effects of what a create writes, and calls.
pub(crate) fn effects(reader: &Reader<'_>, operation: &Operation, step: &Step) -> Vec<(String, bool)> {
    match step {
        Step::Create { values } => values.iter().filter_map(|written| Some((effect_of(reader, written)?.to_owned(), true))).collect(),
        Step::Call { name, once } => vec![(effect_of_call(name, *once, operation.stage), *once)],
        Step::Update { .. } | Step::Delete => Vec::new(),
    }
}

/// The effect of writing a value on a person: `a welcome e-mail`. A missing value and false have no effect.
pub(crate) fn effect_of<'a>(reader: &Reader<'a>, written: &Written) -> Option<&'a str> {
    let attribute = &reader.collection().attributes[reader.attribute(&written.attribute)?];
    attribute.effect.as_deref().filter(|_| !written.after.0.is_missing() && written.after.0 != Value::Bool(false))
}
